"""Shifts, carried out: the test alert at the beginning, who did not tap it, an open request at the end. Rules: `bot/oncall/rota.py`."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.oncall import rota
from bot.placement.ladders import Ladders
from bot.store.oncall import OnCall
from bot.store.requests import Requests


class Shifts:
    def __init__(self, requests: Requests, oncall: OnCall, ladders: Ladders) -> None:
        self._requests, self._oncall, self._ladders = requests, oncall, ladders

    def tick(self, c: Connection, now: float) -> None:
        for shift in self._oncall.starting(c, now):
            self._oncall.tested(c, shift.id, now)
            self._ladders.tell(c, shift.chat, Part("message:oncall.shift.test"), now, key=f"test:{shift.id}")
            self._ladders.tell(c, shift.chat, Part("shift:", params={"shift": shift.id}), now, key=f"tap:{shift.id}")
        for shift in self._oncall.untested(c, now - rota.TEST_SECONDS):
            self._oncall.missed(c, shift.id, now)  # not on the rota; whoever else has this time stays on it
            self._ladders.tell(c, shift.chat, Part("message:oncall.shift.missed"), now, key=f"missed:{shift.id}")
        for request_id, holder, program in self._oncall.holding_past_shift(c, now):
            self._offer(c, request_id, holder, program, now)

    def _offer(self, c: Connection, request_id: str, holder: str, program: str, now: float) -> None:
        """At the end of a shift an open request goes to somebody who taps "I have it"; until then its holder keeps it."""
        others = [s for s in self._oncall.on_now(c, now) if s.program == program and s.chat != holder]
        for shift in others:
            key = f"hand:{request_id[:16]}:{shift.chat[:16]}:{shift.id}"
            self._ladders.tell(c, shift.chat, Part("private:handover", params={"request": request_id}), now, key=key)
        if not others:
            self._ladders.tell(
                c, holder, Part("message:oncall.shift.still"), now, key=f"still:{request_id[:16]}:{int(now // 3600)}"
            )
