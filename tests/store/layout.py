"""What a database consists of, in plain values, so that two can be compared; the order of columns is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, MetaData, select, text

VERSION1 = Path(__file__).with_name("version1")
ALEMBIC = "alembic_version"


def make_version1(connection: Connection) -> None:
    """The tables of the first release, by the statements that it ran, without anything of Alembic."""
    for statement in (VERSION1 / f"{connection.dialect.name}.sql").read_text("utf-8").split(";"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def layout(connection: Connection) -> dict[str, Any]:
    """Tables with columns, types, defaults, keys, indexes, constraints; without Alembic's own table."""
    found = _sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection)
    found.pop(ALEMBIC, None)
    return found


def _sqlite(connection: Connection) -> dict[str, Any]:
    tables = {}
    query = "select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%'"
    for name, sql in connection.execute(text(query)).all():
        indexes = []
        for index in connection.exec_driver_sql(f"PRAGMA index_list('{name}')").mappings().all():
            parts = connection.exec_driver_sql(f"PRAGMA index_xinfo('{index['name']}')").mappings().all()
            keys = [(part["name"], part["desc"], part["coll"]) for part in parts if part["key"]]
            own = index["name"] if index["origin"] == "c" else ""  # SQLite numbers the others
            indexes.append((own, index["origin"], index["unique"], index["partial"], keys))
        columns = connection.exec_driver_sql(f"PRAGMA table_xinfo('{name}')").mappings().all()
        tables[name] = {
            "columns": sorted((c["name"], c["type"], c["notnull"], str(c["dflt_value"]), c["pk"]) for c in columns),
            "indexes": sorted(indexes),
            "foreign": sorted(
                tuple(row)[2:] for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list('{name}')").all()
            ),
            "autoincrement": "AUTOINCREMENT" in sql.upper(),
            "checks": sorted(re.findall(r"CHECK\s*\(.*\)", sql, re.IGNORECASE)),
        }
    return tables


def _postgresql(connection: Connection) -> dict[str, Any]:
    def rows(query: str, table: str) -> list[tuple[Any, ...]]:
        return sorted(tuple(row) for row in connection.execute(text(query), {"table": table}).all())

    tables = connection.scalars(text("select tablename from pg_tables where schemaname = 'public'")).all()
    return {
        name: {
            "columns": rows(
                "select column_name, data_type, character_maximum_length::text, is_nullable, coalesce(column_default, '')"
                " from information_schema.columns where table_name = :table and table_schema = 'public'",
                name,
            ),
            "indexes": rows("select indexdef from pg_indexes where tablename = :table", name),
            "constraints": rows(
                "select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = to_regclass(:table)"
                " and contype <> 'n'",
                name,
            ),
        }
        for name in tables
    }


def contents(connection: Connection) -> dict[str, Any]:
    """All rows of all tables, and the last row number given in each; without Alembic's and ours of the version."""
    metadata = MetaData()
    metadata.reflect(connection)
    found: dict[str, Any] = {
        name: sorted(map(repr, connection.execute(table.select()).mappings().all()))
        for name, table in metadata.tables.items()
        if name not in (ALEMBIC, "schema_version")
    }
    if connection.dialect.name == "sqlite":
        found["row numbers"] = sorted(map(tuple, connection.execute(text("select * from sqlite_sequence")).all()))
    else:
        query = "select sequencename, last_value from pg_sequences where sequencename not like 'schema_version%'"
        found["row numbers"] = sorted(map(tuple, connection.execute(text(query)).all()))
    return found


def fill(connection: Connection) -> None:
    """Two rows in every table that a person or a queue has rows in; of numbered tables the last row is deleted again."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        name = table.name
        if name in (ALEMBIC, "schema_version"):
            continue
        numbered = "id" in table.c and isinstance(table.c.id.type, Integer)
        for turn in range(3 if numbered else 2):
            row: dict[str, Any] = {}
            for column in table.columns:
                if numbered and column.name == "id":
                    continue
                if column.foreign_keys:  # whoever points somewhere points to a row that is there
                    there = next(iter(column.foreign_keys)).column
                    row[column.name] = connection.execute(select(there).order_by(there)).scalars().all()[min(turn, 1)]
                    continue
                kind = column.type.python_type
                row[column.name] = {
                    bytes: bytes([turn]) * 20,
                    str: f"{column.name[:1]}{turn}",
                    int: turn,
                    float: turn / 4,
                }[kind]
            connection.execute(table.insert().values(row))
        if numbered:
            connection.execute(table.delete().where(table.c.id == 3))
