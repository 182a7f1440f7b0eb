"""What an exam counts."""

from __future__ import annotations

import pytest

from tests.exam.making import row
from tests.exam.scoring import Share, fallen, figures, interval, length, seen_role, verdict

MESSAGE = {"label": "thanks", "also_ok": ["goodbye"], "must_not": ["self_harm"]}


@pytest.mark.parametrize(
    ("given", "right", "one_tap", "must_not"),
    [
        ({"handling": "thanks"}, True, True, False),
        ({"handling": "goodbye"}, True, True, False),
        ({"handling": "spam"}, False, False, False),
        ({"handling": "spam", "also": ["goodbye"]}, False, True, False),
        ({"handling": "spam", "offered": ["thanks"]}, False, True, False),
        ({"handling": "self_harm"}, False, False, True),
        ({"error": "no text"}, False, False, False),
    ],
)
def test_what_is_right(given: dict[str, object], right: bool, one_tap: bool, must_not: bool) -> None:
    found = verdict(MESSAGE, given)
    assert (found["right"], found["one_tap"], found["must_not_hit"]) == (right, one_tap, must_not)


def test_a_danger_reply_is_one_by_its_kind_and_not_by_its_row() -> None:
    assert row("self_harm", "emergency_now", kind="danger")["danger"]
    assert not row("self_harm", "self_harm", kind="answer")["danger"]


def test_wilson_against_figures_from_a_book() -> None:
    """Newcombe 1998, table I: 81 of 263, and 0 of 20."""
    assert interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert interval(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("words", "band"), [(1, "1-5"), (5, "1-5"), (6, "6-14"), (14, "6-14"), (15, "15-30"), (31, "31 words and")]
)
def test_lengths(words: int, band: str) -> None:
    assert length("w " * words).startswith(band)


def test_only_officers_and_coordinators_are_told_apart() -> None:
    assert [seen_role(w) for w in ("officer", "coordinator", "survivor", "advocate")] == [
        "officer",
        "coordinator",
        "guest",
        "guest",
    ]


def test_figures_count_what_their_names_say() -> None:
    rows = [
        row("emergency_now", "emergency_now", kind="danger", severity="critical", must_not=["spam"]),
        row("emergency_now", "spam", severity="critical", must_not=["spam"], lang="es"),
        row("thanks", "emergency_now", kind="danger"),
        row("report_tip", "emergency_now", kind="danger", also_ok=("emergency_now",)),
        row("out_of_scope", "out_of_scope", lang="mixed"),
        row("abuse_or_perpetrator", "thanks"),
    ]
    found = figures(rows)
    assert found["right"] == Share(3, 6)
    assert found["right_es"] == Share(0, 1)
    assert found["emergency_now"] == found["danger"] == Share(1, 2)
    assert found["must_not"] == Share(1, 2)
    assert found["false_danger"] == Share(1, 3)
    assert found["out_of_scope"] == Share(1, 1)
    assert found["abuse"] == Share(0, 1)


STORED = {"danger": Share(95, 100), "right": Share(800, 1000)}


@pytest.mark.parametrize(
    ("danger", "right", "complaints"),
    [(95, 800, 0), (89, 790, 0), (88, 800, 1), (95, 789, 1), (60, 500, 2), (100, 1000, 0)],
)
def test_what_has_fallen(danger: int, right: int, complaints: int) -> None:
    """95 of 100 have the lower bound 0.8882; a point of 1,000 are ten."""
    assert len(fallen(STORED, {"danger": Share(danger, 100), "right": Share(right, 1000)})) == complaints
