"""Links that let officers and coordinators in, and the tap on each who comes by one. Every function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.shown import Shown
from bot.training.command import Wish
from bot.training.rooms import Ask, Here, Replies, Rooms, reply


class Inviting:
    name = "inviting"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {}

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return []

    def words(self, what: str, ask: Ask) -> Shown | Awaitable[Shown] | None:
        return None

    def joins(self, here: Here, code: str) -> Replies | None:
        """Somebody opened a department's link. None where the code is no department's."""
        joined = self._rooms.doors.ask(here.c, code, here.chat, here.lang, here.now)
        if joined.outcome == "unknown":
            return None
        return [reply(f"message:train.join.{joined.outcome}")]
