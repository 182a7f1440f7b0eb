"""Which language a message is in: Spanish, English, or one that only the interpreter line can answer."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.library import loading
from nlu.text import clean, latin_share, letters, plain, without_leet

_WORDS: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in yaml.safe_load(Path(__file__).with_suffix(".yml").read_text("utf-8")).items()
}
_CERTAIN = {
    "es": (_WORDS["spanish"] - _WORDS["both"]) | _WORDS["typed_spanish"],
    "en": (_WORDS["english"] - _WORDS["both"]) | _WORDS["typed_english"],
}
OTHERS = (
    "FRENCH",
    "PORTUGUESE",
    "TAGALOG",
    "VIETNAMESE",
    "GERMAN",
    "ITALIAN",
    "POLISH",
    "TURKISH",
    "INDONESIAN",
    "SOMALI",
    "SWAHILI",
)


@lru_cache(maxsize=1)
def _detector() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    wanted = [Language.ENGLISH, Language.SPANISH, *(getattr(Language, name) for name in OTHERS)]
    return LanguageDetectorBuilder.from_languages(*wanted).with_low_accuracy_mode().build()


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, frozenset[str]]:
    """Words of our own content by language: what is written in them is not another language, whatever a detector says."""
    library = loading.shared()
    words: dict[str, set[str]] = {"en": set(), "es": set()}
    for (_, lang), topic in library.topics.items():
        words[lang].update(_words(" ".join([topic.title, topic.short, *topic.more, *topic.keywords])))
    for (_, lang), message in library.messages.items():
        words[lang].update(_words(message.text))
    return {lang: frozenset(found) for lang, found in words.items()}


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']{2,}", plain(clean(text)))


def _known(text: str) -> tuple[int, int, int]:
    """(English, Spanish, all): how many words of the message our content knows in each language."""
    vocabulary, words = _vocabulary(), _words(text)
    return sum(w in vocabulary["en"] for w in words), sum(w in vocabulary["es"] for w in words), len(words)


def heard(text: str) -> str | None:
    """ "en", "es", "other" (an unknown language or script), or None where the message does not say."""
    text = without_leet(clean(text))
    if letters(text) == 0:
        return None
    if latin_share(text) < 0.5:
        return "other"
    words = plain(text).replace("¿", " ").replace("¡", " ").split()
    stripped = [w.strip(".,;:!?\"'()") for w in words]
    spanish = sum(w in _CERTAIN["es"] for w in stripped)
    english = sum(w in _CERTAIN["en"] for w in stripped)
    neither = sum(w in _WORDS["neither"] for w in stripped)
    if len(words) >= 2 and neither > spanish + english:
        return "other"
    if any(c in text for c in "ñ¿¡"):
        spanish += 1
    if spanish != english and (spanish == 0 or english == 0 or len(words) <= 6):
        return "es" if spanish > english else "en"
    if len(words) == 1:
        return _single(text)
    ranked = _detector().compute_language_confidence_values(text)
    by_name = {c.language.name: c.value for c in ranked}
    en, es = by_name.get("ENGLISH", 0.0), by_name.get("SPANISH", 0.0)
    top = ranked[0]
    known_en, known_es, total = _known(text)
    ours = max(known_en, known_es) >= 0.4 * total
    if (
        not ours
        and top.language.name in OTHERS
        and top.value > 0.85
        and en + es < 0.1
        and len(words) >= 4
        and not spanish
        and not english
    ):
        return "other"
    if abs(known_en - known_es) >= 2 or max(en, es) < 0.2:
        return None if known_en == known_es else "en" if known_en > known_es else "es"
    return "es" if es > en or (spanish > english and es > 0.3 * en) else "en"


def _single(text: str) -> str | None:
    """One word alone, where a detector is no better than chance: the language whose content has it, if only one has;
    a word that neither knows says nothing, so the talk stays in the language that it has ("SOS", "ok")."""
    known_en, known_es, _ = _known(text)
    if known_en == known_es or _words(text)[0] in _WORDS["any"]:
        return None
    return "en" if known_en > known_es else "es"
