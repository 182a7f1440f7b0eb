"""What a message carries through the stages, and how a stage ends the walk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.library.replies import Effect, Reply

Media = Literal["photo", "video", "voice", "audio", "document", "sticker", "location", "contact", "other"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing a person sent: words, a tap (`payload`), or something that is never opened (`media`)."""

    chat: str
    text: str = ""
    payload: str | None = None
    media: Media | None = None
    message_id: str | None = None
    lang_hint: str | None = None


@dataclass(frozen=True, slots=True)
class RequestView:
    """What the desk may know of the request that a chat is about. `walk`: as `bot.intake.model.Walk` gives it; `talking`: the person and
    an advocate write to each other; `mine`: the chat is the person's, not the advocate's."""

    id: str
    state: str
    walk: dict[str, Any]
    choosing: bool = False
    talking: bool = False
    mine: bool = True
    told: str = ""
    lang: str = "en"
    """The language in which the questions began, whatever a name of a town sounds like."""


def no_word(_: str) -> tuple[str, str, str] | None:
    return None


@dataclass(slots=True)
class Person:
    """What is known of a chat between two messages. The channel keeps it; stages change it through `Context.change`."""

    role: str = "guest"
    lang: str | None = None
    heard: str | None = None
    greeted: bool = False
    misses: int = 0
    awaiting: str | None = None
    quiet_minutes: int = 60
    request: RequestView | None = None
    brings_back: Callable[[str], tuple[str, str, str] | None] = no_word
    """(request, "word" or "not_me", the language of its questions) where the text is a word that the person chose (R7)."""

    def speaks(self) -> str:
        return self.lang or self.heard or "en"


@dataclass(slots=True)
class Context:
    """One walk. `replies` grow in the order they are shown."""

    message: Incoming
    person: Person
    text: str
    lang: str
    role_commands: bool = False
    replies: list[Reply] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    confidence: float | None = None
    reading: Any = None
    stays_here: bool = False
    """The text is a word to come back with, or a number: nothing outside of this process reads it (rulings 6)."""
    decided: str = ""
    """The stage that is at work, and in the end the one that answered."""
    deadline: float | None = None
    """On the clock of the event loop: what has no answer by then is answered by the safety reply (R13)."""

    def left(self, seconds: float) -> float:
        """So long, or as long as there is until the deadline; never nothing, which a client takes for "for ever"."""
        if self.deadline is None:
            return seconds
        return max(0.05, min(seconds, self.deadline - asyncio.get_running_loop().time()))

    def change(self, **values: Any) -> None:
        """Remember for the next message; the store writes it in the transaction that marks this one handled."""
        self.changes.update(values)
        for name, value in values.items():
            setattr(self.person, name, value)


class Done(Exception):
    """Raised by a stage that has answered; the replies are in the context."""
