"""Stock Rasa beside ours: the same phrases, rules, domain and actions; its own pipeline, channel and action server.

`rasa train` and `rasa run` from the nlu environment, `python -m rasa_sdk` from the app environment, nothing of ours in
between. The model lies in a cache folder under a hash of what it was trained from, so that a second run trains nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from bot import trained
from bot.processes import free_port
from bot.settings import ROOT, Settings

CONFIG = """\
recipe: default.v1
assistant_id: waymark-stock
language: en
importers:
- name: RasaFileImporter
- name: nlu.components.importer.PhraseImporter
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 5
  constrain_similarities: true
policies:
- name: RulePolicy
  core_fallback_threshold: 0.3
  core_fallback_action_name: action_unsure
  enable_fallback_prediction: true
"""
TRAIN_SECONDS = 1800.0
START_SECONDS = 120.0
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class StockError(RuntimeError):
    """Stock Rasa could not be trained or started."""


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ} | {
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "SANIC_HOST": "127.0.0.1",
    }


async def model(settings: Settings) -> Path:
    """The trained stock model; trained now if it is not there."""
    name = hashlib.sha256(f"{trained.fingerprint()}\0{CONFIG}".encode()).hexdigest()[:16]
    folder = settings.models / "bench"
    target = folder / f"stock-{name}.tar.gz"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "stock.yml"
    config.write_text(CONFIG)
    with (folder / "training.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            str(settings.nlu_python), "-m", "rasa", "train", "--domain", "domain.yml", "--config", str(config),
            "--data", "nlu/rules", "--out", str(folder), "--fixed-model-name", target.name.removesuffix(".tar.gz"), "--force",
            cwd=ROOT, env=_environment() | {"RASA_MAX_CACHE_SIZE": "0"}, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            async with asyncio.timeout(TRAIN_SECONDS):
                await process.wait()
        finally:
            await _end(process)
    if process.returncode or not target.exists():
        raise StockError(f"stock Rasa did not train: see {folder / 'training.log'}")
    for old in folder.glob("stock-*.tar.gz"):
        if old != target:
            old.unlink()
    return target


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()


class StockRasa:
    """`async with StockRasa(settings, model) as stock: replies = await stock.say(sender, text)`"""

    def __init__(self, settings: Settings, model_file: Path) -> None:
        self._settings, self._model = settings, model_file
        self._port, self._action_port = free_port(), free_port()
        self._processes: list[asyncio.subprocess.Process] = []
        self._session: aiohttp.ClientSession | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="waymark-bench-stock-")

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    async def __aenter__(self) -> Self:
        folder = Path(self._folder.name)
        (folder / "credentials.yml").write_text("rest:\n")
        (folder / "endpoints.yml").write_text(
            f"action_endpoint:\n  url: http://127.0.0.1:{self._action_port}/webhook\n"
        )
        actions = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(self._action_port)]
        rasa = [
            str(self._settings.nlu_python), "-m", "rasa", "run", "--model", str(self._model), "--interface", "127.0.0.1",
            "--port", str(self._port), "--credentials", str(folder / "credentials.yml"),
            "--endpoints", str(folder / "endpoints.yml"),
        ]  # fmt: skip
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        try:
            for command in (actions, rasa):
                process = await asyncio.create_subprocess_exec(
                    *command, cwd=ROOT, env=_environment(), stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
                )  # fmt: skip
                self._processes.append(process)
            await self._answering(f"http://127.0.0.1:{self._action_port}/health")
            await self._answering(f"http://127.0.0.1:{self._port}/")
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        if self._session is not None:
            await self._session.close()
        await asyncio.gather(*(_end(process) for process in self._processes))
        self._folder.cleanup()

    async def _answering(self, url: str) -> None:
        assert self._session is not None
        async with asyncio.timeout(START_SECONDS):
            while True:
                if any(process.returncode is not None for process in self._processes):
                    raise StockError("stock Rasa or its action server stopped while starting")
                try:
                    async with self._session.get(url) as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.2)

    async def say(self, sender: str, text: str) -> list[Any]:
        """What its REST channel answers: a list, empty where anything failed."""
        assert self._session is not None
        url = f"http://127.0.0.1:{self._port}/webhooks/rest/webhook"
        async with self._session.post(url, json={"sender": sender, "message": text}) as response:
            replies: list[Any] = orjson.loads(await response.read())
            return replies
