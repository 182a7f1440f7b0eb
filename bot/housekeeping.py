"""What the clock does: purge queues, destroy keys, clear guests' screens after a quiet time (R3, R20)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from sqlalchemy import Connection

from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing

log = logging.getLogger("waymark.housekeeping")


class Housekeeping:
    def __init__(self, database: Database, chats: Chats, keys: KeyRing, clock: Callable[[], float] = time.time) -> None:
        self._db, self._chats, self._keys, self._clock = database, chats, keys, clock

    async def purge(self) -> None:
        counts = await self._db.write(lambda c: queues.purge(c, self._clock()))
        keys = self._keys.destroy_old()
        if any(counts.values()) or keys:
            log.info("purged %s, %d keys destroyed", counts, keys)

    async def clear_quiet_chats(self) -> None:
        """Queue a clearing for every guest chat that has been quiet long enough; always before hour 47."""
        await self._db.write(self._queue_clearing)

    def _queue_clearing(self, connection: Connection) -> int:
        now = self._clock()
        rows = []
        for chat in self._chats.quiet(connection, now):
            content = {"clear": True}
            rows.append(
                {
                    "dedupe": f"quiet:{chat}:{int(now // 60)}"[:64],
                    "chat": chat,
                    "lane": queues.SURVIVOR,
                    "content": content,
                    "created_at": now,
                }
            )
            self._chats.erase(connection, chat)
        return queues.put_out(connection, rows)
