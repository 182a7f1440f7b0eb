"""Files that the operator asks for: nobody else can read them, none is ever half written, and none is written over."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bot.store.errors import NotThere


def check(path: Path) -> None:
    """Raises `NotThere` where nothing new can be written there."""
    if path.exists() or path.is_symlink():
        raise NotThere(f"{path} is there already, and nothing is written over: name another file")
    if not path.parent.is_dir():
        raise NotThere(f"there is no folder {path.parent}: make it first, or name another file")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise NotThere(f"nothing can be written into {path.parent}: name another file")


def write(path: Path, data: bytes) -> None:
    """All of it or nothing, for the owner alone (mode 600). Raises `NotThere` with what to do."""
    check(path)
    try:
        # A name of its own, so that what a crash left behind stops no later file.
        handle, name = tempfile.mkstemp(suffix=".part", prefix=f".{path.name}.", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _put(part, path)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        raise NotThere(f"{path} is there already, and nothing is written over: name another file") from None
    except OSError as error:
        raise NotThere(f"cannot write {path} ({error.strerror}): nothing was written; name another file") from None


def _put(part: Path, path: Path) -> None:
    """Under its name, unless somebody else has made a file of that name meanwhile (FileExistsError)."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links, as of a USB stick
        check(path)
        part.replace(path)
