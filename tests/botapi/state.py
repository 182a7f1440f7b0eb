"""What Telegram would remember: chats and their messages, updates not yet confirmed, sends, and its own clock."""

from __future__ import annotations

import base64
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any

DELETABLE_S = 48 * 3600  # messages this old can no longer be deleted
UPDATE_KEPT_S = 24 * 3600  # updates this old are forgotten
LONG_POLL_MAX_S = 50
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})

Json = dict[str, Any]


class ApiError(Exception):
    """An error Telegram would answer with."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class Clock:
    """Seconds since the epoch: the machine's, or a test's own, plus what `advance` has added."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._ahead = 0.0

    def now(self) -> float:
        return self._now() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


@dataclass(frozen=True)
class Button:
    text: str
    payload: str | None
    url: str | None


def rows_of(data: Mapping[str, Any]) -> list[list[Button]]:
    keyboard = data.get("reply_markup", {}).get("inline_keyboard", ())
    return [[Button(b["text"], b.get("callback_data"), b.get("url")) for b in row] for row in keyboard]


@dataclass
class Message:
    """A message on the screen; `data` is Telegram's object for it."""

    chat_id: int
    message_id: int
    from_bot: bool
    at: float
    touched: int  # the moment of the last change, counted in events
    data: Json
    deleted: bool = False

    @property
    def text(self) -> str:
        """Text or caption."""
        return str(self.data.get("text", self.data.get("caption", "")))

    @property
    def rows(self) -> list[list[Button]]:
        return rows_of(self.data)

    @property
    def buttons(self) -> list[Button]:
        return [button for row in self.rows for button in row]

    @property
    def payloads(self) -> list[str]:
        return [button.payload for button in self.buttons if button.payload is not None]

    def to_json(self) -> Json:
        return {"chat_id": self.chat_id, "message_id": self.message_id, "from_bot": self.from_bot, "at": self.at,
                "text": self.text, "payloads": self.payloads, "deleted": self.deleted, "data": self.data}  # fmt: skip


@dataclass(frozen=True)
class Upload:
    """A file as it came in."""

    name: str
    mime: str
    data: bytes

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height where it is a PNG."""
        if not self.data.startswith(b"\x89PNG\r\n\x1a\n") or len(self.data) < 24:
            return None
        return int.from_bytes(self.data[16:20], "big"), int.from_bytes(self.data[20:24], "big")

    def to_json(self) -> Json:
        return {"name": self.name, "mime": self.mime, "base64": base64.b64encode(self.data).decode()}


Files = Mapping[str, Upload]


@dataclass(frozen=True)
class Sent:
    """One send as it was accepted, whatever became of the message later. `mono` is the machine's steady clock."""

    chat_id: int
    message_id: int
    method: str
    text: str
    rows: list[list[Button]]
    params: Json
    at: float
    mono: float
    files: Files = field(default_factory=dict)

    @property
    def file(self) -> Upload:
        """The one that came with it."""
        (one,) = self.files.values()
        return one

    @property
    def payloads(self) -> list[str]:
        return [button.payload for row in self.rows for button in row if button.payload is not None]

    def to_json(self) -> Json:
        return {"chat_id": self.chat_id, "message_id": self.message_id, "method": self.method, "text": self.text,
                "payloads": self.payloads, "params": self.params, "at": self.at, "mono": self.mono,
                "files": {name: upload.to_json() for name, upload in self.files.items()}}  # fmt: skip


@dataclass
class Chat:
    id: int
    type: str
    title: str = "Person"
    username: str | None = None
    lang: str | None = None
    started: bool = True  # a bot cannot write first to a person
    blocked: bool = False
    deactivated: bool = False
    member: bool = True  # groups: the bot is in it
    kicked: bool = False
    admin: bool = False  # groups: the bot may delete what others wrote and reads everything
    migrated_to: int | None = None
    last_user_event: int = 0
    messages: dict[int, Message] = field(default_factory=dict)
    members: set[int] = field(default_factory=set)
    next_message_id: int = 1

    @property
    def private(self) -> bool:
        return self.type == "private"

    def visible(self) -> list[Message]:
        """The messages on the person's screen, in order."""
        return [message for message in self.messages.values() if not message.deleted]

    def describe(self) -> Json:
        name = {"first_name": self.title} if self.private else {"title": self.title}
        handle = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": self.type, **name, **handle}


class Updates:
    """Telegram's queue: an update stays until an offset above it is asked for, or for 24 hours."""

    def __init__(self, clock: Clock, first_id: int = 1000) -> None:
        self._clock = clock
        self._queue: OrderedDict[int, tuple[float, Json]] = OrderedDict()
        self._allowed: frozenset[str] | None = None
        self.next_id = first_id

    def allow(self, kinds: list[str]) -> None:
        """Holds for updates made from now on; an empty list is the default set."""
        self._allowed = frozenset(kinds) or None

    @property
    def allowed(self) -> list[str]:
        return sorted(self._allowed or ())

    def add(self, kind: str, content: Json) -> Json | None:
        if (kind not in self._allowed) if self._allowed else (kind in NOT_BY_DEFAULT):
            return None
        update = {"update_id": self.next_id, kind: content}
        self._queue[self.next_id] = (self._clock.now(), update)
        self.next_id += 1
        return update

    def get(self, offset: int, limit: int) -> list[Json]:
        """Forgets what lies below the offset, as Telegram does."""
        self._expire()
        if offset < 0:
            while len(self._queue) > -offset:
                self._queue.popitem(last=False)
        elif 0 < offset <= self.next_id:
            while self._queue and next(iter(self._queue)) < offset:
                self._queue.popitem(last=False)
        return [update for _, update in islice(self._queue.values(), limit)]

    def pending(self) -> list[Json]:
        self._expire()
        return [update for _, update in self._queue.values()]

    def since(self, update_id: int) -> list[Json]:
        """Pending ones with this id or a higher one."""
        newest_first = takewhile(lambda entry: entry[0] >= update_id, reversed(self._queue.items()))
        return [update for _, (_, update) in newest_first][::-1]

    def __bool__(self) -> bool:
        return bool(self._queue)

    def is_pending(self, update_id: int) -> bool:
        return update_id in self._queue

    def forget(self, update_id: int) -> None:
        self._queue.pop(update_id, None)

    def clear(self) -> None:
        self._queue.clear()

    def _expire(self) -> None:
        oldest = self._clock.now() - UPDATE_KEPT_S
        while self._queue and next(iter(self._queue.values()))[0] < oldest:
            self._queue.popitem(last=False)


