"""Which programs could be asked, in which order, and every reason for a no. Values in, values out.

What a person did not say excludes nothing but age, which counts as under 18 (R44). A place that was named and is not one of a
program's is a no; one that was left out is none, so that a person who keeps it to herself is not told that nobody is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.oncall.model import Match, Need, Program, Rule, Shift
from bot.oncall.rota import days_of
from nlu.text import fold

PETS = ("none", "small", "large")
NEEDS: tuple[Rule, ...] = ("medical", "detox", "mobility")
HELPS: tuple[Rule, ...] = (
    "pets", "children", "language", "medical", "detox", "mobility", "gender", "hours", "duty", "age", "region"
)  # fmt: skip
"""Of kinds that would open equally many programs, the one that a person can most easily change, wait for, or ask about is told first."""
_GENERIC = frozenset({"county", "parish", "borough", "condado", "city", "ciudad", "town", "of", "de", "near", "cerca"})
_HERE, _STATE, _UNSAID, _ELSEWHERE = range(4)


def matches(need: Need, programs: Iterable[Program], shifts: Iterable[Shift], now: float) -> list[Match]:
    """Every program held against the need. Possible ones first; then those that name the county or city before those for the whole
    state; then those whose advocates are less often on shift for another program as well; then by id. `refused` holds every rule
    that says no."""
    on = [shift for shift in shifts if shift.on(now)]
    duties = Counter(chat for chat, _ in {(shift.chat, shift.program) for shift in on})
    minor = (need.age or "under_18") == "under_18"
    ranked = []
    for program in programs:
        near = _near(need, program)
        chats = [s.chat for s in on if s.program == program.id and (s.minors or not minor)]
        on_duty = tuple(dict.fromkeys(chats))
        match = Match(program, _refused(need, program, near, on_duty, now), on_duty)
        elsewhere = sum(duties[chat] - 1 for chat in on_duty)
        ranked.append(((not match.possible, near, elsewhere, program.id), match))
    return [match for _, match in sorted(ranked, key=lambda pair: pair[0])]


def anybody(found: Iterable[Match]) -> bool:
    """Whether any program could be asked now."""
    return any(match.possible for match in found)


def kind_of_no(found: Iterable[Match]) -> Rule | None:
    """The one kind of rule that, if it were otherwise, would open most programs; None where one is open. Never a program's name.

    Programs elsewhere count only where none is near: nobody moves to another state for the sake of a rule. Of the others those count
    that are fewest rules away."""
    held = list(found)
    if anybody(held):
        return None
    near = [match for match in held if "region" not in match.refused]
    if not near:
        return "region" if held else "duty"
    fewest = min(len(match.refused) for match in near)
    opens = Counter(rule for match in near if len(match.refused) == fewest for rule in match.refused)
    return min(opens, key=lambda rule: (-opens[rule], HELPS.index(rule)))


def named_place(need: Need, program: Program) -> str | None:
    """The county or city of the program's own list that the person named, in the program's words; never the person's (R41)."""
    said = _place(need.county or "")
    for region in program.regions:
        state, _, place = region.partition(":")
        if need.state is None or state.strip().upper() != need.state.upper() or not place.strip():
            continue
        if said and f" {_place(place)} " in f" {said} ":
            return place.strip()
    return None


def _refused(need: Need, program: Program, near: int, on_duty: tuple[str, ...], now: float) -> tuple[Rule, ...]:
    takes = program.takes
    says_no: dict[Rule, bool] = {
        "region": near == _ELSEWHERE,
        "age": (need.age or "under_18") not in takes.ages,
        "gender": need.gender not in takes.genders if need.gender else not takes.genders,
        "children": need.children > takes.children,
        "pets": PETS.index(need.pets) > PETS.index(takes.pets),
        **{rule: rule in need.needs and not getattr(takes, rule) for rule in NEEDS},
        "language": need.language not in takes.languages,
        "duty": not on_duty,
        "hours": not is_open(program, now),
    }
    return tuple(rule for rule, no in says_no.items() if no)


def _near(need: Need, program: Program) -> int:
    if need.state is None:
        return _UNSAID
    ranks = [_ELSEWHERE]
    for region in program.regions:
        state, _, place = region.partition(":")
        if state.strip().upper() != need.state.upper():
            continue
        said = _place(need.county or "")
        if not place.strip():
            ranks.append(_STATE)
        elif not said:
            ranks.append(_UNSAID)
        elif f" {_place(place)} " in f" {said} ":
            ranks.append(_HERE)
    return min(ranks)


@lru_cache(maxsize=4096)
def _place(text: str) -> str:
    """ "Condado de Tulsa", "Tulsa County" and "tulsa" are one place. A name that is nothing but such words stays whole."""
    words = fold(text).split()
    return " ".join([word for word in words if word not in _GENERIC] or words)


def is_open(program: Program, now: float) -> bool:
    """Whether its own hours are now."""
    if not program.hours:
        return True
    local = datetime.fromtimestamp(now, ZoneInfo(program.zone))
    minute = local.hour * 60 + local.minute
    today, yesterday = local.weekday(), (local.weekday() - 1) % 7
    for days, first, last in map(_hours, program.hours):
        if first < last:
            inside = today in days and first <= minute < last
        else:  # over midnight, or around the clock
            inside = (today in days and minute >= first) or (yesterday in days and minute < last)
        if inside:
            return True
    return False


@lru_cache(maxsize=512)
def _hours(text: str) -> tuple[frozenset[int], int, int]:
    """(days, first minute, last minute) of "fri-mon 20:00-08:00"."""
    named, _, times = text.partition(" ")
    first, last = ((int(part[:2]) * 60 + int(part[3:])) for part in times.split("-"))
    return days_of(named), first, last
