"""Places as short names: "US" everywhere, "OK" a state, "OK:tulsa" a county or city of an entry. Read from what an entry says of its area,
and from what a person wrote, in either language, slips allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz

from bot.library.directory.trees import Data, Row
from nlu.text import clean, fold

ROOT = Path(__file__).resolve().parents[3]
EVERYWHERE = "US"
_NATION = re.compile(
    r"\b(?:united states|usa|u s a|nationwide|national|whole country|all states|any state|estados unidos|ee uu|eeuu|nacional|todo el pais)\b|^us$"
)
_STATEWIDE = re.compile(r"\b(?:statewide|state wide|whole state|entire state|all counties|todo el estado)\b")
_KIND = re.compile(
    r"\b(?:counties|county|parish|borough|city of|town of|county of|state of|greater|area|condados?(?: de)?|ciudad de|municipio de|estado de|zona de)\b"
)
_APART = re.compile(r"\s*(?:,|;|/|&|\band\b|\by\b)\s*")
_WORD = re.compile(r"\w+")
# Short forms of states that are everyday words: they count in capitals alone, and not in a message that is all capitals.
_WORDS_TOO = frozenset(
    ["OK", "HI", "ME", "IN", "OR", "OH", "LA", "DE", "AL", "MI", "VA", "MA", "PA", "CO", "AS", "ID", "GU", "VI", "PR"]
)
_CAREFUL = 86.0
"""rapidfuzz ratio of a word with one slip in seven letters."""
_SHORTEST = 6
Known = dict[str, str]
"""Places of entries to the name that is shown of them: {"OK:tulsa": "Tulsa County"}."""


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], dict[str, tuple[str, tuple[str, ...]]], dict[str, str]]:
    """Spoken name to state; spoken name to (city, its states); state to its English name."""
    data = yaml.safe_load((ROOT / "content" / "places.yml").read_text("utf-8"))
    states: dict[str, str] = {}
    cities: dict[str, tuple[str, tuple[str, ...]]] = {}
    names: dict[str, str] = {}
    for lang in ("en", "es"):
        forms = yaml.safe_load((ROOT / "nlu" / "lexicon" / lang / "place.yml").read_text("utf-8"))
        for value, spoken in forms.items():
            for form in spoken:
                if value in data["states"]:
                    states.setdefault(_plain(form), data["states"][value])
                else:
                    cities.setdefault(_plain(form), (value, tuple(data["cities"][value])))
            if lang == "es" and value in data["states"]:
                states.setdefault(_plain(value.replace("_", " ")), data["states"][value])
    for value, code in data["states"].items():
        names[code] = value.replace("_", " ").title().replace(" Of ", " of ")
    return states, cities, names


def _plain(text: Any) -> str:
    return fold(str(text)).replace("'", "")


def state_name(code: str, lang: str) -> str:
    """What a state is called, in either language; "US" is not one and comes back as it is."""
    if code not in _tables()[2]:
        return code
    return _spanish().get(code, _tables()[2][code]) if lang == "es" else _tables()[2][code]


@lru_cache(maxsize=1)
def _spanish() -> dict[str, str]:
    data = yaml.safe_load((ROOT / "content" / "places.yml").read_text("utf-8"))
    forms = yaml.safe_load((ROOT / "nlu" / "lexicon" / "es" / "place.yml").read_text("utf-8"))
    small = {"De": "de", "Del": "del"}
    named = {data["states"][value]: spoken[0] for value, spoken in forms.items() if value in data["states"]}
    return {code: " ".join(small.get(w, w) for w in name.title().split()) for code, name in named.items()}


def is_state(code: str) -> bool:
    return code in _tables()[2]


def state_in(text: str) -> str | None:
    """The state that a whole text names: "OK", "Oklahoma", "State of Oklahoma", "Nueva York"."""
    bare = text.strip(" .").upper()
    if is_state(bare):
        return bare
    folded = _plain(text)
    return _tables()[0].get(folded) or _tables()[0].get(_KIND.sub("", folded).strip())


def slug(name: str, state: str) -> str:
    """The short name of a county or city: "Tulsa County" and "Condado de Tulsa" are "tulsa", "Cook County" in Illinois "chicago"."""
    folded = _plain(name)
    city = _tables()[1].get(folded)
    bare = _KIND.sub(" ", folded).strip()
    city = city or _tables()[1].get(bare)
    if city is not None and state in city[1]:
        return city[0]
    return "_".join(_WORD.findall(bare))[:30]


def areas_of(data: Data, service: Row) -> Known:
    """Where a service helps, with the names to show. From its areas; where it names none, from the cities of its addresses."""
    at = data.hanging("service_at_location", "service", service["id"])
    rows = [*data.hanging("service_area", "service", service["id"])]
    for one in at:
        rows += data.hanging("service_area", "service_at_location", one["id"])
    addresses = [
        a for one in at if one.get("location_id") for a in data.hanging("address", "location", one["location_id"])
    ]
    near = {s for a in addresses if (s := state_in(str(a.get("state_province", "")))) is not None}
    found: Known = {}
    for row in rows:
        for text in (
            row.get("extent") if row.get("extent_type") in ("nationwide", "state", "county", "city") else None,
            row.get("name"),
        ):
            read = _area(str(text), near) if text else {}
            if read:
                found |= read
                break
    if not rows:
        for address in addresses:
            state = state_in(str(address.get("state_province", "")))
            if state is not None and address.get("city"):
                found[f"{state}:{slug(str(address['city']), state)}"] = str(address["city"])
    return found


def _area(text: str, near: set[str]) -> Known:
    """What one area of an entry means; nothing where it cannot be read."""
    folded = _plain(text)
    if _NATION.search(folded):
        return {EVERYWHERE: EVERYWHERE}
    whole = state_in(text)
    if whole is not None:
        return {whole: whole}
    code, colon, name = text.partition(":")
    if colon and is_state(code.strip()):
        return {f"{code.strip()}:{slug(name, code.strip())}": name.strip()}
    head, comma, tail = text.rpartition(",")
    state = state_in(tail) if comma else None
    if state is None:
        head = text
        city = _tables()[1].get(folded)
        state = next(iter(near)) if len(near) == 1 else city[1][0] if city else None
    if state is None:
        return {}
    if _STATEWIDE.search(folded):
        return {state: state}
    plural = re.search(r"\b(?:counties|condados)\b", fold(head))
    names = [part for part in _APART.split(head) if part.strip()] if plural or "," in head else [head]
    return {f"{state}:{key}": name.strip() for name in names if (key := slug(name, state))}


# -- what a person wrote ---------------------------------------------------------------------------------------------


def spot(text: str, known: Iterable[str]) -> str | None:
    """The place that a text names: the county or city of an entry, else a state. None where it names none, or may mean several."""
    text = clean(text)[:400]
    folded = _plain(text)
    padded = f" {folded} "
    places = [place for place in known if ":" in place]
    said = _states(text, padded)
    found = {place for place in places if _entry_named(_spoken(place), padded)}
    form = max((form for form in _tables()[1] if _names(form, padded)), key=len, default="")
    if form:
        city, within = _tables()[1][form]
        found |= {f"{state}:{city}" if f"{state}:{city}" in places else state for state in within}
    if said:
        found = {place for place in found if place[:2] in said} or said
    found -= {p for p in found if any(p != o and _within(p, o) for o in found)}
    if found:
        return found.pop() if len(found) == 1 else None
    return _nearly(folded, places)


def _within(place: str, other: str) -> bool:
    """Whether another place says the same and more: a county its state, "Oklahoma City" the county of Oklahoma."""
    if ":" not in place:
        return other.startswith(f"{place}:")
    return ":" in other and f" {_spoken(place)} " in f" {_spoken(other)} " and _spoken(place) != _spoken(other)


def _entry_named(spoken: str, padded: str) -> bool:
    """Whether a text names the county or city of an entry; "Oklahoma" alone is the state, not its county of that name."""
    return f" {spoken} " in padded and (spoken not in _tables()[0] or _COUNTY.search(padded) is not None)


_COUNTY = re.compile(r" (?:county|parish|condado) ")
_OF_COUNTY = re.compile(r" (?:county|parish|counties)\b")


def _names(form: str, padded: str) -> bool:
    """Whether a text names a city or state by this form. "Cleveland County" is not the city, nor "Texas County" the state."""
    at = padded.find(f" {form} ")
    if at < 0:
        return False
    if _KIND.search(form):
        return True
    after, before = padded[at + len(form) + 1 :], padded[: at + 1]
    return not _OF_COUNTY.match(after) and not before.endswith((" condado de ", " condado "))


def _spoken(place: str) -> str:
    return place.partition(":")[2].replace("_", " ")


def _states(text: str, padded: str) -> set[str]:
    found = {form: code for form, code in _tables()[0].items() if _names(form, padded)}
    # "West Virginia" is not Virginia, and "Oklahoma City" no state: the longest name takes its words.
    longer = [*found, *(form for form in _tables()[1] if f" {form} " in padded)]
    kept = {code for form, code in found.items() if padded.count(f" {form} ") > _in_longer(form, longer, padded)}
    shouted = text.isupper()
    for word in re.findall(r"\b[A-Z]{2}\b", text):
        if is_state(word) and (word not in _WORDS_TOO or not shouted):
            kept.add(word)
    alone = padded.strip().upper()
    if is_state(alone) and (alone not in _WORDS_TOO or text.strip() == alone):
        kept.add(alone)
    return kept


def _in_longer(form: str, longer: list[str], padded: str) -> int:
    return max((padded.count(f" {o} ") for o in longer if o != form and f" {form} " in f" {o} "), default=0)


def _nearly(folded: str, places: list[str]) -> str | None:
    """A state or the place of an entry with a slip of the finger in its name; None where two are about as near."""
    words = folded.split()
    runs = {" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)}
    names = dict(_tables()[0]) | {_spoken(p): p for p in places if ":" in p}
    scores: dict[str, float] = {}
    for name, place in names.items():
        if len(name) < _SHORTEST:
            continue
        best = max(
            (fuzz.ratio(run, name) for run in runs if abs(len(run) - len(name)) <= 2 and len(run) >= _SHORTEST),
            default=0.0,
        )
        scores[place] = max(scores.get(place, 0.0), best)
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _CAREFUL:
        return None
    return None if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < 4.0 else ranked[0][0]
