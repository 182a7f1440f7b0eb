"""Inbox → desk → outbox. A message is handled, its replies queued and its effects done in one transaction, or not at all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, select

from bot.channels.telegram.translate import Letter
from bot.desk import Desk, Outcome
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Effect, Part, Reply
from bot.placement.command import Command
from bot.placement.service import Known, Placement
from bot.stages.context import Incoming, Person
from bot.store import menus, queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyGone, KeyRing
from bot.store.queues import InboxRow
from bot.store.schema import inbox
from bot.training.command import SAY, TYPED, Wish
from bot.training.service import Training

log = logging.getLogger("waymark.worker")
MAX_ATTEMPTS = 3
SETTLE_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
FLOOD = 20
"""Waiting messages of one chat above which only danger is read (R63: whoever floods is slowed alone)."""
TOLD = 5000
Clock = Callable[[], float]
Directly = Callable[[int, list[Reply], str], Awaitable[bool]]


class Worker:
    def __init__(
        self,
        database: Database,
        chats: Chats,
        keys: KeyRing,
        desk: Desk,
        nlu: Any,
        workers: int = 32,
        clock: Clock = time.time,
        placement: Placement | None = None,
        training: Training | None = None,
    ) -> None:
        self._placement, self._training = placement, training
        self._db, self._chats, self._keys, self._desk, self._nlu = database, chats, keys, desk, nlu
        self._workers, self._clock = workers, clock
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._stopping = False
        self.wake = asyncio.Event()
        self.on_queued: Callable[[], None] = lambda: None
        self.directly: Directly | None = None
        """Sends past the store, where what was answered cannot be written down (rulings 4, R13)."""
        self._told: OrderedDict[int, None] = OrderedDict()

    async def run(self) -> None:
        """Until cancelled; what is in work is finished first. A store that fails is tried again, never the end."""
        try:
            while True:
                try:
                    begun = await self.step()
                except Exception as error:
                    log.error("the inbox cannot be read: %s", type(error).__name__)
                    await self._without_the_store()
                    begun = 0
                if not begun:
                    try:
                        async with asyncio.timeout(0.5):
                            await self.wake.wait()
                    except TimeoutError:
                        pass
                    self.wake.clear()
        finally:
            self._stopping = True
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def step(self) -> int:
        """Take what may be worked on now; returns how many were begun."""
        room = self._workers - len(self._busy)
        if room <= 0:
            await asyncio.wait(self._busy.values(), return_when=asyncio.FIRST_COMPLETED)
            room = self._workers - len(self._busy)
        taken = await self._db.write(lambda c: self._take(c, max(1, room)))
        for row, chat, known, waiting in taken:
            task = asyncio.create_task(self._handle(row, chat, known, waiting))
            self._busy[row.chat] = task
            task.add_done_callback(partial(self._finished, row.chat))
        return len(taken)

    def _finished(self, chat: str, _: asyncio.Task[None]) -> None:
        self._busy.pop(chat, None)
        self.wake.set()

    async def drain(self) -> None:
        """Work until nothing waits (tests)."""
        while await self.step() or self._busy:
            if self._busy:
                await asyncio.wait(list(self._busy.values()))

    def _take(self, connection: Connection, room: int) -> list[tuple[InboxRow, Any, Known | None, int]]:
        rows = queues.take_in(connection, room, set(self._busy))
        if not rows:
            return []
        names = [row.chat for row in rows]
        chats = self._chats.get_all(connection, names)
        waiting = queues.waiting_in(connection, names) if len(rows) < room else {}
        known = self._placement.known(connection, chats.values()) if self._placement is not None else {}
        return [(row, chats.get(row.chat), known.get(row.chat), waiting.get(row.chat, 0)) for row in rows]

    async def _handle(self, row: InboxRow, chat: Any, known: Known | None, waiting: int) -> None:
        try:
            letter = Letter.unpack(
                self._keys.open(row.key_name, f"inbox.body|{row.channel}:{row.update_id}|1", row.body)
            )
        except (KeyGone, InvalidTag, ValueError, TypeError) as error:
            log.error("a message cannot be opened and was given up: %s", type(error).__name__)
            await self._settle(lambda c: queues.handled(c, row.id, queues.DEAD))
            return
        outcome: Outcome | None = None
        try:
            if letter.kind != "message" or chat is None:
                await self._db.write(lambda c: self._service(c, row, letter))
            else:
                outcome = await self._answer(row, letter, chat, known, waiting)
                flood = waiting > FLOOD
                await self._db.write(lambda c: self._commit(c, row, chat, outcome, flood))
                self.on_queued()
                if any(effect.kind in ("exit", "erase") for effect in outcome.effects):
                    await self.forget(row.chat)  # the answer is on its way already: leaving waits for nothing (R4)
            self.on_queued()
        except Exception as error:
            log.error("handling failed: %s", type(error).__name__)
            if outcome is not None:
                await self._tell(row.id, chat, outcome)
            await asyncio.sleep(0.2)
            await self._settle(lambda c: self._again(c, row, chat))
            self.on_queued()

    async def _without_the_store(self) -> None:
        """What is stored cannot be taken: danger in it is answered all the same, from what can still be read. Never raises."""
        if self.directly is None:
            return
        try:
            for row, chat in await self._db.read(self._waiting):
                place = f"inbox.body|{row.channel}:{row.update_id}|1"
                letter = Letter.unpack(self._keys.open(row.key_name, place, row.body))
                if letter.kind == "message" and row.id not in self._told and row.chat not in self._busy:
                    message = Incoming(row.chat, letter.text, letter.payload, letter.media, lang_hint=letter.lang_hint)
                    await self._tell(row.id, chat, await self._desk.floor_only(message, self._person(chat)))
        except Exception as error:
            log.error("nothing can be read either: %s", type(error).__name__)

    def _waiting(self, connection: Connection) -> list[tuple[Any, Any]]:
        query = select(inbox).where(inbox.c.state == queues.WAITING).order_by(inbox.c.id).limit(self._workers)
        rows = list(connection.execute(query))
        chats = self._chats.get_all(connection, [row.chat for row in rows])
        return [(row, chats[row.chat]) for row in rows if row.chat in chats]

    async def _tell(self, row_id: int, chat: Any, outcome: Outcome) -> None:
        """Danger replies, else the safety reply; once a message. Who leaves is told nothing: their screen is cleared first."""
        leaving = any(effect.kind in ("exit", "erase") for effect in outcome.effects)
        address = self._chats.address_of(chat)
        if self.directly is None or leaving or address is None or row_id in self._told:
            return
        self._told[row_id] = None
        while len(self._told) > TOLD:
            self._told.popitem(last=False)
        urgent = [reply for reply in outcome.replies if reply.kind == "danger" or reply.urgent]
        safe = [Reply("wants_hotline", [Part("message:danger.degraded")], kind="miss")]
        await self.directly(int(address), urgent or safe, outcome.lang)

    @staticmethod
    def _person(chat: Any) -> Person:
        return Person(
            chat.role, chat.lang, chat.heard, bool(chat.greeted), chat.misses, chat.awaiting, chat.quiet_minutes
        )

    async def _answer(self, row: InboxRow, letter: Letter, chat: Any, known: Known | None, waiting: int) -> Outcome:
        person = self._person(chat)
        if known is not None:
            person.request, person.brings_back = known.view, known.brings_back
        message = Incoming(
            row.chat, letter.text, letter.payload, letter.media, str(letter.message_id), letter.lang_hint
        )
        if waiting > FLOOD:
            return await self._desk.floor_only(message, person)
        return await self._desk.answer(message, person)

    async def _settle(self, work: Callable[[Connection], None]) -> None:
        """Write what became of a message, however long the store is locked: a row left as taken would stop its chat."""
        tries = 0
        while True:
            try:
                return await self._db.write(work)
            except Exception as error:
                log.error("the outcome of a message is not written yet: %s", type(error).__name__)
                if self._stopping and tries >= len(SETTLE_SECONDS):
                    return None  # the next start takes it up again
            await asyncio.sleep(SETTLE_SECONDS[min(tries, len(SETTLE_SECONDS) - 1)])
            tries += 1

    def _again(self, connection: Connection, row: InboxRow, chat: Any) -> None:
        """Waits again, or is given up with the safety reply: silence is not allowed (R13, rulings 4)."""
        last = row.attempts >= MAX_ATTEMPTS
        values = {"state": queues.DEAD, "body": None} if last else {"state": queues.WAITING}
        taken = (inbox.c.id == row.id, inbox.c.state == queues.TAKEN)
        if connection.execute(inbox.update().where(*taken).values(**values)).rowcount and last and chat is not None:
            role = chat.role if chat.role in OFFICER_ROLES else "guest"
            name = "message:degraded.officer" if role != "guest" else "message:danger.degraded"
            content = {"part": _part(Part(name)), "lang": chat.lang or chat.heard or "en", "role": role}
            queues.put_out(connection, [self._row(row, 0, queues.SURVIVOR, content, self._clock())])
            self._chats.change(connection, row.chat, blocked=0, cleared_at=None)

    async def forget(self, chat: str) -> None:
        """Rasa's memory of the conversation goes; a dead Rasa remembers nothing. Never raises."""
        try:
            await self._nlu.forget(chat)
        except Exception as error:
            log.warning("Rasa was not told to forget: %s", type(error).__name__)

    def _service(self, connection: Connection, row: InboxRow, letter: Letter) -> None:
        """Groups are left politely; a block stops everything that waits."""
        if letter.kind == "blocked":
            if self._training is not None:
                self._training.away(connection, row.chat, self._clock())
            queues.drop_waiting(connection, row.chat)
            self._chats.change(connection, row.chat, blocked=1)
            blocked = self._chats.get(connection, row.chat)
            if self._placement is not None and blocked is not None:  # whoever comes back is a stranger (R7)
                self._placement.leave(connection, row.chat, blocked.role, self._clock())
        elif letter.kind == "group" and self._placement is not None and self._placement.is_staff_group(row.chat):
            pass  # nothing that is written there is read or answered
        elif letter.kind == "group":
            words = {"part": _part(Part("message:group.leave")), "lang": "en", "role": "guest"}
            contents: list[dict[str, Any]] = [words, {"leave": True}]
            now = self._clock()
            rows = [self._row(row, i, queues.REPLY, content, now) for i, content in enumerate(contents)]
            queues.put_out(connection, rows)
        queues.handled(connection, row.id)

    def _commit(self, connection: Connection, row: InboxRow, chat: Any, outcome: Outcome, flood: bool) -> None:
        """`chat`: its row before this message."""
        now, role = self._clock(), str(chat.role)
        replies = list(outcome.replies)
        # They wrote, so they may be answered again, whatever came before (R6); leaving sets `cleared_at` once more.
        changes = {**outcome.changes, "blocked": 0, "cleared_at": None}
        clear = False
        for effect in outcome.effects:
            if effect.kind in ("request", "begin", "withdraw"):
                replies = self._asked(connection, row.chat, role, outcome.lang, effect, replies, now)
            elif effect.kind in ("training", "pause"):
                replies = self._trained(connection, row.chat, role, outcome.lang, effect, replies, now)
                changes |= asks_on(replies)
            else:
                replies, role, clear = self._effect(
                    connection, row, effect, replies, role, changes, clear, now, outcome.lang
                )
        rows = []
        lane = queues.REPLY if role in OFFICER_ROLES else queues.SURVIVOR
        if clear:
            rows.append(self._row(row, 0, lane, {"clear": True}, now))
        number = 1
        for reply in replies:
            for part in reply.parts:
                content = {"part": _part(part), "lang": outcome.lang, "role": role, "silent": False}
                rows.append(
                    self._row(row, number, 0 if reply.urgent or reply.kind == "neutral" else lane, content, now)
                )
                number += 1
        if flood and not replies:  # said once a minute, however many messages are passed over
            content = {"part": _part(Part("message:flood.slow")), "lang": outcome.lang, "role": role}
            rows.append({**self._row(row, 0, lane, content, now), "dedupe": f"slow:{row.chat}:{int(now // 60)}"})
        if chat.menu or chat.role in OFFICER_ROLES or outcome.effects:
            rows += self._menu(connection, row, outcome, clear, now)
        queues.put_out(connection, _one_lane(rows))
        if changes:
            self._chats.change(
                connection, row.chat, **{k: int(v) if isinstance(v, bool) else v for k, v in changes.items()}
            )
        queues.handled(connection, row.id)

    def _menu(
        self, connection: Connection, row: InboxRow, outcome: Outcome, clear: bool, now: float
    ) -> list[dict[str, Any]]:
        """The commands that the platform lists change with the role and the language that was chosen, and go with what is cleared (`menus.py`), after
        the replies."""
        chat = self._chats.get(connection, row.chat)
        chosen = next((effect.value for effect in outcome.effects if effect.kind == "set_lang"), None)
        menu = "" if clear else menus.wanted(chat.menu, chat.role, chat.lang or outcome.lang, chosen)
        if menu == (chat.menu or ""):
            return []
        if menu:
            menus.may_be_shown(connection, row.chat, menu)
        return [{**menus.row(row.chat, menu, now), "lane": queues.REPLY}]

    def _effect(
        self,
        connection: Connection,
        row: InboxRow,
        effect: Effect,
        replies: list[Reply],
        role: str,
        changes: dict[str, Any],
        clear: bool,
        now: float,
        lang: str,
    ) -> tuple[list[Reply], str, bool]:
        if self._placement is not None and effect.kind == "exit":
            self._placement.leave(connection, row.chat, role, now)
        elif self._placement is not None and effect.kind == "erase":
            self._placement.erase(connection, row.chat, now)
        if self._training is not None and effect.kind == "exit":
            self._training.away(connection, row.chat, now)
        elif self._training is not None and effect.kind == "erase":
            self._training.erase(connection, row.chat, now)
        if effect.kind == "exit":
            queues.drop_waiting(connection, row.chat)
            queues.drop_waiting_in(connection, row.chat, row.id)
            self._chats.erase(connection, row.chat)
            changes.clear()
            changes.update(blocked=0, cleared_at=now)
            clear = True
        elif effect.kind == "erase":
            self._chats.erase(connection, row.chat)
            changes.clear()
            changes.update(blocked=0, cleared_at=None)
            clear = True
        elif effect.kind == "set_lang":
            changes["lang"] = effect.value
            if self._training is not None:
                self._training.changed_language(connection, row.chat, effect.value or "en", now)
        elif effect.kind == "quiet" and effect.value:
            changes["quiet_minutes"] = int(effect.value)
        elif effect.kind == "invite":
            purpose = self._chats.accept(connection, effect.value or "", row.chat, now)
            joined = None
            if purpose is None and self._training is not None:
                joined = self._training.join(connection, row.chat, lang, effect.value or "", now)
            if joined is not None:
                replies, role = joined, self._chats.get(connection, row.chat).role
            if purpose is not None:
                replies = [Reply("help_menu", [Part(f"message:invite.accepted.{purpose}")], kind="menu")]
                role = purpose if purpose in OFFICER_ROLES else role
        return replies, role, clear

    def _asked(
        self, c: Connection, chat: str, role: str, lang: str, effect: Effect, replies: list[Reply], now: float
    ) -> list[Reply]:
        """What a request answers takes the place that was kept for it, or stands after what was said already."""
        if self._placement is None:
            return replies
        command = Command.of(effect)
        answers = self._placement.apply(c, chat, role, lang, command, now)
        if answers is None:
            return replies
        return in_place(replies, answers)

    def _trained(
        self, c: Connection, chat: str, role: str, lang: str, effect: Effect, replies: list[Reply], now: float
    ) -> list[Reply]:
        """What refreshers answer takes the place of what stands for it; content's own answer stands where they have nothing to add."""
        wish = Wish.of(effect)
        answers = self._training.apply(c, chat, role, lang, wish, now) if self._training is not None else None
        return replies if answers is None else instead(replies, wish, answers)

    @staticmethod
    def _row(row: InboxRow, number: int, lane: int, content: dict[str, Any], now: float) -> dict[str, Any]:
        return {
            "dedupe": f"in{row.id}:{number}",
            "chat": row.chat,
            "lane": lane,
            "content": content,
            "created_at": now,
        }


