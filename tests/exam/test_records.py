"""What is kept of an exam."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exam.__main__ import kept
from tests.exam.making import row
from tests.exam.records import Scores, WrongScores, name_of
from tests.exam.scoring import Share, figures

FOUND = figures([row("thanks", "thanks"), row("thanks", "spam")])


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    path = tmp_path / "exam" / "messages.jsonl"
    path.parent.mkdir()
    path.write_text('{"text": "marisolcanary"}\n', "utf-8")
    return path


def test_figures_come_back_as_they_were_kept(tmp_path: Path, exam: Path) -> None:
    Scores(tmp_path / "scores.json").keep(exam, "abc", FOUND, 0.1)
    scores = Scores(tmp_path / "scores.json")
    assert scores.stored(exam) == FOUND
    assert scores.model_of(exam) == "abc"


def test_nothing_is_stored_for_a_file_that_was_not_kept(tmp_path: Path, exam: Path) -> None:
    assert Scores(tmp_path / "scores.json").stored(exam) is None


def test_figures_of_other_contents_are_refused(tmp_path: Path, exam: Path) -> None:
    scores = Scores(tmp_path / "scores.json")
    scores.keep(exam, "abc", FOUND, 0.1)
    exam.write_text("{}\n", "utf-8")
    with pytest.raises(WrongScores, match="--record"):
        scores.stored(exam)


def test_a_look_counts_for_that_file_and_that_model(tmp_path: Path, exam: Path) -> None:
    Scores(tmp_path / "scores.json").look(exam, "abc")
    scores = Scores(tmp_path / "scores.json")
    assert scores.looked(exam, "abc")
    assert not scores.looked(exam, "abd")
    assert not scores.looked(exam.parent / "sealed.jsonl", "abc")


def test_keeping_one_file_leaves_the_others(tmp_path: Path, exam: Path) -> None:
    other = exam.with_name("sealed.jsonl")
    other.write_text("{}\n", "utf-8")
    scores = Scores(tmp_path / "scores.json")
    scores.look(other, "abc")
    scores.keep(other, "abc", FOUND, 0.1)
    scores.keep(exam, "abd", {**FOUND, "right": Share(2, 2)}, 0.2)
    again = Scores(tmp_path / "scores.json")
    assert again.looked(other, "abc")
    assert (again.model_of(other), again.model_of(exam)) == ("abc", "abd")


def test_no_message_and_no_place_of_this_machine_is_kept(tmp_path: Path, exam: Path) -> None:
    Scores(tmp_path / "scores.json").keep(exam, "abc", FOUND, 0.1)
    text = (tmp_path / "scores.json").read_text("utf-8")
    assert "canary" not in text
    assert str(tmp_path) not in text
    assert name_of(exam) == "exam/messages.jsonl"


def test_instead_of_a_second_look_the_kept_figures_are_shown(tmp_path: Path, exam: Path) -> None:
    scores = Scores(tmp_path / "scores.json")
    assert "not kept" in kept(scores, exam)[-1]
    scores.keep(exam, "abc", FOUND, 0.1)
    text = "\n".join(kept(scores, exam))
    assert "--again" in text
    assert "right at the first try" in text
