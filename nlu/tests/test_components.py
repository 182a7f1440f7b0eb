"""The parts of the Rasa side that need no trained model."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

from nlu.components import encoder as enc
from nlu.components import graph as graph_of
from nlu.components.lexicon import Lexicon
from nlu.components.phrases import PhraseFileError, read_file, read_folder
from nlu.components.rows import best_temperature

ROOT = Path(__file__).resolve().parents[2]
DANGER = ("emergency_now", "self_harm", "minor_at_risk")


@pytest.fixture(scope="module")
def numpy_encoder() -> enc.SentenceEncoder:
    return enc.SentenceEncoder(None)


def test_the_whole_graph_and_numpy_agree(numpy_encoder: enc.SentenceEncoder, tmp_path: Path) -> None:
    graph = enc.SentenceEncoder(graph_of.build_onnx(tmp_path / "encoder.onnx", eight=False))
    texts = ["where can i sleep tonight", "", "he has my passport and my phone and he says i owe him"]
    assert np.abs(graph.encode(texts) - numpy_encoder.encode(texts)).max() < 1e-4


def test_eight_bits_mean_nearly_the_same(numpy_encoder: enc.SentenceEncoder, tmp_path: Path) -> None:
    small = enc.SentenceEncoder(graph_of.build_onnx(tmp_path / "encoder.onnx"))
    texts = [
        "where can i sleep tonight",
        "he has my passport and my phone",
        "is this a red flag",
        "no tengo papeles",
        "911",
    ]
    assert (small.encode(texts) * numpy_encoder.encode(texts)).sum(1).min() > 0.95
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder.onnx"], "nothing is left of the making"


def test_blank_text_is_a_zero_vector(numpy_encoder: enc.SentenceEncoder) -> None:
    assert not numpy_encoder.encode(["  "]).any()


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(enc.EncoderFilesError, match="make setup"):
        enc._pinned(tmp_path, "tokenizer.json")


def test_every_row_has_its_phrases() -> None:
    """Counts of the first whole version: 60 English and 40 Spanish a row, 100 and 60 for danger, 300 out of scope."""
    counts = Counter((p.intent, "en" if p.lang == "en" else "es") for p in read_folder(ROOT / "nlu" / "data"))
    rows = {intent for intent, _ in counts} - {"follow_up"}
    assert len(rows) == 45
    for row in rows:
        english, spanish = (100, 60) if row in DANGER else (60, 40)
        assert counts[(row, "en")] >= english, row
        assert counts[(row, "es")] >= spanish, row
    assert counts[("out_of_scope", "en")] + counts[("out_of_scope", "es")] >= 300


def test_a_phrase_file_of_another_shape_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("intent: a\nlang: en\nauthor: b\nblocks:\n- role: nobody\n  voice: x\n  say: hi\n")
    with pytest.raises(PhraseFileError, match="nobody"):
        list(read_file(tmp_path / "x.yml"))


def test_intents_rules_and_actions_are_the_same_set() -> None:
    """The domain's consistency: nothing declared and unused, nothing used and undeclared."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    intents = {next(iter(i)) if isinstance(i, dict) else i for i in domain["intents"]}
    rules = yaml.safe_load((ROOT / "nlu" / "rules" / "rows.yml").read_text("utf-8"))["rules"]
    ruled = {step["intent"] for rule in rules for step in rule["steps"] if "intent" in step}
    done = {step["action"] for rule in rules for step in rule["steps"] if "action" in step}
    trained = {p.intent for p in read_folder(ROOT / "nlu" / "data")}
    assert intents == ruled
    assert intents - {"nlu_fallback"} == trained
    assert done == set(domain["actions"])
    entities = {path.stem for path in (ROOT / "nlu" / "lexicon").glob("*/*.yml")}
    assert entities == set(domain["entities"])


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("red flags on a traffic stop", "setting", "traffic_stop"),
        ("is 18 USC 1591 about force", "statute", "18_usc_1591"),
        ("what does 2423 say", "statute", "18_usc_2423"),
        ("recovered a 16yo", "age_group", "minor"),
    ],
)
def test_the_lexicon_finds(text: str, entity: str, value: str) -> None:
    found = [(e["entity"], e["value"]) for e in Lexicon().find(text)]
    assert (entity, value) in found


def test_the_lexicon_takes_any_text() -> None:
    lexicon = Lexicon()
    for text in ("", "🆘🆘", "ſﬃ İ ẞ", "\u202e abc", "a" * 5000):
        for hit in lexicon.find(text):
            assert 0 <= hit["start"] <= hit["end"] <= len(text)


def test_temperature_makes_overconfident_scores_modest() -> None:
    scores = np.array([[9.0, 0.0], [9.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    assert best_temperature(scores, np.array([0, 0, 1, 1])) > 1.5
