"""The databases of `tests/store`, and a department with officers."""

from __future__ import annotations

from tests.store.conftest import chats, clock, database, keys, many, postgres, sqlite, tmp_path, url

__all__ = ["chats", "clock", "database", "keys", "many", "postgres", "sqlite", "tmp_path", "url"]
