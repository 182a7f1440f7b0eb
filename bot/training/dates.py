"""Days, months, numbers and dates as people write them, English or Spanish. Pure. What may be more than one date is `VAGUE`, and is asked."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

WEEK = {
    "en": (("monday", "mon"), ("tuesday", "tue", "tues"), ("wednesday", "wed", "weds"), ("thursday", "thu", "thur", "thurs"),
           ("friday", "fri"), ("saturday", "sat"), ("sunday", "sun")),
    "es": (("lunes", "lun"), ("martes", "mar"), ("miercoles", "mie", "mier"), ("jueves", "jue"), ("viernes", "vie"), ("sabado", "sab", "sabados"),
           ("domingo", "dom", "domingos")),
}  # fmt: skip
MONTHS = {
    "en": ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
}  # fmt: skip
NUMBERS = {
    "en": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    "es": ("una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
}  # fmt: skip
_YEAR = r"20\d{2}(?!\d| ?(?:h|hours?|hrs?|horas?)\b)"
"""Four digits behind a date; all others are a time, as is 2015 with "hours" behind it."""


def plain(text: str) -> str:
    """Small letters without accents, one space between words."""
    flat = unicodedata.normalize("NFKD", text.replace("’", "'").lower())
    return " ".join("".join(c for c in flat if not unicodedata.combining(c)).split())


def count(text: str, lang: str) -> int:
    """Of digits, or of a word in `NUMBERS`."""
    return int(text) if text.isdigit() else NUMBERS[lang].index(text) + 1


def count_of(text: str, lang: str) -> int | None:
    """A count that is all of `text`, in digits or as a word; None where it is none."""
    said = plain(text).strip(" .")
    return count(said, lang) if said.isdecimal() or said in NUMBERS[lang] else None


def weekday_pattern(lang: str) -> str:
    """Any weekday, also "Tuesdays"."""
    day = "|".join(sorted((name for names in WEEK[lang] for name in names), key=len, reverse=True))
    return rf"(?:{day})\.?(?:s\b)?" if lang == "en" else rf"(?:{day})\.?"


def weekday(name: str, lang: str) -> int:
    """0 is Monday. Raises KeyError for what `weekday_pattern` does not match."""
    bare = name.rstrip(".")
    for number, names in enumerate(WEEK[lang]):
        if bare in names or (lang == "en" and bare.removesuffix("s") in names):
            return number
    raise KeyError(name)


def month_pattern(lang: str) -> str:
    return "|".join(f"{name}|{name[:3]}" for name in MONTHS[lang])


def month(name: str, lang: str) -> int:
    """1 is January."""
    return next(n for n, full in enumerate(MONTHS[lang], 1) if full.startswith(name))


def date_pattern(lang: str, mark: str = "") -> str:
    """A date, or with the group `vague` what may be more than one. `mark` ends the names of its groups, where a pattern has two."""
    names = month_pattern(lang)
    return (
        rf"(?P<iso{mark}>\d{{4}}-\d{{2}}-\d{{2}})"
        rf"|(?P<m1{mark}>{names})\.? (?P<d1{mark}>\d{{1,2}})(?!\d)(?:st|nd|rd|th)?(?:,? (?P<y1{mark}>{_YEAR}))?"
        rf"|(?P<d2{mark}>\d{{1,2}})(?:st|nd|rd|th|º|o)?(?: de| of)? (?P<m2{mark}>{names})\b\.?(?:(?: de|,)? (?P<y2{mark}>{_YEAR}))?"
        rf"|(?P<vague{mark}>\d{{1,2}}[/.]\d{{1,2}}(?:[/.]\d{{2,4}})?|(?:{names})\b|next \w+|(?:la )?(?:proxim[oa]) \w+|{_YEAR})"
    )


def date_in(match: re.Match[str], lang: str, today: date, mark: str = "") -> date | None:
    """Of a match of `date_pattern`; None where it may be more than one, or is none. Without a year it is the next one: a date of last month
    is next year's."""
    if match[f"vague{mark}"]:
        return None
    try:
        if match[f"iso{mark}"]:
            return date.fromisoformat(match[f"iso{mark}"])
        name, day, year = (match[f"{k}1{mark}"] or match[f"{k}2{mark}"] for k in "mdy")
        number = month(name, lang)
        if year:
            return date(int(year), number, int(day))
        this = date(today.year, number, int(day))
        return this if this >= today - timedelta(days=1) else date(today.year + 1, number, int(day))
    except ValueError:
        return None
