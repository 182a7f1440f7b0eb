"""What is held about an officer: to read, to take along, to erase; and leaving."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select, update

from bot.store import training_schema
from bot.store.training_completions import Completion
from bot.store.training_plan import SKIPPED
from bot.store.training_schema import batch, department, joining, member, memory, occurrence, question
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, at
from tests.training.school import CHIEF, PARTNER, ROOKIE, School

TUESDAY = at("2026-06-02T15:00")


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def answered(school: School, *right: bool) -> None:
    for one in right:
        await school.hears(ROOKIE, "!k:quiz")
        school.clock.now += 20
        await school.answers(ROOKIE, right=one)


async def test_a_score_is_ones_own_and_ranks_nobody(school: School) -> None:
    await school.opened()
    await answered(school, True, False, True)
    await school.hears(CHIEF, "!k:quiz")
    await school.answers(CHIEF)
    (said,) = await school.hears(ROOKIE, "my score")
    assert said.startswith("Answered: 3, right: 2\nCards in memory: 3\n")
    assert "Next: Tuesday, June 2, 10:00 a.m." in said


def predicted(said: str) -> int:
    return int(said.partition("you would get about ")[2].partition("%")[0])


async def test_a_score_falls_with_what_is_forgotten(school: School) -> None:
    await school.opened()
    await answered(school, True)
    before = predicted((await school.hears(ROOKIE, "/score"))[0])
    school.clock.now += 30 * 86400
    assert predicted((await school.hears(ROOKIE, "/score"))[0]) < before


async def test_a_wrong_answer_is_no_full_score(school: School) -> None:
    """Everything is remembered in the moment after it was read: what counts is what is left in a week."""
    await school.opened()
    await answered(school, False)
    wrong = predicted((await school.hears(ROOKIE, "/score"))[0])
    await school.hears(ROOKIE, "!k:erase_mine:yes")
    await answered(school, True)
    right = predicted((await school.hears(ROOKIE, "/score"))[0])
    assert wrong + 10 < right < 100


@pytest.mark.parametrize(
    ("lang", "word", "start"),
    [("en", "my score", "No card answered yet"), ("es", "mis puntos", "Todavía no hay")],
)
async def test_before_the_first_card_there_is_nothing_to_count(
    school: School, lang: str, word: str, start: str
) -> None:
    await school.opened(lang=lang)
    assert (await school.hears(ROOKIE, word))[0].startswith(start)


@pytest.mark.parametrize(("lang", "word", "line"), [("en", "my data", "ID: E-1"), ("es", "mis datos", "Número: E-1")])
async def test_all_that_is_held_is_said_in_plain_lines(school: School, lang: str, word: str, line: str) -> None:
    await school.opened(lang=lang)
    await answered(school, True)
    (said,) = await school.hears(ROOKIE, word)
    assert line in said.splitlines()
    assert "Example Police" in said


async def test_the_written_retention_of_the_department_is_said(school: School) -> None:
    await school.opened()
    assert "kept with no end date" in (await school.hears(ROOKIE, "/mydata"))[0]
    for days, said in ((3 * 365, "3 years"), (365, "1 year"), (180, "180 days"), (400, "400 days"), (1, "1 day")):
        await school.database.write(lambda c, days=days: c.execute(update(department).values(keep_days=days)))
        shown = (await school.hears(ROOKIE, "/mydata"))[0]
        assert f"kept {said}\n" in shown


async def test_a_file_holds_everything_of_ones_own_and_nothing_of_others(school: School) -> None:
    await school.opened()
    await answered(school, True, False)
    await school.hears(CHIEF, "!k:quiz")
    await school.answers(CHIEF)
    await school.hears(ROOKIE, "!k:export_mine")
    file = school.phones.sent[-1].file
    assert file is not None
    body = json.loads(file.data)
    assert (body["officer_id"], body["member"]["role"], body["department"]) == ("E-1", "officer", "Example Police")
    assert [row["right"] for row in body["answers"]] == [1, 0]
    assert len(body["memory"]) == 2
    assert body["completions"] == []


async def test_answers_and_memory_go_with_a_second_tap_and_not_before(school: School) -> None:
    await school.opened()
    await answered(school, True)
    await school.hears(ROOKIE, "!k:erase_mine")
    assert len(await school.rows(memory)) == 1
    (said,) = await school.hears(ROOKIE, "!k:erase_mine:yes")
    assert said.startswith("Erased")
    assert await school.rows(memory) == []
    assert [row for row in await school.rows(question) if row.answered_at is not None] == []


async def test_what_was_open_when_all_was_erased_is_no_silence(school: School) -> None:
    await school.opened()
    school.clock.now = TUESDAY
    await school.goes_on()
    await school.hears(ROOKIE, "!k:erase_mine:yes")
    school.clock.now += 3 * 3600
    await school.goes_on()
    school.clock.now += 2 * 86400
    await school.goes_on()
    rookie = await school.member_of(ROOKIE)
    mine = [row for row in await school.rows(occurrence) if row.member == rookie.id and row.day == "2026-06-02"]
    assert [row.state for row in mine] == [SKIPPED]
    assert rookie.silences == 0


async def test_who_leaves_is_a_guest_again_and_hears_so(school: School) -> None:
    await school.opened()
    before = (await school.member_of(ROOKIE)).id
    (asked,) = await school.hears(ROOKIE, "!k:leave")
    assert asked.startswith("Leave the department?")
    assert (await school.member_of(ROOKIE)) is not None
    (said,) = await school.hears(ROOKIE, "!k:leave:yes")
    assert said.startswith("Done: this chat has left.")
    assert (await school.member_of(ROOKIE)) is None
    gone = next(row for row in await school.rows(member) if row.id == before)
    assert gone.left_at is not None
    school.clock.now = TUESDAY
    shown = len(school.phones.texts(ROOKIE))
    await school.goes_on()
    assert len(school.phones.texts(ROOKIE)) == shown


async def test_the_last_coordinator_does_not_leave_a_department_alone(school: School) -> None:
    await school.opened()
    assert "needs a coordinator" in (await school.hears(CHIEF, "!k:leave:yes"))[0]
    assert (await school.member_of(CHIEF)) is not None


async def test_r6_stop_pauses_and_offers_to_clear_the_screen(school: School) -> None:
    """R6: nothing comes until they ask for it."""
    await school.opened()
    await school.hears(ROOKIE, "/stop")
    assert ("Clear this chat", "c:exit") in school.buttons(ROOKIE)
    assert (await school.member_of(ROOKIE)).paused_at is not None
    shown = len(school.phones.texts(ROOKIE))
    school.clock.now = TUESDAY
    await school.goes_on()
    assert len(school.phones.texts(ROOKIE)) == shown


async def test_r6_who_cleared_the_screen_gets_nothing(school: School) -> None:
    """R6."""
    await school.opened()
    await school.hears(ROOKIE, "/exit")
    shown = len(school.phones.texts(ROOKIE))
    school.clock.now = TUESDAY
    await school.goes_on()
    assert len(school.phones.texts(ROOKIE)) == shown
    assert (await school.member_of(ROOKIE)).paused_at is not None


@pytest.mark.parametrize(
    "payload",
    ["k:a:²:0", "k:a:99999999999999999999:0", "k:a:1:²", "k:next:²", "k:a:-1:0", "k:off_duty:00600", "k:snooze:1"],
)
async def test_a_payload_that_somebody_made_up_is_an_old_button(school: School, payload: str) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:quiz")
    assert await school.hears(ROOKIE, f"!{payload}") == ["That button is old and no longer works."]


async def test_the_first_of_two_taps_counts(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:quiz")
    await school.answers(ROOKIE, right=False)
    row = (await school.rows(question))[0]
    said = await school.hears(ROOKIE, f"!k:a:{row.id}:{(row.chosen + 1) % 3}")
    assert said == ["You answered that one already. The first answer counts."]
    assert [(r.chosen, r.right) for r in await school.rows(question)] == [(row.chosen, 0)]


@pytest.mark.parametrize(
    ("lang", "score", "mine", "listed"),
    [("en", "Only you see this.", "not your answers", "turned on a list by officer"),
     ("es", "Solo usted ve esto.", "no sus respuestas", "activó una lista por agente")],
)  # fmt: skip
async def test_where_the_list_by_officer_is_on_an_officer_is_told_so(
    school: School, lang: str, score: str, mine: str, listed: str
) -> None:
    await school.opened(lang=lang)
    await answered(school, True)
    shown = [(await school.hears(ROOKIE, wish))[-1] for wish in ("!k:score", "!k:mine")]
    assert score in shown[0]
    assert mine in shown[1]
    assert not any(listed in one for one in shown)
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    shown = [(await school.hears(ROOKIE, wish))[-1] for wish in ("!k:score", "!k:mine")]
    assert all(listed in one for one in shown)
    assert score not in shown[0]
    assert mine not in shown[1]


KEPT_AS = {
    "member": "member", "occurrence": "refreshers", "question": "answers", "memory": "memory", "completion": "completions",
    "batch": "new_phones", "joining": "join_requests", "training_draft": "being_asked",
}  # fmt: skip
"""Under which name the file says what a table of refreshers keeps about somebody."""


def of_somebody() -> dict[str, set[str]]:
    """Columns of each table that keeps something about a member or a chat, but what is hashed, sealed or the row's number."""
    own = [table for table in vars(training_schema).values() if isinstance(table, Table)]
    about = [table for table in own if table.name == "member" or {"member", "chat"} & set(table.c.keys())]
    unsaid = {"chat", "member", "code", "batch", "officer_id", "planned_to"}
    return {table.name: set(table.c.keys()) - unsaid for table in about}


