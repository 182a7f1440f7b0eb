"""Whom officers of a department or unit call first. Functions of a connection; every one asks whose department it is (R26)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from bot.store.training_schema import department, partner

QUARTER_DAYS = 90
"""Days after which a coordinator is reminded to ring a partner (the issue: each quarter)."""
MOST = 40
"""Partners of one department."""
_CHANGES = {"name", "phone", "hours", "unit"}


def add(
    c: Connection,
    department_id: str,
    unit_id: str | None,
    name: str,
    phone: str,
    hours: str,
    now: float,
    spoken_at: float | None = None,
) -> int | None:
    """The partner's number; `spoken_at`: when somebody last spoke with them. None where the department has `MOST` already."""
    if len(of_department(c, department_id)) >= MOST:
        return None
    row = {
        "department": department_id, "unit": unit_id, "name": name, "phone": phone, "hours": hours, "added_at": now, "spoken_at": spoken_at,
    }  # fmt: skip
    return int(c.execute(partner.insert().values(row).returning(partner.c.id)).scalar_one())


def of_department(c: Connection, department_id: str) -> list[Any]:
    """All of them, by name."""
    query = select(partner).where(partner.c.department == department_id)
    return list(c.execute(query.order_by(partner.c.name, partner.c.id)))


def for_officer(c: Connection, department_id: str, unit_id: str | None) -> list[Any]:
    """Those of an officer's own unit, then those of the whole department; another unit's are not shown."""
    rows = [row for row in of_department(c, department_id) if row.unit in (None, unit_id)]
    return sorted(rows, key=lambda row: row.unit is None)


def get(c: Connection, department_id: str, number: int) -> Any:
    """The row; None where it is another department's, or gone."""
    which = (partner.c.id == number, partner.c.department == department_id)
    return c.execute(select(partner).where(*which)).first()


def change(c: Connection, department_id: str, number: int, **values: Any) -> bool:
    """Raises ValueError for a column that does not change so."""
    if set(values) - _CHANGES:
        raise ValueError(", ".join(sorted(set(values) - _CHANGES)))
    which = (partner.c.id == number, partner.c.department == department_id)
    return c.execute(update(partner).where(*which).values(values)).rowcount == 1


def spoke(c: Connection, department_id: str, number: int, at: float | None) -> bool:
    """When the coordinator last spoke with them; None for not yet."""
    which = (partner.c.id == number, partner.c.department == department_id)
    return c.execute(update(partner).where(*which).values(spoken_at=at)).rowcount == 1


def remove(c: Connection, department_id: str, number: int) -> bool:
    which = (partner.c.id == number, partner.c.department == department_id)
    return c.execute(delete(partner).where(*which)).rowcount == 1


def silent_since(row: Any) -> float:
    """Since when nobody has spoken with them, in seconds since the epoch."""
    return float(row.spoken_at if row.spoken_at is not None else row.added_at)


def long_ago(row: Any, now: float) -> bool:
    """Whether a quarter has gone by since somebody spoke with them."""
    return silent_since(row) <= now - QUARTER_DAYS * 86400.0


def to_ring(c: Connection, now: float) -> list[Any]:
    """(department, zone) where a partner was not spoken with for a quarter, and no reminder went out within one."""
    old = now - QUARTER_DAYS * 86400.0
    quiet = func.coalesce(partner.c.spoken_at, partner.c.added_at) <= old
    fresh = or_(partner.c.reminded_at.is_(None), partner.c.reminded_at <= old)
    query = select(department.c.id, department.c.zone).join(partner, partner.c.department == department.c.id)
    return list(c.execute(query.where(quiet, fresh).distinct().order_by(department.c.id)))


def reminded(c: Connection, department_id: str, now: float) -> None:
    """Those of a department that a reminder names now are not named by another for a quarter."""
    quiet = func.coalesce(partner.c.spoken_at, partner.c.added_at) <= now - QUARTER_DAYS * 86400.0
    c.execute(update(partner).where(partner.c.department == department_id, quiet).values(reminded_at=now))
