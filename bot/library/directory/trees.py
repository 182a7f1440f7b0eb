"""Nested HSDS objects to rows of tables and back. What says nothing (null, "", an empty list) is left out on the way in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.library.directory.schema import ANY, TABLES, parents

Row = dict[str, Any]


class DirectoryProblem(ValueError):
    """A directory that cannot be used; `problems` has a line each: file, line or pointer, field, what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(slots=True)
class Data:
    """All rows: table, then id. `extra` are tables that HSDS does not know, kept as they came. `where` says where a row stood."""

    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in TABLES})
    extra: dict[str, list[Row]] = field(default_factory=dict)
    where: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)
    _by: dict[tuple[str, str], dict[Any, list[Row]]] = field(default_factory=dict, compare=False, repr=False)

    def all(self) -> Iterator[tuple[str, Row]]:
        for table, rows in self.rows.items():
            for row in rows.values():
                yield table, row

    def get(self, table: str, name: str | None) -> Row | None:
        return self.rows[table].get(name or "")

    def hanging(self, table: str, parent: str, name: str) -> list[Row]:
        """Rows of `table` that hang on the row `name` of `parent`. Asked only once all rows are in: the index is made then."""
        if table in ANY:
            entity, link = ANY[table]
            return [row for row in self._index(table, link).get(name, ()) if row.get(entity) == parent]
        return self._index(table, TABLES[parent].column).get(name, [])

    def _index(self, table: str, column: str) -> dict[Any, list[Row]]:
        found = self._by.get((table, column))
        if found is None:
            found = self._by[(table, column)] = {}
            for row in self.rows[table].values():
                found.setdefault(row.get(column), []).append(row)
        return found

    def place(self, table: str, row: Row) -> str:
        """Where a person finds the row."""
        return self.where.get((table, row["id"]), f"{TABLES[table].file} {row['id']}")


UPWARD_LISTS = {"organization": {"services": "service"}}
UPWARD_ONES = {"service_at_location": {"service": ("service", "service_id")}}
"""What the API nests where one asks for an organization or a place: the same rows from above. Taken in, and given back under the service."""


