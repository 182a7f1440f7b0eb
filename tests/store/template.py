"""An empty database, made once a process by the real migrations; a test begins with a copy of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.store.database import Database
from tests.store.memory import folder


@cache
def _made() -> bytes:
    with folder("waymark-template-") as place:
        database = Database(f"sqlite:///{place / 'waymark.db'}")
        database.open()
        database.close()
        assert not (place / "waymark.db-wal").exists(), "all of it is in the one file"
        return (place / "waymark.db").read_bytes()


def copy(path: Path) -> None:
    """At `path`, for its owner only; nothing where a file is already."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(0o600)
    path.write_bytes(_made())
