"""Words with digits for letters are read as the words they stand for; numbers, forms and visas stay what they are."""

from __future__ import annotations

import pytest

from nlu.text import MAX_CHARS, without_leet

KEPT = [
    "H1B visa",
    "MS13",
    "16yo",
    "b4 2nite",
    "gr8",
    "at 3am",
    "18 USC 1591a",
    "form I-914",
    "call 911",
    "me@mail.com",
    "$500",
    "h2a",
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("n33d s4fe h0use asap", "need safe house asap"),
        ("h3lp, p0l1ce!", "help, police!"),
        ("w4ntin to d1sapp34r", "wantin to disappear"),
        ("ay d0nde du3rmo", "ay donde duermo"),
        ("ma$$age pl4ce", "massage place"),
    ],
)
def test_digits_between_letters_are_letters(typed: str, meant: str) -> None:
    assert without_leet(typed) == meant


@pytest.mark.parametrize("text", KEPT)
def test_what_has_digits_of_its_own_stays(text: str) -> None:
    assert without_leet(text) == text


def test_the_length_stays_and_a_second_reading_changes_nothing() -> None:
    for text in ["k1ll m3", "a1" * (MAX_CHARS // 2), "@" * MAX_CHARS, "n33d\u00f1 s4fe"]:
        once = without_leet(text)
        assert len(once) == len(text)
        assert without_leet(once) == once
