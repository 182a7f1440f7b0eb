"""Occurrences as rows: taken to be planned, due to be queued, voided, settled. Functions of a connection.

No leader: any number of planners may run. Officers are locked while they are planned (PostgreSQL; SQLite has one writer), the unique key
decides what is left, and whoever changes a schedule locks its officers first, so that nothing is planned by the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, and_, cast, delete, literal, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from bot.store import queues
from bot.store.schema import outbox
from bot.store.training_schema import department, member, memory, occurrence, question, schedule
from bot.training.schedule_json import dumped_with_pauses_of

PLANNED, QUEUED, SENT, SKIPPED, ANSWERED, SILENT, PUT_OFF = range(7)
AWAY = "away"
"""Why a refresher was not sent to an officer who wished to be left alone then."""
_MANY = 5000
"""Numbers in one statement: below what both databases take."""
DEDUPE: ColumnElement[str] = literal("occ:") + cast(occurrence.c.id, String)


@dataclass(frozen=True, slots=True)
class Rule:
    """A schedule's row."""

    id: int
    version: int
    rule: str
    on_duty_only: bool


@dataclass(frozen=True, slots=True)
class Due:
    """An occurrence to be queued now. `current`: whether it was planned by the schedule as it is now."""

    id: int
    member: int
    chat: str | None
    lang: str
    role: str
    at: float
    until: float
    rule: str
    current: bool
    put_off: bool = False


def dedupe(occurrence_id: int) -> str:
    """`outbox.dedupe` of an occurrence."""
    return f"occ:{occurrence_id}"


def locked(c: Connection, query: Any, skip: bool, of: Any = None) -> Any:
    return query.with_for_update(skip_locked=skip, of=of) if c.dialect.name == "postgresql" else query


# -- planning ------------------------------------------------------------------------------------------------------------


def take_to_plan(c: Connection, before: float, limit: int) -> list[Any]:
    """Officers whose rows do not reach `before`, those furthest behind first, locked until the end of the transaction."""
    there = (member.c.left_at.is_(None), member.c.chat.is_not(None), member.c.planned_to < before)
    query = select(member).where(*there).order_by(member.c.planned_to, member.c.id).limit(limit)
    return list(c.execute(locked(c, query, skip=True)).all())


def rules_for(c: Connection, members: Sequence[Any]) -> dict[int, Rule]:
    """The schedule of each officer's unit, else of the department; who has none, or a paused one, is not in it. A pause of the department is
    everybody's, also of units with times of their own. Asked after the officers are locked, so that it is the newest."""
    whose = {m.unit for m in members if m.unit} | {m.department for m in members}
    query = (
        select(
            schedule.c.id,
            schedule.c.whose,
            schedule.c.version,
            schedule.c.rule,
            schedule.c.active,
            department.c.on_duty_only,
        )
        .join(department, department.c.id == schedule.c.department)
        .where(schedule.c.whose.in_(whose))
    )
    found = {r.whose: r for r in c.execute(query)}
    picked = {m.id: _rule(found.get(m.unit), found.get(m.department)) for m in members}
    return {number: one for number, one in picked.items() if one is not None}


def _rule(own: Any, whole: Any) -> Rule | None:
    """Of the rows of a unit and of its department, either of which may be None."""
    row = own if own is not None else whole
    if row is None or not row.active or (whole is not None and not whole.active):
        return None
    rule = dumped_with_pauses_of(row.rule, whole.rule) if own is not None and whole is not None else row.rule
    return Rule(row.id, row.version, rule, bool(row.on_duty_only))


def put_planned(c: Connection, rows: list[dict[str, Any]]) -> int:
    """Occurrences that are not there yet. Returns how many were new."""
    if not rows:
        return 0
    fresh = queues.insert_for(c, occurrence).on_conflict_do_nothing(index_elements=["member", "slot", "day"])
    return len(c.execute(fresh.returning(occurrence.c.id), rows).all())


def take_put_off(c: Connection, members: Iterable[int]) -> list[Any]:
    """What these officers put off and has to be planned anew: rows of member, slot, day, reminded. They are taken out of the table."""
    mine = (occurrence.c.member.in_(list(members)), occurrence.c.state == PUT_OFF)
    taken = delete(occurrence).where(*mine)
    return list(
        c.execute(
            taken.returning(occurrence.c.member, occurrence.c.slot, occurrence.c.day, occurrence.c.reminded)
        ).all()
    )


def planned_to(c: Connection, members: Iterable[int], to: float) -> None:
    c.execute(update(member).where(member.c.id.in_(list(members))).values(planned_to=to))


# -- queueing ------------------------------------------------------------------------------------------------------------


def take_due(c: Connection, now: float, lead: float, limit: int) -> list[Due]:
    """Planned rows that begin within `lead` seconds, the oldest first, locked until the end of the transaction."""
    query = (
        select(
            occurrence.c.id, occurrence.c.member, occurrence.c.at, occurrence.c.until, occurrence.c.version, occurrence.c.put_off,
            member.c.chat, member.c.lang, member.c.role, schedule.c.rule, schedule.c.active, schedule.c.version.label("newest"),
        )
        .join(member, member.c.id == occurrence.c.member)
        .join(schedule, schedule.c.id == occurrence.c.schedule)
        .where(occurrence.c.state == PLANNED, occurrence.c.at <= now + lead)
        .order_by(occurrence.c.at, occurrence.c.id)
        .limit(limit)
    )  # fmt: skip
    rows = c.execute(locked(c, query, skip=True, of=occurrence)).all()
    return [_due(row) for row in rows]


