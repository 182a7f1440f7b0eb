"""Occurrences as rows: taken to be planned, due to be queued, voided, settled. Functions of a connection.

No leader: any number of planners may run. Officers are locked while they are planned (PostgreSQL; SQLite has one writer), the unique key
decides what is left, and whoever changes a schedule locks its officers first, so that nothing is planned by the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, and_, bindparam, cast, delete, func, literal, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from bot.store import queues
from bot.store.schema import outbox
from bot.store.training_schema import department, member, memory, occurrence, question, schedule

PLANNED, QUEUED, SENT, SKIPPED, ANSWERED, SILENT = range(6)
SILENT_AFTER = 86400.0
"""Seconds without an answer after which a question counts as not answered."""
SILENCES = 3
"""So many in a row, and refreshers pause until the officer resumes (the issue's number)."""
KEPT = 400 * 86400.0
"""Seconds for which what became of an occurrence is kept: a year's report can be made for a month after it."""
_MANY = 5000
"""Numbers in one statement: below what both databases take."""
_DEDUPE: ColumnElement[str] = literal("occ:") + cast(occurrence.c.id, String)


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


def dedupe(occurrence_id: int) -> str:
    """`outbox.dedupe` of an occurrence."""
    return f"occ:{occurrence_id}"


def _locked(c: Connection, query: Any, skip: bool, of: Any = None) -> Any:
    return query.with_for_update(skip_locked=skip, of=of) if c.dialect.name == "postgresql" else query


# -- planning ------------------------------------------------------------------------------------------------------------


def take_to_plan(c: Connection, before: float, limit: int) -> list[Any]:
    """Officers whose rows do not reach `before`, those furthest behind first, locked until the end of the transaction."""
    there = (member.c.left_at.is_(None), member.c.chat.is_not(None), member.c.planned_to < before)
    query = select(member).where(*there).order_by(member.c.planned_to, member.c.id).limit(limit)
    return list(c.execute(_locked(c, query, skip=True)).all())


def rules_for(c: Connection, members: Sequence[Any]) -> dict[int, Rule]:
    """The schedule of each officer's unit, else of the department; who has none is not in it. Asked after the officers are locked, so
    that it is the newest."""
    whose = {m.unit for m in members if m.unit} | {m.department for m in members}
    query = (
        select(schedule.c.id, schedule.c.whose, schedule.c.version, schedule.c.rule, department.c.on_duty_only)
        .join(department, department.c.id == schedule.c.department)
        .where(schedule.c.whose.in_(whose), schedule.c.active == 1)
    )
    found = {r.whose: Rule(r.id, r.version, r.rule, bool(r.on_duty_only)) for r in c.execute(query)}
    picked = {m.id: found.get(m.unit) or found.get(m.department) for m in members}
    return {number: rule for number, rule in picked.items() if rule is not None}


def put_planned(c: Connection, rows: list[dict[str, Any]]) -> int:
    """Occurrences that are not there yet. Returns how many were new."""
    if not rows:
        return 0
    fresh = queues.insert_for(c, occurrence).on_conflict_do_nothing(index_elements=["member", "slot", "day"])
    return len(c.execute(fresh.returning(occurrence.c.id), rows).all())


def planned_to(c: Connection, members: Iterable[int], to: float) -> None:
    c.execute(update(member).where(member.c.id.in_(list(members))).values(planned_to=to))


# -- queueing ------------------------------------------------------------------------------------------------------------


def take_due(c: Connection, now: float, lead: float, limit: int) -> list[Due]:
    """Planned rows that begin within `lead` seconds, the oldest first, locked until the end of the transaction."""
    query = (
        select(
            occurrence.c.id, occurrence.c.member, occurrence.c.at, occurrence.c.until, occurrence.c.version,
            member.c.chat, member.c.lang, member.c.role, schedule.c.rule, schedule.c.active, schedule.c.version.label("newest"),
        )
        .join(member, member.c.id == occurrence.c.member)
        .join(schedule, schedule.c.id == occurrence.c.schedule)
        .where(occurrence.c.state == PLANNED, occurrence.c.at <= now + lead)
        .order_by(occurrence.c.at, occurrence.c.id)
        .limit(limit)
    )  # fmt: skip
    return [
        Due(r.id, r.member, r.chat, r.lang, r.role, r.at, r.until, r.rule, r.version == r.newest and bool(r.active))
        for r in c.execute(_locked(c, query, skip=True, of=occurrence))
    ]


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
    _set_state(c, ids, QUEUED, None)


def skip(c: Connection, ids: list[int], reason: str) -> None:
    """Not sent, and said so. `reason`: at most 12 characters."""
    _set_state(c, ids, SKIPPED, reason)


def _set_state(c: Connection, ids: Sequence[int], state: int, reason: str | None) -> None:
    for part in _parts(ids):
        c.execute(update(occurrence).where(occurrence.c.id.in_(part)).values(state=state, reason=reason))


# -- voiding -------------------------------------------------------------------------------------------------------------


def lock_members(c: Connection, which: ColumnElement[bool]) -> list[int]:
    """Numbers of the officers `which` a change is about; nobody plans for them until the end of the transaction."""
    query = select(member.c.id).where(which, member.c.left_at.is_(None)).order_by(member.c.id)
    return list(c.scalars(_locked(c, query, skip=False)))


def void(c: Connection, which: ColumnElement[bool], now: float) -> int:
    """Everything of the officers `which` (a condition on `member`) that was planned or queued and has not left goes, out of the outbox
    as well; what a sender has in hand stays, and its row with it. They are planned anew from now on. Returns how many rows."""
    ids = select(member.c.id).where(which)
    mine = occurrence.c.member.in_(ids)
    gone = _unqueue(c, and_(mine, occurrence.c.state == QUEUED))
    waiting = or_(occurrence.c.state == PLANNED, and_(occurrence.c.state == SKIPPED, occurrence.c.at > now))
    left = delete(occurrence).where(mine, waiting).returning(occurrence.c.member, occurrence.c.at, occurrence.c.until)
    rows = list(c.execute(left).all())
    for part in _parts(gone):
        again = delete(occurrence).where(occurrence.c.id.in_(part))
        rows += c.execute(again.returning(occurrence.c.member, occurrence.c.at, occurrence.c.until)).all()
    c.execute(update(member).where(which, member.c.planned_to > now).values(planned_to=now))
    begun: dict[float, set[int]] = {}
    for row in rows:
        if row.at <= now <= row.until:  # its window is open: the new schedule may use it still
            begun.setdefault(row.at, set()).add(row.member)
    for at in sorted(begun, reverse=True):
        for part in _parts(sorted(begun[at])):
            c.execute(update(member).where(member.c.id.in_(part)).values(planned_to=at))
    return len(rows)


def void_cards(c: Connection, current: dict[str, str]) -> int:
    """Cards changed: what is queued with one that is not there, or not in this version, waits to be queued anew with others. `current`:
    versions by card. Returns how many occurrences."""
    query = select(question.c.occurrence, question.c.card, question.c.version).where(
        question.c.asked_at.is_(None), question.c.occurrence.is_not(None)
    )
    stale = {row.occurrence for row in c.execute(query) if current.get(row.card) != row.version}
    gone: list[int] = []
    for part in _parts(sorted(stale)):
        gone += _unqueue(c, and_(occurrence.c.id.in_(part), occurrence.c.state == QUEUED))
    _set_state(c, gone, PLANNED, None)
    return len(gone)


def void_ids(c: Connection, ids: Sequence[int]) -> None:
    """Planned rows of a schedule that has changed since."""
    for part in _parts(ids):
        rows = delete(occurrence).where(occurrence.c.id.in_(part), occurrence.c.state == PLANNED)
        for row in c.execute(rows.returning(occurrence.c.member, occurrence.c.at)).all():
            earlier = (member.c.id == row.member, member.c.planned_to > row.at)
            c.execute(update(member).where(*earlier).values(planned_to=row.at))


def _unqueue(c: Connection, which: ColumnElement[bool]) -> list[int]:
    """Take queued messages out of the outbox that nobody has in hand, and the cards chosen for them. Returns their occurrences."""
    names = select(_DEDUPE).where(which)
    taken = delete(outbox).where(outbox.c.dedupe.in_(names), outbox.c.state == queues.WAITING)
    ids = [int(name[4:]) for name in c.scalars(taken.returning(outbox.c.dedupe)).all()]
    for part in _parts(ids):
        c.execute(delete(question).where(question.c.occurrence.in_(part), question.c.asked_at.is_(None)))
    return ids


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[n : n + _MANY] for n in range(0, len(ids), _MANY))


