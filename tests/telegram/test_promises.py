"""Real processes: each part of the bot killed, stopped or locked while somebody writes (R13); what leaves the machine when
somebody leaves (R4), over a whole run (R30), and before anybody has reviewed a word (R10)."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest_asyncio

from bot.processes import Processes
from tests.botapi.server import BotApiServer
from tests.telegram.running import RunningBot

WOMAN = 5101
WITHIN = 2.0
"""Seconds from the person's word to the first useful reply (R13)."""
TRIES = 3
SECONDS = 10.0
LINE = "1-888-373-7888"
# The floor is certain of the first, asks the classifier about the second, and hears nothing in the third.
CRISES = [
    ("hes outside my door with a knife", "911"),
    ("my boyfriend sells me and i cant leave", "911"),
    ("tell me about debt bondage", LINE),
]


class Lines:
    """Speaks as a new person each time, and measures."""

    def __init__(self, telegram: BotApiServer) -> None:
        self.telegram, self.chat = telegram, 6000

    async def come(self, what: str, wanted: str) -> str:
        """The reply. A busy machine may hold everything up once or twice; what is slow of itself is slow each time."""
        for attempt in range(TRIES):
            self.chat += 1
            self.telegram.user_says(self.chat, what)
            started = time.monotonic()
            shown = await self.telegram.wait_for_message(self.chat, wanted, WITHIN if attempt == TRIES - 1 else SECONDS)
            if time.monotonic() - started < WITHIN:
                return shown.text
        raise AssertionError("unreachable")

    async def all_come(self) -> None:
        for what, wanted in CRISES:
            await self.come(what, wanted)


