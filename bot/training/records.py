"""Records that leave: the roster as CSV and XLSX, a course file, minutes that were observed. Pure but for the file formats.

A roster has the columns that state commissions ask for and nothing else about a person than the id that the department gave.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

COLUMNS = ("officer_id", "course", "category", "minutes", "dates", "instructor", "result")
ITEM_CAP = 180.0
"""Seconds of one card that count at most: who leaves the phone on the table has not trained (the issue: capped per item)."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # wide ones are run as well
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the roster. Days are ISO; `minutes` whole."""

    officer_id: str
    course: str
    category: str
    minutes: int
    first_day: str
    last_day: str
    instructor: str
    result: str

    def cells(self) -> tuple[str | int, ...]:
        dates = self.first_day if self.first_day == self.last_day else f"{self.first_day}/{self.last_day}"
        texts = (self.officer_id, self.course, self.category)
        return (*texts, self.minutes, dates, self.instructor, self.result)


@dataclass(frozen=True, slots=True)
class Asked:
    """One wording of a card. `right` is the place of the right one in `options`, from 0; `explanations` one for each option."""

    question: str
    options: tuple[str, ...]
    right: int
    explanations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What a card rests on, so that a reader finds it. `date` as precise as it is known; `address` None where there is none."""

    key: str
    title: str
    publisher: str
    date: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One card of a course file, in all wordings in which it may be asked."""

    id: str
    version: str
    objective: str
    topic: str
    wordings: tuple[Asked, ...]
    sources: tuple[Source, ...]
    minutes: float


@dataclass(frozen=True, slots=True)
class Course:
    """What a commission reads before it decides about credit; this program grants none."""

    id: str
    version: str
    title: str
    category: str
    lang: str
    objectives: tuple[str, ...]
    items: tuple[Item, ...]
    reviewed_on: str


def capped(seconds: float | None, cap: float = ITEM_CAP) -> float:
    """Seconds of one item that count; none where its time is not known."""
    return min(max(0.0, seconds), cap) if seconds is not None else 0.0


def observed_minutes(seconds: Iterable[float | None], cap: float = ITEM_CAP) -> int:
    """Whole minutes of the items, each counting `cap` seconds at most; rounded down, so that nothing is claimed that was not seen."""
    return math.floor(sum(capped(one, cap) for one in seconds) / 60)


def roster_csv(lines: Sequence[Line]) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read names of courses right. Text that a spreadsheet would run as a formula has an
    apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([[harmless(cell) for cell in line.cells()] for line in lines])
    return out.getvalue().encode("utf-8-sig")


def roster_xlsx(lines: Sequence[Line]) -> bytes:
    """One sheet. Every text is a text, also one that looks like a formula or a number: an id of "007" stays that."""
    from openpyxl import Workbook  # slow to load, seldom asked

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "roster"
    sheet.append(list(COLUMNS))
    for number, line in enumerate(lines, start=2):
        for column, value in enumerate(line.cells(), start=1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
                cell.number_format = "@"
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def course_file(course: Course) -> bytes:
    """JSON, indented: objectives, items with each of their wordings, sources, minutes, and the answer key by itself: for each item the
    number (from 1) and the text of the right option of each wording, in the order of its wordings. An item names its sources by their keys;
    what they are stands once, at the end."""
    minutes = sum(item.minutes for item in course.items)
    return orjson.dumps(
        {
            "id": course.id, "version": course.version, "title": course.title, "category": course.category, "lang": course.lang,
            "objectives": course.objectives, "minutes": round(minutes, 1), "reviewed_on": course.reviewed_on,
            "items": [
                {"id": i.id, "version": i.version, "objective": i.objective, "topic": i.topic,
                 "wordings": [{"question": w.question, "options": w.options, "explanations": w.explanations} for w in i.wordings],
                 "sources": [source.key for source in i.sources], "minutes": i.minutes}
                for i in course.items
            ],
            "answer_key": {i.id: [{"number": w.right + 1, "text": w.options[w.right]} for w in i.wordings] for i in course.items},
            "sources": sorted({s for item in course.items for s in item.sources}, key=lambda s: s.key),
        },
        option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )  # fmt: skip


def harmless(cell: str | int) -> str | int:
    """A cell of a CSV with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
