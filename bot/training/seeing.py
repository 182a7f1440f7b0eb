"""What a department knows and can take along: the progress picture, exports. Every function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.shown import Shown
from bot.training.command import Wish
from bot.training.rooms import Ask, Here, Replies, Rooms


class Seeing:
    name = "seeing"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {}

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return []

    def words(self, what: str, ask: Ask) -> Shown | Awaitable[Shown] | None:
        return None
