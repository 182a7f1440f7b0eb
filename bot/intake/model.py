"""The shapes of the question graph (`content/intake/graph.yml`) and of a walk through it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Asker = Literal["self", "ally", "officer"]
Kind = Literal["notice", "choice", "many", "number", "text", "phone", "word", "summary", "end"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]+$", max_length=40)]
Value = str | int | list[str]
Answers = dict[str, Value]
"""Field to what was said; a field that was skipped is not in it. Values are option ids, or short free text where it must be."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Way(Strict):
    """An edge. `when` is field to the values of which one must have been said; without it the edge is always open."""

    to: Name
    when: dict[str, list[str | int]] = Field(default_factory=dict)


class Node(Strict):
    """One question, notice or end. `check` asks after it whether anybody on shift could take this (rulings 11). `skipped` is what
    a skip is taken for. `reporting`: the notice on mandated reporting stands here (R40). `shown`: it stands in the summary.
    An end with a `next` is passed through: what it leads to is asked when the person goes on."""

    id: Name
    kind: Kind
    field: str | None = None
    identifying: bool = False
    options: list[str] = Field(default_factory=list)
    next: list[Way] = Field(default_factory=list)
    skip: bool = True
    skipped: str | None = None
    check: bool = False
    reporting: bool = False
    shown: bool = True
    max_length: int = 60


Sayings = dict[str, dict[str, tuple[str, ...]]]


class Graph(Strict):
    """`start` by who asks. `version` is what a release records of the texts that were read: it changes with every word of them.
    `sayings`: node to option to the ways of saying it, folded, in every language; under "" the moves (skip, back, done, send) and
    words too common to come back with."""

    version: str
    start: dict[Asker, Name]
    nodes: dict[str, Node]
    sayings: Sayings = Field(default_factory=dict)


class Walk(Strict):
    """Where a person stands. `trail` holds the nodes behind, so that "back" goes where they came from; `back_to` is set while
    one answer is changed from the summary."""

    asker: Asker
    node: Name
    answers: Answers = Field(default_factory=dict)
    trail: list[str] = Field(default_factory=list)
    back_to: str | None = None

    def with_(self, **changes: Any) -> Walk:
        return self.model_copy(update=changes)
