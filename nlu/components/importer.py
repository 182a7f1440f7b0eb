"""Gives Rasa the phrase files of `nlu/data` as training data; rules and domain stay Rasa's own files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.phrases import read_folder
from nlu.text import clean

DATA = Path(__file__).resolve().parents[1] / "data"


class PhraseMessage(Message):
    """A phrase on its way through Rasa's training graph. Rasa copies and hashes each example a dozen times, vectors and all, which took as
    long as learning from them. What is named here tells one phrase from another, and one is enough: only the featurizers write into it."""

    def fingerprint(self) -> str:
        if self._cached_fingerprint is None:
            metadata = (self.data.get("metadata") or {}).get("example") or {}
            named = [self.data.get(TEXT), self.data.get(INTENT), metadata.get("role"), metadata.get("lang")]
            self._cached_fingerprint = hashlib.sha256(repr([*named, len(self.features)]).encode()).hexdigest()
        return self._cached_fingerprint

    def __deepcopy__(self, memo: dict[int, Any]) -> PhraseMessage:
        return self


class PhraseImporter(TrainingDataImporter):
    """Rasa importer named in `config.yml`."""

    def __init__(
        self, config_file: str | None = None, domain_path: Any = None, training_data_paths: Any = None, **_: Any
    ) -> None:
        self._folder = DATA
        self._data: TrainingData | None = None

    def get_domain(self) -> Domain:
        return Domain.empty()

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        return {}

    def get_config_file_for_auto_config(self) -> str | None:
        return None

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Read once: Rasa asks for it with a language and without."""
        if self._data is None:
            self._data = self._read()
        return self._data

    def _read(self) -> TrainingData:
        return TrainingData(
            [
                PhraseMessage.build(
                    text=clean(phrase.text),
                    intent=phrase.intent,
                    example_metadata={
                        "role": phrase.role_seen,
                        "writer": phrase.role,
                        "lang": phrase.lang,
                        "author": phrase.author,
                        "voice": phrase.voice,
                    },
                )
                for phrase in read_folder(self._folder)
            ]
        )


def context_of(message: Message) -> tuple[str, str]:
    """(role, lang) that came with a message, in training as in use. In use `lang` is the language of the answer, and the
    message may be in the other one: `heard` says so."""
    metadata = message.get("metadata") or {}
    metadata = metadata.get("example") or metadata
    return metadata.get("role") or "guest", metadata.get("heard") or metadata.get("lang") or "en"
