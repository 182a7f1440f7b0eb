"""Starts, kills and ends processes of `tests.training.sending`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from bot.settings import ROOT

START_SECONDS = 60.0


class Sending:
    """`log` gets what the process says on stderr."""

    def __init__(self, home: Path, *options: str) -> None:
        self._command = (sys.executable, "-W", "ignore", "-m", "tests.training.sending", "--home", str(home), *options)
        self._log = home / "sending.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("not started")
        return self._process.pid

    async def start(self) -> None:
        """Returns once it sends."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        if self._process.stdout is None:
            raise RuntimeError("no output")
        async with asyncio.timeout(START_SECONDS):
            word = await self._process.stdout.readline()
        if word.strip() != b"ready":
            raise RuntimeError(f"a sender did not start: {self._log.read_text()[-1500:]}")

    async def kill(self) -> None:
        """SIGKILL."""
        await self._end("kill")

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL where that does not help within ten seconds."""
        await self._end("terminate")

    async def _end(self, how: str) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            getattr(process, how)()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