# -- afterwards ----------------------------------------------------------------------------------------------------------


def asked(c: Connection, occurrence_id: int, now: float) -> None:
    """The message has left."""
    open_ = (question.c.occurrence == occurrence_id, question.c.asked_at.is_(None))
    c.execute(update(question).where(*open_).values(asked_at=now))
    which = (occurrence.c.id == occurrence_id, occurrence.c.state == QUEUED)
    c.execute(update(occurrence).where(*which).values(state=SENT))


def settle(c: Connection, now: float, limit: int = 1000) -> dict[str, int]:
    """What became of queued rows: sent, `late` (never taken in its window), `unsure` (given up; it may have arrived). Counts."""
    query = (
        select(occurrence.c.id, occurrence.c.until, outbox.c.state, outbox.c.attempts)
        .outerjoin(outbox, outbox.c.dedupe == _DEDUPE)
        .where(
            occurrence.c.state == QUEUED,
            or_(outbox.c.id.is_(None), outbox.c.state >= queues.DONE, occurrence.c.until < now),
        )
        .order_by(occurrence.c.id)
        .limit(limit)
    )
    found: dict[str, list[int]] = {"sent": [], "late": [], "unsure": []}
    for row in c.execute(_locked(c, query, skip=True, of=occurrence)).all():
        if row.state == queues.DONE:
            found["sent"].append(row.id)
        elif row.state == queues.TAKEN:
            continue  # in hand: its lease ends
        elif row.state == queues.WAITING:
            found["late"] += _unqueue(c, occurrence.c.id == row.id)
        else:
            found["unsure" if row.attempts else "late"].append(row.id)
    for number in found["sent"]:
        asked(c, number, now)
    for reason in ("late", "unsure"):
        skip(c, found[reason], reason)
        for part in _parts(found[reason]):
            c.execute(delete(question).where(question.c.occurrence.in_(part), question.c.asked_at.is_(None)))
    return {name: len(ids) for name, ids in found.items() if ids}


