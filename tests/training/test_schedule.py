"""When an officer may be asked: never at night, never asleep after a night shift, never in their own quiet time, once on a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.localtime import instant, local_date, local_minute
from bot.training.schedule import Hours, Pattern, Person, Planned, Schedule, Skipped, Slot, next_planned, plan, problems
from bot.training.schedule_json import dump, dump_pattern, load, load_pattern
from tests.training.making import ZONE, at, weekly

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)
TUE = date(2026, 6, 2)
NIGHTS = Hours(19 * 60, 7 * 60)
DAYS = Hours(7 * 60, 19 * 60)
ZONES = sorted(available_timezones())


def once(rule: Schedule, who: Person, day: date = TUE) -> Planned | Skipped:
    (found,) = plan(rule, who, day, 1)
    return found


def read(moment: float, zone: str) -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%a %H:%M")


# -- examples ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "who", "expected"),
    [
        ("nothing set", Person(), "Tue 10:00"),
        ("own quiet time in the morning", Person(quiet=Hours(6 * 60, 12 * 60)), "Tue 12:00"),
        ("day tour", Person(Pattern.fixed(range(7), DAYS)), "Tue 10:00"),
        ("asleep after a night, on duty again at seven", Person(Pattern.fixed(range(7), NIGHTS)), "Tue 19:00"),
        ("asleep after a night, also when asked off duty", Person(Pattern.fixed({0}, NIGHTS), on_duty_only=False), "Tue 16:00"),
        ("free on that date", Person(Pattern.fixed({0}, NIGHTS)), "off_duty"),
        ("4-on-4-off: third day on", Person(Pattern.on_off(date(2026, 5, 31), 4, 4, DAYS)), "Tue 10:00"),
        ("4-on-4-off: off", Person(Pattern.on_off(date(2026, 5, 29), 4, 4, DAYS)), "off_duty"),
        ("4-on-4-off, counted back", Person(Pattern.on_off(date(2026, 7, 6), 4, 4, DAYS)), "off_duty"),
        ("a day and a night in one", Person(Pattern.fixed({0, 1}, Hours(7 * 60, 7 * 60))), "Tue 16:00"),
        ("paused", Person(paused=True), "paused"),
        ("eleven to seven: in the tour, though the department is quiet", Person(Pattern.fixed(range(7), Hours(23 * 60, 7 * 60))), "Tue 23:00"),
        ("ten to six", Person(Pattern.fixed(range(7), Hours(22 * 60, 6 * 60))), "Tue 22:00"),
        ("ten to six, own quiet time in it", Person(Pattern.fixed(range(7), Hours(22 * 60, 6 * 60)), Hours(21 * 60, 23 * 60)), "Tue 23:00"),
        ("ten to six, own quiet time over it", Person(Pattern.fixed(range(7), Hours(22 * 60, 6 * 60)), Hours(21 * 60, 8 * 60)), "own_quiet"),
        ("their first night: not before it begins", Person(Pattern.fixed({1}, Hours(23 * 60, 7 * 60))), "Tue 23:00"),
        ("no rota, snoozed into the night", Person(away=((0.0, at("2026-06-03T03:00")),)), "away"),
        ("snoozed till the evening", Person(away=((0.0, at("2026-06-02T23:30")),)), "Tue 18:30"),
        ("snoozed till the next day", Person(away=((0.0, at("2026-06-03T12:00")),)), "away"),
        ("quiet all day", Person(quiet=Hours(60, 23 * 60)), "own_quiet"),
        ("afternoon tour ends in the night", Person(Pattern.fixed(range(7), Hours(15 * 60, 60))), "Tue 15:00"),
    ],
)  # fmt: skip
def test_the_first_moment_at_which_this_officer_may_be_asked(label: str, who: Person, expected: str) -> None:
    found = once(weekly(), who)
    assert (found.reason if isinstance(found, Skipped) else read(found.at, ZONE)) == expected, label


def test_before_a_shift_is_before_that_officers_own() -> None:
    rule = weekly(minute=None)
    assert (
        read(next_planned(rule, Person(Pattern.fixed(range(7), DAYS)), at("2026-06-01T12:00"))[0].at, ZONE)
        == "Tue 06:45"
    )
    found = once(rule, Person(Pattern.fixed(range(7), NIGHTS)))
    assert isinstance(found, Planned)
    assert read(found.at, ZONE) == "Tue 18:45"
    assert once(rule, Person()) == Skipped(0, TUE, at("2026-06-02T05:00"), "no_shifts")
    assert isinstance(once(rule, Person(Pattern.fixed({0}, DAYS))), Skipped)


@pytest.mark.parametrize(
    ("tour", "moment", "last"),
    [
        (Hours(23 * 60, 7 * 60), "Tue 22:45", "Tue 23:59"),
        (Hours(22 * 60, 6 * 60), "Tue 21:45", "Tue 23:44"),
        (Hours(5 * 60, 13 * 60), "Tue 04:45", "Tue 06:44"),
        (Hours(0, 8 * 60), "Tue 00:00", "Tue 01:59"),
    ],
)
def test_before_a_night_tour_is_not_stopped_by_the_departments_quiet_hours(tour: Hours, moment: str, last: str) -> None:
    """A tour that begins at midnight has no time before it on its date: it is asked when it has begun."""
    found = once(weekly(minute=None), Person(Pattern.fixed({1}, tour)))
    assert isinstance(found, Planned), found
    assert (read(found.at, ZONE), read(found.until, ZONE)) == (moment, last)


def test_the_quiet_hours_give_way_for_an_hour_before_the_shift_at_most() -> None:
    slot = Slot(frozenset({1}), None, before=180)
    found = once(weekly(slots=(slot,)), Person(Pattern.fixed({1}, Hours(5 * 60, 13 * 60))))
    assert isinstance(found, Planned)
    assert read(found.at, ZONE) == "Tue 04:00"


def test_who_is_off_duty_is_not_woken_although_others_work_then() -> None:
    """Also where the department asks off duty: on a date without a tour its quiet hours hold."""
    monday = Person(
        Pattern.fixed({0}, Hours(22 * 60, 6 * 60)), on_duty_only=False, away=((0.0, at("2026-06-03T03:00")),)
    )
    assert once(weekly(), monday) == Skipped(0, TUE, at("2026-06-02T15:00"), "away")


def test_every_night_of_two_weeks_is_asked() -> None:
    for tour in (Hours(23 * 60, 7 * 60), Hours(22 * 60, 6 * 60)):
        who = Person(Pattern.fixed(range(7), tour))
        for minute in (10 * 60, None):
            found = plan(weekly(set(range(7)), minute, per_week=7), who, TUE, 14)
            assert [type(one) for one in found] == [Planned] * 14, (tour, minute)


def test_sleep_after_a_long_tour_that_began_two_days_before() -> None:
    """From Sunday 23:00 to Monday 22:59, so asleep until a minute before eight on Tuesday."""
    found = once(weekly(minute=420), Person(Pattern.fixed({6}, Hours(23 * 60, 22 * 60 + 59)), on_duty_only=False))
    assert isinstance(found, Planned)
    assert read(found.at, ZONE) == "Tue 07:59"


def test_holidays_and_the_first_and_last_day() -> None:
    rule = weekly({5}, holidays="US", starts=date(2026, 6, 20), ends=date(2026, 7, 11))
    found = plan(rule, Person(), date(2026, 6, 1), 60)
    assert [(f.day.isoformat(), getattr(f, "reason", None)) for f in found] == [
        ("2026-06-20", None), ("2026-06-27", None), ("2026-07-04", "holiday"), ("2026-07-11", None)
    ]  # fmt: skip
    texas = weekly({0, 1, 2, 3, 4}, holidays="US-TX", per_week=5)
    reasons = {f.day: f.reason for f in plan(texas, Person(), date(2026, 3, 1), 7) if isinstance(f, Skipped)}
    assert reasons == {date(2026, 3, 2): "holiday"}, "Texas Independence Day"


def test_a_window_ends_before_the_night_begins() -> None:
    found = once(weekly(minute=20 * 60), Person())
    assert isinstance(found, Planned)
    assert read(found.until, ZONE) == "Tue 20:59"
    late = once(weekly(minute=20 * 60 + 58), Person())
    assert late == Skipped(0, TUE, at("2026-06-03T01:58"), "quiet"), "two minutes are no window"


@pytest.mark.parametrize(
    ("wrong", "how"),
    [
        ("no_slot", {"slots": ()}), ("too_many", {"days": {0, 1, 2}}), ("cards", {"cards": 4}), ("cards", {"cards": 0}),
        ("ends_first", {"ends": date(2025, 1, 1)}), ("zone", {"zone": "Mars/Olympus"}), ("zone", {"zone": "../etc"}),
        ("holidays", {"holidays": "XX"}), ("in_quiet", {"minute": 6 * 60}), ("in_quiet", {"minute": 22 * 60}),
        ("night_open", {"quiet": Hours(60, 60)}), ("night_open", {"quiet": Hours(2 * 60, 7 * 60)}),
    ],
)  # fmt: skip
def test_what_may_not_stand(wrong: str, how: dict[str, object]) -> None:
    assert problems(weekly(holidays="US-TX")) == []
    assert wrong in problems(weekly(**how))  # type: ignore[arg-type]


# -- rules ---------------------------------------------------------------------------------------------------------------

MINUTE = st.integers(0, 1439)
HOURS = st.builds(Hours, MINUTE, MINUTE)
PATTERNS = st.builds(
    Pattern,
    st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    st.lists(st.one_of(st.none(), HOURS), min_size=1, max_size=16).map(tuple),
)
PEOPLE = st.builds(
    Person, st.one_of(st.none(), PATTERNS), st.one_of(st.none(), HOURS), st.just(()), st.just(False), st.booleans()
)


def asleep(pattern: Pattern, moment: float, zone: str) -> bool:
    """By the officer's own clock: a tour that covered two hours or more before five in the morning ended less than nine hours ago."""
    today = local_date(moment, zone)
    for n in range(-3, 1):
        tour = pattern.tour(today + timedelta(days=n))
        if tour is None:
            continue
        start, end = tour.on(today + timedelta(days=n), zone)
        night = sum(60 for t in range(int(start), int(end), 60) if local_minute(t, zone) < 300)
        if start < end and night >= 2 * 3600 + 60 and end <= moment < end + 9 * 3600:
            return True
    return False


