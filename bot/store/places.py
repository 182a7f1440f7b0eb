"""Places of a send budget: so many sends may be between being let go and one second after the platform has answered.

A place that is held is free again from `free_at` on. So no second has more sends than there are places, however long each of them was on its way.
Functions of a connection; whoever takes holds the lock of the budget's row (`queues.see_tokens`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select, update

from bot.store.queues import insert_for
from bot.store.schema import place


@dataclass(frozen=True, slots=True)
class Held:
    """A place that one send has until `until`, seconds since the epoch, or until it is answered."""

    number: int
    until: float


_MINE = (place.c.name == bindparam("which"), place.c.number < bindparam("many"))
_FREE = (
    select(place.c.number).where(*_MINE, place.c.free_at <= bindparam("now")).order_by(place.c.free_at, place.c.number)
)
_HOLD = update(place).where(place.c.name == bindparam("which"), place.c.number.in_(bindparam("these", expanding=True)))
_NEXT = select(func.min(place.c.free_at)).where(*_MINE)
_ANSWERED = (
    update(place)
    .where(
        place.c.name == bindparam("which"), place.c.number == bindparam("mine"), place.c.free_at == bindparam("until")
    )
    .values(free_at=bindparam("at"))
)


def free(c: Connection, name: str, many: int, now: float) -> list[int]:
    """Numbers of those of `many` places that nobody holds, locked until the end of the transaction."""
    if c.scalar(select(func.count()).where(*_MINE), {"which": name, "many": many}) != many:
        fresh = insert_for(c, place).values([{"name": name, "number": n, "free_at": 0.0} for n in range(many)])
        c.execute(fresh.on_conflict_do_nothing(index_elements=["name", "number"]))
    # One that is being given back at this moment is passed over: the next look finds it.
    query = _FREE.with_for_update(skip_locked=True) if c.dialect.name == "postgresql" else _FREE
    return list(c.scalars(query, {"which": name, "many": many, "now": now}))


def hold(c: Connection, name: str, numbers: list[int], until: float) -> list[Held]:
    """Of what `free` named in the same transaction."""
    if numbers:
        c.execute(_HOLD.values(free_at=until), {"which": name, "these": numbers})
    return [Held(number, until) for number in numbers]


def seconds_to_place(c: Connection, name: str, many: int, now: float) -> float:
    """0 where one is free, or none was ever held."""
    first = c.scalar(_NEXT, {"which": name, "many": many})
    return max(0.0, first - now) if first is not None else 0.0


def answered(c: Connection, name: str, held: Held, free_at: float) -> None:
    """The platform has answered: free from `free_at` on. Where the place was given to somebody else meanwhile, nothing is done."""
    c.execute(_ANSWERED, {"which": name, "mine": held.number, "until": held.until, "at": free_at})
