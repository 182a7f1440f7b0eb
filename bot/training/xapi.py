"""Statements of the Experience API (1.0.3) with the verbs of cmi5, for a department's own record store. Pure.

Of a person a statement holds the id that the department gave and nothing else. Numbers of statements are made from what they say, so
that exporting twice gives the same ones and a store keeps one. Durations are what was observed, as the minutes of a roster.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

VERBS = {
    "initialized": "http://adlnet.gov/expapi/verbs/initialized",
    "answered": "http://adlnet.gov/expapi/verbs/answered",
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "terminated": "http://adlnet.gov/expapi/verbs/terminated",
}
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON = "https://w3id.org/xapi/cmi5/context/categories/moveon"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
COURSE_TYPE = "http://adlnet.gov/expapi/activities/course"
QUESTION_TYPE = "http://adlnet.gov/expapi/activities/cmi.interaction"
_SPACE = uuid.UUID("6f4b1f0e-7d0c-5b53-9f0a-3a1d8d9a2c11")


@dataclass(frozen=True, slots=True)
class Interaction:
    """What an item asked, in words, so that a statement can be read without this program. `right`: a place in `options`, from 0."""

    lang: str
    objective: str
    question: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Answered:
    """One item that an officer answered. `at` in seconds since the epoch; `seconds` that count; `number` the option chosen, from 0. `version` and
    `wording` (from 0) say which words of the card were asked; `asked` is these words, None where they are not kept any more."""

    card: str
    at: float
    seconds: float | None
    right: bool
    number: int
    version: str = ""
    wording: int = 0
    asked: Interaction | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One officer's way through one course. `home`: an address of the department's that its ids belong to; `base`: what ids of courses and
    cards are put behind. Both absolute http(s) addresses. `observed`: seconds of all items together. `answers`: those that may be shown to
    whoever gets the file, in order."""

    officer_id: str
    home: str
    base: str
    course: str
    title: str
    lang: str
    started: float
    ended: float
    observed: float
    answers: tuple[Answered, ...] = ()


def statements(done: Done) -> list[dict[str, Any]]:
    """In order: initialized, each answer, completed, terminated. Neither passed nor failed: a course has no mastery score (cmi5, 9.3.4)."""
    way, seconds = _Way(done), duration(done.observed)
    return [
        way.defined("initialized", done.started),
        *(way.answer(one) for one in done.answers),
        way.defined("completed", done.ended, {"completion": True, "duration": seconds}, move_on=True),
        way.defined("terminated", done.ended, {"duration": seconds}),
    ]


def all_statements(ways: Iterable[Done]) -> list[dict[str, Any]]:
    """For one file."""
    return [statement for done in ways for statement in statements(done)]


def duration(seconds: float) -> str:
    """ISO 8601, to a hundredth of a second (cmi5, 9.5.4.3)."""
    return f"PT{seconds:.2f}S"


def _definition(asked: Interaction | None) -> dict[str, Any]:
    made: dict[str, Any] = {"type": QUESTION_TYPE, "interactionType": "choice"}
    if asked is None:
        return made
    choices = [{"id": str(place), "description": {asked.lang: text}} for place, text in enumerate(asked.options)]
    return {
        **made, "name": {asked.lang: asked.objective}, "description": {asked.lang: asked.question}, "choices": choices,
        "correctResponsesPattern": [str(asked.right)],
    }  # fmt: skip


class _Way:
    def __init__(self, done: Done) -> None:
        self._done = done
        self._session = str(uuid.uuid5(_SPACE, f"{done.home}|{done.officer_id}|{done.course}|{done.started}"))
        self._course = f"{done.base.rstrip('/')}/courses/{done.course}"

    def defined(
        self,
        verb: str,
        at: float,
        result: dict[str, Any] | None = None,
        move_on: bool = False,
    ) -> dict[str, Any]:
        """A statement that cmi5 defines."""
        categories = [{"objectType": "Activity", "id": CMI5}]
        if move_on:
            categories.append({"objectType": "Activity", "id": MOVE_ON})
        extensions: dict[str, Any] = {SESSION: self._session}
        target = {
            "objectType": "Activity",
            "id": self._course,
            "definition": {"type": COURSE_TYPE, "name": {self._done.lang: self._done.title}},
        }
        made = self._statement(verb, at, "", target, extensions, result)
        made["context"]["contextActivities"] = {"category": categories}
        return made

    def answer(self, one: Answered) -> dict[str, Any]:
        """One that cmi5 allows. The activity is the wording that was asked; ids of its choices are what `response` names (xAPI, 2.4.4.1). Its
        number is the same whichever others are in the file."""
        words = f"/{one.version}/{one.wording}" if one.version else ""
        target = {
            "objectType": "Activity",
            "id": f"{self._done.base.rstrip('/')}/cards/{one.card}{words}",
            "definition": _definition(one.asked),
        }
        result: dict[str, Any] = {"success": one.right, "response": str(one.number)}
        if one.seconds is not None:
            result["duration"] = duration(one.seconds)
        made = self._statement("answered", one.at, f"{one.card}|{one.at}", target, {SESSION: self._session}, result)
        made["context"]["contextActivities"] = {"parent": [{"objectType": "Activity", "id": self._course}]}
        return made

    def _statement(
        self,
        verb: str,
        at: float,
        which: str,
        target: dict[str, Any],
        extensions: dict[str, Any],
        result: dict[str, Any] | None,
    ) -> dict[str, Any]:
        made: dict[str, Any] = {
            "id": str(uuid.uuid5(_SPACE, f"{self._session}|{verb}|{which}")),
            "actor": {"objectType": "Agent", "account": {"homePage": self._done.home, "name": self._done.officer_id}},
            "verb": {"id": VERBS[verb], "display": {"en": verb}},
            "object": target,
            "context": {"registration": self._session, "extensions": extensions},
            "timestamp": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "version": "1.0.3",
        }
        if result is not None:
            made["result"] = result
        return made