def inside(moment: float, hours: Hours, zone: str) -> bool:
    minute = local_minute(moment, zone)
    if hours.first == hours.last:
        return False
    return (
        hours.first <= minute < hours.last if hours.first < hours.last else minute >= hours.first or minute < hours.last
    )


def tours_of(who: Person, day: date, zone: str) -> list[tuple[float, float]]:
    """Those that begin from two days before to a day after."""
    days = [day + timedelta(days=n) for n in (-2, -1, 0, 1)]
    found = [(d, who.pattern.tour(d)) for d in days] if who.pattern is not None else []
    return [tour.on(d, zone) for d, tour in found if tour is not None]


@RULE
@given(
    st.sampled_from(ZONES),
    st.dates(date(2026, 1, 1), date(2027, 12, 28)),
    st.one_of(st.none(), st.integers(420, 1259)),
    PEOPLE,
    st.integers(5, 600),
    st.sampled_from([15, 60, 240]),
)
def test_nobody_is_asked_asleep_or_in_their_own_quiet_time_nor_at_night_but_at_their_own_work(
    zone: str, day: date, minute: int | None, who: Person, window: int, before: int
) -> None:
    slot = Slot(frozenset(range(7)), minute, before)
    rule = weekly(slots=(slot,), zone=zone, per_week=7, window=window)
    for found in plan(rule, who, day, 3):
        if isinstance(found, Skipped):
            continue
        assert found.at < found.until <= found.at + 60 * window
        assert local_date(found.at, zone) == found.day == local_date(found.until, zone)
        assert minute is None or found.at >= instant(found.day, minute, zone)
        tours = tours_of(who, found.day, zone)
        for moment in (found.at, (found.at + found.until) / 2, found.until):
            at_work = any(a <= moment <= b for a, b in tours)
            about_to = minute is None and any(a - 3600 <= moment <= a for a, _ in tours)
            assert at_work or about_to or not inside(moment, rule.quiet, zone), read(moment, zone)
            if who.quiet is not None and local_minute(moment, zone) not in (who.quiet.first, who.quiet.last):
                assert not inside(moment, who.quiet, zone), read(moment, zone)
            if who.pattern is not None:
                assert not asleep(who.pattern, moment, zone), read(moment, zone)
                if who.on_duty_only and minute is not None:
                    assert at_work, "on duty"


