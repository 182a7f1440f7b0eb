"""Outbox → platform: lanes, lease, one shared budget, and a stated outcome for everything that can go wrong."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection

from bot.channels.telegram.gateway import Broken, Moved, Refused, SendProblem, Sent, Unavailable, Unknown, Wait
from bot.library.loading import Library
from bot.library.replies import Rendered
from bot.pacing import LATE_SECONDS, Budget
from bot.placement.service import Placement
from bot.review import Reviews
from bot.shown import Shown
from bot.store import menus, queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.places import Held
from bot.store.queues import BLOCKED, BROKEN, LATE, PAUSED, OutboxRow
from bot.training.service import Training
from bot.wording import Wording

log = logging.getLogger("waymark.sender")
MAX_ATTEMPTS = 8
BATCH = 32
SETTLE_SECONDS = (0.1, 0.3, 1.0, 2.0)
PATIENCE_SECONDS = 5.0
"""So long a leased message waits for another place in the budget; then it goes back into the queue, well before its lease ends."""
Clock = Callable[[], float]
Work = Callable[[Connection], Any]


class Platform(Protocol):
    """What the sender needs of a channel; `Gateway` is Telegram's."""

    async def send(self, chat_id: int, message: Rendered, silent: bool = False) -> Sent: ...
    async def delete(self, chat_id: int, message_ids: list[int]) -> None: ...
    async def leave(self, chat_id: int) -> None: ...
    async def menu(self, chat_id: int, commands: Mapping[str, str] | None) -> None:
        """The commands listed in this chat alone, each with its words; None: those for everybody."""


@dataclass(slots=True)
class Due:
    """A leased row and what is known of its chat now; `address` is None where nothing may be sent there, and `why` says why not. `granted`:
    when it got its place in the budget, seconds since the epoch; `place` is the one that it has now."""

    row: OutboxRow
    address: str | None
    role: str
    granted: float
    place: Held
    why: str = BLOCKED


class HeldUp(Exception):
    """A message found no place in the budget in time; nothing was sent."""


