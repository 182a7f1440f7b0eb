"""Partners of a department as the operator sets them: whom its officers call first. The same rules as in the chat (R28)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.department_store import Desk, change, look
from bot.library.directory.rules import known_to_be_wrong
from bot.localtime import local_date
from bot.settings import Settings
from bot.store import training_partners
from bot.store.errors import NotThere
from bot.training.partners import open_line, phone_of
from bot.training.spoken import spoken_of


async def partners(settings: Settings, named: str) -> list[tuple[Any, str | None]]:
    """(row of the partner, its unit or None for the whole department)."""

    def work(desk: Desk, c: Connection, place: Any) -> list[tuple[Any, str | None]]:
        names = {u.id: u.name for u in desk.people.units(c, place.id)}
        return [(row, names.get(row.unit)) for row in training_partners.of_department(c, place.id)]

    return await look(settings, named, work)


async def add_partner(
    settings: Settings, named: str, name: str, phone: str, hours: str, unit: str | None, spoken: str | None = None
) -> None:
    """As a coordinator adds one in the chat. Raises `NotThere` for a name, number or hours that cannot stand."""
    kept, number, when = _line(name), _phone(phone), _line(hours)

    def work(desk: Desk, c: Connection, place: Any, now: float) -> None:
        of = desk.unit(c, place, unit).id if unit is not None else None
        if training_partners.add(c, place.id, of, kept, number, when, now, _at(spoken, place, now)) is None:
            raise NotThere(f"there are {training_partners.MOST} partners already: remove one first")

    await change(settings, named, "department_settings", work)


async def remove_partner(settings: Settings, named: str, name: str) -> None:
    """By its whole name. Raises `NotThere` where none, or more than one, is called so."""

    def work(_desk: Desk, c: Connection, place: Any, _now: float) -> None:
        training_partners.remove(c, place.id, _called(c, place, name).id)

    await change(settings, named, "department_settings", work)


async def change_partner(
    settings: Settings, named: str, called: str, name: str | None, phone: str | None, hours: str | None, unit: str | None, everybody: bool,
) -> None:  # fmt: skip
    """What is None stays. `everybody`: of the whole department again. Raises `NotThere`."""
    new: dict[str, Any] = {
        field: value
        for field, value in (
            ("name", _line(name) if name is not None else None), ("phone", _phone(phone) if phone is not None else None),
            ("hours", _line(hours) if hours is not None else None),
        )
        if value is not None
    }  # fmt: skip
    if not new and unit is None and not everybody:
        raise NotThere("say what: --name, --phone, --hours, --unit or --all-units")
    if unit is not None and everybody:
        raise NotThere("--unit and --all-units exclude each other")

    def work(desk: Desk, c: Connection, place: Any, _now: float) -> None:
        of = (
            {"unit": desk.unit(c, place, unit).id if unit is not None else None}
            if unit is not None or everybody
            else {}
        )
        training_partners.change(c, place.id, _called(c, place, called).id, **new, **of)

    await change(settings, named, "department_settings", work)


async def spoken(settings: Settings, named: str, name: str, when: str) -> None:
    """When somebody last spoke with them, in words. Raises `NotThere`."""

    def work(_desk: Desk, c: Connection, place: Any, now: float) -> None:
        training_partners.spoke(c, place.id, _called(c, place, name).id, _at(when, place, now))

    await change(settings, named, "department_settings", work)


def _called(c: Connection, place: Any, name: str) -> Any:
    """Its row. Raises `NotThere` where none, or more than one, is called so."""
    found = [row for row in training_partners.of_department(c, place.id) if row.name.casefold() == name.casefold()]
    if len(found) != 1:
        raise NotThere(f"{len(found)} partners are called {name!r}: waymark department partners lists them")
    return found[0]


def _at(words: str | None, place: Any, now: float) -> float | None:
    """Seconds since the epoch; None for not yet. Raises `NotThere` for what cannot be read."""
    if words is None:
        return None
    found = spoken_of(words, place.lang, local_date(now, place.zone))
    if found is None:
        raise NotThere(f'{words!r} is no day that was: write it as 2026-10-03, "last week", or "not yet"')
    return found.at(place.zone, now)


def _line(text: str) -> str:
    kept = open_line(text)
    if kept is None:
        raise NotThere(
            "a name and hours are one line of 2 to 80 letters each, and hold no address: only the front door is kept"
        )
    return kept


def _phone(text: str) -> str:
    number = phone_of(text)
    if number is None or known_to_be_wrong(text):
        raise NotThere(
            f"{text} is no number that can be kept: write it with the area code, as the program's own page has it"
        )
    return number
