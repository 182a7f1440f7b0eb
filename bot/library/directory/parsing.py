"""Files into rows: HSDS JSON (nested services or organizations, pages of them, or tables), a folder or ZIP of CSV files. Raises
`DirectoryProblem` with every problem found, each with its file, its line or pointer, and its field."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.library.directory.fields import checked
from bot.library.directory.schema import table_of
from bot.library.directory.trees import Data, DirectoryProblem, Planter, says_nothing

MOST_BYTES = 100 * 1024 * 1024
"""Of all files together, unpacked: a ZIP can be made to grow without end."""
PACKAGE = "datapackage.json"
OWN_TABLE = re.compile(r"[A-Za-z0-9_]{1,60}(?:\.csv)?")
"""A name that becomes a file's when it is exported."""


def read(path: Path) -> Data:
    """A JSON file, a CSV file, a folder or a ZIP."""
    try:
        if path.is_dir():
            return files({f.name: _bounded(f) for f in sorted(path.iterdir()) if f.suffix in (".csv", ".json")})
        if zipfile.is_zipfile(path):
            return files(_unpacked(path))
        return files({path.name: _bounded(path)})
    except zipfile.BadZipFile:
        raise DirectoryProblem([f"{path.name}: this ZIP is damaged: make it again"]) from None


