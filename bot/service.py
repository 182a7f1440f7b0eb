"""`waymark run`: the parts put together, started in order, stopped in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from aiohttp import web

from bot.alerts import Alerts
from bot.channels.telegram.gateway import Gateway, SendProblem
from bot.channels.telegram.receive import Receiver, poll, webhook
from bot.clock import clock
from bot.desk import Desk
from bot.directory_watch import DirectoryWatch
from bot.housekeeping import Housekeeping
from bot.intake import graph as graphs
from bot.library.loading import Library
from bot.nlu import RasaNlu
from bot.pager import Pager
from bot.placement.model import Switches
from bot.placement.service import Placement
from bot.processes import Processes
from bot.review import Reviews
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.sender import Sender
from bot.settings import Settings, SettingsError, read_secret
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database, StoreError
from bot.store.keys import KeyRing
from bot.store.requests import Requests
from bot.training.service import Training
from bot.worker import Worker

log = logging.getLogger("waymark.service")
TICK_SECONDS = 5
"""How late a ladder, a shift or a message whose time is over may be seen to."""

REFRESHER_SECONDS = 30
"""How often refreshers are planned and queued; they wait in the outbox for their time, so that this delays none."""


def keep_out_of_collection() -> None:
    """What is loaded by now stays for good; Python's collector need not walk all of the content again and again."""
    gc.collect()
    gc.freeze()


async def _nlu(settings: Settings, stack: AsyncExitStack, restarted: Callable[[str], None]) -> RasaNlu:
    """Our own Rasa and actions, or one that is already there (WAYMARK_NLU_URL)."""
    if settings.nlu_url:
        if settings.nlu_token_file is None:
            raise SettingsError("WAYMARK_NLU_URL needs WAYMARK_NLU_TOKEN_FILE")
        nlu = RasaNlu(settings.private_nlu_url(), read_secret(settings.nlu_token_file, "the NLU token"))
        stack.push_async_callback(nlu.close)
        return nlu
    parts = await stack.enter_async_context(Processes(settings, say=log.info))
    for child in parts.children:
        child.on_restart = restarted
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
        database.open(migrate=True)
        stack.callback(database.close)
        await database.write(queues.release)
        await database.read(Requests(keys).sweep_keys)  # what a crash left between a commit and its keys
        reviews = Reviews(settings.home)
        gateway = Gateway(token, settings.telegram_api_url)
        told: set[asyncio.Task[bool]] = set()

        def tell(message_id: str, **params: Any) -> None:
            task = asyncio.create_task(alerts.tell(message_id, **params))
            told.add(task)
            task.add_done_callback(told.discard)

        nlu = await _nlu(settings, stack, lambda name: tell("operator.part_restarted", part=name))
        desk = Desk(library, nlu, floors.shared(), leaving.shared())
        alerts = Alerts(database, chats, lambda: sender.wake.set())
        switches = _switches(settings, reviews, library)
        pager = Pager(settings.paging_hosts)
        placement = Placement(
            keys, chats, alerts, library, graphs.shared(), switches, pager.page, map(str, settings.staff_groups)
        )
        training = Training(keys, chats, library, link=gateway.link)
        await training.loaded(database)
        worker = Worker(database, chats, keys, desk, nlu, settings.workers, placement=placement, training=training)
        sender = Sender(
            database, chats, library, gateway, reviews, budget=keys.hash("budget", token), rate=settings.sends_per_second,
            unreviewed_allowed=settings.unreviewed_allowed, placement=placement, training=training,
        )  # fmt: skip
        worker.on_queued = sender.wake.set
        receiver = Receiver(database, chats, keys, gateway, desk, library, worker.wake.set)
        worker.directly = receiver.say
        stack.push_async_callback(gateway.close)
        await gateway.open()
        await _introduce(gateway, library)
        await _look_over(reviews, library, settings, alerts)
        tasks = [asyncio.create_task(sender.run(), name="sender"), asyncio.create_task(worker.run(), name="worker")]
        tasks.append(asyncio.create_task(pager.run(), name="pager"))
        tasks.append(await _receive(settings, gateway, receiver, stack))
        housekeeping = Housekeeping(database, chats, keys, forget=worker.forget, placement=placement, training=training)

        async def oncall() -> None:
            await database.write(lambda c: placement.tick(c, time.time()))
            sender.wake.set()

        async def refreshers() -> None:
            await training.tick(database, time.time())
            sender.wake.set()

        scheduler = clock({"purge": (housekeeping.purge, 300), "quiet": (housekeeping.clear_quiet_chats, 60),
                           "rotation": (housekeeping.finish_rotation, 600), "oncall": (oncall, TICK_SECONDS),
                           "refreshers": (refreshers, REFRESHER_SECONDS)})  # fmt: skip
        directory = DirectoryWatch(library, alerts)
        await directory.look()
        scheduler.add_job(directory.refresh, "interval", seconds=10, id="directory")
        scheduler.add_job(directory.daily, "interval", seconds=86_400, id="stale")
        scheduler.start()
        stack.callback(scheduler.shutdown, wait=False)
        keep_out_of_collection()
        ready()
        await asyncio.wait([asyncio.create_task(stop.wait()), *tasks], return_when=asyncio.FIRST_COMPLETED)
        broken = next((task for task in tasks if task.done()), None)
        for task in reversed(tasks):  # receiving stops first, sending last
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if broken is not None and not stop.is_set():
            raise StoreError(f"the {broken.get_name()} stopped by itself; the log says what came before. Start again")


