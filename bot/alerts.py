"""What the operator is told: what is wrong and how often, never a word of anybody's. To the log always; to the operator's
chat where one is bound by `waymark invite operator` (rulings 16). The same alert goes out at most once an hour."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database

log = logging.getLogger("waymark.alerts")
HOUR = 3600
LOGGED = 1000
"""Names of alerts that the log had already; the oldest are forgotten."""


class Alerts:
    """`tell` never raises: an alert that cannot be queued is in the log all the same."""

    def __init__(
        self, database: Database, chats: Chats, queued: Callable[[], None], clock: Callable[[], float] = time.time
    ) -> None:
        self._db, self._chats, self._queued, self._clock = database, chats, queued, clock
        self._logged: dict[str, None] = {}

    async def tell(self, message_id: str, **params: Any) -> bool:
        """Queue an alert for the operator's chat; False where none is bound or the store is down."""
        log.warning("alert %s %s", message_id, params)
        try:
            told = await self._db.write(lambda c: self._queue(c, message_id, params))
        except Exception as error:
            log.error("an alert could not be queued: %s", type(error).__name__)
            return False
        if told:
            self._queued()
        return told

    def queue(
        self, connection: Connection, message_id: str, now: float, once: str | None = None, **params: Any
    ) -> bool:
        """The same inside a transaction, at `now`. With `once`, an alert of that name goes out once a day, however often it is queued.
        False where none is bound, or this one was queued before."""
        queued = self._queue(connection, message_id, params, now, once)
        name = f"{message_id}:{once if once is not None else now}"
        if name not in self._logged:  # the clock asks again and again, the log says it once
            self._logged[name] = None
            log.warning("alert %s %s", message_id, params)
        while len(self._logged) > LOGGED:
            del self._logged[next(iter(self._logged))]
        return queued

    def _queue(
        self, connection: Connection, message_id: str, params: dict[str, Any], now: float | None = None, once: str | None = None
    ) -> bool:  # fmt: skip
        chat = self._chats.operator(connection)
        if chat is None:
            return False
        now = self._clock() if now is None else now
        part = Part(f"message:{message_id}", params=params)
        row = self._chats.get(connection, chat)
        lang = (row.lang or row.heard or "en") if row is not None else "en"
        content = {"part": [part.content, part.page, part.params], "lang": lang, "role": "guest", "silent": False}
        dedupe = f"alert:{message_id}:{params.get('part', '')}:{int(now // HOUR)}"[:64]
        if once is not None:
            dedupe = "alert:" + hashlib.sha256(f"{message_id}|{once}".encode()).hexdigest()[:40]
        row = {"dedupe": dedupe, "chat": chat, "lane": queues.ALERT, "content": content, "created_at": now}
        return queues.put_out(connection, [row]) > 0 or once is None
