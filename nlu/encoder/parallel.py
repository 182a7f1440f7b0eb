"""Sentences that stand in `content/en` and, in Spanish, at the same place in `content/es`: what the encoder can learn Spanish from.

The published model knows English alone. A Spanish sentence is drawn to the vector that the published model gives its English twin, and
the English one is held there (Reimers and Gurevych 2020, "Making monolingual sentence embeddings multilingual using knowledge distillation").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from nlu.text import clean

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
CONTENT = Path(__file__).parents[2] / "content"


def _walk(english: Any, spanish: Any) -> Iterator[tuple[str, str]]:
    """Texts at the same place of two documents; lists of unlike length are passed over: nobody could say what belongs to what."""
    if isinstance(english, dict) and isinstance(spanish, dict):
        for key in english.keys() & spanish.keys():
            yield from _walk(english[key], spanish[key])
    elif isinstance(english, list) and isinstance(spanish, list) and len(english) == len(spanish):
        for left, right in zip(english, spanish, strict=True):
            yield from _walk(left, right)
    elif isinstance(english, str) and isinstance(spanish, str):
        yield english, spanish


def pairs(content: Path = CONTENT) -> list[tuple[str, str]]:
    """English and Spanish sentences of at least two words that are not the same, sorted, each pair once. A text whose two versions have
    unlike numbers of sentences stays whole."""
    found: set[tuple[str, str]] = set()
    for file in sorted((content / "en").rglob("*.yml")):
        twin = content / "es" / file.relative_to(content / "en")
        if not twin.exists():
            continue
        for texts in _walk(*(yaml.safe_load(path.read_text("utf-8")) for path in (file, twin))):
            split = [[clean(part) for part in _SENTENCE.split(text.strip())] for text in texts]
            if len(split[0]) != len(split[1]):
                split = [[clean(text)] for text in texts]
            found.update((en, es) for en, es in zip(*split, strict=True) if en != es and len(en.split()) > 1)
    return sorted(found)
