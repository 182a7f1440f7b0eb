"""The operator's files: programs (YAML, one or several) and the weekly rota of a program. Every problem is said at once, with what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import BeforeValidator, ValidationError

from bot.oncall.model import Identity, Program, Strict
from bot.oncall.rota import Weekly
from nlu.text import fold

STATES = frozenset({
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN",
    "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH",
    "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT",
    "VT", "VA", "WA", "WV", "WI", "WY", "PR", "GU", "VI", "AS", "MP",
})  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_REGION = re.compile(r"([A-Z]{2})(?::\s*(\S.{0,58}))?")
_STREET = re.compile(
    r"\b\d{1,6}[a-z]?\s+(?:[nsew]{1,2}\s+|north\s+|south\s+|east\s+|west\s+)?(?:[a-z0-9']+\s+){0,4}"
    r"(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|blvd|boulevard|ct|court|pl|place|way|hwy|highway|pkwy|parkway|cir|circle|ter"
    r"|terrace|loop|trail)\b|\b(?:calle|avenida|avda|camino|carretera)\s+(?:[a-z0-9']+\s+){0,4}#?\d{1,5}\b"
    r"|\b(?:apt|apartment|suite|ste|unit|depto|departamento)\s*#?\s*\d+|\b[a-z]{2}\s+\d{5}(?:\s\d{4})?$"
)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class FileError(ValueError):
    """A file of the operator cannot be used. `problems`: one line each."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__(f"{path} cannot be used:\n  " + "\n  ".join(problems))
        self.problems = problems


def load(path: Path, fictional: bool = False) -> list[Program]:
    """Programs of a file: one, a list, or `programs:` with a list; also several documents. Raises `FileError`. Entries that are
    marked fictional load only where the caller allows it: tests, `chat` and `simulate` (R29)."""
    found, problems = [], []
    entries = _entries(path)
    for number, entry in enumerate(entries, 1):
        name = entry.get("id", f"program {number}") if isinstance(entry, Mapping) else f"program {number}"
        try:
            program = Program.model_validate(entry)
        except ValidationError as error:
            problems += [f"{name}: {line}" for line in _lines(error)]
            continue
        problems += [f"{name}: {line}" for line in _wrong(program, fictional)]
        found.append(program)
    problems += [f"{name}: is there {n} times" for name, n in Counter(p.id for p in found).items() if n > 1]
    if not entries:
        problems = ["it holds no program: docs/how-to/set-up-a-program.md shows one"]
    if problems:
        raise FileError(path, problems)
    return found


def _wrong(program: Program, fictional: bool) -> list[str]:
    """What the shape alone does not refuse."""
    found = []
    if program.fictional and not fictional:
        found.append("fictional entries load only in tests, `chat` and `simulate`")
    if not program.name.strip() or not program.front_door.strip():
        found.append("name and front_door cannot be empty")
    if any(_STREET.search(fold(text)) for text in (program.name, program.front_door)):
        found.append(
            "that looks like an address: name the front door (a number, a page, an office hour), never where people stay"
        )
    for region in program.regions:
        match = _REGION.fullmatch(region)
        if match is None or match[1] not in STATES:
            found.append(f'region "{region}": write a state ("OK") or a state and a county or city ("OK:Tulsa")')
    if not program.regions:
        found.append("regions: an empty list serves nobody")
    if not _is_zone(program.zone):
        found.append(f'zone "{program.zone}": write one like America/Chicago')
    if program.takes.children < 0:
        found.append("takes.children: how many a person may bring, 0 or more")
    if program.paging is not None and (
        urlsplit(program.paging).scheme != "https" or not urlsplit(program.paging).hostname
    ):
        found.append("paging: an address that begins with https://")
    return found


# -- the rota --------------------------------------------------------------------------------------------------------


def _day(value: Any) -> Any:
    return fold(value)[:3] if isinstance(value, str) else value


def _time(value: Any) -> time:
    """YAML reads 20:00 without quotes as the number 1200, minutes of the day written in base sixty; 0:30 and 08:00 it leaves."""
    if isinstance(value, int) and not isinstance(value, bool) and 60 <= value < 1440:
        return time(value // 60, value % 60)
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('write a time like "20:00"')
    return time(int(match[1]), int(match[2]))


def _who(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("put it in quotes: YAML reads it as a number")
    return value.strip().lower()


class Row(Strict):
    """One line of a rota. `who` is what `waymark advocate list` prints for an advocate, or its beginning."""

    who: Annotated[str, BeforeValidator(_who)]
    days: list[Annotated[str, BeforeValidator(_day)]]
    start: Annotated[time, BeforeValidator(_time)]
    end: Annotated[time, BeforeValidator(_time)]


class Sheet(Strict):
    """A rota file."""

    program: Identity
    rota: list[Row]
    holidays: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Rota:
    """A rota with the chats that its names mean."""

    program: str
    weekly: list[Weekly]
    holidays: tuple[date, ...]


def load_rota(path: Path, chats: Mapping[str, list[str]]) -> Rota:
    """`chats`: keyed hashes of advocates by program. Raises `FileError`."""
    entries = _entries(path)
    if len(entries) != 1:
        raise FileError(path, ["write one rota a file: program, rota, holidays"])
    try:
        sheet = Sheet.model_validate(entries[0])
    except ValidationError as error:
        raise FileError(path, _lines(error)) from None
    problems: list[str] = []
    if sheet.program not in chats:
        raise FileError(path, [f'there is no program "{sheet.program}": `waymark program list` names them'])
    weekly = []
    for number, row in enumerate(sheet.rota, 1):
        meant = [chat for chat in chats[sheet.program] if len(row.who) >= 6 and chat.startswith(row.who)]
        if len(meant) != 1:
            problems.append(
                f'line {number}: "{row.who}" is no advocate of this program: `waymark advocate list` names them'
            )
        problems += [
            f'line {number}: "{day}" is no day: mon, tue, wed, thu, fri, sat, sun'
            for day in row.days
            if day not in DAYS
        ]
        if not problems:
            weekly += [Weekly(meant[0], DAYS.index(day), row.start, row.end) for day in row.days]
    if problems:
        raise FileError(path, problems)
    return Rota(sheet.program, weekly, sheet.holidays)


# -- reading ---------------------------------------------------------------------------------------------------------


def _entries(path: Path) -> list[Any]:
    try:
        documents = [one for one in yaml.safe_load_all(path.read_text("utf-8")) if one is not None]
    except OSError as error:
        raise FileError(path, [f"it cannot be read ({error.strerror})"]) from None
    except UnicodeDecodeError:
        raise FileError(path, ["it is no text in UTF-8"]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise FileError(path, [f"{where}{getattr(error, 'problem', None) or 'it is no YAML'}"]) from None
    except ValueError as error:  # a date that no calendar has
        raise FileError(path, [str(error)]) from None
    found: list[Any] = []
    for one in documents:
        if isinstance(one, Mapping) and set(one) == {"programs"}:
            one = one["programs"]
        found += one if isinstance(one, list) else [one]
    return found


def _lines(error: ValidationError) -> list[str]:
    found = []
    for one in error.errors(include_url=False):
        where = ".".join(str(part) for part in one["loc"]) or "the entry"
        number = isinstance(one.get("input"), int) and "ages" in one["loc"]
        found.append(
            f"{where}: "
            + (
                'put it in quotes ("18_24"): YAML reads it as a number'
                if number
                else one["msg"].removeprefix("Value error, ")
            )
        )
    return found


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (ValueError, OSError, LookupError):
        return False
