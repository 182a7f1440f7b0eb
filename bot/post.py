"""Queueing a message to somebody who did not write just now: an advocate's alert, a person's notice."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.store import queues
from bot.store.chats import Chats

DEDUPE = 64


class Post:
    """`role` of what is queued is the reader's; the sender compares it with the chat's role when it sends."""

    def __init__(self, chats: Chats) -> None:
        self._chats = chats

    def put(
        self, c: Connection, chat: str, part: Part, key: str, now: float, *, lane: int = queues.ALERT, silent: bool = False,
        stays: float | None = None, not_before: float = 0.0, not_after: float | None = None, lang: str | None = None, unasked: bool = False,
    ) -> bool:  # fmt: skip
        """Queue one message; the same `key` twice is one message. `stays`: seconds until it has to go from the screen. `unasked`: a
        guest is told rather nothing than anything else in its place (R6, R10). False where the chat is gone or the message was queued before."""
        row = self._chats.get(c, chat)
        if row is None:
            return False
        content: dict[str, Any] = {
            "part": [part.content, part.page, part.params], "lang": lang or row.lang or row.heard or "en", "role": row.role,
            "silent": silent,
        }  # fmt: skip
        if unasked:
            content["unasked"] = True
        if stays is not None:
            content["stays"] = stays
        queued = {
            "dedupe": short(key),
            "chat": chat,
            "lane": lane,
            "content": content,
            "created_at": now,
            "not_before": not_before,
            "not_after": not_after,
        }
        return queues.put_out(c, [queued]) > 0

    def take_down(self, c: Connection, chat: str, now: float, key: str | None = None) -> bool:
        """Messages of this chat whose time is over are deleted from the screen. False where that was asked for before: at this `now`, or
        under this `key`."""
        row = {
            "dedupe": short(key or f"fleeting:{chat}:{now}"),
            "chat": chat,
            "lane": queues.ALERT,
            "content": {"fleeting": True},
        }
        return queues.put_out(c, [{**row, "created_at": now}]) > 0


def short(key: str) -> str:
    """A key of any length, told apart by all of it."""
    return key if len(key) <= DEDUPE else hashlib.sha256(key.encode()).hexdigest()
