"""Holidays by country or state, and the country that a time zone is in. Pure but for the `holidays` library and the list of zones."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=256)
def _holidays(code: str, year: int) -> frozenset[date]:
    import holidays as calendars  # half a second of every start, and many a bot needs none

    country, _, part = code.partition("-")
    return frozenset(calendars.country_holidays(country, subdiv=part or None, years=year))


def is_holiday(code: str, day: date) -> bool:
    return day in _holidays(code, day.year)


def is_calendar(code: str) -> bool:
    """Whether there are holidays by this code: "US", "US-TX"."""
    try:
        return bool(_holidays(code, 2026))
    except NotImplementedError:
        return False
