"""What an officer reads about their own time, made when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.library.replies import Rendered
from bot.localtime import local_date, local_minute
from bot.shown import Shown
from bot.training import rota_draft
from bot.training.planner import person
from bot.training.rooms import Ask
from bot.training.saying import day, moment, next_dates, shifts, span, why_none
from bot.training.schedule import Hours, next_planned
from bot.training.schedule_json import NO_ROTA, rota_of


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


def told(ask: Ask) -> str:
    """The rota that holds for them, and whose it is; or that there is none."""
    own, found = ask.here.member.pattern, ask.rooms.people.schedule_of(ask.here.c, ask.here.member.id)
    pattern = rota_of(own, found.shifts if found is not None else None)
    if pattern is None:
        return ask.word("no_rota" if own == NO_ROTA else "no_shifts")
    said = shifts(ask, pattern)
    return said if own is not None else ask.word("shifts_of_unit").format(hours=said)


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
    quiet = span(ask, Hours(who.quiet_first, who.quiet_last)) if who.quiet_first is not None else ask.word("no_quiet")
    dates = next_dates(ask, 3)
    said = {"hours": told(ask), "time": quiet, "dates": bullets(dates) or why_none(ask)}
    shown = ask.message("hours", **said)
    found = ask.rooms.people.schedule_of(ask.here.c, who.id)
    back = who.pattern is not None and found is not None and found.shifts is not None
    own = [(ask.word("as_unit"), "k:hours:unit")] if back else []
    return Shown(Rendered(shown.text, [*shown.buttons, *own], []))


def _first(ask: Ask) -> Shown:
    return first_days(ask, zone_of(ask))


def first_days(ask: Ask, zone: str) -> Shown:
    """Which day the block of duty, or the round, began or begins on."""
    today = local_date(ask.here.now, zone)
    days = [today + timedelta(days=n) for n in range(-3, 5)]
    buttons = [(day(ask, one), f"k:hours:first:{one.isoformat()}") for one in days]
    shown = ask.message("hours.first")
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], [], columns=2))


def _confirm(ask: Ask) -> Shown:
    draft = ask.rooms.drafts.get(ask.here.c, ask.here.chat)
    pattern = rota_draft.pattern_of(draft) if draft.get("clerk") == "own_time" else None
    if pattern is None:
        return Shown(ask.message("old"))
    found = ask.rooms.people.schedule_of(ask.here.c, ask.here.member.id)
    duty = ask.rooms.people.on_duty_only(ask.here.c, ask.here.member.department)
    dates = why_none(ask)
    if found is not None:
        coming = next_planned(found, replace(person(ask.here.member, duty, None), pattern=pattern), ask.here.now)
        dates = bullets([moment(ask, one.day, local_minute(one.at, found.zone)) for one in coming]) or dates
    return Shown(ask.message("hours.confirm", hours=shifts(ask, pattern), dates=dates))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "snoozed": _snoozed, "off_duty": _off_duty, "hours": _hours, "hours.first": _first, "hours.confirm": _confirm,
}  # fmt: skip
