"""Which entries to show, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.library.directory.entries import Entry, settings
from bot.library.directory.hours import Open, open_at
from bot.library.directory.places import EVERYWHERE

OPEN_ORDER: dict[Open, int] = {"open": 0, "unknown": 1, "closed": 2}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for. Whatever is left out excludes nothing (R8): no need, no place, no age, no gender, no language.

    `needs`: any of these. `place` as in `places`. `lang` two letters. `officer` may be shown police and prosecutors too."""

    needs: frozenset[str] = frozenset()
    place: str | None = None
    lang: str | None = None
    age: int | None = None
    gender: str | None = None
    open_now: bool = False
    officer: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    entry: Entry
    open: Open


def search(entries: Iterable[Entry], wish: Wish, now: datetime) -> list[Found]:
    """Entries that fit, best first: (1) those for the county or city, then for the state, then for the whole country; where no place was
    said, this order does not count; (2) those that speak the language, then those with interpreters, then those that say nothing of it,
    then the others; (3) open now, then hours not known, then closed; (4) checked last; (5) by name.

    An entry that says nothing of age, gender or hours is for everybody. Language never excludes: a call with an interpreter is a call.
    `open_now` leaves out what is surely closed, not what is unknown."""
    found = [Found(e, open_at(e.hours, now)) for e in entries if fits(e, wish)]
    if wish.open_now:
        found = [f for f in found if f.open != "closed"]
    return sorted(found, key=lambda f: _order(f, wish))


def fits(entry: Entry, wish: Wish) -> bool:
    hidden = frozenset(settings()["officers_only"])
    if not wish.officer and entry.needs and entry.needs <= hidden:
        return False
    if wish.needs and not (entry.needs & wish.needs):
        return False
    if wish.place is not None and distance(entry, wish.place) is None:
        return False
    low, high = entry.ages
    if wish.age is not None and ((low is not None and wish.age < low) or (high is not None and wish.age > high)):
        return False
    return not (wish.gender and entry.genders and wish.gender not in entry.genders)


def distance(entry: Entry, place: str) -> int | None:
    """0 for the very place, 1 for its state, 2 for the whole country; None where the entry does not help there. A state as a whole takes
    in all of its counties."""
    if place in entry.areas:
        return 0
    state = place.partition(":")[0]
    if ":" not in place and any(area.startswith(f"{state}:") for area in entry.areas):
        return 0
    if state in entry.areas:
        return 1
    return 2 if EVERYWHERE in entry.areas else None


def _order(found: Found, wish: Wish) -> tuple[int, int, int, int, str, str]:
    entry = found.entry
    near = distance(entry, wish.place) if wish.place is not None else 0
    tongue = (
        0
        if wish.lang is None or wish.lang in entry.languages
        else 1
        if entry.interpreters
        else 2
        if not entry.languages
        else 3
    )
    return (near or 0, tongue, OPEN_ORDER[found.open], -entry.checked.toordinal(), entry.name.casefold(), entry.id)
