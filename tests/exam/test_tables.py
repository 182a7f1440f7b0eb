"""The tables and marks of an exam."""

from __future__ import annotations

from tests.exam import marks, tables
from tests.exam.making import row
from tests.exam.scoring import Share, figures

ROWS = [
    row("thanks", "thanks"),
    row("thanks", "goodbye", role="officer"),
    row("thanks", "goodbye", lang="es", text="uno dos tres cuatro cinco seis"),
    row("goodbye", "spam"),
]


def test_confusions_name_what_was_expected_and_what_was_given_the_most_frequent_first() -> None:
    assert tables.confusions(ROWS) == [("thanks", "goodbye", 2), ("goodbye", "spam", 1)]


def test_the_weakest_row_stands_first() -> None:
    assert [line.split()[0] for line in tables.by(ROWS, lambda r: r["label"], worst_first=True)] == [
        "goodbye",
        "thanks",
    ]


def test_a_report_has_every_cut() -> None:
    text = "\n".join(tables.report("evaluation/messages.jsonl", ROWS))
    for piece in (
        "by role",
        "officer ",
        "by length",
        "6-14 words",
        "thanks → goodbye",
        "ECE",
        "right, es",
        "NOT REACHED",
    ):
        assert piece in text
    assert "uno dos" not in text


def _mark(what: str) -> marks.Mark:
    return next(m for m in marks.MARKS if m.what == what)


def test_a_mark_is_reached_at_its_very_figure_and_missed_below() -> None:
    found = {**figures(ROWS), "right": Share(75, 100), "must_not": Share(1, 100)}
    assert _mark("right at the first try").reached(found)
    assert not _mark("right at the first try").reached({**found, "right": Share(749, 1000)})
    assert _mark("critical message handled as must_not").reached(found)
    assert not _mark("critical message handled as must_not").reached({**found, "must_not": Share(2, 100)})


def test_spanish_may_be_ahead_but_not_far_behind() -> None:
    found = {**figures(ROWS), "right_en": Share(80, 100), "right_es": Share(90, 100)}
    assert _mark("Spanish behind English").reached(found)
    assert not _mark("Spanish behind English").reached({**found, "right_es": Share(71, 100)})


def test_what_no_message_asks_is_neither_reached_nor_missed() -> None:
    assert _mark("self_harm: a danger reply").reached(figures(ROWS)) is None
