"""Days, times and schedules in plain words, from the small words of `commands.yml` (group `training`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.localtime import local_minute
from bot.training.planner import person
from bot.training.rooms import Ask, Here
from bot.training.schedule import Planned, next_planned


def clock_time(ask: Ask, minute: int) -> str:
    """7:00 a.m., 7:00; as the language has it."""
    hour, part = divmod(minute % 1440, 60)
    half = ask.word("am" if hour < 12 else "pm")
    return ask.word("time").format(hour=(hour % 12) or 12, hour24=hour, minute=f"{part:02d}", half=half)


def weekday(ask: Ask, number: int) -> str:
    """0 is Monday."""
    return ask.word(f"day_{number}")


def day(ask: Ask, when: date) -> str:
    """Tuesday, June 2."""
    return ask.word("date").format(
        weekday=weekday(ask, when.weekday()), day=when.day, month=ask.word(f"month_{when.month}")
    )


def moment(ask: Ask, when: date, minute: int) -> str:
    return ask.word("moment").format(day=day(ask, when), time=clock_time(ask, minute))


def listed(ask: Ask, things: Iterable[str]) -> str:
    """a, b and c."""
    found = list(things)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {ask.word('and')} {found[-1]}" if found else ""


def coming(ask: Ask, here: Here, count: int) -> list[Planned]:
    """When this officer is asked next; empty where nothing is set, it has ended, or they are paused."""
    schedule = ask.rooms.people.schedule_of(here.c, here.member.id)
    if schedule is None or here.member.paused_at is not None:
        return []
    duty = ask.rooms.people.on_duty_only(here.c, here.member.department)
    return next_planned(schedule, person(here.member, duty), here.now, count)


def next_dates(ask: Ask, count: int) -> list[str]:
    """The same in words."""
    schedule = ask.rooms.people.schedule_of(ask.here.c, ask.here.member.id)
    if schedule is None:
        return []
    found = coming(ask, ask.here, count)
    return [moment(ask, one.day, local_minute(one.at, schedule.zone)) for one in found]
