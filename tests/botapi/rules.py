"""What Telegram's documentation asks of a call beyond names, types and lengths."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from .spec import ApiSpec, utf16_length
from .state import Files
from .text import MarkupError, parse

MAX_INLINE_BUTTONS = 100
MAX_INLINE_ROW = 8
MAX_KEYBOARD_BUTTONS = 300
MAX_KEYBOARD_ROW = 12
_BUTTON_KINDS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
_ACTIONS = (
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
)  # fmt: skip
_RANGES = {
    ("getUpdates", "limit"): (1, 100),
    ("getUpdates", "timeout"): (0, 50),
    ("setWebhook", "max_connections"): (1, 100),
    ("forwardMessages", "message_ids"): (1, 100),
    ("copyMessages", "message_ids"): (1, 100),
    ("deleteMessages", "message_ids"): (1, 100),
    ("setMyCommands", "commands"): (0, 100),
    ("sendMediaGroup", "media"): (2, 10),
}


PHOTO_BYTES, FILE_BYTES = 10 * 1024 * 1024, 50 * 1024 * 1024
PHOTO_SIDES, PHOTO_RATIO = 10_000, 20  # width and height together; the longer by the shorter


def plain_texts(params: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Text and caption as they read once their markup is parsed, and what is wrong with the markup."""
    plain: dict[str, str] = {}
    mode = params.get("parse_mode")
    if mode is None or not isinstance(mode, str):
        return plain, []
    try:
        for name in ("text", "caption"):
            if isinstance(params.get(name), str):
                plain[name] = parse(params[name], mode)[0]
    except MarkupError as problem:
        return plain, [str(problem)]
    return plain, []


def check(spec: ApiSpec, method: str, params: Mapping[str, Any], plain: Mapping[str, str]) -> Iterator[str]:
    """Only for a call that fits the description."""
    for name in ("text", "caption"):
        value = plain.get(name, params.get(name))
        if isinstance(value, str):
            if method in ("sendMessage", "editMessageText") and name == "text" and not value.strip():
                yield "message text is empty"
            yield from _entities(params.get("entities" if name == "text" else "caption_entities", ()), value)
    if "reply_markup" in params:
        yield from _markup(params["reply_markup"])
    for (of_method, name), (least, most) in _RANGES.items():
        if method == of_method and name in params:
            value = params[name]
            size = len(value) if isinstance(value, list) else value
            if not least <= size <= most:
                yield f"{name}: {size} is not between {least} and {most}"
    if method == "sendChatAction" and params["action"] not in _ACTIONS:
        yield "action: wrong parameter action in request"
    if method == "setMyCommands":
        yield from _commands(params["commands"])
    if method == "setWebhook":
        yield from _webhook(params)
    code = params.get("language_code")
    if method.startswith(("setMy", "getMy", "deleteMy")) and code and not re.fullmatch("[a-z]{2}", code):
        yield "language_code: must be a two-letter ISO 639-1 code"
    known = spec.types["Update"].fields
    for name in params.get("allowed_updates", ()):
        if name not in known or name == "update_id":
            yield f"allowed_updates: {name} is no kind of update"
    addressed = "inline_message_id" in params or ("chat_id" in params and "message_id" in params)
    if method.startswith("editMessage") and not addressed:
        yield "message identifier is not specified"


def check_files(method: str, files: Files) -> Iterator[str]:
    """What Telegram says of uploads beside their names: none is empty or too big, and a photo is not too long and thin."""
    for upload in files.values():
        if not upload.data:
            yield "file must be non-empty"
        photo = method == "sendPhoto"
        if len(upload.data) > (PHOTO_BYTES if photo else FILE_BYTES):
            yield f"file is too big: {len(upload.data)} bytes"
        width, height = upload.size or (1, 1)
        if photo and (width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height)):
            yield f"PHOTO_INVALID_DIMENSIONS: {width} by {height}"


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _entities(entities: Any, text: str) -> Iterator[str]:
    size = utf16_length(text)
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] + entity["length"] > size:
            yield f"entity {entity['type']} lies outside the text"


def _markup(markup: Mapping[str, Any]) -> Iterator[str]:
    rows = markup.get("inline_keyboard", markup.get("keyboard"))
    if rows is None:
        return
    inline = "inline_keyboard" in markup
    most, in_row = (MAX_INLINE_BUTTONS, MAX_INLINE_ROW) if inline else (MAX_KEYBOARD_BUTTONS, MAX_KEYBOARD_ROW)
    if sum(len(row) for row in rows) > most:
        yield f"reply markup is too long: more than {most} buttons"
    for row in rows:
        if len(row) > in_row:
            yield f"reply markup is too long: more than {in_row} buttons in a row"
        for button in row:
            if not button["text"].strip():
                yield "a button has no text"
            if inline and sum(kind in button for kind in _BUTTON_KINDS) != 1:
                yield "text buttons are unallowed in the inline keyboard: each needs exactly one action"
            if inline and "url" in button and not re.match(r"(https?|tg)://|tel:|mailto:|[\w-]+\.\w", button["url"]):
                yield f"inline keyboard button URL '{button['url']}' is invalid"


def _commands(commands: list[dict[str, Any]]) -> Iterator[str]:
    names = [command["command"].removeprefix("/") for command in commands]
    for name in names:
        if not re.fullmatch("[a-z0-9_]{1,32}", name):
            yield f"BOT_COMMAND_INVALID: {name}"
    if len(set(names)) != len(names):
        yield "BOT_COMMAND_INVALID: a command is listed twice"


def _webhook(params: Mapping[str, Any]) -> Iterator[str]:
    secret = params.get("secret_token", "")
    if secret and not re.fullmatch("[A-Za-z0-9_-]{1,256}", secret):
        yield "secret token contains unallowed characters"
    url = params["url"]
    if url and not url.startswith("https://") and not is_loopback(url):
        yield "bad webhook: an HTTPS URL must be provided for webhook"
