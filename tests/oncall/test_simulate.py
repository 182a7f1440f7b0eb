"""The simulator runs the bot's own rules: what it counts adds up, and what must happen under extreme assumptions does."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from bot import simulate
from bot.oncall import ladder
from bot.simulate import Assumptions, Outcome, Simulation, example_programs


def run(requests: int = 400, seed: int = 3, days: int = 10, **changes: object) -> Outcome:
    return Simulation(example_programs(), days, seed, Assumptions(**changes)).run(requests)  # type: ignore[arg-type]


def test_every_request_ends_somewhere_and_the_same_seed_gives_the_same() -> None:
    found = run()
    assert sum(found.refused.values()) + found.no_yes + len(found.answered) + len(found.ended) == 400
    assert sum(found.rungs.values()) == sum(found.program_number.values()) == len(found.answered) > 100
    assert run() == found
    assert run(seed=4) != found


def test_r45_no_answer_and_no_end_comes_after_fifteen_minutes() -> None:
    found = run(800, advocates=12, per_shift=8, hears_by_day=0.1, hears_by_night=0.1)
    assert max(found.answered) < ladder.LADDER_SECONDS
    assert max(found.ended) == ladder.LADDER_SECONDS
    assert max(found.rungs) > 3


def test_where_nobody_hears_everything_ends_and_where_all_do_nothing_does() -> None:
    deaf = run(hears_by_day=0.0, hears_by_night=0.0)
    assert (deaf.answered, len(deaf.ended) > 100) == ([], True)
    quick = run(hears_by_day=1.0, hears_by_night=1.0, answer_spread=0.01, passes=0.0)
    assert quick.ended == []
    assert set(quick.rungs) == {1}
    assert 35 < simulate.quantile(quick.answered, 0.5) < 45


def test_where_nobody_taps_the_test_alert_nobody_is_on_duty() -> None:
    found = run(misses_test=1.0)
    assert found.sent == 0
    assert found.refused.keys() <= {
        "duty",
        "region",
        "pets",
        "children",
        "language",
        "gender",
        "medical",
        "detox",
        "mobility",
        "age",
        "hours",
    }
    assert found.refused["duty"] > 200


def test_whoever_passes_hands_on_at_once() -> None:
    found = run(hears_by_day=1.0, hears_by_night=1.0, answer_spread=0.01, passes=1.0)
    assert found.answered == []
    assert simulate.quantile(found.ended, 0.5) < ladder.RUNG_SECONDS


def test_r60_who_says_no_to_police_is_never_climbed_to_them() -> None:
    police = [p for p in example_programs() if p.police]
    found = Simulation(police, 5, 1, Assumptions(yes_to_police=0.0)).run(200)
    assert found.sent == 0
    assert found.no_yes > 50


def test_more_programs_than_the_file_has_are_copies_under_further_ids() -> None:
    found = example_programs(30)
    assert len({p.id for p in found}) == 30
    assert [p.id for p in example_programs(2)] == [p.id for p in example_programs()][:2]


def test_quantiles() -> None:
    assert [simulate.quantile([3, 1, 2, 4], q) for q in (0, 0.5, 0.75, 1)] == [1, 2, 3, 4]
    assert math.isnan(simulate.quantile([], 0.5))


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_picture_is_drawn_and_is_the_same_for_the_same_seed(tmp_path: Path, kind: str) -> None:
    for name in ("one", "two"):
        simulate.draw(run(100), tmp_path / f"{name}.{kind}")
    drawn = (tmp_path / f"one.{kind}").read_bytes()
    assert drawn.startswith(b"<?xml" if kind == "svg" else b"\x89PNG")
    assert drawn == (tmp_path / f"two.{kind}").read_bytes()
    with pytest.raises(ValueError, match="must be"):
        simulate.draw(run(10), tmp_path / "x.pdf")


def test_the_table_says_all_of_it_even_where_nothing_was_sent() -> None:
    rows = dict(simulate.table(run(50, misses_test=1.0)))
    assert rows["requests"] == "50"
    assert rows["  time to the first human, half of them within"] == "-"
