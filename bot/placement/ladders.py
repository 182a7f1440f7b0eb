"""The ladder against the rows: who is asked now, who again, and when it is over. Whatever calls it, and however often, at one moment
the same is done once (decision 0010): what is written decides, nothing is remembered."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from bot.oncall import ladder
from bot.oncall.ladder import REPEAT_SECONDS, RUNG_SECONDS, Again, Ask, End, Over
from bot.oncall.model import Program, Rung, Shift
from bot.placement.calling import Calling
from bot.placement.model import MINOR, Extra, Rooms
from bot.placement.telling import Telling
from bot.store import oncall, tallies
from bot.store.requests import SENT, Open

log = logging.getLogger("waymark.ladders")


class Ladders:
    def __init__(self, rooms: Rooms, telling: Telling, calling: Calling) -> None:
        self._rooms, self._telling, self._calling = rooms, telling, calling

    def tick(self, c: Connection, now: float) -> None:
        """All requests that nobody has taken. One that cannot be read stops no other."""
        for request_id in self._rooms.requests.searching(c):
            try:
                with c.begin_nested():
                    self.step(c, request_id, now)
            except Exception as error:
                log.error("a ladder stands still: %s", type(error).__name__)

    def step(self, c: Connection, request_id: str, now: float) -> None:
        if not self._rooms.requests.lock(c, request_id, wait=False):
            return
        found = self._rooms.requests.get(c, request_id)
        if found is None or found.state != SENT or found.sent_at is None:
            return
        programs = {program.id: program for program in self._rooms.oncall.programs(c)}
        climb = [name for name in Extra.of(found).climb if name in programs and self._may_ask(c, found, name, now)]
        rungs = self._rooms.oncall.rungs_of(c, found.id)
        for act in ladder.step(found.sent_at, climb, rungs, self._on_duty(c, found, now), now, taken=False):
            match act:
                case Ask():
                    self._ask(c, found, programs[act.program], act.chat, now)
                case Again():
                    self._again(c, found, act.rung, programs, now)
                case Over():
                    self._rooms.oncall.set_rung(c, act.rung.id, oncall.OVER)
                case End():
                    self._end(c, found, now)

    def _may_ask(self, c: Connection, found: Open, program: str, now: float) -> bool:
        """Only with a yes that still holds (R41, R43). Of somebody under 18 nothing is released (R44)."""
        return found.asker == MINOR or self._rooms.requests.valid_release(c, found.id, program, now) is not None

    def _on_duty(self, c: Connection, found: Open, now: float) -> list[Shift]:
        """In the order of the rota, but whoever holds a request already comes last. Who cannot be reached is not waited for; for somebody
        under 18 only who is marked for minors counts (R44)."""
        on = [s for s in self._rooms.oncall.on_now(c, now) if s.minors or found.asker != MINOR]
        on = [s for s in on if s.chat != found.chat]  # nobody is asked about what they asked for themselves
        busy = self._rooms.requests.holders(c)
        chats = self._rooms.chats.get_all(c, [s.chat for s in on])
        there = [s for s in on if s.chat in chats and not chats[s.chat].blocked and chats[s.chat].role == "advocate"]
        return sorted(there, key=lambda s: s.chat in busy)

    def _ask(self, c: Connection, found: Open, program: Program, chat: str, now: float) -> None:
        rung = self._rooms.oncall.ask(c, found.id, program.id, chat, now, REPEAT_SECONDS, RUNG_SECONDS)
        if rung is not None:
            self._calling.alert(c, found, rung, program, chat, now)
            self._telling.asked(c, found, rung, now)

    def _again(self, c: Connection, found: Open, rung: Rung, programs: dict[str, Program], now: float) -> None:
        turn = int((now - rung.asked_at) // REPEAT_SECONDS)
        self._rooms.oncall.asked_again(c, rung.id, rung.asked_at + (turn + 1) * REPEAT_SECONDS)
        self._calling.alert(c, found, rung.id, programs[rung.program], rung.chat, now)

    def _end(self, c: Connection, found: Open, now: float) -> None:
        if self._rooms.requests.nobody(c, found.id, now):
            self._telling.nobody(c, found, now)
            self._rooms.alerts.queue(c, "operator.unanswered", now)
            tallies.count(c, now, "outcome", "nobody")
