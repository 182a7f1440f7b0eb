"""A weekly rota in local hours, through both changes of the clocks; who is on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall import rota
from bot.oncall.model import TEST_SECONDS
from bot.oncall.rota import Planned, Weekly, instant, overlaps, shifts
from tests.oncall.making import NOW, shift

CHICAGO = "America/Chicago"


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("zone", "local", "means"),
    [
        (CHICAGO, "2026-01-15 20:00", "2026-01-16 02:00"),
        (CHICAGO, "2026-07-15 20:00", "2026-07-16 01:00"),
        (CHICAGO, "2026-03-08 01:59", "2026-03-08 07:59"),
        (CHICAGO, "2026-03-08 02:00", "2026-03-08 08:00"),  # 2:00 to 3:00 is left out
        (CHICAGO, "2026-03-08 02:30", "2026-03-08 08:00"),
        (CHICAGO, "2026-03-08 03:00", "2026-03-08 08:00"),
        (CHICAGO, "2026-11-01 01:30", "2026-11-01 06:30"),  # comes twice
        (CHICAGO, "2026-11-01 02:00", "2026-11-01 08:00"),
        ("America/Phoenix", "2026-03-08 02:30", "2026-03-08 09:30"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30"),  # half an hour is left out
    ],
)
def test_a_local_time_is_the_first_instant_that_it_can_mean(zone: str, local: str, means: str) -> None:
    assert instant(datetime.fromisoformat(local), zone) == utc(means)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)),
    st.sampled_from([CHICAGO, "America/Anchorage", "Pacific/Honolulu"]),
)
def test_instants_read_back_as_they_were_written_unless_the_clocks_leave_them_out(local: datetime, zone: str) -> None:
    local = local.replace(microsecond=0)
    back = datetime.fromtimestamp(instant(local, zone), ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    assert back == local or timedelta(0) < back - local <= timedelta(hours=1)


NIGHT = [Weekly("a", 5, time(20), time(8)), Weekly("b", 5, time(22), time(2)), Weekly("a", 6, time(1, 30), time(3))]


def test_local_hours_stay_local_hours_and_a_night_ends_on_the_next_day() -> None:
    for first, hours in ((date(2026, 2, 28), 12), (date(2026, 3, 7), 11), (date(2026, 10, 31), 13)):
        night = shifts(NIGHT[:1], "ash", CHICAGO, first, 1)
        assert [(p.ends_at - p.starts_at) / 3600 for p in night] == [hours]
        assert datetime.fromtimestamp(night[0].ends_at, ZoneInfo(CHICAGO)).hour == 8


def test_shifts_are_in_the_order_in_which_people_are_asked_and_none_on_a_holiday() -> None:
    same = [Weekly(chat, 0, time(20), time(23)) for chat in "cab"]
    found = shifts([*NIGHT, *same], "ash", CHICAGO, date(2026, 6, 1), 14, [date(2026, 6, 6)])
    assert [p.chat for p in found] == ["c", "a", "b", "a", "c", "a", "b", "a", "b", "a"]
    assert all(p.program == "ash" for p in found)
    assert not [p for p in found if datetime.fromtimestamp(p.starts_at, ZoneInfo(CHICAGO)).date() == date(2026, 6, 6)]


def test_a_shift_that_the_clocks_leave_no_time_is_none() -> None:
    gap = [Weekly("a", 6, time(2), time(3))]
    assert shifts(gap, "ash", CHICAGO, date(2026, 3, 8), 1) == []
    assert len(shifts(gap, "ash", CHICAGO, date(2026, 3, 15), 1)) == 1


def test_whole_days_and_the_same_line_twice() -> None:
    day = [Weekly("a", n, time(8), time(8)) for n in (0, 1)]
    found = shifts([*day, day[0]], "ash", CHICAGO, date(2026, 6, 1), 2)
    assert len(found) == 2
    assert found[0].ends_at == found[1].starts_at
    assert overlaps(found) == []


def test_one_person_twice_at_once_is_found() -> None:
    long, short, other = Planned("a", "ash", 0, 100), Planned("a", "ash", 10, 20), Planned("b", "ash", 10, 20)
    later = Planned("a", "ash", 50, 60)
    assert overlaps([later, short, other, long]) == [(long, short), (long, later)]


def test_r45_who_is_on_is_who_tapped_and_has_not_left() -> None:
    first, second = shift("a", number=2), shift("b", number=1)
    early = replace(shift("c", number=3), starts_at=NOW - 7200)
    none = [replace(first, confirmed_at=None), replace(first, out_at=NOW - 1), replace(first, ends_at=NOW)]
    assert [one.chat for one in rota.on([first, second, early, *none], NOW)] == ["c", "b", "a"]
    assert rota.TEST_SECONDS == TEST_SECONDS == 15 * 60
