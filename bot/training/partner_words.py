"""What is read about partners, made when it is sent: the coordinator's list, and what stands first in an officer's answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.library.replies import Rendered
from bot.localtime import local_date
from bot.shown import Shown
from bot.store import training_partners as partners
from bot.training.rooms import Ask, Here, Replies, Rooms, reply
from bot.training.saying import day


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.coordinates else None


# -- for officers ------------------------------------------------------------------------------------------------------------------


def first(rooms: Rooms, here: Here, row: str) -> Replies | None:
    """What stands before the answer of a row of the catalogue; None where there is no partner."""
    if here.member is None or not partners.for_officer(here.c, here.member.department, here.member.unit):
        return None
    return [reply("partners.first", handling=row)]


def shown_first(what: str, ask: Ask) -> Shown | None:
    """Those of their own unit first, each with when somebody of the department last spoke with them."""
    if what != "partners.first" or ask.here.member is None:
        return None
    rows = partners.for_officer(ask.here.c, ask.here.member.department, ask.here.member.unit)
    if not rows:
        return None
    return Shown(ask.message("partners.first", lines="\n\n".join(_lines(ask, row) for row in rows)))


def _lines(ask: Ask, row: Any) -> str:
    return "\n".join([row.name, row.phone, row.hours, _spoken(ask, row)])


def _spoken(ask: Ask, row: Any) -> str:
    if row.spoken_at is None:
        return ask.word("never_spoken")
    zone = ask.rooms.people.department(ask.here.c, row.department).zone
    when = day(ask, local_date(row.spoken_at, zone))
    old = row.spoken_at <= ask.here.now - partners.QUARTER
    return ask.word("spoken_old" if old else "spoken").format(date=when)


# -- for coordinators --------------------------------------------------------------------------------------------------------------


def _place(ask: Ask) -> str:
    return str(ask.here.member.department)


def _one(ask: Ask) -> Any:
    return partners.get(ask.here.c, _place(ask), int(ask.params["partner"]))


def _list(ask: Ask) -> Shown:
    rows = partners.of_department(ask.here.c, _place(ask))
    shown = ask.message("partners" if rows else "partners.none")
    return Shown(
        Rendered(shown.text, [(row.name[:34], f"k:partner:{row.id}:show") for row in rows] + shown.buttons, [])
    )


def _partner(ask: Ask) -> Shown:
    row = _one(ask)
    if row is None:
        return Shown(ask.message("old"))
    shown = ask.message("partner", lines=_lines(ask, row), unit=_unit_name(ask, row.unit))
    return Shown(Rendered(shown.text, [*_buttons(ask, row), *shown.buttons], [], columns=2))


def _buttons(ask: Ask, row: Any) -> list[tuple[str, str]]:
    names = (("spoke", "spoke"), ("new_phone", "phone"), ("new_hours", "hours"), ("remove", "remove"))
    return [(ask.word(word), f"k:partner:{row.id}:{what}") for word, what in names]


def _ring(ask: Ask) -> Shown | None:
    row = _one(ask)
    if row is None:
        return None
    shown = ask.message("partner.ring", lines=_lines(ask, row))
    return Shown(Rendered(shown.text, [*_buttons(ask, row), *shown.buttons], [], columns=2))


def _remove(ask: Ask) -> Shown:
    row = _one(ask)
    if row is None:
        return Shown(ask.message("old"))
    shown = ask.message("partner.remove", name=row.name)
    return Shown(Rendered(shown.text, [(ask.word("remove"), f"k:partner:{row.id}:remove:yes"), *shown.buttons], []))


def _unit_name(ask: Ask, unit: str | None) -> str:
    rows = ask.rooms.people.units(ask.here.c, _place(ask))
    return next((row.name for row in rows if row.id == unit), ask.word("everybody"))


def _units(ask: Ask) -> Shown:
    shown = ask.message("partner.unit")
    buttons = [(row.name[:34], f"k:partner:unit:{row.id}") for row in ask.rooms.people.units(ask.here.c, _place(ask))]
    return Shown(Rendered(shown.text, [(ask.word("everybody"), "k:partner:unit:"), *buttons, *shown.buttons], []))


def _confirm(ask: Ask) -> Shown:
    draft = ask.rooms.drafts.get(ask.here.c, ask.here.chat)
    if draft.get("clerk") != "partners" or not {"name", "phone", "hours", "unit"} <= draft.keys():
        return Shown(ask.message("old"))
    lines = "\n".join([draft["name"], draft["phone"], draft["hours"]])
    return Shown(ask.message("partner.confirm", lines=lines, unit=_unit_name(ask, draft["unit"])))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "partners": _list, "partner": _partner, "partner.ring": _ring, "partner.remove": _remove, "partner.unit": _units,
    "partner.confirm": _confirm,
}  # fmt: skip
