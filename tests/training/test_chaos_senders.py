"""SIGKILL on senders and planners over one store while refreshers fall due: no officer gets a slot twice, none is skipped silently (the
issue, Load; rulings 13).

Four processes, each killed at random and started again, on a clock that is quick: 26 minutes in 30 seconds, in which four units fall due one
after another. WAYMARK_REFRESHER_CHAOS_SECONDS makes it longer, with three officers for each second, and tries PostgreSQL as well
(`make chaos`): that takes as long once more."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.training_people import People
from bot.store.training_plan import PLANNED, QUEUED, SENT, SKIPPED
from bot.store.training_schema import member, occurrence
from bot.training.planner import Planner
from tests.bench.peers import TOKEN
from tests.botapi.server import BotApiServer
from tests.training import sending
from tests.training.making import CARDS, ZONE, at, weekly

ASKED = os.environ.get("WAYMARK_REFRESHER_CHAOS_SECONDS")
SECONDS = float(ASKED or "30")
OFFICERS = int(3 * SECONDS)
UNITS = 4
START, FIRST_DUE, END = at("2026-06-02T14:49"), at("2026-06-02T15:00"), at("2026-06-02T15:15")
"""A Tuesday, ten in the morning in Chicago: eleven minutes before the first unit is due, when the last is."""
SPEED = (END - START) / SECONDS
PER_SECOND = 10
"""Sends in a second of the machine's clock, so that something always waits."""
FIRST_CHAT = 8_000_000
HOUR = 3600.0


LONG = pytest.mark.skipif(not ASKED, reason="only in the long run: make chaos")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=LONG)])
def kind(request: pytest.FixtureRequest) -> str:
    """In place of the folder's."""
    return str(request.param)


def _department(c: Connection, keys: KeyRing, chats: Chats) -> None:
    """Four units with a slot five minutes after one another, nobody planned yet."""
    people = People(keys)
    where = people.add_department(c, "Example Police", ZONE, "en", START)
    units = [people.add_unit(c, where, f"Example {n}") for n in range(UNITS)]
    for number, unit in enumerate(units):
        people.set_schedule(c, where, unit, weekly(minute=600 + 5 * number), START)
    for number in range(OFFICERS):
        name = chats.hash("telegram", str(FIRST_CHAT + number))
        chats.seen(c, name, str(FIRST_CHAT + number), START)
        chats.change(c, name, role="officer", greeted=1)
        people.join(c, name, where, units[number % UNITS], "officer", "en", START)


class Mortals:
    """Processes with a sender and a planner each. A killed one is started again at once."""

    def __init__(self, *options: str) -> None:
        self._options = list(options)
        # Forked from a process that has everything loaded, else most would be killed before they do anything.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.training.preloaded"])
        self.kills = 0

    def start(self) -> BaseProcess:
        process = self._context.Process(target=sending.main, args=(self._options,), daemon=True)
        process.start()
        return process

    async def one(self, dice: random.Random, until: float) -> None:
        while time.time() < until:
            process = self.start()
            await asyncio.sleep(min(dice.uniform(0.2, 4.0), max(0.0, until - time.time())))
            process.kill()
            await _ended(process)
            assert process.exitcode == -9, "it was alive until it was killed"
            self.kills += 1


async def _ended(process: BaseProcess) -> None:
    """Within ten seconds. Not in a thread: each start looks after all processes, and of two who look at once one hears of no exit code."""
    until = time.time() + 10
    while process.exitcode is None and time.time() < until:
        await asyncio.sleep(0.01)


async def _settled(database: Database) -> None:
    """Nothing is planned or queued any more, or the time is over in which one sender, who looks twice a second, had sent it all twice."""
    until = time.time() + 30 + OFFICERS
    left = select(func.count()).select_from(occurrence)
    left = left.where(occurrence.c.state.in_((PLANNED, QUEUED)), occurrence.c.at < END + HOUR)
    while time.time() < until and await database.read(lambda c: c.scalar(left)):
        await asyncio.sleep(0.1)


async def _rows(database: Database) -> list[Any]:
    query = select(occurrence, member.c.chat).join(member, member.c.id == occurrence.c.member)
    rows = await database.read(lambda c: c.execute(query.where(occurrence.c.at < END + HOUR)).all())
    return list(rows)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
async def test_killed_senders_and_planners_send_nothing_twice_and_skip_nothing_silently(
    database: Database, url: str, tmp_path: Path
) -> None:
    keys, dice = KeyRing(tmp_path / "keys"), random.Random(20261126)
    chats = Chats(keys)
    await database.write(lambda c: _department(c, keys, chats))
    async with BotApiServer(TOKEN) as telegram:
        for number in range(OFFICERS):
            telegram.add_chat(FIRST_CHAT + number)
        options = [
            "--home",
            str(tmp_path),
            "--database",
            url,
            "--api",
            telegram.url,
            "--rate",
            str(2 * PER_SECOND / SPEED),
        ]
        began = time.time() + 2  # the process that the others are forked from takes that to start
        clock = ["--start", str(START), "--began", str(began), "--speed", str(SPEED), "--plans"]
        mortals = Mortals(*options, *clock)
        until = began + SECONDS
        await asyncio.gather(*(mortals.one(dice, until) for _ in range(4)))
        early = len(telegram.sent)
        last = mortals.start()  # what is still inside its window is sent by one that nobody kills
        await _settled(database)
        last.terminate()
        await asyncio.to_thread(last.join, 10)
        sent = Counter(chats.hash("telegram", str(one.chat_id)) for one in telegram.sent)
        assert telegram.violations == []
    now = sending.clock(START, began, SPEED)()
    await Planner(database, CARDS).tick(now)
    await database.write(lambda c: queues.take_out(c, now + queues.LEASE + 1, 0))  # leases of the dead run out
    await Planner(database, CARDS).tick(now + queues.LEASE + 1)
    rows = await _rows(database)

    reasons = Counter(row.reason for row in rows if row.state == SKIPPED)
    print(
        f"\n{mortals.kills} kills, {OFFICERS} due, {sum(sent.values())} sent, {early} of them while others were killed, skipped {dict(reasons)}"
    )
    assert mortals.kills >= SECONDS / 2
    assert early > OFFICERS / 20, "else nothing was tried: all was sent by the one that nobody kills"
    assert set(sent.values()) == {1}, "no officer gets a slot twice"
    assert len(rows) == OFFICERS, "each officer's slot has a row that says what became of it"
    assert {row.state for row in rows} <= {SENT, SKIPPED}, "nothing hangs"
    assert [row.id for row in rows if row.state == SKIPPED and not row.reason] == []
    for row in rows:
        assert row.state != SENT or sent[row.chat], "nothing is said to be sent that was not"
        assert row.state == SENT or row.reason == "unsure" or not sent[row.chat], (
            "what arrived is known, or said to be unsure"
        )
    assert sum(row.state == SENT for row in rows) > OFFICERS / 2
    assert reasons["unsure"] <= mortals.kills * queues_in_hand(), "only what was in flight"


def queues_in_hand() -> int:
    """Messages that one kill may find taken: what the bucket gives at once, and what is still being sent."""
    return 8
