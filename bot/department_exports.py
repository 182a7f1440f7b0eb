"""Files of a department for whoever decides about credit: roster, course, statements. Made whole in memory, then written by `outfiles`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection

from bot import outfiles
from bot.department_store import Desk, look
from bot.settings import Settings
from bot.store.errors import NotThere
from bot.training import cards, exports, xapi
from bot.training.cards import Card, Courses
from bot.training.records import Course, Item, course_file, roster_csv, roster_xlsx


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where each file goes. `of`: the course of `course` and `xapi`. `home`: an address of the department's that its ids belong to."""

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
    """Lines of the roster, statements; None where that file was not asked for. `without_id`: officers who finished and are in no statement,
    because no id was given for them."""

    lines: int | None
    statements: int | None
    without_id: int


def check(wanted: Wanted) -> None:
    """Raises `NotThere` for what does not fit together."""
    if not wanted.files:
        raise NotThere("say what: --roster-csv, --roster-xlsx, --course or --xapi, each with a FILE")
    if len(set(wanted.files)) != len(wanted.files):
        raise NotThere("each file needs a name of its own")
    if wanted.xapi is not None:
        address = urlsplit(wanted.home or "")
        if address.scheme not in ("http", "https") or not address.netloc:
            raise NotThere("statements name the department by an address of its own: --home https://police.example.org")
    for path in wanted.files:
        outfiles.check(path)


async def export(settings: Settings, named: str, wanted: Wanted) -> Counts:
    """All files or none. Raises `NotThere`."""
    check(wanted)
    courses = cards.shared()

    def work(desk: Desk, c: Connection, place: Any) -> tuple[dict[Path, bytes], Counts]:
        made: dict[Path, bytes] = {}
        count = statements = None
        without = 0
        course = course_of(courses, wanted.of, place.lang)
        if wanted.roster_csv or wanted.roster_xlsx:
            lines = exports.roster_lines(_completions(desk, c, place))
            count = len(lines)
            if wanted.roster_csv:
                made[wanted.roster_csv] = roster_csv(lines)
            if wanted.roster_xlsx:
                made[wanted.roster_xlsx] = roster_xlsx(lines)
        if wanted.course:
            made[wanted.course] = course_file(course)
        if wanted.xapi:
            ways, without = _ways(desk, c, place, course, wanted.home or "")
            found = xapi.all_statements(ways)
            statements = len(found)
            made[wanted.xapi] = orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        return made, Counts(count, statements, without)

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


def course_of(courses: Courses, course_id: str, lang: str) -> Course:
    """A course as a commission reads it, with the first wording of each card; in English where it is not there in `lang`. Raises
    `NotThere`."""
    head = courses.courses.get((course_id, lang)) or courses.courses.get((course_id, "en"))
    if head is None:
        names = ", ".join(sorted({name for name, _ in courses.courses}))
        raise NotThere(f"there is no course {course_id!r}; there are {names}")
    found = courses.of(course_id, head.lang)
    version = hashlib.sha256("".join(cards.version(card) for card in found).encode()).hexdigest()[:16]
    items = tuple(_item(courses, card) for card in found)
    return Course(
        head.id, version, head.title, head.category, head.lang, tuple(head.objectives), items, head.reviewed_on.isoformat()
    )  # fmt: skip


def _item(courses: Courses, card: Card) -> Item:
    first, phrases = card.wordings[0], courses.phrases[card.lang]
    return Item(
        card.id, cards.version(card), card.objective, card.topic, cards.asked(first, phrases.invented),
        tuple(o.text for o in first.options), first.right, tuple(o.because for o in first.options), tuple(card.sources), card.minutes,
    )  # fmt: skip


def _completions(desk: Desk, c: Connection, place: Any) -> list[Any]:
    try:
        return desk.completions.of_department(c, place.id)
    except InvalidTag:
        raise NotThere("a completion is not as it was written: `waymark training verify` says which") from None


def _ways(desk: Desk, c: Connection, place: Any, course: Course, home: str) -> tuple[list[xapi.Done], int]:
    """(the ways of officers who have an id and went all of the way, since a statement says that they did; how many have no id)."""
    ids = [item.id for item in course.items]
    ways, without = [], 0
    for row in desk.people.members(c, place.id):
        officer_id = desk.people.officer_id(row)
        done = exports.way(c, row.id, officer_id or "", course.id, course.title, course.lang, ids, home, home)
        if done is None or {answer.card for answer in done.answers} != set(ids):
            continue
        if officer_id is None:
            without += 1
        else:
            ways.append(done)
    return ways, without
