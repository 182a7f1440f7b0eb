"""What new words change of the times that stand, and what stays: an end, a first day, pauses and holidays hold until something else is
said of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.training.calendars import calendar_of_zone, is_calendar
from bot.training.schedule import Pause, Schedule
from bot.training.words import Question, Reading

NO_HOLIDAYS = "none"


def changes(
    found: Reading, base: Schedule | None, zone: str, holidays: str, today: date, answers: Mapping[str, str]
) -> dict[str, Any] | Question:
    """Fields of the schedule that comes of it. `base`: what stands; `holidays`: the calendar that stands, "" for none. Without slots in the
    words those of `base` stay; where there are none either, they are asked for."""
    calendar = _holidays(found.on_holidays, holidays, zone, answers)
    if isinstance(calendar, Question):
        return calendar
    pauses = merged([*(base.pauses if base is not None else ()), *found.pauses], today)
    if not found.slots:
        return {"holidays": calendar, "pauses": pauses} if base is not None else Question("nothing")
    starts = found.starts or (base.starts if base is not None else today)
    return {
        "slots": found.slots, "per_week": found.per_week, "starts": starts, "ends": _ends(found, base, starts, today),
        "holidays": calendar, "pauses": pauses,
    }  # fmt: skip


def _ends(found: Reading, base: Schedule | None, starts: date, today: date) -> date | None:
    """An end that is over, or before a first day that was said now, is none; it is said when all is read back."""
    if found.ends is not None or found.no_end or base is None or base.ends is None:
        return found.ends
    return base.ends if base.ends >= max(starts, today) else None


def _holidays(said: bool | None, standing: str, zone: str, answers: Mapping[str, str]) -> str | Question:
    """ "Not on holidays" where none are set means those of the zone's country; where that is not clear, it is asked."""
    if said is None or (said is False and standing):
        return standing
    if said:
        return ""
    answer = answers.get("which_holidays")
    if answer is not None and (answer == NO_HOLIDAYS or is_calendar(answer)):
        return "" if answer == NO_HOLIDAYS else answer
    return calendar_of_zone(zone) or Question("which_holidays", {}, ("US", NO_HOLIDAYS))


def merged(pauses: Iterable[Pause], today: date) -> tuple[Pause, ...]:
    """In order, without those that are over; what touches is one."""
    found: list[Pause] = []
    for one in sorted(pause for pause in pauses if pause.last >= today):
        if found and one.first <= found[-1].last + timedelta(days=1):
            found[-1] = Pause(found[-1].first, max(found[-1].last, one.last))
        else:
            found.append(one)
    return tuple(found)


def resumed(rule: Schedule, active: bool, today: date) -> Schedule:
    """What holds once somebody goes on: the pause that holds today ends; where there is none, and nothing was paused without an end, those to
    come do."""
    left = merged((pause for pause in rule.pauses if today not in pause), today)
    if active and len(left) == len(merged(rule.pauses, today)):
        left = ()
    return replace(rule, pauses=left)
