"""Predicted against observed recall: a model that is right has a small error, one that is not has a large one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.training.calibration import Outcome, by, ece, fit, observed_recall
from bot.training.memory import predicted_right

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)


def answers(count: int, bias: float = 0.0, seed: int = 1, options: int = 4) -> list[Outcome]:
    """Of officers who know as much as predicted, less `bias`."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        predicted = chance.uniform(0.5, 0.99)
        known = max(0.0, predicted - bias)
        right = chance.random() < predicted_right(known, options)
        found.append(Outcome(number % 40, "unit-a", "signs", predicted, options, right))
    return found


def test_a_right_model_has_a_small_error_and_a_wrong_one_a_large() -> None:
    assert ece(answers(20_000)) < 0.02
    assert ece(answers(20_000, bias=0.3)) > 0.15
    assert ece([]) == 0.0


def test_observed_recall_takes_the_guesses_out() -> None:
    found = answers(40_000)
    assert observed_recall(found) == pytest.approx(sum(o.predicted for o in found) / len(found), abs=0.01)
    guessing = [Outcome(1, "", "", 0.0, 4, n % 4 == 0) for n in range(400)]
    assert observed_recall(guessing) == 0.0


@RULE
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(2, 5), st.booleans()), min_size=1, max_size=60))
def test_the_error_is_a_share_and_does_not_hang_on_the_order(found: list[tuple[float, int, bool]]) -> None:
    listed = [Outcome(n, "", "", p, o, r) for n, (p, o, r) in enumerate(found)]
    assert 0 <= ece(listed) <= 1
    assert ece(listed) == pytest.approx(ece(listed[::-1]))


def test_a_group_of_few_officers_is_hidden_and_the_others_are_shown() -> None:
    few = [Outcome(n % 4, "unit-b", "law", 0.9, 4, True) for n in range(100)]
    more = [Outcome(100 + n % 6, "unit-c", "law", 0.9, 4, True) for n in range(60)]
    found = by([*answers(1000), *few, *more], lambda o: o.unit)
    assert found["unit-c"].observed is None, "else unit-b is what is left of the whole"
    assert (found["unit-b"].predicted, found["unit-b"].observed, found["unit-b"].ece) == (None, None, None)
    assert found["unit-b"].answers == 100
    assert found["unit-a"].ece is not None
    assert fit(few, fewest=1).observed == 1.0
