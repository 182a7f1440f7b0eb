"""In-service training recurs: a course is completed again in a later year by answers after its last completion, and nothing of an old one moves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from bot.store import training_answers as answers
from bot.store.training_completions import GONE, Kept
from bot.store.training_schema import completion, department, member, question
from bot.training.completing import complete
from bot.training.model import Pick
from bot.training.planner import question_row
from tests.store.virtual import VirtualClock
from tests.training import xapi_rules
from tests.training.making import MONDAY, ZONE, at
from tests.training.school import CHIEF, ROOKIE, School
from tests.training.test_taking_along import LENGTH, export

DAY = 86400.0
NEXT_YEAR = at("2027-01-11T15:00")
PARTNERS = "partners"
"""The shortest refresher course."""
GO = "!k:course:next:basic"
SHOW = "!k:course:show:basic"


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def answered(
    school: School, course: str = "basic", cards: slice = slice(None), kind: str = "refresh", seconds: float = 30.0
) -> None:
    """These cards of a course by the rookie, one after another from now on; after each it is seen whether something is completed."""
    who, rooms = await school.member_of(ROOKIE), school.training.rooms

    def work(c: Connection) -> None:
        for card in rooms.deck.of_course(course)[cards]:
            (number,) = answers.ask(c, [question_row(who.id, None, Pick(card, 0, kind, None))], school.clock.now)
            school.clock.now += seconds
            answers.answer(c, number, 0, True, school.clock.now, "salt")
            complete(rooms, c, who, course, school.clock.now)

    await school.database.write(work)


async def kept(school: School) -> list[Kept]:
    """All completions that are there; the chain is whole."""
    done = school.training.rooms.completions
    assert await school.database.read(done.verify) == []
    (place,) = await school.rows(department)
    return await school.database.read(lambda c: done.of_department(c, place.id))


def days(found: list[Kept]) -> list[tuple[str, str, str]]:
    return [(one.what.course, one.what.first_day, one.what.last_day) for one in found]


async def test_a_year_later_the_basic_course_is_taken_again_and_counts_again(school: School) -> None:
    await school.opened()
    await answered(school, kind="course", seconds=60)
    (first,) = before = await kept(school)
    school.clock.now = NEXT_YEAR
    await school.hears(ROOKIE, "/course", "!k:course:list", SHOW)
    assert await kept(school) == before, "before the tap nothing of the old one changes"
    assert ("Take it again", "k:course:next:basic") in school.buttons(ROOKIE)
    for number in range(LENGTH):
        (asked,) = await school.hears(ROOKIE, GO)
        assert f"{number + 1} of {LENGTH}" in asked.splitlines()[0]
        school.clock.now += 30
        said = await school.answers(ROOKIE)
    assert said[-1].startswith("Completed: Human trafficking: the basics. Observed: 31 minutes.")
    again, second = await kept(school)
    assert again == first
    assert days([again, second]) == [("basic", "2026-06-01", "2026-06-01"), ("basic", "2027-01-11", "2027-01-11")]
    assert (again.what.minutes, second.what.minutes) == (LENGTH, 31)
    (shown,) = await school.hears(ROOKIE, SHOW)
    assert "Done: all 63 cards." in shown
    assert "Take it again" not in [title for title, _ in school.buttons(ROOKIE)], "once a year"


@pytest.mark.parametrize(
    ("lang", "last", "button"),
    [
        ("en", "Last completed: June 1, 2026.", "Take it again"),
        ("es", "última vez: 1 de junio de 2026.", "Hacerlo otra vez"),
    ],
)
async def test_it_stands_as_completed_until_it_is_begun_again(
    school: School, lang: str, last: str, button: str
) -> None:
    await school.opened(lang=lang)
    await answered(school)
    await school.hears(ROOKIE, SHOW)
    assert button not in [title for title, _ in school.buttons(ROOKIE)]
    school.clock.now = NEXT_YEAR
    (said,) = await school.hears(ROOKIE, SHOW)
    assert last in said
    await school.hears(ROOKIE, "!k:course:list")
    assert any(
        title.endswith(f"({LENGTH} {'of' if lang == 'en' else 'de'} {LENGTH})") for title, _ in school.buttons(ROOKIE)
    )
    await school.hears(ROOKIE, SHOW)
    await school.hears(ROOKIE, f"!{school.payload(ROOKIE, button)}")
    await school.answers(ROOKIE)
    (said,) = await school.hears(ROOKIE, SHOW)
    assert ("1 of 63 cards" if lang == "en" else "1 de 63 tarjetas") in said


async def test_a_second_way_through_it_in_the_same_year_counts_for_nothing(school: School) -> None:
    await school.opened()
    await answered(school)
    before = await kept(school)
    school.clock.now += 180 * DAY
    await answered(school)
    await school.hears(ROOKIE, SHOW, GO)
    assert await kept(school) == before


async def test_what_came_round_in_refreshers_since_then_is_not_asked_again(school: School) -> None:
    await school.opened()
    await answered(school)
    school.clock.now += 100 * DAY
    await answered(school, cards=slice(0, 60))
    school.clock.now = NEXT_YEAR
    (said,) = await school.hears(ROOKIE, SHOW)
    assert "counted already: 60 of 63" in said
    (asked,) = await school.hears(ROOKIE, GO)
    assert "61 of 63" in asked.splitlines()[0]
    await school.answers(ROOKIE)
    await answered(school, cards=slice(61, 63))
    assert days(await kept(school))[1:] == [("basic", "2026-09-09", "2027-01-11")]


async def test_where_all_came_round_last_year_one_card_more_makes_it_this_years(school: School) -> None:
    """The one that was answered longest ago."""
    await school.opened()
    await answered(school)
    school.clock.now += 100 * DAY
    await answered(school, cards=slice(5, None))
    await answered(school, cards=slice(0, 5))
    school.clock.now = NEXT_YEAR
    await school.hears(ROOKIE, SHOW)
    assert len(await kept(school)) == 1
    (asked,) = await school.hears(ROOKIE, GO)
    assert "63 of 63" in asked.splitlines()[0]
    (open_,) = [row for row in await school.rows(question) if row.answered_at is None]
    assert open_.card == school.training.rooms.deck.of_course("basic")[5].id
    assert (await school.answers(ROOKIE))[-1].startswith("Completed: ")
    assert days(await kept(school))[1:] == [("basic", "2026-09-09", "2027-01-11")]


async def test_a_refresher_course_counts_again_by_itself_as_its_cards_come_round(school: School) -> None:
    await school.opened()
    await answered(school, PARTNERS)
    school.clock.now += 60 * DAY
    await answered(school, PARTNERS, slice(0, 4))
    school.clock.now = NEXT_YEAR
    (said,) = await school.hears(ROOKIE, f"!k:course:show:{PARTNERS}")
    assert "come round in refreshers" in said
    assert "So far: 4 of 11" in said
    assert not any(payload.startswith("k:course:next") for _, payload in school.buttons(ROOKIE))
    await answered(school, PARTNERS, slice(4, None))
    assert days(await kept(school)) == [(PARTNERS, "2026-06-01", "2026-06-01"), (PARTNERS, "2026-07-31", "2027-01-11")]


async def test_the_year_begins_by_the_departments_own_calendar(school: School) -> None:
    """At three in the morning of January 1 in Greenwich it is still the old year in Chicago."""
    await school.opened()
    await answered(school, PARTNERS)
    school.clock.now = at("2027-01-01T03:00")
    await answered(school, PARTNERS)
    assert len(await kept(school)) == 1
    school.clock.now = at("2027-01-01T07:00")
    await answered(school, PARTNERS, slice(0, 1))
    assert days(await kept(school))[1:] == [(PARTNERS, "2026-12-31", "2027-01-01")]


async def test_the_year_is_that_of_the_last_answer_also_where_the_id_came_later(school: School) -> None:
    await school.opened()
    await school.database.write(lambda c: c.execute(update(member).values(officer_id=None)))
    await answered(school, PARTNERS)
    school.clock.now = NEXT_YEAR
    await school.hears(ROOKIE, "!k:id", "E-77")
    assert days(await kept(school)) == [(PARTNERS, "2026-06-01", "2026-06-01")]
    await answered(school, PARTNERS)
    assert days(await kept(school))[1:] == [(PARTNERS, "2027-01-11", "2027-01-11")], "nor is this year used up by it"


async def test_answers_that_were_erased_count_for_nothing_and_the_completion_stays(school: School) -> None:
    await school.opened()
    await answered(school, PARTNERS)
    school.clock.now += 60 * DAY
    await answered(school, PARTNERS, slice(0, 4))
    await school.hears(ROOKIE, "!k:erase_mine:yes")
    school.clock.now = NEXT_YEAR
    await answered(school, PARTNERS, slice(4, None))
    assert len(await kept(school)) == 1
    await answered(school, PARTNERS, slice(0, 4))
    assert days(await kept(school))[1:] == [(PARTNERS, "2027-01-11", "2027-01-11")]


async def test_r24_what_retention_took_away_is_not_written_anew(school: School) -> None:
    """The answers are still there, and made the completion once."""
    await school.opened()
    await school.database.write(lambda c: c.execute(update(department).values(keep_days=180)))
    await answered(school, PARTNERS)
    school.clock.now += 181 * DAY
    await school.database.write(lambda c: school.training.rooms.completions.purge(c, school.clock()))
    assert await kept(school) == []
    assert {row.completion for row in await school.rows(question)} == {GONE}, "and nothing leads to the row"
    await answered(school, PARTNERS, slice(0, 1))
    await answered(school, PARTNERS)
    assert await kept(school) == [], "nor twice in a year"
    school.clock.now = NEXT_YEAR
    await answered(school, PARTNERS)
    assert days(await kept(school)) == [(PARTNERS, "2026-11-29", "2027-01-11")]


async def test_statements_give_each_way_once(school: School) -> None:
    """The first stays as a record store has it; the second begins after it."""
    await school.opened()
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    await answered(school, PARTNERS)
    first = json.loads(await export(school, "xapi"))
    school.clock.now += 60 * DAY
    await answered(school, PARTNERS, slice(0, 4))
    assert json.loads(await export(school, "xapi")) == first
    school.clock.now = NEXT_YEAR
    await answered(school, PARTNERS, slice(4, None))
    both: list[dict[str, Any]] = json.loads(await export(school, "xapi"))
    assert both[: len(first)] == first
    second = both[len(first) :]
    for way in (first, second):
        assert [wrong for one in way for wrong in xapi_rules.check(one)] == []
        assert xapi_rules.session(way) == []
        assert sum(one["verb"]["id"].endswith("answered") for one in way) == 11
    assert len({one["id"] for one in both}) == len(both)
    assert len({one["context"]["registration"] for one in both}) == 2
    await answered(school, PARTNERS)
    assert json.loads(await export(school, "xapi")) == both
    await school.database.write(lambda c: c.execute(update(question).values(completion=None)))  # of an older release
    assert json.loads(await export(school, "xapi")) == both


async def test_a_way_whose_completion_is_gone_is_in_no_later_one(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    await answered(school, PARTNERS)
    school.clock.now = NEXT_YEAR
    await answered(school, PARTNERS)
    whole = json.loads(await export(school, "xapi"))
    (first, _) = await kept(school)
    await school.database.write(lambda c: school.training.rooms.completions.take_away(c, [first.seq]))
    left = json.loads(await export(school, "xapi"))
    assert left == whole[len(whole) // 2 :]


async def test_what_counted_for_one_department_counts_for_the_next_one_too(school: School) -> None:
    """And back in the first, no answer counts twice."""
    first = await school.opened()
    await answered(school, PARTNERS)
    who, people = await school.member_of(ROOKIE), school.training.rooms.people

    def moves(c: Connection, place: str) -> None:
        people.join(c, who.chat, place, None, "officer", "en", school.clock())

    other = await school.database.write(
        lambda c: people.add_department(c, "Sample Sheriff", ZONE, "en", school.clock())
    )
    await school.database.write(lambda c: moves(c, other))
    await answered(school, PARTNERS, slice(0, 1))
    await school.database.write(lambda c: moves(c, first))
    await answered(school, PARTNERS, slice(0, 1))
    rows = await school.rows(completion)
    assert [row.department for row in rows] == [first, other]
