"""The whole load of refreshers, planned and sent: `python -m tests.bench.load [folder]` writes `refreshers.md` and `refreshers.svg`. Not in CI.

Four processes with the real sender and one budget in the store drain what is due for all officers in the same minute, against the local Bot
API server, at the configured rate; meanwhile survivors' messages are put into the outbox. Measured: sends in the densest second, the time
from a survivor's message being written to its being accepted, memory of the senders. `WAYMARK_BENCH_FULL=1` sends 10,000 messages (some
eight minutes), else 1,500; `WAYMARK_BENCH_QUICK=1` 200, to see that it runs. Planning is measured by `training.py` with 10,000 always.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from bot.settings import ROOT, Settings
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.schema import outbox
from bot.training import cards
from bot.training.deck import Deck
from bot.training.planner import Planner
from tests.bench import figures, training
from tests.bench.figures import Row
from tests.bench.peers import TOKEN
from tests.botapi import RemoteBotApi
from tests.store.postgres import NoPostgres, cluster
from tests.training.making import MONDAY, large, weekly
from tests.training.processes import Sending

QUICK, FULL = (os.environ.get(f"WAYMARK_BENCH_{name}") == "1" for name in ("QUICK", "FULL"))
OFFICERS = 200 if QUICK else 10_000 if FULL else 1500
DEPARTMENTS = 200
SURVIVORS = 20 if QUICK else 200
SENDERS = 4
RATE = Settings.model_fields["sends_per_second"].default
FIRST = 1_000_000
START_SECONDS = 60.0
"""Before it is ten on Tuesday: by then all four have started."""
WAIT_SECONDS = 1200.0
PEER_RATE = 400
"""Sends a second that survivors' messages are spread over with the peer: about what it reaches."""
SHARES = (0.1, 0.5, 1.0)
"""Of the messages, at which memory is looked at."""


@dataclass(frozen=True, slots=True)
class Drain:
    """`wrong`: officers who did not get one message. `densest`: sends in the worst second of all. `waits`: seconds from a survivor's message being written to its being accepted.
    `memory`: MB of each sender, at each of `SHARES`."""

    officers: int
    wrong: int
    sent: int
    seconds: float
    densest: int
    waits: list[float]
    memory: list[list[float]]

    @property
    def p99(self) -> float:
        return sorted(self.waits)[math.ceil(0.99 * len(self.waits)) - 1]


def densest(times: Sequence[float]) -> int:
    """The most of these moments within any one second."""
    ordered = sorted(times)
    best = first = 0
    for last, at in enumerate(ordered):
        while at - ordered[first] >= 1.0:
            first += 1
        best = max(best, last - first + 1)
    return best


async def ours(url: str, folder: Path, officers: int = OFFICERS, survivors: int = SURVIVORS) -> Drain:
    """Everything due at ten on Tuesday, drained by four senders."""
    database, chats = Database(url), Chats(KeyRing(folder / "keys"))
    database.open()
    people = {chats.hash("telegram", str(FIRST + n)): str(FIRST + n) for n in range(officers + survivors)}
    names = list(people)
    await database.write(lambda c: chats.seen_all(c, people, MONDAY))
    await database.write(lambda c: _officers(c, chats, names[:officers]))
    await database.write(lambda c: large(c, DEPARTMENTS, officers, MONDAY, weekly(), names[:officers]))
    deck = Deck(cards.shared())
    planner = Planner(database, deck.facts, deck.basic)
    await planner.tick(MONDAY)
    await planner.tick(training.TUESDAY - 60)
    there = await database.read(lambda c: c.scalar(select(func.count()).select_from(outbox)))
    if there != officers:
        raise RuntimeError(f"{there} of {officers} in the outbox")
    try:
        return await _drained(database, url, folder, names[officers:], officers)
    finally:
        database.close()


def _officers(c: Connection, chats: Chats, names: Sequence[str]) -> None:
    for name in names:
        chats.change(c, name, role="officer", greeted=1)


