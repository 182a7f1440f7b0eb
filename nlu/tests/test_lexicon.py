"""Entities from word lists and patterns."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
import yaml
from rasa.shared.nlu.training_data.message import Message

from nlu.components.lexicon import LEXICON, Lexicon, LexiconExtractor
from nlu.text import for_rasa


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon()


@pytest.fixture
def small(tmp_path: Path) -> Lexicon:
    (tmp_path / "en").mkdir()
    (tmp_path / "es").mkdir()
    (tmp_path / "en" / "setting.yml").write_text("stop: [stop]\ntruck_stop: [truck stop, rest area]\n", "utf-8")
    (tmp_path / "es" / "setting.yml").write_text("school: [la prepa, niñería]\n", "utf-8")
    return Lexicon(tmp_path)


def found(lexicon: Lexicon, text: str) -> list[tuple[str, str]]:
    return [(e["entity"], e["value"]) for e in lexicon.find(text)]


def test_the_longest_words_win(small: Lexicon) -> None:
    assert found(small, "signs at a truck stop") == [("setting", "truck_stop")]
    assert found(small, "stop at the rest area") == [("setting", "stop"), ("setting", "truck_stop")]


def test_both_languages_accents_case_and_plurals(small: Lexicon) -> None:
    assert found(small, "LA PREPA y los Truck Stops") == [("setting", "school"), ("setting", "truck_stop")]
    assert (
        found(small, "nineria")
        == found(small, "NIÑERÍA")
        == found(small, "nin\u0303eri\u0301a")
        == [("setting", "school")]
    )


def test_half_a_phrase_is_no_hit(small: Lexicon) -> None:
    assert found(small, "a truck, then it did not stopp") == []


def test_offsets_cut_out_the_words(small: Lexicon) -> None:
    text = "¿Señales en la PREPA o un truck stop?"
    cut = [text[e["start"] : e["end"]] for e in small.find(text)]
    assert cut == ["la PREPA", "truck stop"]
    assert all(e["extractor"] == "LexiconExtractor" for e in small.find(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18 usc 1591", "18_usc_1591"),
        ("18 U.S.C. § 1591", "18_usc_1591"),
        ("18 USC sec 2421a", "18_usc_2421a"),
        ("22 usc 7105", "22_usc_7105"),
        ("what is 1595 for", "18_usc_1595"),
        ("el 7102", "22_usc_7102"),
        ("1324 cases", "8_usc_1324"),
        ("34 u.s.c. 41307", "34_usc_41307"),
    ],
)
def test_statutes(lexicon: Lexicon, text: str, value: str) -> None:
    assert [v for e, v in found(lexicon, text) if e == "statute"] == [value]


@pytest.mark.parametrize("text", ["call 5551591222", "room 159", "at 15915", "unit 1591b2"])
def test_other_numbers_are_no_statutes(lexicon: Lexicon, text: str) -> None:
    assert not [v for e, v in found(lexicon, text) if e == "statute"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("she is 15 years old", "minor"),
        ("16yo runaway", "minor"),
        ("tiene 17 años", "minor"),
        ("a 19 y/o", "young_adult"),
        ("de 30 años", "adult"),
        ("victim 72 years", "older_adult"),
    ],
)
def test_ages_in_digits(lexicon: Lexicon, text: str, value: str) -> None:
    assert ("age_group", value) in found(lexicon, text)


@pytest.mark.parametrize("text", ["worked here 2 years", "after 12 hours", "3 of 4", "20 questions"])
def test_other_digits_are_no_age(lexicon: Lexicon, text: str) -> None:
    assert not [v for e, v in found(lexicon, text) if e == "age_group"]


def test_no_text_breaks_it(lexicon: Lexicon) -> None:
    chance = random.Random(7)  # noqa: S311
    alphabets = [
        range(32, 127),
        range(0xA0, 0x250),
        range(0x300, 0x370),
        range(0x1F300, 0x1F700),
        range(1, sys.maxunicode),
    ]
    for _ in range(1500):
        alphabet = chance.choice(alphabets)
        raw = "".join(chr(chance.choice(alphabet)) for _ in range(chance.randrange(40)))
        for text in (raw, raw + " 18 usc 1591 motel 16yo", for_rasa(raw)):
            for hit in lexicon.find(text):
                assert 0 <= hit["start"] <= hit["end"] <= max(len(text), hit["end"] if len(text) != len(raw) else 0)


def test_a_long_message_takes_no_time(lexicon: Lexicon) -> None:
    import time

    started = time.perf_counter()
    lexicon.find("motel 16 years old 18 usc 1591 " * 320)
    lexicon.find("a" * 10_000)
    lexicon.find("1" * 10_000)
    lexicon.find("18 usc " * 1_400)
    assert time.perf_counter() - started < 1.0


def test_the_component_adds_to_what_is_there() -> None:
    message = Message({"text": "red flags at a motel", "entities": [{"entity": "given", "value": "x"}]})
    LexiconExtractor.create({}, None, None, None).process([message, Message({})])  # type: ignore[arg-type]
    assert message.get("entities")[0]["entity"] == "given"
    assert "setting" in [e["entity"] for e in message.get("entities")]


def test_the_lists_are_texts_and_no_form_has_two_values_in_one_entity() -> None:
    for path in sorted(LEXICON.glob("*/*.yml")):
        seen: dict[str, str] = {}
        for value, forms in yaml.safe_load(path.read_text("utf-8")).items():
            assert isinstance(value, str), f"{path}: {value!r} needs quotes"
            for form in forms:
                assert isinstance(form, str | int), f"{path}: {form!r}"
                assert seen.setdefault(str(form).casefold(), value) == value, f"{path}: {form}"


def test_both_languages_name_the_same_values() -> None:
    for path in sorted((LEXICON / "en").glob("*.yml")):
        english, spanish = (
            set(yaml.safe_load((LEXICON / lang / path.name).read_text("utf-8"))) for lang in ("en", "es")
        )
        assert spanish - english == set(), path.name
