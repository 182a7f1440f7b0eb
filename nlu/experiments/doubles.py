"""Near-doubles: phrases that say the same in the same letters, and phrases that stand in a file that judges.

    .venv-nlu/bin/python -m nlu.experiments.doubles [--data DIR] [--drop] [--against FILE.jsonl ...]

Two messages are near-doubles where the letter runs of their folded texts point the same way (cosine of at least `ALIKE`). Of two in one
row the later file's goes; the same words in two rows are a question for a reader and are only listed. A phrase that stands
nearly so in a file that judges is dropped whatever its row, since what is learnt by heart measures nothing. Prints places and
counts; phrases are printed only from `nlu/data`, never messages of a file that judges.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer

from nlu.components.importer import DATA
from nlu.components.phrases import Phrase, read_file
from nlu.text import fold

ALIKE = 0.92
WORDS = 4
"""Shorter ones everybody types ("thank you", "no se"), whatever file they stand in."""
BLOCK = 512


def pairs(left: sp.csr_matrix, right: sp.csr_matrix, alike: float = ALIKE) -> Iterator[tuple[int, int]]:
    """(row of left, row of right) of every two with a cosine of at least `alike`; rows are of unit length."""
    for start in range(0, left.shape[0], BLOCK):
        found = (left[start : start + BLOCK] @ right.T).tocoo()
        for row, column, value in zip(found.row, found.col, found.data, strict=True):
            if value >= alike:
                yield start + int(row), int(column)


def vectors(texts: list[str], others: list[str]) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Letter runs of three and four; one-word messages are compared as they are, by the same measure."""
    space = TfidfVectorizer(preprocessor=fold, analyzer="char_wb", ngram_range=(3, 4), dtype="float32")
    space.fit(texts + others)
    return space.transform(texts), space.transform(others) if others else sp.csr_matrix((0, 0))


def drop_lines(path: Path, gone: set[str]) -> int:
    """Rewrite a phrase file without these messages; comments and blocks stay. Returns how many lines went."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not (line.startswith("    ") and line.strip() in gone)]
    path.write_text("".join(kept), "utf-8")
    return len(lines) - len(kept)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="doubles")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--against", type=Path, nargs="*", default=[], help="files that judge, a JSON object a line")
    parser.add_argument("--drop", action="store_true", help="take the later of two in a row out of its file")
    args = parser.parse_args(argv)
    found: list[tuple[Path, Phrase]] = [
        (p, phrase) for p in sorted(args.data.rglob("*.yml")) for phrase in read_file(p)
    ]
    judged = [
        json.loads(line)["text"] for file in args.against for line in file.read_text("utf-8").splitlines() if line
    ]
    ours, theirs = vectors([phrase.text for _, phrase in found], judged)
    gone: set[int] = set()
    rows: dict[str, list[int]] = {}
    for number, (_, phrase) in enumerate(found):
        rows.setdefault(phrase.intent, []).append(number)
    for numbers in rows.values():
        for first, second in pairs(ours[numbers], ours[numbers]):
            if first < second and numbers[first] not in gone:
                gone.add(numbers[second])
    seen: dict[str, Phrase] = {}
    across = 0
    for number, (_, phrase) in enumerate(found):
        if number not in gone:
            other = seen.setdefault(fold(phrase.text), phrase)
            if other.intent != phrase.intent and other.role_seen == phrase.role_seen:
                across += 1
                print(f"{other.intent} / {phrase.intent}: {phrase.text!r}")
    copied = (
        {first for first, _ in pairs(ours, theirs) if len(found[first][1].text.split()) >= WORDS} if judged else set()
    )
    print(
        f"{len(found)} phrases: {len(gone)} near-doubles in a row, {across} across rows, {len(copied)} in a file that judges"
    )
    if args.drop:
        by_file: dict[Path, set[str]] = {}
        for number in gone | copied:
            by_file.setdefault(found[number][0], set()).add(found[number][1].text)
        print(f"{sum(drop_lines(path, texts) for path, texts in by_file.items())} lines taken out")


if __name__ == "__main__":
    main()
