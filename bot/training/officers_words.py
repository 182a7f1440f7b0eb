"""What a coordinator reads about officers, units and rules: who is there, how they are reached and whether the basic course is completed, and
nothing of what they answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from bot.library.replies import Rendered
from bot.localtime import local_date
from bot.shown import Shown
from bot.training.deck import BASIC
from bot.training.paging import MARK, paged
from bot.training.rooms import Ask
from bot.training.saying import day, kept_for, year_day

PER_PAGE = 8
LONGEST_TITLE = 48
"""Letters on a button of its own row: a member with every mark."""


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.coordinates else None


def _place(ask: Ask) -> str:
    return str(ask.here.member.department)


def _units(ask: Ask) -> dict[str, str]:
    return {row.id: row.name for row in ask.rooms.people.units(ask.here.c, _place(ask))}


def _called(ask: Ask, row: Any) -> str:
    return ask.rooms.people.officer_id(row) or ask.word("no_id_of").format(number=row.id)


def _list(ask: Ask) -> Shown:
    rows = ask.rooms.people.members(ask.here.c, _place(ask))
    page = min(int(ask.params.get("page") or 0), max(0, (len(rows) - 1) // PER_PAGE))
    finished = _finished(ask)
    buttons = [
        (_line(ask, row, row.id in finished)[:LONGEST_TITLE], f"k:officer:{row.id}:show")
        for row in rows[page * PER_PAGE : (page + 1) * PER_PAGE]
    ]
    if (page + 1) * PER_PAGE < len(rows):
        buttons.append((ask.word("more"), f"k:officers:{page + 1}"))
    shown = ask.message("officers", count=len(rows))
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], []))


def _finished(ask: Ask) -> dict[int, str]:
    """By officer, when they completed the basic course: what the roster says as well."""
    return ask.rooms.completions.finished(ask.here.c, _place(ask), BASIC)


def _line(ask: Ask, row: Any, finished: bool) -> str:
    marks = [ask.word("coordinator")] if row.role == "coordinator" else []
    if ask.rooms.doors.unreachable(ask.here.c, [row]):
        marks.append(ask.word("unreachable"))
    elif row.paused_at is not None:
        marks.append(ask.word("paused"))
    called = _called(ask, row)
    return ", ".join([ask.word("finished").format(id=called) if finished else called, *marks])


def _one(ask: Ask) -> Any:
    row = ask.rooms.people.by_number(ask.here.c, int(ask.params["member"]))
    return row if row is not None and row.department == _place(ask) and row.left_at is None else None


def _officer(ask: Ask) -> Shown:
    row = _one(ask)
    if row is None:
        return Shown(ask.message("set.old"))
    zone = ask.rooms.people.department(ask.here.c, _place(ask)).zone
    last = _finished(ask).get(row.id)
    course = ask.word("basic_done").format(date=year_day(ask, date.fromisoformat(last))) if last else None
    said = {
        "id": _called(ask, row), "unit": _units(ask).get(row.unit, ask.word("no_unit")),
        "date": day(ask, local_date(row.joined_at, zone)), "role": ask.word("coordinator" if row.role == "coordinator" else "officer"),
        "course": course or ask.word("basic_open"),
    }  # fmt: skip
    shown = ask.message("officer", **said)
    if ask.rooms.doors.unreachable(ask.here.c, [row]):
        shown = replace(shown, text=f"{shown.text}\n\n{ask.message('officer.unreachable').text}")
    other = "officer" if row.role == "coordinator" else "coordinator"
    role = (ask.word(f"make_{other}"), f"k:officer:{row.id}:role:{other}")
    buttons = [(title, f"k:officer:{row.id}:{payload.removeprefix('k:set:')}") for title, payload in shown.buttons]
    return Shown(Rendered(shown.text, [*buttons, role, (ask.word("all_officers"), "k:officers")], [], columns=2))


def _move(ask: Ask) -> Shown:
    row = _one(ask)
    if row is None:
        return Shown(ask.message("set.old"))
    shown = ask.message("officer.move", id=_called(ask, row))
    others = [(unit, name) for unit, name in _units(ask).items() if unit != row.unit]
    here, more = paged(ask, others, f"k:officer:{row.id}:move:{MARK}")
    buttons = [*((name[:34], f"k:officer:{row.id}:move:{unit}") for unit, name in here), *more]
    if row.unit is not None:
        buttons.append((ask.word("no_unit"), f"k:officer:{row.id}:move:none"))
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], []))


def _remove(ask: Ask) -> Shown:
    row = _one(ask)
    if row is None:
        return Shown(ask.message("set.old"))
    shown = ask.message("officer.remove", id=_called(ask, row))
    return Shown(Rendered(shown.text, [(ask.word("remove"), f"k:officer:{row.id}:remove:yes"), *shown.buttons], []))


def _unit_list(ask: Ask) -> Shown:
    units = list(_units(ask).items())
    shown = ask.message("units" if units else "units.none")
    here, more = paged(ask, units, "k:units:")
    buttons = [(name[:34], f"k:unit:{unit}:show") for unit, name in here]
    return Shown(Rendered(shown.text, [*buttons, *more, *shown.buttons], []))


def _unit(ask: Ask) -> Shown:
    unit = str(ask.params["unit"])
    name = _units(ask).get(unit)
    if name is None:
        return Shown(ask.message("set.old"))
    count = len(ask.rooms.people.members(ask.here.c, _place(ask), unit))
    shown = ask.message("unit", name=name, count=count)
    buttons = [
        (ask.word("own_times"), f"k:set:for:{unit}"), (ask.word("rename"), f"k:unit:{unit}:name"), (ask.word("remove"), f"k:unit:{unit}:remove"),
    ]  # fmt: skip
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], [], columns=2))


def _unit_remove(ask: Ask) -> Shown:
    unit = str(ask.params["unit"])
    name = _units(ask).get(unit)
    if name is None:
        return Shown(ask.message("set.old"))
    shown = ask.message("unit.remove", name=name)
    return Shown(Rendered(shown.text, [(ask.word("remove"), f"k:unit:{unit}:remove:yes"), *shown.buttons], []))


def _settings(ask: Ask) -> Shown:
    row = ask.rooms.people.department(ask.here.c, _place(ask))
    duty, ranking = ("on" if row.on_duty_only else "off"), ("on" if row.ranking else "off")
    said = {
        "name": row.name, "hours": ask.word(f"duty_{duty}"), "score": ask.word(f"ranking_{ranking}"), "time": kept_for(ask, row.keep_days),
        "instructor": ask.rooms.people.instructor(row) or row.name,
    }  # fmt: skip
    shown = ask.message("settings", **said)
    buttons = [
        (ask.word(f"duty_turn_{duty}"), f"k:rule:duty:{0 if row.on_duty_only else 1}"),
        (ask.word(f"ranking_turn_{ranking}"), f"k:rule:ranking:{0 if row.ranking else 1}"),
    ]
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], []))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "officers": _list, "officer": _officer, "officer.move": _move, "officer.remove": _remove, "units": _unit_list, "unit": _unit,
    "unit.remove": _unit_remove, "settings": _settings,
}  # fmt: skip