@dataclass
class Tap:
    """A tap on a button; a person sees it spin until it is answered."""

    id: str
    chat_id: int
    message_id: int
    payload: str
    at: float
    answered: Json | None = None


def scope_key(*scope: object, lang: str) -> str:
    """One list of commands: its scope as Telegram describes it, and its language, "" for all."""
    return "/".join([*map(str, scope), lang])


class World:
    """All of it. Nothing here waits; `listeners` are told of every change."""

    def __init__(self, bot_id: int, username: str, clock: Clock, *, reads_all: bool = False) -> None:
        self.clock = clock
        self.updates = Updates(clock)
        self.chats: dict[int, Chat] = {}
        self.sent: list[Sent] = []
        self.taps: dict[str, Tap] = {}
        self.commands: dict[str, list[Json]] = {}
        self.profile: dict[str, dict[str, str]] = {"name": {}, "description": {}, "short_description": {}}
        self.reads_all = reads_all
        self.bot: Json = {"id": bot_id, "is_bot": True, "first_name": "Waymark", "username": username}
        self.listeners: list[Callable[[], None]] = []
        self._event = 0

    def changed(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    def next_event(self) -> int:
        self._event += 1
        return self._event

    # --- chats

    def add_chat(self, chat_id: int, kind: str | None = None, **known: Any) -> Chat:
        """A new chat: private for a positive id, a group for a negative one, unless `kind` says otherwise."""
        if chat_id in self.chats:
            raise ValueError(f"chat {chat_id} exists already")
        kind = kind or ("private" if chat_id > 0 else "supergroup" if str(chat_id).startswith("-100") else "group")
        self.chats[chat_id] = Chat(chat_id, kind, **known)
        return self.chats[chat_id]

    def find_chat(self, chat_id: int | str) -> Chat:
        if isinstance(chat_id, int):
            chat = self.chats.get(chat_id)
        else:
            chat = next((c for c in self.chats.values() if c.username and f"@{c.username}" == chat_id), None)
        if chat is None:
            raise ApiError(400, "Bad Request: chat not found")
        return chat

    def writable(self, chat_id: int | str, *, sending: bool = False) -> Chat:
        """The chat, or the error Telegram gives to a bot that may not write there."""
        chat = self.find_chat(chat_id)
        if chat.deactivated:
            raise ApiError(403, "Forbidden: user is deactivated")
        if chat.migrated_to is not None:
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, description, migrate_to_chat_id=chat.migrated_to)
        if chat.kicked:
            raise ApiError(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        if not chat.member:
            raise ApiError(403, f"Forbidden: bot is not a member of the {chat.type} chat")
        if sending and chat.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if sending and not chat.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def menu_of(self, chat_id: int) -> list[str]:
        """Names of the commands that a private chat lists: the narrowest scope that has any, each in the person's language first."""
        chat = self.chats[chat_id]
        scopes = (("chat", chat_id), ("all_private_chats",), ("default",))
        keys = [scope_key(*scope, lang=lang) for scope in scopes for lang in dict.fromkeys((chat.lang or "", ""))]
        found = next((self.commands[key] for key in keys if key in self.commands), [])
        return [command["command"] for command in found]

    # --- messages

    def post(self, chat: Chat, content: Json, *, sender: Json) -> Message:
        from_bot = sender["id"] == self.bot["id"]
        at = self.clock.now()
        data = {"message_id": chat.next_message_id, "from": sender, "chat": chat.describe(), "date": int(at), **content}
        message = Message(chat.id, chat.next_message_id, from_bot, at, self.next_event(), data)
        chat.next_message_id += 1
        chat.messages[message.message_id] = message
        if not from_bot:
            chat.last_user_event = message.touched
        self.changed()
        return message

    def record(self, message: Message, method: str, params: Json, files: Files) -> None:
        where = (message.chat_id, message.message_id)
        now = time.monotonic()
        self.sent.append(Sent(*where, method, message.text, message.rows, params, message.at, now, files))

    def edit(self, message: Message, content: Json) -> None:
        message.data = {**message.data, **content, "edit_date": int(self.clock.now())}
        message.touched = self.next_event()
        self.changed()

    def present(self, chat: Chat, message_id: int, what: str) -> Message:
        message = chat.messages.get(message_id)
        if message is None or message.deleted:
            raise ApiError(400, f"Bad Request: {what} not found")
        return message

    def check_deletable(self, chat: Chat, message: Message) -> None:
        """Telegram's rules for bots."""
        if self.clock.now() - message.at >= DELETABLE_S:
            raise ApiError(400, "Bad Request: message can't be deleted for everyone")
        if not (chat.private or message.from_bot or chat.admin):
            raise ApiError(400, "Bad Request: message can't be deleted")

    def delete(self, chat: Chat, message: Message) -> None:
        self.check_deletable(chat, message)
        message.deleted = True
        self.changed()
