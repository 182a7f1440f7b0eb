"""What is done to a message before anybody reads it. Standard library only: both environments import this module.

Two views of the same message exist. `clean` is what the classifier reads: the person's words without what cannot be
seen. `fold` is what word lists are matched against: lower case, no accents, no look-alike characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

MAX_CHARS = 10_000
"""Longest message that is read; what is beyond is cut (R13: a long message must not hold up a short one)."""

_INVISIBLE = {"Cf", "Cc", "Co", "Cn", "Cs"}
_SPACE = re.compile(r"\s+")
_LETTER_RUN = re.compile(r"([a-z])\1{2,}")
_NOT_WORD = re.compile(r"[^\w\s'@#$&+]", re.UNICODE)
_APOSTROPHES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u0060": "'", "\u00b4": "'"})
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"})
_MIXED_WORD = re.compile(r"[a-z013457@$']+")  # no look-ahead: it would read a long word once for each of its letters
_LEET_INSIDE = re.compile(
    r"(?<![\w@$])(?=[^\W\d_][a-z013457@$]*[013457@$])[^\W\d_][a-z013457@$]{3,}(?<=[a-z])(?![\w@$]|\.\w)", re.IGNORECASE
)
_BANG_IN_WORD = re.compile(r"(?<![a-z0-9]{4})(?<=[a-z])[!|](?=[a-z0-9])")  # "k!ll", not "help!now"
_LOOKALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u04bb\u0501\u03b1\u03bf\u03c1\u03bd\u03b9",
    "aeopcyxisjhdaopvi",
)


def clean(text: str) -> str:
    """The message as a person sees it: composed characters, nothing invisible, single spaces, at most `MAX_CHARS`."""
    text = unicodedata.normalize("NFKC", text[: MAX_CHARS * 2])[: MAX_CHARS * 2]  # some characters become eighteen
    table: dict[int, str | None] = {}
    for char in set(text):  # each character is looked up once, however long the message
        if char in "\n\t\r":
            table[ord(char)] = " "
        elif char in "\u200d\ufe0f" or unicodedata.category(char) in _INVISIBLE:
            table[ord(char)] = None  # joiner and selector belong to emoji; between letters they only hide words
    return _SPACE.sub(" ", text.translate(table).translate(_APOSTROPHES)).strip()[:MAX_CHARS].strip()


def plain(text: str) -> str:
    """Lower case without accents; everything else stays. `text` has been through `clean`."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    marks = dict.fromkeys(ord(char) for char in set(decomposed) if unicodedata.category(char) == "Mn")
    return decomposed.translate(marks) if marks else decomposed


def fold(text: str) -> str:
    """For word lists: `plain`, look-alike letters replaced, leetspeak read ("h3lp" is "help"), punctuation gone,
    letters held down shortened ("heeeelp" is "heelp" and matches by its patterns). Digits of numbers stay."""
    text = _BANG_IN_WORD.sub("i", plain(clean(text)).translate(_LOOKALIKE))
    text = _MIXED_WORD.sub(lambda m: _unleet(m.group()), text)
    text = _LETTER_RUN.sub(r"\1\1", text)
    return _SPACE.sub(" ", _NOT_WORD.sub(" ", text)).strip()


def _unleet(word: str) -> str:
    """Read digits as letters only where a word is mostly letters: "h3lp" but not "16yo", "2nd", "8pm" or "1591a"."""
    if word.isalpha() or not any(c.isalpha() for c in word):
        return word
    if re.fullmatch(r"\d+[a-z]{1,4}", word) or re.fullmatch(r"[a-z]\d+", word):
        return word
    return word.translate(_LEET)


def without_leet(text: str) -> str:
    """For the classifier: digits and signs between the letters of a word of four or more are read as letters ("n33d s4fe h0use"); "H1B",
    "MS13", "b4" and "16yo" stay."""
    return _LEET_INSIDE.sub(lambda m: m.group().translate(_LEET), text)


def letters(text: str) -> int:
    """How many letters of any script the message has."""
    return sum(1 for c in text if c.isalpha())


def latin_share(text: str) -> float:
    """Share of the letters that are Latin, 0.0 to 1.0; 1.0 where there is no letter at all."""
    total = latin = 0
    for char, count in Counter(text).items():
        if char.isalpha():
            total += count
            if unicodedata.name(char, "").startswith("LATIN"):
                latin += count
    return latin / total if total else 1.0


def for_rasa(text: str) -> str:
    """User text as Rasa may see it. A leading slash would be read as a command that names any intent, so it goes."""
    return clean(text).lstrip("/\\ ").strip()


def windows(text: str, size: int = 60, step: int = 40) -> list[str]:
    """Overlapping runs of `size` words, so that the end of a long story is read as well as its beginning."""
    words = text.split()
    if len(words) <= size:
        return [text]
    starts = range(0, len(words) - size + step, step)
    return [" ".join(words[start : start + size]) for start in starts]


_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s+(?:also|and also|by the way|btw|tambien|y tambien)\s+", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """The message cut where a second request may begin: at sentence ends and before "also"."""
    return [part.strip() for part in _SENTENCE.split(text) if len(part.split()) >= 2]
