"""What the operator does about people on call: programs, invitations, rotas, advocates. Each opens the store for itself, beside a bot that
may be running."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.oncall import programs, rota, rotas
from bot.oncall.files import FileProblem
from bot.oncall.model import Advocate, Program, Shift
from bot.settings import Settings
from bot.store.audit import Audit
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.errors import NotThere
from bot.store.keys import KeyRing
from bot.store.oncall import HANDLE, OnCall

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Listed:
    """An advocate as the operator sees one: `id` names them in commands and rotas, `invitation` is what stood beside the link."""

    id: str
    program: str
    invitation: str
    minors: bool
    police: bool
    pin: bool
    locked: bool
    on: bool
    next_shift: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One shift as the operator sees it; `who` is an advocate's id, times are local to the program."""

    id: int
    program: str
    who: str
    starts: datetime
    ends: datetime
    state: str


class _Store:
    def __init__(self, database: Database, keys: KeyRing) -> None:
        self.database, self.oncall, self.chats, self.audit = database, OnCall(keys), Chats(keys), Audit(keys)

    def one(self, c: Connection, handle: str) -> Advocate:
        found = self.oncall.by_handle(c, handle) if len(handle) >= HANDLE - 2 else []
        if len(found) != 1:
            raise NotThere(f"no advocate has the id {handle}: `waymark advocate list` shows who is there")
        return found[0]


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[_Store]:
    database = Database(settings.database)
    database.open()
    try:
        yield _Store(database, KeyRing(settings.keys))
    finally:
        database.close()


async def import_programs(settings: Settings, text: str) -> tuple[list[str], list[str]]:
    """(ids that are new, ids that were there). All of a file or nothing. Raises `FileProblem`."""
    found = programs.load(text)
    async with _store(settings) as store:

        def put(c: Connection) -> tuple[list[str], list[str]]:
            known, now = {p.id for p in store.oncall.programs(c)}, time.time()
            marked = {a.program for a in store.oncall.advocates(c) if a.police}
            hidden = [p.id for p in found if p.id in marked and not p.police]
            if hidden:
                raise FileProblem(
                    [
                        f"{i}: has advocates employed by police: write `police: true`, or remove them first"
                        for i in hidden
                    ]
                )
            for program in found:
                store.oncall.put_program(c, program, now)
            store.audit.note(c, OPERATOR, "programs_imported", None, now)
            ids = [p.id for p in found]
            return [i for i in ids if i not in known], [i for i in ids if i in known]

        return await store.database.write(put)


async def list_programs(settings: Settings) -> list[tuple[Program, int, int]]:
    """(program, advocates, of these on shift now)."""
    async with _store(settings) as store:

        def look(c: Connection) -> list[tuple[Program, int, int]]:
            all_of = [a.program for a in store.oncall.advocates(c)]
            on = [s.program for s in store.oncall.on_now(c, time.time())]
            return [(p, all_of.count(p.id), on.count(p.id)) for p in store.oncall.programs(c)]

        return await store.database.read(look)


async def remove_program(settings: Settings, program: str) -> None:
    """Raises `NotThere`."""
    async with _store(settings) as store:

        def remove(c: Connection) -> None:
            now = time.time()
            if not store.oncall.remove_program(c, program, now):
                raise NotThere(f"there is no program {program!r}: `waymark program list` shows what is there")
            store.audit.note(c, OPERATOR, "program_removed", None, now)

        await store.database.write(remove)


async def invite_advocate(settings: Settings, hours: int, program: str, minors: bool, police: bool) -> tuple[str, str]:
    """(code, the id to write down beside a name). Raises `NotThere` where program and marks do not fit."""
    async with _store(settings) as store:

        def make(c: Connection) -> tuple[str, str]:
            entry = next((p for p in store.oncall.programs(c) if p.id == program), None)
            if entry is None:
                raise NotThere(
                    f"there is no program {program!r}: `waymark program import` first, `waymark program list`"
                )
            if police and not entry.police:
                raise NotThere(
                    f"{program} does not say that police employ its advocates, and people would not read it: write "
                    "`police: true` into its file and import it again (R60)"
                )
            now = time.time()
            code = store.chats.invite(c, "advocate", now + hours * 3600, program, minors, entry.police)
            store.audit.note(c, OPERATOR, "advocate_invited", None, now)
            return code, store.chats.invitation_id(code)

        return await store.database.write(make)


