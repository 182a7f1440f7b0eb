"""What a coordinator reads while setting a department up, made when it is sent: its home, its times, what is read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.library.loading import LANGS, Library
from bot.library.replies import Rendered
from bot.localtime import local_date
from bot.shown import Shown
from bot.store.training_people import Set
from bot.training import own_time_words, rota_draft
from bot.training import setting_draft as drafting
from bot.training.rewording import NO_HOLIDAYS, merged
from bot.training.rooms import Ask
from bot.training.saying import clock_time, day, listed, schedule_lines, times, typical, weekday
from bot.training.schedule import next_planned
from bot.training.wordlist import half_of
from bot.training.words import Question, hour_said
from nlu.text import fold

SHORTEST_WORD = 4
"""Letters of a word that may name a zone alone."""
LONGEST_QUOTE = 40
"""Letters of theirs that a question repeats."""


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None else None


def zone_called(library: Library, text: str) -> str | None:
    """The zone that people call so, in either language: "Central time", "central". A word that several share ("time") names none."""
    said = fold(text).strip(" .")
    for lang in LANGS:
        names = {str(zone): fold(name) for zone, name in library.commands[lang]["training_zones"].items()}
        found = [zone for zone, name in names.items() if said == name]
        found = found or [zone for zone, name in names.items() if len(said) >= SHORTEST_WORD and said in name.split()]
        if len(found) == 1:
            return found[0]
    return None


def option_called(library: Library, lang: str, question: Question, text: str) -> str | None:
    """The option of `question` that `text` names and no more: "2 p.m.", "in the afternoon", "yes, please"."""
    if question.id == "am_or_pm":
        return half_of(text, lang)
    if question.id == "which_hour":
        return hour_said(question, text, lang)
    words = library.commands[lang]["training"]
    said = fold(text).split()
    if question.id == "how_long_before":
        return next((option for option in question.options if option in said), None)
    if question.id == "which_holidays":
        return NO_HOLIDAYS if said[:1] == [fold(words["not_in"])] else drafting.calendar_of(text) or None
    return next((option for option in question.options if said[:1] == [fold(str(words[option]))]), None)


def _confirm(ask: Ask) -> Shown | None:
    """The draft in plain words; where it does not stand any more, that is said instead."""
    draft = ask.rooms.drafts.get(ask.here.c, ask.here.chat)
    if draft.get("clerk") != "setting_up" or drafting.missing(draft) is not None:
        return Shown(ask.message("set.old"))
    rule = drafting.schedule(draft, local_date(ask.here.now, draft["zone"]))
    if isinstance(rule, Question):
        return Shown(ask.message("set.old"))
    named = _unit(ask, draft.get("unit", "")) or draft["name"]
    alone = drafting.pauses_alone(draft, local_date(ask.here.now, draft["zone"]))
    lines = "\n".join(schedule_lines(ask, rule, before=drafting.standing(draft)))
    return Shown(ask.message("set.pause.confirm" if alone else "set.confirm", name=named, lines=lines))


def _question(ask: Ask) -> Shown | None:
    """What has to be asked about their words, with the answers that there are as buttons."""
    draft = ask.rooms.drafts.get(ask.here.c, ask.here.chat)
    if draft.get("clerk") != "setting_up" or drafting.missing(draft) not in (None, "cards"):
        return Shown(ask.message("set.old"))
    found = drafting.schedule(draft, local_date(ask.here.now, draft["zone"]))
    if not isinstance(found, Question):
        return Shown(ask.message("set.old"))
    asked = ask.message(f"ask.{_which(found)}", **_params(ask, found))
    options = [(_option(ask, found, option), f"k:set:option:{option}") for option in found.options]
    return Shown(Rendered(asked.text, [*options, *asked.buttons], []))


def _which(question: Question) -> str:
    if question.id == "which_days":
        return "which_days" if "count" not in question.params else "which_days.count"
    return question.id


def _params(ask: Ask, question: Question) -> dict[str, Any]:
    said = dict(question.params)
    found: dict[str, Any] = {key: said[key] for key in ("word", "count") if key in said}
    if "days" in said:
        found["days"] = listed(ask, (weekday(ask, n) for n in said["days"]))
    if "hour" in said:
        found["time"] = f"{said['hour']}:{said['minute']:02d}"
    if "most" in said:
        found["number"] = said["most"]
    if "least" in said:
        found["count"] = said["least"]
    if "part" in said:
        found["part"] = ask.word(f"part_{said['part']}")
    if "text" in said:
        found["word"] = said["text"]
    return found | ({"word": str(found["word"])[:LONGEST_QUOTE]} if "word" in found else {})


def _option(ask: Ask, question: Question, option: str) -> str:
    if question.id == "am_or_pm":
        hour = question.params["hour"] % 12 + (12 if option == "pm" else 0)
        return clock_time(ask, hour * 60 + question.params["minute"])
    if question.id == "which_hour":
        return clock_time(ask, int(option[:2]) * 60 + int(option[3:]))
    if question.id == "how_long_before":
        return ask.word("minutes").format(count=option)
    if question.id == "which_holidays":
        return ask.word("no_holidays" if option == NO_HOLIDAYS else "federal_holidays")
    return ask.word(option)


def _rota(ask: Ask, wrong: bool = False) -> Shown | None:
    """What is asked about the shifts of the department or a unit, in the words in which an officer is asked about theirs."""
    draft = ask.rooms.drafts.get(ask.here.c, ask.here.chat)
    step = rota_draft.missing(draft["rota"]) if draft.get("clerk") == "setting_up" and "rota" in draft else None
    if step is None:
        return Shown(ask.message("set.old"))
    if step == "first" and not wrong:
        asked = own_time_words.first_days(ask, draft["zone"]).rendered
    else:
        asked = ask.message(f"hours.{step}.wrong" if wrong else f"hours.{step}")
    buttons = [(title, _set_payload(payload)) for title, payload in asked.buttons]
    return Shown(Rendered(asked.text, buttons, [], columns=asked.columns))


def _set_payload(payload: str) -> str:
    """A button of an officer's hours as one of a department's times."""
    step = payload.removeprefix("k:hours").removeprefix(":")
    return f"k:set:rota:{step}" if step else "k:set:back"


def _home(ask: Ask) -> Shown | None:
    if ask.here.member is None:
        return None
    people, c, place = ask.rooms.people, ask.here.c, ask.here.member.department
    row, found = people.department(c, place), people.schedule_for(c, place, None)
    waiting = len(people.waiting(c, place))
    times_said = times(ask, found.rule) if found is not None else ask.word("no_schedule")
    coming = (
        next_planned(found.rule, typical(ask, found.rule), ask.here.now, 1)
        if found is not None and found.active
        else []
    )
    if found is not None:
        times_said += _paused(ask, found)
    for one in coming:
        times_said += "\n" + ask.word("next_date").format(date=day(ask, one.day))
    shown = ask.message("home", name=row.name, count=people.count(c, place), times=times_said)
    if waiting:
        more = ask.message("home.waiting", count=waiting)
        return Shown(Rendered(f"{shown.text}\n\n{more.text}", [*more.buttons, *shown.buttons], [], columns=2))
    return Shown(Rendered(shown.text, shown.buttons, [], columns=2))


def _paused(ask: Ask, found: Set) -> str:
    """Behind the times: that nobody is asked now, and until when."""
    now = found.rule.pause_on(local_date(ask.here.now, found.rule.zone))
    if not found.active:
        return f" ({ask.word('paused')})"
    return f" ({ask.word('paused_to').format(date=day(ask, now.last))})" if now is not None else ""


def _schedule(ask: Ask) -> Shown | None:
    """The times of the department, or of one unit, with what can be changed."""
    if ask.here.member is None:
        return None
    people, c, place = ask.rooms.people, ask.here.c, ask.here.member.department
    unit = str(ask.params.get("unit") or "")
    named = _unit(ask, unit) if unit else people.department(c, place).name
    if named is None:
        return Shown(ask.message("set.old"))
    found = people.schedule_for(c, place, unit or None)
    if found is None:
        shown = ask.message("schedule.none" if not unit else "schedule.departments", name=named)
        return Shown(Rendered(shown.text, _for_unit(shown.buttons, unit), []))
    held = people.holds_for(c, place, unit or None) or found
    name = "schedule" if held.active else "schedule.paused" if not found.active else "schedule.paused_with_all"
    shown = ask.message(name, name=named, lines="\n".join(schedule_lines(ask, held.rule, dates=held.active)))
    own = [(ask.word("shared_times"), "k:set:drop")] if unit else []
    if held.active and merged(found.rule.pauses, local_date(ask.here.now, found.rule.zone)):
        own = [(ask.word("end_pause"), "k:set:active:1"), *own]
    return Shown(Rendered(shown.text, _for_unit([*shown.buttons[:-1], *own, *shown.buttons[-1:]], unit), [], columns=2))


def _for_unit(buttons: list[tuple[str, str]], unit: str) -> list[tuple[str, str]]:
    """Buttons that change something change it for this unit."""
    return [(title, f"{p}:{unit}" if unit and p.startswith("k:set:") else p) for title, p in buttons]


def _unit(ask: Ask, unit: str) -> str | None:
    if not unit or ask.here.member is None:
        return None
    rows = ask.rooms.people.units(ask.here.c, ask.here.member.department)
    return next((str(row.name) for row in rows if row.id == unit), None)


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "home": _home, "schedule": _schedule, "set.confirm": _confirm, "set.question": _question, "set.rota": _rota,
    "set.rota.wrong": lambda ask: _rota(ask, wrong=True),
}  # fmt: skip
