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
    return fold(phrase).replace("'", "")


def score(topic: Topic, entities: Iterable[tuple[str, str]], folded: str) -> float:
    """How well a topic fits. Where one thing that it is about was named, each that was not costs a little, so that
    "boys" alone does not win a topic about boys at a truck stop. Found by its words alone, a topic pays nothing."""
    named = set(entities)
    hits = {entity: sum((entity, v) in named for v in values) for entity, values in topic.about.items()}
    points = sum(WEIGHT.get(entity, 2.0) * count for entity, count in hits.items())
    if any(hits.values()):
        points -= 0.5 * sum(not count for count in hits.values())
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
    folded = fold(text).replace("'", "")
    topics = library.topics_for(handling, lang, officer)
    if officer and any(t.default and t.audience == "officer" for t in topics):
        topics = [t for t in topics if not (t.default and t.audience == "everyone")]  # what guests get in its place
    found = [(score(t, entities, folded), t) for t in topics]
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


def onward(library: Library, topic: Topic, officer: bool) -> tuple[Topic, int]:
    """Where "what next" leads: to the topic's page on the next step, else to its second page, else to its neighbour."""
    shown = [library.topics[(i, topic.lang)] for i in topic.next if (i, topic.lang) in library.topics]
    shown = [t for t in shown if officer or t.audience == "everyone"]
    for other in shown:
        if other.id.endswith("what_next"):
            return other, 0
    if topic.more or not shown:
        return topic, 1
    return shown[0], 0


def pointed(
    library: Library, topic: Topic, officer: bool, entities: Iterable[tuple[str, str]], text: str
) -> Topic | None:
    """The topic that the last answer pointed to, where the words of a short question call for it ("who signs it")."""
    entities, folded = list(entities), fold(text).replace("'", "")
    near = [library.topics[(i, topic.lang)] for i in topic.next if (i, topic.lang) in library.topics]
    found = [(score(t, entities, folded), t) for t in near if officer or t.audience == "everyone"]
    top, best_one = max(found, key=lambda item: item[0], default=(0.0, topic))
    return best_one if top >= 1.0 else None


def term_in(library: Library, lang: str, entities: Iterable[tuple[str, str]], text: str, kind: str) -> list[str]:
    """Keys of glossary (`kind` "slang") or language table ("term") entries that the person named, in order."""
    table = library.slang if kind == "slang" else library.terms
    found = [v for e, v in entities if e == "term" and (v, lang) in table]
    padded = f" {_folded(text)} "
    for (key, entry_lang), entry in table.items():
        if entry_lang != lang or key in found:
            continue
        forms = [entry.term, *entry.aliases] if kind == "slang" else entry.avoid  # type: ignore[union-attr]
        if any(_folded(form) and f" {_folded(form)} " in padded for form in forms):
            found.append(key)
    return found
