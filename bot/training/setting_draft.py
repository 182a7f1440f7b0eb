"""A department's time as it is being set: a draft of plain values, and the schedule that comes of it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from holidays.utils import list_supported_countries

from bot.training.schedule import Schedule
from bot.training.schedule_json import dump, load
from bot.training.words import Question, Reading, read

SHORTEST_NAME, LONGEST_NAME = 2, 80
STEPS = ("name", "zone", "holidays", "when", "cards")
"""In the order in which they are asked; each is a key of the draft once it is answered."""


def missing(draft: dict[str, Any]) -> str | None:
    """The step to ask next; None where everything is there."""
    return next((step for step in STEPS if step not in draft), None)


def before(draft: dict[str, Any], step: str) -> dict[str, Any]:
    """The draft one step back from `step` ("confirm" comes last): the step before it is open again."""
    place = STEPS.index(step) if step in STEPS else len(STEPS)
    reopened = STEPS[max(0, place - 1)]
    return {key: value for key, value in draft.items() if key not in (reopened, "answers", "asked")}


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
    base = load(draft["rule"]) if draft.get("rule") else None
    if not draft["when"]:
        if base is None:
            return Question("nothing")
        return replace(
            base, zone=draft["zone"], holidays=draft["holidays"], cards=int(draft.get("cards") or base.cards)
        )
    found = read(draft["when"], draft.get("when_lang", "en"), today, draft.get("answers"))
    if isinstance(found, Question):
        return found
    return _made(draft, found, base, today)


def _made(draft: dict[str, Any], found: Reading, base: Schedule | None, today: date) -> Schedule:
    said: dict[str, Any] = {
        "slots": found.slots,
        "zone": draft["zone"],
        "per_week": found.per_week,
        "starts": found.starts or (base.starts if base is not None else today),
        "ends": found.ends,
        "cards": found.cards or int(draft.get("cards") or 2),
        "holidays": "" if found.on_holidays else draft["holidays"],
    }
    return replace(base, **said) if base is not None else Schedule(**said)


def name_of(text: str) -> str | None:
    """A name as it is kept; None where it is none."""
    name = " ".join(text.split())
    return name if SHORTEST_NAME <= len(name) <= LONGEST_NAME and name.isprintable() else None


def zone_of(text: str) -> str | None:
    """A zone of the IANA list; None where there is none of this name."""
    name = text.strip().replace(" ", "_")
    if "/" not in name:
        return None
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def calendar_of(text: str) -> str | None:
    """ "US-TX" of a state's two letters, "US", or "" for none; None where it is none of these."""
    said = text.strip().upper()
    if said in ("", "US"):
        return said
    state = said.removeprefix("US-")
    return f"US-{state}" if state in list_supported_countries()["US"] else None
