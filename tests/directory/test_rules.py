"""R28: the directory holds front doors. R29: every number parses, has an owner, a source and a check; examples stay examples."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from bot.library.directory import parsing, rules
from bot.library.directory.shelf import EXAMPLE
from bot.settings import ROOT
from tests.directory.making import NUMBER, TODAY, problems, service

INSTEAD = "say where it helps in service_areas"


def refused(says: str, *services: dict[str, Any], fictional: bool = False) -> None:
    found = problems(*services, fictional=fictional)
    assert any(re.search(says, line) for line in found), found


def term(name: str, code: str | None = None) -> list[dict[str, Any]]:
    made = {"id": f"t-{name}", "name": name, "description": name, **({"code": code} if code else {})}
    return [{"id": f"x-{name}", "taxonomy_term": made}]


def with_place(**changes: Any) -> list[dict[str, Any]]:
    at = service()["service_at_locations"]
    at[0]["location"] |= changes
    return at


def test_the_office_of_a_legal_aid_may_have_its_address() -> None:
    assert problems(service()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"attributes": term("Emergency Shelter")},
        {"attributes": term("Housing")},
        {"attributes": term("x", "BH-1800.8500")},
        {
            "attributes": [
                {"id": "v", "value": "transitional housing", "taxonomy_term": term("Type")[0]["taxonomy_term"]}
            ]
        },
        {"attributes": term("Vivienda de emergencia")},
        {"name": "Juniper Safe House"},
        {"name": "Casa refugio Juniper"},
        {"alternate_name": "The shelter"},
        {"description": "Beds for women and children, day and night."},
        {"description": "Un albergue para mujeres."},
        {"program": {"id": "pr", "organization_id": "o1", "name": "Transitional Living", "description": "x"}},
        {"organization": {"id": "o1", "name": "Hope Shelter", "description": "x"}},
        {"description": "Free help. Our location is confidential."},
        {"description": "El lugar es secreto; llame."},
        {"attributes": term("Confidential location")},
        {"x_confidential": True},
        {"x_confidential": "yes"},
        {"visibility": "private"},
    ],
)
def test_r28_no_address_of_who_houses_people_or_keeps_its_place(changes: dict[str, Any]) -> None:
    refused(
        rf"locations/0/location/addresses/0: address_1: .*so its address must not be here: take it out; {INSTEAD}",
        service(**changes),
    )
    refused(r"postal_code", service(**changes))
    assert problems(service(**changes, service_at_locations=None)) == [], "without its place it may be listed"


def test_r28_the_same_with_city_and_county_alone_is_a_front_door() -> None:
    at = with_place(
        addresses=[{"id": "adr", "city": "Tulsa", "state_province": "OK", "country": "US", "address_type": "physical"}]
    )
    assert problems(service(name="Juniper Safe House", service_at_locations=at)) == []


@pytest.mark.parametrize("kind", ["physical", "postal", "virtual"])
def test_r28_no_kind_of_address_helps(kind: str) -> None:
    at = with_place()
    at[0]["location"]["addresses"][0]["address_type"] = kind
    refused("address_1", service(name="Juniper Safe House", service_at_locations=at))


def test_r28_no_point_on_a_map() -> None:
    at = with_place(addresses=[], latitude=36.15, longitude=-95.99)
    refused("latitude", service(name="Juniper Safe House", service_at_locations=at))
    refused("longitude", service(name="Juniper Safe House", service_at_locations=at))
    assert problems(service(service_at_locations=at)) == []


def test_r28_a_place_that_only_the_organization_names_is_its_shelters() -> None:
    place = with_place()[0]["location"]
    owner = {**service()["organization"], "locations": [place]}
    refused("address_1", service(name="Juniper Safe House", organization=owner, service_at_locations=None))
    office = service(id="s2", attributes=None, phones=None, service_areas=None, organization=owner)
    shared = problems(service(name="Juniper Safe House", organization=owner, service_at_locations=None), office)
    assert shared == [], "a front office that another service of the same organization names as its own"


def test_r28_a_place_shared_with_a_shelter_is_the_shelters() -> None:
    shelter = service(id="s2", name="Safe House", phones=None, attributes=None, service_areas=None)
    shelter["service_at_locations"][0]["id"] = "at2"
    refused("address_1", service(), shelter)


@pytest.mark.parametrize("changes", [{"name": "Hope Shelter"}, {"description": "Confidential site"}, {"x_private": 1}])
def test_r28_a_place_may_be_secret_by_itself(changes: dict[str, Any]) -> None:
    refused("address_1|x_private", service(service_at_locations=with_place(**changes)))


@pytest.mark.parametrize("mark", [{"x_confidential": True}, {"visibility": "internal"}, {"private": "true"}])
def test_r28_nothing_that_is_marked_as_confidential(mark: dict[str, Any]) -> None:
    refused("marked as confidential", service(phones=[{"id": "p1", "number": NUMBER, **mark}]))


def test_r28_a_mark_that_says_no_is_none() -> None:
    assert problems(service(phones=[{"id": "p1", "number": NUMBER, "x_confidential": False, "private": "no"}])) == []


@pytest.mark.parametrize(
    "text",
    [
        "Come to 123 Main Street at nine.",
        "we are at 4500 n western ave",
        "Calle Olmo 45, pregunte por Ana",
        "calle olmo 45",
        "Suite 200",
        "P.O. Box 77",
        "Tulsa, OK 74103",
        "36.15398, -95.99277",
    ],
)
@pytest.mark.parametrize(
    "where",
    [
        lambda t: {"description": t},
        lambda t: {"application_process": t},
        lambda t: {"x_notes": {"deep": ["a", t]}},
        lambda t: {"phones": [{"id": "p1", "number": NUMBER, "description": t}]},
        lambda t: {"service_areas": [{"id": "a", "name": t}]},
        lambda t: {
            "metadata": [
                {
                    "id": "m",
                    "last_action_date": "2026-01-01",
                    "last_action_type": "update",
                    "field_name": "x",
                    "previous_value": t,
                    "replacement_value": "y",
                    "updated_by": "z",
                }
            ]
        },
    ],
)
def test_r28_no_address_in_a_text(text: str, where: Any) -> None:
    refused("reads like an address", service(**where(text)))


@pytest.mark.parametrize(
    "link",
    [
        "https://maps.google.com/?q=Tulsa",
        "https://www.google.com/maps/place/x",
        "https://goo.gl/abc",
        "https://x.example.org/?ll=36.15,-95.99",
        "https://x.example.org/@36.15398,-95.99277,15z",
        "https://www.openstreetmap.org/#map=15",
        "https://x.example.org/123-main-street",
        "geo:36.15,-95.99",
    ],
)
def test_r28_no_link_to_a_place_on_a_map(link: str) -> None:
    refused("leads to a place on a map", service(url=link))
    refused("leads to a place on a map", service(description=f"See {link}"))


@pytest.mark.parametrize(
    "link",
    ["https://x.example.org/5-ways-to-get-help", "https://x.example.org/help?id=2024-10", "mailto:a@example.org"],
)
def test_ordinary_links_are_no_maps(link: str) -> None:
    assert problems(service(url=link)) == []


@pytest.mark.parametrize("column", ["lat", "x_longitude", "geo", "street_1", "x_address", "zip", "directions"])
def test_r28_no_column_of_somebodys_own_says_where_a_shelter_is(column: str) -> None:
    refused(
        f"services.json#/0: {column}: ",
        service(name="Juniper Safe House", service_at_locations=None, **{column: 36.15}),
    )
    assert problems(service(**{column: 36.15})) == []
    at = with_place(addresses=[], **{column: 36.15})
    refused(f"location: {column}: ", service(name="Juniper Safe House", service_at_locations=at))


def test_the_outline_of_an_area_is_no_address() -> None:
    shape = '{"type": "Polygon", "coordinates": [[[-95.9912, 36.1234], [-95.1234, 36.4321]]]}'
    area = {"id": "a", "name": "Tulsa County, OK", "extent": shape, "extent_type": "geojson"}
    assert problems(service(service_areas=[area])) == []
    refused("reads like an address", service(service_areas=[{**area, "extent": "-95.9912, 36.1234"}]))


def test_r28_no_address_in_a_table_of_somebodys_own() -> None:
    found = parsing.files({"x_notes.csv": b"note\n123 Main Street\n"})
    assert "x_notes.csv row 1: note" in rules.problems(found, False, TODAY)[0]


@pytest.mark.parametrize(
    "text",
    [
        "Open 9 to 5 at St Mary's, Monday to Friday.",
        "Call 911 to find a safe way out.",
        "24 hours a day, on the road to a better life.",
        "In 3 counties; 2 lawyers drive to you.",
        "De 9 a 5, de lunes a viernes; 2 abogadas.",
    ],
)
def test_ordinary_texts_are_no_addresses(text: str) -> None:
    assert problems(service(description=text)) == []


# -- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("123", "this is no telephone number"),
        ("918-555-01", "this is no telephone number"),
        ("call us", "write digits, not letters"),
        ("1-800-CALL-NOW", "write digits, not letters"),
        ("918-555-0111", "555-01xx is kept for films"),
        ("+1 (918) 555-0199", "555-01xx is kept for films"),
        ("1-888-373-7888, 1-800-799-7233", "this is no telephone number"),
    ],
)
def test_r29_every_number_is_one(number: str, says: str) -> None:
    refused(rf"phones/0: number: .*{says}", service(phones=[{"id": "p1", "number": number}]))


def _wrong_ones() -> list[str]:
    entries = yaml.safe_load((ROOT / "content/wrong_numbers.yml").read_text("utf-8"))
    return [e["digits"][-1] for e in entries if e["kind"] == "number"]


@pytest.mark.parametrize("digits", _wrong_ones())
def test_r29_no_number_that_is_known_to_be_wrong(digits: str) -> None:
    spaced = f"{digits[:-7]}-{digits[-7:-4]}-{digits[-4:]}"
    refused("Instead:", service(phones=[{"id": "p1", "number": spaced}]))
    refused("description: .*Instead:", service(description=f"Or call {spaced}."))


def test_r29_a_number_has_an_owner() -> None:
    refused("organization_id: is missing: say who runs it", service(organization=None))
    refused("has no owner", service(organization=None))


def test_r29_an_entry_has_a_source() -> None:
    refused("url: has no source", service(url=None))
    owner = {**service()["organization"], "website": "https://redoak.example.org"}
    assert problems(service(url=None, organization=owner)) == []


@pytest.mark.parametrize("changes", [{"assured_date": None}, {"assurer_email": None}])
def test_r29_an_entry_was_checked_by_somebody(changes: dict[str, Any]) -> None:
    refused("nobody has checked it: ring it", service(**changes))


def test_r29_a_check_may_stand_in_the_metadata() -> None:
    note = {"id": "m", "last_action_date": "2026-11-01", "field_name": "phones", "updated_by": "Ann", "last_action_type": "verified",
            "previous_value": "x", "replacement_value": "y"}  # fmt: skip
    assert problems(service(assured_date=None, assurer_email=None, metadata=[note])) == []
    note["last_action_type"] = "update"
    refused("nobody has checked it", service(assured_date=None, assurer_email=None, metadata=[note]))


def test_r29_a_check_is_not_in_the_future() -> None:
    refused("lies in the future", service(assured_date="2026-11-27"))
    assert problems(service(assured_date="2026-11-26")) == []


def test_r29_examples_load_where_they_may_and_nowhere_else() -> None:
    made = parsing.read(EXAMPLE)
    assert rules.problems(made, True, TODAY) == []
    found = rules.problems(made, False, TODAY)
    assert len([f for f in found if "examples load in tests" in f]) == 2 * len(made.rows["service"]), (
        "each and its organization"
    )


def test_r29_the_example_says_that_it_is_one_and_has_nobodys_number() -> None:
    made = parsing.read(EXAMPLE)
    for row in made.rows["service"].values():
        assert "Example" in row["name"]
        assert row["description"].startswith("EXAMPLE")
    for row in made.rows["phone"].values():
        assert re.fullmatch(r"\d{3}-555-01\d\d", row["number"])
    urls = re.findall(r"https?://[^\"]+", EXAMPLE.read_text("utf-8"))
    assert all(re.match(r"https://\w+\.example\.org$", url) for url in urls)


def test_r29_an_example_never_has_a_number_that_somebody_answers() -> None:
    refused("an example has a number that nobody answers", service(fictional=True), fictional=True)


def test_r29_what_looks_like_an_example_but_says_no_is_none() -> None:
    assert problems(service(fictional=False)) == []
