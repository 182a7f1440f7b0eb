"""Phrase files and the importer that hands them to Rasa."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.components import importer as importing
from nlu.components.phrases import LANGS, ROLES, PhraseFileError, read_file, read_folder, seen_role
from nlu.text import clean

GOOD = """
intent: thanks
lang: es
author: test
blocks:
- role: survivor
  voice: quiet
  say: |
    gracias

    mil gracias
- role: officer
  voice: brief
  lang: mixed
  say: |
    thanks, gracias
    GRACIAS
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "thanks.yml").write_text(GOOD, "utf-8")
    return tmp_path


def test_blocks_carry_role_voice_and_their_own_language(folder: Path) -> None:
    phrases = list(read_file(folder / "es" / "thanks.yml"))
    assert [p.text for p in phrases] == ["gracias", "mil gracias", "thanks, gracias", "GRACIAS"]
    assert [p.lang for p in phrases] == ["es", "es", "mixed", "mixed"]
    assert [p.role_seen for p in phrases] == ["guest", "guest", "officer", "officer"]
    assert {(p.intent, p.author) for p in phrases} == {("thanks", "test")}
    assert phrases[2].voice == "brief"


def test_the_same_words_under_one_row_count_once(folder: Path) -> None:
    assert [p.text for p in read_folder(folder)] == ["gracias", "mil gracias", "thanks, gracias"]
    (folder / "es" / "goodbye.yml").write_text(GOOD.replace("thanks\n", "goodbye\n", 1), "utf-8")
    assert len(read_folder(folder)) == 6, "under another row the same words stay"


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "- a list",
        "intent: thanks",
        GOOD.replace("voice: quiet", "voices: quiet"),
        GOOD.replace("lang: mixed", "lang: fr"),
        GOOD.replace("role: officer", "role: police"),
        GOOD.replace("say: |\n    gracias", "say: [gracias]\n    gracias"),
        "intent: [",
        "blocks: 3\nintent: a\nlang: en\nauthor: b",
    ],
)
def test_another_shape_names_the_file(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "broken.yml"
    path.write_text(wrong, "utf-8")
    with pytest.raises(PhraseFileError, match=r"broken\.yml"):
        list(read_file(path))


def test_every_real_file_loads_and_is_named_after_its_row() -> None:
    files = sorted(importing.DATA.rglob("*.yml"))
    assert files
    for path in files:
        phrases = list(read_file(path))
        assert phrases, path
        for phrase in phrases:
            assert path.stem == phrase.intent or path.stem.startswith(f"{phrase.intent}_"), path
            assert phrase.lang in LANGS
            assert phrase.role in ROLES
            assert phrase.author, path
            assert phrase.voice, path
            assert clean(phrase.text), path


def test_officers_and_coordinators_are_known_and_nobody_else() -> None:
    assert [seen_role(role) for role in ROLES] == [
        "guest",
        "guest",
        "officer",
        "coordinator",
        "guest",
        "guest",
        "guest",
    ]


def test_rasa_gets_clean_words_with_who_wrote_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "es" / "thanks.yml").write_text(GOOD.replace("mil gracias", "mil\u200b  gracias"), "utf-8")
    monkeypatch.setattr(importing, "DATA", folder)
    messages = importing.PhraseImporter().get_nlu_data().training_examples
    by_text = {m.get("text"): m for m in messages}
    assert set(by_text) == {"gracias", "mil gracias", "thanks, gracias"}
    assert by_text["gracias"].get("intent") == "thanks"
    assert importing.context_of(by_text["gracias"]) == ("guest", "es")
    assert importing.context_of(by_text["thanks, gracias"]) == ("officer", "mixed")
    example = by_text["gracias"].get("metadata")["example"]
    assert (example["writer"], example["author"], example["voice"]) == ("survivor", "test", "quiet")


def test_the_importer_adds_nothing_but_phrases() -> None:
    source = importing.PhraseImporter()
    assert source.get_domain().is_empty()
    assert source.get_stories().story_steps == []
    assert source.get_conversation_tests().story_steps == []
    assert source.get_config() == {}
    assert source.get_config_file_for_auto_config() is None
