"""A department over the local Bot API server, with the real Rasa and a clock that a test moves: the bot's parts in this process, everything
that people see and do through Telegram's own methods."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.channels.telegram.gateway import Gateway
from bot.desk import Desk
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.training.service import Training
from tests.app.parts import World
from tests.botapi.server import BotApiServer
from tests.botapi.state import Message
from tests.store.virtual import VirtualClock
from tests.telegram.running import TOKEN


class Classroom(World):
    """Use `opened`; then people `say` and `tap`, and time passes by `until` or `sleeps` (the bot is down meanwhile)."""

    def __init__(self, home: Path, clock: VirtualClock, telegram: BotApiServer, nlu: Any) -> None:
        super().__init__(home, clock)
        self.telegram, self.gateway = telegram, Gateway(TOKEN, telegram.url)
        self.desk, self.nlu = Desk(self.library, nlu, floors.shared(), leaving.shared()), nlu  # type: ignore[assignment]
        self._offset: int | None = None
        self._seen: dict[int, int] = {}

    async def opened(self) -> None:
        await self.gateway.open()
        await self.gateway.use_polling()
        self.restart()

    async def closed(self) -> None:
        await self.gateway.close()
        self.close()

    def restart(self, database: Any = None, platform: Any = None) -> None:
        """A new process: nothing is left but what the store holds."""
        super().restart(database, platform or getattr(self, "gateway", None))
        if hasattr(self, "gateway"):
            self.training = Training(self.keys, self.chats, self.library, link=self.gateway.link)
            for part in (self.worker, self.sender, self.sender._wording, self.housekeeping):
                part._training = self.training  # type: ignore[attr-defined]

    async def works(self) -> None:
        """Fetch what people did, handle it, send what is due."""
        for _ in range(50):
            updates = await self.gateway.updates(self._offset, 0)
            if updates:
                assert await self.receiver.take(updates)
                self._offset = max(update["update_id"] for update in updates) + 1
            await self.work()
            if not updates:
                return
        raise AssertionError("it never comes to rest")

    async def ticks(self) -> None:
        await self.training.tick(self.database, self.clock())
        await self.works()

    async def until(self, when: float, step: float = 300.0) -> None:
        """Time passes, and the clock ticks every few minutes of it."""
        while self.clock() < when:
            self.clock.now = min(when, self.clock() + step)
            await self.ticks()

    def sleeps(self, until: float) -> None:
        """The machine is down until then; a new process starts."""
        self.clock.now = until
        self.restart()

    async def say(self, chat: int, *words: str) -> list[Message]:
        """Each message is answered before the next; returns what came after the last."""
        for said in words:
            self.fresh(chat)
            self.telegram.user_says(chat, said)
            await self.works()
        return self.fresh(chat)

    async def tap(self, chat: int, *titles: str) -> list[Message]:
        """Tap buttons by what stands on them, or begins so; returns what came after the last."""
        for title in titles:
            payload = self.button(chat, title)
            self.fresh(chat)
            self.telegram.user_taps(chat, payload)
            await self.works()
        return self.fresh(chat)

    def button(self, chat: int, title: str) -> str:
        """Payload of the newest visible button with this title, or, with "k:…", that begins so."""
        for message in reversed([m for m in self.telegram.chat(chat).visible() if m.from_bot]):
            for shown, payload in buttons(message):
                if payload.startswith(title) if title.startswith("k:") else shown == title:
                    return payload
        raise AssertionError(f"{chat} sees no button {title!r}; the screen ends:\n{self.screen(chat)[-1500:]}")

    def fresh(self, chat: int) -> list[Message]:
        """What the bot has sent there since this was last asked."""
        shown = self.telegram.world.chats.get(chat)
        found = [m for m in shown.visible() if m.from_bot and m.message_id > self._seen.get(chat, 0)] if shown else []
        if found:
            self._seen[chat] = found[-1].message_id
        return found

    def screen(self, chat: int) -> str:
        shown = []
        for message in self.telegram.chat(chat).visible():
            who = "bot" if message.from_bot else ">>>"
            taps = "".join(f"\n      [{title}]" for title, _ in buttons(message))
            shown.append(f"{who} {message.text}{taps}")
        return "\n".join(shown)

    def card(self, chat: int) -> list[tuple[str, str]]:
        """The options of the newest card on the screen."""
        for message in reversed([m for m in self.telegram.chat(chat).visible() if m.from_bot]):
            found = [(title, payload) for title, payload in buttons(message) if payload.startswith("k:a:")]
            if found:
                return found
        return []

    async def answer(self, chat: int, pick: Callable[[int, int], bool], question: Any) -> list[Message]:
        """Tap the option of the newest card for which `pick(place, right place)` holds. `question`: its table."""
        from sqlalchemy import select

        options = self.card(chat)
        number = int(options[0][1].split(":")[2])
        row = await self.database.read(lambda c: c.execute(select(question).where(question.c.id == number)).one())
        card = self.training.rooms.deck.card(row.card, "en")
        assert card is not None
        right = card.wordings[row.wording].right
        payload = next(p for _, p in options if pick(int(p.split(":")[3]), right))
        self.fresh(chat)
        self.telegram.user_taps(chat, payload)
        await self.works()
        return self.fresh(chat)


def buttons(message: Message) -> list[tuple[str, str]]:
    """(title, payload) of what stands under a message."""
    return [(button.text, button.payload or "") for button in message.buttons]
