"""Which topic answers a question: by what was named (setting, age, gender, crime, statute, …) and by the words used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.library.loading import Library
from bot.library.model import Topic
from nlu.text import fold

# How much naming a thing outweighs merely using its words. A statute or term names one topic; gender or age often only colours it.
WEIGHT = {
    "statute": 8.0,
    "term": 6.0,
    "crime": 5.0,
    "setting": 5.0,
    "aspect": 4.0,
    "group": 4.0,
    "age_group": 3.0,
    "gender": 3.0,
}
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=4096)
def _folded(phrase: str) -> str:
    return fold(phrase)


def score(topic: Topic, entities: Iterable[tuple[str, str]], folded: str) -> float:
    """How well a topic fits. Values the topic is about but the person did not name cost a little, so that
    "boys" alone does not win a topic about boys at a truck stop."""
    named = set(entities)
    points = 0.0
    for entity, values in topic.about.items():
        hit = [v for v in values if (entity, v) in named]
        points += WEIGHT.get(entity, 2.0) * len(hit)
        if not hit:
            points -= 0.5
    padded = f" {folded} "
    for keyword in topic.keywords:
        phrase = _folded(keyword)
        if phrase and f" {phrase} " in padded:
            points += 1.0 + 0.7 * phrase.count(" ")
    return points + (0.3 if topic.default else 0.0)


def ranked(
    library: Library, handling: str, lang: str, officer: bool, entities: Iterable[tuple[str, str]], text: str
) -> list[tuple[float, Topic]]:
    """Topics of a row, best first. For officers those written for officers come first where points are equal."""
    entities = list(entities)
    folded = fold(text)
    found = [(score(t, entities, folded), t) for t in library.topics_for(handling, lang, officer)]
    return sorted(found, key=lambda item: (-item[0], not (officer and item[1].audience == "officer"), item[1].id))


def best(
    library: Library, handling: str, lang: str, officer: bool, entities: Iterable[tuple[str, str]], text: str
) -> Topic | None:
    """The topic to show, or None where the row has nothing for this reader."""
    found = ranked(library, handling, lang, officer, entities, text)
    if not found:
        return None
    top, topic = found[0]
    if top < 1.0:
        defaults = [t for _, t in found if t.default]
        if officer:
            defaults.sort(key=lambda t: t.audience != "officer")
        return defaults[0] if defaults else topic
    return topic


def term_in(library: Library, lang: str, entities: Iterable[tuple[str, str]], text: str, kind: str) -> list[str]:
    """Keys of glossary (`kind` "slang") or language table ("term") entries that the person named, in order."""
    table = library.slang if kind == "slang" else library.terms
    found = [v for e, v in entities if e == "term" and (v, lang) in table]
    padded = f" {fold(text)} "
    for (key, entry_lang), entry in table.items():
        if entry_lang != lang or key in found:
            continue
        forms = [entry.term, *entry.aliases] if kind == "slang" else entry.avoid  # type: ignore[union-attr]
        if any(_folded(form) and f" {_folded(form)} " in padded for form in forms):
            found.append(key)
    return found
