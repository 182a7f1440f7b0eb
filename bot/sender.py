"""Outbox → platform: lanes, lease, one shared budget, and a stated outcome for everything that can go wrong."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Connection

from bot.channels.telegram.gateway import Broken, Moved, Refused, Sent, Unavailable, Unknown, Wait
from bot.library.loading import Library
from bot.library.rendering import NotForThisReader, Renderer
from bot.library.replies import Part, Rendered
from bot.review import Reviews
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.queues import OutboxRow

log = logging.getLogger("waymark.sender")
MAX_ATTEMPTS = 8
BATCH = 32
Clock = Callable[[], float]


class Platform(Protocol):
    """What the sender needs of a channel; `Gateway` is Telegram's."""

    async def send(self, chat_id: int, message: Rendered, silent: bool = False) -> Sent: ...
    async def delete(self, chat_id: int, message_ids: list[int]) -> None: ...
    async def leave(self, chat_id: int) -> None: ...


class Sender:
    """Renders at the last moment, so that what is queued holds ids only, and passes the one gate to a guest (R6, R10)."""

    def __init__(
        self,
        database: Database,
        chats: Chats,
        library: Library,
        platform: Platform,
        reviews: Reviews,
        *,
        channel: str = "telegram",
        budget: str = "telegram",
        rate: float = 25.0,
        unreviewed_allowed: bool = False,
        clock: Clock = time.time,
    ) -> None:
        self._db, self._chats, self._library, self._platform = database, chats, library, platform
        self._channel, self._budget, self._rate, self._clock = channel, budget, rate, clock
        self._reviews = reviews
        self._unreviewed = set() if unreviewed_allowed else set(reviews.unreviewed(library))
        self._busy: set[asyncio.Task[None]] = set()
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; what is on its way is finished first."""
        try:
            while True:
                wait = await self.step()
                if wait > 0:
                    try:
                        async with asyncio.timeout(wait):
                            await self.wake.wait()
                    except TimeoutError:
                        pass
                    self.wake.clear()
        finally:
            await asyncio.gather(*self._busy, return_exceptions=True)

    async def step(self) -> float:
        """Send what the budget allows; returns how long to wait before looking again (0: look at once)."""
        if len(self._busy) >= 4 * BATCH:
            await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
        rows, wait = await self._db.write(self._take)
        for row, address in rows:
            task = asyncio.create_task(self._deliver(row, address))
            self._busy.add(task)
            task.add_done_callback(self._done)
        return 0.0 if rows else min(0.5, wait or 0.5)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self.wake.set()

    async def drain(self) -> None:
        """Send until nothing is due (tests)."""
        while True:
            before = await self.step()
            if self._busy:
                await asyncio.wait(list(self._busy))
            elif before >= 0.5:
                return
            else:
                await asyncio.sleep(min(before, 0.05))

    def _take(self, connection: Connection) -> tuple[list[tuple[OutboxRow, str | None]], float]:
        now = self._clock()
        granted, wait = queues.take_tokens(connection, self._budget, BATCH, self._rate, self._rate, now)
        if not granted:
            return [], wait
        rows = queues.take_out(connection, now, granted)
        if len(rows) < granted:
            queues.give_back_tokens(connection, self._budget, granted - len(rows), self._rate)
        return [(row, self._chats.address(connection, row.chat)) for row in rows], 0.0

    async def _deliver(self, row: OutboxRow, address: str | None) -> None:
        now = self._clock()
        if address is None or (row.not_after is not None and row.not_after < now):
            await self._db.write(lambda c: queues.finish_out(c, row.id, queues.DEAD))
            return
        try:
            await self._act(row, int(address))
        except Wait as problem:
            until = now + problem.seconds
            await self._db.write(lambda c: self._paused(c, row, until))
        except Refused:
            await self._db.write(lambda c: self._refused(c, row))
        except Broken:
            log.error("a message cannot be sent and was given up: %s", row.content.get("part", ["?"])[0])
            await self._db.write(lambda c: queues.finish_out(c, row.id, queues.DEAD))
        except Moved as problem:
            new = str(problem.chat_id)
            await self._db.write(lambda c: self._moved(c, row, new))
        except Unknown:
            if row.lane >= queues.TRAINING:
                await self._db.write(lambda c: queues.finish_out(c, row.id, queues.DEAD))
            else:
                await self._later(row)
        except Unavailable:
            await self._later(row)
        except Exception as error:
            log.error("sending failed: %s", type(error).__name__)
            await self._later(row)

    async def _later(self, row: OutboxRow) -> None:
        if row.attempts >= MAX_ATTEMPTS and row.lane > queues.ALERT:
            await self._db.write(lambda c: queues.finish_out(c, row.id, queues.DEAD))
            return
        wait = min(60.0, 0.5 * 2 ** min(row.attempts, 7))
        await self._db.write(lambda c: queues.retry_out(c, row.id, self._clock() + wait))

    async def _act(self, row: OutboxRow, chat_id: int) -> None:
        content = row.content
        if content.get("clear"):
            await self._clear(row, chat_id)
        elif content.get("leave"):
            await self._platform.leave(chat_id)
            await self._db.write(lambda c: self._left(c, row))
        else:
            sent = await self._platform.send(chat_id, self._words(content), content.get("silent", False))
            if not await self._db.write(lambda c: self._sent(c, row, sent)):
                await self._platform.delete(chat_id, sent.message_ids)

    def _sent(self, connection: Connection, row: OutboxRow, sent: Sent) -> bool:
        """False where the row is gone: the person left while this was on its way, so it must not stay on the screen (R6)."""
        if not queues.finish_out(connection, row.id):
            return False
        now = self._clock()
        for message_id in sent.message_ids:
            self._chats.remember_id(connection, row.chat, str(message_id), now)
        return True

    async def _clear(self, row: OutboxRow, chat_id: int) -> None:
        """Delete everything under 48 h, theirs and ours (R3)."""
        ids = await self._db.read(lambda c: self._chats.deletable_ids(c, row.chat, self._clock()))
        if ids:
            await self._platform.delete(chat_id, [int(message_id) for _, message_id in ids])
        await self._db.write(lambda c: self._cleared(c, row, [number for number, _ in ids]))

    def _paused(self, connection: Connection, row: OutboxRow, until: float) -> None:
        queues.pause(connection, self._budget, until)
        queues.retry_out(connection, row.id, until)

    def _left(self, connection: Connection, row: OutboxRow) -> None:
        queues.finish_out(connection, row.id)
        self._chats.remove(connection, row.chat)

    def _cleared(self, connection: Connection, row: OutboxRow, numbers: list[int]) -> None:
        self._chats.forget_ids(connection, numbers)
        queues.finish_out(connection, row.id)

    def _words(self, content: dict[str, Any]) -> Rendered:
        name, page, params = content["part"]
        lang, role = content["lang"], content["role"]
        if (
            role not in ("officer", "coordinator")
            and f"{name}:{lang}" in self._unreviewed
            and not self._reviews.is_floor(name)
        ):
            name, page, params = "lines:", 0, {"ids": ["nhth"]}
        renderer = Renderer(self._library, lang, role)
        try:
            return renderer.render(Part(name, page, params))
        except NotForThisReader:
            return renderer.render(Part("message:officer_only"))

    def _refused(self, connection: Connection, row: OutboxRow) -> None:
        queues.finish_out(connection, row.id, queues.DEAD)
        queues.drop_waiting(connection, row.chat)
        self._chats.change(connection, row.chat, blocked=1)

    def _moved(self, connection: Connection, row: OutboxRow, address: str) -> None:
        self._chats.migrate(connection, row.chat, self._channel, address, self._clock())
        queues.retry_out(connection, row.id, 0.0)
