"""The sentence model as an ONNX graph: written once, at set-up from the published weights, or after fine-tuning for `nlu/encoder`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nlu.components.encoder import DIM, HEADS, LAYERS, published_weights

Weights = dict[str, np.ndarray]
WORDS = "embeddings.word_embeddings.weight"
MATRIX_BITS = 64
"""Seven bits of eight: processors without the dot-product instructions overflow with all of them."""
ZERO = 128
"""What stands for nothing among numbers from 0 to 255; there is no quick product of two signed matrices."""


def build_onnx(target: Path, weights: Weights | None = None, *, small_words: bool = False, eight: bool = True) -> Path:
    """Write the graph; returns `target`. Without `weights` those that were published. With `eight` bits a weight about 58 MB, and 22 MB where
    `small_words` keeps the vector of each word so as well; else 90 MB. Beside the trained model, never in the repo, but for the one
    of `nlu/encoder`.

    What comes into a matrix of eight bits is rounded by the largest number of its own token, so that a vector is the same whatever else
    is in its batch, and one loud token costs the others nothing.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = weights or published_weights()
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

    zero = const(ZERO, np.uint8)
    rounded: dict[str, tuple[str, str]] = {}

    def whole_numbers(x: str) -> tuple[str, str]:
        """Eight-bit numbers and, for each token, what one of them is worth."""
        if x not in rounded:
            largest = op("ReduceMax", op("Abs", x), axes=[-1], keepdims=0)
            worth = op("Mul", op("Max", largest, const(1e-9)), const(1.0 / 127.0))
            zeros = op("Expand", zero, op("Shape", worth))
            rounded[x] = op("QuantizeLinear", x, worth, zeros, axis=0), op("Unsqueeze", worth, const([1], np.int64))
        return rounded[x]

    def linear(x: str, name: str) -> str:
        bias = weight(f"{name}.bias")
        if not eight:
            return op("Add", op("MatMul", x, weight(f"{name}.weight", transpose=True)), bias)
        numbers, scales = eight_bits(weights[f"{name}.weight"], MATRIX_BITS)
        inits[f"{name}.numbers"], inits[f"{name}.scales"] = np.ascontiguousarray(numbers.T), scales
        small, worth = whole_numbers(x)
        found = op("Cast", op("MatMulInteger", small, f"{name}.numbers", zero), to=TensorProto.FLOAT)
        return op("Add", op("Mul", op("Mul", found, f"{name}.scales"), worth), bias)

    def norm(x: str, name: str) -> str:
        return op("LayerNormalization", x, weight(f"{name}.weight"), weight(f"{name}.bias"), axis=-1, epsilon=1e-12)

    width = DIM // HEADS
    split = op("Concat", op("Shape", "ids"), const([HEADS, width], np.int64), axis=0)
    whole = op("Concat", op("Shape", "ids"), const([DIM], np.int64), axis=0)
    a_token_a_line = const([-1, DIM], np.int64)
    if small_words:  # eight bits with a scale for each word: one scale for all would lose the rare ones
        inits["words"], inits["word_scales"] = eight_bits(weights[WORDS])
        scale = op("Unsqueeze", op("Gather", "word_scales", "ids"), const([2], np.int64))
        words = op("Mul", op("Cast", op("Gather", "words", "ids"), to=TensorProto.FLOAT), scale)
    else:
        words = op("Gather", weight(WORDS), "ids")
    length = op("Gather", op("Shape", "ids"), const(1, np.int64), axis=0)
    positions = op("Range", const(0, np.int64), length, const(1, np.int64))
    place = op("Gather", weight("embeddings.position_embeddings.weight"), positions)
    kind = const(weights["embeddings.token_type_embeddings.weight"][0])
    x = norm(op("Reshape", op("Add", op("Add", words, place), kind), a_token_a_line), "embeddings.LayerNorm")
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
        mixed = linear(op("Reshape", mixed, a_token_a_line), f"{base}.attention.output.dense")
        x = norm(op("Add", x, mixed), f"{base}.attention.output.LayerNorm")
        inner = linear(x, f"{base}.intermediate.dense")
        # In the shape that the runtime knows and does in one pass.
        gelu = op("Mul", inner, op("Add", op("Erf", op("Div", inner, const(2**0.5))), const(1.0)))
        gelu = op("Mul", gelu, const(0.5))
        x = norm(op("Add", x, linear(gelu, f"{base}.output.dense")), f"{base}.output.LayerNorm")
    each = op("Unsqueeze", mask, const([2], np.int64))
    total = op("ReduceSum", op("Mul", op("Reshape", x, whole), each), const([1], np.int64), keepdims=0)
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


def eight_bits(table: np.ndarray, most: int = 127) -> tuple[np.ndarray, np.ndarray]:
    """(rows, n) float32 → (rows, n) int8 from -`most` to `most`, and (rows,) float32, whose product is nearly `table`."""
    scales = np.maximum(np.abs(table).max(1), 1e-12) / most
    return np.round(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)
