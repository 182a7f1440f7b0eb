"""What is kept, as kinds, counts and days; never content (R47). For the operator and counsel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, Table, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from bot.store.schema import (
    audit,
    chat,
    fleeting,
    inbox,
    invitation,
    outbox,
    relay,
    release,
    request,
    rung,
    sent,
    shift,
)
from bot.store.training_schema import (
    completion,
    department,
    joining,
    member,
    occurrence,
    partner,
    question,
    training_draft,
)
from bot.store.training_schema import memory as remembered

_KINDS: tuple[tuple[Table, ColumnElement[str] | None, Column[float]], ...] = (
    (chat, chat.c.role, chat.c.last_seen),
    (inbox, None, inbox.c.received_at),
    (outbox, None, outbox.c.created_at),
    (sent, None, sent.c.at),
    (fleeting, None, fleeting.c.due),
    (request, request.c.state, request.c.created_at),
    (release, None, release.c.given_at),
    (rung, None, rung.c.asked_at),
    (relay, None, relay.c.created_at),
    (shift, None, shift.c.starts_at),
    (invitation, invitation.c.purpose, invitation.c.expires_at),
    (audit, None, audit.c.at),
    (department, None, department.c.created_at),
    (member, member.c.role, member.c.joined_at),
    (occurrence, None, occurrence.c.at),
    (question, None, question.c.asked_at),
    (remembered, None, remembered.c.last_at),
    (completion, None, completion.c.at),
    (joining, None, joining.c.asked_at),
    (training_draft, None, training_draft.c.at),
    (partner, None, partner.c.added_at),
)


@dataclass(frozen=True, slots=True)
class Holding:
    """`kind` is a table, or a table and the state or role that its rows share. Days are UTC."""

    kind: str
    count: int
    oldest: str
    newest: str


def holdings(c: Connection, now: float) -> list[Holding]:
    """Every kind of which there is something, holds among them with the day on which they end."""
    found: list[Holding] = []
    for table, split, at in _KINDS:
        part: ColumnElement[str] = split if split is not None else literal(table.name)
        query = select(part, func.count(), func.min(at), func.max(at)).select_from(table)
        if split is not None:
            query = query.group_by(split).order_by(split)
        for which, count, oldest, newest in c.execute(query):
            if count:
                kind = table.name if split is None else f"{table.name}: {which}"
                found.append(Holding(kind, count, _day(oldest), _day(newest)))
    held = select(func.count(), func.min(request.c.hold_until), func.max(request.c.hold_until))
    count, first, last = c.execute(held.where(request.c.hold_until > now)).one()
    if count:
        found.append(Holding("request: held until", count, _day(first), _day(last)))
    return found


def _day(at: float | None) -> str:
    """ "-" where nothing of the kind has a time yet."""
    return "-" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
