"""Units of work: one commit for many, each for itself, bounded waiting, and nothing lost at the end."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, func, select, text
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError

from bot.store import schema
from bot.store.database import Database, StoreError, after_commit
from bot.store.schema import bucket

pytestmark = pytest.mark.store


def _add(name: str, tokens: float = 1.0) -> Any:
    def work(connection: Connection) -> str:
        connection.execute(bucket.insert().values(name=name, tokens=tokens, updated_at=0.0, paused_until=0.0))
        return name

    return work


def _names(connection: Connection) -> set[str]:
    return set(connection.scalars(select(bucket.c.name)))


class Hold:
    """Keeps the writer busy with one unit, so that what follows is one batch."""

    def __init__(self, database: Database) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.task = asyncio.ensure_future(database.write(self._wait))

    def _wait(self, _: Connection) -> None:
        self.begun.set()
        assert self.go.wait(10)

    async def __aenter__(self) -> Hold:
        await asyncio.to_thread(self.begun.wait, 10)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.go.set()
        await self.task


async def test_write_returns_what_the_work_returned_and_it_is_there(database: Database) -> None:
    assert await database.write(_add("a")) == "a"
    assert await database.read(_names) == {"a"}


async def test_many_units_cost_one_commit(database: Database) -> None:
    commits: list[int] = []
    event.listen(database._engine, "commit", lambda _: commits.append(1))
    async with Hold(database):
        units = [asyncio.ensure_future(database.write(_add(f"n{i}"))) for i in range(100)]
        await asyncio.sleep(0)
    assert len(await asyncio.gather(*units)) == 100
    assert len(commits) == 2, "the one that held, and all the others"
    assert len(await database.read(_names)) == 100


async def test_what_is_to_be_done_after_a_commit_is_done_before_anybody_hears_of_it(
    database: Database, many: Callable[[], Database]
) -> None:
    seen: list[set[str]] = []
    other = many()

    def look(connection: Connection) -> None:
        assert not connection.in_transaction()
        seen.append(other.read_now(_names))

    def work(name: str) -> Any:
        def inner(connection: Connection) -> None:
            after_commit(connection, "looking", look)
            _add(name)(connection)
            assert other.read_now(_names) == set()

        return inner

    async with Hold(database):
        units = [asyncio.ensure_future(database.write(work(name))) for name in "abc"]
        await asyncio.sleep(0)
    await asyncio.gather(*units)
    assert seen == [{"a", "b", "c"}], "once for all of a batch, and on the disk by then"
    await database.write(_add("d"))
    assert len(seen) == 1, "who does not ask for it costs nothing"


async def test_what_fails_after_a_commit_takes_nothing_back_and_stops_nobody(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fails(connection: Connection) -> None:
        connection.execute(text("select no_such_thing"))

    def work(connection: Connection) -> None:
        after_commit(connection, "failing", fails)
        after_commit(connection, "working", lambda _: done.append("it"))
        _add("a")(connection)

    await database.write(work)
    assert done == ["it"]
    assert "failing after a commit failed" in caplog.text
    await database.write(_add("b"))
    assert await database.read(_names) == {"a", "b"}


@pytest.mark.parametrize("reason", ["own", "unique", "sql"])
async def test_a_unit_that_fails_takes_no_other_with_it(database: Database, reason: str) -> None:
    def fails(connection: Connection) -> None:
        _add("half")(connection)
        if reason == "own":
            raise ZeroDivisionError
        if reason == "unique":
            _add("half")(connection)
        connection.execute(text("select * from nothing_of_that_name"))

    kinds = {"own": ZeroDivisionError, "unique": IntegrityError, "sql": DatabaseError}
    async with Hold(database):
        before = asyncio.ensure_future(database.write(_add("before")))
        bad = asyncio.ensure_future(database.write(fails))
        after = asyncio.ensure_future(database.write(_add("after")))
        await asyncio.sleep(0)
    assert await before == "before"
    with pytest.raises(kinds[reason]):
        await bad
    assert await after == "after"
    assert await database.read(_names) == {"before", "after"}


async def test_a_failure_of_the_commit_reaches_everybody_and_the_writer_goes_on(database: Database) -> None:
    broken = True

    def fail(_: Connection) -> None:
        nonlocal broken
        if broken:
            broken = False
            raise MemoryError

    event.listen(database._engine, "commit", fail)
    async with Hold(database) as hold:
        units = [asyncio.ensure_future(database.write(_add(f"n{i}"))) for i in range(3)]
        await asyncio.sleep(0)
        hold.go.set()
        with pytest.raises(MemoryError):
            await hold.task
        hold.task = asyncio.ensure_future(asyncio.sleep(0))
    done = await asyncio.gather(*units, return_exceptions=True)
    assert done == ["n0", "n1", "n2"]
    assert await database.read(_names) == {"n0", "n1", "n2"}


async def test_a_cancelled_caller_whose_unit_has_not_begun_is_left_out(database: Database) -> None:
    async with Hold(database):
        unit = asyncio.ensure_future(database.write(_add("gone")))
        await asyncio.sleep(0)
        unit.cancel()
        others = asyncio.ensure_future(database.write(_add("kept")))
        await asyncio.sleep(0)
    assert await others == "kept"
    assert unit.cancelled()
    assert await database.read(_names) == {"kept"}


async def test_a_caller_cancelled_while_their_unit_runs_harms_nobody(database: Database) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        begun.set()
        go.wait(10)
        _add("slow")(connection)

    unit = asyncio.ensure_future(database.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    unit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await unit
    go.set()
    assert await database.write(_add("next")) == "next"
    assert await database.read(_names) == {"slow", "next"}


async def test_a_time_out_of_the_caller_is_on_time_while_the_writer_is_busy(database: Database) -> None:
    async with Hold(database):
        started = time.perf_counter()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await database.write(_add("late"))
        assert time.perf_counter() - started < 5
    assert await database.read(_names) == set()


async def test_a_locked_database_is_an_error_within_bounded_time(database: Database, url: str) -> None:
    await database.write(_add("a"))
    other = create_engine(url)
    with other.connect() as lock:
        if database.is_sqlite:
            lock.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            lock.exec_driver_sql("LOCK TABLE bucket IN ACCESS EXCLUSIVE MODE")
        started = time.perf_counter()
        with pytest.raises(DBAPIError):
            await database.write(_add("b"))
        assert time.perf_counter() - started < 5
        lock.rollback()
    other.dispose()
    assert await database.write(_add("c")) == "c"
    assert await database.read(_names) == {"a", "c"}


async def test_reading_goes_on_while_the_database_is_being_written(database: Database) -> None:
    await database.write(_add("a"))
    async with Hold(database):
        assert await asyncio.wait_for(database.read(_names), 2) == {"a"}


async def test_close_finishes_what_was_handed_in_and_refuses_what_comes_later(url: str) -> None:
    database = Database(url)
    database.open()
    units = [asyncio.ensure_future(database.write(_add(f"n{i}"))) for i in range(600)]
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    assert len(await asyncio.gather(*units)) == 600
    with pytest.raises(StoreError, match="closed"):
        await asyncio.wait_for(database.write(_add("late")), 2)
    again = Database(url)
    again.open()
    assert len(await again.read(_names)) == 600
    again.close()
    database.close()


async def test_a_writer_that_breaks_inside_a_unit_serves_the_next(database: Database) -> None:
    class Killed(BaseException):
        pass

    def dies(_: Connection) -> None:
        raise Killed

    with pytest.raises(Killed):
        await database.write(dies)
    assert await asyncio.wait_for(database.write(_add("a")), 5) == "a"


@pytest.mark.parametrize("found", [schema.VERSION + 1, 0])
def test_a_database_of_another_version_is_refused_and_not_touched(bare_url: str, found: int) -> None:
    engine = create_engine(bare_url)
    with engine.begin() as connection:
        schema.schema_version.create(connection)
        connection.execute(schema.schema_version.insert().values(version=found))
    with pytest.raises(StoreError) as error:
        Database(bare_url).open()
    words = str(error.value)
    assert f"has version {found}" in words
    assert f"needs {schema.VERSION}" in words
    assert "WAYMARK_HOME" in words, "it says what to do"
    assert "waymark migrate" not in words, "it would not help"
    with engine.connect() as connection:
        assert not connection.dialect.has_table(connection, "outbox")
    engine.dispose()


def test_opening_twice_keeps_what_is_there(bare_url: str) -> None:
    for _ in range(2):
        database = Database(bare_url)
        database.open()
        assert database.read_now(lambda c: c.scalar(select(func.count()).select_from(schema.schema_version))) == 1
        database.close()


async def test_processes_that_open_an_empty_database_at_once_all_succeed(bare_url: str) -> None:
    parts = [Database(bare_url) for _ in range(6)]
    await asyncio.gather(*(asyncio.to_thread(part.open) for part in parts))
    assert parts[0].read_now(lambda c: c.scalar(select(func.count()).select_from(schema.schema_version))) == 1
    for part in parts:
        part.close()


async def test_a_lost_connection_is_made_anew(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no connection to lose")
    await database.write(_add("a"))
    engine = create_engine(database._engine.url)
    with engine.connect() as connection:
        connection.execute(text("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"))
    engine.dispose()
    with pytest.raises(DBAPIError):
        await database.write(_add("b"))
    assert await database.write(_add("c")) == "c"
    assert await database.read(_names) == {"a", "c"}


# -- SQLite alone ----------------------------------------------------------------------------------------------------


def test_sqlite_files_are_for_their_owner_only(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        database = Database(f"sqlite:///{tmp_path / 'home' / 'waymark.db'}")
        database.open()
        for path in (tmp_path / "home").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
        assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
        database.close()
    finally:
        os.umask(mask)


async def test_sqlite_is_durable_and_writes_ahead(sqlite: Database) -> None:
    def pragmas(connection: Connection) -> list[Any]:
        return [
            connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous", "secure_delete")
        ]

    assert await sqlite.read(pragmas) == ["wal", 2, 1]
    assert await sqlite.write(pragmas) == ["wal", 2, 1]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("nonsense", "WAYMARK_DATABASE_URL"),
        ("oracle9://x", "WAYMARK_DATABASE_URL"),
        ("sqlite:////proc/nowhere/waymark.db", "WAYMARK_HOME"),
        ("postgresql://nobody@127.0.0.1:1/none", "is it running"),
    ],
)
def test_an_address_that_does_not_work_says_what_to_do(address: str, says: str) -> None:
    def try_it() -> None:
        database = Database(address)
        try:
            database.open()
        finally:
            database.close()

    with pytest.raises(StoreError, match=says):
        try_it()


def test_the_common_short_name_of_postgresql_is_understood() -> None:
    assert Database("postgres://a@h/b")._engine.url.drivername == "postgresql+psycopg"


def test_another_programs_file_is_refused_with_words(tmp_path: Path) -> None:
    (tmp_path / "waymark.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="another program's file"):
        Database(f"sqlite:///{tmp_path / 'waymark.db'}").open()


def test_a_database_locked_at_start_is_an_error_in_bounded_time(tmp_path: Path) -> None:
    path = tmp_path / "waymark.db"
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    started = time.perf_counter()
    with pytest.raises(StoreError, match="is another `waymark run` using"):
        Database(f"sqlite:///{path}").open()
    assert time.perf_counter() - started < 6
    lock.execute("ROLLBACK")
    lock.close()
