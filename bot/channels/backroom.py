"""What stands behind a conversation in the terminal: a real store with random keys in a folder that goes with the process, so that a
request works there as it does over Telegram. With example programs, the second phone in the room is their advocate's."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from bot.alerts import Alerts
from bot.intake import graph as graphs
from bot.library.loading import CONTENT, Library
from bot.library.rendering import NotForThisReader, Renderer
from bot.library.replies import Effect, Part, Rendered, Reply
from bot.localtime import local_date
from bot.oncall import programs as program_files
from bot.oncall.model import Advocate
from bot.placement.command import Command
from bot.placement.model import Shown, Switches
from bot.placement.service import Known, Placement
from bot.store import menus, queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.schema import outbox
from bot.training.command import Wish
from bot.training.schedule import Schedule, Slot
from bot.training.service import PARTS, Training
from bot.worker import in_place, instead

CHANNEL = "terminal"
SHIFT = 12 * 3600.0
EXAMPLE_DEPARTMENT, EXAMPLE_ZONE = "Example Police Department", "America/Chicago"
EXAMPLES = CONTENT / "examples" / "programs.yml"


class Backroom:
    """`examples`: load the fictional programs (R29), with one advocate on shift. Use as an asynchronous context."""

    def __init__(self, library: Library, examples: bool = False, clock: Callable[[], float] = time.time) -> None:
        self._library, self._examples, self._clock = library, examples, clock
        self._folder = tempfile.TemporaryDirectory(prefix="waymark-")
        home = Path(self._folder.name)
        self._keys = KeyRing(home / "keys", clock)
        self._chats = Chats(self._keys)
        self._db = Database(f"sqlite:///{home / 'waymark.db'}")
        alerts = Alerts(self._db, self._chats, lambda: None, clock)
        switches = Switches(relay=True, minors=True)
        self.placement = Placement(self._keys, self._chats, alerts, library, graphs.shared(), switches)
        self.training = Training(self._keys, self._chats, library)
        self.advocate: str | None = None

    async def __aenter__(self) -> Backroom:
        self._db.open()
        if self._examples:
            self.advocate = self.new_chat()
            await self._db.write(self._staffed)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._folder.cleanup()

    @staticmethod
    def new_chat() -> str:
        return secrets.token_hex(20)

    def _staffed(self, c: Connection) -> None:
        """Every example program has its advocate's phone: the one in this room."""
        now, oncall = self._clock(), self.placement.rooms.oncall
        found = program_files.load(EXAMPLES.read_text("utf-8"), fictional=True)
        for program in found:
            oncall.put_program(c, program, now)
        first = next(program for program in found if not program.police and "under_18" not in program.takes.ages)
        who = self.advocate or ""
        self._seen(c, who, "advocate")
        oncall.add_advocate(c, Advocate(who, first.id, ("en", "es"), minors=True))
        shift = oncall.add_shift(c, who, first.id, now - 60, now + SHIFT)
        if shift is not None:
            oncall.tested(c, shift, now)
            oncall.confirmed(c, shift, who, now)

    def _seen(self, c: Connection, chat: str, role: str) -> Any:
        row = self._chats.seen(c, chat, chat, self._clock())
        if row.role != role:
            self._chats.change(c, chat, role=role)
            row = self._chats.get(c, chat)
        return row

    def _enrolled(self, c: Connection, chat: str) -> None:
        """An officer who only tries belongs to an example department, with a refresher on Tuesdays and Fridays at ten."""
        people, now = self.training.rooms.people, self._clock()
        if people.of_chat(c, chat) is not None:
            return
        rule = Schedule((Slot(frozenset({1, 4}), 10 * 60),), EXAMPLE_ZONE, local_date(now, EXAMPLE_ZONE))
        name = people.add_department(c, EXAMPLE_DEPARTMENT, EXAMPLE_ZONE, "en", now)
        people.set_schedule(c, name, None, rule, now)
        people.join(c, chat, name, None, "officer", "en", now, officer_id="EXAMPLE-1")

    async def known(self, chat: str, role: str, enrolled: bool = False) -> Known:
        """What the desk may know; the clock ticks as well. `enrolled`: this officer is of the example department."""

        def look(c: Connection) -> Known:
            row = self._seen(c, chat, role)
            if self._examples and enrolled and role == "officer":
                self._enrolled(c, chat)
            self.placement.tick(c, self._clock())
            return self.placement.known(c, [row])[chat]

        found = await self._db.write(look)
        if self._examples:
            await self.training.tick(self._db, self._clock())
        return found

    async def done(self, chat: str, role: str, lang: str, effects: list[Effect], replies: list[Reply]) -> list[Reply]:
        """Do what the desk asked for, as the worker does; returns what is said."""
        kinds = ("request", "begin", "withdraw", "exit", "erase", "training", "pause", "set_lang", "invite")
        wanted = [e for e in effects if e.kind in kinds]
        if not wanted:
            return replies

        def work(c: Connection) -> list[Reply]:
            said, now = replies, self._clock()
            for effect in wanted:
                if effect.kind == "exit":
                    self.placement.leave(c, chat, role, now)
                    self.training.away(c, chat, now)
                    queues.drop_waiting(c, chat)
                elif effect.kind == "erase":
                    self.placement.erase(c, chat, now)
                    self.training.erase(c, chat, now)
                elif effect.kind == "set_lang":
                    self.training.changed_language(c, chat, effect.value or "en", now)
                elif effect.kind == "invite":
                    said = self.training.join(c, chat, lang, effect.value or "", now) or said
                elif effect.kind in ("training", "pause"):
                    wish = Wish.of(effect)
                    trained = self.training.apply(c, chat, role, lang, wish, now)
                    said = said if trained is None else instead(said, wish, trained)
                else:
                    command = Command.of(effect)
                    answers = self.placement.apply(c, chat, role, lang, command, now)
                    said = said if answers is None else in_place(said, answers)
            return said

        return await self._db.write(work)

    async def render(self, part: Part, chat: str, role: str, lang: str) -> Rendered | None:
        """In words; None for what nobody may read any more."""
        name = part.content
        if name.startswith(PARTS):
            made = await self.training.words(self._db.read, chat, role, name, part.params, lang, self._clock())
            done = made.done if made is not None else None
            if done is not None:
                await self._db.write(done)
            return made.rendered if made is not None else None
        if not name.startswith("private:"):
            try:
                shown, now = Renderer(self._library, lang, role).render(part), self._clock()
                return await self.training.after_partners(self._db.read, chat, role, name, shown, lang, now)
            except NotForThisReader:
                return Renderer(self._library, lang, role).render(Part("message:officer_only"))

        def open_it(c: Connection) -> Shown | None:
            shown = self.placement.words(c, chat, role, name.partition(":")[2], part.params, lang, self._clock())
            if shown is not None and shown.done is not None:
                shown.done(c)
            return shown

        found = await self._db.write(open_it)
        return found.rendered if found is not None else None

    async def arrived(self, chat: str, role: str) -> list[Rendered]:
        """What came to this phone meanwhile."""
        query = select(outbox).where(outbox.c.chat == chat, outbox.c.state == queues.WAITING).order_by(outbox.c.id)
        rows = await self._db.read(lambda c: c.execute(query).all())
        sent = update(outbox).where(outbox.c.id.in_([row.id for row in rows])).values(state=queues.DONE, content="{}")
        await self._db.write(lambda c: c.execute(sent))
        found = []
        for row in rows:
            content = orjson.loads(row.content)
            if "part" in content:
                found.append(await self.render(Part(*content["part"]), chat, role, content["lang"]))
        return [message for message in found if message is not None]

    async def rings(self, chat: str) -> bool:
        """Whether something to read waits on this phone."""
        waits = (outbox.c.chat == chat, outbox.c.state == queues.WAITING, ~outbox.c.dedupe.startswith(f"{menus.KEY}:"))
        query = select(outbox.c.id).where(*waits).limit(1)
        return await self._db.read(lambda c: c.scalar(query)) is not None
