"""Faults on demand: what Telegram and the network do to a bot now and then."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import Literal

Kind = Literal["429", "400", "401", "403", "409", "500", "502", "hang", "reset", "latency"]
KINDS: tuple[Kind, ...] = ("429", "400", "401", "403", "409", "500", "502", "hang", "reset", "latency")
_DESCRIPTIONS = {
    "400": "Bad Request: something is wrong",
    "401": "Unauthorized",
    "403": "Forbidden: bot was blocked by the user",
    "409": "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    "500": "Internal Server Error",
    "502": "Bad Gateway",
}


@dataclass
class Fault:
    """`after` lets the call take effect first: the bot cannot know whether it did."""

    kind: Kind
    method: str = "*"
    count: int | None = 1
    probability: float = 1.0
    after: bool = False
    chat_id: int | None = None
    retry_after: int = 1
    latency_ms: float = 0.0
    description: str | None = None
    html: bool = False  # a proxy's page in place of JSON
    until: float | None = None
    hits: int = 0

    @property
    def status(self) -> int:
        return int(self.kind)

    @property
    def says(self) -> str:
        return self.description or (
            f"Too Many Requests: retry after {self.retry_after}" if self.kind == "429" else _DESCRIPTIONS[self.kind]
        )


class FaultBook:
    def __init__(self, seed: int = 0) -> None:
        self._faults: list[Fault] = []
        self._dice = random.Random(seed)

    def add(
        self,
        method: str,
        kind: Kind,
        *,
        count: int | None = 1,
        probability: float = 1.0,
        after: bool = False,
        chat_id: int | None = None,
        retry_after: int = 1,
        latency_ms: float = 0.0,
        description: str | None = None,
        html: bool = False,
        for_s: float | None = None,
    ) -> Fault:
        if kind not in KINDS:
            raise ValueError(f"unknown kind of fault {kind!r}: one of {', '.join(KINDS)}")
        until = None if for_s is None else time.monotonic() + for_s
        fault = Fault(
            kind, method, count, probability, after, chat_id, retry_after, latency_ms, description, html, until
        )
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def draw(self, method: str, chat_id: object) -> tuple[float, Fault | None]:
        """Milliseconds to wait, and the first other fault that strikes; each one drawn is used up by one."""
        now = time.monotonic()
        self._faults = [f for f in self._faults if f.count != 0 and (f.until is None or now < f.until)]
        latency, struck = 0.0, None
        for fault in self._faults:
            if fault.method not in ("*", method) or (fault.chat_id is not None and fault.chat_id != chat_id):
                continue
            if (fault.kind != "latency" and struck) or self._dice.random() >= fault.probability:
                continue
            fault.hits += 1
            if fault.count is not None:
                fault.count -= 1
            if fault.kind == "latency":
                latency += fault.latency_ms
            else:
                struck = fault
        return latency, struck
