"""What the engine takes of a card: the least it needs, so that cards may be kept in any form. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Card(Protocol):
    """`version` changes with any word of the card; `options`: answers to choose from; `wordings`: how many there are, from 0 on."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def options(self) -> int: ...
    @property
    def wordings(self) -> int: ...


@dataclass(frozen=True, slots=True)
class CardFacts:
    """A `Card` in plain values."""

    id: str
    version: str
    topic: str
    options: int
    wordings: int


@dataclass(frozen=True, slots=True)
class Pick:
    """A card to ask, in which wording, what for (refresh, holdout, pretest, quiz), and the recall predicted; None if never asked."""

    card: Card
    wording: int
    kind: str
    predicted: float | None
