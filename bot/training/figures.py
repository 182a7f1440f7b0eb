"""What is known of a department as figures, the same for the chat and for the operator's command: groups of fewer than five officers are hidden,
also from whoever subtracts (R27 by analogy). Nothing here names a person. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from bot.store import training_after
from bot.store import training_answers as answers
from bot.training import calibration
from bot.training.calibration import FEWEST, Fit
from bot.training.chart import Progress, Reach, Row
from bot.training.deck import BASIC, Deck
from bot.training.joining import Doors
from bot.training.memory import recall
from bot.training.progress import Standing, by_topic, by_unit, fades_next, reach
from bot.training.ways import Books

DAYS = 30
DAY = 86400.0
KNOWN_FOR = 400 * DAY
"""Seconds back for which hold-outs are compared: as long as the rows of dates are kept."""
HOLDOUT = ("holdout",)
MOST_TOPICS, MOST_UNITS = 12, 24
"""Rows with a bar in the picture, those that are known least: Telegram takes none whose sides come to more than 10,000 pixels."""


class Seen(Books, Protocol):
    """What figures are read with: of a chat's rooms, or of the operator's desk."""

    @property
    def doors(self) -> Doors: ...


@dataclass(frozen=True, slots=True)
class Figures:
    """What was read of a department at once. `finished`: how many completed the basic course, as the roster names them; `recall`: the mean of all.
    Both None where there are fewer than five. `topics` and `units` by their ids. `sent`, `skipped` (by reason): refreshers of these `days`."""

    name: str
    days: int
    reach: Reach
    finished: int | None
    topics: dict[str, Standing]
    units: dict[str, Standing]
    recall: float | None
    fades: list[str]
    sent: int
    skipped: dict[str, int]


@dataclass(frozen=True, slots=True)
class Lasts:
    """What was asked again after 60 days in another wording, predicted against observed. `before`: the share that was right before anything was
    taught, None where fewer than five took that test. `topics` and `units` by their ids."""

    before: float | None
    whole: Fit
    topics: dict[str, Fit]
    units: dict[str, Fit]


def figures(books: Seen, c: Connection, department_id: str, now: float, days: int = DAYS) -> Figures:
    """Over the last `days` days where a time matters."""
    people, since = books.people, now - days * DAY
    known = answers.known_in(c, department_id)
    topics = by_topic(known, books.deck.facts, now)
    units = {unit: standing for unit, standing in by_unit(known, now).items() if unit}
    every = [recall(one.memory, now) for one in known]
    enough = len({one.member for one in known}) >= FEWEST
    members = people.members(c, department_id)
    finished = books.completions.finished(c, department_id, BASIC)
    return Figures(
        people.department(c, department_id).name, days, reach(*answers.reach(c, department_id, since)),
        sum(row.id in finished for row in members) if len(members) >= FEWEST else None, topics, units,
        sum(every) / len(every) if enough else None, fades_next(topics), training_after.left(c, department_id, since, now),
        training_after.skipped(c, department_id, since, now, books.doors.unreachable(c, members)),
    )  # fmt: skip


def lasts(c: Connection, department_id: str, now: float) -> Lasts:
    """Of hold-outs alone: refreshers come when the model expects them to be known, and would flatter it."""
    outcomes = answers.outcomes(c, department_id, now - KNOWN_FOR, HOLDOUT)
    officers, count, right = answers.before_teaching(c, department_id)
    return Lasts(
        right / count if officers >= FEWEST and count else None, calibration.fit(outcomes),
        calibration.by(outcomes, lambda o: o.topic), calibration.by(outcomes, lambda o: o.unit),
    )  # fmt: skip


def picture(found: Figures, deck: Deck, lang: str, units: Mapping[str, str], subtitle: str) -> Progress:
    """The same to be drawn. `units`: names by id."""
    labels = (deck.courses.phrases.get(lang) or deck.courses.phrases["en"]).chart
    topics = [Row(deck.topic(name, lang), s.now, s.soon) for name, s in found.topics.items()]
    theirs = [Row(units[unit], s.now, s.soon) for unit, s in found.units.items() if unit in units]
    return Progress(
        found.name, subtitle, found.reach, _lowest(topics, MOST_TOPICS), _lowest(theirs, MOST_UNITS),
        tuple(deck.topic(name, lang) for name in found.fades), labels,
    )  # fmt: skip


def _lowest(rows: list[Row], most: int) -> tuple[Row, ...]:
    """Those that are known least, and all that are hidden: the picture counts these, and cut off they would be counted wrong."""
    bars = sorted((row for row in rows if row.now is not None), key=lambda row: (row.now or 0.0, row.name))
    return (*bars[:most], *(row for row in rows if row.now is None))
