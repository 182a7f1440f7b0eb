"""Which classifier: trains each candidate on `nlu/data`, reads `tests/evaluation/messages.jsonl` with it, prints a table.

    .venv-nlu/bin/python -W ignore -m nlu.experiments.pipelines [--only a,f] [--diet-epochs 30] [--encoder FILE]

The figures in docs/decisions/0003-classifier.md come from here. Every candidate gets the same phrases, the role and the
language that the desk knows, and the same exchange of two rows by role afterwards, except where the line says otherwise; the
best row counts, without any threshold. Prints figures only, never a message.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nlu.components.server import ROOT, quiet

DANGER = ("emergency_now", "self_harm", "minor_at_risk")
LANGS = ("en", "es", "mixed")
MESSAGES = ROOT / "tests" / "evaluation" / "messages.jsonl"
TIMED = 150
Reader = Callable[[list[str], list[str], list[str]], list[str]]
"""texts, roles, languages → the best row of each."""


@dataclass
class Corpus:
    """Phrases to learn from, messages to be judged by."""

    texts: list[str]
    labels: list[str]
    roles: list[str]
    langs: list[str]
    groups: list[str]
    messages: list[dict[str, Any]]
    vectors: np.ndarray | None = None
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class Result:
    name: str
    right: dict[str, float]
    out_of_scope: float
    danger: float
    seconds: float
    ms: float

    def line(self) -> str:
        cells = [f"{self.right[part]:.3f}" for part in ("all", *LANGS)]
        cells += [f"{self.out_of_scope:.3f}", f"{self.danger:.3f}", f"{self.seconds:.0f}", f"{self.ms:.1f}"]
        return "| " + " | ".join([self.name, *cells]) + " |"


def read_corpus() -> Corpus:
    from nlu.components.importer import DATA
    from nlu.components.phrases import read_folder, seen_role
    from nlu.text import clean, for_rasa

    phrases = read_folder(DATA)
    messages = [json.loads(line) for line in MESSAGES.read_text("utf-8").splitlines() if line.strip()]
    for message in messages:
        message["text"], message["role"] = for_rasa(message["text"]), seen_role(message["role"])
    return Corpus(
        [clean(p.text) for p in phrases],
        [p.intent for p in phrases],
        [p.role_seen for p in phrases],
        [p.lang for p in phrases],
        [f"{p.author}/{p.voice}" for p in phrases],
        messages,
    )


def by_role(rows: list[str], roles: list[str]) -> list[str]:
    """The same need has another row for an officer than for a guest."""
    from nlu.components.classifier import RowClassifier

    officer = RowClassifier.get_default_config()["as_officer"]
    guest = {there: here for here, there in officer.items()}
    maps: dict[str, dict[str, str]] = {"officer": officer, "guest": guest}
    return [maps.get(role, {}).get(row, row) for row, role in zip(rows, roles, strict=True)]


def judge(name: str, corpus: Corpus, read: Reader, seconds: float, mapped: bool = True) -> Result:
    """Accuracy over all messages at once, then the median time of single messages."""
    texts, roles = [m["text"] for m in corpus.messages], [m["role"] for m in corpus.messages]
    langs = [m["lang"] for m in corpus.messages]
    rows = read(texts, roles, langs)
    rows = by_role(rows, roles) if mapped else rows
    right = np.array([r in (m["label"], *m["also_ok"]) for r, m in zip(rows, corpus.messages, strict=True)])
    lang, label = np.array(langs), np.array([m["label"] for m in corpus.messages])
    found = np.array([r in DANGER for r in rows])
    times = []
    for index in range(TIMED):
        started = time.perf_counter()
        read([texts[index]], [roles[index]], [langs[index]])
        times.append((time.perf_counter() - started) * 1000)
    shares = {"all": float(right.mean())} | {part: float(right[lang == part].mean()) for part in LANGS}
    scope, danger = label == "out_of_scope", np.isin(label, DANGER)
    result = Result(
        name, shares, float(right[scope].mean()), float(found[danger].mean()), seconds, float(np.median(times))
    )
    print(result.line(), flush=True)
    return result


def vectors(corpus: Corpus, encoder: Any) -> np.ndarray:
    if corpus.vectors is None:
        started = time.monotonic()
        corpus.vectors = encoder.encode(corpus.texts)
        corpus.seconds["vectors"] = time.monotonic() - started
    return corpus.vectors


def with_rasa(corpus: Corpus, tail: list[dict[str, Any]]) -> tuple[Reader, float]:
    """Rasa's own components, trained and asked by Rasa."""
    import yaml
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu
    from rasa.shared.core.domain import Domain
    from rasa.shared.importers.importer import TrainingDataImporter

    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    pipeline = [
        {"name": "WhitespaceTokenizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        *tail,
    ]
    phrases = [{"intent": i, "examples": []} for i in sorted(set(corpus.labels))]
    place = {p["intent"]: p["examples"] for p in phrases}
    for text, label in zip(corpus.texts, corpus.labels, strict=True):
        place[label].append({"text": text.replace("[", "(").replace("]", ")")})
    work = Path(tempfile.mkdtemp(prefix="waymark-pipelines-"))
    (work / "config.yml").write_text(yaml.safe_dump({"recipe": "default.v1", "language": "en", "pipeline": pipeline}))
    (work / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": phrases}, allow_unicode=True), "utf-8")
    assert TrainingDataImporter is not None
    assert Domain is not None
    started = time.monotonic()
    model = train_nlu(str(work / "config.yml"), str(work / "nlu.yml"), str(work), domain=None)
    seconds = time.monotonic() - started
    agent = Agent.load(model)

    def read(texts: list[str], roles: list[str], langs: list[str]) -> list[str]:
        async def every() -> list[str]:
            return [((await agent.parse_message(text))["intent"] or {}).get("name") or "" for text in texts]

        return asyncio.run(every())

    return read, seconds


def with_vectors(corpus: Corpus, encoder: Any, nearest: bool) -> tuple[Reader, float]:
    """Sentence vectors alone: logistic regression over vectors times ten, or the row of the nearest phrase."""
    from sklearn.linear_model import LogisticRegression

    known, labels = vectors(corpus, encoder), np.array(corpus.labels)
    if nearest:
        return lambda texts, roles, langs: list(labels[(encoder.encode(texts) @ known.T).argmax(1)]), 0.0
    started = time.monotonic()
    model = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced").fit(known * 10, labels)
    return lambda texts, roles, langs: list(model.predict(encoder.encode(texts) * 10)), time.monotonic() - started


def with_ngrams(corpus: Corpus) -> tuple[Reader, float]:
    from sklearn.svm import LinearSVC

    from nlu.components.rows import NgramSpace

    started = time.monotonic()
    space = NgramSpace().fit(corpus.texts)
    model = LinearSVC(C=0.3, class_weight="balanced", max_iter=300, tol=1e-2, random_state=7)
    model.fit(space.transform(corpus.texts), corpus.labels)
    return lambda texts, roles, langs: list(model.predict(space.transform(texts))), time.monotonic() - started


def ours(
    corpus: Corpus, encoder: Any, role: bool = True, branch: bool = True, logistic: bool = False, **settings: float
) -> tuple[Reader, float]:
    """What `config.yml` trains. Without role everybody is a guest; without branch every message is English."""
    from sklearn.linear_model import LogisticRegression

    from nlu.components.classifier import RowClassifier
    from nlu.components.rows import NgramSpace, RowModel

    known = vectors(corpus, encoder)
    config = RowClassifier.get_default_config()
    chosen = {k: float(config[k]) for k in ("scale", "ngram_scale", "role_scale", "strength")}
    started = time.monotonic()
    space = NgramSpace().fit(corpus.texts)
    model = RowModel(**{**chosen, **settings})

    def design(given: np.ndarray, texts: list[str], roles: list[str], langs: list[str]) -> Any:
        roles = roles if role else ["guest"] * len(texts)
        langs = langs if branch else ["en"] * len(texts)
        return model.design(given, space.transform(texts), roles, langs)

    features = design(known, corpus.texts, corpus.roles, corpus.langs)
    if logistic:
        linear: Any = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced").fit(features, corpus.labels)
    else:
        linear = model.fit(features, corpus.labels).model
    seconds = time.monotonic() - started

    def read(texts: list[str], roles: list[str], langs: list[str]) -> list[str]:
        return list(linear.predict(design(encoder.encode(texts), texts, roles, langs)))

    return read, seconds


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="pipelines")
    parser.add_argument("--only", default="a,b,c,d,e,f,g,h,i,j")
    parser.add_argument("--diet-epochs", type=int, default=30)
    parser.add_argument("--encoder", type=Path, default=None, help="an encoder.onnx; built in a temporary folder if not given")
    args = parser.parse_args(argv)
    quiet()
    sys.path.insert(0, str(ROOT))
    from nlu.components.encoder import SentenceEncoder, build_onnx
    from nlu.components.server import drop_text_from_logs

    drop_text_from_logs()
    encoder = SentenceEncoder(args.encoder or build_onnx(Path(tempfile.mkdtemp()) / "encoder.onnx"))
    corpus = read_corpus()
    wanted = args.only.split(",")
    if set(wanted) - {"a", "b", "e"}:
        vectors(corpus, encoder)
    encoding = corpus.seconds.get("vectors", 0.0)
    print(f"{len(corpus.texts)} phrases, {len(corpus.messages)} messages, vectors of the phrases {encoding:.0f} s\n")
    print("| | all | en | es | mixed | out_of_scope | danger | train s | ms |\n|---|---|---|---|---|---|---|---|---|")
    if "a" in wanted:
        judge("(a) counts + Rasa LogisticRegression", corpus, *with_rasa(corpus, [{"name": "LogisticRegressionClassifier"}]))
    if "b" in wanted:
        diet = {"name": "DIETClassifier", "epochs": args.diet_epochs, "entity_recognition": False, "random_seed": 7}
        judge(f"(b) counts + DIET, {args.diet_epochs} epochs", corpus, *with_rasa(corpus, [diet]))

    def run(name: str, made: tuple[Reader, float], mapped: bool = True, encoded: bool = True) -> None:
        judge(name, corpus, made[0], made[1] + encoding * encoded, mapped)

    if "c" in wanted:
        run("(c) vectors + LogisticRegression", with_vectors(corpus, encoder, nearest=False))
    if "d" in wanted:
        run("(d) vectors, nearest phrase", with_vectors(corpus, encoder, nearest=True))
    if "e" in wanted:
        run("(e) n-grams + LinearSVC", with_ngrams(corpus), encoded=False)
    if "f" in wanted:
        run("(f) ours", ours(corpus, encoder))
    if "g" in wanted:
        run("(g) ours without role", ours(corpus, encoder, role=False), mapped=False)
    if "h" in wanted:
        run("(h) ours without language branch", ours(corpus, encoder, branch=False))
    if "i" in wanted:
        for scale in (1.0, 2.0, 3.0, 6.0, 10.0):
            run(f"(i) ours, vectors × {scale:.0f}", ours(corpus, encoder, scale=scale))
    if "j" in wanted:
        run("(j) ours, LogisticRegression (lbfgs)", ours(corpus, encoder, logistic=True))


if __name__ == "__main__":
    main()
