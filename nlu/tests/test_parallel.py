"""Sentences in both languages for the encoder: what stands at the same place, and nothing that nobody can pair."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nlu.encoder.parallel import pairs


@pytest.fixture
def content(tmp_path: Path) -> Path:
    def write(lang: str, name: str, data: object) -> None:
        file = tmp_path / lang / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")

    write(
        "en",
        "topics/a.yml",
        {"text": "You are safe here. Nobody is told.", "id": "a.b", "more": ["one two", "three four"]},
    )
    write("es", "topics/a.yml", {"text": "Aquí está a salvo. No se le dice a nadie.", "id": "a.b", "more": ["uno dos"]})
    write("en", "b.yml", {"text": "First one. Second one.", "title": "Help"})
    write("es", "b.yml", {"text": "Una sola frase", "title": "Ayuda"})
    write("en", "only.yml", {"text": "In English alone"})
    return tmp_path


def test_sentences_at_the_same_place_are_pairs(content: Path) -> None:
    found = pairs(content)
    assert ("You are safe here.", "Aquí está a salvo.") in found
    assert ("Nobody is told.", "No se le dice a nadie.") in found


def test_texts_with_unlike_numbers_of_sentences_stay_whole(content: Path) -> None:
    assert ("First one. Second one.", "Una sola frase") in pairs(content)


def test_what_has_no_twin_or_is_one_word_or_the_same_is_left_out(content: Path) -> None:
    said = {text for pair in pairs(content) for text in pair}
    assert not said & {"In English alone", "Help", "a.b", "one two", "uno dos"}


def test_the_content_has_thousands(content: Path) -> None:
    found = pairs()
    assert len(found) > 5000
    assert found == sorted(set(found))
