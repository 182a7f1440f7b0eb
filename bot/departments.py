"""What the operator does about departments: the same as a coordinator in the chat, for all of them. Each opens the store for itself,
beside a bot that may be running."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.department_store import Desk, change, good_name, look, opened
from bot.localtime import local_date
from bot.settings import Settings
from bot.store import training_departments as table
from bot.store.errors import NotThere
from bot.store.training_departments import Gone
from bot.store.training_people import COORDINATOR, OFFICER
from bot.training.deck import BASIC
from bot.training.rewording import resumed
from bot.training.schedule import Schedule
from bot.training.schedule_json import load


@dataclass(frozen=True, slots=True)
class Listed:
    """A department as the operator sees it."""

    id: str
    name: str
    zone: str
    lang: str
    coordinators: int
    officers: int
    schedule: str
    """set, paused or none"""


@dataclass(frozen=True, slots=True)
class Officer:
    """`number` names them in commands; `officer_id` is what the department gave; `basic_completed` the last day of their latest completion of the
    basic course, ISO, as on the roster. Nothing of what they answered."""

    number: int
    officer_id: str | None
    role: str
    unit: str | None
    paused: bool
    blocked: bool
    """Nothing can be delivered until they write again: they blocked the bot, or have no chat with it any more."""
    basic_completed: str | None


# -- departments -----------------------------------------------------------------------------------------------------------------


async def find(settings: Settings, named: str) -> Any:
    """The row of a department. Raises `NotThere`."""
    return await look(settings, named, lambda _desk, _c, place: place)


async def listed(settings: Settings) -> list[Listed]:
    """All of them, by name."""
    async with opened(settings) as desk:

        def every(c: Connection) -> list[Listed]:
            officers, coordinators = table.counts(c, OFFICER), table.counts(c, COORDINATOR)
            return [
                Listed(r.id, r.name, r.zone, r.lang, coordinators.get(r.id, 0), officers.get(r.id, 0), _state(c, r.id))
                for r in table.every(c)
            ]

        return await desk.database.read(every)


def _state(c: Connection, whose: str) -> str:
    row = table.rule_of(c, whose)
    if row is None:
        return "none"
    rule = load(row.rule)
    paused = not row.active or rule.pause_on(local_date(time.time(), rule.zone)) is not None
    return "paused" if paused else "set"


async def name_is_free(settings: Settings, name: str) -> None:
    """Raises `NotThere` where a department has this name already, since nobody could tell the two apart."""
    async with opened(settings) as desk:
        await desk.database.read(lambda c: _is_free(c, name))


def _is_free(c: Connection, name: str) -> None:
    if any(row.name.casefold() == name.casefold() for row in table.every(c)):
        raise NotThere(f"there is a department {name!r} already: add its county or state to the name")


async def add(
    settings: Settings, name: str, zone: str, lang: str, holidays: str, rule: Schedule | None, keep_days: int | None
) -> str:
    """Its id. The department and its schedule, or neither. Raises `NotThere`."""
    name = good_name(name)
    async with opened(settings) as desk:

        def make(c: Connection) -> str:
            now = time.time()
            _is_free(c, name)
            made = desk.people.add_department(c, name, zone, lang, now, holidays, keep_days)
            if rule is not None:
                desk.people.set_schedule(c, made, None, rule, now)
            desk.note(c, "department_added", now)
            return made

        return await desk.database.write(make)


async def settings_of(settings: Settings, named: str, instructor: str | None = None, **values: Any) -> tuple[Any, str]:
    """The row with `values` (on_duty_only, ranking, keep_days) set, and who stands on rosters as instructor from now on; "" for `instructor` is
    the department itself, None changes nothing. Raises `NotThere`."""

    def shown(desk: Desk, c: Connection, place: Any) -> tuple[Any, str]:
        row = desk.people.department(c, place.id)
        return row, desk.people.instructor(row) or row.name

    def work(desk: Desk, c: Connection, place: Any, now: float) -> tuple[Any, str]:
        if values:
            desk.people.change_department(c, place.id, now, **values)
        if instructor is not None:
            try:
                desk.people.set_instructor(c, place.id, instructor or None)
            except ValueError as wrong:
                raise NotThere(str(wrong)) from None
        return shown(desk, c, place)

    if not values and instructor is None:
        return await look(settings, named, shown)
    return await change(settings, named, "department_settings", work)


async def rename(settings: Settings, named: str, name: str) -> None:
    """Raises `NotThere` where another department is called so already."""
    name = good_name(name)

    def work(desk: Desk, c: Connection, place: Any, now: float) -> None:
        if name.casefold() != place.name.casefold():
            _is_free(c, name)
        desk.people.change_department(c, place.id, now, name=name)

    await change(settings, named, "department_renamed", work)


async def delete(settings: Settings, named: str, completions_too: bool) -> Gone:
    """All of it but completions, and with `completions_too` these as well. Who was in it is a guest again."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> Gone:
        if completions_too:
            desk.completions.take_away(c, [kept.seq for kept in desk.completions.of_department(c, place.id)])
        gone = table.remove_department(c, place.id, now)
        for chat in gone.chats:
            desk.doors.out(c, chat, now)
        return gone

    return await change(settings, named, "department_removed", work)