def _due(r: Any) -> Due:
    current = r.version == r.newest and bool(r.active)
    return Due(r.id, r.member, r.chat, r.lang, r.role, r.at, r.until, r.rule, current, bool(r.put_off))


def memories_of(c: Connection, members: Iterable[int]) -> dict[int, list[Any]]:
    """Rows of `memory` by officer."""
    found: dict[int, list[Any]] = {}
    for row in c.execute(select(memory).where(memory.c.member.in_(list(members)))):
        found.setdefault(row.member, []).append(row)
    return found


def put_queued(c: Connection, messages: list[dict[str, Any]], questions: list[dict[str, Any]], ids: list[int]) -> None:
    """Messages into the outbox, the cards chosen for them, and the rows on."""
    queues.put_out(c, messages)
    if questions:
        c.execute(question.insert(), questions)
    set_state(c, ids, QUEUED, None)


def skip(c: Connection, ids: list[int], reason: str) -> None:
    """Not sent, and said so. `reason`: at most 12 characters."""
    set_state(c, ids, SKIPPED, reason)


def set_state(c: Connection, ids: Sequence[int], state: int, reason: str | None) -> None:
    for part in parts(ids):
        c.execute(update(occurrence).where(occurrence.c.id.in_(part)).values(state=state, reason=reason))


# -- voiding -------------------------------------------------------------------------------------------------------------


def lock_members(c: Connection, which: ColumnElement[bool]) -> list[int]:
    """Numbers of the officers `which` a change is about; nobody plans for them until the end of the transaction."""
    query = select(member.c.id).where(which, member.c.left_at.is_(None)).order_by(member.c.id)
    return list(c.scalars(locked(c, query, skip=False)))


def void(c: Connection, which: ColumnElement[bool], now: float) -> int:
    """Everything of the officers `which` (a condition on `member`) that was planned or queued and has not left goes, out of the outbox
    as well; what a sender has in hand stays, and its row with it. They are planned anew from now on. What an officer put off stays put off.
    Returns how many rows."""
    ids = select(member.c.id).where(which)
    mine = occurrence.c.member.in_(ids)
    gone = unqueue(c, and_(mine, occurrence.c.state == QUEUED))
    waiting = or_(occurrence.c.state == PLANNED, and_(occurrence.c.state == SKIPPED, occurrence.c.at > now))
    again = _put_off_again(c, and_(mine, waiting))
    for part in parts(gone):
        again += _put_off_again(c, occurrence.c.id.in_(part))
    left = delete(occurrence).where(mine, waiting).returning(occurrence.c.member, occurrence.c.at, occurrence.c.until)
    rows = list(c.execute(left).all())
    for part in parts(gone):
        queued = delete(occurrence).where(occurrence.c.id.in_(part), occurrence.c.state == QUEUED)
        rows += c.execute(queued.returning(occurrence.c.member, occurrence.c.at, occurrence.c.until)).all()
    c.execute(update(member).where(which, member.c.planned_to > now).values(planned_to=now))
    begun: dict[float, set[int]] = {}
    for row in rows:
        if row.at <= now <= row.until:  # its window is open: the new schedule may use it still
            begun.setdefault(row.at, set()).add(row.member)
    for at in sorted(begun, reverse=True):
        for part in parts(sorted(begun[at])):
            c.execute(update(member).where(member.c.id.in_(part)).values(planned_to=at))
    return len(rows) + again


def _put_off_again(c: Connection, which: ColumnElement[bool]) -> int:
    """Of the rows `which` (a condition on `occurrence`) those that an officer had put off wait to be planned anew. Returns how many."""
    marked = update(occurrence).where(which, occurrence.c.put_off == 1)
    return int(c.execute(marked.values(state=PUT_OFF, reason=None)).rowcount)


def void_cards(c: Connection, current: dict[str, str]) -> int:
    """Cards changed: what is queued with one that is not there, or not in this version, waits to be queued anew with others. `current`:
    versions by card. Returns how many occurrences."""
    query = select(question.c.occurrence, question.c.card, question.c.version).where(
        question.c.asked_at.is_(None), question.c.occurrence.is_not(None)
    )
    stale = {row.occurrence for row in c.execute(query) if current.get(row.card) != row.version}
    gone: list[int] = []
    for part in parts(sorted(stale)):
        gone += unqueue(c, and_(occurrence.c.id.in_(part), occurrence.c.state == QUEUED))
    set_state(c, gone, PLANNED, None)
    return len(gone)


def void_ids(c: Connection, ids: Sequence[int]) -> None:
    """Planned rows of a schedule that has changed since."""
    for part in parts(ids):
        _put_off_again(c, and_(occurrence.c.id.in_(part), occurrence.c.state == PLANNED))
        rows = delete(occurrence).where(occurrence.c.id.in_(part), occurrence.c.state == PLANNED)
        for row in c.execute(rows.returning(occurrence.c.member, occurrence.c.at)).all():
            earlier = (member.c.id == row.member, member.c.planned_to > row.at)
            c.execute(update(member).where(*earlier).values(planned_to=row.at))


def unqueue(c: Connection, which: ColumnElement[bool]) -> list[int]:
    """Take queued messages out of the outbox that nobody has in hand, and the cards chosen for them. Returns their occurrences."""
    names = select(DEDUPE).where(which)
    taken = delete(outbox).where(outbox.c.dedupe.in_(names), outbox.c.state == queues.WAITING)
    ids = [int(name[4:]) for name in c.scalars(taken.returning(outbox.c.dedupe)).all()]
    for part in parts(ids):
        c.execute(delete(question).where(question.c.occurrence.in_(part), question.c.asked_at.is_(None)))
    return ids


def parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[n : n + _MANY] for n in range(0, len(ids), _MANY))
