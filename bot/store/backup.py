"""Copies of a SQLite database that may leave the machine, and the way back. docs/how-to/backup-and-restore.md

A copy holds what would be there after every guest had left and everybody had erased: so that restoring one from before an
erasure brings nothing back (R22, R23). What waited in a queue and ids of messages are never in it, nor their keys.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.store.errors import StoreError
from bot.store.keys import KEY_BYTES, lasting, write_durably
from bot.store.schema import VERSION, metadata

_LASTING = re.compile(r"pepper\.key|master\.key|master/\d+\.key|(audit|completion)\.anchor")
"""What may be in the file of keys: nothing that a clock or an erasure destroys (rulings 25)."""
FILES = ("reviews.json", "calls.json", "directory/directory.json")
"""What the operator entered and the database does not hold, under WAYMARK_HOME; in a copy they lie side by side."""
KEPT = frozenset({"alembic_version"} | {name for name, table in metadata.tables.items() if table.info["backup"]})
"""Tables that are not emptied in a copy; every table says in `schema.py` whether it is one."""
_STRIP = (
    "DELETE FROM chat WHERE role = 'guest'",
    "UPDATE chat SET lang = NULL, heard = NULL, greeted = 0, misses = 0, awaiting = NULL, quiet_minutes = 60, cleared_at = NULL",
    "DELETE FROM invitation WHERE used_at IS NULL",  # it may have been used since, and would work a second time (R60)
)


def sqlite_file(url: str) -> Path:
    """Where the database is. Raises `StoreError` for another kind."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise StoreError("this is for SQLite; for PostgreSQL see docs/how-to/backup-and-restore.md")
    return Path(parsed.database or "")


def back_up(database: Path, target: Path, keys: Path, home: Path, keyfile: Path | None = None) -> int:
    """Make the folder `target`; the bot may go on writing. Master key and pepper go to `keyfile`, if given. Returns the number
    of chats in it. Raises `StoreError`, and then there is no `target`."""
    if not database.is_file():
        raise StoreError(
            f"there is no database at {database}: are WAYMARK_HOME and WAYMARK_DATABASE_URL those of the bot?"
        )
    for path in (target, *([keyfile] if keyfile else [])):
        if path.exists():
            raise StoreError(f"{path} is there already: name a new one")
    if keyfile:
        if target in keyfile.parents:
            raise StoreError("the keys must not lie in the folder of the backup")
        missing = _missing({str(path.relative_to(keys)) for path in lasting(keys)})
        if missing:
            raise StoreError(f"there is no {missing} in {keys}: is WAYMARK_KEYS_DIR that of the bot?")
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    try:
        with closing(_in_memory(database)) as copy:
            chats = _count(copy)
            copy.execute("VACUUM INTO ?", (str(part / "waymark.db"),))
        _private(part / "waymark.db")
        for name in FILES:
            if (home / name).is_file():
                shutil.copyfile(home / name, part / Path(name).name)
                _private(part / Path(name).name)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if keyfile:
        with tarfile.open(keyfile, "x") as archive:
            for path in lasting(keys):
                archive.add(path, arcname=str(path.relative_to(keys)), recursive=False)
        _private(keyfile)
    return chats


def restore(source: Path, database: Path, keys: Path, home: Path, keyfile: Path | None = None) -> int:
    """Put a backup where no database is. Returns the number of chats. Raises `StoreError` before anything is written."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path = database.with_name(database.name + suffix)
        if path.exists():
            raise StoreError(f"{path} is there: stop the bot and move it away first")
    if not (source / "waymark.db").is_file():
        raise StoreError(f"{source} is no backup: it has no waymark.db")
    with closing(_in_memory(source / "waymark.db")) as copy:
        chats, data = _count(copy), copy.serialize()
    found = _read_keys(keyfile) if keyfile else {}
    for name, key in found.items():
        path = keys / name
        if path.exists() and name.endswith(".key") and path.read_bytes() != key:
            raise StoreError(f"{path} is there and is another key: move it away, or leave out --keys")
    missing = _missing({*found, *(str(path.relative_to(keys)) for path in lasting(keys))})
    if missing:
        raise StoreError(f"there is no {keys / missing}: without it the backup is worth nothing; give --keys FILE")
    for name, key in found.items():
        if not (keys / name).exists():
            write_durably(keys / name, key)
    write_durably(database, data)
    for name in FILES:
        kept = source / Path(name).name
        if kept.is_file() and not (home / name).exists():
            write_durably(home / name, kept.read_bytes())
    return chats


def _in_memory(path: Path) -> sqlite3.Connection:
    """One moment of the database without what may not be kept, which so never touches the disk that copies lie on."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30)) as live:
            live.execute("PRAGMA query_only=ON")
            live.backup(copy)
        _check(copy)
        for name in _tables(copy) - KEPT:
            copy.execute(f'DELETE FROM "{name}"')  # noqa: S608 - a name that the database itself gave
        for statement in _STRIP:
            copy.execute(statement)
        if "request" in {column[1] for column in copy.execute("PRAGMA table_info(chat)")}:  # not in the first release
            copy.execute("UPDATE chat SET request = NULL")
        copy.execute("VACUUM")
    except sqlite3.Error as error:
        copy.close()
        raise StoreError(f"{path} cannot be read ({type(error).__name__}): is it Waymark's, and whole?") from None
    except BaseException:
        copy.close()
        raise
    return copy


def _check(copy: sqlite3.Connection) -> None:
    if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        raise StoreError("the database, or its copy, is damaged")
    version = copy.execute("SELECT version FROM schema_version").fetchone()
    if version is None or not 1 <= version[0] <= VERSION:
        raise StoreError(
            f"it has version {version and version[0]}, this program knows 1 to {VERSION}: use the release that made it"
        )


def _tables(copy: sqlite3.Connection) -> set[str]:
    rows: Iterable[tuple[str]] = copy.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    return {name for (name,) in rows}


def _count(copy: sqlite3.Connection) -> int:
    return int(copy.execute("SELECT count(*) FROM chat").fetchone()[0])


def _private(path: Path) -> None:
    """For its owner only, and on the disk."""
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _missing(names: set[str]) -> str | None:
    """Which file is not there: the pepper, or any master."""
    if "pepper.key" not in names:
        return "pepper.key"
    return None if any(name.startswith("master") for name in names) else "master.key"


def _read_keys(keyfile: Path) -> dict[str, bytes]:
    found = {}
    try:
        with tarfile.open(keyfile) as archive:
            for name in archive.getnames():
                member = archive.extractfile(name) if _LASTING.fullmatch(name) else None
                if member is not None:
                    found[name] = member.read(4 * KEY_BYTES + 1)
    except (OSError, KeyError, tarfile.TarError):
        found = {}
    sizes = {len(key) for name, key in found.items() if name.endswith(".key")}
    if sizes != {KEY_BYTES} or _missing(set(found)):
        raise StoreError(f"{keyfile} does not hold a master key and a pepper")
    return found
