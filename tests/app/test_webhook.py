"""Updates in, by webhook and by polling: nothing without the secret, nothing acknowledged that is not stored (R62, R13)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from bot.channels.telegram.gateway import Unavailable, Wait
from bot.channels.telegram.receive import SECRET_HEADER, STORE_SECONDS, poll, webhook
from bot.store import schema
from bot.store.schema import inbox
from tests.app.parts import OFFICER, WOMAN, World, seen_as, update

SECRET = "s3cret-of-32-letters-and-digits-00"
Client = TestClient[web.Request, web.Application]


@pytest_asyncio.fixture(loop_scope="session")
async def client(world: World) -> AsyncIterator[Client]:
    async with TestClient(TestServer(webhook(world.receiver, SECRET))) as made:
        yield made


async def rows(world: World) -> int:
    def count(connection: Any) -> int:
        return sum(connection.scalar(select(func.count()).select_from(t)) for t in (inbox, schema.chat, schema.sent))

    return await world.database.read(count)


async def test_an_update_with_the_secret_is_stored_before_the_200(client: Client, world: World) -> None:
    async with client.post("/", json=update(1, WOMAN, "hello"), headers={SECRET_HEADER: SECRET}) as response:
        assert response.status == 200
        assert await response.read() == b""
    assert await rows(world) == 3
    await world.work()
    assert world.platform.texts(WOMAN) == [seen_as("hello")]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "0", SECRET.upper(), "ünïcode"])
async def test_r62_without_the_secret_is_403_and_stores_nothing(
    client: Client, world: World, secret: str | None
) -> None:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    async with client.post("/", json=update(1, WOMAN, "hello"), headers=headers) as response:
        assert response.status == 403
        assert await response.read() == b"", "and says nothing"
    async with client.post("/", data=b"not json", headers=headers) as response:
        assert response.status == 403, "nobody learns what would be read"
    assert await rows(world) == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_r62_nothing_but_post_is_there(client: Client, method: str) -> None:
    async with client.request(method, "/", headers={SECRET_HEADER: SECRET}) as response:
        assert response.status == 405
    async with client.request(method, "/metrics") as response:
        assert response.status == 404


def test_r62_a_webhook_without_a_secret_cannot_be_made(world: World) -> None:
    with pytest.raises(ValueError, match="secret"):
        webhook(world.receiver, "")


async def test_r62_raw_bytes_in_the_header_are_403_too(client: Client, world: World) -> None:
    reader, writer = await asyncio.open_connection(client.server.host, client.server.port)
    writer.write(
        b"POST / HTTP/1.1\r\nHost: x\r\n" + SECRET_HEADER.encode() + b": \xff\xfe\r\nContent-Length: 2\r\n\r\n{}"
    )
    status = await reader.readline()
    assert b" 403 " in status or b" 400 " in status
    writer.close()
    assert await rows(world) == 0


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b"7", b'{"message": {}}', b'{"update_id": 1, "message": 7}', b"\xff"]
)
async def test_what_can_never_be_read_is_not_asked_for_again(client: Client, world: World, body: bytes) -> None:
    async with client.post("/", data=body, headers={SECRET_HEADER: SECRET}) as response:
        assert response.status == 200
    assert await rows(world) == 0


async def test_an_update_twice_is_answered_once(client: Client, world: World) -> None:
    for _ in range(3):
        async with client.post("/", json=update(1, WOMAN, "hello"), headers={SECRET_HEADER: SECRET}) as response:
            assert response.status == 200
    await world.work()
    assert world.platform.texts(WOMAN) == [seen_as("hello")]


@pytest.fixture
def locked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(work: Any) -> Any:
        raise OperationalError("x", None, Exception("locked"))

    monkeypatch.setattr(world.database, "write", fails)


async def test_r13_what_is_not_stored_is_not_acknowledged_but_answered(
    client: Client, world: World, locked: None
) -> None:
    for _ in range(2):
        async with client.post("/", json=update(1, WOMAN, "crisis"), headers={SECRET_HEADER: SECRET}) as response:
            assert response.status == 503
    texts = world.platform.texts(WOMAN)
    assert len(texts) == 1, "each update once"
    assert "911" in texts[0]


async def test_r13_a_store_that_hangs_is_waited_for_half_a_second(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(work: Any) -> Any:
        await asyncio.Event().wait()

    assert STORE_SECONDS == 0.5
    monkeypatch.setattr("bot.channels.telegram.receive.STORE_SECONDS", STORE_SECONDS)
    monkeypatch.setattr(world.database, "write", hangs)
    started = asyncio.get_running_loop().time()
    assert await world.receiver.take([update(1, WOMAN, "crisis"), update(2, OFFICER, "hello")]) is False
    assert 0.4 < asyncio.get_running_loop().time() - started < 3
    assert "911" in world.platform.texts(WOMAN)[0]
    assert "1-888-373-7888" in world.platform.texts(OFFICER)[0], "silence is not allowed"


async def test_r13_exit_works_without_the_store(world: World, locked: None) -> None:
    assert await world.receiver.take([update(1, WOMAN, "exit")]) is False
    assert (WOMAN, 4_000_001) in world.platform.deleted
    assert len(world.platform.texts(WOMAN)) == 1


async def test_r63_a_flood_without_the_store_is_held_to_the_limit(world: World, locked: None) -> None:
    await world.receiver.take([update(n, WOMAN, "crisis") for n in range(100)])
    assert len(world.platform.sent) <= 21


async def test_the_update_that_was_answered_past_the_store_is_handled_once_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = world.database.write

    async def fails(work: Any) -> Any:
        raise OperationalError("x", None, Exception("locked"))

    monkeypatch.setattr(world.database, "write", fails)
    assert not await world.receiver.take([update(1, WOMAN, "hello")])
    monkeypatch.setattr(world.database, "write", real)
    assert await world.receiver.take([update(1, WOMAN, "hello")])
    await world.work()
    assert world.platform.texts(WOMAN)[-1] == seen_as("hello")


async def test_one_update_that_cannot_be_read_holds_up_no_other(world: World) -> None:
    assert await world.receiver.take([{"update_id": 1, "message": {"chat": 7}}, update(2, WOMAN, "hello"), {}])
    await world.work()
    assert world.platform.texts(WOMAN) == [seen_as("hello")]


class Polled:
    """A gateway that gives batches, or raises, and notes the offsets it was asked for."""

    def __init__(self, answers: list[Any]) -> None:
        self.answers, self.offsets = answers, []  # type: list[Any], list[int | None]
        self.done = asyncio.Event()

    async def updates(self, offset: int | None, seconds: int) -> list[dict[str, Any]]:
        self.offsets.append(offset)
        if not self.answers:
            self.done.set()
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return list(answer)


class Takes:
    def __init__(self, results: list[Any]) -> None:
        self.results, self.seen = results, []  # type: list[Any], list[list[int]]

    async def take(self, updates: list[dict[str, Any]]) -> bool:
        self.seen.append([u["update_id"] for u in updates])
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return bool(result)


async def _polled(answers: list[Any], results: list[Any]) -> tuple[Polled, Takes]:
    gateway, receiver = Polled(answers), Takes(results)
    task = asyncio.create_task(poll(gateway, receiver, sleep=lambda _: asyncio.sleep(0)))  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        await gateway.done.wait()
    assert not task.done(), "it goes on whatever happens"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return gateway, receiver


async def test_the_offset_moves_only_behind_what_is_stored() -> None:
    batch = [{"update_id": 10}, {"update_id": 11}]
    gateway, receiver = await _polled(
        [[], batch, batch, batch, [{"update_id": 12}]], [False, RuntimeError(), True, True]
    )
    assert gateway.offsets == [None, None, None, None, 12, 13]
    assert receiver.seen == [[10, 11]] * 3 + [[12]]


async def test_polling_survives_what_the_platform_answers() -> None:
    gateway, _ = await _polled([Unavailable(), Wait(5), Unavailable(), [{"update_id": 1}]], [True])
    assert gateway.offsets[-1] == 2
