"""A Telegram update into what the desk reads. Pure functions of the update's JSON; what is not understood is None."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson

from bot.stages.context import Media

Kind = Literal["message", "group", "blocked"]
MEDIA: dict[str, Media] = {
    "photo": "photo", "video": "video", "voice": "voice", "audio": "audio", "document": "document", "sticker": "sticker",
    "location": "location", "venue": "location", "contact": "contact", "video_note": "video", "animation": "video",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """What of an update is kept until it is handled, sealed. No name, no user name, no picture."""

    update_id: int
    chat_id: int
    kind: Kind = "message"
    text: str = ""
    payload: str | None = None
    media: Media | None = None
    message_id: int | None = None
    callback_id: str | None = None
    lang_hint: str | None = None

    def pack(self) -> bytes:
        return orjson.dumps(asdict(self))

    @classmethod
    def unpack(cls, data: bytes) -> Letter:
        return cls(**orjson.loads(data))


def letter_of(update: dict[str, Any]) -> Letter | None:
    """None for what needs no answer (edited channel posts, service messages, our own)."""
    number = update["update_id"]
    if "callback_query" in update:
        query = update["callback_query"]
        message = query.get("message")
        if not message or message["chat"]["type"] != "private":
            return None
        return Letter(
            number,
            message["chat"]["id"],
            payload=query.get("data"),
            callback_id=query["id"],
            lang_hint=_hint(query.get("from")),
        )
    if "my_chat_member" in update:
        change = update["my_chat_member"]
        status = change["new_chat_member"]["status"]
        if change["chat"]["type"] == "private":
            return Letter(number, change["chat"]["id"], kind="blocked") if status == "kicked" else None
        return Letter(number, change["chat"]["id"], kind="group") if status in ("member", "administrator") else None
    message = update.get("message") or update.get("edited_message")
    if not message:
        return None
    chat = message["chat"]
    if chat["type"] != "private":
        return Letter(number, chat["id"], kind="group") if chat["type"] in ("group", "supergroup") else None
    media = next((kind for name, kind in MEDIA.items() if name in message), None)
    text = message.get("text") or message.get("caption") or ""
    if not text and media is None:
        return None
    return Letter(
        number,
        chat["id"],
        text=text,
        media=media,
        message_id=message["message_id"],
        lang_hint=_hint(message.get("from")),
    )


def _hint(sender: dict[str, Any] | None) -> str | None:
    code = ((sender or {}).get("language_code") or "")[:2].lower()
    return code if code in ("en", "es") else None


def split(text: str, limit: int = 4000) -> list[str]:
    """A long answer cut at paragraphs, then lines, then words; no piece is longer than `limit` UTF-16 units."""
    pieces, current = [], ""
    for paragraph in _parts(text, limit):
        joined = f"{current}\n\n{paragraph}" if current else paragraph
        if units(joined) <= limit:
            current = joined
        else:
            pieces.append(current)
            current = paragraph
    return [p for p in [*pieces, current] if p.strip()]


def _parts(text: str, limit: int) -> list[str]:
    out = []
    for paragraph in text.split("\n\n"):
        while units(paragraph) > limit:
            cut = max(paragraph.rfind("\n", 0, limit // 2), paragraph.rfind(" ", 0, limit // 2))
            cut = cut if cut > 0 else limit // 2
            out.append(paragraph[:cut].rstrip())
            paragraph = paragraph[cut:].lstrip()
        out.append(paragraph)
    return out


def units(text: str) -> int:
    """How long Telegram takes it to be: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
