"""The one door into Rasa: three routes on loopback behind a header token, and nothing that echoes what was sent.

`POST /webhooks/desk/parse` reads a text without a conversation, and says the thresholds too where `explain` asks for them;
`POST …/turn` runs one turn; `DELETE …/chat/<hash>` forgets. Any failure is a bare 500: the desk then gives the safety reply (rulings 2, design decision 12).
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.nlu.classifiers.classifier import IntentClassifier
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from nlu.text import for_rasa, without_leet

log = logging.getLogger("waymark.nlu")
HEADER = "X-Waymark-Token"


class DeskChannel(InputChannel):
    """Rasa input channel named in `credentials.yml`."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @classmethod
    def name(cls) -> str:
        return "desk"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> DeskChannel:
        token = (credentials or {}).get("token") or ""
        if len(token) < 16 or token.startswith("$"):
            raise ValueError("credentials.yml: the desk channel needs WAYMARK_NLU_TOKEN (16 characters or more)")
        return cls(token)

    def _guard(self, handler: Callable[..., Awaitable[HTTPResponse]]) -> Callable[..., Awaitable[HTTPResponse]]:
        @wraps(handler)
        async def guarded(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
            given = (request.headers.get(HEADER) or "").encode()
            if not hmac.compare_digest(given, self._token):
                return HTTPResponse(status=403)
            try:
                return await handler(request, *args, **kwargs)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.error("turn failed: %s", type(error).__name__)
                return HTTPResponse(status=500)

        return guarded

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("desk_channel")

        @routes.post("/parse")
        @self._guard
        async def parse(request: Request) -> HTTPResponse:
            body = request.json
            agent = request.app.ctx.agent
            message = UserMessage(_as_read(body["text"]), metadata=body.get("metadata") or {}, input_channel="desk")
            reading = _reading(await agent.processor.parse_message(message))
            if body.get("explain") is True:
                reading["thresholds"] = _thresholds(agent.processor)
            return json(reading)

        @routes.post("/turn")
        @self._guard
        async def turn(request: Request) -> HTTPResponse:
            body = request.json
            agent = request.app.ctx.agent
            output = CollectingOutputChannel()
            text = _as_intent(agent, body["row"]) if "row" in body else _as_read(body["text"])
            message = UserMessage(text, output, body["chat"], input_channel="desk", metadata=body.get("metadata") or {})
            await agent.handle_message(message)
            tracker = await agent.tracker_store.retrieve(body["chat"])
            replies = [m["custom"] for m in output.messages if "custom" in m]
            if not replies:
                # Where the actions failed before a session began, Rasa predicts until its limit and never listens again.
                _forget(agent.tracker_store, body["chat"])
            return json({**_reading(tracker.latest_message.parse_data), "replies": replies})

        @routes.delete("/chat/<chat>")
        @self._guard
        async def forget(request: Request, chat: str) -> HTTPResponse:
            _forget(request.app.ctx.agent.tracker_store, chat)
            return HTTPResponse(status=204)

        @routes.get("/alive")
        @self._guard
        async def alive(request: Request) -> HTTPResponse:
            return HTTPResponse(status=204 if _ready(request.app) else 503)

        return routes


def _as_read(text: str) -> str:
    """What the pipeline gets of a person's words."""
    return for_rasa(without_leet(text))


def _forget(store: Any, chat: str) -> None:
    """Rasa hides the store of `endpoints.yml` behind one that cannot forget, and keeps a second one for when ours fails."""
    fallback = getattr(store, "_fallback_tracker_store", None)
    if fallback is not None:
        fallback.store.pop(chat, None)
    while not hasattr(store, "forget"):
        store = store._tracker_store
    store.forget(chat)


def _as_intent(agent: Any, row: str) -> str:
    """A tapped button names its row outright; only here may a message begin with a slash."""
    if row not in agent.domain.intents:
        raise ValueError("unknown row")
    return f"/{row}"


def _ready(app: Sanic) -> bool:
    agent = getattr(app.ctx, "agent", None)
    return bool(agent and agent.is_ready())


def _thresholds(processor: Any) -> dict[str, float]:
    """From which confidence on the loaded classifier names a row, by the names of its settings; for `waymark explain`. Rasa keeps
    the loaded components to itself."""
    nodes = getattr(processor.graph_runner, "_instantiated_nodes", {}).values()
    loaded = (getattr(node, "_component", None) for node in nodes)
    configs = [getattr(part, "_config", {}) for part in loaded if isinstance(part, IntentClassifier)]
    return {name: float(value) for config in configs for name, value in config.items() if name.endswith("threshold")}


def _reading(parse_data: dict[str, Any]) -> dict[str, Any]:
    """What the classifier made of the text, never the text itself."""
    return {
        "intent": (parse_data.get("intent") or {}).get("name"),
        "confidence": (parse_data.get("intent") or {}).get("confidence"),
        "ranking": [[r["name"], r["confidence"]] for r in parse_data.get("intent_ranking", [])],
        "entities": [[e["entity"], e["value"]] for e in parse_data.get("entities", [])],
        "known_words": bool(parse_data.get("known_words", True)),
    }
