"""Which language a message is taken for: text-speak and slips of the thumb are no foreign language, and a foreign one is not taken for ours."""

from __future__ import annotations

import pytest

from bot.library.language import heard


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("wats th proces btwn arest n shelter", "en"),
        ("shelter nmbrs plz", "en"),
        ("erase plz n thx", "en"),
        ("gotta gt sum1 2 cort", "en"),
        ("n33d s4fe pl4ce", "en"),
        ("neces1to un lug4r", "es"),
        ("kiero salr d aki", "es"),
        ("dnde ay comda", "es"),
        ("xfavor un numro", "es"),
    ],
)
def test_text_speak_is_our_language(text: str, lang: str) -> None:
    assert heard(text) == lang


@pytest.mark.parametrize(
    "text",
    [
        "je cherche un endroit pour dormir",
        "ich brauche einen Schlafplatz",
        "preciso de um lugar para dormir, estou com medo",
        "kailangan ko ng tulong",
        "мне нужна помощь",
    ],
)
def test_another_language_gets_the_interpreter_line(text: str) -> None:
    assert heard(text) == "other"
