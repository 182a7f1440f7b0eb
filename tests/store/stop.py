"""What a child process does in `test_migrations`; apart, so that it imports little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.store.database import Database


def open_together(url: str, folder: str, barrier: Any, results: Any) -> None:
    """Start at the same moment as all others, and say how it went."""
    barrier.wait(timeout=60)
    database = Database(url, Path(folder))
    try:
        database.open(migrate=True)
        results.put("")
        database.close()
    except Exception as error:
        results.put(f"{type(error).__name__}: {error}")


def migrate(url: str, folder: str) -> None:
    Database(url, Path(folder)).migrate()
