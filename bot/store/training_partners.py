"""Whom officers of a department or a unit call first. Functions of a connection. Front doors only: nothing of a person, no place to stay."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from bot.store.training_schema import partner

QUARTER = 90 * 86400.0
"""Seconds without a word after which a coordinator is reminded to speak with a partner (the issue: each quarter)."""
MOST = 30
"""Partners of a department: what can be read on a phone."""


def of_department(c: Connection, department_id: str) -> list[Any]:
    """All, those of the whole department first, by name."""
    where = partner.c.department == department_id
    return list(
        c.execute(select(partner).where(where).order_by(partner.c.unit.is_not(None), partner.c.name, partner.c.id))
    )


def for_officer(c: Connection, department_id: str, unit_id: str | None) -> list[Any]:
    """Those of the officer's own unit first, then the department's."""
    own = partner.c.unit == unit_id if unit_id is not None else partner.c.unit.is_(None)
    where = (partner.c.department == department_id, or_(own, partner.c.unit.is_(None)))
    return list(
        c.execute(select(partner).where(*where).order_by(partner.c.unit.is_(None), partner.c.name, partner.c.id))
    )


def get(c: Connection, department_id: str, number: int) -> Any:
    """None where it is another department's, or gone."""
    return c.execute(select(partner).where(partner.c.id == number, partner.c.department == department_id)).first()


def add(c: Connection, department_id: str, unit_id: str | None, name: str, phone: str, hours: str, now: float) -> int:
    row = {"department": department_id, "unit": unit_id, "name": name, "phone": phone, "hours": hours, "added_at": now}
    return int(c.execute(partner.insert().values(row).returning(partner.c.id)).scalar_one())


def change(c: Connection, number: int, **values: Any) -> None:
    """Raises ValueError for a column that does not change so."""
    if set(values) - {"name", "phone", "hours"}:
        raise ValueError(", ".join(sorted(values)))
    c.execute(update(partner).where(partner.c.id == number).values(values))


def spoken(c: Connection, number: int, now: float) -> None:
    """Somebody of the department has spoken with them."""
    c.execute(update(partner).where(partner.c.id == number).values(spoken_at=now))


def remove(c: Connection, number: int) -> None:
    c.execute(delete(partner).where(partner.c.id == number))


def to_ring(c: Connection, now: float, limit: int = 100) -> list[Any]:
    """Nobody has spoken with them for a quarter, and nobody was reminded within it."""
    last = func.coalesce(partner.c.spoken_at, partner.c.added_at)
    told = or_(partner.c.reminded_at.is_(None), partner.c.reminded_at <= now - QUARTER)
    return list(c.execute(select(partner).where(last <= now - QUARTER, told).order_by(partner.c.id).limit(limit)))


def reminded(c: Connection, number: int, now: float) -> None:
    c.execute(update(partner).where(partner.c.id == number).values(reminded_at=now))
