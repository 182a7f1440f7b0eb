"""Programs from the operator's YAML file: a front door for each, never an address (R28); fictional ones only where they may be (R29)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import available_timezones

import phonenumbers

from bot.oncall.files import Entry, FileProblem, checked, entries
from bot.oncall.model import Program
from nlu.text import fold

STATES = frozenset(
    {
        "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA",
        "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR",
        "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "AS", "GU", "MP", "PR", "VI",
    }
)  # fmt: skip
"""The short forms of the postal service: states, the District of Columbia, territories."""
_STREET = re.compile(
    r"\b\d{1,6}\s+(?:[a-z0-9']+\s+){1,5}(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|blvd|boulevard|ct|court|pl|place|way|hwy"
    r"|highway|pkwy|parkway|cir|circle|ter|terrace|loop|trail)\b"
)
_CALLE = re.compile(
    r"\b(?:calle|avenida|avda|carrera|camino|carretera|colonia|apartado)\s+(?:[a-z0-9']+\s+){0,4}#?\d{1,5}\b"
)
_UNIT = re.compile(r"\b(?:apt|apartment|unit|suite|ste|apto|departamento|depto|p\s?o box)\s*#?\s*\d+[a-z]?\b")
_FILM = re.compile(r"\d{3}55501\d\d")
_ZIP = re.compile(rf"\b(?:{'|'.join(STATES)})\s+\d{{5}}\b", re.IGNORECASE)


def load(text: str, fictional: bool = False) -> list[Program]:
    """All programs of a file. `fictional`: whether such entries may be loaded: in tests, `chat` and `simulate` only. Raises `FileProblem`
    with everything that is wrong, and then nothing of the file is used."""
    found: list[Program] = []
    problems: list[str] = []
    lines: dict[str, int] = {}
    for entry in entries(text):
        program, wrong = checked(entry, Program)
        problems += wrong
        if program is None:
            continue
        if program.id in lines:
            problems.append(entry.says(f"{program.id!r} stands in line {lines[program.id]} already", "id"))
        lines[program.id] = entry.line("id")
        problems += _problems(entry, program, fictional)
        found.append(program)
    if problems:
        raise FileProblem(problems)
    return found


def address_in(text: str) -> bool:
    """Whether a text seems to hold a place that one could go to: street, unit or ZIP code, in either language."""
    folded = fold(text)
    return any(pattern.search(folded) for pattern in (_STREET, _CALLE, _UNIT, _ZIP))


def _problems(entry: Entry, program: Program, fictional: bool) -> list[str]:
    found = []
    if program.fictional and not fictional:
        where = "load in tests, `chat` and `simulate` only; for a real one take this line out"
        found.append(entry.says(f"fictional programs {where}", "fictional"))
    for field, text in (("front_door", program.front_door), ("name", program.name)):
        if not text.strip():
            found.append(entry.says("is empty", field))
        if address_in(text):
            found.append(entry.says("this looks like an address: write how to ask (a number, a web page)", field))
    found += [entry.says(problem, "front_door") for problem in _numbers(program)]
    if not program.regions:
        found.append(entry.says('is empty: write states ("OK") or state and county ("OK:Tulsa")', "regions"))
    for number, region in enumerate(program.regions):
        state, colon, place = region.partition(":")
        if state not in STATES or (colon and not place.strip()):
            found.append(
                entry.says(f'{region!r}: write a state ("OK") or state and county ("OK:Tulsa")', "regions", number)
            )
    if program.zone not in available_timezones():
        found.append(entry.says(f"{program.zone!r} is no time zone; one is America/Chicago", "zone"))
    if program.takes.children < 0:
        found.append(entry.says("cannot be less than 0", "takes", "children"))
    for name in _empty(program):
        found.append(entry.says("is empty, so this program would take nobody", "takes", name))
    if program.paging is not None and not program.paging.startswith(("https://", "mailto:")):
        found.append(entry.says("write https://… or mailto:…", "paging"))
    return found


def _empty(program: Program) -> Sequence[str]:
    return [name for name in ("ages", "genders", "languages") if not getattr(program.takes, name)]


def _numbers(program: Program) -> list[str]:
    """A number that cannot be one, or is kept for films (555-01xx), never reaches a person (R29)."""
    found = re.findall(r"\+?\d[\d\-() .]{6,}\d", program.front_door)
    wrong = []
    for number in found:
        try:
            parsed = phonenumbers.parse(number, "US")
        except phonenumbers.NumberParseException:
            wrong.append(number)
            continue
        if program.fictional:
            fits = phonenumbers.is_possible_number(parsed)
        else:
            fits = phonenumbers.is_valid_number(parsed) and not _FILM.fullmatch(str(parsed.national_number))
        if not fits:
            wrong.append(number)
    return [f"{number.strip()!r} is no telephone number that anybody answers" for number in wrong]
