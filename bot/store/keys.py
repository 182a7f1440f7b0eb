"""Key files outside the database and its backups: whoever has one without the other has nothing (R20, R22).

master   seals addresses of chats and wraps the keys of requests. `master.key` is version 1, `master/<n>.key` a later one; two at a
         time only while `bot/store/rotation.py` replaces one by the next
pepper   makes keyed hashes that cannot be guessed, and signs the staff log. It stays (docs/how-to/rotate-keys.md says why)
queue    one an hour, destroyed when its first use is 24 h ago: what waited in a queue dies with it (rulings 10)
ids      one an hour, destroyed when its last use is 48 h ago: message ids, kept for deleting alone (R3)
request  one a request, random, wrapped by the master. Destroyed once its row is gone and that is on the disk (R23)
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Hours after the hour a key is named for. Text is gone a day after it came at the latest; a message can be deleted for
# 48 h, so the key of the last minute of an hour must live that long.
LIFE_HOURS = {"queue": 24, "ids": 49}
KEY_BYTES = 32
Clock = Callable[[], float]
_REQUEST = re.compile(r"request/[0-9a-f]{32}")
_DOOMED = ".doomed"


class KeyGone(LookupError):
    """The key was destroyed or never was here; what it sealed cannot be read by anybody."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A key of a request as a file. Times are seconds since the epoch; `doomed_at` is None where its row was not dropped."""

    name: str
    made_at: float
    doomed_at: float | None


def lasting(folder: Path) -> list[Path]:
    """The files that a copy of the keys is made of: pepper, every master that is there, and the anchors of the two chains. Keys that are
    destroyed by the clock or with a request are never copied (rulings 25)."""
    named = [folder / name for name in ("pepper.key", "master.key", "audit.anchor", "completion.anchor")]
    return [path for path in (*named, *sorted(folder.glob("master/*.key"))) if path.is_file()]


