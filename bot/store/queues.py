"""Inbox and outbox as rows. Plain functions of a connection, to be run by `Database.write`.

Guarantees by lane: urgent (0, 1) and replies (2) leave at least once; training and digest (5, 9) at most once after a send
whose outcome is unknown, since the platform knows no idempotency key (design, decision 5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, and_, bindparam, case, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.schema import bucket, chat, inbox, invitation, outbox, request, sent
from bot.store.training_schema import joining

SURVIVOR, ALERT, REPLY, TRAINING, DIGEST = 0, 1, 2, 5, 9
WAITING, TAKEN, DONE, DEAD = 0, 1, 2, 3
LATE, BLOCKED, PAUSED, BROKEN = "late", "blocked", "paused", "broken"
"""Why a row was given up that surely did not arrive: after its time; the person blocked the bot or has no chat with it; they want nothing, or may
not see it, now; the platform takes no such message. What is said of refreshers (`training_after.settle`)."""
ENDED = 2
"""`joining.accepted` of who waited by a link that ended before anybody decided, until they are told."""
OPEN = ("sent", "taken")
"""States of a request in which its person may still be answered."""
LEASE = 30.0
"""Seconds a sender has for a row before another may take it."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    id: int
    channel: str
    chat: str
    update_id: str
    body: bytes
    key_name: str
    received_at: float
    attempts: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    id: int
    dedupe: str
    chat: str
    lane: int
    content: dict[str, Any]
    attempts: int
    created_at: float
    not_after: float | None


# What runs for every message is built once: making a statement costs SQLAlchemy more than running it.
_OTHER_IN, _OTHER_OUT = inbox.alias("other"), outbox.alias("other")
_TAKE_IN = (
    select(inbox)
    .where(
        inbox.c.state == WAITING,
        ~exists().where(
            and_(_OTHER_IN.c.chat == inbox.c.chat, _OTHER_IN.c.state <= TAKEN, _OTHER_IN.c.id < inbox.c.id)
        ),
        inbox.c.chat.not_in(bindparam("skip", expanding=True)),
    )
    .order_by(inbox.c.urgent.desc(), inbox.c.id)
    .limit(bindparam("most"))
)
_TAKEN_IN = (
    update(inbox)
    .where(inbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=TAKEN, attempts=inbox.c.attempts + 1)
)
_WAITING_IN = (
    select(inbox.c.chat, func.count().label("many"))
    .where(inbox.c.state == WAITING, inbox.c.chat.in_(bindparam("chats", expanding=True)))
    .group_by(inbox.c.chat)
)
_HANDLED = update(inbox).where(inbox.c.id == bindparam("row")).values(state=bindparam("to"), body=None)
_TAKE_OUT = (
    select(outbox)
    .where(
        outbox.c.state == WAITING,
        outbox.c.lease_until <= bindparam("now"),
        outbox.c.not_before <= bindparam("now"),
        ~exists().where(
            and_(
                _OTHER_OUT.c.chat == outbox.c.chat,
                _OTHER_OUT.c.state <= TAKEN,
                _OTHER_OUT.c.lane == outbox.c.lane,
                _OTHER_OUT.c.id < outbox.c.id,
            )
        ),
    )
    .order_by(outbox.c.lane, outbox.c.id)
    .limit(bindparam("most"))
)
_TAKEN_OUT = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=TAKEN, lease_until=bindparam("until"), attempts=outbox.c.attempts + 1)
)
# Taken and never finished: whether it was sent is unknown. Training and digest are never sent twice, the rest waits again.
_EXPIRED = (
    update(outbox)
    .where(outbox.c.state == TAKEN, outbox.c.lease_until <= bindparam("now"))
    .values(
        state=case((outbox.c.lane >= TRAINING, DEAD), else_=WAITING),
        content=case((outbox.c.lane >= TRAINING, "{}"), else_=outbox.c.content),
    )
    .returning(outbox.c.dedupe, outbox.c.created_at, outbox.c.state)
)
_FINISH_OUT = (
    update(outbox).where(outbox.c.id == bindparam("row")).values(state=bindparam("to"), content=bindparam("left"))
)
_BUCKET = select(bucket).where(bucket.c.name == bindparam("which"))
_SPEND = (
    update(bucket)
    .where(bucket.c.name == bindparam("which"))
    .values(tokens=bindparam("left"), updated_at=bindparam("at"))
)


