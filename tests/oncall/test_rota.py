"""Shifts from a weekly rota in a program's own time, and the rules of their beginning and end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall import rota
from bot.oncall.rota import Planned, Rota, Slot
from tests.oncall.making import NOW, shift

CHICAGO = "America/Chicago"


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("label", "zone", "day", "minute", "expected"),
    [
        ("winter", CHICAGO, date(2026, 1, 5), 20 * 60, "2026-01-06T02:00"),
        ("summer", CHICAGO, date(2026, 7, 5), 20 * 60, "2026-07-06T01:00"),
        ("before the gap", CHICAGO, date(2026, 3, 8), 119, "2026-03-08T07:59"),
        ("first minute of the gap", CHICAGO, date(2026, 3, 8), 120, "2026-03-08T08:00"),
        ("in the gap", CHICAGO, date(2026, 3, 8), 150, "2026-03-08T08:00"),
        ("after the gap", CHICAGO, date(2026, 3, 8), 180, "2026-03-08T08:00"),
        ("doubled: the first", CHICAGO, date(2026, 11, 1), 90, "2026-11-01T06:30"),
        ("after the doubled hour", CHICAGO, date(2026, 11, 1), 120, "2026-11-01T08:00"),
        ("end of the day", CHICAGO, date(2026, 11, 1), 1440, "2026-11-02T06:00"),
        ("no change of clocks", "America/Phoenix", date(2026, 3, 8), 150, "2026-03-08T09:30"),
        ("half an hour skipped", "Australia/Lord_Howe", date(2026, 10, 4), 135, "2026-10-03T15:30"),
        ("midnight is skipped", "America/Havana", date(2026, 3, 8), 30, "2026-03-08T05:00"),
        ("a whole day is skipped", "Pacific/Apia", date(2011, 12, 30), 600, "2011-12-30T10:00"),
    ],
)
def test_a_local_time_is_one_instant(label: str, zone: str, day: date, minute: int, expected: str) -> None:
    assert rota.instant(day, minute, zone) == utc(expected), label


@given(
    st.sampled_from(
        sorted(
            available_timezones() & {CHICAGO, "America/Denver", "America/New_York", "Pacific/Honolulu", "Africa/Cairo"}
        )
    ),
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.integers(0, 1439),
)
def test_an_instant_reads_as_its_local_time_or_is_the_first_after_it(zone: str, day: date, minute: int) -> None:
    at = rota.instant(day, minute, zone)
    wanted = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    seen = datetime.fromtimestamp(at, ZoneInfo(zone)).replace(tzinfo=None)
    assert seen >= wanted
    if seen > wanted:
        before = datetime.fromtimestamp(at - 1, ZoneInfo(zone)).replace(tzinfo=None)
        assert before < wanted, "the second before is a valid one from before the gap"
    assert datetime.fromtimestamp(at - 3600, ZoneInfo(zone)).replace(tzinfo=None) != wanted, "the first of two"
    assert rota.instant(day, minute, zone) <= rota.instant(day, minute + 1, zone)


NIGHT, DAY = Slot(20 * 60, 8 * 60, ("ana", "ben")), Slot(8 * 60, 20 * 60, ("cy",))


def test_a_week_of_nights() -> None:
    weekly = Rota("a", CHICAGO, {n: [NIGHT] for n in range(5)})
    found = rota.planned(weekly, date(2026, 1, 5), 7)
    assert len(found) == 10
    assert found[:2] == [
        Planned("ana", "a", utc("2026-01-06T02:00"), utc("2026-01-06T14:00")),
        Planned("ben", "a", utc("2026-01-06T02:00"), utc("2026-01-06T14:00")),
    ]


def test_a_night_with_a_change_of_clocks_is_an_hour_shorter_or_longer() -> None:
    weekly = Rota("a", CHICAGO, {5: [Slot(20 * 60, 8 * 60, ("ana",))]})
    spring, autumn = (rota.planned(weekly, day, 1)[0] for day in (date(2026, 3, 7), date(2026, 10, 31)))
    assert (spring.ends_at - spring.starts_at, autumn.ends_at - autumn.starts_at) == (11 * 3600, 13 * 3600)


def test_a_slot_that_the_clocks_skip_is_none() -> None:
    weekly = Rota("a", CHICAGO, {6: [Slot(125, 170, ("ana",))]})
    assert rota.planned(weekly, date(2026, 3, 8), 1) == []
    assert len(rota.planned(weekly, date(2026, 3, 15), 1)) == 1


def test_a_holiday_stands_instead_of_its_weekday() -> None:
    christmas = date(2026, 12, 25)
    weekly = Rota(
        "a", CHICAGO, {n: [DAY] for n in range(7)}, {christmas: [Slot(0, 1440, ("ben",))], date(2026, 12, 26): []}
    )
    found = rota.planned(weekly, date(2026, 12, 24), 4)
    assert [p.chat for p in found] == ["cy", "ben", "cy"]
    assert found[1].ends_at - found[1].starts_at == 24 * 3600


def test_slots_of_one_person_that_overlap_are_one_shift() -> None:
    weekly = Rota(
        "a", CHICAGO, {0: [Slot(480, 720, ("ana",)), Slot(600, 900, ("ana", "ben")), Slot(900, 960, ("ana",))]}
    )
    hours = [(p.chat, (p.ends_at - p.starts_at) / 3600) for p in rota.planned(weekly, date(2026, 1, 5), 1)]
    assert hours == [("ana", 7), ("ben", 5), ("ana", 1)]


slots = st.builds(
    Slot, st.integers(0, 1439), st.integers(0, 1440), st.lists(st.sampled_from("xyz"), min_size=1).map(tuple)
)


@given(st.dictionaries(st.integers(0, 6), st.lists(slots, max_size=3)), st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_nobody_ever_has_two_shifts_at_once(week: dict[int, list[Slot]], first: date) -> None:
    found = rota.planned(Rota("a", CHICAGO, week), first, 10)
    assert found == sorted(found, key=lambda p: p.starts_at)
    for one in found:
        assert one.starts_at < one.ends_at
        for two in found:
            assert one is two or one.chat != two.chat or one.ends_at <= two.starts_at or two.ends_at <= one.starts_at


@pytest.mark.parametrize(
    ("span", "days"), [("daily", {*range(7)}), ("mon", {0}), ("mon-fri", {0, 1, 2, 3, 4}), ("fri-mon", {4, 5, 6, 0})]
)
def test_spans_of_days(span: str, days: set[int]) -> None:
    assert rota.days_of(span) == days


# -- beginning and end -------------------------------------------------------------------------------------------------


def test_a_shift_begins_with_a_tap_within_fifteen_minutes() -> None:
    planned = shift(1, "x", since=NOW, confirmed_at=None)
    assert not planned.on(NOW), "nobody counts before they tapped"
    assert not rota.due_for_test(planned, NOW - 301)
    assert rota.due_for_test(planned, NOW - 300)
    assert not rota.may_confirm(planned, NOW), "there was no test alert yet"
    tested = shift(1, "x", since=NOW, confirmed_at=None, tested_at=NOW)
    assert not rota.due_for_test(tested, NOW + 1)
    assert rota.may_confirm(tested, NOW + 899)
    assert not rota.may_confirm(tested, NOW + 900), "late"
    assert not rota.missed(tested, NOW + 899)
    assert rota.missed(tested, NOW + 900)


def test_a_second_tap_is_no_error_and_a_tap_after_the_end_none_at_all() -> None:
    begun = shift(1, "x", since=NOW, until=NOW + 5000, tested_at=NOW, confirmed_at=NOW + 10)
    assert rota.may_confirm(begun, NOW + 2000)
    assert not rota.may_confirm(begun, NOW + 5000)
    assert not rota.may_confirm(shift(1, "x", tested_at=NOW, confirmed_at=None, out_at=NOW + 1), NOW + 2)


def test_a_shift_of_a_few_minutes_cannot_be_confirmed_when_it_is_over() -> None:
    short = shift(1, "x", since=NOW, until=NOW + 60, tested_at=NOW, confirmed_at=None)
    assert not rota.may_confirm(short, NOW + 60)
    assert not rota.due_for_test(shift(2, "x", since=NOW, until=NOW + 60, confirmed_at=None), NOW + 60)


def test_a_swap_needs_somebody_who_is_free() -> None:
    mine = shift(1, "x", since=NOW + 100, until=NOW + 200, confirmed_at=None)
    touching = [shift(2, "y", since=NOW, until=NOW + 100), shift(3, "y", since=NOW + 200, until=NOW + 300)]
    assert rota.can_swap(mine, touching, NOW)
    assert not rota.can_swap(mine, [shift(4, "y", since=NOW + 199, until=NOW + 300)], NOW)
    assert not rota.can_swap(mine, [], NOW + 200), "it is over"


def test_hours_in_which_nobody_is_planned() -> None:
    found = [
        shift(1, "x", since=NOW, until=NOW + 10),
        shift(2, "y", since=NOW + 5, until=NOW + 20),
        shift(3, "z", since=NOW + 30, until=NOW + 40),
        shift(4, "z", since=NOW + 20, until=NOW + 30, out_at=NOW),
    ]
    assert rota.holes(found, NOW - 5, NOW + 50) == [(NOW - 5, NOW), (NOW + 20, NOW + 30), (NOW + 40, NOW + 50)]
    assert rota.holes(found, NOW + 1, NOW + 19) == []
    assert rota.holes([], NOW, NOW + 9) == [(NOW, NOW + 9)]
