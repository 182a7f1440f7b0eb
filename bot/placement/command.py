"""What a tap or a text asks of a request, as the desk hands it on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import orjson

from bot.library.replies import Effect

Kind = Literal[
    "begin", "tap", "say", "word", "not_me", "relay", "release", "go", "show", "mute", "unmute", "end", "withdraw",
    "minor", "young", "staff", "staff_relay",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """One wish, as the desk hands it on (`Effect("request", command.dumps())`). `value`: ids alone; `text`: the person's words.

    begin asker · tap option (or "node:option" to be sure of the question) · say · word/not_me request · relay · release yes|no|done:program
    · go · show · mute · unmute · end · withdraw · minor · young (they say that they are under 18) · staff: what stands after "a:" on an advocate's button, or a command such as
    "/pin" · staff_relay: an advocate's words for the person."""

    kind: Kind
    value: str = ""
    text: str = ""

    def dumps(self) -> str:
        return orjson.dumps([self.kind, self.value, self.text]).decode()

    @classmethod
    def of(cls, effect: Effect) -> Command:
        """What an effect "request", "begin" or "withdraw" asks for."""
        if effect.kind == "request":
            return cls.loads(effect.value or "")
        return cls("begin" if effect.kind == "begin" else "withdraw")

    @classmethod
    def loads(cls, data: str) -> Command:
        return cls(*orjson.loads(data))
