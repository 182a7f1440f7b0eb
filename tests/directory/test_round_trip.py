"""What goes in comes out: every field of every table, columns and tables of somebody's own included, in each form."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from bot.library.directory import exporting, parsing
from bot.library.directory.schema import BY_FILE, TABLES, table_of
from bot.library.directory.shelf import EXAMPLE
from bot.library.directory.trees import Data, Nester, merged, without
from tests.directory.making import LEGAL, data, directories, service

SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SLOW
@given(directories())
def test_tables_come_back_as_they_went(made: Data) -> None:
    assert parsing.files({"all.json": exporting.tables(made)}) == made


@SLOW
@given(directories())
def test_csv_comes_back_as_it_went(made: Data) -> None:
    assert parsing.files(exporting.csv_files(made)) == made


@SLOW
@given(directories())
def test_nested_services_come_back_with_all_that_hangs_on_them(made: Data) -> None:
    content, left = exporting.nested(made)
    back = parsing.files({"services.json": content})
    missing = {(t, r["id"]) for t, r in made.all()} - {(t, r["id"]) for t, r in back.all()}
    assert missing == set(left), "what is not in it was said"
    for table, row in back.all():
        assert row == made.rows[table][row["id"]]


@SLOW
@given(directories())
def test_taking_a_directory_in_again_changes_nothing(made: Data) -> None:
    assert merged(made, made) == made


@SLOW
@given(directories())
def test_removing_every_service_leaves_nothing_that_hung_on_one(made: Data) -> None:
    services = set(made.rows["service"])
    left = without(made, services)
    assert not left.rows["service"]
    assert not left.rows["organization"], "each has only the service that goes"
    nester = Nester(left)
    gone = {(t, r["id"]) for t, r in made.all()} - {(t, r["id"]) for t, r in left.all()}
    for table, row in left.all():
        assert (table, row["id"]) not in gone
        nester.nest(table, row["id"])  # everything that a row names is still there, or never was


def test_the_example_is_hsds_and_comes_back() -> None:
    made = parsing.read(EXAMPLE)
    assert not any(isinstance(row.get("timezone"), str) for row in made.rows["schedule"].values()), "an offset, in HSDS"
    assert json.loads(exporting.nested(made)[0]) == json.loads(EXAMPLE.read_text("utf-8"))


def test_a_page_an_object_and_a_list_are_the_same() -> None:
    page = {
        "total_items": 1,
        "total_pages": 1,
        "page_number": 1,
        "size": 1,
        "first_page": True,
        "last_page": True,
        "contents": [LEGAL],
    }
    forms = [json.dumps(form).encode() for form in (page, LEGAL, [LEGAL])]
    found = [parsing.files({"x.json": form}) for form in forms]
    assert found[0] == found[1] == found[2] == data(service())


def test_what_says_nothing_is_left_out() -> None:
    assert data(service(alternate_name="", email=None, languages=[], x_own={})) == data(service())


def test_a_row_that_is_shown_in_two_places_is_one() -> None:
    """HSDS's own example has one phone under the service, its contact and its place."""
    phone = {"id": "p1", "number": "1-888-373-7888", "languages": [{"id": "l1", "code": "es", "name": "Spanish"}]}
    found = data(service(contacts=[{"id": "c1", "name": "Desk", "phones": [phone]}]))
    assert found.rows["phone"]["p1"]["service_id"] == "s1"
    assert found.rows["phone"]["p1"]["contact_id"] == "c1"
    assert parsing.files({"x.json": exporting.nested(found)[0]}) == found


def test_an_organization_or_a_place_with_its_services_is_the_same_from_above() -> None:
    """As the API gives them where one asks for an organization, or for a service at a place."""
    flat = service()
    owner = flat.pop("organization")
    assert parsing.files({"x.json": json.dumps({**owner, "services": [flat]}).encode()}) == data(service())
    inner = service()
    (at,) = inner.pop("service_at_locations")
    assert parsing.files({"x.json": json.dumps({**at, "service": inner}).encode()}) == data(service())


def test_where_an_attribute_stands_says_what_it_belongs_to() -> None:
    """HSDS's own examples have other words in these columns."""
    given = service()
    given["attributes"][0] |= {"link_entity": "link_entity", "link_id": "s9"}
    assert data(given) == data(service())


def test_a_program_may_stand_under_its_service_alone() -> None:
    made = data(service(program={"id": "pr", "name": "Help", "description": "x"}))
    assert parsing.files({"x.json": exporting.nested(made)[0]}) == made


def test_csv_files_are_named_and_described_as_hsds_has_them(tmp_path: Path) -> None:
    found = exporting.csv_files(data(service(x_beds=3)))
    package = json.loads(found.pop("datapackage.json"))
    assert {r["path"] for r in package["resources"]} == set(found) <= set(BY_FILE)
    (row,) = csv.DictReader(io.StringIO(found["services.csv"].decode()))
    assert row["organization_id"] == "o1"
    assert row["x_beds"] == "3"
    for form in ("folder", "zip"):
        path = tmp_path / form
        if form == "folder":
            path.mkdir()
            for name, content in found.items():
                (path / name).write_bytes(b"\xef\xbb\xbf" + content)  # as a spreadsheet saves it
        else:
            with zipfile.ZipFile(path, "w") as archive:
                for name, content in found.items():
                    archive.writestr(f"export/{name}", content)
        back = parsing.read(path)
        assert back.rows["service"]["s1"]["x_beds"] == "3", "without a description a column of one's own is text"
        back.rows["service"]["s1"]["x_beds"] = 3
        assert back == data(service(x_beds=3))


@pytest.mark.parametrize("name", ["services.csv", "services", "service", "folder/services.csv"])
def test_a_table_is_known_by_its_file_key_or_name(name: str) -> None:
    assert table_of(name) is TABLES["service"]


def test_every_table_of_hsds_is_there() -> None:
    """24 in 3.1, as its datapackage.json lists them."""
    assert len(TABLES) == len(BY_FILE) == 24
    for table in TABLES.values():
        assert set(table.lists.values()) <= set(TABLES)
        assert set(table.required) <= set(table.fields)
