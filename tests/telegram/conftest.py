from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from bot.processes import Processes
from tests.botapi.server import BotApiServer
from tests.telegram.running import TOKEN, RunningBot

METHODS = {
    "getMe", "getUpdates", "setWebhook", "deleteWebhook", "setMyCommands", "setMyDescription", "setMyShortDescription",
    "deleteMyCommands", "sendMessage", "sendPhoto", "sendDocument", "deleteMessage", "deleteMessages", "answerCallbackQuery", "leaveChat",
}  # fmt: skip


def seen_by_telegram(server: BotApiServer) -> None:
    """What holds of every call of every test here (R6, R12, R30): nothing but these methods, no link preview, no mark-up,
    no file that Telegram may look into, and no message to a chat that had not written before."""
    wrote: set[int] = {
        chat for chat, what in server.world.chats.items() if any(not m.from_bot for m in what.messages.values())
    }
    for call in server.requests:
        assert call.method in METHODS, call.method
        if call.method == "sendMessage":
            assert call.params.get("link_preview_options") == {"is_disabled": True}, call.params
        if call.method == "sendDocument":
            assert call.params.get("disable_content_type_detection") is True, call.params
        if call.method in ("sendMessage", "sendPhoto", "sendDocument"):
            assert not {"parse_mode", "entities", "caption_entities"} & call.params.keys()
            assert call.params["chat_id"] in wrote


@pytest_asyncio.fixture(loop_scope="session")
async def telegram() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(TOKEN) as server:
        yield server
        assert server.violations == [], "the bot sent what the Bot API does not take"
        seen_by_telegram(server)


@pytest_asyncio.fixture(loop_scope="session")
async def bot(telegram: BotApiServer, rasa: Processes, tmp_path: Path) -> AsyncIterator[RunningBot]:
    """The bot, running, with the session's Rasa."""
    running = RunningBot(tmp_path / "home", telegram.url, f"http://127.0.0.1:{rasa.nlu_port}", rasa.nlu_token)
    await running.start()
    yield running
    await running.stop()
