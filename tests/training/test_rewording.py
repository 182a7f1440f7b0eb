"""What new words leave of the times that stand: an end, a first day, holidays, until something else is said of them; what goes is said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.store.training_schema import department, schedule
from bot.training.calendars import calendar_of_zone
from bot.training.schedule import Schedule, Slot
from bot.training.schedule_json import load
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE, at, weekly
from tests.training.school import CHIEF, School

NAME = "Example Police"
WEDNESDAY_7 = Slot(frozenset({2}), 7 * 60)


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def rule_of(school: School) -> Schedule:
    return load((await school.rows(schedule))[0].rule)


async def chief(school: School, lang: str = "en") -> None:
    name = await school.person(CHIEF, role="coordinator")
    await school.database.write(lambda c: school.chats.change(c, name, greeted=1, heard=lang, lang=lang))


# -- first day and end -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "first", "then", "line"),
    [("en", "/schedule every Tuesday 7am until December 31", "/schedule every Wednesday 7am", "Until Thursday, December 31, 2026"),
     ("es", "/calendario los martes 7am hasta el 31 de diciembre", "/calendario los miércoles 7am", "Hasta el jueves 31 de diciembre de 2026"),
     ("en", "/schedule every Tuesday 7am starting July 1", "/schedule every Wednesday 7am", "From Wednesday, July 1, 2026"),
     ("es", "/calendario los martes 7am desde el 1 de julio", "/calendario los miércoles 7am", "Desde el miércoles 1 de julio de 2026")],
)  # fmt: skip
async def test_first_day_and_end_hold_until_something_else_is_said(
    school: School, lang: str, first: str, then: str, line: str
) -> None:
    await school.opened(lang=lang)
    await school.hears(CHIEF, first, "!k:set:yes")
    before = await rule_of(school)
    (read_back,) = await school.hears(CHIEF, then)
    assert line in read_back.splitlines()
    await school.hears(CHIEF, "!k:set:yes")
    rule = await rule_of(school)
    assert rule.slots == (WEDNESDAY_7,)
    assert (rule.starts, rule.ends) == (before.starts, before.ends)


@pytest.mark.parametrize(
    ("lang", "words", "line"),
    [("en", "/schedule every Wednesday 7am, no end date", "No end date any more (it was Thursday, December 31, 2026)"),
     ("en", "/schedule every Wednesday 7am until further notice", "No end date any more (it was Thursday, December 31, 2026)"),
     ("es", "/calendario los miércoles 7am sin fecha de fin", "Ya sin fecha de término (era el jueves 31 de diciembre de 2026)")],
)  # fmt: skip
async def test_an_end_that_goes_is_said(school: School, lang: str, words: str, line: str) -> None:
    await school.opened(weekly(ends=date(2026, 12, 31)), lang=lang)
    (read_back,) = await school.hears(CHIEF, words)
    assert line in read_back.splitlines()
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rule_of(school)).ends is None
    assert line not in (await school.hears(CHIEF, "/schedule"))[0], "it is no news any more"


async def test_an_end_that_is_over_or_before_a_new_first_day_goes_and_is_said(school: School) -> None:
    await school.opened(weekly(ends=date(2026, 5, 20)))
    (read_back,) = await school.hears(CHIEF, "/schedule every Wednesday 7am")
    assert "No end date any more (it was Wednesday, May 20, 2026)" in read_back
    await school.hears(CHIEF, "/schedule every Wednesday 7am until June 30", "!k:set:yes")
    (read_back,) = await school.hears(CHIEF, "/schedule every Wednesday 7am starting July 15")
    assert "No end date any more (it was Tuesday, June 30, 2026)" in read_back
    assert "From Wednesday, July 15, 2026" in read_back


async def test_another_end_and_another_first_day_replace_them(school: School) -> None:
    await school.opened(weekly(starts=date(2026, 8, 1), ends=date(2026, 12, 31)))
    (read_back,) = await school.hears(CHIEF, "/schedule every Wednesday 7am starting now until March 1")
    assert "From " not in read_back
    assert "Until Monday, March 1, 2027" in read_back
    await school.hears(CHIEF, "!k:set:yes")
    rule = await rule_of(school)
    assert (rule.starts, rule.ends) == (date(2026, 6, 1), date(2027, 3, 1))


# -- holidays --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "words", "line"),
    [("en", "/schedule every Tuesday 7am, not on holidays", "Not on federal holidays"), ("es", "/calendario los martes 7am, no los feriados", "No en feriados federales")],
)  # fmt: skip
async def test_not_on_holidays_where_none_are_set_means_those_of_the_country(
    school: School, lang: str, words: str, line: str
) -> None:
    await school.opened(lang=lang)
    assert (await rule_of(school)).holidays == ""
    (read_back,) = await school.hears(CHIEF, words)
    assert line in read_back.splitlines()
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rule_of(school)).holidays == "US"
    assert [row.holidays for row in await school.rows(department)] == ["US"]


async def test_those_that_are_set_stay(school: School) -> None:
    await school.opened(weekly(holidays="US-TX"))
    (read_back,) = await school.hears(CHIEF, "/schedule every Tuesday 7am, not on holidays")
    assert "Not on holidays in TX" in read_back
    (read_back,) = await school.hears(CHIEF, "/schedule every Tuesday 7am, also on holidays")
    assert "Also on holidays" in read_back


@pytest.mark.parametrize(
    ("answer", "holidays"), [("!k:set:option:US", "US"), ("Texas", "US-TX"), ("!k:set:option:none", ""), ("no", "")]
)
async def test_where_the_country_is_not_clear_it_is_asked(school: School, answer: str, holidays: str) -> None:
    await school.opened(weekly(zone="UTC"))
    (asked,) = await school.hears(CHIEF, "/schedule every Tuesday 8am, not on holidays")
    assert asked.startswith("Not on holidays: which ones?")
    await school.hears(CHIEF, answer, "!k:set:yes")
    assert (await rule_of(school)).holidays == holidays


@pytest.mark.parametrize(
    ("zone", "calendar"),
    [("America/Chicago", "US"), ("Pacific/Guam", "US"), ("America/Indiana/Knox", "US"), ("US/Central", "US"), ("America/Toronto", "CA"), ("Europe/Madrid", "ES"),
     ("America/Mexico_City", "MX"), ("UTC", None), ("Etc/GMT+6", None)],
)  # fmt: skip
def test_the_country_of_a_zone(zone: str, calendar: str | None) -> None:
    assert calendar_of_zone(zone) == calendar


# -- before there is a department --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "words", "taps", "line"),
    [("en", "/schedule every Tuesday 0700 until December 31", ("!k:set:holidays:US", "!k:set:cards:2"), "Tuesday, 7:00 a.m."),
     ("es", "/calendario los martes a las 0700, 3 tarjetas", ("!k:set:holidays:US",), "martes, 7:00 a. m.")],
)  # fmt: skip
async def test_words_that_come_before_the_department_are_kept_for_their_turn(
    school: School, lang: str, words: str, taps: tuple[str, ...], line: str
) -> None:
    await chief(school, lang)
    said = await school.hears(CHIEF, words)
    assert said[-1].strip() == school.library.messages[("train.set.name", lang)].text.strip()
    await school.hears(CHIEF, NAME, f"!k:set:zone:{ZONE}", *taps)
    assert line in school.phones.texts(CHIEF)[-1].splitlines()
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rule_of(school)).slots == (Slot(frozenset({1}), 420),)


async def test_they_are_asked_about_at_their_turn_and_replace_what_was_said_before(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/schedule monday 8", "/schedule tuesday morning", NAME, f"!k:set:zone:{ZONE}")
    (asked,) = await school.hears(CHIEF, "!k:set:holidays:US")
    assert asked.startswith("Tuesday, in the morning: at what time?")
    await school.hears(CHIEF, "!k:set:option:09:00", "2", "yes")
    assert (await rule_of(school)).slots == (Slot(frozenset({1}), 540),)


@pytest.mark.parametrize(
    "words", ["/schedule", "/schedule please", "/schedule skip next week", "/schedule whenever you like"]
)
async def test_words_that_name_no_times_begin_the_set_up_alone(school: School, words: str) -> None:
    await chief(school)
    await school.hears(CHIEF, words, NAME, f"!k:set:zone:{ZONE}")
    (asked,) = await school.hears(CHIEF, "!k:set:holidays:US")
    assert asked.startswith("When should refreshers come?")


async def test_a_date_without_its_year_is_the_one_after_it_was_said(school: School) -> None:
    """What was said in the evening holds on the next day."""
    await chief(school)
    school.clock.now = at("2026-06-02T01:30")  # the evening of Monday there
    await school.hears(
        CHIEF, "/schedule tuesday 7am starting tomorrow", NAME, f"!k:set:zone:{ZONE}", "!k:set:holidays:US", "2"
    )
    school.clock.now += 86400.0
    await school.hears(CHIEF, "!k:set:yes")
    found: Any = await rule_of(school)
    assert found.starts == date(2026, 6, 2)
