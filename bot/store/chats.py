"""Chats, the ids of their messages, and invitations. Functions of a connection, to be run by `Database.write`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.oncall.model import Advocate
from bot.store import codes, menus, oncall, queues
from bot.store.keys import KeyGone, KeyRing
from bot.store.schema import chat, inbox, invitation, outbox, request, sent
from bot.store.training_people import People

DELETABLE = 48 * 3600
"""Seconds after which the platform refuses to delete a message; until then every one is tried (R3)."""
CLEAR_BY = 46.5 * 3600
"""Seconds after which the clock takes a message off a guest's screen whatever they do, so that hour 47 never finds one."""


# What runs for every message is built once: making a statement costs SQLAlchemy more than running it.
_ONE = select(chat).where(chat.c.chat == bindparam("which"))
_SOME = select(chat).where(chat.c.chat.in_(bindparam("which", expanding=True)))
_REMEMBER = sent.insert()


@lru_cache(maxsize=64)
def _change(names: tuple[str, ...]) -> Any:
    return update(chat).where(chat.c.chat == bindparam("which")).values({n: bindparam(f"to_{n}") for n in names})


@lru_cache(maxsize=4)
def _seen(dialect: str, wrote: bool) -> Any:
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(chat)
    if not wrote:
        return insert.on_conflict_do_nothing(index_elements=["chat"])
    return insert.on_conflict_do_update(index_elements=["chat"], set_={"last_seen": insert.excluded.last_seen})


def operators() -> Any:
    """Chats that an operator's invitation bound, as a subquery: alerts go there, so the clock leaves them alone."""
    bound = (invitation.c.purpose == "operator", invitation.c.used_by.is_not(None), invitation.c.revoked_at.is_(None))
    return select(invitation.c.used_by).where(*bound)


def crosses(row: Any, role: str) -> bool:
    """Whether a chat with this row may not have `role`: officer or coordinator and advocate are never one account (R60)."""
    return row is not None and "advocate" in (row.role, role) and row.role not in ("guest", role)


