"""Local time as instants: one for each local minute of a day, whatever the clocks do. Pure; imports nothing of ours.

A local time that a change of clocks skips moves to the first valid instant after it; one that comes twice is the first (design,
decision 7). Both are one rule: the first instant at which a clock on the wall has reached that time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60


def instant(day: date, minute: int, zone: str) -> float:
    """Seconds since the epoch of a local minute of a day; 1440 is the next midnight."""
    base = _even(day, zone)
    if base is not None and 0 <= minute <= DAY_MINUTES:
        return base + 60.0 * minute
    return _searched(day, minute, zone)


def local_date(at: float, zone: str) -> date:
    """What the calendar on the wall says then."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).date()


def local_minute(at: float, zone: str) -> int:
    """What the clock on the wall says then, in minutes since midnight."""
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    return local.hour * 60 + local.minute


@lru_cache(maxsize=4096)
def _even(day: date, zone: str) -> float | None:
    """The instant of midnight of a day without a change of clocks; None where there is one, or one at either end."""
    place = ZoneInfo(zone)
    midnight = datetime.combine(day, time())
    offset = midnight.replace(tzinfo=place).utcoffset()
    for hours, fold in ((0, 1), (6, 0), (12, 0), (18, 0), (24, 0), (24, 1)):
        if (midnight + timedelta(hours=hours)).replace(tzinfo=place, fold=fold).utcoffset() != offset:
            return None
    return midnight.replace(tzinfo=place).timestamp()


def _searched(day: date, minute: int, zone: str) -> float:
    place = ZoneInfo(zone)
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    first = local.replace(tzinfo=place)  # fold=0: the first of two
    seen = first.astimezone(UTC).astimezone(place).replace(tzinfo=None)
    if seen == local:
        return first.timestamp()
    # Skipped: fold=0 reads it with the offset before the change, fold=1 with the one after. Between these two instants the clocks change.
    low, high = sorted((first.timestamp(), local.replace(tzinfo=place, fold=1).timestamp()))
    before = datetime.fromtimestamp(low, place).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, place).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
