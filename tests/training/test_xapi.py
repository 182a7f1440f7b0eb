"""Statements that a record store takes, and that say nothing of a person but the department's own id."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from ralph.models.xapi.base.statements import BaseXapiStatement

from bot.training.xapi import Answered, Done, Interaction, all_statements, statements
from tests.training.making import MONDAY
from tests.training.xapi_rules import check, session

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)
ASKED = Interaction("en", "Name one sign", "Which of these?", ("a", "b", "c", "d"), 2)
ANSWERS = tuple(Answered(f"card-{n}", MONDAY + 60 + 30 * n, 12.34, n != 1, n % 4, "v1", n, ASKED) for n in range(4))
DONE = Done(
    "007", "https://police.example.org", "https://training.example.org/x", "basic", "Example course", "en", MONDAY, MONDAY + 600,
    49.36, ANSWERS,
)  # fmt: skip


def verbs(found: list[dict[str, Any]]) -> list[str]:
    return [s["verb"]["id"].rpartition("/")[2] for s in found]


def test_statements_hold_to_the_rules_and_to_their_order() -> None:
    found = statements(DONE)
    assert [check(s) for s in found] == [[]] * len(found)
    assert session(found) == []
    assert verbs(found) == ["initialized", *["answered"] * 4, "completed", "terminated"], (
        "nobody passes or fails: no mastery score is set"
    )


@RULE
@given(
    st.lists(st.tuples(st.floats(0, 500), st.booleans(), st.integers(0, 4)), max_size=12),
    st.one_of(st.none(), st.lists(st.text(min_size=1, max_size=9), min_size=5, max_size=5)),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12),
)
def test_all_ways_through_a_course_validate(
    answers: list[tuple[float, bool, int]], options: list[str] | None, officer: str
) -> None:
    asked = Interaction("es", "x", "y", tuple(options), 1) if options is not None else None
    given_ = tuple(
        Answered(f"c{n}", MONDAY + n, s, right, number, "v", n, asked) for n, (s, right, number) in enumerate(answers)
    )
    done = Done(officer, DONE.home, DONE.base, "basic", "Example", "es", MONDAY, MONDAY + 900, 600.0, given_)
    found = statements(done)
    assert [check(s) for s in found] == [[]] * len(found)
    assert session(found) == []
    assert {s["actor"]["account"]["name"] for s in found} == {officer}


def test_a_way_without_its_answers_is_the_same_session_and_validates() -> None:
    """What a department gets that shows no persons: of the same way the same statements, but for the answers."""
    bare = statements(replace(DONE, answers=()))
    assert verbs(bare) == ["initialized", "completed", "terminated"]
    assert bare == [one for one in statements(DONE) if not one["verb"]["id"].endswith("answered")]
    assert [check(s) for s in bare] == [[]] * 3
    assert session(bare) == []
    for one in bare:
        BaseXapiStatement.model_validate_json(json.dumps(one))


def test_an_answer_has_the_same_number_whichever_others_are_shown() -> None:
    whole = [one for one in statements(DONE) if one["verb"]["id"].endswith("answered")]
    part = [one for one in statements(replace(DONE, answers=ANSWERS[2:])) if one["verb"]["id"].endswith("answered")]
    assert part == whole[2:]


def test_durations_are_what_was_observed_and_not_the_time_that_went_by() -> None:
    ends = [
        one["result"]["duration"]
        for one in statements(DONE)
        if "completed" in one["verb"]["id"] or "term" in one["verb"]["id"]
    ]
    assert ends == ["PT49.36S", "PT49.36S"], "of ten minutes on the clock"


FOREIGN = {"no id of an agent", "two identifiers", "a relative address", "a null", "a duration in words", "a made-up number", "a made-up property", "a score of 70", "a truth in words"}  # fmt: skip
"""What every record store refuses; the others are rules of cmi5, or of ours."""


def test_another_programs_record_store_takes_each() -> None:
    for one in statements(DONE):
        BaseXapiStatement.model_validate_json(json.dumps(one))


def test_and_refuses_what_is_broken() -> None:
    for what, spoil in BROKEN:
        one = copy.deepcopy(next(s for s in statements(DONE) if s["verb"]["id"].endswith("completed")))
        spoil(one)
        if what in FOREIGN:
            with pytest.raises(ValidationError):
                BaseXapiStatement.model_validate_json(json.dumps(one))


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
    ("a score of 70", lambda s: s["result"].update(score={"scaled": 70})),
    ("no category", lambda s: s["context"].pop("contextActivities")),
    ("no session", lambda s: s["context"].pop("extensions")),
    ("a truth in words", lambda s: s["result"].update(completion="yes")),
    ("against the verb", lambda s: s["result"].update(success=False)),
]


@pytest.mark.parametrize(("what", "spoil"), BROKEN, ids=[what for what, _ in BROKEN])
def test_the_rules_find_what_is_wrong(what: str, spoil: Callable[[dict[str, Any]], Any]) -> None:
    completed = copy.deepcopy(next(s for s in statements(DONE) if s["verb"]["id"].endswith("completed")))
    assert check(completed) == []
    spoil(completed)
    assert check(completed), what


UNREADABLE: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("a response that is no choice", lambda s: s["result"].update(response="9")),
    ("a right one that is no choice", lambda s: s["object"]["definition"].update(correctResponsesPattern=["9"])),
    ("a choice without an id", lambda s: s["object"]["definition"]["choices"][0].pop("id")),
    ("two choices of one id", lambda s: s["object"]["definition"]["choices"][0].update(id="1")),
    ("choices without an interaction", lambda s: s["object"]["definition"].pop("interactionType")),
]


@pytest.mark.parametrize(("what", "spoil"), UNREADABLE, ids=[what for what, _ in UNREADABLE])
def test_the_rules_find_an_answer_that_cannot_be_read_back(what: str, spoil: Callable[[dict[str, Any]], Any]) -> None:
    answer = copy.deepcopy(next(s for s in statements(DONE) if s["verb"]["id"].endswith("answered")))
    assert check(answer) == []
    spoil(answer)
    assert check(answer), what


def test_another_wording_is_another_activity() -> None:
    ids = [s["object"]["id"] for s in statements(DONE) if s["verb"]["id"].endswith("answered")]
    assert ids[0] == "https://training.example.org/x/cards/card-0/v1/0"
    assert len(set(ids)) == 4
