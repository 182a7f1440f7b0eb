"""The databases of `tests/store`, and a department with officers."""

from __future__ import annotations

from tests.store.conftest import *  # noqa: F403 - the fixtures, as they are listed there
