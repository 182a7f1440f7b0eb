"""The sentence model's files and their reader."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from nlu.components import encoder as enc
from nlu.components import graph as graph_of


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> enc.SentenceEncoder:
    return enc.SentenceEncoder(graph_of.build_onnx(tmp_path_factory.mktemp("model") / "encoder.onnx"))


def test_safetensors_are_read_as_written() -> None:
    a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([7.5], dtype=np.float32)
    header = {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "ids": {"dtype": "I64", "shape": [1], "data_offsets": [24, 32]},
        "b": {"dtype": "F32", "shape": [1], "data_offsets": [32, 36]},
    }
    text = json.dumps(header).encode()
    data = len(text).to_bytes(8, "little") + text + a.tobytes() + np.array([1]).tobytes() + b.tobytes()
    found = enc.read_safetensors(data)
    assert set(found) == {"a", "b"}
    np.testing.assert_array_equal(found["a"], a)
    np.testing.assert_array_equal(found["b"], b)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_one_changed_byte_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for real in ("model.safetensors", "tokenizer.json"):
        (tmp_path / real).write_bytes((enc.model_folder() / real).read_bytes())
    with (tmp_path / name).open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    monkeypatch.setattr(enc, "model_folder", lambda: tmp_path)
    with pytest.raises(enc.EncoderFilesError, match=f"{name} has hash"):
        enc.SentenceEncoder(None)


def test_a_missing_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enc.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(enc.EncoderFilesError, match="make setup"):
        enc.model_folder()


def test_without_onnxruntime_numpy_does_the_sum(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    encoder = enc.SentenceEncoder(tmp_path / "not-needed.onnx")
    assert isinstance(encoder._run, enc.NumpyEncoder)


def test_vectors_have_length_one_and_blank_has_none(graph: enc.SentenceEncoder) -> None:
    texts = ["is this safe", "", "¿puede ver este chat?", " \n", "🆘", "x" * 4000]
    vectors = graph.encode(texts)
    assert vectors.shape == (6, enc.DIM)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1, 0, 1, 1], atol=1e-5)


def test_the_company_a_text_is_in_does_not_matter(graph: enc.SentenceEncoder) -> None:
    texts = [f"a message of {'many ' * (i % 17)}words, number {i}" for i in range(40)]
    together, alone = graph.encode(texts), np.vstack([graph.encode([text]) for text in texts])
    # But for the order in which a processor adds up: the seventh digit.
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)


def test_what_means_the_same_is_near(graph: enc.SentenceEncoder) -> None:
    a, b, c = graph.encode(["where can I sleep tonight", "I need a bed for the night", "what does the statute say"])
    assert a @ b > a @ c + 0.2
