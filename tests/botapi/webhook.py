"""Webhook delivery: updates of one chat in order and one at a time, different chats side by side, retried until 2xx."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field

import aiohttp

from .rules import is_loopback
from .state import Json, World

ANSWER_S = 60.0
FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 1.0
MAX_ATTEMPTS = 1000  # an update refused this often is dropped


@dataclass
class Webhook:
    url: str
    secret: str | None = None
    max_connections: int = 40
    has_certificate: bool = False
    last_error: str | None = None
    last_error_at: int = 0
    attempts: int = 0
    dropped: list[int] = field(default_factory=list)


class Pump:
    """Lives as long as one webhook is set."""

    def __init__(self, world: World, webhook: Webhook) -> None:
        self._world = world
        self._webhook = webhook
        self._queues: dict[object, deque[Json]] = {}
        self._tasks: dict[object, asyncio.Task[None]] = {}
        self._seen = 0
        self._places = asyncio.Semaphore(webhook.max_connections)
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER_S), connector=aiohttp.TCPConnector(limit=webhook.max_connections)
        )
        world.listeners.append(self.wake)
        self.wake()

    def wake(self) -> None:
        if self._world.updates.next_id <= self._seen:
            return
        fresh = self._world.updates.since(self._seen)
        self._seen = self._world.updates.next_id
        for update in fresh:
            key = _chat_of(update)
            self._queues.setdefault(key, deque()).append(update)
            if key not in self._tasks:
                self._tasks[key] = asyncio.create_task(self._drain(key))

    async def close(self) -> None:
        with contextlib.suppress(ValueError):
            self._world.listeners.remove(self.wake)
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()

    async def _drain(self, key: object) -> None:
        queue = self._queues[key]
        try:
            while queue:
                await self._deliver(queue[0])
                queue.popleft()
        finally:
            del self._tasks[key]
            del self._queues[key]

    async def _deliver(self, update: Json) -> None:
        update_id = update["update_id"]
        wait = FIRST_WAIT_S
        for _ in range(MAX_ATTEMPTS):
            if not self._world.updates.is_pending(update_id):
                return
            async with self._places:
                failure = await self._post(update)
            if failure is None:
                self._world.updates.forget(update_id)
                self._world.changed()
                return
            self._webhook.last_error, self._webhook.last_error_at = failure, int(self._world.clock.now())
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)
        self._world.updates.forget(update_id)
        self._webhook.dropped.append(update_id)

    async def _post(self, update: Json) -> str | None:
        if not is_loopback(self._webhook.url):
            return "Connection refused: this server delivers to the loopback only"
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._webhook.secret} if self._webhook.secret else {}
        self._webhook.attempts += 1
        try:
            async with self._session.post(self._webhook.url, json=update, headers=headers) as response:
                return None if 200 <= response.status < 300 else f"Wrong response from the webhook: {response.status}"
        except (TimeoutError, aiohttp.ClientError, OSError) as problem:
            return f"Connection failed: {type(problem).__name__}"


def _chat_of(update: Json) -> object:
    content: Json = next((value for key, value in update.items() if key != "update_id"), {})
    chat = content.get("chat") or content.get("message", {}).get("chat") or content.get("from") or {}
    return chat.get("id")
