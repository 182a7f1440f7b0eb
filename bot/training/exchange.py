"""What import and export share: one course with its cards in one language, problems by line, and the files of `content/`.

A file from outside is parsed into `Raw` values that remember their lines; `build` makes checked models of them or says, line by line, what to do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.library.model import Lang, Strict
from bot.training.cards import Card, Course

COURSE_FIELDS = ("title", "category", "minutes", "reviewed_on")
CARD_FIELDS = (
    "topic",
    "objective",
    "sources",
    "rests_on",
    "certainty",
    "minutes",
    "reviewed_on",
    "second_reader_on",
    "audience",
)
LISTS = frozenset({"sources", "rests_on"})
LANGS: tuple[str, ...] = get_args(Lang)


class ExchangeProblem(ValueError):
    """A file that cannot be taken in; `problems` has "line 7: …" for each thing that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A course in one language with its cards, in their order."""

    course: Course
    cards: list[Card]


@dataclass(slots=True)
class RawWording:
    """A wording as it stands in a file; `lines` has the line of each option."""

    line: int
    scenario: str | None
    question: str
    options: list[tuple[bool, str, str]]
    lines: list[int]

    def value(self) -> dict[str, Any]:
        options = [{"right" if right else "wrong": text, "because": because} for right, text, because in self.options]
        scenario = {} if self.scenario is None else {"scenario": self.scenario}
        return {**scenario, "question": self.question, "options": options}


@dataclass(slots=True)
class RawCard:
    """A card as it stands in a file; `at` has the lines of its fields."""

    line: int
    id: str
    module: str
    fields: dict[str, str]
    wordings: list[tuple[int, RawWording]] = field(default_factory=list)
    at: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class RawCourse:
    """The head of a course as it stands in a file."""

    line: int = 1
    id: str = ""
    lang: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    objectives: list[str] = field(default_factory=list)
    modules: list[dict[str, str]] = field(default_factory=list)


def words_of(text: str) -> list[str]:
    """Keys in a list: apart by commas or spaces."""
    return text.replace(",", " ").split()


def _says(error: ErrorDetails) -> str:
    """What is wrong with a field, and what to write."""
    name = str(error["loc"][-1]) if error["loc"] else "it"
    if error["type"] == "missing":
        return f"{name} is missing: write it"
    if error["type"] == "string_pattern_mismatch":
        return f"{name} is empty, begins or ends with a space, or has a character that does not belong there: {str(error['input'])[:40]!r}"
    return f"{name}: {error['msg']}; it says {str(error['input'])[:40]!r}"


def _line(card: RawCard, where: tuple[int | str, ...]) -> int:
    if where[:1] == ("wordings",) and len(where) > 1:
        wording = card.wordings[int(where[1])][1]
        if where[2:3] == ("options",) and len(where) > 3:
            return wording.lines[int(where[3])]
        return wording.line
    return card.at.get(str(where[0]), card.line) if where else card.line


def build(course: RawCourse, cards: Sequence[RawCard], already: Sequence[str] = ()) -> Bundle:
    """The models of a file. Raises `ExchangeProblem` with those problems and every further one."""
    problems = list(already)
    head: Course | None = None
    if course.lang not in LANGS:
        problems.append(f"line {course.line}: lang is {course.lang!r}: write one of {', '.join(LANGS)}")
    else:
        said = {"id": course.id, "lang": course.lang, **course.fields}
        try:
            head = Course.model_validate({**said, "objectives": course.objectives, "modules": course.modules})
        except ValidationError as error:
            problems += [f"line {course.line}: course: {_says(item)}" for item in error.errors()]
    seen: set[str] = set()
    found: list[Card] = []
    for card in cards:
        if card.id in seen:
            problems.append(f"line {card.line}: {card.id} is there twice: give one of them another id")
        seen.add(card.id)
        if head is not None and card.module not in {m.id for m in head.modules}:
            problems.append(f"line {card.line}: module {card.module!r} is not one of the course: add it to the head")
        expected = list(range(1, len(card.wordings) + 1))
        if [number for number, _ in card.wordings] != expected:
            problems.append(f"line {card.line}: {card.id}: number its wordings {expected}, in that order")
        fields: dict[str, Any] = {k: words_of(v) if k in LISTS else v for k, v in card.fields.items()}
        value: dict[str, Any] = {
            "id": card.id,
            "lang": course.lang,
            "course": course.id,
            "module": card.module,
            **fields,
        }
        value["wordings"] = [wording.value() for _, wording in card.wordings]
        try:
            found.append(Card.model_validate(value))
        except ValidationError as error:
            for item in error.errors():
                where = item["loc"]
                if where[:1] in (("lang",), ("course",)):
                    continue  # said once, of the head
                problems.append(f"line {_line(card, where)}: {card.id}: {_says(item)}")
    if problems or head is None:
        raise ExchangeProblem(list(dict.fromkeys(problems)))
    return Bundle(head, found)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(text: str) -> str:
    """An id as it stands in YAML: in quotes where it would be read as a number, a date or a yes."""
    return text if yaml.safe_load(text) == text else _quoted(text)


def _flat(item: Strict, names: Sequence[str], dent: str) -> list[str]:
    lines = []
    for name in names:
        value = getattr(item, name)
        if isinstance(value, list):
            value = f"[{', '.join(_key(each) for each in value)}]"
        elif name in ("title", "category", "objective"):
            value = _quoted(value)
        elif name == "topic":
            value = _key(value)
        lines.append(f"{dent}{name}: {value}")
    return lines


def course_file(course: Course) -> str:
    """The text of `<course>.yml`."""
    lines = [f"id: {_key(course.id)}", *_flat(course, COURSE_FIELDS, ""), "objectives:"]
    lines += [f"  - {_quoted(text)}" for text in course.objectives]
    lines.append("modules:")
    for module in course.modules:
        lines += [f"  - id: {_key(module.id)}", *_flat(module, ("title", "objective"), "    ")]
    return "\n".join(lines) + "\n"


def cards_file(course: Course, module: str, cards: Sequence[Card]) -> str:
    """The text of `<course>.<module>.yml`."""
    lines = [f"# Cards of {course.id}.{module}; scenarios are invented. How to write one: docs/how-to/write-a-card.md"]
    for card in cards:
        names = [name for name in CARD_FIELDS if name != "audience"]
        lines += [f"- id: {_key(card.id)}", *_flat(card, names, "  "), "  wordings:"]
        for wording in card.wordings:
            first = "    - "
            if wording.scenario is not None:
                lines.append(f"{first}scenario: {_quoted(wording.scenario)}")
                first = "      "
            lines += [f"{first}question: {_quoted(wording.question)}", "      options:"]
            for option in wording.options:
                lines.append(f"        - {'right' if option.is_right else 'wrong'}: {_quoted(option.text)}")
                lines.append(f"          because: {_quoted(option.because)}")
    return "\n".join(lines) + ("\n" if cards else "\n[]\n")
