"""What is kept of exams, in `tests/evaluation/scores.json`: for each file its figures and the model at which they were
measured, and at which models the sealed file was looked at. No message is kept."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.exam.scoring import Share

SCORES = Path(__file__).resolve().parents[1] / "evaluation" / "scores.json"


class WrongScores(ValueError):
    """The stored scores cannot be used; the text says what to do."""


def name_of(path: Path) -> str:
    """How a file is named in the scores and in the tables: its folder and itself, never where it lies."""
    return f"{path.resolve().parent.name}/{path.name}"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


class Scores:
    """Reads the file once; `keep` and `look` write it at once."""

    def __init__(self, path: Path = SCORES) -> None:
        self._path = path
        data: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self._files: dict[str, Any] = data.get("files", {})
        self._looks: dict[str, list[str]] = data.get("looks", {})

    def looked(self, path: Path, fingerprint: str) -> bool:
        """Whether this file was scored with this very model before."""
        return fingerprint in self._looks.get(name_of(path), [])

    def look(self, path: Path, fingerprint: str) -> None:
        """Notes that it is scored now: a look counts, whatever is made of it."""
        if not self.looked(path, fingerprint):
            self._looks.setdefault(name_of(path), []).append(fingerprint)
            self._write()

    def keep(self, path: Path, fingerprint: str, found: dict[str, Share], ece: float) -> None:
        self._files[name_of(path)] = {
            "fingerprint": fingerprint,
            "file": digest(path),
            "ece": round(ece, 4),
            "figures": {name: f"{share.hits}/{share.n}" for name, share in found.items()},
        }
        self._write()

    def stored(self, path: Path) -> dict[str, Share] | None:
        """The figures kept for this very file. None where there are none; raises `WrongScores` where those that are kept
        belong to other contents of it."""
        entry = self._files.get(name_of(path))
        if entry is None:
            return None
        if entry["file"] != digest(path):
            raise WrongScores(f"{name_of(path)} has changed since it was scored: `make exam ARGS=--record`")
        return {name: Share(*map(int, counts.split("/"))) for name, counts in entry["figures"].items()}

    def model_of(self, path: Path) -> str:
        """The model at which the kept figures were measured."""
        model: str = self._files[name_of(path)]["fingerprint"]
        return model

    def _write(self) -> None:
        data = {"files": self._files, "looks": self._looks}
        self._path.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", "utf-8")
