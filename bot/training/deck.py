"""The cards of this release as the engine takes them, and as a reader sees them."""

from __future__ import annotations

import hashlib
from functools import cache
from random import Random

from bot.training import cards as content
from bot.training.cards import Card, Course, Courses, Wording
from bot.training.model import CardFacts

BASIC = "basic"
"""The course that comes before the others: new cards of other courses wait until all of its cards were seen (the issue)."""


class Deck:
    """Made once a process: cards do not change while it runs."""

    def __init__(self, courses: Courses) -> None:
        self.courses = courses
        english = [card for (_, lang), card in courses.cards.items() if lang == "en"]
        english.sort(key=lambda card: card.course != BASIC)
        self.facts = [self._facts(card) for card in english]
        self.by_id = {fact.id: fact for fact in self.facts}
        self.basic = frozenset(card.id for card in english if card.course == BASIC)
        self.versions = {fact.id: fact.version for fact in self.facts}

    def _facts(self, card: Card) -> CardFacts:
        """An officer may change the language between two cards, so that a version covers both; a guess is judged by the fewest options."""
        both = [c for lang in ("en", "es") if (c := self.courses.cards.get((card.id, lang))) is not None]
        version = hashlib.sha256("".join(content.version(c) for c in both).encode()).hexdigest()[:16]
        options = min(len(wording.options) for c in both for wording in c.wordings)
        return CardFacts(card.id, version, card.topic, options, min(len(c.wordings) for c in both))

    def card(self, card_id: str, lang: str) -> Card | None:
        """In this language, or in English where it is not there."""
        return self.courses.cards.get((card_id, lang)) or self.courses.cards.get((card_id, "en"))

    def course(self, course_id: str, lang: str) -> Course | None:
        return self.courses.courses.get((course_id, lang)) or self.courses.courses.get((course_id, "en"))

    def names(self) -> list[str]:
        """Of the courses, the basic one first."""
        return sorted({name for name, _ in self.courses.courses}, key=lambda name: (name != BASIC, name))

    def titles(self, lang: str) -> list[tuple[str, str]]:
        """(name, title) of each course in this language, or in English where it is not there."""
        heads = ((name, self.course(name, lang)) for name in self.names())
        return [(name, head.title) for name, head in heads if head is not None]

    def of_course(self, course_id: str) -> list[CardFacts]:
        """In the order in which the course goes."""
        return [self.by_id[card.id] for card in self.courses.of(course_id, "en")]

    def course_version(self, course_id: str) -> str:
        """Of all its cards together: what somebody completed can be told from what the course became."""
        return hashlib.sha256("".join(card.version for card in self.of_course(course_id)).encode()).hexdigest()[:16]

    def topic(self, topic: str, lang: str) -> str:
        phrases = self.courses.phrases.get(lang) or self.courses.phrases["en"]
        return phrases.topics.get(topic, topic)

    def invented(self, lang: str) -> str:
        return (self.courses.phrases.get(lang) or self.courses.phrases["en"]).invented


@cache
def shared() -> Deck:
    """Of the project's own courses, made once a process."""
    return Deck(content.shared())


def order(question_id: int, wording: Wording) -> list[int]:
    """In which order the options are shown, as places in the card: by chance, and the same each time this question is shown."""
    places = list(range(len(wording.options)))
    Random(question_id).shuffle(places)  # noqa: S311 - nothing secret: so that the right one does not always stand first
    return places
