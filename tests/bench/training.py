"""Refreshers for 10,000 officers in 200 departments, due in the same minute, against APScheduler's own SQLAlchemy job store with one job for
each officer, on the same database in the same run: `python -m tests.bench.training`. Not in CI.

Planning: ours makes a row for each officer, slot and date, two days ahead; the peer adds one cron job for each officer, which is how its
job store is used. Due: ours chooses two cards of 120 for each officer and puts a message into the outbox, bound to its window; the peer runs
each job, which puts the same row into the outbox and chooses nothing. Its jobs run one after another in the calling thread
(`DebugExecutor`), so that no thread pool is measured; all of them were missed by no more than a minute.

Both write to the same kind of database with the same settings; the private PostgreSQL of the tests does not wait for the disk.
`WAYMARK_BENCH_QUICK=1` takes 500 officers, to see that it runs.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import create_engine, func, select

from bot.store import queues
from bot.store.database import Database
from bot.store.schema import outbox
from bot.training.planner import Planner
from tests.bench.figures import Row, machine
from tests.store.postgres import NoPostgres, cluster
from tests.training.making import CARDS, MONDAY, ZONE, at, large, weekly

QUICK = os.environ.get("WAYMARK_BENCH_QUICK") == "1"
OFFICERS, DEPARTMENTS = (500, 10) if QUICK else (10_000, 200)
TUESDAY = at("2026-06-02T15:00")
AIM = 10.0
_PEER: dict[str, Any] = {}


def fire(chat: str) -> None:
    """What a job of the peer does."""
    row = {
        "dedupe": f"peer:{chat}",
        "chat": chat,
        "lane": queues.TRAINING,
        "content": {"part": ["refresher:next", 0, {}]},
    }
    with _PEER["engine"].begin() as connection:
        queues.put_out(connection, [{**row, "created_at": TUESDAY, "not_before": TUESDAY, "not_after": TUESDAY + 7199}])


class _Stopped(DebugExecutor):  # type: ignore[misc]
    """Runs jobs where it is asked to, and never by itself."""


async def ours(url: str) -> tuple[float, float]:
    """Seconds for planning, and for what is due."""
    database = Database(url)
    database.open()
    await database.write(lambda c: large(c, DEPARTMENTS, OFFICERS, MONDAY, weekly()))
    planner = Planner(database, CARDS)
    begin = time.perf_counter()
    done = await planner.tick(MONDAY)
    planned = time.perf_counter() - begin
    begin = time.perf_counter()
    later = await planner.tick(TUESDAY)
    due = time.perf_counter() - begin
    there = await database.read(lambda c: c.scalar(select(func.count()).select_from(outbox)))
    database.close()
    if not done.planned == later.queued == there == OFFICERS:
        raise RuntimeError(f"{done.planned} planned, {later.queued} queued, {there} in the outbox")
    return planned, due


def peers(url: str) -> tuple[float, float]:
    """The same of APScheduler 3."""
    import apscheduler.schedulers.base as base

    database = Database(url)
    database.open()
    engine = database._engine  # with the same settings of SQLite as ours: written ahead, synchronous=FULL
    _PEER["engine"] = engine
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)}, executors={"default": _Stopped()}, timezone="UTC",
        job_defaults={"misfire_grace_time": None, "coalesce": True},
    )  # fmt: skip
    scheduler.start(paused=True)
    real = base.datetime
    now = datetime.fromtimestamp(MONDAY, UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return now.astimezone(tz)

    base.datetime = Clock  # its clock is ours, so that a Tuesday comes
    try:
        trigger = CronTrigger(day_of_week="tue", hour=10, minute=0, timezone=ZONE)
        begin = time.perf_counter()
        for number in range(OFFICERS):
            scheduler.add_job(fire, trigger, args=[f"{number:040x}"], id=f"officer-{number}")
        planned = time.perf_counter() - begin
        now = datetime.fromtimestamp(TUESDAY + 30, UTC)
        scheduler.state = 1  # running; its own thread was told nothing
        begin = time.perf_counter()
        scheduler._process_jobs()
        due = time.perf_counter() - begin
    finally:
        base.datetime = real
        scheduler.state = 2
        scheduler.shutdown(wait=False)
    with engine.connect() as connection:
        there = connection.scalar(select(func.count()).select_from(outbox))
    database.close()
    if there != OFFICERS:
        raise RuntimeError(f"the peer put {there} of {OFFICERS} into the outbox")
    return planned, due


def rows(kind: str, mine: tuple[float, float], theirs: tuple[float, float]) -> list[Row]:
    found = []
    for what, a, b in zip(("planned", "due, into the outbox"), mine, theirs, strict=True):
        found.append(Row(f"{OFFICERS:,} officers {what} ({kind})", f"{a:.1f} s", f"{b:.1f} s", b / a))
    total = sum(mine)
    aim = f"≤ {AIM:.0f} s" if OFFICERS == 10_000 else ""
    found.append(
        Row(
            f"both ({kind})",
            f"{total:.1f} s",
            f"{sum(theirs):.1f} s",
            sum(theirs) / total,
            aim,
            total <= AIM if aim else None,
        )
    )
    return found


def measure() -> list[Row]:
    """On SQLite, and on PostgreSQL where its binaries are found."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as folder:
        mine = asyncio.run(ours(f"sqlite:///{Path(folder) / 'ours.db'}"))
        found += rows("SQLite", mine, peers(f"sqlite:///{Path(folder) / 'peer.db'}"))
    with suppress(NoPostgres), cluster() as url:
        mine = asyncio.run(ours(url))
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
        found += rows("PostgreSQL", mine, peers(url))
    return found


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n")
    for row in measure():
        sys.stdout.write(" | ".join(row.cells()) + "\n")
