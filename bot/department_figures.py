"""What a department knows now, as figures that may leave: groups of fewer than five officers are hidden, also from whoever subtracts (R27).

Nothing here names a person.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.department_store import Desk, look
from bot.settings import Settings
from bot.store import training_after, training_answers
from bot.training import calibration, cards
from bot.training.calibration import FEWEST, Fit
from bot.training.chart import Progress, Reach, Row
from bot.training.deck import Deck
from bot.training.progress import Standing, by_topic, by_unit, fades_next, reach

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Figures:
    """`topics` and `units` by name as the department reads it, "" for officers of no unit; `fits` predicted against observed recall by topic.
    `skipped`: refreshers that were not sent, by reason, where that tells of no single officer."""

    name: str
    lang: str
    days: int
    reach: Reach
    topics: dict[str, Standing]
    units: dict[str, Standing]
    fades_next: list[str]
    fits: dict[str, Fit]
    skipped: dict[str, int]


def enough(skipped: dict[str, int], officers: int, fewest: int = FEWEST) -> dict[str, int]:
    """Reasons that were met at least five times, in a department of at least five."""
    return {reason: n for reason, n in sorted(skipped.items()) if n >= fewest} if officers >= fewest else {}


async def figures(settings: Settings, named: str, days: int) -> Figures:
    """Over the last `days` days where a time matters. Raises `NotThere`."""
    deck = Deck(cards.shared())

    def work(desk: Desk, c: Connection, place: Any) -> Figures:
        now = time.time()
        since = now - days * DAY
        known = training_answers.known_in(c, place.id)
        outcomes = training_answers.outcomes(c, place.id, 0.0)
        counts = training_answers.reach(c, place.id, since)
        names = {row.id: row.name for row in desk.people.units(c, place.id)}
        unreachable = desk.doors.unreachable(c, desk.people.members(c, place.id))
        topics = by_topic(known, deck.facts, now)
        units = by_unit(known, now)

        def topic(name: str) -> str:
            return deck.topic(name, place.lang)

        return Figures(
            place.name, place.lang, days, reach(*counts), _named(topics, topic), _named(units, lambda u: names.get(u, "")),
            [topic(name) for name in fades_next(topics)], _named(calibration.by(outcomes, lambda o: o.topic), topic),
            enough(training_after.skipped(c, place.id, since, now, unreachable), counts[0]),
        )  # fmt: skip

    return await look(settings, named, work)


def _named(found: dict[str, Any], name: Any) -> dict[str, Any]:
    return {name(key): value for key, value in found.items()}


def chart(found: Figures, subtitle: str) -> Progress:
    """The same for the picture."""
    labels = dict(cards.shared().phrases[found.lang].chart)
    title = labels.pop("title")
    return Progress(
        f"{title}: {found.name}", subtitle, found.reach, _rows(found.topics.items()), _rows(found.units.items()),
        tuple(found.fades_next), labels,
    )  # fmt: skip


def _rows(found: Iterable[tuple[str, Standing]]) -> tuple[Row, ...]:
    return tuple(Row(name or "–", s.now, s.soon) for name, s in found)
