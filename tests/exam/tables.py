"""An exam in words: shares with 95 % intervals, by language, role, row and length, and what is taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.exam import calibration, marks
from tests.exam.scoring import DANGER, Share, figures, length

Rows = Sequence[dict[str, Any]]
LABELS = {
    "right": "right at the first try",
    "one_tap": "right, or one tap away",
    "right_en": "  right, en",
    "right_es": "  right, es",
    "right_mixed": "  right, mixed",
    **{label: f"  {label}: a danger reply" for label in DANGER},
    "danger": "  danger, pooled",
    "must_not": "critical message handled as must_not",
    "false_danger": "danger reply without danger",
    "abuse": "abuse refused",
    "out_of_scope": "out_of_scope recognized",
    "asked": "only asked which was meant",
}


def line(label: str, share: Share) -> str:
    low, high = share.interval
    return f"{label:44s} {share.share:.3f}  [{low:.3f}, {high:.3f}]  n={share.n}"


def shares(found: dict[str, Share]) -> Iterator[str]:
    """The figures that are kept."""
    for name, label in LABELS.items():
        if found[name].n:
            yield line(label, found[name])


def by(rows: Rows, key: Callable[[dict[str, Any]], str], worst_first: bool = False) -> Iterator[str]:
    """Right at the first try in each group."""
    groups: dict[str, list[bool]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row["right"])
    found = [(name, Share.of(hits)) for name, hits in groups.items()]
    for name, share in sorted(found, key=lambda item: item[1].share if worst_first else 0):
        yield line(f"  {name}", share)


def confusions(rows: Rows, most: int = 30) -> list[tuple[str, str, int]]:
    """Expected, given, how often; the most frequent first, by name where they are equal."""
    counted = Counter((r["label"], r["answer"].get("handling", "error")) for r in rows if not r["right"])
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [(wanted, given, count) for (wanted, given), count in ordered[:most]]


def report(name: str, rows: Rows) -> Iterator[str]:
    """All that is printed of one file."""
    found = figures(rows)
    yield f"\n== {name}"
    yield from shares(found)
    yield "\nby role"
    yield from by(sorted(rows, key=lambda r: r["role"]), lambda r: r["role"])
    yield "\nby length"
    yield from by(sorted(rows, key=lambda r: len(r["text"].split())), lambda r: length(r["text"]))
    yield "\nby row, the weakest first"
    yield from by(sorted(rows, key=lambda r: r["label"]), lambda r: r["label"], worst_first=True)
    yield "\ntaken for something else"
    yield from (f"  {count:3d}  {wanted} → {given}" for wanted, given, count in confusions(rows))
    yield "\ncalibration"
    yield from calibration.lines(calibration.points(rows), len(rows))
    yield "\nclosing marks"
    yield from marks.lines(found)
