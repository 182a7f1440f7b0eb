"""`waymark run` as a process of its own, against the local Bot API server."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot.settings import ROOT
from tests.forking import Forked

TOKEN = "123456:test-token-of-the-local-server-000000"
START_SECONDS = 150.0


class RunningBot:
    """Start, kill (SIGKILL), stop (SIGTERM). Keeps home and keys between starts, as a machine would. A fork (`tests.forking`) unless `fresh`,
    which starts a new interpreter."""

    module = "bot.cli"
    fresh = False

    def __init__(self, home: Path, api_url: str, nlu_url: str | None, nlu_token: str | None, **settings: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        token = home / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        self.home = home
        self.env = {
            k: os.environ[k] for k in ("PATH", "HOME", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE") if k in os.environ
        }
        self.env |= {
            "WAYMARK_HOME": str(home),
            "WAYMARK_TELEGRAM_TOKEN_FILE": str(token),
            "WAYMARK_TELEGRAM_API_URL": api_url,
            "WAYMARK_UNREVIEWED": "allow",
            "WAYMARK_LOG_LEVEL": "WARNING",
            **{f"WAYMARK_{name.upper()}": value for name, value in settings.items()},
        }
        if nlu_url and nlu_token:
            secret = home / "nlu-token"
            secret.write_text(nlu_token)
            secret.chmod(0o600)
            self.env |= {"WAYMARK_NLU_URL": nlu_url, "WAYMARK_NLU_TOKEN_FILE": str(secret)}
        self.log, self.out = home / "log", home / "out"
        self.process: asyncio.subprocess.Process | Forked | None = None

    async def start(self) -> None:
        """Returns once it printed `ready`."""
        self.out.unlink(missing_ok=True)
        if self.fresh:
            with self.log.open("ab") as log, self.out.open("wb") as out:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", self.module, "run", cwd=ROOT, env=self.env, stdout=out, stderr=log
                )
        else:
            forked = Forked(self.module, ["run"], self.env, self.out, self.log)
            await asyncio.to_thread(forked.start)
            self.process = forked
        async with asyncio.timeout(START_SECONDS):
            while not (self.out.exists() and self.out.read_bytes().endswith(b"\n")):
                assert self.process.returncode is None, f"it ended; the log says: {self.log.read_text()[-2000:]}"
                await asyncio.sleep(0.02)
        assert self.out.read_bytes() == b"ready\n", (
            f"{self.out.read_bytes()!r}; the log says: {self.log.read_text()[-2000:]}"
        )

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        if self.process is None or self.process.returncode is not None:
            return self.process.returncode if self.process and self.process.returncode is not None else 0
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            return await self.process.wait()
