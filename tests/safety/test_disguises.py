"""Metamorphic: what a message means does not change with its spelling, its case, what stands around it, or what cannot be seen in it.
The floor alone; through the whole desk: tests/dialogues/test_disguises.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.floor import Floor
from tests.safety.disguises import DISGUISES
from tests.safety.measure import DANGER
from tests.safety.tables import Case, cases

FLOOR = Floor()
CLEAR = cases("clear")
CERTAIN = [case for case in CLEAR if FLOOR.read(case.text, case.role).level == "certain"]
WEAKER_AT_MOST = 6
LOST_AT_MOST = 1
"""Of 61 with one wrong letter (measured: 5 and 1); every other disguise weakens nothing."""
TYPOS = {"two letters swapped", "a letter dropped", "a letter doubled"}


def test_clear_danger_is_heard_and_most_of_it_is_certain() -> None:
    for case in CLEAR:
        reading = FLOOR.read(case.text, case.role)
        assert case.expected in (reading.handling, *reading.also), case.text
    assert len(CERTAIN) >= 0.85 * len(CLEAR)
    assert len(CLEAR) >= 60


def _lost(case: Case, text: str) -> bool:
    reading = FLOOR.read(text, case.role)
    return reading.level == "none" or reading.handling not in DANGER


@pytest.mark.parametrize("name", DISGUISES)
def test_r13_no_disguise_hides_what_is_certain(name: str) -> None:
    assert not [case.text for case in CERTAIN if _lost(case, DISGUISES[name](case.text))]


@pytest.mark.parametrize("name", DISGUISES)
def test_r13_it_hardly_ever_becomes_weaker_or_hides_what_was_only_possible(name: str) -> None:
    """A wrong letter in a word that the floor knows only when it is spelt right: the classifier is asked first, or alone."""
    weaker = [case.text for case in CERTAIN if FLOOR.read(DISGUISES[name](case.text), case.role).level != "certain"]
    lost = [case.text for case in CLEAR if case not in CERTAIN and _lost(case, DISGUISES[name](case.text))]
    assert len(weaker) <= (WEAKER_AT_MOST if name in TYPOS else 0), weaker
    assert len(lost) <= (LOST_AT_MOST if name in TYPOS else 0), lost


@given(st.sampled_from(CERTAIN), st.sampled_from(sorted(DISGUISES)), st.sampled_from(sorted(set(DISGUISES) - TYPOS)))
def test_r13_nor_do_two_at_once(case: Case, first: str, second: str) -> None:
    """One wrong letter at most: with two, a word is often another word."""
    assert not _lost(case, DISGUISES[second](DISGUISES[first](case.text)))


def test_every_disguise_changes_something() -> None:
    for name, disguise in DISGUISES.items():
        assert any(disguise(case.text) != case.text for case in CLEAR), name


@pytest.mark.parametrize(
    "text", ["I WILL KILL FOR A PIZZA", "this traffic 😭 is killing me 😭", "th1s traff1c is k1ll1ng me", "what 😭 is a t visa 😭", "i l0st my k3ys"]
)  # fmt: skip
def test_a_disguise_makes_no_danger_either(text: str) -> None:
    assert FLOOR.read(text).level == "none"


@pytest.mark.parametrize(
    ("text", "role"),
    [("is a victim being beaten an indicator", "officer"), ("she was being beaten for years, how do i write that up", "officer"),
     ("fui golpeada hace años", "guest")],
)  # fmt: skip
def test_what_was_done_to_somebody_once_is_not_happening_now(text: str, role: str) -> None:
    reading = FLOOR.read(text, role)
    assert reading.level != "certain"
    assert role != "officer" or reading.level == "none"
