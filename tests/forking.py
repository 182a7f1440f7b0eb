"""A program of ours in a fork of a process that has loaded code and content already.

It runs the same `main` with its own settings, home and streams, and dies of SIGKILL as any process does, but begins in a tenth of the
time of a new interpreter. What a start from nothing does is seen by the tests that start `python -m`.
"""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.settings import ROOT

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.preloaded"])
JOIN_SECONDS = 60.0


def _become(module: str, words: Sequence[str], env: Mapping[str, str], out: str, err: str) -> None:
    """In the fork: streams into the named files, the settings of `env` and no others, then `main` of the module."""
    for path, stream in ((out, 1), (err, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    sys.argv = [module, *words]
    importlib.import_module(module).main()


class Forked:
    """As much of `asyncio.subprocess.Process` as a test needs. What it prints goes into the files `out` and `err`."""

    def __init__(self, module: str, words: Sequence[str], env: Mapping[str, str], out: Path, err: Path) -> None:
        about = (module, tuple(words), dict(env), str(out), str(err))
        self._process = FORKS.Process(target=_become, args=about, daemon=True)

    def start(self) -> None:
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def join(self) -> int:
        self._process.join(JOIN_SECONDS)
        assert self.returncode is not None, "it did not end"
        return self.returncode

    async def wait(self) -> int:
        return await asyncio.to_thread(self.join)


def waymark(*words: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """One command of the operator, to its end."""
    with tempfile.TemporaryDirectory(prefix="waymark-cli-") as name:
        out, err = Path(name) / "out", Path(name) / "err"
        forked = Forked("bot.cli", words, env, out, err)
        forked.start()
        code = forked.join()
        return subprocess.CompletedProcess(words, code, out.read_text("utf-8"), err.read_text("utf-8"))
