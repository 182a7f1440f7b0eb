"""A Telegram Bot API server on the loopback, for tests: strict about what is asked, real in what it answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from . import rules, spec
from .faults import Fault, FaultBook, Kind
from .methods import Methods
from .rate import Limits, RateLog
from .state import LONG_POLL_MAX_S, ApiError, Clock, Files, Json, Message, Sent, Upload, World
from .users import UserActions
from .webhook import Pump, Webhook

HANG_LIMIT_S = 900.0
REQUESTS_KEPT = 100_000
BODY_LIMIT = 60 * 1024 * 1024
OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
_TOO_LONG = {(method, "text"): "message is too long" for method in ("sendMessage", "editMessageText")}


@dataclass(frozen=True)
class Violation:
    """A call that a bot must never make."""

    method: str
    problem: str
    params: Json


@dataclass
class Request:
    """One call and how it was answered: an HTTP status, or 0 where there was no answer."""

    method: str
    params: Json
    at: float
    status: int = 0
    processed: bool = False


class BotApiServer(UserActions):
    """`async with BotApiServer(token) as server:` ... `server.base_url`, `server.user_says(...)`, `server.sent`."""

    def __init__(
        self,
        token: str,
        *,
        port: int = 0,
        username: str = "waymark_test_bot",
        now: Callable[[], float] = time.time,
        limits: Limits | None = None,
        reads_all_group_messages: bool = False,
        latency_ms: float = 0.0,
        seed: int = 0,
        routes: Callable[[BotApiServer, web.Application], None] | None = None,
    ) -> None:
        self.token = token
        self.clock = Clock(now)
        self.world = World(int(token.partition(":")[0]), username, self.clock, reads_all=reads_all_group_messages)
        self.spec = spec.load()
        self.rate = RateLog(limits)
        self.faults = FaultBook(seed)
        self.latency_ms = latency_ms
        self.violations: list[Violation] = []
        self.requests: deque[Request] = deque(maxlen=REQUESTS_KEPT)
        self.webhook: Webhook | None = None
        self._methods = Methods(self.world, self.spec, self.rate)
        self._pump: Pump | None = None
        self._changing_webhook = asyncio.Lock()
        self._poll: asyncio.Future[str] | None = None
        self._waiting: set[asyncio.Event] = set()
        self._stop = asyncio.Event()
        self._port = port
        self._runner: web.AppRunner | None = None
        self.app = web.Application(client_max_size=BODY_LIMIT)
        self.app.router.add_route("*", "/bot{token}/{method}", self._serve)
        if routes:
            routes(self, self.app)

    # --- life

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.world.listeners.append(self._changed)

    async def stop(self) -> None:
        self._stop.set()
        self._end_poll("stop")
        with contextlib.suppress(ValueError):
            self.world.listeners.remove(self._changed)
        await self._close_pump()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """As python-telegram-bot wants it: the token is appended by the client."""
        return f"{self.url}/bot"

    # --- for tests

    @property
    def sent(self) -> list[Sent]:
        """Every send ever accepted."""
        return self.world.sent

    def sent_to(self, chat_id: int) -> list[Sent]:
        return [sent for sent in self.world.sent if sent.chat_id == chat_id]

    def calls(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.method == method]

    def fault(self, method: str, kind: Kind, **how: Any) -> Fault:
        """`how`: count, probability, after, chat_id, retry_after, latency_ms, description, html, for_s."""
        return self.faults.add(method, kind, **how)

    def advance(self, seconds: float) -> None:
        """Moves Telegram's clock on: messages grow too old to delete, updates are forgotten."""
        self.clock.advance(seconds)

    async def wait_for(self, condition: Callable[[], bool], timeout: float = 5.0) -> None:
        """Until the condition holds, looking again at every change."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    await event.wait()
                    event.clear()
        finally:
            self._waiting.discard(event)

    async def wait_for_message(
        self,
        chat_id: int,
        predicate: Callable[[Message], bool] | str | None = None,
        timeout: float = 5.0,
        *,
        after: int | None = None,
    ) -> Message:
        """The first message on the screen from the bot that fits: a predicate, or a part of the text.

        Counts what was sent or edited since the person's last message or tap; with `after`, what has a higher
        message id (0: everything).
        """

        found: list[Message] = []

        def look() -> bool:
            chat = self.world.chats.get(chat_id)
            for message in chat.visible() if chat else ():
                if not message.from_bot or not _fits(message, predicate):
                    continue
                if chat and (message.touched > chat.last_user_event if after is None else message.message_id > after):
                    found.append(message)
                    return True
            return False

        try:
            await self.wait_for(look, timeout)
        except TimeoutError:
            chat = self.world.chats.get(chat_id)
            shown = [f"{'bot' if m.from_bot else 'user'}: {m.text[:80]!r}" for m in chat.visible()] if chat else []
            missed = f"no such message in chat {chat_id} within {timeout} s; on the screen: {shown}"
            raise TimeoutError(missed) from None
        return found[0]

    def _changed(self) -> None:
        for event in self._waiting:
            event.set()
        if self._poll and not self._poll.done() and self.world.updates:
            self._poll.set_result("update")

    # --- serving

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _error(ApiError(401, "Unauthorized"))
        if request.method not in ("GET", "POST"):
            return _error(ApiError(405, "Method Not Allowed"))
        name = request.match_info["method"]
        method = self.spec.methods.get(name)
        if method is None:
            self.violations.append(Violation(name, "unknown method", {}))
            return _error(ApiError(404, "Not Found"))
        log = Request(name, {}, self.clock.now())
        self.requests.append(log)
        try:
            raw, files = await _read(request)
        except ApiError as error:
            self.violations.append(Violation(name, error.description, {}))
            log.status = error.code
            return _error(error)
        log.params = params = self.spec.decode(method, raw)
        refusal = self._check(method, params, files)
        latency, fault = self.faults.draw(name, params.get("chat_id"))
        if latency + self.latency_ms > 0:
            await asyncio.sleep((latency + self.latency_ms) / 1000)
        if fault and not fault.after:
            return await self._strike(request, fault, log)
        try:
            if refusal:
                raise refusal
            result = await self._run(method, params, files)
        except ApiError as error:
            log.status = error.code
            return _error(error)
        log.processed = True
        if fault:
            return await self._strike(request, fault, log)
        log.status = 200
        return _json({"ok": True, "result": result}, 200)

    def _check(self, method: spec.Method, params: Json, files: Files) -> ApiError | None:
        plain, problems = rules.plain_texts(params)
        problems += self.spec.check_call(method, params, files, plain)
        if not problems:
            problems += rules.check(self.spec, method.name, params, plain)
            problems += rules.check_files(method.name, files)
        for problem in problems:
            self.violations.append(Violation(method.name, problem, params))
        if not problems:
            return None
        name, _, rest = problems[0].partition(": ")
        description = _TOO_LONG.get((method.name, name), problems[0]) if "at most" in rest else problems[0]
        if name.endswith(".callback_data"):
            description = "BUTTON_DATA_INVALID"
        return ApiError(400, f"Bad Request: {description}")

    async def _run(self, method: spec.Method, params: Json, files: Files) -> Any:
        match method.name:
            case "getUpdates":
                return await self._get_updates(params)
            case "setWebhook":
                return await self._set_webhook(params)
            case "deleteWebhook":
                return await self._set_webhook({**params, "url": ""})
            case "getWebhookInfo":
                return self._webhook_info()
        return self._methods.run(method, params, files)

    async def _strike(self, request: web.Request, fault: Fault, log: Request) -> web.StreamResponse:
        if fault.kind in ("hang", "reset"):
            if fault.kind == "hang":
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HANG_LIMIT_S):
                        await self._stop.wait()
            _reset(request)
            return web.Response(status=500)  # nobody hears it: the connection is gone
        log.status = fault.status
        if fault.html:
            page = f"<html><head><title>{fault.status} {fault.says}</title></head></html>"
            return web.Response(status=fault.status, text=page, content_type="text/html")
        parameters = {"retry_after": fault.retry_after} if fault.kind == "429" else {}
        return _error(ApiError(fault.status, fault.says, **parameters))

    # --- updates

    async def _get_updates(self, params: Json) -> list[Json]:
        if self.webhook:
            raise ApiError(409, WEBHOOK_ACTIVE)
        if "allowed_updates" in params:
            self.world.updates.allow(params["allowed_updates"])
        offset, limit = params.get("offset", 0), params.get("limit", 100)
        updates = self.world.updates.get(offset, limit)
        self.world.changed()
        wait = min(params.get("timeout", 0), LONG_POLL_MAX_S)
        if updates or wait <= 0 or self._stop.is_set():
            return updates
        self._end_poll(OTHER_POLL)
        self._poll = poll = asyncio.get_running_loop().create_future()
        await asyncio.wait({poll}, timeout=wait)
        if not poll.done():
            poll.set_result("time")
        if poll.result().startswith("Conflict"):
            raise ApiError(409, poll.result())
        return self.world.updates.get(offset, limit)

    def _end_poll(self, reason: str) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(reason)

    async def _set_webhook(self, params: Json) -> bool:
        async with self._changing_webhook:
            await self._close_pump()
            return self._replace_webhook(params)

    def _replace_webhook(self, params: Json) -> bool:
        if "allowed_updates" in params:
            self.world.updates.allow(params["allowed_updates"])
        if params.get("drop_pending_updates"):
            self.world.updates.clear()
        self.webhook = None
        if params["url"]:
            self._end_poll("Conflict: terminated by setWebhook request")
            self.webhook = Webhook(params["url"], params.get("secret_token"), params.get("max_connections", 40))
            self._pump = Pump(self.world, self.webhook)
        self.world.changed()
        return True

    def _webhook_info(self) -> Json:
        pending = len(self.world.updates.pending())
        info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": pending}
        hook = self.webhook
        if hook:
            info |= {"url": hook.url, "max_connections": hook.max_connections}
        if hook and hook.last_error:
            info |= {"last_error_date": hook.last_error_at, "last_error_message": hook.last_error}
        if self.world.updates.allowed:
            info["allowed_updates"] = self.world.updates.allowed
        return info

    async def _close_pump(self) -> None:
        pump, self._pump = self._pump, None
        if pump:
            await pump.close()


async def _read(request: web.Request) -> tuple[Json, Files]:
    """Parameters from the query and a JSON, form or multipart body, and the files that came along by the names of their fields."""
    raw: Json = dict(request.query)
    files: dict[str, Upload] = {}
    if not request.can_read_body:
        return raw, files
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise ApiError(400, "Bad Request: can't parse JSON object") from None
        if not isinstance(body, dict):
            raise ApiError(400, "Bad Request: JSON object expected")
        raw |= body
    elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        try:
            form = await request.post()
            for name, value in form.items():
                if name in raw or name in files:
                    raise ApiError(400, f"Bad Request: {name} is given twice")
                if isinstance(value, web.FileField):
                    files[name] = Upload(value.filename, value.content_type, value.file.read())
                else:
                    raw[name] = value.decode() if isinstance(value, bytes | bytearray) else value
        except ValueError:
            raise ApiError(400, "Bad Request: can't parse the body") from None
    elif await request.read():
        raise ApiError(400, f"Bad Request: unsupported content type {request.content_type}")
    return raw, files


def _fits(message: Message, predicate: Callable[[Message], bool] | str | None) -> bool:
    if predicate is None:
        return True
    return predicate in message.text if isinstance(predicate, str) else predicate(message)


def _json(body: Json, status: int) -> web.Response:
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")


def _error(error: ApiError) -> web.Response:
    parameters = {"parameters": error.parameters} if error.parameters else {}
    return _json({"ok": False, "error_code": error.code, "description": error.description, **parameters}, error.code)


def _reset(request: web.Request) -> None:
    """RST, not FIN: what a crashed proxy looks like."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