async def list_advocates(settings: Settings) -> list[Listed]:
    async with _store(settings) as store:

        def look(c: Connection) -> list[Listed]:
            now, by = time.time(), store.oncall.invited_by(c)
            on = {s.chat for s in store.oncall.on_now(c, now)}
            found = []
            for who in store.oncall.advocates(c):
                coming = [
                    s.starts_at for s in store.oncall.shifts_of(c, who.chat) if s.starts_at > now and s.out_at is None
                ]
                pin, locked = store.oncall.has_pin(c, who.chat), store.oncall.is_locked(c, who.chat)
                found.append(
                    Listed(
                        who.chat[:HANDLE], who.program, by.get(who.chat, "-"), who.minors, who.police, pin, locked,
                        who.chat in on, min(coming, default=None),
                    )
                )  # fmt: skip
            return found

        return await store.database.read(look)


async def unlock(settings: Settings, handle: str, new_pin: bool) -> None:
    """Raises `NotThere`."""
    async with _store(settings) as store:

        def change(c: Connection) -> None:
            who = store.one(c, handle)
            store.oncall.unlock(c, who.chat, new_pin)
            store.audit.note(c, OPERATOR, "pin_unlocked", None, time.time())

        await store.database.write(change)


async def remove_advocate(settings: Settings, handle: str) -> None:
    """Raises `NotThere`."""
    async with _store(settings) as store:

        def change(c: Connection) -> None:
            now = time.time()
            store.oncall.remove_advocate(c, store.one(c, handle).chat, now)
            store.audit.note(c, OPERATOR, "advocate_removed", None, now)

        await store.database.write(change)


async def import_rota(settings: Settings, text: str, days: int) -> list[tuple[str, int]]:
    """(program, shifts) for `days` days from today on. What has not begun is replaced. All of a file or nothing. Raises `FileProblem`."""
    async with _store(settings) as store:

        def put(c: Connection) -> list[tuple[str, int]]:
            now = time.time()
            known = {p.id: p for p in store.oncall.programs(c)}

            def who(handle: str) -> tuple[str, str] | None:
                found = store.oncall.by_handle(c, handle)
                return (found[0].chat, found[0].program) if len(found) == 1 else None

            done = []
            for one in rotas.load(text, known, who):
                yesterday = datetime.fromtimestamp(now, ZoneInfo(one.zone)).date() - timedelta(days=1)
                store.oncall.plan(c, one.program, rota.planned(one, yesterday, days + 1), now)
                coming = store.oncall.shifts_between(c, one.program, now, now + (days + 2) * 86400)
                done.append((one.program, len(coming)))
            store.audit.note(c, OPERATOR, "rota_imported", None, now)
            return done

        return await store.database.write(put)


async def show_rota(
    settings: Settings, days: int, program: str | None
) -> tuple[list[Line], list[tuple[str, datetime, datetime]]]:
    """(shifts, hours in which a program has nobody) for `days` days from now on."""
    async with _store(settings) as store:

        def look(c: Connection) -> tuple[list[Line], list[tuple[str, datetime, datetime]]]:
            now = time.time()
            until = now + days * 86400
            known = {p.id: p for p in store.oncall.programs(c)}
            if program is not None and program not in known:
                raise NotThere(f"there is no program {program!r}: `waymark program list` shows what is there")
            wanted = [program] if program is not None else sorted(known)
            lines, holes = [], []
            for name in wanted:
                zone = ZoneInfo(known[name].zone)
                found = store.oncall.shifts_between(c, name, now, until)
                lines += [
                    Line(s.id, name, s.chat[:HANDLE], datetime.fromtimestamp(s.starts_at, zone), datetime.fromtimestamp(s.ends_at, zone), _state(s, now))
                    for s in found
                ]  # fmt: skip
                holes += [
                    (name, datetime.fromtimestamp(a, zone), datetime.fromtimestamp(b, zone))
                    for a, b in rota.holes(found, now, until)
                ]
            return lines, holes

        return await store.database.read(look)


async def swap(settings: Settings, shift: int, handle: str) -> None:
    """Raises `NotThere`."""
    async with _store(settings) as store:

        def change(c: Connection) -> None:
            now, who = time.time(), store.one(c, handle)
            if not store.oncall.swap(c, shift, who.chat, now):
                raise NotThere(
                    f"shift {shift} cannot go to {handle}: it is over or not there (`waymark rota show`), it is theirs already, they are "
                    "of another program, or have a shift at the same time"
                )
            store.audit.note(c, OPERATOR, "shift_swapped", None, now)

        await store.database.write(change)


def _state(shift: Shift, now: float) -> str:
    if shift.out_at is not None:
        return "out"
    if shift.on(now):
        return "on"
    if shift.confirmed_at is not None:
        return "confirmed"
    return "asked" if shift.tested_at is not None else "planned"


def day(at: float) -> str:
    """For lists: minute, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%MZ")
