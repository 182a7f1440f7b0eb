"""`python -m bot.store.fields` writes docs/reference/stored-fields.md from the schema and `fields.yml`, or says what is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import LargeBinary

from bot.store.schema import metadata

WORDS = Path(__file__).with_name("fields.yml")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "stored-fields.md"
_HEAD = "| Column | Kind | Holds | Protected | Goes |\n|---|---|---|---|---|"


def load() -> dict[str, Any]:
    """The page of words: `intro`, `tables` (by name: `title`, `after`, `columns`), `end`."""
    words: dict[str, Any] = yaml.safe_load(WORDS.read_text("utf-8"))
    return words


def problems(words: dict[str, Any]) -> list[str]:
    """Columns without words, words without a column, and what is not sealed although it is binary."""
    found = []
    described = {(name, column) for name, table in words["tables"].items() for column in table["columns"]}
    columns = {(table.name, column.name): column for table in metadata.tables.values() for column in table.columns}
    found += [f"{table}.{column}: has no words in {WORDS.name}" for table, column in sorted(set(columns) - described)]
    found += [f"{table}.{column}: is not in the schema" for table, column in sorted(described - set(columns))]
    for table, column in sorted(set(columns) & described):
        parts = str(words["tables"][table]["columns"][column]).split(" | ")
        if len(parts) not in (2, 3):
            found.append(f"{table}.{column}: not of the form: holds | protected | goes")
        elif isinstance(columns[table, column].type, LargeBinary) and not parts[1].startswith("sealed"):
            found.append(f"{table}.{column}: holds bytes and is not said to be sealed")
    return found


def page(words: dict[str, Any]) -> str:
    """The whole page. Tables and columns stand in the order of the schema."""
    sections = []
    for table in metadata.tables.values():
        about = words["tables"][table.name]
        title = f"## `{table.name}`" + (f": {about['title']}" if "title" in about else "")
        rows = []
        for column in table.columns:
            holds, protected, *goes = about["columns"][column.name].split(" | ")
            kind = str(column.type).lower() + (", may be empty" if column.nullable else "")
            rows.append(f"| `{column.name}` | {kind} | {holds} | {protected} | {goes[0] if goes else 'with the row'} |")
        sections.append("\n".join([title, _HEAD, *rows, *(["", about["after"]] if "after" in about else [])]))
    return "\n\n".join(["# Stored fields", words["intro"].strip(), *sections, words["end"].strip()]) + "\n"


def main() -> int:
    words = load()
    found = problems(words)
    if found:
        sys.stderr.write("\n".join([*found, ""]))
        return 1
    PAGE.write_text(page(words), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
