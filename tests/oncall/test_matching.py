"""Matching says why: every rule that says no, an order that can be told, one kind for the person (R14, R44, R45)."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall import matching
from bot.oncall.model import Match, Need, Program, Shift
from tests.oncall.making import NOW, need, needs, program, programs, rotas, shift

MIDNIGHT, NOON = 1_799_992_800.0, 1_800_036_000.0
"""In Oklahoma, of one Friday (2027-01-15)."""


def one(wanted: Need, entry: Program, *shifts: Shift, at: float = NOW) -> Match:
    return matching.matches(wanted, [entry], shifts or [shift(1, "x", since=at - 9, until=at + 9)], at)[0]


@pytest.mark.parametrize(
    ("asks", "takes", "rule"),
    [
        ({"age": "60_up"}, {"ages": ["18_24", "25_59"]}, "age"),
        ({"gender": "men"}, {"genders": ["women"]}, "gender"),
        ({"children": 2}, {"children": 1}, "children"),
        ({"pets": "large"}, {"pets": "small"}, "pets"),
        ({"pets": "small"}, {"pets": "none"}, "pets"),
        ({"needs": ("medical",)}, {"medical": False}, "medical"),
        ({"needs": ("detox", "medical")}, {"detox": False}, "detox"),
        ({"needs": ("mobility",)}, {"mobility": False}, "mobility"),
        ({"language": "es"}, {"languages": ["en"]}, "language"),
        ({"language": "other"}, {"languages": ["en", "es"]}, "language"),
        ({"state": "TX"}, {}, "region"),
        ({"county": "Garfield"}, {"regions": ["OK:Tulsa"]}, "region"),
        ({}, {"ages": []}, "age"),
        ({}, {"genders": []}, "gender"),
        ({}, {"languages": []}, "language"),
    ],
)
def test_each_rule_says_no_alone(asks: dict[str, Any], takes: dict[str, Any], rule: str) -> None:
    assert one(need(**asks), program(**takes)).refused == (rule,)
    assert one(need(**asks), program()).possible or rule == "region"


def test_a_program_is_refused_with_every_rule_that_says_no() -> None:
    strict = program(
        ages=["60_up"], genders=["men"], children=0, pets="none", detox=False, languages=["es"], regions=["TX"]
    )
    asks = need(gender="women", children=1, pets="small", needs=("detox",))
    refused = matching.matches(asks, [strict], [], NOW)[0].refused
    assert set(refused) == {"region", "age", "gender", "children", "pets", "detox", "language", "duty"}


def test_what_was_not_said_excludes_nobody() -> None:
    narrow = program(genders=["women"], children=0, pets="none", medical=False, regions=["OK:Tulsa"], languages=["en"])
    assert one(Need(age="25_59"), narrow).possible
    assert one(need(county=None), narrow).possible, "a place that was left out is no place elsewhere"


@pytest.mark.parametrize("age", ["under_18", None])
def test_r44_an_unknown_age_is_under_18_and_meets_only_advocates_marked_for_minors(age: Any) -> None:
    assert one(need(age=age), program(ages=["18_24", "25_59", "60_up"])).refused == ("age", "duty")
    assert one(need(age=age), program()).refused == ("duty",), "on shift, but not marked for minors"
    marked = shift(2, "y", minors=True)
    found = one(need(age=age), program(), shift(1, "x"), marked)
    assert (found.possible, found.on_duty) == (True, ("y",))
    assert one(need(), program(), shift(1, "x"), marked).on_duty == ("x", "y")


@given(st.lists(programs, max_size=6, unique_by=lambda p: p.id), needs, rotas())
def test_r44_no_minor_is_matched_with_an_advocate_who_is_not_marked(
    entries: list[Program], wanted: Need, shifts: list[Shift]
) -> None:
    marked = {s.chat for s in shifts if s.minors}
    for match in matching.matches(replace(wanted, age=None), entries, shifts, NOW):
        assert set(match.on_duty) <= marked
        assert not match.possible or "under_18" in match.program.takes.ages


@pytest.mark.parametrize(
    "said",
    [
        "Tulsa",
        "tulsa county",
        "TULSA, OK",
        "Condado de Tulsa",
        "near Tulsa",
        "cerca de tulsa",
        "Túlsa",
        "City of Tulsa",
    ],
)
def test_a_county_or_city_is_found_however_it_is_written(said: str) -> None:
    assert one(need(county=said), program(regions=["OK:Tulsa"])).possible
    assert one(need(county=said), program(regions=["OK: Tulsa County"])).possible
    assert not one(need(county=said), program(regions=["OK:Broken Arrow"])).possible
    assert one(need(county=said), program(regions=["OK"])).possible, (
        "an unknown county never excludes a program of the state"
    )


def test_a_part_of_a_word_is_no_place() -> None:
    assert not one(need(county="Tulsaville"), program(regions=["OK:Tulsa"])).possible
    assert one(need(county="Oklahoma City"), program(regions=["OK:Oklahoma"])).possible


def test_on_duty_is_who_is_on_shift_now_in_the_order_of_the_rota() -> None:
    shifts = [
        shift(1, "second"),
        shift(2, "first", since=NOW - 7200),
        shift(3, "out", out_at=NOW - 1),
        shift(4, "untapped", confirmed_at=None),
        shift(5, "over", until=NOW),
        shift(6, "later", since=NOW + 1),
        shift(7, "elsewhere", of="b"),
        shift(8, "second"),
    ]
    assert one(need(), program(), *shifts).on_duty == ("second", "first")
    assert one(need(), program(), shifts[4]).refused == ("duty",)


@pytest.mark.parametrize(
    ("hours", "midnight", "noon"),
    [
        ([], True, True),
        (["daily 20:00-08:00"], True, False),
        (["daily 08:00-20:00"], False, True),
        (["fri 00:00-24:00"], True, True),
        (["daily 00:00-12:00"], True, False),
        (["daily 12:00-24:00"], False, True),
        (["daily 13:00-12:00"], True, False),
        (["thu 18:00-02:00"], True, False),
        (["sat-sun 00:00-24:00"], False, False),
        (["mon-wed 00:00-24:00", "thu-mon 11:00-12:30"], False, True),
    ],
)
def test_a_program_takes_nobody_new_outside_its_hours(hours: list[str], midnight: bool, noon: bool) -> None:
    for at, opened in ((MIDNIGHT, midnight), (NOON, noon)):
        assert one(need(), program(hours=hours), at=at).refused == (() if opened else ("hours",))


def test_order_is_possible_then_nearer_then_less_shared_then_id() -> None:
    entries = [
        program("z", regions=["OK:Tulsa"], pets="none"),
        program("y"),
        program("x", regions=["OK:Tulsa"]),
        program("b"),
        program("a"),
    ]
    shifts = [shift(n, e.id, e.id) for n, e in enumerate(entries)] + [shift(9, "a", "y")]
    found = matching.matches(need(county="tulsa", pets="small"), entries, shifts, NOW)
    assert [m.program.id for m in found] == ["x", "b", "a", "y", "z"], "a's only advocate is on shift for y as well"


@given(st.lists(programs, max_size=6, unique_by=lambda p: p.id), needs, rotas(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_programs(
    entries: list[Program], wanted: Need, shifts: list[Shift], dice: random.Random
) -> None:
    found = matching.matches(wanted, entries, shifts, NOW)
    shuffled = dice.sample(entries, len(entries))
    assert matching.matches(wanted, shuffled, shifts, NOW) == found
    assert sorted(found, key=lambda m: not m.possible) == found
    assert {m.program.id for m in found} == {p.id for p in entries}
    assert matching.anybody(found) == any(not m.refused for m in found)


@given(st.lists(programs, max_size=6, unique_by=lambda p: p.id), needs, rotas())
def test_asking_for_less_never_closes_a_program(entries: list[Program], wanted: Need, shifts: list[Shift]) -> None:
    less = replace(wanted, children=0, pets="none", needs=(), gender=None, state=None)
    refused = {m.program.id: set(m.refused) for m in matching.matches(wanted, entries, shifts, NOW)}
    for match in matching.matches(less, entries, shifts, NOW):
        assert set(match.refused) <= refused[match.program.id] | {"gender"}
        assert ("gender" in match.refused) == (not match.program.takes.genders)


def no(*refusals: tuple[str, ...]) -> list[Match]:
    return [Match(program(f"p{n}"), refused) for n, refused in enumerate(refusals)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("refusals", "kind"),
    [
        ([()], None),
        ([("pets",), ()], None),
        ([], "duty"),
        ([("pets",), ("pets",), ("duty",)], "pets"),
        ([("duty",), ("pets",)], "pets"),
        ([("pets", "duty"), ("duty",)], "duty"),
        ([("pets", "children"), ("children", "detox"), ("age", "detox", "pets")], "children"),
        ([("region",), ("region",), ("region",), ("age", "pets", "detox"), ("age", "medical", "detox")], "detox"),
        ([("region",), ("region", "pets")], "region"),
    ],
)
def test_the_one_kind_that_would_open_most_programs(refusals: list[tuple[str, ...]], kind: str | None) -> None:
    assert matching.kind_of_no(no(*refusals)) == kind


@given(st.lists(programs, max_size=6, unique_by=lambda p: p.id), needs, rotas())
def test_r14_the_kind_is_a_rule_that_said_no_and_never_a_name(
    entries: list[Program], wanted: Need, shifts: list[Shift]
) -> None:
    found = matching.matches(wanted, entries, shifts, NOW)
    kind = matching.kind_of_no(found)
    assert (kind is None) == matching.anybody(found)
    if kind is not None and found:
        assert kind in {rule for match in found for rule in match.refused}
        assert kind in matching.HELPS


def test_every_rule_has_its_place_among_those_that_can_be_told() -> None:
    from typing import get_args

    from bot.oncall.model import Rule

    assert sorted(matching.HELPS) == sorted(get_args(Rule))
