"""What people write instead of tapping, in both languages; where it is not sure, it is asked again and nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake import graph as graphs
from bot.intake import reading
from bot.intake import walk as walking
from bot.intake.model import Graph
from tests.intake.planting import through

SAID = [
    ("consent", "ok", "yes"), ("consent", "claro que sí", "yes"), ("consent", "not now", "no"), ("consent", "no gracias", "no"),
    ("details", "sin dar datos", "no"), ("safe_here", "por ahora", "for_now"), ("safe_here", "not safe", "no"),
    ("safe_here", "I'm alone", "yes"), ("until", "una hora", "1h"), ("until", "10 min", "10m"),
    ("danger_now", "Yes", "yes"), ("danger_now", "sí", "yes"), ("danger_now", "ya no estoy en peligro", "no"),
    ("age", "18 to 24", "18_24"), ("age", "im 16", "under_18"), ("age", "tengo 31 años", "25_59"), ("age", "menor de edad", "under_18"),
    ("age", "61", "60_up"), ("adult", "mayor de edad", "yes"), ("adult", "17", "no"), ("adult", "i'm 40", "yes"),
    ("when", "right now", "tonight"), ("when", "hoy", "tonight"), ("when", "tomorrow", "days"), ("when", "mañana", "days"),
    ("gender", "mujeres", "women"), ("gender", "womn", "women"), ("gender", "no importa", "any"),
    ("children", "2 kids", "2"), ("children", "dos niños", "2"), ("children", "no kids", "0"), ("children", "sin hijos", "0"),
    ("children", "no", "0"), ("children", "5", "3"), ("children", "my baby", "1"),
    ("pets", "no pets", "none"), ("pets", "sin mascotas", "none"), ("pets", "a small dog", "small"), ("pets", "un gato", "small"),
    ("pets", "perro grande", "large"), ("language", "español", "es"), ("language", "creole", "other"), ("language", "Inglés", "en"),
    ("contact", "call me", "call"), ("contact", "por aquí", "chat"), ("contact", "sms", "text"),
    ("hours", "por la mañana", "morning"), ("hours", "after work", "evening"), ("hours", "cuando sea", "any"),
    ("told", "nada", "nothing"), ("told", "each step", "every"),
    ("officer.adults", "2 adults", "2"), ("officer.adults", "una mujer", "1"), ("officer.adults", "juvenile", "under_18"),
    ("officer.agreed", "she said yes", "yes"), ("officer.agreed", "dijo que no", "no"), ("officer.needs", "no", "none"),
    ("officer.reporting", "ok", "go"),
]  # fmt: skip


def _node(graph: Graph, field: str) -> str:
    return field if field in graph.nodes else next(n.id for n in graph.nodes.values() if n.field == field)


@pytest.mark.parametrize(("field", "text", "option"), SAID)
def test_words_are_understood_like_taps(graph: Graph, field: str, text: str, option: str) -> None:
    assert reading.options(graph, graph.nodes[_node(graph, field)], text) == [option]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("age", "I'm not 18"), ("age", "casi 18"), ("age", "not a minor"), ("age", "19 with a 2 year old"), ("age", "almost 18"),
        ("age", "18 in March"), ("adult", "not 18 yet"), ("adult", "not an adult"),
        ("children", "no sé"), ("children", "my daughters are 5 and 7"), ("children", "2 women"),
        ("pets", "two cats"), ("gender", "no men"), ("needs", "no drugs"), ("danger_now", "what do you mean"),
        ("officer.adults", "16 yo"), ("officer.adults", "woman and 2 kids"), ("officer.agreed", "not agreed"), ("consent", "no sé"),
        ("hours", "not at night"), ("contact", "don't call me"), ("contact", "no me llame"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_not_guessed(graph: Graph, field: str, text: str) -> None:
    assert reading.options(graph, graph.nodes[_node(graph, field)], text) == []


@pytest.mark.parametrize("text", ["not sure", "no estoy segura", "no sé", "maybe", "I don't know"])
def test_doubt_about_danger_counts_as_danger(graph: Graph, text: str) -> None:
    assert reading.options(graph, graph.nodes["danger_now"], text) == ["yes"]


def test_several_needs_in_one_message(graph: Graph) -> None:
    walk = through(graph, "self", until="needs").walk
    step = walking.say(graph, walk, "medicine and a wheelchair")
    assert step.walk.answers["needs"] == ["medical", "mobility"]
    assert walking.say(graph, step.walk, "listo").walk.node == "language"
    assert walking.say(graph, walk, "ninguna").walk.answers["needs"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("texas", "TX"), ("tx", "TX"), ("Tx.", "TX"), ("N.Y.", "NY"), ("OK", "OK"), ("oklahma", "OK"), ("calfornia", "CA"),
        ("estoy en Nuevo México", "NM"), ("I'm in West Virginia", "WV"), ("nueva york", "NY"), ("carolina del norte", "NC"),
        ("Washington DC", "DC"), ("washington", "WA"), ("Kansas", "KS"), ("arkansas", "AR"), ("Luisiana", "LA"), ("Puerto Rico", "PR"),
        ("pensilvania", "PA"), ("virgina", "VA"),
    ],
)  # fmt: skip
def test_states_by_name_and_short_form_in_both_languages_with_slips(graph: Graph, text: str, code: str) -> None:
    assert reading.state(graph, graph.nodes["state"], text) == code


@pytest.mark.parametrize(
    "text", ["ok", "hi", "me", "in", "or", "la", "tulsa", "Texas or Oklahoma", "here", "no", "carolina", "🙂", ""]
)
def test_what_is_no_state_is_none(graph: Graph, text: str) -> None:
    assert reading.state(graph, graph.nodes["state"], text) is None


@pytest.mark.parametrize("code", sorted(graphs.shared().sayings["state"]))
def test_every_state_is_known_by_its_letters_and_its_names(graph: Graph, code: str) -> None:
    assert reading.state(graph, graph.nodes["state"], code) == code
    assert graph.sayings["state"][code]
    for name in graph.sayings["state"][code]:
        assert reading.state(graph, graph.nodes["state"], name) == code


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("405 555 0142", "+14055550142"), ("my number is (918) 555-0123", "+19185550123"), ("+1 787 555 0199", "+17875550199"),
        ("911", None), ("988", None), ("555-0142", None), ("+52 55 1234 5678", None), ("918 555 0123 or 405 555 0142", None), ("no", None),
    ],
)  # fmt: skip
def test_one_number_of_the_united_states(text: str, number: str | None) -> None:
    assert reading.number(text) == number


@pytest.mark.parametrize("text", ["skip", "Saltar", "prefiero no decir", "I'd rather not say", "no sé", "pass"])
def test_skipping_in_words(graph: Graph, text: str) -> None:
    walk = through(graph, "self", until="gender").walk
    step = walking.say(graph, walk, text)
    assert step.walk.node == "children"
    assert "gender" not in step.walk.answers


@pytest.mark.parametrize(("text", "node"), [("back", "when"), ("atrás", "when")])
def test_going_back_in_words(graph: Graph, text: str, node: str) -> None:
    assert walking.say(graph, through(graph, "self", until="gender").walk, text).walk.node == node


@pytest.mark.parametrize("text", ["send it", "Enviar"])
def test_sending_in_words_and_never_by_a_plain_yes(graph: Graph, text: str) -> None:
    walk = through(graph, "self").walk
    assert walking.say(graph, walk, text).end == "end.send"
    assert walking.say(graph, walk, "yes").end is None


@pytest.mark.parametrize(
    ("node", "text", "fits"),
    [
        ("pets", "two dogs?", False), ("pets", "a cat", True), ("age", "what is a t visa", False), ("age", "22", True),
        ("area", "Tulsa County", True), ("area", "can they deport me if I report this", True), ("area", "what is a t visa?", False),
        ("area", "my boss took my passport and I do not know what to do now", False),
        ("state", "texas", True), ("state", "my boss took my passport", False), ("word", "blue heron", True),
        ("word", "do you tell anybody?", False), ("gender", "skip", True), ("until", "¿qué es esto?", False),
    ],
)  # fmt: skip
def test_only_what_could_be_an_answer_fits(graph: Graph, node: str, text: str, fits: bool) -> None:
    assert walking.fits(graph, through(graph, "self", {"safe_here": "for_now"}, until=node).walk, text, "en") is fits


def test_a_number_fits_where_a_number_is_asked(graph: Graph) -> None:
    walk = through(graph, "self", {"contact": "call"}, until="number").walk
    assert walking.fits(graph, walk, "it's 405-555-0142", "en")
    assert not walking.fits(graph, walk, "who will see it", "en")
    assert walking.say(graph, walk, "who will see it").problem == "intake.problem.phone"


@given(st.integers(1, 119))
def test_r25_an_age_in_figures_falls_into_its_range(age: int) -> None:
    graph = graphs.shared()
    band = "under_18" if age < 18 else "18_24" if age < 25 else "25_59" if age < 60 else "60_up"
    for text in (str(age), f"I'm {age}", f"tengo {age} años"):
        assert reading.options(graph, graph.nodes["age"], text) == [band]


def test_a_story_is_no_answer(graph: Graph) -> None:
    story = "He keeps my passport and I work all day. " * 20 + "I have two kids"
    assert reading.options(graph, graph.nodes["children"], story) == []
