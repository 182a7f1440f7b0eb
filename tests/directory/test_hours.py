"""Open now, closed, or not known: the schedules of HSDS in their own zone. What is not understood is never called closed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.directory.hours import DAYS, Open, falls_on, hours_of, open_at

CHICAGO = ZoneInfo("America/Chicago")
THURSDAY = date(2026, 11, 26)


def at(hour: int, minute: int = 0, on: date = THURSDAY, zone: Any = CHICAGO) -> datetime:
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=zone).astimezone(UTC)


def state(now: datetime, *rows: dict[str, Any], states: frozenset[str] = frozenset()) -> Open:
    return open_at(hours_of([{"id": "h", **row} for row in rows], states), now)


WEEK: dict[str, Any] = {
    "freq": "WEEKLY",
    "byday": "MO,TU,WE,TH,FR",
    "opens_at": "09:00",
    "closes_at": "17:00",
    "timezone": "America/Chicago",
}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(9), "open"),
        (at(16, 59), "open"),
        (at(17), "closed"),
        (at(8, 59), "closed"),
        (at(12, on=THURSDAY + timedelta(2)), "closed"),  # Saturday
        (datetime(2026, 11, 26, 22, 59, tzinfo=UTC), "open"),  # 16:59 in winter time
        (datetime(2026, 7, 2, 21, 59, tzinfo=UTC), "open"),  # 16:59 in summer time
        (datetime(2026, 7, 2, 22, 1, tzinfo=UTC), "closed"),
    ],
)
def test_a_week_of_office_hours(now: datetime, expected: Open) -> None:
    assert state(now, WEEK) == expected


def test_no_schedule_is_not_known() -> None:
    assert state(at(12)) == "unknown"
    assert state(at(12), {"description": "By appointment"}) == "unknown", "words alone say no time"


def test_a_schedule_without_a_zone_is_not_known_unless_its_states_keep_one_time() -> None:
    row = {k: v for k, v in WEEK.items() if k != "timezone"}
    assert state(at(12), row) == "unknown"
    assert state(at(12), row, states=frozenset({"OK"})) == "open"
    assert state(at(12), row, states=frozenset({"OK", "MO"})) == "open"
    assert state(at(12), row, states=frozenset({"TX"})) == "unknown", "El Paso keeps another time"
    assert state(at(12), row, states=frozenset({"OK", "CO"})) == "unknown"


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": -6},
        {"timezone": 3, "timezone_name": "America/Chicago"},
        {"timezone": None, "opens_at": "09:00-06:00", "closes_at": "17:00-06:00"},
        {"timezone": None, "opens_at": "15:00Z", "closes_at": "23:00Z"},
    ],
)
def test_a_zone_may_be_a_number_or_stand_in_the_time(change: dict[str, Any]) -> None:
    row = {**WEEK, **change}
    assert state(at(9), row) == "open"
    assert state(at(8, 59), row) == "closed"
    assert state(at(17), row) == "closed"


def test_a_night_shift_closes_after_midnight() -> None:
    row = {**WEEK, "byday": "TH", "opens_at": "22:00", "closes_at": "06:00"}
    assert state(at(23), row) == "open"
    assert state(at(5, 59, THURSDAY + timedelta(1)), row) == "open"
    assert state(at(6, 0, THURSDAY + timedelta(1)), row) == "closed"
    assert state(at(5), row) == "closed", "Thursday's night begins on Thursday"


@pytest.mark.parametrize(("opens", "closes"), [("00:00", "00:00"), ("00:00", "24:00"), ("00:00", "23:59")])
def test_the_whole_day(opens: str, closes: str) -> None:
    row = {**WEEK, "byday": ",".join(DAYS), "opens_at": opens, "closes_at": closes}
    for hour in (0, 12, 23):
        assert state(at(hour, 59), row) == "open"


def test_after_valid_to_nothing_is_known_and_after_until_it_is_over() -> None:
    assert state(at(12), {**WEEK, "valid_to": "2026-11-26"}) == "open"
    assert state(at(12), {**WEEK, "valid_to": "2026-11-25"}) == "unknown"
    assert state(at(12), {**WEEK, "valid_from": "2026-11-27"}) == "unknown"
    assert state(at(12), {**WEEK, "until": "2026-11-25"}) == "closed"


def test_one_schedule_that_holds_is_enough() -> None:
    christmas = {**WEEK, "valid_from": "2026-12-20", "opens_at": "10:00"}
    assert state(at(9, 30), {**WEEK, "valid_to": "2026-12-19"}, christmas) == "open"
    assert state(at(9, 30, date(2026, 12, 21)), {**WEEK, "valid_to": "2026-12-19"}, christmas) == "closed"


def test_what_is_not_understood_is_never_closed() -> None:
    for odd in (
        {"byweekno": "41"},
        {"byyearday": "2"},
        {"byday": "XX"},
        {"byday": "2MO"},
        {"interval": 2},
        {"count": 3},
    ):
        assert state(at(20), {**WEEK, **odd}) == "unknown", odd
        assert state(at(20), WEEK, {**WEEK, **odd}) == "unknown", odd
        assert state(at(12), WEEK, {**WEEK, **odd}) == "open", odd


@pytest.mark.parametrize(
    ("row", "days"),
    [
        ({"freq": "MONTHLY", "byday": "1SA"}, {7}),
        ({"freq": "MONTHLY", "byday": "-1FR"}, {27}),
        ({"freq": "MONTHLY", "byday": "2MO,4MO"}, {9, 23}),
        ({"freq": "MONTHLY", "byday": "SU"}, {1, 8, 15, 22, 29}),
        ({"freq": "MONTHLY", "bymonthday": "1,15"}, {1, 15}),
        ({"freq": "MONTHLY", "bymonthday": "-1"}, {30}),
        ({"freq": "MONTHLY", "dtstart": "2026-01-12"}, {12}),
        ({"freq": "MONTHLY", "dtstart": "2026-01-12", "interval": 2}, {12}),
        ({"freq": "MONTHLY", "dtstart": "2026-02-12", "interval": 2}, set()),
        ({"freq": "WEEKLY", "byday": "TU", "interval": 2, "dtstart": "2026-11-03"}, {3, 17}),
        ({"freq": "WEEKLY", "byday": "TU", "interval": 2, "dtstart": "2026-10-27"}, {10, 24}),
        ({"freq": "WEEKLY", "dtstart": "2026-11-04"}, {4, 11, 18, 25}),
        ({"freq": "WEEKLY", "byday": "MO", "dtstart": "2026-11-02", "count": 2}, {2, 9}),
        ({"freq": "WEEKLY", "byday": "MO", "dtstart": "2026-11-10"}, {16, 23, 30}),
        ({"byday": "MO", "until": "2026-11-16"}, {2, 9, 16}),
    ],
)
def test_rules_of_icalendar(row: dict[str, Any], days: set[int]) -> None:
    """November 2026 begins on a Sunday."""
    assert {d for d in range(1, 31) if falls_on({"id": "h", **row}, date(2026, 11, d))} == days


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sets(st.sampled_from(DAYS), min_size=1),
)
def test_it_is_open_exactly_within_its_hours(now: datetime, opens: int, closes: int, days: set[str]) -> None:
    row = {
        "byday": ",".join(days),
        "opens_at": f"{opens // 60:02}:{opens % 60:02}",
        "closes_at": f"{closes // 60:02}:{closes % 60:02}",
        "timezone": 0,
    }
    now = now.replace(tzinfo=UTC)
    minute = now.hour * 60 + now.minute
    until = 1440 if closes == 1439 else closes
    today, yesterday = DAYS[now.weekday()] in days, DAYS[now.weekday() - 1] in days
    if until > opens:
        expected = today and opens <= minute < until
    else:
        expected = (today and minute >= opens) or (yesterday and minute < until)
    assert state(now, row) == ("open" if expected else "closed")
