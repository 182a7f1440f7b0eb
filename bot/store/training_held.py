"""Everything that is kept about an officer for training, as rows, for them alone to read and take along. Functions of a connection.

A table that says something of a member has its place here: a test walks the schema and finds one that has none.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, select

from bot.store.training_plan import ANSWERED, PLANNED, PUT_OFF, QUEUED, SENT, SILENT, SKIPPED
from bot.store.training_schema import batch, department, joining, memory, occurrence, question, unit

STATES = {
    PLANNED: "planned", QUEUED: "queued", SENT: "sent", SKIPPED: "skipped", ANSWERED: "answered", SILENT: "silent",
    PUT_OFF: "put off",
}  # fmt: skip
"""What a row of `occurrence` came to, in words."""
_HASHED = ("member", "chat", "code", "batch", "officer_id")
"""Columns that are keyed hashes, sealed, or the number of the officer whose file it is."""


def of_member(c: Connection, member_id: int) -> dict[str, list[dict[str, Any]]]:
    """By the name that it has in the file: what was planned, sent or left out and why, each answer, what is remembered, links for a new phone."""
    planned = _rows(c, occurrence, occurrence.c.member == member_id, occurrence.c.id)
    return {
        "refreshers": [{**row, "state": STATES[row["state"]]} for row in planned],
        "answers": _rows(c, question, question.c.member == member_id, question.c.id),
        "memory": _rows(c, memory, memory.c.member == member_id, memory.c.card),
        "new_phones": _rows(c, batch, batch.c.member == member_id, batch.c.expires_at),
    }


def asked_to_join(c: Connection, chat: str) -> list[tuple[Any, dict[str, Any]]]:
    """What this chat asked for by a link: the row of `joining`, and the same with the names of the department and the unit, in order."""
    place = joining.join(batch, batch.c.code == joining.c.batch).join(department, department.c.id == batch.c.department)
    names = (department.c.name.label("department"), unit.c.name.label("unit"), batch.c.role)
    query = select(joining, *names).select_from(place.outerjoin(unit, unit.c.id == batch.c.unit))
    return [(row, _open(row)) for row in c.execute(query.where(joining.c.chat == chat).order_by(joining.c.id))]


def unit_name(c: Connection, unit_id: str | None) -> str | None:
    """None for an officer of no unit."""
    found: str | None = c.scalar(select(unit.c.name).where(unit.c.id == unit_id)) if unit_id is not None else None
    return found


def _rows(c: Connection, table: Table, which: Any, order: Any) -> list[dict[str, Any]]:
    return [_open(row) for row in c.execute(select(table).where(which).order_by(order))]


def _open(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in _HASHED}
