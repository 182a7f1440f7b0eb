"""Other people's exams as they publish them: CLINC150 in JSON, BANKING77 and HWU64 in CSV, read from a copy given by path.

No data set lies in this repository and none is fetched. `docs/benchmarks/outside-exams.md` says where each is published.
"""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

OUTSIDE = "out_of_scope"
"""The row for what the bot is not for, as in our own catalogue; a data set calls it what it likes."""
CLINC_FILE = "data_full.json"
CLINC_PARTS = ("train", "test", "oos_train", "oos_test")
CSV_FILES = ("train.csv", "test.csv")
EXAMS = ("clinc150", "banking77", "hwu64")
SIZES = {"clinc150": (15_000, 4_500), "banking77": (10_003, 3_080)}
"""Phrases to learn from and messages that judge, in scope, as published; another copy is read and said to be another. HWU64 goes
round in several divisions."""
Pair = tuple[str, str]
"""(text, intent)"""


class OutsideFileError(ValueError):
    """A file that is not the exam it was called; says which file and what to do."""


@dataclass(frozen=True)
class Exam:
    """Phrases to learn from and messages that judge; those of no intent apart, in CLINC150 only."""

    name: str
    learn: list[Pair]
    judge: list[Pair]
    outside_learn: list[str] = field(default_factory=list)
    outside_judge: list[str] = field(default_factory=list)

    def drawn(self, shots: int, seed: int) -> Exam:
        """The same exam with `shots` phrases an intent to learn from, or all where there are fewer."""
        chance = random.Random(seed)  # noqa: S311
        rows: dict[str, list[str]] = defaultdict(list)
        for text, intent in self.learn:
            rows[intent].append(text)
        some = [
            (text, intent)
            for intent in sorted(rows)
            for text in chance.sample(rows[intent], min(shots, len(rows[intent])))
        ]
        outside = chance.sample(self.outside_learn, min(shots, len(self.outside_learn)))
        return replace(self, learn=some, outside_learn=outside)

    @property
    def intents(self) -> int:
        return len({intent for _, intent in self.learn})


def read_exam(name: str, path: Path) -> Exam:
    """`name` is one of `EXAMS`. Raises `OutsideFileError`."""
    if not path.exists():
        raise OutsideFileError(f"{path} is not there: give the path of your copy of {name}")
    try:
        exam = _clinc(path) if name == "clinc150" else _tables(name, path)
    except UnicodeDecodeError:
        raise OutsideFileError(
            f"{path} is no text in UTF-8: is it still packed? Give the {name} files themselves"
        ) from None
    learnt, judged = ({intent for _, intent in pairs} for pairs in (exam.learn, exam.judge))
    if len(learnt) < 2:
        raise OutsideFileError(
            f"{path}: {len(learnt)} intents to learn, at least 2 are needed: give the whole of {name}"
        )
    if judged - learnt:
        raise OutsideFileError(f"{path}: {min(judged - learnt)!r} is asked and never learnt: files of two data sets?")
    return exam


def other_size(exam: Exam) -> str:
    """Empty where the copy is as large as the published one, else what differs."""
    published = SIZES.get(exam.name)
    if published is None or (len(exam.learn), len(exam.judge)) == published:
        return ""
    return (
        f"this copy has {len(exam.learn):,} phrases and {len(exam.judge):,} messages, the published one "
        f"{published[0]:,} and {published[1]:,}: do not compare it with published figures"
    )


def _clinc(path: Path) -> Exam:
    file = path / CLINC_FILE if path.is_dir() else path
    if not file.is_file():
        raise OutsideFileError(f"there is no {CLINC_FILE} in {path}: give that file of CLINC150 itself")
    try:
        data = json.loads(file.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise OutsideFileError(f"{file} is no JSON (line {error.lineno}): give CLINC150's {CLINC_FILE}") from None
    missing = [part for part in CLINC_PARTS if not isinstance(data, dict) or not isinstance(data.get(part), list)]
    if missing:
        raise OutsideFileError(f"{file} has no list {', '.join(missing)}: give CLINC150's {CLINC_FILE}")
    parts = {part: _pairs(file, part, data[part]) for part in CLINC_PARTS}
    if not parts["oos_test"]:
        raise OutsideFileError(f"{file}: oos_test is empty: give CLINC150's {CLINC_FILE}")
    if OUTSIDE in {intent for _, intent in parts["train"]}:
        raise OutsideFileError(f"{file}: train has the intent {OUTSIDE}, which is ours: give CLINC150's {CLINC_FILE}")
    learn, judge = ([text for text, _ in parts[part]] for part in ("oos_train", "oos_test"))
    return Exam("clinc150", parts["train"], parts["test"], learn, judge)


def _pairs(file: Path, part: str, entries: list[Any]) -> list[Pair]:
    for number, entry in enumerate(entries, 1):
        if not (isinstance(entry, list) and len(entry) == 2 and all(isinstance(word, str) for word in entry)):
            raise OutsideFileError(f"{file}: entry {number} of {part} is no pair of text and intent")
    return [(text, intent) for text, intent in entries]


def _tables(name: str, path: Path) -> Exam:
    folder = path if path.is_dir() else path.parent
    if not path.is_dir() and path.name not in CSV_FILES:
        raise OutsideFileError(f"{path} is a file: give the folder that holds {name}'s {' and '.join(CSV_FILES)}")
    learn, judge = (_table(name, folder / file) for file in CSV_FILES)
    return Exam(name, learn, judge)


def _table(name: str, file: Path) -> list[Pair]:
    if not file.is_file():
        raise OutsideFileError(f"there is no {file.name} in {file.parent}: give the folder of {name}'s CSV files")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if not {"text", "category"} <= set(rows.fieldnames or ()):
            raise OutsideFileError(
                f"{file}: the first line names no columns text and category: is it {name}'s {file.name}?"
            )
        found = []
        for row in rows:
            if not row["text"] or not row["category"]:
                raise OutsideFileError(f"{file}, line {rows.line_num}: text or category is missing")
            found.append((row["text"], row["category"]))
    if not found:
        raise OutsideFileError(f"{file} has no lines but the first")
    return found
