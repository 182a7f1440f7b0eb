"""The bot without Rasa and without Telegram: a real store, a platform that records, a desk that answers what a test says."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, or_, select

from bot.alerts import Alerts
from bot.channels.telegram.gateway import Sent
from bot.channels.telegram.receive import CHANNEL, Receiver
from bot.desk import Outcome
from bot.housekeeping import Housekeeping
from bot.intake import graph as graphs
from bot.library import loading
from bot.library.replies import Attachment, Effect, Part, Rendered, Reply
from bot.nlu import NluDown
from bot.placement.model import Switches
from bot.placement.service import Placement
from bot.review import Reviews
from bot.sender import Sender
from bot.stages.context import Incoming, Person
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.schema import inbox, outbox
from bot.training.service import Training
from bot.worker import Worker
from tests.store import template
from tests.store.virtual import VirtualClock

WOMAN, OFFICER, NOISY = 777_000_123_456, 777_000_654_321, 777_000_999_999


def update(number: int, chat: int, text: str, **message: Any) -> dict[str, Any]:
    """A private message as Telegram describes it, with everything about the person that must not be kept."""
    sender = {
        "id": chat,
        "is_bot": False,
        "first_name": "Maravilla",
        "username": "maravilla_canaria",
        "language_code": "en",
    }
    body = {
        "message_id": 4_000_000 + number,
        "date": 1,
        "chat": {"id": chat, "type": "private"},
        "from": sender,
        **message,
    }
    return {"update_id": 880_000_000 + number, "message": {**body, "text": text} if text else body}


def blocked(number: int, chat: int, status: str = "kicked") -> dict[str, Any]:
    change = {"chat": {"id": chat, "type": "private"}, "new_chat_member": {"status": status}}
    return {"update_id": 880_000_000 + number, "my_chat_member": change}


@dataclass
class Shown:
    chat: int
    text: str
    silent: bool
    ids: list[int]
    at: float
    file: Attachment | None = None


class FakePlatform:
    """What Telegram would have been asked. `fails` holds what the next sends raise (None: it works); `hook` runs in each."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.sent: list[Shown] = []
        self.deleted: list[tuple[int, int]] = []
        self.left: list[int] = []
        self.menus: list[tuple[int, list[str] | None]] = []
        """Each change of the commands listed in a chat: their names, None for those for everybody."""
        self.menu_fails: deque[Exception | None] = deque()
        self.fails: deque[Exception | None] = deque()
        self.delete_fails: deque[Exception | None] = deque()
        self.hook: Callable[[int, str], Awaitable[None]] | None = None
        self._number = 9_000_000

    async def send(self, chat_id: int, message: Rendered, silent: bool = False) -> Sent:
        if self.hook is not None:
            await self.hook(chat_id, message.text)
        problem = self.fails.popleft() if self.fails else None
        if problem is not None:
            raise problem
        self._number += 1
        self.sent.append(Shown(chat_id, message.text, silent, [self._number], self.clock(), message.file))
        return Sent([self._number])

    async def delete(self, chat_id: int, message_ids: list[int]) -> None:
        problem = self.delete_fails.popleft() if self.delete_fails else None
        if problem is not None:
            raise problem
        self.deleted += [(chat_id, number) for number in message_ids]

    async def leave(self, chat_id: int) -> None:
        self.left.append(chat_id)

    async def menu(self, chat_id: int, commands: Mapping[str, str] | None) -> None:
        problem = self.menu_fails.popleft() if self.menu_fails else None
        if problem is not None:
            raise problem
        self.menus.append((chat_id, None if commands is None else list(commands)))

    def menu_of(self, chat: int) -> list[str] | None:
        """The commands that this phone lists; None: those for everybody."""
        return next((names for where, names in reversed(self.menus) if where == chat), None)

    async def answer_tap(self, callback_id: str) -> None:
        return

    def texts(self, chat: int) -> list[str]:
        return [shown.text for shown in self.sent if shown.chat == chat]

    def screen(self, chat: int) -> list[str]:
        """What of ours is still on the person's screen."""
        gone = {number for where, number in self.deleted if where == chat}
        return [s.text for s in self.sent if s.chat == chat and not gone & set(s.ids)]


def echo(text: str) -> Reply:
    """A reply in which the message can be recognized: "You are seen as <text> here."."""
    return Reply("help_menu", [Part("message:role.now", params={"role": text})])


LEAVING = Outcome(
    [Reply("stop_or_exit", [Part("message:exit.cleared")], kind="neutral")], [Effect("exit")], {"misses": 0}
)
ERASING = Outcome([Reply("delete_my_data", [Part("message:erase.done")])], [Effect("erase")])
DANGER = Outcome([Reply("emergency_now", [Part("message:danger.emergency_now")], kind="danger", urgent=True)])


class StubDesk:
    """Echoes; knows "exit", "erase" and "crisis", and whatever `says` holds."""

    def __init__(self) -> None:
        self.says: dict[str, Outcome] = {"exit": LEAVING, "erase": ERASING, "crisis": DANGER}
        self.heard: list[tuple[str, Person]] = []
        self.hook: Callable[[str], Awaitable[None]] | None = None

    async def answer(self, message: Incoming, person: Person, role_commands: bool = False) -> Outcome:
        self.heard.append((message.text, person))
        if self.hook is not None:
            await self.hook(message.text)
        return self.says.get(message.text) or Outcome([echo(message.text)], [], {"greeted": True, "heard": "en"})

    async def floor_only(self, message: Incoming, person: Person) -> Outcome:
        self.heard.append((message.text, person))
        return self.says[message.text] if message.text in ("exit", "crisis") else Outcome([])


