"""One door into refreshers for worker, sender and clock: what a wish does, what is made when it is sent, what is due."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection

from bot.library.loading import Library
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Rendered
from bot.post import Post
from bot.shown import Shown
from bot.store import training_after, training_answers, training_departments, training_plan
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.training_completions import Completions
from bot.store.training_drafts import Drafts
from bot.store.training_links import Links
from bot.training import cards, deck
from bot.training.clockwork import Clockwork
from bot.training.command import OWN_FILE, Wish
from bot.training.coordinator import Coordinator
from bot.training.deck import Deck
from bot.training.joining import Doors
from bot.training.learner import Learner
from bot.training.own_data_file import FILE, file
from bot.training.partner_words import NOBODY
from bot.training.planner import Planner
from bot.training.rooms import Ask, Here, Replies, Rooms, reply

log = logging.getLogger("waymark.training")
T = TypeVar("T")
Read = Callable[[Callable[[Connection], T]], Awaitable[T]]
"""`Database.read`."""
OWN = f"training:{FILE}"
"""The one of them that a guest may see, where it is their own."""
PARTS = ("training:", "refresher:")
"""Parts that are made here when they are sent."""

CONTENT_ANSWERS = ("row", "before", "paused")
"""Wishes whose answer from content stands where there is nothing to add."""


class Training:
    def __init__(
        self, keys: KeyRing, chats: Chats, library: Library, courses: cards.Courses | None = None,
        link: Callable[[str], str] | None = None,
    ) -> None:  # fmt: skip
        """`link`: a code as the address that somebody opens."""
        people, drafts = Links(keys), Drafts(keys)
        found = {"link": link} if link is not None else {}
        self.rooms = Rooms(
            people, Doors(chats, people, drafts), Completions(keys), drafts, chats, Post(chats), library,
            deck.shared() if courses is None else Deck(courses), keys.hash("holdout", "salt"), **found,
        )  # fmt: skip
        self._learner, self._coordinator = Learner(self.rooms), Coordinator(self.rooms)
        self._clockwork = Clockwork(self.rooms)

    def here(self, c: Connection, chat: str, role: str, lang: str, now: float) -> Here:
        return Here(c, chat, role, lang, now, self.rooms.people.of_chat(c, chat))

    # -- what somebody wishes ------------------------------------------------------------------------------------------------

    def apply(self, c: Connection, chat: str, role: str, lang: str, wish: Wish, now: float) -> Replies | None:
        """What they hear in answer; everything else is written with the same connection. None where content's own answer stands."""
        here = self.here(c, chat, role, lang, now)
        if role not in OFFICER_ROLES:
            return self._gone(here) if wish.name == OWN_FILE else None
        answer = self._coordinator.handle(here, wish)
        answer = answer if answer is not None else self._learner.handle(here, wish)
        if answer is None and wish.name not in CONTENT_ANSWERS:
            return [reply("message:train.old")]  # silence is no answer to a tap
        return answer

    def _gone(self, here: Here) -> Replies:
        """Who has left takes their own along while it is kept: the file alone, and nothing that is for officers."""
        kept = self.rooms.drafts.left(here.c, here.chat)
        return [reply(FILE)] if kept else [reply("message:train.left.gone")]

    def join(self, c: Connection, chat: str, lang: str, code: str, now: float) -> Replies | None:
        """Somebody opened a link. None where it is no department's."""
        return self._coordinator.joins(self.here(c, chat, "guest", lang, now), code)

    def changed_language(self, c: Connection, chat: str, lang: str, now: float) -> None:
        """What is planned for them comes in the language that they chose."""
        self._learner.speaks(self.here(c, chat, "officer", lang, now))

    def away(self, c: Connection, chat: str, now: float) -> None:
        """They cleared the screen or blocked the bot: nothing is sent until they resume (R6), and it is written down as paused."""
        if not self.rooms.drafts.left(c, chat):
            self.rooms.drafts.drop(c, chat)
        who = self.rooms.people.of_chat(c, chat)
        if who is not None and who.paused_at is None:
            self.rooms.people.pause(c, who.id, now)

    def erase(self, c: Connection, chat: str, now: float) -> None:
        """Answers and memory go, also of who has left, and what asks to join; completions follow the department's written retention."""
        self.rooms.people.forget_left(c, self.rooms.drafts.left(c, chat))
        self.rooms.drafts.drop(c, chat)
        self.rooms.people.withdraw(c, chat)
        who = self.rooms.people.of_chat(c, chat)
        if who is not None:
            training_after.put_off(c, who.id, now)  # what is open goes with its question: it is no silence
            training_answers.erase(c, who.id)

    # -- what is made when it is sent --------------------------------------------------------------------------------------------

    async def words(
        self, read: Read[Any], chat: str, role: str, name: str, params: dict[str, Any], lang: str, now: float
    ) -> Shown | None:
        """`training:<name>` or `refresher:<name>` for whoever may see it now; None where nothing may be sent. `read` runs a function of a
        connection; what takes long (a picture) is made after it."""
        what = name.partition(":")[2]
        made: Shown | Awaitable[Shown] | None = await read(lambda c: self._made(c, chat, role, what, params, lang, now))
        return await made if isinstance(made, Awaitable) else made

    def _made(
        self, c: Connection, chat: str, role: str, what: str, params: dict[str, Any], lang: str, now: float
    ) -> Shown | Awaitable[Shown] | None:
        ask = Ask(self.rooms, self.here(c, chat, role, lang, now), params)
        if role not in OFFICER_ROLES:
            return file(ask) if what == FILE else None
        shown = self._learner.words(what, ask)
        return shown if shown is not None else self._coordinator.words(what, ask)

    async def after_partners(
        self, read: Read[Any], chat: str, role: str, name: str, shown: Rendered, lang: str, now: float
    ) -> Rendered:
        """The part `name` as it is `shown` to an officer: after the partners of their own unit and department where it says that nobody can take
        somebody in (`partner_words.NOBODY`)."""
        if name not in NOBODY:
            return shown
        first = await self.words(read, chat, role, "training:partners.first", {}, lang, now)
        return shown if first is None else replace(shown, text=f"{first.rendered.text.rstrip()}\n\n{shown.text}")

    def perhaps_told(self, c: Connection, key: str, at: float) -> None:
        """A message queued under this key may have arrived as it was `at` that time, and is not sent again."""
        self._clockwork.perhaps_told(c, key, at)

    # -- what is due ---------------------------------------------------------------------------------------------------------------

    async def loaded(self, database: Database) -> None:
        """At start: what is queued with a card that is not there any more, or has changed, is queued anew."""
        voided = await database.write(lambda c: training_plan.void_cards(c, self.rooms.deck.versions))
        if voided:
            log.info("%d refreshers are chosen anew: their cards have changed", voided)

    async def tick(self, database: Database, now: float) -> None:
        """Plan, queue, settle; remind once; close what nobody answered."""
        deck = self.rooms.deck
        await Planner(database, deck.facts, deck.basic).tick(now)
        await database.write(lambda c: self._clockwork.tick(c, now))

    async def purge(self, database: Database, now: float) -> dict[str, int]:
        """Each in a transaction of its own: one that fails takes back no other. Counts."""
        people, done = self.rooms.people, self.rooms.completions
        steps: Iterable[tuple[str, Callable[[Connection], int]]] = (
            ("occurrences", lambda c: training_after.purge(c, now)),
            ("left", lambda c: people.purge_left(c, now)),
            ("links", lambda c: people.purge_joining(c, now)),
            ("completions", lambda c: done.purge(c, now)),
            ("removed", training_departments.purge_removed),
            ("drafts", lambda c: self.rooms.drafts.purge(c, now)),
        )
        counts = {name: await database.write(step) for name, step in steps}
        await database.write(lambda c: done.close_segments(c, now))
        await database.read(done.anchor)
        return {name: count for name, count in counts.items() if count}
