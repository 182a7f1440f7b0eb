"""What is held about an officer, for them alone: their figures, to read, to take along, to erase; and leaving. Runs in the transaction of
the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.shown import Shown
from bot.store import training_after
from bot.store import training_answers as answers
from bot.training import own_data_words
from bot.training.command import OWN_FILE, Wish
from bot.training.own_data_file import FILE
from bot.training.rooms import Ask, Here, Replies, Rooms, reply


class OwnData:
    name = "own_data"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "score": lambda here, wish: [reply("score")], "mine": lambda here, wish: [reply("mine")],
            OWN_FILE: lambda here, wish: [reply(FILE)], "erase_mine": self._erase, "leave": self._leave,
        }  # fmt: skip

    def _erase(self, here: Here, wish: Wish) -> Replies:
        """Answers and memory, after a second tap; completions follow the department's written retention."""
        if wish.about != "yes":
            return [reply("message:train.erase.sure")]
        training_after.put_off(
            here.c, here.member.id, here.now
        )  # what is open goes with its question: it is no silence
        answers.erase(here.c, here.member.id)
        return [reply("message:train.erased")]

    def _leave(self, here: Here, wish: Wish) -> Replies:
        """The last coordinator cannot go: nobody could let anybody in."""
        people, who = self._rooms.people, here.member
        if who.role == "coordinator" and len(people.coordinators(here.c, who.department)) < 2:
            return [reply("message:train.officer.last")]
        if wish.about != "yes":
            return [reply("message:train.leave.sure")]
        self._rooms.doors.leave(here.c, who.id, here.now, told=False)
        return [reply("message:train.left")]

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return [reply("message:train.old")]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return own_data_words.words(what, ask)
