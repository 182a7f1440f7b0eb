"""The real desk and the real actions over the store of a test; what the classifier would have read is said by the test."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from actions import answers
from actions.base import Answer, Ask
from bot.desk import Desk
from bot.library import loading
from bot.nlu import TURN_SECONDS, NluDown, Read, Turn
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.safety.exits import Exits
from bot.safety.floor import Floor
from bot.settings import ROOT
from tests.app.parts import World
from tests.store.virtual import VirtualClock


@dataclass(frozen=True)
class Heard:
    """What the classifier makes of a message. `ranking`: further rows with their confidence, the row itself left out."""

    row: str
    confidence: float = 0.95
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> list[tuple[str, float]]:
        first = [] if self.row == "nlu_fallback" else [(self.row, self.confidence)]
        return sorted([*first, *self.ranking], key=lambda item: -item[1])


MISS = Heard("nlu_fallback", 0.0)
OFFER = Heard("nlu_fallback", 0.3, (("basic_needs", 0.3), ("wants_hotline", 0.2)))
DOWN = None


@lru_cache(maxsize=1)
def actions() -> dict[str, Answer]:
    """By intent, as the rules of Rasa have it."""
    rules = yaml.safe_load((ROOT / "nlu" / "rules" / "rows.yml").read_text("utf-8"))["rules"]
    made = [
        thing()
        for thing in vars(answers).values()
        if isinstance(thing, type) and issubclass(thing, Answer) and thing.__name__.startswith("Action")
    ]
    by_name = {action.name(): action for action in made}
    return {rule["steps"][0]["intent"]: by_name[rule["steps"][1]["action"]] for rule in rules}


@dataclass
class ScriptedNlu:
    """Reads what `says` holds for a text, else the next of `script`, else `always`. Keeps subject and topic as Rasa would."""

    says: dict[str, Heard | None] = field(default_factory=dict)
    script: deque[Heard | None] = field(default_factory=deque)
    always: Heard | None = MISS
    slots: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    asked: int = 0

    def _heard(self, text: str) -> Heard:
        self.asked += 1
        found = self.says[text] if text in self.says else self.script.popleft() if self.script else self.always
        if found is None:
            raise NluDown("as the test says")
        return found

    async def turn(self, chat: str, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Turn:
        return await self._run(chat, text, metadata, self._heard(text))

    async def choose(self, chat: str, row: str, metadata: dict[str, Any]) -> Turn:
        return await self._run(chat, "", metadata, Heard(row, 1.0))

    async def parse(self, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Read:
        return self._read(self._heard(text))

    async def forget(self, chat: str) -> None:
        self.slots.pop(chat, None)
        self.forgotten.append(chat)

    @staticmethod
    def _read(heard: Heard) -> Read:
        return Read(heard.row, heard.confidence, heard.whole, list(heard.entities))

    async def _run(self, chat: str, text: str, metadata: dict[str, Any], heard: Heard) -> Turn:
        subject, topic = self.slots.get(chat, (None, None))
        ask = Ask(
            text=text, handling=heard.row, ranking=heard.whole, entities=list(heard.entities), lang=metadata.get("lang") or "en",
            role=metadata.get("role") or "guest", subject=subject, topic=topic, misses=int(metadata.get("misses") or 0),
            metadata=metadata,
        )  # fmt: skip
        reply = await actions()[heard.row].reply(ask)
        self.slots[chat] = (reply.handling, reply.subject)
        return Turn(self._read(heard), reply)


def real_desk(nlu: Any) -> Desk:
    return Desk(loading.shared(), nlu, _floor(), _exits())


@lru_cache(maxsize=1)
def _floor() -> Floor:
    return floors.shared()


@lru_cache(maxsize=1)
def _exits() -> Exits:
    return leaving.shared()


class Talking(World):
    """`World` with the real desk. `nlu` is the scripted one, or another."""

    def __init__(self, home: Path, clock: VirtualClock, nlu: Any = None, **options: Any) -> None:
        super().__init__(home, clock, **options)
        self.nlu = nlu or ScriptedNlu()  # type: ignore[assignment]
        self.desk = real_desk(self.nlu)  # type: ignore[assignment]
        self.restart(self.database)

    async def taps(self, chat: int, payload: str) -> None:
        await self.platform_says(tapped, chat, payload)


def tapped(number: int, chat: int, payload: str) -> dict[str, Any]:
    """A tap on a button, as Telegram describes it."""
    query = {
        "id": f"tap{number}",
        "from": {"id": chat, "is_bot": False, "first_name": "Maravilla", "language_code": "en"},
        "message": {"message_id": 5_000_000 + number, "date": 1, "chat": {"id": chat, "type": "private"}},
        "data": payload,
    }
    return {"update_id": 880_000_000 + number, "callback_query": query}
