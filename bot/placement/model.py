"""What every part of this package is given, and what it keeps beside a walk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.alerts import Alerts
from bot.intake.model import Graph
from bot.library.loading import Library
from bot.library.replies import Part, Reply
from bot.placement.command import Command as Command
from bot.post import Post
from bot.shown import Shown as Shown
from bot.store.audit import Audit
from bot.store.chats import Chats
from bot.store.oncall import OnCall
from bot.store.requests import Open, Requests

OFFICER, ALLY, SELF, MINOR = "officer", "ally", "self", "minor"
"""Who asks. `minor`: somebody under 18 who wants to talk; nothing is asked and nothing released (R44, rulings 11)."""


@dataclass(frozen=True, slots=True)
class Switches:
    """What the operator switches on once counsel has answered (docs/legal-demands.md)."""

    relay: bool = False
    minors: bool = False
    asks: bool = True
    """Whether all words of the questions have been read by a reviewer, or need not be (R10)."""


@dataclass(frozen=True, slots=True)
class Here:
    """Who asks for what, when. `chat` is a keyed hash; `now` in seconds since the epoch."""

    c: Connection
    chat: str
    role: str
    lang: str
    now: float


@dataclass(frozen=True, slots=True)
class Rooms:
    """All that placement works with; functions of a connection, so that everything happens in the worker's own unit (decision 0010)."""

    requests: Requests
    oncall: OnCall
    chats: Chats
    audit: Audit
    post: Post
    alerts: Alerts
    library: Library
    graph: Graph
    switches: Switches
    page: Callable[[str], None] = lambda address: None
    """Asks the pager to ring an address once what is being written is on the disk; carries no words but its own."""


def reply(*parts: str | Part, handling: str = "wants_safe_place", **params: Any) -> Reply:
    """One reply of content ids. Parameters go to every part that is given by its id."""
    made = [Part(p, params=dict(params)) if isinstance(p, str) else p for p in parts]
    return Reply(handling, made)


@dataclass(frozen=True, slots=True)
class Extra:
    """What is kept sealed beside the walk. `climb`: programs said yes to, in order; `offers`: those not yet asked about;
    `talking`: the person has seen that somebody answers and writes with them; `warned`: the word for "not me" was written once."""

    climb: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    choosing: bool = False
    talking: bool = False
    notices: int = 0
    warned: bool = False

    @classmethod
    def of(cls, found: Open) -> Extra:
        kept = found.walk.get("extra", {})
        return cls(tuple(kept.get("climb", ())), tuple(kept.get("offers", ())), bool(kept.get("choosing")),
                   bool(kept.get("talking")), int(kept.get("notices", 0)), bool(kept.get("warned")))  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        return {"climb": list(self.climb), "offers": list(self.offers), "choosing": self.choosing, "talking": self.talking,
                "notices": self.notices, "warned": self.warned}  # fmt: skip


Answers = dict[str, Any]
Replies = list[Reply]
