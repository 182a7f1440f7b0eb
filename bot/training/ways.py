"""Where an officer is in a course: on the way through it, done for this year, or free to take it again. In the caller's transaction.

In-service training recurs: a course is completed at most once in a calendar year. What counts for the next time are answers after the last
completion, whether in the course or in refreshers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from bot.localtime import local_date
from bot.store import training_answers as answers
from bot.store.training_completions import Completions
from bot.store.training_links import Links
from bot.training.deck import Deck
from bot.training.model import CardFacts

COURSE = "course"
"""Kind of a question that is asked in a course."""


class Books(Protocol):
    """What a completion is written with: of a chat's rooms, or of the operator's desk."""

    @property
    def people(self) -> Links: ...
    @property
    def completions(self) -> Completions: ...
    @property
    def deck(self) -> Deck: ...


@dataclass(frozen=True, slots=True)
class Way:
    """`count`: cards of the course; `left`: those that are still to be answered, in its order. `last_day`: of the last completion, ISO; empty
    where there was none. `again`: it was completed in an earlier year, and may be once more. `begun`: that was begun in the course."""

    count: int
    left: tuple[CardFacts, ...]
    last_day: str
    again: bool
    begun: bool

    @property
    def done(self) -> int:
        """Cards that were answered."""
        return self.count - len(self.left)


def counted(books: Books, c: Connection, who: Any, course: str) -> tuple[float, str]:
    """(the moment up to which answers have counted, last day of the last completion, ISO) of a course in the department of the member `who`;
    (0, "") where it was never completed. A completion that retention took away counts as well: else its answers would make it anew."""
    kept = [k for k in books.completions.of_member(c, who.id, who.department) if k.what.course == course]
    names = [card.id for card in books.deck.of_course(course)]
    until = answers.counted_until(c, who.id, names, who.department)
    days = [one.what.last_day for one in kept]
    if until:
        days.append(local_date(until, _zone(books, c, who)).isoformat())
    return max([until, *(one.at for one in kept)]), max(days, default="")


def way_of(books: Books, c: Connection, who: Any, course: str, now: float) -> Way:
    """Of the member `who`. Once a course is completed for this year it is as it was left: only a card that came to it since is open."""
    cards = books.deck.of_course(course)
    after, last_day = counted(books, c, who, course)
    year = local_date(now, _zone(books, c, who)).year
    again = bool(last_day) and year_of(last_day) < year
    rows = answers.answered(c, who.id, [card.id for card in cards], after if again else 0.0)
    latest = {row.card: row.answered_at for row in rows}
    left = [card for card in cards if card.id not in latest]
    if rows and again and not left and local_date(rows[-1].answered_at, _zone(books, c, who)).year < year:
        left = [min(cards, key=lambda card: latest[card.id])]  # all came round last year: one more counts for this one
    return Way(len(cards), tuple(left), last_day, again, again and any(row.kind == COURSE for row in rows))


def year_of(day: str) -> int:
    """Of a day in ISO."""
    return int(day[:4])


def _zone(books: Books, c: Connection, who: Any) -> str:
    return str(books.people.department(c, who.department).zone)
