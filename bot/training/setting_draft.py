"""A department's time as it is being set: a draft of plain values, and the schedule that comes of it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.training.calendars import US_ZONES
from bot.training.dates import count_of
from bot.training.rewording import changes
from bot.training.schedule import Hours, Schedule
from bot.training.schedule_json import dump, load, load_pattern
from bot.training.words import Question, Reading, read
from nlu.text import fold

SHORTEST_NAME, LONGEST_NAME = 2, 80
STEPS = ("name", "zone", "holidays", "when", "cards")
"""In the order in which they are asked; each is a key of the draft once it is answered."""
CHANGES = (*STEPS[1:], "shifts", "quiet", "late", "pause")
"""What the menu of a department's times changes one by one."""
_KEPT = {
    **dict.fromkeys(("", "year", "years", "ano", "anos"), (50, 365)),
    **dict.fromkeys(("day", "days", "dia", "dias"), (36500, 1)),
}
"""By the word for it: how many of it a written retention has at most, and its days."""
LATE = ("60", "120", "240")
"""Minutes for which a refresher may come late."""


def missing(draft: dict[str, Any]) -> str | None:
    """The step to ask next; None where everything is there."""
    return next((step for step in STEPS if step not in draft), None)


def before(step: str) -> str:
    """The step before `step`; "confirm" comes last. What was answered stays, so that nothing is asked twice."""
    place = STEPS.index(step) if step in STEPS else len(STEPS)
    return STEPS[max(0, place - 1)]


def reading(draft: dict[str, Any], today: date) -> Reading | Question | None:
    """Their words, as of the day on which they said them ("next week"); None where there are none."""
    if not draft.get("when"):
        return None
    said = date.fromisoformat(draft["said"]) if draft.get("said") else today
    return read(draft["when"], draft.get("when_lang", "en"), said, draft.get("answers"))


def cards_said(draft: dict[str, Any], today: date) -> int | None:
    """How many cards their words named ("3 cards every Tuesday 7am"); None where they said nothing of it."""
    found = reading(draft, today)
    return found.cards if isinstance(found, Reading) else None


def pauses_alone(draft: dict[str, Any], today: date) -> bool:
    """Whether their words are about a pause and nothing else."""
    found = reading(draft, today)
    return isinstance(found, Reading) and not found.slots


def standing(draft: dict[str, Any]) -> Schedule | None:
    """What holds until the yes; None of a department that is being set up."""
    return load(draft["rule"]) if draft.get("rule") else None


def of_schedule(rule: Schedule, name: str) -> dict[str, Any]:
    """A draft in which all is as it stands now."""
    return {
        "name": name,
        "zone": rule.zone,
        "holidays": rule.holidays,
        "when": "",
        "cards": rule.cards,
        "rule": dump(rule),
    }


def schedule(draft: dict[str, Any], today: date) -> Schedule | Question:
    """What the draft comes to, or what has to be asked about its words. Needs zone, holidays and when."""
    base, found = standing(draft), reading(draft, today)
    if found is None:
        if base is None:
            return Question("nothing")
        cards = int(draft.get("cards") or base.cards)
        return replace(base, zone=draft["zone"], holidays=draft["holidays"], cards=cards, **_rest(draft))
    if isinstance(found, Question):
        return Question("nothing") if found.id == "which_pause" and base is None else found
    changed = changes(found, base, draft["zone"], draft["holidays"], today, draft.get("answers") or {})
    if isinstance(changed, Question):
        return changed
    said = {"zone": draft["zone"], "cards": int(draft.get("cards") or found.cards or 2), **changed, **_rest(draft)}
    return replace(base, **said) if base is not None else Schedule(**said)


def _rest(draft: dict[str, Any]) -> dict[str, Any]:
    """What only the menu of a department's times changes."""
    found: dict[str, Any] = {"quiet": Hours(*draft["quiet"])} if "quiet" in draft else {}
    if "shifts" in draft:
        found["shifts"] = load_pattern(draft["shifts"]) if draft["shifts"] else None
    return found | ({"window": int(draft["late"])} if "late" in draft else {})


def name_of(text: str) -> str | None:
    """A name as it is kept; None where it is none. A question is none: it was for the bot, from somebody who had forgotten what was asked."""
    name = " ".join(text.split())
    return name if SHORTEST_NAME <= len(name) <= LONGEST_NAME and name.isprintable() and "?" not in name else None


def late_of(text: str, lang: str) -> str | None:
    """One of `LATE` in minutes or hours: "60", "2 hours", "dos horas"; None for anything else."""
    said, _, of = fold(text).partition(" ")
    count = 1 if said in ("an", "una") else count_of(said, lang) or 0
    per = 60 if of in ("h", "hour", "hours", "hora", "horas") else 1 if of in ("", "min", "minutes", "minutos") else 0
    return next((minutes for minutes in LATE if int(minutes) == count * per), None)


def keep_of(text: str) -> int | None:
    """A written retention in days, of "5", "5 years", "180 days", "180 días"; None for anything else: thirty days are not thirty years."""
    said, unit = (*text.split()[:2], "", "")[:2]
    most, days = _KEPT.get(fold(unit), (0, 0))
    return int(said) * days if said.isdecimal() and len(said) <= 5 and 1 <= int(said) <= most else None


def zone_of(text: str) -> str | None:
    """A zone of the IANA list, or one of `US_ZONES` by its city; None where there is none of this name."""
    name = "_".join(text.split())
    if "/" not in name:
        return next((zone for zone in US_ZONES if _city(zone) == fold(name)), None)
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _city(zone: str) -> str:
    return fold(zone.rpartition("/")[2])


def calendar_of(text: str) -> str | None:
    """ "US-TX" of a state's two letters or its name, "US", or "" for none; None where it is none of these."""
    from holidays.countries.united_states import UnitedStates  # slow to load, seldom asked
    from holidays.utils import list_supported_countries

    said = text.strip().strip(".").upper()
    if said in ("", "US"):
        return said
    named = {fold(name): letters for name, letters in UnitedStates.subdivisions_aliases.items()}
    state = named.get(fold(said), said.removeprefix("US-"))
    return f"US-{state}" if state in list_supported_countries()["US"] else None
