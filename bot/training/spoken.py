"""When a coordinator last spoke with a partner, in their own words, English or Spanish: "2026-10-03", "October 3", "last week", "hace dos meses",
"not yet". Pure. What cannot be read is asked again, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.localtime import instant
from bot.training.dates import count_of, plain
from bot.training.wordlist import tokens

NOT_YET = {
    "en": ("not yet", "never", "no", "none"),
    "es": ("todavia no", "aun no", "nunca", "no", "ninguna"),
}
_DAYS_AGO = {
    "en": {"today": 0, "just now": 0, "yesterday": 1, "last week": 7, "a week ago": 7, "last month": 30, "a month ago": 30},
    "es": {"hoy": 0, "ahora": 0, "ayer": 1, "la semana pasada": 7, "semana pasada": 7, "hace una semana": 7, "el mes pasado": 30,
           "mes pasado": 30, "hace un mes": 30},
}  # fmt: skip
_AGO = {
    "en": re.compile(r"(?P<n>\w+) (?P<what>day|week|month)s? ago"),
    "es": re.compile(r"hace (?P<n>\w+) (?P<what>dia|semana|mes)(?:e?s)?"),
}
_LENGTH = {"day": 1, "dia": 1, "week": 7, "semana": 7, "month": 30, "mes": 30}
_FROM = {"en": "from", "es": "desde"}
LONGEST = 20 * 365
"""Days ago; what is further back is a slip."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """`day`: a local date up to today; None for not yet."""

    day: date | None

    def at(self, zone: str, now: float) -> float | None:
        """Seconds since the epoch: noon of that day, and never after `now`."""
        return None if self.day is None else min(now, instant(self.day, 12 * 60, zone))


def spoken_of(text: str, lang: str, today: date) -> Spoken | None:
    """In this language, else in the other one; None for what cannot be read, lies ahead or is too long ago."""
    for one in (lang, "es" if lang == "en" else "en"):
        found = _read(plain(text).strip(" .!"), one, today)
        if found is not None:
            return found if found.day is None or 0 <= (today - found.day).days <= LONGEST else None
    return None


def _read(said: str, lang: str, today: date) -> Spoken | None:
    if said in NOT_YET[lang]:
        return Spoken(None)
    days = _DAYS_AGO[lang].get(said)
    ago = _AGO[lang].fullmatch(said)
    if days is None and ago is not None:
        count = count_of(ago["n"], lang)
        days = count * _LENGTH[ago["what"]] if count is not None and count <= LONGEST else None
    if days is not None:
        return Spoken(today - timedelta(days=days))
    found = tokens(f"{_FROM[lang]} {said.removeprefix('on ').removeprefix('el ')}", lang, today)
    if len(found) != 1 or found[0].kind != "starts":
        return None
    day: date = found[0].value
    # Words of a schedule without a year mean the next such day; who has spoken means the last one.
    return Spoken(_last(day) if day > today and str(day.year) not in said else day)


def _last(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # February 29
        return day.replace(year=day.year - 1, day=28)
