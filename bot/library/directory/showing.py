"""Entries in words for one reader. A guest reads a name, a number and what our own words say; never the free text of an entry, which
nobody has reviewed, and no name that tells a stranger what it is about (R1, R10, R11)."""

from __future__ import annotations

from bot.library.directory.entries import Entry, settings
from bot.library.directory.places import EVERYWHERE, state_name
from bot.library.directory.search import Found, Wish
from bot.library.neutral import telling

PER_PAGE = {True: 3, False: 2}
"""Entries a page, for officers and for guests, whose messages have at most 60 words (R11)."""
ANY = "any"
NOWHERE = "-"
"""In a button: the person does not say where."""
STATES_PER_PAGE = 4
_DESCRIPTION = 160


def wish(params: dict[str, object], lang: str, officer: bool) -> Wish:
    """What the parameters of a part ask for. Raises KeyError for a need that is not known."""
    need, place = str(params.get("need") or ANY), params.get("place")
    return Wish(needs_of(need), None if place in (None, NOWHERE) else str(place), lang, officer=officer)


def needs_of(need: str) -> frozenset[str]:
    """A need, the needs of a row of the catalogue, or all ("any", as the empty set)."""
    if need == ANY:
        return frozenset()
    if need in settings()["rows"]:
        return frozenset(settings()["rows"][need])
    if need not in settings()["needs"]:
        raise KeyError(need)
    return frozenset([need])


def place_name(place: str, known: dict[str, str], lang: str, words: dict[str, str]) -> str:
    """What a place is called on the screen."""
    if place == EVERYWHERE:
        return words["whole_country"]
    if ":" not in place:
        return state_name(place, lang)
    name = known.get(place, place.partition(":")[2].replace("_", " ").title())
    if name.casefold().endswith(" county"):
        name = words["county"].format(name=name[: -len(" county")])
    return f"{name}, {place[:2]}"


def entry_text(found: Found, lang: str, words: dict[str, str], officer: bool, days: int, stale: int) -> str:
    """Two or three short lines: who and how, where and when, when it was checked."""
    entry = found.entry
    reach = [*entry.phones[: 2 if officer else 1]]
    if entry.text_to and (officer or not reach):
        reach.append(f"{words['text']} {entry.text_to}")
    if entry.web and (officer or not reach) and not (not officer and _tells(entry.web)):
        reach.append(entry.web.removeprefix("https://").removeprefix("http://").rstrip("/"))
    rows = [f"• {title(entry, lang, words, officer)}: {' · '.join(reach) or words['no_number']}"]
    facts = [_areas(entry, lang, words), words[f"hours_{found.open}"]]
    if "es" in entry.languages:
        facts.append(words["speaks_es"])
    if officer:
        others = sorted(entry.languages - {"en", "es"})
        facts += [", ".join(others)] if others else []
        facts += [words["interpreter"]] if entry.interpreters else []
        rows.append(f"  {entry.owner}" if entry.owner and entry.owner != entry.name else "")
    rows.append(f"  {' · '.join(f for f in facts if f)}")
    description = (lang == "es" and entry.spanish[1]) or entry.description
    if officer and description:
        rows.append(f"  {_short(description)}")
    old = f". {words['checked_old']}" if days > stale else ""
    rows.append(f"  {checked(days, words)}{old}")
    return "\n".join(row for row in rows if row.strip())


def title(entry: Entry, lang: str, words: dict[str, str], officer: bool) -> str:
    """Its name; for a guest, where that tells what it is about, what it helps with."""
    name = (lang == "es" and entry.spanish[0]) or entry.name
    if officer or not _tells(name):
        return name
    if entry.alternate_name and not _tells(entry.alternate_name):
        return entry.alternate_name
    shown = sorted(entry.needs - frozenset(settings()["officers_only"]))
    return words[f"need_{shown[0]}"] if shown else words["need_any"]


def _tells(text: str) -> bool:
    return any(telling(lang).search(text) for lang in ("en", "es"))


def _areas(entry: Entry, lang: str, words: dict[str, str]) -> str:
    names = [place_name(place, entry.areas, lang, words) for place in list(entry.areas)[:2]]
    return "; ".join(names) + (" …" if len(entry.areas) > 2 else "")


def checked(days: int, words: dict[str, str]) -> str:
    return (
        words["checked_today"]
        if days == 0
        else words["checked_day"]
        if days == 1
        else words["checked_days"].format(days=days)
    )


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _DESCRIPTION else one_line[: _DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"
