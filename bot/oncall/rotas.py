"""A program's weekly rota from the operator's YAML file. Names of people stay in that file: rows hold keyed hashes alone.

program: example-house
people: {ana: 3fa9c1d2, ben: 77e01b54}      # names of your own: the id that `waymark advocate list` shows
week:
  - {days: mon-fri, from: "20:00", to: "08:00", who: [ana, ben]}     # ana is asked first
holidays:
  2026-12-25:                                # instead of that weekday; an empty list is nobody
    - {from: "08:00", to: "24:00", who: [ben]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from bot.oncall.files import Entry, FileProblem, checked, entries
from bot.oncall.model import SPAN, TIME, Identity, Program, Strict
from bot.oncall.rota import Rota, Slot, days_of

Name = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Days = Annotated[str, StringConstraints(pattern=f"^{SPAN}$")]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class _Times(Strict):
    first: Annotated[str, StringConstraints(pattern=f"^{TIME}$")] = Field(alias="from")
    last: Annotated[str, StringConstraints(pattern=f"^({TIME}|24:00)$")] = Field(alias="to")
    who: list[Name]

    def slot(self, chats: Mapping[str, str]) -> Slot:
        return Slot(_minute(self.first), _minute(self.last), tuple(chats[name] for name in self.who))


class _Weekly(_Times):
    days: Annotated[list[Days], BeforeValidator(_listed)]


class _File(Strict):
    program: Identity
    people: dict[Name, Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{6,40}$")]]
    week: list[_Weekly]
    holidays: dict[date, list[_Times]] = Field(default_factory=dict)


Who = Callable[[str], tuple[str, str] | None]
"""An id of `waymark advocate list` to (chat, program); None where nobody, or more than one, has it."""


def load(text: str, programs: Mapping[str, Program], who: Who) -> list[Rota]:
    """All rotas of a file, one a program. Raises `FileProblem` with everything that is wrong."""
    found: list[Rota] = []
    problems: list[str] = []
    for entry in entries(text):
        read, wrong = checked(entry, _File)
        if read is not None:
            program, chats, wrong = _held(entry, read, programs, who)
            if not wrong and program is not None:
                found.append(_rota(read, program, chats))
            if program is not None and [r.program for r in found].count(program.id) > 1:
                wrong = [entry.says("has a rota in this file already", "program")]
        problems += wrong
    if problems:
        raise FileProblem(problems)
    return found


def _held(
    entry: Entry, read: _File, programs: Mapping[str, Program], who: Who
) -> tuple[Program | None, dict[str, str], list[str]]:
    """(program, chat by name, problems)."""
    program = programs.get(read.program)
    wrong: list[str] = []
    if program is None:
        wrong.append(entry.says(f"there is no program {read.program!r}: `waymark program list`", "program"))
    chats: dict[str, str] = {}
    for name, handle in read.people.items():
        held = who(handle)
        if held is None:
            wrong.append(entry.says(f"no advocate has the id {handle}: `waymark advocate list`", "people", name))
        elif held[1] != read.program:
            wrong.append(entry.says(f"{handle} is an advocate of {held[1]}, not of {read.program}", "people", name))
        else:
            chats[name] = held[0]
    slots: list[tuple[_Times, tuple[str | int, ...]]] = [(s, ("week", n)) for n, s in enumerate(read.week)]
    slots += [(s, ("holidays", str(day), n)) for day, listed in read.holidays.items() for n, s in enumerate(listed)]
    for slot, path in slots:
        wrong += [
            entry.says(f"{name!r} does not stand under `people`", *path, "who")
            for name in slot.who
            if name not in read.people
        ]
        if _minute(slot.first) == _minute(slot.last):
            wrong.append(entry.says('`from` and `to` are the same; a whole day is "00:00" to "24:00"', *path, "from"))
    return program, chats, wrong


def _rota(read: _File, program: Program, chats: Mapping[str, str]) -> Rota:
    week: dict[int, list[Slot]] = {}
    for weekly in read.week:
        for day in sorted(frozenset().union(*map(days_of, weekly.days))):
            week.setdefault(day, []).append(weekly.slot(chats))
    holidays = {day: [slot.slot(chats) for slot in listed] for day, listed in read.holidays.items()}
    return Rota(program.id, program.zone, week, holidays)


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
