"""What the operator does to who is on call: programs, rotas, advocates. Each opens the store for itself, beside a bot that may be
running."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.keeping import OPERATOR, store
from bot.oncall import programs, rota
from bot.oncall.model import Advocate, Program, Shift
from bot.settings import Settings
from bot.store.audit import Audit
from bot.store.errors import NotThere
from bot.store.oncall import OnCall

NAME_LENGTH = 10
"""Digits of an advocate's keyed hash that stand for them in lists and rotas."""
SHOWN_DAYS = 14


@dataclass(frozen=True, slots=True)
class Person:
    """An advocate as the operator sees them: no name is kept."""

    name: str
    advocate: Advocate
    pin: bool
    locked: bool


async def import_programs(settings: Settings, path: Path) -> list[str]:
    """Ids of what was put in. Raises `FileError`."""
    found = programs.load(path)
    async with store(settings) as (database, keys):
        oncall = OnCall(keys)

        def put(c: Connection) -> None:
            for one in found:
                oncall.put_program(c, one, time.time())

        await database.write(put)
    return [one.id for one in found]


async def list_programs(settings: Settings) -> list[Program]:
    async with store(settings) as (database, keys):
        return await database.read(OnCall(keys).programs)


async def remove_program(settings: Settings, program: str) -> None:
    """Raises `NotThere` where there is none, and while somebody is on its rota or holds a request."""
    async with store(settings) as (database, keys):
        oncall, now = OnCall(keys), time.time()

        def remove(c: Connection) -> None:
            coming = [one for one in oncall.shifts_between(c, now, float("inf")) if one.program == program]
            if any(one.out_at is None for one in coming):
                raise NotThere(
                    f"{program} has shifts still: import a rota without lines first, and wait until who is on is off"
                )
            if oncall.program_holds(c, program):
                raise NotThere(f"an advocate of {program} has a request still: wait until it is closed")
            if not oncall.remove_program(c, program):
                raise NotThere(f'there is no program "{program}": `waymark program list` names them')

        await database.write(remove)


async def import_rota(settings: Settings, path: Path, weeks: int) -> int:
    """Replaces the program's shifts that have not begun by those of the file, for so many weeks from now; who is on now and not there
    yet is put in too. Returns how many are new. Raises `FileError`."""
    async with store(settings) as (database, keys):
        oncall, now = OnCall(keys), time.time()

        def replace(c: Connection) -> int:
            known: dict[str, list[str]] = {one.id: [] for one in oncall.programs(c)}
            zones = {one.id: one.zone for one in oncall.programs(c)}
            for one in oncall.advocates(c):
                if one.program in known:
                    known[one.program].append(one.chat)
            sheet = programs.load_rota(path, known)
            zone = zones[sheet.program]
            first = rota.today(zone, now) - timedelta(days=1)  # last night's may still run
            planned = rota.shifts(sheet.weekly, sheet.program, zone, first, weeks * 7 + 1, sheet.holidays)
            twice = rota.overlaps(planned)
            if twice:
                late = twice[0][1]
                who, at = late.chat[:NAME_LENGTH], local(late.starts_at, zone)
                raise programs.FileError(path, [f"{who} is on twice at once, from {at}"])
            rows = [(shift.chat, shift.starts_at, shift.ends_at) for shift in planned]
            return oncall.replace_rota(c, sheet.program, rows, now)

        return await database.write(replace)


async def show_rota(settings: Settings) -> dict[str, list[tuple[Shift, str]]]:
    """Shifts of the next two weeks by program, each with its zone."""
    async with store(settings) as (database, keys):
        oncall, now = OnCall(keys), time.time()

        def look(c: Connection) -> dict[str, list[tuple[Shift, str]]]:
            zones = {one.id: one.zone for one in oncall.programs(c)}
            found: dict[str, list[tuple[Shift, str]]] = defaultdict(list)
            for one in oncall.shifts_between(c, now, now + SHOWN_DAYS * 86400):
                found[one.program].append((one, zones.get(one.program, "UTC")))
            return dict(sorted(found.items()))

        return await database.read(look)


async def swap(settings: Settings, shift: int, name: str) -> None:
    """Raises `NotThere` where that cannot be."""
    async with store(settings) as (database, keys):
        oncall, now = OnCall(keys), time.time()

        def change(c: Connection) -> None:
            other = _named(oncall, c, name)
            if not oncall.swap(c, shift, other, now):
                raise NotThere(
                    "no swap: the shift is over, theirs already, of another program, or they have one that begins then"
                )
            Audit(keys).note(c, OPERATOR, "swapped", None, now)

        await database.write(change)


async def list_advocates(settings: Settings) -> list[Person]:
    async with store(settings) as (database, keys):
        oncall = OnCall(keys)

        def look(c: Connection) -> list[Person]:
            return [
                Person(one.chat[:NAME_LENGTH], one, oncall.has_pin(c, one.chat), oncall.is_locked(c, one.chat))
                for one in oncall.advocates(c)
            ]

        return await database.read(look)


async def unlock(settings: Settings, name: str, forget: bool) -> None:
    """Raises `NotThere`. `forget`: they set a new PIN at the next tap."""
    async with store(settings) as (database, keys):
        oncall, now = OnCall(keys), time.time()

        def change(c: Connection) -> None:
            oncall.unlock(c, _named(oncall, c, name), forget)
            Audit(keys).note(c, OPERATOR, "pin_forgotten" if forget else "pin_unlocked", None, now)

        await database.write(change)


async def remove_advocate(settings: Settings, name: str) -> None:
    """Role, PIN and shifts at once. Raises `NotThere`."""
    async with store(settings) as (database, keys):
        oncall, now = OnCall(keys), time.time()

        def change(c: Connection) -> None:
            oncall.remove_advocate(c, _named(oncall, c, name), now)
            Audit(keys).note(c, OPERATOR, "removed", None, now)

        await database.write(change)


def local(at: float, zone: str) -> str:
    return f"{datetime.fromtimestamp(at, ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


def _named(oncall: OnCall, c: Connection, name: str) -> str:
    wanted = name.strip().lower()
    meant = [one.chat for one in oncall.advocates(c) if len(wanted) >= 6 and one.chat.startswith(wanted)]
    if len(meant) != 1:
        raise NotThere(f'"{name}" is no advocate: `waymark advocate list` names them')
    return meant[0]