# -- schedules -------------------------------------------------------------------------------------------------------------------


async def schedule_now(settings: Settings, named: str, unit: str | None) -> tuple[Schedule | None, bool]:
    """(what is set for the department or the unit itself, whether it is on)."""

    def work(desk: Desk, c: Connection, place: Any) -> tuple[Schedule | None, bool]:
        row = table.rule_of(c, desk.unit(c, place, unit).id if unit is not None else place.id)
        return (load(row.rule), bool(row.active)) if row is not None else (None, False)

    return await look(settings, named, work)


async def holds_now(settings: Settings, named: str, unit: str | None) -> tuple[Schedule | None, bool]:
    """The same with what the department's own pauses do to a unit."""

    def work(desk: Desk, c: Connection, place: Any) -> tuple[Schedule | None, bool]:
        found = desk.people.holds_for(c, place.id, desk.unit(c, place, unit).id if unit is not None else None)
        return (found.rule, found.active) if found is not None else (None, False)

    return await look(settings, named, work)


async def switch(settings: Settings, named: str, unit: str | None, active: bool) -> None:
    """Pause a schedule, or go on with it, which ends its pauses as in the chat. What is planned or queued by it goes at once."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> None:
        whose = desk.unit(c, place, unit) if unit is not None else None
        row = table.rule_of(c, whose.id if whose is not None else place.id)
        if row is None:
            what = f"the unit {whose.name}" if whose is not None else place.name
            raise NotThere(f"{what} has no schedule of its own: `waymark department schedule` sets one")
        unit_id, rule = whose.id if whose is not None else None, load(row.rule)
        rule = resumed(rule, bool(row.active), local_date(now, rule.zone)) if active else rule
        desk.people.set_schedule(c, place.id, unit_id, rule, now, active=active)

    await change(settings, named, "schedule_on" if active else "schedule_off", work)


# -- units and officers ----------------------------------------------------------------------------------------------------------


async def units(settings: Settings, named: str) -> list[tuple[str, int, str]]:
    """(name, officers, own schedule: set, paused or none), by name."""

    def work(desk: Desk, c: Connection, place: Any) -> list[tuple[str, int, str]]:
        found = desk.people.units(c, place.id)
        return [(u.name, len(desk.people.members(c, place.id, u.id)), _state(c, u.id)) for u in found]

    return await look(settings, named, work)


async def add_unit(settings: Settings, named: str, unit: str) -> None:
    unit = good_name(unit)

    def work(desk: Desk, c: Connection, place: Any, _now: float) -> None:
        _unit_is_free(desk, c, place, unit)
        desk.people.add_unit(c, place.id, unit)

    await change(settings, named, "unit_added", work)


async def rename_unit(settings: Settings, named: str, unit: str, name: str) -> None:
    name = good_name(name)

    def work(desk: Desk, c: Connection, place: Any, _now: float) -> None:
        row = desk.unit(c, place, unit)
        _unit_is_free(desk, c, place, name, but=row.id)
        desk.people.rename_unit(c, row.id, name)

    await change(settings, named, "unit_renamed", work)


async def remove_unit(settings: Settings, named: str, unit: str) -> None:
    """Its officers stay in the department."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> None:
        desk.people.remove_unit(c, desk.unit(c, place, unit).id, now)

    await change(settings, named, "unit_removed", work)


def _unit_is_free(desk: Desk, c: Connection, place: Any, name: str, but: str | None = None) -> None:
    """Raises `NotThere` where another unit is called so."""
    taken = desk.people.unit_called(c, place.id, name, but)
    if taken is not None:
        raise NotThere(f"{place.name} has a unit {name!r} already ({taken.name}): choose another name")


async def officers(settings: Settings, named: str) -> list[Officer]:
    """In order of joining."""

    def work(desk: Desk, c: Connection, place: Any) -> list[Officer]:
        names = {u.id: u.name for u in desk.people.units(c, place.id)}
        rows = desk.people.members(c, place.id)
        blocked, finished = desk.doors.unreachable(c, rows), desk.completions.finished(c, place.id, BASIC)
        return [
            Officer(
                row.id, desk.people.officer_id(row), row.role, names.get(row.unit), row.paused_at is not None, row.id in blocked,
                finished.get(row.id),
            )
            for row in rows
        ]  # fmt: skip

    return await look(settings, named, work)


async def move(settings: Settings, named: str, number: int, unit: str | None) -> None:
    """An officer to another unit of the same department, or to none."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> None:
        row = desk.officer(c, place, number)
        desk.people.move(c, row.id, desk.unit(c, place, unit).id if unit is not None else None, now)

    await change(settings, named, "officer_moved", work)


async def remove(settings: Settings, named: str, number: int) -> int:
    """The officer is a guest again. Returns how many coordinators are left."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> int:
        desk.doors.leave(c, desk.officer(c, place, number).id, now)
        return len(desk.people.coordinators(c, place.id))

    return await change(settings, named, "officer_removed", work)
