"""Schedules and rotas as the JSON of a row. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from bot.training.schedule import Hours, Pattern, Pause, Schedule, Slot

NO_ROTA = "none"
"""In place of a rota: this officer has no fixed shifts, whatever their unit works."""


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
        | ({"shifts": _raw(schedule.shifts)} if schedule.shifts is not None else {})
        | ({"pauses": [[one.first, one.last] for one in schedule.pauses]} if schedule.pauses else {})
    ).decode()


@lru_cache(maxsize=1024)
def load(text: str) -> Schedule:
    """What `dump` wrote."""
    raw: dict[str, Any] = orjson.loads(text)
    ends = raw["ends"]
    return Schedule(
        tuple(Slot(frozenset(days), minute, before) for days, minute, before in raw["slots"]), raw["zone"],
        date.fromisoformat(raw["starts"]), date.fromisoformat(ends) if ends else None, raw["cards"], raw["per_week"], raw["holidays"],
        Hours(*raw["quiet"]), raw["window"], _pattern(raw["shifts"]) if "shifts" in raw else None,
        tuple(Pause(*map(date.fromisoformat, one)) for one in raw.get("pauses", ())),
    )  # fmt: skip


def with_pauses_of(rule: Schedule, other: Schedule) -> Schedule:
    """The same with the pauses of another one besides: a unit's with its department's."""
    return replace(rule, pauses=tuple(sorted({*rule.pauses, *other.pauses}))) if other.pauses else rule


@lru_cache(maxsize=1024)
def dumped_with_pauses_of(text: str, other: str) -> str:
    """`with_pauses_of` of what `dump` wrote."""
    return dump(with_pauses_of(load(text), load(other)))


def dump_pattern(pattern: Pattern) -> str:
    """JSON of a rota."""
    return orjson.dumps(_raw(pattern)).decode()


@lru_cache(maxsize=1024)
def load_pattern(text: str) -> Pattern:
    """What `dump_pattern` wrote."""
    return _pattern(orjson.loads(text))


def rota_of(own: str | None, shifts: Pattern | None) -> Pattern | None:
    """The rota that holds for an officer: `own`, the column `member.pattern`, which may be `NO_ROTA`; where they said nothing, their unit's."""
    if own is None:
        return shifts
    return None if own == NO_ROTA else load_pattern(own)


def _raw(pattern: Pattern) -> dict[str, Any]:
    tours = [None if t is None else [t.first, t.last] for t in pattern.tours]
    return {"anchor": pattern.anchor, "tours": tours}


def _pattern(raw: dict[str, Any]) -> Pattern:
    return Pattern(date.fromisoformat(raw["anchor"]), tuple(None if t is None else Hours(*t) for t in raw["tours"]))