def _bounded(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise DirectoryProblem([f"{path.name}: has over {MOST_BYTES >> 20} MB: split it"])
    return path.read_bytes()


def _unpacked(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = info.filename.rpartition("/")[2]
            if info.is_dir() or not name.endswith((".csv", ".json")) or info.filename.startswith("__MACOSX/"):
                continue
            if name in found:
                raise DirectoryProblem([f"{path.name}: has two files {name}: one folder of files, please"])
            with archive.open(info) as file:
                found[name] = file.read(left + 1)
            left -= len(found[name])
            if left < 0:
                raise DirectoryProblem([f"{path.name}: has over {MOST_BYTES >> 20} MB unpacked: split it"])
    return found


def files(given: dict[str, bytes]) -> Data:
    """Files by name. Rows of all of them together are checked."""
    planter = Planter()
    package = _package(given.pop(PACKAGE, None), planter.problems)
    if not given:
        raise DirectoryProblem(["there is no file of HSDS here: a JSON file, or CSV files such as services.csv"])
    for name, content in given.items():
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            planter.problems.append(f"{name}: byte {error.start} is not UTF-8: save it as text in UTF-8")
            continue
        (_csv if name.endswith(".csv") else _json)(name, text, package, planter)
    planter.data.extra = {key: rows for key, rows in planter.data.extra.items() if rows}
    planter.problems += checked(planter.data)
    if planter.problems:
        raise DirectoryProblem(list(dict.fromkeys(planter.problems)))
    return planter.data


# -- JSON ------------------------------------------------------------------------------------------------------------


def _json(name: str, text: str, _: dict[str, dict[str, str]], planter: Planter) -> None:
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        json.dumps(found, ensure_ascii=False).encode()  # half a character cannot be written down again
    except json.JSONDecodeError as error:
        planter.problems.append(
            f"{name} line {error.lineno}: this is not JSON ({error.msg}): look at that line and the one before"
        )
        return
    except (ValueError, RecursionError) as error:
        planter.problems.append(f"{name}: {error}")
        return
    if isinstance(found, dict) and isinstance(found.get("contents"), list):
        _objects(name, "/contents", found["contents"], planter)
    elif isinstance(found, list):
        _objects(name, "", found, planter)
    elif isinstance(found, dict) and found and all(isinstance(value, list) for value in found.values()):
        _tables(name, found, planter)
    elif isinstance(found, dict):
        _objects(name, "", [found], planter, single=True)
    else:
        planter.problems.append(
            f"{name}: expected a list of services, a page with `contents`, or tables such as services.csv"
        )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ValueError(f"the field {twice!r} stands twice in one object: keep one")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number: write one, or leave the field out")


def _objects(name: str, base: str, items: list[Any], planter: Planter, single: bool = False) -> None:
    for number, item in enumerate(items):
        where = f"{name}#{base}" if single else f"{name}#{base}/{number}"
        table = _guess(item)
        if table is None:
            planter.problems.append(
                f"{where}: this is no service or organization: a service has `status`, an organization a `description`"
            )
        else:
            planter.plant(table, item, where)


def _guess(item: Any) -> str | None:
    """Which of the objects that HSDS's API lists this is."""
    if not isinstance(item, dict):
        return None
    for table, signs in (
        ("service_at_location", ("location", "service", "service_id", "location_id")),
        ("service", ("status", "service_at_locations", "service_areas", "organization")),
        ("location", ("location_type",)),
        ("taxonomy_term", ("taxonomy_detail", "taxonomy_id", "taxonomy")),
        ("taxonomy", ("version",)),
        ("organization", ("description", "website", "locations", "programs")),
    ):
        if any(sign in item for sign in signs):
            return table
    return None


def _tables(name: str, found: dict[str, list[Any]], planter: Planter) -> None:
    for key, rows in found.items():
        table = table_of(key)
        if table is None and not OWN_TABLE.fullmatch(key):
            planter.problems.append(f"{name}#/{key}: a table of your own is called by letters, digits and _ alone")
            continue
        for number, row in enumerate(rows):
            where = f"{name}#/{key}/{number}"
            if not isinstance(row, dict):
                planter.problems.append(f"{where}: expected an object with the fields of a row")
            elif table is None:
                _own(planter, key, row)
            elif any(isinstance(row.get(k), list | dict) for k in (*table.lists, *table.ones, "services", "service")):
                planter.plant(table.name, row, where)
            else:
                planter.row(table.name, row, where)


def _own(planter: Planter, name: str, row: dict[str, Any]) -> None:
    """A row of a table that HSDS does not know."""
    row = {key: value for key, value in row.items() if not says_nothing(value)}
    if row:
        planter.data.extra.setdefault(name.removesuffix(".csv") + ".csv", []).append(row)


# -- CSV -------------------------------------------------------------------------------------------------------------


def _package(content: bytes | None, problems: list[str]) -> dict[str, dict[str, str]]:
    """Columns that hold JSON, as our own export says it in the description of a package: file to column to format."""
    if content is None:
        return {}
    try:
        found = json.loads(content)
        return {
            resource["path"]: {f["name"]: f.get("format", "") for f in resource["schema"]["fields"]}
            for resource in found["resources"]
        }
    except (ValueError, KeyError, TypeError):
        problems.append(
            f"{PACKAGE}: this describes no package of tables: take the one that came with the files, or none"
        )
        return {}


def _csv(name: str, text: str, package: dict[str, dict[str, str]], planter: Planter) -> None:
    table, formats = table_of(name), package.get(name, {})
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        twice = {column for column in header if header.count(column) > 1}
        if not header or twice or not all(header):
            what = f"the column {min(twice)!r} stands twice" if twice else "a column has no name"
            planter.problems.append(f"{name} line 1: {what}: the first line names every column once")
            return
        if table is None and not OWN_TABLE.fullmatch(name):
            planter.problems.append(f"{name}: a table of your own is called by letters, digits and _ alone")
            return
        for line, cells in _lines(reader):
            where = f"{name} line {line}"
            if len(cells) != len(header):
                planter.problems.append(
                    f"{where}: has {len(cells)} cells where the first line has {len(header)}: look for a comma or quote"
                )
                continue
            row = {
                c: _cell(c, v, table, formats, where, planter) for c, v in zip(header, cells, strict=True) if v != ""
            }
            if table is not None:
                planter.row(table.name, row, where)
            else:
                _own(planter, name, row)
    except csv.Error as error:
        planter.problems.append(f"{name} line {reader.line_num}: {error}: look for a quote that is not closed")


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line that each begins in; a line without anything is passed over."""
    begins = reader.line_num + 1
    for cells in reader:
        if cells:
            yield begins, cells
        begins = reader.line_num + 1


def _cell(column: str, cell: str, table: Any, formats: dict[str, str], where: str, planter: Planter) -> Any:
    known = table is not None and column in table.fields
    if not known and formats.get(column) == "json":
        try:
            return json.loads(cell)
        except ValueError:
            planter.problems.append(f"{where}: {column}: {PACKAGE} says that this is JSON, and it is not")
    return cell
