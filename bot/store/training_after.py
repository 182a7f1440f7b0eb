"""What became of an occurrence: sent, late, answered, met with silence; and when its row goes. Functions of a connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, update

from bot.store import queues
from bot.store.queues import BLOCKED, BROKEN, LATE, PAUSED
from bot.store.schema import outbox
from bot.store.training_plan import (
    ANSWERED,
    AWAY,
    DEDUPE,
    PUT_OFF,
    QUEUED,
    SENT,
    SILENT,
    SKIPPED,
    lock_members,
    locked,
    parts,
    set_state,
    skip,
    unqueue,
    void,
)
from bot.store.training_schema import member, occurrence, question

SILENT_AFTER = 86400.0
"""Seconds without an answer after which a question counts as not answered."""
SILENCES = 3
"""So many in a row, and refreshers pause until the officer resumes (the issue's number)."""
TOLD = 100
"""What is added to `member.silences` once the officer was told that refreshers paused."""
UNSURE = "unsure"
SERVICE = (LATE, UNSURE, BROKEN)
"""Reasons that are the bot's own: never sent in the window; given up, and may have arrived; taken by the platform in no form."""
KEPT = 400 * 86400.0
"""Seconds for which what became of an occurrence is kept: a year's report can be made for a month after it."""


def asked(c: Connection, occurrence_id: int, now: float) -> None:
    """The message has left, with the first of its questions; the others are shown one after another."""
    first = select(func.min(question.c.id)).where(question.c.occurrence == occurrence_id).scalar_subquery()
    c.execute(update(question).where(question.c.id == first, question.c.asked_at.is_(None)).values(asked_at=now))
    which = (occurrence.c.id == occurrence_id, occurrence.c.state == QUEUED)
    c.execute(update(occurrence).where(*which).values(state=SENT))


def settle(c: Connection, now: float, limit: int = 1000) -> dict[str, int]:
    """What became of queued rows: sent, `late` (never taken in its window), `unsure` (given up; it may have arrived), or the reason for which
    the sender gave up what surely did not arrive, such as `blocked`. Counts."""
    query = (
        select(
            occurrence.c.id,
            occurrence.c.until,
            occurrence.c.put_off,
            outbox.c.state,
            outbox.c.attempts,
            outbox.c.content,
        )
        .outerjoin(outbox, outbox.c.dedupe == DEDUPE)
        .where(
            occurrence.c.state == QUEUED,
            or_(outbox.c.id.is_(None), outbox.c.state >= queues.DONE, occurrence.c.until < now),
        )
        .order_by(occurrence.c.id)
        .limit(limit)
    )
    found: dict[str, list[int]] = {}
    for row in c.execute(locked(c, query, skip=True, of=occurrence)).all():
        if row.state == queues.DONE:
            found.setdefault("sent", []).append(row.id)
        elif row.state == queues.TAKEN:
            continue  # in hand: its lease ends
        elif row.state == queues.WAITING:
            found.setdefault(_own(LATE, row), []).extend(unqueue(c, occurrence.c.id == row.id))
        else:
            why = queues.why_dead(row.content) if row.content is not None else None
            found.setdefault(_own(why or (UNSURE if row.attempts else LATE), row), []).append(row.id)
    for number in found.get("sent", ()):
        asked(c, number, now)
    for reason in found.keys() - {"sent"}:
        skip(c, found[reason], reason)
        for part in parts(found[reason]):
            c.execute(delete(question).where(question.c.occurrence.in_(part), question.c.asked_at.is_(None)))
    return {name: len(ids) for name, ids in found.items() if ids}


def _own(reason: str, row: Any) -> str:
    """What an officer put off is not late by the bot."""
    return AWAY if reason == LATE and row.put_off else reason


def put_off(c: Connection, member_id: int, now: float) -> int:
    """What was sent to this officer and has no answer yet is planned anew, by when they may be asked then: later on the same day, or left
    out with its reason. It is no silence, and never the bot's own lateness; who was reminded of it is not reminded again. Returns how many."""
    open_ = (occurrence.c.member == member_id, occurrence.c.state == SENT)
    numbers = list(c.scalars(select(occurrence.c.id).where(*open_)))
    if not numbers:
        return 0
    c.execute(delete(question).where(question.c.occurrence.in_(numbers)))
    c.execute(update(occurrence).where(occurrence.c.id.in_(numbers)).values(state=PUT_OFF, put_off=1))
    earlier = (member.c.id == member_id, member.c.planned_to > now)
    c.execute(update(member).where(*earlier).values(planned_to=now))
    return len(numbers)


def to_remind(c: Connection, now: float, after: float, limit: int = 500) -> list[Any]:
    """Sent, not answered for `after` seconds, still in their window, and never reminded; each is given once. Rows of id, member, until."""
    query = select(occurrence.c.id, occurrence.c.member, occurrence.c.until).where(
        occurrence.c.state == SENT, occurrence.c.reminded == 0, occurrence.c.at <= now - after, occurrence.c.until >= now
    )  # fmt: skip
    rows = list(c.execute(locked(c, query.order_by(occurrence.c.id).limit(limit), skip=True)))
    if rows:
        c.execute(update(occurrence).where(occurrence.c.id.in_([row.id for row in rows])).values(reminded=1))
    return rows


def close_silent(c: Connection, now: float, limit: int = 500) -> list[int]:
    """Questions without an answer for a day count as silence; the third in a row pauses the officer. Returns who was paused."""
    query = select(occurrence.c.id, occurrence.c.member).where(
        occurrence.c.state == SENT, occurrence.c.at <= now - SILENT_AFTER
    )
    rows = c.execute(locked(c, query.order_by(occurrence.c.id).limit(limit), skip=True)).all()
    if not rows:
        return []
    set_state(c, [row.id for row in rows], SILENT, None)
    more = update(member).where(member.c.id == bindparam("who")).values(silences=member.c.silences + 1)
    c.execute(more, [{"who": row.member} for row in rows])
    who = (
        member.c.id.in_({row.member for row in rows}),
        member.c.silences >= SILENCES,
        member.c.paused_at.is_(None),
        member.c.left_at.is_(None),
    )
    paused = lock_members(c, and_(*who))
    for part in parts(paused):
        c.execute(update(member).where(member.c.id.in_(part)).values(paused_at=now))
        void(c, member.c.id.in_(part), now)
    return paused


def to_tell(c: Connection, since: float, limit: int = 2000) -> list[Any]:
    """Officers whom three silences have paused `since` then, and who were not told yet."""
    who = (
        member.c.silences >= SILENCES, member.c.silences < TOLD, member.c.paused_at >= since, member.c.chat.is_not(None),
        member.c.left_at.is_(None),
    )  # fmt: skip
    return list(c.execute(select(member).where(*who).order_by(member.c.paused_at, member.c.id).limit(limit)))


def told(c: Connection, member_id: int) -> None:
    """They know that refreshers paused."""
    which = (member.c.id == member_id, member.c.silences >= SILENCES, member.c.silences < TOLD)
    c.execute(update(member).where(*which).values(silences=member.c.silences + TOLD))


def purge(c: Connection, now: float, many: int = 2000) -> int:
    """Rows of dates that nobody reports on any more; answers stay, without their date. Returns how many."""
    old = (occurrence.c.at < now - KEPT, occurrence.c.state >= SENT)
    ids = list(c.scalars(select(occurrence.c.id).where(*old).order_by(occurrence.c.id).limit(many)))
    c.execute(update(question).where(question.c.occurrence.in_(ids)).values(occurrence=None))
    return int(c.execute(delete(occurrence).where(occurrence.c.id.in_(ids))).rowcount)


def skipped(
    c: Connection, department_id: str, since: float, until: float, unreachable: Iterable[int] = ()
) -> dict[str, int]:
    """Occurrences of a department that were not sent, by reason: nothing is left out without a word. `unreachable`: officers to whom nothing can
    be delivered now, who count as paused since then; of these it is said as `blocked`."""
    mine = (member.c.department == department_id, occurrence.c.state == SKIPPED)
    then = (occurrence.c.at >= since, occurrence.c.at < until)
    counted = (
        select(occurrence.c.reason, func.count()).join(member, member.c.id == occurrence.c.member).where(*mine, *then)
    )
    found = {row[0]: row[1] for row in c.execute(counted.group_by(occurrence.c.reason))}
    since_then = (occurrence.c.reason == PAUSED, member.c.paused_at <= occurrence.c.at)
    theirs = counted.where(member.c.id.in_(list(unreachable)), *since_then).group_by(occurrence.c.reason)
    for row in c.execute(theirs).all():
        found[PAUSED] -= row[1]
        found[BLOCKED] = found.get(BLOCKED, 0) + row[1]
    return {reason: count for reason, count in found.items() if count}


def left(c: Connection, department_id: str, since: float, until: float) -> int:
    """Occurrences of a department that were sent."""
    query = (
        select(func.count())
        .select_from(occurrence.join(member, member.c.id == occurrence.c.member))
        .where(
            member.c.department == department_id,
            occurrence.c.state.in_((SENT, ANSWERED, SILENT)),
            occurrence.c.at >= since,
            occurrence.c.at < until,
        )
    )
    return int(c.scalar(query) or 0)
