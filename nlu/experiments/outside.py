"""How our pipeline does in other people's exams: `waymark exam clinc150 FILE`, `banking77 FOLDER`, `hwu64 FOLDER`.

    .venv-nlu/bin/python -W ignore -m nlu.experiments.outside clinc150 FILE --encoder ENCODER.onnx

Every component that `config.yml` names, with its settings, learns the exam's phrases in place of ours and reads its messages as
an English guest's; nothing is tuned on the exam. Once with all phrases, and with ten an intent in three draws of fixed seeds.
Prints tables to standard output, what it is doing to standard error ("· …"), and what is wrong with a file as "problem: …".
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.components.server import ROOT, quiet
from nlu.experiments.outside_files import EXAMS, OUTSIDE, Exam, OutsideFileError, Pair, other_size, read_exam
from nlu.text import clean, for_rasa

SHOTS = 10
SEEDS = (1, 2, 3)
PUBLISHED = Path(__file__).with_name("published.yml")
METADATA = {"role": "guest", "lang": "en"}


@dataclass(frozen=True)
class Reading:
    """The likeliest row of a message, and what the bot goes by: that row, or that it must ask."""

    best: str
    answered: str


@dataclass(frozen=True)
class Score:
    """Shares from 0 to 1. `answered` counts a question back as wrong in scope and as right out of scope."""

    best: float
    answered: float
    outside_best: float | None = None
    outside_answered: float | None = None


class Pipeline:
    """The components of `config.yml` in their order, trained anew at each `learn`. The sentence vector of a text is made once."""

    def __init__(self, config: Path = ROOT / "config.yml") -> None:
        self._entries: list[dict[str, Any]] = yaml.safe_load(config.read_text("utf-8"))["pipeline"]
        self._features: dict[str, Any] = {}
        self._parts: list[Any] = []

    def learn(self, pairs: list[Pair]) -> None:
        """Raises whatever a component raises that cannot learn from so little."""
        from rasa.engine.storage.local_model_storage import LocalModelStorage
        from rasa.engine.storage.resource import Resource
        from rasa.shared.nlu.training_data.message import Message
        from rasa.shared.nlu.training_data.training_data import TrainingData

        self._parts = []
        data = TrainingData(
            [Message.build(text=clean(text), intent=intent, example_metadata=METADATA) for text, intent in pairs]
        )
        with tempfile.TemporaryDirectory(prefix="waymark-outside-") as folder:
            storage = LocalModelStorage(Path(folder))
            for number, entry in enumerate(self._entries):
                module, _, name = entry["name"].rpartition(".")
                kind = getattr(importlib.import_module(module), name)
                config = {**kind.get_default_config(), **{k: v for k, v in entry.items() if k != "name"}}
                part = kind.create(config, storage, Resource(f"{number}"), None)
                self._parts.append(part)
                if name == "SentenceFeaturizer":
                    self._vectors(part, data.training_examples)
                    continue
                if hasattr(part, "train"):
                    part.train(data)
                if hasattr(part, "process_training_data"):
                    part.process_training_data(data)

    def read(self, texts: list[str]) -> list[Reading]:
        from rasa.shared.nlu.training_data.message import Message

        messages = [Message({"text": for_rasa(text), "metadata": dict(METADATA)}) for text in texts]
        for part in self._parts:
            if type(part).__name__ == "SentenceFeaturizer":
                self._vectors(part, messages)
            else:
                part.process(messages)
        return [Reading(m.get("intent_ranking")[0]["name"], m.get("intent")["name"]) for m in messages]

    def _vectors(self, part: Any, messages: list[Any]) -> None:
        """As the component does it, but for texts that it has seen."""
        new = [m for m in {m.get("text"): m for m in messages}.values() if m.get("text") not in self._features]
        part.process(new)
        self._features.update({m.get("text"): m.features[-1] for m in new})
        done = {id(m) for m in new}
        for message in messages:
            if id(message) not in done:
                message.add_features(self._features[message.get("text")])


def score(pipeline: Any, exam: Exam, unsure: str, learn_outside: bool) -> Score:
    """Trains on the exam's phrases and marks its messages. `unsure` is the row that stands for asking back."""
    outside = [(text, OUTSIDE) for text in exam.outside_learn] if learn_outside else []
    pipeline.learn(exam.learn + outside)
    found = pipeline.read([text for text, _ in exam.judge])
    wanted = [intent for _, intent in exam.judge]
    best = statistics.fmean(r.best == w for r, w in zip(found, wanted, strict=True))
    answered = statistics.fmean(r.answered == w for r, w in zip(found, wanted, strict=True))
    if not exam.outside_judge:
        return Score(best, answered)
    apart = pipeline.read(exam.outside_judge)
    return Score(
        best,
        answered,
        statistics.fmean(r.best == OUTSIDE for r in apart) if learn_outside else None,
        statistics.fmean(r.answered in (OUTSIDE, unsure) for r in apart),
    )


