"""Programs, advocates, their shifts, who was asked, and messages that go after a while. Functions of a connection.

The rules are in `bot/oncall`; here they meet rows. Who an advocate is stands nowhere: `chat` is a keyed hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.oncall import rota
from bot.oncall.model import MISSES, Advocate, Program, Rung, Shift
from bot.store import queues
from bot.store.keys import KeyGone, KeyRing
from bot.store.schema import advocate, chat, fleeting, invitation, program, request, rung, shift

ASKED, TOOK, PASSED, OVER = 0, 1, 2, 3
"""States of a rung."""
HANDLE = 8
"""Digits of a chat's keyed hash by which the operator names an advocate."""
_TAKEN = "taken"
_DELETABLE = 48 * 3600.0
_SHIFT_COLUMNS = (*shift.c, advocate.c.minors, advocate.c.police)


class OnCall:
    """Needs the key ring: ids of messages are never in clear."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    # -- programs ------------------------------------------------------------------------------------------------------

    def programs(self, c: Connection) -> list[Program]:
        return [_program(row.entry) for row in c.execute(select(program.c.entry).order_by(program.c.id))]

    def put_program(self, c: Connection, entry: Program, now: float) -> None:
        """New, or instead of the one with this id."""
        insert = (postgresql if c.dialect.name == "postgresql" else sqlite).insert(program)
        row = {"id": entry.id, "entry": entry.model_dump_json(), "changed_at": now}
        new = {"entry": insert.excluded.entry, "changed_at": insert.excluded.changed_at}
        c.execute(insert.on_conflict_do_update(index_elements=["id"], set_=new), row)

    def remove_program(self, c: Connection, program_id: str, now: float) -> bool:
        """Nobody of it is asked any more, and its invitations that nobody used give nothing. Its advocates stay, without a program, so
        that what they hold is not lost; False where there is none."""
        if c.execute(delete(program).where(program.c.id == program_id)).rowcount != 1:
            return False
        unused = (invitation.c.program == program_id, invitation.c.used_at.is_(None), invitation.c.revoked_at.is_(None))
        c.execute(update(invitation).where(*unused).values(revoked_at=now))
        c.execute(update(rung).where(rung.c.program == program_id, rung.c.state == ASKED).values(state=OVER))
        c.execute(delete(shift).where(shift.c.program == program_id, shift.c.starts_at > now))
        c.execute(update(shift).where(shift.c.program == program_id, shift.c.out_at.is_(None)).values(out_at=now))
        return True

    # -- advocates -----------------------------------------------------------------------------------------------------

    def advocate(self, c: Connection, chat_hash: str) -> Advocate | None:
        row = c.execute(select(advocate).where(advocate.c.chat == chat_hash)).first()
        return _advocate(row) if row is not None else None

    def advocates(self, c: Connection) -> list[Advocate]:
        return [_advocate(r) for r in c.execute(select(advocate).order_by(advocate.c.program, advocate.c.chat))]

    def advocates_on(self, c: Connection, now: float) -> list[Advocate]:
        """Those on shift now, in the order of the rota."""
        chats = list(dict.fromkeys(s.chat for s in self.on_now(c, now)))
        rows = {r.chat: r for r in c.execute(select(advocate).where(advocate.c.chat.in_(chats)))}
        return [_advocate(rows[name]) for name in chats if name in rows]

    def add_advocate(self, c: Connection, who: Advocate) -> None:
        add_advocate(c, who)

    def remove_advocate(self, c: Connection, chat_hash: str, now: float) -> bool:
        return remove_advocate(c, chat_hash, now)

    def by_handle(self, c: Connection, handle: str) -> list[Advocate]:
        """Advocates whose keyed hash begins so; more than one only by a rare chance."""
        rows = c.execute(select(advocate).where(advocate.c.chat.startswith(handle.lower(), autoescape=True)))
        return [_advocate(row) for row in rows]

    def invited_by(self, c: Connection) -> dict[str, str]:
        """Chat to the first digits of the code's keyed hash: how the operator knows which link somebody came by."""
        query = select(invitation.c.used_by, invitation.c.code).where(invitation.c.purpose == "advocate")
        rows = c.execute(query.where(invitation.c.used_by.is_not(None)).order_by(invitation.c.used_at))
        return {row.used_by: row.code[:HANDLE] for row in rows}

    # -- PINs ----------------------------------------------------------------------------------------------------------

    def has_pin(self, c: Connection, chat_hash: str) -> bool:
        return self.pin_of(c, chat_hash) is not None

    def pin_of(self, c: Connection, chat_hash: str) -> str | None:
        """The Argon2id hash."""
        found: str | None = c.scalar(select(advocate.c.pin).where(advocate.c.chat == chat_hash))
        return found

    def set_pin(self, c: Connection, chat_hash: str, hashed: str) -> bool:
        """False, and nothing kept, where it is locked: a new PIN unlocks nothing."""
        free = (advocate.c.chat == chat_hash, advocate.c.locked_at.is_(None))
        return c.execute(update(advocate).where(*free).values(pin=hashed, pin_misses=0)).rowcount == 1

    def pin_missed(self, c: Connection, chat_hash: str, now: float) -> int:
        """Misses in a row with this one; the fifth locks it."""
        more = update(advocate).where(advocate.c.chat == chat_hash).values(pin_misses=advocate.c.pin_misses + 1)
        misses = c.execute(more.returning(advocate.c.pin_misses)).scalar() or 0
        if misses >= MISSES:
            first = (advocate.c.chat == chat_hash, advocate.c.locked_at.is_(None))
            c.execute(update(advocate).where(*first).values(locked_at=now))
        return int(misses)

    def pin_held(self, c: Connection, chat_hash: str) -> None:
        """It was right: misses count from zero, but nothing is unlocked."""
        free = (advocate.c.chat == chat_hash, advocate.c.locked_at.is_(None))
        c.execute(update(advocate).where(*free).values(pin_misses=0))

    def is_locked(self, c: Connection, chat_hash: str) -> bool:
        return c.scalar(select(advocate.c.locked_at).where(advocate.c.chat == chat_hash)) is not None

    def unlock(self, c: Connection, chat_hash: str, new_pin: bool = False) -> bool:
        """By the operator. `new_pin` forgets the old one, so that the next tap asks for a new one. False where there is no such advocate."""
        values: dict[str, Any] = {"pin_misses": 0, "locked_at": None, **({"pin": None} if new_pin else {})}
        return c.execute(update(advocate).where(advocate.c.chat == chat_hash).values(values)).rowcount == 1

    # -- shifts --------------------------------------------------------------------------------------------------------

    def shifts_of(self, c: Connection, chat_hash: str) -> list[Shift]:
        """All of one advocate, the earliest first."""
        query = _shifts().where(shift.c.chat == chat_hash).order_by(shift.c.starts_at)
        return [_shift(row) for row in c.execute(query)]

    def shifts_between(self, c: Connection, program_id: str | None, since: float, until: float) -> list[Shift]:
        """Those that touch a time, the earliest first, in the order of the rota; of one program or (None) of all."""
        touches = [shift.c.ends_at > since, shift.c.starts_at < until]
        which = [*touches, *([shift.c.program == program_id] if program_id is not None else [])]
        query = _shifts().where(*which).order_by(shift.c.starts_at, shift.c.id)
        return [_shift(row) for row in c.execute(query)]

    def on_now(self, c: Connection, now: float) -> list[Shift]:
        """Confirmed, not out, in their hours; in the order of the rota. An advocate employed by police counts only in a program that
        says so, since the person's yes was to that (R60). Nor does one whose program is gone, or whose PIN is locked: they could take a
        request and not open it."""
        counts = (
            shift.c.starts_at <= now, shift.c.ends_at > now, shift.c.confirmed_at.is_not(None), shift.c.out_at.is_(None),
            advocate.c.program == shift.c.program, advocate.c.locked_at.is_(None),
        )  # fmt: skip
        police = {entry.id: entry.police for entry in self.programs(c)}
        rows = c.execute(_shifts().where(*counts).order_by(shift.c.starts_at, shift.c.id))
        return [_shift(r) for r in rows if r.program in police and (police[r.program] or not r.police)]

    def starting(self, c: Connection, now: float) -> list[Shift]:
        """Begun or about to, no test alert sent yet."""
        near = (shift.c.starts_at <= now + rota.AHEAD_SECONDS, shift.c.ends_at > now, shift.c.tested_at.is_(None))
        rows = c.execute(_shifts().where(*near, shift.c.out_at.is_(None)).order_by(shift.c.starts_at, shift.c.id))
        return [found for found in map(_shift, rows) if rota.due_for_test(found, now)]

    def tested(self, c: Connection, shift_id: int, now: float) -> None:
        c.execute(update(shift).where(shift.c.id == shift_id, shift.c.tested_at.is_(None)).values(tested_at=now))

    def untested(self, c: Connection, before: float) -> list[Shift]:
        """Test alert sent at `before` or earlier, and neither tapped nor out."""
        waiting = (shift.c.tested_at <= before, shift.c.confirmed_at.is_(None), shift.c.out_at.is_(None))
        return [_shift(row) for row in c.execute(_shifts().where(*waiting).order_by(shift.c.id))]

    def missed(self, c: Connection, shift_id: int, now: float) -> None:
        """Off the rota for this shift; a tap that came meanwhile stands."""
        waiting = (shift.c.id == shift_id, shift.c.confirmed_at.is_(None), shift.c.out_at.is_(None))
        c.execute(update(shift).where(*waiting).values(out_at=now))

    def confirmed(self, c: Connection, shift_id: int, chat_hash: str, now: float) -> bool:
        """The tap on the test alert; False where it is late or the shift is not theirs."""
        row = c.execute(_shifts().where(shift.c.id == shift_id, shift.c.chat == chat_hash)).first()
        if row is None or not rota.may_confirm(_shift(row), now):
            return False
        still = (shift.c.id == shift_id, shift.c.chat == chat_hash, shift.c.out_at.is_(None))
        first = func.coalesce(shift.c.confirmed_at, now)
        return c.execute(update(shift).where(*still).values(confirmed_at=first)).rowcount == 1

    def out(self, c: Connection, chat_hash: str, now: float) -> bool:
        """ "I'm out", of the shift that runs or whose test alert was sent; False where there is none."""
        runs = and_(
            shift.c.chat == chat_hash, shift.c.ends_at > now, shift.c.out_at.is_(None),
            or_(shift.c.starts_at <= now, shift.c.tested_at.is_not(None)),
        )  # fmt: skip
        return c.execute(update(shift).where(runs).values(out_at=now)).rowcount > 0

    def swap(self, c: Connection, shift_id: int, to_chat: str, now: float) -> bool:
        """Another advocate of the same program has this shift, and gets a test alert of their own. False where there is no such shift or
        advocate, or they have one at the same time."""
        row = c.execute(_shifts().where(shift.c.id == shift_id)).first()
        other = self.advocate(c, to_chat)
        if row is None or other is None or other.program != row.program:
            return False
        if row.chat == to_chat or not rota.can_swap(_shift(row), self.shifts_of(c, to_chat), now):
            return False
        fresh = {"chat": to_chat, "tested_at": None, "confirmed_at": None, "out_at": None}
        c.execute(update(shift).where(shift.c.id == shift_id).values(fresh))
        return True

    def add_shift(self, c: Connection, chat_hash: str, program_id: str, starts_at: float, ends_at: float) -> int | None:
        """Its number; None where this advocate has a shift at the same time, or is not of this program."""
        who = self.advocate(c, chat_hash)
        clash = (shift.c.chat == chat_hash, shift.c.starts_at < ends_at, shift.c.ends_at > starts_at)
        if who is None or who.program != program_id or c.scalar(select(shift.c.id).where(*clash).limit(1)) is not None:
            return None
        row = {"chat": chat_hash, "program": program_id, "starts_at": starts_at, "ends_at": ends_at}
        return int(c.execute(shift.insert().values(row).returning(shift.c.id)).scalar_one())

    def plan(self, c: Connection, program_id: str, shifts: Iterable[rota.Planned], now: float) -> int:
        """A program's rota from now on: shifts that have not begun and were not tested are replaced, those that run stay. Returns how
        many there are now that had not been there."""
        coming = (shift.c.program == program_id, shift.c.starts_at > now, shift.c.tested_at.is_(None))
        c.execute(delete(shift).where(*coming))
        wanted = [s for s in shifts if s.ends_at > now]
        return sum(self.add_shift(c, s.chat, s.program, s.starts_at, s.ends_at) is not None for s in wanted)

    def ended(self, c: Connection, since: float, now: float) -> list[Shift]:
        """Shifts that were begun with a tap, and ended after `since` up to `now`."""
        over = (
            shift.c.ends_at > since,
            shift.c.ends_at <= now,
            shift.c.confirmed_at.is_not(None),
            shift.c.out_at.is_(None),
        )
        return [_shift(row) for row in c.execute(_shifts().where(*over).order_by(shift.c.ends_at, shift.c.id))]

    def off_since(self, c: Connection, chat_hash: str, now: float) -> float | None:
        """When the last shift of this advocate ended, by the clock or by "I'm out", or when the PIN was locked; None where there is
        nothing to tell."""
        locked = c.scalar(select(advocate.c.locked_at).where(advocate.c.chat == chat_hash))
        begun = (shift.c.chat == chat_hash, shift.c.starts_at <= now, shift.c.confirmed_at.is_not(None))
        ends = [
            min(r.ends_at, r.out_at if r.out_at is not None else r.ends_at)
            for r in c.execute(select(shift).where(*begun))
        ]
        past = [at for at in (*ends, locked) if at is not None and at <= now]
        return max(past, default=None)

    def holding_past_shift(self, c: Connection, now: float) -> list[tuple[str, str, str]]:
        """(request, holder, program) of requests that an advocate holds who is on shift no more, never was one, or cannot open the
        answers any more because the PIN is locked."""
        on = and_(
            shift.c.chat == request.c.taken_by, shift.c.starts_at <= now, shift.c.ends_at > now,
            shift.c.confirmed_at.is_not(None), shift.c.out_at.is_(None),
        )  # fmt: skip
        query = (
            select(request.c.id, request.c.taken_by, advocate.c.program)
            .outerjoin(advocate, advocate.c.chat == request.c.taken_by)
            .where(
                request.c.state == _TAKEN, request.c.taken_by.is_not(None),
                or_(~select(shift.c.id).where(on).exists(), advocate.c.locked_at.is_not(None)),
            )
            .order_by(request.c.taken_at, request.c.id)
        )  # fmt: skip
        return [(r.id, r.taken_by, r.program or self._took_for(c, r.id)) for r in c.execute(query).all()]

    @staticmethod
    def _took_for(c: Connection, request_id: str) -> str:
        """The program of whoever took it, for a holder who is no advocate any more."""
        query = select(rung.c.program).where(rung.c.request == request_id, rung.c.state == TOOK)
        return c.scalar(query.order_by(rung.c.id.desc()).limit(1)) or ""

    # -- rungs ---------------------------------------------------------------------------------------------------------

    def ask(
        self, c: Connection, request_id: str, program_id: str, chat_hash: str, now: float, repeat: float, seconds: float
    ) -> int | None:
        """A rung; None where this advocate was asked about this request before, so that nobody is asked twice."""
        insert = (postgresql if c.dialect.name == "postgresql" else sqlite).insert(rung)
        row = {
            "request": request_id, "program": program_id, "chat": chat_hash, "asked_at": now, "again_at": now + repeat,
            "until": now + seconds, "state": ASKED,
        }  # fmt: skip
        once = insert.values(row).on_conflict_do_nothing(index_elements=["request", "chat"]).returning(rung.c.id)
        return c.execute(once).scalar()

    def asked_again(self, c: Connection, rung_id: int, again_at: float) -> None:
        c.execute(update(rung).where(rung.c.id == rung_id).values(again_at=again_at))

    def set_rung(self, c: Connection, rung_id: int, state: int) -> bool:
        """From asked to something else; False, and nothing changed, where it was no longer asked."""
        return (
            c.execute(update(rung).where(rung.c.id == rung_id, rung.c.state == ASKED).values(state=state)).rowcount == 1
        )

    def rungs_of(self, c: Connection, request_id: str) -> list[Rung]:
        """In the order in which they were asked."""
        rows = c.execute(select(rung).where(rung.c.request == request_id).order_by(rung.c.id))
        return [Rung(r.id, r.program, r.chat, r.asked_at, r.again_at, r.until, r.state) for r in rows]

    def rung(self, c: Connection, rung_id: int) -> tuple[str, Rung] | None:
        """(request, rung)"""
        r = c.execute(select(rung).where(rung.c.id == rung_id)).first()
        return (
            (r.request, Rung(r.id, r.program, r.chat, r.asked_at, r.again_at, r.until, r.state))
            if r is not None
            else None
        )

    def asked_of(self, c: Connection, chat_hash: str) -> list[str]:
        """Requests that wait for this advocate's tap."""
        query = select(rung.c.request).where(rung.c.chat == chat_hash, rung.c.state == ASKED).order_by(rung.c.id)
        return list(c.scalars(query))

    def pass_on(self, c: Connection, request_id: str, chat_hash: str) -> None:
        mine = (rung.c.request == request_id, rung.c.chat == chat_hash, rung.c.state == ASKED)
        c.execute(update(rung).where(*mine).values(state=PASSED))

    # -- messages that may stay only for a while -------------------------------------------------------------------------

    def fleeting_put(self, c: Connection, chat_hash: str, message_id: str, due: float) -> None:
        """Remember to delete a message. Those that the platform would not delete any more are forgotten."""
        c.execute(delete(fleeting).where(fleeting.c.due < due - 2 * _DELETABLE))
        key = self._keys.current("ids")
        sealed = self._keys.seal(key, f"fleeting.message_id|{chat_hash}|1", message_id.encode())
        c.execute(fleeting.insert().values(chat=chat_hash, message_id=sealed, key_name=key, due=due))

    def fleeting_due(self, c: Connection, now: float) -> list[tuple[int, str, str]]:
        """(row, chat, message id) of what has to go, the oldest first."""
        found = []
        for row in c.execute(select(fleeting).where(fleeting.c.due <= now).order_by(fleeting.c.due, fleeting.c.id)):
            try:
                opened = self._keys.open(row.key_name, f"fleeting.message_id|{row.chat}|1", row.message_id)
            except (KeyGone, InvalidTag):
                continue
            found.append((row.id, row.chat, opened.decode()))
        return found

    def fleeting_of(self, c: Connection, chat_hash: str, due: float) -> None:
        """At a shift's end: everything that stands in this chat goes now."""
        c.execute(update(fleeting).where(fleeting.c.chat == chat_hash, fleeting.c.due > due).values(due=due))

    def fleeting_done(self, c: Connection, ids: Iterable[int]) -> None:
        c.execute(delete(fleeting).where(fleeting.c.id.in_(list(ids))))


