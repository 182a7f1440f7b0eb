"""An open request whose advocate went off shift, or cannot open it any more, is offered to others until one has it."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.oncall.ladder import LADDER_SECONDS, REPEAT_SECONDS
from bot.placement.calling import Calling
from bot.placement.model import MINOR, Rooms
from bot.store.requests import TAKEN, Open

SLOWLY = 900.0
"""After 15 minutes it rings only so often: whoever slept through fifteen alerts is not woken by the sixteenth."""


def may_have(rooms: Rooms, c: Connection, found: Open, chat: str, program: str, now: float) -> bool:
    """Whether this advocate may take it over from one of `program`: on shift, of the same program or of one that the person said yes
    to, with nothing else in hand; for somebody under 18, marked for minors (R41, R44)."""
    on = [s for s in rooms.oncall.on_now(c, now) if s.chat == chat]
    if found.state != TAKEN or found.taken_by == chat or not on or rooms.requests.held_by(c, chat):
        return False
    if found.asker == MINOR:
        return any(s.minors and s.program == program for s in on)
    return any(
        s.program == program or rooms.requests.valid_release(c, found.id, s.program, now) is not None for s in on
    )


def held_past_shift(rooms: Rooms, c: Connection, request_id: str, now: float) -> tuple[str, str] | None:
    """(holder, program) where it waits for somebody else."""
    for found, holder, program in rooms.oncall.holding_past_shift(c, now):
        if found == request_id:
            return holder, program
    return None


class Handovers:
    def __init__(self, rooms: Rooms, calling: Calling) -> None:
        self._rooms, self._calling = rooms, calling

    def tick(self, c: Connection, now: float) -> None:
        for request_id, holder, program in self._rooms.oncall.holding_past_shift(c, now):
            found = self._rooms.requests.get(c, request_id)
            if found is not None:
                self._offer(c, found, holder, program, now)

    def _offer(self, c: Connection, found: Open, holder: str, program: str, now: float) -> None:
        since = self._rooms.oncall.off_since(c, holder, now)
        waited = now - since if since is not None else LADDER_SECONDS
        slot = f"m{int(waited // REPEAT_SECONDS)}" if waited < LADDER_SECONDS else f"q{int(now // SLOWLY)}"
        others = self._others(c, found, program, now)
        for chat in others:
            part = Part("private:handover", params={"request": found.id, "from": program})
            self._rooms.post.put(
                c, chat, part, f"handover:{found.id}:{chat}:{slot}", now, stays=SLOWLY, not_after=now + REPEAT_SECONDS
            )
        if not others:
            key = f"alone:{found.id}:{holder}:{since}"
            self._calling.tell(c, holder, "oncall.handover.nobody", key, now, number=found.number)
        if not others or waited >= LADDER_SECONDS:
            self._rooms.alerts.queue(c, "operator.handover", now, once=f"{found.id}:{holder}:{since}")

    def _others(self, c: Connection, found: Open, program: str, now: float) -> list[str]:
        """Of the same program; where nobody of it is there, of another that the person said yes to."""
        on = [s for s in self._rooms.oncall.on_now(c, now) if may_have(self._rooms, c, found, s.chat, program, now)]
        same = [s.chat for s in on if s.program == program]
        return list(dict.fromkeys(same or [s.chat for s in on]))
