"""SIGKILL at random points: nothing lost, at most what was in flight twice (design, decision 4; rulings 13).

CI kills 20 times over 200 updates; `make chaos` kills 500 times over 2,000 (WAYMARK_CHAOS_KILLS, WAYMARK_CHAOS_UPDATES)."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import pytest

from bot.processes import Processes
from tests.botapi.server import BotApiServer
from tests.telegram.running import RunningBot

KILLS = int(os.environ.get("WAYMARK_CHAOS_KILLS", "20"))
UPDATES = int(os.environ.get("WAYMARK_CHAOS_UPDATES", "200"))
CHATS = 20
IN_FLIGHT = 64
"""What one kill may find between the platform's acceptance and our note of it: the sends under way."""


@pytest.mark.chaos
@pytest.mark.timeout(3600)
async def test_kill_nine_loses_nothing(telegram: BotApiServer, rasa: Processes, tmp_path: Path) -> None:
    dice = random.Random(20261123)
    bot = RunningBot(
        tmp_path / "home", telegram.url, f"http://127.0.0.1:{rasa.nlu_port}", rasa.nlu_token, sends_per_second="30"
    )
    await bot.start()
    said: Counter[int] = Counter()
    per_round = max(1, UPDATES // (KILLS + 1))
    sent_updates = 0
    for round_number in range(KILLS + 1):
        for _ in range(per_round if round_number < KILLS else UPDATES - sent_updates):
            chat = 9000 + dice.randrange(CHATS)
            said[chat] += 1
            # Each message names its number, and a crisis message is answered by the floor in one known reply.
            telegram.user_says(chat, f"hes outside my door {said[chat]}")
            sent_updates += 1
        if round_number < KILLS:
            await asyncio.sleep(dice.uniform(0.0, 0.6))
            await bot.kill()
            await bot.start()

    def answers(chat: int) -> int:
        return sum("can't call" in sent.text for sent in telegram.sent_to(chat))

    try:
        await telegram.wait_for(lambda: all(answers(chat) >= count for chat, count in said.items()), 120)
        await asyncio.sleep(2.0)
    finally:
        await bot.stop()
    lost = {chat: count - answers(chat) for chat, count in said.items() if answers(chat) < count}
    assert lost == {}
    twice = sum(answers(chat) - count for chat, count in said.items())
    assert twice <= KILLS * IN_FLIGHT
    print(f"\n{KILLS} kills over {UPDATES} updates: 0 lost, {twice} answered twice")
