"""A round of shifts in words, English or Spanish: "2 days 7am-7pm, 2 nights 7pm-7am, 4 off", "4 días de 7 a 19, 4 libres". Pure. What cannot be
read in one way is asked again, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.training.dates import count_of, plain
from bot.training.rotas import date_of, tour_of
from bot.training.schedule import Hours, Pattern
from bot.training.wordlist import tokens

Turn = tuple[int, Hours | None]
"""So many days with this tour, or off."""
LONGEST_TURN, LONGEST_ROUND = 28, 84
"""Days."""
_OFF = {
    "en": r"(?:days? |nights? )?(?:off|free|of rest|rest)",
    "es": r"(?:dias? |noches? )?(?:de )?(?:libres?|descanso|francos?)",
}
_ON = {
    "en": r"(?P<kind>days?|nights?|mornings?|evenings?|afternoons?|mids?|shifts?|tours?)(?: on)?|on",
    "es": r"(?P<kind>dias?|noches?|tardes?|mananas?|turnos?|guardias?)(?: de (?:trabajo|servicio))?",
}
_BETWEEN = {"en": r"then|and|from|at", "es": r"luego|despues|entonces|y|de|del?|a"}
"""Small words around the hours of a turn; they carry nothing."""
_START = {"en": "from", "es": "desde"}


def turns_of(text: str, lang: str) -> list[Turn] | None:
    """In this language, else in the other one; None where it is no round, or the hours of a turn are not said."""
    for one in (lang, "es" if lang == "en" else "en"):
        found = _turns(plain(text).strip(" ."), one)
        if found is not None:
            return found
    return None


def _turns(said: str, lang: str) -> list[Turn] | None:
    pattern = rf"(?<![\d:.])(?P<n>\d{{1,2}}|[a-z]+) ?(?:x ?)?(?:(?P<off>{_OFF[lang]})|{_ON[lang]})(?![\w'])"
    parts = [match for match in re.finditer(pattern, said) if count_of(match["n"], lang)]
    if not parts or _bare(said[: parts[0].start()], lang):
        return None
    ends = [*(match.start() for match in parts[1:]), len(said)]
    hours = [_bare(said[match.end() : end], lang) for match, end in zip(parts, ends, strict=True)]
    tours = [tour_of(one) if one else None for one in hours]
    if any(one and tour is None for one, tour in zip(hours, tours, strict=True)):
        return None
    found = list(_with_hours(parts, tours, lang))
    days = [count for count, _ in found]
    sound = len(found) == len(parts) and max(days) <= LONGEST_TURN and sum(days) <= LONGEST_ROUND
    return found if sound and any(tour is not None for _, tour in found) else None


def _with_hours(parts: list[re.Match[str]], tours: list[Hours | None], lang: str) -> Iterator[Turn]:
    """Each turn with its hours: those said with it, those of an earlier turn of the same name, or the only ones that were said, where all turns
    have one name. Ends where a turn has none, or time off has hours."""
    said = [tour for tour in tours if tour is not None]
    only = said[0] if len(said) == 1 and len({_kind(match) for match in parts if not match["off"]}) == 1 else None
    by_kind: dict[str, Hours] = {}
    for match, tour in zip(parts, tours, strict=True):
        count = count_of(match["n"], lang) or 0
        if match["off"]:
            if tour is not None and only is None:
                return
            yield count, None
            continue
        own = tour or by_kind.get(_kind(match)) or only
        if own is None:
            return
        by_kind[_kind(match)] = own
        yield count, own


def _kind(match: re.Match[str]) -> str:
    """What a turn is called, one or many: "night"."""
    return (match["kind"] or "").removesuffix("s")


def _bare(text: str, lang: str) -> str:
    """Without what stands around hours."""
    left = text.strip(" ,;:.()-+/")
    while True:
        cut = re.sub(rf"^(?:{_BETWEEN[lang]})(?!\w)|(?<!\w)(?:{_BETWEEN[lang]})$", "", left).strip(" ,;:.()-+/")
        if cut == left:
            return left
        left = cut


def day_of(text: str, lang: str, today: date) -> date | None:
    """A date in digits or words; without a year the one nearest to today."""
    exact = date_of(text.strip())
    if exact is not None:
        return exact
    said = plain(text).strip(" .").removeprefix("on ").removeprefix("el ")
    for one in (lang, "es" if lang == "en" else "en"):
        found = tokens(f"{_START[one]} {said}", one, today)
        if len(found) == 1 and found[0].kind == "starts":
            day: date = found[0].value
            return day if str(day.year) in said else min(_years(day), key=lambda near: abs((near - today).days))
    return None


def _years(day: date) -> Iterator[date]:
    for year in (day.year - 1, day.year):
        try:
            yield day.replace(year=year)
        except ValueError:  # February 29
            continue


def pattern_of_turns(first: date, turns: list[Turn]) -> Pattern:
    return Pattern(first, tuple(tour for count, tour in turns for _ in range(count)))


def runs(pattern: Pattern) -> list[Turn]:
    """The same turns again: days in a row with the same hours."""
    found: list[Turn] = []
    for tour in pattern.tours:
        if found and found[-1][1] == tour:
            found[-1] = (found[-1][0] + 1, tour)
        else:
            found.append((1, tour))
    return found
