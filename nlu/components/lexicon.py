"""Entities from word lists: setting, age group, gender, group, crime, statute, term, place, language, aspect.

`nlu/lexicon/<lang>/<entity>.yml` maps a value to the words people use for it. Both languages are read for every message,
since people mix them. Statutes and ages in digits are patterns.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.text import plain

LEXICON = Path(__file__).resolve().parents[1] / "lexicon"
_WORD = re.compile(r"[\w&$]+(?:'[a-z]+)?")
_STATUTE = re.compile(
    r"\b(?:(8|18|22|34|42|47)\s*(?:u\.?\s?s\.?\s?c\.?|usc)[a-z.]*\s*(?:§+|sec(?:tion|\.)?)?\s*)(\d{3,5}[a-z]?)\b"
)
_BARE_SECTION = re.compile(
    r"\b(1581|1584|1589|159[0-7]|2255|2421a?|2422|2423|3299|3771a?|7101|7102|7105|1324|1367|4130[78])\b"
)
_TITLE_OF = {"7101": "22", "7102": "22", "7105": "22", "1324": "8", "1367": "8", "41307": "34", "41308": "34"}
_AGE = re.compile(
    r"\b(?:(?:age[ds]?|is|im|i'm|she's|he's|shes|hes|tengo|tiene|de|a|an|only|just|y/?o)\s+)?(\d{1,2})\s*[- ]?(?:y/?o|yr|yrs|year|years|anos|f\b|m\b)"
)


class Lexicon:
    """Longest match over word lists; `find` gives non-overlapping hits from left to right."""

    def __init__(self, folder: Path = LEXICON) -> None:
        self._phrases: dict[tuple[str, ...], tuple[str, str]] = {}
        self._longest = 1
        for path in sorted(folder.glob("*/*.yml")):
            entity = path.stem
            for value, forms in (yaml.safe_load(path.read_text("utf-8")) or {}).items():
                for form in forms:
                    words = tuple(w.group() for w in _WORD.finditer(plain(str(form))))
                    if words:
                        self._phrases.setdefault(words, (entity, str(value)))
                        self._longest = max(self._longest, len(words))

    def find(self, text: str) -> list[dict[str, Any]]:
        """Entities as Rasa writes them: entity, value, start, end, all offsets into `text`."""
        low = plain(text)
        same_length = len(low) == len(text)
        words = list(_WORD.finditer(low))
        found, index = [], 0
        while index < len(words):
            for size in range(min(self._longest, len(words) - index), 0, -1):
                key = tuple(w.group() for w in words[index : index + size])
                hit = self._phrases.get(key) or self._phrases.get((*key[:-1], _singular(key[-1])))
                if hit:
                    start, end = words[index].start(), words[index + size - 1].end()
                    found.append(_entity(*hit, start if same_length else 0, end if same_length else len(text)))
                    index += size - 1
                    break
            index += 1
        return found + self._patterns(low)

    @staticmethod
    def _patterns(low: str) -> list[dict[str, Any]]:
        found, taken = [], set()
        for match in _STATUTE.finditer(low):
            taken.add(match.group(2))
            found.append(_entity("statute", f"{match.group(1)}_usc_{match.group(2)}", match.start(), match.end()))
        for match in _BARE_SECTION.finditer(low):
            if match.group(1) not in taken:
                title = _TITLE_OF.get(match.group(1), "18")
                found.append(_entity("statute", f"{title}_usc_{match.group(1)}", match.start(), match.end()))
        for match in _AGE.finditer(low):
            age = int(match.group(1))
            if 3 <= age <= 99:
                value = "minor" if age < 18 else "young_adult" if age < 25 else "older_adult" if age >= 60 else "adult"
                found.append(_entity("age_group", value, match.start(), match.end()))
        return found


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _entity(entity: str, value: str, start: int, end: int) -> dict[str, Any]:
    return {"entity": entity, "value": value, "start": start, "end": end, "extractor": "LexiconExtractor"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LexiconExtractor(GraphComponent, EntityExtractorMixin):
    """Rasa component around `Lexicon`."""

    def __init__(self) -> None:
        self._lexicon = Lexicon()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LexiconExtractor:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = self._lexicon.find(message.get(TEXT) or "")
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data
