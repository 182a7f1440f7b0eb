"""What was said and who said it, searched for in every byte that was written: database, WAL, keys, logs (R20, R21)."""

from __future__ import annotations

import base64
import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot import logs
from bot.channels.telegram.gateway import Broken, Refused, Unavailable, Unknown
from bot.desk import Desk
from bot.library import loading
from bot.nlu import NoNlu
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.store.keys import KeyRing
from tests.app.parts import OFFICER, WOMAN, World, update
from tests.store.virtual import VirtualClock

WORDS = ["zanahoria", "kestrel", "umbrella", "Maravilla", "maravilla_canaria"]
CANARY = "zanahoria kestrel umbrella"
IDS = [str(WOMAN), str(OFFICER), "4000001", "9000001", "4000007", "cb-5550001234"]


def forms(secret: str) -> list[bytes]:
    """How a text or a number may stand in a file without being encrypted."""
    raw = secret.encode()
    found = [
        raw,
        raw.upper(),
        secret.encode("utf-16-le"),
        raw.hex().encode(),
        base64.b64encode(raw)[: len(raw)],
        raw[::-1],
    ]
    if secret.isdigit():
        size = (int(secret).bit_length() + 7) // 8
        if size >= 5:  # shorter ones are found in any file by chance
            found += [int(secret).to_bytes(size, order) for order in ("big", "little")]
    return found


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The logs as `run` writes them, at DEBUG."""
    before, level, raising = list(logging.root.handlers), logging.root.level, logging.raiseExceptions
    stream, real = io.StringIO(), sys.stderr
    sys.stderr = stream
    try:
        logs.set_up("DEBUG")
    finally:
        sys.stderr = real
    yield stream
    logging.root.handlers[:] = before
    logging.root.setLevel(level)
    logging.raiseExceptions = raising


def written(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def search(files: dict[str, bytes], secrets: list[str]) -> list[tuple[str, str]]:
    return [
        (name, secret) for name, data in files.items() for secret in secrets for form in forms(secret) if form in data
    ]


async def _everything(world: World) -> None:
    """Each path a message can take, also those that fail."""
    world.desk = Desk(world.library, NoNlu(), floors.shared(), leaving.shared())  # type: ignore[assignment]
    world.restart()
    code = await world.database.write(lambda c: world.chats.invite(c, "officer", world.clock() + 600))
    await world.says(OFFICER, f"/start {code}", f"/check {CANARY} child prostitute", f"{CANARY} what is debt bondage?")
    await world.says(WOMAN, f"{CANARY} he has a knife", f"hola {CANARY} ayuda", CANARY)
    tap = {
        "id": "cb-5550001234", "from": {"id": WOMAN, "first_name": "Maravilla", "username": "maravilla_canaria"},
        "message": {"message_id": 4_000_007, "date": 1, "chat": {"id": WOMAN, "type": "private"}}, "data": f"t:{CANARY}"[:60],
    }  # fmt: skip
    assert await world.receiver.take([{"update_id": 1, "callback_query": tap}])
    await world.says(WOMAN, "", caption=CANARY, photo=[{"file_id": CANARY}])
    world.platform.fails.extend([None, Unavailable(), Unknown(), Broken(), RuntimeError(CANARY)])
    await world.work()
    world.clock.advance(minutes=2)
    await world.work()
    await world.says(WOMAN, CANARY, "/erase")
    await world.work()
    world.platform.fails.append(Refused())
    await world.says(WOMAN, CANARY)
    await world.work()


async def test_r20_canary_no_word_and_no_id_is_written_in_clear(world: World, log: io.StringIO) -> None:
    await _everything(world)
    await world.says(WOMAN, f"still waiting {CANARY}")
    files = {**written(world.home), "log": log.getvalue().encode()}
    assert any(name.endswith("-wal") for name in files), "the WAL is searched too"
    assert len(log.getvalue().splitlines()) > 1, "and the log says something"
    assert search(files, WORDS) == []
    assert search(files, IDS) == []
    assert len(world.platform.sent) >= 10


async def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"..." + CANARY.encode("utf-16-le"))
    (tmp_path / "b").write_bytes(b"\0" + WOMAN.to_bytes(5, "little"))
    found = search(written(tmp_path), [*WORDS, *IDS])
    assert {name for name, _ in found} == {"a", "b"}


async def test_r20_canary_what_waits_is_sealed_and_a_day_later_nothing_opens_it(
    world: World, clock: VirtualClock
) -> None:
    await world.says(WOMAN, CANARY)
    rows = await world.database.read(lambda c: c.exec_driver_sql("select * from inbox").mappings().all())
    assert CANARY.encode() not in rows[0]["body"]
    stolen_keys = {p.name for p in (world.home / "keys").rglob("*.key")}
    assert stolen_keys
    clock.advance(hours=24)
    await world.housekeeping.purge()
    assert not list((world.home / "keys" / "queue").glob("*.key"))
    place = f"inbox.body|telegram:{rows[0]['update_id']}|1"
    for ring in (world.keys, KeyRing(world.home / "keys", clock)):
        with pytest.raises(LookupError):
            ring.open(rows[0]["key_name"], place, rows[0]["body"])
    assert search(written(world.home), WORDS) == []


async def test_r20_canary_a_store_that_fails_writes_nothing_about_the_message(
    world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors of SQLAlchemy carry the parameters of their statement; the log must not."""

    async def fails(work: Any) -> Any:
        raise OperationalError("INSERT", {"body": CANARY, "chat": WOMAN}, Exception(f"locked {CANARY} {WOMAN}"))

    world.desk = Desk(loading.shared(), NoNlu(), floors.shared(), leaving.shared())  # type: ignore[assignment]
    world.restart()
    monkeypatch.setattr(world.database, "write", fails)
    assert not await world.receiver.take([update(5, WOMAN, f"{CANARY} he has a knife")])
    assert any("911" in text for text in world.platform.texts(WOMAN)), (
        "and the person is answered all the same (rulings 4)"
    )
    monkeypatch.undo()
    files = {**written(world.home), "log": log.getvalue().encode()}
    assert "the store did not take updates" in log.getvalue()
    assert search(files, [*WORDS, *IDS]) == []
