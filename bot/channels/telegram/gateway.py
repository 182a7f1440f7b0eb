"""Everything sent to Telegram, and what each of its answers means for the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram import BotCommand, BotCommandScopeChat, InlineKeyboardMarkup, InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import ExtBot

from bot.channels.telegram.translate import split, units
from bot.channels.telegram.transport import AiohttpRequest, NotSent
from bot.library.replies import Attachment, Rendered
from bot.settings import SettingsError

GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "chat_write_forbidden")

NOT_TAKEN = ("bad gateway", "server error", "service unavailable", "too many requests")
UPDATES = ["message", "callback_query", "my_chat_member"]
CAPTION = 1024
"""UTF-16 units that may stand under a file."""


class SendProblem(Exception):
    """Why a message did not go out; the subclass says what the queue does. `sent` names what of it had gone out before."""

    sent: tuple[int, ...] = ()


class Refused(SendProblem):
    """403, or the chat is gone: nothing is sent there until the person writes again."""


class Broken(SendProblem):
    """400: this message can never be sent; it is given up and reported."""


class Wait(SendProblem):
    """429: nobody sends for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Moved(SendProblem):
    """The group has become a supergroup with another id."""

    def __init__(self, chat_id: int) -> None:
        super().__init__(chat_id)
        self.chat_id = chat_id


class Unavailable(SendProblem):
    """5xx or no connection: the platform did not take it; again later."""


class Unknown(SendProblem):
    """Time-out or a connection lost on the way: it may have arrived. Urgent lanes send again, training does not."""


@dataclass(frozen=True, slots=True)
class Sent:
    message_ids: list[int]


