"""Whom a coordinator invites, in the words behind `/invite`: "20", "20 Night watch", "turno de noche 20". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.store.training_people import as_read
from bot.training.dates import count_of

_SMALL = {
    "en": frozenset(
        [
            "officer",
            "officers",
            "people",
            "person",
            "link",
            "links",
            "for",
            "the",
            "to",
            "of",
            "from",
            "unit",
            "and",
            "a",
            "an",
            "please",
            "coordinator",
        ]
    ),
    "es": frozenset(
        [
            "agente",
            "agentes",
            "persona",
            "personas",
            "enlace",
            "enlaces",
            "para",
            "el",
            "la",
            "los",
            "las",
            "de",
            "del",
            "unidad",
            "y",
            "un",
            "una",
            "por",
            "favor",
        ]
    ),
}
"""Words around a number and a unit; they carry nothing."""
_NUMBER = re.compile(r"(?<!\w)\d{1,9}(?!\w)")


@dataclass(frozen=True, slots=True)
class Invited:
    """`count`: of officers, None where no number was said. `unit`: the name of one that is there. `unknown`: what else was said, where it names
    none."""

    count: int | None = None
    unit: str | None = None
    unknown: str = ""


def invited(text: str, units: Iterable[str], lang: str) -> Invited:
    """`units`: names. A number may be a unit's ("Squad 3"): what leaves the name of one that is there is the count."""
    named = {as_read(name): name for name in units}
    whole = _bare(text, lang)
    if as_read(whole) in named:
        return Invited(unit=named[as_read(whole)])
    found = [Invited(count, *_unit(rest, named)) for count, rest in _counts(text, lang)]
    if not found:
        return Invited(None, None, whole)
    return next((one for one in found if one.unit is not None), found[0])


def _unit(rest: str, named: dict[str, str]) -> tuple[str | None, str]:
    unit = named.get(as_read(rest)) if rest else None
    return unit, "" if unit is not None else rest


def _counts(text: str, lang: str) -> Iterable[tuple[int, str]]:
    """Each number with what is left of the text without it."""
    for match in _NUMBER.finditer(text):
        yield int(match[0]), _bare(text[: match.start()] + text[match.end() :], lang)
    words = text.split()
    for n, word in enumerate(words):
        count = count_of(word, lang)
        if count is not None and not word.isdecimal():
            yield count, _bare(" ".join(words[:n] + words[n + 1 :]), lang)


def _bare(text: str, lang: str) -> str:
    """Without small words at its ends."""
    words = text.strip(" .,;:!").split()
    while words and words[0].casefold().strip(",;:") in _SMALL[lang]:
        words = words[1:]
    while words and words[-1].casefold().strip(",;:") in _SMALL[lang]:
        words = words[:-1]
    return " ".join(words).strip(" .,;:")