def says_nothing(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


class Planter:
    """Takes objects and rows in; `problems` grows with what does not fit."""

    def __init__(self) -> None:
        self.data, self.problems = Data(), list[str]()

    def plant(self, table: str, given: Any, where: str, link: Row | None = None) -> str | None:
        """One object with all that is nested in it; its id. `link` is what its place says of it."""
        if not isinstance(given, dict):
            self.problems.append(f"{where}: expected an object of {table} with its fields")
            return None
        spec = TABLES[table]
        lists, ones = spec.lists | UPWARD_LISTS.get(table, {}), spec.ones | UPWARD_ONES.get(table, {})
        row: Row = {k: v for k, v in given.items() if not says_nothing(v) and k not in lists and k not in ones}
        name = row.get("id")
        if not isinstance(name, str):
            self.problems.append(f"{where}: id: is missing: give every {table} an id of its own, a UUID in quotes")
            return None
        for key, (other, column) in ones.items():
            if not says_nothing(given.get(key)):
                found = self.plant(other, given[key], f"{where}/{key}")
                link = {**(link or {}), **({column: found} if found else {})}
        if table in ANY and link:
            row |= (
                link  # where it stands says what it belongs to; HSDS's own examples have other words in these columns
            )
        for column, value in (link or {}).items():
            if row.setdefault(column, value) != value:
                self.problems.append(
                    f"{where}: {column}: says {row[column]}, but it stands in {value}: take the column out"
                )
        self._add(table, row, where)
        for key, other in lists.items():
            inner = given.get(key)
            if says_nothing(inner):
                continue
            if not isinstance(inner, list):
                self.problems.append(f"{where}: {key}: expected a list")
                continue
            for number, child in enumerate(inner):
                self.plant(other, child, f"{where}/{key}/{number}", _link(other, table, name))
        return name

    def _add(self, table: str, row: Row, where: str) -> None:
        known = self.data.rows[table].setdefault(row["id"], row)
        first = self.data.where.setdefault((table, row["id"]), where)
        for key, value in row.items():
            if known.setdefault(key, value) != value:
                say = "two rows need two ids, or the same content" if key != "id" else ""
                self.problems.append(f"{where}: {key}: {table} {row['id']} stands at {first} with another {key}: {say}")

    def row(self, table: str, row: Row, where: str) -> None:
        """One row of a table, which refers to others by id. An id that stands twice in a table is an error."""
        row = {k: v for k, v in row.items() if not says_nothing(v)}
        if not isinstance(row.get("id"), str):
            self.problems.append(f"{where}: id: is missing: give every {table} an id of its own, a UUID")
        elif row["id"] in self.data.rows[table]:
            first = self.data.where[(table, row["id"])]
            self.problems.append(f"{where}: id: {row['id']} stands at {first} already: give each row its own")
        else:
            self._add(table, row, where)


def _link(table: str, parent: str, name: str) -> Row:
    if table in ANY:
        entity, link = ANY[table]
        return {entity: parent, link: name}
    return {TABLES[parent].column: name}


class Nester:
    """Rows to nested objects, as HSDS's JSON has them. `left` is what hangs on nothing that was asked for."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._seen: set[tuple[str, str]] = set()
        self._hanging: dict[tuple[str, str, str], list[Row]] = {}
        for table, row in data.all():
            if table in ANY:
                entity, link = ANY[table]
                self._hanging.setdefault((table, str(row.get(entity)), str(row.get(link))), []).append(row)
                continue
            for column, parent in parents(table).items():
                if column in row and table in TABLES[parent].lists.values():
                    self._hanging.setdefault((table, parent, row[column]), []).append(row)

    def nest(self, table: str, name: str) -> Row:
        row, spec = self._data.rows[table][name], TABLES[table]
        self._seen.add((table, name))
        implied = set(ANY.get(table, ()))
        implied |= {
            c for c, parent in parents(table).items() if self._data.get(parent, row.get(c)) and _shown(table, c, parent)
        }
        out = {key: value for key, value in row.items() if key not in implied}
        for key, (other, column) in spec.ones.items():
            if self._data.get(other, row.get(column)) is not None:
                out[key] = self.nest(other, row[column])
        for key, other in spec.lists.items():
            inner = [self.nest(other, child["id"]) for child in self._hanging.get((other, table, name), ())]
            if inner:
                out[key] = inner
        return out

    def services(self) -> list[Row]:
        return [self.nest("service", name) for name in self._data.rows["service"]]

    def left(self) -> list[tuple[str, str]]:
        return [(table, row["id"]) for table, row in self._data.all() if (table, row["id"]) not in self._seen]


def _shown(table: str, column: str, parent: str) -> bool:
    """Whether nesting shows what a column says, so that it need not be said again."""
    return table in TABLES[parent].lists.values() or any(c == column for _, c in TABLES[table].ones.values())


Key = tuple[str, str]


def merged(old: Data, new: Data) -> Data:
    """`old` with what `new` has: a service, organization or location that is in both is taken from `new`, with all that hangs on it."""
    again = {(t, name) for t in ("organization", "location") for name in new.rows[t]}
    kept = without(old, set(new.rows["service"]), again)
    out = Data({t: {**kept.rows[t], **new.rows[t]} for t in TABLES}, {**old.extra, **new.extra})
    out.where = dict(new.where)
    return out


def without(data: Data, services: set[str], again: set[Key] | None = None) -> Data:
    """What is left when these services go, with what hung on them and on nothing else: an organization, program or place that no other
    service uses goes with its last one. `again` are rows that go as well, because they come anew."""
    gone: set[Key] = {("service", name) for name in services} | (again or set())
    kept = [row for name, row in data.rows["service"].items() if name not in services]
    left = [row for name, row in data.rows["service"].items() if name in services]
    for table in ("organization", "program"):
        column = TABLES[table].column
        gone |= {(table, row[column]) for row in left if column in row} - {(table, row.get(column)) for row in kept}
    at = list(data.rows["service_at_location"].values())
    used = {row.get("location_id") for row in at if row.get("service_id") not in services}
    gone |= {("location", row["location_id"]) for row in at if "location_id" in row and row["location_id"] not in used}
    programs = {row.get("program_id") for row in kept}
    while True:
        more = {
            (t, row["id"])
            for t, row in data.all()
            if (t, row["id"]) not in gone and _falls(t, row, gone, used | programs)
        }
        if not more:
            break
        gone |= more
    rows = {t: {n: r for n, r in rows.items() if (t, n) not in gone} for t, rows in data.rows.items()}
    return Data(rows, dict(data.extra), dict(data.where))


_ROOTS = frozenset({"service", "organization", "taxonomy", "taxonomy_term", "unit", "meta_table_description"})


def _falls(table: str, row: Row, gone: set[Key], used: set[Any]) -> bool:
    """Whether all that a row hangs on is gone, and nothing that stays needs it."""
    if table in _ROOTS or (table in ("location", "program") and row["id"] in used):
        return False
    if table in ANY:
        entity, link = ANY[table]
        return (row.get(entity), row.get(link)) in gone
    links = [
        (parent, row[c]) for c, parent in parents(table).items() if c in row and table in TABLES[parent].lists.values()
    ]
    return bool(links) and all(link in gone for link in links)
