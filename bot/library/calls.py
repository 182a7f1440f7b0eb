"""When a person last rang a help line, as the operator noted it (R29): `calls.json` in WAYMARK_HOME, read again when it has changed."""

from __future__ import annotations

import json
import logging
from datetime import date
from pathlib import Path

log = logging.getLogger("waymark.calls")
FILE = Path("calls.json")
"""Under WAYMARK_HOME: help line to {"on": date, "by": who}."""


class Calls:
    """What was noted. A file that cannot be read says nothing, and the log says so."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._stamp: int | None = None
        self._found: dict[str, tuple[date, str]] = {}

    def get(self, line: str) -> tuple[date, str] | None:
        """The last call to a line: when, and by whom."""
        self._refresh()
        return self._found.get(line)

    def last(self, line: str, *others: date | None) -> date | None:
        """The latest of the noted call and other dates."""
        noted = self.get(line)
        return max((d for d in (noted[0] if noted else None, *others) if d is not None), default=None)

    def all(self) -> dict[str, dict[str, str]]:
        """As the file has it."""
        self._refresh()
        return {line: {"on": when.isoformat(), "by": who} for line, (when, who) in self._found.items()}

    def _refresh(self) -> None:
        if self._path is None:
            return
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp == self._stamp:
                return
            self._stamp = stamp
            given = json.loads(self._path.read_text("utf-8"))
            self._found = {line: (date.fromisoformat(call["on"]), str(call["by"])) for line, call in given.items()}
        except FileNotFoundError:
            self._stamp, self._found = None, {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.error("%s cannot be read: %s", FILE, type(error).__name__)
