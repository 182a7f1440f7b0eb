"""A rota as it is being said, a step at a time, by an officer for their own or by a coordinator for a unit: a draft of plain values, and the pattern
that comes of it. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.training import rotas
from bot.training.rotas import FIXED, TURNS
from bot.training.rounds import day_of, pattern_of_turns, turns_of
from bot.training.schedule import Hours, Pattern

OLD, WRONG = "old", "wrong"
"""Instead of a draft: a tap on what is past, and words that are asked for again."""
FAR = 366
"""Days from today within which a round that is written begins; it repeats, so any beginning of one will do."""
_STEPS = {FIXED: ("tour", "days"), TURNS: ("turns", "first")}
Draft = dict[str, Any]


def missing(draft: Draft) -> str | None:
    """The step to ask next: kind, tour, days, turns, first; None where everything is there."""
    if "kind" not in draft:
        return "kind"
    return next((step for step in _STEPS.get(draft["kind"], ("tour", "first")) if step not in draft), None)


def take(draft: Draft, step: str, text: str, lang: str, today: date) -> Draft | str:
    """The draft with this answer, or `OLD`, or `WRONG`."""
    if step == "kind":
        return _kind(text, lang)
    wanted = missing({key: value for key, value in draft.items() if key != step})
    if wanted != step and step not in draft:
        return OLD
    match step:
        case "tour":
            tour = rotas.tour_of(text)
            return {**draft, "tour": [tour.first, tour.last]} if tour is not None else WRONG
        case "days":
            days = rotas.days_of(text, lang)
            return {**draft, "days": sorted(days)} if days else WRONG
        case "turns":
            turns = turns_of(text, lang)
            return WRONG if turns is None else {**draft, "turns": _plain(turns)}
        case "first":
            return _first(draft, text, lang, today)
    return OLD


def _kind(text: str, lang: str) -> Draft | str:
    """One of those that are offered, or the whole round in words at once."""
    if text in rotas.KINDS:
        return {"kind": text}
    turns = turns_of(text, lang)
    return WRONG if turns is None else {"kind": TURNS, "turns": _plain(turns)}


def _first(draft: Draft, text: str, lang: str, today: date) -> Draft | str:
    """The first day of a block of duty, or of a round."""
    tapped = rotas.date_of(text) is not None
    day = day_of(text, lang, today)
    if day is None:
        return WRONG
    away = abs((day - today).days)
    if tapped and draft["kind"] != TURNS and away > rotas.NEAR:
        return OLD
    return WRONG if away > FAR else {**draft, "first": day.isoformat()}


def _plain(turns: list[tuple[int, Hours | None]]) -> list[list[int]]:
    return [[count] if tour is None else [count, tour.first, tour.last] for count, tour in turns]


def pattern_of(draft: Draft) -> Pattern | None:
    """None where something is missing."""
    if draft.get("kind") not in rotas.KINDS or missing(draft) is not None:
        return None
    if draft["kind"] == FIXED:
        return Pattern.fixed(draft["days"], Hours(*draft["tour"]))
    first = date.fromisoformat(draft["first"])
    if draft["kind"] == TURNS:
        turns = [(int(turn[0]), Hours(*turn[1:]) if len(turn) > 1 else None) for turn in draft["turns"]]
        return pattern_of_turns(first, turns)
    return rotas.on_and_off(draft["kind"], first, Hours(*draft["tour"]))