def insert_for(connection: Connection, table: Any) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


@lru_cache(maxsize=8)
def _insert_new(dialect: str, table: Any, *unique: str) -> Any:
    """Rows that are not there yet; the ids of those that were new, for psycopg counts none."""
    kind = postgresql if dialect == "postgresql" else sqlite
    return kind.insert(table).on_conflict_do_nothing(index_elements=list(unique)).returning(table.c.id)


def put_in(connection: Connection, rows: list[dict[str, Any]]) -> int:
    """Store updates; one that is there already is left alone. Returns how many were new."""
    if not rows:
        return 0
    return len(connection.execute(_insert_new(connection.dialect.name, inbox, "channel", "update_id"), rows).all())


def take_in(connection: Connection, limit: int, skip_chats: set[str]) -> list[InboxRow]:
    """The oldest waiting message of each chat that has none in work, urgent ones first: same chat in order, chats side by side."""
    query = _TAKE_IN.with_for_update(skip_locked=True) if connection.dialect.name == "postgresql" else _TAKE_IN
    rows = connection.execute(query, {"skip": list(skip_chats), "most": limit}).all()
    if rows:
        connection.execute(_TAKEN_IN, {"ids": [r.id for r in rows]})
    return [
        InboxRow(r.id, r.channel, r.chat, r.update_id, r.body, r.key_name, r.received_at, r.attempts + 1) for r in rows
    ]


def waiting_in(connection: Connection, chats: list[str]) -> dict[str, int]:
    """How many messages of each of these chats wait; a chat without any is not in it."""
    return {row.chat: row.many for row in connection.execute(_WAITING_IN, {"chats": chats})}


def handled(connection: Connection, row_id: int, state: int = DONE) -> None:
    """The message is dealt with; its body goes at once, the row stays a day so that a repeat is known."""
    connection.execute(_HANDLED, {"row": row_id, "to": state})


def release(connection: Connection) -> int:
    """At start: what a killed process had taken waits again. Returns how many."""
    taken = connection.execute(update(inbox).where(inbox.c.state == TAKEN).values(state=WAITING)).rowcount
    connection.execute(update(outbox).where(outbox.c.state == TAKEN).values(lease_until=0.0))
    return int(taken)


def put_out(connection: Connection, rows: list[dict[str, Any]]) -> int:
    """Queue messages; the same `dedupe` twice is one message. `content` is a dict of ids and parameters."""
    if not rows:
        return 0
    values = [
        {
            "not_before": 0.0,
            "not_after": None,
            "lease_until": 0.0,
            "attempts": 0,
            "state": WAITING,
            **r,
            "content": orjson.dumps(r["content"]).decode(),
        }
        for r in rows
    ]
    return len(connection.execute(_insert_new(connection.dialect.name, outbox, "dedupe"), values).all())


def take_out(
    connection: Connection, now: float, limit: int, perhaps: Callable[[str, float], None] | None = None
) -> list[OutboxRow]:
    """Lease what is due, by lane and age; per chat only the oldest, so that a chat's messages keep their order. `perhaps` hears the key, and when
    it was queued, of each that another sender took and never finished, and that is given up though it may have arrived."""
    for row in connection.execute(_EXPIRED, {"now": now}).all():
        if row.state == DEAD and perhaps is not None:
            perhaps(row.dedupe, row.created_at)
    query = _TAKE_OUT.with_for_update(skip_locked=True) if connection.dialect.name == "postgresql" else _TAKE_OUT
    rows = connection.execute(query, {"now": now, "most": limit}).all()
    if rows:
        connection.execute(_TAKEN_OUT, {"ids": [r.id for r in rows], "until": now + LEASE})
    return [
        OutboxRow(r.id, r.dedupe, r.chat, r.lane, orjson.loads(r.content), r.attempts + 1, r.created_at, r.not_after)
        for r in rows
    ]