class Chats:
    """Needs the key ring: addresses and message ids are never in clear."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def hash(self, channel: str, address: str) -> str:
        return self._keys.hash("chat", f"{channel}|{address}")

    def seen(self, connection: Connection, chat_hash: str, address: str, now: float, wrote: bool = True) -> Any:
        """The chat's row, made if new. `wrote` is false where the platform only told us something. Returns the row."""
        self.seen_all(connection, {chat_hash: address}, now, wrote)
        return self.get(connection, chat_hash)

    def seen_all(self, connection: Connection, addresses: dict[str, str], now: float, wrote: bool = True) -> None:
        """`seen` for many chats at once: address by chat."""
        rows = [
            {"chat": name, "address": self._keys.seal_lasting(f"chat.address|{name}", address.encode()), "role": "guest",
             "greeted": 0, "misses": 0, "blocked": 0, "quiet_minutes": 60, "last_seen": now}
            for name, address in addresses.items()
        ]  # fmt: skip
        if rows:
            connection.execute(_seen(connection.dialect.name, wrote), rows)

    @staticmethod
    def get(connection: Connection, chat_hash: str) -> Any:
        return connection.execute(_ONE, {"which": chat_hash}).first()

    @staticmethod
    def get_all(connection: Connection, chat_hashes: Iterable[str]) -> dict[str, Any]:
        """Rows by chat; a chat that is gone is not in it."""
        return {row.chat: row for row in connection.execute(_SOME, {"which": list(chat_hashes)})}

    def address(self, connection: Connection, chat_hash: str) -> str | None:
        """Where to send; None where the chat is gone or its row was tampered with."""
        return self.address_of(self.get(connection, chat_hash))

    def address_of(self, row: Any) -> str | None:
        """The same of a row that is at hand."""
        try:
            return self._keys.open_lasting(f"chat.address|{row.chat}", row.address).decode() if row else None
        except InvalidTag:
            return None

    @staticmethod
    def change(connection: Connection, chat_hash: str, **values: Any) -> None:
        connection.execute(_change(tuple(values)), {"which": chat_hash, **{f"to_{k}": v for k, v in values.items()}})

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
        self.remember_ids(connection, [(chat_hash, message_id)], at)

    def remember_ids(self, connection: Connection, ids: list[tuple[str, str]], at: float) -> None:
        """`remember_id` for many (chat, message id)."""
        key = self._keys.current("ids")
        rows = [
            {"chat": name, "message_id": self._keys.seal(key, f"sent.message_id|{name}|1", number.encode()), "key_name": key, "at": at}
            for name, number in ids
        ]  # fmt: skip
        if rows:
            connection.execute(_REMEMBER, rows)

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
        guests = (chat.c.role == "guest", chat.c.chat.not_in(operators()))
        query = select(chat.c.chat).where(*guests, chat.c.blocked == 0, over, has_messages)
        return list(connection.scalars(query))

    @staticmethod
    def ageing(connection: Connection, now: float) -> list[tuple[str, int]]:
        """(chat, last row) of guest chats that go on talking while old messages near hour 47 (R3)."""
        query = (
            select(sent.c.chat, func.max(sent.c.id))
            .join(chat, chat.c.chat == sent.c.chat)
            .where(
                chat.c.role == "guest", chat.c.chat.not_in(operators()), chat.c.blocked == 0, sent.c.at < now - CLEAR_BY
            )
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
        """Nothing of a guest stays once their screen is clear, unless they wrote `since` or something is on its way. Where a request is
        open, the row stays, and is a stranger's (R7): an answer may come for whoever has the word. So it does where they wait for a
        coordinator's tap."""
        busy = or_(
            select(inbox.c.id).where(inbox.c.chat == chat_hash, inbox.c.state <= queues.TAKEN).exists(),
            select(outbox.c.id).where(outbox.c.chat == chat_hash, outbox.c.state <= queues.TAKEN).exists(),
        )
        idle = (chat.c.chat == chat_hash, chat.c.role == "guest", chat.c.last_seen < since)
        if connection.scalar(select(chat.c.chat).where(*idle, ~busy)) is None:
            return False
        waits = (request.c.chat == chat_hash, request.c.state.in_(queues.OPEN))
        asked = or_(select(request.c.id).where(*waits).exists(), queues.waits_to_join(chat_hash))
        if not connection.scalar(select(asked)):
            self.remove(connection, chat_hash)
            return True
        self.erase(connection, chat_hash)
        connection.execute(delete(sent).where(sent.c.chat == chat_hash))
        self.change(connection, chat_hash, request=None)
        return True

    @staticmethod
    def remove(connection: Connection, chat_hash: str) -> None:
        connection.execute(delete(sent).where(sent.c.chat == chat_hash))
        connection.execute(delete(chat).where(chat.c.chat == chat_hash, chat.c.role == "guest"))

    def invite(
        self, connection: Connection, purpose: str, expires_at: float, program: str | None = None, minors: bool = False,
        police: bool = False,
    ) -> str:  # fmt: skip
        """A one-time code, signed for one purpose (officer, coordinator, operator, advocate: else raises ValueError); only its keyed hash is kept
        (R60). `program`, `minors` and `police` are an advocate's, settled before the link is given."""
        code = codes.make(self._keys, codes.INVITATION, purpose, expires_at)
        row = {
            "code": self._keys.hash("invitation", code), "purpose": purpose, "expires_at": expires_at, "program": program,
            "minors": int(minors), "police": int(police),
        }  # fmt: skip
        connection.execute(invitation.insert().values(row))
        return code

    def invitation_id(self, code: str) -> str:
        """What the operator writes down beside a name: it opens nothing, and `waymark advocate list` shows it again."""
        return self._keys.hash("invitation", code)[: oncall.HANDLE]

    def accept(self, connection: Connection, code: str, chat_hash: str, now: float) -> str | None:
        """The purpose, or None where the code is not signed for one, unknown, used, revoked or expired. Used up in the same statement."""
        signed = codes.read(self._keys, codes.INVITATION, code)
        if signed is None or signed.ends <= now:
            return None
        hashed = self._keys.hash("invitation", code)
        usable = (
            invitation.c.code == hashed,
            invitation.c.purpose == signed.role,
            invitation.c.used_at.is_(None),
            invitation.c.revoked_at.is_(None),
            invitation.c.expires_at > now,
        )
        if connection.execute(update(invitation).where(*usable).values(used_at=now, used_by=chat_hash)).rowcount != 1:
            return None
        given = connection.execute(select(invitation).where(invitation.c.code == hashed)).one()
        purpose: str = given.purpose
        if purpose in ("officer", "coordinator", "advocate"):
            current = self.get(connection, chat_hash)
            if crosses(current, purpose):
                connection.execute(
                    update(invitation).where(invitation.c.code == hashed).values(used_at=None, used_by=None)
                )
                return None
            self.change(connection, chat_hash, role=purpose)
            if purpose == "advocate" and given.program is not None:
                lang = (current.lang or current.heard or "en") if current is not None else "en"
                marks = (bool(given.minors), bool(given.police))
                oncall.add_advocate(connection, Advocate(chat_hash, given.program, (lang,), *marks))
        return purpose

    @staticmethod
    def operator(connection: Connection) -> str | None:
        """The chat that alerts go to: the last one that opened an operator's invitation that still holds."""
        found: str | None = connection.scalar(operators().order_by(invitation.c.used_at.desc()).limit(1))
        return found

    def revoke(self, connection: Connection, code: str, now: float) -> bool:
        """The code gives nothing any more, and whoever used it loses what it gave: a leaked one ends here (R60). Also one from before codes were
        signed."""
        hashed = self._keys.hash("invitation", code)
        row = connection.execute(
            select(invitation).where(invitation.c.code == hashed, invitation.c.revoked_at.is_(None))
        ).first()
        if row is None:
            return False
        connection.execute(update(invitation).where(invitation.c.code == hashed).values(revoked_at=now))
        if row.used_by is not None:
            if row.purpose == "advocate":
                oncall.remove_advocate(connection, row.used_by, now)
            holder = (chat.c.chat == row.used_by, chat.c.role == row.purpose)
            connection.execute(update(chat).where(*holder).values(role="guest"))
            people = People(self._keys)
            who = people.of_chat(connection, row.used_by)
            if who is not None and row.purpose in ("officer", "coordinator"):
                people.leave(connection, who.id, now)
            queues.drop_waiting(connection, row.used_by)
            if row.purpose in ("officer", "coordinator"):
                menus.take_back(connection, row.used_by, now)
        return True
