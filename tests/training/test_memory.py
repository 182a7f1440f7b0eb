"""What is remembered: FSRS as its library does it, guesses counted for less, wordings that vary, cards held out, the next cards."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import fsrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.training import memory as rules
from bot.training.memory import Answer, Memory, choose, grade, is_held_out, learned, predicted_right, pretest, recall
from bot.training.model import CardFacts
from tests.training.making import CARDS, MONDAY, TOPICS

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)
DAY = 86400.0
RIGHT = Answer(True, 12.0, 4, 10.0)
WRONG = Answer(False, 12.0, 4, 10.0)


def after(*answers: tuple[float, Answer]) -> Memory:
    """A memory after answers, each so many days after the first."""
    found: Memory | None = None
    for days, answer in answers:
        found = learned(found, answer, MONDAY + days * DAY, 0)
    assert found is not None
    return found


def test_it_is_fsrs_six_with_our_three_settings_and_no_fuzz() -> None:
    scheduler = fsrs.Scheduler(
        desired_retention=0.9, maximum_interval=180, enable_fuzzing=False, learning_steps=(), relearning_steps=()
    )
    assert len(scheduler.parameters) == 21, "FSRS-6"
    card, at, mine = fsrs.Card(card_id=1), datetime.fromtimestamp(MONDAY, UTC), None
    for days, rating, answer in (
        (0, 3, RIGHT),
        (3, 3, RIGHT),
        (14, 1, WRONG),
        (16, 3, RIGHT),
        (30, 3, RIGHT),
        (80, 3, RIGHT),
    ):
        now = at + timedelta(days=days)
        assert grade(answer, mine, now.timestamp()) == rating
        card, _ = scheduler.review_card(card, fsrs.Rating(rating), now)
        mine = learned(mine, answer, now.timestamp(), 0)
        assert (mine.stability, mine.difficulty) == pytest.approx((card.stability, card.difficulty))
        assert mine.due_at == card.due.timestamp()
        for later in (1, 10, 60):
            then = now + timedelta(days=later)
            assert recall(mine, then.timestamp()) == pytest.approx(scheduler.get_card_retrievability(card, then))


@RULE
@given(
    st.lists(
        st.tuples(st.floats(0.2, 200), st.booleans(), st.floats(0.5, 200), st.integers(2, 5)), min_size=1, max_size=20
    )
)
def test_nothing_is_planned_beyond_180_days_nor_before_tomorrow(steps: list[tuple[float, bool, float, int]]) -> None:
    found, now = None, MONDAY
    for days, right, seconds, options in steps:
        now += days * DAY
        found = learned(found, Answer(right, seconds, options, 10.0), now, 0)
        assert DAY - 1 <= found.due_at - now <= 180 * DAY + 1
        assert 1 <= found.difficulty <= 10
        assert 0 < recall(found, now + 30 * DAY) <= recall(found, now) <= 1


def test_a_miss_comes_back_sooner_than_it_would_have() -> None:
    known = after((0, RIGHT), (3, RIGHT), (20, RIGHT))
    missed = after((0, RIGHT), (3, RIGHT), (20, WRONG))
    assert missed.due_at < known.due_at
    assert missed.lapses == 1


@pytest.mark.parametrize(
    ("answer", "reps", "expected", "why"),
    [
        (Answer(False, 5, 4, 10), 3, 1, "wrong"),
        (Answer(True, 1.0, 4, 10), 3, 2, "nobody reads it in a second"),
        (Answer(True, 40, 4, 10), 3, 2, "long thought about"),
        (Answer(True, 11, 4, 10), 3, 3, "as usual"),
        (Answer(True, 4, 4, 10), 3, 4, "quick and known"),
        (Answer(True, 4, 4, 10), 1, 3, "never easy at the second time"),
        (Answer(True, 4, 2, 10), 0, 2, "a first right one of two may be a guess"),
        (Answer(True, 4, 5, 10), 0, 3, "a first right one of five hardly"),
        (Answer(True, None, 4, 10), 3, 3, "time unknown"),
        (Answer(True, 4, 4, None), 3, 3, "too few answers to know what is usual"),
    ],
)
def test_grades(answer: Answer, reps: int, expected: int, why: str) -> None:
    steps = [(0.0, RIGHT), (3.0, RIGHT), (10.0, RIGHT)][:reps]
    known = after(*steps) if steps else None
    assert grade(answer, known, MONDAY + 12 * DAY) == expected, why


@RULE
@given(st.floats(0, 1), st.integers(2, 5))
def test_guessing_is_allowed_for(known: float, options: int) -> None:
    assert predicted_right(known, options) >= max(known, 1 / options) - 1e-9
    assert 0 <= rules.knew(known, options) <= 1
    assert rules.knew(known, options) <= rules.knew(known, options + 1) + 1e-12, "more to choose from, less guessed"


def test_the_wording_is_never_the_last_one() -> None:
    card = CardFacts("a", "v1", "signs", 4, 3)
    last: int | None = None
    seen = []
    for _ in range(7):
        wording = rules.next_wording(card, last)
        assert wording != last
        seen.append(wording)
        last = wording
    assert set(seen) == {0, 1, 2}


# -- which next ----------------------------------------------------------------------------------------------------------


def test_new_cards_come_from_topics_of_which_least_was_seen() -> None:
    picks = choose(CARDS, {}, MONDAY, 3)
    assert [p.card.topic for p in picks] == list(TOPICS[:3])
    assert {p.predicted for p in picks} == {None}
    known = {p.card.id: after((0, RIGHT)) for p in picks}
    more = choose(CARDS, known, MONDAY, 3)
    assert {p.card.topic for p in more} == set(TOPICS[3:])


def test_what_is_due_comes_first_the_least_known_at_the_front_and_in_another_wording() -> None:
    weak, strong = after((0, WRONG)), after((0, RIGHT), (3, RIGHT))
    known = {"card-000": strong, "card-001": weak}
    picks = choose(CARDS, known, MONDAY + 90 * DAY, 3)
    assert [p.card.id for p in picks[:2]] == ["card-001", "card-000"]
    assert [p.wording for p in picks[:2]] == [1, 1]
    assert picks[0].predicted is not None
    assert picks[0].predicted < picks[1].predicted  # type: ignore[operator]


def test_nobody_is_asked_for_the_sake_of_asking() -> None:
    known = {card.id: after((0, RIGHT)) for card in CARDS}
    assert choose(CARDS, known, MONDAY, 3) == []
    assert choose([], {}, MONDAY, 3) == []


@RULE
@given(st.integers(1, 3), st.integers(0, 10_000))
def test_a_pick_is_never_twice_and_topics_take_turns(count: int, seed: int) -> None:
    known = {card.id: after((0, WRONG if n % 3 else RIGHT)) for n, card in enumerate(CARDS[: seed % 60])}
    picks = choose(CARDS, known, MONDAY + (seed % 90) * DAY, count)
    assert len({p.card.id for p in picks}) == len(picks) == count


def test_a_card_held_out_waits_sixty_days_and_comes_in_another_wording() -> None:
    held = learned(None, RIGHT, MONDAY, 0, held=True)
    known = {"card-000": held}
    others = [CARDS[0]]
    assert choose(others, known, MONDAY + 59.9 * DAY, 2) == []
    picks = choose(others, known, MONDAY + 60 * DAY, 2)
    assert [(p.kind, p.wording) for p in picks] == [("holdout", 1)]
    then = learned(held, RIGHT, MONDAY + 60 * DAY, 1)
    assert not then.held, "afterwards it is a card like any"
    assert picks[0].predicted == pytest.approx(recall(held, MONDAY + 60 * DAY))


def test_about_a_seventh_is_held_out_and_the_same_each_time() -> None:
    chosen = [(m, c.id) for m in range(50) for c in CARDS if is_held_out("example", m, c.id)]
    assert 0.13 < len(chosen) / (50 * len(CARDS)) < 0.17
    assert chosen == [(m, c.id) for m in range(50) for c in CARDS if is_held_out("example", m, c.id)]
    assert len({m for m, _ in chosen}) == 50


def test_the_pre_test_takes_each_topic_in_turn() -> None:
    picks = pretest(CARDS, 8)
    assert Counter(p.card.topic for p in picks) == {**dict.fromkeys(TOPICS, 1), TOPICS[0]: 2, TOPICS[1]: 2}
    assert {p.kind for p in picks} == {"pretest"}


def test_what_fades_next_is_named_the_least_known_first() -> None:
    known = [
        ("a", after((0, RIGHT))),
        ("b", after((0, WRONG))),
        ("c", after((0, RIGHT), (3, RIGHT), (20, RIGHT), (60, RIGHT))),
    ]
    fading = rules.fading(known, MONDAY + 60 * DAY)
    assert fading[0] == "b"
    assert "c" not in fading
