"""Shifts of a department or a unit, set once by who coordinates; rounds in words; an officer's own hold over them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.store.training_schema import occurrence, schedule
from bot.training import rota_draft
from bot.training.rotas import FOUR_FOUR, PITMAN, name_of, on_and_off
from bot.training.rounds import Turn, day_of, pattern_of_turns, runs, turns_of
from bot.training.schedule import SLEEP_SECONDS, Hours, Pattern, Person, Planned, Schedule, plan
from bot.training.schedule_json import dump, load
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE, weekly
from tests.training.school import CHIEF, ROOKIE, School

RULE = settings(derandomize=True, deadline=None, max_examples=60, database=None)
EVERY_DAY = set(range(7))
ROUND = "2 days 7am-7pm, 2 nights 7pm-7am, 4 off"
DAYS, NIGHTS = Hours(7 * 60, 19 * 60), Hours(19 * 60, 7 * 60)


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def rules(school: School) -> list[Schedule]:
    return [load(row.rule) for row in await school.rows(schedule)]


# -- rounds in words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        (ROUND, [(2, DAYS), (2, NIGHTS), (4, None)]),
        ("two days 7am to 7pm then two nights 7pm to 7am and four days off", [(2, DAYS), (2, NIGHTS), (4, None)]),
        ("4 on 4 off 7am-7pm", [(4, DAYS), (4, None)]),
        ("4 on 7am-7pm 3 off 3 on 4 off", [(4, DAYS), (3, None), (3, DAYS), (4, None)]),
        ("2 días de 7 a 19, 2 noches de 19 a 7, 4 libres", [(2, DAYS), (2, NIGHTS), (4, None)]),
        ("cuatro días de 7am a 7pm, cuatro de descanso", [(4, DAYS), (4, None)]),
        ("7 noches 19:00-7:00 y 7 libres", [(7, NIGHTS), (7, None)]),
    ],
)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_round_is_read_in_either_language(text: str, turns: list[Turn], lang: str) -> None:
    assert turns_of(text, lang) == turns


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "Monday to Friday 7am-3pm", "4 off", "5 days, 2 off", "7 days 9-5", "2 days 7am-7pm, 2 nights, 4 off",
        "2 days 7am-7pm, 2 nights 7pm-7am, 4 off 9am-5pm", "40 days 7am-7pm, 2 off", "28 days 7am-7pm, 28 off, 28 on, 1 off",
        "0 days 7am-7pm, 4 off", "2 days 7am-7pm except when Ann is sick, 4 off",
    ],
)  # fmt: skip
def test_what_is_no_round_or_leaves_hours_open_is_asked_again(text: str) -> None:
    assert turns_of(text, "en") is None


@RULE
@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from([DAYS, NIGHTS, None])), min_size=1, max_size=6))
def test_what_is_said_of_a_round_comes_out_as_said(turns: list[Turn]) -> None:
    words = {DAYS: "days 7am-7pm", NIGHTS: "nights 7pm-7am", None: "off"}
    found = turns_of(", ".join(f"{count} {words[tour]}" for count, tour in turns), "en")
    if all(tour is None for _, tour in turns):
        assert found is None
        return
    assert found == turns
    pattern = pattern_of_turns(date(2026, 6, 1), turns)
    assert sum(count for count, _ in runs(pattern)) == sum(count for count, _ in turns)
    day = date(2026, 6, 1)
    for count, tour in turns * 2:
        for _ in range(count):
            assert pattern.tour(day) == tour
            day += timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("November 30", date(2026, 11, 30)), ("30 de noviembre", date(2026, 11, 30)), ("Nov 20", date(2026, 11, 20)),
        ("2026-12-01", date(2026, 12, 1)), ("el 1 de diciembre", date(2026, 12, 1)), ("January 2", date(2027, 1, 2)),
        ("December 1st, 2025", date(2025, 12, 1)), ("monday", None), ("3/5", None), ("soon", None),
    ],
)  # fmt: skip
def test_the_first_day_is_the_nearest_of_its_name(text: str, day: date | None) -> None:
    assert day_of(text, "en", date(2026, 11, 27)) == day


def test_the_usual_rotas_are_called_by_their_names() -> None:
    for kind in (FOUR_FOUR, PITMAN):
        assert name_of(on_and_off(kind, date(2026, 6, 1), DAYS)) == kind
    assert name_of(Pattern.fixed({0, 4}, DAYS)) == "fixed"
    assert name_of(pattern_of_turns(date(2026, 6, 1), [(2, DAYS), (2, NIGHTS), (4, None)])) is None
    assert name_of(pattern_of_turns(date(2026, 6, 1), [(3, DAYS), (4, NIGHTS)])) is None


def test_steps_out_of_order_are_taps_on_what_is_past() -> None:
    today = date(2026, 6, 1)
    assert rota_draft.take({}, "tour", "7am-3pm", "en", today) == rota_draft.OLD
    assert rota_draft.take({"kind": "turns"}, "tour", "7am-3pm", "en", today) == rota_draft.OLD
    assert rota_draft.take({"kind": "fixed"}, "days", "12345", "en", today) == rota_draft.OLD
    assert rota_draft.take({"kind": "44", "tour": [420, 900]}, "first", "2026-07-01", "en", today) == rota_draft.OLD
    assert rota_draft.take({"kind": "44", "tour": [420, 900]}, "first", "someday", "en", today) == rota_draft.WRONG
    assert rota_draft.take({}, "first", "", "en", today) == rota_draft.OLD


# -- what holds for whom -----------------------------------------------------------------------------------------------------


def test_a_schedule_keeps_its_shifts_and_one_of_before_has_none() -> None:
    rule = weekly(EVERY_DAY, per_week=7, shifts=pattern_of_turns(date(2026, 6, 1), [(2, NIGHTS), (2, None)]))
    assert load(dump(rule)) == rule
    assert load(dump(weekly())).shifts is None
    assert "shifts" not in dump(weekly())


async def night_unit(school: School) -> str:
    """The rookie in a unit of nights, by its coordinator's taps and words. Returns the unit."""
    place = await school.opened(weekly(EVERY_DAY, per_week=7))
    people = school.training.rooms.people
    rookie = await school.member_of(ROOKIE)

    def work(c: Connection) -> str:
        unit = people.add_unit(c, place, "Nights")
        people.move(c, rookie.id, unit, school.clock())
        return unit

    unit = await school.database.write(work)
    await school.hears(CHIEF, f"!k:set:for:{unit}")
    await school.hears(CHIEF, f"!k:set:change:shifts:{unit}", "5 nights 10pm-6am, 3 off", "June 1")
    return unit


