"""Who is shown, and in which order. R8: what a person leaves out excludes nothing."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.library import loading
from bot.library.directory import parsing
from bot.library.directory.entries import entries, language, settings
from bot.library.directory.places import areas_of, slug, spot, state_in, state_name
from bot.library.directory.search import Wish, fits, search
from bot.library.directory.shelf import EXAMPLE
from bot.settings import ROOT
from tests.directory.making import NOW, data, entry, service

LISTED = entries(parsing.read(EXAMPLE))
PLACES = {place for e in LISTED for place in e.areas}


def names(**wish: Any) -> list[str]:
    return [found.entry.name for found in search(LISTED, Wish(**wish), NOW)]


def test_r08_whoever_says_nothing_is_shown_everything() -> None:
    assert set(names(officer=True)) == {e.name for e in LISTED}
    assert set(names()) == {e.name for e in LISTED} - {"Example Tulsa Task Force"}, (
        "the police are for who asks for them"
    )


@given(
    needs=st.frozensets(st.sampled_from(sorted(settings()["needs"])), max_size=2),
    place=st.sampled_from([None, *sorted(PLACES)]),
    lang=st.sampled_from([None, "en", "es", "vi"]),
    age=st.one_of(st.none(), st.integers(0, 100)),
    gender=st.sampled_from([None, "women", "men"]),
    drop=st.sets(st.sampled_from(["needs", "place", "lang", "age", "gender"])),
)
def test_r08_leaving_something_out_never_takes_an_entry_away(drop: set[str], **said: Any) -> None:
    less = {key: value for key, value in said.items() if key not in drop}
    assert {e.id for e in LISTED if fits(e, Wish(**said))} <= {e.id for e in LISTED if fits(e, Wish(**less))}


def test_the_county_comes_before_the_state_before_the_country() -> None:
    assert names(place="OK:tulsa", lang="es", officer=True) == [
        "Example Red Oak Legal Aid",
        "Example Tulsa Task Force",  # not said which languages
        "Example Prairie Advocates",
        "Example Juniper House",
        "Example Papers Project",
    ]


def test_a_state_takes_in_its_counties_and_no_other_state() -> None:
    found = names(place="KS")
    assert found == ["Example Sunflower Pantry", "Example Papers Project"]


def test_by_need_and_place() -> None:
    assert names(needs=frozenset({"legal"}), place="OK:tulsa") == [
        "Example Red Oak Legal Aid",
        "Example Papers Project",
    ]
    assert names(needs=frozenset({"food"}), place="OK") == []


def test_who_speaks_the_language_comes_first_and_nobody_is_left_out() -> None:
    one = entry(id="s1", languages=[{"id": "x", "code": "en"}], phones=None, name="A")
    two = entry(id="s2", languages=[{"id": "x", "name": "Spanish"}], phones=None, name="B")
    three = entry(
        id="s3", interpretation_services="by phone", languages=[{"id": "x", "code": "en"}], phones=None, name="C"
    )
    four = entry(id="s4", phones=None, name="D")
    order = [f.entry.id for f in search([one, two, three, four], Wish(lang="es"), NOW)]
    assert order == ["s2", "s3", "s4", "s1"]


def test_open_first_then_not_known_then_closed_and_closed_ones_go_on_demand() -> None:
    def hours(day: str) -> list[dict[str, Any]]:
        return [{"id": "h", "byday": day, "opens_at": "09:00", "closes_at": "17:00", "timezone": "America/Chicago"}]

    closed = entry(id="s1", name="A", schedules=hours("MO"))
    unknown = entry(id="s2", name="B")
    open_ = entry(id="s3", name="C", schedules=hours("TH"))
    assert [f.entry.id for f in search([closed, unknown, open_], Wish(), NOW)] == ["s3", "s2", "s1"]
    assert [f.entry.id for f in search([closed, unknown, open_], Wish(open_now=True), NOW)] == ["s3", "s2"]


def test_checked_last_comes_first() -> None:
    old = entry(id="s1", name="A", assured_date="2026-01-01")
    new = entry(id="s2", name="B", assured_date="2026-11-01")
    assert [f.entry.id for f in search([old, new], Wish(), NOW)] == ["s2", "s1"]


@pytest.mark.parametrize(("age", "shown"), [(None, True), (17, False), (18, True), (24, True), (25, False)])
def test_by_age(age: int | None, shown: bool) -> None:
    assert fits(entry(minimum_age=18, maximum_age=24), Wish(age=age)) is shown


def test_by_gender() -> None:
    women = entry(
        attributes=[
            {"id": "g", "value": "Women", "taxonomy_term": {"id": "t", "name": "Legal aid", "description": "x"}}
        ]
    )
    assert women.genders == {"women"}
    assert fits(women, Wish(gender="women"))
    assert fits(women, Wish())
    assert not fits(women, Wish(gender="men"))
    assert fits(entry(), Wish(gender="men")), "who says nothing takes everybody"


def test_what_is_not_active_is_not_shown() -> None:
    for status in ("inactive", "defunct", "temporarily closed"):
        assert entries(data(service(status=status))) == []


# -- places ----------------------------------------------------------------------------------------------------------


def areas(*names_: str, **changes: Any) -> set[str]:
    rows = [{"id": f"a{n}", "name": name} for n, name in enumerate(names_)]
    made = data(service(service_areas=rows or None, **changes))
    return set(areas_of(made, made.rows["service"]["s1"]))


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("Tulsa County, OK", {"OK:tulsa"}),
        ("Tulsa, Oklahoma", {"OK:tulsa"}),
        ("Condado de Tulsa, Oklahoma", {"OK:tulsa"}),
        ("OK:Tulsa", {"OK:tulsa"}),
        ("Tulsa, Creek and Wagoner Counties, OK", {"OK:tulsa", "OK:creek", "OK:wagoner"}),
        ("Oklahoma", {"OK"}),
        ("State of Oklahoma", {"OK"}),
        ("Nueva York", {"NY"}),
        ("Statewide", {"OK"}),
        ("Cook County, IL", {"IL:chicago"}),
        ("Cook County, MN", {"MN:cook"}),
        ("Wagoner County", {"OK:wagoner"}),
        ("United States", {"US"}),
        ("Nationwide", {"US"}),
        ("todo el país", {"US"}),
    ],
)
def test_what_an_area_means(said: str, means: set[str]) -> None:
    assert areas(said) == means


def test_without_areas_the_city_of_the_address_counts_and_nothing_else() -> None:
    assert areas() == {"OK:tulsa"}
    assert areas(service_at_locations=None) == set()


def test_extents_are_read_where_they_say_a_kind() -> None:
    made = data(service(service_areas=[{"id": "a", "name": "Our area", "extent": "OK:Creek", "extent_type": "county"}]))
    assert set(areas_of(made, made.rows["service"]["s1"])) == {"OK:creek"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("who do I call in Tulsa county", "OK:tulsa"),
        ("a quien llamo en el condado de tulsa", "OK:tulsa"),
        ("partners in OK", "OK"),
        ("is it ok to call", None),
        ("NEED HELP IN OK", None),
        ("oklahma", "OK"),
        ("oklahoma city", "OK:oklahoma_city"),
        ("nuevo méxico", "NM"),
        ("west virginia", "WV"),
        ("texas or oklahoma", None),
        ("kansas city", None),
        ("kansas city kansas", "KS"),
        ("wichita ks", "KS"),
        ("sedgwick county", "KS:sedgwick"),
        ("sedgwik county", "KS:sedgwick"),
        ("cleveland county", None),
        ("texas county", None),
        ("who can come tonight", None),
        ("", None),
    ],
)
def test_the_place_that_a_text_names(text: str, place: str | None) -> None:
    assert spot(text, PLACES) == place


@pytest.mark.parametrize(
    ("text", "listed", "place"),
    [
        ("cleveland county", {"OK:cleveland"}, "OK:cleveland"),
        ("cleveland", {"OK:cleveland"}, None),
        ("cleveland ok", {"OK:cleveland"}, None),  # "ok" in small letters is a word
        ("Cleveland, OK", {"OK:cleveland"}, "OK:cleveland"),
        ("cleveland ohio", {"OK:cleveland"}, "OH"),
        ("oklahoma county", {"OK:oklahoma"}, "OK:oklahoma"),
        ("oklahoma", {"OK:oklahoma"}, "OK"),
        ("lake county", {"IL:lake", "OH:lake"}, None),
        ("lake county IL", {"IL:lake", "OH:lake"}, "IL:lake"),
    ],
)
def test_one_name_in_two_states_is_asked_and_never_guessed(text: str, listed: set[str], place: str | None) -> None:
    assert spot(text, listed) == place


@given(st.text(max_size=60))
def test_no_text_names_a_place_that_is_not_known(text: str) -> None:
    found = spot(text, PLACES)
    assert found is None or found in PLACES or state_in(found) == found


def test_names_of_places() -> None:
    assert state_name("NY", "es") == "Nueva York"
    assert state_name("DC", "en") == "District of Columbia"
    assert slug("St. Louis", "MO") == "st_louis"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("es", "es"),
        ("es-MX", "es"),
        ("spa", "es"),
        ("Spanish", "es"),
        ("español", "es"),
        ("", ""),
        ("zh", "zh"),
        ("ASL", "asl"),
    ],
)
def test_languages(said: str, code: str) -> None:
    assert language(said) == code


# -- the words of the directory ---------------------------------------------------------------------------------------


def test_every_need_has_a_name_and_every_row_and_need_is_one() -> None:
    library, known = loading.load(), settings()
    for lang in ("en", "es"):
        words = {key for key in library.commands[lang]["words"] if key.startswith("need_")}
        assert words == {f"need_{need}" for need in [*known["needs"], "any"]}
    for row, needs in known["rows"].items():
        assert (row, "en") in library.labels
        assert set(needs) <= set(known["needs"])
    assert set(known["officers_only"]) <= set(known["needs"])
    assert not set(known["rows"]) & set(known["needs"]), "a button names either"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_place_of_the_lexicon_is_a_state_or_lies_in_one(lang: str) -> None:
    lexicon = yaml.safe_load((ROOT / "nlu" / "lexicon" / lang / "place.yml").read_text("utf-8"))
    known = yaml.safe_load((ROOT / "content" / "places.yml").read_text("utf-8"))
    assert set(lexicon) == {*known["states"], *known["cities"]}
    codes = list(known["states"].values())
    assert len(set(codes)) == len(codes) == 56, "states, the District and five territories"
    assert all(set(states) <= set(codes) for states in known["cities"].values())


@pytest.mark.parametrize(
    ("term", "need"),
    [("Legal Aid", "legal"), ("Emergency Shelter", "housing"), ("Albergue", "housing"), ("Food Pantry", "food"), ("Mental Health", "counselling"),
     ("Law enforcement", "task_force"), ("Consejería", "counselling"), ("Substance use treatment", "detox"), ("Gardening", None)],
)  # fmt: skip
def test_what_a_term_is_taken_for(term: str, need: str | None) -> None:
    made = entry(
        name="Red Oak",
        service_at_locations=None,
        attributes=[{"id": "x", "taxonomy_term": {"id": "t", "name": term, "description": "x"}}],
    )
    assert made.needs == ({need} if need else set())
