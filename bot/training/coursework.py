"""The basic course, card by card, and six questions before anything is taught. Every function runs in the transaction of the message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.shown import Shown
from bot.store import training_answers as answers
from bot.store.training_completions import Kept
from bot.training import coursework_words, exports
from bot.training.command import Wish
from bot.training.deck import BASIC
from bot.training.memory import next_wording, pretest, recall
from bot.training.model import Pick
from bot.training.planner import question_row
from bot.training.rooms import Ask, Here, Replies, Rooms, ask_for, reply

COURSE, PRETEST = "course", "pretest"
"""Kinds of questions (`question.kind`)."""
_ID = re.compile(r"(?=.*\d)[\w./-]{1,40}")
"""A number that a department gives: one word with a digit in it, so that neither a name nor a question is taken for one."""


class Coursework:
    name = "coursework"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "course": self._course, "pretest": self._pretest, "id": self._id,
        }  # fmt: skip

    # -- the course --------------------------------------------------------------------------------------------------------------

    def _course(self, here: Here, wish: Wish) -> Replies:
        """Begin, or go on where it was left. Without an officer's id it is asked for once; "go": without one."""
        if not coursework_words.taken(self._rooms, here) and wish.about != "go" and self._held_id(here) is None:
            return self._ask_id(here, "course.id")
        return self.goes_on(here)

    def goes_on(self, here: Here) -> Replies:
        """The next card; after the last one, what is written down of it."""
        left = self._open(here, COURSE)
        if left is not None:
            answers.shown_again(here.c, left.id, here.now)
            return [reply("card", question=left.id)]
        seen = coursework_words.taken(self._rooms, here)
        card = next((card for card in self._rooms.deck.of_course(BASIC) if card.id not in seen), None)
        if card is None:
            self._complete(here)
            return [reply("course.done")]
        known = answers.memories(here.c, here.member.id).get(card.id)
        wording = next_wording(card, known.wording if known is not None else None)
        predicted = recall(known, here.now) if known is not None else None
        row = question_row(here.member.id, None, Pick(card, wording, COURSE, predicted))
        return [reply("card", question=answers.ask(here.c, [row], here.now)[0])]

    def _open(self, here: Here, kind: str) -> Any:
        """The first that waits for its answer, if its card is still as it was; those before it go."""
        rows, versions = answers.waiting(here.c, here.member.id, kind), self._rooms.deck.versions
        answers.let_go(here.c, [row.id for row in rows if versions.get(row.card) != row.version])
        return next((row for row in rows if versions.get(row.card) == row.version), None)

    def _complete(self, here: Here) -> Kept | None:
        """Written once, and not before the department's id of this officer is there."""
        found, officer_id = coursework_words.completed(self._rooms, here), self._held_id(here)
        if found is not None or officer_id is None:
            return found
        place = self._rooms.people.department(here.c, here.member.department)
        course = self._rooms.deck.course(BASIC, place.lang)
        names = [card.id for card in self._rooms.deck.of_course(BASIC)]
        if course is None:
            return None
        rows = [row for row in answers.answered(here.c, here.member.id, names) if row.kind == COURSE]
        words = self._rooms.library.commands[place.lang]["training"]
        made = exports.completion(
            rows, officer_id, course.title, self._rooms.deck.course_version(BASIC), course.category, words["instructor"], place.zone, names
        )  # fmt: skip
        if made is not None:
            self._rooms.completions.add(here.c, place.id, here.member.id, made, here.now)
        return coursework_words.completed(self._rooms, here)

    # -- the id that the department gave -----------------------------------------------------------------------------------------

    def _held_id(self, here: Here) -> str | None:
        row = self._rooms.people.by_number(here.c, here.member.id)
        return self._rooms.people.officer_id(row)

    def _ask_id(self, here: Here, message: str) -> Replies:
        self._rooms.drafts.put(here.c, here.chat, {"clerk": self.name, "step": message}, here.now)
        return [ask_for(f"message:train.{message}")]

    def _id(self, here: Here, _: Wish) -> Replies:
        """Afterwards; one that stands in a completion is the coordinator's to change."""
        if self._held_id(here) is not None and coursework_words.completed(self._rooms, here) is not None:
            return [reply("course.id.held")]
        return self._ask_id(here, "course.id.later")

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        if not _ID.fullmatch(text.strip()):
            return [ask_for("message:train.course.id.wrong")]
        self._rooms.people.set_officer_id(here.c, here.member.id, text.strip())
        self._rooms.drafts.drop(here.c, here.chat)
        if draft.get("step") == "course.id":
            return [reply("course.id.saved", on=True), *self.goes_on(here)]
        done = self._all_answered(here)
        if done:
            self._complete(here)
        return [reply("course.id.saved", on=False), *([reply("course.done")] if done else [])]

    def _all_answered(self, here: Here) -> bool:
        seen = coursework_words.taken(self._rooms, here)
        return all(card.id in seen for card in self._rooms.deck.of_course(BASIC))

    # -- before anything is taught -----------------------------------------------------------------------------------------------

    def _pretest(self, here: Here, _: Wish) -> Replies:
        """Once: cards that nothing was said about yet. It is gone on with where it was left."""
        left = self._open(here, PRETEST)
        if left is not None:
            answers.shown_again(here.c, left.id, here.now)
            return [reply("card", question=left.id)]
        if answers.of_kind(here.c, here.member.id, PRETEST):
            return [reply("pretest.done")]
        known = answers.memories(here.c, here.member.id)
        picks = pretest([card for card in self._rooms.deck.of_course(BASIC) if card.id not in known])
        if known or not picks:
            return [reply("message:train.pretest.too_late")]
        answers.choose_later(here.c, [question_row(here.member.id, None, pick) for pick in picks])
        return self.next_of_pretest(here)

    def next_of_pretest(self, here: Here) -> Replies:
        left = self._open(here, PRETEST)
        if left is None:
            return [reply("pretest.done")]
        answers.shown(here.c, left.id, here.now)
        return [reply("card", question=left.id)]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return coursework_words.words(what, ask)