def add_advocate(c: Connection, who: Advocate) -> None:
    """New, or with another program and marks; a PIN and its lock stay. Shifts of the program before are gone."""
    row = {
        "chat": who.chat, "program": who.program, "languages": ",".join(who.languages)[:20], "minors": int(who.minors),
        "police": int(who.police), "pin_misses": 0,
    }  # fmt: skip
    insert = (postgresql if c.dialect.name == "postgresql" else sqlite).insert(advocate)
    new = {name: insert.excluded[name] for name in ("program", "languages", "minors", "police")}
    c.execute(insert.on_conflict_do_update(index_elements=["chat"], set_=new), row)
    c.execute(delete(shift).where(shift.c.chat == who.chat, shift.c.program != who.program))


def remove_advocate(c: Connection, chat_hash: str, now: float) -> bool:
    """At once: no shift, no PIN, no alert, no request on their screen. What they were asked goes to the next; what they hold is
    handed over like at a shift's end (`holding_past_shift`). False where there is no such advocate."""
    if c.execute(delete(advocate).where(advocate.c.chat == chat_hash)).rowcount != 1:
        return False
    c.execute(update(rung).where(rung.c.chat == chat_hash, rung.c.state == ASKED).values(state=PASSED))
    c.execute(delete(shift).where(shift.c.chat == chat_hash))
    c.execute(update(fleeting).where(fleeting.c.chat == chat_hash, fleeting.c.due > now).values(due=now))
    c.execute(
        update(chat).where(chat.c.chat == chat_hash, chat.c.role == "advocate").values(role="guest", request=None)
    )
    queues.drop_waiting(c, chat_hash)
    return True


@lru_cache(maxsize=1024)
def _program(entry: str) -> Program:
    return Program.model_validate_json(entry)


def _advocate(row: Any) -> Advocate:
    return Advocate(row.chat, row.program, tuple(row.languages.split(",")), bool(row.minors), bool(row.police))


def _shifts() -> Any:
    return select(*_SHIFT_COLUMNS).outerjoin(advocate, advocate.c.chat == shift.c.chat)


def _shift(row: Any) -> Shift:
    return Shift(
        row.id, row.chat, row.program, row.starts_at, row.ends_at, row.confirmed_at, row.out_at, bool(row.minors), row.tested_at
    )  # fmt: skip
