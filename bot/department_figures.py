"""What a department knows now, as figures that may leave, for the operator's command: those of the chat (`bot/training/figures.py`).

Nothing here names a person.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.department_store import Desk, look
from bot.localtime import local_date
from bot.settings import Settings
from bot.training import figures as known
from bot.training.calibration import FEWEST, Fit
from bot.training.chart import Progress, Reach
from bot.training.progress import Standing


@dataclass(frozen=True, slots=True)
class Figures:
    """As `figures.Figures` and `figures.Lasts`, with `topics`, `units` and what fades by name, as the department reads it. `skipped`: refreshers
    that were not sent, by reason, where that tells of no single officer. `picture`: the same to be drawn."""

    name: str
    days: int
    reach: Reach
    finished: int | None
    recall: float | None
    topics: dict[str, Standing]
    units: dict[str, Standing]
    fades_next: list[str]
    before: float | None
    whole: Fit
    topic_fits: dict[str, Fit]
    unit_fits: dict[str, Fit]
    sent: int
    skipped: dict[str, int]
    picture: Progress


def enough(skipped: dict[str, int], officers: int, fewest: int = FEWEST) -> dict[str, int]:
    """Reasons that were met at least five times, in a department of at least five."""
    return {reason: n for reason, n in sorted(skipped.items()) if n >= fewest} if officers >= fewest else {}


async def figures(settings: Settings, named: str, days: int) -> Figures:
    """Over the last `days` days where a time matters. Raises `NotThere`."""

    def work(desk: Desk, c: Connection, place: Any) -> Figures:
        now, deck = time.time(), desk.deck
        found, lasts = known.figures(desk, c, place.id, now, days), known.lasts(c, place.id, now)
        units = {row.id: row.name for row in desk.people.units(c, place.id)}
        today = local_date(now, place.zone)
        span = f"{(today - timedelta(days=days)).isoformat()} – {today.isoformat()}"

        def by_topic(values: dict[str, Any]) -> dict[str, Any]:
            return {deck.topic(name, place.lang): value for name, value in values.items()}

        def by_unit(values: dict[str, Any]) -> dict[str, Any]:
            return {units[unit]: value for unit, value in values.items() if unit in units}

        return Figures(
            found.name, days, found.reach, found.finished, found.recall, by_topic(found.topics), by_unit(found.units),
            [deck.topic(name, place.lang) for name in found.fades], lasts.before, lasts.whole, by_topic(lasts.topics),
            by_unit(lasts.units), found.sent, enough(found.skipped, found.reach.officers or 0),
            known.picture(found, deck, place.lang, units, span),
        )  # fmt: skip

    return await look(settings, named, work)