async def file_of(school: School, phone: int) -> dict[str, Any]:
    await school.hears(phone, "!k:export_mine")
    shown = school.phones.sent[-1]
    assert shown.chat == phone
    assert shown.file is not None
    found: dict[str, Any] = json.loads(shown.file.data)
    return found


async def full(school: School) -> None:
    """Something of the rookie's in every table."""
    place, rooms = await school.opened(), school.training.rooms
    await answered(school, True)
    school.clock.now = TUESDAY
    await school.goes_on()
    rookie, name = await school.member_of(ROOKIE), school.chats.hash("telegram", str(ROOKIE))
    done = Completion("E-1", "basic", "v", "training", 3, "2026-06-01", "2026-06-02", "Example Police", "completed")

    def rest(c: Connection) -> None:
        now = school.clock()
        unit = rooms.people.add_unit(c, place, "Night watch")
        rooms.people.move(c, rookie.id, unit, now)
        rooms.completions.add(c, place, rookie.id, done, now)
        rooms.people.make_batch(c, place, None, 1, now + 9, member_id=rookie.id)
        code = rooms.people.make_batch(c, place, unit, 5, now + 9)
        hashed = select(batch.c.code).where(batch.c.unit == unit).scalar_subquery()
        c.execute(joining.insert().values(batch=hashed, chat=name, lang="en", asked_at=now, decided_at=now, accepted=1))
        rooms.drafts.put(c, name, {"clerk": "own_time", "step": "hours", "codes": [code]}, now)

    await school.database.write(rest)


