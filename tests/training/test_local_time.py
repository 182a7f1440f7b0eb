"""One occurrence on each local date, in every zone, for two years, at every half hour (design, decision 7).

The oracle knows nothing of the code: it walks each zone's timeline in quarters of an hour and asks when a clock on the wall first
reads a time. The first instant at which it does is the right one, in a gap and in a fold.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest

from bot import localtime
from bot.localtime import instant, local_date, local_minute

FIRST = date(2026, 1, 1)
DAYS = 730
HALF_HOURS = range(0, 24 * 60, 30)
GRID = 900
START = datetime(2025, 12, 30, tzinfo=UTC)
STEPS = (DAYS + 4) * 96


def offsets(zone: str) -> np.ndarray:
    """Seconds east of UTC at each quarter of an hour from `START` on. Probed every six hours; where two differ, each quarter is."""
    place = ZoneInfo(zone)

    def at(step: int) -> int:
        delta = (START + timedelta(seconds=GRID * step)).astimezone(place).utcoffset()
        assert delta is not None
        return int(delta.total_seconds())

    probes = range(0, STEPS + 1, 24)
    values = [at(step) for step in probes]
    found = np.repeat(np.array(values[:-1]), 24)
    for number in np.flatnonzero(np.diff(values)).tolist():
        found[number * 24 : number * 24 + 24] = [at(number * 24 + n) for n in range(24)]
    return found


def expected(zone: str) -> np.ndarray:
    """Instants by day and half hour: when the clock on the wall first reads that time or more."""
    begin = int(START.timestamp())
    utc = begin + GRID * np.arange(STEPS)
    wall = np.maximum.accumulate(utc + offsets(zone))
    midnight = int(datetime.combine(FIRST, datetime.min.time(), UTC).timestamp())
    wanted = midnight + 86400 * np.arange(DAYS)[:, None] + 60 * np.array(list(HALF_HOURS))[None, :]
    return utc[np.searchsorted(wall, wanted.ravel())].reshape(wanted.shape)


def test_every_half_hour_in_every_zone_for_two_years_is_one_instant() -> None:
    zones = sorted(available_timezones())
    assert len(zones) > 400
    seen: dict[bytes, str] = {}
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    changes = 0
    for zone in zones:
        want = expected(zone)
        localtime._even.cache_clear()
        key = want.tobytes()
        if key in seen:  # the same clock under another name: each day once is enough
            for number, day in enumerate(days):
                minute = HALF_HOURS[number % 48]
                assert instant(day, minute, zone) == want[number, number % 48], (zone, day, minute)
            continue
        seen[key] = zone
        got = np.array([[instant(day, minute, zone) for minute in HALF_HOURS] for day in days])
        wrong = np.argwhere(got != want)
        assert not len(wrong), (zone, days[wrong[0][0]], HALF_HOURS[wrong[0][1]])
        # Each slot's instants go up by date: never two for a date, never one for two.
        assert (np.diff(got, axis=0) > 0).all(), zone
        changes += int((np.diff(got[:, 0]) != 86400).any())
    assert len(seen) > 50
    assert changes > 20, "zones that change their clocks are among them"


@pytest.mark.parametrize(
    ("zone", "day", "minute", "reads"),
    [
        ("America/New_York", date(2026, 3, 8), 150, 180),  # a gap: 2:30 is 3:00
        ("America/New_York", date(2026, 11, 1), 90, 90),  # a fold: the first 1:30
        ("Africa/Casablanca", date(2026, 3, 22), 150, 180),  # and back after Ramadan
        ("Australia/Lord_Howe", date(2026, 10, 4), 135, 150),
        ("Asia/Beirut", date(2026, 3, 29), 0, 60),  # midnight does not exist
    ],
)
def test_gaps_and_folds(zone: str, day: date, minute: int, reads: int) -> None:
    at = instant(day, minute, zone)
    assert (local_date(at, zone), local_minute(at, zone)) == (day, reads)