def finish_out(connection: Connection, row_id: int, state: int = DONE, why: str | None = None) -> bool:
    """The row is dealt with and holds nothing any more but, where it was given up, `why` it surely did not arrive: a word for the report
    (`why_dead`). False where it had been dropped meanwhile."""
    left = orjson.dumps({"why": why}).decode() if why is not None else "{}"
    return bool(connection.execute(_FINISH_OUT, {"row": row_id, "to": state, "left": left}).rowcount)


def in_hand(connection: Connection, start: str) -> bool:
    """Whether a message whose key begins so was taken, and it is not known yet what became of it."""
    taken = exists().where(outbox.c.state == TAKEN, outbox.c.dedupe.startswith(start, autoescape=True))
    return bool(connection.scalar(select(taken)))


def why_dead(content: str) -> str | None:
    """What `finish_out` wrote into the `content` of a row that was given up; None where it may have arrived."""
    found: str | None = orjson.loads(content).get("why")
    return found


def unsure(connection: Connection, dedupe: str) -> bool:
    """Whether this message was given up and may have arrived."""
    given_up = (outbox.c.dedupe == dedupe, outbox.c.state == DEAD)
    content = connection.scalar(select(outbox.c.content).where(*given_up))
    return content is not None and why_dead(content) is None


def retry_out(connection: Connection, row_id: int, not_before: float) -> None:
    """Again later. A row that another sender has finished meanwhile stays finished."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == row_id, outbox.c.state <= TAKEN)
        .values(state=WAITING, lease_until=0.0, not_before=not_before)
    )


def drop_waiting(connection: Connection, chat_hash: str) -> int:
    """Nothing queued for a chat leaves any more (exit, erase, block)."""
    return int(connection.execute(delete(outbox).where(outbox.c.chat == chat_hash, outbox.c.state <= TAKEN)).rowcount)


def drop_waiting_in(connection: Connection, chat_hash: str, up_to: int) -> None:
    """What the person wrote before leaving is not read any more."""
    connection.execute(
        update(inbox)
        .where(inbox.c.chat == chat_hash, inbox.c.state == WAITING, inbox.c.id < up_to)
        .values(state=DONE, body=None)
    )


def take_tokens(
    connection: Connection, name: str, wanted: int, rate: float, burst: float, now: float
) -> tuple[int, float]:
    """(how many sends are allowed now, seconds until one more is). One row per bot token, shared by all senders.
    In any second at most `burst + rate` leave."""
    granted, wait, row = see_tokens(connection, name, wanted, rate, burst, now)
    if granted:
        spend_tokens(connection, row, granted, rate, burst, now)
    return granted, wait


def see_tokens(
    connection: Connection, name: str, wanted: int, rate: float, burst: float, now: float
) -> tuple[int, float, Any]:
    """`take_tokens` without taking any yet; the bucket's row is locked until the end of the transaction."""
    query = _BUCKET.with_for_update() if connection.dialect.name == "postgresql" else _BUCKET
    row = connection.execute(query, {"which": name}).one_or_none()
    if row is None:
        fresh = insert_for(connection, bucket).values(name=name, tokens=burst, updated_at=now, paused_until=0.0)
        connection.execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
        row = connection.execute(query, {"which": name}).one()
    if row.paused_until > now:
        return 0, row.paused_until - now, row
    tokens = _tokens(row, rate, burst, now)
    granted = min(wanted, int(tokens))
    return granted, 0.0 if granted or wanted <= 0 else (1.0 - tokens) / rate, row


