"""The phrases that are most like a message."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlu import nearest as module
from nlu.components.phrases import Phrase
from nlu.nearest import by_letters, nearest, runs

PHRASES = [
    Phrase(text, row, "en", "survivor", "fir", "quiet")
    for text, row in [
        ("he took my passport", "immigration_help"),
        ("he keeps my passport and papers", "immigration_help"),
        ("thank you so much", "thanks"),
        ("thanks", "thanks"),
        ("what is a t visa", "immigration_help"),
        ("i need food tonight", "basic_needs"),
        ("where is food", "basic_needs"),
    ]
]


class Vectors:
    """Two numbers a text: about food or not."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.read += texts
        return np.array([[1.0, 0.0] if "food" in t or "eat" in t else [0.0, 1.0] for t in texts], dtype=np.float32)


def test_the_same_words_are_most_alike_and_the_order_falls() -> None:
    found = by_letters("He took my PASSPORT!", PHRASES, 5)
    likeness = [value for value, _ in found]
    assert found[0][1].text == "he took my passport"
    assert likeness[0] == pytest.approx(1.0)
    assert likeness == sorted(likeness, reverse=True)


def test_what_shares_no_letters_is_not_alike() -> None:
    assert by_letters("zzzz", PHRASES, 5) == []
    assert runs("") == frozenset()


@pytest.mark.parametrize("text", ["", " ", "\u200b", "🙂", "привет"])
@pytest.mark.parametrize("encoder", [None, Vectors()])
def test_nothing_to_read_gives_no_phrase(text: str, encoder: Vectors | None) -> None:
    assert nearest(text, PHRASES, encoder)["phrases"] == []


def test_the_encoder_puts_in_order_what_the_letters_chose() -> None:
    text = "he keeps my passport and papers and my food"
    assert nearest(text, PHRASES, None)["phrases"][0]["row"] == "immigration_help"
    found = nearest(text, PHRASES, Vectors())
    assert found["by"] == "encoder"
    assert [phrase["row"] for phrase in found["phrases"][:2]] == ["basic_needs", "basic_needs"]
    assert found["phrases"][0]["likeness"] == 1.0


def test_at_most_five_with_all_that_is_known_of_each() -> None:
    found = nearest("he took my passport and i need food, thank you. what is a t visa", PHRASES, None)
    assert found["by"] == "letters"
    assert len(found["phrases"]) == 5
    assert set(found["phrases"][0]) == {"text", "row", "lang", "hand", "role", "voice", "likeness"}


def test_the_encoder_reads_no_more_than_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 2)
    vectors = Vectors()
    nearest("he took my passport", PHRASES, vectors)
    assert len(vectors.read) == 3


@pytest.mark.parametrize("file", [None, "none.onnx", "broken.onnx"])
def test_without_an_encoder_that_works_the_letters_do(
    file: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no graph")
    monkeypatch.delenv("WAYMARK_ENCODER_FILE", raising=False)
    if file is not None:
        monkeypatch.setenv("WAYMARK_ENCODER_FILE", str(tmp_path / file))
    monkeypatch.setattr(module, "read_folder", lambda _: PHRASES)
    stdin: Any = io.TextIOWrapper(io.BytesIO("thanks \xff".encode("latin-1")))
    monkeypatch.setattr(sys, "stdin", stdin)
    module.main()
    found = json.loads(capsys.readouterr().out)
    assert found["by"] == "letters"
    assert found["phrases"][0]["text"] == "thanks"
