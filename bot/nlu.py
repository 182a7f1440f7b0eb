"""The way to Rasa: one turn, one reading, one forgetting. Whatever is not a whole answer in time is `NluDown`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
import orjson

from bot.library.replies import Reply

HEADER = "X-Waymark-Token"
TURN_SECONDS = 1.25
"""Then the person gets the safety reply: the first useful words come within two seconds (R13)."""


class NluDown(RuntimeError):
    """Rasa or the actions are dead, hang, answered badly or not at all. Never holds text."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the classifier made of a text."""

    intent: str
    confidence: float
    ranking: list[tuple[str, float]] = field(default_factory=list)
    entities: list[tuple[str, str]] = field(default_factory=list)
    known_words: bool = True

    def chance(self, *rows: str) -> float:
        """Summed confidence of some rows."""
        return sum(c for name, c in self.ranking if name in rows)

    @property
    def best(self) -> tuple[str, float]:
        return self.ranking[0] if self.ranking else (self.intent, self.confidence)


@dataclass(frozen=True, slots=True)
class Turn:
    read: Read
    reply: Reply


class Nlu(Protocol):
    """What the desk needs; `RasaNlu` is the real one."""

    async def turn(self, chat: str, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Turn: ...
    async def choose(self, chat: str, row: str, metadata: dict[str, Any]) -> Turn: ...
    async def parse(self, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Read: ...
    async def forget(self, chat: str) -> None: ...


class NoNlu:
    """Where Rasa must not be waited for: every call says at once that it is down."""

    async def turn(self, chat: str, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Turn:
        raise NluDown("not asked")

    async def choose(self, chat: str, row: str, metadata: dict[str, Any]) -> Turn:
        raise NluDown("not asked")

    async def parse(self, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Read:
        raise NluDown("not asked")

    async def forget(self, chat: str) -> None:
        raise NluDown("not asked")


def _read(data: dict[str, Any]) -> Read:
    return Read(
        intent=data["intent"] or "nlu_fallback",
        confidence=float(data["confidence"] or 0.0),
        ranking=[(name, float(c)) for name, c in data["ranking"]],
        entities=[(e, str(v)) for e, v in data["entities"]],
        known_words=bool(data["known_words"]),
    )


class RasaNlu:
    """HTTP client of `nlu/components/channel.py`."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._headers = url.rstrip("/") + "/webhooks/desk", {HEADER: token}
        self._session: aiohttp.ClientSession | None = None

    async def _call(self, method: str, path: str, body: dict[str, Any] | None, timeout: float) -> dict[str, Any]:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(headers=self._headers, connector=aiohttp.TCPConnector(limit=64))
        data = orjson.dumps(body) if body is not None else None
        limit = aiohttp.ClientTimeout(total=timeout)
        try:
            async with self._session.request(method, self._url + path, data=data, timeout=limit) as response:
                if response.status == 204:
                    return {}
                if response.status != 200:
                    raise NluDown(f"status {response.status}")
                found: dict[str, Any] = orjson.loads(await response.read())
                return found
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            raise NluDown(type(error).__name__) from None

    async def _turn(self, body: dict[str, Any], timeout: float) -> Turn:
        data = await self._call("POST", "/turn", body, timeout)
        try:
            replies = data["replies"]
            if not replies or any(r.get("failed") for r in replies):
                raise NluDown("no reply")  # Rasa's `200 []`: something failed and said nothing
            return Turn(_read(data), Reply.from_json(replies[-1]))
        except (KeyError, TypeError, AttributeError) as error:
            raise NluDown(type(error).__name__) from None

    async def turn(self, chat: str, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Turn:
        return await self._turn({"chat": chat, "text": text, "metadata": metadata}, timeout)

    async def choose(self, chat: str, row: str, metadata: dict[str, Any]) -> Turn:
        """As if the row had been asked for: a tap on a button."""
        return await self._turn({"chat": chat, "row": row, "metadata": metadata}, TURN_SECONDS)

    async def parse(self, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Read:
        try:
            return _read(await self._call("POST", "/parse", {"text": text, "metadata": metadata}, timeout))
        except (KeyError, TypeError) as error:
            raise NluDown(type(error).__name__) from None

    async def explain(self, text: str, metadata: dict[str, Any], timeout: float) -> tuple[Read, dict[str, float]]:
        """`parse`, with the confidences from which on a row is named."""
        data = await self._call("POST", "/parse", {"text": text, "metadata": metadata, "explain": True}, timeout)
        try:
            return _read(data), {str(name): float(value) for name, value in data["thresholds"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NluDown(type(error).__name__) from None

    async def forget(self, chat: str) -> None:
        await self._call("DELETE", f"/chat/{chat}", None, TURN_SECONDS)

    async def alive(self) -> bool:
        try:
            await self._call("GET", "/alive", None, 1.0)
        except NluDown:
            return False
        return True

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
