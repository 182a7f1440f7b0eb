"""What is read of partners: by whoever coordinates, and first of all by officers who look for somebody to call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from bot.library.replies import Rendered
from bot.localtime import local_date
from bot.shown import Shown
from bot.store import training_partners as store
from bot.training import saying
from bot.training.paging import MARK, paged
from bot.training.rooms import Ask, Here, Replies, reply

PER_PAGE = 6
ROWS = frozenset({"officer_local_partners", "officer_placement_now"})
"""Rows whose answer begins with the officer's own partners."""
NOBODY = frozenset({"message:request.nobody.officer", "message:request.unanswered.officer"})
"""What an officer reads who asked for a place for somebody and got none: begins with them as well, when it is sent. Nothing of the request is known
here, and the department learns nothing of it (R26)."""


def words(what: str, ask: Ask) -> Shown | None:
    """For whoever coordinates now."""
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.coordinates else None


# -- first of all --------------------------------------------------------------------------------------------------------------


def before(here: Here, row: str) -> Replies | None:
    """What stands before content's answer to a row; None where the officer's department has no partner."""
    if row not in ROWS or here.member is None:
        return None
    found = store.for_officer(here.c, here.member.department, here.member.unit)
    return [reply("partners.first", handling=row)] if found else None


def first(what: str, ask: Ask) -> Shown | None:
    """For every officer of the department: those of their own unit, then those of all."""
    if what != "partners.first" or ask.here.member is None:
        return None
    rows = store.for_officer(ask.here.c, ask.here.member.department, ask.here.member.unit)
    if not rows:
        return None
    lines = "\n".join(f"• {_line(ask, row)}" for row in rows)
    return Shown(ask.message("partners.first", lines=lines))


# -- for who coordinates ---------------------------------------------------------------------------------------------------------


def _line(ask: Ask, row: Any) -> str:
    spoken = _spoken(ask, row)
    return ask.word("partner_line").format(name=row.name, phone=row.phone, hours=row.hours, date=spoken)


def _spoken(ask: Ask, row: Any) -> str:
    """When somebody last spoke with them; a quarter ago is said as well, so that nobody relies on it at night."""
    if row.spoken_at is None:
        return ask.word("never_spoken")
    zone = ask.rooms.people.department(ask.here.c, row.department).zone
    day = local_date(row.spoken_at, zone)
    shown = ask.word("spoken_on").format(date=saying.day(ask, day), year=day.year)
    return f"{shown} {ask.word('long_ago')}" if store.long_ago(row, ask.here.now) else shown


def _list(ask: Ask) -> Shown:
    rows = store.of_department(ask.here.c, ask.here.member.department)
    if not rows:
        return Shown(ask.message("partners.none"))
    page = max(0, min(int(ask.params.get("page", 0)), (len(rows) - 1) // PER_PAGE))
    buttons = [(_title(row.name), f"k:partner:{row.id}") for row in rows[page * PER_PAGE : (page + 1) * PER_PAGE]]
    if len(rows) > (page + 1) * PER_PAGE:
        buttons.append((ask.word("more"), f"k:partners:{page + 1}"))
    shown = ask.message("partners", count=len(rows))
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], []))


def _title(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:29]}…"


def _row(ask: Ask) -> Any:
    return store.get(ask.here.c, ask.here.member.department, int(ask.params.get("partner", 0)))


def _units(ask: Ask) -> list[Any]:
    return ask.rooms.people.units(ask.here.c, ask.here.member.department)


def _partner(ask: Ask) -> Shown:
    row = _row(ask)
    if row is None:
        return Shown(ask.message("old"))
    units = _units(ask)
    of = next((unit.name for unit in units if unit.id == row.unit), ask.word("everybody"))
    shown = ask.message("partner", name=row.name, phone=row.phone, hours=row.hours, unit=of, date=_spoken(ask, row))
    buttons = [
        (ask.word("spoke_now"), f"k:partner:{row.id}:spoke"), (ask.word("rename"), f"k:partner:{row.id}:name"),
        (ask.word("new_number"), f"k:partner:{row.id}:phone"), (ask.word("new_hours"), f"k:partner:{row.id}:hours"),
        (ask.word("spoke_then"), f"k:partner:{row.id}:spoken"),
    ]  # fmt: skip
    if units:
        buttons.append((ask.word("for_whom"), f"k:partner:{row.id}:unit"))
    buttons.append((ask.word("remove"), f"k:partner:{row.id}:remove"))
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], [], columns=2))


def _remove(ask: Ask) -> Shown:
    row = _row(ask)
    if row is None:
        return Shown(ask.message("old"))
    shown = ask.message("partner.remove", name=row.name)
    return Shown(Rendered(shown.text, [(ask.word("remove"), f"k:partner:{row.id}:remove:yes"), *shown.buttons], []))


def _unit(ask: Ask) -> Shown:
    """Whose a partner is: one that is there, or the one that is being added."""
    start = f"k:partner:{ask.params['partner']}:unit" if "partner" in ask.params else "k:partner:unit"
    here, more = paged(ask, _units(ask), f"{start}:{MARK}")
    buttons = [(ask.word("everybody"), f"{start}:none"), *((_title(u.name), f"{start}:{u.id}") for u in here), *more]
    shown = ask.message("partner.unit")
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], []))


def _confirm(ask: Ask) -> Shown:
    """What was said, before it counts."""
    draft = ask.rooms.drafts.get(ask.here.c, ask.here.chat)
    if draft.get("clerk") != "partners" or not {"name", "phone", "hours", "spoken", "unit"} <= draft.keys():
        return Shown(ask.message("old"))
    unit = next((u.name for u in _units(ask) if u.id == draft["unit"]), ask.word("everybody"))
    day = date.fromisoformat(draft["spoken"]) if draft["spoken"] else None
    spoken = ask.word("spoken_on").format(date=saying.day(ask, day), year=day.year) if day else ask.word("never_spoken")
    lines = "\n".join([draft["name"], draft["phone"], draft["hours"], spoken])
    return Shown(ask.message("partner.confirm", lines=lines, unit=unit))


def _due(ask: Ask) -> Shown | None:
    """A reminder names who was not spoken with for a quarter when it is read; nothing where all were rung since it was queued, or to whom
    wants to hear nothing by now."""
    rows = [r for r in store.of_department(ask.here.c, ask.here.member.department) if store.long_ago(r, ask.here.now)]
    if not rows or ask.here.member.paused_at is not None:
        return None
    lines = "\n".join(f"• {row.name}: {row.phone}" for row in rows)
    buttons = [(_title(row.name), f"k:partner:{row.id}") for row in rows]
    shown = ask.message("partners.due", lines=lines)
    place, now = ask.here.member.department, ask.here.now
    rendered = Rendered(shown.text, [*buttons, *shown.buttons], [])
    return Shown(rendered, done=lambda c: store.reminded(c, place, now))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "partners": _list, "partner": _partner, "partner.remove": _remove, "partner.unit": _unit, "partner.confirm": _confirm,
    "partners.due": _due,
}  # fmt: skip
