"""The operator's files: every mistake is named with what to do, and nothing is half taken (R28, R29)."""

from __future__ import annotations

import re
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.oncall.programs import FileError, load, load_rota
from bot.oncall.rota import Weekly
from bot.settings import ROOT

GUIDE = ROOT / "docs" / "how-to" / "set-up-a-program.md"
TAKES = {"ages": ["25_59"], "genders": ["women"], "languages": ["en"]}
ENTRY: dict[str, Any] = {
    "id": "oak", "name": "Oak", "front_door": "https://example.org", "regions": ["OK"], "zone": "America/Chicago", "takes": TAKES,
    "fictional": True,
}  # fmt: skip


def write(folder: Path, what: Any) -> Path:
    path = folder / "file.yml"
    path.write_text(what if isinstance(what, str) else yaml.safe_dump(what), "utf-8")
    return path


def problems(folder: Path, what: Any, fictional: bool = True) -> list[str]:
    with pytest.raises(FileError) as error:
        load(write(folder, what), fictional)
    assert str(error.value).startswith(f"{folder / 'file.yml'} cannot be used")
    return error.value.problems


def test_the_example_of_the_guide_loads(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(id: .*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert example
    (found,) = load(write(tmp_path, example[1]), fictional=True)
    assert (found.id, found.takes.ages, found.takes.pets) == ("example-house", ["18_24", "25_59", "60_up"], "small")


def test_one_several_or_many_documents(tmp_path: Path) -> None:
    other = {**ENTRY, "id": "ash"}
    for what in ([ENTRY, other], {"programs": [ENTRY, other]}, yaml.safe_dump_all([ENTRY, other])):
        assert [p.id for p in load(write(tmp_path, what), fictional=True)] == ["oak", "ash"]


def test_r29_fictional_entries_load_only_where_that_is_allowed(tmp_path: Path) -> None:
    assert problems(tmp_path, ENTRY, fictional=False) == [
        "oak: fictional entries load only in tests, `chat` and `simulate`"
    ]
    assert load(write(tmp_path, ENTRY), fictional=True)
    assert load(write(tmp_path, {**ENTRY, "fictional": False}))


@pytest.mark.parametrize(
    "door",
    [
        "12 Main Street",
        "1200 N. Elm Ave, Tulsa",
        "Come to 5 Oak Tree Ln",
        "apt 4, second floor",
        "calle Ocho 12",
        "Tulsa, OK 74103",
    ],
)
def test_r28_an_address_is_refused(tmp_path: Path, door: str) -> None:
    for field in ("front_door", "name"):
        assert "looks like an address" in problems(tmp_path, {**ENTRY, field: door})[0]


@pytest.mark.parametrize(
    "door", ["https://example.org/help", "Call 918 555 0100, day and night", "Office hours 9 to 5, ask for Oak"]
)
def test_r28_a_front_door_is_no_address(tmp_path: Path, door: str) -> None:
    assert load(write(tmp_path, {**ENTRY, "front_door": door}), fictional=True)[0].front_door == door


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"regions": ["Oklahoma"]}, 'write a state ("OK")'), ({"regions": ["OK:"]}, "OK:Tulsa"), ({"regions": ["ZZ"]}, "ZZ"),
        ({"regions": []}, "serves nobody"), ({"zone": "Tulsa"}, "America/Chicago"), ({"zone": "../etc/passwd"}, "America/Chicago"),
        ({"paging": "http://example.org"}, "https://"), ({"name": " "}, "empty"), ({"id": "Oak House"}, "id"),
        ({"address": "x"}, "address"), ({"takes": {**TAKES, "ages": [1824]}}, 'put it in quotes ("18_24")'),
        ({"takes": {**TAKES, "ages": ["30"]}}, "takes.ages.0"), ({"takes": {**TAKES, "children": -1}}, "0 or more"),
        ({"takes": {"ages": []}}, "takes.genders"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, changes: Any, says: str) -> None:
    found = problems(tmp_path, {**ENTRY, **changes})
    assert any(says in line for line in found), found
    assert all(line.startswith(("oak: ", "Oak House: ")) for line in found)


def test_all_mistakes_are_said_at_once_and_none_is_taken(tmp_path: Path) -> None:
    found = problems(tmp_path, [ENTRY, ENTRY, {**ENTRY, "id": "ash", "zone": "x", "regions": ["x"]}, "word"])
    assert len(found) == 4
    assert "oak: is there 2 times" in found


@pytest.mark.parametrize("text", ["", "---\n", "[]", "programs: []"])
def test_an_empty_file_is_said(tmp_path: Path, text: str) -> None:
    assert "no program" in problems(tmp_path, text)[0]


@pytest.mark.parametrize(
    ("text", "says"), [("id: [", "line"), ("a: b: c", "line 1"), ("day: 2026-02-31", "day"), ("id: \x00", "")]
)
def test_what_is_no_yaml_is_said(tmp_path: Path, text: str, says: str) -> None:
    assert says in problems(tmp_path, text)[0]


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        load(tmp_path / "none.yml")
    (tmp_path / "file.yml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(FileError, match="UTF-8"):
        load(tmp_path / "file.yml")


# -- the rota --------------------------------------------------------------------------------------------------------

ANN, BEA = "a1b2c3d4e5" + "0" * 30, "ffff000000" + "1" * 30
CHATS = {"oak": [ANN, BEA], "ash": []}
SHEET = """
program: oak
rota:
  - {who: a1b2c3d4e5, days: [mon, Tuesday], start: 20:00, end: "08:00"}
  - {who: FFFF000000, days: [mon], start: 9:30, end: 17:00}
holidays: [2026-12-25]
"""


def test_a_rota_is_read_with_hours_in_quotes_or_without(tmp_path: Path) -> None:
    found = load_rota(write(tmp_path, SHEET), CHATS)
    assert found.program == "oak"
    night = (time(20), time(8))
    assert found.weekly == [Weekly(ANN, 0, *night), Weekly(ANN, 1, *night), Weekly(BEA, 0, time(9, 30), time(17))]
    assert found.holidays == (date(2026, 12, 25),)


def test_a_rota_without_lines_empties_it(tmp_path: Path) -> None:
    assert load_rota(write(tmp_path, "program: ash\nrota: []"), CHATS).weekly == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("a1b2c3d4e5", "a1b2", "waymark advocate list"), ("a1b2c3d4e5", "b0b0b0b0b0", "line 1"), ("a1b2c3d4e5", "1123456789", "in quotes"), ("20:00", "8", "20:00"), ("mon,", "someday,", '"som" is no day'),
        ("program: oak", "program: elm", "waymark program list"), ("program: oak", "program: ash", "of this program"),
        ("20:00", "25:00", "rota.0.start: write a time"), ('"08:00"', "late", "rota.0.end: write a time"), ("2026-12-25", "Christmas", "holidays"), ("rota:", "rotas:", "rota"),
    ],
)  # fmt: skip
def test_a_rota_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(FileError) as error:
        load_rota(write(tmp_path, SHEET.replace(old, new, 1)), CHATS)
    assert says in str(error.value)


def test_two_rotas_in_one_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="one rota a file"):
        load_rota(write(tmp_path, SHEET + "---" + SHEET), CHATS)
