"""An advocate's words on their way to the person: sealed at once, held where they could give somebody away, and answered the same
whether or not anybody is there."""

from __future__ import annotations

from bot.library.replies import Part, Reply
from bot.placement import guard
from bot.placement.model import OFFICER, Here, Replies, Rooms, reply
from bot.placement.telling import Telling
from bot.store.requests import Open


class Relaying:
    def __init__(self, rooms: Rooms, telling: Telling) -> None:
        self._rooms, self._telling = rooms, telling

    def write(self, here: Here, text: str, found: Open | None) -> Replies:
        if found is None:
            return [reply("message:oncall.none")]
        if found.asker == OFFICER:
            return [reply("message:oncall.write.officer")]
        if not self._rooms.switches.relay:
            return [reply("message:oncall.relay_off")]
        if not text.strip():
            return [reply("message:oncall.delivered")]
        holds = guard.found(text, self._rooms.oncall.programs(here.c))
        number = self._rooms.requests.relay_put(here.c, found.id, False, text, here.now, held=bool(holds))
        if holds:
            return [self._about("oncall.held", number)]
        return self._on_its_way(here, found, number)

    def second(self, here: Here, number: int, sends: bool, found: Open | None) -> Replies:
        """The second yes, or drop. A button of words that are gone, or of another's, is old."""
        words = self._rooms.requests.relay_one(here.c, number, found.id) if found is not None else None
        if found is None or words is None or words.to_advocate or not words.held:
            return [reply("message:oncall.old")]
        if not sends or not self._rooms.switches.relay:
            self._rooms.requests.relay_done(here.c, number, found.id)
            return [reply("message:oncall.dropped")]
        if not self._rooms.requests.relay_free(here.c, number, found.id):
            return [reply("message:oncall.old")]
        self._rooms.audit.note(here.c, here.chat, "sent anyway", found.id, here.now)
        return self._on_its_way(here, found, number)

    def _on_its_way(self, here: Here, found: Open, number: int) -> Replies:
        self._telling.words(here.c, found, number, here.now)
        return [reply("message:oncall.delivered")]

    @staticmethod
    def _about(name: str, number: int) -> Reply:
        return reply(Part(f"staff:{name}", params={"id": number}))
