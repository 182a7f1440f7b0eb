"""A completion, once all cards of a course were answered and an id is held. Runs in the transaction of the message that brought the last of
the two: an answer, or the id."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import Connection

from bot.store import training_answers as answers
from bot.store.training_completions import Completion, Completions
from bot.store.training_links import Links
from bot.training import exports
from bot.training.deck import Deck


class Books(Protocol):
    """What a completion is written with: of a chat's rooms, or of the operator's desk."""

    @property
    def people(self) -> Links: ...
    @property
    def completions(self) -> Completions: ...
    @property
    def deck(self) -> Deck: ...


def complete(rooms: Books, c: Connection, who: Any, course: str, now: float) -> Completion | None:
    """Write the completion of a course by the member `who` (their row as it is now), once. None where there is nothing to write."""
    deck, people = rooms.deck, rooms.people
    cards = deck.of_course(course)
    officer, head = people.officer_id(who), deck.course(course, "en")
    if officer is None or head is None or not cards:
        return None
    people.lock(c, who.id)  # the last answer and the id may come at the same moment
    if any(kept.what.course == course for kept in rooms.completions.of_member(c, who.id, who.department)):
        return None
    names, place = [card.id for card in cards], people.department(c, who.department)
    rows = [row for row in answers.answered(c, who.id, names) if row.kind != answers.PRETEST]
    version = deck.course_version(course)
    what = exports.completion(rows, officer, course, version, head.category, place.name, place.zone, names)
    if what is not None:
        rooms.completions.add(c, who.department, who.id, what, now)
    return what


def complete_all(rooms: Books, c: Connection, member_id: int, now: float) -> list[Completion]:
    """The same of every course, for an officer whose id was given just now."""
    who = rooms.people.by_number(c, member_id)
    made = (complete(rooms, c, who, course, now) for course, _ in rooms.deck.courses.courses)
    return [one for one in made if one is not None]
