"""Statements that a record store takes, and that say nothing of a person but the department's own id."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.training.xapi import Answered, Done, all_statements, statements
from tests.training.making import MONDAY
from tests.training.xapi_rules import check, session

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)
ANSWERS = tuple(Answered(f"card-{n}", MONDAY + 60 + 30 * n, 12.34, n != 1, n % 4) for n in range(4))
DONE = Done(
    "007", "https://police.example.org", "https://training.example.org/x", "basic", "Example course", "en", MONDAY, MONDAY + 600,
    ANSWERS, 0.7,
)  # fmt: skip


def verbs(found: list[dict[str, Any]]) -> list[str]:
    return [s["verb"]["id"].rpartition("/")[2] for s in found]


def test_statements_hold_to_the_rules_and_to_their_order() -> None:
    found = statements(DONE)
    assert [check(s) for s in found] == [[]] * len(found)
    assert session(found) == []
    assert verbs(found) == ["initialized", *["answered"] * 4, "completed", "passed", "terminated"]


@RULE
@given(
    st.lists(st.tuples(st.floats(0, 500), st.booleans(), st.integers(0, 4)), max_size=12),
    st.one_of(st.none(), st.floats(0.0, 1.0)),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12),
)
def test_all_ways_through_a_course_validate(
    answers: list[tuple[float, bool, int]], mastery: float | None, officer: str
) -> None:
    given_ = tuple(Answered(f"c{n}", MONDAY + n, s, right, number) for n, (s, right, number) in enumerate(answers))
    done = Done(officer, DONE.home, DONE.base, "basic", "Example", "es", MONDAY, MONDAY + 900, given_, mastery)
    found = statements(done)
    assert [check(s) for s in found] == [[]] * len(found)
    assert session(found) == []
    assert {s["actor"]["account"]["name"] for s in found} == {officer}


def test_the_same_twice_has_the_same_numbers_and_another_officer_others() -> None:
    other = Done(**{**{n: getattr(DONE, n) for n in Done.__slots__}, "officer_id": "008"})
    assert statements(DONE) == statements(DONE)
    found = all_statements([DONE, other])
    assert len({s["id"] for s in found}) == len(found)
    assert len({s["context"]["registration"] for s in found}) == 2


def test_nothing_of_a_person_but_the_id_is_in_a_statement() -> None:
    for s in statements(DONE):
        assert set(s["actor"]) == {"objectType", "account"}
        assert s["actor"]["account"] == {"homePage": "https://police.example.org", "name": "007"}
        assert not {"instructor", "team", "platform", "authority"} & {*s, *s["context"]}


BROKEN: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("no id of an agent", lambda s: s["actor"].pop("account")),
    ("two identifiers", lambda s: s["actor"].update(mbox="mailto:a@example.org")),
    ("a relative address", lambda s: s["object"].update(id="courses/basic")),
    ("a null", lambda s: s["context"].update(platform=None)),
    ("a duration in words", lambda s: s["result"].update(duration="10 minutes")),
    ("a time without a zone", lambda s: s.update(timestamp="2026-06-01T12:00:00")),
    ("a made-up number", lambda s: s.update(id="1234")),
    ("a made-up property", lambda s: s.update(badge="007")),
    ("a score of 70", lambda s: s["result"]["score"].update(scaled=70)),
    ("no category", lambda s: s["context"].pop("contextActivities")),
    ("no session", lambda s: s["context"].pop("extensions")),
    ("a truth in words", lambda s: s["result"].update(success="yes")),
    ("against the verb", lambda s: s["result"].update(success=False)),
]


@pytest.mark.parametrize(("what", "spoil"), BROKEN, ids=[what for what, _ in BROKEN])
def test_the_rules_find_what_is_wrong(what: str, spoil: Callable[[dict[str, Any]], Any]) -> None:
    passed = copy.deepcopy(next(s for s in statements(DONE) if s["verb"]["id"].endswith("passed")))
    assert check(passed) == []
    spoil(passed)
    assert check(passed), what
