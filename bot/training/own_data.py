"""What is held about an officer: their own figures, all of it to read and take along, erasing, leaving. In the transaction of the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.shown import Shown
from bot.store import training_after
from bot.store import training_answers as answers
from bot.training import own_data_words
from bot.training.command import Wish
from bot.training.rooms import Ask, Here, Replies, Rooms, reply


class OwnData:
    name = "own_data"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "score": lambda here, _: [reply("score")],
            "mine": lambda here, _: [reply("mine")],
            "export_mine": lambda here, _: [reply("export_mine")],
            "erase_mine": self._erase,
            "leave": self._leave,
        }

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """Nothing is asked for in words here."""
        return [reply("message:train.old")]

    def _erase(self, here: Here, wish: Wish) -> Replies:
        if wish.about != "yes":
            return [reply("erase_mine")]
        # What is open goes with its question: it is no silence.
        training_after.put_off(here.c, here.member.id)
        answers.erase(here.c, here.member.id)
        return [reply("message:train.erased")]

    def _leave(self, here: Here, wish: Wish) -> Replies:
        """The chat is a guest's afterwards: what they hear then is for everyone."""
        people = self._rooms.people
        if here.member.role == "coordinator" and len(people.coordinators(here.c, here.member.department)) < 2:
            return [reply("message:train.officer.last")]
        if wish.about != "yes":
            return [reply("leave")]
        self._rooms.drafts.drop(here.c, here.chat)
        self._rooms.doors.leave(here.c, here.member.id, here.now)
        return [reply("message:train.left")]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return own_data_words.words(what, ask)
