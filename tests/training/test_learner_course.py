"""The basic course from the first card to the department's list, and six questions before anything is taught."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.store.training_schema import completion, member, memory, question
from bot.training.deck import BASIC
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE
from tests.training.school import CHIEF, ROOKIE, School

CREDIT = {
    "en": "Your commission decides about credit; this program grants none.",
    "es": "Su comisión decide sobre los créditos; este programa no otorga ninguno.",
}


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def without_id(school: School) -> None:
    await school.database.write(lambda c: c.execute(update(member).values(officer_id=None)))


async def whole_course(school: School, seconds: float = 30) -> list[str]:
    """Every card that is left, the first one wrong. What was said after the last."""
    cards, said = len(school.training.rooms.deck.of_course(BASIC)), list[str]()
    done = len([row for row in await school.rows(question) if row.kind == "course" and row.answered_at is not None])
    for number in range(done, cards):
        school.clock.now += seconds
        said = await school.answers(ROOKIE, right=number > 0)
    return said


async def kept(school: School, department: str) -> list[object]:
    return await school.database.read(lambda c: list(school.training.rooms.completions.of_department(c, department)))


async def test_a_course_goes_card_by_card_in_its_order_and_each_is_explained(school: School) -> None:
    await school.opened()
    (said,) = await school.hears(ROOKIE, "/course")
    cards = school.training.rooms.deck.of_course(BASIC)
    assert said.startswith(f"Basic course, 1 of {len(cards)}: Signs by age and gender")
    told, following = await school.answers(ROOKIE, right=False)
    assert told.startswith("✗ Not ")
    assert following.startswith(f"Basic course, 2 of {len(cards)}")
    rows = [row for row in await school.rows(question) if row.kind == "course"]
    assert [row.card for row in rows] == [card.id for card in cards[:2]]
    assert [row.card for row in await school.rows(memory)] == [cards[0].id], "a course teaches the memory"


async def test_a_course_that_was_left_goes_on_where_it_was_and_the_time_away_is_no_time_of_learning(
    school: School,
) -> None:
    await school.opened()
    await school.hears(ROOKIE, "/course")
    await school.answers(ROOKIE)
    school.clock.now += 3 * 3600
    (said,) = await school.hears(ROOKIE, "continue the course")
    assert said.startswith("Basic course, 2 of ")
    school.clock.now += 20
    await school.answers(ROOKIE)
    rows = [row for row in await school.rows(question) if row.kind == "course" and row.answered_at is not None]
    assert len(rows) == 2
    assert rows[1].seconds == pytest.approx(20, abs=1)


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_a_completion_is_written_once_with_what_a_commission_asks_for(school: School, lang: str) -> None:
    place = await school.opened(lang=lang)
    await school.hears(ROOKIE, "/course")
    said = await whole_course(school)
    assert CREDIT[lang] in said[-1]
    assert "E-1" in said[-1]
    again = await school.hears(ROOKIE, "/course")
    assert CREDIT[lang] in again[-1]
    (one,) = await kept(school, place)
    what, deck = one.what, school.training.rooms.deck  # type: ignore[attr-defined]
    course = deck.course(BASIC, lang)
    assert course is not None
    assert (what.officer_id, what.course, what.category) == ("E-1", course.title, course.category)
    assert what.course_version == deck.course_version(BASIC)
    assert (what.first_day, what.last_day) == ("2026-06-01", "2026-06-01"), ZONE
    assert what.minutes == pytest.approx(len(deck.of_course(BASIC)) * 30 / 60, abs=1)
    assert what.result == "completed"
    assert what.score == pytest.approx(1 - 1 / len(deck.of_course(BASIC)), abs=0.001)
    assert what.instructor == school.training.rooms.library.commands[lang]["training"]["instructor"]
    assert await school.database.read(school.training.rooms.completions.verify) == []


async def test_a_phone_left_on_the_table_is_no_training(school: School) -> None:
    """Minutes are observed and capped: three for each card at most."""
    place = await school.opened()
    await school.hears(ROOKIE, "/course")
    await whole_course(school, seconds=4000)
    (one,) = await kept(school, place)
    assert one.what.minutes == 3 * len(school.training.rooms.deck.of_course(BASIC))  # type: ignore[attr-defined]


async def test_without_a_number_no_completion_is_written_until_it_is_given(school: School) -> None:
    place = await school.opened()
    await without_id(school)
    (asked,) = await school.hears(ROOKIE, "/course")
    assert "the number that your department gave you" in asked
    (wrong,) = await school.hears(ROOKIE, "What is debt bondage?")
    assert "does not look like a number" in wrong
    assert (await school.member_of(ROOKIE)).officer_id is None
    (first,) = await school.hears(ROOKIE, "!k:course:go")
    assert first.startswith("Basic course, 1 of ")
    said = await whole_course(school)
    assert "not on your department's list yet" in said[-1]
    assert await kept(school, place) == []

    await school.hears(ROOKIE, "!k:id")
    said = await school.hears(ROOKIE, "E-77")
    assert said[0] == "Your number: E-77"
    assert "number E-77" in said[1]
    assert [one.what.officer_id for one in await kept(school, place)] == ["E-77"]  # type: ignore[attr-defined]
    assert "Your training coordinator can change it" in (await school.hears(ROOKIE, "!k:id"))[0]


async def test_a_number_that_was_written_stands_in_no_row_in_clear(school: School) -> None:
    await school.opened()
    await without_id(school)
    await school.hears(ROOKIE, "/course")
    said = await school.hears(ROOKIE, "ZEBRA-4711")
    assert said[0] == "Your number: ZEBRA-4711"
    assert said[1].startswith("Basic course, 1 of ")
    files = [path for path in Path(school.home).rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if b"ZEBRA-4711" in path.read_bytes()] == []


async def test_a_card_that_changed_in_the_middle_is_asked_anew(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "/course")
    await school.database.write(lambda c: c.execute(update(question).values(version="old")))
    said = await school.hears(ROOKIE, school.buttons(ROOKIE)[0][1].join(["!", ""]))
    assert said[0].startswith("That card was corrected")
    assert said[1].startswith("Basic course, 1 of ")
    assert await school.rows(memory) == []


# -- before anything is taught -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "end"), [("en", "That was only to see where you begin"), ("es", "Era solo para ver desde dónde empieza")]
)
async def test_six_questions_explain_nothing_teach_nothing_and_end_with_a_date(
    school: School, lang: str, end: str
) -> None:
    await school.opened(lang=lang)
    said = await school.hears(ROOKIE, "!k:pretest")
    for number in range(6):
        assert len(said) == 1
        assert "✓" not in said[0]
        assert "✗" not in said[0]
        said = await school.answers(ROOKIE, right=number < 2)
    assert said[0].startswith("2 of 6." if lang == "en" else "2 de 6.")
    assert end in said[0]
    assert said[0].endswith("Tuesday, June 2, 10:00 a.m." if lang == "en" else "martes 2 de junio, 10:00 a. m.")
    rows = [row for row in await school.rows(question) if row.kind == "pretest"]
    assert len({row.topic for row in rows}) == 6
    assert await school.rows(memory) == []


async def test_the_six_questions_come_once(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:pretest")
    await school.answers(ROOKIE)
    (said,) = await school.hears(ROOKIE, "!k:pretest")
    assert said.startswith("Question 2 of 6"), "gone on with"
    for _ in range(5):
        await school.answers(ROOKIE)
    assert (await school.hears(ROOKIE, "!k:pretest"))[0].startswith("6 of 6")
    assert len([row for row in await school.rows(question) if row.kind == "pretest"]) == 6


async def test_who_has_begun_is_not_asked_where_they_begin(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:quiz")
    await school.answers(ROOKIE)
    assert "you have begun already" in (await school.hears(ROOKIE, "!k:pretest"))[0]


async def test_another_officers_course_is_not_shown_and_not_answered(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "/course")
    tap = school.buttons(ROOKIE)[0][1]
    assert await school.hears(CHIEF, f"!{tap}") == ["That button is old and no longer works."]
    assert [row.answered_at for row in await school.rows(question)] == [None]
    assert await school.rows(completion) == []
