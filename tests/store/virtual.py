"""Time that moves only when a test says so."""

from __future__ import annotations

HOUR = 3600.0
START = 500_000 * HOUR + 1234.5
"""Within an hour, not at its edge."""


class VirtualClock:
    """Seconds since the epoch; call it to read it."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float = 0.0, *, hours: float = 0.0, minutes: float = 0.0) -> None:
        self.now += seconds + minutes * 60 + hours * HOUR
