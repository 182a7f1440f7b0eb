"""Nobody sees an officer's single answers, and what officers read of it is what holds: also of a file that their department takes along, and also
once the department shows persons."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.store.training_schema import department, question
from tests.store.virtual import VirtualClock
from tests.training import xapi_rules
from tests.training.making import MONDAY
from tests.training.school import CHIEF, PARTNER, ROOKIE, School
from tests.training.test_seeing import answered
from tests.training.test_taking_along import LENGTH, export

HOUR, DAY = 3600.0, 86400.0


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def answers(school: School, first: int, last: int, kind: str = "course") -> None:
    """These cards of the basic course by the rookie, now."""
    who = (await school.member_of(ROOKIE)).id
    now = school.clock()
    await school.database.write(lambda c: answered(c, school, who, kind, True, now, slice(first, last)))
    school.clock.now += HOUR


async def completes(school: School) -> None:
    """The last card, tapped."""
    await school.hears(ROOKIE, "!k:course:next:basic")
    await school.answers(ROOKIE)
    school.clock.now += HOUR


async def statements(school: School) -> list[dict[str, Any]]:
    """Of the department's export. Each holds to the rules, alone and in its session."""
    found: list[dict[str, Any]] = json.loads(await export(school, "xapi"))
    assert [wrong for one in found for wrong in xapi_rules.check(one)] == []
    assert xapi_rules.session(found) == []
    return found


def verbs(found: list[dict[str, Any]]) -> list[str]:
    return [one["verb"]["id"].rpartition("/")[2] for one in found]


async def test_the_departments_export_holds_no_single_answer(school: School) -> None:
    await school.opened()
    await answers(school, 0, LENGTH - 1)
    await completes(school)
    found = await statements(school)
    assert verbs(found) == ["initialized", "completed", "terminated"]
    for word in ("response", "success", "correctResponsesPattern", "/cards/"):
        assert word not in json.dumps(found), word
    assert "no single answers" in school.phones.texts(CHIEF)[-1]


async def test_where_persons_are_shown_it_holds_what_was_answered_since_and_says_so(school: School) -> None:
    """What was answered under the promise stays under it."""
    await school.opened()
    await answers(school, 0, 10)
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    await answers(school, 10, LENGTH - 1)
    await completes(school)
    found = await statements(school)
    assert verbs(found) == ["initialized", *["answered"] * (LENGTH - 10), "completed", "terminated"]
    asked = {one["object"]["id"].split("/cards/")[1].split("/")[0] for one in found[1:-2]}
    assert asked == {card.id for card in school.training.rooms.deck.of_course("basic")[10:]}
    assert "each answer given since your department turned on the list" in school.phones.texts(CHIEF)[-1]
    await school.hears(CHIEF, "!k:rule:ranking:0")
    assert verbs(await statements(school)) == ["initialized", "completed", "terminated"]
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    assert "answered" not in verbs(await statements(school)), "turned on anew, it counts from now on"


async def test_a_second_yes_moves_nothing(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    (before,) = await school.rows(department)
    school.clock.now += DAY
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    (after,) = await school.rows(department)
    assert before.ranking_since == pytest.approx(MONDAY, abs=60)
    assert after.ranking_since == before.ranking_since


async def test_the_six_questions_of_the_beginning_are_in_no_export(school: School) -> None:
    """Also where persons are shown: "nobody sees your answers" stands above them without an if."""
    await school.opened()
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    await school.hears(ROOKIE, "!k:pretest")
    for _ in range(6):
        await school.answers(ROOKIE, right=False)
    school.clock.now += HOUR
    begun = school.clock()
    await answers(school, 0, LENGTH - 1)
    await completes(school)
    found = await statements(school)
    assert verbs(found) == ["initialized", *["answered"] * LENGTH, "completed", "terminated"]
    assert [one["result"]["success"] for one in found[1:-2]] == [True] * LENGTH
    assert datetime.fromisoformat(found[0]["timestamp"]).timestamp() == pytest.approx(begun, abs=0.001), (
        "nor their time"
    )
    assert sum(row.kind == "pretest" for row in await school.rows(question)) == 6


async def test_an_officers_own_file_holds_all_of_their_answers(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:pretest")
    await school.answers(ROOKIE, right=False)
    await answers(school, 0, 3)
    await school.hears(ROOKIE, "!k:export_mine")
    file = school.phones.sent[-1].file
    assert file is not None
    mine = [row for row in json.loads(file.data)["answers"] if row["answered_at"] is not None]
    assert [row["kind"] for row in mine] == ["pretest", "course", "course", "course"]


# -- what officers read of it ------------------------------------------------------------------------------------------------------

PROMISE = {"en": "Nobody sees your single answers", "es": "Nadie ve sus respuestas una por una"}
LISTED = {"en": "turned on a list by officer", "es": "activó una lista por agente"}
EXPORTED = {
    "en": "each answer that you gave since June 1, 2026",
    "es": "cada respuesta que dio desde el 1 de junio de 2026",
}
SIX = {"en": "never those to the six questions", "es": "nunca las de las seis preguntas"}


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("times", [True, False])
async def test_whoever_joins_reads_what_holds_then(school: School, lang: str, times: bool) -> None:
    place = await school.opened(lang=lang)
    if not times:
        await school.hears(CHIEF, "!k:set:active:0:")

    async def welcome(phone: int) -> str:
        await school.person(phone, role="guest", greeted=1, heard=lang)
        people = school.training.rooms.people
        code = await school.database.write(
            lambda c: people.make_batch(c, place, None, 1, school.clock() + DAY, tap=False)
        )
        return (await school.hears(phone, f"/start {code}"))[-1]

    said = await welcome(PARTNER)
    assert PROMISE[lang] in said
    assert LISTED[lang] not in said
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    said = await welcome(PARTNER + 1)
    assert LISTED[lang] in said
    assert PROMISE[lang] not in said


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_my_data_says_since_when_and_what_may_leave(school: School, lang: str) -> None:
    await school.opened(lang=lang)
    (said,) = await school.hears(ROOKIE, "!k:mine")
    assert EXPORTED[lang] not in said
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    school.clock.now += 40 * DAY
    (said,) = await school.hears(ROOKIE, "!k:mine")
    assert EXPORTED[lang] in said
    assert SIX[lang] in said


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "each answer given from now on"), ("es", "cada respuesta dada de ahora")]
)
async def test_whoever_turns_it_on_reads_first_what_that_gives_away(school: School, lang: str, word: str) -> None:
    await school.opened(lang=lang)
    (said,) = await school.hears(CHIEF, "!k:rule:ranking:1")
    assert word in said
