"""Papers for units without the app: the roll-call sheet of a week, the model policy. Every function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.library.loading import CONTENT
from bot.library.replies import Attachment, Rendered
from bot.localtime import local_date
from bot.shown import Shown
from bot.training import sheet
from bot.training.command import Wish
from bot.training.deck import BASIC
from bot.training.rooms import Ask, Here, Replies, Rooms, reply
from bot.training.saying import day

QUESTIONS = 3
"""On one roll-call sheet: what fits the minutes before a shift."""
NEXT = "next"


class Papers:
    name = "papers"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "sheet": self._sheet, "policy": lambda here, wish: [reply("policy")],
        }  # fmt: skip

    def _sheet(self, here: Here, wish: Wish) -> Replies:
        """ "": this week's of the basic course; "list": which course; "<course>" and "<course>:next": of this week and of the next."""
        course, _, when = wish.about.partition(":")
        if wish.about == "list":
            return [reply("sheet.which")]
        if course not in ("", *self._rooms.deck.names()) or when not in ("", NEXT):
            return [reply("message:train.old")]
        return [reply("sheet", course=course or BASIC, weeks=int(when == NEXT))]

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return [reply("message:train.old")]

    def words(self, what: str, ask: Ask) -> Shown | None:
        if what == "sheet":
            return _sheet(ask)
        if what == "sheet.which":
            return Shown(which_course(ask, "k:sheet:"))
        return _policy(ask) if what == "policy" else None


def which_course(ask: Ask, begins: str) -> Rendered:
    """A button for each course; `begins` is its payload without the name of the course."""
    shown = ask.message("which_course")
    buttons = [(title, f"{begins}{name}") for name, title in ask.rooms.deck.titles(ask.here.lang)]
    return replace(shown, buttons=[*buttons, *shown.buttons])


def _sheet(ask: Ask) -> Shown | None:
    if ask.here.member is None:
        return None
    deck, name, weeks = ask.rooms.deck, str(ask.params.get("course") or BASIC), int(ask.params.get("weeks") or 0)
    course = deck.course(name, ask.here.lang)
    if course is None:
        return Shown(ask.message("old"))
    zone = ask.rooms.people.department(ask.here.c, ask.here.member.department).zone
    week = sheet.monday(local_date(ask.here.now, zone)) + timedelta(weeks=weeks)
    text = sheet.page(deck.courses, ask.rooms.library, course, week, QUESTIONS)
    file = Attachment(f"{ask.word('sheet_file')}-{name}-{week}.html", "text/html", text.encode())
    shown = ask.message("sheet", name=course.title, date=day(ask, week))
    other = (ask.word("this_week"), f"k:sheet:{name}") if weeks else (ask.word("next_week"), f"k:sheet:{name}:{NEXT}")
    buttons = [other, (ask.word("other_course"), "k:sheet:list"), *shown.buttons]
    return Shown(replace(shown, buttons=buttons, file=file))


def _policy(ask: Ask) -> Shown:
    """As plain text, which every phone opens and every office changes."""
    data = (CONTENT / ask.here.lang / "policy.md").read_bytes()
    return Shown(replace(ask.message("policy"), file=Attachment(f"{ask.word('policy_file')}.txt", "text/plain", data)))