async def test_a_unit_of_nights_is_asked_on_its_shifts_and_left_to_sleep(school: School) -> None:
    """The coordinator sets the rota once; the rookie told nothing. Asked at ten in the morning they would be woken each time."""
    await night_unit(school)
    said = school.phones.texts(CHIEF)[-1]
    assert "Shifts: 5 nights 10:00 p.m. to 6:00 a.m., 3 off, and again, from Monday, June 1" in said
    assert "• " in said
    assert [rule.shifts for rule in await rules(school)] == [None], "nothing counts before the yes"
    await school.hears(CHIEF, f"!{school.payload(CHIEF, 'Yes, start')}")
    assert len(await rules(school)) == 2
    for _ in range(60):
        await school.goes_on()
        school.clock.now += 3600.0
    zone = ZoneInfo(ZONE)
    sent = [
        row
        for row in await school.rows(occurrence)
        if row.member == (await school.member_of(ROOKIE)).id and not row.reason
    ]
    assert len(sent) >= 3
    for row in sent:
        at = datetime.fromtimestamp(row.at, zone)
        assert at.hour >= 22, f"{at} is no hour of the shift"


async def test_an_officers_own_rota_holds_over_the_units_and_there_is_a_way_back(school: School) -> None:
    await night_unit(school)
    await school.hears(CHIEF, "!k:set:yes")
    (said,) = await school.hears(ROOKIE, "/hours")
    assert "5 nights 10:00 p.m. to 6:00 a.m." in said
    assert "as your coordinator set them" in said
    assert not any(title == "As my unit" for title, _ in school.buttons(ROOKIE))
    await school.hears(ROOKIE, "!k:hours:kind:fixed", "!k:hours:tour:7-15", "!k:hours:days:12345")
    (said,) = await school.hears(ROOKIE, "!k:hours:yes")
    assert "Your shifts: Monday, Tuesday, Wednesday, Thursday and Friday, 7:00 a.m. to 3:00 p.m." in said
    (said,) = await school.hears(ROOKIE, f"!{school.payload(ROOKIE, 'No fixed shifts')}")
    assert "Your shifts: no fixed shifts" in said
    (said,) = await school.hears(ROOKIE, f"!{school.payload(ROOKIE, 'As my unit')}")
    assert "as your coordinator set them" in said


