"""A course as CSV, out and in again without loss: for whoever writes cards in a spreadsheet.

One row for the course, one for each module, one for each wording; the column `row` says which. What belongs to a card stands in the row of its
first wording and may stand in the others. UTF-8, comma or semicolon. A cell that a spreadsheet would take for a formula gets an apostrophe
in front, which import takes off again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bot.training.cards import Wording
from bot.training.checks.quiz import MOST_OPTIONS
from bot.training.exchange import (
    CARD_FIELDS,
    COURSE_FIELDS,
    LISTS,
    Bundle,
    ExchangeProblem,
    RawCard,
    RawCourse,
    RawWording,
    build,
)

OPTIONS = tuple(f"{name}_{n}" for n in range(1, MOST_OPTIONS + 1) for name in ("option", "reason"))
COLUMNS = (
    *("row", "lang", "course", "module", "card", "wording", "title", "category"),
    *CARD_FIELDS,
    *("scenario", "question", "right", *OPTIONS),
)
_FORMULA = ("=", "+", "-", "@", "'", "\t")


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _wording_cells(wording: Wording) -> dict[str, str]:
    cells = {"scenario": wording.scenario or "", "question": wording.question}
    cells["right"] = " ".join(str(n) for n, option in enumerate(wording.options, 1) if option.is_right)
    for n, option in enumerate(wording.options, 1):
        cells |= {f"option_{n}": option.text, f"reason_{n}": option.because}
    return cells


def _rows(bundle: Bundle) -> Iterator[dict[str, str]]:
    course = bundle.course
    both = {"lang": course.lang, "course": course.id}
    head = {name: str(getattr(course, name)) for name in COURSE_FIELDS}
    yield {"row": "course", **both, **head, "objective": "\n".join(course.objectives)}
    for module in course.modules:
        yield {"row": "module", **both, "module": module.id, "title": module.title, "objective": module.objective}
    for card in bundle.cards:
        values = {name: getattr(card, name) for name in CARD_FIELDS}
        fields = {k: " ".join(v) if k in LISTS else str(v) for k, v in values.items()}
        for number, wording in enumerate(card.wordings, 1):
            cells = {"row": "wording", **both, "module": card.module, "card": card.id, "wording": str(number)}
            yield {**cells, **(fields if number == 1 else {}), **_wording_cells(wording)}


def written(bundle: Bundle) -> str:
    """The file, with line ends as the CSV standard wants them. Raises `ValueError` for a wording with more options than columns."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(bundle):
        writer.writerow({name: _guarded(cell) for name, cell in row.items()})
    return out.getvalue()


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the line on which it begins. Raises `ExchangeProblem` where the columns are not those of `COLUMNS`."""
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True
    )
    names: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            start, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = [cell.strip() for cell in cells]
                missing, extra = [c for c in COLUMNS if c not in names], [n for n in names if n and n not in COLUMNS]
                if missing or extra:
                    said = [f"add {', '.join(missing)}"] * bool(missing) + [f"take out {', '.join(extra)}"] * bool(
                        extra
                    )
                    raise ExchangeProblem([f"line {start}: the columns are not those of a course: {'; '.join(said)}"])
                continue
            if len(cells) > len(names):
                raise ExchangeProblem(
                    [f"line {start}: there are more cells than columns: put text with a comma into quotes"]
                )
            yield start, {name: _plain(cell) for name, cell in zip(names, cells, strict=False) if name}
    except csv.Error as error:
        raise ExchangeProblem([f"line {line}: this is no CSV ({error}): save it again as CSV in UTF-8"]) from None
    if names is None:
        raise ExchangeProblem(["line 1: the file is empty: export a course and begin with that"])


def _lined(text: str) -> str:
    """A cell with the line ends that spreadsheets write made into line feeds."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _wording(line: int, row: dict[str, str], problems: list[str]) -> RawWording:
    options, right = [], row.get("right", "").strip()
    filled = [n for n in range(1, MOST_OPTIONS + 1) if row.get(f"option_{n}") or row.get(f"reason_{n}")]
    if filled != list(range(1, len(filled) + 1)):
        problems.append(f"line {line}: there is a gap between the options: fill option_1, option_2 and so on")
    if right not in [str(n) for n in filled]:
        problems.append(f"line {line}: right is {right!r}: write the number of the one right option")
    for n in filled:
        text, reason = _lined(row.get(f"option_{n}", "")), _lined(row.get(f"reason_{n}", ""))
        if not text or not reason:
            problems.append(f"line {line}: option_{n} and reason_{n} belong together: write both")
        options.append((str(n) == right, text, reason))
    scenario = _lined(row.get("scenario", "")) or None
    return RawWording(line, scenario, _lined(row.get("question", "")), options, [line] * len(options))


def read(text: str) -> Bundle:
    """The course of a file. Raises `ExchangeProblem`."""
    course = RawCourse()
    cards: dict[str, RawCard] = {}
    problems: list[str] = []
    for line, row in _records(text):
        kind = row.get("row", "").strip()
        if kind == "course":
            if course.id:
                problems.append(f"line {line}: a second course: import one at a time")
            course.line, course.id, course.lang = line, row.get("course", ""), row.get("lang", "")
            course.fields = {name: row[name] for name in COURSE_FIELDS if row.get(name)}
            course.objectives = _lined(row.get("objective", "")).split("\n") if row.get("objective") else []
            continue
        if kind not in ("module", "wording"):
            problems.append(f"line {line}: row is {kind!r}: write course, module or wording")
            continue
        if not course.id:
            problems.append(f"line {line}: comes before the course: write a row `course` first")
        elif (row.get("course"), row.get("lang")) != (course.id, course.lang):
            problems.append(
                f"line {line}: is of {row.get('course')!r} in {row.get('lang')!r}; this file is of {course.id} in {course.lang}"
            )
        if kind == "module":
            module = {"id": row.get("module", ""), "title": row.get("title", ""), "objective": row.get("objective", "")}
            course.modules.append(module)
            continue
        name, number = row.get("card", ""), row.get("wording", "").strip()
        card = cards.setdefault(name, RawCard(line, name, row.get("module", ""), {}))
        for field_name in CARD_FIELDS:
            said = row.get(field_name, "")
            if said and card.fields.setdefault(field_name, said) != said:
                problems.append(
                    f"line {line}: {name}: {field_name} is not what the first wording says: make them equal or leave it out"
                )
            card.at.setdefault(field_name, line)
        if not number.isdecimal():
            problems.append(f"line {line}: wording is {number!r}: number the wordings of a card 1, 2 and so on")
            continue
        card.wordings.append((int(number), _wording(line, row, problems)))
    return build(course, list(cards.values()), problems)
