"""The coordinator's side: setting up, inviting, seeing. Every function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Callable

from bot.shown import Shown
from bot.training.command import Wish
from bot.training.rooms import Ask, Here, Replies, Rooms, reply


class Coordinator:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._wishes: dict[str, Callable[[Here, Wish], Replies]] = {"join": self._decide}

    def handle(self, here: Here, wish: Wish) -> Replies | None:
        """What they hear; None for a wish that is not theirs."""
        found = self._wishes.get(wish.name)
        return found(here, wish) if found is not None and here.role == "coordinator" else None

    def words(self, what: str, ask: Ask) -> Shown | None:
        return None

    # -- joining -------------------------------------------------------------------------------------------------------------

    def joins(self, here: Here, code: str) -> Replies | None:
        """Somebody opened a department's link. None where the code is no department's."""
        joined = self._rooms.doors.ask(here.c, code, here.chat, here.lang, here.now)
        if joined.outcome == "unknown":
            return None
        return [reply(f"message:train.join.{joined.outcome}")]

    def _decide(self, here: Here, wish: Wish) -> Replies:
        return []
