"""One door into placement for worker, sender and clock: what a command does, what sealed words say, what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.alerts import Alerts
from bot.intake.model import Graph
from bot.library.loading import Library
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Part
from bot.placement import staff_words, survivor_words
from bot.placement.calling import Calling
from bot.placement.clockwork import Clockwork
from bot.placement.model import Command, Extra, Here, Replies, Rooms, Shown, Switches
from bot.placement.staff import Staff
from bot.placement.survivor import Survivor
from bot.placement.telling import Telling
from bot.post import Post
from bot.stages.context import RequestView
from bot.store.audit import Audit
from bot.store.chats import Chats
from bot.store.keys import KeyRing
from bot.store.oncall import OnCall
from bot.store.requests import Open, Requests

CHANNEL = "telegram"
"""The one platform with groups."""
Words = tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the desk may know of a chat's request: where it stands, and which words bring one back."""

    view: RequestView | None
    brings_back: Callable[[str], tuple[str, str, str] | None]


class Placement:
    def __init__(
        self, keys: KeyRing, chats: Chats, alerts: Alerts, library: Library, graph: Graph, switches: Switches,
        page: Callable[[str], None] = lambda _: None, groups: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """`groups`: addresses of staff groups, which hear that a request is waiting and nothing else (R41)."""
        self._groups = {chats.hash(CHANNEL, address): address for address in groups}
        requests, oncall = Requests(keys), OnCall(keys)
        self.rooms = Rooms(requests, oncall, chats, Audit(keys), Post(chats), alerts, library, graph, switches, page)
        telling, calling = Telling(self.rooms), Calling(self.rooms)
        self._calling = calling
        self._clockwork = Clockwork(self.rooms, telling, calling)
        self._survivor = Survivor(self.rooms, telling, calling, self._start)
        self._staff = Staff(self.rooms, telling, calling)

    def _start(self, c: Connection, found: Open, now: float) -> None:
        self._clockwork.start(c, found, now)
        for chat, address in self._groups.items():
            self.rooms.chats.seen(c, chat, address, now, wrote=False)
            self.rooms.post.put(c, chat, Part("message:group.waiting"), f"group:{chat}:{found.id}", now)

    def is_staff_group(self, chat: str) -> bool:
        return chat in self._groups

    def known(self, c: Connection, chats: Iterable[Any]) -> dict[str, Known]:
        """By chat, for rows of the table `chat`; the same work whether or not there is a request (R7)."""
        rows = list(chats)
        words = self.rooms.requests.words_of_all(c, [row.chat for row in rows])
        return {row.chat: self._known(c, row, tuple(words.get(row.chat, ()))) for row in rows}

    def _known(self, c: Connection, row: Any, words: Words) -> Known:
        found = self.rooms.requests.get(c, row.request) if row.request is not None else None
        return Known(self._view(row.chat, found), lambda said: self.rooms.requests.match(row.chat, said, words))

    def _view(self, chat: str, found: Open | None) -> RequestView | None:
        if found is None or chat not in (found.chat, found.taken_by):
            return None
        extra = Extra.of(found)
        walk = {k: v for k, v in found.walk.items() if k != "extra"}
        relay = self.rooms.switches.relay and found.asker != "officer"
        talking = extra.talking and relay
        return RequestView(found.id, found.state, walk, extra.choosing, talking, chat == found.chat, found.told or "",
                           found.lang)  # fmt: skip

    def apply(self, c: Connection, chat: str, role: str, lang: str, command: Command, now: float) -> Replies | None:
        """What somebody hears in answer; everything else is written with the same connection. None where nothing may begin yet (its words
        wait for a reviewer, R10): what was said stands."""
        here = Here(c, chat, role, lang, now)
        if command.kind == "begin" and not self.rooms.switches.asks:
            return None
        if command.kind == "staff":
            return self._staff.handle(here, command.value)
        if command.kind == "staff_relay":
            return self._staff.write(here, command.text)
        return self._survivor.handle(here, command)

    def leave(self, c: Connection, chat: str, role: str, now: float) -> None:
        """The screen was cleared: nothing on it is about a request any more (R3, R7)."""
        if role not in OFFICER_ROLES and role != "advocate":
            self._survivor.leave(Here(c, chat, role, "en", now))

    def erase(self, c: Connection, chat: str, now: float) -> None:
        """Everything that this chat ever asked for, and what of it stands on advocates' screens (R23)."""
        for request_id in self.rooms.requests.all_of(c, chat):
            asked = {rung.chat for rung in self.rooms.oncall.rungs_of(c, request_id)}
            found = self.rooms.requests.get(c, request_id)
            if found is not None and found.taken_by is not None:
                asked.add(found.taken_by)
            self._calling.erased(c, request_id, sorted(asked), now)
            self.rooms.requests.drop(c, request_id)

    def words(
        self, c: Connection, chat: str, role: str, name: str, params: dict[str, Any], lang: str, now: float
    ) -> Shown | None:
        """`private:<name>` in words, for whoever may see it now; None where nothing may be sent."""
        found = self.rooms.requests.get(c, str(params.get("request"))) if "request" in params else None
        own = found is not None and found.chat == chat  # somebody on call may have asked for a place of their own
        if role == "advocate" and not own:
            return staff_words.words(self.rooms, c, chat, name, params, lang, now)
        return survivor_words.words(self.rooms, c, chat, name, params, lang)

    # -- messages that may stay only for a while ---------------------------------------------------------------------------

    def stays(self, c: Connection, chat: str, message_ids: Iterable[int], due: float) -> None:
        for number in message_ids:
            self.rooms.oncall.fleeting_put(c, chat, str(number), due)

    def due(self, c: Connection, chat: str, now: float) -> list[tuple[int, int]]:
        """(row, message id) of what has to go from this chat's screen."""
        return [(row, int(number)) for row, where, number in self.rooms.oncall.fleeting_due(c, now) if where == chat]

    def gone(self, c: Connection, rows: Iterable[int]) -> None:
        self.rooms.oncall.fleeting_done(c, rows)

    def lost(self, c: Connection, request_id: str, holder: str | None, now: float) -> None:
        """A request closed by itself (R24): whoever held it is told."""
        self._calling.lost_contact(c, request_id, holder, now)

    def tick(self, c: Connection, now: float) -> None:
        """Ladders, shifts, messages whose time is over."""
        self._clockwork.tick(c, now)