async def _receive(
    settings: Settings, gateway: Gateway, receiver: Receiver, stack: AsyncExitStack
) -> asyncio.Task[Any]:
    if settings.webhook_url is None:
        try:
            await gateway.use_polling()
        except SendProblem as error:
            log.warning("the webhook of before may still be set: %s", type(error).__name__)
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
    try:
        await gateway.use_webhook(settings.webhook_url, secret)
    except SendProblem as error:
        raise SettingsError(
            f"Telegram did not take WAYMARK_WEBHOOK_URL ({type(error).__name__}): it must be https on port 443, 80, 88 or 8443"
        ) from None
    return asyncio.create_task(asyncio.Event().wait(), name="receive")


def _switches(settings: Settings, reviews: Reviews, library: Library) -> Switches:
    """No question is asked before a person has read all of them (R10); relay and minors' path are the operator's to switch on."""
    waiting = [n for n in reviews.unreviewed(library) if n.startswith(("ask:", "message:request.", "message:intake."))]
    asks = settings.unreviewed_allowed or not waiting
    if not asks:
        log.info("requests for a safe place cannot begin: %d of their texts wait for a reviewer", len(waiting))
    return Switches(settings.relay, settings.minors_chat, asks)


async def _introduce(gateway: Gateway, library: Library) -> None:
    try:
        await gateway.introduce(library.commands)
    except SendProblem as problem:
        log.warning("menu and description were not set: %s", type(problem).__name__)


async def _look_over(reviews: Reviews, library: Library, settings: Settings, alerts: Alerts) -> None:
    """At start, what a person has to look at: texts nobody reviewed (R10)."""
    names = reviews.unreviewed(library)
    if names and not settings.unreviewed_allowed:
        for name in names:
            log.info("not reviewed: %s", name)
        await alerts.tell("operator.unreviewed", count=len(names))


async def revoke(settings: Settings, code: str) -> bool:
    """Take an invitation back, and the role of whoever used it (R60). False where there is none such."""
    database = Database(settings.database)
    database.open()
    try:
        chats = Chats(KeyRing(settings.keys))
        return await database.write(lambda c: chats.revoke(c, code, time.time()))
    finally:
        database.close()


async def status(settings: Settings) -> dict[str, int]:
    """Counts of what waits; numbers only."""
    database = Database(settings.database)
    database.open()
    try:
        return await database.read(queues.depth)
    finally:
        database.close()


async def invite(settings: Settings, purpose: str, hours: int) -> str:
    """A one-time code; only its keyed hash is kept (R60)."""
    database = Database(settings.database)
    database.open()
    try:
        chats = Chats(KeyRing(settings.keys))
        return await database.write(lambda c: chats.invite(c, purpose, time.time() + hours * 3600))
    finally:
        database.close()
