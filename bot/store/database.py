"""One writer thread that commits many units of work at once, and a few readers. SQLite by default, PostgreSQL by URL.

Every unit runs in a savepoint of its own: one that fails takes nobody else's with it. All of a batch is on the disk with
one commit, so that a hundred messages cost one wait for the disk and not a hundred.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError

from bot.store import schema

log = logging.getLogger("waymark.store")
T = TypeVar("T")
Work = Callable[[Connection], T]
MAX_BATCH = 256
BUSY_MS = 400


class StoreError(RuntimeError):
    """The database cannot be used; the text says what to do."""


def _sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={BUSY_MS}",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")


class Database:
    """`write` and `read` take a function of a connection and return what it returned."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.is_sqlite and parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self._engine = create_engine(parsed, pool_pre_ping=not self.is_sqlite)
        if self.is_sqlite:
            _sqlite(self._engine)
        self._jobs: queue.Queue[tuple[Work[Any], Future[Any]] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Make the tables where there are none; refuse a database of another version. Starts the writer."""
        try:
            with self._engine.execution_options(begin="IMMEDIATE").begin() as connection:
                schema.metadata.create_all(connection)
                found = connection.scalar(select(schema.schema_version.c.version))
                if found is None:
                    connection.execute(schema.schema_version.insert().values(version=schema.VERSION))
                elif found != schema.VERSION:
                    raise StoreError(
                        f"the database has version {found}, this program needs {schema.VERSION}: run `waymark migrate`"
                    )
        except OperationalError as error:
            raise StoreError(
                f"the database cannot be opened ({type(error.orig).__name__}): is another `waymark run` using it, or the disk full?"
            ) from None
        self._thread = threading.Thread(target=self._write_loop, name="store-writer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(timeout=10)
            self._thread = None
        self._engine.dispose()

    async def write(self, work: Work[T]) -> T:
        """Run `work` in the writer; returns once it is on the disk. Raises what `work` raised."""
        future: Future[T] = Future()
        self._jobs.put((work, future))
        return await asyncio.wrap_future(future)

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
            try:
                if connection is None:
                    connection = self._engine.connect().execution_options(begin="IMMEDIATE")
                self._commit(connection, batch)
            except Exception as error:
                log.error("a write failed: %s", type(error).__name__)
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                if connection is not None:
                    try:
                        connection.rollback()
                    finally:
                        connection.close()
                        connection = None
            if stop:
                break
        if connection is not None:
            connection.close()

    @staticmethod
    def _commit(connection: Connection, batch: list[tuple[Work[Any], Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        with connection.begin():
            for work, future in batch:
                if future.cancelled():
                    continue
                try:
                    with connection.begin_nested():
                        done.append((future, work(connection)))
                except OperationalError:
                    raise
                except Exception as error:
                    future.set_exception(error)
        for future, result in done:
            if not future.cancelled():
                future.set_result(result)
