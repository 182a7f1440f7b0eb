"""Rows as values to look through and to show: one `Entry` for each service that can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import phonenumbers
import yaml

from bot.library.directory.hours import Hours, hours_of
from bot.library.directory.places import EVERYWHERE, areas_of
from bot.library.directory.rules import is_fictional, last_check, parsed, source_of, terms
from bot.library.directory.trees import Data, Row
from nlu.text import fold

WORDS = Path(__file__).resolve().parents[3] / "content" / "directory.yml"
GENDERS = ("women", "men", "nonbinary")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a service. Empty sets and None mean "not said", which excludes nobody. `areas`: place to the name shown of it.
    `spanish`: name and description in Spanish, from the columns `name_es` and `description_es`, which are ours: HSDS has one language a text."""

    id: str
    name: str
    owner: str
    alternate_name: str | None
    description: str | None
    spanish: tuple[str | None, str | None]
    needs: frozenset[str]
    areas: dict[str, str]
    languages: frozenset[str]
    interpreters: bool
    ages: tuple[float | None, float | None]
    genders: frozenset[str]
    phones: tuple[str, ...]
    text_to: str | None
    web: str | None
    hours: tuple[Hours, ...]
    checked: date
    checked_by: str
    source: str
    fictional: bool

    @property
    def national(self) -> bool:
        return EVERYWHERE in self.areas


@lru_cache(maxsize=1)
def settings() -> dict[str, Any]:
    """`content/directory.yml`."""
    found: dict[str, Any] = yaml.safe_load(WORDS.read_text("utf-8"))
    return found


def named(texts: list[str], group: str) -> frozenset[str]:
    """Which needs or genders some texts name."""
    found = set()
    for text in texts:
        padded = f" {fold(text.replace('-', ' '))} "
        hits = [(word, key) for key, words in _folded(group).items() for word in words if word in padded]
        # "Mental health" is no clinic: the longest words that a text has are what it says.
        found |= {key for word, key in hits if not any(word != other and word in other for other, _ in hits)}
    return frozenset(found)


@lru_cache(maxsize=2)
def _folded(group: str) -> dict[str, tuple[str, ...]]:
    return {key: tuple(f" {fold(str(word))} " for word in words) for key, words in settings()[group].items()}


def entries(data: Data) -> list[Entry]:
    """Of all services that are active. The data has passed the rules."""
    found = (_entry(data, service) for service in data.rows["service"].values() if service.get("status") == "active")
    return [entry for entry in found if entry is not None]


def _entry(data: Data, service: Row) -> Entry | None:
    name = service["id"]
    owner = data.get("organization", service.get("organization_id")) or {}
    program = data.get("program", service.get("program_id")) or {}
    at = data.hanging("service_at_location", "service", name)
    places = [place for one in at if (place := data.get("location", one.get("location_id"))) is not None]
    checked, source = last_check(data, service), source_of(data, service)
    if checked is None or source is None:
        return None
    said = [*terms(data, "service", service), *(t for one in at for t in terms(data, "service_at_location", one))]
    own = [str(service.get("name", "")), str(service.get("alternate_name", "")), str(program.get("name", ""))]
    areas = areas_of(data, service)
    states = frozenset(area[:2] for area in areas if area != EVERYWHERE)
    phones = _phones(data, service, at, places, owner)
    schedules = [
        *data.hanging("schedule", "service", name),
        *(row for one in at for row in data.hanging("schedule", "service_at_location", one["id"])),
    ]
    schedules = schedules or [row for place in places for row in data.hanging("schedule", "location", place["id"])]
    voices = [p for p in phones if p[1] not in ("fax", "sms", "text", "tty", "pager")]
    texts = [p[0] for p in phones if p[1] in ("sms", "text")]
    return Entry(
        name,
        service["name"],
        str(owner.get("name", "")),
        service.get("alternate_name"),
        service.get("description"),
        (service.get("name_es"), service.get("description_es")),
        named(said, "needs") or named(own, "needs"),
        areas,
        _languages(data, service, places, phones),
        bool(service.get("interpretation_services")),
        (service.get("minimum_age"), service.get("maximum_age")),
        named(said, "genders"),
        tuple(dict.fromkeys(_shown(number, extension) for number, _, extension, _ in voices)),
        _shown(texts[0], None) if texts else None,
        service.get("url") or owner.get("website"),
        hours_of(schedules, states),
        *checked,
        source,
        is_fictional(data, service),
    )


_Phone = tuple[str, str, Any, str]


def _phones(data: Data, service: Row, at: list[Row], places: list[Row], owner: Row) -> list[_Phone]:
    """Number, type, extension, id; those of the service before those of its places, and of its organization only where it has none."""
    rows = [*data.hanging("phone", "service", service["id"])]
    for one in at:
        rows += data.hanging("phone", "service_at_location", one["id"])
    for contact in data.hanging("contact", "service", service["id"]):
        rows += data.hanging("phone", "contact", contact["id"])
    rows = rows or [row for place in places for row in data.hanging("phone", "location", place["id"])]
    rows = rows or data.hanging("phone", "organization", owner.get("id", ""))
    return [(r["number"], fold(str(r.get("type", "voice"))), r.get("extension"), r["id"]) for r in rows]


def _shown(number: str, extension: Any) -> str:
    """A number as people write it where it is dialled."""
    found = parsed(number)
    if found is None or len(str(found.national_number)) <= 6:
        return number
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if found.country_code == 1
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    text = phonenumbers.format_number(found, style).replace("(", "").replace(") ", "-")
    return f"{text} x{extension}" if extension is not None else text


def _languages(data: Data, service: Row, places: list[Row], phones: list[_Phone]) -> frozenset[str]:
    rows = [*data.hanging("language", "service", service["id"])]
    rows += [row for place in places for row in data.hanging("language", "location", place["id"])]
    rows += [row for phone in phones for row in data.hanging("language", "phone", phone[3])]
    return frozenset(code for row in rows if (code := language(str(row.get("code") or row.get("name") or ""))))


@lru_cache(maxsize=1)
def _language_names() -> dict[str, str]:
    folder = Path(__file__).resolve().parents[3] / "nlu" / "lexicon"
    found: dict[str, str] = {}
    for lang in ("en", "es"):
        for code, forms in yaml.safe_load((folder / lang / "language.yml").read_text("utf-8")).items():
            found |= {fold(str(form)): str(code) for form in forms}
    return found


_THREE = {"eng": "en", "spa": "es", "zho": "zh", "vie": "vi", "kor": "ko", "fra": "fr", "hat": "ht", "por": "pt", "ara": "ar", "rus": "ru", "tgl": "tl", "ase": "asl"}  # fmt: skip


def language(text: str) -> str:
    """A language by its code (two or three letters, with or without a country) or name, as a code; "" where it is none."""
    bare = fold(text).replace("_", "-")
    code = bare.partition("-")[0].partition(" ")[0]
    if bare in _language_names():
        return _language_names()[bare]
    return _THREE.get(code, code) if 2 <= len(code) <= 3 and code.isalpha() else ""
