"""A schedule in the operator's words, and what it comes to in plain ones. Pure."""

from __future__ import annotations

import re
from calendar import day_abbr, day_name
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import available_timezones

from bot.localtime import local_date
from bot.store.errors import NotThere
from bot.training.calendars import is_calendar
from bot.training.pauses import CUES
from bot.training.read_back import Line, read_back
from bot.training.rewording import changes, merged
from bot.training.rotas import FIXED, days_of, name_of, tour_of
from bot.training.rounds import day_of, pattern_of_turns, runs, turns_of
from bot.training.schedule import MOST_CARDS, Hours, Pattern, Person, Schedule, problems
from bot.training.words import Question, Reading, read

EXAMPLE = '"every Tuesday 7am and Friday before shift"'
PAUSE = '"until January 5", "December 20 to January 3" or "the week of Thanksgiving"'
ROUND = "2 days 7am-7pm, 2 nights 7pm-7am, 4 off"
_HOURS = {"morning": 8 * 60, "afternoon": 14 * 60, "evening": 19 * 60}
_WRONG = {
    "no_slot": "it says no day and time",
    "too_many": "it asks more often than it says",
    "cards": f"1 to {MOST_CARDS} cards are asked each time",
    "ends_first": "it ends before it begins",
    "zone": "there is no such time zone; one is America/Chicago",
    "holidays": "there is no such calendar of holidays; one is US, or US-TX",
    "night_open": "nobody is asked between midnight and 5 a.m.",
    "in_quiet": "a time lies in the quiet hours, 9 p.m. to 7 a.m.: name one between 7:00 a.m. and 8:59 p.m., or say before shift: who told their shifts is asked then, also at night",
}


def schedule(
    text: str, zone: str, lang: str, holidays: str, now: float, often: bool = False, base: Schedule | None = None
) -> Schedule:
    """The words in the department's language, else in the other one. `often`: more than two times a week is meant. `base`: what stands
    now, which holds on where nothing else is said (`rewording.py`). Raises `NotThere` with what has to be said more clearly."""
    today = local_date(now, good_zone(zone))
    answers = {"too_many": "yes"} if often else {}
    found = _read(text, lang, today, answers)
    if found.open_pause and not found.slots:
        raise NotThere("a pause without an end is: waymark department pause")
    said = changes(found, base, zone, holidays, today, answers)
    if isinstance(said, Question):
        raise NotThere(f"{_question(said)}. Say it like {EXAMPLE}")
    said |= {} if found.cards is None else {"cards": found.cards}
    return good(replace(base, zone=zone, **said) if base is not None else Schedule(zone=zone, **said))


def paused(text: str, lang: str, base: Schedule, now: float) -> Schedule | None:
    """What stands with a pause in words, in the department's language or the other one: "until January 5", "the week of Thanksgiving". None
    for one without an end. Raises `NotThere`."""
    today = local_date(now, base.zone)
    for one in (lang, "es" if lang == "en" else "en"):
        for words in (text, f"{CUES[one]} {text}"):
            found = read(words, one, today)
            if isinstance(found, Reading) and not found.slots:
                return (
                    None
                    if found.open_pause
                    else good(replace(base, pauses=merged([*base.pauses, *found.pauses], today)))
                )
    raise NotThere(f"{text!r} is no span of days: say it like {PAUSE}")


def _read(text: str, lang: str, today: date, answers: Mapping[str, str]) -> Reading:
    """In this language, else in the other one. Raises `NotThere` with what has to be said more clearly."""
    found = read(text, lang, today, answers)
    if isinstance(found, Question):
        other = read(text, "es" if lang == "en" else "en", today, answers)
        found = other if isinstance(other, Reading) else found
    if isinstance(found, Question):
        asked = _question(found)
        raise NotThere(f"{asked}{'' if asked.endswith(('?', '.')) else '.'} Say it like {EXAMPLE}")
    return found


def good(rule: Schedule) -> Schedule:
    """Raises `NotThere` for one that may not stand."""
    wrong = problems(rule)
    if wrong:
        raise NotThere("this cannot stand: " + "; ".join(_WRONG[name] for name in wrong))
    return rule


def good_zone(zone: str) -> str:
    """Raises `NotThere`."""
    if zone not in available_timezones():
        raise NotThere(f"{zone!r} is no time zone: one is America/Chicago")
    return zone


def good_holidays(code: str) -> str:
    """As a schedule has it: "" for none. Raises `NotThere`."""
    if code.lower() == "none":
        return ""
    if not is_calendar(code):
        raise NotThere(f"{code!r} is no calendar of holidays: one is US, or US-TX; none means no holidays")
    return code


def lines(rule: Schedule, now: float, on_duty_only: bool = True, before: Schedule | None = None) -> list[str]:
    """What a schedule says, in plain words, with the next three dates for an officer who told no rota of their own. `before`: what stands until
    a yes."""
    return [_line(line) for line in read_back(rule, Person(rule.shifts, on_duty_only=on_duty_only), now, before)]


