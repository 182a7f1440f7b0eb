"""Spans of time, cut and joined. Pure; times are seconds since the epoch."""

from __future__ import annotations

Interval = tuple[float, float]
SHORTEST = 300.0
"""Seconds that a window needs at least, so that it can be met."""


def meet(free: list[Interval], wanted: list[Interval]) -> list[Interval]:
    """What lies in both, joined and in order."""
    joined: list[Interval] = []
    for start, end in sorted(wanted):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    both = [(max(a, c), min(b, d)) for a, b in free for c, d in joined]
    return [(a, b) for a, b in both if b - a >= SHORTEST]


def without(free: list[Interval], cut: list[Interval]) -> list[Interval]:
    """What is left of it and long enough to be met."""
    return [(a, b) for a, b in less(free, cut) if b - a >= SHORTEST]


def less(spans: list[Interval], cut: list[Interval]) -> list[Interval]:
    """What is left of them, however short."""
    for first, last in cut:
        pieces = []
        for start, end in spans:
            pieces += [(start, end)] if last <= start or end <= first else [(start, first), (last, end)]
        spans = [(a, b) for a, b in pieces if a < b]
    return spans
