"""Updates a second through the local Bot API server at 50 ms latency: ours against aiogram and python-telegram-bot."""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

from tests.bench.peers import TOKEN
from tests.botapi import RemoteBotApi

LATENCY_MS = 50
RUN_SECONDS = 60.0
FIRST_CHAT = 10_000
CHATS = 500
ROOT = Path(__file__).resolve().parents[2]
BOTS = {
    "waymark": ["tests.bench.peers.waymark_bot", "--chats", str(CHATS), "--first-chat", str(FIRST_CHAT)],
    "aiogram": ["tests.bench.peers.aiogram_bot"],
    "ptb": ["tests.bench.peers.ptb_bot"],
    "ptb concurrent": ["tests.bench.peers.ptb_bot", "--concurrent"],
}


async def one_run(bot: str, updates: int, token_file: Path, *more: str) -> dict[str, float]:
    """A fresh server full of updates, a fresh bot; from its first asking to the last reply, `RUN_SECONDS` at most."""
    async with RemoteBotApi(token_file) as server:
        for number in range(updates):
            await server.do("user_says", chat_id=FIRST_CHAT + number % CHATS, said="/menu")
        await server.do("set_latency", ms=LATENCY_MS)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-m", *BOTS[bot], "--url", server.url, *more,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=None if "--profile" in more else asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            return await _measured(server, process, updates)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), 10)
                except TimeoutError:
                    process.kill()
                    await process.wait()


async def _measured(server: RemoteBotApi, process: asyncio.subprocess.Process, updates: int) -> dict[str, float]:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        word, _, began = (await process.stdout.readline()).decode().partition(" ")
    if word != "polling":
        raise RuntimeError("a bot under measurement did not start")
    start = float(began)
    before = _cpu(process.pid)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RUN_SECONDS):
            while (await server.state())["sent"] < updates:
                await asyncio.sleep(0.2)
    spent = _cpu(process.pid) - before
    state = await server.state()
    sent: list[dict[str, Any]] = await server.sent()
    if not sent:
        return {"rate": 0.0, "cpu_ms": 0.0, "answered": 0, "violations": len(state["violations"])}
    seconds = max(one["at"] for one in sent) - start
    return {
        "rate": len(sent) / seconds,
        "cpu_ms": 1000 * spent / len(sent),
        "answered": len(sent),
        "violations": len(state["violations"]),
    }


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


async def measure(runs: int, updates: dict[str, int]) -> dict[str, dict[str, float]]:
    """Median of interleaved runs, updates answered a second, by bot."""
    found: dict[str, list[dict[str, float]]] = {bot: [] for bot in updates}
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as folder:
        token_file = Path(folder) / "token"
        token_file.write_text(TOKEN)
        for _ in range(runs):
            for bot, count in updates.items():
                found[bot].append(await one_run(bot, count, token_file))
    return {
        bot: {
            "rate": statistics.median(r["rate"] for r in results),
            "lowest": min(r["rate"] for r in results),
            "highest": max(r["rate"] for r in results),
            "cpu_ms": statistics.median(r["cpu_ms"] for r in results),
            "updates": updates[bot],
            "answered": min(r["answered"] for r in results),
        }
        for bot, results in found.items()
    }
