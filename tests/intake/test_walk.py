"""A walk through the questions: forward, back, skipped, changed, and never to where it must not go."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.intake import graph as graphs
from bot.intake import proof
from bot.intake import walk as walking
from bot.intake.model import Graph, Walk
from bot.oncall.model import Need
from tests.intake.planting import answer, through

ASKERS = ("self", "ally", "officer")
FINAL = ("end.send", "end.minor", "end.stop")
EVERYTHING = {
    "word": "blue heron", "safe_here": "for_now", "until": "1h", "danger_now": "no", "age": "18_24", "state": "Texas",
    "area": "Travis County", "when": "tonight", "gender": "women", "children": "2", "pets": "small", "needs": "medical detox",
    "language": "other", "other_language": "Mixteco", "contact": "text", "number": "512 555 0142", "hours": "evening",
    "not_me": "red kite", "told": "answer",
}  # fmt: skip


# -- the way through -------------------------------------------------------------------------------------------------


def test_everything_can_be_said(graph: Graph) -> None:
    walk = through(graph, "self", EVERYTHING).walk
    assert walk.answers == {
        "consent": "yes", "details": "yes", "word": "blue heron", "safe_here": "for_now", "until": "1h", "danger_now": "no",
        "age": "18_24", "state": "TX", "area": "Travis County", "when": "tonight", "gender": "women", "children": 2,
        "pets": "small", "needs": ["medical", "detox"], "language": "other", "other_language": "Mixteco", "contact": "text",
        "number": "+15125550142", "hours": "evening", "not_me": "red kite", "told": "answer",
    }  # fmt: skip
    assert walking.tap(graph, walk, "send").end == "end.send"


def test_the_summary_has_the_answers_in_order_and_neither_words_nor_safety(graph: Graph) -> None:
    rows = walking.summary(graph, through(graph, "self", EVERYTHING).walk)
    assert [field for field, _ in rows] == [
        "age", "state", "area", "when", "gender", "children", "pets", "needs", "language", "other_language", "contact",
        "number", "hours", "told",
    ]  # fmt: skip


@pytest.mark.parametrize("asker", ASKERS)
def test_r08_with_everything_skipped_the_way_is_short_and_holds_nothing(graph: Graph, asker: Any) -> None:
    walk = through(graph, asker).walk
    assert len(walk.trail) <= 20
    assert set(walk.answers) <= {"consent", "details", "age", "adult", "adults", "agreed", "told"}
    assert walking.tap(graph, walk, "send").end == "end.send"


@pytest.mark.parametrize("asker", ["self", "ally"])
def test_r40_without_details_nothing_that_identifies_is_asked(graph: Graph, asker: Any) -> None:
    walk = through(graph, asker, EVERYTHING | {"details": "no"}).walk
    assert not any(graph.nodes[name].identifying for name in walk.trail)
    assert {"area", "number", "other_language"}.isdisjoint(walk.answers)
    assert walking.tap(graph, walk, "send").end == "end.send"


def test_consent_comes_first_and_a_no_ends_it(graph: Graph) -> None:
    for asker, first in (("self", "consent"), ("ally", "ally.consent")):
        step = walking.begin(graph, asker)
        assert step.walk.node == first
        assert walking.tap(graph, step.walk, "no").end == "end.stop"
    agreed = through(graph, "officer", until="officer.agreed").walk
    assert walking.tap(graph, agreed, "no").end == "end.stop"
    assert walking.tap(graph, agreed, "skip").problem is not None


def test_r40_reporting_is_the_second_word_of_all(graph: Graph) -> None:
    step = walking.tap(graph, walking.begin(graph, "self").walk, "yes")
    assert graph.nodes[step.walk.node].reporting
    assert graph.nodes[walking.begin(graph, "officer").walk.node].reporting


def test_the_word_to_come_back_with_is_asked_before_any_fact(graph: Graph) -> None:
    trail = through(graph, "self").walk.trail
    assert trail.index("word") == 2
    assert trail.index("age") < min(trail.index(n) for n in ("state", "when", "gender", "children", "needs"))


def test_danger_gets_its_reply_and_the_request_goes_on_with_the_next_question(graph: Graph) -> None:
    step = through(graph, "self", until="danger_now")
    step = walking.tap(graph, step.walk, "yes")
    assert (step.end, step.walk.node) == ("end.danger", "age")
    assert step.walk.answers["danger_now"] == "yes"
    assert walking.tap(graph, step.walk, "back").walk.node == "danger_now"


def test_somebody_who_cannot_write_safely_is_told_how_to_leave(graph: Graph) -> None:
    step = through(graph, "self", {"safe_here": "no"}, until="not_here")
    assert answer(graph, step, "not_here", "go").walk.node == "danger_now"


# -- under 18 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["under_18", "skip", "16", "tengo 17", "menor de edad", "I'm a minor", "paso"])
def test_r44_under_18_or_unsaid_ends_at_once(graph: Graph, said: str) -> None:
    step = answer(graph, through(graph, "self", until="age"), "age", said)
    assert step.end == "end.minor"
    assert not any(graph.nodes[name].identifying for name in step.walk.trail)


@pytest.mark.parametrize("said", ["no", "skip", "15", "under 18"])
def test_r44_an_ally_under_18_forms_no_request(graph: Graph, said: str) -> None:
    assert answer(graph, through(graph, "ally", until="ally.adult"), "ally.adult", said).end == "end.minor"


@pytest.mark.parametrize("said", ["under_18", "skip", "0", "a juvenile", "not sure", "menor"])
def test_r44_an_officer_with_a_minor_gets_the_protocol_before_anything_is_read_aloud(graph: Graph, said: str) -> None:
    step = answer(graph, through(graph, "officer", until="officer.adults"), "officer.adults", said)
    assert step.end == "end.minor"
    assert "officer.agreed" not in step.walk.trail


def test_r44_an_age_changed_in_the_summary_to_under_18_ends_it_too(graph: Graph) -> None:
    step = walking.tap(graph, through(graph, "self", EVERYTHING).walk, "change:age")
    assert answer(graph, step, "age", "under_18").end == "end.minor"


# -- what may be asked about whom --------------------------------------------------------------------------------------


def test_r14_an_ally_is_asked_about_themselves_alone(graph: Graph) -> None:
    fields = {graph.nodes[name].field for name, _ in proof.places(graph, "ally")} - {None}
    assert fields == {"consent", "details", "adult", "word", "state", "area", "contact", "number", "hours", "told"}


def test_an_officer_is_asked_nothing_about_the_person_but_what_placing_needs(graph: Graph) -> None:
    fields = {graph.nodes[name].field for name, _ in proof.places(graph, "officer")} - {None}
    assert fields == {"adults", "agreed", "children", "state", "area", "language", "other_language", "needs", "number"}
    assert graph.nodes["officer.needs"].options == ["medical", "none"]


def test_an_officers_medical_need_is_kept_as_a_list_like_any_need(graph: Graph) -> None:
    assert through(graph, "officer", {"needs": "medical"}).walk.answers["needs"] == ["medical"]
    assert through(graph, "officer", {"needs": "none"}).walk.answers["needs"] == []


@pytest.mark.parametrize("field", ["age", "children", "pets", "gender", "hours", "when"])
def test_r25_facts_are_ranges_with_fixed_values(graph: Graph, field: str) -> None:
    nodes = [n for n in graph.nodes.values() if n.field == field]
    assert nodes
    assert all(n.kind in ("choice", "number") and n.options for n in nodes)


@pytest.mark.parametrize("text", ["1420 North Oak", "74103", "apt 4 Tulsa", "Calle 5", "hwy 40"])
def test_r25_an_area_closer_than_a_county_or_city_is_refused(graph: Graph, text: str) -> None:
    step = through(graph, "self", until="area")
    after = walking.say(graph, step.walk, text)
    assert after.problem == "intake.problem.digits"
    assert after.walk == step.walk


def test_r25_a_number_of_children_stops_at_three_and_an_exact_age_is_not_kept(graph: Graph) -> None:
    assert through(graph, "self", {"children": "7 kids"}).walk.answers["children"] == 3
    assert through(graph, "self", {"age": "23 years old"}).walk.answers["age"] == "18_24"


# -- back, skip, change ----------------------------------------------------------------------------------------------


def test_back_goes_to_where_one_came_from(graph: Graph) -> None:
    step = through(graph, "self", {"safe_here": "no"}, until="danger_now")
    assert walking.tap(graph, step.walk, "back").walk.node == "not_here"


def test_back_at_the_first_question_stays_there(graph: Graph) -> None:
    first = walking.begin(graph, "self")
    assert walking.tap(graph, first.walk, "back") == first


def test_what_was_left_behind_by_going_back_is_forgotten(graph: Graph) -> None:
    walk = through(graph, "self", {"state": "OK", "area": "Tulsa"}, until="when").walk
    for _ in range(2):
        walk = walking.tap(graph, walk, "back").walk
    assert walk.node == "state"
    assert "area" not in walk.answers


def test_a_change_returns_to_the_summary(graph: Graph) -> None:
    step = walking.tap(graph, through(graph, "self", EVERYTHING).walk, "change:pets")
    after = answer(graph, step, "pets", "large")
    assert after.walk.node == "summary"
    assert after.walk.back_to is None
    assert after.walk.answers["pets"] == "large"
    assert after.walk.trail == through(graph, "self", EVERYTHING).walk.trail


def test_a_change_that_raises_a_new_question_asks_it_and_nothing_else(graph: Graph) -> None:
    before = through(graph, "self", {"contact": "chat", "pets": "small"}).walk
    step = answer(graph, walking.tap(graph, before, "change:contact"), "contact", "call")
    after = answer(graph, step, "number", "918-555-0123")
    assert after.walk.node == "summary"
    assert (after.walk.answers["number"], after.walk.answers["pets"]) == ("+19185550123", "small")


def test_a_change_that_makes_an_answer_pointless_forgets_it(graph: Graph) -> None:
    step = walking.tap(graph, through(graph, "self", EVERYTHING).walk, "change:contact")
    after = answer(graph, step, "contact", "chat")
    assert after.walk.node == "summary"
    assert "number" not in after.walk.answers
    assert "number" not in after.walk.trail


def test_a_skipped_change_takes_the_answer_out(graph: Graph) -> None:
    step = walking.tap(graph, through(graph, "self", EVERYTHING).walk, "change:area")
    assert "area" not in answer(graph, step, "area", "skip").walk.answers


def test_back_from_a_change_leaves_everything_as_it_was(graph: Graph) -> None:
    walk = through(graph, "self", EVERYTHING).walk
    assert walking.tap(graph, walking.tap(graph, walk, "change:age").walk, "back").walk == walk


@pytest.mark.parametrize("field", ["word", "consent", "danger_now", "climb", "nothing"])
def test_what_is_not_in_the_summary_cannot_be_changed_from_there(graph: Graph, field: str) -> None:
    step = walking.tap(graph, through(graph, "self", EVERYTHING).walk, f"change:{field}")
    assert step.problem == "intake.problem.gone"


def test_back_from_what_follows_the_summary_returns_to_it_without_the_yes(graph: Graph) -> None:
    walk = through(graph, "self", EVERYTHING).walk
    asked = walk.with_(node="release", answers={**walk.answers, "climb": ["harbor"]})
    assert walking.tap(graph, asked, "back").walk == walk
    assert walking.tap(graph, asked, "yes").problem == "intake.problem.gone"


def test_nothing_is_sent_but_from_the_summary(graph: Graph) -> None:
    walk = walking.begin(graph, "self").walk
    assert walking.tap(graph, walk, "send").problem == "intake.problem.gone"
    assert walking.tap(graph, walk, "18_24").problem == "intake.problem.gone"


def test_needs_are_marked_and_unmarked(graph: Graph) -> None:
    step = through(graph, "self", until="needs")
    for option in ("detox", "medical", "detox"):
        step = answer(graph, step, "needs", option)
    assert step.walk.answers["needs"] == ["medical"]
    assert answer(graph, step, "needs", "done").walk.answers["needs"] == ["medical"]
    assert answer(graph, through(graph, "self", until="needs"), "needs", "done").walk.answers["needs"] == []


def test_who_skips_what_to_be_told_is_told_nothing(graph: Graph) -> None:
    assert through(graph, "self").walk.answers["told"] == "nothing"


def test_r45_age_region_and_time_are_checked_against_who_is_on_call(graph: Graph) -> None:
    for node, said in (("age", "25_59"), ("state", "TX"), ("area", "Tulsa"), ("when", "tonight")):
        assert answer(graph, through(graph, "self", until=node), node, said).check, node


def test_answers_are_what_matching_reads(graph: Graph) -> None:
    need = Need.of(through(graph, "self", EVERYTHING).walk.answers)
    assert (need.age, need.state, need.county, need.gender) == ("18_24", "TX", "Travis County", "women")
    assert (need.children, need.pets, need.needs, need.when) == (2, "small", ("medical", "detox"), "tonight")


# -- words that bring a request back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["hola", "Help!", "ok", "no", "ab", "12", "Contraseña", "thank you", "🙂", "Go on"])
def test_r07_a_word_that_anybody_writes_by_chance_is_refused(graph: Graph, text: str) -> None:
    step = walking.say(graph, through(graph, "self", until="word").walk, text)
    assert step.problem == "intake.problem.word_common"


def test_r07_the_two_words_differ(graph: Graph) -> None:
    walk = through(graph, "self", {"word": "Blue Heron"}, until="not_me").walk
    assert walking.say(graph, walk, "blue heron!").problem == "intake.problem.word_same"
    assert walking.say(graph, walk, "red kite").problem is None


def test_a_word_is_not_a_sentence(graph: Graph) -> None:
    walk = through(graph, "self", until="word").walk
    assert walking.say(graph, walk, "one two three four five six seven").problem == "intake.problem.word_long"
    assert walking.say(graph, walk, "x" * 61).problem == "intake.problem.word_long"


# -- any walk at all --------------------------------------------------------------------------------------------------

MOVES = st.sampled_from(["skip", "back", "done", "send", "option", "option", "option", "change", "nonsense"])


def _tap(graph: Graph, walk: Walk, move: str, pick: int) -> walking.Step:
    node = graph.nodes[walk.node]
    if move == "option" and node.options:
        return walking.tap(graph, walk, node.options[pick % len(node.options)])
    if move == "option":
        typed = {"phone": "405 555 0142", "word": f"my word {pick} x", "text": "Texas"}
        return walking.say(graph, walk, typed.get(node.kind, ""))
    if move == "change":
        rows = walking.summary(graph, walk)
        return walking.tap(graph, walk, f"change:{rows[pick % len(rows)][0]}" if rows else "change:age")
    return walking.tap(graph, walk, move)


def _sound(graph: Graph, walk: Walk) -> None:
    behind = [*walk.trail, walk.node]
    assert len(set(behind)) == len(behind), "no question twice"
    assert set(walk.answers) <= {graph.nodes[name].field for name in behind}, (
        "answers of questions behind or open alone"
    )
    field, grown = proof.GROWN[walk.asker]
    for name in behind:
        if graph.nodes[name].identifying or graph.nodes[name].kind == "summary":
            assert walk.answers.get(field) in grown or walk.back_to is not None
    assert Walk.model_validate(walk.model_dump()) == walk


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ASKERS), st.lists(st.tuples(MOVES, st.integers(0, 7)), max_size=70))
def test_r44_any_walk_goes_on_or_ends_and_is_sound_at_every_step(asker: Any, moves: list[tuple[str, int]]) -> None:
    graph = graphs.shared()
    step = walking.begin(graph, asker)
    for move, pick in moves:
        before = step.walk
        step = _tap(graph, before, move, pick)
        if step.end in FINAL:
            assert step.walk.node == step.end
            if step.end == "end.send":
                assert step.walk.answers.get(proof.GROWN[asker][0]) in proof.GROWN[asker][1]
                assert before.node == "summary"
            return
        assert step.problem is None or step.walk == before, "a problem changes nothing"
        _sound(graph, step.walk)
        if step.walk.trail or step.walk.back_to:
            behind = walking.tap(graph, step.walk, "back")
            assert behind.problem is None
            assert behind.walk.node != step.walk.node, "there is a way back"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ASKERS), st.integers(0, 25), st.text(max_size=80))
def test_no_text_breaks_any_question(asker: Any, steps: int, text: str) -> None:
    graph = graphs.shared()
    step = through(graph, asker, until="summary")
    walk = walking.begin(graph, asker).walk
    for name in step.walk.trail[:steps]:
        field = graph.nodes[name].field or ""
        said = step.walk.answers.get(field, "go" if graph.nodes[name].kind == "notice" else "skip")
        walk = walking.tap(graph, walk, str(said)).walk
    walking.fits(graph, walk, text, "en")
    after = walking.say(graph, walk, text)
    assert after.problem is None or after.walk == walk
