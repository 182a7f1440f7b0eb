"""Which classifier: trains each candidate on `nlu/data`, reads `tests/evaluation/messages.jsonl` with it, prints a table.

    .venv-nlu/bin/python -W ignore -m nlu.experiments.pipelines [--only a,f] [--diet-epochs 8] [--encoder FILE]

With WAYMARK_EXAM naming a file of the same shape, a last column says how much of that is right. The figures in
docs/decisions/0003-classifier.md come from here. Every candidate gets the same phrases, the role and the
language that the desk knows, and the same exchange of two rows by role afterwards, except where the line says otherwise; the
best row counts, without any threshold. Times are processor time, which a busy machine changes little. Prints figures only,
never a message.
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
KEYWORDS = 30
"""Words a row of the keyword bot: about as many as somebody would write down."""
Reader = Callable[[list[str], list[str], list[str]], list[str]]
"""texts, roles, languages → the best row of each."""


@dataclass
class Corpus:
    """Phrases to learn from, messages to be judged by."""

    texts: list[str]
    labels: list[str]
    roles: list[str]
    langs: list[str]
    messages: list[dict[str, Any]]
    outside: list[dict[str, Any]] = field(default_factory=list)
    vectors: np.ndarray | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def read_corpus(folder: Path | None = None) -> Corpus:
    from nlu.components.importer import DATA
    from nlu.components.phrases import read_folder, seen_role
    from nlu.text import clean, for_rasa

    phrases = read_folder(folder or DATA)
    named = os.environ.get("WAYMARK_EXAM")

    def messages(path: Path) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return [{**m, "text": for_rasa(m["text"]), "role": seen_role(m["role"])} for m in found]

    return Corpus(
        [clean(p.text) for p in phrases],
        [p.intent for p in phrases],
        [p.role_seen for p in phrases],
        [p.lang for p in phrases],
        messages(MESSAGES),
        messages(Path(named)) if named else [],
    )


def by_role(rows: list[str], roles: list[str]) -> list[str]:
    """The same need has another row for an officer than for a guest."""
    from nlu.components.classifier import RowClassifier

    officer = RowClassifier.get_default_config()["as_officer"]
    guest = {there: here for here, there in officer.items()}
    maps: dict[str, dict[str, str]] = {"officer": officer, "guest": guest}
    return [maps.get(role, {}).get(row, row) for row, role in zip(rows, roles, strict=True)]


def judge(name: str, corpus: Corpus, made: tuple[Reader, float], mapped: bool = True) -> None:
    """One line of the table: accuracy over all messages at once, then the median time of single messages."""
    read, seconds = made

    def answers(messages: list[dict[str, Any]]) -> tuple[list[str], np.ndarray]:
        texts, roles, langs = ([m[part] for m in messages] for part in ("text", "role", "lang"))
        rows = read(texts, roles, langs)
        rows = by_role(rows, roles) if mapped else rows
        return rows, np.array([r in (m["label"], *m["also_ok"]) for r, m in zip(rows, messages, strict=True)])

    rows, right = answers(corpus.messages)
    texts, roles, langs = ([m[part] for m in corpus.messages] for part in ("text", "role", "lang"))
    lang, label = np.array(langs), np.array([m["label"] for m in corpus.messages])
    found = np.array([r in DANGER for r in rows])
    times = []
    for index in range(TIMED):
        started = time.process_time()
        read([texts[index]], [roles[index]], [langs[index]])
        times.append((time.process_time() - started) * 1000)
    shares = [right.mean(), *(right[lang == part].mean() for part in LANGS)]
    shares += [right[label == "out_of_scope"].mean(), found[np.isin(label, DANGER)].mean()]
    cells = [name, *(f"{share:.3f}" for share in shares), f"{seconds:.0f}", f"{np.median(times):.1f}"]
    cells.append(f"{answers(corpus.outside)[1].mean():.3f}" if corpus.outside else "–")
    print("| " + " | ".join(cells) + " |", flush=True)


def vectors(corpus: Corpus, encoder: Any) -> np.ndarray:
    if corpus.vectors is None:
        started = time.process_time()
        corpus.vectors = encoder.encode(corpus.texts)
        corpus.seconds["vectors"] = time.process_time() - started
    return corpus.vectors


def with_rasa(corpus: Corpus, classifier: dict[str, Any]) -> tuple[Reader, float]:
    """Rasa's own components, trained and asked by Rasa."""
    import yaml
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    pipeline = [
        {"name": "WhitespaceTokenizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        classifier,
    ]
    phrases: dict[str, list[dict[str, str]]] = {}
    for text, label in zip(corpus.texts, corpus.labels, strict=True):  # brackets would be read as entities
        phrases.setdefault(label, []).append({"text": text.replace("[", "(").replace("]", ")")})
    data = {"version": "3.1", "nlu": [{"intent": label, "examples": found} for label, found in phrases.items()]}
    work = Path(tempfile.mkdtemp(prefix="waymark-pipelines-"))
    (work / "config.yml").write_text(yaml.safe_dump({"recipe": "default.v1", "language": "en", "pipeline": pipeline}))
    (work / "nlu.yml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    started = time.process_time()
    agent = Agent.load(train_nlu(str(work / "config.yml"), str(work / "nlu.yml"), str(work), domain=None))
    seconds = time.process_time() - started

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
    started = time.process_time()
    model = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced").fit(known * 10, labels)
    return lambda texts, roles, langs: list(model.predict(encoder.encode(texts) * 10)), time.process_time() - started


def with_keywords(corpus: Corpus) -> tuple[Reader, float]:
    """What a bot of keywords would do: each row has the words that mark it most among the phrases, by chi-square; the row with the most of
    them in the message wins, and without any it is out of scope."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.feature_selection import chi2

    from nlu.text import fold

    started = time.process_time()
    counter = CountVectorizer(preprocessor=fold, token_pattern=r"(?u)\b\w+\b", binary=True, min_df=3)
    found, labels = counter.fit_transform(corpus.texts), np.array(corpus.labels)
    rows = sorted(set(corpus.labels))
    marks = np.zeros((found.shape[1], len(rows)))
    for column, row in enumerate(rows):
        own = labels == row
        more = np.asarray(found[own].mean(0) > found[~own].mean(0)).ravel()
        strength = np.nan_to_num(chi2(found, own)[0]) * more
        best = np.argsort(-strength)[:KEYWORDS]
        marks[best, column] = (
            1 + strength[best] / strength.max() / KEYWORDS
        )  # of equals the one with the stronger words

    def read(texts: list[str], roles: list[str], langs: list[str]) -> list[str]:
        hits = counter.transform(texts) @ marks
        return [rows[line.argmax()] if line.any() else "out_of_scope" for line in hits]

    return read, time.process_time() - started


def with_ngrams(corpus: Corpus) -> tuple[Reader, float]:
    from sklearn.svm import LinearSVC

    from nlu.components.rows import NgramSpace

    started = time.process_time()
    space = NgramSpace().fit(corpus.texts)
    model = LinearSVC(C=0.3, class_weight="balanced", max_iter=300, tol=1e-2, random_state=7)
    model.fit(space.transform(corpus.texts), corpus.labels)
    return lambda texts, roles, langs: list(model.predict(space.transform(texts))), time.process_time() - started


def ours(
    corpus: Corpus, encoder: Any, role: bool = True, logistic: bool = False, **settings: Any
) -> tuple[Reader, float]:
    """What `config.yml` trains, with `settings` changed. Without role everybody is a guest."""
    from sklearn.linear_model import LogisticRegression

    from nlu.components.classifier import SETTINGS, RowClassifier
    from nlu.components.rows import NgramSpace, RowModel

    known = vectors(corpus, encoder)
    config = RowClassifier.get_default_config()
    started = time.process_time()
    space = NgramSpace().fit(corpus.texts)
    model = RowModel(**{**{name: config[name] for name in (*SETTINGS, "branch")}, **settings})

    def inputs(given: np.ndarray, texts: list[str], roles: list[str], langs: list[str]) -> Any:
        return given, space.transform(texts), roles if role else ["guest"] * len(texts), langs

    features = model.design(*inputs(known, corpus.texts, corpus.roles, corpus.langs))
    linear = None
    if logistic:
        linear = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced").fit(features, corpus.labels)
    else:
        model.fit(features, corpus.labels)
    seconds = time.process_time() - started

    def read(texts: list[str], roles: list[str], langs: list[str]) -> list[str]:
        given = inputs(encoder.encode(texts), texts, roles, langs)
        if linear is not None:
            return list(linear.predict(model.design(*given)))
        return [model.rows[best] for best in model.read(*given).argmax(1)]

    return read, seconds


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="pipelines")
    parser.add_argument("--only", default="a,b,c,d,e,f,g,h,i,j,k")
    parser.add_argument("--diet-epochs", type=int, default=8)
    parser.add_argument("--data", type=Path, default=None, help="a folder of phrases in place of nlu/data")
    parser.add_argument(
        "--encoder", type=Path, default=None, help="an encoder.onnx; without it one is built and dropped"
    )
    args = parser.parse_args(argv)
    quiet()
    sys.path.insert(0, str(ROOT))
    from nlu.components.encoder import SentenceEncoder
    from nlu.components.graph import build_onnx

    encoder = SentenceEncoder(args.encoder or build_onnx(Path(tempfile.mkdtemp()) / "encoder.onnx"))
    corpus, wanted = read_corpus(args.data), args.only.split(",")
    if set(wanted) - {"a", "b", "e", "k"}:
        vectors(corpus, encoder)
    encoding = corpus.seconds.get("vectors", 0.0)
    print(f"{len(corpus.texts)} phrases, {len(corpus.messages)} messages, vectors of the phrases {encoding:.0f} s\n")
    print(
        "| | all | en | es | mixed | out_of_scope | danger | train s | ms | given |\n" + "|---" * 10 + "|",
        flush=True,
    )

    def run(
        letter: str, name: str, make: Callable[[], tuple[Reader, float]], extra: float, mapped: bool = True
    ) -> None:
        if letter in wanted:
            read, seconds = make()
            judge(f"({letter}) {name}", corpus, (read, seconds + extra), mapped)

    logistic = {"name": "LogisticRegressionClassifier"}
    diet = {"name": "DIETClassifier", "epochs": args.diet_epochs, "entity_recognition": False, "random_seed": 7}
    run("a", "Rasa: counts + LogisticRegression", lambda: with_rasa(corpus, logistic), 0)
    run("b", f"Rasa: counts + DIET, {args.diet_epochs} epochs", lambda: with_rasa(corpus, diet), 0)
    run("c", "vectors + LogisticRegression", lambda: with_vectors(corpus, encoder, nearest=False), encoding)
    run("d", "vectors, nearest phrase", lambda: with_vectors(corpus, encoder, nearest=True), encoding)
    run("e", "n-grams + LinearSVC", lambda: with_ngrams(corpus), 0)
    run("f", "ours", lambda: ours(corpus, encoder), encoding)
    run("g", "ours without role", lambda: ours(corpus, encoder, role=False), encoding, mapped=False)
    run("h", "ours with a language branch", lambda: ours(corpus, encoder, branch=True), encoding)
    for scale in (1.0, 2.0, 3.0, 6.0, 10.0):
        run("i", f"ours, vectors × {scale:.0f}", lambda scale=scale: ours(corpus, encoder, scale=scale), encoding)  # type: ignore[misc]
    run("k", f"keywords, {KEYWORDS} a row", lambda: with_keywords(corpus), 0)
    run("j", "ours, LogisticRegression (lbfgs)", lambda: ours(corpus, encoder, logistic=True), encoding)


if __name__ == "__main__":
    main()
