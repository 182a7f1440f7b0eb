"""What an entry must have and must not have before anybody is shown it: a front door only (R28), a number with an owner, a source and
the date of a check (R29). Each problem says where it is and how to write it instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import phonenumbers
import yaml

from bot.library.addresses import address_in
from bot.library.directory.fields import day
from bot.library.directory.schema import TABLES
from bot.library.directory.trees import Data, Row
from nlu.text import fold

WRONG = Path(__file__).resolve().parents[3] / "content" / "wrong_numbers.yml"
INSTEAD = 'say where it helps in service_areas ("Tulsa County, OK") and give the number that anybody may call'
SHORT = frozenset({"911", "988", "711", "211"})
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ \t().·/\u00a0\u2010-\u2015-]+(?=\d)")
_FILM = re.compile(r"1?\d{3}55501\d\d")
_TEXT_CODE = re.compile(r"\d{5,6}")
_HOUSING = re.compile(
    r"\b(?:safe ?(?:house|home|haven)s?|shelters?|housing|hostels?|residential|transitional living|group homes?|host homes?|drop in beds?"
    r"|emergency (?:beds?|lodging|accommodation)|beds?|refuges?|sober living|recovery homes?|maternity homes?|emergency placements?|lodging"
    r"|albergues?|refugios?|casas? (?:de acogida|segura|hogar|refugio)s?|vivienda|alojamiento|hospedaje|residencial)\b"
)
_SHELTER = re.compile(
    r"\b(?:safe ?(?:house|home|haven)s?|shelters?|hostels?|place to (?:sleep|stay)|overnight|beds?|albergues?|refugios?|donde dormir"
    r"|casas? (?:de acogida|segura|hogar|refugio)s?)\b"
)
"""In a description, where "we help with housing papers" is no shelter."""
_HOUSING_CODES = re.compile(r"BH\b|BH-.*|.*\bhousing\b.*|.*\bshelter\b.*", re.IGNORECASE)
"""BH is Housing/Shelter in the taxonomy of 211 services."""
_SECRET = re.compile(
    r"\b(?:confidential|undisclosed|unpublished|redacted|secret|hidden|withheld|confidencial|secret[ao]|reservad[ao])\b"
)
_SECRET_PLACE = re.compile(
    r"\b(?:confidential|undisclosed|unpublished|redacted|secret|hidden)\s+(?:\w+\s+)?(?:location|address|site|place|house)s?\b"
    r"|\b(?:location|address|site)\s+(?:is|are)\s+(?:kept\s+)?(?:confidential|undisclosed|unpublished|secret|not disclosed|not published)\b"
    r"|\b(?:ubicacion|direccion|lugar|domicilio|casa)\s+(?:es\s+)?(?:confidencial|secret[ao]|reservad[ao])\b"
)
_MARK = re.compile(r"(?:^|_)(?:confidential|secret|private|undisclosed|redacted|hidden|internal)(?:_|$)", re.IGNORECASE)
_MARK_VALUE = re.compile(r"(?:confidential|secret|private|undisclosed|redacted|hidden|internal)", re.IGNORECASE)
_VISIBILITY = re.compile(r"(?:^|_)(?:visibility|access|publicity|disclosure)(?:_|$)", re.IGNORECASE)
_NO = frozenset({"false", "no", "0", "n", "none"})
_WHERE_FIELDS = ("address_1", "address_2", "attention", "postal_code")
_TELLS_WHERE = frozenset({"latitude", "longitude", "transportation", "description", "external_identifier"})
"""Of a place that nobody may know: its point, the way there, and what somebody wrote of it."""
_WHERE_NAMES = re.compile(
    r"(?:^|_)(?:lat|latitude|lng|lon|longitude|geo|geom|geometry|geojson|geocode|coordinates?|address|street|zip|zipcode|postcode|directions?|map|maps"
    r"|what3words|plus_?code)(?:_|\d|$)",
    re.IGNORECASE,
)
"""Columns of somebody's own that say where."""
_LINK = re.compile(r"(?:https?://|geo:)[^\s<>\"]+")
_MAP = re.compile(
    r"^geo:.*|\bmaps?\.|/maps?\b|goo\.gl|openstreetmap|\bwaze\.|what3words|[@=,/]-?\d{1,3}\.\d{3,},\+?-?\d{1,3}\.\d{3,}|[?&](?:ll|daddr|saddr|destination)=",
    re.IGNORECASE,
)
_LINKS = frozenset({"url", "website", "uri", "email", "logo", "schedule_link", "term_uri", "assurer_email"})


