"""Key files outside the database and its backups: whoever has one without the other has nothing (R20, R22).

master   wraps nothing yet but addresses and roles of chats; pepper makes chat hashes that cannot be guessed
queue    one an hour, destroyed after 24 h: what waited in a queue dies with it (rulings 10)
ids      one an hour, destroyed after 48 h: message ids, kept for deleting alone (R3)
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

LIFE_HOURS = {"queue": 24, "ids": 48}
Clock = Callable[[], float]


class KeyGone(LookupError):
    """The key was destroyed or never was here; what it sealed cannot be read by anybody."""


def write_durably(path: Path, data: bytes) -> None:
    """A file that is there whole or not at all, readable by its owner only, on the disk before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class KeyRing:
    """Keys by name, made on first use. `clock` gives seconds since the epoch."""

    def __init__(self, folder: Path, clock: Clock = time.time) -> None:
        self._folder, self._clock, self._lock = folder, clock, Lock()
        self._cache: dict[str, bytes] = {}
        self._pepper = self._make("pepper")

    def _make(self, name: str) -> bytes:
        with self._lock:
            if name in self._cache:
                return self._cache[name]
            path = self._folder / f"{name}.key"
            if not path.exists():
                try:
                    write_durably(path, secrets.token_bytes(32))
                except FileExistsError:
                    pass
            self._cache[name] = path.read_bytes()
            return self._cache[name]

    def _get(self, name: str) -> bytes:
        with self._lock:
            if name not in self._cache:
                path = self._folder / f"{name}.key"
                if not path.exists():
                    raise KeyGone(name)
                self._cache[name] = path.read_bytes()
            return self._cache[name]

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
        for kind, hours in LIFE_HOURS.items():
            limit = int(self._clock() // 3600) - hours
            for path in (self._folder / kind).glob("*.key"):
                if path.stem.isdigit() and int(path.stem) < limit:
                    path.unlink(missing_ok=True)
                    with self._lock:
                        self._cache.pop(f"{kind}/{path.stem}", None)
                    gone += 1
        return gone
