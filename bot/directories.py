"""What the operator does to the directory and to the calls noted for help lines: files in WAYMARK_HOME, each written whole or not at all."""

from __future__ import annotations

import fcntl
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import orjson

from bot.library import calls
from bot.library.calls import Calls
from bot.library.directory import exporting, parsing, rules, shelf
from bot.library.directory.entries import Entry, entries
from bot.library.directory.fields import checked
from bot.library.directory.shelf import Shelf
from bot.library.directory.trees import Data, DirectoryProblem, merged, without
from bot.library.loading import Library
from bot.settings import Settings
from bot.store.errors import NotThere
from bot.store.keys import write_durably

Form = Literal["json", "tables", "csv"]


def now() -> datetime:
    return datetime.now(UTC)


def furnished(library: Library, settings: Settings, examples: bool = False) -> Library:
    """The library with what is kept in this home: its directory and the calls noted for help lines. `examples`: where there is no
    directory, the fictional one (`chat` alone, R29)."""
    home = settings.home / shelf.FILE
    path, fictional = (shelf.EXAMPLE, True) if examples and not home.exists() else (home, examples)
    return replace(
        library,
        directory=Shelf(path, fictional=fictional, days=settings.directory_days),
        calls=Calls(settings.home / calls.FILE),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What an import did: ids of services."""

    new: list[str]
    replaced: list[str]
    gone: list[str]


def load(settings: Settings) -> Data:
    """The directory of this home; empty where there is none. Raises `DirectoryProblem`."""
    path = settings.home / shelf.FILE
    return parsing.read(path) if path.exists() else Data()


def listing(settings: Settings) -> list[Entry]:
    """All entries that can be shown, by name."""
    return sorted(entries(load(settings)), key=lambda e: (e.name.casefold(), e.id))


def look_over(settings: Settings, path: Path | None, today: date) -> tuple[list[str], list[str]]:
    """What is wrong with a file, or with the directory, and what is not wrong yet but should be looked at."""
    try:
        data = parsing.read(path) if path else load(settings)
    except DirectoryProblem as error:
        return error.problems, []
    return rules.problems(data, False, today), _notes(data, settings.directory_days, today)


def _notes(data: Data, days: int, today: date) -> list[str]:
    found = []
    for entry in entries(data):
        age = (today - entry.checked).days
        if age > days:
            found.append(
                f"{entry.id}: {entry.name}: checked {age} days ago: ring it, then waymark directory confirm {entry.id}"
            )
        if not entry.areas:
            found.append(
                f'{entry.id}: {entry.name}: no area that can be read: write service_areas such as "Tulsa County, OK"'
            )
        if not entry.needs:
            found.append(
                f"{entry.id}: {entry.name}: no term says what it helps with: it is found only where no need is named"
            )
        if not entry.phones and not entry.text_to:
            found.append(f"{entry.id}: {entry.name}: no number to call or text")
        if entry.hours and any(h.zone is None for h in entry.hours):
            found.append(
                f"{entry.id}: {entry.name}: its hours have no time zone, so nobody learns whether it is open now"
            )
    return found


def bring_in(settings: Settings, path: Path, whole: bool) -> Change:
    """Take a file, folder or ZIP in. A service with a known id is replaced with all that hangs on it; with `whole`, what is not in the file
    goes. All of it is taken, or nothing. Raises `DirectoryProblem`."""
    new = parsing.read(path)
    if not new.rows["service"]:
        raise DirectoryProblem([f"{path.name}: has no service: a directory lists services (services.csv)"])
    wrong = rules.problems(new, False, now().date())
    if wrong:
        raise DirectoryProblem(wrong)
    with _alone(settings):
        old = load(settings)
        known, given = set(old.rows["service"]), set(new.rows["service"])
        _write(settings, new if whole else merged(old, new))
    return Change(sorted(given - known), sorted(given & known), sorted(known - given) if whole else [])


def export(settings: Settings, target: Path, form: Form) -> list[str]:
    """Write the directory to a file (a folder or `.zip` for CSV). Returns notes on what this form leaves out. Raises `NotThere`."""
    data = load(settings)
    if not data.rows["service"]:
        raise NotThere("the directory is empty: there is nothing to export")
    if target.exists():
        raise NotThere(f"{target} is there already: name a new one")
    if form == "json":
        content, left = exporting.nested(data)
        write_durably(target, content)
        left_out = [f"{table} {name}" for table, name in left] + [
            f"{name} ({len(rows)} rows)" for name, rows in data.extra.items()
        ]
        return [f"hangs on no service, so it is not in this form (--as tables has it): {one}" for one in left_out]
    if form == "tables":
        write_durably(target, exporting.tables(data))
    elif target.suffix == ".zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in exporting.csv_files(data).items():
                archive.writestr(name, content)
        write_durably(target, packed.getvalue())
    else:
        part = target.with_name(f".{target.name}.part-{uuid4().hex[:8]}")
        part.mkdir(parents=True)
        for name, content in exporting.csv_files(data).items():
            write_durably(part / name, content)
        part.rename(target)
    return []


def remove(settings: Settings, name: str) -> str:
    """Take one service out, with what hung on it alone. Returns what it was called. Raises `NotThere`."""
    with _alone(settings):
        data = load(settings)
        service = _service(data, name)
        _write(settings, without(data, {name}))
    return str(service["name"])


def confirm(settings: Settings, name: str, by: str) -> str:
    """Somebody rang and it holds: today is the date of the check, and who did it stands beside it, as HSDS's metadata says it."""
    today = now().date().isoformat()
    with _alone(settings):
        data = load(settings)
        service = _service(data, name)
        before = str(service.get("assured_date", "none"))
        changed: dict[str, Any] = {**service, "assured_date": today}
        if "@" in by:
            changed["assurer_email"] = by
        note = {
            "id": str(uuid4()), "resource_id": name, "resource_type": "service", "last_action_date": today, "last_action_type": "assured",
            "field_name": "assured_date", "previous_value": before, "replacement_value": today, "updated_by": by,
        }  # fmt: skip
        rows = {
            **data.rows,
            "service": {**data.rows["service"], name: changed},
            "metadata": {**data.rows["metadata"], note["id"]: note},
        }
        _write(settings, Data(rows, data.extra, data.where))
    return str(service["name"])


def _service(data: Data, name: str) -> dict[str, Any]:
    found = data.rows["service"].get(name)
    if found is None:
        raise NotThere(f"the directory has no entry {name}: `waymark directory list` shows them")
    return found


def _write(settings: Settings, data: Data) -> None:
    """Only what may be shown is written. Raises `DirectoryProblem`, and then the file is as it was."""
    fresh = Data(data.rows, data.extra, data.where)
    wrong = checked(fresh) + rules.problems(fresh, False, now().date())
    if wrong:
        raise DirectoryProblem(wrong)
    write_durably(settings.home / shelf.FILE, exporting.tables(fresh))


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Two commands at once would each write what it read before the other wrote."""
    folder = (settings.home / shelf.FILE).parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# -- calls to help lines ---------------------------------------------------------------------------------------------


def confirm_line(settings: Settings, library: Library, line: str, by: str) -> None:
    """Somebody rang a help line of `content/lines.yml` and it holds. Raises `NotThere`."""
    if line not in library.lines or library.lines[line].status == "hidden":
        raise NotThere(f"there is no help line {line}: `waymark lines list` shows them")
    with _alone(settings):
        noted = Calls(settings.home / calls.FILE).all()
        noted[line] = {"on": now().date().isoformat(), "by": by}
        write_durably(
            settings.home / calls.FILE, orjson.dumps(noted, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        )
