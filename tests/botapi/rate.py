"""When sends were accepted, how many fell into one second, and Telegram's limits if a test wants them enforced."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from .state import ApiError

KEPT = 200_000  # sends remembered for the maximum


@dataclass(frozen=True)
class Limits:
    overall: int = 30  # a second
    per_chat: int = 1  # a second


@dataclass
class RateLog:
    limits: Limits | None = None
    refused: int = 0
    now: Callable[[], float] = time.monotonic
    _sends: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=KEPT))
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def admit(self, chat_id: int) -> None:
        """Raises 429 where the limits would be passed; otherwise says nothing and records nothing."""
        if self.limits is None:
            return
        now = self.now()
        while self._recent and now - self._recent[0][0] >= 1.0:
            self._recent.popleft()
        in_chat = [at for at, chat in self._recent if chat == chat_id]
        for times, most in ((in_chat, self.limits.per_chat), ([at for at, _ in self._recent], self.limits.overall)):
            if len(times) >= most:
                self.refused += 1
                wait = max(1, math.ceil(times[-most] + 1.0 - now))
                raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def add(self, chat_id: int) -> None:
        sent = (self.now(), chat_id)
        self._sends.append(sent)
        if self.limits is not None:
            self._recent.append(sent)

    def max_per_second(self, chat_id: int | None = None) -> int:
        """The most sends within any one second (by the steady clock), overall or in one chat."""
        return _densest([at for at, chat in self._sends if chat_id is None or chat == chat_id])

    def max_per_second_in_a_chat(self) -> int:
        by_chat: dict[int, list[float]] = {}
        for at, chat in self._sends:
            by_chat.setdefault(chat, []).append(at)
        return max(map(_densest, by_chat.values()), default=0)

    def clear(self) -> None:
        self._sends.clear()
        self._recent.clear()
        self.refused = 0


def _densest(times: list[float]) -> int:
    best = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= 1.0:
            first += 1
        best = max(best, last - first + 1)
    return best
