"""What an advocate's text may give away: an address or a known program's name waits for a second yes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlu.text import fold

_STREET = re.compile(
    r"\b\d{1,6}\s+(?:[nsew]\s+)?(?:[a-z0-9']+\s+){1,4}"
    r"(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|blvd|boulevard|ct|court|pl|place|way|hwy|highway|pkwy|parkway|cir|circle|ter|terrace|loop|trail)\b"
)
_CALLE = re.compile(
    r"\b(?:calle|avenida|avda|av|carrera|boulevard|camino|carretera|colonia|apartado)\s+(?:[a-z0-9']+\s+){0,4}#?\d{1,5}\b"
)
_UNIT = re.compile(r"\b(?:apt|apartment|unit|suite|ste|apto|departamento|depto|room|habitacion)\s*#?\s*\d+[a-z]?\b")
_ZIP = re.compile(r"\b(?:[a-z]{2}\s+)\d{5}(?:\s\d{4})?\b")


def gives_away(text: str, names: Iterable[str]) -> bool:
    """True where the text seems to hold an address, or names a program."""
    folded = fold(text)
    if any(pattern.search(folded) for pattern in (_STREET, _CALLE, _UNIT, _ZIP)):
        return True
    padded = f" {folded} "
    return any(f" {fold(name)} " in padded for name in names if name)
