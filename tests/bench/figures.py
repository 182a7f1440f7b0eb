"""Figures and what is made of them: a table, a page, a small picture."""

from __future__ import annotations

import math
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds of many measurements."""

    p50: float
    p99: float
    n: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        ordered = sorted(seconds)
        last = ordered[math.ceil(0.99 * len(ordered)) - 1]
        return cls(1000 * statistics.median(ordered), 1000 * last, len(ordered))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `wanted` is the aim in words, `reached` None where there is none."""

    what: str
    ours: str
    peer: str = ""
    ratio: float | None = None
    wanted: str = ""
    reached: bool | None = None

    def cells(self) -> list[str]:
        ratio = f"{self.ratio:.2f} ×" if self.ratio is not None else ""
        reached = {True: "yes", False: "**no**", None: ""}[self.reached]
        return [self.what, self.ours, self.peer, ratio, self.wanted, reached]


HEAD = ["What", "Waymark", "Peer", "Ratio", "Aim", "Reached"]


def ms(value: float) -> str:
    return f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"


def machine() -> str:
    memory = round(psutil.virtual_memory().total / 2**30)
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory} GB of memory, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def markdown(rows: Sequence[Row]) -> str:
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(rows: Sequence[Row]) -> str:
    """The same table for a terminal."""
    table = [HEAD, *([cell.replace("**", "") for cell in row.cells()] for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in table)


def page(
    rows: Sequence[Row], method: Sequence[str], load: float, quick: bool, title: str = "Benchmarks", shown: str = "benchmarks.svg",
    turns: str = "taking turns",
) -> str:  # fmt: skip
    """`shown`: the picture's file. `turns`: how the two sides of a row came one after another."""
    missed = [
        f"- {row.what}: aim {row.wanted}, got {row.ours}" + (f" ({row.ratio:.2f} ×)." if row.ratio is not None else ".")
        for row in rows
        if row.reached is False
    ]
    busy = (
        f"Other work ran on the machine (load {load:.1f} on {os.cpu_count()} cores as the run began): take the ratios, not "
        "the absolutes."
        if load > 0.5
        else "Nothing else ran on the machine."
    )
    parts = [
        f"# {title}",
        f"Written by `make bench`; do not edit. Both sides of a row were measured in the same run, {turns}.",
        *(["**Quick run for development: few repetitions, not to be quoted.**"] if quick else []),
        f"Measured on {datetime.now(UTC).date().isoformat()}: {machine()}. {busy}",
        markdown(rows),
        f"![The same in bars]({shown})",
        "## What is not reached",
        "\n".join(missed or ["- Nothing: every aim of the table was reached."]),
        "## Method",
        "\n".join(f"- {line}" for line in method),
    ]
    return "\n\n".join(parts) + "\n"


def picture(path: Path, panels: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> None:
    """Bars, one panel a question; Waymark's bars are the dark ones."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    style: dict[str, Any] = {"svg.fonttype": "none", "svg.hashsalt": "waymark", "font.size": 8}
    with mpl.rc_context(style):
        figure, axes = pyplot.subplots(1, len(panels), figsize=(3.4 * len(panels), 2.2))
        for axis, (title, bars) in zip(axes, panels, strict=True):
            names = [name for name, _ in bars][::-1]
            values = [value for _, value in bars][::-1]
            colours = ["#1f4e5f" if name.startswith("Waymark") else "#b8c4c9" for name in names]
            drawn = axis.barh(names, values, color=colours)
            axis.bar_label(drawn, labels=[f" {value:,.0f}" if value >= 20 else f" {value:.1f}" for value in values])
            axis.set_title(title, loc="left", fontsize=8)
            axis.set_xlim(0, max(values) * 1.25)
            axis.spines[["top", "right", "bottom"]].set_visible(False)
            axis.set_xticks([])
        figure.tight_layout()
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)
