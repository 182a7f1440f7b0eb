"""Dates on which an outage left a whole department without its refreshers, and that who coordinates it was told. Functions of a connection.

There is no table of outages: what became of the refreshers says it. `occurrence.reminded` of those that were left out says that it was told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, exists, func, select, update

from bot.store.queues import LATE
from bot.store.training_after import SERVICE
from bot.store.training_plan import ANSWERED, PLANNED, PUT_OFF, QUEUED, SENT, SILENT, SKIPPED
from bot.store.training_schema import member, occurrence

TOLD_WITHIN = 14 * 86400.0
"""Seconds after the last lost refresher within which it is said; later it would be no news."""
OTHERS = (PLANNED, QUEUED, SENT, ANSWERED, SILENT, PUT_OFF)
"""What is not left out: sent, or it may still be."""
DATE = 2 * 86400.0
"""Seconds by which two times of one local date are never further apart, whatever zone each is in."""
LONGEST = 31 * 86400.0
"""What was missed is written down so far back (`planner.BACK`)."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Local dates, as in the rows, with nothing sent between them."""

    department: str
    first: str
    last: str


def untold(c: Connection, now: float) -> list[Outage]:
    """Those of which nobody was told, the oldest of each department first. A refresher that may have arrived, or that the platform takes in no
    form, is no outage of its own."""
    places = _places(c, now - TOLD_WITHIN)
    return [one for place in places if _planned(c, place, now) for one in _outages(c, place, now)]


def left_out(c: Connection, outage: Outage) -> int:
    """How many refreshers."""
    return int(c.scalar(select(func.count()).select_from(occurrence).where(_of(outage))) or 0)


def told(c: Connection, outage: Outage) -> None:
    """Who coordinates knows of it."""
    c.execute(update(occurrence).where(_of(outage)).values(reminded=1))


def _of(outage: Outage) -> Any:
    mine = select(member.c.id).where(member.c.department == outage.department)
    which = (occurrence.c.state == SKIPPED, occurrence.c.reason.in_(SERVICE))
    return and_(occurrence.c.member.in_(mine), *which, occurrence.c.day.between(outage.first, outage.last))


def _places(c: Connection, since: float) -> list[str]:
    """Departments that may have one: all others are passed over by an index, since this is asked every few seconds of thousands of officers,
    where single refreshers are late now and then."""
    which = (occurrence.c.state == SKIPPED, occurrence.c.reason == LATE, occurrence.c.reminded == 0)
    dates = select(member.c.department, occurrence.c.day, func.max(occurrence.c.at).label("at"))
    dates = dates.join(occurrence, occurrence.c.member == member.c.id).where(*which, occurrence.c.at >= since)
    late = dates.group_by(member.c.department, occurrence.c.day).subquery()
    who, other = member.alias(), occurrence.alias()
    same_date = (other.c.day == late.c.day, other.c.at.between(late.c.at - DATE, late.c.at + DATE))
    others = (other.c.member == who.c.id, who.c.department == late.c.department, other.c.state.in_(OTHERS))
    return sorted(c.scalars(select(late.c.department).where(~exists().where(*others, *same_date)).distinct()))


def _planned(c: Connection, place: str, now: float) -> bool:
    """Whether all that was missed is written down: a planner may be at it still."""
    behind = (member.c.left_at.is_(None), member.c.chat.is_not(None), member.c.planned_to < now)
    return c.scalar(select(member.c.id).where(member.c.department == place, *behind).limit(1)) is None


def _outages(c: Connection, place: str, now: float) -> Iterable[Outage]:
    """Lost dates with none between them on which something was sent, may still be, or was told already."""
    found: list[tuple[Outage, float]] = []
    open_ = False
    for row in _dates(c, place, now - TOLD_WITHIN - LONGEST):
        if row.others or row.told:
            open_ = False
        elif row.late:
            first = found.pop()[0].first if open_ else row.day
            found.append((Outage(place, first, row.day), row.at))
            open_ = True
    return [one for one, at in found if at >= now - TOLD_WITHIN]


def _dates(c: Connection, place: str, since: float) -> Iterable[Any]:
    """By local date: how many are not left out, were late, were late and told; and the time of the last of them."""

    def count(*which: Any) -> Any:
        return func.sum(case((and_(*which), 1), else_=0))

    is_late = (occurrence.c.state == SKIPPED, occurrence.c.reason == LATE)
    query = select(
        occurrence.c.day, func.max(occurrence.c.at).label("at"), count(occurrence.c.state.in_(OTHERS)).label("others"),
        count(*is_late).label("late"), count(*is_late, occurrence.c.reminded == 1).label("told"),
    ).join(member, member.c.id == occurrence.c.member)  # fmt: skip
    which = (member.c.department == place, occurrence.c.at >= since)
    return c.execute(query.where(*which).group_by(occurrence.c.day).order_by(occurrence.c.day)).all()
