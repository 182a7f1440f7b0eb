"""The trained model, keyed by a hash of everything it was trained from: the same sources never train twice."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
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
    "nlu/encoder/encoder.json",
    "nlu/text.py",
    "locks/nlu.txt",
)
Say = Callable[[str], None]
ENCODER = "encoder-int8-token.onnx"
"""The package's, written at set-up. The name changes with the graph, so that a graph of before is never taken for this one."""
UNFINISHED = "unfinished-"
GIVEN_UP = 3600.0
"""Seconds after which a training that has not ended never will."""
OURS = ROOT / "nlu" / "encoder" / "encoder.onnx"
"""Fine-tuned on our phrases; `encoder.json` beside it holds its hash."""


class ModelMissing(RuntimeError):
    """No trained model, and none could be made; the text says what to do."""


def fingerprint(root: Path = ROOT, encoder: Path | None = None) -> str:
    """Hash of names and contents of all sources, 16 hex digits. Of an `encoder` from elsewhere, which may be large, size and time count."""
    digest = hashlib.sha256()
    if encoder is not None:
        found = encoder.stat()
        digest.update(f"{encoder.name} {found.st_size} {found.st_mtime_ns}".encode())
    for source in SOURCES:
        path = root / source
        files = (
            sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            if path.is_dir()
            else [p for p in [path] if p.exists()]
        )
        for file in files:
            digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def model_file(settings: Settings) -> Path:
    if settings.encoder is not None and not settings.encoder.is_file():
        raise ModelMissing(f"{settings.encoder} is not there: WAYMARK_ENCODER names an .onnx file, or is left out")
    return settings.models / f"waymark-{fingerprint(encoder=settings.encoder)}.tar.gz"


def encoder_file(settings: Settings) -> Path:
    """The one that is set, else ours, else the package's."""
    return settings.encoder or (OURS if OURS.exists() else settings.models / ENCODER)


def _clear(models: Path) -> None:
    """Folders of trainings that were killed. A younger one may be of a set-up that runs beside this one."""
    for left in models.glob(f"{UNFINISHED}*"):
        if time.time() - left.stat().st_mtime > GIVEN_UP:
            shutil.rmtree(left, ignore_errors=True)


def ensure(settings: Settings, say: Say, force: bool = False) -> Path:
    """The model file, trained now if it is not there. `say` gets a line a step. Raises `ModelMissing`."""
    target = model_file(settings)
    if target.exists() and encoder_file(settings).exists() and not force:
        return target
    if not settings.nlu_python.exists():
        raise ModelMissing(f"the environment for Rasa is missing ({settings.nlu_python}): run `make setup`")
    settings.models.mkdir(parents=True, exist_ok=True)
    say("training the model, about three minutes on two cores")
    log = settings.models / "training.log"
    _clear(settings.models)
    # Written beside and moved when whole: what is killed half-way must not be taken for a model.
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=settings.models) as folder:
        command = [
            str(settings.nlu_python),
            "-W",
            "ignore",
            "-m",
            "nlu.components.training",
            "--out",
            folder,
            "--encoder",
            str(encoder_file(settings)),
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
        made = Path(folder) / target.name
        if process.returncode or not made.exists():
            raise ModelMissing(f"training failed: see {log}, then run `waymark check`")
        made.replace(target)
    for old in (*settings.models.glob("waymark-*.tar.gz"), *settings.models.glob("encoder*.onnx")):
        if old not in (target, encoder_file(settings)):
            old.unlink()
    return target
