"""Who waits for a coordinator's tap by a link that ends without one: told once, in their language, by day, also after downtime."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.store import queues
from bot.store import training_departments as table
from bot.store.training_schema import batch, department, joining
from bot.training.schedule import Hours
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, weekly
from tests.training.school import CHIEF, PARTNER, School

HOUR, DAY = 3600.0, 86400.0
TEN_PM = MONDAY + 15 * HOUR
ENDED = {"en": "has ended before you were let in", "es": "terminó antes de que le dejaran entrar"}


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def waits(school: School, place: str, days: float = 7, lang: str = "en", unit: bool = False) -> str:
    """Somebody opens a link and waits. Its code."""
    people = school.training.rooms.people
    name = await school.person(PARTNER, role="guest")

    def work(c: Connection) -> str:
        school.chats.change(c, name, greeted=1, heard=lang, lang=lang)
        of = people.add_unit(c, place, "Night watch") if unit else None
        return people.make_batch(c, place, of, 5, school.clock() + days * DAY)

    code = await school.database.write(work)
    await school.hears(PARTNER, f"/start {code}")
    assert [row.accepted for row in await school.rows(joining)] == [None]
    return code


def ends(school: School, place: str, code: str, how: str) -> Callable[[Connection], Any]:
    """What the operator's commands do (bot/department_links.py, bot/departments.py)."""
    people, now = school.training.rooms.people, school.clock()
    return {
        "one link": lambda c: people.revoke_batch(c, code, now),
        "all links": lambda c: table.end_links(c, place, now),
        "the unit": lambda c: people.remove_unit(c, people.units(c, place)[0].id, now),
        "the department": lambda c: table.remove_department(c, place, now),
        "nothing": lambda c: None,
    }[how]


async def passes(school: School, until: float) -> None:
    """All that the clock does: each hour of the first day and a half, then every eight."""
    while school.clock() < until:
        school.clock.now = min(until, school.clock() + (1 if school.clock() < MONDAY + 36 * HOUR else 8) * HOUR)
        await school.goes_on()
        await school.housekeeping.purge()
        await school.housekeeping.clear_quiet_chats()
        await school.work()


def told(school: School, lang: str = "en") -> list[Any]:
    return [shown for shown in school.phones.sent if shown.chat == PARTNER and ENDED[lang] in shown.text]


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("how", ["one link", "all links", "the unit", "the department", "nothing"])
async def test_they_are_told_once_by_day_in_their_language(school: School, lang: str, how: str) -> None:
    """Ended, or expired ("nothing"), at ten in the evening."""
    place = await school.opened()
    school.clock.now = TEN_PM
    code = await waits(school, place, 5 / 24 if how == "nothing" else 7, lang, unit=how == "the unit")
    await school.database.write(ends(school, place, code, how))
    await passes(school, MONDAY + DAY - 60)
    assert told(school, lang) == [], "not at night"
    await passes(school, MONDAY + 5 * DAY)
    (shown,) = told(school, lang)
    assert MONDAY + DAY <= shown.at <= MONDAY + DAY + HOUR
    assert shown.silent
    assert {row.accepted for row in await school.rows(joining)} <= {0}


@pytest.mark.parametrize("how", ["one link", "the department", "nothing"])
async def test_after_weeks_of_downtime_they_are_told_all_the_same(school: School, how: str) -> None:
    """And the purge that runs first, at night, takes nobody away who was not told."""
    place = await school.opened()
    code = await waits(school, place, 1)
    await school.database.write(ends(school, place, code, how))
    school.clock.now = TEN_PM + 30 * DAY
    await school.housekeeping.purge()
    await school.goes_on()
    assert told(school) == []
    await passes(school, TEN_PM + 31 * DAY)
    assert len(told(school)) == 1


async def test_a_departments_own_quiet_hours_hold(school: School) -> None:
    place = await school.opened(weekly(minute=17 * 60, quiet=Hours(20 * 60, 12 * 60)))
    code = await waits(school, place)
    await school.database.write(ends(school, place, code, "one link"))
    await passes(school, MONDAY + 5 * HOUR - 60)
    assert told(school) == []
    await passes(school, MONDAY + 6 * HOUR)
    assert len(told(school)) == 1


async def test_nothing_is_left_of_a_deleted_department_once_they_were_told(school: School) -> None:
    place = await school.opened()
    code = await waits(school, place)
    gone = await school.database.write(ends(school, place, code, "the department"))
    assert gone.kept == 0
    assert [row.name for row in await school.rows(department)] == [""], "its zone says when it is day"
    await passes(school, MONDAY + 2 * HOUR)
    assert len(told(school)) == 1
    await passes(school, MONDAY + 3 * HOUR)
    assert [await school.rows(t) for t in (department, batch, joining)] == [[], [], []]