def problems(data: Data, fictional: bool, today: date) -> list[str]:
    """One line for each thing that is wrong. `fictional`: whether example entries may be in it: in tests and `chat` only."""
    found = [*_front_doors(data), *_marked(data), *_texts(data), *_phones(data, today), *_checks(data, today)]
    if not fictional:
        found += _examples(data)
    return list(dict.fromkeys(found))


def is_fictional(data: Data, service: Row) -> bool:
    """Whether a service, or the organization that it belongs to, is marked as an example."""
    owner = data.get("organization", service.get("organization_id")) or {}
    return truthy(service.get("fictional")) or truthy(owner.get("fictional"))


def truthy(value: Any) -> bool:
    return value is not None and value is not False and value != 0 and str(value).strip().casefold() not in _NO


# -- front doors (R28) -----------------------------------------------------------------------------------------------


def terms(data: Data, table: str, row: Row) -> Iterator[str]:
    """Everything that attributes say of a row: the names, codes and values of its terms."""
    for attribute in data.hanging("attribute", table, row["id"]):
        term = data.get("taxonomy_term", attribute.get("taxonomy_term_id")) or {}
        yield from (
            str(v) for v in (attribute.get("value"), attribute.get("label"), term.get("name"), term.get("code")) if v
        )


def houses_people(data: Data, service: Row) -> bool:
    """Whether a service gives people a place to sleep, by its terms, its name or what it says of itself."""
    said = [*terms(data, "service", service), str(service.get("name", "")), str(service.get("alternate_name", ""))]
    if any(_HOUSING.search(fold(text)) or _HOUSING_CODES.fullmatch(text) for text in said):
        return True
    owner = data.get("organization", service.get("organization_id")) or {}
    program = data.get("program", service.get("program_id")) or {}
    names = [owner.get("name"), owner.get("alternate_name"), program.get("name")]
    return any(_HOUSING.search(fold(str(name))) for name in names if name) or bool(
        _SHELTER.search(fold(str(service.get("description", ""))))
    )


def keeps_its_place(data: Data, service: Row) -> bool:
    """Whether a service says of itself, or a mark says, that its place is nobody's to know."""
    owner = data.get("organization", service.get("organization_id")) or {}
    said = [*terms(data, "service", service), *terms(data, "organization", owner or service)]
    texts = [str(v) for row in (service, owner) for v in row.values() if isinstance(v, str)]
    return (
        any(_SECRET.search(fold(text)) for text in said)
        or any(_SECRET_PLACE.search(fold(text)) for text in texts)
        or any(_is_mark(k, v) for row in (service, owner) for k, v in row.items())
    )


def _is_mark(column: str, value: Any) -> bool:
    if _MARK.search(column):
        return truthy(value)
    return bool(_VISIBILITY.search(column)) and bool(_MARK_VALUE.search(str(value)))


def _front_doors(data: Data) -> Iterator[str]:
    """No street, box, ZIP or point on a map for whoever houses people or keeps its place to itself."""
    hidden: dict[str, str] = {}
    open_to_all: set[str] = set()
    owners: dict[str, str] = {}
    for service in data.rows["service"].values():
        kind = "gives people a place to sleep" if houses_people(data, service) else None
        kind = kind or ("keeps its place confidential" if keeps_its_place(data, service) else None)
        places = {r.get("location_id", "") for r in data.hanging("service_at_location", "service", service["id"])}
        if kind is None:
            open_to_all |= places
            continue
        hidden |= dict.fromkeys(places, f"{service.get('name')} {kind}")
        rows = [
            ("service", service),
            *(("service_at_location", r) for r in data.hanging("service_at_location", "service", service["id"])),
        ]
        for table, row in rows:
            for column in row:
                if column not in TABLES[table].fields and _WHERE_NAMES.search(column):
                    yield f"{data.place(table, row)}: {column}: {service.get('name')} {kind}: take it out; {INSTEAD}"
        owners[service.get("organization_id", "")] = f"{service.get('name')} {kind}"
    for location in data.rows["location"].values():
        name = location["id"]
        if name not in hidden and location.get("organization_id") in owners and name not in open_to_all:
            hidden[name] = owners[location["organization_id"]]
        if name not in hidden and _secret_here(data, location):
            hidden[name] = "it is marked as confidential"
        if name not in hidden and _SHELTER.search(
            fold(f"{location.get('name', '')} {location.get('alternate_name', '')}")
        ):
            hidden[name] = f"{location.get('name')} is a shelter by its name"
        if name in hidden:
            yield from _place(data, location, hidden[name])


