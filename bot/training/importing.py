"""Taking a course in: what a file would change, which checks would newly fail, and the writing of it."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.library.loading import CONTENT, Library
from bot.training import cards as content
from bot.training import checking, gift, table
from bot.training.exchange import Bundle, ExchangeProblem, cards_file, course_file


@dataclass(frozen=True, slots=True)
class Plan:
    """`files` by path, None where one goes; `problems` are those that the courses do not have today."""

    files: dict[Path, str | None]
    problems: list[str]
    new: int
    changed: int
    gone: int


def _read(text: str, kind: str, courses: content.Courses) -> Bundle:
    """The course of a file. GIFT marks scenarios in the language of its course: the one that the file names."""
    if kind == "csv":
        return table.read(text)
    lang = next((line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("// lang:")), "")
    if lang not in courses.phrases:
        raise ExchangeProblem([f"line 1: the language is {lang!r}: write a line `// lang: en` (or es) at the top"])
    return gift.read(text, courses.phrases[lang].invented)


def plan(text: str, kind: str, library: Library, folder: Path = CONTENT, on: date | None = None) -> Plan:
    """What taking in would do. Raises `ExchangeProblem` and `ContentError`."""
    courses = content.load(folder)
    bundle = _read(text, kind, courses)
    course, lang = bundle.course, bundle.course.lang
    before = {card.id: card for card in courses.of(course.id, lang)}
    after = {card.id: card for card in bundle.cards}
    taken = [i for i in after if (i, lang) in courses.cards and courses.cards[i, lang].course != course.id]
    if taken:
        raise ExchangeProblem([f"line 1: {i} is a card of another course: give it another id" for i in taken])
    others = {key: card for key, card in courses.cards.items() if card.id not in before or card.lang != lang}
    would = replace(
        courses,
        courses={**courses.courses, (course.id, lang): course},
        cards={**others, **{(card.id, lang): card for card in bundle.cards}},
    )
    known = Counter(checking.problems(courses, library, on))
    base = folder / lang / "courses"
    files: dict[Path, str | None] = {base / f"{course.id}.yml": course_file(course)}
    for module in course.modules:
        mine = [card for card in bundle.cards if card.module == module.id]
        files[base / f"{course.id}.{module.id}.yml"] = cards_file(course, module.id, mine)
    files |= {path: None for path in base.glob(f"{course.id}.*.yml") if path not in files}
    return Plan(
        files,
        [line for line in checking.problems(would, library, on) if not known[line]],
        new=len(after.keys() - before.keys()),
        changed=sum(after[i] != before[i] for i in after.keys() & before.keys()),
        gone=len(before.keys() - after.keys()),
    )


def carry_out(todo: Plan) -> list[Path]:
    """Write what differs: first all of it beside its place, then each file into its place. Gives back the paths that changed.

    Where writing fails nothing has changed yet; only a machine that stops among the last steps leaves a part, which `waymark check` reports.
    """
    drafts: dict[Path, Path] = {}
    for path, text in todo.files.items():
        if text is not None and not (path.exists() and path.read_text("utf-8") == text):
            path.parent.mkdir(parents=True, exist_ok=True)
            drafts[path] = path.with_suffix(".new")
    try:
        for path, draft in drafts.items():
            draft.write_text(todo.files[path] or "", "utf-8")
    except OSError:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
        raise
    for path, draft in drafts.items():
        os.replace(draft, path)
    gone = [path for path, text in todo.files.items() if text is None]
    for path in gone:
        path.unlink()
    return [*drafts, *gone]
