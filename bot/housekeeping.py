"""What the clock does: purge queues and requests, destroy keys, clear guests' screens after a quiet time (R3, R20, R24)."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Connection

from bot.placement.service import Placement
from bot.store import queues
from bot.store.audit import Audit
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.requests import Requests
from bot.store.rotation import Rotation
from bot.training.service import Training

log = logging.getLogger("waymark.housekeeping")


async def _nothing(_: str) -> None:
    return


class Housekeeping:
    """`forget` tells Rasa that a conversation is over; it must not raise."""

    def __init__(
        self,
        database: Database,
        chats: Chats,
        keys: KeyRing,
        clock: Callable[[], float] = time.time,
        forget: Callable[[str], Awaitable[None]] = _nothing,
        placement: Placement | None = None,
        training: Training | None = None,
    ) -> None:
        self._placement, self._training = placement, training
        self._db, self._chats, self._keys, self._clock, self._forget = database, chats, keys, clock, forget
        self._requests, self._audit = Requests(keys, clock), Audit(keys)

    async def purge(self) -> None:
        """Each in a transaction of its own: one that fails takes back no other."""
        counts = await self._db.write(lambda c: queues.purge(c, self._clock()))
        counts |= await self._db.write(
            lambda c: self._requests.purge(
                c, self._clock(), self._placement.lost if self._placement is not None else None
            )
        )
        counts["audit"] = await self._db.write(self._purge_audit)
        if self._training is not None:
            counts |= await self._training.purge(self._db, self._clock())
        keys = self._keys.destroy_old() + await self._db.read(self._requests.sweep_keys)
        await self._db.read(self._audit.anchor)
        if any(counts.values()) or keys:
            log.info("purged %s, %d keys destroyed", counts, keys)

    async def finish_rotation(self) -> None:
        """What a kill cut off while the master was replaced."""
        done = await Rotation(self._db, self._keys).finish()
        if done is not None:
            log.info("the rotation that was cut off is done: %s", done)

    def _purge_audit(self, connection: Connection) -> int:
        self._audit.close_segments(connection, self._clock())
        return self._audit.purge(connection, self._clock())

    async def clear_quiet_chats(self) -> None:
        """Queue a clearing for every guest chat that has been quiet long enough; always before hour 47. What still
        waits for a quiet chat is dropped: an hour late, it would come to a screen that somebody else may hold (R6)."""
        for chat in await self._db.write(self._queue_clearing):
            await self._forget(chat)

    def _queue_clearing(self, connection: Connection) -> list[str]:
        now = self._clock()
        quiet = self._chats.quiet(connection, now)
        rows = [self._row(chat, {"clear": True, "forget": True}, now) for chat in quiet]
        for chat in quiet:
            if self._placement is not None:
                self._placement.leave(connection, chat, "guest", now)
            self._chats.erase(connection, chat)
        ageing = [item for item in self._chats.ageing(connection, now) if item[0] not in quiet]
        rows += [self._row(chat, {"clear": True, "up_to": last}, now) for chat, last in ageing]
        queues.put_out(connection, rows)
        return quiet

    @staticmethod
    def _row(chat: str, content: dict[str, Any], now: float) -> dict[str, Any]:
        dedupe = f"quiet:{chat}:{int(now // 60)}"
        return {"dedupe": dedupe, "chat": chat, "lane": queues.SURVIVOR, "content": content, "created_at": now}