def _secret_here(data: Data, location: Row) -> bool:
    rows = [("location", location), *(("address", row) for row in data.hanging("address", "location", location["id"]))]
    said = [text for table, row in rows for text in terms(data, table, row)]
    texts = [v for _, row in rows for k, v in row.items() if isinstance(v, str) and k != "id"]
    marks = any(_is_mark(k, v) for _, row in rows for k, v in row.items())
    return marks or any(_SECRET.search(fold(text)) for text in (*said, *texts))


def _place(data: Data, location: Row, because: str) -> Iterator[str]:
    where = data.place("location", location)
    for column in location:
        if column in _TELLS_WHERE or _WHERE_NAMES.search(column):
            yield f"{where}: {column}: {because}, so where it is must not be here: take it out; {INSTEAD}"
    for row in data.hanging("address", "location", location["id"]):
        for column in _WHERE_FIELDS:
            if column in row:
                yield f"{data.place('address', row)}: {column}: {because}, so its address must not be here: take it out; {INSTEAD}"


def _marked(data: Data) -> Iterator[str]:
    """What somebody marked as not for others is for nobody here: a phone of the staff, a contact, a place."""
    for table, row in data.all():
        for column, value in row.items():
            if _is_mark(column, value) and table not in ("service", "organization"):
                yield f"{data.place(table, row)}: {column}: marked as confidential, so it must not be here: take the row out; {INSTEAD}"


def _texts(data: Data) -> Iterator[str]:
    """No address in a text, and nothing that `wrong_numbers.yml` knows to be wrong."""
    for where, column, link in _linked(data):
        on_map = _MAP.search(link)
        bare = re.sub(r"[-_/+=?&]|%20", " ", link.partition("//")[2])
        street = on_map.group() if on_map else address_in(bare)
        if street:
            yield f"{where}: {column}: {street!r} leads to a place on a map: take it out; {INSTEAD}"
    for where, column, text in _written(data):
        found = address_in(text)
        if found:
            yield f"{where}: {column}: {found!r} reads like an address: take it out; {INSTEAD}"
        runs = set(re.findall(r"\d+", _BETWEEN_DIGITS.sub("", text)))
        for entry in _wrong_ones():
            if runs & entry["digits"] or any(p.search(text) for p in entry["patterns"]):
                yield f"{where}: {column}: {entry['what_is_wrong']} Instead: {entry['what_is_right']}"


def _linked(data: Data) -> Iterator[tuple[str, str, str]]:
    """Every address of a page, in whatever column, also within texts."""
    for table, row in data.all():
        for column, value in row.items():
            for text in _strings(value):
                yield from ((data.place(table, row), column, link) for link in _LINK.findall(text))


def _written(data: Data) -> Iterator[tuple[str, str, str]]:
    for table, row in data.all():
        for column, value in row.items():
            skip = (
                column == "id"
                or (column.endswith("_id") and column in TABLES[table].fields)
                or column in _LINKS
                or (table == "address" and column in _WHERE_FIELDS)
                or (table == "service_area" and column == "extent" and "polygon" in str(value).casefold())
            )
            if not skip and not (table == "phone" and column == "number"):
                yield from ((data.place(table, row), column, text) for text in _strings(value))
    for name, rows in data.extra.items():
        for number, row in enumerate(rows):
            for column, value in row.items():
                yield from ((f"{name} row {number + 1}", column, text) for text in _strings(value))


