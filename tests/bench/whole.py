"""`waymark run` as a person starts it: seconds to the first reply, and the memory of its three processes."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import psutil

from bot.settings import Settings
from tests.botapi import RemoteBotApi
from tests.telegram.running import TOKEN, RunningBot

CHATS = 20
FIRST = 7


def resident(pid: int) -> float:
    """MB, children left out."""
    return float(psutil.Process(pid).memory_info().rss / 2**20)


def by_part(bot: int) -> dict[str, float]:
    """MB by part of a running `waymark run`."""
    found = {"bot": resident(bot)}
    for child in psutil.Process(bot).children(recursive=True):
        words = " ".join(child.cmdline())
        part = "rasa" if "nlu.components.server" in words else "actions" if "actions.server" in words else "other"
        found[part] = found.get(part, 0.0) + resident(child.pid)
    return found


async def start_and_memory(settings: Settings, texts: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as folder:
        token = Path(folder) / "api-token"
        token.write_text(TOKEN)
        async with RemoteBotApi(token) as telegram:
            bot = RunningBot(Path(folder) / "home", telegram.url, None, None, models_dir=str(settings.models))
            await telegram.do("user_says", chat_id=FIRST, said=texts[0])
            began = time.perf_counter()
            starting = asyncio.create_task(bot.start())
            try:
                await telegram.wait_for_message(FIRST, timeout=100)
                first = time.perf_counter() - began
                await starting
                for number, text in enumerate(texts):
                    await telegram.do("user_says", chat_id=100 + number % CHATS, said=text)
                await _quiet(telegram)
                assert bot.process is not None
                return {"start": first, **by_part(bot.process.pid)}
            finally:
                await asyncio.gather(starting, return_exceptions=True)
                await bot.stop()


async def _quiet(telegram: RemoteBotApi, seconds: float = 90.0) -> None:
    """Until nothing has been sent for two seconds."""
    before, since = -1, time.monotonic()
    until = since + seconds
    while time.monotonic() < until:
        sent = (await telegram.state())["sent"]
        if sent != before:
            before, since = sent, time.monotonic()
        elif time.monotonic() - since > 2:
            return
        await asyncio.sleep(0.25)
