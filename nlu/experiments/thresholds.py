"""Whether confidences are honest, and where to stop answering: the figures behind the thresholds of the classifier.

    .venv-nlu/bin/python -W ignore -m nlu.experiments.thresholds [--encoder FILE] [--data FOLDER]

Trains as `config.yml` does, fits the temperature as the classifier does, reads tests/evaluation with it. Prints figures only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from nlu.components.server import ROOT, quiet
from nlu.experiments.pipelines import DANGER, LANGS, read_corpus, vectors

LEVELS = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
ALIKE = 0.6


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal size."""
    parts = np.array_split(np.argsort(confidence), bins)
    return float(sum(len(p) * abs(confidence[p].mean() - right[p].mean()) for p in parts) / len(confidence))


def table(head: list[str], lines: list[list[float]]) -> None:
    print("\n| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for level, *shares in lines:
        print(f"| {level:.2f} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="thresholds")
    parser.add_argument("--data", type=Path, default=None, help="a folder of phrases in place of nlu/data")
    parser.add_argument(
        "--encoder", type=Path, default=None, help="an encoder.onnx; without it one is built and dropped"
    )
    args = parser.parse_args(argv)
    quiet()
    sys.path.insert(0, str(ROOT))
    from nlu.components.classifier import SETTINGS, RowClassifier, exchange, held_out
    from nlu.components.encoder import SentenceEncoder, build_onnx
    from nlu.components.rows import NgramSpace, RowModel, best_temperature

    encoder = SentenceEncoder(args.encoder or build_onnx(Path(tempfile.mkdtemp()) / "encoder.onnx"))
    corpus, config = read_corpus(args.data), RowClassifier.get_default_config()
    settings = {name: config[name] for name in (*SETTINGS, "branch")}
    space, model = NgramSpace().fit(corpus.texts), RowModel(**settings)
    known = vectors(corpus, encoder)
    features = model.design(known, space.transform(corpus.texts), corpus.roles, corpus.langs)
    scores, truth = held_out(features, corpus.labels, settings)
    model.fit(features, corpus.labels).temperature = best_temperature(scores, truth)

    texts, roles = [m["text"] for m in corpus.messages], [m["role"] for m in corpus.messages]
    langs, labels = np.array([m["lang"] for m in corpus.messages]), np.array([m["label"] for m in corpus.messages])
    given = encoder.encode(texts)
    read = model.read(given, space.transform(texts), roles, list(langs))
    for role, row in zip(roles, read, strict=True):
        exchange(row, model.rows, role, config["as_officer"])
    confidence, best = read.max(1), np.array(model.rows)[read.argmax(1)]
    wanted = [{m["label"], *m["also_ok"]} for m in corpus.messages]
    right = np.array([row in rows for row, rows in zip(best, wanted, strict=True)])
    danger = np.isin(best, DANGER)
    is_danger = np.isin(labels, DANGER)
    no_danger = np.array([not rows & set(DANGER) for rows in wanted])

    phrases = {text.casefold() for text in corpus.texts}
    new = np.array([text.casefold() not in phrases for text in texts])
    unlike = (given @ known.T).max(1) < ALIKE
    print(f"{len(corpus.texts)} phrases; right on phrases left out {(scores.argmax(1) == truth).mean():.3f}")
    print(f"temperature {model.temperature:.3f}; on messages: right {right.mean():.3f}", end=", ")
    print(f"mean confidence {confidence.mean():.3f}, calibration error {calibration_error(confidence, right):.3f}")
    print(f"messages that are word for word a phrase: {(~new).sum()}; right on the rest {right[new].mean():.3f}")
    print(f"messages unlike every phrase (cosine < {ALIKE}): {unlike.sum()}, right {right[unlike].mean():.3f}")
    lines = []
    for level in LEVELS:
        sure = confidence >= level
        shares = [(~sure).mean(), right[sure].mean(), (sure & ~right).mean()]
        lines.append([level, *shares, *((~sure)[langs == lang].mean() for lang in LANGS)])
    table(["threshold", "asked", "right where answered", "wrong answers", "asked en", "es", "mixed"], lines)
    lines = []
    for level in LEVELS:
        raised = danger & (confidence >= level)
        lines.append([level, raised[is_danger].mean(), raised[no_danger].mean()])
    table(["danger threshold", "danger found", "danger reply without danger"], lines)


if __name__ == "__main__":
    main()
