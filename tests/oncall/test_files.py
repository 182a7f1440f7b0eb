"""The operator's files: everything that is wrong is named with its line, and then nothing is used (R28, R29, R60)."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot.oncall import programs, rota, rotas
from bot.oncall.files import FileProblem
from bot.settings import ROOT
from bot.simulate import EXAMPLES
from tests.oncall.making import program

GOOD = """\
# a real one
id: house
name: House
front_door: "Ask through https://house.example.org"
regions: ["OK", "TX:Dallas"]
zone: America/Chicago
takes:
  ages: ["18_24", "25_59"]
  genders: [women]
  languages: [en]
"""


def problems(text: str, fictional: bool = False) -> list[str]:
    with pytest.raises(FileProblem) as caught:
        programs.load(text, fictional)
    return caught.value.problems


def test_a_good_file_loads() -> None:
    found = programs.load(GOOD)
    assert [(p.id, p.takes.children, p.takes.medical, p.police) for p in found] == [("house", 0, False, False)]
    assert len(programs.load(GOOD + "---\n" + GOOD.replace("id: house", "id: other"))) == 2


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("id: house", "id: House 1", 2, "id: 'House 1' has not the form"),
        ("name: House\n", "", 2, "name: is missing"),
        ("zone: America/Chicago", "zone: Oklahoma", 6, "America/Chicago"),
        (
            "zone: America/Chicago",
            "zone: America/Chicago\nbeds: 4",
            7,
            "beds: there is no such field; there are id, name",
        ),
        ('"18_24"', "18_24", 8, "YAML reads this as the number 1824: put it in quotes, one of .*18_24"),
        ("[women]", "[woman]", 9, "takes.genders.0: 'woman' is none of"),
        ("[en]", "[]", 10, "takes.languages: is empty, so this program would take nobody"),
        ('["OK", "TX:Dallas"]', "[]", 5, "regions: is empty"),
        ('"TX:Dallas"', "ZZ:Dallas", 5, r"regions.1: 'ZZ:Dallas': write a state"),
        ('"TX:Dallas"', '"TX:"', 5, r"regions.1: 'TX:': write a state"),
        ("languages: [en]", "languages: [en]\n  children: -1", 11, "takes.children: cannot be less than 0"),
        ("takes:", 'hours: ["nights"]\ntakes:', 7, "hours.0: 'nights' has not the form"),
        ("takes:", "paging: pager@x\ntakes:", 7, "paging: write https"),
        ("name: House", "name: House\nname: Home", 4, "name: stands here twice"),
        ("name: House", "name: [House", 4, "this is not YAML"),
        (
            "Ask through https://house.example.org",
            "Come to 1200 North Main Street",
            4,
            "front_door: this looks like an address",
        ),
        ("Ask through https://house.example.org", "Calle Real 45", 4, "front_door: this looks like an address"),
        ("Ask through https://house.example.org", "Tulsa OK 74103", 4, "front_door: this looks like an address"),
        ("Ask through https://house.example.org", "PO Box 12", 4, "front_door: this looks like an address"),
        (
            "Ask through https://house.example.org",
            "Call 918-123-4567-99",
            4,
            "front_door: '918-123-4567-99' is no telephone",
        ),
        ("takes:", "fictional: true\ntakes:", 7, "fictional: fictional programs load in tests"),
    ],
)
def test_a_problem_names_line_field_and_what_to_do(before: str, after: str, line: int, says: str) -> None:
    assert before in GOOD
    found = problems(GOOD.replace(before, after))
    assert any(re.match(rf"line {line}: .*{says}", problem) for problem in found), found


def test_all_problems_come_at_once_and_nothing_is_used() -> None:
    found = problems(GOOD.replace("name: House\n", "").replace("[women]", "[x]") + "---\n" + GOOD.replace("OK", "XX"))
    assert len(found) == 3
    assert "line 2: id: 'house' stands in line 1 already" not in found


def test_an_id_stands_once() -> None:
    assert problems(GOOD + "---\n" + GOOD) == ["line 13: id: 'house' stands in line 2 already"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "just words", "- 1\n- 2\n", "\x00"])
def test_what_is_no_program_file_says_so(text: str) -> None:
    assert problems(text)


def test_r29_fictional_programs_load_only_where_they_may() -> None:
    text = EXAMPLES.read_text("utf-8")
    assert all(p.fictional for p in programs.load(text, fictional=True))
    found = problems(text)
    assert len(found) == text.count("fictional: true") - 1, "one for each, and one in the comment"
    assert "EXAMPLE" in text.splitlines()[0]


def test_r29_a_number_that_cannot_be_one_is_refused() -> None:
    assert problems(GOOD.replace("Ask through https://house.example.org", "Call 918-555-0117"))
    assert programs.load(
        GOOD.replace("Ask through https://house.example.org", "Call 918-555-0117") + "fictional: true\n", fictional=True
    )


def test_the_program_file_in_the_guide_loads() -> None:
    page = (ROOT / "docs" / "how-to" / "set-up-a-program.md").read_text("utf-8")
    files = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert programs.load(files[0], fictional=True)[0].id == "example-house"


# -- rotas ---------------------------------------------------------------------------------------------------------------

ROTA = """\
program: house
people: {ana: "a1a1a1a1", ben: "b2b2b2b2"}
week:
  - {days: mon-fri, from: "20:00", to: "08:00", who: [ana, ben]}
  - {days: [sat, sun], from: "00:00", to: "24:00", who: [ben]}