async def test_shifts_that_never_meet_the_times_are_said_to_before_the_yes(school: School) -> None:
    await school.opened(weekly({5, 6}))
    (said,) = await school.hears(CHIEF, "!k:set:change:shifts", "!k:set:rota:kind:fixed", "7am-3pm", "Monday to Friday")
    assert said.rstrip().endswith("or times before the shift")
    await school.hears(CHIEF, "!k:set:change:shifts", "!k:set:rota:none")
    await school.hears(CHIEF, "!k:set:yes")
    assert [rule.shifts for rule in await rules(school)] == [None]


@pytest.mark.parametrize(
    ("lang", "words", "first", "read_back"),
    [
        ("en", ROUND, "June 2", "2 days 7:00 a.m. to 7:00 p.m., 2 nights 7:00 p.m. to 7:00 a.m., 4 off, and again"),
        (
            "es",
            "2 días de 7 a 19, 2 noches de 19 a 7, 4 libres",
            "2 de junio",
            "2 días de 7:00 a. m. a 7:00 p. m., 2 noches de 7:00 p. m. a 7:00 a. m., 4 libres, y otra vez",
        ),
    ],
)
async def test_an_officer_says_a_round_in_words(
    school: School, lang: str, words: str, first: str, read_back: str
) -> None:
    await school.opened(weekly(EVERY_DAY, per_week=7), lang=lang)
    await school.hears(ROOKIE, "!k:hours:kind:turns")
    (said,) = await school.hears(ROOKIE, "2 days")
    assert said.startswith("I could not read that" if lang == "en" else "No pude leerlo")
    await school.hears(ROOKIE, words)
    (said,) = await school.hears(ROOKIE, "soon" if lang == "en" else "pronto")
    assert "November 30" in said if lang == "en" else "30 de noviembre" in said
    (said,) = await school.hears(ROOKIE, first)
    assert read_back in said
    await school.hears(ROOKIE, "!k:hours:yes")
    pattern = (await school.member_of(ROOKIE)).pattern
    assert pattern is not None


async def test_a_wrong_word_on_the_way_is_asked_again_and_a_unit_of_others_is_not_changed(school: School) -> None:
    await school.opened()
    (said,) = await school.hears(CHIEF, "!k:set:change:shifts", "whenever")
    assert said.startswith("I could not read that. Tap one")
    (said,) = await school.hears(CHIEF, "!k:set:rota:kind:44", "all day")
    assert said.startswith("Write two times")
    assert all(payload.startswith("k:set:") for _, payload in school.buttons(CHIEF))
    (said,) = await school.hears(CHIEF, "!k:set:change:shifts:not-a-unit")
    assert "k:set" not in said
    assert [rule.shifts for rule in await rules(school)] == [None]


@RULE
@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from([DAYS, NIGHTS, None])), min_size=2, max_size=5),
)
def test_nobody_of_a_unit_is_asked_asleep_whatever_its_round(start: int, turns: list[Turn]) -> None:
    """By the rota of the schedule as by one's own: the same plan, and never in the hours after a night."""
    first = date(2026, 3, 1) + timedelta(days=start)
    pattern = pattern_of_turns(first, turns)
    rule = weekly(EVERY_DAY, per_week=7, shifts=pattern)
    found = plan(rule, Person(rule.shifts), first, 30)
    assert found == plan(weekly(EVERY_DAY, per_week=7), Person(pattern), first, 30)
    for one in found:
        if isinstance(one, Planned):
            for n in (-1, 0):
                day = one.day + timedelta(days=n)
                if pattern.tour(day) == NIGHTS:
                    end = NIGHTS.on(day, ZONE)[1]
                    assert not end <= one.at < end + SLEEP_SECONDS
