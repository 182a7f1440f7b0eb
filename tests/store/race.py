"""What one of several processes does in `test_keys`; apart, so that a child imports little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.store.keys import KeyRing


def make(folder: str, barrier: Any, results: Any) -> None:
    """Make the same twenty keys as everybody else, at the same time, and say which they are."""
    barrier.wait(timeout=60)
    ring = KeyRing(Path(folder), lambda: 0.0)
    made = [ring._make(f"key{number}") for number in range(20)]
    results.put((ring.hash("chat", "1"), made))
