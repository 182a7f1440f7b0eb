"""Courses, card by card, with a completion at their end, and the short test before anything is taught. Runs in the transaction of the
message.

A course is done once each of its cards was answered, whether in the course or in a refresher; in a later year once more (`ways`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.shown import Shown
from bot.store import training_answers as answers
from bot.store.training_completions import Completion
from bot.training import coursework_words
from bot.training.command import Wish
from bot.training.completing import complete, complete_all
from bot.training.deck import BASIC
from bot.training.memory import next_wording, pretest, recall
from bot.training.model import Pick
from bot.training.planner import question_row
from bot.training.rooms import Ask, Here, Replies, Rooms, ask_for, reply
from bot.training.ways import COURSE, way_of

OLD = "message:train.old"
_ID = re.compile(r"(?=.*\d)[\w./-]{1,40}")
"""A number that a department gives: one word with a digit in it, so that neither a name nor a question is taken for one."""


class Coursework:
    name = "coursework"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "course": self._course, "pretest": self._pretest, "id": self._id,
        }  # fmt: skip

    # -- courses ---------------------------------------------------------------------------------------------------------------

    def _course(self, here: Here, wish: Wish) -> Replies:
        """ "": the basic course, the officer's id first where none is held; "show:<course>", "next:<course>", "list"."""
        what, _, course = wish.about.partition(":")
        course = course or BASIC
        if what == "list":
            return [reply("courses")]
        if course not in self._rooms.deck.names():
            return [reply(OLD)]
        if what == "next":
            return self.next_card(here, course)
        if not what and here.member.officer_id is None:
            self._rooms.drafts.put(here.c, here.chat, {"clerk": self.name}, here.now)
            return [ask_for("message:train.course.id")]
        return [*self.completed(here, course), reply("course", course=course)]

    def _id(self, here: Here, _: Wish) -> Replies:
        self._rooms.drafts.put(here.c, here.chat, {"clerk": self.name}, here.now)
        return [ask_for("message:train.course.id")]

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """The id that the department gave."""
        if not _ID.fullmatch(text.strip()):
            return [ask_for("message:train.officer.id.wrong_own")]
        self._rooms.people.set_officer_id(here.c, here.member.id, text.strip())
        self._rooms.drafts.drop(here.c, here.chat)
        done = complete_all(self._rooms, here.c, here.member.id, here.now)
        return [reply("course.id.saved"), *_said(*done), reply("course", course=BASIC)]

    def next_card(self, here: Here, course: str) -> Replies:
        """The first card of the course that was not answered yet on this way through it; one that was shown before is shown again."""
        left = way_of(self._rooms, here.c, here.member, course, here.now).left
        if not left:
            return [*self.completed(here, course), reply("course", course=course)]
        card = left[0]
        open_ = [
            r for r in answers.waiting(here.c, here.member.id, COURSE) if (r.card, r.version) == (card.id, card.version)
        ]
        if open_:
            answers.shown_again(here.c, open_[0].id, here.now)
            return [reply("card", question=open_[0].id)]
        known = answers.memories(here.c, here.member.id).get(card.id)
        wording = next_wording(card, known.wording if known is not None else None)
        pick = Pick(card, wording, COURSE, recall(known, here.now) if known is not None else None)
        return [reply("card", question=answers.ask(here.c, [question_row(here.member.id, None, pick)], here.now)[0])]

    def completed(self, here: Here, course: str) -> Replies:
        """A completion, once a year, where all cards were answered and an id is held; what is said of it."""
        return _said(complete(self._rooms, here.c, here.member, course, here.now))

    # -- the test before ---------------------------------------------------------------------------------------------------------

    def _pretest(self, here: Here, _: Wish) -> Replies:
        """Six cards without explanations, once; they leave the memory as it is."""
        kind, versions = answers.PRETEST, self._rooms.deck.versions
        rows = answers.waiting(here.c, here.member.id, kind)
        answers.let_go(here.c, [row.id for row in rows if versions.get(row.card) != row.version])
        left = [row for row in rows if versions.get(row.card) == row.version]
        if left:
            answers.shown_again(here.c, left[0].id, here.now)
            return [reply("card", question=left[0].id)]
        if answers.of_kind(here.c, here.member.id, kind)[1]:
            return [reply("pretest.done")]
        if answers.memories(here.c, here.member.id):
            return [reply("message:train.pretest.too_late")]
        picks = pretest(self._rooms.deck.of_course(BASIC))
        answers.choose_later(here.c, [question_row(here.member.id, None, pick) for pick in picks])
        left = answers.waiting(here.c, here.member.id, kind)
        if not left:
            return [reply("message:train.no_card")]
        answers.shown(here.c, left[0].id, here.now)
        return [reply("message:train.pretest.begins"), reply("card", question=left[0].id)]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return coursework_words.words(what, ask)


def _said(*done: Completion | None) -> Replies:
    return [reply("course.done", course=one.course, minutes=one.minutes) for one in done if one is not None]
