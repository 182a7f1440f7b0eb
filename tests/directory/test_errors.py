"""A file that does not fit says where: file, line or pointer, field, and what to do; all problems at once."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.library.directory import parsing
from bot.library.directory.trees import DirectoryProblem
from tests.directory.making import LEGAL, problems, service


def wrong(**given: bytes) -> list[str]:
    with pytest.raises(DirectoryProblem) as caught:
        parsing.files({name.replace("__", "."): content for name, content in given.items()})
    return caught.value.problems


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"status": None}, r"services.json#/0: status: is missing"),
        ({"status": "open"}, r"services.json#/0: status: 'open' is none of active, inactive, defunct, temporarily closed"),
        ({"minimum_age": "old"}, r"services.json#/0: minimum_age: 'old' is no number"),
        ({"name": 7}, r"services.json#/0: name: 7 is no text: put it in quotes"),
        ({"url": "redoak.example.org"}, r"services.json#/0: url: .* write it as https://"),
        ({"assured_date": "10 Nov"}, r"services.json#/0: assured_date: '10 Nov' is no date: write it as 2026-11-25"),
        ({"assurer_email": "ann"}, r"assurer_email: 'ann' is no e-mail address"),
        ({"phones": [{"number": "1"}]}, r"services.json#/0/phones/0: id: is missing"),
        ({"phones": {"id": "p"}}, r"services.json#/0: phones: expected a list"),
        ({"phones": [{"id": "p"}]}, r"services.json#/0/phones/0: number: is missing"),
        ({"schedules": [{"id": "h", "opens_at": "9"}]}, r"services.json#/0/schedules/0: opens_at: '9' is no time: write it as 09:00"),
        ({"schedules": [{"id": "h", "opens_at": "24:30"}]}, r"opens_at: '24:30' is no time"),
        ({"schedules": [{"id": "h", "timezone": "Oklahoma"}]}, r"timezone: 'Oklahoma' is no time zone: one is America/Chicago"),
        ({"schedules": [{"id": "h", "timezone_name": "Oklahoma"}]}, r"timezone_name: 'Oklahoma' is no time zone"),
        ({"schedules": [{"id": "h", "freq": "DAILY"}]}, r"freq: 'DAILY' is none of WEEKLY, MONTHLY"),
        ({"program_id": "p9"}, r"program_id: there is no program 'p9': give its row too"),
        ({"phones": [{"id": "p1", "number": "1", "service_id": "s2"}]}, r"phones/0: service_id: says s2, but it stands in s1"),
        ({"organization": {"id": "o1", "description": "x"}}, r"services.json#/0/organization: name: is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_object(changes: dict[str, Any], says: str) -> None:
    found = problems(service(**changes))
    assert any(re.search(says, line) for line in found), found


def test_two_objects_with_one_id_must_be_the_same() -> None:
    other = service(id="s2", service_areas=None, phones=None, attributes=None, service_at_locations=None)
    other["organization"]["name"] = "Another"
    (found,) = problems(service(), other)
    assert (
        "services.json#/1/organization: name: organization o1 stands at services.json#/0/organization with another name"
        in found
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[{]", r"x.json line 1: this is not JSON"),
        (b'[\n{"id": "a",\n]', r"x.json line 3: this is not JSON"),
        (b"7", r"x.json: expected a list of services"),
        (b'[{"id": "a"}]', r"x.json#/0: this is no service or organization"),
        (b'["a"]', r"x.json#/0: this is no service"),
        (b'[{"id": "a", "id": "b"}]', r"x.json: the field 'id' stands twice"),
        (b'{"services": [7]}', r"x.json#/services/0: expected an object"),
        (b'{"services": [], "../x": [{"a": 1}]}', r"x.json#/../x: a table of your own is called by letters"),
        (b'[{"id": "a", "n": NaN}]', r"x.json: NaN is no number"),
        (b'["\\ud800"]', r"x.json: .*surrogates not allowed"),
        (b"\xff\xfe", r"x.json: byte 0 is not UTF-8"),
        (b"[" * 100_000, r"x.json: "),
    ],
)
def test_what_is_wrong_with_a_json_file(content: bytes, says: str) -> None:
    assert re.search(says, wrong(x__json=content)[0])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("services.csv", "id,name,status\ns1,A,open\n", r"services.csv line 2: status: 'open' is none of"),
        ("services.csv", 'id,name,status\n"s1","A\nB",active\ns2,C,open\n', r"services.csv line 4: status: 'open'"),
        ("services.csv", "id,name,status\ns1,A\n", r"services.csv line 2: has 2 cells where the first line has 3"),
        ("services.csv", "id,id\n1,2\n", r"services.csv line 1: the column 'id' stands twice"),
        ("services.csv", "id,,name\n1,2,3\n", r"services.csv line 1: a column has no name"),
        ("services.csv", "", r"services.csv line 1: a column has no name"),
        ("services.csv", 'id,name,status\ns1,"A,active\n', r"services.csv line 2: .* quote"),
        ("services.csv", "id,name,status\ns1,A,active\ns1,B,active\n", r"services.csv line 3: id: s1 stands at services.csv line 2 already"),
        ("services.csv", "id,name,status\n,A,active\n", r"services.csv line 2: id: is missing"),
        ("phones.csv", "id,number,service_id\np,1,s9\n", r"phones.csv line 2: service_id: there is no service 's9'"),
        ("phones.csv", "id,number\np,1\n", r"phones.csv line 2: hangs on nothing: give it one of location_id, service_id"),
        ("attributes.csv", "id,link_id,link_entity\na,s1,shop\n", r"attributes.csv line 2: link_entity: 'shop' is no table"),
        ("attributes.csv", "id,link_id,link_entity\na,s1,service\n", r"attributes.csv line 2: link_id: there is no service 's1'"),
        ("locations.csv", "id,location_type,latitude\nl,physical,x\n", r"locations.csv line 2: latitude: 'x' is no number"),
        ("my table.csv", "a\n1\n", r"my table.csv: a table of your own is called by letters"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_csv_file(name: str, content: str, says: str) -> None:
    with pytest.raises(DirectoryProblem) as caught:
        parsing.files({name: content.encode()})
    assert re.search(says, caught.value.problems[0]), caught.value.problems


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = problems(service(status="open", url="x"), service(id="s2", name=5, organization=None))
    assert len(found) >= 3


def test_a_folder_or_zip_without_a_table_says_so(tmp_path: Path) -> None:
    with pytest.raises(DirectoryProblem, match="no file of HSDS"):
        parsing.read(tmp_path)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(DirectoryProblem, match="no file of HSDS"):
        parsing.read(tmp_path / "x.zip")


def test_a_zip_that_grows_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST_BYTES", 10_000)
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("services.csv", "a" * 10_001)
    with pytest.raises(DirectoryProblem, match="unpacked"):
        parsing.read(tmp_path / "x.zip")


def test_two_files_of_one_name_in_a_zip_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a/services.json", json.dumps([LEGAL]))
        archive.writestr("b/services.json", json.dumps([LEGAL]))
    with pytest.raises(DirectoryProblem, match="two files"):
        parsing.read(tmp_path / "x.zip")
