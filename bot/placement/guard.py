"""Whether an advocate's text holds something that should not stand on a screen that anybody may be looking at: an address, a number, a
link, the name of a program. It is held then, until the advocate says yes a second time. Pure; too much is held rather than too little."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import phonenumbers
from rapidfuzz import fuzz

from bot.oncall.model import Program
from bot.oncall.programs import address_in
from nlu.text import clean, fold, plain

Kind = Literal["address", "number", "link", "program"]
SHORTEST_WORD, SHORTEST_NAME = 5, 8
"""Letters: a shorter single word ("hope") is in too many sentences to be a name; a whole name is looked for from the second length on."""
NEAR = 88
"""Of 100: one letter wrong in seven."""
_GENERIC = frozenset(
    ["example", "house", "home", "homes", "network", "project", "program", "center", "centre", "shelter", "refuge", "door", "unit", "victim", "services", "service", "family", "women", "womens", "men", "safe", "the", "of", "for", "and", "at", "in", "a", "an", "new", "night", "place", "casa", "hogar", "centro", "refugio", "albergue", "programa", "proyecto", "red", "la", "el", "los", "las", "de", "del", "para", "y", "inc", "group", "community", "county", "city", "coalition", "ministries", "ministry", "mission"]
)  # fmt: skip
_LINK = re.compile(
    r"https?:|www\.|\S+@\S+\.\w|(?<!\w)@\w{4,}|\bt\.me\b|\b[\w-]+\.(?:com|org|net|gov|edu|info|us|io|me|co|mx|es)\b"
    r"|\b(?:dot|punto) (?:com|org|net|gov|info)\b|\b(?:arroba|at) \w+ (?:dot|punto) \w+"
)
_DIGITS = re.compile(r"(?:\d[\s().\-/]*){7,}")
_PLACE = re.compile(
    r"\b\d{2,6} (?:n|s|e|w|north|south|east|west|norte|sur|este|oeste)\b|\bcorner of\b|\besquina\b|\b\d{1,3}(?:st|nd|rd|th) (?:and|y)\b"
    r"|\b\d{1,6} (?:[a-z']+ ){0,2}(?:avenue|ave|street|st|road|rd|drive|lane|boulevard|blvd|court|highway|hwy|parkway|calle|avenida)\b"
    r"|\b(?:calle|avenida|avda|carrera) \w+"
)
_NUMBERED_NAME = re.compile(r"\b\d{3,6} [A-ZÁÉÍÓÚÑ][a-záéíóúñ]{2,}")
_COORDINATES = re.compile(r"-?\d{1,3}\.\d{3,}\s*,\s*-?\d{1,3}\.\d{3,}")
_NUMBER_WORDS = frozenset(
    [
        "zero",
        "oh",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "cero",
        "uno",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
    ]
)
_SPELLED = re.compile(r"\b(?:\w ){3,}\w\b")
"""Letters one by one, as somebody spells a name."""
MOST_SPOKEN = 7


def found(text: str, programs: Iterable[Program]) -> tuple[Kind, ...]:
    """What it holds, each kind once; () where it may go."""
    kinds: dict[Kind, bool] = {
        "address": _address(text), "number": _number(text), "link": _LINK.search(plain(clean(text))) is not None,
        "program": any(_named(fold(text), program) for program in programs),
    }  # fmt: skip
    return tuple(kind for kind, holds in kinds.items() if holds)


def _address(text: str) -> bool:
    seen, folded = clean(text), fold(text)
    said = _NUMBERED_NAME.search(seen) or _COORDINATES.search(seen) or _PLACE.search(folded)
    return said is not None or address_in(text)


def _number(text: str) -> bool:
    seen = clean(text)
    if _DIGITS.search(seen):
        return True
    if (
        next(iter(phonenumbers.PhoneNumberMatcher(seen, "US", leniency=phonenumbers.Leniency.POSSIBLE)), None)
        is not None
    ):
        return True
    spoken = 0
    for word in plain(seen).replace("-", " ").replace(",", " ").split():
        spoken = spoken + (len(word) if word.isdigit() else 1) if word in _NUMBER_WORDS or word.isdigit() else 0
        if spoken >= MOST_SPOKEN:
            return True
    return False


def _named(text: str, program: Program) -> bool:
    """Whole name, nearly the whole, or all of its words that only it has, in any order and nearly as written."""
    whole, places = fold(program.name), {word for region in program.regions for word in fold(region).split()}
    own = [word for word in whole.split() if word not in _GENERIC and word not in places]
    words = _SPELLED.sub(lambda m: m.group().replace(" ", ""), text).split()
    tight, joined = "".join(words), whole.replace(" ", "")
    if f" {whole} " in f" {text} " or (len(joined) >= SHORTEST_NAME and joined in tight):
        return True
    if len(whole) >= SHORTEST_NAME and len(text) >= len(whole) - 2 and fuzz.partial_ratio(whole, text) >= NEAR:
        return True
    if len("".join(own)) >= SHORTEST_NAME and "".join(own) in tight:
        return True
    telling = any(len(word) >= SHORTEST_WORD for word in own)
    return telling and all(any(_alike(word, said) for said in words) for word in own)


def _alike(word: str, said: str) -> bool:
    if len(word) < SHORTEST_WORD:
        return word == said
    return fuzz.ratio(word, said) >= NEAR or (len(said) > len(word) and said.startswith(word))
