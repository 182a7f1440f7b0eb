"""What the operator does to what is kept: replace the master key, look at kinds and counts, hold a request, check the staff log.

Each opens the store for itself, beside a bot that may be running.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from sqlalchemy import Connection

from bot.settings import Settings
from bot.store.audit import Audit
from bot.store.database import Database
from bot.store.errors import NotThere
from bot.store.holdings import Holding
from bot.store.holdings import holdings as look
from bot.store.keys import KeyRing
from bot.store.requests import Requests
from bot.store.rotation import Progress, Rotation
from bot.store.training_completions import Completions

OPERATOR = "operator"
"""Who did it, in the staff log, where no chat did."""
Change = Literal["hold", "hold_renewed", "hold_ended"]


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[tuple[Database, KeyRing]]:
    database = Database(settings.database)
    database.open()
    try:
        yield database, KeyRing(settings.keys)
    finally:
        database.close()


async def rotate(settings: Settings, tell: Callable[[Progress], Any]) -> Progress:
    """A new master key, or the end of a rotation that was cut off. `tell` hears how far it is. Raises `StoreError`."""
    async with _store(settings) as (database, keys):
        done = await Rotation(database, keys, tell).rotate()
        await database.write(lambda c: Audit(keys).note(c, OPERATOR, "keys_rotated", None, time.time()))
        return done


async def holdings(settings: Settings) -> list[Holding]:
    """Kinds, counts and days; never content (R47)."""
    async with _store(settings) as (database, _):
        return await database.read(lambda c: look(c, time.time()))


async def hold(settings: Settings, number: str, advice: str, what: Change) -> float | None:
    """Begin, renew or end a hold on the request with this number. Returns until when it is held, None where no longer. The log gets a
    keyed hash of `advice`, since it has no column for words. Raises `NotThere`."""
    async with _store(settings) as (database, keys):
        requests, now = Requests(keys), time.time()

        def change(c: Connection) -> float | None:
            until: float | None = None
            if what == "hold_ended":
                found = requests.end_hold(c, number)
            else:
                found, until = requests.hold(c, number, now, renew=what == "hold_renewed") or (None, None)
            if found is None:
                state = "held already: --renew" if what == "hold" else "not held"
                raise NotThere(f"no request has the number {number.strip().upper()}, or it is {state}")
            Audit(keys).note(c, f"{OPERATOR}|{advice}", what, found, now)
            return until

        return await database.write(change)


async def verify(settings: Settings, restored: bool = False) -> list[str]:
    """What is wrong with the staff log, [] where nothing is. `restored`: an older copy was put back on purpose."""
    async with _store(settings) as (database, keys):
        log = Audit(keys)
        if restored:
            await database.read(log.accept)
            await database.write(lambda c: log.note(c, OPERATOR, "restored", None, time.time()))
        return await database.read(log.verify)


async def verify_completions(settings: Settings, restored: bool = False) -> list[str]:
    """The same of the list of completions."""
    async with _store(settings) as (database, keys):
        completions = Completions(keys)
        if restored:
            await database.read(completions.accept)
            await database.write(lambda c: Audit(keys).note(c, OPERATOR, "completions_restored", None, time.time()))
        return await database.read(completions.verify)
