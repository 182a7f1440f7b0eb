"""The behaviour tables of `cases/`, as pytest parameters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Case:
    text: str
    role: str
    expected: str
    lang: str = "und"

    def __str__(self) -> str:
        return f"{self.role}: {self.text[:60]!r}"


@dataclass(frozen=True, slots=True)
class Pair:
    """The same words twice: taken back by what stands around them, and meant."""

    why: str
    harmless: str
    danger: str
    expected: str
    role: str = "guest"

    def __str__(self) -> str:
        return f"{self.why}: {self.harmless[:50]!r}"


def pairs() -> list[Pair]:
    return [Pair(**row) for row in yaml.safe_load((CASES / "pairs.yml").read_text("utf-8"))]


def cases(name: str) -> list[Case]:
    return [Case(**row) for row in yaml.safe_load((CASES / f"{name}.yml").read_text("utf-8"))]