def _strings(value: Any) -> Iterator[str]:
    """The texts in a value, however deep: a column of somebody's own may hold anything."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (str(key), *_strings(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


@lru_cache(maxsize=1)
def _wrong_ones() -> list[dict[str, Any]]:
    entries = yaml.safe_load(WRONG.read_text("utf-8"))
    return [
        {**e, "digits": set(e["digits"]), "patterns": [re.compile(p, re.IGNORECASE) for p in e["patterns"]]}
        for e in entries
    ]


# -- numbers (R29) ---------------------------------------------------------------------------------------------------


def parsed(number: str) -> phonenumbers.PhoneNumber | None:
    """A telephone number as its digits are dialled; None where it is none."""
    try:
        return phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return None


def known_to_be_wrong(number: str) -> bool:
    """Whether `wrong_numbers.yml` has it, however it is written."""
    bare = re.sub(r"\D", "", number)
    return any(bare in entry["digits"] for entry in _wrong_ones())


def owner_of(data: Data, phone: Row) -> Row | None:
    """The organization that a number belongs to."""
    contact = data.get("contact", phone.get("contact_id")) or {}
    for row in (phone, contact):
        at = data.get("service_at_location", row.get("service_at_location_id")) or {}
        service = data.get("service", row.get("service_id") or at.get("service_id")) or {}
        place = data.get("location", row.get("location_id")) or {}
        there = data.hanging("service_at_location", "location", place["id"]) if place else []
        through = (data.get("service", there[0].get("service_id")) if there else None) or {}
        for name in (
            row.get("organization_id"),
            service.get("organization_id"),
            place.get("organization_id"),
            through.get("organization_id"),
        ):
            if data.get("organization", name) is not None:
                return data.get("organization", name)
    return None


def _phones(data: Data, today: date) -> Iterator[str]:
    examples = {s.get("organization_id") for s in data.rows["service"].values() if is_fictional(data, s)}
    for phone in data.rows["phone"].values():
        where, number = data.place("phone", phone), str(phone.get("number", ""))
        owner = owner_of(data, phone)
        if owner is None:
            yield f"{where}: number: {number} has no owner: give its service an organization_id"
        yield from (f"{where}: number: {wrong}" for wrong in _number(number, (owner or {}).get("id") in examples))


def _number(number: str, example: bool) -> Iterator[str]:
    bare = re.sub(r"\D", "", number)
    entry = next((e for e in _wrong_ones() if bare in e["digits"]), None)
    if entry is not None:
        yield f"{number}: {entry['what_is_wrong']} Instead: {entry['what_is_right']}"
        return
    if re.search(r"[A-Za-z]", number):
        yield f"{number}: write digits, not letters, and an extension in the field `extension`"
        return
    if bare in SHORT or (_TEXT_CODE.fullmatch(bare) and not example):
        return
    found = parsed(number)
    if example:
        if not _FILM.fullmatch(bare):
            yield f"{number}: an example has a number that nobody answers: 555-0100 to 555-0199"
    elif found is None or not phonenumbers.is_valid_number(found):
        yield f"{number}: this is no telephone number: write it as +1 918 555 … or 918-…, one number in a row"
    elif _FILM.fullmatch(bare):
        yield f"{number}: 555-01xx is kept for films, and nobody answers: write the real number, or mark the entry `fictional`"


# -- checks (R29) ----------------------------------------------------------------------------------------------------


def last_check(data: Data, service: Row) -> tuple[date, str] | None:
    """When somebody last saw to it that an entry holds, and who; None where nobody has."""
    found: list[tuple[date, str]] = []
    checked = day(service.get("assured_date"))
    if checked is not None and service.get("assurer_email"):
        found.append((checked, str(service["assurer_email"])))
    for row in data.hanging("metadata", "service", service["id"]):
        when = day(row.get("last_action_date"))
        if (
            when is not None
            and row.get("last_action_type") in ("assured", "verified", "confirmed", "reviewed")
            and row.get("updated_by")
        ):
            found.append((when, str(row["updated_by"])))
    return max(found, default=None)


def source_of(data: Data, service: Row) -> str | None:
    """Where an entry was read: a page of the service or of its organization."""
    owner = data.get("organization", service.get("organization_id")) or {}
    pages = [
        r.get("url")
        for r in (
            *data.hanging("url", "service", service["id"]),
            *data.hanging("url", "organization", owner.get("id", "")),
        )
    ]
    found = next((v for v in (service.get("url"), owner.get("website"), owner.get("uri"), *pages) if v), None)
    return str(found) if found else None


def _checks(data: Data, today: date) -> Iterator[str]:
    for service in data.rows["service"].values():
        where = data.place("service", service)
        if service.get("organization_id") is None:
            yield f"{where}: organization_id: is missing: say who runs it, so that its numbers have an owner"
        if source_of(data, service) is None:
            yield f"{where}: url: has no source: give the page where it was read, of the service or as `website` of its organization"
        checked = last_check(data, service)
        if checked is None:
            yield f"{where}: assured_date: nobody has checked it: ring it, then write the date and assurer_email"
        elif checked[0] > today:
            yield f"{where}: assured_date: {checked[0].isoformat()} lies in the future: write the day it was checked"


def _examples(data: Data) -> Iterator[str]:
    for table in ("organization", "service"):
        for row in data.rows[table].values():
            if truthy(row.get("fictional")):
                yield f"{data.place(table, row)}: fictional: examples load in tests and `chat` only: for a real entry take this field out"
