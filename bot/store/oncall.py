"""Programs, advocates, their shifts, and who was asked about a request. Functions of a connection.

Chats are keyed hashes, PINs are Argon2id hashes, message ids are sealed. Times are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, and_, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.oncall.model import (
    ASKED,
    EARLY_SECONDS,
    MISSES,
    OVER,
    PASSED,
    TEST_SECONDS,
    TOOK,
    Advocate,
    Program,
    Rung,
    Shift,
)
from bot.store import queues
from bot.store.keys import KeyGone, KeyRing
from bot.store.schema import advocate, chat, fleeting, program, request, rung, shift

FLEETING_SECONDS = 600
"""So long opened answers may stand on a screen; at the end of the shift they go at once."""
_UNREADABLE_AFTER = 3 * 86400.0
"""By then the key of a message id is destroyed, and the platform deletes it no more."""


class OnCall:
    """Needs the key ring for message ids alone."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    # -- programs ------------------------------------------------------------------------------------------------------

    def programs(self, c: Connection) -> list[Program]:
        """All of them, by id."""
        return [
            Program.model_validate_json(entry) for entry in c.scalars(select(program.c.entry).order_by(program.c.id))
        ]

    def put_program(self, c: Connection, one: Program, now: float) -> None:
        """New, or in the place of what was there."""
        entry = one.model_dump_json(exclude_defaults=True)
        new = _insert(c, program).values(id=one.id, entry=entry, changed_at=now)
        c.execute(new.on_conflict_do_update(index_elements=["id"], set_={"entry": entry, "changed_at": now}))

    def remove_program(self, c: Connection, program_id: str) -> bool:
        """False where there is none. Its advocates stay until they are removed; without a program nobody asks them."""
        return c.execute(delete(program).where(program.c.id == program_id)).rowcount == 1

    def program_holds(self, c: Connection, program_id: str) -> bool:
        """Whether an advocate of this program has a request that is open."""
        held = (
            select(request.c.id)
            .join(advocate, advocate.c.chat == request.c.taken_by)
            .where(request.c.state == "taken", advocate.c.program == program_id)
        )
        return c.scalar(held.limit(1)) is not None

    # -- advocates -----------------------------------------------------------------------------------------------------

    def advocate(self, c: Connection, chat_hash: str) -> Advocate | None:
        row = c.execute(select(advocate).where(advocate.c.chat == chat_hash)).first()
        return _advocate(row) if row is not None else None

    def advocates(self, c: Connection) -> list[Advocate]:
        """All of them, by program."""
        return [_advocate(row) for row in c.execute(select(advocate).order_by(advocate.c.program, advocate.c.chat))]

    def advocates_on(self, c: Connection, now: float) -> list[Advocate]:
        """Those on shift now, in the order of the rota."""
        found = (self.advocate(c, one.chat) for one in self.on_now(c, now))
        return [one for one in found if one is not None]

    def add_advocate(self, c: Connection, one: Advocate) -> None:
        add_advocate(c, one)

    def remove_advocate(self, c: Connection, chat_hash: str, now: float) -> bool:
        return remove_advocate(c, chat_hash, now)

    # -- the PIN -------------------------------------------------------------------------------------------------------

    def has_pin(self, c: Connection, chat_hash: str) -> bool:
        return self.pin_of(c, chat_hash) is not None

    def pin_of(self, c: Connection, chat_hash: str) -> str | None:
        """The hash."""
        found: str | None = c.scalar(select(advocate.c.pin).where(advocate.c.chat == chat_hash))
        return found

    def set_pin(self, c: Connection, chat_hash: str, hashed: str) -> None:
        """Nothing happens while it is locked."""
        free = (advocate.c.chat == chat_hash, advocate.c.locked_at.is_(None))
        c.execute(update(advocate).where(*free).values(pin=hashed, pin_misses=0))

    def pin_missed(self, c: Connection, chat_hash: str, now: float) -> int:
        """One more; the fifth locks it. Returns how many, 0 where there is no such advocate."""
        more = advocate.c.pin_misses + 1
        locked = case((and_(more >= MISSES, advocate.c.locked_at.is_(None)), now), else_=advocate.c.locked_at)
        change = update(advocate).where(advocate.c.chat == chat_hash).values(pin_misses=more, locked_at=locked)
        return int(c.scalar(change.returning(advocate.c.pin_misses)) or 0)

    def pin_held(self, c: Connection, chat_hash: str) -> None:
        """It was right. A lock stays until the operator opens it."""
        free = (advocate.c.chat == chat_hash, advocate.c.locked_at.is_(None))
        c.execute(update(advocate).where(*free).values(pin_misses=0))

    def is_locked(self, c: Connection, chat_hash: str) -> bool:
        return c.scalar(select(advocate.c.locked_at).where(advocate.c.chat == chat_hash)) is not None

    def unlock(self, c: Connection, chat_hash: str, forget: bool = False) -> bool:
        """By the operator, after a word by voice. `forget`: a new PIN is set at the next tap. False where there is no such
        advocate."""
        values: dict[str, Any] = {"pin_misses": 0, "locked_at": None, **({"pin": None} if forget else {})}
        return c.execute(update(advocate).where(advocate.c.chat == chat_hash).values(values)).rowcount == 1

    # -- shifts --------------------------------------------------------------------------------------------------------

    def add_shift(self, c: Connection, chat_hash: str, program_id: str, starts_at: float, ends_at: float) -> int | None:
        """The number of the shift; None where this advocate has one that begins then. Raises ValueError where it ends before
        it begins."""
        if starts_at >= ends_at:
            raise ValueError("a shift ends after it begins")
        new = _insert(c, shift).values(chat=chat_hash, program=program_id, starts_at=starts_at, ends_at=ends_at)
        found: int | None = c.scalar(
            new.on_conflict_do_nothing(index_elements=["chat", "starts_at"]).returning(shift.c.id)
        )
        return found

    def shifts_of(self, c: Connection, chat_hash: str) -> list[Shift]:
        """By when they begin, past ones too."""
        return self._shifts(c, shift.c.chat == chat_hash)

    def shifts_between(self, c: Connection, first: float, last: float) -> list[Shift]:
        """What of the rota touches this time, in its order."""
        return self._shifts(c, shift.c.ends_at > first, shift.c.starts_at < last)

    def replace_rota(
        self, c: Connection, program_id: str, planned: Sequence[tuple[str, float, float]], now: float
    ) -> int:
        """(chat, from, until) in the order in which people are asked. What has not begun and was not tested is replaced, what runs
        stays. Returns how many are new."""
        coming = (shift.c.program == program_id, shift.c.starts_at > now, shift.c.tested_at.is_(None))
        c.execute(delete(shift).where(*coming))
        added = [self.add_shift(c, who, program_id, start, end) for who, start, end in planned if end > now]
        return sum(number is not None for number in added)

    def on_now(self, c: Connection, now: float) -> list[Shift]:
        """Who can be asked, in the order of the rota. A locked PIN is off: they could take a request and not open it."""
        locked = select(advocate.c.chat).where(advocate.c.chat == shift.c.chat, advocate.c.locked_at.is_not(None))
        return self._shifts(c, *_on(now), ~locked.exists())

    def starting(self, c: Connection, now: float) -> list[Shift]:
        """Begun or about to, and no test alert was sent."""
        return self._shifts(
            c, shift.c.starts_at <= now + EARLY_SECONDS, shift.c.ends_at > now, shift.c.tested_at.is_(None),
            shift.c.out_at.is_(None),
        )  # fmt: skip

    def tested(self, c: Connection, shift_id: int, now: float) -> None:
        """The test alert is on its way."""
        c.execute(update(shift).where(shift.c.id == shift_id, shift.c.tested_at.is_(None)).values(tested_at=now))

    def untested(self, c: Connection, before: float) -> list[Shift]:
        """Test alerts sent at `before` or earlier that nobody tapped."""
        return self._shifts(
            c, shift.c.tested_at <= before, shift.c.confirmed_at.is_(None), shift.c.out_at.is_(None)
        )  # fmt: skip

    def missed(self, c: Connection, shift_id: int, now: float) -> None:
        """Not on the rota for this shift."""
        c.execute(
            update(shift)
            .where(shift.c.id == shift_id, shift.c.confirmed_at.is_(None), shift.c.out_at.is_(None))
            .values(out_at=now)
        )

    def confirmed(self, c: Connection, shift_id: int, chat_hash: str, now: float) -> bool:
        """The test alert was tapped: from its beginning the shift counts. False where it is not theirs, over, or too late. A second
        tap changes nothing."""
        in_time = (
            shift.c.id == shift_id, shift.c.chat == chat_hash, shift.c.ends_at > now, shift.c.out_at.is_(None),
            or_(shift.c.confirmed_at.is_not(None), shift.c.tested_at > now - TEST_SECONDS),
        )  # fmt: skip
        when = func.coalesce(shift.c.confirmed_at, now)
        return c.execute(update(shift).where(*in_time).values(confirmed_at=when)).rowcount == 1

    def out(self, c: Connection, chat_hash: str, now: float) -> bool:
        """ "I'm out": the shift that runs, or whose test alert came, is over. Opened answers leave the screen. False where there is
        none."""
        running = (
            shift.c.chat == chat_hash, shift.c.ends_at > now, shift.c.out_at.is_(None),
            or_(shift.c.starts_at <= now, shift.c.tested_at.is_not(None)),
        )  # fmt: skip
        if c.execute(update(shift).where(*running).values(out_at=now)).rowcount == 0:
            return False
        _end_fleeting(c, chat_hash, now)
        return True

    def swap(self, c: Connection, shift_id: int, to_chat: str, now: float) -> bool:
        """Another advocate of the same program has this shift, and gets a test alert of their own. False where it is over, theirs
        already, they are of another program, or have one that begins then."""
        row = c.execute(select(shift).where(shift.c.id == shift_id, shift.c.ends_at > now)).first()
        other = self.advocate(c, to_chat)
        if row is None or other is None or other.program != row.program or row.chat == to_chat:
            return False
        if any(one.starts_at == row.starts_at for one in self.shifts_of(c, to_chat)):
            return False
        values = {"chat": to_chat, "tested_at": None, "confirmed_at": None, "out_at": None}
        c.execute(update(shift).where(shift.c.id == shift_id).values(values))
        return True

    def holding_past_shift(self, c: Connection, now: float) -> list[tuple[str, str, str]]:
        """(request, holder, program) of taken requests whose holder is not on shift."""
        on_shift = select(shift.c.id).where(shift.c.chat == request.c.taken_by, *_on(now))
        asked = (
            select(rung.c.program)
            .where(rung.c.request == request.c.id, rung.c.state == TOOK)
            .order_by(rung.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(request.c.id, request.c.taken_by, func.coalesce(advocate.c.program, asked).label("program"))
            .outerjoin(advocate, advocate.c.chat == request.c.taken_by)
            .where(request.c.state == "taken", request.c.taken_by.is_not(None), ~on_shift.exists())
            .order_by(request.c.taken_at, request.c.id)
        )
        return [(row.id, row.taken_by, row.program) for row in c.execute(query) if row.program]

    @staticmethod
    def _shifts(c: Connection, *which: Any) -> list[Shift]:
        rows = c.execute(select(shift).where(*which).order_by(shift.c.starts_at, shift.c.id))
        return [
            Shift(row.id, row.chat, row.program, row.starts_at, row.ends_at, row.confirmed_at, row.out_at)
            for row in rows
        ]

    # -- rungs ---------------------------------------------------------------------------------------------------------

    def ask(
        self, c: Connection, request_id: str, program_id: str, chat_hash: str, now: float, repeat: float, seconds: float
    ) -> None:
        """Open a rung: the alert is repeated after `repeat` s, the next one is asked after `seconds`. Nobody is asked twice."""
        new = _insert(c, rung).values(
            request=request_id, program=program_id, chat=chat_hash, asked_at=now, again_at=now + repeat, until=now + seconds,
            state=ASKED,
        )  # fmt: skip
        c.execute(new.on_conflict_do_nothing(index_elements=["request", "chat"]))

    def asked_again(self, c: Connection, rung_id: int, again_at: float) -> None:
        c.execute(update(rung).where(rung.c.id == rung_id, rung.c.state == ASKED).values(again_at=again_at))

    def set_rung(self, c: Connection, rung_id: int, state: int) -> bool:
        """End an open rung; one that has ended stays as it is. Whether it was open."""
        return (
            c.execute(update(rung).where(rung.c.id == rung_id, rung.c.state == ASKED).values(state=state)).rowcount == 1
        )

    def rungs_of(self, c: Connection, request_id: str) -> list[Rung]:
        """In the order in which they were asked."""
        rows = c.execute(select(rung).where(rung.c.request == request_id).order_by(rung.c.id))
        return [Rung(r.id, r.program, r.chat, r.asked_at, r.again_at, r.until, r.state) for r in rows]

    def asked_of(self, c: Connection, chat_hash: str) -> list[str]:
        """Requests that wait for this advocate's answer."""
        return list(
            c.scalars(select(rung.c.request).where(rung.c.chat == chat_hash, rung.c.state == ASKED).order_by(rung.c.id))
        )

    def pass_on(self, c: Connection, request_id: str, chat_hash: str) -> bool:
        """They do not take it; the next one is asked. Whether they had been asked."""
        which = (rung.c.request == request_id, rung.c.chat == chat_hash, rung.c.state == ASKED)
        return c.execute(update(rung).where(*which).values(state=PASSED)).rowcount > 0

    # -- messages that leave the screen again --------------------------------------------------------------------------

    def fleeting_put(self, c: Connection, chat_hash: str, message_id: str, due: float) -> None:
        key = self._keys.current("ids")
        sealed = self._keys.seal(key, f"fleeting.message_id|{chat_hash}|1", message_id.encode())
        c.execute(fleeting.insert().values(chat=chat_hash, message_id=sealed, key_name=key, due=due))
        c.execute(delete(fleeting).where(fleeting.c.due < due - _UNREADABLE_AFTER))

    def fleeting_due(self, c: Connection, now: float) -> list[tuple[int, str, str]]:
        """(row, chat, message id) of what must leave a screen now: its time is over, or the shift in which it was opened."""
        ended = select(shift.c.id).where(
            shift.c.chat == fleeting.c.chat, shift.c.ends_at <= now, shift.c.ends_at > fleeting.c.due - FLEETING_SECONDS
        )
        found = []
        for row in c.execute(
            select(fleeting).where(or_(fleeting.c.due <= now, ended.exists())).order_by(fleeting.c.id)
        ):
            try:
                number = self._keys.open(row.key_name, f"fleeting.message_id|{row.chat}|1", row.message_id)
            except (KeyGone, InvalidTag):
                continue
            found.append((row.id, row.chat, number.decode()))
        return found

    def fleeting_done(self, c: Connection, rows: Iterable[int]) -> None:
        c.execute(delete(fleeting).where(fleeting.c.id.in_(list(rows))))


def add_advocate(c: Connection, one: Advocate) -> None:
    """New, or another program for one that is there: PIN and lock stay, shifts of the other program that have not begun go."""
    values = {
        "program": one.program, "languages": ",".join(one.languages), "minors": int(one.minors), "police": int(one.police),
    }  # fmt: skip
    new = _insert(c, advocate).values(chat=one.chat, pin_misses=0, **values)
    c.execute(new.on_conflict_do_update(index_elements=["chat"], set_=values))
    c.execute(delete(shift).where(shift.c.chat == one.chat, shift.c.program != one.program))


def remove_advocate(c: Connection, chat_hash: str, now: float) -> bool:
    """Role, PIN, shifts and what waits to be sent go at once; what they were asked goes to the next, and what they hold is offered to
    whoever is on shift. False where there is no such advocate."""
    gone = c.execute(delete(advocate).where(advocate.c.chat == chat_hash)).rowcount == 1
    c.execute(delete(shift).where(shift.c.chat == chat_hash))
    c.execute(update(rung).where(rung.c.chat == chat_hash, rung.c.state == ASKED).values(state=OVER))
    role = (chat.c.chat == chat_hash, chat.c.role == "advocate")
    if c.execute(update(chat).where(*role).values(role="guest", request=None)).rowcount:
        queues.drop_waiting(c, chat_hash)
    _end_fleeting(c, chat_hash, now)
    return gone


def _end_fleeting(c: Connection, chat_hash: str, now: float) -> None:
    c.execute(update(fleeting).where(fleeting.c.chat == chat_hash, fleeting.c.due > now).values(due=now))


def _on(now: float) -> tuple[Any, ...]:
    """`Shift.on` in SQL."""
    return (
        shift.c.confirmed_at.is_not(None), shift.c.out_at.is_(None), shift.c.starts_at <= now, shift.c.ends_at > now,
    )  # fmt: skip


def _advocate(row: Any) -> Advocate:
    return Advocate(row.chat, row.program, tuple(row.languages.split(",")), bool(row.minors), bool(row.police))


def _insert(c: Connection, table: Any) -> Any:
    """One that knows "on conflict" on either database."""
    return (postgresql if c.dialect.name == "postgresql" else sqlite).insert(table)


__all__ = ["ASKED", "OVER", "PASSED", "TOOK", "OnCall", "add_advocate", "remove_advocate"]
