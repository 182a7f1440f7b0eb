"""Papers for units without the app: the roll-call sheet of this week, the model policy. Every function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.library.loading import CONTENT
from bot.library.replies import Attachment
from bot.localtime import local_date
from bot.shown import Shown
from bot.training import sheet
from bot.training.command import Wish
from bot.training.deck import BASIC
from bot.training.rooms import Ask, Here, Replies, Rooms, reply

QUESTIONS = 3
"""On one roll-call sheet: what fits the minutes before a shift."""


class Papers:
    name = "papers"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "sheet": lambda here, wish: [reply("sheet")], "policy": lambda here, wish: [reply("policy")],
        }  # fmt: skip

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return [reply("message:train.old")]

    def words(self, what: str, ask: Ask) -> Shown | None:
        if what == "sheet":
            return _sheet(ask)
        return _policy(ask) if what == "policy" else None


def _sheet(ask: Ask) -> Shown | None:
    if ask.here.member is None:
        return None
    deck, lang = ask.rooms.deck, ask.here.lang
    course = deck.course(BASIC, lang)
    if course is None:
        return Shown(ask.message("old"))
    zone = ask.rooms.people.department(ask.here.c, ask.here.member.department).zone
    text = sheet.page(deck.courses, ask.rooms.library, course, local_date(ask.here.now, zone), QUESTIONS)
    file = Attachment(f"{ask.word('sheet_file')}.html", "text/html", text.encode())
    return Shown(replace(ask.message("sheet"), file=file))


def _policy(ask: Ask) -> Shown:
    """As plain text, which every phone opens and every office changes."""
    data = (CONTENT / ask.here.lang / "policy.md").read_bytes()
    return Shown(replace(ask.message("policy"), file=Attachment(f"{ask.word('policy_file')}.txt", "text/plain", data)))