async def test_r23_every_table_that_keeps_something_about_an_officer_is_in_their_file(school: School) -> None:
    """A table or a column that comes to the schema and not to the file fails here."""
    await full(school)
    body = await file_of(school, ROOKIE)
    for table, columns in of_somebody().items():
        kept = body[KEPT_AS[table]]
        assert kept, table
        if table in ("completion", "training_draft"):  # sealed: what they say is there, not their columns
            continue
        one = kept if isinstance(kept, dict) else kept[0]
        assert columns <= set(one), table
    assert body["unit"] == "Night watch"
    assert body["join_requests"][0]["department"] == "Example Police"
    assert body["completions"][0]["course"] == "basic"
    assert body["being_asked"] == {"clerk": "own_time", "step": "hours"}


async def test_the_file_says_what_was_sent_what_was_left_out_and_why(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:pause")
    school.clock.now = TUESDAY
    await school.goes_on()
    rows = (await file_of(school, ROOKIE))["refreshers"]
    assert ("skipped", "paused") in {(row["state"], row["reason"]) for row in rows}


@pytest.mark.parametrize(("lang", "word"), [("en", "30 days after you left"), ("es", "30 días de salir")])
async def test_who_has_left_takes_it_along_for_as_long_as_they_can_erase_it(
    school: School, lang: str, word: str
) -> None:
    await school.opened(lang=lang)
    await answered(school, True)
    await school.hears(ROOKIE, "!k:leave:yes")
    assert "k:export_mine" in [payload for _, payload in school.buttons(ROOKIE)]
    body = await file_of(school, ROOKIE)
    assert word in school.phones.texts(ROOKIE)[-1]
    assert "member" not in body
    assert [row["right"] for row in body["left"][0]["answers"]] == [1]
    assert body["left"][0]["officer_id"] == "E-1"
    await school.hears(ROOKIE, "/erase")
    files = [shown for shown in school.phones.sent if shown.file is not None]
    await school.hears(ROOKIE, "!k:export_mine")
    assert [shown for shown in school.phones.sent if shown.file is not None] == files


async def test_a_guest_who_was_never_a_member_gets_no_file(school: School) -> None:
    await school.opened()
    await school.person(PARTNER, role="guest")
    await school.hears(PARTNER, "!k:export_mine")
    assert [shown for shown in school.phones.sent if shown.file is not None] == []
    for other in ("!k:mine", "!k:export:csv", "!k:quiz"):
        await school.hears(PARTNER, other)
    assert [shown for shown in school.phones.sent if shown.file is not None] == []
