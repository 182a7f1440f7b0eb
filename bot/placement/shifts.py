"""Where a shift begins and ends: the test alert, who did not tap it, and what goes from the screen at the end."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.oncall import rota
from bot.oncall.model import Shift
from bot.placement.calling import Calling
from bot.placement.model import Rooms

TEST_AGAIN = 300.0
"""A test alert rings again after so many seconds, while it can still be tapped."""
LOOK_BACK = 6 * 3600.0
"""A bot that was down for so long still clears what a shift left on a screen. Shorter than the day for which the queue remembers."""


class Shifts:
    def __init__(self, rooms: Rooms, calling: Calling) -> None:
        self._rooms, self._calling = rooms, calling

    def tick(self, c: Connection, now: float) -> None:
        oncall = self._rooms.oncall
        for shift in oncall.starting(c, now):
            oncall.tested(c, shift.id, now)
        for shift in oncall.untested(c, now):
            if rota.missed(shift, now):
                self._missed(c, shift, now)
            elif shift.tested_at is not None:
                self._ring(c, shift, shift.tested_at, now)
        for shift in oncall.ended(c, now - LOOK_BACK, now):
            self._ended(c, shift, now)

    def _ring(self, c: Connection, shift: Shift, tested_at: float, now: float) -> None:
        """A swapped shift rings at its new owner's, so the key names them."""
        turn = int((now - tested_at) // TEST_AGAIN)
        self._calling.tell(c, shift.chat, "oncall.test", f"test:{shift.id}:{shift.chat}:{turn}", now, id=shift.id)

    def _missed(self, c: Connection, shift: Shift, now: float) -> None:
        """Off the rota for this shift; the one who is next hears it, and the operator."""
        self._rooms.oncall.missed(c, shift.id, now)
        self._calling.tell(c, shift.chat, "oncall.missed", f"missed:{shift.id}:{shift.chat}", now)
        self._rooms.alerts.queue(c, "operator.shift_missed", now, once=f"{shift.id}:{shift.chat}", part=shift.program)
        on = [s for s in self._rooms.oncall.on_now(c, now) if s.program == shift.program]
        coming = self._rooms.oncall.shifts_between(c, shift.program, now, shift.ends_at + 24 * 3600)
        waiting = [s for s in coming if s.out_at is None and s.chat != shift.chat and s.ends_at > now]
        after = [s for s in on if s.chat != shift.chat] or waiting
        if after:
            name = "oncall.alone" if on else "oncall.next"
            self._calling.tell(c, after[0].chat, name, f"next:{shift.id}:{after[0].chat}", now)
        tell_if_nobody(self._rooms, c, shift.program, now, f"missed:{shift.id}")

    def _ended(self, c: Connection, shift: Shift, now: float) -> None:
        """Once a shift, however often the clock looks: the row in the queue decides. Whoever goes on with a next shift keeps the
        screen."""
        if any(s.chat == shift.chat for s in self._rooms.oncall.on_now(c, now)):
            return
        if not self._rooms.post.take_down(c, shift.chat, now, f"ended:{shift.id}:{shift.chat}"):
            return
        self._rooms.oncall.fleeting_of(c, shift.chat, now)
        holding = bool(self._rooms.requests.held_by(c, shift.chat))
        name = "oncall.shift.holding" if holding else "oncall.shift.over"
        self._calling.tell(c, shift.chat, name, f"over:{shift.id}:{shift.chat}", now, silent=not holding)


def tell_if_nobody(rooms: Rooms, c: Connection, program: str, now: float, key: str) -> None:
    """The operator hears that nobody of a program is on shift any more: people are told so from now on (R45)."""
    if not any(s.program == program for s in rooms.oncall.on_now(c, now)):
        rooms.alerts.queue(c, "operator.nobody_on_shift", now, once=key, part=program)
