"""One Rasa a session, trained once; the action route runs inside this process, so that actions are the real ones and a
test can break them. Nothing here talks to anything but 127.0.0.1."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bot import trained
from bot.channels.backroom import Backroom
from bot.channels.conversation import Conversation
from bot.desk import Desk
from bot.library import loading
from bot.library.directory.shelf import EXAMPLE, Shelf
from bot.library.loading import Library
from bot.processes import Processes, free_port
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.settings import Settings

ACTION_TOKEN = "test-action-token-0123456789"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The half second after which a channel answers past the store is real time, and a busy machine may need longer."""
    monkeypatch.setattr("bot.channels.telegram.receive.STORE_SECONDS", 30.0)


@pytest.fixture(scope="session")
def library() -> Library:
    """With the fictional directory, as `chat` has it where there is no other."""
    now = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)
    return replace(loading.shared(), directory=Shelf(EXAMPLE, fictional=True, now=lambda: now))


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The models of this machine (trained once by `make test`), everything else in a folder of its own."""
    base = Settings()
    home = Path(tempfile.mkdtemp(prefix="waymark-test-"))
    return base.model_copy(update={"home": home, "keys_dir": home / "keys", "models_dir": base.models})


class ActionDoor:
    """The action route in this process; `broken` makes it misbehave: "500", "hang", "empty", or None."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.broken: str | None = None
        self.calls = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def action_door() -> AsyncIterator[ActionDoor]:
    from actions.server import application

    door = ActionDoor(free_port())

    @web.middleware
    async def breakable(request: web.Request, handler: Any) -> web.StreamResponse:
        door.calls += 1
        if door.broken == "500":
            return web.Response(status=500)
        if door.broken == "hang":
            await asyncio.sleep(5)
        if door.broken == "empty":
            return web.json_response({"events": [], "responses": []})
        response: web.StreamResponse = await handler(request)
        return response

    app = application(ACTION_TOKEN)
    app.middlewares.append(breakable)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", door.port).start()
    yield door
    await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rasa(settings: Settings, action_door: ActionDoor) -> AsyncIterator[Processes]:
    trained.ensure(settings, lambda _: None)
    async with Processes(settings, action_url=action_door.url, action_token=ACTION_TOKEN) as parts:
        yield parts


@pytest.fixture(scope="session")
def desk(library: Library, rasa: Processes) -> Desk:
    return Desk(library, rasa.nlu, floors.shared(), leaving.shared())


@pytest.fixture
def talk(desk: Desk, library: Library, rasa: Processes, action_door: ActionDoor) -> Any:
    """`talk(role="guest", lang=None)` gives a fresh conversation."""
    action_door.broken = None

    def fresh(role: str = "guest", lang: str | None = None, backroom: Backroom | None = None) -> Conversation:
        return Conversation(desk, library, rasa.nlu, role, lang, backroom)

    return fresh


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def on_call(library: Library) -> AsyncIterator[Backroom]:
    """Fictional programs with an advocate on shift, for `talk(backroom=…)`."""
    async with Backroom(library, examples=True) as backroom:
        yield backroom


os.environ.setdefault("WAYMARK_LOG_LEVEL", "ERROR")