def to_remind(c: Connection, now: float, after: float, limit: int = 500) -> list[int]:
    """Sent, not answered for `after` seconds, still in their window, and never reminded; each is given once."""
    query = select(occurrence.c.id).where(
        occurrence.c.state == SENT, occurrence.c.reminded == 0, occurrence.c.at <= now - after, occurrence.c.until >= now
    )  # fmt: skip
    ids = list(c.scalars(_locked(c, query.order_by(occurrence.c.id).limit(limit), skip=True)))
    if ids:
        c.execute(update(occurrence).where(occurrence.c.id.in_(ids)).values(reminded=1))
    return ids


def close_silent(c: Connection, now: float, limit: int = 500) -> list[int]:
    """Questions without an answer for a day count as silence; the third in a row pauses the officer. Returns who was paused."""
    query = select(occurrence.c.id, occurrence.c.member).where(
        occurrence.c.state == SENT, occurrence.c.at <= now - SILENT_AFTER
    )
    rows = c.execute(_locked(c, query.order_by(occurrence.c.id).limit(limit), skip=True)).all()
    if not rows:
        return []
    _set_state(c, [row.id for row in rows], SILENT, None)
    more = update(member).where(member.c.id == bindparam("who")).values(silences=member.c.silences + 1)
    c.execute(more, [{"who": row.member} for row in rows])
    who = (
        member.c.id.in_({row.member for row in rows}),
        member.c.silences >= SILENCES,
        member.c.paused_at.is_(None),
        member.c.left_at.is_(None),
    )
    paused = lock_members(c, and_(*who))
    for part in _parts(paused):
        c.execute(update(member).where(member.c.id.in_(part)).values(paused_at=now))
        void(c, member.c.id.in_(part), now)
    return paused


def purge(c: Connection, now: float, many: int = 2000) -> int:
    """Rows of dates that nobody reports on any more; answers stay, without their date. Returns how many."""
    old = (occurrence.c.at < now - KEPT, occurrence.c.state >= SENT)
    ids = list(c.scalars(select(occurrence.c.id).where(*old).order_by(occurrence.c.id).limit(many)))
    c.execute(update(question).where(question.c.occurrence.in_(ids)).values(occurrence=None))
    return int(c.execute(delete(occurrence).where(occurrence.c.id.in_(ids))).rowcount)


def skipped(c: Connection, department_id: str, since: float, until: float) -> dict[str, int]:
    """Occurrences of a department that were not sent, by reason: nothing is left out without a word."""
    query = (
        select(occurrence.c.reason, func.count())
        .join(member, member.c.id == occurrence.c.member)
        .where(
            member.c.department == department_id,
            occurrence.c.state == SKIPPED,
            occurrence.c.at >= since,
            occurrence.c.at < until,
        )
        .group_by(occurrence.c.reason)
    )
    return {row[0]: row[1] for row in c.execute(query)}
