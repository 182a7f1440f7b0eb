"""One writer thread that commits many units of work at once, and a few readers. SQLite by default, PostgreSQL by URL.

Every unit runs in a savepoint of its own: one that fails takes nobody else's with it. All of a batch is on the disk with
one commit, so that a hundred messages cost one wait for the disk and not a hundred.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, func, select
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError

from bot.store.errors import StoreError as StoreError
from bot.store.migrate import FOLDER, Migrations, Plan

log = logging.getLogger("waymark.store")
T = TypeVar("T")
Work = Callable[[Connection], T]
MAX_BATCH = 256
BUSY_MS = 400
"""How long a write waits for another process's lock: below the 500 ms after which a channel answers past the store."""
OPENING = 0x57617961
"""Number of PostgreSQL's advisory lock under which one process at a time makes or changes the tables."""
OPENING_MS = 20_000
"""How long a process that starts waits for another that is making or changing them."""
SWITCHING_S = 2.0
"""How long it asks again for a file that another is switching to writing ahead."""
_AFTER = "waymark.after"


def after_commit(connection: Connection, name: str, work: Work[object]) -> None:
    """Run `work` with the writer's connection once what is being written is on the disk, before anybody hears that it is; once a
    commit for each `name`. It may run although this unit failed, and it does not after a crash, so it looks for itself at what
    there is to do, and the clock calls the same. Nothing happens outside of `Database.write`."""
    connection.info.setdefault(_AFTER, {})[name] = work


def _sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            f"busy_timeout={BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")


def _postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.execute(f"SET lock_timeout = {BUSY_MS}")
        connection.commit()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        parsed.get_dialect()
    except (ArgumentError, ModuleNotFoundError):
        raise StoreError(
            "WAYMARK_DATABASE_URL is not the address of a database: use sqlite:////full/path/waymark.db or "
            "postgresql://user@host/name"
        ) from None
    return parsed


def _own_file(path: Path) -> None:
    """The file and its folder, for their owner only; SQLite gives its WAL the mode of the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"cannot write {path} ({error.strerror}): set WAYMARK_HOME to a folder of your own, or make room on the disk"
        ) from None


@dataclass(slots=True, eq=False)
class _Unit:
    """Work that somebody in an event loop waits for."""

    work: Work[Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Database:
    """`write` and `read` take a function of a connection and return what it returned."""

    def __init__(self, url: str, migrations: Path = FOLDER) -> None:
        parsed = _parsed(url)
        self._migrations = Migrations(migrations)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._file = Path(parsed.database) if self.is_sqlite and parsed.database not in (None, "", ":memory:") else None
        self._where = parsed.host or "this machine"
        self._engine = create_engine(
            parsed, pool_pre_ping=not self.is_sqlite, connect_args={} if self.is_sqlite else {"connect_timeout": 5}
        )
        if self.is_sqlite:
            _sqlite(self._engine)
        else:
            _postgresql(self._engine)
        self._jobs: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._gate = threading.Lock()
        self._closed = True

    def open(self, migrate: bool = False) -> None:
        """Make the tables where there are none. Change those of an older release if `migrate`, else refuse them; always
        refuse those of a newer one. Starts the writer."""
        if self._file is not None:
            _own_file(self._file)
        with self._opening():
            self._bring_up(migrate)
        self._closed = False
        self._thread = threading.Thread(target=self._write_loop, name="store-writer", daemon=True)
        self._thread.start()

    def plan(self) -> Plan:
        """What `migrate` would do; makes no file and no table. Raises `StoreError` as `open` does."""
        if self._file is not None and not self._file.exists():
            return Plan(0, self._migrations.newest, recorded=False)
        with self._opening():
            return self._look()

    def migrate(self) -> Plan:
        """Make or change the tables, without starting the writer. Returns what was done."""
        if self._file is not None:
            _own_file(self._file)
        with self._opening():
            return self._bring_up(migrate=True)

    def title(self, revision: int) -> str:
        """What a revision is about, in the words of its file."""
        return self._migrations.title(revision)

    @contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            self._engine.dispose()
            raise StoreError(self._cannot_open(error)) from None
        except BaseException:
            self._engine.dispose()
            raise

    def _look(self) -> Plan:
        """Patiently: SQLite does not wait by itself where two processes switch the same file to writing ahead."""
        until = time.monotonic() + SWITCHING_S
        while True:
            try:
                return self._look_once()
            except OperationalError:
                if not self.is_sqlite or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _look_once(self) -> Plan:
        """Without a lock, so in one snapshot: another process may be changing what is read."""
        with self._engine.connect() as connection:
            if not self.is_sqlite:  # which reads one snapshot always
                connection.execution_options(isolation_level="REPEATABLE READ")
            return self._migrations.plan(connection)

    def _bring_up(self, migrate: bool) -> Plan:
        plan = self._look()
        if not plan.is_due:  # the usual case: nobody's write is waited for
            return plan
        with self._changing() as connection:
            plan = self._migrations.plan(connection)  # another process may have been faster
            if plan.found and plan.steps and not migrate:
                raise StoreError(
                    f"the database has version {plan.found}, this program needs {plan.needed}: stop the bot, then "
                    "`waymark migrate`, or start it with `waymark run`, which does the same"
                )
            if plan.is_due:
                self._migrations.run(connection, plan)
        return plan

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """A transaction that one process at a time has, for changing tables. All of it is kept, or nothing."""
        if not self.is_sqlite:
            with self._engine.begin() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {OPENING_MS}")
                connection.execute(select(func.pg_advisory_xact_lock(OPENING)))
                yield connection
            return
        with self._engine.connect().execution_options(begin="IMMEDIATE") as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA busy_timeout={OPENING_MS}")
            # A table that is built anew is dropped once, which must not take the rows that point to it. SQLite takes this
            # outside of transactions only, so the rows are checked before the commit.
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
                    if driver.execute("PRAGMA foreign_key_check").fetchone() is not None:
                        raise StoreError("a migration would leave rows that point nowhere; nothing was changed")
            finally:
                connection.invalidate()  # the next one has the usual settings

    def _cannot_open(self, error: DatabaseError) -> str:
        kind = type(error.orig).__name__
        if self.is_sqlite:
            return (
                f"the database cannot be opened ({kind}): is another `waymark run` using {self._file}, is it another "
                "program's file, or the disk full?"
            )
        return (
            f"the database on {self._where} cannot be opened ({kind}): is it running, and are the name, user and "
            "password in WAYMARK_DATABASE_URL right?"
        )

    def close(self) -> None:
        """Finish what was handed in, then stop; what comes later is refused."""
        with self._gate:
            self._closed = True
            if self._thread is not None:
                self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None
        self._engine.dispose()

    async def write(self, work: Work[T]) -> T:
        """Run `work` in the writer; returns once it is on the disk. Raises what `work` raised."""
        loop = asyncio.get_running_loop()
        unit = _Unit(work, loop, loop.create_future())
        with self._gate:
            if self._closed:
                raise StoreError("the database is closed")
            self._jobs.put(unit)
        found: T = await unit.future
        return found

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a connection of its own."""
        return await asyncio.to_thread(self.read_now, work)

    def read_now(self, work: Work[T]) -> T:
        """`read` for code that is not asynchronous."""
        with self._engine.connect() as connection:
            return work(connection)

    def _write_loop(self) -> None:
        connection: Connection | None = None
        while True:
            job = self._jobs.get()
            if job is None:
                break
            batch = [job]
            stop = False
            while len(batch) < MAX_BATCH:
                try:
                    following = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    stop = True
                    break
                batch.append(following)
            batch = [unit for unit in batch if not unit.future.cancelled()]
            try:
                if connection is None:
                    connection = self._engine.connect().execution_options(begin="IMMEDIATE")
                self._commit(connection, batch)
                _after(connection)
            except BaseException as error:
                log.error("a write failed: %s", type(error).__name__)
                for unit in batch:
                    unit.result, unit.error = None, error
                if connection is not None:
                    _discard(connection)
                    connection = None
            _tell(batch)
            if stop:
                break
        if connection is not None:
            _discard(connection)

    @staticmethod
    def _commit(connection: Connection, batch: list[_Unit]) -> None:
        with connection.begin():
            # Past SQLAlchemy, whose savepoint objects cost more than a unit's statements.
            driver: Any = connection.connection.driver_connection
            for unit in batch:
                try:
                    driver.execute("SAVEPOINT unit")
                    unit.result = unit.work(connection)
                    driver.execute("RELEASE SAVEPOINT unit")
                except Exception as error:
                    if _broken(connection, error):
                        raise
                    driver.execute("ROLLBACK TO SAVEPOINT unit")
                    unit.result, unit.error = None, error


