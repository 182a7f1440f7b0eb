"""Rasa intent classifier around `rows.RowModel`: calibrated, role-aware, and honest when it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import joblib
import numpy as np
import scipy.sparse as sp
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.model_selection import StratifiedKFold

from nlu.components.featurizers import NGRAMS, SENTENCE, dense, vectors_of
from nlu.components.importer import context_of
from nlu.components.phrases import kept_out
from nlu.components.rows import RowModel, best_temperature

UNSURE = "nlu_fallback"
FOLDS = 3
ENOUGH = 400
"""Messages from which a temperature can be told."""
SETTINGS = ("scale", "ngram_scale", "role_scale", "strength")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RowClassifier(IntentClassifier, GraphComponent):
    """Names the row with a confidence that held-out messages made honest; below `threshold` the row is `nlu_fallback`
    and the ranking keeps the readings, so that the bot can ask which was meant."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: RowModel | None = None
    ) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._model = model

    @classmethod
    def required_components(cls) -> list[type]:
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "scale": 0.5,
            "ngram_scale": 3.0,
            "role_scale": 1.0,
            "strength": 0.1,
            "branch": False,
            # Set with nlu/experiments/thresholds.py; a danger reply given in vain costs less than one not given.
            "threshold": 0.6,
            "danger_threshold": 0.35,
            "danger": ["emergency_now", "self_harm", "minor_at_risk"],
            "ranking": 6,
            # The same need has another row for an officer than for anybody else (docs/reference/catalogue.md).
            "as_officer": {"minor_at_risk": "officer_minor_protocol", "wants_safe_place": "officer_placement_now"},
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RowClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> RowClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, joblib.load(folder / "rows.joblib"))

    @staticmethod
    def _inputs(messages: list[Message]) -> tuple[np.ndarray, sp.csr_matrix, list[str], list[str]]:
        roles, langs = zip(*(context_of(m) for m in messages), strict=True)
        ngrams = vectors_of(messages, NGRAMS)
        together = ngrams[0] if len(ngrams) == 1 else sp.vstack(ngrams, format="csr")
        return dense(messages), together, list(roles), list(langs)

    def train(self, training_data: TrainingData) -> Resource:
        messages = [m for m in training_data.intent_examples if m.get(TEXT)]
        labels = [m.get(INTENT) for m in messages]
        settings: dict[str, Any] = {name: float(self._config[name]) for name in SETTINGS}
        settings["branch"] = bool(self._config["branch"])
        model = RowModel(**settings)
        features = model.design(*self._inputs(messages))
        kept = np.array([kept_out(m.get(TEXT)) for m in messages])
        with ThreadPoolExecutor(1) as beside:  # the solver lets go of the interpreter, so both cores learn
            apart = beside.submit(held_out, features, labels, settings, kept)
            model.fit(features, labels)
            model.temperature = best_temperature(*apart.result())
        self._model = model
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(model, folder / "rows.joblib")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        assert self._model is not None
        probabilities = self._model.read(*self._inputs(messages))
        for message, row in zip(messages, probabilities, strict=True):
            exchange(row, self._model.rows, context_of(message)[0], self._config["as_officer"])
            self._name(message, row)
        return messages

    def _name(self, message: Message, row: np.ndarray) -> None:
        assert self._model is not None
        order = np.argsort(-row)[: int(self._config["ranking"])]
        ranking = [{"name": self._model.rows[i], "confidence": round(float(row[i]), 4)} for i in order]
        first = ranking[0]
        needed = self._config["danger_threshold" if first["name"] in self._config["danger"] else "threshold"]
        sure = message.get("known_words", True) and first["confidence"] >= needed
        top = first if sure else {"name": UNSURE, "confidence": first["confidence"]}
        message.set(INTENT, top, add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set("known_words", bool(message.get("known_words", True)), add_to_output=True)


def held_out(
    features: sp.csr_matrix, labels: list[str], settings: dict[str, Any], kept: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of messages by a model that did not learn from them, and the column that was right. With enough of those that the sentence
    encoder never learnt either (`kept`), of these: of the others it knows too much. Else of every message, in folds."""
    names = np.array(labels)
    scores, truth = [], []
    for learnt, left_out in _parts(features, names, kept):
        part = RowModel(**settings).fit(features[learnt], list(names[learnt]))
        known = np.isin(names[left_out], part.rows)
        scores.append(part.scores(features[left_out[known]]))
        truth.append(np.searchsorted(part.rows, names[left_out[known]]))
    return np.vstack(scores), np.concatenate(truth)


def _parts(
    features: sp.csr_matrix, names: np.ndarray, kept: np.ndarray | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    if kept is not None and kept.sum() >= ENOUGH:
        return iter([(np.flatnonzero(~kept), np.flatnonzero(kept))])
    return StratifiedKFold(FOLDS, shuffle=True, random_state=7).split(features, names)


def exchange(row: np.ndarray, rows: list[str], role: str, as_officer: dict[str, str]) -> None:
    """Move what belongs to the other role's row, in place; coordinators may mean either."""
    if role not in ("officer", "guest"):
        return
    for guest_row, officer_row in as_officer.items():
        if guest_row in rows and officer_row in rows:
            here, there = rows.index(guest_row), rows.index(officer_row)
            source, target = (here, there) if role == "officer" else (there, here)
            row[target] += row[source]
            row[source] = 0.0


__all__ = ["NGRAMS", "SENTENCE", "RowClassifier"]
