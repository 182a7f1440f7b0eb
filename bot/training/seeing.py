"""What a department knows: a picture with three sentences, and whether it lasts. Every function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.shown import Shown
from bot.training import seeing_words
from bot.training.command import Wish, number_in
from bot.training.rooms import Ask, Here, Replies, Rooms, reply

ROW = "coordinator_progress"


class Seeing:
    name = "seeing"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {"progress": self._progress}

    def _progress(self, here: Here, wish: Wish) -> Replies:
        """ "": the picture; "lasts": predicted against observed; "people[:page]": a list by officer, where the department has turned it on."""
        about, _, page = wish.about.partition(":")
        what = {"lasts": "progress.lasts", "people": "progress.people"}.get(about, "progress")
        return [reply(what, handling=ROW, page=number_in(page) or 0)]

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return [reply("message:train.old")]

    def words(self, what: str, ask: Ask) -> Shown | Awaitable[Shown] | None:
        return seeing_words.words(what, ask)
