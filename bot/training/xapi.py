"""Statements of the Experience API (1.0.3) with the verbs of cmi5, for a department's own record store. Pure.

Of a person a statement holds the id that the department gave and nothing else. Numbers of statements are made from what they say, so
that exporting twice gives the same ones and a store keeps one.
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
    "passed": "http://adlnet.gov/expapi/verbs/passed",
    "failed": "http://adlnet.gov/expapi/verbs/failed",
    "terminated": "http://adlnet.gov/expapi/verbs/terminated",
}
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON = "https://w3id.org/xapi/cmi5/context/categories/moveon"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
MASTERY = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
COURSE_TYPE = "http://adlnet.gov/expapi/activities/course"
QUESTION_TYPE = "http://adlnet.gov/expapi/activities/cmi.interaction"
_SPACE = uuid.UUID("6f4b1f0e-7d0c-5b53-9f0a-3a1d8d9a2c11")


@dataclass(frozen=True, slots=True)
class Answered:
    """One item that an officer answered. `at` in seconds since the epoch; `number` the option chosen, from 0."""

    card: str
    at: float
    seconds: float | None
    right: bool
    number: int


@dataclass(frozen=True, slots=True)
class Done:
    """One officer's way through one course. `home`: an address of the department's that its ids belong to; `base`: what ids of courses and
    cards are put behind. Both absolute http(s) addresses. `mastery`: the share of right answers that passes, None where none is set."""

    officer_id: str
    home: str
    base: str
    course: str
    title: str
    lang: str
    started: float
    ended: float
    answers: tuple[Answered, ...]
    mastery: float | None = None


def statements(done: Done) -> list[dict[str, Any]]:
    """In order: initialized, each answer, completed, passed or failed (where there is a mastery score), terminated."""
    way = _Way(done)
    found = [way.defined("initialized", done.started)]
    found += [way.answer(one, number) for number, one in enumerate(done.answers)]
    seconds = max(0.0, done.ended - done.started)
    found.append(
        way.defined("completed", done.ended, {"completion": True, "duration": duration(seconds)}, move_on=True)
    )
    if done.mastery is not None and done.answers:
        share = sum(a.right for a in done.answers) / len(done.answers)
        passed = share >= done.mastery
        result = {"success": passed, "score": {"scaled": round(share, 4)}, "duration": duration(seconds)}
        found.append(
            way.defined("passed" if passed else "failed", done.ended, result, move_on=True, mastery=done.mastery)
        )
    found.append(way.defined("terminated", done.ended, {"duration": duration(seconds)}))
    return found


def all_statements(ways: Iterable[Done]) -> list[dict[str, Any]]:
    """For one file."""
    return [statement for done in ways for statement in statements(done)]


def duration(seconds: float) -> str:
    """ISO 8601, to a hundredth of a second (cmi5, 9.5.4.3)."""
    return f"PT{seconds:.2f}S"


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
        mastery: float | None = None,
    ) -> dict[str, Any]:
        """A statement that cmi5 defines."""
        categories = [{"objectType": "Activity", "id": CMI5}]
        if move_on:
            categories.append({"objectType": "Activity", "id": MOVE_ON})
        extensions: dict[str, Any] = {SESSION: self._session}
        if mastery is not None:
            extensions[MASTERY] = mastery
        target = {
            "objectType": "Activity",
            "id": self._course,
            "definition": {"type": COURSE_TYPE, "name": {self._done.lang: self._done.title}},
        }
        made = self._statement(verb, at, "", target, extensions, result)
        made["context"]["contextActivities"] = {"category": categories}
        return made

    def answer(self, one: Answered, number: int) -> dict[str, Any]:
        """One that cmi5 allows."""
        target = {
            "objectType": "Activity",
            "id": f"{self._done.base.rstrip('/')}/cards/{one.card}",
            "definition": {"type": QUESTION_TYPE, "interactionType": "choice"},
        }
        result: dict[str, Any] = {"success": one.right, "response": str(one.number)}
        if one.seconds is not None:
            result["duration"] = duration(max(0.0, one.seconds))
        made = self._statement("answered", one.at, str(number), target, {SESSION: self._session}, result)
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
