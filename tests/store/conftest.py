"""A virtual clock, keys in a folder of their own, and the database: SQLite, and PostgreSQL where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from tests.store.memory import folder
from tests.store.postgres import NoPostgres, cluster
from tests.store.virtual import VirtualClock


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
        running = cluster()
        url = running.__enter__()
    except NoPostgres as reason:
        pytest.skip(f"only on SQLite: {reason}")
    yield url
    running.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database; a test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'waymark.db'}"
    address: str = request.getfixturevalue("postgres")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    database.open()
    yield database
    database.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """For what does not depend on the kind of database."""
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
