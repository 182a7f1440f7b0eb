"""How much danger the floor hears in the training phrases, and how often it cries wolf: `python -m tests.safety.measure`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bot.safety.floor import Floor
from nlu.components.phrases import read_folder

DATA = Path(__file__).parents[2] / "nlu" / "data"
DANGER = ("emergency_now", "self_harm", "minor_at_risk")


@dataclass(slots=True)
class Figures:
    """Counts by (row, level); `safe` stands for every row that is no danger."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def total(self, row: str) -> int:
        return sum(n for (name, _), n in self.counts.items() if name == row)

    def share(self, row: str, level: str) -> float:
        return self.counts[row, level] / max(1, self.total(row))

    def recall(self, row: str) -> float:
        return self.share(row, "certain") + self.share(row, "possible")

    @property
    def false_certain(self) -> float:
        return self.share("safe", "certain")

    @property
    def false_possible(self) -> float:
        return self.share("safe", "possible")

    def __str__(self) -> str:
        rows = [
            f"{row}: certain {self.share(row, 'certain'):.3f}, heard {self.recall(row):.3f} of {self.total(row)}"
            for row in DANGER
        ]
        rows.append(
            f"others: certain {self.false_certain:.4f}, possible {self.false_possible:.4f} of {self.total('safe')}"
        )
        return "\n  ".join(["", *rows])


@lru_cache(maxsize=1)
def measure(floor: Floor) -> dict[str, Figures]:
    """Figures by language; mixed messages count as Spanish, which is the weaker side."""
    figures = {"en": Figures(), "es": Figures()}
    for phrase in read_folder(DATA):
        reading = floor.read(phrase.text, phrase.role_seen)
        level = reading.level if reading.handling in DANGER else "none"
        if reading.ambiguous_exit and phrase.intent in DANGER:
            level = "possible"  # the line for both has 911 in it
        row = phrase.intent if phrase.intent in DANGER else "safe"
        figures["en" if phrase.lang == "en" else "es"].counts[row, level] += 1
    return figures


if __name__ == "__main__":
    for lang, result in measure(Floor()).items():
        print(lang, result)
