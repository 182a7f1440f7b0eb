"""What the desk hands to the service, and what it may know of a request that is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

Do = Literal["begin", "tap", "say", "resume", "not_me", "withdraw", "staff", "relay"]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do with a request. `text` is what a person typed: it lives in memory only, from the desk to the transaction."""

    do: Do
    payload: str = ""
    text: str = ""
    request: str = ""

    def dump(self) -> str:
        return orjson.dumps([self.do, self.payload, self.text, self.request]).decode()

    @classmethod
    def load(cls, value: str) -> Command:
        return cls(*orjson.loads(value))


@dataclass(frozen=True, slots=True)
class RequestView:
    """What a stage may know of the request that this conversation is about. `node` and `kind` say what is being asked."""

    id: str
    state: str
    walk: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    muted: bool = False

    @property
    def asking(self) -> bool:
        return self.state == "draft"

    @property
    def talking(self) -> bool:
        """An advocate has it, so what is written goes to them."""
        return self.state == "taken"


@dataclass(frozen=True, slots=True)
class Words:
    """Keyed hashes that this chat's requests may be brought back with; () for nearly everybody (R7)."""

    hashes: tuple[tuple[str, str, str], ...] = ()
    """(request, hash of the word, hash of the word that means "not me")."""
