"""What a child process does before it dies in tests of requests and of the rotation; apart, so that it imports little."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from bot.store import rotation
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.requests import Requests

KILLED = -signal.SIGKILL


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def act(url: str, keys_folder: str, chat: str, request_id: str, point: str, now: float) -> None:
    """Begin or drop a request and be killed at `point`."""
    database, keys = Database(url), KeyRing(Path(keys_folder), lambda: now)
    requests = Requests(keys)
    database.open()

    def begin(c: Any) -> None:
        requests.begin(c, chat, "self", "en", {"answers": {}}, now)

    def drop(c: Any) -> None:
        requests.drop(c, request_id)
        if point == "before the commit":
            die()

    if point == "after the key":
        requests._seal = die  # type: ignore[assignment, method-assign]
        asyncio.run(database.write(begin))
    keys.destroy = die  # type: ignore[method-assign]
    asyncio.run(database.write(drop))


def rotate(url: str, keys_folder: str, step: int) -> None:
    """Begin to replace the master and be killed when the disk is waited for, or a batch written, for the `step`th time."""
    database, keys = Database(url), KeyRing(Path(keys_folder), lambda: 0.0)
    database.open()
    done, real, batch = 0, os.fsync, rotation.Rotation._seal_batch

    def count() -> None:
        nonlocal done
        done += 1
        if done >= step:
            die()

    def fsync(handle: int) -> None:
        count()
        real(handle)

    def seal_batch(self: Any, *where: Any) -> Any:
        found = batch(self, *where)
        count()
        return found

    os.fsync = fsync
    rotation.Rotation._seal_batch = seal_batch  # type: ignore[method-assign]
    rotation.BATCH = 7
    asyncio.run(rotation.Rotation(database, keys).rotate())
