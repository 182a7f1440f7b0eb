"""A request's answers held against programs: what each kind of asker can be refused for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.oncall import matching
from bot.oncall.model import Match, Need, Program, Rule, Shift
from bot.placement.model import ALLY, MINOR, OFFICER

_BY_ASKER: dict[str, frozenset[Rule]] = {
    ALLY: frozenset(["region", "language", "duty", "hours"]),
    OFFICER: frozenset(["region", "language", "duty", "hours", "children", "medical"]),
    MINOR: frozenset(["duty"]),
}
"""An ally needs somebody to talk with, whatever a program's rules for those it takes in; of the person beside an officer nothing
but these is known. Somebody under 18 is handed to whoever is marked for minors, wherever they are (R44)."""


def need(asker: str, answers: Mapping[str, Any], lang: str) -> Need:
    """What matching may know. The language of the chat counts until one was said; "other" is a program that reaches
    interpreters."""
    known = {"language": lang, **answers}
    if asker in (ALLY, OFFICER):
        known["age"] = "25_59"
    if asker == OFFICER:
        said = known.get("needs")
        known["needs"] = [said] if isinstance(said, str) and said != "none" else said if isinstance(said, list) else []
    return Need.of(known)


def held(
    asker: str, answers: Mapping[str, Any], lang: str, programs: Iterable[Program], shifts: Iterable[Shift], now: float
) -> list[Match]:
    """Every program held against a request, possible ones first. `police` programs are only for who reads that and says yes, which
    only a person for themselves is asked (R60)."""
    counted = _BY_ASKER.get(asker)
    usable = [p for p in programs if asker not in (ALLY, OFFICER, MINOR) or not p.police]
    found = matching.matches(need(asker, answers, lang), usable, shifts, now)
    if counted is None:
        return found
    known = [replace(m, refused=tuple(r for r in m.refused if r in counted)) for m in found]
    return sorted(known, key=lambda m: not m.possible)
