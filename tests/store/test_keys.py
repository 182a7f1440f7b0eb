"""Key files: sealed to their place, durable, private, and gone when they should be (R20, R21, R22; rulings 10)."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store.keys import KeyGone, KeyRing, write_durably, write_once
from tests.store.race import make
from tests.store.virtual import HOUR, START, VirtualClock

PLACE = "inbox.body|telegram:7|1"


def test_what_was_sealed_opens_at_its_place(keys: KeyRing) -> None:
    sealed = keys.seal(keys.current("queue"), PLACE, b"a few words")
    assert b"words" not in sealed
    assert keys.open(keys.current("queue"), PLACE, sealed) == b"a few words"


@pytest.mark.parametrize(
    "place", ["inbox.body|telegram:8|1", "inbox.body|telegram:7|2", "chat.address|telegram:7|1", ""]
)
def test_a_moved_row_or_changed_version_is_refused(keys: KeyRing, place: str) -> None:
    sealed = keys.seal("master", PLACE, b"a few words")
    with pytest.raises(InvalidTag):
        keys.open("master", place, sealed)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing(tmp_path_factory.mktemp("keys"), VirtualClock())


@given(data=st.binary(max_size=200), where=st.floats(0, 0.999), flip=st.integers(1, 255))
@settings(derandomize=True, deadline=None, max_examples=60, database=None)
def test_any_changed_byte_is_refused(ring: KeyRing, data: bytes, where: float, flip: int) -> None:
    sealed = bytearray(ring.seal("master", PLACE, data))
    assert ring.open("master", PLACE, bytes(sealed)) == data
    sealed[int(where * len(sealed))] ^= flip
    with pytest.raises(InvalidTag):
        ring.open("master", PLACE, bytes(sealed))


def test_the_same_words_never_look_the_same(keys: KeyRing) -> None:
    assert keys.seal("master", PLACE, b"help") != keys.seal("master", PLACE, b"help")


def test_another_key_opens_nothing(tmp_path: Path, clock: VirtualClock) -> None:
    sealed = KeyRing(tmp_path / "a", clock).seal("master", PLACE, b"help")
    stranger = KeyRing(tmp_path / "b", clock)
    stranger.seal("master", PLACE, b"")
    with pytest.raises(InvalidTag):
        stranger.open("master", PLACE, sealed)


def test_a_key_that_never_was_is_gone(keys: KeyRing) -> None:
    with pytest.raises(KeyGone):
        keys.open("queue/1", PLACE, b"x" * 40)


def test_files_are_for_their_owner_only(keys: KeyRing, tmp_path: Path) -> None:
    keys.seal("master", PLACE, b"")
    keys.current("queue")
    keys.current("ids")
    files = [p for p in (tmp_path / "keys").rglob("*") if p.is_file()]
    assert {p.name for p in files} >= {"master.key", "pepper.key"}
    assert len(files) == 4
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_size == 32
    for folder in (tmp_path / "keys", tmp_path / "keys" / "queue"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("write", [write_durably, write_once])
def test_a_file_is_on_the_disk_before_its_name_is_and_the_name_before_we_go_on(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real = {name: getattr(os, name) for name in ("fsync", "link", "replace")}

    def fsync(handle: int) -> None:
        target = Path(os.readlink(f"/proc/self/fd/{handle}"))
        done.append("folder" if target.is_dir() else f"data:{target.stat().st_size}")
        real["fsync"](handle)

    def named(kind: str) -> Any:
        def inner(*args: Any) -> None:
            done.append("named")
            real[kind](*args)

        return inner

    (tmp_path / "keys").mkdir()
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", named("link"))
    monkeypatch.setattr(os, "replace", named("replace"))
    write(tmp_path / "keys" / "k.key", b"k" * 32)
    assert done == ["data:32", "named", "folder"]
    assert [p.name for p in (tmp_path / "keys").iterdir()] == ["k.key"]


def test_a_new_folder_is_on_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write_once(tmp_path / "keys" / "queue" / "1.key", b"k" * 32)
    assert str(tmp_path) in synced
    assert str(tmp_path / "keys") in synced
    assert synced[-1] == str(tmp_path / "keys" / "queue")


def test_a_full_disk_leaves_nothing_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_once(tmp_path / "k.key", b"k" * 32)
    assert list(tmp_path.iterdir()) == []


def test_write_once_never_replaces_and_write_durably_does(tmp_path: Path) -> None:
    path = tmp_path / "k.key"
    write_once(path, b"first")
    write_once(path, b"second")
    assert path.read_bytes() == b"first"
    write_durably(path, b"third")
    assert path.read_bytes() == b"third"


def test_processes_that_make_the_same_key_at_once_agree(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    children = [context.Process(target=make, args=(str(tmp_path / "keys"), barrier, results)) for _ in range(4)]
    for child in children:
        child.start()
    found = [results.get(timeout=30) for _ in children]
    for child in children:
        child.join(timeout=30)
    assert all(item == found[0] for item in found)
    assert not list((tmp_path / "keys").glob(".*")), "no part file is left behind"


def test_a_second_ring_uses_what_is_there_even_if_it_looked_too_early(
    tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race itself: the other process makes the key between our look and our writing."""
    first = KeyRing(tmp_path, clock)
    sealed = first.seal("master", PLACE, b"kept")
    late = KeyRing(tmp_path, clock)
    monkeypatch.setattr(Path, "exists", lambda self: False)
    late._make("master")
    monkeypatch.undo()
    assert late.open("master", PLACE, sealed) == b"kept"
    assert KeyRing(tmp_path, clock).open("master", PLACE, sealed) == b"kept"


