"""A department in the whole bot but Rasa and Telegram: a real store, the real desk, phones that record (tests/placement/room.py)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from bot.library.replies import Rendered
from bot.store.training_schema import member, occurrence, question
from bot.training.schedule import Schedule
from tests.placement.room import Room
from tests.training.making import ZONE, weekly

CHIEF, ROOKIE, PARTNER = 700_000_101, 700_000_102, 700_000_103
"""A coordinator and two officers."""


class School(Room):
    """Use `opened` for a department that has a coordinator and an officer; say and tap with `hears`."""

    async def opened(self, rule: Schedule | None = None, lang: str = "en") -> str:
        """An example department with a schedule. Returns its id."""
        chief, rookie = await self.person(CHIEF, role="coordinator"), await self.person(ROOKIE, role="officer")
        people = self.training.rooms.people

        def work(c: Connection) -> str:
            name = people.add_department(c, "Example Police", ZONE, lang, self.clock())
            people.set_schedule(c, name, None, rule or weekly(), self.clock())
            for who in (chief, rookie):
                self.chats.change(c, who, greeted=1, heard=lang)
            people.join(c, chief, name, None, "coordinator", lang, self.clock())
            people.join(c, rookie, name, None, "officer", lang, self.clock(), officer_id="E-1")
            return name

        return await self.database.write(work)

    async def goes_on(self) -> None:
        """The clock ticks once and what is due is sent."""
        await self.training.tick(self.database, self.clock())
        await self.work()

    def buttons(self, chat: int) -> list[tuple[str, str]]:
        """Under the last message that this phone got."""
        last = [shown for shown in self.phones.sent if shown.chat == chat][-1]
        return self.phones.buttons[last.ids[0]]

    def payload(self, chat: int, title: str) -> str:
        return next(payload for shown, payload in self.buttons(chat) if shown == title)

    async def answers(self, chat: int, right: bool = True) -> list[str]:
        """Tap an option of the card that this phone shows."""
        taps = [payload for _, payload in self.buttons(chat) if payload.startswith("k:a:")]
        number, place = taps[0].split(":")[2], None
        row = await self.database.read(lambda c: c.execute(select(question).where(question.c.id == int(number))).one())
        card = self.training.rooms.deck.card(row.card, "en")
        assert card is not None
        options = card.wordings[row.wording].options
        place = next(n for n, option in enumerate(options) if option.is_right == right)
        return await self.hears(chat, f"!k:a:{number}:{place}")

    async def rows(self, table: Any) -> list[Any]:
        return await self.database.read(lambda c: c.execute(select(table)).all())

    async def states(self) -> list[int]:
        return [row.state for row in await self.rows(occurrence)]

    async def member_of(self, chat: int) -> Any:
        name = self.chats.hash("telegram", str(chat))
        return await self.database.read(lambda c: c.execute(select(member).where(member.c.chat == name)).first())


def titles(shown: Rendered) -> list[str]:
    return [title for title, _ in shown.buttons]
