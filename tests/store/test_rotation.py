"""The master key is replaced while the bot runs, and what was stolen or put back opens nothing (R22, R20, R23)."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.engine import make_url

from bot.store import keys as keys_module
from bot.store import rotation, schema
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.errors import StoreError
from bot.store.keys import KeyGone, KeyRing
from bot.store.requests import Requests
from bot.store.rotation import Progress, Rotation
from bot.store.schema import chat, request
from tests.store import crash
from tests.store.virtual import START, VirtualClock

pytestmark = pytest.mark.store
CHATS, MADE = 25, 5
WALK = {"answers": {"area": "canary-area", "number": "+15125550142"}}
CANARIES = ("canary-area", "+15125550142", "canary-to-her", "canary-from-her", "canarysunflower", "canarystranger")


async def _no_sleep(_: float) -> None:
    return


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 7)


async def fill(database: Database, keys: KeyRing) -> list[str]:
    chats, requests = Chats(keys), Requests(keys)

    def work(c: Connection) -> list[str]:
        chats.seen_all(c, {chats.hash("telegram", str(n)): str(n) for n in range(CHATS)}, START)
        return [requests.begin(c, chats.hash("telegram", str(n)), "self", "en", WALK, START).id for n in range(MADE)]

    return await database.write(work)


async def opens(database: Database, keys: KeyRing, made: list[str]) -> bool:
    """Whether every address and every request opens with this ring."""
    chats, requests = Chats(keys), Requests(keys)

    def work(c: Connection) -> bool:
        addresses = {str(n): chats.address(c, chats.hash("telegram", str(n))) for n in range(CHATS)}
        found = [requests.get(c, one) for one in made]
        return all(k == v for k, v in addresses.items()) and all(f is not None and f.walk == WALK for f in found)

    return await database.read(work)


def masters(folder: Path) -> dict[str, bytes]:
    found = [*folder.glob("master.key"), *folder.glob("master/*.key")]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


# -- rotating ------------------------------------------------------------------------------------------------------


async def test_r22_after_a_rotation_everything_opens_and_the_old_master_opens_nothing(
    database: Database, keys: KeyRing, clock: VirtualClock, tmp_path: Path
) -> None:
    made, folder = await fill(database, keys), tmp_path / "keys"
    shutil.copytree(folder, tmp_path / "stolen")
    told: list[Progress] = []
    done = await Rotation(database, keys, told.append, _no_sleep).rotate()
    assert done == Progress(keys=MADE, addresses=CHATS, unreadable=0, destroyed=1)
    assert told == sorted(told, key=lambda p: (p.keys, p.addresses))
    assert len(told) > 5, "one can see it move"
    assert list(masters(folder)) == ["master/2.key"]
    for ring in (keys, KeyRing(folder, clock)):
        assert await opens(database, ring, made)
    thief = KeyRing(tmp_path / "stolen", clock)
    for name in await database.read(lambda c: list(c.scalars(select(chat.c.chat)))):
        assert await database.read(lambda c, n=name: Chats(thief).address(c, n)) is None
    for key in keys.request_keys():
        shutil.copy(folder / f"{key.name}.key", tmp_path / "stolen" / f"{key.name}.key")
    assert not any([await database.read(lambda c, o=one: Requests(thief).get(c, o)) for one in made])
    again = await Rotation(database, keys, sleep=_no_sleep).rotate()
    assert (again.keys, again.addresses, list(masters(folder))) == (MADE, CHATS, ["master/3.key"])
    assert await opens(database, keys, made)


async def test_r22_the_version_in_the_place_is_the_masters(database: Database, keys: KeyRing) -> None:
    await fill(database, keys)
    name = Chats(keys).hash("telegram", "3")

    async def address() -> bytes:
        return await database.read(lambda c: c.scalar(select(chat.c.address).where(chat.c.chat == name)))

    assert keys.open("master", f"chat.address|{name}|1", await address()) == b"3"
    await Rotation(database, keys, sleep=_no_sleep).rotate()
    assert keys.open("master/2", f"chat.address|{name}|2", await address()) == b"3"
    with pytest.raises(InvalidTag):
        keys.open("master/2", f"chat.address|{name}|1", await address())


async def test_r22_there_is_no_moment_in_which_a_second_process_cannot_read_or_write(
    database: Database, keys: KeyRing, clock: VirtualClock, many: Callable[[], Database], tmp_path: Path
) -> None:
    made = await fill(database, keys)
    other, ring = many(), KeyRing(tmp_path / "keys", clock)
    chats, requests = Chats(ring), Requests(ring)
    over = asyncio.Event()
    looks, written = 0, []

    async def lives() -> None:
        nonlocal looks
        while not over.is_set():
            assert await opens(other, ring, made)
            looks += 1
            number = str(1000 + looks)
            name = chats.hash("telegram", number)

            def work(c: Connection, name: str = name, number: str = number) -> str:
                chats.seen(c, name, number, START)
                return requests.begin(c, name, "self", "en", WALK, START).id

            for _ in range(20):
                try:
                    written.append((name, number, await other.write(work)))
                    break
                except Exception:
                    await asyncio.sleep(0.02)

    async def sleep(_: float) -> None:
        await asyncio.sleep(0.2)

    living = asyncio.create_task(lives())
    for _ in range(3):
        await Rotation(database, keys, sleep=sleep).rotate()
    over.set()
    await living
    assert looks > 3
    assert len(written) > 3
    fresh = KeyRing(tmp_path / "keys", clock)
    assert await opens(database, fresh, [*made, *(one for _, _, one in written)])
    for name, number, _ in written:
        assert await database.read(lambda c, n=name: Chats(fresh).address(c, n)) == number


async def test_two_operators_at_once_make_one_new_master(database: Database, keys: KeyRing, tmp_path: Path) -> None:
    made = await fill(database, keys)
    begun, go = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        begun.set()
        await go.wait()

    first = asyncio.create_task(Rotation(database, keys, sleep=sleep).rotate())
    await begun.wait()
    with pytest.raises(StoreError, match="another process"):
        await Rotation(database, keys, sleep=_no_sleep).rotate()
    assert await Rotation(database, keys, sleep=_no_sleep).finish() is None
    go.set()
    await first
    assert list(masters(tmp_path / "keys")) == ["master/2.key"]
    assert await Rotation(database, keys, sleep=_no_sleep).finish() is None, "there is nothing to finish"
    assert await opens(database, keys, made)


async def test_an_address_that_nobody_can_read_stops_no_rotation(database: Database, keys: KeyRing) -> None:
    await fill(database, keys)
    name = Chats(keys).hash("telegram", "3")
    await database.write(lambda c: Chats.change(c, name, address=b"x" * 40))
    done = await Rotation(database, keys, sleep=_no_sleep).rotate()
    assert (done.addresses, done.unreadable, done.destroyed) == (CHATS - 1, 1, 1)


class Killed(BaseException):
    """What a kill is to the code: nothing of it goes on."""


async def test_r22_a_rotation_that_was_cut_off_anywhere_goes_on_where_it_was(
    sqlite: Database, keys: KeyRing, clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every wait for the disk is a place to be killed at, and every batch of addresses."""
    made, folder = await fill(sqlite, keys), tmp_path / "keys"
    real, real_batch = os.fsync, Rotation._seal_batch
    cut, steps = 0, 0

    def step(*_: Any) -> None:
        nonlocal steps
        steps += 1
        if steps > cut:
            raise Killed

    def fsync(handle: int) -> None:
        step()
        real(handle)

    def batch(self: Rotation, *where: Any) -> Any:
        step()
        return real_batch(self, *where)

    rotations = 0
    for cut in range(200):
        before = masters(folder)
        with monkeypatch.context() as patched:
            patched.setattr(keys_module.os, "fsync", fsync)
            patched.setattr(Rotation, "_seal_batch", batch)
            steps = 0
            try:
                await Rotation(sqlite, KeyRing(folder, clock), sleep=_no_sleep).rotate()
                whole = True
            except Killed:
                whole = False
        ring = KeyRing(folder, clock)
        assert await opens(sqlite, ring, made), f"cut at step {cut}"
        if whole:
            break
        finished = await Rotation(sqlite, ring, sleep=_no_sleep).finish()
        rotations += finished is not None
        assert len(masters(folder)) == 1
        assert await opens(sqlite, ring, made), f"went on after step {cut}"
        assert finished is None or masters(folder) != before
        assert not list(folder.rglob(".*")), "no half-written file is left"
    assert whole
    assert rotations > 15


