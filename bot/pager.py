"""A second ring beside the chat: an address of a program, on a host that the operator allows, is sent two words and nothing else.

Any service that takes a POST and rings a phone will do (ntfy and the like). The words are always the same, so that whoever runs the
service learns that somebody is asked and no more; nothing is retried, since an alert repeats each minute anyway.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

import aiohttp

log = logging.getLogger("waymark.pager")
WORDS = b"request waiting"
SECONDS = 5.0
MOST_WAITING = 100


class Pager:
    """`hosts`: where pages may go (R30); an address elsewhere, or one that is no https, is never asked. `post` is for tests."""

    def __init__(self, hosts: Iterable[str], post: Callable[[str], Awaitable[None]] | None = None) -> None:
        self._hosts = {host.lower() for host in hosts}
        self._post = post or post_words
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)

    def page(self, address: str) -> None:
        """From any thread, waits for nothing. Without a running pager nobody is paged."""
        if self._loop is not None and self.allows(address):
            self._loop.call_soon_threadsafe(self._put, address)

    def allows(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            return False
        named = parts.scheme == "https" and parts.username is None and port in (None, 443)
        return named and host is not None and host.lower() in self._hosts

    def _put(self, address: str) -> None:
        if not self._waiting.full():
            self._waiting.put_nowait(address)

    async def run(self) -> None:
        """Until cancelled. A page that fails is one line in the log: an address can be a secret, so it is not named."""
        self._loop = asyncio.get_running_loop()
        while True:
            address = await self._waiting.get()
            try:
                async with asyncio.timeout(SECONDS):
                    await self._post(address)
            except Exception as error:
                log.warning("a page did not go out: %s", type(error).__name__)


async def post_words(address: str) -> None:
    """Raises where the service does not take it. No redirect is followed: it could lead off the list."""
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.post(address, data=WORDS, headers={"Content-Type": "text/plain"}, allow_redirects=False) as answer,
    ):
        if answer.status >= 300:
            raise ValueError(f"the pager answered {answer.status}")
