"""`waymark ask --jsonl`: one message a line in, one answer a line out, each in a conversation of its own (contract in
docs/reference/ask.md). Nothing is kept: no store, random names, memory only."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import orjson

from bot.channels.backroom import Backroom
from bot.channels.conversation import Conversation, Said
from bot.desk import Desk
from bot.library.loading import Library
from bot.nlu import RasaNlu

ROLES = ("guest", "officer", "coordinator", "advocate")


def parse_line(line: str | bytes) -> dict[str, Any]:
    """One request. Raises ValueError with what is wrong; its `args[1]` is the id where one could be read."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ValueError("not a JSON object on one line", None) from None
    if not isinstance(data, dict):
        raise ValueError("not a JSON object", None)
    given = data.get("id")
    if not isinstance(given, str) or not given:
        raise ValueError("`id` must be a text that is not empty", given)
    if not isinstance(data.get("text"), str):
        raise ValueError("`text` must be a text", given)
    if data.get("role", "guest") not in ROLES:
        raise ValueError(f"`role` must be one of {', '.join(ROLES)}", given)
    if data.get("lang") not in (None, "en", "es"):
        raise ValueError("`lang` must be en, es or null", given)
    return data


def answer_of(request: dict[str, Any], said: Said, ms: float) -> dict[str, Any]:
    """The line that goes out."""
    main = said.main
    handled = [r.handling for r in said.outcome.replies if r.kind != "intro" and r is not main]
    handling = main.handling if main else "out_of_scope"
    also = [row for row in dict.fromkeys([*(main.also if main else []), *handled]) if row != handling]
    offered = list(main.offered[:3]) if main else []
    danger = any(r.kind == "danger" for r in said.outcome.replies)
    return {
        "id": request["id"],
        "handling": handling,
        "confidence": None
        if said.outcome.confidence is None or (danger and not said.outcome.confidence)
        else round(said.outcome.confidence, 4),
        "lang": said.outcome.lang,
        "also": also,
        "offered": offered,
        "answered": bool(main) and main is not None and main.kind not in ("offer", "miss"),
        "replies": [
            {"kind": r.kind, "text": m.text, "buttons": [{"title": t, "payload": p} for t, p in m.buttons]}
            for r, m in said.messages
        ],
        "sources": list(dict.fromkeys(s for _, m in said.messages for s in m.sources)),
        "ms": round(ms, 1),
    }


async def answers(
    lines: Iterable[str | bytes], desk: Desk, library: Library, nlu: RasaNlu, backroom: Backroom | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Answers in the order of the lines; a bad line gives `{"id", "error"}` and the rest goes on."""
    for line in lines:
        if not line.strip():
            continue
        try:
            request = parse_line(line)
        except ValueError as error:
            yield {"id": error.args[1], "error": error.args[0]}
            continue
        conversation = Conversation(desk, library, nlu, request.get("role") or "guest", request.get("lang"), backroom)
        started = time.perf_counter()
        said = await conversation.say(request["text"])
        yield answer_of(request, said, (time.perf_counter() - started) * 1000)
        await conversation.forget()