def _line(line: Line) -> str:
    p = line.params
    match line.id:
        case "schedule.at":
            return f"every {_days(p['days'])} at {_clock(p['minute'])}"
        case "schedule.before_shift":
            return f"every {_days(p['days'])}, {p['minutes']} minutes before the officer's shift"
        case "schedule.zone":
            return f"in the time zone {p['zone']}"
        case "schedule.cards":
            return f"{p['cards']} card{'' if p['cards'] == 1 else 's'} each time at most"
        case "schedule.from":
            return f"from {p['date']}"
        case "schedule.until":
            return f"until {p['date']}"
        case "schedule.no_end":
            return f"no end any more (it was {p['date']})"
        case "schedule.pause":
            return f"paused from {p['first_day']} to {p['last_day']}"
        case "schedule.pause_day":
            return f"paused on {p['first_day']}"
        case "schedule.holidays_off":
            return f"not on holidays ({p['calendar']})"
        case "schedule.holidays_on":
            return "also on holidays"
        case "schedule.shifts":
            return f"shifts of who told none of their own: {_rota(p['pattern'])}"
        case "schedule.quiet":
            return f"never from {_clock(p['first'])} to {_clock(p['last'])}, except in an officer's own shift or just before it, and never in their own quiet time"
        case "schedule.late":
            return f"{p['minutes']} minutes late at most"
        case "schedule.next":
            dates = ", ".join(f"{day_abbr[d['weekday']]} {d['date']} {_when(d['minute'])}" for d in p["dates"])
            return f"next: {dates or 'no date in the next 120 days'}"
        case _:
            return "before a shift: the time depends on each officer's own shift, for those who told theirs (/hours)"


def _question(question: Question) -> str:
    p: Mapping[str, Any] = question.params
    match question.id:
        case "not_understood":
            return f"{p['word']!r} is not understood"
        case "am_or_pm":
            at = f"{p['hour']}:{p['minute']:02d}"
            return f"{at} may be morning or evening: write {at}am or {at}pm"
        case "which_hour":
            return f"{p['part']} is no time: write it, as in {_days(p['days'])} {_clock(_HOURS[p['part']])}"
        case "how_long_before":
            return f"{p['minutes']} minutes before a shift do not work: {p['least']} to {p['most']} do"
        case "which_holidays":
            return "there are no holidays set, and the zone does not tell the country: add --holidays US, or US-TX"
        case "which_pause":
            return f"from when to when is the pause? It is said like {PAUSE}"
        case "which_time":
            return f"there is no time for {_days(p['days'])}"
        case "which_days":
            if "count" in p:
                return f"{p['count']} times a week, but on which days?"
            return f"on which days at {_clock(p['minute'])}?" if "minute" in p else "before shift, but on which days?"
        case "before_shift_or_time":
            return "a day has both a time and before shift: name one of them for each day"
        case "too_many":
            return f"that is {p['count']} times a week, and more than {p['most']} tires people: leave days out, or add --often"
        case "every_other":
            return "every other week is not there: name days of every week"
        case "which_date":
            return f"{p['text']!r} may be more than one date: write it as 2026-12-31"
        case _:
            return "it says no day and time"


def shifts(text: str, lang: str, first: str | None, today: date) -> Pattern | None:
    """A rota in words: "2 days 7am-7pm, 2 nights 7pm-7am, 4 off" with its first day, "Monday to Friday 7am-3pm", or none. Raises `NotThere`."""
    if text.lower() == "none":
        return None
    turns = turns_of(text, lang)
    if turns is not None:
        day = day_of(first, lang, today) if first is not None else None
        if day is None:
            raise NotThere("a round of shifts needs its first day: --from 2026-12-01")
        return pattern_of_turns(day, turns)
    said = re.fullmatch(r"(?P<days>\D+?),?\s+(?P<hours>\d.*)", text.strip())
    for one in (lang, "es" if lang == "en" else "en") if said else ():
        days, hours = days_of(said["days"], one), tour_of(said["hours"])  # type: ignore[index]
        if days and hours is not None:
            return Pattern.fixed(days, hours)
    raise NotThere(f'{text!r} is not understood: say shifts like "{ROUND}", "Monday to Friday 7am-3pm", or none')


def _rota(pattern: Pattern) -> str:
    if name_of(pattern) == FIXED:
        on = sorted((pattern.anchor + timedelta(days=n)).weekday() for n, tour in enumerate(pattern.tours) if tour)
        return f"{_days(on)}, {_span(next(tour for tour in pattern.tours if tour))}"
    turns = ", ".join(f"{count} {'off' if tour is None else 'on ' + _span(tour)}" for count, tour in runs(pattern))
    return f"{turns}, and again, from {pattern.anchor}"


def _span(hours: Hours) -> str:
    return f"{_clock(hours.first)} to {_clock(hours.last)}"


def _days(days: Iterable[int]) -> str:
    names = [day_name[day] for day in days]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _when(minute: int | None) -> str:
    return "before the shift" if minute is None else _clock(minute)


def _clock(minute: int) -> str:
    hour, part = divmod(minute % 1440, 60)
    return f"{(hour % 12) or 12}:{part:02d} {'a.m.' if hour < 12 else 'p.m.'}"