class Gateway:
    """A bot of python-telegram-bot over `AiohttpRequest`. No text is ever marked up, so that none can break.

    The two calls that every message makes, `getUpdates` and `sendMessage`, take and give plain JSON through the same
    request object: making python-telegram-bot's objects of it cost as much as everything else that is done to a message.
    `read_timeout`: seconds that an answer may take.
    """

    def __init__(self, token: str, api_url: str, connections: int = 128, read_timeout: float = 10.0) -> None:
        self._api_url = base = api_url.rstrip("/")
        self._calls, self._polls = AiohttpRequest(connections, read_timeout), AiohttpRequest(2, read_timeout=70.0)
        self.bot = ExtBot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )
        self._send_url, self._updates_url = f"{base}/bot{token}/sendMessage", f"{base}/bot{token}/getUpdates"

    async def open(self) -> None:
        """Raises `SettingsError`; never python-telegram-bot's own error, whose text holds the token."""
        try:
            await self.bot.initialize()
        except InvalidToken:
            raise SettingsError(
                "Telegram does not accept the token: ask @BotFather for it again and write it into the file that "
                "WAYMARK_TELEGRAM_TOKEN_FILE names"
            ) from None
        except TelegramError as error:
            raise SettingsError(
                f"{self._api_url} does not answer ({type(error).__name__}): check the network, the clock of this machine "
                "and WAYMARK_TELEGRAM_API_URL"
            ) from None

    async def close(self) -> None:
        await self.bot.shutdown()

    def link(self, code: str) -> str:
        """The address that opens this bot with a code; after `open`, which learns its name."""
        return f"https://t.me/{self.bot.username}?start={code}"

    async def send(self, chat_id: int, message: Rendered, silent: bool = False) -> Sent:
        """Raises a `SendProblem`. A file goes out first, with the text under it where it fits. A long text goes out in several
        messages. The buttons are under the last of all."""
        file, pieces, caption = message.file, split(message.text), ""
        if file is not None and units(message.text) <= CAPTION:
            pieces, caption = [], message.text.strip()
        keyboard = _keyboard(message.buttons, message.columns)
        ids: list[int] = []
        try:
            if file is not None:
                ids.append(await self._file(chat_id, file, caption, None if pieces else keyboard, silent))
            for number, piece in enumerate(pieces, 1):
                ids.append(await self._one(chat_id, piece, keyboard if number == len(pieces) else None, silent))
        except SendProblem as problem:
            problem.sent = tuple(ids)
            raise
        return Sent(ids)

    async def _file(
        self, chat_id: int, file: Attachment, caption: str, keyboard: dict[str, Any] | None, silent: bool
    ) -> int:
        held = InputFile(file.data, filename=file.safe_name)
        held.mimetype = file.mime  # as it is said to be, whatever this machine takes the name for
        markup = InlineKeyboardMarkup.de_json(keyboard, None) if keyboard else None
        under = caption or None
        try:
            if file.picture:
                shown = await self.bot.send_photo(
                    chat_id, held, caption=under, disable_notification=silent, reply_markup=markup
                )
            else:
                shown = await self.bot.send_document(
                    chat_id, held, caption=under, disable_notification=silent, reply_markup=markup,
                    disable_content_type_detection=True,
                )  # fmt: skip
        except TelegramError as error:
            raise _meaning(error) from None
        return shown.message_id

    async def _one(self, chat_id: int, text: str, keyboard: dict[str, Any] | None, silent: bool) -> int:
        body = {
            "chat_id": chat_id,
            "text": text,
            "disable_notification": silent,
            "link_preview_options": {"is_disabled": True},
        }
        if keyboard:
            body["reply_markup"] = keyboard
        try:
            message: Any = await self._calls.call(self._send_url, body)
        except TelegramError as error:
            raise _meaning(error) from None
        number: int = message["message_id"]
        return number

    async def delete(self, chat_id: int, message_ids: list[int]) -> None:
        """At most 100 a call; what cannot be deleted any more is passed over."""
        for start in range(0, len(message_ids), 100):
            chunk = message_ids[start : start + 100]
            try:
                await self.bot.delete_messages(chat_id, chunk)
            except BadRequest:
                for message_id in chunk:
                    await self._delete_one(chat_id, message_id)
            except TelegramError as error:
                raise _meaning(error) from None

    async def _delete_one(self, chat_id: int, message_id: int) -> None:
        try:
            await self.bot.delete_message(chat_id, message_id)
        except BadRequest:
            return
        except TelegramError as error:
            raise _meaning(error) from None

    async def leave(self, chat_id: int) -> None:
        try:
            await self.bot.leave_chat(chat_id)
        except TelegramError as error:
            raise _meaning(error) from None

    async def menu(self, chat_id: int, commands: Mapping[str, str] | None) -> None:
        """The commands that are listed in this chat alone; None: those that are listed for everybody (`introduce`)."""
        scope = BotCommandScopeChat(chat_id)
        try:
            if commands is None:
                await self.bot.delete_my_commands(scope=scope)
            else:
                await self.bot.set_my_commands([BotCommand(*one) for one in commands.items()], scope=scope)
        except TelegramError as error:
            raise _meaning(error) from None

    async def answer_tap(self, callback_id: str) -> None:
        """Stops the button's spinner; if that fails nobody is worse off."""
        try:
            await self.bot.answer_callback_query(callback_id)
        except TelegramError:
            return

    async def introduce(self, commands: dict[str, dict[str, Any]]) -> None:
        """Neutral name, description and menu in both languages (R1)."""
        for lang, words in commands.items():
            code = None if lang == "en" else lang
            menu = [BotCommand(name, text) for name, text in words["menu"].items()]
            about = words["about"]
            try:
                await self.bot.set_my_commands(menu, language_code=code)
                await self.bot.set_my_description(about["description"], language_code=code)
                await self.bot.set_my_short_description(about["short_description"], language_code=code)
            except TelegramError as error:
                raise _meaning(error) from None

    async def use_polling(self) -> None:
        """No webhook any more, so that `updates` may be asked. Raises a `SendProblem`."""
        try:
            await self.bot.delete_webhook()
        except TelegramError as error:
            raise _meaning(error) from None

    async def use_webhook(self, url: str, secret: str) -> None:
        """Updates come to `url` with the secret in a header. Raises a `SendProblem`."""
        try:
            await self.bot.set_webhook(url, secret_token=secret, allowed_updates=UPDATES)
        except TelegramError as error:
            raise _meaning(error) from None

    async def updates(self, offset: int | None, seconds: int) -> list[dict[str, Any]]:
        """Long poll. Raises a `SendProblem`."""
        body: dict[str, Any] = {
            "limit": 100,
            "timeout": seconds,
            "allowed_updates": UPDATES,
        }
        if offset is not None:
            body["offset"] = offset
        try:
            found: Any = await self._polls.call(self._updates_url, body, self._polls.read_timeout + seconds)
        except TelegramError as error:
            raise _meaning(error) from None
        updates: list[dict[str, Any]] = found
        return updates


def _keyboard(buttons: list[tuple[str, str]], columns: int = 1) -> dict[str, Any] | None:
    if not buttons:
        return None
    keys = [{"text": title, "callback_data": payload} for title, payload in buttons]
    return {"inline_keyboard": [keys[start : start + columns] for start in range(0, len(keys), columns)]}


def _meaning(error: TelegramError) -> SendProblem:
    """The stated outcome of each kind of failure (docs/reference/telegram.md)."""
    if isinstance(error, RetryAfter):
        pause = error.retry_after
        return Wait(float(pause.total_seconds() if hasattr(pause, "total_seconds") else pause))
    if isinstance(error, ChatMigrated):
        return Moved(error.new_chat_id)
    if isinstance(error, Forbidden):
        return Refused()
    if isinstance(error, InvalidToken):  # 401, 404: it is we who are not known, so no chat may be given up for it
        return Unavailable()
    if isinstance(error, BadRequest):
        return Refused() if any(text in str(error).lower() for text in GONE) else Broken()
    if isinstance(error, NotSent):
        return Unavailable()
    if isinstance(error, TimedOut):
        return Unknown()
    if isinstance(error, NetworkError):
        return Unavailable() if any(text in str(error).lower() for text in NOT_TAKEN) else Unknown()
    return Unavailable()
