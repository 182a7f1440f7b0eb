"""Rasa and the actions as child processes on loopback: started, watched, started again, and stopped by their ids."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable

from bot.nlu import RasaNlu
from bot.settings import ROOT, Settings
from bot.trained import encoder_file, model_file

log = logging.getLogger("waymark.processes")
START_SECONDS = 90.0
MAX_WAIT = 30.0
PROBE_SECONDS, PROBES = 10.0, 3
# A child needs these and nothing else of our environment; no key and no token of ours is among them.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "SYSTEMROOT")


class StartError(RuntimeError):
    """A part did not come up; the text says which and what to do."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end_with_parent() -> None:
    """In the child, before it becomes the program: the kernel ends it when we are gone, however we went (kill -9 too)."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


class Child:
    """One watched process. `ready` is the line it prints once it answers."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], ready: str) -> None:
        self.name, self._command, self._env, self._ready = name, command, env, ready
        self.process: asyncio.subprocess.Process | None = None
        self.starts = 0
        self._watcher: asyncio.Task[None] | None = None
        self._stopping = False
        self.on_restart: Callable[[str], None] = lambda _: None

    async def start(self) -> None:
        """Returns once the process said that it is ready. Raises `StartError`."""
        self.starts += 1
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=ROOT,
                env=self._env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        except OSError as error:
            raise StartError(
                f"{self.name} cannot be started ({type(error).__name__}: {self._command[0]}): run `make setup`"
            ) from None
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(START_SECONDS):
                while line := await self.process.stdout.readline():
                    if line.decode(errors="replace").strip() == self._ready:
                        break
                else:
                    raise StartError(f"{self.name} stopped while starting (exit code {await self.process.wait()})")
        except TimeoutError:
            raise StartError(f"{self.name} was not ready after {START_SECONDS:.0f} s") from None

    def watch(self) -> None:
        self._watcher = asyncio.create_task(self._watch(), name=f"watch-{self.name}")

    async def _watch(self) -> None:
        wait = 0.5
        while not self._stopping:
            assert self.process is not None
            if self.process.stdout is not None:
                while await self.process.stdout.readline():
                    pass
            await self.process.wait()
            if self._stopping:
                return
            log.error("%s stopped; starting it again", self.name)
            self.on_restart(self.name)
            await asyncio.sleep(wait)
            wait = min(MAX_WAIT, wait * 2)
            try:
                await self.start()
                wait = 0.5
            except StartError as error:
                log.error("%s", error)
                self.kill()

    def kill(self) -> None:
        """End it now; the watcher starts it again."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    async def stop(self) -> None:
        self._stopping = True
        if self._watcher is not None:
            self._watcher.cancel()
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(5):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


class Processes:
    """`async with Processes(settings) as parts:` gives `parts.nlu`, a client of a Rasa that answers."""

    def __init__(
        self,
        settings: Settings,
        action_url: str | None = None,
        action_token: str | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._settings, self._say = settings, say
        self.nlu_token, self._action_token = secrets.token_urlsafe(24), action_token or secrets.token_urlsafe(24)
        self._own_actions = action_url is None
        self._prober: asyncio.Task[None] | None = None
        action_port, self.nlu_port = free_port(), free_port()
        url = action_url or f"http://127.0.0.1:{action_port}/webhook"
        base = {name: os.environ[name] for name in KEPT if name in os.environ}
        base |= {"PYTHONWARNINGS": "ignore", "WAYMARK_ACTION_TOKEN": self._action_token, "MALLOC_ARENA_MAX": "2"}
        self.actions = Child(
            "the action server",
            [sys.executable, "-m", "actions.server"],
            {**base, "WAYMARK_ACTION_PORT": str(action_port)},
            "actions ready",
        )
        env = {
            **base,
            "WAYMARK_NLU_TOKEN": self.nlu_token,
            "WAYMARK_ACTION_URL": url,
            "WAYMARK_ENCODER_FILE": str(encoder_file(settings)),
        }
        command = [
            str(settings.nlu_python),
            "-W",
            "ignore",
            "-m",
            "nlu.components.server",
            "--model",
            str(model_file(settings)),
            "--port",
            str(self.nlu_port),
        ]
        self.rasa = Child("Rasa", command, env, "nlu ready")
        self.nlu = RasaNlu(f"http://127.0.0.1:{self.nlu_port}", self.nlu_token)

    @property
    def children(self) -> list[Child]:
        return [self.actions, self.rasa] if self._own_actions else [self.rasa]

    async def __aenter__(self) -> Processes:
        self._say("starting Rasa, about ten seconds")
        try:
            await asyncio.gather(*(child.start() for child in self.children))
        except BaseException:
            await self.__aexit__()
            raise
        for child in self.children:
            child.watch()
        self._prober = asyncio.create_task(self._probe(), name="probe")
        return self

    async def _probe(self) -> None:
        """A process that lives but does not answer is ended, and so started again: it must not hang for hours."""
        silent = 0
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            silent = 0 if await self.nlu.alive() else silent + 1
            if silent >= PROBES:
                log.error("%s does not answer", self.rasa.name)
                self.rasa.kill()
                silent = -PROBES  # time to start

    async def __aexit__(self, *_: object) -> None:
        if self._prober is not None:
            self._prober.cancel()
        await self.nlu.close()
        await asyncio.gather(*(child.stop() for child in self.children))
