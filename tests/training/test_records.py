"""What leaves: minutes, rosters that other programs open, a course file. Nothing about a person but the department's own id."""

from __future__ import annotations

import csv
import io

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.training.records import (
    COLUMNS,
    Asked,
    Course,
    Item,
    Line,
    Source,
    course_file,
    harmless,
    observed_minutes,
    roster_csv,
    roster_xlsx,
)

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)
LINES = [
    Line("007", "Señales por edad", "in-service", 42, "2026-06-02", "2026-07-30", "Example Instructor", "passed"),
    Line("=1+1", "Law, in short", "in-service", 3, "2026-06-02", "2026-06-02", "@example", "failed"),
]
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [([], 0), ([59.9], 0), ([60.0], 1), ([3600.0], 3), ([100.0, 100.0], 3), ([None, 120.0], 2), ([-5.0, 61.0], 1)],
)
def test_minutes_are_what_was_seen_capped_for_each_item_and_rounded_down(
    seconds: list[float | None], minutes: int
) -> None:
    assert observed_minutes(seconds) == minutes


@RULE
@given(st.lists(st.floats(0, 10_000), max_size=30))
def test_minutes_are_never_more_than_three_for_each_item(seconds: list[float]) -> None:
    assert observed_minutes(seconds) <= min(3 * len(seconds), sum(seconds) / 60 + 1e-6)


def test_the_csv_has_the_columns_that_commissions_ask_for_and_opens_as_utf8() -> None:
    raw = roster_csv(LINES)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[1] == [
        "007",
        "Señales por edad",
        "in-service",
        "42",
        "2026-06-02/2026-07-30",
        "Example Instructor",
        "passed",
    ]
    assert rows[2][0] == "'=1+1", "a spreadsheet must not run what somebody wrote"
    assert rows[2][5] == "'@example"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_sign_that_begins_a_formula_begins_a_cell(sign: str) -> None:
    """OWASP, CSV injection: the wide forms are run by some spreadsheets as well."""
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"
    assert harmless(f"E{sign}1") == f"E{sign}1"


def test_the_workbook_opens_elsewhere_and_holds_texts_and_no_formula() -> None:
    book = load_workbook(io.BytesIO(roster_xlsx(LINES)))
    sheet = book.active
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    assert [cell.value for cell in sheet[2]] == [
        "007", "Señales por edad", "in-service", 42, "2026-06-02/2026-07-30", "Example Instructor", "passed"
    ]  # fmt: skip
    assert [cell.data_type for cell in sheet[3]] == ["s", "s", "s", "n", "s", "s", "s"]
    assert sheet["A3"].value == "=1+1"
    assert sheet.freeze_panes == "A2"


@RULE
@given(st.lists(st.tuples(TEXT, TEXT, st.integers(0, 999)), max_size=6))
def test_the_workbook_gives_back_what_was_put_in(found: list[tuple[str, str, int]]) -> None:
    lines = [Line(a, b, "x", n, "2026-01-01", "2026-01-01", "y", "passed") for a, b, n in found]
    sheet = load_workbook(io.BytesIO(roster_xlsx(lines))).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        list(line.cells()) for line in lines
    ]


def test_the_course_file_has_objectives_items_sources_key_and_minutes() -> None:
    first = Asked("Which?", ("a", "b", "c"), 1, ("no", "yes", "no"))
    again = Asked("Which one?", ("b", "d", "e"), 0, ("yes", "no", "no"))
    other = Asked("And?", ("a", "b"), 0, ("yes", "no"))
    source = (Source("EX1", "Example manual", "Example Court", "2023-08", "https://example.org/1"),)
    second = (Source("AB2", "Example report", "Example Office", "undated", None), *source)
    items = (
        Item("c1", "v1", "Name one sign", "signs", (first, again), source, 1.5),
        Item("c2", "v3", "Name another", "signs", (other,), second, 2.0),
    )
    course = Course("basic", "3", "Example course", "in-service", "en", ("Name signs",), items, "2026-06-01")
    found = orjson.loads(course_file(course))
    assert (found["minutes"], found["objectives"], found["reviewed_on"]) == (3.5, ["Name signs"], "2026-06-01")
    assert found["answer_key"] == {
        "c1": [{"number": 2, "text": "b"}, {"number": 1, "text": "b"}],
        "c2": [{"number": 1, "text": "a"}],
    }
    assert [item["sources"] for item in found["items"]] == [["EX1"], ["AB2", "EX1"]]
    assert found["sources"] == [
        {"key": "AB2", "title": "Example report", "publisher": "Example Office", "date": "undated", "address": None},
        {"key": "EX1", "title": "Example manual", "publisher": "Example Court", "date": "2023-08",
         "address": "https://example.org/1"},
    ]  # fmt: skip
    assert [[w["explanations"] for w in i["wordings"]] for i in found["items"]] == [
        [["no", "yes", "no"], ["yes", "no", "no"]],
        [["yes", "no"]],
    ]
