"""Who is asked next. One function of rows and the time: it holds no state, so a restart after any gap goes on where the rows stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.oncall.model import Rung, Shift

RUNG_SECONDS = 180.0
REPEAT_SECONDS = 60.0
LADDER_SECONDS = 900.0
_ASKED = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask this advocate: a rung and an alert."""

    program: str
    chat: str


@dataclass(frozen=True, slots=True)
class Again:
    """Repeat the alert of this rung."""

    rung: Rung


@dataclass(frozen=True, slots=True)
class Over:
    """This rung is over: its time is up, its advocate is not on shift any more, or its program may not be asked any more."""

    rung: Rung


@dataclass(frozen=True, slots=True)
class End:
    """Nobody took it and nobody is left, or the time is over. Who calls writes that down and calls no more."""


Act = Ask | Again | Over | End


def step(
    sent_at: float, climb: Sequence[str], rungs: Sequence[Rung], on_duty: Sequence[Shift], now: float, taken: bool
) -> list[Act]:
    """What is to be done at `now`, in this order. `climb`: programs that the person said yes to, in their order; nobody else is ever
    asked (R41, R60). `rungs`: all of this request. `on_duty`: in the order of the rota; it is looked at again here.

    Everybody is asked once. There is never more than one open rung, and never an `Ask` beside an `End`."""
    open_rungs = [rung for rung in rungs if rung.state == _ASKED]
    if taken:
        return [Over(rung) for rung in open_rungs]
    if now >= sent_at + LADDER_SECONDS:
        return [*(Over(rung) for rung in open_rungs), End()]
    on = [shift for shift in on_duty if shift.on(now) and shift.program in climb]
    here = {(shift.program, shift.chat) for shift in on}
    going = [rung for rung in open_rungs if now < rung.until and (rung.program, rung.chat) in here]
    acts: list[Act] = [Over(rung) for rung in open_rungs if rung not in going[:1]]
    if going:
        return [*acts, Again(going[0])] if now >= going[0].again_at else acts
    return [*acts, _next(climb, {rung.chat for rung in rungs}, on) or End()]


def _next(climb: Sequence[str], asked: set[str], on: Sequence[Shift]) -> Ask | None:
    """The next on shift of the earliest program in `climb` that has one who was not asked."""
    for program in climb:
        for shift in on:
            if shift.program == program and shift.chat not in asked:
                return Ask(program, shift.chat)
    return None
