"""Who could take a request, every rule that says no, and the one kind that the person hears (R44, R45)."""

from __future__ import annotations

from itertools import permutations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall.matching import anybody, kind_of_no, matches
from bot.oncall.model import Match, Need, Program, Rule
from tests.oncall.making import AGES, NOW, program, shift

ADULT = {"age": "25_59", "state": "OK"}


def one(need: Need, taker: Program, *shifts: Any) -> Match:
    return matches(need, [taker], shifts or [shift("a")], NOW)[0]


@pytest.mark.parametrize(
    ("said", "changes", "rule"),
    [
        ({"age": "60_up"}, {"ages": ["18_24", "25_59"]}, "age"),
        ({"state": "TX"}, {}, "region"),
        ({"gender": "men"}, {"genders": ["women"]}, "gender"),
        ({"children": 2}, {"children": 1}, "children"),
        ({"pets": "small"}, {"pets": "none"}, "pets"),
        ({"pets": "large"}, {"pets": "small"}, "pets"),
        ({"needs": ["medical"]}, {"medical": False}, "medical"),
        ({"needs": ["detox"]}, {"detox": False}, "detox"),
        ({"needs": ["mobility"]}, {"mobility": False}, "mobility"),
        ({"language": "es"}, {"languages": ["en"]}, "language"),
        ({"language": "other"}, {"languages": ["en", "es"]}, "language"),
    ],
)
def test_each_rule_refuses_by_its_name_and_only_who_asks_for_it(said: dict[str, Any], changes: Any, rule: Rule) -> None:
    strict = program(**changes)
    assert one(Need.of({**ADULT, **said}), strict).refused == (rule,)
    if rule != "region":
        assert one(Need.of(ADULT), strict).possible
        assert one(Need.of({**ADULT, **said}), program()).possible


def test_every_rule_that_says_no_is_named() -> None:
    none = program(
        ages=[],
        genders=[],
        children=0,
        pets="none",
        medical=False,
        detox=False,
        mobility=False,
        languages=[],
        regions=["TX"],
    )
    need = Need.of({**ADULT, "children": 1, "pets": "small", "needs": ["medical", "detox", "mobility"]})
    found = matches(need, [none], [], NOW)[0]
    assert set(found.refused) == set(get_args(Rule)) - {"hours"}
    assert found.on_duty == ()


def test_an_officers_one_need_is_read_as_one() -> None:
    assert one(Need.of({**ADULT, "needs": "medical"}), program(medical=False)).refused == ("medical",)
    assert one(Need.of({**ADULT, "needs": "none"}), program(medical=False)).possible


@pytest.mark.parametrize("answers", [{}, {"age": "under_18"}, {"age": None}])
def test_r44_an_age_that_is_not_said_is_under_18(answers: dict[str, Any]) -> None:
    need = Need.of({"state": "OK", **answers}) if answers.get("age", "") is not None else Need(age=None, state="OK")
    assert one(need, program()).refused == ("age",)
    assert one(need, program(ages=["under_18"])).possible


@pytest.mark.parametrize("changes", [{"ages": []}, {"genders": []}, {"languages": []}, {"regions": []}])
def test_an_empty_list_takes_nobody(changes: Any) -> None:
    assert not one(Need.of(ADULT), program(**changes)).possible


# -- places ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["Tulsa", "tulsa county", "TULSA, OK", "Condado de Tulsa", "near  Túlsa", "ciudad de tulsa"]
)
def test_a_county_or_city_is_read_as_people_write_it(said: str) -> None:
    assert one(Need.of({**ADULT, "area": said}), program(regions=["OK:Tulsa"])).possible
    assert one(Need.of({**ADULT, "area": said}), program(regions=["OK:Tulsa County"])).possible


@pytest.mark.parametrize("said", ["Lawton", "tul", "tulsaville", "x"])
def test_another_county_is_not_served_and_the_whole_state_always_is(said: str) -> None:
    assert one(Need.of({**ADULT, "area": said}), program(regions=["OK:Tulsa"])).refused == ("region",)
    assert one(Need.of({**ADULT, "area": said}), program(regions=["OK"])).possible
    assert one(Need.of({**ADULT, "area": said}), program(regions=["OK:Tulsa", "OK"])).possible


@pytest.mark.parametrize("area", [None, "", " ", "?!"])
def test_r08_no_place_finer_than_the_person_wants_to_give(area: str | None) -> None:
    for regions in (["OK"], ["OK:Tulsa"], ["TX", "OK:Tulsa"]):
        assert one(Need.of({**ADULT, "area": area}), program(regions=regions)).possible
        assert one(Need.of({"age": "25_59", "area": area}), program(regions=regions)).possible


def test_the_county_stands_before_the_state_and_both_before_what_nobody_can_tell() -> None:
    takers = [program("a", regions=["OK"]), program("b", regions=["OK:Tulsa"]), program("c", regions=["OK"])]
    shifts = [shift(n, n) for n in "abc"]
    for order in permutations(takers):
        assert [m.program.id for m in matches(Need.of({**ADULT, "area": "tulsa"}), order, shifts, NOW)] == [
            "b",
            "a",
            "c",
        ]
        assert [m.program.id for m in matches(Need.of(ADULT), order, shifts, NOW)] == ["a", "c", "b"]
        refused = matches(Need.of({**ADULT, "area": "tulsa"}), order, shifts[::2], NOW)
        assert [m.program.id for m in refused] == ["a", "c", "b"], "possible ones first"