@RULE
@given(st.sampled_from(ZONES), st.dates(date(2026, 1, 1), date(2027, 6, 1)), MINUTE, PEOPLE)
def test_each_slot_is_once_on_each_local_date(zone: str, first: date, minute: int, who: Person) -> None:
    rule = weekly({0, 2, 6}, minute, zone=zone, per_week=3)
    found = plan(rule, who, first, 28)
    assert [f.day for f in found] == [
        d for d in (first + timedelta(days=n) for n in range(28)) if d.weekday() in (0, 2, 6)
    ]
    moments = [f.at for f in found if isinstance(f, Planned)]
    assert moments == sorted(set(moments))


@RULE
@given(st.dates(date(2026, 1, 1), date(2027, 12, 1)), MINUTE, PEOPLE)
def test_planning_in_pieces_is_planning_at_once(first: date, minute: int, who: Person) -> None:
    rule = weekly({1, 4}, minute)
    pieces = [found for n in range(14) for found in plan(rule, who, first + timedelta(days=n), 1)]
    assert pieces == plan(rule, who, first, 14)


@RULE
@given(st.builds(Schedule, st.lists(st.builds(Slot, st.frozensets(st.integers(0, 6), min_size=1), st.one_of(st.none(), MINUTE)), max_size=3)
                 .map(tuple), st.sampled_from(ZONES), st.dates(), st.one_of(st.none(), st.dates()), st.integers(1, 3), st.integers(1, 7),
                 st.sampled_from(["", "US", "US-TX"]), HOURS, st.integers(1, 600)))  # fmt: skip