holidays:
  2026-12-25:
    - {from: "08:00", to: "24:00", who: [ben]}
  2026-12-26: []
"""
HOUSES = {"house": program("house"), "other": program("other")}
WHO = {"a1a1a1a1": ("a1" * 20, "house"), "b2b2b2b2": ("b2" * 20, "house"), "c3c3c3c3": ("c3" * 20, "other")}


def rota_problems(text: str) -> list[str]:
    with pytest.raises(FileProblem) as caught:
        rotas.load(text, HOUSES, WHO.get)
    return caught.value.problems


def test_a_rota_file_loads_without_its_names() -> None:
    found = rotas.load(ROTA, HOUSES, WHO.get)
    assert len(found) == 1
    assert (found[0].program, found[0].zone) == ("house", "America/Chicago")
    assert found[0].week[0] == [rota.Slot(1200, 480, ("a1" * 20, "b2" * 20))]
    assert found[0].week[6] == [rota.Slot(0, 1440, ("b2" * 20,))]
    assert found[0].holidays[date(2026, 12, 26)] == []
    assert "ana" not in repr(found)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("program: house", "program: hose", "line 1: program: there is no program 'hose': `waymark program list`"),
        ('"a1a1a1a1"', '"ffffffff"', "line 2: people.ana: no advocate has the id ffffffff: `waymark advocate list`"),
        ('"a1a1a1a1"', '"c3c3c3c3"', "line 2: people.ana: c3c3c3c3 is an advocate of other, not of house"),
        ('"a1a1a1a1"', "11111111", "line 2: people.ana: YAML reads this as 11111111: put it in quotes"),
        ("who: [ana, ben]", "who: [ana, bob]", "line 4: week.0.who: 'bob' does not stand under `people`"),
        ('to: "08:00"', 'to: "20:00"', "line 4: week.0.from: `from` and `to` are the same"),
        ('from: "20:00"', "from: 20:00", "line 4: week.0.from: YAML reads this as 1200: put it in quotes"),
        ("mon-fri", "weekdays", "line 4: week.0.days.0: 'weekdays' has not the form"),
        (
            '"08:00", to: "24:00", who: [ben]',
            '"08:00", to: "24:00", who: [bo]',
            "line 8: holidays.2026-12-25.0.who: 'bo'",
        ),
        ("2026-12-26", "christmas", "line 9: holidays.christmas"),
    ],
)
def test_a_problem_of_a_rota_names_its_line(before: str, after: str, problem: str) -> None:
    assert before in ROTA
    assert any(found.startswith(problem) for found in rota_problems(ROTA.replace(before, after))), rota_problems(
        ROTA.replace(before, after)
    )


def test_one_rota_for_a_program_in_a_file() -> None:
    assert rota_problems(ROTA + "---\n" + ROTA) == ["line 11: program: has a rota in this file already"]
