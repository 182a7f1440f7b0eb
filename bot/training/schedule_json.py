"""Schedules and rotas as the JSON of a row. Pure."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from bot.training.schedule import Hours, Pattern, Schedule, Slot


def dump(schedule: Schedule) -> str:
    """JSON of everything."""
    return orjson.dumps(
        {
            "slots": [[sorted(s.days), s.minute, s.before] for s in schedule.slots],
            "zone": schedule.zone,
            "starts": schedule.starts,
            "ends": schedule.ends,
            "cards": schedule.cards,
            "per_week": schedule.per_week,
            "holidays": schedule.holidays,
            "quiet": [schedule.quiet.first, schedule.quiet.last],
            "window": schedule.window,
        }
    ).decode()


@lru_cache(maxsize=1024)
def load(text: str) -> Schedule:
    """What `dump` wrote."""
    raw: dict[str, Any] = orjson.loads(text)
    ends = raw["ends"]
    return Schedule(
        tuple(Slot(frozenset(days), minute, before) for days, minute, before in raw["slots"]), raw["zone"],
        date.fromisoformat(raw["starts"]), date.fromisoformat(ends) if ends else None, raw["cards"], raw["per_week"], raw["holidays"],
        Hours(*raw["quiet"]), raw["window"],
    )  # fmt: skip


def dump_pattern(pattern: Pattern) -> str:
    """JSON of a rota."""
    tours = [None if t is None else [t.first, t.last] for t in pattern.tours]
    return orjson.dumps({"anchor": pattern.anchor, "tours": tours}).decode()


@lru_cache(maxsize=1024)
def load_pattern(text: str) -> Pattern:
    """What `dump_pattern` wrote."""
    raw = orjson.loads(text)
    return Pattern(date.fromisoformat(raw["anchor"]), tuple(None if t is None else Hours(*t) for t in raw["tours"]))
