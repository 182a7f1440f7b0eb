"""Counts that leave the system: none below five, and none that can be worked out (R27)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot import report
from bot.report import Column, suppress

NOW = datetime(2026, 5, 20, tzinfo=UTC).timestamp()
counts = st.lists(st.integers(0, 12) | st.integers(0, 400), min_size=1, max_size=12)


@given(counts)
def test_r27_no_number_that_is_shown_is_below_five_or_wrong(cells: list[int]) -> None:
    column = suppress(cells)
    for true, shown in zip(cells, column.cells, strict=True):
        assert shown in (None, true)
        assert shown is None or shown >= 5
    assert column.total in (None, sum(cells))
    assert column.total is None or column.total >= 5


@given(counts)
def test_r27_a_total_gives_no_small_count_back(cells: list[int]) -> None:
    column = suppress(cells)
    if column.total is None:
        assert sum(cells) < 5
        return
    hidden = column.cells.count(None)
    rest = column.total - sum(shown or 0 for shown in column.cells)
    assert hidden == 0 or (hidden >= 2 and rest >= 5)


@given(counts)
def test_nothing_is_hidden_that_need_not_be(cells: list[int]) -> None:
    column = suppress(cells)
    if min(cells) >= 5:
        assert column == Column(tuple(cells), sum(cells))
    elif column.total is not None and len([n for n in cells if n < 5]) > 1:
        small = [n for n in cells if n < 5]
        if sum(small) >= 5 and set(small) != {4}:
            assert column.cells.count(None) == len(small)


def tables_like(column: Column) -> Iterator[tuple[int, ...]]:
    """Every table that would be published as this one is, found by trying all; for small ones only."""
    places = [n for n, shown in enumerate(column.cells) if shown is None]
    rest = 4 if column.total is None else column.total - sum(shown or 0 for shown in column.cells)
    for guess in product(range(rest + 1), repeat=len(places)):
        cells = [shown if shown is not None else 0 for shown in column.cells]
        for place, value in zip(places, guess, strict=True):
            cells[place] = value
        if suppress(cells) == column:
            yield tuple(cells)


@settings(deadline=None)
@given(st.lists(st.integers(0, 7), min_size=1, max_size=4))
@example([4, 4, 4, 5])
@example([4, 4, 5, 5])
@example([5, 5, 3])
def test_r27_even_who_knows_the_rule_cannot_tell_a_hidden_count(cells: list[int]) -> None:
    """For each hidden cell there is another table that is published in the very same way, with another count there."""
    column = suppress(cells)
    rest = sum(n for n, shown in zip(cells, column.cells, strict=True) if shown is None)
    assume(rest <= 18)
    alike = list(tables_like(column))
    assert tuple(cells) in alike
    for place, shown in enumerate(column.cells):
        assert shown is not None or len({other[place] for other in alike}) > 1


@pytest.mark.parametrize(
    ("cells", "shown", "total"),
    [
        ([10, 20, 30], (10, 20, 30), 60),
        ([3, 20, 30], (None, None, 30), 53),
        ([3, 4, 30], (None, None, 30), 37),
        ([1, 2, 30, 9], (None, None, 30, None), 42),
        ([4, 4, 4, 5], (None, None, None, None), 17),
        ([0, 20, 30], (None, None, 30), 50),
        ([4], (None,), None),
        ([5], (5,), 5),
        ([1, 1, 2], (None, None, None), None),
        ([0, 6], (None, None), 6),
    ],
)
def test_examples(cells: list[int], shown: tuple[int | None, ...], total: int | None) -> None:
    assert suppress(cells) == Column(shown, total)


# -- tables ----------------------------------------------------------------------------------------------------------------

TALLY = {
    ("2026-02", "asked", "self"): 40,
    ("2026-02", "asked", "officer"): 3,
    ("2026-02", "asked", "ally"): 9,
    ("2026-04", "outcome", "placed"): 12,
    ("2026-04", "refused", "pets"): 7,
    ("2026-04", "refused", "a_rule_of_tomorrow"): 8,
    ("2026-05", "asked", "self"): 500,
}
ids = st.sampled_from([(what, kind) for what, kinds in report.KINDS.items() for kind in (*kinds, "new")])
tallies = st.dictionaries(
    st.tuples(st.sampled_from(["2025-12", "2026-01", "2026-03", "2026-05"]), ids).map(lambda k: (k[0], *k[1])),
    st.integers(1, 60),
)


def test_only_whole_months_are_shown_and_those_between_them() -> None:
    found = report.tables(TALLY, NOW)
    assert {t.months for t in found} == {("2026-02", "2026-03", "2026-04")}
    assert "500" not in "\n".join(report.lines(found)), (
        "two reports of a month that runs would differ by what came between"
    )
    assert [t.months for t in report.tables(TALLY, NOW, months=1)] == [("2026-04",)] * len(report.KINDS)
    assert report.tables({("2026-05", "asked", "self"): 9}, NOW) == []
    assert report.tables({}, NOW) == []


def test_a_kind_without_a_name_counts_among_the_others() -> None:
    refused = next(t for t in report.tables(TALLY, NOW) if t.what == "refused")
    assert refused.kinds[-1] == "other"
    assert refused.columns[2].total == 15


@given(tallies)
def test_r27_every_number_of_a_report_is_one_of_at_least_five(counts: dict[tuple[str, str, str], int]) -> None:
    found = report.tables(counts, NOW)
    for table in found:
        for month, column in zip(table.months, table.columns, strict=True):
            assert len(column.cells) == len(table.kinds)
            true = sum(n for (m, w, _), n in counts.items() if (m, w) == (month, table.what))
            assert column.total == (true if true >= 5 else None)
    words = [word for line in report.lines(found) for word in line.split() if word.isdigit()]
    assert all(int(word) >= 5 for word in words)


@given(tallies)
def test_r27_which_rows_there_are_says_nothing(counts: dict[tuple[str, str, str], int]) -> None:
    found = report.tables({**counts, ("2026-01", "asked", "self"): 1}, NOW)
    assert [t.kinds for t in found] == [(*kinds, "other") for kinds in report.KINDS.values()]


def test_r27_a_picture_shows_what_the_table_shows(tmp_path: Path) -> None:
    """A report in which a hidden count is another one is drawn alike to the last byte."""
    one, two = dict(TALLY), {**TALLY, ("2026-02", "asked", "officer"): 4, ("2026-02", "asked", "ally"): 8}
    assert report.tables(one, NOW) == report.tables(two, NOW)
    for name, counts_of in (("one", one), ("two", two)):
        report.draw(report.tables(counts_of, NOW), tmp_path / f"{name}.svg")
    drawn = (tmp_path / "one.svg").read_bytes()
    assert drawn.startswith(b"<?xml")
    assert drawn == (tmp_path / "two.svg").read_bytes()
    report.draw(report.tables(one, NOW), tmp_path / "x.png")
    with pytest.raises(ValueError, match="must be"):
        report.draw([], tmp_path / "x.pdf")


def test_every_rule_of_matching_has_a_row() -> None:
    from bot.oncall.matching import HELPS

    assert set(HELPS) <= set(report.KINDS["refused"])
