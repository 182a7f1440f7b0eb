"""The whole bot but Rasa and Telegram, with people on call: a real store, the real desk, a platform that records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from bot.channels.telegram.gateway import Sent
from bot.desk import Desk
from bot.library.replies import Part, Rendered, Reply
from bot.nlu import NluDown, Read, Turn
from bot.oncall.model import Advocate
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.store.requests import Open
from bot.store.schema import request
from tests.app.parts import FakePlatform, World, update
from tests.oncall.making import program
from tests.store.virtual import VirtualClock

WOMAN, SISTER, OFFICER, ANA, BEN = 700_000_001, 700_000_002, 700_000_003, 700_000_004, 700_000_005
FLOOR, EXITS = floors.shared(), leaving.shared()
ANSWERS = (
    "ok", "go on", "purple otter", "yes", "no", "30", "Oklahoma", "Tulsa", "tonight", "women", "2", "none", "done", "english",
    "chat", "any", "green bird",
)  # fmt: skip
"""From "For me" to the question what to be told."""


class Reader:
    """Stands for Rasa: knows a few questions, and what it was asked."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {"what is trafficking?": "what_is_trafficking"}
        self.parsed: list[str] = []
        self.turned: list[str] = []
        self.forgotten: list[str] = []
        self.down = False

    async def parse(self, text: str, metadata: dict[str, Any], timeout: float = 1.0) -> Read:
        self.parsed.append(text)
        if self.down:
            raise NluDown("gone")
        row = self.known.get(text, "out_of_scope")
        return Read(row, 0.9, [(row, 0.9)])

    async def turn(self, chat: str, text: str, metadata: dict[str, Any], timeout: float = 1.0) -> Turn:
        self.turned.append(text)
        read = await self.parse(text, metadata)
        return Turn(read, Reply(read.intent, [Part("message:role.now", params={"role": f"an answer to {text}"})]))

    async def choose(self, chat: str, row: str, metadata: dict[str, Any]) -> Turn:
        return Turn(Read(row, 1.0), Reply(row, [Part("message:role.now", params={"role": f"a tap on {row}"})]))

    async def forget(self, chat: str) -> None:
        self.forgotten.append(chat)


class Phones(FakePlatform):
    """Keeps the buttons, so that a test taps what a person sees."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.buttons: dict[int, list[tuple[str, str]]] = {}
        self.loud: list[tuple[int, str]] = []

    async def send(self, chat_id: int, message: Rendered, silent: bool = False) -> Sent:
        sent = await super().send(chat_id, message, silent)
        self.buttons[sent.message_ids[0]] = message.buttons
        return sent


class Room(World):
    """`staffed` puts Ana on shift at a program that takes everybody in Oklahoma."""

    def __init__(self, home: Path, clock: VirtualClock, **options: Any) -> None:
        self.reader = Reader()
        super().__init__(home, clock, **options)
        self.phones = Phones(clock)
        self.platform = self.phones
        self.desk = Desk(self.library, self.reader, FLOOR, EXITS)  # type: ignore[assignment]
        self.nlu = self.reader  # type: ignore[assignment]
        self.restart()

    async def staffed(
        self, who: int = ANA, of: str = "house", minors: bool = True, hours: float = 8, **changes: Any
    ) -> str:
        name = await self.person(who, role="advocate")

        def work(c: Connection) -> None:
            oncall, now = self.placement.rooms.oncall, self.clock()
            if of not in [p.id for p in oncall.programs(c)]:
                oncall.put_program(c, program(of, **changes), now)
            oncall.add_advocate(c, Advocate(name, of, minors=minors))
            shift = oncall.add_shift(c, name, of, now - 600, now + hours * 3600)
            assert shift is not None
            oncall.tested(c, shift, now - 600)
            assert oncall.confirmed(c, shift, name, now)

        await self.database.write(work)
        return name

    async def hears(self, chat: int, *said: str) -> list[str]:
        """Say or tap ("!payload") one after another; what came onto the screen since the last."""
        before = 0
        for text in said:
            before = len(self.phones.sent)
            await (self.taps(chat, text[1:]) if text.startswith("!") else self.says(chat, text))
            await self.work()
        return [shown.text for shown in self.phones.sent[before:] if shown.chat == chat]

    def said(self, chat: int, text: str) -> dict[str, Any]:
        """What the platform would hand over."""
        self._number += 1
        return update(self._number, chat, text)

    def tapped(self, chat: int, payload: str) -> dict[str, Any]:
        self._number += 1
        query = {"id": f"q{self._number}", "from": {"id": chat, "is_bot": False, "first_name": "x"}, "data": payload}
        message = update(self._number, chat, "x")["message"]
        return {"update_id": 880_000_000 + self._number, "callback_query": {**query, "message": message}}

    async def ticked(self) -> None:
        """The clock ticks once, as this process sees the store."""
        await self.store.write(lambda c: self.placement.tick(c, self.clock()))

    async def waits(self) -> int:
        return await self.database.read(self._due)

    async def has_taken(self) -> bool:
        return [found.state for found in await self.requests()] == ["taken"]

    def restart(self, database: Any = None, platform: Any = None) -> None:
        self.store = database or self.database
        super().restart(database, platform)

    async def taps(self, chat: int, payload: str) -> None:
        assert await self.receiver.take([self.tapped(chat, payload)])

    async def asks(self, chat: int, told: str = "answer") -> list[str]:
        """All questions answered, for somebody themselves: at the summary."""
        return await self.hears(chat, "!q:begin:self", *ANSWERS, f"!q:told:{told}")

    async def sends(self, chat: int, told: str = "answer", of: str = "house") -> Open:
        await self.asks(chat, told)
        await self.hears(chat, "!q:summary:send", f"!r:yes:{of}")
        found = (await self.requests())[-1]
        assert found.state == "sent", found.state
        return found

    async def requests(self) -> list[Open]:
        def look(c: Connection) -> list[Open]:
            ids = c.scalars(select(request.c.id).order_by(request.c.created_at, request.c.id)).all()
            return [found for found in (self.placement.rooms.requests.get(c, i) for i in ids) if found is not None]

        return await self.database.read(look)

    async def ticks(self, seconds: float, every: float = 5.0) -> None:
        """Let time go by; the clock ticks and everything is sent."""
        until = self.clock() + seconds
        while self.clock() < until:
            self.clock.advance(min(every, until - self.clock()))
            await self.database.write(lambda c: self.placement.tick(c, self.clock()))
            await self.work()

    def seen(self, chat: int) -> list[str]:
        return self.phones.texts(chat)

    def tap_on(self, chat: int, start: str) -> str:
        """The payload of the newest button of this chat that begins so."""
        for shown in reversed(self.phones.sent):
            if shown.chat == chat:
                for _, payload in self.phones.buttons[shown.ids[0]]:
                    if payload.startswith(start):
                        return f"!{payload}"
        raise AssertionError(f"no button {start} on the screen of {chat}")
