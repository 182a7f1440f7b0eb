"""Updates in: stored before the offset moves or the 200 goes out. Where the store does not answer in 500 ms, exit and
floor answer directly, past the outbox, and the offset stays (rulings 4)."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web
from sqlalchemy import Connection
from telegram.error import TelegramError

from bot.channels.telegram.gateway import Gateway, SendProblem, Wait
from bot.channels.telegram.translate import Letter, letter_of
from bot.desk import Desk
from bot.library.loading import Library
from bot.library.rendering import Renderer
from bot.library.replies import Part, Reply
from bot.stages.context import Incoming, Person
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing

log = logging.getLogger("waymark.receive")
CHANNEL = "telegram"
STORE_SECONDS = 0.5
DIRECT_PER_SECOND = 20
AGAIN_SECONDS = 0.2
"""Between two tries to store: what arrives meanwhile waits for it."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


class Receiver:
    """Stores updates; answers directly where it cannot."""

    def __init__(
        self,
        database: Database,
        chats: Chats,
        keys: KeyRing,
        gateway: Gateway,
        desk: Desk,
        library: Library,
        stored: Callable[[], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._db, self._chats, self._keys, self._gateway = database, chats, keys, gateway
        self._desk, self._library, self._stored, self._clock = desk, library, stored, clock
        self._answered: OrderedDict[int, None] = OrderedDict()
        self._direct_tokens, self._direct_at = float(DIRECT_PER_SECOND), 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, updates: list[dict[str, Any]]) -> bool:
        """True once all are on the disk. False: they are not, and the platform must send them again."""
        letters = [letter for letter in map(_read, updates) if letter is not None]
        if not letters:
            return True
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self._db.write(lambda c: self._store(c, letters))
        except Exception as error:
            log.error("the store did not take updates: %s", type(error).__name__)
            await self._directly(letters)
            return False
        for letter in letters:
            if letter.callback_id:
                task = asyncio.create_task(self._gateway.answer_tap(letter.callback_id))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._stored()
        return True

    def _store(self, connection: Connection, letters: list[Letter]) -> int:
        now = self._clock()
        key = self._keys.current("queue")
        rows: list[dict[str, Any]] = []
        wrote: dict[str, str] = {}
        told: dict[str, str] = {}
        shown: list[tuple[str, str]] = []
        for letter in letters:
            chat = self._chats.hash(CHANNEL, str(letter.chat_id))
            (wrote if letter.kind == "message" else told)[chat] = str(letter.chat_id)
            place = f"inbox.body|{CHANNEL}:{letter.update_id}|1"
            rows.append(
                {"channel": CHANNEL, "update_id": str(letter.update_id), "chat": chat, "body": self._keys.seal(key, place, letter.pack()),
                 "key_name": key, "received_at": now, "urgent": 0, "state": queues.WAITING, "attempts": 0}
            )  # fmt: skip
            if letter.message_id is not None and letter.kind == "message":
                shown.append((chat, str(letter.message_id)))
        self._chats.seen_all(connection, wrote, now)
        self._chats.seen_all(connection, told, now, wrote=False)
        self._chats.remember_ids(connection, shown, now)
        return queues.put_in(connection, rows)

    async def _directly(self, letters: list[Letter]) -> None:
        """Exit and floor without the store. Each update once in this process; a repeat after a restart is allowed."""
        await asyncio.gather(*(self._direct(letter) for letter in letters if letter.update_id not in self._answered))

    async def _direct(self, letter: Letter) -> None:
        if letter.kind != "message":
            return
        message = Incoming("direct", letter.text, letter.payload, letter.media, lang_hint=letter.lang_hint)
        outcome = await self._desk.floor_only(message, Person(greeted=True))
        replies = outcome.replies or [Reply("wants_hotline", [Part("message:danger.degraded")], kind="miss")]
        leaves = any(e.kind == "exit" for e in outcome.effects)
        gone = [letter.message_id] if leaves and letter.message_id else []
        if not await self.say(letter.chat_id, replies, outcome.lang, gone):
            return
        self._answered[letter.update_id] = None
        while len(self._answered) > 5000:
            self._answered.popitem(last=False)

    async def say(self, chat_id: int, replies: list[Reply], lang: str, gone: list[int] | None = None) -> bool:
        """Past store and outbox, under a bucket of its own: the floor's replies to a guest, once `gone` is off the screen.
        False where it did not go out. Never raises for what a platform does."""
        now = time.monotonic()
        self._direct_tokens = min(DIRECT_PER_SECOND, self._direct_tokens + (now - self._direct_at) * DIRECT_PER_SECOND)
        self._direct_at = now
        if self._direct_tokens < 1:
            return False
        self._direct_tokens -= 1
        renderer = Renderer(self._library, lang, "guest")
        try:
            if gone:
                await self._gateway.delete(chat_id, gone)
            for reply in replies:
                for part in reply.parts:
                    await self._gateway.send(chat_id, renderer.render(part))
        except (SendProblem, TelegramError, LookupError) as error:
            log.error("a direct answer did not go out: %s", type(error).__name__)
            return False
        return True


def _read(update: dict[str, Any]) -> Letter | None:
    """One update that is not as the platform describes it must not hold up all others."""
    try:
        return letter_of(update)
    except (KeyError, TypeError, AttributeError) as error:
        log.error("an update could not be read: %s", type(error).__name__)
        return None


async def poll(
    gateway: Gateway, receiver: Receiver, seconds: int = 30, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Long polling until cancelled. The offset moves only behind what is stored."""
    offset: int | None = None
    wait = 0.5
    while True:
        try:
            updates = await gateway.updates(offset, seconds)
            wait = 0.5
        except Wait as problem:
            await sleep(min(problem.seconds, 60))
            continue
        except SendProblem as problem:
            log.warning("no updates: %s", type(problem).__name__)
            await sleep(wait)
            wait = min(30.0, wait * 2)
            continue
        try:
            stored = not updates or await receiver.take(updates)
        except Exception as error:
            log.error("updates were not taken: %s", type(error).__name__)
            stored = False
        if not stored:
            await sleep(AGAIN_SECONDS)
        elif updates:
            offset = updates[-1]["update_id"] + 1


def webhook(receiver: Receiver, secret: str) -> web.Application:
    """POST / with the secret header; 200 only for what is stored, 403 without the secret, bare 503 otherwise (R62)."""
    if not secret:
        raise ValueError("a webhook without a secret takes anybody's updates")
    expected = secret.encode()

    async def receive(request: web.Request) -> web.Response:
        if not hmac.compare_digest((request.headers.get(SECRET_HEADER) or "").encode(errors="replace"), expected):
            return web.Response(status=403)
        try:
            update = orjson.loads(await request.read())
        except (orjson.JSONDecodeError, web.HTTPRequestEntityTooLarge) as error:
            log.error("an update could not be read: %s", type(error).__name__)
            return web.Response(status=200)  # it would be as unreadable the next time
        try:
            stored = await receiver.take([update])
        except Exception as error:
            log.error("an update was not taken: %s", type(error).__name__)
            stored = False
        return web.Response(status=200 if stored else 503)

    app = web.Application(client_max_size=1024 * 1024)
    app.router.add_post("/", receive)
    return app