KEPT_FOR = ("request:", "message:safe_place.first", "message:withdraw.done")
"""Parts that keep the place for what a request answers."""


def in_place(replies: list[Reply], answers: list[Reply]) -> list[Reply]:
    """The answers, each whole, where the place was kept; what else that reply says follows them."""
    out: list[Reply] = []
    placed = False
    for reply in replies:
        kept = [part for part in reply.parts if part.content not in KEPT_FOR]
        if not placed and len(kept) < len(reply.parts):
            placed = True
            out += [replace(answer, urgent=answer.urgent or reply.urgent) for answer in answers]
            out += [replace(reply, parts=kept)] if kept else []
        else:
            out.append(reply)
    return out if placed else [*out, *answers]


def instead(replies: list[Reply], wish: Wish, answers: list[Reply]) -> list[Reply]:
    """The answers in the place of the reply that stands for them: `training:`, or the one of the row that was read, or before it."""
    if wish.name == "before":
        place = next((n for n, reply in enumerate(replies) if reply.handling == wish.about), len(replies))
        return [*replies[:place], *answers, *replies[place:]]
    out: list[Reply] = []
    placed = False
    for reply in replies:
        stands = (
            reply.handling == wish.about if wish.name == "row" else any(p.content == "training:" for p in reply.parts)
        )
        if stands and not placed:
            out, placed = [*out, *(replace(answer, handling=reply.handling) for answer in answers)], True
        elif not stands:
            out.append(reply)
    return out if placed else [*out, *answers]


def asks_on(replies: list[Reply]) -> dict[str, Any]:
    """What the chat waits for now: words, where a reply of refreshers asks for some."""
    return {"awaiting": TYPED} if any(reply.subject == SAY for reply in replies) else {}


def _part(part: Part) -> list[Any]:
    return [part.content, part.page, part.params]


def _one_lane(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The replies to one message keep their order, so they share the most urgent lane among them."""
    lane = min((r["lane"] for r in rows), default=queues.REPLY)
    return [{**r, "lane": lane} for r in rows]
