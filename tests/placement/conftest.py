"""The databases of `tests/store`, and a room in which a person asks and advocates answer. `staff` has them too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.placement.room import Room
from tests.store.conftest import *  # noqa: F403 - the fixtures, as they are listed there
from tests.store.virtual import VirtualClock


@pytest_asyncio.fixture
async def room(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Room]:
    room = Room(tmp_path, clock)
    await room.staffed()
    yield room
    room.close()
