"""Leaving by word: alone in the message it always works, inside a sentence never."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.exits import Exits
from tests.safety.tables import Case, cases

EXITS = Exits()
TABLE = cases("exits")
ALONE = [
    case.text
    for case in TABLE
    if case.expected == "exit" and len(case.text) > 1 and case.text.isascii() and case.text.isalpha()
]


@pytest.mark.parametrize("case", TABLE, ids=str)
def test_r03_exit_is_the_word_alone(case: Case) -> None:
    assert EXITS.is_exit(case.text) is (case.expected == "exit")


@pytest.mark.parametrize("case", TABLE, ids=str)
def test_r02_not_safe_is_read_alone(case: Case) -> None:
    assert EXITS.is_unsafe(case.text) is (case.expected == "unsafe")


@given(st.text(max_size=400))
def test_r03_no_text_raises(text: str) -> None:
    assert EXITS.is_exit(text) in (True, False)
    assert EXITS.is_unsafe(text) in (True, False)


@given(
    st.sampled_from(ALONE),
    st.sampled_from([str, str.upper, str.title]),
    st.sampled_from(["", "!", "...", "!!!", " 🙏", " please", " now", " ya", "\u200b", " porfa"]),
    st.sampled_from(["", " ", "\n", "please ", "ok ", "¡", "\u200b"]),
)
def test_r03_exit_however_it_is_dressed(word: str, shape: object, after: str, before: str) -> None:
    assert callable(shape)
    assert EXITS.is_exit(before + shape(word) + after)


@given(
    st.sampled_from(ALONE),
    st.sampled_from(["i told him to {}", "why wont he {}", "he said {} or else", "{} reminders"]),
)
def test_r03_a_sentence_is_no_exit(word: str, sentence: str) -> None:
    assert not EXITS.is_exit(sentence.format(word))


@pytest.mark.parametrize("piece", ["stop ", "stopnow", "a", "s ", "exit, ", "🛑"])
def test_r03_long_text_costs_no_more_than_its_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text, best = (piece * length)[:length], 9.0
        for _ in range(5):
            start = time.perf_counter()
            EXITS.is_exit(text)
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(10_000) < 40 * max(seconds(1_000), 0.0005)
