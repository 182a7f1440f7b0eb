"""What an officer reads about their own time, made when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.library.replies import Rendered
from bot.localtime import local_date, local_minute
from bot.shown import Shown
from bot.training import rotas
from bot.training.planner import person
from bot.training.rooms import Ask
from bot.training.saying import clock_time, day, listed, moment, next_dates, weekday, why_none
from bot.training.schedule import Hours, Pattern, next_planned
from bot.training.schedule_json import load_pattern

WEEK = 7


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.member is not None else None


def zone_of(ask: Ask) -> str:
    """Their schedule's, else their department's."""
    found = ask.rooms.people.schedule_of(ask.here.c, ask.here.member.id)
    return (
        found.zone
        if found is not None
        else str(ask.rooms.people.department(ask.here.c, ask.here.member.department).zone)
    )


def span(ask: Ask, hours: Hours) -> str:
    return ask.word("span").format(first=clock_time(ask, hours.first), last=clock_time(ask, hours.last))


def shifts(ask: Ask, pattern: Pattern | None) -> str:
    """A rota in words."""
    if pattern is None:
        return ask.word("no_shifts")
    on = [n for n, tour in enumerate(pattern.tours) if tour is not None]
    hours = span(ask, next(tour for tour in pattern.tours if tour is not None))
    if len(pattern.tours) == WEEK:
        days = listed(ask, (weekday(ask, (pattern.anchor + timedelta(days=n)).weekday()) for n in on))
        return ask.word("moment").format(day=days, time=hours)
    name = "rota_44" if len(pattern.tours) == 8 else "rota_223"
    return ask.word(name).format(time=hours, date=day(ask, pattern.anchor))


def bullets(dates: list[str]) -> str:
    return "\n".join(f"• {one}" for one in dates)


def _snoozed(ask: Ask) -> Shown:
    until, zone = ask.here.member.snoozed_until or ask.here.now, zone_of(ask)
    return Shown(ask.message("snoozed", date=moment(ask, local_date(until, zone), local_minute(until, zone))))


def _off_duty(ask: Ask) -> Shown:
    until = ask.here.member.off_until or ask.here.now
    return Shown(ask.message("off_duty.until", date=day(ask, local_date(until, zone_of(ask)))))


def _hours(ask: Ask) -> Shown:
    who = ask.here.member
    pattern = load_pattern(who.pattern) if who.pattern else None
    quiet = span(ask, Hours(who.quiet_first, who.quiet_last)) if who.quiet_first is not None else ask.word("no_quiet")
    dates = next_dates(ask, 3)
    said = {"hours": shifts(ask, pattern), "time": quiet, "dates": bullets(dates) or why_none(ask)}
    return Shown(ask.message("hours", **said))


def _first(ask: Ask) -> Shown:
    """Which day the block of duty began or begins on."""
    today = local_date(ask.here.now, zone_of(ask))
    days = [today + timedelta(days=n) for n in range(-3, 5)]
    buttons = [(day(ask, one), f"k:hours:first:{one.isoformat()}") for one in days]
    shown = ask.message("hours.first")
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], [], columns=2))


def _confirm(ask: Ask) -> Shown:
    draft = ask.rooms.drafts.get(ask.here.c, ask.here.chat)
    pattern = rotas.pattern_of(draft) if draft.get("clerk") == "own_time" else None
    if pattern is None:
        return Shown(ask.message("old"))
    found = ask.rooms.people.schedule_of(ask.here.c, ask.here.member.id)
    duty = ask.rooms.people.on_duty_only(ask.here.c, ask.here.member.department)
    dates = why_none(ask)
    if found is not None:
        coming = next_planned(found, replace(person(ask.here.member, duty), pattern=pattern), ask.here.now)
        dates = bullets([moment(ask, one.day, local_minute(one.at, found.zone)) for one in coming]) or dates
    return Shown(ask.message("hours.confirm", hours=shifts(ask, pattern), dates=dates))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "snoozed": _snoozed, "off_duty": _off_duty, "hours": _hours, "hours.first": _first, "hours.confirm": _confirm,
}  # fmt: skip
