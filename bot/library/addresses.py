"""What reads like a place that one could go to: street, unit, box, ZIP, point on a map, in either language (R14, R28)."""

from __future__ import annotations

import re

from nlu.text import fold

_STREET = re.compile(
    r"\b\d{1,5}\s+(?:[NSEW]\.?\s+|North\s+|South\s+|East\s+|West\s+)?(?:(?:[A-Z][\w'.]*|\d+(?:st|nd|rd|th))\s+){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Highway|Hwy|Parkway|Pkwy|Place|Pl)\b"
)
_STREET_ES = re.compile(
    r"\b(?:[Cc]alle|[Aa]venida|[Aa]v\.|[Cc]arretera|[Bb]ulevar|[Pp]aseo)\s+(?:[A-ZÁÉÍÓÚÑ]\w*\s+){1,4}(?:#|[Nn]o\.|n\.º|,)?\s*\d{1,5}\b"
)
_PO_BOX = re.compile(r"\bP\.?\s?O\.?\s+Box\s+\d+|\b[Aa]partado\s+(?:[Pp]ostal\s+)?\d+", re.IGNORECASE)
_ZIP = re.compile(r"\b(?:[A-Z][a-z]+,?\s+)[A-Z]{2}\s+\d{5}(?:-\d{4})?\b")
_COORDINATES = re.compile(r"-?\d{1,3}\.\d{4,}\s*,\s*-?\d{1,3}\.\d{4,}")
ADDRESSES = (_STREET, _STREET_ES, _PO_BOX, _ZIP, _COORDINATES)
# The same however it is typed. "9 to 5 at St Mary" is none: the name of a street has no such small words.
_SMALL = r"(?:to|at|of|the|and|in|on|a|an|for|from|or|until|till|by|am|pm|a|de|la|el|los|las|en|y|al|del|hours?|days?|years?|horas?)"
_TYPED = re.compile(
    rf"\b\d{{1,6}}\s+(?:[nsew]\s+)?(?:(?!{_SMALL}\b)(?:[a-z'ñ]+|\d+(?:st|nd|rd|th))\s+){{1,3}}"
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|highway|hwy|parkway|pkwy|terrace|circle)\b(?! (?:to|you|up|there|people|them|a)\b)"
)
_TYPED_ES = re.compile(
    r"\b(?:calle|avenida|avda|carrera|carretera|colonia|bulevar)\s+(?:[a-z0-9'ñ]+\s+){0,4}#?\d{1,5}\b"
)
_UNIT = re.compile(r"\b(?:apt|apartment|unit|suite|ste|apto|depto)\s*#?\s*\d+[a-z]?\b")


def address_in(text: str) -> str | None:
    """The piece of a text that reads like an address, or None."""
    if not any(char.isnumeric() for char in text):
        return None  # every one of them has a number
    for pattern in ADDRESSES:
        found = pattern.search(text)
        if found:
            return found.group().strip()
    folded = fold(text)
    for pattern in (_TYPED, _TYPED_ES, _UNIT):
        found = pattern.search(folded)
        if found:
            return found.group().strip()
    return None
