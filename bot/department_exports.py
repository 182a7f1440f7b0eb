"""Files of a department for whoever decides about credit: roster, course, statements. Made whole in memory, then written by `outfiles`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection

from bot import outfiles
from bot.department_store import Desk, look
from bot.library import loading
from bot.settings import Settings
from bot.store.errors import NotThere
from bot.training import cards, exporting, exports
from bot.training.deck import Deck
from bot.training.records import Course, course_file, roster_csv, roster_xlsx

_URI = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
"""Characters of an address (RFC 3986)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where each file goes. `of`: the course of `course`. `home`: an address of the department's that its ids belong to."""

    of: str
    roster_csv: Path | None = None
    roster_xlsx: Path | None = None
    course: Path | None = None
    xapi: Path | None = None
    home: str | None = None

    @property
    def files(self) -> list[Path]:
        return [path for path in (self.roster_csv, self.roster_xlsx, self.course, self.xapi) if path is not None]


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines of the roster, statements; None where that file was not asked for."""

    lines: int | None
    statements: int | None


def check(wanted: Wanted) -> None:
    """Raises `NotThere` for what does not fit together."""
    if not wanted.files:
        raise NotThere("say what: --roster-csv, --roster-xlsx, --course or --xapi, each with a FILE")
    if len(set(wanted.files)) != len(wanted.files):
        raise NotThere("each file needs a name of its own")
    if wanted.home is not None and not _is_address(wanted.home):
        raise NotThere(
            f"{wanted.home!r} is no address: statements name the department by one, as --home https://police.example.org"
        )
    for path in wanted.files:
        outfiles.check(path)


def _is_address(text: str) -> bool:
    """Whether this is an absolute http(s) address, as a statement has to name its department by."""
    try:
        address = urlsplit(text)
    except ValueError:  # half an IPv6 address
        return False
    return address.scheme in ("http", "https") and bool(address.hostname) and _URI.fullmatch(text) is not None


async def export(settings: Settings, named: str, wanted: Wanted) -> Counts:
    """All files or none. Raises `NotThere`."""
    check(wanted)
    deck = Deck(cards.shared())

    def work(desk: Desk, c: Connection, place: Any) -> tuple[dict[Path, bytes], Counts]:
        made: dict[Path, bytes] = {}
        count = statements = None
        kept = _completions(desk, c, place)
        if wanted.roster_csv or wanted.roster_xlsx:
            lines = exports.roster_lines(kept, exporting.titles(deck, place.lang))
            count = len(lines)
            if wanted.roster_csv:
                made[wanted.roster_csv] = roster_csv(lines)
            if wanted.roster_xlsx:
                made[wanted.roster_xlsx] = roster_xlsx(lines)
        if wanted.course:
            made[wanted.course] = course_file(_course(deck, wanted.of, place.lang))
        if wanted.xapi:
            ways = exporting.ways(c, deck, kept, place, place.lang, wanted.home)
            made[wanted.xapi] = exporting.statements(ways)
            statements = len(orjson.loads(made[wanted.xapi]))
        return made, Counts(count, statements)

    made, counts = await look(settings, named, work)
    done: list[Path] = []
    try:
        for path, data in made.items():
            outfiles.write(path, data)
            done.append(path)
    except BaseException:
        for path in done:
            path.unlink(missing_ok=True)
        raise
    return counts


def _course(deck: Deck, name: str, lang: str) -> Course:
    try:
        return exporting.course(deck, name, lang, loading.shared().sources)
    except KeyError:
        names = ", ".join(sorted({one for one, _ in deck.courses.courses}))
        raise NotThere(f"there is no course {name!r}; there are {names}") from None


def _completions(desk: Desk, c: Connection, place: Any) -> list[Any]:
    try:
        return desk.completions.of_department(c, place.id)
    except InvalidTag:
        raise NotThere("a completion is not as it was written: `waymark training verify` says which") from None
