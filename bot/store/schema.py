"""Tables. Every column that could say who or what is sealed or a keyed hash; docs/reference/stored-fields.md lists all."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint, desc

VERSION = 7
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
    # Role and language of the work menu that the platform shows in this chat; empty where it shows the one for everybody (R1).
    Column("menu", String(16), nullable=True),
    # The request this conversation is about; gone after an exit, and only the person's own word brings it back (R7).
    Column("request", String(32), nullable=True),
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

# So many sends may be on their way, or have been answered within the last second.
place = Table(
    "place",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("free_at", Float, nullable=False),
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
    # What an advocate's invitation settles beforehand: program, marked for minors, employed by police (R44, R60).
    Column("program", String(40), nullable=True),
    Column("minors", Integer, nullable=False, default=0, server_default="0"),
    Column("police", Integer, nullable=False, default=0, server_default="0"),
    info={"backup": True},
)

# A request for a safe place. `answers` is the whole walk, sealed under the request's own key (rulings 10); `word` and `not_me` are
# keyed hashes. `number` is what the person can refer to. state: draft, sent, taken, nobody, closed, withdrawn
request = Table(
    "request",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", String(8), nullable=False, unique=True),
    Column("chat", String(40), nullable=False, index=True),
    Column("asker", String(8), nullable=False),
    Column("lang", String(2), nullable=False),
    Column("state", String(10), nullable=False),
    Column("answers", LargeBinary, nullable=False),
    Column("key_name", String(48), nullable=False),
    Column("word", String(40), nullable=True),
    Column("not_me", String(40), nullable=True),
    Column("told", String(8), nullable=True),
    Column("created_at", Float, nullable=False),
    Column("touched_at", Float, nullable=False),
    Column("sent_at", Float, nullable=True),
    Column("taken_at", Float, nullable=True),
    Column("taken_by", String(40), nullable=True),
    Column("closed_at", Float, nullable=True),
    Column("outcome", String(12), nullable=True),
    Column("reason", String(12), nullable=True),
    Column("muted", Integer, nullable=False, default=0),
    Column("hold_until", Float, nullable=True),
    Index("request_state", "state", "touched_at"),
    info={"backup": False},
)

# What a person agreed to: one named recipient, a purpose, listed fields, until when, in which words (R41). Never changed but revoked.
release = Table(
    "release",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("request", String(32), nullable=False, index=True),
    Column("program", String(40), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("fields", Text, nullable=False),
    Column("lang", String(2), nullable=False),
    Column("text_version", String(40), nullable=False),
    Column("given_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("revoked_at", Float, nullable=True),
    sqlite_autoincrement=True,
    info={"backup": False},
)

# One advocate asked about one request. state: 0 asked, 1 took it, 2 passed, 3 over
rung = Table(
    "rung",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("request", String(32), nullable=False),
    Column("program", String(40), nullable=False),
    Column("chat", String(40), nullable=False),
    Column("asked_at", Float, nullable=False),
    Column("again_at", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("state", Integer, nullable=False, default=0),
    UniqueConstraint("request", "chat"),
    Index("rung_due", "state", "again_at"),
    sqlite_autoincrement=True,
    info={"backup": False},
)

# Words between advocate and survivor, sealed under the request's key, gone once delivered. state: 0 waiting, 1 held for a second yes
relay = Table(
    "relay",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("request", String(32), nullable=False, index=True),
    Column("to_advocate", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("state", Integer, nullable=False, default=0),
    sqlite_autoincrement=True,
    info={"backup": False},
)

# Public data of a program: front door, whom it takes. `entry` is its JSON.
program = Table(
    "program",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("entry", Text, nullable=False),
    Column("changed_at", Float, nullable=False),
    info={"backup": True},
)

# `pin` is an Argon2id hash. Five misses lock it.
advocate = Table(
    "advocate",
    metadata,
    Column("chat", String(40), primary_key=True),
    Column("program", String(40), nullable=False, index=True),
    Column("languages", String(20), nullable=False),
    Column("minors", Integer, nullable=False, default=0),
    Column("police", Integer, nullable=False, default=0),
    Column("pin", String(160), nullable=True),
    Column("pin_misses", Integer, nullable=False, default=0),
    Column("locked_at", Float, nullable=True),
    info={"backup": True},
)

# Time on call. It counts only once a test alert was tapped.
shift = Table(
    "shift",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("chat", String(40), nullable=False, index=True),
    Column("program", String(40), nullable=False),
    Column("starts_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Column("tested_at", Float, nullable=True),
    Column("confirmed_at", Float, nullable=True),
    Column("out_at", Float, nullable=True),
    UniqueConstraint("chat", "starts_at"),
    Index("shift_time", "starts_at", "ends_at"),
    sqlite_autoincrement=True,
    info={"backup": True},
)

# A message that may stay on a screen only for a while (opened answers: ten minutes). The id is sealed like those in `sent`.
fleeting = Table(
    "fleeting",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("chat", String(40), nullable=False),
    Column("message_id", LargeBinary, nullable=False),
    Column("key_name", String(40), nullable=False),
    Column("due", Float, nullable=False, index=True),
    sqlite_autoincrement=True,
    info={"backup": False},
)

# Who did what to which request, when; actor and request are keyed hashes. Append-only, each row bound to the one before (R61).
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("segment", String(7), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("actor", String(40), nullable=False),
    Column("what", String(24), nullable=False),
    Column("request", String(40), nullable=True),
    Column("mac", String(64), nullable=False),
    info={"backup": True},
)

# The signed last hash of a closed segment, kept when its rows are purged (rulings 23), and the head of the open one.
audit_head = Table(
    "audit_head",
    metadata,
    Column("segment", String(7), primary_key=True),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("last_mac", String(64), nullable=False),
    Column("signature", String(64), nullable=False),
    info={"backup": True},
)

# Counts for reports, nothing else: a month, what is counted, of which kind.
tally = Table(
    "tally",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("what", String(20), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("count", Integer, nullable=False),
    info={"backup": True},
)

# Tables of refreshers stand on a page of their own and belong to the same `metadata`.
from bot.store import training_schema as training_schema  # noqa: E402
