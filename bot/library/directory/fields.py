"""Does every field hold what HSDS says, and does every row hang on one that is there?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from bot.library.directory.schema import ANY, LOOSE, TABLES, Kind, parents
from bot.library.directory.trees import Data, Row

ZONE = "timezone_name"
"""A column of ours beside HSDS's `timezone`, which is an offset and so wrong for half of the year."""
TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?")
_NUMBER = re.compile(r"-?\d{1,1000}")
_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ROOTS = frozenset(
    {"organization", "service", "location", "program", "taxonomy", "taxonomy_term", "unit", "meta_table_description"}
)


@lru_cache(maxsize=1)
def _zones() -> set[str]:
    """Looked for on the disk, so once."""
    return available_timezones()


def checked(data: Data) -> list[str]:
    """What is wrong, a line each. Numbers that came as text become numbers."""
    found: list[str] = []
    for table, row in data.all():
        where = data.place(table, row)
        found += [f"{where}: {problem}" for problem in _row(table, row)]
        found += [f"{where}: {problem}" for problem in _links(data, table, row)]
    return found


def _row(table: str, row: Row) -> Iterator[str]:
    spec = TABLES[table]
    for name in spec.required:
        if name not in row:
            yield f"{name}: is missing: HSDS asks for it in every {table}"
    if table == "schedule" and ZONE in row and row[ZONE] not in _zones():
        yield f"{ZONE}: {row[ZONE]!r} is no time zone: one is America/Chicago"
    for name, value in row.items():
        kind = spec.fields.get(name)
        if kind is None:
            continue  # a column of somebody's own is kept as it is
        if name in spec.enums and value not in spec.enums[name]:
            yield f"{name}: {value!r} is none of {', '.join(spec.enums[name])}"
            continue
        if kind in ("number", "zone") and isinstance(value, str):
            row[name] = value = _number(value)
        wrong = _wrong(kind, value)
        if wrong:
            yield f"{name}: {value!r} {wrong}"


def _number(text: str) -> Any:
    if _NUMBER.fullmatch(text):
        return int(text)
    try:
        found = float(text)
    except ValueError:
        return text
    return found if found == found and abs(found) != float("inf") else text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(kind: Kind, value: Any) -> str | None:
    """What is wrong with a value, or None."""
    if kind == "number":
        return None if _is_number(value) else "is no number: write digits alone"
    if kind == "zone":
        if _is_number(value):
            return (
                None if -14 <= value <= 14 else "is no offset: hours from UTC, or better a zone such as America/Chicago"
            )
        return None if value in _zones() else "is no time zone: one is America/Chicago"
    if not isinstance(value, str):
        return "is no text: put it in quotes"
    if kind == "date":
        return None if day(value) else "is no date: write it as 2026-11-25"
    if kind == "time":
        return (
            None
            if TIME.fullmatch(value) and value[:2] + value[3:5] <= "2400"
            else "is no time: write it as 09:00 or 09:00-06:00"
        )
    if kind == "stamp":
        return None if _stamp(value) else "is no time: write it as 2026-11-25T09:00:00Z"
    if kind == "uri":
        return None if _URI.fullmatch(value) else "is no address of a page: write it as https://…"
    if kind == "email":
        return None if _EMAIL.fullmatch(value) else "is no e-mail address"
    return None


def day(text: Any) -> date | None:
    """The date that a field gives; of a date with a time, its date. None where it is none."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
    except (ValueError, TypeError):
        return None


def _stamp(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _links(data: Data, table: str, row: Row) -> Iterator[str]:
    """Ids of other rows name rows that are there, and every row hangs on one."""
    hangs = table in _ROOTS
    for column, other in parents(table).items():
        if column not in row or column in LOOSE:
            continue
        if data.get(other, row[column]) is None:
            yield f"{column}: there is no {other} {row[column]!r}: give its row too, or correct the id"
        else:
            hangs = True
    if table in ANY:
        entity, link = ANY[table]
        parent = row.get(entity)
        if parent not in TABLES:
            yield f"{entity}: {parent!r} is no table: the one that {link} belongs to, such as service"
        elif data.get(parent, row.get(link)) is None:
            yield f"{link}: there is no {parent} {row.get(link)!r}: give its row too, or correct the id"
        return
    if not hangs:
        yield f"hangs on nothing: give it one of {', '.join(c for c in parents(table) if c not in LOOSE)}"
