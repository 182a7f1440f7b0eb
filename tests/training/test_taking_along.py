"""Courses end in a completion, once; rosters, course files and statements are opened by other programs than the one that wrote them."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from bot.store.training_schema import completion, question
from bot.training.records import COLUMNS
from tests.store.virtual import VirtualClock
from tests.training import xapi_rules
from tests.training.making import MONDAY
from tests.training.school import CHIEF, ROOKIE, School
from tests.training.test_seeing import answered

LENGTH = 63
"""Cards of the basic course."""


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def almost(school: School, who: int, but: int = 1) -> None:
    """All cards of the basic course but the last ones are answered."""
    row = await school.member_of(who)
    await school.database.write(
        lambda c: answered(c, school, row.id, "course", True, school.clock() - 3600, slice(0, LENGTH - but))
    )


async def test_a_course_goes_card_by_card_and_can_be_left_and_gone_on_with(school: School) -> None:
    await school.opened()
    assert "0 of 63 cards" in (await school.hears(ROOKIE, "/course"))[0]
    (first,) = await school.hears(ROOKIE, "!k:course:next:basic")
    assert first.startswith("Human trafficking: the basics, 1 of 63")
    (again,) = await school.hears(ROOKIE, "!k:course:next:basic")
    assert again == first, "what was not answered is shown again, and is no second question"
    (said,) = await school.answers(ROOKIE)
    assert said.startswith("✓ Right.")
    assert school.buttons(ROOKIE) == [("Next: 2 of 63", "k:course:next:basic")]
    assert "1 of 63 cards" in (await school.hears(ROOKIE, "basic course"))[0]


async def test_the_last_card_completes_the_course_once(school: School) -> None:
    await school.opened()
    await almost(school, ROOKIE)
    await school.hears(ROOKIE, "!k:course:next:basic")
    school.clock.now += 30
    said = await school.answers(ROOKIE)
    assert said[1].startswith("Completed: Human trafficking: the basics. Observed: ")
    assert "Your commission decides about credit; this program grants none." in said[1]
    assert len(await school.rows(completion)) == 1
    await school.hears(ROOKIE, "/course", "!k:course:next:basic")
    assert len(await school.rows(completion)) == 1


async def test_without_the_departments_id_nothing_is_completed_until_it_is_given(school: School) -> None:
    await school.opened()
    who = await school.member_of(CHIEF)
    assert who.officer_id is None
    (asked,) = await school.hears(CHIEF, "/course")
    assert asked.startswith("First, the ID")
    await almost(school, CHIEF)
    await school.hears(CHIEF, "!k:course:next:basic")
    await school.answers(CHIEF)
    assert await school.rows(completion) == []
    await school.hears(CHIEF, "!k:course:show:basic", "!k:id", "a number " * 5)
    assert await school.rows(completion) == []
    await school.hears(CHIEF, "C-9")
    assert len(await school.rows(completion)) == 1


async def export(school: School, kind: str) -> bytes:
    await school.hears(CHIEF, f"!k:export:{kind}")
    file = school.phones.sent[-1].file
    assert file is not None
    return bytes(file.data)


async def done(school: School, lang: str = "en", shown: bool = False) -> None:
    """The rookie completes the basic course; `shown`: in a department that has turned on a list by officer before."""
    await school.opened(lang=lang)
    if shown:
        await school.hears(CHIEF, "!k:rule:ranking:yes")
        school.clock.now += 2 * 3600
    await almost(school, ROOKIE)
    await school.hears(ROOKIE, "!k:course:next:basic")
    await school.answers(ROOKIE)


async def test_the_roster_is_opened_by_another_program(school: School) -> None:
    await done(school)
    table = pd.read_csv(io.BytesIO(await export(school, "csv")), dtype=str)
    assert tuple(table.columns) == COLUMNS
    assert table.to_dict("records")[0] | {"minutes": ""} == {
        "officer_id": "E-1", "course": "Human trafficking: the basics (basic)", "category": "Human trafficking", "minutes": "", "dates": "2026-06-01",
        "instructor": "Example Police", "result": "completed",
    }  # fmt: skip
    sheet = load_workbook(io.BytesIO(await export(school, "xlsx"))).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == COLUMNS
    assert rows[1][:2] == ("E-1", "Human trafficking: the basics (basic)")


async def test_statements_hold_to_the_rules_of_a_record_store(school: School) -> None:
    await done(school, shown=True)
    statements = json.loads(await export(school, "xapi"))
    assert [wrong for statement in statements for wrong in xapi_rules.check(statement)] == []
    verbs = [s["verb"]["id"].rpartition("/")[2] for s in statements]
    assert verbs == ["initialized", *["answered"] * LENGTH, "completed", "terminated"]
    assert {s["actor"]["account"]["name"] for s in statements} == {"E-1"}
    assert json.loads(await export(school, "xapi")) == statements, "a second export gives the same numbers"


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_a_statement_can_be_read_back_without_this_program(school: School, lang: str) -> None:
    """What was asked, what was chosen and what was right, in words, from the statements alone."""
    await done(school, lang, shown=True)
    await school.hears(CHIEF, "hola" if lang == "es" else "hi")
    read = [s for s in json.loads(await export(school, "xapi")) if s["verb"]["id"].endswith("answered")]
    rows, deck = [row for row in await school.rows(question) if row.answered_at is not None], school.training.rooms.deck
    assert len(read) == len(rows) == LENGTH
    for statement, row in zip(read, sorted(rows, key=lambda row: (row.answered_at, row.id)), strict=True):
        asked, card = statement["object"]["definition"], deck.card(row.card, lang)
        assert card is not None
        options = card.wordings[row.wording].options
        said = {choice["id"]: choice["description"][lang] for choice in asked["choices"]}
        assert asked["description"][lang].endswith(card.wordings[row.wording].question)
        assert said[statement["result"]["response"]] == options[row.chosen].text
        assert asked["correctResponsesPattern"] == [str(card.wordings[row.wording].right)]


async def test_words_that_changed_since_are_not_given_as_what_was_asked(school: School) -> None:
    await done(school, shown=True)
    await school.database.write(lambda c: c.execute(question.update().values(version="0123456789abcdef")))
    read = [s for s in json.loads(await export(school, "xapi")) if s["verb"]["id"].endswith("answered")]
    assert {tuple(sorted(s["object"]["definition"])) for s in read} == {("interactionType", "type")}
    assert all("/0123456789abcdef/" in s["object"]["id"] for s in read)
    assert [wrong for statement in read for wrong in xapi_rules.check(statement)] == []


async def test_statements_of_a_completion_stay_the_same_when_cards_are_answered_later(school: School) -> None:
    """A record store refuses a second statement of the same number that says something else."""
    await done(school, shown=True)
    before = json.loads(await export(school, "xapi"))
    row = await school.member_of(ROOKIE)
    later = school.clock() + 9 * 86400.0
    await school.database.write(lambda c: answered(c, school, row.id, "refresh", False, later, slice(0, 3)))
    assert json.loads(await export(school, "xapi")) == before


@pytest.mark.parametrize(
    ("lang", "title"), [("en", "Human trafficking: the basics"), ("es", "Trata de personas: lo básico")]
)
async def test_the_course_file_has_what_a_commission_reads(school: School, lang: str, title: str) -> None:
    await school.opened(lang=lang)
    await school.hears(CHIEF, "hola" if lang == "es" else "hi")
    course = json.loads(await export(school, "course:basic"))
    assert course["title"] == title
    assert len(course["items"]) == LENGTH
    for item in course["items"]:
        key = course["answer_key"][item["id"]]
        assert len(key) == len(item["wordings"]) >= 2, "in every wording in which it may be asked"
        for one, right in zip(item["wordings"], key, strict=True):
            assert one["options"][right["number"] - 1] == right["text"]
            assert len(one["explanations"]) == len(one["options"])
        assert item["sources"]
    told = {one["key"]: one for one in course["sources"]}
    assert {key for item in course["items"] for key in item["sources"]} == set(told)
    for key, one in told.items():
        source = school.library.sources[key]
        assert (one["title"], one["date"], one["address"]) == (source.title, source.date, source.address)
    assert any(one["address"] for one in told.values())


async def test_r26_nothing_of_another_department_leaves(school: School) -> None:
    await done(school)
    other = await school.person(700_000_900, role="coordinator", greeted=1, heard="en")

    def work(c: object) -> None:
        people = school.training.rooms.people
        place = people.add_department(c, "Other Example", "America/Chicago", "en", school.clock())  # type: ignore[arg-type]
        people.join(c, other, place, None, "coordinator", "en", school.clock())  # type: ignore[arg-type]

    await school.database.write(work)
    for kind in ("csv", "xlsx", "xapi"):
        (said,) = await school.hears(700_000_900, f"!k:export:{kind}")
        assert said.startswith("Nobody has completed")


async def test_an_officer_takes_nothing_of_others_along(school: School) -> None:
    await done(school)
    (said,) = await school.hears(ROOKIE, "!k:export:csv")
    assert said.startswith("Your department's training coordinator")


async def test_an_officer_reads_takes_along_and_erases_what_is_held_about_them(school: School) -> None:
    await done(school)
    (said,) = await school.hears(ROOKIE, "my data")
    assert "Answers: 63" in said
    assert "Completed courses: 1" in said
    await school.hears(ROOKIE, "!k:export_mine")
    held = json.loads(bytes(school.phones.sent[-1].file.data))
    assert held["officer_id"] == "E-1"
    assert len(held["answers"]) == LENGTH
    assert len(held["completions"]) == 1
    assert "chat" not in held["member"]
    await school.hears(ROOKIE, "!k:erase_mine")
    assert "Answers: 63" in (await school.hears(ROOKIE, "my data"))[0], "not before the second tap"
    await school.hears(ROOKIE, "!k:erase_mine:yes")
    (said,) = await school.hears(ROOKIE, "my data")
    assert "Answers: 0" in said
    assert "Completed courses: 1" in said, "these follow the department's written retention"


async def test_who_leaves_is_a_guest_again_and_gets_nothing_more(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:leave", "!k:leave:yes")
    assert await school.member_of(ROOKIE) is None
    name = school.chats.hash("telegram", str(ROOKIE))
    assert (await school.database.read(lambda c: school.chats.get(c, name))).role == "guest"
    before = len(school.phones.texts(ROOKIE))
    school.clock.now += 3 * 86400
    await school.goes_on()
    assert len(school.phones.texts(ROOKIE)) == before
    (said,) = await school.hears(CHIEF, "!k:leave:yes")
    assert said.startswith("A department needs a coordinator")


async def test_erasing_all_of_a_chat_is_no_silence(school: School) -> None:
    """`/erase` of the whole chat, as anybody has it, while a refresher is open."""
    await school.opened()
    school.clock.now = MONDAY + 27 * 3600
    await school.goes_on()
    assert school.phones.texts(ROOKIE)[-1].startswith("Refresher, 1 of 2")
    name = school.chats.hash("telegram", str(ROOKIE))
    await school.database.write(lambda c: school.training.erase(c, name, school.clock()))
    assert [row for row in await school.rows(question) if row.member == (await school.member_of(ROOKIE)).id] == []
    school.clock.now += 2 * 86400
    await school.goes_on()
    assert (await school.member_of(ROOKIE)).silences == 0
