"""Shifts as an officer says them: a span of hours, weekdays, or a rota that goes on and off. Pure."""

from __future__ import annotations

import re
from datetime import date

from bot.localtime import DAY_MINUTES
from bot.training.schedule import Hours, Pattern
from bot.training.wordlist import MILITARY, tokens

FIXED, FOUR_FOUR, PITMAN, TURNS = "fixed", "44", "223", "turns"
KINDS = (FIXED, FOUR_FOUR, PITMAN, TURNS)
"""`TURNS`: said in words, as `rounds.py` reads them."""
WEEK = 7
NEAR = 8
"""Days from today within which a block of duty begins."""
LONGEST_UNSURE = 16 * 60
"""Minutes of a span that may be read without "a.m." and "p.m."."""
_PITMAN = (1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0)
"""Two on, two off, three on, two off, two on, three off."""
_CLOCK = r"(\d{1,2})(?::?(\d{2}))?\s*(?:([ap])?\.?\s?m?\.?|h|hours?|hrs?\.?|horas?)"
"""7, 7:30, 0730, 7am, 0700 hrs."""
_SPAN = re.compile(rf"\s*(?:(?:from|de|desde)\s+)?{_CLOCK}\s*(?:-|–|to|a|until|hasta)\s*(?:las\s*)?{_CLOCK}\s*")
_POLICE = re.compile(rf"{MILITARY}(?!\d)")
"""As police write it, and so on the 24-hour clock."""


def tour_of(text: str) -> Hours | None:
    """ "7:00-15:00", "0700-1500", "7am to 3pm", "22-6"; None where it is none, or begins and ends at the same minute. "9-5" is none either: read on the
    24-hour clock it would be twenty hours, and nobody means that."""
    found = _SPAN.fullmatch(text.lower().replace("las ", ""))
    if found is None:
        return None
    first, last = _minute(*found.group(1, 2, 3)), _minute(*found.group(4, 5, 6))
    if first is None or last is None or first == last:
        return None
    police = _POLICE.search(text) is not None
    unsure = not police and _unsure((found[1], found[3]), (found[4], found[6]))
    return None if unsure and (last - first) % DAY_MINUTES > LONGEST_UNSURE else Hours(first, last)


def _unsure(*times: tuple[str, str | None]) -> bool:
    """Whether a time lacks its half of the day, and no hour shows that all is on the 24-hour clock."""
    bare = [hour for hour, half in times if half is None]
    return bool(bare) and not any(int(hour) > 12 or hour.startswith("0") for hour in bare)


def _minute(hour: str, minute: str | None, half: str | None) -> int | None:
    hours, minutes = int(hour), int(minute or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half == "p" else 0)
    total = hours * 60 + minutes
    return total % DAY_MINUTES if minutes < 60 and total <= DAY_MINUTES else None


def days_of(text: str, lang: str) -> frozenset[int]:
    """Weekdays (0 is Monday) of "12345"-like digits of a button (1 is Monday), or of words; empty where any word is no day."""
    if re.fullmatch(r"[1-7]{1,7}", text):
        return frozenset(int(digit) - 1 for digit in text)
    found = tokens(text, lang, date(2026, 1, 1))
    if any(token.kind != "days" for token in found):
        return frozenset()
    return frozenset(day for token in found for day in token.value)


def date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def on_and_off(kind: str, first: date, hours: Hours) -> Pattern:
    """`FOUR_FOUR` or `PITMAN` from a first day of duty on."""
    if kind == FOUR_FOUR:
        return Pattern.on_off(first, 4, 4, hours)
    return Pattern(first, tuple(hours if on else None for on in _PITMAN))


def name_of(pattern: Pattern) -> str | None:
    """`FIXED`, `FOUR_FOUR` or `PITMAN` where the rota is one of these with the same hours on each day; else None."""
    if len({tour for tour in pattern.tours if tour is not None}) > 1:
        return None
    on = tuple(tour is not None for tour in pattern.tours)
    if len(on) == WEEK:
        return FIXED
    return {(True,) * 4 + (False,) * 4: FOUR_FOUR, tuple(map(bool, _PITMAN)): PITMAN}.get(on)
