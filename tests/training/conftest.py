"""The databases of `tests/store`, and a department with officers."""

from __future__ import annotations

from tests.store.conftest import (
    bare_url,
    chats,
    clock,
    database,
    keys,
    kind,
    many,
    postgres,
    postgres_template,
    sqlite,
    tmp_path,
    url,
)

__all__ = [
    "bare_url",
    "chats",
    "clock",
    "database",
    "keys",
    "kind",
    "many",
    "postgres",
    "postgres_template",
    "sqlite",
    "tmp_path",
    "url",
]
