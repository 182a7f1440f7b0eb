"""The rules of courses and cards, one function each: it takes the courses and the library and yields a line for each fault.

`shape`: both languages alike, sources, topics, minutes · `quiz`: one right option, lengths, spread · `telling`: numbers, claims, twins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.library.loading import Library
from bot.training.cards import Card, Courses, Wording

Check = Callable[[Courses, Library], Iterator[str]]


def each_wording(courses: Courses) -> Iterator[tuple[str, Card, Wording]]:
    """Every wording with the place where a person finds it: file, card, number of the wording."""
    for card in courses.cards.values():
        for number, wording in enumerate(card.wordings, 1):
            yield f"{courses.place(card)}: wording {number}", card, wording
