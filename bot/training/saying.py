"""Days, times and schedules in plain words, from the small words of `commands.yml` (group `training`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from bot.localtime import local_date, local_minute
from bot.training import rotas
from bot.training.planner import person
from bot.training.read_back import Line, read_back
from bot.training.rooms import Ask, Here
from bot.training.rounds import runs
from bot.training.schedule import Hours, Pattern, Person, Planned, Schedule, next_planned

YEAR = 365
"""Days of a written retention that are said as a year."""


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


def _dated(ask: Ask, when: date) -> str:
    """The same, with its year where that is not this one."""
    found = day(ask, when)
    same = when.year == local_date(ask.here.now, "UTC").year
    return found if same else ask.word("dated").format(date=found, year=when.year)


def year_day(ask: Ask, when: date) -> str:
    """June 2, 2026."""
    return ask.word("date_year").format(day=when.day, month=ask.word(f"month_{when.month}"), year=when.year)


def kept_for(ask: Ask, days: int | None) -> str:
    """A written retention: in years where it is whole ones, else in days; None is no end."""
    if days is None:
        return ask.word("kept_open")
    years, rest = divmod(days, YEAR)
    number, unit = (years, "year") if not rest else (days, "day")
    return ask.word(f"kept_{unit}" if number == 1 else f"kept_{unit}s").format(count=number)


def moment(ask: Ask, when: date, minute: int) -> str:
    return ask.word("moment").format(day=day(ask, when), time=clock_time(ask, minute))


def listed(ask: Ask, things: Iterable[str]) -> str:
    """a, b and c."""
    found = list(things)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {ask.word('and')} {found[-1]}" if found else ""


def span(ask: Ask, hours: Hours) -> str:
    return ask.word("span").format(first=clock_time(ask, hours.first), last=clock_time(ask, hours.last))


def shifts(ask: Ask, pattern: Pattern) -> str:
    """A rota: "Monday and Friday, 7:00 a.m. to 3:00 p.m.", "2 days 7:00 a.m. to 7:00 p.m., 2 off, …"."""
    named = rotas.name_of(pattern)
    if named is None:
        turns = ", ".join(_turn(ask, count, tour) for count, tour in runs(pattern))
        return ask.word("rota_turns").format(turns=turns, date=day(ask, pattern.anchor))
    on = [n for n, tour in enumerate(pattern.tours) if tour is not None]
    hours = span(ask, next(tour for tour in pattern.tours if tour is not None))
    if named == rotas.FIXED:
        days = listed(
            ask, (weekday(ask, n) for n in sorted((pattern.anchor + timedelta(days=n)).weekday() for n in on))
        )
        return ask.word("moment").format(day=days, time=hours)
    return ask.word(f"rota_{named}").format(time=hours, date=day(ask, pattern.anchor))


def _turn(ask: Ask, count: int, tour: Hours | None) -> str:
    """Some days of a rota in a row; a tour that ends on the next day is a night."""
    what = "off" if tour is None else "days" if tour.first < tour.last else "nights"
    return ask.word(f"turn_{what}" if count > 1 else f"turn_{what}_one").format(
        count=count, time=span(ask, tour) if tour is not None else ""
    )


def coming(ask: Ask, here: Here, count: int) -> list[Planned]:
    """When this officer is asked next; empty where nothing is set, it has ended, or they are paused."""
    schedule = ask.rooms.people.schedule_of(here.c, here.member.id)
    if schedule is None or here.member.paused_at is not None:
        return []
    duty = ask.rooms.people.on_duty_only(here.c, here.member.department)
    return next_planned(schedule, person(here.member, duty, schedule.shifts), here.now, count)


def typical(ask: Ask, rule: Schedule) -> Person:
    """Somebody of the department who told nothing of their own time: by the rota of the schedule, if it has one."""
    who = ask.here.member
    duty = who is None or ask.rooms.people.on_duty_only(ask.here.c, who.department)
    return Person(rule.shifts, on_duty_only=duty)


def seen(ask: Ask, word: str) -> str:
    """Who else sees what an officer answers: nobody, or what the department shows of persons and since when, where it turned that on."""
    place = ask.rooms.people.department(ask.here.c, ask.here.member.department)
    if not place.ranking:
        return ask.word(word)
    return ask.word(f"{word}_listed").format(date=year_day(ask, local_date(place.ranking_since or 0.0, place.zone)))


def next_dates(ask: Ask, count: int) -> list[str]:
    """The same in words."""
    schedule = ask.rooms.people.schedule_of(ask.here.c, ask.here.member.id)
    if schedule is None:
        return []
    found = coming(ask, ask.here, count)
    return [moment(ask, one.day, local_minute(one.at, schedule.zone)) for one in found]


def why_none(ask: Ask) -> str:
    """Instead of a date: they pause, nothing is set, or what is set never falls into their hours."""
    if ask.here.member.paused_at is not None:
        return ask.word("while_paused")
    found = ask.rooms.people.schedule_of(ask.here.c, ask.here.member.id)
    return ask.word("no_date" if found is None else "never_meets")


def zone_name(ask: Ask, zone: str) -> str:
    """As people call it, or the name of the IANA list."""
    return ask.rooms.library.commands[ask.here.lang]["training_zones"].get(zone, zone)


def schedule_lines(ask: Ask, rule: Schedule, dates: bool = True, before: Schedule | None = None) -> list[str]:
    """A schedule read back, a line each, the next three dates at the end; without these while it is paused. Where it never falls into its own
    shifts, that is said. `before`: what stands until a yes."""
    lines = read_back(rule, typical(ask, rule), ask.here.now, before)
    found = [line for one in lines if dates or one.id != "schedule.next" for line in _line(ask, one)]
    never = rule.shifts is not None and any(one.id == "schedule.next" and not one.params["dates"] for one in lines)
    return [*found, ask.word("shifts_never_meet")] if never else found


def times(ask: Ask, rule: Schedule) -> str:
    """Only when: "Tuesday, 7:00 a.m.; Friday, before the shift"."""
    found = (
        line for one in read_back(rule, typical(ask, rule), ask.here.now) for line in _line(ask, one) if one.id in _WHEN
    )
    return "; ".join(found)


_WHEN = ("schedule.at", "schedule.before_shift")


def _line(ask: Ask, line: Line) -> list[str]:
    said: Mapping[str, Any] = line.params
    if line.id in _WHEN:
        days = listed(ask, (weekday(ask, n) for n in said["days"]))
        if line.id == "schedule.before_shift":
            return [ask.word("before_shift").format(days=days, minutes=said["minutes"])]
        return [ask.word("moment").format(day=days, time=clock_time(ask, said["minute"]))]
    if line.id == "schedule.next":
        return _coming(ask, said["dates"])
    if line.id in ("schedule.pause", "schedule.pause_day"):
        first, last = (_dated(ask, date.fromisoformat(said[key])) for key in ("first_day", "last_day"))
        return [ask.word(_words_of(line)).format(first=first, last=last)]
    if line.id == "schedule.shifts":
        return [ask.word("shifts_line").format(hours=shifts(ask, said["pattern"]))]
    return [ask.word(_words_of(line)).format_map(_spoken(ask, said))]


def _words_of(line: Line) -> str:
    name = line.id.partition(".")[2]
    if name == "cards":
        return "one_card" if line.params["cards"] == 1 else "some_cards"
    if name == "holidays_off":
        return "holidays_federal" if line.params["calendar"] == "US" else "holidays_state"
    other = {
        "zone": "in_zone",
        "from": "from_date",
        "until": "until_date",
        "quiet": "quiet_hours",
        "pause": "paused_from",
        "pause_day": "paused_on",
    }
    return other.get(name, name)


def _spoken(ask: Ask, said: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(said)
    if "zone" in found:
        found["zone"] = zone_name(ask, found["zone"])
    if "date" in found:
        when = date.fromisoformat(found["date"])
        found |= {"date": day(ask, when), "year": when.year}
    if "calendar" in found:
        found["calendar"] = found["calendar"].removeprefix("US-")
    return found | {key: clock_time(ask, said[key]) for key in ("first", "last") if key in said}


def _when(ask: Ask, when: date, minute: int | None) -> str:
    """A date; its time, or that it is before a shift."""
    return ask.word("on_shift").format(day=day(ask, when)) if minute is None else moment(ask, when, minute)


def _coming(ask: Ask, dates: Iterable[Mapping[str, Any]]) -> list[str]:
    found = [_when(ask, date.fromisoformat(one["date"]), one["minute"]) for one in dates]
    return [ask.word("next_dates"), *(f"• {one}" for one in found)] if found else []
