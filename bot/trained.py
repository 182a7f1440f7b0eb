"""The trained model, keyed by a hash of everything it was trained from: the same sources never train twice."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from bot.settings import ROOT, Settings

SOURCES = (
    "domain.yml",
    "config.yml",
    "nlu/data",
    "nlu/lexicon",
    "nlu/rules",
    "nlu/components",
    "nlu/text.py",
    "locks/nlu.txt",
)
Say = Callable[[str], None]
ENCODER = "encoder-int8.onnx"
"""The name changes with the graph, so that a graph of before is never taken for this one."""


class ModelMissing(RuntimeError):
    """No trained model, and none could be made; the text says what to do."""


def fingerprint(root: Path = ROOT) -> str:
    """Hash of names and contents of all sources, 16 hex digits."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = root / source
        files = (
            sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            if path.is_dir()
            else [path]
        )
        for file in files:
            digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def model_file(settings: Settings) -> Path:
    return settings.models / f"waymark-{fingerprint()}.tar.gz"


def encoder_file(settings: Settings) -> Path:
    return settings.models / ENCODER


def ensure(settings: Settings, say: Say, force: bool = False) -> Path:
    """The model file, trained now if it is not there. `say` gets a line a step. Raises `ModelMissing`."""
    target = model_file(settings)
    if target.exists() and encoder_file(settings).exists() and not force:
        return target
    if not settings.nlu_python.exists():
        raise ModelMissing(f"the environment for Rasa is missing ({settings.nlu_python}): run `make setup`")
    settings.models.mkdir(parents=True, exist_ok=True)
    say("training the model, about a minute")
    log = settings.models / "training.log"
    command = [
        str(settings.nlu_python),
        "-W",
        "ignore",
        "-m",
        "nlu.components.training",
        "--out",
        str(settings.models),
        "--encoder",
        ENCODER,
        "--name",
        target.name.removesuffix(".tar.gz"),
    ]
    with (
        log.open("w") as log_file,
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(("building", "loading", "training", "trained")):
                say(line.strip())
    if process.returncode or not target.exists():
        raise ModelMissing(f"training failed: see {log}, then run `waymark check`")
    for old in (*settings.models.glob("waymark-*.tar.gz"), *settings.models.glob("encoder*.onnx")):
        if old not in (target, encoder_file(settings)):
            old.unlink()
    return target
