"""A new master, and everything that the old one sealed sealed anew, while the bot runs (R22). docs/how-to/rotate-keys.md

Nothing is written down about how far it came: the two masters that are there say that it is not done, and each key and each address
says which of them sealed it. So a kill at any point costs only the time until somebody calls `rotate` or `finish` again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import OperationalError

from bot.store.database import Database
from bot.store.errors import StoreError
from bot.store.keys import KeyRing
from bot.store.schema import chat
from bot.store.training_schema import completion, department, joining, member, training_draft

log = logging.getLogger("waymark.rotation")
BATCH = 200
"""Addresses sealed anew in one transaction: no message waits longer for it than for another."""
SETTLING = 5.0
"""Seconds until everybody who sealed with the old master has written it; a transaction takes milliseconds."""
PATIENCE = 20
"""How often a lock that another process holds is waited for."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A column that the master sealed, and the column that names its row."""

    row: Any
    column: Any


_PLACES = (
    _Place(chat.c.chat, chat.c.address),
    _Place(member.c.id, member.c.officer_id),
    _Place(joining.c.id, joining.c.officer_id),
    _Place(completion.c.seq, completion.c.body),
    _Place(department.c.id, department.c.instructor),
    _Place(training_draft.c.chat, training_draft.c.body),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: keys of requests wrapped anew; addresses, ids and completions of officers, and instructors of departments, sealed anew; those
    that no master opens; old masters destroyed."""

    keys: int = 0
    addresses: int = 0
    unreadable: int = 0
    destroyed: int = 0


class Rotation:
    """`sleep` waits for seconds; `tell` is called with every step that changed something."""

    def __init__(
        self,
        database: Database,
        keys: KeyRing,
        tell: Callable[[Progress], Any] = lambda _: None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._database, self._keys, self._tell, self._sleep = database, keys, tell, sleep
        self._done = Progress()

    async def rotate(self) -> Progress:
        """A new master, or the end of a rotation that was cut off. Raises `StoreError` where another process is at it."""
        with self._keys.rotating() as ours:
            if not ours:
                raise StoreError("another process is replacing the master key; wait for it to end")
            if len(self._keys.masters()) == 1:
                self._keys.add_master()
            return await self._seal_all_anew()

    async def finish(self) -> Progress | None:
        """Bring a rotation that was cut off to its end; None where there is none or somebody is at it. At start and by the clock."""
        if len(self._keys.masters()) == 1:
            return None
        with self._keys.rotating() as ours:
            return await self._seal_all_anew() if ours and len(self._keys.masters()) > 1 else None

    async def _seal_all_anew(self) -> Progress:
        self._done = Progress()
        self._keys.remove_parts()
        await self._pass()
        await self._sleep(SETTLING)
        while await self._pass():
            await self._sleep(SETTLING)
        self._add(destroyed=await asyncio.to_thread(self._keys.destroy_old_masters))
        return self._done

    async def _pass(self) -> int:
        """Once over everything; how much the newest master had not sealed."""
        changed = await asyncio.to_thread(self._wrap_keys)
        unreadable = 0
        for place in _PLACES:
            after: Any = None
            while (found := await self._patiently(place, after)) is not None:
                after, sealed, unread = found
                changed, unreadable = changed + sealed, unreadable + unread
                self._add(addresses=sealed)
        self._done = replace(self._done, unreadable=unreadable)
        return changed

    def _wrap_keys(self) -> int:
        changed = 0
        for key in self._keys.request_keys():
            if self._keys.wrap_anew(key.name):
                changed += 1
                self._add(keys=1)
        return changed

    def _seal_batch(self, c: Connection, where: _Place, after: Any) -> tuple[Any, int, int] | None:
        """(last row, how many were sealed anew, how many nobody can read) of the next rows; None after the last."""
        row_id, column = where.row, where.column
        query = (
            select(row_id.label("row"), column.label("data")).where(column.is_not(None)).order_by(row_id).limit(BATCH)
        )
        rows = c.execute(query if after is None else query.where(row_id > after)).all()
        if not rows:
            return None
        sealed = unreadable = 0
        for row in rows:
            place = f"{column.table.name}.{column.name}|{row.row}"
            if self._keys.is_newest(place, row.data):
                continue
            try:
                fresh = self._keys.seal_lasting(place, self._keys.open_lasting(place, row.data))
            except InvalidTag:  # tampered with, or from a backup older than the master before this one
                unreadable += 1
                continue
            same = (row_id == row.row, column == row.data)
            sealed += c.execute(update(column.table).where(*same).values({column.name: fresh})).rowcount
        return rows[-1].row, sealed, unreadable

    async def _patiently(self, where: _Place, after: Any) -> tuple[Any, int, int] | None:
        for _ in range(PATIENCE):
            try:
                return await self._database.write(lambda c: self._seal_batch(c, where, after))
            except OperationalError as error:
                problem = error
                await asyncio.sleep(0.1)
        raise StoreError(
            f"the database is held by another process ({type(problem.orig).__name__}); nothing is lost, call it again"
        )

    def _add(self, keys: int = 0, addresses: int = 0, destroyed: int = 0) -> None:
        if keys or addresses or destroyed:
            done = self._done
            self._done = replace(
                done, keys=done.keys + keys, addresses=done.addresses + addresses, destroyed=done.destroyed + destroyed
            )
            self._tell(self._done)
