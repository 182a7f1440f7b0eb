"""Who is asked next about a request that was sent. What was done stands in rows; this says what is to be done now.

A rung is one advocate: asked, reminded each minute, after three minutes the next one of the same program, then the next program
that the person said yes to, 15 minutes in all (R45). Looked at late, after a restart, it goes on from the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.oncall.model import ASKED, TOOK, Rung, Shift

RUNG_SECONDS = 180
REPEAT_SECONDS = 60
LADDER_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Ask:
    """Open a rung: this advocate is asked now."""

    program: str
    chat: str


@dataclass(frozen=True, slots=True)
class Again:
    """Repeat the alert of an open rung."""

    rung: Rung


@dataclass(frozen=True, slots=True)
class Over:
    """Close an open rung: its time is over, its advocate is off shift, or the yes to their program does not hold any more."""

    rung: Rung


@dataclass(frozen=True, slots=True)
class End:
    """Nobody is left to ask, or the time is over. Whoever carries this out does not step again."""


Act = Ask | Again | Over | End


def step(
    sent_at: float, climb: Sequence[str], rungs: Iterable[Rung], on_duty: Sequence[Shift], now: float, taken: bool
) -> list[Act]:
    """What is to be done now, in this order. `climb`: programs that the person said yes to, in their order; `on_duty` in the
    order of the rota. At most one rung is open afterwards, and nobody is asked twice."""
    asked = sorted(rungs, key=lambda rung: (rung.asked_at, rung.id))
    if taken or any(rung.state == TOOK for rung in asked):
        return []
    waiting = [rung for rung in asked if rung.state == ASKED]
    if now >= sent_at + LADDER_SECONDS:
        return [*(Over(rung) for rung in waiting), End()]
    able = [(shift.program, shift.chat) for shift in on_duty if shift.on(now) and shift.program in climb]
    acts: list[Act] = []
    current: Rung | None = None
    for rung in waiting:
        if current is None and now < rung.until and (rung.program, rung.chat) in able:
            current = rung
        else:
            acts.append(Over(rung))
    if current is not None:
        return [*acts, Again(current)] if now >= current.again_at else acts
    done = {rung.chat for rung in asked}
    following = [Ask(program, chat) for name in climb for program, chat in able if program == name and chat not in done]
    return [*acts, following[0] if following else End()]
