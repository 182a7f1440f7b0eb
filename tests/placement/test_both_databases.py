"""A request from the first word until nothing is left of it, on SQLite and on PostgreSQL; then every byte that was written is searched
for what was said (R20 to R23)."""

from __future__ import annotations

import asyncio
import io
import logging
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Connection, func, select

from bot import logs
from bot.store.schema import relay, release, request
from tests.app.test_canary import search, written
from tests.placement.room import ANA, WOMAN, Room
from tests.store.virtual import VirtualClock

pytestmark = pytest.mark.store
SECRETS = [
    "kestrel",
    "zanahoria",
    "umbrella",
    "Muskogee",
    "5550142",
    "9185550142",
    "marmalade",
    "periscope",
    str(WOMAN),
    str(ANA),
]
WALK = (
    "!q:begin:self", "!q:consent:yes", "!q:reporting:yes", "kestrel zanahoria", "!q:safe_here:yes", "!q:danger_now:no", "!q:age:25_59",
    "Oklahoma", "Muskogee", "!q:when:tonight", "!q:gender:women", "!q:children:1", "!q:pets:none", "!q:needs:done", "!q:language:en",
    "!q:contact:call", "918-555-0142", "!q:hours:any", "umbrella umbrella", "!q:told:answer", "!q:summary:send", "!r:yes:house",
)  # fmt: skip


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream, handler = io.StringIO(), None
    before, level = list(logging.root.handlers), logging.root.level
    logs.set_up("DEBUG")
    handler = logging.StreamHandler(stream)
    logging.root.addHandler(handler)
    yield stream
    logging.root.handlers[:] = before
    logging.root.setLevel(level)


def _bytes(folder: Path, url: str) -> dict[str, bytes]:
    """Everything that the database and we have on the disk, write-ahead logs included."""
    found = written(folder)
    if url.startswith("postgresql"):
        parts = urlsplit(url)
        data = Path(parse_qs(parts.query)["host"][0]) / "data"
        copy = folder / "copy"
        subprocess.run(["cp", "-r", str(data), str(copy)], check=True, capture_output=True)
        found |= written(copy)
        shutil.rmtree(copy)
    return found


def _left(c: Connection) -> list[int]:
    return [c.scalar(select(func.count()).select_from(table)) or 0 for table in (request, release, relay)]


async def test_r20_r21_r22_r23_a_whole_request_and_nothing_of_it_can_be_read(
    url: str, tmp_path: Path, clock: VirtualClock, log: io.StringIO
) -> None:
    room = Room(tmp_path / "home", clock, url=url)
    try:
        await room.staffed()
        await room.hears(WOMAN, *WALK)
        await room.hears(ANA, room.tap_on(ANA, "a:take:"))
        await room.hears(ANA, room.tap_on(ANA, "a:open:"), *(f"!a:pin:{key}" for key in ("4", "7", "1", "1", "ok") * 2))
        assert any("Muskogee" in text for text in room.seen(ANA)), "whoever took it can read it"
        await room.hears(WOMAN, "!q:show", "marmalade marmalade")
        assert any("marmalade" in text for text in room.seen(ANA))
        await room.hears(WOMAN, "/exit")
        await room.hears(ANA, "periscope periscope")
        await room.work()
        assert search(_bytes(tmp_path, url), ["Example house"]), "what may be read is found by the same search"
        assert search(_bytes(tmp_path, url), SECRETS) == [], "while it is open"
        back = await room.hears(WOMAN, "kestrel zanahoria")
        assert any("periscope" in text for text in back), "words wait for the person"
        assert await room.hears(WOMAN, "/erase")
        assert await room.database.read(_left) == [0, 0, 0]
        assert not any("Muskogee" in text for text in room.phones.screen(ANA)), (
            "alerts and answers go from the screen (R23)"
        )
        assert search(_bytes(tmp_path, url), SECRETS) == [], "and afterwards"
        assert search({"log": log.getvalue().encode()}, SECRETS) == []
    finally:
        room.close()


async def test_r46_of_two_who_tap_in_the_same_moment_one_has_it(url: str, tmp_path: Path, clock: VirtualClock) -> None:
    room = Room(tmp_path / "home", clock, url=url)
    try:
        names = [await room.staffed(ANA + number, of="house") for number in range(4)]
        found = await room.sends(WOMAN)
        takers = [
            room.database.write(lambda c, name=name: room.placement.rooms.requests.take(c, found.id, name, clock())) for name in names
        ]  # fmt: skip
        assert sorted(await asyncio.gather(*takers)) == [False, False, False, True]
    finally:
        room.close()
