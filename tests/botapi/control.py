"""`/_control/`: the same powers for a test in another process, as small JSON calls. Off unless asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from .rate import Limits
from .server import BotApiServer
from .state import Chat, Message, Sent, Tap

LONGEST_WAIT_S = 120.0
_ACTIONS = (
    "add_chat", "user_says", "user_sends", "user_sends_photo", "user_sends_voice", "user_sends_video",
    "user_sends_sticker", "user_sends_document", "user_sends_location", "user_sends_contact", "user_taps", "user_edits",
    "user_deletes", "user_deletes_chat", "user_blocks", "user_unblocks", "user_deactivates", "kick_bot", "migrate",
    "inject", "fault", "advance", "menu_of",
)  # fmt: skip


def add_routes(server: BotApiServer, app: web.Application) -> None:
    control = Control(server)
    app.router.add_post("/_control/do", control.do)
    app.router.add_post("/_control/wait", control.wait)
    app.router.add_get("/_control/sent", control.sent)
    app.router.add_get("/_control/visible", control.visible)
    app.router.add_get("/_control/state", control.state)


class Control:
    def __init__(self, server: BotApiServer) -> None:
        self._server = server
        self._actions: dict[str, Callable[..., Any]] = {name: getattr(server, name) for name in _ACTIONS}
        self._actions |= {"clear_faults": server.faults.clear, "set_latency": self._set_latency,
                          "set_limits": self._set_limits}  # fmt: skip

    async def do(self, request: web.Request) -> web.Response:
        """`{"action": "user_says", "args": {"chat_id": 7, "said": "hello"}}`"""
        try:
            asked = await request.json()
            result = self._actions[asked["action"]](**asked.get("args", {}))
        except (KeyError, LookupError, TypeError, ValueError) as problem:
            return _answer({"ok": False, "error": f"{type(problem).__name__}: {problem}"}, 400)
        return _answer({"ok": True, "result": _plain(result)})

    async def wait(self, request: web.Request) -> web.Response:
        """`{"chat_id": 7, "contains": "...", "payload": "...", "after": 3, "timeout": 5}`: the first is needed."""
        try:
            asked = await request.json()
            contains, payload = asked.get("contains", ""), asked.get("payload")
            timeout = min(float(asked.get("timeout", 5.0)), LONGEST_WAIT_S)

            def fits(message: Message) -> bool:
                return contains in message.text and (payload is None or payload in message.payloads)

            found = await self._server.wait_for_message(asked["chat_id"], fits, timeout, after=asked.get("after"))
        except TimeoutError as problem:
            return _answer({"ok": False, "error": str(problem)}, 408)
        except (KeyError, TypeError, ValueError) as problem:
            return _answer({"ok": False, "error": f"{type(problem).__name__}: {problem}"}, 400)
        return _answer({"ok": True, "result": found.to_json()})

    async def sent(self, request: web.Request) -> web.Response:
        """From the position `after` on, counted from 0."""
        after = int(request.query.get("after", "0"))
        return _answer({"ok": True, "result": [sent.to_json() for sent in self._server.sent[after:]]})

    async def visible(self, request: web.Request) -> web.Response:
        chat = self._server.world.chats.get(int(request.query["chat_id"]))
        return _answer({"ok": True, "result": [m.to_json() for m in chat.visible()] if chat else []})

    async def state(self, _request: web.Request) -> web.Response:
        server = self._server
        return _answer(
            {
                "ok": True,
                "result": {
                    "violations": [asdict(violation) for violation in server.violations],
                    "pending_updates": len(server.world.updates.pending()),
                    "next_update_id": server.world.updates.next_id,
                    "sent": len(server.sent),
                    "requests": len(server.requests),
                    "unanswered_taps": [tap.id for tap in server.unanswered_taps()],
                    "max_per_second": server.rate.max_per_second(),
                    "max_per_second_in_a_chat": server.rate.max_per_second_in_a_chat(),
                    "rate_refused": server.rate.refused,
                    "webhook": asdict(server.webhook) if server.webhook else None,
                    "commands": server.world.commands,
                    "profile": server.world.profile,
                    "now": server.clock.now(),
                },
            }
        )

    def _set_latency(self, ms: float) -> None:
        self._server.latency_ms = ms

    def _set_limits(self, overall: int | None = None, per_chat: int | None = None) -> None:
        """Without numbers, enforcement is off."""
        known = {"overall": overall, "per_chat": per_chat}
        given = {name: value for name, value in known.items() if value is not None}
        self._server.rate.limits = Limits(**given) if given else None


def _plain(result: Any) -> Any:
    match result:
        case Message() | Sent():
            return result.to_json()
        case Chat():
            return result.describe()
        case Tap():
            return asdict(result)
        case dict() | list() | str() | int() | float() | None:
            return result
        case _:
            return None


def _answer(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")