async def test_r3_what_they_were_told_stands_for_a_day_and_then_goes(school: School) -> None:
    place = await school.opened()
    code = await waits(school, place)
    await passes(school, MONDAY + 5 * HOUR)
    assert school.phones.screen(PARTNER) == []
    await school.database.write(ends(school, place, code, "one link"))
    await passes(school, MONDAY + 10 * HOUR)
    assert len(school.phones.screen(PARTNER)) == 1
    await passes(school, MONDAY + 36 * HOUR)
    assert school.phones.screen(PARTNER) == []


async def test_who_is_told_no_by_a_tap_reads_it_for_a_day_as_well(school: School) -> None:
    place = await school.opened()
    await waits(school, place)
    school.clock.now = MONDAY + 5 * HOUR
    await school.hears(CHIEF, f"!k:join:{(await school.rows(joining))[0].id}:n")
    await passes(school, MONDAY + 8 * HOUR)
    assert [text for text in school.phones.screen(PARTNER) if "were not let in" in text]


async def test_a_tap_that_comes_after_the_end_says_what_to_do(school: School) -> None:
    place = await school.opened()
    await waits(school, place, 1)
    school.clock.now = MONDAY + DAY + 60
    (said,) = await school.hears(CHIEF, f"!k:join:{(await school.rows(joining))[0].id}:y")
    assert said.startswith("They could not be let in")
    await passes(school, MONDAY + 2 * DAY)
    assert len(told(school)) == 1


@pytest.mark.parametrize("leaving", ["/exit", "/erase"])
async def test_r6_who_left_hears_nothing(school: School, leaving: str) -> None:
    place = await school.opened()
    code = await waits(school, place)
    await school.hears(PARTNER, leaving)
    await school.database.write(ends(school, place, code, "one link"))
    await passes(school, MONDAY + 5 * HOUR)
    assert told(school) == []


async def test_r10_where_nobody_reviewed_the_words_nothing_comes_in_their_place(school: School) -> None:
    place = await school.opened()
    code = await waits(school, place)
    school.sender._wording._everything = False
    before = len(school.phones.texts(PARTNER))
    await school.database.write(ends(school, place, code, "one link"))
    await passes(school, MONDAY + 2 * HOUR)
    assert len(school.phones.texts(PARTNER)) == before


async def test_who_came_in_or_waits_by_another_link_is_not_told(school: School) -> None:
    place = await school.opened()
    code = await waits(school, place)
    people = school.training.rooms.people
    other = await school.database.write(lambda c: people.make_batch(c, place, None, 5, school.clock() + 7 * DAY))
    await school.hears(PARTNER, f"/start {other}")
    await school.database.write(ends(school, place, code, "one link"))
    await passes(school, MONDAY + 2 * HOUR)
    assert told(school) == []
    await school.hears(CHIEF, f"!k:join:{(await school.rows(joining))[-1].id}:y")
    assert (await school.member_of(PARTNER)).role == "officer"
    await passes(school, MONDAY + 9 * DAY)
    assert told(school) == []


async def test_two_links_that_end_together_are_one_message(school: School) -> None:
    place = await school.opened()
    await waits(school, place)
    people = school.training.rooms.people
    other = await school.database.write(lambda c: people.make_batch(c, place, None, 5, school.clock() + 7 * DAY))
    await school.hears(PARTNER, f"/start {other}")
    await school.database.write(ends(school, place, other, "all links"))
    await passes(school, MONDAY + 2 * HOUR)
    assert len(told(school)) == 1


async def test_a_chat_that_waits_to_be_told_is_not_forgotten(school: School) -> None:
    """R7, R23: else nobody could write to them. Once told, the row of a guest goes like any."""
    place = await school.opened()
    code = await waits(school, place)
    await school.database.write(ends(school, place, code, "one link"))
    name = school.chats.hash("telegram", str(PARTNER))
    school.clock.now = MONDAY + 50 * HOUR
    await school.database.write(lambda c: queues.purge(c, school.clock()))
    assert await school.database.read(lambda c: school.chats.get(c, name)) is not None
    await passes(school, MONDAY + 8 * DAY)
    assert len(told(school)) == 1
    assert await school.database.read(lambda c: school.chats.get(c, name)) is None