class Unworded(Exception):
    """The words of a message could not be made; nothing was sent."""


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
        late: float = LATE_SECONDS,
        unreviewed_allowed: bool = False,
        clock: Clock = time.time,
        placement: Placement | None = None,
        training: Training | None = None,
    ) -> None:
        self._wording = Wording(
            database,
            library,
            reviews,
            unreviewed_allowed=unreviewed_allowed,
            clock=clock,
            placement=placement,
            training=training,
        )
        self._placement, self._training = placement, training
        self._db, self._chats, self._platform = database, chats, platform
        self._channel, self._budget, self._clock = channel, Budget(budget, rate), clock
        self._late = late  # seconds of `clock`, which a simulation lets run faster
        self._scarce = False
        self._busy: set[asyncio.Task[None]] = set()
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; what is on its way is finished first. A store that fails is tried again, never the end."""
        try:
            while True:
                try:
                    wait = await self.step()
                except Exception as error:
                    log.error("the outbox cannot be read: %s", type(error).__name__)
                    wait = 0.5
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
        if self._scarce:  # without the lock for writing, which waiting senders would else keep from those that have something to write
            wait = await self._db.read(self._until_token)
            if wait > 0:
                return self._apart(wait)
        rows, wait, self._scarce = await self._db.write(self._take)
        for due in rows:
            task = asyncio.create_task(self._deliver(due))
            self._busy.add(task)
            task.add_done_callback(self._done)
        return 0.0 if rows else self._apart(wait or 0.5)

    @staticmethod
    def _apart(wait: float) -> float:
        """Senders that wait for the same moment do not all come at once."""
        return min(0.5, wait * random.uniform(1.0, 1.5))  # noqa: S311  # no secret

    def _until_token(self, connection: Connection) -> float:
        return self._budget.until_one(connection, self._clock())

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

    def _take(self, connection: Connection) -> tuple[list[Due], float, bool]:
        """What is sent now; else the seconds until there is a token; whether the budget is used up."""
        now = self._clock()
        granted, wait, bucket = self._budget.see(connection, BATCH, now)
        if not granted:
            return [], wait, True
        rows = queues.take_out(connection, now, granted, partial(self._perhaps, connection))
        if not rows:  # nothing is written, and nothing waits for the disk
            return [], 0.0, False
        held = self._budget.spend(connection, bucket, len(rows), now)
        chats = self._chats.get_all(connection, [row.chat for row in rows])
        due = [self._due(chats.get(row.chat), row, now, place) for row, place in zip(rows, held, strict=True)]
        return due, 0.0, len(rows) == granted < BATCH

    def _due(self, chat: Any, row: OutboxRow, now: float, place: Held) -> Due:
        """The one gate for everything that is sent (R6): never after a block or an exit until they write again. An advocate who clears the
        screen is still on call: for them `/out` ends that, and who is asked must hear it."""
        if chat is None:
            return Due(row, None, "guest", now, place, BLOCKED)
        late = row.not_after is not None and row.not_after < now
        message = (
            not any(row.content.get(name) for name in ("clear", "leave", "fleeting")) and menus.KEY not in row.content
        )
        cleared = chat.cleared_at if chat.role != "advocate" else None
        left = message and cleared is not None and row.created_at > cleared
        unseen = chat.blocked and row.content.get(menus.KEY) != ""  # a work menu is taken back also behind a block
        if late or left or unseen:
            return Due(row, None, chat.role, now, place, LATE if late else BLOCKED if chat.blocked else PAUSED)
        return Due(row, self._chats.address_of(chat), chat.role, now, place)

    async def _deliver(self, due: Due) -> None:
        """Never raises. What is not written down in time stays leased: urgent lanes send again, training does not."""
        row = due.row
        try:
            if due.address is None:
                await self._end(due, lambda c: self._not_sent(c, row, due.why))
                return
            work, sent = await self._attempt(due, int(due.address))
            kept = await self._end(due, work)
            if sent is not None and not kept:
                await self._take_back(row, int(due.address), sent)
        except Exception as error:
            log.error("the outcome of a message is not written: %s", type(error).__name__)

    async def _end(self, due: Due, work: Work) -> Any:
        """What became of a message, and its place in the budget given back, in one."""
        at = self._clock()

        def both(connection: Connection) -> Any:
            self._budget.answered(connection, due.place, at)
            return work(connection)

        return await self._settle(both)

    async def _settle(self, work: Work) -> Any:
        for wait in SETTLE_SECONDS:
            try:
                return await self._db.write(work)
            except Exception as error:
                log.warning("the store is asked again: %s", type(error).__name__)
                await asyncio.sleep(wait)
        return await self._db.write(work)

    async def _attempt(self, due: Due, chat_id: int) -> tuple[Work, Sent | None]:
        """Ask the platform once. Returns what to write down, and what went out where all of it did."""
        row = due.row
        try:
            return await self._act(due, chat_id)
        except HeldUp:
            return (lambda c: queues.retry_out(c, row.id, self._clock())), None
        except Unworded as error:
            log.error("sending failed: %s", type(error.__cause__).__name__)
            return (lambda c: self._later(c, row, LATE)), None
        except SendProblem as problem:
            outcome, sent = self._outcome(row, problem), Sent(list(problem.sent))

            def work(connection: Connection) -> None:
                self._remember(connection, row, sent)
                outcome(connection)

            return work, None
        except Exception as error:
            log.error("sending failed: %s", type(error).__name__)
            return (lambda c: self._unsure(c, row)), None

    def _outcome(self, row: OutboxRow, problem: SendProblem) -> Work:
        if menus.KEY in row.content and not isinstance(problem, Wait | Unavailable):
            if isinstance(problem, Unknown):
                return lambda c: self._later(c, row)
            return lambda c: self._menu_not_shown(c, row, BROKEN)
        match problem:
            case Wait():
                until = self._clock() + problem.seconds
                return lambda c: self._paused(c, row, until)
            case Refused():
                return lambda c: self._refused(c, row)
            case Moved():
                new = str(problem.chat_id)
                return lambda c: self._moved(c, row, new)
            case Broken():
                log.error("a message cannot be sent and was given up: %s", row.content.get("part", ["?"])[0])
                return lambda c: queues.finish_out(c, row.id, queues.DEAD, BROKEN)
            case Unavailable():
                why = None if problem.sent else LATE
                return lambda c: self._later(c, row, why)
            case _:
                return lambda c: self._unsure(c, row)

    async def _act(self, due: Due, chat_id: int) -> tuple[Work, Sent | None]:
        row, role, content = due.row, due.role, due.row.content
        if content.get("clear"):
            numbers = await self._clear(row, chat_id)
            return (lambda c: self._cleared(c, row, numbers)), None
        if content.get("leave"):
            await self._platform.leave(chat_id)
            return (lambda c: self._left(c, row)), None
        if content.get("fleeting"):
            rows = await self._take_down(row, chat_id)
            return (lambda c: self._taken_down(c, row, rows)), None
        if menus.KEY in content:
            await self._platform.menu(chat_id, self._wording.commands(content[menus.KEY]))
            return (lambda c: self._menu_shown(c, row)), None
        if "part" not in content:
            raise Broken
        try:
            shown = await self._wording.shown(row, role)
        except Exception as error:
            raise Unworded from error
        if shown is None:
            return (lambda c: queues.finish_out(c, row.id, queues.DEAD, PAUSED)), None
        await self._in_time(due)
        sent = await self._platform.send(chat_id, shown.rendered, content.get("silent", False))
        return (lambda c: self._sent(c, row, sent, shown)), sent

    async def _in_time(self, due: Due) -> None:
        """Waits for another place in the budget where the message was held up since it got its own. What is urgent, or an answer, never
        waits here. Raises `HeldUp`."""
        until = due.granted + PATIENCE_SECONDS
        while due.row.lane >= queues.TRAINING and self._clock() - due.granted > self._late:
            now = self._clock()
            try:
                found = await self._db.write(partial(self._budget.take_one, now=now))
            except Exception as error:
                log.warning("the budget cannot be asked: %s", type(error).__name__)
                raise HeldUp from error
            if isinstance(found, Held):
                due.granted, due.place = now, found
            elif now + found > until:
                raise HeldUp
            else:
                await asyncio.sleep(self._apart(found))

    async def _take_down(self, row: OutboxRow, chat_id: int) -> list[int]:
        """Delete what may stand on this screen no longer."""
        placement = self._placement
        if placement is None:
            return []
        due = await self._db.read(lambda c: placement.due(c, row.chat, self._clock()))
        if due:
            await self._platform.delete(chat_id, [message_id for _, message_id in due])
        return [number for number, _ in due]

    def _taken_down(self, connection: Connection, row: OutboxRow, rows: list[int]) -> None:
        if self._placement is not None:
            self._placement.gone(connection, rows)
        queues.finish_out(connection, row.id)

    def _later(self, connection: Connection, row: OutboxRow, why: str | None = None) -> None:
        """`why` it surely did not arrive, where it is given up."""
        if row.attempts >= MAX_ATTEMPTS and row.lane > queues.ALERT:
            self._give_up(connection, row, why)
            return
        wait = min(60.0, 0.5 * 2 ** min(row.attempts, 7))
        queues.retry_out(connection, row.id, self._clock() + wait)

    def _unsure(self, connection: Connection, row: OutboxRow) -> None:
        """It may have arrived."""
        if row.lane >= queues.TRAINING:
            self._give_up(connection, row)
        else:
            self._later(connection, row)

    def _give_up(self, connection: Connection, row: OutboxRow, why: str | None = None) -> None:
        """`why` it surely did not arrive; without one it may have."""
        if why is None:
            self._perhaps(connection, row.dedupe, self._clock())
        queues.finish_out(connection, row.id, queues.DEAD, why)

    def _perhaps(self, connection: Connection, key: str, at: float) -> None:
        if self._training is not None:
            self._training.perhaps_told(connection, key, at)

    def _remember(self, connection: Connection, row: OutboxRow, sent: Sent) -> None:
        self._chats.remember_ids(connection, [(row.chat, str(number)) for number in sent.message_ids], self._clock())

    def _sent(self, connection: Connection, row: OutboxRow, sent: Sent, shown: Shown) -> bool:
        """False where the row is gone: the person left while this was on its way, so it must not stay on the screen (R6)."""
        self._remember(connection, row, sent)
        stays = row.content.get("stays", shown.stays)
        if stays is not None and self._placement is not None:
            self._placement.stays(connection, row.chat, sent.message_ids, self._clock() + stays)
        if shown.done is not None:
            shown.done(connection)
        return queues.finish_out(connection, row.id)

    async def _take_back(self, row: OutboxRow, chat_id: int, sent: Sent) -> None:
        try:
            await self._platform.delete(chat_id, sent.message_ids)
        except SendProblem:
            clearing = {
                "dedupe": f"late:{row.id}",
                "chat": row.chat,
                "lane": queues.SURVIVOR,
                "content": {"clear": True},
            }
            await self._settle(lambda c: queues.put_out(c, [{**clearing, "created_at": self._clock()}]))

    async def _clear(self, row: OutboxRow, chat_id: int) -> list[int]:
        """Delete everything under 48 h, theirs and ours (R3), or what is older than row `up_to` alone."""
        up_to = row.content.get("up_to")
        ids = await self._db.read(lambda c: self._chats.deletable_ids(c, row.chat, self._clock(), up_to))
        if ids:
            await self._platform.delete(chat_id, [int(message_id) for _, message_id in ids])
        return [number for number, _ in ids]

    def _not_sent(self, connection: Connection, row: OutboxRow, why: str) -> None:
        if menus.KEY in row.content:
            self._menu_not_shown(connection, row, why)
        else:
            queues.finish_out(connection, row.id, queues.DEAD, why)

    def _menu_shown(self, connection: Connection, row: OutboxRow) -> None:
        """Where the row is gone, they left while it was on its way: it is taken back."""
        menu = row.content[menus.KEY]
        kept = queues.finish_out(connection, row.id)
        if not menu or not kept:
            menus.may_be_shown(connection, row.chat, menu)
        if menu and not kept:
            menus.take_back(connection, row.chat, self._clock())

    def _menu_not_shown(self, connection: Connection, row: OutboxRow, why: str) -> None:
        """No message is lost by it: one for work is tried again when they write next, as is what could not be taken back."""
        if row.content[menus.KEY]:
            menus.may_be_shown(connection, row.chat, "")
        queues.finish_out(connection, row.id, queues.DEAD, why)

    def _paused(self, connection: Connection, row: OutboxRow, until: float) -> None:
        queues.pause(connection, self._budget.name, until)
        queues.retry_out(connection, row.id, until)

    def _left(self, connection: Connection, row: OutboxRow) -> None:
        queues.finish_out(connection, row.id)
        self._chats.remove(connection, row.chat)

    def _cleared(self, connection: Connection, row: OutboxRow, numbers: list[int]) -> None:
        self._chats.forget_ids(connection, numbers)
        queues.finish_out(connection, row.id)
        if row.content.get("forget"):
            self._chats.leave(connection, row.chat, row.created_at)

    def _refused(self, connection: Connection, row: OutboxRow) -> None:
        queues.finish_out(connection, row.id, queues.DEAD, BLOCKED)
        if self._training is not None:
            self._training.away(connection, row.chat, self._clock())
        queues.drop_waiting(connection, row.chat)
        self._chats.change(connection, row.chat, blocked=1)

    def _moved(self, connection: Connection, row: OutboxRow, address: str) -> None:
        self._chats.migrate(connection, row.chat, self._channel, address, self._clock())
        queues.retry_out(connection, row.id, 0.0)
