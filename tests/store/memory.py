"""A folder in memory: what is tested here is what is written, not how fast this machine's disk is."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED = Path("/dev/shm")


def place(needed: int = 0) -> Path:
    """Where new folders go: in memory, or on the disk where memory has no place for `needed` bytes."""
    if SHARED.is_dir() and shutil.disk_usage(SHARED).free >= needed:
        return SHARED
    return Path(tempfile.gettempdir())


@contextmanager
def folder(prefix: str = "waymark-test-") -> Iterator[Path]:
    """In memory where there is a place for it, on the disk elsewhere; gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=place()))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
