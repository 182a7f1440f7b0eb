from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.placement.room import Room
from tests.store.conftest import kind as kind
from tests.store.conftest import postgres as postgres
from tests.store.conftest import postgres_template as postgres_template
from tests.store.conftest import url as url
from tests.store.memory import folder
from tests.store.virtual import VirtualClock


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """pytest's, in memory."""
    with folder() as path:
        yield path


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest_asyncio.fixture
async def room(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Room]:
    room = Room(tmp_path, clock)
    await room.staffed()
    yield room
    room.close()
