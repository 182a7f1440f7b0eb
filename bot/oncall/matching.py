"""Which programs could take a request, and every rule by which the others can't. Values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bot.oncall.model import Match, Need, Program, Rule, Shift
from nlu.text import fold

_PETS = ("none", "small", "large")
_WRITTEN = ("en", "es")
_PLACE_WORDS = frozenset({"county", "parish", "borough", "city", "town", "condado", "ciudad", "pueblo", "of", "de"})

NEAR, STATE, UNSAID = 0, 1, 2
"""How well a program's regions fit: the county or city that was said, the whole state, or nothing was said that could tell."""

_ORDER: Final[tuple[Rule, ...]] = (
    "pets", "children", "detox", "medical", "mobility", "language", "gender", "age", "hours", "region", "duty",
)  # fmt: skip
"""What is said first where several rules say no: what the person may be able to change."""


def matches(need: Need, programs: Iterable[Program], shifts: Iterable[Shift], now: float) -> list[Match]:
    """Every program with the rules that refuse. Possible ones come first; then the county or city that was said before the whole
    state before what nobody can tell; then by id. Chats on duty stand in the order of `shifts`, the rota's."""
    on = [shift for shift in shifts if shift.on(now)]
    found = []
    for program in programs:
        chats = tuple(dict.fromkeys(shift.chat for shift in on if shift.program == program.id))
        refused = tuple(rule for rule, says_no in _RULES if says_no(need, program))
        found.append(Match(program, refused if chats else (*refused, "duty"), chats))
    return sorted(found, key=lambda m: (not m.possible, _fit(need, m.program) or 0, m.program.id))


def anybody(found: Iterable[Match]) -> bool:
    """Whether at least one program could be asked now."""
    return any(match.possible for match in found)


def kind_of_no(found: Sequence[Match]) -> Rule | None:
    """The one kind of rule that the person hears; None where somebody can be asked. Never which program (R14, R45).

    It speaks of those on duty now: that nobody is, or serves the region; then a rule that all of those there have; where they differ,
    one of whoever is nearest to a yes."""
    if anybody(found):
        return None
    on_duty = [match for match in found if match.on_duty]
    if not on_duty:
        return "duty"
    local = [match for match in on_duty if "region" not in match.refused]
    if not local:
        return "region"
    shared = set(local[0].refused).intersection(*(match.refused for match in local))
    nearest = min(local, key=lambda match: len(match.refused))
    return next(rule for rule in _ORDER if rule in (shared or nearest.refused))


def _place(text: str) -> str:
    """A county or city without what people put around it: "Tulsa County" and "condado de Tulsa" are "tulsa"."""
    words = fold(text).split()
    return " ".join(word for word in words if word not in _PLACE_WORDS) or " ".join(words)


def _fit(need: Need, program: Program) -> int | None:
    """NEAR, STATE or UNSAID; None where the program does not serve there. What was not said refuses nobody (R8): a person may
    keep their county to themselves, and an advocate asks by voice."""
    if not program.regions:
        return None
    if not need.state:
        return UNSAID
    here = [region.partition(":")[2] for region in program.regions if region.partition(":")[0] == need.state]
    if not here:
        return None
    said = f" {_place(need.county)} " if need.county and fold(need.county) else ""
    if said and any(f" {_place(county)} " in said for county in here if county):
        return NEAR
    if "" in here:
        return STATE
    return None if said else UNSAID


def _language(need: Need, program: Program) -> bool:
    """Another language than those that the bot writes is for a program that has any other: which one, an advocate asks."""
    spoken = program.takes.languages
    if need.language == "other":
        return not any(language not in _WRITTEN for language in spoken)
    return need.language not in spoken


_RULES: Final[tuple[tuple[Rule, Callable[[Need, Program], bool]], ...]] = (
    ("age", lambda n, p: (n.age or "under_18") not in p.takes.ages),
    ("region", lambda n, p: _fit(n, p) is None),
    ("gender", lambda n, p: not p.takes.genders or (n.gender is not None and n.gender not in p.takes.genders)),
    ("children", lambda n, p: n.children > p.takes.children),
    ("pets", lambda n, p: n.pets in _PETS and _PETS.index(n.pets) > _PETS.index(p.takes.pets)),
    ("medical", lambda n, p: "medical" in n.needs and not p.takes.medical),
    ("detox", lambda n, p: "detox" in n.needs and not p.takes.detox),
    ("mobility", lambda n, p: "mobility" in n.needs and not p.takes.mobility),
    ("language", _language),
)
"""Age not said is under 18 (R44). Empty lists take nobody."""
