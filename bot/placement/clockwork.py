"""What the clock does every few seconds: ladders, shifts, handovers, messages whose time is over. All of it is rows with a time, so a
restart loses nothing, and a second process that ticks as well does nothing twice."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.placement.calling import Calling
from bot.placement.handovers import Handovers
from bot.placement.ladders import Ladders
from bot.placement.model import Rooms
from bot.placement.shifts import Shifts
from bot.placement.telling import Telling
from bot.store.requests import Open


class Clockwork:
    def __init__(self, rooms: Rooms, telling: Telling, calling: Calling) -> None:
        self._rooms, self._calling = rooms, calling
        self._ladders = Ladders(rooms, telling, calling)
        self._shifts, self._handovers = Shifts(rooms, calling), Handovers(rooms, calling)

    def start(self, c: Connection, found: Open, now: float) -> None:
        """A request was sent: the first advocate is asked in the same transaction."""
        self._ladders.step(c, found.id, now)

    def tick(self, c: Connection, now: float) -> None:
        for request_id, holder in self._rooms.requests.close_silent(c, now):
            self._calling.lost_contact(c, request_id, holder, now)
        self._shifts.tick(c, now)
        self._ladders.tick(c, now)
        self._handovers.tick(c, now)
        self._take_down(c, now)

    def _take_down(self, c: Connection, now: float) -> None:
        """One row a chat and newest due time, however often it is looked at before the sender has done it."""
        due: dict[str, list[int]] = {}
        for row, chat, _ in self._rooms.oncall.fleeting_due(c, now):
            due.setdefault(chat, []).append(row)
        for chat, rows in due.items():
            self._rooms.post.take_down(c, chat, now, f"due:{chat}:{max(rows)}")
