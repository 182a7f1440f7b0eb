"""What an advocate's text is held for, and that ordinary sentences go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall.programs import load
from bot.placement import guard
from bot.settings import ROOT

PROGRAMS = load((ROOT / "content" / "examples" / "programs.yml").read_text("utf-8"), fictional=True)
HARMLESS = [
    "Is now a good time?",
    "Hi. I am here. No hurry.",
    "I can talk tonight until 10, or tomorrow at 9:30.",
    "You are safe to say no. I hope you are well.",
    "If you are in danger call 911. You can also text 988.",
    "There are 2 things to look at. It takes 15 minutes.",
    "Do you want me to call you, or is writing better?",
    "I am on call until 8 in the morning.",
    "Let me explain. It explains itself.",
    "¿Es un buen momento? Puedo esperar.",
    "No tiene que contestar ahora. Estoy aquí hasta las 10.",
    "Si hay peligro, llame al 911.",
    "That was in 2024. I remember.",
    "How many children come with you, 1 or 2?",
    "Are you still in Tulsa, or near the door?",
]
ADDRESSES = [
    "Come to 1450 Maple Street", "it is 12 N Oak Ave, unit 4", "go to 1450 Maple", "corner of 5th and Main", "Calle Luna 24",
    "venga a la avenida Juárez", "Tulsa, OK 74103", "36.1540, -95.9928", "apt 12", "5th and Elm", "221 b baker street",
]  # fmt: skip
NUMBERS = [
    "918 555 0123", "(918) 555-0123", "9185550123", "+1 918.555.0123", "nine one eight five five five zero one two three",
    "nueve uno ocho cinco cinco cinco cero uno", "call 555-0123 now",
]  # fmt: skip
LINKS = ["www.example.org", "https://example.org/x", "write to help@example.org", "example.org", "t.me/something", "example dot org",
         "find me @waymark_help", "ayuda arroba example punto org"]  # fmt: skip
OWN = {
    "example-juniper": "juniper",
    "example-lantern": "lantern",
    "example-sunflower": "sunflower",
    "example-prairie-unit": "prairie",
}


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_sentences_go(text: str) -> None:
    assert guard.found(text, PROGRAMS) == ()


@pytest.mark.parametrize(("text", "kind"), [
    *((text, "address") for text in ADDRESSES), *((text, "number") for text in NUMBERS), *((text, "link") for text in LINKS),
])  # fmt: skip
def test_addresses_numbers_and_links_are_held(text: str, kind: str) -> None:
    assert kind in guard.found(text, PROGRAMS)
    assert kind in guard.found(f"ok so, {text} please", PROGRAMS)
    assert kind in guard.found(f"{text}\nthank you", PROGRAMS)


LEET = str.maketrans({"e": "3", "o": "0", "i": "1"})
HIDES = {
    "as it is": lambda s: s,
    "loud": str.upper,
    "leet": lambda s: s.translate(LEET),
    "dotted": lambda s: s.replace("e", "é"),
    "joined": lambda s: s.replace(" ", ""),
    "hyphens": lambda s: s.replace(" ", "-"),
    "spaced": lambda s: " ".join(s),
    "one letter less": lambda s: s[:9] + s[10:],
    "one letter more": lambda s: s[:9] + s[8] + s[9:],
    "invisible": lambda s: "\u200b".join(s),
}


@given(
    st.sampled_from(PROGRAMS), st.sampled_from(sorted(HIDES)),
    st.sampled_from(["", "we are at ", "ask for ", "the people of "]), st.sampled_from(["", " now", ", they are good", " tonight?"]),
)  # fmt: skip
def test_a_programs_name_is_found_however_it_is_written(program: object, way: str, before: str, after: str) -> None:
    name: str = program.name  # type: ignore[attr-defined]
    assert "program" in guard.found(before + HIDES[way](name) + after, PROGRAMS), HIDES[way](name)


@given(
    st.sampled_from(sorted(OWN.values())), st.sampled_from(["the {} people", "ask at {}", "{}?", "in {} house tonight"])
)
def test_the_word_that_only_a_program_has_is_enough(word: str, text: str) -> None:
    assert guard.found(text.format(word), PROGRAMS) == ("program",)


@given(
    st.integers(1, 99_999),
    st.sampled_from(["Oak", "Maple", "Lincoln", "Third"]),
    st.sampled_from(["St", "Ave", "Road", "blvd", "Drive", "Lane"]),
)
def test_any_house_number_with_a_street_is_held(number: int, name: str, kind: str) -> None:
    assert "address" in guard.found(f"meet me at {number} {name} {kind} ok", [])


@given(
    st.from_regex(r"[2-9][0-9]{2}[-. ]?[2-9][0-9]{2}[-. ]?[0-9]{4}", fullmatch=True),
    st.sampled_from(["", "call ", "1 "]),
)
def test_any_telephone_number_is_held(number: str, before: str) -> None:
    assert "number" in guard.found(f"{before}{number}.", [])


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert set(guard.found(text, PROGRAMS)) <= {"address", "number", "link", "program"}