# -- duty ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"confirmed_at": None}, {"out_at": NOW - 1}, {"starts_at": NOW + 1}, {"ends_at": NOW}, {"name": "oak"},
    ],
)  # fmt: skip
def test_r45_only_who_is_on_shift_confirmed_and_not_out_counts(changes: Any) -> None:
    assert one(Need.of(ADULT), program(), shift("a", **changes)).refused == ("duty",)


def test_on_duty_is_in_the_order_of_the_rota_each_once() -> None:
    rota = [shift("b", number=2), shift("a", number=1), shift("b", number=3), shift("x", "oak")]
    assert one(Need.of(ADULT), program(), *rota).on_duty == ("b", "a")


# -- the kind of no --------------------------------------------------------------------------------------------------


def kind(need: dict[str, Any], *takers: Program, on: str = "") -> Rule | None:
    shifts = [shift(t.id, t.id) for t in takers if not on or t.id in on]
    return kind_of_no(matches(Need.of({**ADULT, **need}), takers, shifts, NOW))


def test_there_is_no_no_where_somebody_can_be_asked() -> None:
    assert kind({}, program("a"), program("b", pets="none")) is None
    assert kind({"pets": "small"}, program("a"), program("b", pets="none")) is None


def test_r45_nobody_on_duty_is_said_first_then_the_region() -> None:
    assert kind_of_no([]) == "duty"
    assert kind({"pets": "small"}, program("a", pets="none"), on="-") == "duty"
    assert kind({"state": "TX"}, program("a"), program("b", regions=["TX"]), on="a") == "region"


def test_it_is_the_rule_that_all_of_those_on_duty_there_have() -> None:
    takers = (
        program("a", pets="none", ages=["18_24"]),
        program("b", pets="none", detox=False),
        program("c", regions=["TX"]),
    )
    assert kind({"pets": "small", "needs": ["detox"]}, *takers) == "pets"
    near = (program("a", medical=False, mobility=False), program("b", languages=["en"]))
    assert kind({"language": "es", "needs": ["medical", "mobility"]}, *near) == "language", (
        "whoever is nearest to a yes"
    )


FLAGS = st.booleans()
PROGRAMS = st.lists(
    st.builds(
        program,
        st.sampled_from(["ash", "birch", "cedar", "oak", "pine"]),
        ages=st.lists(st.sampled_from([*AGES, "under_18"]), unique=True),
        genders=st.lists(st.sampled_from(["women", "men", "nonbinary"]), unique=True),
        children=st.integers(0, 3), pets=st.sampled_from(["none", "small", "large"]), medical=FLAGS, detox=FLAGS, mobility=FLAGS,
        languages=st.lists(st.sampled_from(["en", "es", "vi"]), unique=True),
        regions=st.lists(st.sampled_from(["OK", "OK:Tulsa", "TX"]), unique=True),
    ),
    unique_by=lambda p: p.id,
)  # fmt: skip
NEEDS = st.builds(
    Need,
    age=st.sampled_from([None, "under_18", *AGES]), state=st.sampled_from([None, "OK", "TX"]),
    county=st.sampled_from([None, "tulsa", "lawton"]), gender=st.sampled_from([None, "women", "men"]), children=st.integers(0, 3),
    pets=st.sampled_from(["none", "small", "large"]), needs=st.sets(st.sampled_from(["medical", "detox", "mobility"])).map(tuple),
    language=st.sampled_from(["en", "es", "other"]),
)  # fmt: skip


@given(NEEDS, PROGRAMS, st.sets(st.sampled_from(["ash", "birch", "cedar", "oak", "pine"])))
def test_r45_a_no_always_has_a_kind_and_a_yes_always_has_somebody_on_duty(
    need: Need, takers: list[Program], on: set[str]
) -> None:
    shifts = [shift(f"chat-{name}", name) for name in sorted(on)]
    found = matches(need, takers, shifts, NOW)
    assert sorted(m.program.id for m in found) == sorted(t.id for t in takers)
    assert [m.possible for m in found] == sorted((m.possible for m in found), reverse=True)
    assert all(m.on_duty for m in found if m.possible)
    assert found == matches(need, takers[::-1], shifts, NOW), "the order is that of the programs, not of the table"
    said = kind_of_no(found)
    assert (said is None) == anybody(found)
    assert said is None or said in get_args(Rule)
    if said not in (None, "duty"):
        assert any(said in m.refused for m in found if m.on_duty)


@given(NEEDS, PROGRAMS)
def test_r44_nobody_under_18_or_of_an_age_not_said_fits_where_only_adults_are_taken(
    need: Need, takers: list[Program]
) -> None:
    for m in matches(need, takers, [shift(t.id, t.id) for t in takers], NOW):
        if need.age in (None, "under_18") and "under_18" not in m.program.takes.ages:
            assert not m.possible
