"""Completions: every way of tampering is found, retention takes away what they say and leaves the chain whole, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import OperationalError

from bot import cli
from bot.store.audit import Audit
from bot.store.database import Database
from bot.store.holdings import Holding, holdings
from bot.store.keys import KeyRing
from bot.store.rotation import Rotation
from bot.store.schema import audit
from bot.store.training_completions import Completion, Completions
from bot.store.training_people import People
from bot.store.training_schema import completion, completion_head, department
from tests.training.making import one_department

pytestmark = pytest.mark.store
DAY = 86400.0
MONTHS = [datetime(2026, month, 10, 12, tzinfo=UTC).timestamp() for month in (1, 2, 3)]
ONE = Completion(
    "badge-canary", "basic", "3", "in-service", 42, "2026-01-05", "2026-01-10", "Example Instructor", "passed", 0.9
)


@pytest.fixture
def log(keys: KeyRing) -> Completions:
    return Completions(keys)


async def _fill(database: Database, keys: KeyRing, log: Completions) -> str:
    """Two completions in each of three months."""
    where = await database.write(lambda c: one_department(c, People(keys), 3, MONTHS[0]))
    for month in MONTHS:
        for who in (1, 2):
            what = replace(ONE, officer_id=f"badge-canary-{who}")
            await database.write(lambda c, who=who, what=what, month=month: log.add(c, where, who, what, month + who))
    return where


async def _do(database: Database, *statements: Any) -> None:
    with database._engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


async def test_r61_an_untouched_list_is_whole_sealed_and_comes_back(
    database: Database, keys: KeyRing, log: Completions
) -> None:
    assert await database.read(log.verify) == []
    where = await _fill(database, keys, log)
    assert await database.read(log.verify) == []
    rows = await database.read(lambda c: c.execute(select(completion)).all())
    assert "canary" not in repr(rows)
    kept = await database.read(lambda c: log.of_department(c, where))
    assert [(k.seq, k.member, k.what.officer_id) for k in kept] == [
        (n, 2 - n % 2, f"badge-canary-{2 - n % 2}") for n in range(1, 7)
    ]
    assert [k.seq for k in await database.read(lambda c: log.of_member(c, 2))] == [2, 4, 6]
    assert await database.read(lambda c: log.of_department(c, "f" * 32)) == []
    assert len(await database.read(lambda c: log.of_department(c, where, MONTHS[1], MONTHS[2]))) == 2


@pytest.mark.parametrize("row", [1, 3, 6])
@pytest.mark.parametrize("column", ["at", "department", "digest", "member", "body", "gone", "mac", "segment"])
async def test_r61_an_edited_row_is_found(
    database: Database, keys: KeyRing, log: Completions, row: int, column: str
) -> None:
    await _fill(database, keys, log)
    other = await database.read(
        lambda c: c.execute(select(completion).where(completion.c.seq == (4 if row == 1 else 1))).one()
    )
    value = {"at": MONTHS[0] + 0.5, "member": 3, "gone": "f" * 64, "segment": "2026-02" if row != 3 else "2026-01"}.get(
        column, getattr(other, column) if column != "department" else "f" * 32
    )
    await _do(database, update(completion).where(completion.c.seq == row).values({column: value}))
    found = await database.read(log.verify)
    assert any(f"row {row}" in problem for problem in found), found


async def test_r61_a_removed_row_a_cut_off_end_and_a_body_taken_by_hand_are_found(
    database: Database, keys: KeyRing, log: Completions
) -> None:
    await _fill(database, keys, log)
    await _do(database, update(completion).where(completion.c.seq == 2).values(body=None, member=None))
    assert await database.read(log.verify) == ["row 2: what it says was taken away by nobody who may"]
    await _do(database, delete(completion).where(completion.c.seq == 4))
    assert any("row 4: missing" in p or "ends with row 3" in p for p in await database.read(log.verify))
    await _do(database, delete(completion), delete(completion_head))
    assert any("row 6 had been written" in p for p in await database.read(log.verify))


async def test_retention_takes_away_what_rows_say_by_each_departments_own_rule(
    database: Database, keys: KeyRing, log: Completions
) -> None:
    where = await _fill(database, keys, log)
    assert await database.write(lambda c: log.purge(c, MONTHS[2] + 9999 * DAY)) == 0, (
        "no written retention, nothing goes"
    )
    await _do(database, update(department).where(department.c.id == where).values(keep_days=30))
    assert await database.write(lambda c: log.purge(c, MONTHS[2])) == 2
    assert await database.write(lambda c: log.purge(c, MONTHS[2])) == 0
    assert await database.read(log.verify) == []
    rows = {r.seq: r for r in await database.read(lambda c: c.execute(select(completion)).all())}
    assert [(rows[n].body, rows[n].member) for n in (1, 2)] == [(None, None)] * 2
    assert [k.seq for k in await database.read(lambda c: log.of_department(c, where))] == [3, 4, 5, 6]
    assert await database.write(lambda c: log.add(c, where, 1, ONE, MONTHS[2] + DAY)) == 7
    assert await database.read(log.verify) == []


async def test_a_signature_of_one_row_takes_no_other_away(database: Database, keys: KeyRing, log: Completions) -> None:
    await _fill(database, keys, log)
    await database.write(lambda c: log.take_away(c, [1]))
    gone = await database.read(lambda c: c.scalar(select(completion.c.gone).where(completion.c.seq == 1)))
    await _do(database, update(completion).where(completion.c.seq == 3).values(body=None, member=None, gone=gone))
    assert await database.read(log.verify) == ["row 3: what it says was taken away by nobody who may"]


async def test_the_staff_log_and_completions_are_two_chains(
    database: Database, keys: KeyRing, log: Completions
) -> None:
    await _fill(database, keys, log)
    staff = Audit(keys)
    await database.write(lambda c: staff.note(c, "a", "took", "r", MONTHS[0]))
    assert await database.read(lambda c: c.scalars(select(audit.c.seq)).all()) == [1]
    assert (await database.read(staff.verify), await database.read(log.verify)) == ([], [])
    assert sorted(path.name for path in keys.folder.glob("*.anchor")) == ["audit.anchor", "completion.anchor"]


async def test_r22_a_rotation_leaves_completions_readable(database: Database, keys: KeyRing, log: Completions) -> None:
    where = await _fill(database, keys, log)

    async def at_once(_: float) -> None:
        return

    await Rotation(database, keys, sleep=at_once).rotate()
    assert await database.read(log.verify) == []
    assert len(await database.read(lambda c: log.of_department(c, where))) == 6


async def test_r22_a_rotation_leaves_who_answers_for_the_training_readable(database: Database, keys: KeyRing) -> None:
    people = People(keys)

    async def at_once(_: float) -> None:
        return

    def named(c: Connection) -> str:
        where = one_department(c, people, 1, MONTHS[0])
        people.set_instructor(c, where, "Sgt. Zebra Example")
        return where

    where = await database.write(named)
    row = await database.read(lambda c: people.department(c, where))
    assert b"Zebra" not in row.instructor
    assert people.instructor(SimpleNamespace(id="f" * 32, instructor=row.instructor)) is None, "nobody else's"
    await Rotation(database, keys, sleep=at_once).rotate()
    after = await database.read(lambda c: people.department(c, where))
    assert after.instructor != row.instructor
    assert people.instructor(after) == "Sgt. Zebra Example"


async def test_r47_a_department_is_held_and_who_answers_for_it_is_not_said(database: Database, keys: KeyRing) -> None:
    people = People(keys)

    def named(c: Connection) -> list[Holding]:
        people.set_instructor(c, one_department(c, people, 1, MONTHS[0]), "Sgt. Zebra Example")
        return holdings(c, MONTHS[1])

    found = await database.write(named)
    assert Holding("department", 1, "2026-01-10", "2026-01-10") in found
    assert "Zebra" not in repr(found)


@pytest.mark.parametrize("wrong", ["", "x" * 81, "a\nb", "\x00"])
async def test_who_answers_for_the_training_is_a_line_that_can_be_printed(
    database: Database, keys: KeyRing, wrong: str
) -> None:
    where = await database.write(lambda c: one_department(c, People(keys), 1, MONTHS[0]))
    with pytest.raises(ValueError, match="can be printed"):
        await database.write(lambda c: People(keys).set_instructor(c, where, wrong))


# -- the command ---------------------------------------------------------------------------------------------------------


async def test_the_operator_is_told_whether_the_list_is_whole(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYMARK_HOME", str(tmp_path))
    monkeypatch.setenv("WAYMARK_DATABASE_URL", url)
    monkeypatch.delenv("WAYMARK_KEYS_DIR", raising=False)
    keys = KeyRing(tmp_path / "keys")
    database = Database(url)
    database.open()
    await _fill(database, keys, Completions(keys))

    async def call(*options: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli.main, ["training", "verify", *options])

    whole = await call()
    assert (whole.exit_code, whole.output) == (0, "the list of completions is whole\n")
    await _do(
        database,
        delete(completion).where(completion.c.seq > 4),
        delete(completion_head).where(completion_head.c.first_seq > 4),
    )
    cut = await call()
    assert cut.exit_code == 1
    assert "row 6 had been written" in cut.output
    await database.write(lambda c: Completions(keys).close_segments(c, MONTHS[2]))
    database.close()


async def test_r61_two_processes_that_write_at_once_leave_one_whole_list(
    database: Database, keys: KeyRing, log: Completions, many: Any
) -> None:
    where = await database.write(lambda c: one_department(c, People(keys), 2, MONTHS[0]))

    async def fill(process: Database, who: int) -> None:
        own = Completions(keys)
        for number in range(12):
            what = replace(ONE, officer_id=f"badge-{who}-{number}")
            for _ in range(50):
                try:
                    await process.write(
                        lambda c, what=what, number=number: own.add(c, where, who, what, MONTHS[0] + number)
                    )
                    break
                except OperationalError:  # the other has the lock for longer than is waited
                    await asyncio.sleep(0.02)

    await asyncio.gather(*(fill(many(), who) for who in (1, 2)))
    kept = await database.read(lambda c: log.of_department(c, where))
    assert [one.seq for one in kept] == list(range(1, 25))
    assert {one.member for one in kept} == {1, 2}
    assert await database.read(log.verify) == []