async def _drained(database: Database, url: str, folder: Path, survivors: Sequence[str], officers: int) -> Drain:
    token = folder / "token"
    token.write_text(TOKEN)
    async with RemoteBotApi(token) as server:
        await _known(server, officers + len(survivors))
        began = time.time() + START_SECONDS
        options = ("--database", url, "--api", server.url, "--rate", str(RATE))
        clock = ("--start", str(training.TUESDAY), "--began", str(began))
        senders = [Sending(folder, *options, *clock) for _ in range(SENDERS)]
        try:
            await asyncio.gather(*(sender.start() for sender in senders))
            if time.time() >= began:
                raise RuntimeError("the senders took too long to start")
            gap = officers / RATE / (len(survivors) + 1)
            asks = asyncio.create_task(_survivors(database, survivors, began, gap))
            memory = await _watch(server, senders, officers + len(survivors))
            written = await asks
        finally:
            await asyncio.gather(*(sender.stop() for sender in senders))
        state, sent = await server.state(), await server.sent()
    if state["violations"]:
        raise RuntimeError("the Bot API server does not take what was sent")
    return _made(sent, written, officers, memory)


def _made(sent: list[dict[str, Any]], written: list[float], officers: int, memory: list[list[float]]) -> Drain:
    first: dict[int, float] = {}
    for one in sent:
        first.setdefault(one["chat_id"], one["at"])
    times, many = sorted(one["at"] for one in sent), Counter(one["chat_id"] for one in sent)
    wrong = sum(many[FIRST + n] != 1 for n in range(officers))
    waits = [first.get(FIRST + officers + n, math.inf) - moment for n, moment in enumerate(written)]
    return Drain(officers, wrong, len(sent), times[-1] - times[0], densest(times), waits, memory)


async def _known(server: RemoteBotApi, many: int) -> None:
    """Chats that the server lets a bot write to."""
    for first in range(0, many, 50):
        chats = range(FIRST + first, FIRST + min(first + 50, many))
        await asyncio.gather(*(server.do("add_chat", chat_id=chat) for chat in chats))


async def _survivors(database: Database, chats: Sequence[str], began: float, gap: float) -> list[float]:
    """One after another at uneven times; when each was written, in seconds since the epoch."""
    chance, written, at = random.Random(7), [], began
    for number, chat in enumerate(chats):
        at = began + gap * (number + chance.random())
        await asyncio.sleep(max(0.0, at - time.time()))
        content = {"part": ["message:danger.emergency_now", 0, {}], "lang": "en", "role": "guest"}
        row = {"dedupe": f"bench:{number}", "chat": chat, "lane": queues.SURVIVOR, "content": content}
        now = training.TUESDAY + at - began
        written.append(time.time())
        await _kept(database, {**row, "created_at": now})
    return written


async def _kept(database: Database, row: dict[str, Any]) -> int:
    """As the worker does: a store that is locked is asked again. The time that takes counts."""
    while True:
        with suppress(OperationalError):
            return await database.write(lambda c: queues.put_out(c, [row]))
        await asyncio.sleep(0.1)


async def _watch(server: RemoteBotApi, senders: Sequence[Sending], many: int) -> list[list[float]]:
    """Until everything is sent; memory of each sender in MB at each of `SHARES`."""
    memory: list[list[float]] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(WAIT_SECONDS):
            while len(memory) < len(SHARES):
                sent = (await server.state())["sent"]
                if sent >= SHARES[len(memory)] * many:
                    memory.append([psutil.Process(one.pid).memory_info().rss / 2**20 for one in senders])
                await asyncio.sleep(0.5)
    return memory


async def peers(folder: Path, officers: int = OFFICERS, survivors: int = SURVIVORS) -> Drain:
    """The same of APScheduler's jobs, with survivors' messages while it sends; the server refuses nothing."""
    token = folder / "token"
    token.write_text(TOKEN)
    async with RemoteBotApi(token) as server:
        await _known(server, officers + survivors)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-m", "tests.bench.peers.apscheduler_sends",
            "--database", f"sqlite:///{folder / 'peer.db'}", "--api", server.url, "--officers", str(officers),
            "--first", str(FIRST), "--survivors", str(survivors), "--every", str(officers / PEER_RATE / survivors),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        said, _ = await process.communicate()
        return _made(await server.sent(), json.loads(said), officers, [])


