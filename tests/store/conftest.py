"""A virtual clock, keys in a folder of their own, and the database: SQLite, and PostgreSQL where there is one.

Other folders take all of it with one line: `from tests.store.conftest import *`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from tests.store import template
from tests.store.memory import folder
from tests.store.postgres import NoPostgres, cluster
from tests.store.virtual import VirtualClock

__all__ = [
    "bare_url",
    "chats",
    "clock",
    "database",
    "keys",
    "kind",
    "many",
    "postgres",
    "postgres_template",
    "sqlite",
    "tmp_path",
    "url",
]
_NUMBERS = count()


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """pytest's, in memory."""
    with folder() as path:
        yield path


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def keys(tmp_path: Path, clock: VirtualClock) -> KeyRing:
    return KeyRing(tmp_path / "keys", clock)


@pytest.fixture
def chats(keys: KeyRing) -> Chats:
    return Chats(keys)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    try:
        running = cluster(in_memory=True)
        url = running.__enter__()
    except NoPostgres as reason:
        pytest.skip(f"only on SQLite: {reason}")
    yield url
    running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a database with all tables, made once by the real migrations."""
    name = "waymark_template"
    _postgres(postgres, f"CREATE DATABASE {name}")
    made = Database(_named(postgres, name))
    made.open()
    made.close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """A test that asks for it, or for what is made of it, runs on both kinds of database."""
    return str(request.param)


@pytest.fixture
def bare_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a table."""
    yield from _address(kind, request, tmp_path, None)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with all tables, and no row."""
    if kind == "sqlite":
        template.copy(tmp_path / "waymark.db")
    yield from _address(kind, request, tmp_path, "postgres_template")


def _address(kind: str, request: pytest.FixtureRequest, tmp_path: Path, copied: str | None) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'waymark.db'}"
        return
    server: str = request.getfixturevalue("postgres")
    origin = request.getfixturevalue(copied) if copied else "template0"
    name = f"test_{next(_NUMBERS)}"
    _postgres(server, f"CREATE DATABASE {name} TEMPLATE {origin} STRATEGY FILE_COPY")
    yield _named(server, name)
    _postgres(server, f"DROP DATABASE {name} WITH (FORCE)")


def _named(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


def _postgres(server: str, command: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(command)
    engine.dispose()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    database.open()
    yield database
    database.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """For what does not depend on the kind of database."""
    template.copy(tmp_path / "waymark.db")
    database = Database(f"sqlite:///{tmp_path / 'waymark.db'}")
    database.open()
    yield database
    database.close()


@pytest.fixture
def many(url: str) -> Iterator[Any]:
    """Makes further `Database`s at the same address, as further processes would."""
    made: list[Database] = []

    def make() -> Database:
        database = Database(url)
        database.open()
        made.append(database)
        return database

    yield make
    for database in made:
        database.close()
