"""Whether the classifier is right as often as it says: bins of confidence, and the expected calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.exam.scoring import Share

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages whose confidence lies in [low, high), the last bin with its end. `said` is their mean confidence."""

    low: float
    high: float
    said: float
    right: Share


def points(rows: Sequence[dict[str, Any]]) -> list[tuple[float, bool]]:
    """Confidence and whether it was right, where the classifier decided; floor and commands say no confidence."""
    return [(r["answer"]["confidence"], r["right"]) for r in rows if r["answer"].get("confidence") is not None]


def bins(found: Sequence[tuple[float, bool]], count: int = BINS) -> list[Bin]:
    """Equal widths; empty bins are left out."""
    out = []
    for number in range(count):
        inside = [(c, right) for c, right in found if min(int(c * count), count - 1) == number]
        if inside:
            said = sum(c for c, _ in inside) / len(inside)
            out.append(Bin(number / count, (number + 1) / count, said, Share.of(right for _, right in inside)))
    return out


def ece(found: Sequence[tuple[float, bool]], count: int = BINS) -> float:
    """Mean distance of what is said from what is right, by the number of messages in a bin; 0.0 of nothing."""
    if not found:
        return 0.0
    return sum(b.right.n * abs(b.said - b.right.share) for b in bins(found, count)) / len(found)


def lines(found: Sequence[tuple[float, bool]], total: int) -> list[str]:
    head = (
        f"ECE {ece(found):.3f} over {len(found)} messages; {total - len(found)} were decided by the floor or a command"
    )
    return [
        head,
        *(
            f"  said {b.low:.1f}-{b.high:.1f}: mean {b.said:.3f}, right {b.right.share:.3f}  n={b.right.n}"
            for b in bins(found)
        ),
    ]
