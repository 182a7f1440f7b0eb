"""Who is on call when: shifts from a weekly rota, and the rules of a shift's beginning and end. Pure; times are seconds since the epoch.

Local time is the program's own; what a change of clocks skips or doubles is `bot/localtime.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.localtime import instant as instant
from bot.oncall.model import DAYS, Shift

TEST_SECONDS = 900.0
"""A test alert that nobody tapped for so long: not on the rota (the issue's number)."""
AHEAD_SECONDS = 300.0
"""The test alert comes so long before a shift, so that whoever taps at once is there from its first minute."""
DAY_END = 24 * 60


@dataclass(frozen=True, slots=True)
class Slot:
    """Local minutes of a day, from and to; `last` at or before `first` is on the next day. `who`: in the order in which they are asked."""

    first: int
    last: int
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rota:
    """`week`: weekday (0 is Monday) to its slots. `holidays`: a date to what stands instead of its weekday; () is nobody."""

    program: str
    zone: str
    week: Mapping[int, Sequence[Slot]]
    holidays: Mapping[date, Sequence[Slot]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift that is not yet a row."""

    chat: str
    program: str
    starts_at: float
    ends_at: float


def days_of(span: str) -> frozenset[int]:
    """Weekdays (0 is Monday) of "daily", "tue" or "fri-mon"."""
    if span == "daily":
        return frozenset(range(7))
    begin, _, end = span.partition("-")
    first, more = DAYS.index(begin), (DAYS.index(end or begin) - DAYS.index(begin)) % 7
    return frozenset((first + step) % 7 for step in range(more + 1))


def planned(rota: Rota, first: date, days: int) -> list[Planned]:
    """The shifts that begin on `days` days from `first` on, in order of beginning, then of the rota. A slot that a change of clocks
    leaves without a minute is none; one person's slots that overlap are one shift."""
    found: list[Planned] = []
    for day in (first + timedelta(days=n) for n in range(days)):
        for slot in rota.holidays.get(day, rota.week.get(day.weekday(), ())):
            end_day = day if slot.last > slot.first else day + timedelta(days=1)
            starts, ends = instant(day, slot.first, rota.zone), instant(end_day, slot.last, rota.zone)
            if starts < ends:
                found.extend(Planned(who, rota.program, starts, ends) for who in dict.fromkeys(slot.who))
    found.sort(key=lambda shift: shift.starts_at)
    return list(_joined(found))


def _joined(shifts: Iterable[Planned]) -> Iterator[Planned]:
    """Nobody has two shifts at once: a tap and an "I'm out" are about one."""
    kept: list[Planned] = []
    last: dict[str, int] = {}
    for shift in shifts:
        number = last.get(shift.chat)
        if number is not None and shift.starts_at < kept[number].ends_at:
            before = kept[number]
            kept[number] = Planned(before.chat, before.program, before.starts_at, max(before.ends_at, shift.ends_at))
            continue
        last[shift.chat] = len(kept)
        kept.append(shift)
    yield from kept


def on_now(shifts: Iterable[Shift], now: float) -> list[Shift]:
    """Who counts, in the order of the rota: confirmed, not out, in their hours."""
    return [shift for shift in shifts if shift.on(now)]


def due_for_test(shift: Shift, now: float) -> bool:
    """Begun or about to, and no test alert sent yet."""
    open_ = shift.out_at is None and shift.confirmed_at is None and shift.tested_at is None
    return open_ and shift.starts_at - AHEAD_SECONDS <= now < shift.ends_at


def may_confirm(shift: Shift, now: float) -> bool:
    """A tap counts within 15 minutes of the test alert, while the shift lasts. A second tap changes nothing and is no error."""
    if shift.tested_at is None or shift.out_at is not None or now >= shift.ends_at:
        return False
    return shift.confirmed_at is not None or now < shift.tested_at + TEST_SECONDS


def missed(shift: Shift, now: float) -> bool:
    """The test alert ran out without a tap."""
    waiting = shift.tested_at is not None and shift.confirmed_at is None and shift.out_at is None
    return waiting and shift.tested_at is not None and now >= shift.tested_at + TEST_SECONDS


def can_swap(shift: Shift, others: Iterable[Shift], now: float) -> bool:
    """Whether somebody with the shifts `others` may have this one: it is not over, and they have none at the same time."""
    free = all(o.id == shift.id or o.ends_at <= shift.starts_at or shift.ends_at <= o.starts_at for o in others)
    return now < shift.ends_at and free


def holes(shifts: Iterable[Shift], since: float, until: float) -> list[tuple[float, float]]:
    """Times from `since` to `until` in which nobody is planned: then people read at once that nobody is there (R45)."""
    found, at = [], since
    for shift in sorted((s for s in shifts if s.out_at is None), key=lambda s: s.starts_at):
        if shift.starts_at > at:
            found.append((at, min(shift.starts_at, until)))
        at = max(at, shift.ends_at)
        if at >= until:
            return found
    return [*found, (at, until)]
