"""Joining a department: the officer's row and the chat's role in one transaction, and never for an advocate (R60)."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.store.chats import Chats, crosses
from bot.store.training_links import Joined, Links


class Doors:
    """Everything here runs in the caller's transaction."""

    def __init__(self, chats: Chats, people: Links) -> None:
        self._chats, self._people = chats, people

    def ask(self, c: Connection, code: str, chat: str, lang: str, now: float, officer_id: str | None = None) -> Joined:
        """Somebody opened a department's link. An advocate is refused as `crosses`, and the link is not used up."""
        if not self._people.is_link(c, code):
            return Joined("unknown")
        if crosses(self._chats.get(c, chat), "officer"):
            return Joined("crosses")
        joined = self._people.ask_to_join(c, code, chat, lang, now, officer_id)
        if joined.member is not None:
            self._give_role(c, joined.member)
        return joined

    def tap(self, c: Connection, number: int, by: int, yes: bool, now: float) -> int | None:
        """A coordinator's tap. Who became an advocate since they asked is not taken in, nor is whose chat is gone: nothing could be sent
        there. The officer's number, or None."""
        row = self._people.asked_by(c, number)
        chat = self._chats.get(c, row.chat) if row is not None else None
        if chat is None or crosses(chat, "officer"):
            yes = False
        member = self._people.decide(c, number, by, yes, now)
        if member is not None:
            self._give_role(c, member)
        return member

    def leave(self, c: Connection, member: int, now: float) -> None:
        """No refreshers any more, and the chat is a guest's again."""
        row = self._people.by_number(c, member)
        self._people.leave(c, member, now)
        if row is not None and row.chat is not None:
            self._chats.change(c, row.chat, role="guest")

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
            self._chats.change(c, row.chat, role="guest")
        self._give_role(c, member)
        return True

    def _give_role(self, c: Connection, member: int) -> None:
        row = self._people.by_number(c, member)
        self._chats.change(c, row.chat, role=row.role)
