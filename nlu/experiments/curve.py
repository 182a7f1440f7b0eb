"""What the next thousand phrases are worth: learns from 1/16, 1/8, … of the phrases, reads messages nobody learnt from, draws the curve.

    .venv-nlu/bin/python -W ignore -m nlu.experiments.curve [--encoder FILE] [--out docs/benchmarks/learning-curve.svg]

Shares are drawn evenly from each row and language, another draw for each of `DRAWS`. The encoder is the published one unless one is named:
ours has learnt from all phrases already, so with it the curve of less would lie. The best row counts, without floor or threshold.
`WAYMARK_EXAM` names a second file to be judged by. Prints the table and writes the picture.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from nlu.components.server import ROOT, quiet
from nlu.experiments.pipelines import DANGER, Corpus, by_role, read_corpus, vectors

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1.0)
DRAWS = 2
"""Of each share but the whole."""
LINES = (("own messages", "#1f4e5f"), ("own, Spanish and mixed", "#c2703d"), ("given", "#5b8c5a"))


def draw(corpus: Corpus, share: float, seed: int) -> np.ndarray:
    """Numbers of phrases: `share` of every row and language, at least two of each."""
    rng, found = np.random.default_rng(seed), []
    cells = np.array([f"{label} {lang}" for label, lang in zip(corpus.labels, corpus.langs, strict=True)])
    for cell in np.unique(cells):
        numbers = np.flatnonzero(cells == cell)
        found.append(rng.permutation(numbers)[: max(2, round(share * len(numbers)))])
    return np.sort(np.concatenate(found))


def right(model: Any, inputs: tuple[Any, ...], messages: list[dict[str, Any]]) -> np.ndarray:
    rows = [model.rows[best] for best in model.read(*inputs).argmax(1)]
    rows = by_role(rows, [m["role"] for m in messages])
    return np.array([row in (m["label"], *m["also_ok"]) for row, m in zip(rows, messages, strict=True)])


def measure(corpus: Corpus, encoder: Any) -> list[tuple[int, dict[str, float]]]:
    """For each share: how many phrases, and how much of each line is right. `danger` is printed, not drawn."""
    from nlu.components.classifier import SETTINGS, RowClassifier
    from nlu.components.rows import NgramSpace, RowModel

    config = RowClassifier.get_default_config()
    settings = {name: config[name] for name in (*SETTINGS, "branch")}
    known = vectors(corpus, encoder)
    files = [messages for messages in (corpus.messages, corpus.outside) if messages]
    read = [encoder.encode([m["text"] for m in messages]) for messages in files]
    points = []
    for share in SHARES:
        found: dict[str, list[float]] = {}
        for seed in range(DRAWS if share < 1 else 1):
            numbers = draw(corpus, share, seed)
            texts = [corpus.texts[n] for n in numbers]
            space = NgramSpace().fit(texts)
            model = RowModel(**settings)
            roles, langs = ([part[n] for n in numbers] for part in (corpus.roles, corpus.langs))
            features: sp.csr_matrix = model.design(known[numbers], space.transform(texts), roles, langs)
            model.fit(features, [corpus.labels[n] for n in numbers])
            for place, (messages, given) in enumerate(zip(files, read, strict=True)):
                words = space.transform([m["text"] for m in messages])
                inputs = (given, words, [m["role"] for m in messages], [m["lang"] for m in messages])
                hits = right(model, inputs, messages)
                if place:
                    found.setdefault("given", []).append(hits.mean())
                    continue
                other = np.array([m["lang"] != "en" for m in messages])
                danger = np.array([m["label"] in DANGER for m in messages])
                found.setdefault("own messages", []).append(hits.mean())
                found.setdefault("own, Spanish and mixed", []).append(hits[other].mean())
                found.setdefault("danger", []).append(hits[danger].mean())
        points.append((len(numbers), {name: float(np.mean(values)) for name, values in found.items()}))
        print(
            f"| {len(numbers)} | " + " | ".join(f"{value:.3f}" for value in points[-1][1].values()) + " |", flush=True
        )
    return points


def picture(path: Path, points: list[tuple[int, dict[str, float]]]) -> None:
    """An SVG that is the same for the same points."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    style: dict[str, Any] = {"svg.fonttype": "none", "svg.hashsalt": "waymark", "font.size": 8}
    with mpl.rc_context(style):
        figure, axis = pyplot.subplots(figsize=(4.6, 3.2), layout="constrained")
        sizes = [size for size, _ in points]
        for name, colour in LINES:
            values = [found[name] for _, found in points if name in found]
            if values:
                axis.plot(sizes, values, "o-", color=colour, markersize=3, linewidth=1, label=name)
                axis.annotate(f"{values[-1]:.3f}", (sizes[-1], values[-1]), (4, -2), textcoords="offset points")
        axis.set_xscale("log", base=2)
        axis.set_xticks(sizes, ["" if number == len(sizes) - 2 else f"{size:,}" for number, size in enumerate(sizes)])
        axis.set(xlabel="phrases learnt from", ylabel="right, best row alone", xlim=(sizes[0] * 0.9, sizes[-1] * 1.35))
        axis.grid(axis="y", color="#e3e8ea", linewidth=0.6)
        axis.legend(frameon=False, loc="lower right")
        axis.spines[["top", "right"]].set_visible(False)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="curve")
    parser.add_argument("--encoder", type=Path, default=None, help="an encoder.onnx; else the published one is built")
    parser.add_argument("--data", type=Path, default=None, help="a folder of phrases in place of nlu/data")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks" / "learning-curve.svg")
    args = parser.parse_args(argv)
    quiet()
    sys.path.insert(0, str(ROOT))
    from nlu.components.encoder import SentenceEncoder
    from nlu.components.graph import build_onnx

    encoder = SentenceEncoder(args.encoder or build_onnx(Path(tempfile.mkdtemp()) / "encoder.onnx"))
    print("| phrases | own | own es and mixed | own danger rows | given |\n|---|---|---|---|---|", flush=True)
    picture(args.out, measure(read_corpus(args.data), encoder))


if __name__ == "__main__":
    main()
