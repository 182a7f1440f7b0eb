"""When somebody may be written to who is not asked anything: notes to officers and to who coordinates. Pure; times are seconds since the epoch."""

from __future__ import annotations

from datetime import timedelta

from bot.localtime import DAY_MINUTES, instant, local_date
from bot.training.calendars import is_holiday
from bot.training.intervals import Interval, without
from bot.training.schedule import Hours, Person, blocked

AHEAD = 14
"""Days that are looked at."""


def free(now: float, zone: str, holidays: str, quiet: Hours, who: Person) -> Interval | None:
    """The next time from `now` on, on one date, at which this person may be written to: not on a holiday, in the department's quiet hours (`quiet`)
    or their own, asleep after a night tour, or away. None where there is none in the days that are looked at."""
    first = local_date(now, zone)
    for day in (first + timedelta(days=n) for n in range(AHEAD)):
        if holidays and is_holiday(holidays, day):
            continue
        spans = [(max(now, instant(day, 0, zone)), instant(day, DAY_MINUTES, zone))]
        for _, when in blocked(quiet, zone, who, day):
            spans = without(spans, when)
        if spans:
            return spans[0]
    return None


def free_until(now: float, zone: str, holidays: str, quiet: Hours) -> float | None:
    """Until when anybody may be written to; None in quiet hours, just before them, or on a holiday."""
    found = free(now, zone, holidays, quiet, Person())
    return found[1] if found is not None and found[0] <= now else None
