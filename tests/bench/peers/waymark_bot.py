"""Waymark's own way of an update: stored with synchronous=FULL, sealed, read by the real desk, queued, sent.

Put together as `bot/service.py` does it, but for two things: no Rasa (the messages are commands), and a budget of sends
that never ends, since the question is what the code can do and not what Telegram allows.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import tempfile
import time
from pathlib import Path

import uvloop

from bot.channels.telegram.gateway import Gateway
from bot.channels.telegram.receive import CHANNEL, Receiver, poll
from bot.desk import Desk
from bot.library import loading
from bot.nlu import NoNlu
from bot.review import Reviews
from bot.safety.exits import Exits
from bot.safety.floor import Floor
from bot.sender import Sender
from bot.service import keep_out_of_collection
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.worker import Worker
from tests.bench.peers import TOKEN


async def serve(url: str, home: Path, known: range) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    library, nlu = loading.shared(), NoNlu()
    keys, database = KeyRing(home / "keys"), Database(f"sqlite:///{home / 'waymark.db'}")
    chats, gateway = Chats(keys), Gateway(TOKEN, url)
    database.open()
    desk = Desk(library, nlu, Floor(), Exits())
    worker = Worker(database, chats, keys, desk, nlu)
    sender = Sender(database, chats, library, gateway, Reviews(home), rate=1e6, unreviewed_allowed=True)
    worker.on_queued = sender.wake.set
    receiver = Receiver(database, chats, keys, gateway, desk, library, worker.wake.set)
    for chat_id in known:  # they have had their first words, so that an update is one reply as with the peers
        chat = chats.hash(CHANNEL, str(chat_id))
        await database.write(lambda c, chat=chat, chat_id=chat_id: _greet(chats, c, chat, chat_id))
    await gateway.open()
    keep_out_of_collection()
    print(f"polling {time.time()}", flush=True)
    tasks = [asyncio.create_task(part) for part in (worker.run(), sender.run(), poll(gateway, receiver, 2))]
    await stop.wait()
    for task in reversed(tasks):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await gateway.close()
    database.close()


def _greet(chats: Chats, connection: object, chat: str, chat_id: int) -> None:
    chats.seen(connection, chat, str(chat_id), time.time())  # type: ignore[arg-type]
    chats.change(connection, chat, greeted=1)  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--chats", type=int, required=True)
    parser.add_argument("--first-chat", type=int, required=True)
    parser.add_argument("--profile", type=Path)
    options = parser.parse_args()
    known = range(options.first_chat, options.first_chat + options.chats)
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as home:
        if options.profile:
            import cProfile

            profile = cProfile.Profile()
            profile.enable()
            uvloop.run(serve(options.url, Path(home), known))
            profile.disable()
            profile.dump_stats(options.profile)
        else:
            uvloop.run(serve(options.url, Path(home), known))


if __name__ == "__main__":
    main()
