"""Counts of requests as tables and a picture that may leave the system: small cells suppressed, and not to be worked out again (R27).

Only whole months: two reports of a month that still runs would differ by what happened in between. No totals over months, so that
each month stands for itself. Every kind stands in the table whether or not it ever happened: that a row is there says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SMALL = 5
"""A count below this is never shown; nor is none, which says as much (R27)."""
HIDDEN = "-"
Counts = Mapping[tuple[str, str, str], int]
"""(month as YYYY-MM, what, kind) to a count, as `bot/store/tallies.py` reads them."""
RULES = ("age", "region", "gender", "children", "pets", "medical", "detox", "mobility", "language", "duty", "hours")
OTHER = "other"
KINDS: dict[str, tuple[str, ...]] = {
    "asked": ("self", "ally", "officer", "nobody_on_shift"),
    "sent": ("self", "ally", "officer"),
    "outcome": ("placed", "other_help", "could_not", "withdrew", "lost_contact", "nobody"),
    "refused": (*RULES, "full"),
    "first_answer": ("1m", "3m", "5m", "10m", "15m", "later"),
    "ended": ("minor", "no_release"),
}
TITLES = {
    "asked": "Asked: who began a request",
    "sent": "Sent to people on call",
    "outcome": "Met: how requests ended",
    "refused": "Refused: the kind of rule that said no",
    "first_answer": "First human answer: within",
    "ended": "Ended before sending",
}
DRAWN = ("asked", "outcome", "refused", "first_answer")


@dataclass(frozen=True, slots=True)
class Column:
    """What may be seen of one month of one table: a number is at least `SMALL`; None is not shown. `total` is the true sum of all cells,
    shown and not."""

    cells: tuple[int | None, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Table:
    what: str
    kinds: tuple[str, ...]
    months: tuple[str, ...]
    columns: tuple[Column, ...]


def suppress(counts: Sequence[int]) -> Column:
    """Hide small cells, and so many of the next smallest that neither a sum nor this rule gives one back: at least two are hidden, they are
    at least `SMALL` together, and not all as large as a small cell can be.

    Cells that are alike are hidden together. So any order of the hidden counts would be published in the same way, and where they are all the
    same (below `SMALL` - 1), one more here and one less there would be: nobody can tell which it was."""
    hidden = [n for n, count in enumerate(counts) if count < SMALL]
    while hidden and len(hidden) < len(counts):
        largest = all(counts[n] == SMALL - 1 for n in hidden)
        if sum(counts[n] for n in hidden) >= SMALL and not largest:  # so there are at least two
            break
        following = min(count for n, count in enumerate(counts) if n not in hidden)
        hidden += [n for n, count in enumerate(counts) if count == following]
    total = sum(counts)
    return Column(
        tuple(None if n in hidden else count for n, count in enumerate(counts)), total if total >= SMALL else None
    )


def tables(counts: Counts, now: float, months: int = 12) -> list[Table]:
    """All tables, for the last `months` whole months (UTC) of those that have any count. [] where there is none."""
    this = datetime.fromtimestamp(now, UTC).strftime("%Y-%m")
    known = sorted({month for month, _, _ in counts if month < this})
    if not known:
        return []
    shown = tuple(_months(known[0], this)[-months:])
    found = []
    for what, kinds in KINDS.items():
        rows = (*kinds, OTHER)
        columns = tuple(suppress(_cells(counts, month, what, kinds)) for month in shown)
        found.append(Table(what, rows, shown, columns))
    return found


def lines(found: Sequence[Table]) -> list[str]:
    """The tables as text, one block each."""
    text: list[str] = []
    for table in found:
        width = max(map(len, (*table.kinds, "all"))) + 2
        text += [TITLES[table.what], " " * width + "".join(f"{month:>9}" for month in table.months)]
        for number, kind in enumerate(table.kinds):
            text.append(f"{kind:{width}}" + "".join(f"{_word(column.cells[number]):>9}" for column in table.columns))
        text += [f"{'all':{width}}" + "".join(f"{_word(column.total):>9}" for column in table.columns), ""]
    return text


def draw(found: Sequence[Table], path: Path) -> None:
    """What is shown in the tables, and nothing else, as SVG or PNG. Raises OSError, or ValueError for another kind of file."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "waymark"
    from matplotlib import pyplot

    if path.suffix not in (".svg", ".png"):
        raise ValueError("the picture must be .svg or .png")
    figure, axes = pyplot.subplots(2, 2, figsize=(12, 8), layout="constrained")
    for axis, table in zip(axes.flat, [t for t in found if t.what in DRAWN], strict=False):
        below = [0] * len(table.months)
        for number, kind in enumerate(table.kinds):
            heights = [column.cells[number] or 0 for column in table.columns]
            if any(heights):
                axis.bar(list(table.months), heights, bottom=below, label=kind)
                below = [a + b for a, b in zip(below, heights, strict=True)]
        axis.set_xticks(range(len(table.months)), table.months, rotation=45)
        axis.set(title=TITLES[table.what], ylabel="requests")
        if any(below):
            axis.legend(fontsize="small")
        axis.set_ylim(bottom=0)
    figure.suptitle(f"Counts under {SMALL}, and what would give them back, are not drawn")
    figure.savefig(path, dpi=120, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def _cells(counts: Counts, month: str, what: str, kinds: Sequence[str]) -> list[int]:
    """One count a kind, and all that no kind is named for."""
    named = [counts.get((month, what, kind), 0) for kind in kinds]
    rest = sum(n for (m, w, k), n in counts.items() if m == month and w == what and k not in kinds)
    return [*named, rest]


def _months(first: str, before: str) -> list[str]:
    """Months from `first` up to, and without, `before`."""
    year, month = int(first[:4]), int(first[5:])
    found = []
    while (name := f"{year:04d}-{month:02d}") < before:
        found.append(name)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _word(count: int | None) -> str:
    return HIDDEN if count is None else str(count)