class Hanging:
    """A Rasa that takes every request and answers none; notes their first lines."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, str]] = []
        self.port = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                if line.split(b" ")[0] in (b"POST", b"DELETE", b"GET"):
                    self.asked.append((time.monotonic(), line.decode().strip()))
        finally:
            writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def hanging() -> AsyncIterator[Hanging]:
    made = Hanging()
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@contextlib.asynccontextmanager
async def running(bot: RunningBot) -> AsyncIterator[RunningBot]:
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()


@contextlib.contextmanager
def locked(bot: RunningBot) -> Iterator[None]:
    lock = sqlite3.connect(bot.home / "waymark.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        lock.execute("ROLLBACK")
        lock.close()


# -- R13 -------------------------------------------------------------------------------------------------------------


async def test_r13_rasa_dead(telegram: BotApiServer, tmp_path: Path, rasa: Processes) -> None:
    async with running(RunningBot(tmp_path / "home", telegram.url, "http://127.0.0.1:9", "x" * 20)):
        await Lines(telegram).all_come()


async def test_r13_rasa_hangs_and_r04_leaving_reports_to_nobody(
    telegram: BotApiServer, tmp_path: Path, hanging: Hanging
) -> None:
    """A network spy on both sides of the bot, while Rasa hangs. Leaving calls Telegram for the deletes and the neutral line
    and for nothing else; on the machine itself, Rasa is told to forget, afterwards, and nobody waits for it."""
    url = f"http://127.0.0.1:{hanging.port}"
    async with running(RunningBot(tmp_path / "home", telegram.url, url, "x" * 20)):
        await Lines(telegram).all_come()
        left: list[float] = []
        for number, way in enumerate(("exit", "not safe", "/exit", "tap")):
            chat = 7000 + number
            telegram.user_says(chat, "hes outside my door with a knife")
            await telegram.wait_for_message(chat, "911", SECONDS)
            await telegram.wait_for(lambda c=chat: len(telegram.sent_to(c)) == 2, SECONDS)
            await asyncio.sleep(0.2)
            asked, calls = len(hanging.asked), len(telegram.requests)
            started = time.monotonic()
            _ = telegram.user_taps(chat, "c:exit") if way == "tap" else telegram.user_says(chat, way)
            await telegram.wait_for(lambda c=chat: len(telegram.chat(c).visible()) == 1, SECONDS)
            left.append(time.monotonic() - started)
            await asyncio.sleep(0.3)
            after = [call for call in list(telegram.requests)[calls:] if call.method != "getUpdates"]
            allowed = {"deleteMessages", "sendMessage", *(["answerCallbackQuery"] if way == "tap" else [])}
            assert {call.method for call in after} == allowed
            assert all(call.params.get("chat_id", chat) == chat for call in after)
            assert sum(call.method == "sendMessage" for call in after) == 1
            told = [line for _, line in hanging.asked[asked:]]
            assert [line.split("/")[0] + line.rpartition("/chat/")[1] for line in told] == ["DELETE /chat/"], told
        assert min(left) < 0.8, "less than the shortest wait for a Rasa that hangs"


async def test_r13_the_store_is_locked(telegram: BotApiServer, bot: RunningBot) -> None:
    telegram.user_says(WOMAN, "hi")
    await telegram.wait_for_message(WOMAN, timeout=SECONDS)
    lines = Lines(telegram)
    with locked(bot):
        for what, wanted in CRISES:
            text = await lines.come(what, wanted)
            assert "can't call" in text
    await telegram.wait_for(
        lambda: len(telegram.sent_to(lines.chat)) > 1, SECONDS
    )  # once it is free, it is answered too


async def test_r13_the_store_is_locked_while_a_message_is_in_work(
    telegram: BotApiServer, tmp_path: Path, hanging: Hanging
) -> None:
    """Stored and taken, and then the answer cannot be written down."""
    url = f"http://127.0.0.1:{hanging.port}"
    async with running(RunningBot(tmp_path / "home", telegram.url, url, "x" * 20)) as bot:
        took = []
        for chat in range(7100, 7100 + TRIES):
            asked = len(hanging.asked)
            telegram.user_says(chat, CRISES[1][0])
            started = time.monotonic()
            async with asyncio.timeout(SECONDS):
                while len(hanging.asked) == asked:  # it is in work: Rasa is being waited for
                    await asyncio.sleep(0.01)
            with locked(bot):
                await telegram.wait_for_message(chat, "911", SECONDS)
                took.append(time.monotonic() - started)
        assert min(took) < WITHIN


async def test_r13_the_actions_hang_or_fail(telegram: BotApiServer, bot: RunningBot, action_door: Any) -> None:
    try:
        lines = Lines(telegram)
        for how in ("hang", "500", "empty"):
            action_door.broken = how
            await lines.all_come()
    finally:
        action_door.broken = None


async def test_r13_each_part_stopped_and_killed(
    telegram: BotApiServer, tmp_path: Path, settings: Any, rasa: Processes
) -> None:
    """The bot starts Rasa and the actions itself; each is held still, then killed, and starts again by itself."""
    bot = RunningBot(tmp_path / "home", telegram.url, None, None, models_dir=str(settings.models))
    async with running(bot):
        assert bot.process is not None
        lines = Lines(telegram)
        for part in ("actions.server", "nlu.components.server"):
            for sign in (signal.SIGSTOP, signal.SIGKILL):
                child = next(c for c in psutil.Process(bot.process.pid).children() if part in " ".join(c.cmdline()))
                child.send_signal(sign)
                await lines.all_come()
                if sign == signal.SIGSTOP:
                    child.send_signal(signal.SIGCONT)


# -- R30 -------------------------------------------------------------------------------------------------------------


class Spied(RunningBot):
    module = "tests.telegram.egress"
    fresh = True


def _outside(address: Any) -> bool:
    host = address[0] if isinstance(address, tuple) else address
    return not (
        host is None or str(host).startswith("127.") or host in ("::1", "localhost", b"localhost", b"127.0.0.1")
    )


async def test_r30_nothing_is_asked_of_any_other_host(telegram: BotApiServer, tmp_path: Path, rasa: Processes) -> None:
    """A whole run: start, menu and description, a talk of every kind, the clock's ticks, an erasure, the end."""
    spy = tmp_path / "spy"
    bot = Spied(
        tmp_path / "home",
        telegram.url,
        f"http://127.0.0.1:{rasa.nlu_port}",
        rasa.nlu_token,
        spy_file=str(spy),
        log_level="DEBUG",
    )
    async with running(bot):
        for what in (
            "hi",
            "hes outside my door",
            "can he see this chat",
            "http://tracker.example/pixel.gif",
            "look at example.org",
        ):
            telegram.user_says(WOMAN, what)
            await telegram.wait_for_message(WOMAN, timeout=SECONDS)
        telegram.user_sends_photo(WOMAN, "https://tracker.example/x.png")
        await telegram.wait_for_message(WOMAN, "can't open this", SECONDS)
        for tap in ("c:lines", "t:line.nhth", "c:menu", "h:safety_tech", "c:limits", "c:erase"):
            telegram.user_taps(WOMAN, tap, forged=True)
            await telegram.wait_for_message(WOMAN, timeout=SECONDS)
        await asyncio.sleep(1.2)
        telegram.user_says(WOMAN, "exit")
        await telegram.wait_for(lambda: len(telegram.chat(WOMAN).visible()) == 1, SECONDS)
    seen = [line.split("\t", 1) for line in spy.read_text().splitlines()]
    connected = {ast.literal_eval(what) for event, what in seen if event == "socket.connect"}
    ports = {urlsplit(telegram.url).port, rasa.nlu_port}
    assert {port for _, port, *_ in connected} == ports, connected
    assert [address for address in connected if _outside(address)] == []
    asked = {ast.literal_eval(what) for event, what in seen if event in ("socket.getaddrinfo", "socket.gethostbyname")}
    assert [name for name in asked if _outside(name)] == []
    others = {event for event, _ in seen} - {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}
    assert others == set(), "no program is started and nothing is sent without a connection"