def rows(kind: str, mine: Drain, theirs: Drain) -> list[Row]:
    many = f"{mine.officers:,} messages, {SENDERS} senders ({kind})"
    found = [
        Row(f"{many}: officers who got none, or more than one", str(mine.wrong), str(theirs.wrong), None, "0", mine.wrong == 0),
        Row(f"{many}: sends in the densest second, {RATE:g} allowed", str(mine.densest), str(theirs.densest),
            theirs.densest / mine.densest, f"≤ {RATE:g}", mine.densest <= RATE),
        Row(f"{many}: sends a second on average", f"{mine.sent / mine.seconds:.1f}", f"{theirs.sent / theirs.seconds:.0f}"),
        Row(f"{many}: a survivor's message between, p99 of {len(mine.waits)}", f"{mine.p99:.2f} s", f"{theirs.p99:.2f} s",
            theirs.p99 / mine.p99, "≤ 1 s", mine.p99 <= 1.0),
        Row(f"{many}: the same, median", f"{statistics.median(mine.waits):.2f} s", f"{statistics.median(theirs.waits):.2f} s"),
    ]  # fmt: skip
    means = [statistics.mean(one) for one in mine.memory]
    growth = means[-1] / means[0]
    at = ", ".join(f"{mean:.0f}" for mean in means)
    flat = f"{many}: MB of a sender at 10 %, 50 %, 100 %"
    return [*found, Row(flat, at, "", growth, "≤ 1.1 ×", growth <= 1.1)]


def measure() -> tuple[list[Row], list[tuple[str, list[tuple[str, float]]]]]:
    """Rows and panels of the picture: on SQLite, and on PostgreSQL where its binaries are found."""
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as name:
        folder = Path(name)
        theirs = asyncio.run(peers(folder))
        drains = {"SQLite": asyncio.run(ours(f"sqlite:///{folder / 'ours.db'}", folder))}
    with suppress(NoPostgres), tempfile.TemporaryDirectory(prefix="waymark-bench-") as name, cluster() as url:
        drains["PostgreSQL"] = asyncio.run(ours(url, Path(name)))
    found = [row for kind, drain in drains.items() for row in rows(kind, drain, theirs)]
    named = {**{f"Waymark, {kind}": drain for kind, drain in drains.items()}, "APScheduler": theirs}
    return found, [
        (
            f"Sends in the densest second ({RATE:g} allowed)",
            [(who, float(drain.densest)) for who, drain in named.items()],
        ),
        ("A survivor's message between, p99, ms", [(who, 1000 * drain.p99) for who, drain in named.items()]),
    ]


METHOD = [
    f"Planning: {training.OFFICERS:,} officers in {training.DEPARTMENTS} departments with the same slot. Ours makes a row for each officer, "
    "slot and date; the peer, APScheduler 3, adds one cron job for each officer to its `SQLAlchemyJobStore`, on the same kind of database "
    "with the same settings in the same run. Due: ours chooses two cards of 120 for each and queues a message; the peer runs each job, which "
    "queues the same message and chooses nothing.",
    f"Sending: {OFFICERS:,} messages of the same minute" + ("" if FULL else " (10,000 with `WAYMARK_BENCH_FULL=1`)") + f", {SENDERS} "
    "processes with the real sender, cards, store and gateway and one budget in the store, against the local Bot API server of the tests, which "
    "notes when it takes each message. The densest second is the worst of all windows of one second, wherever they begin.",
    f"Survivors: {SURVIVORS} messages written into the outbox by another process while the rest is being sent; nobody tells a sender. From "
    "being written, waiting for the lock counted, to being taken by the server.",
    f"Memory: resident, mean of the {SENDERS} senders.",
    "Peer of sending: APScheduler 3, one job for each officer in its `SQLAlchemyJobStore` on SQLite, its default thread pool, which sends as "
    "fast as it can; a survivor's message is a job that is due at once. It knows no budget, so the server refuses nothing here, and Telegram "
    "would.",
]  # fmt: skip


def run_all(out: Path) -> None:
    """Measures, prints the table, writes `refreshers.md` and `refreshers.svg` into `out`."""
    load = os.getloadavg()[0]
    planned = training.measure()
    sent, panels = measure()
    found = [*planned, *sent]
    sys.stdout.write(figures.plain(found) + "\n")
    out.mkdir(parents=True, exist_ok=True)
    page = figures.page(
        found,
        METHOD,
        load,
        QUICK,
        title="Benchmarks of refreshers",
        shown="refreshers.svg",
        turns="one after the other",
    )
    (out / "refreshers.md").write_text(page, "utf-8")
    figures.picture(out / "refreshers.svg", panels)


if __name__ == "__main__":
    run_all(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "benchmarks")
