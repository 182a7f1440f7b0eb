"""How long the longest message holds up the floor: 10,000 characters, read as the desk reads them before the classifier is asked."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bot.safety.exits import Exits
from bot.safety.floor import Floor
from nlu.text import MAX_CHARS, for_rasa, sentences

STORY = "we drove around all day and nobody said much, then he took my phone and the door was locked. "
LONG = {
    "a story": STORY,
    "an account with accents": "estábamos en la casa, él me quitó el teléfono y después cerró la puerta con llave. ",
    "no spaces": "hehasagun",
    "single letters": "h e l p ",
    "marks": "1!a",
    "pictures": "he is here 😭 ",
    "invisible": "h\u200be\u200bl\u200bp ",
    "a ligature that becomes eighteen letters": "ﷺ",
}


def reader() -> Callable[[str], object]:
    """Text, exits and floor, compiled once."""
    floor, exits = Floor(), Exits()

    def read(text: str) -> object:
        sentences(for_rasa(text))
        return exits.wish(text), floor.read(text)

    return read


def message(piece: str) -> str:
    return (piece * (MAX_CHARS // len(piece) + 1))[:MAX_CHARS]


def longest(repeats: int = 9) -> dict[str, float]:
    """Milliseconds by kind of text, the median of `repeats`."""
    read, found = reader(), {}
    for name, piece in LONG.items():
        text, seconds = message(piece), []
        for _ in range(repeats):
            start = time.perf_counter()
            read(text)
            seconds.append(time.perf_counter() - start)
        found[name] = 1000 * statistics.median(seconds)
    return found


if __name__ == "__main__":
    for what, ms in longest().items():
        print(f"{what:44s} {ms:6.1f} ms")
