"""A completion, once all cards of a course were answered and an id is held; once more in a later year, by answers after it. Runs in the
transaction of the message that brought the last of the two: an answer, or the id."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.localtime import local_date
from bot.store import training_answers as answers
from bot.store.training_completions import Completion
from bot.training import exports
from bot.training.ways import Books, counted, year_of


def complete(rooms: Books, c: Connection, who: Any, course: str, now: float) -> Completion | None:
    """Write the completion of a course by the member `who` (their row as it is now): at most one for each calendar year of the department, by
    the day of its last answer. None where there is nothing to write."""
    deck, people = rooms.deck, rooms.people
    cards = deck.of_course(course)
    officer, head = people.officer_id(who), deck.course(course, "en")
    if officer is None or head is None or not cards:
        return None
    people.lock(c, who.id)  # the last answer and the id may come at the same moment
    place, (after, last_day) = people.department(c, who.department), counted(rooms, c, who, course)
    if last_day and year_of(last_day) >= local_date(now, place.zone).year:
        return None
    names = [card.id for card in cards]
    rows, version = answers.answered(c, who.id, names, after), deck.course_version(course)
    instructor = people.instructor(place) or place.name
    what = exports.completion(rows, officer, course, version, head.category, instructor, place.zone, names)
    if what is None or (last_day and year_of(what.last_day) <= year_of(last_day)):
        return None
    number = rooms.completions.add(c, who.department, who.id, what, now)
    answers.count_for(c, [row.id for row in rows], number)
    return what


def complete_all(rooms: Books, c: Connection, member_id: int, now: float) -> list[Completion]:
    """The same of every course, for an officer whose id was given just now."""
    who = rooms.people.by_number(c, member_id)
    made = (complete(rooms, c, who, course, now) for course, _ in rooms.deck.courses.courses)
    return [one for one in made if one is not None]
