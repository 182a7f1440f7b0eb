"""The reliability picture: what the classifier says against how often it is right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.exam.calibration import bins, ece


def reliability(path: Path, title: str, found: Sequence[tuple[float, bool]]) -> None:
    """Writes an SVG that is the same for the same points. The bars below say how many messages a bin has."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    drawn = bins(found)
    style: dict[str, Any] = {"svg.fonttype": "none", "svg.hashsalt": "waymark", "font.size": 8}
    with mpl.rc_context(style):
        figure, (above, below) = pyplot.subplots(
            2, 1, figsize=(3.4, 4.2), height_ratios=(3, 1), sharex=True, layout="constrained"
        )
        above.plot([0, 1], [0, 1], color="#b8c4c9", linewidth=1)
        said, right = [b.said for b in drawn], [b.right.share for b in drawn]
        low = [max(0.0, b.right.share - b.right.interval[0]) for b in drawn]
        high = [max(0.0, b.right.interval[1] - b.right.share) for b in drawn]
        above.errorbar(said, right, yerr=(low, high), fmt="o-", color="#1f4e5f", markersize=3, linewidth=1, capsize=2)
        above.set(ylabel="right", ylim=(0, 1.02), xlim=(0, 1))
        above.set_title(f"{title}: ECE {ece(found):.3f}, n={len(found)}", loc="left", fontsize=8)
        below.bar([(b.low + b.high) / 2 for b in drawn], [b.right.n for b in drawn], width=0.09, color="#1f4e5f")
        below.set(xlabel="confidence", ylabel="messages")
        for axis in (above, below):
            axis.spines[["top", "right"]].set_visible(False)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)
