"""Rasa featurizers around `encoder.py` (dense) and `rows.NgramSpace` (sparse)."""

from __future__ import annotations

import os
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.encoder import shared_encoder
from nlu.components.rows import NgramSpace

assert TEXT in DENSE_FEATURIZABLE_ATTRIBUTES
SENTENCE, NGRAMS = "SentenceFeaturizer", "NgramFeaturizer"


def texts_of(messages: list[Message]) -> list[str]:
    return [message.get(TEXT) or "" for message in messages]


def vectors_of(messages: list[Message], origin: str) -> list[Any]:
    """The one sentence feature that the named featurizer gave each message."""
    return [
        next(f.features for f in message.features if f.origin == origin and f.attribute == TEXT) for message in messages
    ]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(GraphComponent):
    """384 numbers a message from the sentence model; blank text gets zeros."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._encoder = shared_encoder(os.environ.get("WAYMARK_ENCODER_FILE"), int(config["threads"]))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"threads": 1}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message, vector in zip(messages, self._encoder.encode(texts_of(messages)), strict=True):
            message.add_features(Features(vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, SENTENCE))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(GraphComponent):
    """Letter and word runs of a message, as a sparse row."""

    def __init__(self, storage: ModelStorage, resource: Resource, space: NgramSpace | None = None) -> None:
        self._storage, self._resource, self._space = storage, resource, space or NgramSpace()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> NgramFeaturizer:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, joblib.load(folder / "ngrams.joblib"))

    def train(self, training_data: TrainingData) -> Resource:
        self._space.fit(texts_of(training_data.training_examples))
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._space, folder / "ngrams.joblib")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        rows = self._space.transform(texts_of(messages))
        for index, message in enumerate(messages):
            message.add_features(Features(rows[index], FEATURE_TYPE_SENTENCE, TEXT, NGRAMS))
            message.set("known_words", self._space.knows(message.get(TEXT) or ""))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data


def dense(messages: list[Message]) -> np.ndarray:
    return np.vstack([v[0] for v in vectors_of(messages, SENTENCE)])
