"""Are the courses in order? `waymark check`, `waymark cards check` and the tests ask here; the rules are in `bot/training/checks`."""

from __future__ import annotations

from datetime import date

from bot.library.checking import today
from bot.library.loading import Library
from bot.training.cards import Courses
from bot.training.checks import Check, quiz, shape, telling

CHECKS: list[Check] = [
    shape.same_courses,
    shape.same_cards,
    shape.sources_exist,
    shape.read_twice,
    shape.topics_named,
    shape.minutes_add_up,
    quiz.two_wordings,
    quiz.one_right,
    quiz.reasons,
    quiz.lengths,
    quiz.options_differ,
    quiz.length_of_one,
    quiz.length_of_all,
    quiz.positions,
    quiz.no_tell,
    telling.no_phones,
    telling.no_wrong_claims,
    telling.no_addresses,
    telling.no_state_law,
    telling.no_twins,
    telling.plain,
]


def problems(courses: Courses, library: Library, on: date | None = None) -> list[str]:
    """One line for each thing that is wrong: where, what, what to do. Empty where the courses are in order."""
    found = [line for check in CHECKS for line in check(courses, library)]
    found += shape.not_in_future(courses, on or today())
    return list(dict.fromkeys(found))
