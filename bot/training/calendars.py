"""Holidays by country or state, and the country that a time zone is in. Pure but for the `holidays` library and the list of zones."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

US = "US"
US_ZONES = (
    "America/Adak", "America/Anchorage", "America/Boise", "America/Chicago", "America/Denver", "America/Detroit",
    "America/Indiana/Indianapolis", "America/Juneau", "America/Kentucky/Louisville", "America/Los_Angeles", "America/Menominee",
    "America/New_York", "America/Nome", "America/Phoenix", "America/Puerto_Rico", "America/Sitka", "Pacific/Guam", "Pacific/Honolulu",
)  # fmt: skip
"""Zones in which federal holidays are kept, and whose city alone may be written. Only these: Lima is in Ohio as well, and another country's clock
would be wrong all year."""


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


def calendar_of_zone(zone: str) -> str | None:
    """Holidays of the country that a zone is in: "US" for America/Chicago; None where it is in none, or that has no calendar."""
    if zone in US_ZONES or zone.startswith("US/"):
        return US
    code = _countries().get(zone)
    return code if code is not None and is_calendar(code) else None


@cache
def _countries() -> dict[str, str]:
    """By zone, as the IANA list has it: one country each."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
