"""The rules of the Experience API 1.0.3 (part two, statements) and of cmi5 (sections 9 and 10) that a record store holds a statement
to, written from the specifications. `check` returns what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import RFC_4122, UUID

STATEMENT = {
    "id",
    "actor",
    "verb",
    "object",
    "result",
    "context",
    "timestamp",
    "stored",
    "authority",
    "version",
    "attachments",
}
RESULT = {"score", "success", "completion", "response", "duration", "extensions"}
CONTEXT = {
    "registration", "instructor", "team", "contextActivities", "revision", "platform", "language", "statement", "extensions"
}  # fmt: skip
SCORE = {"scaled", "raw", "min", "max"}
DEFINITION = {
    "name", "description", "type", "moreInfo", "interactionType", "correctResponsesPattern", "choices", "scale", "source",
    "target", "steps", "extensions",
}  # fmt: skip
INTERACTIONS = {
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric", "other"
}  # fmt: skip
DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*")
CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
MASTERY = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
DEFINED = {"launched", "initialized", "completed", "passed", "failed", "abandoned", "waived", "terminated", "satisfied"}


def check(statement: Any) -> list[str]:
    """Problems with one statement; empty where a store must take it."""
    return [*_statement(statement), *_cmi5(statement)]


def _statement(s: Any) -> Iterator[str]:
    if not isinstance(s, dict):
        yield "not an object"
        return
    yield from (f"unknown property {name}" for name in set(s) - STATEMENT)
    yield from (f"missing {name}" for name in ("actor", "verb", "object") if name not in s)
    yield from _no_null(s, "statement")
    if "id" in s and not _uuid(s["id"]):
        yield "id is no UUID"
    if "version" in s and not re.fullmatch(r"1\.0(\.\d+)?", str(s["version"])):
        yield "version"
    if "timestamp" in s and not _timestamp(s["timestamp"]):
        yield "timestamp"
    yield from _agent(s.get("actor", {}))
    verb = s.get("verb", {})
    if not _iri(verb.get("id")):
        yield "verb.id is no IRI"
    yield from _map(verb.get("display", {}), "verb.display")
    yield from (f"verb has {name}" for name in set(verb) - {"id", "display"})
    yield from _activity(s.get("object", {}), "object")
    if "result" in s:
        yield from _result(s["result"])
    yield from _choice(s.get("object", {}).get("definition", {}), s.get("result", {}).get("response"))
    if "context" in s:
        yield from _context(s["context"])


def _no_null(value: Any, where: str) -> Iterator[str]:
    """Null only inside of extensions (2.2)."""
    if value is None:
        yield f"{where} is null"
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name != "extensions":
                yield from _no_null(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _no_null(inner, where)


def _agent(actor: Any) -> Iterator[str]:
    """Exactly one inverse functional identifier (2.4.2)."""
    if actor.get("objectType", "Agent") != "Agent":
        yield "actor.objectType"
    kinds = [name for name in ("mbox", "mbox_sha1sum", "openid", "account") if name in actor]
    if len(kinds) != 1:
        yield f"actor has {len(kinds)} identifiers"
    account = actor.get("account")
    if account is not None:
        if set(account) != {"homePage", "name"}:
            yield "account needs homePage and name alone"
        if not _iri(account.get("homePage")):
            yield "account.homePage is no IRI"
        if not isinstance(account.get("name"), str) or not account["name"]:
            yield "account.name"
    yield from (f"actor has {name}" for name in set(actor) - {"objectType", "name", *kinds})


def _activity(thing: Any, where: str) -> Iterator[str]:
    if thing.get("objectType", "Activity") != "Activity":
        yield f"{where}.objectType"
    if not _iri(thing.get("id")):
        yield f"{where}.id is no IRI"
    yield from (f"{where} has {name}" for name in set(thing) - {"objectType", "id", "definition"})
    definition = thing.get("definition", {})
    yield from (f"{where}.definition has {name}" for name in set(definition) - DEFINITION)
    for name in ("name", "description"):
        yield from _map(definition.get(name, {}), f"{where}.{name}")
    if "type" in definition and not _iri(definition["type"]):
        yield f"{where}.type is no IRI"
    if "interactionType" in definition and definition["interactionType"] not in INTERACTIONS:
        yield f"{where}.interactionType"


def _choice(definition: Any, response: Any) -> Iterator[str]:
    """What was chosen and what is right are ids of choices (2.4.4.1, interaction activities)."""
    choices = definition.get("choices", [])
    if choices and definition.get("interactionType") not in ("choice", "sequencing"):
        yield "choices of no interaction that has them"
    for one in choices:
        if set(one) - {"id", "description"} or not isinstance(one.get("id"), str):
            yield "a choice needs an id"
        yield from _map(one.get("description", {}), "choice.description")
    ids = [one.get("id") for one in choices]
    if len(set(ids)) != len(ids):
        yield "two choices of one id"
    for pattern in definition.get("correctResponsesPattern", []):
        if choices and not set(pattern.split("[,]")) <= set(ids):
            yield "a right response that is no choice"
    if choices and response is not None and not set(response.split("[,]")) <= set(ids):
        yield "a response that is no choice"


def _result(result: Any) -> Iterator[str]:
    yield from (f"result has {name}" for name in set(result) - RESULT)
    for name in ("success", "completion"):
        if name in result and not isinstance(result[name], bool):
            yield f"result.{name} is no boolean"
    if "response" in result and not isinstance(result["response"], str):
        yield "result.response is no string"
    if "duration" in result and not DURATION.fullmatch(result["duration"]):
        yield "result.duration"
    score = result.get("score", {})
    yield from (f"score has {name}" for name in set(score) - SCORE)
    if "scaled" in score and not -1 <= score["scaled"] <= 1:
        yield "score.scaled"


def _context(context: Any) -> Iterator[str]:
    yield from (f"context has {name}" for name in set(context) - CONTEXT)
    if "registration" in context and not _uuid(context["registration"]):
        yield "registration is no UUID"
    activities = context.get("contextActivities", {})
    yield from (f"contextActivities has {n}" for n in set(activities) - {"parent", "grouping", "category", "other"})
    for name, listed in activities.items():
        for one in listed if isinstance(listed, list) else [listed]:
            yield from _activity(one, f"contextActivities.{name}")
    yield from (f"extension {name} is no IRI" for name in context.get("extensions", {}) if not _iri(name))


def _cmi5(s: Any) -> Iterator[str]:
    verb = str(s.get("verb", {}).get("id", "")).rpartition("/")[2]
    context, result = s.get("context", {}), s.get("result", {})
    if "registration" not in context:
        yield "cmi5 9.6.1: no registration"
    if SESSION not in context.get("extensions", {}):
        yield "cmi5 9.6.3.1: no session"
    if not str(s.get("timestamp", "")).endswith("Z"):
        yield "cmi5 9.7: timestamp not in UTC"
    if "account" not in s.get("actor", {}):
        yield "cmi5 9.2: actor without account"
    listed = {one["id"] for one in context.get("contextActivities", {}).get("category", [])}
    if (f"{CATEGORY}cmi5" in listed) != (verb in DEFINED):
        yield "cmi5 9.6.2.1: category of defined statements, and of no other"
    if (f"{CATEGORY}moveon" in listed) != (verb in {"completed", "passed", "failed", "waived"}):
        yield "cmi5 9.6.2.2: category moveOn"
    if ("completion" in result) != (verb in {"completed", "waived"}) or result.get("completion") is False:
        yield "cmi5 9.5.3: completion"
    if verb in DEFINED and ("success" in result) != (verb in {"passed", "failed", "waived"}):
        yield "cmi5 9.5.2: success"
    if result.get("success") is not None and verb in {"passed", "failed"} and result["success"] != (verb == "passed"):
        yield "cmi5 9.5.2: success against the verb"
    if "score" in result and verb not in {"passed", "failed"} and verb in DEFINED:
        yield "cmi5 9.5.1: score"
    if verb in {"completed", "passed", "failed", "terminated"} and "duration" not in result:
        yield "cmi5 9.5.4: duration"
    mastery = context.get("extensions", {}).get(MASTERY)
    scaled = result.get("score", {}).get("scaled")
    if mastery is not None and scaled is not None and (scaled >= mastery) != (verb == "passed"):
        yield "cmi5 9.3.4: passed against the mastery score"


def session(statements: list[Any]) -> list[str]:
    """The order inside of a session (cmi5 9.3): first initialized, last terminated, each defined verb once, passed or failed."""
    verbs = [s["verb"]["id"].rpartition("/")[2] for s in statements]
    found = []
    if verbs[0] != "initialized" or verbs[-1] != "terminated":
        found.append("order")
    defined = [v for v in verbs if v in DEFINED]
    if len(defined) != len(set(defined)) or {"passed", "failed"} <= set(defined):
        found.append("twice")
    if len({s["id"] for s in statements}) != len(statements):
        found.append("ids")
    times = [s["timestamp"] for s in statements]
    if times != sorted(times):
        found.append("times")
    return found


def _uuid(text: Any) -> bool:
    try:
        return str(UUID(text)) == text.lower() and UUID(text).variant == RFC_4122
    except (ValueError, TypeError, AttributeError):
        return False


def _iri(text: Any) -> bool:
    if not isinstance(text, str) or re.search(r"[\s<>\"{}|\\^`]", text):
        return False
    parts = urlsplit(text)
    return bool(parts.scheme and (parts.netloc or parts.scheme not in ("http", "https")))


def _timestamp(text: Any) -> bool:
    try:
        return datetime.fromisoformat(str(text)).tzinfo is not None and "-00:00" not in str(text)
    except ValueError:
        return False


def _map(words: Any, where: str) -> Iterator[str]:
    yield from (f"{where}: {tag} is no language" for tag in words if not LANGUAGE.fullmatch(tag))
