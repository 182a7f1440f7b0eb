"""What is read about links and joining, made when it is sent: a code is opened from the sealed draft only then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.library.replies import Attachment, Rendered
from bot.localtime import local_date, local_minute
from bot.shown import Shown
from bot.training import invitations
from bot.training.invitations import Invitation
from bot.training.paging import paged
from bot.training.rooms import Ask
from bot.training.saying import day, moment

ONE_EACH, ONE_FOR_ALL = "each", "all"
PER_PAGE = 8
HASH = 16
"""Characters of a link's keyed hash that name it on a button."""
STAYS = 3600.0
"""Seconds after which a link goes from the screen of whoever made it."""


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.coordinates else None


def _zone(ask: Ask) -> str:
    return str(ask.rooms.people.department(ask.here.c, ask.here.member.department).zone)


def _draft(ask: Ask) -> dict[str, Any]:
    found = ask.rooms.drafts.get(ask.here.c, ask.here.chat)
    return found if found.get("clerk") == "inviting" else {}


def _units(ask: Ask) -> Shown:
    shown = ask.message("invite.unit")
    rows = ask.rooms.people.units(ask.here.c, ask.here.member.department)
    here, more = paged(ask, rows, "k:invite:officer:")
    buttons = [(ask.word("everybody"), "k:invite:unit:"), *((row.name[:30], f"k:invite:unit:{row.id}") for row in here)]
    return Shown(Rendered(shown.text, [*buttons, *more, *shown.buttons], []))


def _kind(ask: Ask) -> Shown:
    """For how many and of which unit it will be; one link for all of them, or one each."""
    draft = _draft(ask)
    if "count" not in draft:
        return Shown(ask.message("set.old"))
    rows = ask.rooms.people.units(ask.here.c, ask.here.member.department)
    unit = next((row.name for row in rows if row.id == draft.get("unit")), None)
    return Shown(ask.message("invite.kind", count=draft["count"], unit=unit or ask.word("everybody")))


def _invitation(ask: Ask) -> Shown:
    """The link, or how many there are; the files are a tap away."""
    draft = _draft(ask)
    if "codes" not in draft:
        return Shown(ask.message("set.old"))
    ends = _ends(ask, draft)
    codes: Sequence[str] = draft["codes"]
    if len(codes) > 1:
        return Shown(ask.message("invitation.each", count=len(codes), date=ends), stays=STAYS)
    link = ask.rooms.link(codes[0])
    name = {"coordinator": "invitation.coordinator", "phone": "invitation.phone"}.get(draft["role"], "invitation")
    name = "invitation.one" if name == "invitation" and draft["kind"] == ONE_EACH else name
    return Shown(ask.message(name, link=link, count=draft["count"], date=ends), stays=STAYS)


def _file(ask: Ask) -> Shown:
    """A picture of one code, a table, a sheet to print."""
    draft, kind = _draft(ask), str(ask.params.get("kind"))
    if "codes" not in draft:
        return Shown(ask.message("set.old"))
    expires = local_date(draft["expires"], _zone(ask))
    listed = [
        Invitation(_label(ask, draft, n), ask.rooms.link(code), expires) for n, code in enumerate(draft["codes"], 1)
    ]
    file = _attachment(ask, kind, listed)
    if file is None:
        return Shown(ask.message("set.old"))
    return Shown(replace(ask.message("invitation.file"), file=file), stays=STAYS)


def _attachment(ask: Ask, kind: str, listed: Sequence[Invitation]) -> Attachment | None:
    phrases = ask.rooms.deck.courses.phrases.get(ask.here.lang) or ask.rooms.deck.courses.phrases["en"]
    said = phrases.invitations
    if kind == "sheet":
        return invitations.sheet(listed, said, ask.here.lang)
    if kind == "table":
        return invitations.table(listed, said)
    return invitations.picture(listed[0], said) if kind == "picture" else None


def _label(ask: Ask, draft: dict[str, Any], number: int) -> str:
    rows = ask.rooms.people.units(ask.here.c, ask.here.member.department)
    place = ask.rooms.people.department(ask.here.c, ask.here.member.department).name
    unit = next((row.name for row in rows if row.id == draft["unit"]), None)
    return f"{unit or place} {number}" if len(draft["codes"]) > 1 else str(unit or place)


def _ends(ask: Ask, draft: dict[str, Any]) -> str:
    zone = _zone(ask)
    return moment(ask, local_date(draft["expires"], zone), local_minute(draft["expires"], zone))


def _links(ask: Ask) -> Shown:
    """Links by which somebody may still join, each with a tap that ends it."""
    people, c, place = ask.rooms.people, ask.here.c, ask.here.member.department
    every, zone = people.open_links(c, place, ask.here.now), _zone(ask)
    if not every:
        return Shown(ask.message("links.none"))
    page = min(int(ask.params.get("page") or 0), (len(every) - 1) // PER_PAGE)
    first = page * PER_PAGE
    rows = every[first : first + PER_PAGE]
    units = {row.id: row.name for row in people.units(c, place)}
    lines, buttons = [], []
    for number, row in enumerate(rows, first + 1):
        whom = _whom(ask, row.role, units.get(row.unit))
        ends = day(ask, local_date(row.expires_at, zone))
        used, most = (row.used, row.most) if row.member is None else (0, 1)  # of a new phone's, tries are counted
        lines.append(ask.word("link_line").format(number=number, whom=whom, used=used, most=most, date=ends))
        buttons.append((ask.word("revoke").format(number=number), f"k:revoke:{row.code[:HASH]}"))
    if first + PER_PAGE < len(every):
        buttons.append((ask.word("more"), f"k:links:{page + 1}"))
    if len(every) > 1:
        buttons.append((ask.word("revoke_all"), "k:revoke:all"))
    shown = ask.message("links", lines="\n".join(lines))
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], [], columns=2))


def _whom(ask: Ask, role: str, unit: str | None) -> str:
    if role == "coordinator":
        return ask.word("coordinator")
    return unit or ask.word("everybody")


def _asked(ask: Ask) -> Shown | None:
    """Who waits for a tap: the digits that they say aloud, and no id, since nobody is asked for one before they are in. Once it is decided, that is
    what is shown."""
    people = ask.rooms.people
    row = people.asks(ask.here.c, ask.here.member.department, int(ask.params["number"]))
    if row is None:
        return None
    if row.accepted is not None:
        return Shown(ask.message("join.decided"))
    zone = _zone(ask)
    units = {u.id: u.name for u in people.units(ask.here.c, ask.here.member.department)}
    at = moment(ask, local_date(row.asked_at, zone), local_minute(row.asked_at, zone))
    shown = ask.message(
        "join.asked", number=people.spoken(row.id), unit=_whom(ask, row.role, units.get(row.unit)), time=at
    )
    buttons = [(ask.word("let_in"), f"k:join:{row.id}:y"), (ask.word("not_in"), f"k:join:{row.id}:n")]
    return Shown(Rendered(shown.text, buttons, [], columns=2))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "invite.unit": _units, "invite.kind": _kind, "invitation": _invitation, "invite.file": _file, "links": _links, "join.asked": _asked,
}  # fmt: skip
