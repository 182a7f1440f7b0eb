"""A small real-looking directory to change in tests, and hypothesis strategies for any directory."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from bot.library.directory import parsing, rules
from bot.library.directory.entries import Entry, entries
from bot.library.directory.schema import ANY, LOOSE, TABLES, Table, parents
from bot.library.directory.trees import Data, DirectoryProblem, Planter

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)
"""A Thursday, 10:00 in Oklahoma."""
# A number that is given to nobody and yet valid would be somebody's one day; the toll-free one of a line that lines.yml holds is not.
NUMBER = "1-888-373-7888"

LEGAL: dict[str, Any] = {
    "id": "s1",
    "name": "Red Oak Legal Aid",
    "status": "active",
    "description": "Free lawyers. By phone first.",
    "url": "https://redoak.example.org/help",
    "assured_date": "2026-11-10",
    "assurer_email": "checker@example.org",
    "organization": {"id": "o1", "name": "Red Oak", "description": "Lawyers."},
    "service_areas": [{"id": "a1", "name": "Tulsa County, OK"}],
    "phones": [{"id": "p1", "number": NUMBER, "languages": [{"id": "l1", "code": "es", "name": "Spanish"}]}],
    "attributes": [
        {"id": "t1", "taxonomy_term": {"id": "legal", "name": "Legal services", "description": "Lawyers."}},
    ],
    "service_at_locations": [
        {
            "id": "at1",
            "location": {
                "id": "loc1",
                "location_type": "physical",
                "name": "Office",
                "addresses": [
                    {
                        "id": "adr1",
                        "address_1": "1 Example Way",
                        "city": "Tulsa",
                        "state_province": "OK",
                        "postal_code": "74103",
                        "country": "US",
                        "address_type": "physical",
                    }
                ],
            },
        }
    ],
}


def service(**changes: Any) -> dict[str, Any]:
    """The legal aid above with other fields; None takes one out."""
    made = {**copy.deepcopy(LEGAL), **changes}
    return {key: value for key, value in made.items() if value is not None}


def data(*services: dict[str, Any]) -> Data:
    return parsing.files({"services.json": json.dumps(list(services)).encode()})


def entry(fictional: bool = False, **changes: Any) -> Entry:
    """One entry whose data keeps the rules."""
    found = data(service(**changes))
    assert rules.problems(found, fictional, TODAY) == []
    return entries(found)[0]


def problems(*services: dict[str, Any], fictional: bool = False) -> list[str]:
    """What is wrong with these, in whatever step it is found."""
    try:
        return rules.problems(data(*services), fictional, TODAY)
    except DirectoryProblem as error:
        return error.problems


# -- any directory ---------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
NUMBERS = st.one_of(st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False))
PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "text": WORDS,
    "number": NUMBERS,
    "date": st.dates().map(date.isoformat),
    "time": st.sampled_from(["09:00", "17:30:00", "23:59Z", "09:00-06:00", "00:00+05:30"]),
    "stamp": st.sampled_from(["2026-11-25T09:00:00Z", "2023-03-15T10:30:45.123Z", "2024-09-25T14:23:06.5+01:00"]),
    "uri": st.sampled_from(["https://example.org/a?b=c,d", "mailto:a@example.org", 'https://example.org/"q"']),
    "email": st.sampled_from(["a@example.org", "b.c@d.example.org"]),
    "zone": st.one_of(st.integers(-14, 14), st.floats(-14, 14), st.sampled_from(["America/Chicago", "UTC"])),
}
JSON = st.recursive(
    st.one_of(st.booleans(), WORDS, st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2), st.dictionaries(WORDS, inner, min_size=1, max_size=2)
    ),
    max_leaves=4,
)
OWN = st.dictionaries(st.from_regex(r"x_[a-z]{1,3}", fullmatch=True), JSON, max_size=2)
"""Columns that HSDS does not know."""


@st.composite
def directories(draw: st.DrawFn) -> Data:
    """Rows of any table with any fields, each hanging on a row that is there."""
    planter, number = Planter(), 0

    def plant(table: Table, **links: str) -> str:
        nonlocal number
        number += 1
        row: dict[str, Any] = {"id": f"{table.name}-{number}", **links}
        for name, kind in table.fields.items():
            if (
                name == "id"
                or name in links
                or name in parents(table.name)
                or name in ANY.get(table.name, ())
                or name in LOOSE
            ):
                continue
            if name in table.required or draw(st.integers(0, 4)) == 0:
                row[name] = draw(st.sampled_from(table.enums[name]) if name in table.enums else PLAIN[kind])
        row |= draw(OWN)
        planter.row(table.name, row, f"row {number}")
        return str(row["id"])

    def grow(table: Table, name: str, depth: int) -> None:
        for inner in table.lists.values():
            for _ in range(draw(st.integers(0, 1 if depth < 2 else 0))):
                link = dict(zip(ANY[inner], (table.name, name), strict=True)) if inner in ANY else {table.column: name}
                ones = {
                    column: draw(st.sampled_from(known))
                    for other, column in TABLES[inner].ones.values()
                    if column not in link and (known := list(planter.data.rows[other]))
                }
                grow(TABLES[inner], plant(TABLES[inner], **link, **ones), depth + 1)

    for name in ("taxonomy", "unit", "location"):
        plant(TABLES[name])
    plant(TABLES["taxonomy_term"], taxonomy_id="taxonomy-1")
    for _ in range(draw(st.integers(1, 2))):
        owner = plant(TABLES["organization"])
        grow(TABLES["organization"], owner, 0)
        grow(TABLES["service"], plant(TABLES["service"], organization_id=owner), 0)
    if draw(st.booleans()):
        own_rows = draw(
            st.lists(
                st.dictionaries(st.from_regex(r"[a-z]{1,4}", fullmatch=True), JSON, min_size=1, max_size=3),
                min_size=1,
                max_size=2,
            )
        )
        planter.data.extra["x_notes.csv"] = own_rows
    assert planter.problems == []
    return planter.data