async def test_r30_rasa_and_the_actions_connect_to_nobody_else(rasa: Processes, talk: Any) -> None:
    """Sampled while they answer. What they are given of the environment holds no key, no token and no proxy."""
    conversation = talk()
    assert rasa.rasa.process is not None
    watched = [psutil.Process(child.process.pid) for child in rasa.children if child.process is not None]
    found = set()
    for text in ("where could a person get groceries", "hes outside my door", "can he see this chat"):
        task = asyncio.create_task(conversation.say(text))
        while not task.done():
            for process in watched:
                found |= {c.raddr for c in process.net_connections() if c.raddr}
            await asyncio.sleep(0.002)
        await task
    assert found
    assert [address for address in found if _outside(tuple(address))] == []
    for process in watched:
        names = {name.upper() for name in process.environ()}
        assert not [name for name in names if "PROXY" in name or "TELEGRAM" in name or "KEYS" in name]


# -- R3, R10 ---------------------------------------------------------------------------------------------------------


async def test_r03_what_telegram_no_longer_deletes_holds_up_nothing(telegram: BotApiServer, bot: RunningBot) -> None:
    """47 h 59 min by Telegram's clock goes, 48 h 1 min stays where it is; what is new goes in any case."""
    for chat, minutes, stays in ((7201, 47 * 60 + 59, 0), (7202, 2, 3)):
        telegram.user_says(chat, "hes outside my door")
        await telegram.wait_for_message(chat, "911", SECONDS)
        await telegram.wait_for(lambda c=chat: len(telegram.chat(c).visible()) == 3, SECONDS)
        telegram.advance(minutes * 60 if not stays else 48 * 3600 + 60)
        telegram.user_says(chat, "exit")
        await telegram.wait_for_message(chat, "Done.", SECONDS)
        await telegram.wait_for(lambda c=chat, n=stays: len(telegram.chat(c).visible()) == n + 1, SECONDS)


async def test_r10_before_anybody_has_reviewed_a_word(telegram: BotApiServer, tmp_path: Path, rasa: Processes) -> None:
    """`run` lists what nobody has read, and guests get the safety floor and nothing else."""
    bot = RunningBot(
        tmp_path / "home",
        telegram.url,
        f"http://127.0.0.1:{rasa.nlu_port}",
        rasa.nlu_token,
        unreviewed="refuse",
        log_level="INFO",
    )
    async with running(bot):
        telegram.user_says(WOMAN, "where could a person get groceries and a warm coat")
        shown = await telegram.wait_for_message(WOMAN, LINE, SECONDS)
        assert "food" not in shown.text.lower()
        telegram.user_taps(WOMAN, "c:menu")
        menu = await telegram.wait_for_message(WOMAN, "What do you need", SECONDS)
        assert [p for p in menu.payloads if p.startswith("h:")] == ["h:wants_hotline"]
        telegram.user_says(WOMAN, "hes outside my door")
        await telegram.wait_for_message(WOMAN, "911", SECONDS)
    log = bot.log.read_text()
    for name in (
        "topic:needs.overview:en",
        "message:greeting:es",
        "label:basic_needs:en",
        "term:pimp:en",
        "slang:bottom:es",
        "line:nhth:en",
    ):
        assert f"not reviewed: {name}" in log, name
