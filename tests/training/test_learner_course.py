"""The basic course from the first card to the department's list, and six questions before anything is taught."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from bot.store.training_completions import Kept
from bot.store.training_schema import completion, member, memory, question
from bot.training.deck import BASIC
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE
from tests.training.school import CHIEF, ROOKIE, School

CREDIT = {
    "en": "Your commission decides about credit; this program grants none.",
    "es": "",
}
GO = "!k:course:next:basic"


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def without_id(school: School) -> None:
    await school.database.write(lambda c: c.execute(update(member).values(officer_id=None)))


async def whole_course(school: School, seconds: float = 30) -> list[str]:
    """Every card, the first one wrong. What was said after the last."""
    cards, said = len(school.training.rooms.deck.of_course(BASIC)), list[str]()
    for number in range(cards):
        await school.hears(ROOKIE, GO)
        school.clock.now += seconds
        said = await school.answers(ROOKIE, right=number > 0)
    return said


async def kept(school: School, department: str) -> list[Kept]:
    return await school.database.read(lambda c: list(school.training.rooms.completions.of_department(c, department)))


async def test_a_course_goes_card_by_card_in_its_order_and_each_is_explained(school: School) -> None:
    await school.opened()
    (said,) = await school.hears(ROOKIE, "basic course")
    cards = school.training.rooms.deck.of_course(BASIC)
    assert f"0 of {len(cards)} cards" in said
    assert CREDIT["en"] in said
    (said,) = await school.hears(ROOKIE, f"!{school.payload(ROOKIE, 'Begin')}")
    assert f"1 of {len(cards)}" in said.splitlines()[0]
    (told,) = await school.answers(ROOKIE, right=False)
    assert told.startswith("✗ Not ")
    (said,) = await school.hears(ROOKIE, f"!{school.payload(ROOKIE, f'Next: 2 of {len(cards)}')}")
    assert f"2 of {len(cards)}" in said.splitlines()[0]
    rows = [row for row in await school.rows(question) if row.kind == "course"]
    assert [row.card for row in rows] == [card.id for card in cards[:2]]
    assert [row.card for row in await school.rows(memory)] == [cards[0].id], "a course teaches the memory"


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("course", ["basic", "myths"])
async def test_what_survivors_teach_is_the_first_tap_until_a_card_is_done(
    school: School, lang: str, course: str
) -> None:
    await school.opened(lang=lang)
    survivors, go = "t:training.survivor_led", f"k:course:next:{course}"
    await school.hears(ROOKIE, f"!k:course:show:{course}")
    assert [payload for _, payload in school.buttons(ROOKIE)][:2] == [survivors, go]
    await school.hears(ROOKIE, f"!{go}", f"!k:course:show:{course}")
    assert school.buttons(ROOKIE)[0][1] == survivors, "a card that is open is not done"
    await school.hears(ROOKIE, f"!{go}")
    await school.answers(ROOKIE)
    await school.hears(ROOKIE, f"!k:course:show:{course}")
    assert [payload for _, payload in school.buttons(ROOKIE)][:2] == [go, survivors]


async def test_a_course_that_was_left_goes_on_where_it_was_and_the_time_away_is_no_time_of_learning(
    school: School,
) -> None:
    await school.opened()
    await school.hears(ROOKIE, GO)
    await school.answers(ROOKIE)
    await school.hears(ROOKIE, GO)
    school.clock.now += 3 * 3600
    await school.hears(ROOKIE, "continue the course")
    await school.hears(ROOKIE, f"!{school.payload(ROOKIE, 'Go on')}")
    school.clock.now += 20
    await school.answers(ROOKIE)
    rows = [row for row in await school.rows(question) if row.kind == "course"]
    assert len(rows) == 2
    assert rows[1].seconds == pytest.approx(20, abs=1)


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_a_completion_is_written_once_with_what_a_commission_asks_for(school: School, lang: str) -> None:
    place = await school.opened(lang=lang)
    said = await whole_course(school)
    assert any(CREDIT[lang] in one for one in said)
    await school.hears(ROOKIE, "/course")
    await school.hears(ROOKIE, GO)
    (one,) = await kept(school, place)
    what, deck = one.what, school.training.rooms.deck
    assert (what.officer_id, what.course) == ("E-1", BASIC)
    assert what.course_version == deck.course_version(BASIC)
    assert (what.first_day, what.last_day) == ("2026-06-01", "2026-06-01")
    assert what.minutes == pytest.approx(len(deck.of_course(BASIC)) * 30 / 60, abs=1)
    assert what.result == "completed"
    assert what.score == pytest.approx(1 - 1 / len(deck.of_course(BASIC)), abs=0.001)
    assert await school.database.read(school.training.rooms.completions.verify) == []


async def test_a_phone_left_on_the_table_is_no_training(school: School) -> None:
    """Minutes are observed and capped: three for each card at most."""
    place = await school.opened()
    await whole_course(school, seconds=4000)
    (one,) = await kept(school, place)
    assert one.what.minutes == 3 * len(school.training.rooms.deck.of_course(BASIC))


async def test_without_a_number_no_completion_is_written_until_it_is_given(school: School) -> None:
    place = await school.opened()
    await without_id(school)
    (asked,) = await school.hears(ROOKIE, "/course")
    assert "the ID that your department uses for you" in asked
    (wrong,) = await school.hears(ROOKIE, "What is debt bondage?")
    assert "does not look like an ID" in wrong
    assert (await school.member_of(ROOKIE)).officer_id is None
    await school.hears(ROOKIE, "!k:course:show")
    await whole_course(school)
    assert await kept(school, place) == []
    (said,) = await school.hears(ROOKIE, "!k:course:show")
    assert "once I have the ID" in said
    await school.hears(ROOKIE, "!k:id")
    said_then = await school.hears(ROOKIE, "E-77")
    assert said_then[0] == "Your ID: E-77"
    assert [one.what.officer_id for one in await kept(school, place)] == ["E-77"]


async def test_a_number_from_the_coordinator_writes_the_completion_at_once(school: School) -> None:
    """In the same transaction: whoever leaves before they open the course again has it all the same."""
    where = await school.opened()
    await without_id(school)
    await whole_course(school)
    assert await kept(school, where) == []
    who = await school.member_of(ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{who.id}:id", "E-77")
    (one,) = await kept(school, where)
    assert (one.member, one.what.officer_id, one.what.course) == (who.id, "E-77", BASIC)
    await school.hears(CHIEF, f"!k:officer:{who.id}:id", "E-78")
    (said,) = await school.hears(ROOKIE, "!k:course:show:basic")
    assert "Done: all" in said
    assert [one.what.officer_id for one in await kept(school, where)] == ["E-77"], "once"
    assert await school.database.read(school.training.rooms.completions.verify) == []


async def test_a_number_of_who_has_not_answered_all_writes_none(school: School) -> None:
    where = await school.opened()
    await without_id(school)
    await school.hears(ROOKIE, GO)
    await school.answers(ROOKIE)
    who = await school.member_of(ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{who.id}:id", "E-77")
    assert await kept(school, where) == []


async def test_a_number_that_was_written_stands_in_no_row_in_clear(school: School) -> None:
    await school.opened()
    await without_id(school)
    await school.hears(ROOKIE, "/course")
    said = await school.hears(ROOKIE, "ZEBRA-4711")
    assert said[0] == "Your ID: ZEBRA-4711"
    files = [path for path in Path(school.home).rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if b"ZEBRA-4711" in path.read_bytes()] == []


async def test_who_comes_to_another_department_is_on_its_list_as_well(school: School) -> None:
    await school.opened()
    await whole_course(school)
    who, people = await school.member_of(ROOKIE), school.training.rooms.people

    def moved(c: Connection) -> str:
        name = people.add_department(c, "Sample Sheriff", ZONE, "en", school.clock())
        people.join(c, who.chat, name, None, "officer", "en", school.clock())
        return name

    place = await school.database.write(moved)
    assert await kept(school, place) == []
    await school.hears(ROOKIE, "/course")
    assert [one.what.first_day for one in await kept(school, place)] == ["2026-06-01"]


# -- before anything is taught -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "end"), [("en", "That was only to see where you begin"), ("es", "Era solo para ver dónde empieza")]
)
async def test_six_questions_explain_nothing_teach_nothing_and_end_with_a_date(
    school: School, lang: str, end: str
) -> None:
    await school.opened(lang=lang)
    said = (await school.hears(ROOKIE, "!k:pretest"))[1:]
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


@pytest.mark.parametrize(("lang", "go_on"), [("en", "Go on"), ("es", "Seguir")])
async def test_a_second_tap_on_one_of_the_six_goes_on_with_them(school: School, lang: str, go_on: str) -> None:
    await school.opened(lang=lang)
    await school.hears(ROOKIE, "!k:pretest")
    tap = next(payload for _, payload in school.buttons(ROOKIE) if payload.startswith("k:a:"))
    await school.hears(ROOKIE, f"!{tap}", f"!{tap}")
    assert school.buttons(ROOKIE) == [(go_on, "k:pretest")]
    (said,) = await school.hears(ROOKIE, f"!{school.payload(ROOKIE, go_on)}")
    assert "2 " in said.partition("\n")[0]


async def test_r23_six_questions_that_were_begun_go_with_the_answers(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:pretest")
    await school.answers(ROOKIE)
    await school.hears(ROOKIE, "!k:erase_mine:yes")
    assert await school.rows(question) == []
    assert (await school.hears(ROOKIE, "!k:pretest"))[-1].startswith("Question 1 of 6")


async def test_who_has_begun_is_not_asked_where_they_begin(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:quiz")
    await school.answers(ROOKIE)
    assert "you have begun already" in (await school.hears(ROOKIE, "!k:pretest"))[0]


async def test_another_officers_course_is_not_shown_and_not_answered(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, GO)
    tap = school.buttons(ROOKIE)[0][1]
    assert await school.hears(CHIEF, f"!{tap}") == ["That button is old and no longer works."]
    assert [row.answered_at for row in await school.rows(question)] == [None]
    assert await school.rows(completion) == []
