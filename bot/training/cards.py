"""Courses and cards: the training content of `content/<lang>/courses`, read once into one immutable `Courses`.

A course has a head, `<course>.yml`, and a file of cards for each of its modules, `<course>.<module>.yml`. The same id in two languages is
the same card. Whoever asks, stores or schedules a card keeps `version(card)` beside its id: words that changed are another version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from bot.library.loading import CONTENT, LANGS, ContentError, parse, read_yaml
from bot.library.model import Certainty, Id, Lang, Strict

# One line: no control character, no space at either end. Words may have line feeds, and neither is ever empty.
_LINE = r"^[^\s\x00-\x1f\x7f\u0085\u2028\u2029](?:[^\x00-\x1f\x7f\u0085\u2028\u2029]*[^\s\x00-\x1f\x7f\u0085\u2028\u2029])?$"
_WORDS = r"^[^\s\x00-\x1f\x7f\u0085\u2028\u2029](?:(?:\n|[^\x00-\x1f\x7f\u0085\u2028\u2029])*[^\s\x00-\x1f\x7f\u0085\u2028\u2029])?$"
Line = Annotated[str, StringConstraints(pattern=_LINE)]
Words = Annotated[str, StringConstraints(pattern=_WORDS)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=40)]
"""A source of `sources.yml` or a number of the fact base."""
CourseId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=20)]


class Option(Strict):
    """One answer to choose, as `right` or as `wrong`, and what is said to whoever chose it."""

    right: Words | None = None
    wrong: Words | None = None
    because: Words

    @model_validator(mode="after")
    def _one_of_both(self) -> Option:
        if (self.right is None) == (self.wrong is None):
            raise ValueError("an option is either right or wrong: write one of the two words before its text")
        return self

    @property
    def text(self) -> str:
        return self.right or self.wrong or ""

    @property
    def is_right(self) -> bool:
        return self.right is not None


class Wording(Strict):
    """One way to ask what a card is about. A scenario is invented, and whoever reads it is told so."""

    scenario: Line | None = None
    question: Words
    options: list[Option]

    @property
    def right(self) -> int:
        """The place of the right option, from 0. Raises `StopIteration` where there is none: `checks.one_right` says so."""
        return next(n for n, option in enumerate(self.options) if option.is_right)


class Card(Strict):
    """One thing to know, asked in two or more wordings. `rests_on`: numbers of the facts, for whoever checks it. `second_reader_on`: the
    day on which somebody other than its author read it against its sources."""

    id: Id
    lang: Lang
    course: CourseId
    module: CourseId
    topic: Id
    objective: Line
    sources: list[Key]
    rests_on: list[Key]
    certainty: Certainty
    minutes: Annotated[int, Field(ge=1, le=10)]
    reviewed_on: date
    second_reader_on: date
    audience: Literal["officer"] = "officer"
    wordings: list[Wording]


class Module(Strict):
    id: CourseId
    title: Line
    objective: Line


class Course(Strict):
    """`category` is what a roster calls it; `minutes` is what all of its cards in English take together."""

    id: CourseId
    lang: Lang
    title: Line
    objectives: list[Line]
    category: Line
    minutes: Annotated[int, Field(ge=1, le=2400)]
    reviewed_on: date
    modules: list[Module]


class Phrases(Strict):
    """What stands around cards, in one language: how a scenario is marked, what topics are called, the words of the printed sheet, of
    the progress picture and of invitations as files."""

    lang: Lang
    reviewed_on: date
    invented: Line
    topics: dict[str, Line]
    sheet: dict[str, Words]
    chart: dict[str, Line]
    invitations: dict[str, Words]


@dataclass(frozen=True, slots=True)
class Courses:
    """Keys are (id, lang), in the order of the files; `phrases` by language."""

    courses: dict[tuple[str, str], Course]
    cards: dict[tuple[str, str], Card]
    phrases: dict[str, Phrases] = field(default_factory=dict)
    files: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, course: str, lang: str, module: str | None = None) -> list[Card]:
        """The cards of a course, or of one module of it, in their order."""
        found = [c for c in self.cards.values() if c.course == course and c.lang == lang]
        return [c for c in found if module in (None, c.module)]

    def place(self, card: Card) -> str:
        """Where a person finds it."""
        return f"{self.files.get((card.id, card.lang), card.lang)}: {card.id}"


def version(card: Card) -> str:
    """Sixteen hex digits over all that an officer reads and is graded by; another day of review or of reading alone changes nothing."""
    said = card.model_dump(mode="json", exclude={"reviewed_on", "second_reader_on"})
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def asked(wording: Wording, invented: str) -> str:
    """The question as it is shown: the scenario first, marked as invented."""
    return f"{invented} {wording.scenario}\n{wording.question}" if wording.scenario else wording.question


def _cards(folder: Path, lang: str, course: Course, problems: list[str]) -> Iterator[tuple[Card, str]]:
    for module in course.modules:
        path = folder / f"{course.id}.{module.id}.yml"
        for entry in read_yaml(path, problems, list):
            if not isinstance(entry, dict):
                problems.append(f"{path.name}: an entry is no mapping: {str(entry)[:40]}")
                continue
            known = len(problems)
            card = parse(Card, {**entry, "lang": lang, "course": course.id, "module": module.id}, path, problems)
            name = str(entry.get("id", "a card without id"))
            problems[known:] = [line.replace(": ", f": {name}: ", 1) for line in problems[known:]]
            if card is not None:
                yield card, f"{lang}/courses/{path.name}"


def load(folder: Path = CONTENT) -> Courses:
    """Read the folder. Raises `ContentError` with every problem found, not only the first."""
    problems: list[str] = []
    courses: dict[tuple[str, str], Course] = {}
    cards: dict[tuple[str, str], Card] = {}
    files: dict[tuple[str, str], str] = {}
    phrases: dict[str, Phrases] = {}
    for lang in LANGS:
        base = folder / lang / "courses"
        path = folder / lang / "training.yml"
        known = len(problems)
        data = read_yaml(path, problems)
        words = parse(Phrases, {**data, "lang": lang}, path, problems) if len(problems) == known else None
        if words is not None:
            phrases[lang] = words
        claimed: set[str] = set()
        for path in sorted(p for p in base.glob("*.yml") if "." not in p.stem):
            known = len(problems)
            data = read_yaml(path, problems)
            course = parse(Course, {**data, "lang": lang}, path, problems) if len(problems) == known else None
            if course is None:
                claimed |= {p.name for p in base.glob(f"{path.stem}.*.yml")}
                continue
            if course.id != path.stem:
                problems.append(f"{path.name}: id is {course.id}; a course has the name of its file")
            courses[(course.id, lang)] = course
            claimed |= {f"{course.id}.{module.id}.yml" for module in course.modules}
            for card, where in _cards(base, lang, course, problems):
                if (card.id, lang) in cards:
                    problems.append(f"{where}: {card.id} is there twice in {lang}")
                cards[(card.id, lang)] = card
                files[(card.id, lang)] = where
        for path in sorted(p for p in base.glob("*.yml") if "." in p.stem and p.name not in claimed):
            problems.append(f"{path.name}: belongs to no course; name its module in the head of the course")
    if problems:
        raise ContentError(problems)
    return Courses(courses, cards, phrases, files)


@lru_cache(maxsize=1)
def shared() -> Courses:
    """The courses of this process."""
    return load()


def dumped(item: Strict) -> dict[str, Any]:
    """As plain values with what is empty left out: how it is written to a file."""
    return item.model_dump(mode="json", exclude_none=True)
