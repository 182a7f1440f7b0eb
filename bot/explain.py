"""Why the bot answers a message so, for `waymark explain`: the real desk answers it in a conversation of its own, and what was asked of
Rasa on the way is listened to. Nothing is stored and nothing is logged; all of it goes with the process."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from bot.channels.backroom import Backroom
from bot.channels.conversation import Conversation, Said
from bot.desk import Desk, heard_in
from bot.library.loading import Library
from bot.library.replies import Reply
from bot.nlu import TURN_SECONDS, Nlu, NluDown, Read, Turn
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.safety.exits import Exits
from bot.safety.floor import Floor, Reading, Sign
from bot.stages.floor import VETO_CHANCE, VETO_CONFIDENCE
from bot.stages.reading import DANGER_CONFIDENCE, SECOND_CONFIDENCE, SURELY_DANGER
from nlu.text import clean, fold, for_rasa

ROLES = ("guest", "officer", "coordinator")
WARM_SECONDS = 10.0
"""For the first reading of a Rasa that has just started; those that follow keep to the times of the desk."""
OWN_THRESHOLDS = {
    "veto_chance": VETO_CHANCE,
    "veto_confidence": VETO_CONFIDENCE,
    "danger_in_a_part": DANGER_CONFIDENCE,
    "danger_in_a_part_of_calm": SURELY_DANGER,
    "second_request": SECOND_CONFIDENCE,
}
"""Those of the desk; the classifier's come from Rasa."""


class Explaining(Nlu, Protocol):
    """`Nlu` that also says from which confidence on it names a row."""

    async def explain(self, text: str, metadata: dict[str, Any], timeout: float) -> tuple[Read, dict[str, float]]: ...


@dataclass(slots=True)
class Call:
    """One thing that the desk asked of Rasa. `read` is None where no answer came, or came too late."""

    text: str
    read: Read | None = None
    reply: Reply | None = None


class Overheard:
    """Hands everything on to `nlu` and keeps, in order, what was asked and answered."""

    def __init__(self, nlu: Nlu) -> None:
        self._nlu = nlu
        self.calls: list[Call] = []

    async def turn(self, chat: str, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Turn:
        self.calls.append(call := Call(text))
        turn = await self._nlu.turn(chat, text, metadata, timeout)
        call.read, call.reply = turn.read, turn.reply
        return turn

    async def choose(self, chat: str, row: str, metadata: dict[str, Any]) -> Turn:
        return await self._nlu.choose(chat, row, metadata)

    async def parse(self, text: str, metadata: dict[str, Any], timeout: float = TURN_SECONDS) -> Read:
        self.calls.append(call := Call(text))
        call.read = await self._nlu.parse(text, metadata, timeout)
        return call.read

    async def forget(self, chat: str) -> None:
        await self._nlu.forget(chat)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or window that was read apart. `row` and `confidence` are None where no answer came in time."""

    text: str
    row: str | None
    confidence: float | None
    answered: bool
    """It was also given to Rasa as a turn of its own."""


@dataclass(frozen=True, slots=True)
class Likes:
    """Training phrases like the message, likest first. `by`: "encoder", "letters", or None where they could not be looked up."""

    by: str | None = None
    phrases: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that `waymark explain` shows, before it is put into words. Texts have been through `clean`."""

    text: str
    role: str
    exit: str | None
    heard: str | None
    floor: Reading
    signs: list[Sign]
    read: Read | None
    thresholds: dict[str, float]
    whole: Call | None
    """What the desk asked of Rasa about the whole message; None where it did not ask."""
    pieces: list[Piece]
    said: Said
    likes: Likes

    @property
    def folded(self) -> str:
        return fold(self.text)

    @property
    def decided(self) -> str:
        return self.said.outcome.decided

    def as_json(self) -> dict[str, Any]:
        """What docs/reference/explain.md describes, without `why`."""
        read, main = self.read, self.said.main
        return {
            "text": self.text,
            "folded": self.folded,
            "role": self.role,
            "exit": self.exit,
            "language": {"heard": self.heard, "answered": self.said.outcome.lang},
            "floor": {**asdict(self.floor), "signs": [asdict(sign) for sign in self.signs]},
            "meaning": read.intent if read else None,
            "meanings": [{"row": row, "confidence": confidence} for row, confidence in read.ranking] if read else [],
            "known_words": read.known_words if read else None,
            "asked": self.whole is not None,
            "thresholds": self.thresholds,
            "entities": [{"entity": name, "value": value} for name, value in read.entities] if read else [],
            "nearest": asdict(self.likes),
            "parts": [asdict(piece) for piece in self.pieces],
            "decided": self.decided,
            "handling": main.handling if main else None,
            "replies": [reply_json(reply) for reply in self.said.outcome.replies],
        }


def reply_json(reply: Reply) -> dict[str, Any]:
    """What a reply is made of: ids, never words or parameters."""
    return {
        "handling": reply.handling,
        "kind": reply.kind,
        "content": [f"{part.content}#{part.page}" if part.page else part.content for part in reply.parts],
        "offered": list(reply.offered),
        "also": list(reply.also),
        "effect": reply.effect.kind if reply.effect else None,
    }


async def explain(
    text: str,
    role: str,
    lang: str | None,
    library: Library,
    nlu: Explaining,
    backroom: Backroom | None = None,
    likes: Awaitable[Likes] | None = None,
    safety: tuple[Floor, Exits] | None = None,
) -> Explanation:
    """Answer `text` as the first message of a new person and say all that there is to say about it."""
    floor, exits = safety or (floors.shared(), leaving.shared())
    overheard = Overheard(nlu)
    read, named = await _reading(nlu, text, role, lang)
    conversation = Conversation(Desk(library, overheard, floor, exits), library, overheard, role, lang, backroom)
    said = await conversation.say(text)
    await conversation.forget()
    asked = for_rasa(clean(text))
    whole = next((call for call in overheard.calls if call.text == asked), None)
    if whole is not None and whole.read is not None:
        read = whole.read  # what decided, where both are there
    return Explanation(
        clean(text), role, exits.wish(text), heard_in(clean(text)), floor.read(text, role), floor.signs(text, role), read,
        {**named, **OWN_THRESHOLDS}, whole, _pieces(overheard.calls, asked), said, await likes if likes is not None else Likes(),
    )  # fmt: skip


async def _reading(nlu: Explaining, text: str, role: str, lang: str | None) -> tuple[Read | None, dict[str, float]]:
    """What the classifier makes of the whole message, whether or not the desk will ask it. It comes first, so that a Rasa that has just
    started is warm when the desk counts its milliseconds."""
    heard = heard_in(text)
    spoken = heard if heard in ("en", "es") else None
    metadata = {"role": role, "lang": lang or spoken or "en", "heard": spoken, "misses": 0}
    chat = Backroom.new_chat()
    try:
        found = await nlu.explain(for_rasa(clean(text)), metadata, WARM_SECONDS)
        await nlu.choose(chat, "help_menu", metadata)
    except NluDown:
        return None, {}
    with contextlib.suppress(NluDown):
        await nlu.forget(chat)
    return found


def _pieces(calls: list[Call], whole: str) -> list[Piece]:
    """In the order in which they were read, each once."""
    apart = [call for call in calls if call.text != whole]
    out = []
    for text in dict.fromkeys(call.text for call in apart):
        mine = [call for call in apart if call.text == text]
        best = next((call.read.best for call in mine if call.read is not None), None)
        turned = any(call.reply is not None for call in mine)
        out.append(Piece(text, best[0] if best else None, best[1] if best else None, turned))
    return out
