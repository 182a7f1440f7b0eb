"""`waymark run`: the parts put together, started in order, stopped in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from aiohttp import web

from bot.channels.telegram.gateway import Gateway, SendProblem
from bot.channels.telegram.receive import Receiver, poll, webhook
from bot.clock import clock
from bot.desk import Desk
from bot.housekeeping import Housekeeping
from bot.library.loading import Library
from bot.nlu import RasaNlu
from bot.processes import Processes
from bot.review import Reviews
from bot.safety.exits import Exits
from bot.safety.floor import Floor
from bot.sender import Sender
from bot.settings import Settings, SettingsError, read_secret
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.worker import Worker

log = logging.getLogger("waymark.service")


async def _nlu(settings: Settings, stack: AsyncExitStack) -> RasaNlu:
    """Our own Rasa and actions, or one that is already there (WAYMARK_NLU_URL)."""
    if settings.nlu_url:
        if settings.nlu_token_file is None:
            raise SettingsError("WAYMARK_NLU_URL needs WAYMARK_NLU_TOKEN_FILE")
        nlu = RasaNlu(settings.nlu_url, read_secret(settings.nlu_token_file, "the NLU token"))
        stack.push_async_callback(nlu.close)
        return nlu
    parts = await stack.enter_async_context(Processes(settings, say=log.info))
    return parts.nlu


async def serve(settings: Settings, library: Library, ready: Callable[[], Any]) -> None:
    """Until SIGTERM or SIGINT; what is in work is finished, then everything is closed."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    token = settings.telegram_token()
    async with AsyncExitStack() as stack:
        keys = KeyRing(settings.keys)
        keys.destroy_old()
        chats, database = Chats(keys), Database(settings.database)
        database.open()
        stack.callback(database.close)
        await database.write(queues.release)
        reviews = Reviews(settings.home)
        gateway = Gateway(token, settings.telegram_api_url)
        nlu = await _nlu(settings, stack)
        desk = Desk(library, nlu, Floor(), Exits())
        worker = Worker(database, chats, keys, desk, nlu, settings.workers)
        sender = Sender(
            database, chats, library, gateway, reviews,
            budget=keys.hash("budget", token), rate=settings.sends_per_second, unreviewed_allowed=settings.unreviewed_allowed,
        )  # fmt: skip
        worker.on_queued = sender.wake.set
        receiver = Receiver(database, chats, keys, gateway, desk, library, worker.wake.set)
        await gateway.open()
        stack.push_async_callback(gateway.close)
        await _introduce(gateway, library)
        await _warn_unreviewed(reviews, library, settings)
        tasks = [asyncio.create_task(worker.run(), name="worker"), asyncio.create_task(sender.run(), name="sender")]
        tasks.append(await _receive(settings, gateway, receiver, stack))
        housekeeping = Housekeeping(database, chats, keys, forget=worker.forget)
        scheduler = clock({"purge": (housekeeping.purge, 300), "quiet": (housekeeping.clear_quiet_chats, 60)})
        scheduler.start()
        stack.callback(scheduler.shutdown, wait=False)
        ready()
        await asyncio.wait([asyncio.create_task(stop.wait()), *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in reversed(tasks):  # receiving stops first, sending last
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _receive(
    settings: Settings, gateway: Gateway, receiver: Receiver, stack: AsyncExitStack
) -> asyncio.Task[Any]:
    if settings.webhook_url is None:
        await gateway.bot.delete_webhook()
        return asyncio.create_task(poll(gateway, receiver), name="receive")
    if settings.webhook_secret_file is None:
        raise SettingsError(
            "a webhook needs WAYMARK_WEBHOOK_SECRET_FILE: a file with 32 random letters and digits, mode 600"
        )
    secret = read_secret(settings.webhook_secret_file, "the webhook secret")
    runner = web.AppRunner(webhook(receiver, secret), access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, settings.webhook_host, settings.webhook_port).start()
    except OSError:
        raise SettingsError(
            f"port {settings.webhook_port} is taken: stop what uses it or set WAYMARK_WEBHOOK_PORT"
        ) from None
    await gateway.bot.set_webhook(
        settings.webhook_url, secret_token=secret, allowed_updates=["message", "callback_query", "my_chat_member"]
    )
    return asyncio.create_task(asyncio.Event().wait(), name="receive")


async def _introduce(gateway: Gateway, library: Library) -> None:
    try:
        await gateway.introduce(library.commands)
    except SendProblem as problem:
        log.warning("menu and description were not set: %s", type(problem).__name__)


async def _warn_unreviewed(reviews: Reviews, library: Library, settings: Settings) -> None:
    names = reviews.unreviewed(library)
    if names and not settings.unreviewed_allowed:
        log.warning("%d texts are not reviewed; guests get the safety floor only (waymark review)", len(names))


async def invite(settings: Settings, purpose: str, hours: int) -> str:
    """A one-time code; only its keyed hash is kept (R60)."""
    database = Database(settings.database)
    database.open()
    try:
        chats = Chats(KeyRing(settings.keys))
        return await database.write(lambda c: chats.invite(c, purpose, time.time() + hours * 3600))
    finally:
        database.close()
