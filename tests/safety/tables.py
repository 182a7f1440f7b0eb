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


def cases(name: str) -> list[Case]:
    return [Case(**row) for row in yaml.safe_load((CASES / f"{name}.yml").read_text("utf-8"))]
