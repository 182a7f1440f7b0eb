"""The encoder that the project carries, one from elsewhere, what is kept from it, and near-doubles."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from nlu.components import encoder as enc
from nlu.components.graph import eight_bits
from nlu.components.importer import DATA
from nlu.components.phrases import kept_out, read_folder
from nlu.experiments import doubles

MOST_MB = 25


def test_the_carried_encoder_is_the_one_that_was_measured_and_small_enough() -> None:
    path = enc.own_graph()
    assert path is not None
    assert path.stat().st_size <= MOST_MB * 1_000_000


def test_a_changed_encoder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = tmp_path / "encoder.json"
    shutil.copy(enc.CARD, card)
    (tmp_path / json.loads(card.read_text())["file"]).write_bytes(b"something else")
    monkeypatch.setattr(enc, "CARD", card)
    with pytest.raises(enc.EncoderFilesError, match="check the project out anew"):
        enc.own_graph()


def test_spanish_is_near_what_it_means_in_english() -> None:
    encoder = enc.SentenceEncoder(enc.own_graph())
    a, b, c = encoder.encode(
        ["i need a bed for the night", "necesito donde dormir esta noche", "what does the statute say about force"]
    )
    assert a @ b > a @ c + 0.3


def _elsewhere(folder: Path, inputs: list[str]) -> Path:
    """A graph as others export theirs: three numbers for each token."""
    ids = helper.make_node("Cast", [inputs[0]], ["f"], to=TensorProto.FLOAT)
    wide = helper.make_node("Unsqueeze", ["f", "axis"], ["w"])
    out = helper.make_node("Concat", ["w", "w", "w"], ["last_hidden_state"], axis=2)
    graph = helper.make_graph(
        [ids, wide, out],
        "elsewhere",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", 3])],
        [onnx.numpy_helper.from_array(np.array([2], dtype=np.int64), "axis")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(folder / "model.onnx"))
    shutil.copy(enc.model_folder() / "tokenizer.json", folder / "tokenizer.json")
    return folder / "model.onnx"


def test_an_encoder_from_elsewhere_gives_unit_vectors_of_its_own_length(tmp_path: Path) -> None:
    encoder = enc.SentenceEncoder(_elsewhere(tmp_path, ["input_ids", "attention_mask", "token_type_ids"]))
    found = encoder.encode(["hello", "", "hola, buenas"])
    assert found.shape == (3, 3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 0, 1], atol=1e-5)


def test_an_encoder_that_wants_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(enc.EncoderFilesError, match="input_ids and attention_mask"):
        enc.SentenceEncoder(_elsewhere(tmp_path, ["pixel_values"]))


def test_eight_bits_with_a_scale_a_word_lose_little() -> None:
    table = np.random.default_rng(7).normal(size=(50, 16)).astype(np.float32)
    table[3] *= 1e-3
    small, scales = eight_bits(table)
    assert small.dtype == np.int8
    errors = np.abs(small * scales[:, None] - table).max(1) / np.abs(table).max(1)
    assert errors.max() <= 0.5 / 127 + 1e-6
    assert not eight_bits(np.zeros((1, 4), dtype=np.float32))[0].any()


def test_one_phrase_in_twenty_is_kept_from_the_encoder_by_its_words() -> None:
    phrases = read_folder(DATA)
    kept = [phrase for phrase in phrases if kept_out(phrase.text)]
    assert 0.04 < len(kept) / len(phrases) < 0.06
    assert len({phrase.intent for phrase in kept}) == len({phrase.intent for phrase in phrases})
    assert kept_out(kept[0].text + "  "), "what cannot be seen does not count"


FILE = """intent: {row}
lang: en
author: test
blocks:
- role: survivor
  voice: test
  say: |
    {lines}
"""


def test_near_doubles_in_a_row_and_phrases_of_a_file_that_judges_are_taken_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = tmp_path / "judge.jsonl"
    judge.write_text(json.dumps({"text": "Can somebody erase all of my messages"}) + "\n")
    data = tmp_path / "data"
    data.mkdir()
    one, other = data / "a.yml", data / "b.yml"
    one.write_text(FILE.format(row="thanks", lines="thank you so much friend\n    bless you"))
    other.write_text(
        FILE.format(row="thanks", lines="Thank you so much, friend!\n    can somebody erase all of my messages")
    )
    doubles.main(["--data", str(data), "--against", str(judge), "--drop"])
    assert "2 lines taken out" in capsys.readouterr().out
    assert [phrase.text for phrase in read_folder(data)] == ["thank you so much friend", "bless you"]


def test_our_files_that_judge_are_not_learnt_by_heart() -> None:
    folder = DATA.parents[1] / "tests" / "evaluation"
    learnt = {phrase.text.casefold() for phrase in read_folder(DATA) if len(phrase.text.split()) >= doubles.WORDS}
    for file in ("messages.jsonl", "sealed.jsonl"):
        said = {json.loads(line)["text"].casefold() for line in (folder / file).read_text("utf-8").splitlines() if line}
        assert not said & learnt
