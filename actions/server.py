"""The action route: one POST on loopback behind a header token; bare 500s, no body is ever echoed or logged."""

from __future__ import annotations

import hmac
import logging
import os
import sys
from typing import Any

import orjson
from aiohttp import web
from rasa_sdk.executor import ActionExecutor

from bot.library import loading

log = logging.getLogger("waymark.actions")
HEADER = "X-Waymark-Token"


class _Silent(ActionExecutor):  # type: ignore[misc]
    """The SDK's executor, without its file watching and with our actions only."""

    def register_ours(self) -> None:
        from actions import answers

        for thing in vars(answers).values():
            concrete = isinstance(thing, type) and thing.__module__ == answers.__name__ and hasattr(thing, "run")
            if concrete and thing.__name__.startswith("Action"):
                self.register_action(thing())


def executor() -> ActionExecutor:
    """All actions, registered by name."""
    logging.getLogger("rasa_sdk").setLevel(logging.ERROR)
    ours = _Silent()
    ours.register_ours()
    return ours


def application(token: str) -> web.Application:
    """POST /webhook as Rasa calls it; GET /alive."""
    if len(token) < 16:
        raise ValueError("the action server needs WAYMARK_ACTION_TOKEN (16 characters or more)")
    run_actions = executor()
    loading.shared()
    secret = token.encode()

    def allowed(request: web.Request) -> bool:
        return hmac.compare_digest((request.headers.get(HEADER) or "").encode(), secret)

    async def webhook(request: web.Request) -> web.Response:
        if not allowed(request):
            return web.Response(status=403)
        try:
            call: dict[str, Any] = orjson.loads(await request.read())
            result = await run_actions.run(call)
            body = orjson.dumps(_plain(result) if result else {"events": [], "responses": []})
        except Exception as error:
            log.error("action call failed: %s", type(error).__name__)
            return web.Response(status=500)
        return web.Response(body=body, content_type="application/json")

    async def alive(request: web.Request) -> web.Response:
        return web.Response(status=204 if allowed(request) else 403)

    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_post("/webhook", webhook)
    app.router.add_get("/alive", alive)
    return app


def _plain(result: Any) -> Any:
    return result.model_dump() if hasattr(result, "model_dump") else result


def main() -> None:
    """Run as a process of its own: port in WAYMARK_ACTION_PORT, token in WAYMARK_ACTION_TOKEN."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    app = application(os.environ["WAYMARK_ACTION_TOKEN"])

    async def ready(_: web.Application) -> None:
        sys.stdout.write("actions ready\n")  # the line that the process which started us waits for
        sys.stdout.flush()

    app.on_startup.append(ready)
    web.run_app(
        app, host="127.0.0.1", port=int(os.environ["WAYMARK_ACTION_PORT"]), print=lambda *_: None, access_log=None
    )


if __name__ == "__main__":
    main()
