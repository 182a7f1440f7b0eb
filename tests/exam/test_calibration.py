"""Calibration and its picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exam import calibration, pictures
from tests.exam.making import row

HALF = [(0.95, n % 2 == 0) for n in range(10)]


def test_ece_by_hand() -> None:
    """Ten say 0.95 and half are right; ten say 0.25 and none is: (10 × 0.45 + 10 × 0.25) / 20."""
    assert calibration.ece([*HALF, *[(0.25, False)] * 10]) == pytest.approx(0.35)
    assert calibration.ece([(0.5, True), (0.5, False)]) == pytest.approx(0.0)
    assert calibration.ece([]) == 0.0


def test_certainty_itself_belongs_to_the_last_bin() -> None:
    found = calibration.bins([(1.0, True), (0.9, False), (0.0, False)])
    assert [(b.low, b.right.n) for b in found] == [(0.0, 1), (0.9, 2)]


def test_what_the_floor_decided_has_no_confidence_and_does_not_count() -> None:
    rows = [row("thanks", "thanks", confidence=None), row("thanks", "spam", confidence=0.4)]
    assert calibration.points(rows) == [(0.4, False)]
    assert "1 were decided by the floor" in calibration.lines(calibration.points(rows), len(rows))[0]


def test_the_picture_is_the_same_for_the_same_points_and_another_for_others(tmp_path: Path) -> None:
    one, two, other = (tmp_path / "new" / f"{name}.svg" for name in ("one", "two", "other"))
    pictures.reliability(one, "exam", HALF)
    pictures.reliability(two, "exam", HALF)
    pictures.reliability(other, "exam", [*HALF, (0.1, True)])
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()
    assert "ECE 0.450" in one.read_text("utf-8")