@dataclass
class StubNlu:
    forgotten: list[str] = field(default_factory=list)
    down: bool = False

    async def forget(self, chat: str) -> None:
        if self.down:
            raise NluDown("gone")
        self.forgotten.append(chat)


class World:
    """All parts over one home folder. `restart` makes them anew, as a new process would; the database stays open."""

    def __init__(
        self,
        home: Path,
        clock: VirtualClock,
        *,
        unreviewed_allowed: bool = True,
        rate: float = 25.0,
        url: str | None = None,
    ) -> None:
        self.home, self.clock = home, clock
        self.library = loading.shared()
        self.platform, self.desk, self.nlu = FakePlatform(clock), StubDesk(), StubNlu()
        if url is None:
            template.copy(home / "waymark.db")
        self.database = Database(url or f"sqlite:///{home / 'waymark.db'}")
        self.database.open()
        self._options = {"unreviewed_allowed": unreviewed_allowed, "rate": rate}
        self._number = 0
        self.restart(self.database)

    def restart(self, database: Any = None, platform: Any = None) -> None:
        store = database or self.database
        outside = platform or self.platform
        self.keys = KeyRing(self.home / "keys", self.clock)
        self.chats = Chats(self.keys)
        self.alerts = Alerts(store, self.chats, lambda: None, self.clock)
        switches = Switches(relay=True, minors=True)
        self.placement = Placement(self.keys, self.chats, self.alerts, self.library, graphs.shared(), switches)
        self.training = Training(self.keys, self.chats, self.library)
        self.worker = Worker(
            store, self.chats, self.keys, self.desk, self.nlu, clock=self.clock, placement=self.placement, training=self.training  # type: ignore[arg-type]
        )  # fmt: skip
        self.sender = Sender(
            store, self.chats, self.library, outside, Reviews(self.home), clock=self.clock, placement=self.placement,
            training=self.training, **self._options  # type: ignore[arg-type]
        )  # fmt: skip
        self.housekeeping = Housekeeping(
            store,
            self.chats,
            self.keys,
            self.clock,
            forget=self.worker.forget,
            placement=self.placement,
            training=self.training,
        )
        self.receiver = Receiver(
            store, self.chats, self.keys, outside, self.desk, self.library, self.worker.wake.set, self.clock  # type: ignore[arg-type]
        )  # fmt: skip

    def close(self) -> None:
        self.database.close()

    def hash(self, chat: int) -> str:
        return self.chats.hash(CHANNEL, str(chat))

    async def person(self, chat: int, **values: Any) -> str:
        """A chat that has written before; returns its hash."""
        name = self.hash(chat)

        def work(connection: Connection) -> None:
            self.chats.seen(connection, name, str(chat), self.clock())
            if values:
                self.chats.change(connection, name, **values)

        await self.database.write(work)
        return name

    async def row(self, chat: int) -> Any:
        return await self.database.read(lambda c: self.chats.get(c, self.hash(chat)))

    async def says(self, chat: int, *texts: str, **message: Any) -> None:
        """Received, not yet handled."""
        for text in texts:
            self._number += 1
            assert await self.receiver.take([update(self._number, chat, text, **message)])

    async def platform_says(self, make: Callable[..., dict[str, Any]], chat: int, *values: Any) -> None:
        self._number += 1
        assert await self.receiver.take([make(self._number, chat, *values)])

    async def queue(self, chat: int, name: str = "q", **values: Any) -> None:
        """Put a message into the outbox past the worker, as a clock or a course would."""
        part = values.pop("part", ["message:role.now", 0, {"role": name}])
        content = values.pop("content", {"part": part, "lang": "en", "role": values.pop("role", "guest")})
        row = {
            "dedupe": name,
            "chat": self.hash(chat),
            "lane": queues.REPLY,
            "content": content,
            "created_at": self.clock(),
            **values,
        }
        await self.database.write(lambda c: queues.put_out(c, [row]))

    async def work(self) -> None:
        """Handle and send all that is due, a twentieth of a virtual second at a time."""
        for _ in range(2000):
            begun = await self.once()
            if not begun and not await self.database.read(self._due):
                return
            self.clock.advance(0.05)
        raise AssertionError("it never comes to rest")

    async def once(self) -> int:
        begun = await self.worker.step()
        if self.worker._busy:
            await asyncio.wait(list(self.worker._busy.values()))
        await self.sender.step()
        if self.sender._busy:
            await asyncio.wait(list(self.sender._busy))
        return begun

    def _due(self, connection: Connection) -> int:
        waiting = connection.scalar(select(func.count()).select_from(inbox).where(inbox.c.state <= queues.TAKEN)) or 0
        now = self.clock()
        due = (outbox.c.state <= queues.TAKEN, or_(outbox.c.not_before <= now), outbox.c.lease_until <= now)
        return waiting + (connection.scalar(select(func.count()).select_from(outbox).where(*due)) or 0)

    async def states(self) -> dict[str, int]:
        query = select(outbox.c.dedupe, outbox.c.state)
        return dict(await self.database.read(lambda c: c.execute(query).all()))


def seen_as(text: str) -> str:
    """What `echo(text)` becomes."""
    return f"You are seen as {text} here. Tap Menu to go on."
