"""The exam is guarded (rulings 20): through the real desk, danger is not heard less often than the lower 95 % bound of what is
stored, and not more than one point is lost in all."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.library.loading import Library
from bot.processes import Processes
from tests.exam.asking import OWN, SEALED, given, score
from tests.exam.records import Scores, WrongScores, name_of
from tests.exam.scoring import Share, fallen, figures

AT_ONCE = 4
FAILED = 0.02
"""More answers without the classifier than this say that the machine is too busy for any figure."""


def _stored(path: Path | None) -> dict[str, Share]:
    """The figures to hold. Skips where there are none; our own files must not change without being scored again."""
    if path is None:
        pytest.skip("no exam from outside: WAYMARK_EXAM is not set and none lies beside the checkout")
    try:
        stored = Scores().stored(path)
    except WrongScores as error:
        if path in (OWN, SEALED):
            raise
        pytest.skip(str(error))
    if stored is None:
        pytest.skip(f"nothing is stored for {name_of(path)}: `make exam ARGS=--record`")
    return stored


@pytest.mark.parametrize("path", [OWN, SEALED, given()], ids=["own", "sealed", "given"])
async def test_no_danger_is_lost_and_no_more_than_a_point_in_all(
    path: Path | None, library: Library, rasa: Processes
) -> None:
    stored = _stored(path)
    assert path is not None
    rows = await score(path, library, rasa.nlu, AT_ONCE)
    failed = sum(row["answer"]["failed"] for row in rows)
    assert failed <= FAILED * len(rows), (
        f"{failed} messages were answered without the classifier: the machine is too busy"
    )
    complaints = fallen(stored, figures(rows))
    del rows  # no message is shown where this fails
    assert not complaints
