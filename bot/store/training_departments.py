"""Departments as the operator sees and ends them: all of them, their units and schedules, and what goes when one is removed.

Functions of a connection. A removed department whose completions are still kept stays as a row without a name, so that its written
retention still ends them; so it does until everybody who waited to join was told. Nothing here knows of requests (R26).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from bot.store import training_plan
from bot.store.queues import ENDED
from bot.store.training_people import REMOVED
from bot.store.training_people import end_links as end_where
from bot.store.training_schema import (
    batch,
    completion,
    department,
    joining,
    member,
    memory,
    occurrence,
    partner,
    question,
    schedule,
    training_draft,
    unit,
)


@dataclass(frozen=True, slots=True)
class Gone:
    """What went with a department, in rows; `chats`: who was in it. `kept`: completions that stay."""

    chats: tuple[str, ...]
    officers: int
    units: int
    partners: int
    kept: int


def every(c: Connection) -> list[Any]:
    """Those that are there, by name."""
    return list(
        c.execute(
            select(department)
            .where(department.c.name != REMOVED)
            .order_by(func.lower(department.c.name), department.c.id)
        )
    )


def counts(c: Connection, role: str) -> dict[str, int]:
    """How many of a role are there, by department."""
    here = (member.c.left_at.is_(None), member.c.role == role)
    return {
        r[0]: int(r[1])
        for r in c.execute(select(member.c.department, func.count()).where(*here).group_by(member.c.department))
    }


def rule_of(c: Connection, whose: str) -> Any:
    """The row of the schedule of a department or a unit by its id, also where it is paused."""
    return c.execute(select(schedule).where(schedule.c.whose == whose)).first()


def end_links(c: Connection, department_id: str, now: float) -> int:
    """Nobody joins by a link of this department any more, and who waits is refused and told. Returns how many links."""
    return end_where(c, batch.c.department == department_id, now)


def open_links(c: Connection, department_id: str, now: float) -> int:
    """Links by which somebody can still join."""
    usable = (batch.c.revoked_at.is_(None), batch.c.expires_at > now, batch.c.used < batch.c.most)
    mine = select(func.count()).select_from(batch).where(batch.c.department == department_id, *usable)
    return int(c.scalar(mine) or 0)


def remove_department(c: Connection, department_id: str, now: float) -> Gone:
    """Everything of it goes at once but completions, which stay as long as its written retention says, and who waited to join, until they are
    told; whose chats have to become guests' is returned. Raises LookupError where there is none."""
    if c.scalar(select(department.c.id).where(department.c.id == department_id)) is None:
        raise LookupError(department_id)
    which = member.c.department == department_id
    training_plan.lock_members(c, which)
    training_plan.void(c, which, now)
    ids = select(member.c.id).where(which)
    chats = tuple(c.scalars(select(member.c.chat).where(which, member.c.chat.is_not(None)).order_by(member.c.id)))
    c.execute(delete(training_draft).where(training_draft.c.chat.in_(select(member.c.chat).where(which))))
    for table in (memory, question, occurrence):
        c.execute(delete(table).where(table.c.member.in_(ids)))
    officers = c.execute(delete(member).where(which)).rowcount
    waiting = _end_all(c, department_id, now)
    c.execute(delete(schedule).where(schedule.c.department == department_id))
    known = c.execute(delete(partner).where(partner.c.department == department_id)).rowcount
    units = c.execute(delete(unit).where(unit.c.department == department_id)).rowcount
    kept = _completions(c, department_id)
    if kept or waiting:
        c.execute(update(department).where(department.c.id == department_id).values(name=REMOVED, instructor=None))
    else:
        c.execute(delete(department).where(department.c.id == department_id))
    return Gone(chats, int(officers), int(units), int(known), kept)


def _end_all(c: Connection, department_id: str, now: float) -> int:
    """Its links end and go, but for those by which somebody waited who is to be told; these are of no unit. Returns how many stay."""
    mine = batch.c.department == department_id
    end_where(c, mine, now)
    links = select(batch.c.code).where(mine)
    waits = or_(joining.c.accepted.is_(None), joining.c.accepted == ENDED)
    c.execute(delete(joining).where(joining.c.batch.in_(links), ~waits))
    waited = select(joining.c.id).where(joining.c.batch == batch.c.code)
    c.execute(delete(batch).where(mine, ~waited.exists()))
    return int(c.execute(update(batch).where(mine).values(unit=None)).rowcount)


def purge_removed(c: Connection) -> int:
    """Removed departments whose last completion is gone, and where everybody who waited was told. Returns how many."""
    left = select(completion.c.seq).where(completion.c.department == department.c.id, completion.c.body.is_not(None))
    waits = select(batch.c.code).where(batch.c.department == department.c.id)
    done = (department.c.name == REMOVED, ~left.exists(), ~waits.exists())
    return int(c.execute(delete(department).where(*done)).rowcount)


def _completions(c: Connection, department_id: str) -> int:
    mine = (completion.c.department == department_id, completion.c.body.is_not(None))
    return int(c.scalar(select(func.count()).select_from(completion).where(*mine)) or 0)
