"""A schedule as data (ids of messages with parameters), to be put into plain words and confirmed before it counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.localtime import DAY_MINUTES, local_date, local_minute
from bot.training.schedule import Person, Schedule, next_days, next_planned

USUAL_WINDOW = 120
"""Minutes; only another one is read back."""
DATES = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the read-back: the id of a message and its parameters. Days are numbers (0 is Monday), times minutes of a day, None where that
    hangs on each officer's shift."""

    id: str
    params: Mapping[str, Any]


def read_back(schedule: Schedule, person: Person, now: float, before: Schedule | None = None) -> list[Line]:
    """What the schedule says and the next three dates on which it would ask `person`, for a yes or a no. `before`: what stands until then; an
    end that goes with it is said."""
    lines, today = [], local_date(now, schedule.zone)
    for slot in schedule.slots:
        days = sorted(slot.days)
        if slot.minute is None:
            lines.append(Line("schedule.before_shift", {"days": days, "minutes": slot.before}))
        else:
            lines.append(Line("schedule.at", {"days": days, "minute": slot.minute}))
    lines.append(Line("schedule.zone", {"zone": schedule.zone}))
    lines.append(Line("schedule.cards", {"cards": schedule.cards}))
    if schedule.starts > today:
        lines.append(Line("schedule.from", {"date": schedule.starts.isoformat()}))
    if schedule.ends is not None:
        lines.append(Line("schedule.until", {"date": schedule.ends.isoformat()}))
    elif before is not None and before.ends is not None:
        lines.append(Line("schedule.no_end", {"date": before.ends.isoformat()}))
    for pause in schedule.pauses:
        if pause.last >= today:
            name = "schedule.pause_day" if pause.first == pause.last else "schedule.pause"
            lines.append(Line(name, {"first_day": pause.first.isoformat(), "last_day": pause.last.isoformat()}))
    lines.append(
        Line("schedule.holidays_off" if schedule.holidays else "schedule.holidays_on", {"calendar": schedule.holidays})
    )
    if schedule.shifts is not None:
        lines.append(Line("schedule.shifts", {"pattern": schedule.shifts}))
    lines.append(Line("schedule.quiet", {"first": schedule.quiet.first, "last": schedule.quiet.last}))
    if schedule.window != USUAL_WINDOW:
        lines.append(Line("schedule.late", {"minutes": schedule.window}))
    dates = [
        {"date": day.isoformat(), "weekday": day.weekday(), "minute": minute}
        for day, minute in _coming(schedule, person, now)
    ]
    needs_shifts = any(slot.minute is None for slot in schedule.slots) and person.pattern is None
    lines.append(Line("schedule.next", {"dates": dates}))
    if needs_shifts:
        lines.append(Line("schedule.by_each_rota", {}))
    return lines


def _coming(schedule: Schedule, person: Person, now: float) -> list[tuple[date, int | None]]:
    """The next three dates with their minutes; None for a time before a shift that nobody has told."""
    found: list[tuple[date, int | None]] = [
        (p.day, local_minute(p.at, schedule.zone)) for p in next_planned(schedule, person, now, DATES)
    ]
    if person.pattern is None:
        before = frozenset().union(*(slot.days for slot in schedule.slots if slot.minute is None))
        found += [(day, None) for day in next_days(schedule, now) if day.weekday() in before][:DATES]
    return sorted(found, key=lambda one: (one[0], one[1] if one[1] is not None else DAY_MINUTES))[:DATES]
