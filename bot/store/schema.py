"""Tables. Every column that could say who or what is sealed or a keyed hash; docs/reference/stored-fields.md lists all."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint, desc

VERSION = 1
metadata = MetaData()

# Numbers of rows are never given twice (sqlite_autoincrement): a sender that still holds the number of a row dropped by an exit
# must not find another row under it.

# `info["backup"]`: whether a backup may hold rows of the table; of `chat` and `invitation` it holds some (backup.py).

# The number of the newest revision in `migrations`, where each change to this page has a file of its own.
schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True), info={"backup": True})

# `chat` is a keyed hash of channel and platform id; `address` sealed, for replying only.
chat = Table(
    "chat",
    metadata,
    Column("chat", String(40), primary_key=True),
    Column("address", LargeBinary, nullable=False),
    Column("role", String(12), nullable=False, default="guest"),
    Column("lang", String(2), nullable=True),
    Column("heard", String(2), nullable=True),
    Column("greeted", Integer, nullable=False, default=0),
    Column("misses", Integer, nullable=False, default=0),
    Column("awaiting", String(12), nullable=True),
    Column("blocked", Integer, nullable=False, default=0),
    Column("quiet_minutes", Integer, nullable=False, default=60),
    Column("last_seen", Float, nullable=False),
    Column("cleared_at", Float, nullable=True),
    Index("chat_last_seen", "last_seen"),
    info={"backup": True},
)

# state: 0 waiting, 1 taken, 2 handled (body gone, the row stays a day against repeats), 3 given up
inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("channel", String(24), nullable=False),
    Column("update_id", String(40), nullable=False),
    Column("chat", String(40), nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("key_name", String(40), nullable=False),
    Column("received_at", Float, nullable=False),
    Column("urgent", Integer, nullable=False, default=0),
    Column("state", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    UniqueConstraint("channel", "update_id"),
    Index("inbox_waiting", "state", desc("urgent"), "id"),
    Index("inbox_chat", "chat", "state", "id"),
    sqlite_autoincrement=True,
    info={"backup": False},
)

# lane: 0 survivor, 1 advocate alert, 2 reply, 5 training, 9 digest. `content` holds ids and parameters, never text.
# state: 0 waiting, 1 leased, 2 sent, 3 given up
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("dedupe", String(64), nullable=False, unique=True),
    Column("chat", String(40), nullable=False),
    Column("lane", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("not_after", Float, nullable=True),
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("state", Integer, nullable=False, default=0),
    Index("outbox_due", "state", "lane", "id"),
    Index("outbox_chat", "chat", "state", "id"),
    sqlite_autoincrement=True,
    info={"backup": False},
)

# Ids of messages on a screen, for deleting alone; sealed with a key that lives 48 h.
sent = Table(
    "sent",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("chat", String(40), nullable=False, index=True),
    Column("message_id", LargeBinary, nullable=False),
    Column("key_name", String(40), nullable=False),
    Column("at", Float, nullable=False),
    sqlite_autoincrement=True,
    info={"backup": False},
)

# One budget for all senders of one bot.
bucket = Table(
    "bucket",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("paused_until", Float, nullable=False, default=0.0),
    info={"backup": False},
)

# `code` is a keyed hash; the code itself is shown once.
invitation = Table(
    "invitation",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("purpose", String(12), nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_at", Float, nullable=True),
    Column("used_by", String(40), nullable=True),
    Column("revoked_at", Float, nullable=True),
    info={"backup": True},
)
