"""What a tap, a command or a text asks of refreshers, as the desk hands it on."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from bot.library.replies import Effect

TYPED = "train"
"""What a chat waits for while words are asked for (`chat.awaiting`)."""
SAY = "train:say"
"""`Reply.subject` of a reply that asks for words: the next message comes as the wish `say`."""
LONGEST_NUMBER = 9
"""Digits of a number in a payload; no row has a longer one, and every database takes it."""
FROM_THE_DESK = frozenset({"row", "before", "say", "paused"})
"""Wishes that come of words and are no button's."""

OWN_FILE = "export_mine"
"""The one wish that who has left a department still has: what is kept about them, for as long as they can erase it (R23)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish (`Effect("training", wish.dumps())`). `name`: what (`bot/training/learner.py` and `coordinator.py` list them); `about`: ids and
    numbers alone; `text`: the words of whoever wishes it.

    A button's payload is "k:name" or "k:name:about". `row`: a message that was read as a row of the catalogue, which stands in `about`; its
    answer from content holds where there is nothing to add. `before`: what stands before the answer to the row in `about`. `say`: an answer to
    what was asked last."""

    name: str
    about: str = ""
    text: str = ""

    def dumps(self) -> str:
        return orjson.dumps([self.name, self.about, self.text]).decode()

    @classmethod
    def loads(cls, data: str) -> Wish:
        return cls(*orjson.loads(data))

    @classmethod
    def of_payload(cls, payload: str) -> Wish | None:
        kind, _, rest = payload.partition(":")
        name, _, about = rest.partition(":")
        return cls(name, about) if kind == "k" and name and name not in FROM_THE_DESK else None

    @classmethod
    def of(cls, effect: Effect) -> Wish:
        return cls("paused") if effect.kind == "pause" else cls.loads(effect.value or "")


def number_in(text: str) -> int | None:
    """The number of a row in a payload, which anybody may have made up; None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None
