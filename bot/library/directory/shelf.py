"""The directory of this installation: a file in WAYMARK_HOME, read again when it has changed, so that a new one needs no restart."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.library.directory import parsing, rules
from bot.library.directory.entries import Entry, entries
from bot.library.directory.trees import Data, DirectoryProblem

log = logging.getLogger("waymark.directory")
FILE = Path("directory") / "directory.json"
"""Under WAYMARK_HOME."""
EXAMPLE = Path(__file__).resolve().parents[3] / "content" / "examples" / "directory.json"
STALE_DAYS = 180
"""After so many days without a check an entry is shown with a note and reported; WAYMARK_DIRECTORY_DAYS sets another number."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Shelf:
    """What is listed. Without a file it is empty. A file that breaks the rules is not shown: what was read before stays, and `problems`
    says what is wrong."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        fictional: bool = False,
        days: int = STALE_DAYS,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.path, self.days, self.now = path, days, now
        self._fictional = fictional
        self._stamp: tuple[int, int] | None = None
        self.entries: tuple[Entry, ...] = ()
        self.places: dict[str, str] = {}
        self.problems: list[str] = []
        self.refresh()

    def refresh(self) -> bool:
        """Read the file if it is another one than before; whether it was read. Never raises."""
        if self.path is None:
            return False
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_ino)
            if stamp == self._stamp:
                return False
            data = load(self.path, self._fictional, self.now())
        except FileNotFoundError:
            changed = bool(self.entries) or self._stamp is not None
            self._stamp, self.problems = None, []
            self._show(())
            return changed
        except DirectoryProblem as error:
            self._stamp, self.problems = stamp, error.problems
            log.error("the directory breaks its rules and was not taken: %d problems", len(error.problems))
            return True
        except OSError as error:
            self.problems = [f"{self.path.name}: cannot be read: {type(error).__name__}"]
            return False
        self._stamp, self.problems = stamp, []
        self._show(tuple(entries(data)))
        return True

    def _show(self, found: tuple[Entry, ...]) -> None:
        self.places = {place: name for entry in found for place, name in entry.areas.items()}
        self.entries = found

    def age(self, entry: Entry) -> int:
        """Days since an entry was checked."""
        return max(0, (self.now().date() - entry.checked).days)

    def stale(self) -> list[Entry]:
        """Entries that nobody has checked for too long."""
        return [entry for entry in self.entries if self.age(entry) > self.days]


def load(path: Path, fictional: bool, now: datetime) -> Data:
    """A file that may be shown. Raises `DirectoryProblem` with everything that is wrong, and `OSError`."""
    data = parsing.read(path)
    wrong = rules.problems(data, fictional, now.date())
    if wrong:
        raise DirectoryProblem(wrong)
    return data