def test_hashes_are_keyed_and_differ_by_kind(tmp_path: Path, clock: VirtualClock) -> None:
    keys = KeyRing(tmp_path / "a", clock)
    assert keys.hash("chat", "telegram|1") == KeyRing(tmp_path / "a", clock).hash("chat", "telegram|1")
    hashes = {keys.hash(kind, "5001") for kind in ("chat", "invitation", "budget")}
    assert len(hashes) == 3
    assert keys.hash("chat", "5001") != KeyRing(tmp_path / "b", clock).hash("chat", "5001"), (
        "without the pepper, no hash"
    )
    assert all(len(h) == 40 and "5001" not in h for h in hashes)


@pytest.mark.parametrize("minute", [0, 1, 30, 59])
def test_r20_queue_keys_are_gone_within_24_hours_and_then_nothing_opens(tmp_path: Path, minute: int) -> None:
    clock = VirtualClock(500_000 * HOUR + minute * 60)
    keys = KeyRing(tmp_path, clock)
    name = keys.current("queue")
    sealed = keys.seal(name, PLACE, b"words")
    clock.advance(hours=22, minutes=59)
    keys.destroy_old()
    assert keys.open(name, PLACE, sealed) == b"words"
    clock.advance(hours=1, minutes=1)
    with pytest.raises(KeyGone):  # even before anybody has run the clean-up, and though the key was in memory
        keys.open(name, PLACE, sealed)
    assert keys.destroy_old() == 1
    assert not (tmp_path / f"{name}.key").exists()
    clock.now -= 30 * HOUR  # a wrong clock brings nothing back
    for ring in (keys, KeyRing(tmp_path, clock)):
        with pytest.raises(KeyGone):
            ring.open(name, PLACE, sealed)


@pytest.mark.parametrize("minute", [0, 59])
def test_r20_ids_keys_live_as_long_as_a_message_can_be_deleted_and_no_longer(tmp_path: Path, minute: int) -> None:
    clock = VirtualClock(500_000 * HOUR + minute * 60)
    keys = KeyRing(tmp_path, clock)
    name = keys.current("ids")
    sealed = keys.seal(name, PLACE, b"17")
    clock.advance(hours=47, minutes=59)
    assert keys.destroy_old() == 0
    assert keys.open(name, PLACE, sealed) == b"17"
    clock.now = 500_000 * HOUR + 49 * HOUR
    with pytest.raises(KeyGone):
        keys.open(name, PLACE, sealed)
    assert keys.destroy_old() == 1
    assert list(tmp_path.rglob("ids/*")) == []


def test_r20_hour_by_hour_a_day_of_keys_is_all_there_is(tmp_path: Path, clock: VirtualClock) -> None:
    keys = KeyRing(tmp_path, clock)
    for _ in range(80):
        keys.current("queue")
        keys.current("ids")
        keys.destroy_old()
        assert len(list(tmp_path.glob("queue/*.key"))) <= 24
        assert len(list(tmp_path.glob("ids/*.key"))) <= 49
        clock.advance(hours=1)
    assert (tmp_path / "pepper.key").exists()


def test_r20_a_key_destroyed_by_another_process_leaves_this_ones_memory(tmp_path: Path, clock: VirtualClock) -> None:
    ours, theirs = KeyRing(tmp_path, clock), KeyRing(tmp_path, clock)
    name = ours.current("queue")
    clock.advance(hours=25)
    assert theirs.destroy_old() == 1
    assert ours.destroy_old() == 0
    assert name not in ours._cache


def test_r20_the_bytes_of_a_destroyed_key_are_overwritten(
    tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeyRing(tmp_path, clock)
    path = tmp_path / f"{keys.current('queue')}.key"
    before = path.read_bytes()
    left: list[bytes] = []
    real = Path.unlink

    def unlink(self: Path, missing_ok: bool = False) -> None:
        left.append(self.read_bytes())
        real(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    clock.advance(hours=25)
    keys.destroy_old()
    assert len(left) == 1
    assert left[0] != before


def test_a_new_hour_is_a_new_key(keys: KeyRing, clock: VirtualClock) -> None:
    assert int(keys.current("queue").partition("/")[2]) == START // HOUR
    before = keys.current("queue")
    clock.advance(hours=1)
    assert keys.current("queue") != before
