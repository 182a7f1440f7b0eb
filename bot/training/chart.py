"""The progress picture: what a department knows now and in two weeks, as a PNG for a phone.

It is drawn in a child process (`python -m bot.training.chart`: JSON in, PNG out), so that matplotlib never comes into the bot's memory and
a drawing that hangs or fails takes nothing else with it. All words come in as values; nothing here is said in any language.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

WIDTH = 1080
"""Pixels."""
SECONDS = 20.0
"""A drawing that takes longer is killed."""
LABELS = frozenset(
    {
        "officers", "asked", "answered", "topics", "units", "now", "soon", "fades_next", "few", "hidden_topic", "hidden_topics",
        "hidden_unit", "hidden_units", "empty", "note",
    }
)  # fmt: skip
"""`few` stands for a number that is hidden, `hidden_…` for one row or for `{count}` of them that would tell of fewer than five officers, `empty`
where there is no row at all."""
_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-m", "bot.training.chart")
_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "MPLCONFIGDIR", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
_PNG = b"\x89PNG\r\n\x1a\n"
_turn = asyncio.Lock()


class NotDrawn(Exception):
    """No picture came of it: too slow, or the child failed."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many officers there are, were asked something, and answered. None is a number that may not be shown (R27)."""

    officers: int | None
    asked: int | None
    answered: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A topic or a unit: predicted recall, 0 to 1, now and in two weeks. Both None where that would tell of fewer than five officers: it is
    counted, not named."""

    name: str
    now: float | None
    soon: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """All that is in the picture, in the order in which it is shown. `labels`: a text for each of `LABELS`."""

    title: str
    subtitle: str
    reach: Reach
    topics: tuple[Row, ...]
    units: tuple[Row, ...]
    fades_next: tuple[str, ...]
    labels: dict[str, str]

    def __post_init__(self) -> None:
        missing = LABELS - self.labels.keys()
        if missing:
            raise ValueError(f"labels without {', '.join(sorted(missing))}")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Progress:
        rows = {key: tuple(Row(**row) for row in data[key]) for key in ("topics", "units")}
        fades_next = tuple(data["fades_next"])
        return cls(**{**data, **rows, "reach": Reach(**data["reach"]), "fades_next": fades_next})


async def draw(progress: Progress, seconds: float = SECONDS) -> bytes:
    """The PNG, `WIDTH` wide. One is drawn at a time: a coordinator who taps often must not fill the machine. Raises `NotDrawn`."""
    async with _turn:
        try:
            child = await asyncio.create_subprocess_exec(
                *_COMMAND,
                cwd=_ROOT,
                env={key: os.environ[key] for key in _KEPT if key in os.environ},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise NotDrawn(f"the child cannot be started ({type(error).__name__})") from None
        try:
            async with asyncio.timeout(seconds):
                picture, _ = await child.communicate(json.dumps(asdict(progress)).encode())
        except TimeoutError:
            raise NotDrawn(f"not drawn in {seconds:g} s") from None
        finally:
            await _end(child)
    if child.returncode != 0 or not picture.startswith(_PNG):
        raise NotDrawn(f"the child ended with {child.returncode}")
    return picture


async def _end(child: asyncio.subprocess.Process) -> None:
    """Also where the caller was cancelled, so that no child is left."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _main() -> None:
    os.nice(10)  # messages come first
    from bot.training.chart_drawing import png

    sys.stdout.buffer.write(png(Progress.from_json(json.load(sys.stdin))))


if __name__ == "__main__":
    _main()
