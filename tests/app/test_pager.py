"""A page goes to a host on the list, says two words, and never holds anything up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio
from aiohttp import web

from bot.pager import WORDS, Pager, post_words

GOOD = "https://page.example.org/house-7"


@pytest_asyncio.fixture
async def running() -> AsyncIterator[tuple[Pager, list[str]]]:
    paged: list[str] = []

    async def post(address: str) -> None:
        if address.endswith("fails"):
            raise OSError
        paged.append(address)

    pager = Pager(["page.example.org"], post)
    task = asyncio.create_task(pager.run())
    await asyncio.sleep(0)
    yield pager, paged
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_pages_come_from_another_thread_and_one_that_fails_stops_no_other(
    running: tuple[Pager, list[str]],
) -> None:
    pager, paged = running
    thread = threading.Thread(target=lambda: [pager.page(a) for a in (GOOD, f"{GOOD}/fails", f"{GOOD}/2")])
    thread.start()
    thread.join()
    async with asyncio.timeout(2):
        while len(paged) < 2:
            await asyncio.sleep(0.01)
    assert paged == [GOOD, f"{GOOD}/2"]


@pytest.mark.parametrize(
    "address",
    [
        "http://page.example.org/x",
        "https://other.example.org/x",
        "https://page.example.org.evil.example/x",
        "https://evil.example/page.example.org",
        "https://user@page.example.org/x",
        "https://page.example.org@evil.example/x",
        "https://page.example.org:8443/x",
        "https://[broken/x",
        "mailto:page@example.org",
        "",
    ],
)
async def test_r30_nothing_goes_to_a_host_that_is_not_on_the_list(
    running: tuple[Pager, list[str]], address: str
) -> None:
    pager, paged = running
    pager.page(address)
    pager.page(GOOD)
    async with asyncio.timeout(2):
        while not paged:
            await asyncio.sleep(0.01)
    assert paged == [GOOD]


async def test_without_hosts_or_before_it_runs_nobody_is_paged() -> None:
    assert not Pager([]).allows(GOOD)
    Pager(["page.example.org"]).page(GOOD)


async def test_it_says_two_words_and_follows_nobody() -> None:
    said: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        said.append(await request.read())
        if request.path == "/moved":
            raise web.HTTPFound("/elsewhere")
        return web.Response()

    app = web.Application()
    app.router.add_post("/{name}", take)
    app.router.add_get("/{name}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = runner.addresses[0]
    await post_words(f"http://{base[0]}:{base[1]}/house")
    assert said == [WORDS] == [b"request waiting"]
    with pytest.raises(ValueError, match="302"):
        await post_words(f"http://{base[0]}:{base[1]}/moved")
    assert len(said) == 2
    await runner.cleanup()
