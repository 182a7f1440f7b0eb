"""SIGKILL while people ask for a safe place and somebody answers: no request lost, none doubled, nobody without a word (R46; rulings 13).

CI kills 20 times; `make chaos` 200 times (WAYMARK_REQUEST_KILLS)."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Connection, func, select

from bot.processes import Processes
from bot.settings import Settings
from bot.store.database import Database
from bot.store.schema import release, request, rung
from tests.botapi.server import BotApiServer
from tests.telegram.night import ANA, SPANISH, Night
from tests.telegram.running import RunningBot

KILLS = int(os.environ.get("WAYMARK_REQUEST_KILLS", "20"))
STEPS = len(SPANISH)
BETWEEN = 8.0


class Killer:
    """Ends the bot at moments of its own choosing, and starts it again."""

    def __init__(self, bot: RunningBot, dice: random.Random, kills: int) -> None:
        self._bot, self._dice, self.left = bot, dice, kills

    async def run(self) -> None:
        while self.left > 0:
            await asyncio.sleep(self._dice.uniform(0.1, 1.2))
            await self._bot.kill()
            self.left -= 1
            await self._bot.start()


async def _asks(night: Night, chat: int) -> None:
    """Somebody who goes on from whatever stands on the screen, and taps again where nothing came."""
    for step in SPANISH:
        tapped = step[:2] in ("q:", "r:")
        for _ in range(12):
            before = len(night.telegram.sent_to(chat))
            if step.startswith("q:begin"):
                night.telegram.user_taps(chat, step, forged=True)
            elif tapped:
                await night.tap(chat, step)
            else:
                night.telegram.user_says(chat, step)
            try:
                await night.telegram.wait_for(lambda: len(night.telegram.sent_to(chat)) > before, BETWEEN)  # noqa: B023
                break
            except TimeoutError:
                continue
        await asyncio.sleep(0.1)


def _counts(c: Connection) -> tuple[list[str], int, int]:
    states = list(c.scalars(select(request.c.state).where(request.c.state != "draft")))
    asked = c.scalar(select(func.count()).select_from(rung)) or 0
    return states, c.scalar(select(func.count()).select_from(release)) or 0, asked


async def _check(night: Night, requests: int) -> None:
    store = Database(f"sqlite:///{night.bot.home / 'waymark.db'}")
    store.open()
    try:
        states, releases, asked = await store.read(_counts)
    finally:
        store.close()
    assert states == ["taken"] * requests, states
    assert releases == requests
    assert asked == requests, "nobody was asked twice about one request"


@pytest.mark.chaos
@pytest.mark.timeout(3600)
async def test_r46_kill_nine_loses_no_request(telegram: BotApiServer, rasa: Processes, tmp_path: Path) -> None:
    dice, done = random.Random(20261126), 0
    bot = RunningBot(
        tmp_path / "home",
        telegram.url,
        f"http://127.0.0.1:{rasa.nlu_port}",
        rasa.nlu_token,
        sends_per_second="30",
        relay="on",
    )
    await bot.start()
    night = Night(telegram, bot, tmp_path)
    night.program()
    await night.on_call((ANA, await night.invited(ANA)))
    killer = Killer(bot, dice, KILLS)
    try:
        while killer.left > 0:
            woman = 8100 + done
            telegram.user_says(woman, "hola")
            await telegram.wait_for_message(woman, timeout=60)
            killing = asyncio.create_task(killer.run())
            await _asks(night, woman)
            taken = await night.tap(ANA, "a:take:")
            await telegram.wait_for_message(woman, "Hay una respuesta para usted", 60)
            done += 1
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
            if bot.process is None or bot.process.returncode is not None:
                await bot.start()
            assert taken
            if killer.left > 0:
                await _closes(night)
        store_states = await _states(night)
        assert store_states == ["closed"] * (done - 1) + ["taken"]
        for woman in range(8100, 8100 + done):
            assert any("Enviado" in sent.text for sent in telegram.sent_to(woman)), "whoever sent it reads so"
    finally:
        await bot.stop()
    print(f"\n{KILLS - killer.left} kills over {done} requests: none lost, none doubled")


async def _closes(night: Night) -> None:
    def asked() -> int:
        return sum("How did number" in sent.text for sent in night.telegram.sent_to(ANA))

    before = asked()
    night.telegram.user_says(ANA, "/close")
    await night.telegram.wait_for(lambda: asked() > before, 60)
    await night.tap(ANA, "a:end:")
    await night.telegram.wait_for_message(ANA, "is closed", 60)


async def _states(night: Night) -> list[str]:
    store = Database(f"sqlite:///{night.bot.home / 'waymark.db'}")
    store.open()
    try:
        query = select(request.c.state).order_by(request.c.created_at)
        return await store.read(lambda c: list(c.scalars(query)))
    finally:
        store.close()


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_r46_a_rasa_that_dies_in_the_middle_stops_no_question(
    telegram: BotApiServer, rasa: Processes, settings: Settings, tmp_path: Path
) -> None:
    bot = RunningBot(tmp_path / "home", telegram.url, None, None, relay="on", models_dir=str(settings.models))
    await bot.start()
    night = Night(telegram, bot, tmp_path)
    night.program()
    try:
        await night.on_call((ANA, await night.invited(ANA)))
        telegram.user_says(8200, "hola")
        await telegram.wait_for_message(8200, timeout=60)
        assert bot.process is not None
        rasa = [p for p in psutil.Process(bot.process.pid).children(recursive=True) if "nlu" in " ".join(p.cmdline())]
        assert rasa
        for process in rasa:
            process.send_signal(signal.SIGKILL)
        await _asks(night, 8200)
        await night.tap(ANA, "a:take:")
        await telegram.wait_for_message(8200, "Hay una respuesta para usted", 60)
        await _check(night, 1)
    finally:
        await bot.stop()
