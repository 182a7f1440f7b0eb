"""From rows to what leaves: a completion from answers, a roster from completions, statements from both. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from bot.localtime import local_date
from bot.store import training_answers
from bot.store.training_completions import Completion, Kept
from bot.training.records import Line, capped, observed_minutes
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


def roster_lines(kept: Iterable[Kept], titled: Callable[[str], str]) -> list[Line]:
    """A line for each completion, in their order. `titled`: a course by its id, as whoever reads the roster calls it."""
    return [
        Line(w.officer_id, titled(w.course), w.category, w.minutes, w.first_day, w.last_day, w.instructor, w.result)
        for w in (one.what for one in kept)
    ]


def befores(kept: Iterable[Kept]) -> dict[int, float]:
    """By the number of a completion, when the one before it of the same course by the same officer was written; 0 for a first one."""
    found: dict[int, float] = {}
    latest: dict[tuple[int | None, str], float] = {}
    for one in kept:
        found[one.seq] = latest.get((one.member, one.what.course), 0.0)
        latest[one.member, one.what.course] = one.at
    return found


def way(
    c: Connection, one: Kept, after: float, title: str, lang: str, cards: Iterable[str], home: str, base: str,
    shown_since: float | None = None, definition: Callable[[Any], Interaction | None] = lambda row: None,
) -> Done | None:  # fmt: skip
    """The way to a completion, for `xapi.statements`; None where its answers are gone. It begins after the completion before (`after`) and
    ends with this one, so that what is answered later changes no statement that a record store may have already. `shown_since`: single
    answers given from then on are in it, where the department shows persons; None leaves all of them out. `definition`: a row of `question` in
    words."""
    if one.member is None:
        return None
    found = training_answers.answered(c, one.member, cards, after, one.at)
    rows = [r for r in found if r.completion is None or r.completion >= one.seq]  # others counted for one that is gone
    if not rows:
        return None
    answers = tuple(
        Answered(
            r.card, r.answered_at, capped(r.seconds) if r.seconds is not None else None, bool(r.right), r.chosen, r.version,
            r.wording, definition(r),
        )
        for r in rows if shown_since is not None and r.answered_at >= shown_since
    )  # fmt: skip
    started, observed = min(r.asked_at for r in rows), sum(capped(r.seconds) for r in rows)
    return Done(
        one.what.officer_id, home, base, one.what.course, title, lang, started, rows[-1].answered_at, observed, answers
    )