def test_a_schedule_comes_back_from_its_row(rule: Schedule) -> None:
    assert load(dump(rule)) == rule


@RULE
@given(PATTERNS)
def test_a_rota_comes_back_from_its_row(pattern: Pattern) -> None:
    assert load_pattern(dump_pattern(pattern)) == pattern


def test_in_every_zone_around_every_change_of_clocks_nobody_is_asked_at_night() -> None:
    """Half-hour slots on the days around each change in two years, in every zone; the whole timeline is in `test_local_time`."""
    begin, checked = datetime(2026, 1, 1, tzinfo=UTC), 0
    slots = tuple(Slot(frozenset(range(7)), minute) for minute in range(0, 1440, 30))
    seen = set()
    for zone in ZONES:
        place = ZoneInfo(zone)
        shifts = [(begin + timedelta(days=n)).astimezone(place).utcoffset() for n in range(731)]
        changes = tuple(n for n in range(730) if shifts[n] != shifts[n + 1])
        if (changes, shifts[0]) in seen:
            continue
        seen.add((changes, shifts[0]))
        rule = Schedule(slots, zone, date(2026, 1, 1), per_week=7 * 48)
        for n in changes:
            first = date(2026, 1, 1) + timedelta(days=n - 1)
            found = plan(rule, Person(), first, 3)
            assert len(found) == 3 * 48
            for one in found:
                if isinstance(one, Planned):
                    assert 420 <= local_minute(one.at, zone) <= local_minute(one.until, zone) < 1260, (zone, one)
                    checked += 1
    assert checked > 10_000
