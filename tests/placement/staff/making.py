"""A night on call: real store, real rules, real content; in the place of the sender a few lines that put words on screens and take them
down, as it does."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from bot.alerts import Alerts
from bot.intake import graph as graphs
from bot.intake import walk as walking
from bot.intake.model import Walk
from bot.library import loading
from bot.library.rendering import Renderer
from bot.library.replies import Part, Rendered, Reply
from bot.placement import staff_words
from bot.placement.calling import Calling
from bot.placement.clockwork import Clockwork
from bot.placement.model import Extra, Here, Rooms, Shown, Switches
from bot.placement.staff import Staff
from bot.placement.telling import Telling
from bot.post import Post
from bot.store import queues
from bot.store.audit import Audit
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.oncall import OnCall
from bot.store.requests import Open, Requests
from bot.store.schema import audit, tally
from tests.oncall.making import program
from tests.store.virtual import VirtualClock

ANSWERS: dict[str, Any] = {
    "consent": "yes", "details": "yes", "age": "25_59", "state": "OK", "area": "Tulsa", "when": "tonight", "gender": "women",
    "children": 1, "pets": "none", "needs": ["medical"], "language": "en", "contact": "call", "number": "+1 918 555 0117",
    "hours": "night", "told": "answer",
}  # fmt: skip
OFFICER: dict[str, Any] = {"adults": 1, "agreed": "yes", "children": 0, "state": "OK", "area": "Tulsa", "language": "es", "needs": "medical",
                           "number": "+1 405 555 0142"}  # fmt: skip
ALLY: dict[str, Any] = {"consent": "yes", "details": "yes", "adult": "yes", "state": "OK", "area": "Tulsa", "contact": "call",
                        "number": "+1 405 555 0163", "hours": "any", "told": "answer"}  # fmt: skip
BY_ASKER = {"self": ANSWERS, "officer": OFFICER, "ally": ALLY, "minor": {}}
PIN = "1379"


@lru_cache
def library() -> loading.Library:
    return loading.shared()


@dataclass
class Screen:
    """What stands on one phone: message id to its text and buttons."""

    texts: dict[int, str] = field(default_factory=dict)
    buttons: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    ever: list[str] = field(default_factory=list)
    loud: int = 0

    def __contains__(self, piece: str) -> bool:
        return any(piece in text for text in self.texts.values())

    def payloads(self) -> list[str]:
        return [payload for pairs in self.buttons.values() for _, payload in pairs]


class Night:
    """`database` may be exchanged for another at the same address: that is a restart, or a second process."""

    def __init__(
        self, database: Database, chats: Chats, keys: KeyRing, clock: VirtualClock, switches: Switches | None = None
    ) -> None:
        self.database, self.chats, self.clock, self.keys = database, chats, clock, keys
        self.screens: dict[str, Screen] = defaultdict(Screen)
        self.paged: list[str] = []
        self._ids = 1000
        self.restart(switches or Switches(relay=True, minors=True))

    def restart(self, switches: Switches | None = None) -> None:
        """Everything in memory is gone."""
        kept = switches or self.rooms.switches
        alerts = Alerts(self.database, self.chats, lambda: None, self.clock)
        self.requests, self.oncall = Requests(self.keys), OnCall(self.keys)
        self.rooms = Rooms(self.requests, self.oncall, self.chats, Audit(self.keys), Post(self.chats), alerts, library(), graphs.shared(),
                           kept, self.paged.append)  # fmt: skip
        self.telling, self.calling = Telling(self.rooms), Calling(self.rooms)
        self.clockwork = Clockwork(self.rooms, self.telling, self.calling)
        self.staff = Staff(self.rooms, self.telling, self.calling)

    # -- who is there --------------------------------------------------------------------------------------------------------

    async def opens(self) -> None:
        await self.program("house")
        for name in ("ana", "ben"):
            await self.advocate(name)
        await self.person("woman")
        await self.person("operator")
        code = await self._write(lambda c: self.chats.invite(c, "operator", self.clock() + 60))
        assert await self._write(lambda c: self.chats.accept(c, code, "operator", self.clock())) == "operator"

    async def program(self, name: str, **changes: Any) -> None:
        entry = program(name, **changes).model_copy(update={"name": f"Example {name.title()} Lantern"})
        await self._write(lambda c: self.oncall.put_program(c, entry, self.clock()))

    async def person(self, name: str, role: str = "guest") -> None:
        await self._write(lambda c: self.chats.seen(c, name, f"777{name}", self.clock()) and None)
        await self._write(lambda c: self.chats.change(c, name, role=role))

    async def advocate(
        self, name: str, of: str = "house", on: bool = True, hours: float = 8, since: float = 0.0, **marks: bool
    ) -> int | None:
        """By a real invitation. `on`: with a shift that was tapped; its number."""
        await self.person(name)
        code = await self._write(lambda c: self.chats.invite(c, "advocate", self.clock() + 60, of, **marks))
        assert await self._write(lambda c: self.chats.accept(c, code, name, self.clock())) == "advocate"
        return await self.shift(name, of, hours, since) if on else None

    async def shift(self, name: str, of: str = "house", hours: float = 8, since: float = 0.0) -> int:
        now = self.clock() + since

        def work(c: Connection) -> int:
            number = self.oncall.add_shift(c, name, of, now, now + hours * 3600)
            assert number is not None
            self.oncall.tested(c, number, now)
            assert self.oncall.confirmed(c, number, name, now)
            return number

        return await self._write(work)

    async def sends(
        self, asker: str = "self", climb: tuple[str, ...] = ("house",), told: str = "answer", who: str = "woman", start: bool = True,
        **answers: Any,
    ) -> str:  # fmt: skip
        """A request on its way, as the person's side leaves it."""
        said = {**BY_ASKER[asker], **answers}
        walk: dict[str, Any] = {
            "asker": asker,
            "node": "summary",
            "answers": said,
            "extra": Extra(climb=climb).as_dict(),
        }

        def work(c: Connection) -> str:
            now = self.clock()
            made = self.requests.begin(c, who, asker, "en", walk, now)
            if asker != "minor":
                shown = Walk(asker=asker, node="summary", answers=said)  # type: ignore[arg-type]
                fields = [name for name, _ in walking.summary(self.rooms.graph, shown)]
                for name in climb:
                    self.requests.release(c, made.id, name, "placement", fields, "en", "1", now, now + 7 * 86400)
            self.requests.send(c, made.id, told, now)
            if start:
                self.clockwork.start(c, self.requests.get(c, made.id), now)  # type: ignore[arg-type]
            return made.id

        found = await self._write(work)
        await self.deliver()
        return found

    async def _write(self, work: Callable[[Connection], Any]) -> Any:
        """As the worker does it: a store that another process holds is asked again."""
        for _ in range(20):
            try:
                return await self.database.write(work)
            except OperationalError:
                await asyncio.sleep(0.1)
        return await self.database.write(work)

    # -- what they do ----------------------------------------------------------------------------------------------------------

    async def tap(self, who: str, value: str, role: str = "advocate") -> list[str]:
        """Content ids of what is said at once; it is on the screen as well."""
        here = lambda c: Here(c, who, role, "en", self.clock())  # noqa: E731
        replies = await self._write(lambda c: self.staff.handle(here(c), value))
        return await self._answered(who, replies)

    async def says(self, who: str, text: str) -> list[str]:
        here = lambda c: Here(c, who, "advocate", "en", self.clock())  # noqa: E731
        return await self._answered(who, await self._write(lambda c: self.staff.write(here(c), text)))

    async def _answered(self, who: str, replies: list[Reply]) -> list[str]:
        parts = [part for reply in replies for part in reply.parts]
        for part in parts:
            await self._show(who, part, "advocate", "en", None, silent=True)
        await self.deliver()
        return [
            part.params.get("text", part.content) if part.content == "private:keypad" else part.content
            for part in parts
        ]

    async def pin(self, who: str, digits: str = PIN) -> list[str]:
        """Every digit, then OK: what is said last."""
        for key in digits:
            assert await self.tap(who, f"pin:{key}") == []
        return await self.tap(who, "pin:ok")

    async def sets_pin(self, who: str, digits: str = PIN) -> None:
        await self.tap(who, "/pin")
        assert await self.pin(who, digits) == ["oncall.pin.again"]
        assert await self.pin(who, digits) == ["message:oncall.pin.set"]

    async def takes(self, who: str, request_id: str) -> list[str]:
        return await self.tap(who, f"take:{await self.rung(who, request_id)}")

    async def rung(self, who: str, request_id: str) -> int:
        rungs = await self.database.read(lambda c: self.oncall.rungs_of(c, request_id))
        return next(r.id for r in rungs if r.chat == who)

    async def tick(self, seconds: float = 0.0, every: float = 5.0) -> None:
        """Let time go by; the clock ticks, and everything is sent."""
        until = self.clock() + seconds
        while True:
            await self._write(lambda c: self.clockwork.tick(c, self.clock()))
            await self.deliver()
            if self.clock() >= until:
                return
            self.clock.advance(min(every, until - self.clock()))

    # -- the sender ------------------------------------------------------------------------------------------------------------

    async def deliver(self) -> None:
        while True:
            rows = await self._write(lambda c: queues.take_out(c, self.clock(), 50))
            if not rows:
                return
            for row in rows:
                if row.content.get("fleeting"):
                    await self._take_down(row.chat)
                elif row.not_after is None or row.not_after >= self.clock():
                    name, page, params = row.content["part"]
                    silent = row.content["silent"]
                    await self._show(
                        row.chat,
                        Part(name, page, params),
                        row.content["role"],
                        row.content["lang"],
                        row.content.get("stays"),
                        silent,
                    )
                await self._write(lambda c, number=row.id: queues.finish_out(c, number))

    async def _show(self, chat: str, part: Part, role: str, lang: str, stays: float | None, silent: bool) -> None:
        kind, _, name = part.content.partition(":")
        if kind == "private" and role == "advocate":
            shown = await self.database.read(
                lambda c: staff_words.words(self.rooms, c, chat, name, part.params, lang, self.clock())
            )
        elif kind == "private":
            shown = None
        else:
            shown = Shown(_rendered(part, role, lang))
        if shown is None:
            return
        shown = shown if stays is None else replace(shown, stays=stays)
        self._ids += 1
        number, screen = self._ids, self.screens[chat]
        screen.texts[number], screen.buttons[number] = shown.rendered.text, shown.rendered.buttons
        screen.ever.append(shown.rendered.text)
        screen.loud += not silent
        await self._write(lambda c: self._sent(c, chat, number, shown))

    def _sent(self, c: Connection, chat: str, number: int, shown: Shown) -> None:
        if shown.stays is not None:
            self.oncall.fleeting_put(c, chat, str(number), self.clock() + shown.stays)
        if shown.done is not None:
            shown.done(c)

    async def _take_down(self, chat: str) -> None:
        due = await self.database.read(lambda c: self.oncall.fleeting_due(c, self.clock()))
        mine = [(row, int(number)) for row, where, number in due if where == chat]
        for _, number in mine:
            self.screens[chat].texts.pop(number, None)
            self.screens[chat].buttons.pop(number, None)
        await self._write(lambda c: self.oncall.fleeting_done(c, [row for row, _ in mine]))

    # -- what is written ---------------------------------------------------------------------------------------------------------

    async def found(self, request_id: str) -> Open:
        found = await self.database.read(lambda c: self.requests.get(c, request_id))
        assert found is not None
        return found

    async def deeds(self) -> list[str]:
        return list(await self.database.read(lambda c: c.scalars(select(audit.c.what).order_by(audit.c.seq)).all()))

    async def counted(self) -> dict[tuple[str, str], int]:
        query = select(tally.c.what, tally.c.kind, func.sum(tally.c["count"])).group_by(tally.c.what, tally.c.kind)
        return {(what, kind): int(n) for what, kind, n in await self.database.read(lambda c: c.execute(query).all())}

    def says_to(self, who: str, message: str) -> bool:
        """Whether this message's first line ever came onto the screen."""
        first = library().message(message, "en").text.strip().splitlines()[0].partition("{")[0].strip()
        return any(first in text for text in self.screens[who].ever)


def _rendered(part: Part, role: str, lang: str) -> Rendered:
    """The id in the place of words that are not there."""
    try:
        return Renderer(library(), lang, role).render(part)
    except KeyError:
        return Rendered(part.content, [], [])
