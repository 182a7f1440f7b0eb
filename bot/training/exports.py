"""From rows to what leaves: a completion from answers, a roster from completions, statements from both. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from bot.localtime import local_date
from bot.store import training_answers
from bot.store.training_completions import Completion, Kept
from bot.training.records import Line, observed_minutes
from bot.training.xapi import Answered, Done, Interaction

COMPLETED = "completed"
"""What a roster says: a course is done when all of its cards were answered. Nobody passes or fails it: no threshold is set (a commission's
affair), and what is measured is what is remembered later."""


def completion(
    rows: Sequence[Any], officer_id: str, course: str, version: str, category: str, instructor: str, zone: str, cards: Iterable[str],
) -> Completion | None:  # fmt: skip
    """Of a course whose `cards` were all answered in `rows` (`training_answers.answered`); None where one is missing. The last answer to
    each card counts for the score, every answer for the minutes."""
    last = {row.card: row for row in rows}
    if not rows or set(cards) - set(last):
        return None
    score = sum(bool(row.right) for row in last.values()) / len(last)
    first_day, last_day = (local_date(row.answered_at, zone).isoformat() for row in (rows[0], rows[-1]))
    minutes = observed_minutes(row.seconds for row in rows)
    return Completion(
        officer_id, course, version, category, minutes, first_day, last_day, instructor, COMPLETED, round(score, 4)
    )


def roster_lines(kept: Iterable[Kept]) -> list[Line]:
    """A line for each completion, in their order."""
    return [
        Line(w.officer_id, w.course, w.category, w.minutes, w.first_day, w.last_day, w.instructor, w.result)
        for w in (one.what for one in kept)
    ]


def way(
    c: Connection, member_id: int, officer_id: str, course: str, title: str, lang: str, cards: Iterable[str], home: str, base: str,
    until: float | None = None, definition: Callable[[Any], Interaction | None] = lambda row: None,
) -> Done | None:  # fmt: skip
    """An officer's way through a course, for `xapi.statements`; None where nothing was answered. `until`: when the completion was written,
    so that what is answered later changes no statement that a record store may have already. `definition`: a row of `question` in words."""
    rows = training_answers.answered(c, member_id, cards, until=until)
    if not rows:
        return None
    answers = tuple(
        Answered(r.card, r.answered_at, r.seconds, bool(r.right), r.chosen, r.version, r.wording, definition(r)) for r in rows
    )  # fmt: skip
    started = min(r.asked_at for r in rows)
    return Done(officer_id, home, base, course, title, lang, started, rows[-1].answered_at, answers)
