"""What a keyboard, a phone and a frightened hand do to a message. Each disguise leaves to a person who reads it what it means."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

_LEET = str.maketrans({"e": "3", "a": "4", "o": "0", "i": "1"})
"""Not the first letter: a digit before a few letters is a number to us ("3rd", "16yo"), so "3sta" is not read as "esta"."""


def _words(text: str, change: Callable[[str, random.Random], str], least: int = 5, how_many: int = 1) -> str:
    """`change` to so many words of at least `least` letters; which ones depends on the message alone."""
    draw, words = random.Random(text), text.split(" ")
    long = [at for at, word in enumerate(words) if word.isalpha() and len(word) >= least]
    for at in draw.sample(long, min(how_many, len(long))):
        words[at] = change(words[at], draw)
    return " ".join(words)


def _swapped(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _dropped(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :]


def _doubled(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    return word[:at] + word[at] + word[at:]


def _no_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")


def _shuffled_case(text: str) -> str:
    return "".join(c.upper() if at % 2 else c.lower() for at, c in enumerate(text))


def _emoji_between(text: str) -> str:
    words = text.split(" ")
    return " ".join(word + (" 😭" if at % 4 == 3 else "") for at, word in enumerate(words))


DISGUISES: dict[str, Callable[[str], str]] = {
    "two letters swapped": lambda text: _words(text, _swapped),
    "a letter dropped": lambda text: _words(text, _dropped),
    "a letter doubled": lambda text: _words(text, _doubled),
    "capitals": str.upper,
    "small letters": str.lower,
    "shuffled case": _shuffled_case,
    "no accents": _no_accents,
    "accents apart": lambda text: unicodedata.normalize("NFD", text),
    "emoji around": lambda text: f"😱😱 {text} 🙏💔",
    "emoji between": _emoji_between,
    "padding": lambda text: f"\n\n   {text}\t  \n",
    "words before": lambda text: f"ok so i dont really know how to start. {text}",
    "palabras antes": lambda text: f"pues no sé cómo empezar a contar esto. {text}",
    "polite": lambda text: f"hello, sorry to bother you, {text}, thank you so much",
    "cortés": lambda text: f"buenas noches, disculpe la molestia, {text}, muchas gracias",
    "zero width": lambda text: "\u200b".join(text),
    "soft hyphens": lambda text: _words(text, lambda word, _: f"{word[:3]}\u00ad{word[3:]}", 5, 9),
    "look-alikes": lambda text: text.replace("a", "\u0430").replace("e", "\u0435").replace("o", "\u043e"),
    "leetspeak": lambda text: _words(text, lambda word, _: word[0] + word[1:].translate(_LEET), 4, 99),
    "no marks": lambda text: "".join(c for c in text if c not in ".,!?'"),
    "wide letters": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and c != "'" else c for c in text),
    "a question after": lambda text: f"{text}. also what is a t visa",
    "a question before": lambda text: f"what is a t visa? and {text}",
    "una pregunta después": lambda text: f"{text}. también quiero saber qué es la visa t",
}