def _after(connection: Connection) -> None:
    """What was asked for by `after_commit`. What is written is written: a failure here is the log's, not the writer's."""
    asked = connection.info.pop(_AFTER, None)
    if not asked:
        return
    connection.execution_options(begin="DEFERRED")  # it only reads, so it waits for nobody
    for name, work in asked.items():
        try:
            work(connection)
        except Exception as error:
            log.error("%s after a commit failed: %s", name, type(error).__name__)
        finally:
            with suppress(Exception):
                connection.rollback()
    connection.execution_options(begin="IMMEDIATE")


def _tell(batch: list[_Unit]) -> None:
    """Wakes whoever waits, with one call for all of a batch: a call from another thread costs more than a unit's work."""
    loops: dict[asyncio.AbstractEventLoop, list[_Unit]] = {}
    for unit in batch:
        loops.setdefault(unit.loop, []).append(unit)
    for loop, units in loops.items():
        with suppress(RuntimeError):  # the loop has ended, so nobody waits
            loop.call_soon_threadsafe(_settle, units)


def _settle(units: list[_Unit]) -> None:
    for unit in units:
        if unit.future.done():
            continue
        if isinstance(unit.error, StopIteration):  # no future takes one, and whoever waits would wait for ever
            unit.future.set_exception(RuntimeError("a unit of work raised StopIteration"))
        elif unit.error is not None:
            unit.future.set_exception(unit.error)
        else:
            unit.future.set_result(unit.result)


def _broken(connection: Connection, error: Exception) -> bool:
    """Whether the transaction around a failed unit is gone too (connection lost, disk full)."""
    if connection.invalidated or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    if connection.dialect.name == "sqlite":
        return not connection.connection.driver_connection.in_transaction  # type: ignore[union-attr]
    return False


def _discard(connection: Connection) -> None:
    """Give the connection up, whatever state it is in: the writer goes on with a new one."""
    try:
        connection.rollback()
        connection.close()
    except Exception as error:
        log.warning("a connection was dropped: %s", type(error).__name__)
        with suppress(Exception):
            connection.invalidate()
