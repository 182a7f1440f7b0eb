"""Parse time, message to reply, messages a second, and the three hundredth turn: ours and stock Rasa, taking turns."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from bot.channels.conversation import Conversation
from bot.desk import Desk
from bot.library.loading import Library
from bot.nlu import RasaNlu, Turn
from tests.bench.figures import Spread
from tests.bench.stock import StockRasa

TALK = 10
"""Messages of one conversation before the next begins."""
Say = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Side:
    """`fresh()` begins a conversation and gives its `say`, which tells whether there was a reply."""

    name: str
    fresh: Callable[[], Say]


class Counting:
    """The client of Rasa, counting turns and failures, so that it is known which messages Rasa and the actions answered."""

    def __init__(self, nlu: RasaNlu) -> None:
        self._nlu = nlu
        self.asked = self.answered = 0
        self.parse, self.choose, self.forget = nlu.parse, nlu.choose, nlu.forget

    async def turn(self, *args: Any, **kwargs: Any) -> Turn:
        self.asked += 1
        turn = await self._nlu.turn(*args, **kwargs)
        self.answered += 1
        return turn


def ours(desk: Desk, library: Library, nlu: Counting) -> Side:
    def fresh() -> Say:
        conversation = Conversation(desk, library, nlu)
        conversation.person.greeted = True

        async def say(text: str) -> bool:
            before = nlu.asked - nlu.answered
            said = await conversation.say(text)
            return bool(said.messages) and nlu.asked - nlu.answered <= before

        return say

    return Side("Waymark", fresh)


def stock(rasa: StockRasa) -> Side:
    def fresh() -> Say:
        sender = secrets.token_hex(8)

        async def say(text: str) -> bool:
            return bool(await rasa.say(sender, text))

        return say

    return Side("stock Rasa", fresh)


async def parse_times(nlu: RasaNlu, texts: list[str]) -> Spread:
    metadata = {"role": "guest", "lang": "en"}
    for text in texts[:20]:
        await nlu.parse(text, metadata, 10.0)
    seconds = []
    for text in texts:
        began = time.perf_counter()
        await nlu.parse(text, metadata, 10.0)
        seconds.append(time.perf_counter() - began)
    return Spread.of(seconds)


async def through_rasa(desk: Desk, library: Library, nlu: Counting, texts: list[str]) -> list[str]:
    """Those texts that the floor and the commands leave to Rasa and the actions."""
    kept = []
    for text in texts:
        before = nlu.asked
        await Conversation(desk, library, nlu).say(text)
        if nlu.asked == before + 1:
            kept.append(text)
    return kept


async def message_to_reply(sides: list[Side], texts: list[str]) -> dict[str, tuple[Spread, int]]:
    """Conversations of `TALK` messages, the sides taking turns; times, and how many messages Rasa did not answer."""
    seconds: dict[str, list[float]] = {side.name: [] for side in sides}
    silent = dict.fromkeys(seconds, 0)
    for side in sides:
        say = side.fresh()
        for text in texts[:TALK]:
            await say(text)
    for start in range(0, len(texts), TALK):
        for side in sides:
            say = side.fresh()
            for text in texts[start : start + TALK]:
                began = time.perf_counter()
                answered = await say(text)
                seconds[side.name].append(time.perf_counter() - began)
                silent[side.name] += not answered
    return {name: (Spread.of(found), silent[name]) for name, found in seconds.items()}


async def _talk(side: Side, waiting: Iterator[str]) -> None:
    say, said = side.fresh(), 0
    for text in waiting:
        if said == TALK:
            say, said = side.fresh(), 0
        await say(text)
        said += 1


async def per_second(sides: list[Side], texts: list[str], at_once: int = 8, rounds: int = 3) -> dict[str, float]:
    """Messages a second with `at_once` conversations at the same time; median of rounds that take turns."""
    found: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            waiting = iter(texts)
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(_talk(side, waiting))
            found[side.name].append(len(texts) / (time.perf_counter() - began))
    return {name: statistics.median(rates) for name, rates in found.items()}


async def long_talk(sides: list[Side], texts: list[str], turns: int) -> dict[str, tuple[float, float]]:
    """One conversation of `turns` a side: median milliseconds of turns 11 to 40, and of the last thirty."""
    says = {side.name: side.fresh() for side in sides}
    seconds: dict[str, list[float]] = {name: [] for name in says}
    for text in islice(cycle(texts), turns):
        for name, say in says.items():
            began = time.perf_counter()
            await say(text)
            seconds[name].append(time.perf_counter() - began)
    return {
        name: (1000 * statistics.median(found[10:40]), 1000 * statistics.median(found[-30:]))
        for name, found in seconds.items()
    }