@pytest.mark.parametrize("step", [2, 5, 9, 14])
async def test_r22_a_real_kill_in_the_middle_leaves_everything_open_and_resumable(
    database: Database, keys: KeyRing, clock: VirtualClock, url: str, tmp_path: Path, step: int
) -> None:
    made, folder = await fill(database, keys), tmp_path / "keys"
    child = multiprocessing.get_context("spawn").Process(target=crash.rotate, args=(url, str(folder), step))
    child.start()
    await asyncio.to_thread(child.join, 60)
    assert child.exitcode == crash.KILLED
    assert await opens(database, keys, made)
    done = await Rotation(database, KeyRing(folder, clock), sleep=_no_sleep).rotate()
    assert done.destroyed == 1
    assert list(masters(folder)) == ["master/2.key"], "the one that was begun, not a third"
    assert await opens(database, KeyRing(folder, clock), made)
    assert not list(folder.rglob(".*"))


async def test_r23_a_rotation_brings_no_destroyed_key_back(
    database: Database, keys: KeyRing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = await fill(database, keys)
    gone = made[2]
    real = KeyRing.wrap_anew

    def slowly(self: KeyRing, name: str) -> bool:
        if name == f"request/{made[0]}":  # the list was made before; the key goes while others are wrapped
            keys.destroy(f"request/{gone}")
        return real(self, name)

    monkeypatch.setattr(KeyRing, "wrap_anew", slowly)
    monkeypatch.setattr(KeyRing, "request_keys", _first(made[0], KeyRing.request_keys))
    await Rotation(database, keys, sleep=_no_sleep).rotate()
    assert not (tmp_path / f"keys/request/{gone}.key").exists()
    with pytest.raises(KeyGone):
        keys.open(f"request/{gone}", "x", b"x" * 40)


def _first(request_id: str, real: Any) -> Any:
    return lambda self: sorted(real(self), key=lambda key: key.name != f"request/{request_id}")


async def test_r22_the_pepper_stays_so_people_are_known_again(
    database: Database, keys: KeyRing, tmp_path: Path
) -> None:
    made = await fill(database, keys)
    requests, name = Requests(keys), Chats(keys).hash("telegram", "0")
    await database.write(lambda c: requests.choose_words(c, made[0], "girasol", None))
    before = (tmp_path / "keys/pepper.key").read_bytes()
    await Rotation(database, keys, sleep=_no_sleep).rotate()
    assert (tmp_path / "keys/pepper.key").read_bytes() == before
    assert await database.read(lambda c: requests.by_word(c, name, "girasol")) == (made[0], "word")


async def test_a_copy_of_the_lasting_keys_opens_addresses_and_no_request(
    database: Database, keys: KeyRing, clock: VirtualClock, tmp_path: Path
) -> None:
    made, folder = await fill(database, keys), tmp_path / "keys"
    keys.current("queue")
    for _ in range(2):
        copied = tmp_path / f"copy{len(masters(folder))}{time.monotonic_ns()}"
        for path in keys_module.lasting(folder):
            (copied / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copied / path.relative_to(folder))
        ring = KeyRing(copied, clock)
        name = Chats(ring).hash("telegram", "3")
        assert await database.read(lambda c, r=ring, n=name: Chats(r).address(c, n)) == "3"
        assert await database.read(lambda c, r=ring: Requests(r).get(c, made[0])) is None
        assert not list(copied.glob("queue/*"))
        await Rotation(database, keys, sleep=_no_sleep).rotate()


# -- stolen, put back, searched --------------------------------------------------------------------------------------


async def _whole(database: Database, keys: KeyRing) -> str:
    """One request with everything that is ever sealed for it."""
    await fill(database, keys)
    requests, name = Requests(keys), Chats(keys).hash("telegram", "0")

    def work(c: Connection) -> str:
        made = requests.begin(c, name, "self", "en", WALK, START).id
        requests.save(c, made, {**WALK, "node": "pets"}, START)
        requests.choose_words(c, made, "canarysunflower", "canarystranger")
        requests.relay_put(c, made, False, "canary-to-her", START)
        requests.relay_put(c, made, True, "canary-from-her", START)
        return made

    return await database.write(work)


def _files(url: str, keys_folder: Path) -> Iterator[Path]:
    """Every file that the processes wrote: database, write-ahead log, PostgreSQL's whole folder, keys."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        yield from Path(str(parsed.database)).parent.glob("*.db*")
    else:
        yield from (p for p in Path(str(parsed.query["host"])).rglob("*") if p.is_file())
    yield from (p for p in keys_folder.rglob("*") if p.is_file())


def _checkpoint(database: Database) -> None:
    if not database.is_sqlite:
        with database._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CHECKPOINT")


async def test_r20_no_answer_word_or_relayed_text_is_anywhere_in_clear(
    database: Database, keys: KeyRing, url: str, tmp_path: Path
) -> None:
    made = await _whole(database, keys)
    _checkpoint(database)
    number = await database.read(lambda c: c.scalar(select(request.c.number).where(request.c.id == made)))

    def found(word: str) -> list[str]:
        return [p.name for p in _files(url, tmp_path / "keys") if word.encode() in p.read_bytes()]

    assert found(number), "the search finds what is there"
    names = {p.name for p in _files(url, tmp_path / "keys")}
    assert f"{made}.key" in names
    assert names & {"waymark.db-wal", "PG_VERSION"}
    for canary in CANARIES:
        assert found(canary) == []
    await database.write(lambda c: Requests(keys).drop(c, made))
    _checkpoint(database)
    for canary in CANARIES:
        assert found(canary) == []
    assert not [p for p in _files(url, tmp_path / "keys") if p.name.startswith((made, f".{made}"))]


async def test_r22_a_stolen_database_without_keys_opens_nothing(
    database: Database, keys: KeyRing, clock: VirtualClock, tmp_path: Path
) -> None:
    made = await _whole(database, keys)
    thief = KeyRing(tmp_path / "thief", clock)
    requests, chats = Requests(thief), Chats(thief)
    name = Chats(keys).hash("telegram", "0")
    thief.make_for_request(made)  # a key of that name is no help
    assert await database.read(lambda c: requests.get(c, made)) is None
    assert await database.read(lambda c: requests.relay_waiting(c, made, True)) == []
    assert await database.read(lambda c: chats.address(c, name)) is None
    assert chats.hash("telegram", "0") != name, "nor can one ask whether somebody is in it"
    assert await database.read(lambda c: requests.by_word(c, name, "canarysunflower")) is None


def _dump(c: Connection) -> dict[str, list[dict[str, Any]]]:
    return {t.name: [dict(r) for r in c.execute(select(t)).mappings()] for t in schema.metadata.sorted_tables}


async def test_r22_r23_a_backup_from_before_an_erasure_opens_nothing_with_todays_keys(
    database: Database, keys: KeyRing, clock: VirtualClock, tmp_path: Path
) -> None:
    made = await _whole(database, keys)
    yesterday = await database.read(_dump)
    await database.write(lambda c: Requests(keys).drop(c, made))

    def restore(c: Connection) -> None:
        for table in schema.metadata.sorted_tables:
            if table.name != "schema_version":
                c.execute(table.delete())
                if yesterday[table.name]:
                    c.execute(insert(table), yesterday[table.name])

    await database.write(restore)
    for ring in (keys, KeyRing(tmp_path / "keys", clock)):
        requests = Requests(ring)
        row = await database.read(lambda c: c.execute(select(request).where(request.c.id == made)).one())
        assert await database.read(lambda c, r=requests: r.get(c, made)) is None
        assert await database.read(lambda c, r=requests: r.relay_waiting(c, made, True)) == []
        names = [
            p.relative_to(tmp_path / "keys").with_suffix("").as_posix() for p in (tmp_path / "keys").rglob("*.key")
        ]
        assert len(names) > MADE
        for name in names:
            with pytest.raises((InvalidTag, KeyGone)):
                ring.open(name, f"request.answers|{made}|1", row.answers)
    await database.write(lambda c: Requests(keys).drop(c, made))
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(request))) == MADE


async def test_r22_a_backup_from_before_a_rotation_gives_no_address_with_todays_keys(
    database: Database, keys: KeyRing
) -> None:
    await fill(database, keys)
    name = Chats(keys).hash("telegram", "3")
    before = await database.read(lambda c: c.scalar(select(chat.c.address).where(chat.c.chat == name)))
    await Rotation(database, keys, sleep=_no_sleep).rotate()
    await database.write(lambda c: Chats.change(c, name, address=before))
    assert await database.read(lambda c: Chats(keys).address(c, name)) is None


async def test_r23_a_key_that_goes_while_it_is_wrapped_anew_stays_gone(
    keys: KeyRing, clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, other = keys.make_for_request("a" * 32), KeyRing(tmp_path / "keys", clock)
    keys.add_master()
    real = keys_module.write_durably
    erasing: list[threading.Thread] = []

    def write(path: Path, data: bytes, at: float | None = None) -> None:
        erasing.append(threading.Thread(target=other.destroy, args=(name,)))
        erasing[0].start()
        erasing[0].join(0.2)  # it would be done by now, if nobody made it wait
        real(path, data, at)

    monkeypatch.setattr(keys_module, "write_durably", write)
    assert keys.wrap_anew(name)
    erasing[0].join(10)
    assert list((tmp_path / "keys/request").iterdir()) == []