def seconds_to_token(connection: Connection, name: str, rate: float, burst: float, now: float) -> float:
    """Until a send is allowed, 0 where one is; only read, so that another sender may be faster."""
    row = connection.execute(_BUCKET, {"which": name}).one_or_none()
    if row is None:
        return 0.0
    return float(max(row.paused_until - now, (1.0 - _tokens(row, rate, burst, now)) / rate, 0.0))


def _tokens(row: Any, rate: float, burst: float, now: float) -> float:
    return float(min(burst, row.tokens + max(0.0, now - row.updated_at) * rate))


def spend_tokens(connection: Connection, row: Any, count: int, rate: float, burst: float, now: float) -> None:
    """Of what `see_tokens` saw in the same transaction; what is not spent need not be given back."""
    left = _tokens(row, rate, burst, now) - count
    connection.execute(_SPEND, {"which": row.name, "left": left, "at": max(now, row.updated_at)})


def give_back_tokens(connection: Connection, name: str, count: int, burst: float) -> None:
    capped = case((bucket.c.tokens + count > burst, burst), else_=bucket.c.tokens + count)
    connection.execute(update(bucket).where(bucket.c.name == name).values(tokens=capped))


def pause(connection: Connection, name: str, until: float) -> None:
    """The platform said "too many": nobody sends until then."""
    connection.execute(
        update(bucket)
        .where(bucket.c.name == name, bucket.c.paused_until < until)
        .values(paused_until=until, tokens=0.0)
    )


def purge(connection: Connection, now: float) -> dict[str, int]:
    """What nobody needs any more: handled rows a day old, ids of messages that can no longer be deleted."""
    day = now - 24 * 3600
    done = connection.execute(delete(inbox).where(inbox.c.received_at < day)).rowcount
    left = connection.execute(delete(outbox).where(outbox.c.created_at < day, outbox.c.state >= DONE)).rowcount
    late = connection.execute(
        delete(outbox).where(outbox.c.not_after.is_not(None), outbox.c.not_after < now, outbox.c.state == WAITING)
    ).rowcount
    ids = connection.execute(delete(sent).where(sent.c.at < now - 48 * 3600)).rowcount
    return {"inbox": done, "outbox": left, "expired": late, "ids": ids, "chats": _forget_guests(connection, now)}


def _forget_guests(connection: Connection, now: float) -> int:
    """A guest who has been away for two days and has nothing on the screen is a stranger again (R7, R23). The row of one whose request
    is open, or who waits for a coordinator's tap, stays, with nothing in it but where to write: else nobody could answer them."""
    held = [exists().where(sent.c.chat == chat.c.chat)]
    held += [exists().where(t.c.chat == chat.c.chat, t.c.state <= TAKEN) for t in (inbox, outbox)]
    bound = select(invitation.c.code).where(
        invitation.c.used_by == chat.c.chat, invitation.c.purpose == "operator", invitation.c.revoked_at.is_(None)
    )
    held.append(bound.exists())  # alerts go there
    held.append(exists().where(request.c.chat == chat.c.chat, request.c.state.in_(OPEN)))
    held.append(waits_to_join(chat.c.chat))
    gone = (chat.c.role == "guest", chat.c.last_seen < now - 48 * 3600, *(~h for h in held))
    return connection.execute(delete(chat).where(*gone)).rowcount


def waits_to_join(who: Any) -> Any:
    """The condition that a chat (a column, or its keyed hash) has opened a department's link and waits for a coordinator's tap, or to be told
    that the link has ended."""
    return exists().where(joining.c.chat == who, or_(joining.c.accepted.is_(None), joining.c.accepted == ENDED))


def depth(connection: Connection) -> dict[str, int]:
    """Counts for the log: numbers only."""
    waiting = connection.scalar(select(func.count()).select_from(inbox).where(inbox.c.state <= TAKEN)) or 0
    leaving = connection.scalar(select(func.count()).select_from(outbox).where(outbox.c.state <= TAKEN)) or 0
    chats = connection.scalar(select(func.count()).select_from(chat)) or 0
    return {"inbox": waiting, "outbox": leaving, "chats": chats}
