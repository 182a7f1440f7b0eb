"""Rows into files: nested services, tables in one JSON file, or CSV files with the description of their package."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from bot.library.directory.parsing import PACKAGE
from bot.library.directory.schema import TABLES, Table
from bot.library.directory.trees import Data, Nester, Row

_PACKAGE_TYPES = {"number": "number", "date": "date", "time": "time", "stamp": "datetime"}


def nested(data: Data) -> tuple[bytes, list[tuple[str, str]]]:
    """A list of services, each with all that hangs on it, and (table, id) of what hangs on none and so is not in it."""
    nester = Nester(data)
    return _json(nester.services()), nester.left()


def tables(data: Data) -> bytes:
    """One JSON file with a list of rows for each table, by the name of its CSV file; everything is in it."""
    found: dict[str, list[Row]] = {
        t.file: list(data.rows[t.name].values()) for t in TABLES.values() if data.rows[t.name]
    }
    return _json(found | {name: rows for name, rows in data.extra.items() if rows})


def csv_files(data: Data) -> dict[str, bytes]:
    """CSV files by name, with `datapackage.json`; everything is in them."""
    found: dict[str, bytes] = {}
    resources: list[Any] = []
    for table in TABLES.values():
        rows = list(data.rows[table.name].values())
        if rows:
            own = sorted({key for row in rows for key in row} - set(table.fields))
            columns = [c for c in table.fields if c == "id" or any(c in row for row in rows)] + own
            _add(found, resources, table.file, table, columns, rows)
    for name, rows in data.extra.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        if columns:
            _add(found, resources, name, None, columns, rows)
    package = {"profile": "tabular-data-package", "name": "hsds", "resources": resources}
    return found | {PACKAGE: _json(package)}


def _add(
    found: dict[str, bytes], resources: list[Any], file: str, table: Table | None, columns: list[str], rows: list[Row]
) -> None:
    known = table.fields if table else {}
    as_json = {c for c in columns if c not in known and not all(isinstance(r[c], str) for r in rows if c in r)}
    fields = []
    for column in columns:
        kind = _PACKAGE_TYPES.get(known.get(column, "text"), "string")
        fields.append(
            {"name": column, "type": "any", "format": "json"} if column in as_json else {"name": column, "type": kind}
        )
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(_cells(columns, as_json, rows))
    found[file] = out.getvalue().encode()
    resources.append({"name": table.name if table else file.removesuffix(".csv"), "path": file, "profile": "tabular-data-resource",
                      "schema": {"fields": fields}})  # fmt: skip


def _cells(columns: list[str], as_json: set[str], rows: Iterable[Row]) -> Iterable[list[str]]:
    for row in rows:
        yield [
            "" if c not in row else json.dumps(row[c], ensure_ascii=False) if c in as_json else _text(row[c])
            for c in columns
        ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
