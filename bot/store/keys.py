"""Key files outside the database and its backups: whoever has one without the other has nothing (R20, R22).

master   wraps nothing yet but addresses and roles of chats; pepper makes chat hashes that cannot be guessed
queue    one an hour, destroyed when its first use is 24 h ago: what waited in a queue dies with it (rulings 10)
ids      one an hour, destroyed when its last use is 48 h ago: message ids, kept for deleting alone (R3)
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Hours after the hour a key is named for. Text is gone a day after it came at the latest; a message can be deleted for
# 48 h, so the key of the last minute of an hour must live that long.
LIFE_HOURS = {"queue": 24, "ids": 49}
KEY_BYTES = 32
Clock = Callable[[], float]


class KeyGone(LookupError):
    """The key was destroyed or never was here; what it sealed cannot be read by anybody."""


def write_durably(path: Path, data: bytes) -> None:
    """A file that is there whole or not at all, readable by its owner only, on the disk before this returns."""
    part = _part(path, data)
    try:
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_once(path: Path, data: bytes) -> None:
    """`write_durably` that never replaces: of two processes that make the same file at once, both find the first's."""
    part = _part(path, data)
    try:
        os.link(part, path)  # fails where the name is taken, and then what is there is whole
    except FileExistsError:
        pass
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _part(path: Path, data: bytes) -> Path:
    """The data under a name of its own beside `path`, on the disk."""
    _make_folder(path.parent)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class KeyRing:
    """Keys by name, made on first use. `clock` gives seconds since the epoch."""

    def __init__(self, folder: Path, clock: Clock = time.time) -> None:
        self._folder, self._clock, self._lock = folder, clock, Lock()
        self._cache: dict[str, bytes] = {}
        self._pepper = self._make("pepper")

    def _make(self, name: str) -> bytes:
        with self._lock:
            if name not in self._cache:
                path = self._folder / f"{name}.key"
                if not path.exists():
                    write_once(path, secrets.token_bytes(KEY_BYTES))
                self._cache[name] = path.read_bytes()
            return self._cache[name]

    def _get(self, name: str) -> bytes:
        if self._past(name):
            raise KeyGone(name)  # also where the file is still there, or the key still in this process
        with self._lock:
            if name not in self._cache:
                path = self._folder / f"{name}.key"
                if not path.exists():
                    raise KeyGone(name)
                self._cache[name] = path.read_bytes()
            return self._cache[name]

    def _past(self, name: str) -> bool:
        kind, _, hour = name.partition("/")
        return kind in LIFE_HOURS and hour.isdigit() and self._clock() >= (int(hour) + LIFE_HOURS[kind]) * 3600

    def current(self, kind: str) -> str:
        """Name of this hour's key of a kind in `LIFE_HOURS`, on disk before it is returned."""
        name = f"{kind}/{int(self._clock() // 3600)}"
        self._make(name)
        return name

    def seal(self, name: str, place: str, data: bytes) -> bytes:
        """AES-256-GCM; `place` is `table.column|row|version` and must be the same when opened, so that nothing sealed
        can be moved to another row unnoticed."""
        key = self._make("master") if name == "master" else self._get(name)
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(key).encrypt(nonce, data, place.encode())

    def open(self, name: str, place: str, sealed: bytes) -> bytes:
        """Raises `KeyGone`, or InvalidTag where data or place were changed."""
        return AESGCM(self._get(name)).decrypt(sealed[:12], sealed[12:], place.encode())

    def hash(self, kind: str, value: str) -> str:
        """Keyed hash for look-ups: without the pepper it cannot be guessed back (R21)."""
        return hmac.new(self._pepper, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()[:40]

    def destroy_old(self) -> int:
        """Remove key files past their life; returns how many. Runs by the clock and at start."""
        gone = 0
        for kind in LIFE_HOURS:
            folder = self._folder / kind
            old = [path for path in folder.glob("*.key") if self._past(f"{kind}/{path.stem}")]
            for path in old:
                _overwrite(path)
                path.unlink(missing_ok=True)
            if old:
                _sync_folder(folder)
            gone += len(old)
        with self._lock:  # keys that another process destroyed are in this one's memory still
            for name in [name for name in self._cache if self._past(name)]:
                del self._cache[name]
        return gone


def _overwrite(path: Path) -> None:
    """Noise over the key first: what is unlinked alone may stay on the disk for long."""
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
