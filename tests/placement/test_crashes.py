"""A request from the first word to an advocate's tap, with deaths at the boundaries of commits and sends (R45, R46; rulings 13).

Person and advocate do what the newest message on their screen asks of them. A life ends at a fuse; whoever comes next begins with what
is in the store. Nothing may be lost, nothing be there twice, and nobody be left without a word."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select

from bot.store import queues
from bot.store.schema import release, request, rung
from tests.app.test_crashes import Fuse, Killed, MortalPlatform, MortalStore
from tests.placement.room import ANA, WOMAN, Room
from tests.store.memory import folder
from tests.store.virtual import VirtualClock

DEATHS = int(os.environ.get("WAYMARK_REQUEST_CRASH_POINTS", "2000"))
EACH = 40
"""Deaths that one request goes through, so that many do."""
SAYS = {
    "consent": "!q:consent:yes", "reporting": "!q:reporting:yes", "word": "purple otter", "safe_here": "!q:safe_here:yes", "danger_now": "!q:danger_now:no", "age": "30",
    "state": "Oklahoma", "area": "Tulsa", "when": "tonight", "gender": "women", "children": "2", "pets": "no pet", "needs": "none of these",
    "language": "english", "contact": "chat", "hours": "any", "not_me": "green bird", "told": "only when a person answers",
}  # fmt: skip


class Platform(MortalPlatform):
    async def answer_tap(self, callback_id: str) -> None:
        return


class Waiting:
    """What the platform holds for the bot until it is taken: words and taps, in order."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.updates: list[dict[str, Any]] = []

    def put(self, chat: int, said: str) -> None:
        make = self._room.tapped if said.startswith("!") else self._room.said
        self.updates.append(make(chat, said.removeprefix("!")))


class Reading:
    """How far somebody has read, and what they did. A question that comes twice is answered once: it is stored before it is answered."""

    def __init__(self, chat: int) -> None:
        self.chat, self.seen = chat, 0
        self.done: set[str] = set()

    def next(self, room: Room) -> str | None:
        """What they do about the newest thing on their screen that they have not dealt with."""
        for shown in reversed(room.phones.sent[self.seen :]):
            payloads = [p for _, p in room.phones.buttons.get(shown.ids[0], [])] if shown.chat == self.chat else []
            for payload in payloads:
                wish = self._wish(payload)
                if wish is not None and wish not in self.done:
                    self.seen = len(room.phones.sent)
                    self.done.add(wish)
                    return wish
        return None

    @staticmethod
    def _wish(payload: str) -> str | None:
        kind, _, rest = payload.partition(":")
        if (kind == "a" and rest.startswith("take:")) or payload == "q:summary:send" or payload.startswith("r:yes:"):
            return f"!{payload}"
        node = rest.partition(":")[0]
        return SAYS[node] if kind == "q" and ":" in rest and node in SAYS else None


async def _live(room: Room, waiting: Waiting, people: list[Reading], dice: random.Random) -> bool:
    """One life; True once the request is taken and nothing waits."""
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    try:
        for _ in range(4000):
            if waiting.updates and await room.receiver.take(waiting.updates[:1]):
                del waiting.updates[:1]
            begun = await room.worker.step()
            if dice.random() < 0.8 and room.worker._busy:
                await asyncio.wait(list(room.worker._busy.values()))
            await room.sender.step()
            if dice.random() < 0.8 and room.sender._busy:
                await asyncio.wait(list(room.sender._busy))
            room.clock.advance(0.2)
            if dice.random() < 0.1:
                await room.ticked()
            if waiting.updates or begun or room.worker._busy or room.sender._busy:
                continue
            for person in people:
                wish = person.next(room)
                if wish is not None:
                    waiting.put(person.chat, wish)
            if not waiting.updates and not await room.waits() and await room.has_taken():
                return True
        raise AssertionError(f"it never comes to an end: {[s.text[:160] for s in room.phones.sent[-6:]]}")
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
        tasks = [*room.worker._busy.values(), *room.sender._busy]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(home: Path, seed: int, deaths_left: int) -> int:
    dice = random.Random(seed)
    room = Room(home, VirtualClock(), rate=30.0)
    event.listen(
        room.database._engine, "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF")
    )  # no power is cut here
    await room.staffed()
    waiting, people = Waiting(room), [Reading(WOMAN), Reading(ANA)]
    waiting.put(WOMAN, "!q:begin:self")
    deaths, store = 0, room.database
    while True:
        fuse = Fuse(dice.randint(1, 30) if deaths < min(deaths_left, EACH) else None)
        room.restart(MortalStore(store, fuse), Platform(room.phones, fuse))
        try:
            await store.write(queues.release)
            if await _live(room, waiting, people, dice):
                break
        except Killed:
            deaths += 1
    await _check(room, seed)
    room.close()
    return deaths


async def _check(room: Room, seed: int) -> None:
    def counts(c: Connection) -> tuple[list[str], int, int]:
        states = list(c.scalars(select(request.c.state)))
        return (
            states,
            c.scalar(select(func.count()).select_from(release)) or 0,
            c.scalar(select(func.count()).select_from(rung)) or 0,
        )

    assert await room.database.read(counts) == (["taken"], 1, 1), seed
    (found,) = await room.requests()
    said = room.seen(WOMAN)
    sent = [text for text in said if text.startswith("Sent. Your number")]
    assert sent, (seed, "whoever sent it reads so")
    assert all(found.number in text for text in sent), seed
    assert any("There is an answer for you" in text for text in said), (seed, "and that somebody answered")
    answers = {k: v for k, v in found.walk["answers"].items() if k not in ("word", "not_me")}
    assert answers["age"] == "25_59", seed
    assert answers["area"] == "Tulsa", seed
    assert answers["told"] == "answer", seed
    assert room.reader.parsed.count("purple otter") == 0
    kept = await room.database.read(
        lambda c: room.placement.rooms.requests.by_word(c, room.hash(WOMAN), "purple otter")
    )
    assert kept == (found.id, "word"), seed


@pytest.mark.chaos
@pytest.mark.timeout(400)
async def test_r46_two_thousand_deaths_lose_no_request_and_double_none() -> None:
    deaths, runs = 0, 0
    while deaths < DEATHS:
        with folder("waymark-request-") as home:
            deaths += await _run(home, 20_261_126 + runs, DEATHS - deaths)
        runs += 1
    print(f"\n{runs} requests, {deaths} deaths")