def cell(shares: list[float | None]) -> str:
    """One share in per cent, or mean and standard deviation of several."""
    known = [share * 100 for share in shares if share is not None]
    if not known:
        return "–"
    return f"{known[0]:.1f}" if len(known) == 1 else f"{statistics.fmean(known):.1f} ± {statistics.stdev(known):.1f}"


def line(name: str, scores: list[Score], outside: bool) -> str:
    columns = [[s.best for s in scores], [s.answered for s in scores]]
    if outside:
        columns += [[s.outside_best for s in scores], [s.outside_answered for s in scores]]
    return f"| {name} | " + " | ".join(cell(list(column)) for column in columns) + " |"


def table(head: list[str], lines: list[str]) -> str:
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines])


def published(name: str, file: Path = PUBLISHED) -> str:
    """The table of figures that others published on this exam; empty where we have read none."""
    rows = yaml.safe_load(file.read_text("utf-8")).get(name) or []
    outside = any("outside" in row for row in rows)
    head = ["published", "in scope", *(["out of scope found"] if outside else []), "source"]
    lines = []
    for row in rows:
        cells = [row["system"], f"{row['in_scope']:.1f}", row["source"]]
        if outside:
            cells.insert(2, f"{row['outside']:.1f}" if "outside" in row else "–")
        lines.append("| " + " | ".join(cells) + " |")
    return table(head, lines) if lines else ""


def report(pipeline: Any, exam: Exam, unsure: str) -> str:
    """Runs the whole exam; returns its tables."""
    variants = [(", its out-of-scope phrases learnt", True), (", thresholds alone", False)]
    variants = variants if exam.outside_judge else [("", False)]
    lines = []
    for shots, seeds in ((0, (0,)), (SHOTS, SEEDS)):
        amount = f"{shots} phrases an intent, {len(seeds)} draws" if shots else "all phrases"
        for words, learn_outside in variants:
            scores = []
            for seed in seeds:
                started = time.process_time()
                part = exam.drawn(shots, seed) if shots else exam
                scores.append(score(pipeline, part, unsure, learn_outside))
                spent = time.process_time() - started
                step = line(f"{amount}{words}", scores[-1:], bool(exam.outside_judge))
                print(f"· {step} {spent:.0f} s", file=sys.stderr, flush=True)  # what is done outlives a break
            lines.append(line(f"{amount}{words}", scores, bool(exam.outside_judge)))
    head = ["Waymark", "in scope, likeliest row", "in scope, as answered"]
    head += ["out of scope, likeliest row", "out of scope, as answered"] if exam.outside_judge else []
    counts = (
        f"{exam.name}: {exam.intents} intents, {len(exam.learn):,} phrases, {len(exam.judge):,} messages"
        + (f", {len(exam.outside_judge):,} out of scope" if exam.outside_judge else "")
        + "; per cent"
    )
    few = min(sum(i == intent for _, i in exam.learn) for intent in {i for _, i in exam.learn})
    notes = [other_size(exam), f"the rarest intent has {few} phrases only" if few < SHOTS else ""]
    blocks = [counts, *(note for note in notes if note), table(head, lines), published(exam.name)]
    return "\n\n".join(block for block in blocks if block)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="outside")
    parser.add_argument("name", choices=EXAMS)
    parser.add_argument("path", type=Path)
    parser.add_argument("--encoder", type=Path, required=True, help="the .onnx file that the bot uses")
    args = parser.parse_args(argv)
    try:
        exam = read_exam(args.name, args.path)
    except OutsideFileError as error:
        raise SystemExit(f"problem: {error}") from None
    quiet()
    sys.path.insert(0, str(ROOT))
    os.environ["WAYMARK_ENCODER_FILE"] = str(args.encoder)
    print(f"· {args.name}: {len(exam.learn):,} phrases; loading Rasa", file=sys.stderr, flush=True)
    from nlu.components.classifier import UNSURE

    print(report(Pipeline(), exam, UNSURE))


if __name__ == "__main__":
    main()
