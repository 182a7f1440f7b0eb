"""What the operator does about single people of a department: their id, their role, a new phone, and letting in who waits for a tap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from bot.department_store import LARGEST, Desk, change, look
from bot.settings import Settings
from bot.store.errors import NotThere
from bot.training.completing import complete_all

PHONE_HOURS = 24
"""For which a link for a new phone works, as in the chat."""
_REFUSED = {
    "last": "a department needs a coordinator: make another one first",
    "no_chat": "no chat is known of them: `waymark department phone` lets a new one in",
    "crosses": "their chat is an advocate's by now, and nobody is both (R60)",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """`number` names them in commands; `says`: the three digits on their screen. `until`: the link's end, UTC."""

    number: int
    says: int
    role: str
    unit: str | None
    officer_id: str | None
    until: str


@dataclass(frozen=True, slots=True)
class Phone:
    """`code` is the key: `repr` leaves it out."""

    code: str = field(repr=False)
    hours: int = PHONE_HOURS


async def set_id(settings: Settings, named: str, number: int, officer_id: str) -> int:
    """The id that the department gave. Returns how many courses were completed by it: who had answered everything waited for this alone. Raises
    `NotThere`."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> int:
        row = desk.officer(c, place, number)
        try:
            desk.people.set_officer_id(c, row.id, officer_id.strip())
        except ValueError as wrong:
            raise NotThere(str(wrong)) from None
        return len(complete_all(desk, c, row.id, now))

    return await change(settings, named, "officer_id_set", work)


async def set_role(settings: Settings, named: str, number: int, role: str) -> None:
    """Officer or coordinator; they hear of it in the chat. Raises `NotThere` where it may not be."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> None:
        given = desk.doors.give(c, desk.officer(c, place, number), role, now)
        if given != "done":
            raise NotThere(_REFUSED[given])

    await change(settings, named, "officer_role", work)


async def phone(settings: Settings, named: str, number: int) -> Phone:
    """A link that works once and lets this officer in from another phone; what is known of them stays."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> Phone:
        row = desk.officer(c, place, number)
        ends = now + PHONE_HOURS * 3600.0
        return Phone(desk.people.make_batch(c, place.id, row.unit, 1, ends, row.role, tap=False, member_id=row.id))

    return await change(settings, named, "officer_phone_link", work)


async def waiting(settings: Settings, named: str) -> list[Waiting]:
    """Who opened a link and waits for a tap, the first first."""

    def work(desk: Desk, c: Connection, place: Any) -> list[Waiting]:
        names = {u.id: u.name for u in desk.people.units(c, place.id)}
        rows = [desk.people.asks(c, place.id, row.id) for row in desk.people.waiting(c, place.id)]
        return [
            Waiting(
                row.id, desk.people.spoken(row.id), row.role, names.get(row.unit), desk.people.asked_id(row),
                datetime.fromtimestamp(row.expires_at, UTC).strftime("%Y-%m-%d %H:%M"),
            )
            for row in rows
        ]  # fmt: skip

    return await look(settings, named, work)


async def let_in(settings: Settings, named: str, number: int, yes: bool) -> bool:
    """The word on one who waits, in a coordinator's place; they hear of it in the chat. Whether they are in: not where the link is over, or the
    chat is gone or an advocate's by now (R60). Raises `NotThere`."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> bool:
        row = desk.people.asks(c, place.id, number) if 0 < number <= LARGEST else None
        if row is None or row.accepted is not None:
            raise NotThere(f"nobody waits as number {number}: `waymark department waiting` shows who does")
        return desk.doors.answer(c, row, None, yes, now) is not None

    return await change(settings, named, "officer_let_in" if yes else "officer_refused", work)
