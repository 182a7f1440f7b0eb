"""Joining a department: the officer's row and the chat's role in one transaction, and never for an advocate (R60)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.post import Post
from bot.store import menus, queues
from bot.store.chats import Chats, crosses
from bot.store.training_drafts import Drafts
from bot.store.training_links import Joined, Links
from bot.store.training_people import COORDINATOR, OFFICER

STANDS = 23 * 3600.0
"""Seconds for which what a chat is told at its end stands, before the quiet time of a guest begins (R3)."""


class Doors:
    """Everything here runs in the caller's transaction."""

    def __init__(self, chats: Chats, people: Links, drafts: Drafts) -> None:
        self._chats, self._people, self._drafts, self._post = chats, people, drafts, Post(chats)

    def ask(self, c: Connection, code: str, chat: str, lang: str, now: float, officer_id: str | None = None) -> Joined:
        """Somebody opened a department's link. An advocate is refused as `crosses`, and the link is not used up."""
        if not self._people.is_link(c, code):
            return Joined("unknown")
        if crosses(self._chats.get(c, chat), "officer"):
            return Joined("crosses")
        joined = self._people.ask_to_join(c, code, chat, lang, now, officer_id)
        if joined.member is not None:
            self._give_role(c, joined.member, now)
        return joined

    def answer(self, c: Connection, row: Any, by: int | None, yes: bool, now: float) -> int | None:
        """`tap`, and who asked (`row` of `Links.asks`) hears what came of it. The officer's number, or None."""
        member = self.tap(c, row.id, by, yes, now)
        if member:
            part = Part("training:welcome", params={"member": member})
            self._post.put(c, row.chat, part, f"joined:{row.id}", now, lane=queues.REPLY, lang=row.lang)
        else:
            self.tell(c, [row], "ended" if yes and row.expires_at <= now else "no", now)
        return member

    def give(self, c: Connection, who: Any, role: str, now: float, told: bool = True) -> str:
        """The member `who` is an officer or a coordinator from now on: "done", or refused: "last" (a department never stays without a coordinator),
        "no_chat", "crosses" (an advocate, R60). What they were in the middle of is over; `told`: somebody else gave it, and they hear of it."""
        if who.chat is None:
            return "no_chat"
        if role == OFFICER and who.role == COORDINATOR and len(self._people.coordinators(c, who.department)) < 2:
            return "last"
        if crosses(self._chats.get(c, who.chat), role):
            return "crosses"
        self._drafts.drop(c, who.chat)
        self._people.set_role(c, who.id, role)
        self._chats.change(c, who.chat, role=role, awaiting=None)
        menus.show(c, who.chat, role, who.lang, now)
        if role == who.role:
            return "done"
        if role == OFFICER:
            self._people.end_keys(c, who.department, now)
        if told:
            welcome = Part("training:welcome", params={"member": who.id})
            part = Part("message:train.officer.no_more") if role == OFFICER else welcome
            key = f"role:{who.id}:{now}"
            self._post.put(c, who.chat, part, key, now, lane=queues.REPLY, silent=True, lang=who.lang)
        return "done"

    def tap(self, c: Connection, number: int, by: int | None, yes: bool, now: float) -> int | None:
        """A coordinator's tap, or with `by` None the operator's word. Who became an advocate since they asked is not taken in, nor is whose chat is gone: nothing could be sent
        there. The officer's number, or None."""
        row = self._people.asked_by(c, number)
        chat = self._chats.get(c, row.chat) if row is not None else None
        if chat is None or crosses(chat, "officer"):
            yes = False
        member = self._people.decide(c, number, by, yes, now)
        if member is not None:
            self._give_role(c, member, now)
        return member

    def tell(self, c: Connection, rows: Iterable[Any], name: str, now: float, not_after: float | None = None) -> None:
        """Whoever waited hears `train.join.<name>`, once and without a sound, so that nobody waits for an answer that never comes; not who came in by
        another link since. `rows` of `joining`. They asked to be written to (R6); it stays on the screen for a day, like what is said to who is
        removed."""
        for row in rows:
            self._people.told(c, [row.id], now)
            if self._people.of_chat(c, row.chat) is not None or self._chats.get(c, row.chat) is None:
                continue
            self._chats.change(c, row.chat, last_seen=now + STANDS)
            part = Part(f"message:train.join.{name}")
            self._post.put(
                c, row.chat, part, f"joined:{row.id}", now, lane=queues.REPLY, silent=True, not_after=not_after, lang=row.lang, unasked=True
            )  # fmt: skip

    def leave(self, c: Connection, member: int, now: float, told: bool = True) -> None:
        """No refreshers any more, and the chat is a guest's again; `erase` there still reaches their answers. `told`: somebody else took
        them out, and they hear of it."""
        row = self._people.by_number(c, member)
        self._people.leave(c, member, now)
        if row is None or row.chat is None:
            return
        if row.role == COORDINATOR:
            self._people.end_keys(c, row.department, now)
        self._drafts.leave(c, row.chat, member, now)
        self.out(c, row.chat, now, row.lang, told)

    def out(self, c: Connection, chat: str, now: float, lang: str | None = None, told: bool = True) -> None:
        """A chat that was a member's is a guest's; what was queued for the member does not come to the guest."""
        queues.drop_waiting(c, chat)
        self._chats.change(c, chat, role="guest", awaiting=None)
        menus.take_back(c, chat, now)
        if told:
            self._chats.change(c, chat, last_seen=now + STANDS)
            part = Part("message:train.removed")
            self._post.put(
                c, chat, part, f"out:{chat}:{now}", now, lane=queues.REPLY, silent=True, lang=lang, unasked=True
            )

    def unreachable(self, c: Connection, members: Iterable[Any]) -> frozenset[int]:
        """Of these rows of `member`, the numbers to whom nothing can be delivered until they write again: they blocked the bot, or their chat
        is gone."""
        rows = [row for row in members if row.chat is not None]
        chats = self._chats.get_all(c, [row.chat for row in rows])
        return frozenset(row.id for row in rows if row.chat in chats and chats[row.chat].blocked)

    def take_over(self, c: Connection, code: str, chat: str, now: float) -> Joined:
        """Somebody opened the link for a new phone. The move alone uses it up, in its transaction; where it is refused the right phone can still
        use it. An outcome of `Joined`, or `crosses`."""
        there, member = self._people.of_chat(c, chat), self._people.phone_of(c, code, now)
        refused = "member" if there is not None else "crosses" if crosses(self._chats.get(c, chat), "officer") else None
        if refused is None and member is not None and self.new_phone(c, member, chat, now):
            self._people.phone_tried(c, code, moved=True)
            return Joined("in", member=member)
        if member is not None and (there is None or there.id != member):  # their own old phone is no stranger's
            self._people.phone_tried(c, code, moved=False)
        return Joined(refused or ("expired" if member is None else "crosses"))

    def new_phone(self, c: Connection, member: int, chat: str, now: float) -> bool:
        """The same officer from another chat; the old one is a guest's again. False where the new one is an advocate's or a member's."""
        row = self._people.by_number(c, member)
        if (
            row is None
            or crosses(self._chats.get(c, chat), row.role)
            or not self._people.new_phone(c, member, chat, now)
        ):
            return False
        if row.chat is not None:
            self._drafts.drop(c, row.chat)
            self.out(c, row.chat, now, told=False)
        self._give_role(c, member, now)
        return True

    def _give_role(self, c: Connection, member: int, now: float) -> None:
        row = self._people.by_number(c, member)
        self._chats.change(c, row.chat, role=row.role)
        menus.show(c, row.chat, row.role, row.lang, now)