def write_durably(path: Path, data: bytes, at: float | None = None) -> None:
    """A file that is there whole or not at all, readable by its owner only, on the disk before this returns. `at` is the time
    that the file shall carry."""
    part = _part(path, data, at)
    try:
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_once(path: Path, data: bytes, at: float | None = None) -> None:
    """`write_durably` that never replaces: of two processes that make the same file at once, both find the first's."""
    part = _part(path, data, at)
    try:
        os.link(part, path)  # fails where the name is taken, and then what is there is whole
    except FileExistsError:
        pass
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _part(path: Path, data: bytes, at: float | None) -> Path:
    """The data under a name of its own beside `path`, on the disk."""
    _make_folder(path.parent)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if at is not None:
                os.utime(file.fileno(), (at, at))
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
        self._log_key = hmac.new(self._pepper, b"staff log", hashlib.sha256).digest()
        self.masters()

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def folder(self) -> Path:
        return self._folder

    def _make(self, name: str) -> bytes:
        with self._lock:
            if name not in self._cache:
                path = self._folder / f"{name}.key"
                if not path.exists():
                    write_once(path, secrets.token_bytes(KEY_BYTES))
                self._cache[name] = path.read_bytes()
            return self._cache[name]

    def _get(self, name: str) -> bytes:
        if name.startswith("request/"):
            return self._unwrapped(name)
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
        return _sealed(self._get(name), place, data)

    def open(self, name: str, place: str, sealed: bytes) -> bytes:
        """Raises `KeyGone`, or InvalidTag where data or place were changed."""
        return _opened(self._get(name), place, sealed)

    # -- the master ----------------------------------------------------------------------------------------------------

    def masters(self) -> list[int]:
        """Versions of the master that open, the newest first; the first is made where there is none. Looks at the folder each
        time, so that every process goes on with the newest from the moment it is there."""
        found = [1] if (self._folder / "master.key").exists() else []  # first: the next is there before this one goes
        with suppress(FileNotFoundError):
            names = [name.removesuffix(".key") for name in os.listdir(self._folder / "master") if name.endswith(".key")]
            found += [int(name) for name in names if name.isdigit()]
        if not found:
            self._make("master")
            return [1]
        with self._lock:
            for name in [n for n in self._cache if n.startswith("master") and _version(n) not in found]:
                del self._cache[name]
        return sorted(found, reverse=True)

    def seal_lasting(self, place: str, data: bytes) -> bytes:
        """Seal with the newest master; `place` is `table.column|row`, and the master's version is bound after it."""
        return self._with_newest(lambda version, key: _sealed(key, f"{place}|{version}", data))

    def open_lasting(self, place: str, sealed: bytes) -> bytes:
        """Raises InvalidTag where no master opens it."""
        for version in self.masters():
            with suppress(InvalidTag, KeyGone):
                return _opened(self._get(_master(version)), f"{place}|{version}", sealed)
        raise InvalidTag

    def is_newest(self, place: str, sealed: bytes) -> bool:
        """Whether the newest master sealed it."""
        newest = self.masters()[0]
        try:
            _opened(self._get(_master(newest)), f"{place}|{newest}", sealed)
        except InvalidTag:
            return False
        return True

    def _with_newest(self, use: Callable[[int, bytes], bytes]) -> bytes:
        while True:
            version = self.masters()[0]
            with suppress(KeyGone):  # destroyed since we looked: then there is a newer one
                return use(version, self._get(_master(version)))

    def add_master(self) -> int:
        """The next version, on the disk before this returns; every process seals with it from now on."""
        with self._exclusive():
            version = self.masters()[0] + 1
            write_once(self._folder / f"{_master(version)}.key", secrets.token_bytes(KEY_BYTES))
        return version

    def destroy_old_masters(self) -> int:
        """All but the newest. Only once nothing is left that they sealed."""
        with self._exclusive():
            old = self.masters()[1:]
            for version in old:
                _destroy(self._folder / f"{_master(version)}.key")
        self.masters()
        return len(old)

    @contextmanager
    def rotating(self) -> Iterator[bool]:
        """One process at a time replaces the master; False where another does."""
        folder = self._folder / "master"
        _make_folder(folder)
        handle = os.open(folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """While one process makes, wraps anew or destroys, no other does: nothing destroyed is written back."""
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    # -- keys of requests ------------------------------------------------------------------------------------------------

    def make_for_request(self, request_id: str) -> str:
        """A key of its own, on the disk before this returns and so before the row that needs it (rulings 10). Returns its name."""
        name = f"request/{request_id}"
        path = self._path_of(name)
        with self._exclusive():
            write_once(path, self._wrapped(name, secrets.token_bytes(KEY_BYTES)), self._clock())
        return name

    def request_keys(self) -> list[RequestKey]:
        """Keys of requests that are on the disk."""
        found = []
        for path in (self._folder / "request").glob("*.key"):
            marker = path.with_suffix(_DOOMED)
            with suppress(FileNotFoundError):
                doomed = marker.stat().st_mtime if marker.exists() else None
                found.append(RequestKey(f"request/{path.stem}", path.stat().st_mtime, doomed))
        return sorted(found, key=lambda key: key.name)

    def doom(self, name: str) -> None:
        """Say that the row of this key is being dropped. It is destroyed only when that is on the disk, by whoever looks
        next, also after a crash; a drop that never came about leaves the key as it was."""
        path = self._path_of(name)
        with self._exclusive():
            if path.exists():
                write_durably(path.with_suffix(_DOOMED), b"", self._clock())

    def spare(self, name: str) -> None:
        """Take `doom` back."""
        self._path_of(name).with_suffix(_DOOMED).unlink(missing_ok=True)

    def destroy(self, name: str) -> None:
        """Noise over it, off the disk, with every part that a crash left of it. What it sealed is gone for everybody."""
        path = self._path_of(name)
        with self._exclusive():
            for left in [path, *path.parent.glob(f".{path.name}.*")]:
                _overwrite(left)
                left.unlink(missing_ok=True)
            path.with_suffix(_DOOMED).unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync_folder(path.parent)

    def wrap_anew(self, name: str) -> bool:
        """Wrap with the newest master. False where it is already, is gone, or no master opens it."""
        path = self._path_of(name)
        with self._exclusive():
            try:
                made_at, key = path.stat().st_mtime, self._unwrapped(name)
            except (FileNotFoundError, KeyGone):
                return False
            newest = self._get(_master(self.masters()[0]))
            with suppress(InvalidTag):
                _opened(newest, name, path.read_bytes())
                return False
            write_durably(path, self._wrapped(name, key), made_at)
        return True

    def remove_parts(self) -> None:
        """What a kill left of a file half written."""
        with self._exclusive():
            for folder in (self._folder / "master", self._folder / "request"):
                for part in folder.glob(".*.*.????????"):
                    _overwrite(part)
                    part.unlink(missing_ok=True)

    def _path_of(self, name: str) -> Path:
        if not _REQUEST.fullmatch(name):  # a name comes from a row, and a row may have been tampered with
            raise KeyGone(name)
        return self._folder / f"{name}.key"

    def _wrapped(self, name: str, key: bytes) -> bytes:
        return self._with_newest(lambda _, master: _sealed(master, name, key))

    def _unwrapped(self, name: str) -> bytes:
        """Read anew each time: a key that any process destroyed opens nothing in any other."""
        try:
            wrapped = self._path_of(name).read_bytes()
        except FileNotFoundError:
            raise KeyGone(name) from None
        for version in self.masters():
            with suppress(InvalidTag, KeyGone):
                return _opened(self._get(_master(version)), name, wrapped)
        raise KeyGone(name)

    # -- hashes ------------------------------------------------------------------------------------------------------------

    def sign(self, data: bytes) -> str:
        """HMAC-SHA-256 for the staff log, 64 hex digits; its key comes from the pepper."""
        return hmac.new(self._log_key, data, hashlib.sha256).hexdigest()

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


def _version(name: str) -> int:
    return int(name.partition("/")[2] or 1)


def _master(version: int) -> str:
    return "master" if version == 1 else f"master/{version}"


def _sealed(key: bytes, place: str, data: bytes) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, data, place.encode())


def _opened(key: bytes, place: str, sealed: bytes) -> bytes:
    if len(sealed) < 28:  # a nonce and a tag
        raise InvalidTag
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], place.encode())


def _destroy(path: Path) -> None:
    _overwrite(path)
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _overwrite(path: Path) -> None:
    """Noise over the key first: what is unlinked alone may stay on the disk for long."""
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(max(KEY_BYTES, path.stat().st_size)))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
