"""What somebody is being asked step by step and has not confirmed yet: sealed, a row a chat. Functions of a connection."""

from __future__ import annotations

from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, delete, select

from bot.store import queues
from bot.store.keys import KeyRing
from bot.store.training_people import LEFT_DAYS
from bot.store.training_schema import training_draft

KEPT = 7 * 86400.0
"""Seconds for which something half done is there to be gone on with."""
LEFT = "left"
"""The clerk of what is kept for who has left: which rows were theirs."""


class Drafts:
    """`body` is a dict of plain values: {"step": …, …}."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def get(self, c: Connection, chat: str) -> dict[str, Any]:
        """Empty where there is none, or it was tampered with."""
        row = c.execute(select(training_draft).where(training_draft.c.chat == chat)).first()
        if row is None:
            return {}
        try:
            found: dict[str, Any] = orjson.loads(self._keys.open_lasting(f"training_draft.body|{chat}", row.body))
        except InvalidTag:
            return {}
        return found

    def put(self, c: Connection, chat: str, body: dict[str, Any], now: float) -> None:
        sealed = self._keys.seal_lasting(f"training_draft.body|{chat}", orjson.dumps(body))
        new = queues.insert_for(c, training_draft).values(chat=chat, body=sealed, at=now)
        fresh = {"body": new.excluded.body, "at": new.excluded.at}
        c.execute(new.on_conflict_do_update(index_elements=["chat"], set_=fresh))

    def leave(self, c: Connection, chat: str, member_id: int, now: float) -> None:
        """Who has left may still erase what they answered, for as long as it is there."""
        body = {"clerk": LEFT, "members": [*self.left(c, chat), member_id]}
        self.put(c, chat, body, now + LEFT_DAYS * 86400.0 - KEPT)

    def left(self, c: Connection, chat: str) -> list[int]:
        """Numbers that were this chat's as a member."""
        found = self.get(c, chat)
        return list(found["members"]) if found.get("clerk") == LEFT else []

    @staticmethod
    def drop(c: Connection, chat: str) -> None:
        c.execute(delete(training_draft).where(training_draft.c.chat == chat))

    @staticmethod
    def purge(c: Connection, now: float) -> int:
        return int(c.execute(delete(training_draft).where(training_draft.c.at < now - KEPT)).rowcount)
