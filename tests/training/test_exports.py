"""From an officer's taps to a completion, a roster that opens elsewhere and statements that validate; what a department knows."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection, func, select

from bot.store import training_after, training_answers
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.training_completions import Completion, Completions
from bot.store.training_links import Links
from bot.store.training_schema import completion, member, memory, occurrence, question
from bot.training.exports import completion as completed
from bot.training.exports import roster_lines, way
from bot.training.model import Pick
from bot.training.planner import Planner, question_row
from bot.training.progress import Standing, by_topic, by_unit, fades_next
from bot.training.records import roster_csv, roster_xlsx
from bot.training.xapi import statements
from tests.training.making import CARDS, MONDAY, SALT, ZONE, one_department
from tests.training.xapi_rules import check, session

pytestmark = pytest.mark.store
DAY = 86400.0
COURSE = [card.id for card in CARDS[:4]]
HOME, BASE = "https://police.example.org", "https://x.example.org"


@pytest.fixture
def people(keys: KeyRing) -> Links:
    return Links(keys)


def take(c: Connection, who: int, wrong: int, at: float, seconds: float = 50.0) -> None:
    """An officer goes through the course; the first `wrong` answers are wrong."""
    for number, card in enumerate(CARDS[:4]):
        asked = at + number * 100
        (row,) = training_answers.ask(c, [question_row(who, None, Pick(card, 0, "quiz", None))], asked)
        training_answers.answer(c, row, 1, number >= wrong, asked + seconds, SALT)


async def test_a_course_from_taps_to_files(database: Database, keys: KeyRing, people: Links) -> None:
    log = Completions(keys)

    def steps(c: Connection) -> tuple[list[Any], list[Any]]:
        where = one_department(c, people, 3, MONDAY)
        found = []
        for who, wrong in ((1, 0), (2, 3)):
            people.set_officer_id(c, who, f"00{who}")
            take(c, who, wrong, MONDAY)
            rows = training_answers.answered(c, who, COURSE)
            done = completed(rows, f"00{who}", "basic", "3", "in-service", "Example Instructor", ZONE, COURSE)
            assert done is not None
            assert (done.minutes, done.first_day) == (3, "2026-06-01")
            log.add(c, where, who, done, MONDAY + DAY)
        assert completed([], "003", "basic", "3", "x", "y", ZONE, COURSE) is None
        kept = log.of_department(c, where)
        for one in kept:
            made = way(c, one, 0.0, "Example", "en", COURSE, HOME, BASE, shown_since=0.0)
            assert made is not None
            found.append(statements(made))
        nobody = replace(kept[0], member=3)
        assert way(c, nobody, 0.0, "Example", "en", COURSE, HOME, BASE) is None
        return roster_lines(kept, lambda name: f"Example ({name})"), found

    lines, ways = await database.write(steps)
    assert await database.read(log.verify) == []
    rows = list(csv.DictReader(io.StringIO(roster_csv(lines).decode("utf-8-sig"))))
    assert [(r["officer_id"], r["course"], r["minutes"], r["dates"], r["result"]) for r in rows] == [
        ("001", "Example (basic)", "3", "2026-06-01", "completed"), ("002", "Example (basic)", "3", "2026-06-01", "completed")
    ]  # fmt: skip
    sheet = load_workbook(io.BytesIO(roster_xlsx(lines))).active
    assert [cell.value for cell in sheet["A"]] == ["officer_id", "001", "002"]
    for found in ways:
        assert [check(s) for s in found] == [[]] * len(found)
        assert session(found) == []
    assert [s["verb"]["id"].rpartition("/")[2] for s in ways[1]][-2:] == ["completed", "terminated"]
    assert [s["result"]["duration"] for s in ways[1][-2:]] == ["PT200.00S"] * 2, (
        "four cards of 50 s, in 350 s on the clock"
    )


async def test_the_time_of_a_way_is_that_of_the_roster_capped_for_each_item(
    database: Database, keys: KeyRing, people: Links
) -> None:
    """One card lay on the table for an hour."""
    log = Completions(keys)

    def steps(c: Connection) -> tuple[Completion, list[dict[str, Any]]]:
        where = one_department(c, people, 1, MONDAY)
        for n, seconds in enumerate((50.0, 3600.0, 50.0, 50.0)):
            asked = MONDAY + n * 4000
            (row,) = training_answers.ask(c, [question_row(1, None, Pick(CARDS[n], 0, "quiz", None))], asked)
            training_answers.answer(c, row, 1, True, asked + seconds, SALT)
        rows = training_answers.answered(c, 1, COURSE)
        done = completed(rows, "001", "basic", "3", "x", "y", ZONE, COURSE)
        assert done is not None
        log.add(c, where, 1, done, MONDAY + DAY)
        made = way(c, log.of_department(c, where)[0], 0.0, "Example", "en", COURSE, HOME, BASE, shown_since=0.0)
        assert made is not None
        return done, statements(made)

    done, found = await database.write(steps)
    times = [float(s["result"]["duration"][2:-1]) for s in found[1:]]
    assert times == [50.0, 180.0, 50.0, 50.0, 330.0, 330.0]
    assert done.minutes == 330 // 60


async def test_a_course_with_a_card_missing_is_not_done_and_the_last_answer_counts(
    database: Database, people: Links
) -> None:
    await database.write(lambda c: one_department(c, people, 1, MONDAY))

    def steps(c: Connection) -> None:
        take(c, 1, 4, MONDAY, seconds=9999.0)
        rows = training_answers.answered(c, 1, COURSE)
        assert completed(rows, "1", "b", "1", "x", "y", ZONE, [*COURSE, "card-099"]) is None
        take(c, 1, 0, MONDAY + 5 * DAY)
        done = completed(training_answers.answered(c, 1, COURSE), "1", "b", "1", "x", "y", ZONE, COURSE)
        assert done is not None
        assert (done.result, done.score, done.last_day) == ("completed", 1.0, "2026-06-06")
        assert done.minutes == 4 * 3 + 3, "capped for each item"

    await database.write(steps)


async def test_what_a_department_knows_hides_the_few_and_names_what_fades(database: Database, people: Links) -> None:
    def steps(c: Connection) -> tuple[Any, ...]:
        where = one_department(c, people, 7, MONDAY)
        few = people.add_unit(c, where, "Example watch")
        for who in range(1, 8):
            take(c, who, 1, MONDAY)
            if who < 4:
                people.move(c, who, few, MONDAY)
        return training_answers.known_in(c, where), few

    known, few = await database.write(steps)
    units = by_unit(known, MONDAY + DAY)
    assert units[few] == Standing(3, None, None)
    assert units[""] == Standing(4, None, None)
    four = by_unit(known, MONDAY + DAY, fewest=4)
    assert four[few].now is None
    assert four[""].now is None, "the three would be known by taking the four from all"
    assert by_unit(known, MONDAY + DAY, fewest=3)[few].now is not None
    topics = by_topic(known, CARDS, MONDAY + DAY)
    assert set(topics) == {card.topic for card in CARDS[:4]}
    assert fades_next(topics)[0] == CARDS[0].topic, "the one that all had wrong"
    for standing in topics.values():
        assert standing.now is not None
        assert standing.soon is not None
        assert 0 < standing.soon < standing.now < 1


async def test_an_officer_who_left_is_gone_after_a_month_and_completions_stay(
    database: Database, keys: KeyRing, people: Links
) -> None:
    log = Completions(keys)

    def steps(c: Connection) -> None:
        where = one_department(c, people, 2, MONDAY)
        take(c, 1, 0, MONDAY)
        done = completed(training_answers.answered(c, 1, COURSE), "007", "basic", "3", "x", "y", ZONE, COURSE)
        assert done is not None
        log.add(c, where, 1, done, MONDAY)
        people.leave(c, 1, MONDAY)
        assert people.purge_left(c, MONDAY + 29 * DAY) == 0
        assert people.purge_left(c, MONDAY + 31 * DAY) == 1
        assert [row.id for row in c.execute(select(member))] == [2]
        for table in (question, memory):
            assert c.scalar(select(func.count()).select_from(table)) == 0
        assert c.scalar(select(func.count()).select_from(completion)) == 1

    await database.write(steps)
    assert await database.read(log.verify) == []


async def test_old_occurrences_go_and_answers_stay(database: Database, people: Links) -> None:
    await database.write(lambda c: one_department(c, people, 2, MONDAY))
    await Planner(database, CARDS).tick(MONDAY + DAY + 3 * 3600)

    def steps(c: Connection) -> None:
        training_after.asked(c, 1, MONDAY + DAY)
        assert training_after.purge(c, MONDAY + 300 * DAY) == 0
        assert training_after.purge(c, MONDAY + 500 * DAY) == 1, "what is queued still is settled first"
        assert c.scalar(select(func.count()).select_from(occurrence)) == 1
        assert c.scalar(select(func.count()).select_from(question)) == 4

    await database.write(steps)


@pytest.mark.parametrize("wrong", ["", "x" * 41, "a\nb", "\x00"])
async def test_an_id_that_is_none_is_refused(database: Database, people: Links, wrong: str) -> None:
    where = await database.write(lambda c: one_department(c, people, 1, MONDAY))
    code = await database.write(lambda c: people.make_batch(c, where, None, 1, MONDAY + DAY))
    for work in (
        lambda c: people.set_officer_id(c, 1, wrong),
        lambda c: people.ask_to_join(c, code, "chat", "en", MONDAY, wrong),
    ):
        with pytest.raises(ValueError, match="can be printed"):
            await database.write(work)
