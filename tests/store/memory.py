"""A folder in memory: what is tested here is what is written, not how fast this machine's disk is."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED = Path("/dev/shm")


@contextmanager
def folder(prefix: str = "waymark-test-") -> Iterator[Path]:
    """In memory where there is a place for it, on the disk elsewhere; gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=SHARED if SHARED.is_dir() else None))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
