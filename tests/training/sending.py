"""A sender in a process of its own, a planner beside it if asked for: what several of `waymark run` on one store do for refreshers.

    python -m tests.training.sending --home DIR --database URL --api URL [--rate N] [--start T] [--began T] [--speed N] [--plans]

Its clock shows `--start` at the moment `--began` of the machine's clock, and runs `--speed` times as fast. Prints `ready` once it sends,
and ends on SIGTERM. Everything of it is the bot's own: store, keys, gateway, sender, planner.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import uvloop

from bot.channels.telegram.gateway import Gateway
from bot.library import loading
from bot.pacing import LATE_SECONDS
from bot.review import Reviews
from bot.sender import Sender
from bot.service import keep_out_of_collection
from bot.settings import SettingsError
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.training.planner import Planner
from bot.training.service import Training
from tests.bench.peers import TOKEN

BUDGET = "sending"
TRIES = 5
TICK_SECONDS = 1.0
"""Of the machine's clock, between two looks of a planner."""


def clock(start: float, began: float, speed: float) -> Callable[[], float]:
    return lambda: start + (time.time() - began) * speed


async def serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    now = clock(options.start, options.began, options.speed)
    keys, database = KeyRing(options.home / "keys"), Database(options.database)
    chats, library, gateway = Chats(keys), loading.shared(), Gateway(TOKEN, options.api)
    database.open()
    await database.write(queues.release)  # as at every start
    training = Training(keys, chats, library)
    sender = Sender(
        database, chats, library, gateway, Reviews(options.home), budget=BUDGET, rate=options.rate, unreviewed_allowed=True,
        clock=now, late=LATE_SECONDS * options.speed, training=training,
    )  # fmt: skip
    await _reach(gateway)
    keep_out_of_collection()
    tasks = [asyncio.create_task(sender.run())]
    if options.plans:
        deck = training.rooms.deck
        tasks.append(asyncio.create_task(_plan(Planner(database, deck.facts, deck.basic), now)))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await stop.wait()
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await gateway.close()
    database.close()


async def _reach(gateway: Gateway) -> None:
    """The server of a test shares its process with the test, and may be too busy to answer at once: tried again a few times, as whatever
    restarts `waymark run` would. Raises `SettingsError` in the end."""
    for _ in range(TRIES - 1):
        with contextlib.suppress(SettingsError):
            await gateway.open()
            return
        await asyncio.sleep(0.5)
    await gateway.open()


async def _plan(planner: Planner, now: Callable[[], float]) -> None:
    """As the clock of `waymark run` does: what fails is tried at the next tick."""
    while True:
        try:
            await planner.tick(now())
        except Exception as error:
            logging.getLogger("waymark.training").warning("planning failed: %s", type(error).__name__)
        await asyncio.sleep(random.uniform(0.5, 1.5) * TICK_SECONDS)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--rate", type=float, default=25.0)
    parser.add_argument("--start", type=float, default=0.0)
    parser.add_argument("--began", type=float, default=0.0)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--plans", action="store_true")
    logging.basicConfig(level=logging.ERROR)
    uvloop.run(serve(parser.parse_args(arguments)))


if __name__ == "__main__":
    main()
