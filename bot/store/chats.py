"""Chats, the ids of their messages, and invitations. Functions of a connection, to be run by `Database.write`."""

from __future__ import annotations

import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store import queues
from bot.store.keys import KeyGone, KeyRing
from bot.store.schema import chat, inbox, invitation, outbox, sent

DELETABLE = 48 * 3600
"""Seconds after which the platform refuses to delete a message; until then every one is tried (R3)."""
CLEAR_BY = 46.5 * 3600
"""Seconds after which the clock takes a message off a guest's screen whatever they do, so that hour 47 never finds one."""


class Chats:
    """Needs the key ring: addresses and message ids are never in clear."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def hash(self, channel: str, address: str) -> str:
        return self._keys.hash("chat", f"{channel}|{address}")

    def seen(self, connection: Connection, chat_hash: str, address: str, now: float, wrote: bool = True) -> Any:
        """The chat's row, made if new. `wrote` is false where the platform only told us something. Returns the row."""
        kind = postgresql if connection.dialect.name == "postgresql" else sqlite
        sealed = self._keys.seal("master", f"chat.address|{chat_hash}|1", address.encode())
        statement = kind.insert(chat).values(
            chat=chat_hash,
            address=sealed,
            role="guest",
            greeted=0,
            misses=0,
            blocked=0,
            quiet_minutes=60,
            last_seen=now,
        )
        if wrote:
            statement = statement.on_conflict_do_update(index_elements=["chat"], set_={"last_seen": now})
        else:
            statement = statement.on_conflict_do_nothing(index_elements=["chat"])
        connection.execute(statement)
        return self.get(connection, chat_hash)

    @staticmethod
    def get(connection: Connection, chat_hash: str) -> Any:
        return connection.execute(select(chat).where(chat.c.chat == chat_hash)).first()

    def address(self, connection: Connection, chat_hash: str) -> str | None:
        """Where to send; None where the chat is gone or its row was tampered with."""
        sealed = connection.scalar(select(chat.c.address).where(chat.c.chat == chat_hash))
        try:
            return self._keys.open("master", f"chat.address|{chat_hash}|1", sealed).decode() if sealed else None
        except InvalidTag:
            return None

    @staticmethod
    def change(connection: Connection, chat_hash: str, **values: Any) -> None:
        connection.execute(update(chat).where(chat.c.chat == chat_hash).values(**values))

    def migrate(self, connection: Connection, chat_hash: str, channel: str, address: str, now: float) -> str:
        """A group became a supergroup: the row and what waits for it move to the new address."""
        new = self.hash(channel, address)
        old = self.get(connection, chat_hash)
        self.seen(connection, new, address, now)
        if old is not None:
            self.change(connection, new, role=old.role, lang=old.lang, greeted=old.greeted)
        connection.execute(update(outbox).where(outbox.c.chat == chat_hash).values(chat=new))
        connection.execute(delete(chat).where(chat.c.chat == chat_hash))
        return new

    def remember_id(self, connection: Connection, chat_hash: str, message_id: str, at: float) -> None:
        """Keep the id of a message on the person's screen, theirs or ours, for deleting alone."""
        key = self._keys.current("ids")
        sealed = self._keys.seal(key, f"sent.message_id|{chat_hash}|1", message_id.encode())
        connection.execute(sent.insert().values(chat=chat_hash, message_id=sealed, key_name=key, at=at))

    def deletable_ids(
        self, connection: Connection, chat_hash: str, now: float, up_to: int | None = None
    ) -> list[tuple[int, str]]:
        """(row, message id) of what the platform still lets us delete, oldest first."""
        query = select(sent).where(sent.c.chat == chat_hash, sent.c.at > now - DELETABLE).order_by(sent.c.id)
        if up_to is not None:
            query = query.where(sent.c.id <= up_to)
        found = []
        for row in connection.execute(query):
            try:
                found.append(
                    (row.id, self._keys.open(row.key_name, f"sent.message_id|{chat_hash}|1", row.message_id).decode())
                )
            except (KeyGone, InvalidTag):
                continue
        return found

    @staticmethod
    def forget_ids(connection: Connection, rows: list[int]) -> None:
        if rows:
            connection.execute(delete(sent).where(sent.c.id.in_(rows)))

    @staticmethod
    def quiet(connection: Connection, now: float) -> list[str]:
        """Guest chats whose quiet time is over and that still have something on the screen (R3)."""
        has_messages = select(sent.c.id).where(sent.c.chat == chat.c.chat).exists()
        over = or_(chat.c.last_seen + chat.c.quiet_minutes * 60 < now, chat.c.last_seen < now - CLEAR_BY)
        query = select(chat.c.chat).where(chat.c.role == "guest", chat.c.blocked == 0, over, has_messages)
        return list(connection.scalars(query))

    @staticmethod
    def ageing(connection: Connection, now: float) -> list[tuple[str, int]]:
        """(chat, last row) of guest chats that go on talking while old messages near hour 47 (R3)."""
        query = (
            select(sent.c.chat, func.max(sent.c.id))
            .join(chat, chat.c.chat == sent.c.chat)
            .where(chat.c.role == "guest", chat.c.blocked == 0, sent.c.at < now - CLEAR_BY)
            .group_by(sent.c.chat)
        )
        return [(name, last) for name, last in connection.execute(query)]

    @staticmethod
    def erase(connection: Connection, chat_hash: str) -> None:
        """All that is kept for a chat but what is needed to send the answer; that goes with the clearing row."""
        queues.drop_waiting(connection, chat_hash)
        connection.execute(
            update(chat)
            .where(chat.c.chat == chat_hash)
            .values(lang=None, heard=None, greeted=0, misses=0, awaiting=None, quiet_minutes=60)
        )

    def leave(self, connection: Connection, chat_hash: str, since: float) -> bool:
        """Nothing of a guest stays once their screen is clear, unless they wrote `since` or something is on its way."""
        busy = or_(
            select(inbox.c.id).where(inbox.c.chat == chat_hash, inbox.c.state <= queues.TAKEN).exists(),
            select(outbox.c.id).where(outbox.c.chat == chat_hash, outbox.c.state <= queues.TAKEN).exists(),
        )
        idle = (chat.c.chat == chat_hash, chat.c.role == "guest", chat.c.last_seen < since)
        if connection.scalar(select(chat.c.chat).where(*idle, ~busy)) is None:
            return False
        self.remove(connection, chat_hash)
        return True

    @staticmethod
    def remove(connection: Connection, chat_hash: str) -> None:
        connection.execute(delete(sent).where(sent.c.chat == chat_hash))
        connection.execute(delete(chat).where(chat.c.chat == chat_hash, chat.c.role == "guest"))

    def invite(self, connection: Connection, purpose: str, expires_at: float) -> str:
        """A one-time code for one purpose (officer, coordinator, operator); only its keyed hash is kept (R60)."""
        code = secrets.token_urlsafe(24)
        connection.execute(
            invitation.insert().values(code=self._keys.hash("invitation", code), purpose=purpose, expires_at=expires_at)
        )
        return code

    def accept(self, connection: Connection, code: str, chat_hash: str, now: float) -> str | None:
        """The purpose, or None where the code is unknown, used, revoked or expired. Used up in the same statement."""
        hashed = self._keys.hash("invitation", code)
        usable = (
            invitation.c.code == hashed,
            invitation.c.used_at.is_(None),
            invitation.c.revoked_at.is_(None),
            invitation.c.expires_at > now,
        )
        if connection.execute(update(invitation).where(*usable).values(used_at=now, used_by=chat_hash)).rowcount != 1:
            return None
        purpose: str = connection.scalar(select(invitation.c.purpose).where(invitation.c.code == hashed)) or ""
        if purpose in ("officer", "coordinator", "advocate"):
            current = self.get(connection, chat_hash)
            crossing = (
                current is not None
                and {current.role, purpose} & {"advocate"}
                and current.role not in ("guest", purpose)
            )
            if crossing:  # officer and advocate are never one account (R60)
                connection.execute(
                    update(invitation).where(invitation.c.code == hashed).values(used_at=None, used_by=None)
                )
                return None
            self.change(connection, chat_hash, role=purpose)
        return purpose

    def revoke(self, connection: Connection, code: str, now: float) -> bool:
        """The code gives nothing any more, and whoever used it loses what it gave: a leaked one ends here (R60)."""
        hashed = self._keys.hash("invitation", code)
        row = connection.execute(
            select(invitation).where(invitation.c.code == hashed, invitation.c.revoked_at.is_(None))
        ).first()
        if row is None:
            return False
        connection.execute(update(invitation).where(invitation.c.code == hashed).values(revoked_at=now))
        if row.used_by is not None:
            holder = (chat.c.chat == row.used_by, chat.c.role == row.purpose)
            connection.execute(update(chat).where(*holder).values(role="guest"))
            queues.drop_waiting(connection, row.used_by)
        return True
