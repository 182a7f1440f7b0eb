"""The training phrases that are most like a message: `python -m nlu.nearest`, the message on standard input, JSON on standard output.

For `waymark explain`; Rasa is not needed and not loaded. Letter runs choose some hundred phrases out of all, the sentence encoder
(WAYMARK_ENCODER_FILE, as for Rasa) puts them in order; without it the letter runs do that too. The whole data through the encoder would
take a minute. Nothing is stored. It stands beside `components`, so that a change here trains no new model.
"""

from __future__ import annotations

import heapq
import json
import math
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nlu.components.phrases import Phrase, read_folder
from nlu.text import clean, fold

DATA = Path(__file__).resolve().parent / "data"
SHOWN = 5
LOOKED_AT = 400
"""Phrases that the encoder reads, about a second."""
RUN = 3


class Encoder(Protocol):
    """`encode`: (len(texts), dimensions) float32, each row of length one, or zeros for blank text."""

    def encode(self, texts: list[str]) -> np.ndarray: ...


def runs(text: str) -> frozenset[str]:
    """Runs of three letters of the folded text, words set apart by spaces."""
    spaced = f" {fold(text)} "
    return frozenset(spaced[start : start + RUN] for start in range(len(spaced) - RUN + 1))


def by_letters(text: str, phrases: list[Phrase], most: int) -> list[tuple[float, Phrase]]:
    """At most `most` phrases that share a letter run with the text, likest first, with a likeness up to 1.0: rare runs count
    more."""
    sets = [runs(phrase.text) for phrase in phrases]
    seen = Counter(run for held in sets for run in held)
    weight = {run: math.log((1 + len(sets)) / (1 + times)) ** 2 for run, times in seen.items()}
    unseen = math.log(1 + len(sets)) ** 2
    asked = runs(text)
    size = math.sqrt(sum(weight.get(run, unseen) for run in asked))

    def likeness(held: frozenset[str]) -> float:
        both = sum(weight[run] for run in held & asked)
        return both / (size * math.sqrt(sum(weight[run] for run in held))) if both else 0.0

    found = ((likeness(held), phrase) for held, phrase in zip(sets, phrases, strict=True))
    return heapq.nlargest(most, (item for item in found if item[0] > 0), key=lambda item: item[0])


def by_meaning(text: str, phrases: list[Phrase], encoder: Encoder) -> list[tuple[float, Phrase]]:
    """All of `phrases`, likest first, by the cosine of their sentence vectors (-1.0 to 1.0)."""
    asked = encoder.encode([clean(text)])[0]
    found = encoder.encode([clean(phrase.text) for phrase in phrases]) @ asked
    return sorted(((float(c), phrase) for c, phrase in zip(found, phrases, strict=True)), key=lambda item: -item[0])


def nearest(text: str, phrases: list[Phrase], encoder: Encoder | None) -> dict[str, Any]:
    """`by`: "encoder" or "letters"; `phrases`: at most `SHOWN`, likest first."""
    found = by_letters(text, phrases, LOOKED_AT if encoder is not None else SHOWN)
    if encoder is not None and found:
        found = by_meaning(text, [phrase for _, phrase in found], encoder)
    shown = [
        {
            "text": clean(phrase.text),
            "row": phrase.intent,
            "lang": phrase.lang,
            "hand": phrase.author,
            "role": phrase.role,
            "voice": phrase.voice,
            "likeness": round(likeness, 3),
        }
        for likeness, phrase in found[:SHOWN]
    ]
    return {"by": "letters" if encoder is None else "encoder", "phrases": shown}


def _encoder() -> Encoder | None:
    """As Rasa has it. None where there is none: letters are better than nothing."""
    file = os.environ.get("WAYMARK_ENCODER_FILE")
    if not file or not Path(file).exists():
        return None
    try:
        from nlu.components.encoder import shared_encoder

        return shared_encoder(file)
    except Exception:
        return None


def main() -> None:
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    print(json.dumps(nearest(text, read_folder(DATA), _encoder())))


if __name__ == "__main__":
    main()
