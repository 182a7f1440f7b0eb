from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from bot.processes import Processes
from tests.botapi.server import BotApiServer
from tests.telegram.running import TOKEN, RunningBot


@pytest_asyncio.fixture(loop_scope="session")
async def telegram() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(TOKEN) as server:
        yield server
        assert server.violations == [], "the bot sent what the Bot API does not take"


@pytest_asyncio.fixture(loop_scope="session")
async def bot(telegram: BotApiServer, rasa: Processes, tmp_path: Path) -> AsyncIterator[RunningBot]:
    """The bot, running, with the session's Rasa."""
    running = RunningBot(tmp_path / "home", telegram.url, f"http://127.0.0.1:{rasa.nlu_port}", rasa.nlu_token)
    await running.start()
    yield running
    await running.stop()
