from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from tests.placement.staff.making import Night
from tests.store.virtual import VirtualClock


@pytest_asyncio.fixture
async def night(database: Database, chats: Chats, keys: KeyRing, clock: VirtualClock) -> AsyncIterator[Night]:
    """On both kinds of database, with one program and Ana and Ben of it on shift."""
    night = Night(database, chats, keys, clock)
    await night.opens()
    yield night


@pytest_asyncio.fixture
async def quick(sqlite: Database, chats: Chats, keys: KeyRing, clock: VirtualClock) -> AsyncIterator[Night]:
    """The same on SQLite alone."""
    night = Night(sqlite, chats, keys, clock)
    await night.opens()
    yield night
