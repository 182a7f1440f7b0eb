"""Units, officers, coordinators; joining by a link, moving, leaving. Functions of a connection.

Who somebody is stands nowhere but in the id that the department gave, which is sealed. Nothing here knows of requests or of what
survivors wrote (R26).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from bot.store import training_plan
from bot.store.queues import ENDED
from bot.store.training_rules import Rules
from bot.store.training_schema import (
    batch,
    department,
    joining,
    member,
    memory,
    occurrence,
    partner,
    question,
    schedule,
    unit,
)
from bot.training.schedule import Pattern, Schedule, problems
from bot.training.schedule_json import dump, dump_pattern, load, with_pauses_of
from nlu.text import clean, plain

OFFICER, COORDINATOR = "officer", "coordinator"
REMOVED = ""
"""The name of a department that was removed and of which something is kept for a while: completions, or who has to be told."""
LONGEST_ID = 40
LEFT_DAYS = 30
"""Days after leaving for which answers and memory are kept, for who left by mistake."""
_TIME = {"quiet_first", "quiet_last", "pattern", "snoozed_until", "off_until", "paused_at"}


@dataclass(frozen=True, slots=True)
class Set:
    """A schedule as it was set. `active`: whether anything is asked by it now."""

    rule: Schedule
    active: bool
    version: int


class People(Rules):
    """Needs the key ring: an officer's id is never in clear, and links are keyed hashes."""

    # -- units ----------------------------------------------------------------------------------------------------------------

    def add_unit(self, c: Connection, department_id: str, name: str) -> str:
        row = {"id": secrets.token_hex(16), "department": department_id, "name": name}
        c.execute(unit.insert().values(row))
        return row["id"]

    def unit_called(self, c: Connection, department_id: str, name: str, but: str | None = None) -> Any:
        """The row of a unit of this department that people would read as `name`, other than `but`; None where the name is free. Until the end
        of the transaction nobody else names a unit there (PostgreSQL; SQLite has one writer)."""
        mine = select(department.c.id).where(department.c.id == department_id)
        c.execute(training_plan.locked(c, mine, skip=False))
        wanted = as_read(name)
        return next((u for u in self.units(c, department_id) if u.id != but and as_read(u.name) == wanted), None)

    # -- schedules ------------------------------------------------------------------------------------------------------------

    def set_schedule(
        self, c: Connection, department_id: str, unit_id: str | None, rule: Schedule, now: float, active: bool = True
    ) -> int:
        """New, or instead of the one there. What is planned or queued by the old one goes in this transaction. Returns the version.
        Raises ValueError where the schedule may not stand (`schedule.problems`)."""
        wrong = problems(rule)
        if wrong:
            raise ValueError(", ".join(wrong))
        which = member.c.unit == unit_id if unit_id is not None else member.c.department == department_id
        training_plan.lock_members(c, which)
        whose, text = unit_id or department_id, dump(rule)
        before = c.execute(select(schedule).where(schedule.c.whose == whose)).first()
        if before is not None and (before.rule, bool(before.active)) == (text, active):
            return int(before.version)
        if before is None:
            row = {"whose": whose, "department": department_id, "unit": unit_id, "version": 1, "rule": text}
            c.execute(schedule.insert().values(**row, active=int(active), changed_at=now))
        else:
            new = {"version": before.version + 1, "rule": text, "active": int(active), "changed_at": now}
            c.execute(update(schedule).where(schedule.c.id == before.id).values(new))
        training_plan.void(c, which, now)
        return 1 if before is None else int(before.version) + 1

    def schedule_of(self, c: Connection, member_id: int) -> Schedule | None:
        """The one that holds for an officer now."""
        row = self.by_number(c, member_id)
        rule = training_plan.rules_for(c, [row]).get(member_id) if row is not None else None
        return load(rule.rule) if rule is not None else None

    def schedule_for(self, c: Connection, department_id: str, unit_id: str | None) -> Set | None:
        """What was set for the department (`unit_id` None) or for a unit of it, active or not; None where nothing was set."""
        of = (schedule.c.whose == (unit_id or department_id), schedule.c.department == department_id)
        row = c.execute(select(schedule).where(*of)).first()
        return Set(load(row.rule), bool(row.active), int(row.version)) if row is not None else None

    def holds_for(self, c: Connection, department_id: str, unit_id: str | None) -> Set | None:
        """The same with what the department's own pauses do to a unit that has times of its own: they are everybody's."""
        own, whole = self.schedule_for(c, department_id, unit_id), self.schedule_for(c, department_id, None)
        if own is None or whole is None or unit_id is None:
            return own
        return Set(with_pauses_of(own.rule, whole.rule), own.active and whole.active, own.version)

    def drop_schedule(self, c: Connection, department_id: str, unit_id: str, now: float) -> None:
        """A unit goes by the department's times again. The row stays, nobody's, for what was asked by it."""
        training_plan.lock_members(c, member.c.unit == unit_id)
        of = (schedule.c.whose == unit_id, schedule.c.department == department_id)
        nobody = {"whose": secrets.token_hex(16), "unit": None, "active": 0, "changed_at": now}
        c.execute(update(schedule).where(*of).values(nobody))
        training_plan.void(c, member.c.unit == unit_id, now)

    # -- officers -------------------------------------------------------------------------------------------------------------

    def join(
        self, c: Connection, chat: str, department_id: str, unit_id: str | None, role: str, lang: str, now: float,
        officer_id: str | None = None,
    ) -> int:  # fmt: skip
        """The officer's number. Who is a member already moves. Whether this chat may have the role is the caller's to check (R60)."""
        known = self.of_chat(c, chat)
        if known is None:
            row = {
                "chat": chat,
                "department": department_id,
                "unit": unit_id,
                "role": role,
                "lang": lang,
                "silences": 0,
            }
            made = member.insert().values(**row, planned_to=now, joined_at=now).returning(member.c.id)
            number = int(c.execute(made).scalar_one())
        else:
            number = int(known.id)
            training_plan.lock_members(c, member.c.id == number)
            new = {"department": department_id, "unit": unit_id, "role": role, "lang": lang}
            c.execute(update(member).where(member.c.id == number).values(new))
            training_plan.void(c, member.c.id == number, now)
        if officer_id is not None:
            self.set_officer_id(c, number, officer_id)
        return number

    def set_lang(self, c: Connection, member_id: int, lang: str) -> None:
        """What is queued from now on comes in this language."""
        c.execute(update(member).where(member.c.id == member_id).values(lang=lang))

    def units(self, c: Connection, department_id: str) -> list[Any]:
        """By name."""
        return list(c.execute(select(unit).where(unit.c.department == department_id).order_by(unit.c.name, unit.c.id)))

    def coordinators(self, c: Connection, department_id: str) -> list[Any]:
        """Those who are there, the first first."""
        return [row for row in self.members(c, department_id) if row.role == COORDINATOR]

    def set_officer_id(self, c: Connection, member_id: int, officer_id: str) -> None:
        """The id that the department gave. Raises ValueError for one that is no id: empty, long, or with characters that print nothing."""
        check_id(officer_id)
        sealed = self._keys.seal_lasting(f"member.officer_id|{member_id}", officer_id.encode())
        c.execute(update(member).where(member.c.id == member_id).values(officer_id=sealed))

    def officer_id(self, row: Any) -> str | None:
        """Of a row of `member`; None where there is none, or it was tampered with."""
        if row.officer_id is None:
            return None
        try:
            return self._keys.open_lasting(f"member.officer_id|{row.id}", row.officer_id).decode()
        except InvalidTag:
            return None

    def of_chat(self, c: Connection, chat: str) -> Any:
        return c.execute(select(member).where(member.c.chat == chat)).first()

    def by_number(self, c: Connection, member_id: int) -> Any:
        return c.execute(select(member).where(member.c.id == member_id)).first()

    def members(self, c: Connection, department_id: str, unit_id: str | None = None) -> list[Any]:
        """Those who are there, in order of joining."""
        where = [member.c.department == department_id, member.c.left_at.is_(None)]
        if unit_id is not None:
            where.append(member.c.unit == unit_id)
        return list(c.execute(select(member).where(*where).order_by(member.c.id)))

    def lock(self, c: Connection, member_id: int) -> None:
        """Until the end of the transaction nobody else changes this officer (PostgreSQL; SQLite has one writer)."""
        training_plan.lock_members(c, member.c.id == member_id)

    def rename_unit(self, c: Connection, unit_id: str, name: str) -> None:
        c.execute(update(unit).where(unit.c.id == unit_id).values(name=name))

    def remove_unit(self, c: Connection, unit_id: str, now: float) -> None:
        """Its officers are of the department alone from now on; its own times, links and partners go with it, and who waits by one of its
        links is refused."""
        for row in list(c.execute(select(member.c.id).where(member.c.unit == unit_id))):
            self.move(c, row.id, None, now)
        c.execute(update(schedule).where(schedule.c.unit == unit_id).values(unit=None, active=0, changed_at=now))
        c.execute(delete(partner).where(partner.c.unit == unit_id))
        end_links(c, batch.c.unit == unit_id, now)
        c.execute(update(batch).where(batch.c.unit == unit_id).values(unit=None))
        c.execute(delete(unit).where(unit.c.id == unit_id))

    def set_role(self, c: Connection, member_id: int, role: str) -> None:
        """Officer or coordinator; the chat's role is the caller's to change with it."""
        if role not in (OFFICER, COORDINATOR):
            raise ValueError(role)
        c.execute(update(member).where(member.c.id == member_id).values(role=role))

    def move(self, c: Connection, member_id: int, unit_id: str | None, now: float) -> None:
        """To another unit of the same department; raises LookupError where the unit is not of it."""
        training_plan.lock_members(c, member.c.id == member_id)
        row = c.execute(select(member).where(member.c.id == member_id)).one()
        mine = select(unit.c.id).where(unit.c.id == unit_id, unit.c.department == row.department)
        if unit_id is not None and c.scalar(mine) is None:
            raise LookupError(unit_id)
        c.execute(update(member).where(member.c.id == member_id).values(unit=unit_id))
        training_plan.void(c, member.c.id == member_id, now)

    def new_phone(self, c: Connection, member_id: int, chat: str, now: float) -> bool:
        """The same officer under another chat; False where that chat is somebody's already, or the officer has left."""
        training_plan.lock_members(c, member.c.id == member_id)
        row = self.by_number(c, member_id)
        if row is None or row.left_at is not None or self.of_chat(c, chat) is not None:
            return False
        c.execute(update(member).where(member.c.id == member_id).values(chat=chat))
        training_plan.void(c, member.c.id == member_id, now)
        return True

    def leave(self, c: Connection, member_id: int, now: float) -> None:
        """Nothing is planned or sent any more, and the chat is no longer known; completions stay as long as the department says."""
        training_plan.lock_members(c, member.c.id == member_id)
        training_plan.void(c, member.c.id == member_id, now)
        c.execute(update(batch).where(batch.c.member == member_id, batch.c.revoked_at.is_(None)).values(revoked_at=now))
        c.execute(update(member).where(member.c.id == member_id).values(chat=None, left_at=now))

    def set_time(self, c: Connection, member_id: int, now: float, **values: Any) -> None:
        """Own quiet time, rota (a `Pattern`, or None), snooze, off duty, pause; what is planned is planned anew. Raises ValueError for
        another column."""
        if set(values) - _TIME:
            raise ValueError(", ".join(sorted(set(values) - _TIME)))
        if isinstance(values.get("pattern"), Pattern):
            values["pattern"] = dump_pattern(values["pattern"])
        training_plan.lock_members(c, member.c.id == member_id)
        c.execute(update(member).where(member.c.id == member_id).values(values))
        training_plan.void(c, member.c.id == member_id, now)

    def pause(self, c: Connection, member_id: int, now: float) -> None:
        """By the officer's own wish: what they left without an answer before is no matter any more."""
        c.execute(update(member).where(member.c.id == member_id).values(silences=0))
        self.set_time(c, member_id, now, paused_at=now)

    def resume(self, c: Connection, member_id: int, now: float) -> None:
        """From a pause, a snooze, or off duty."""
        c.execute(update(member).where(member.c.id == member_id).values(silences=0))
        self.set_time(c, member_id, now, paused_at=None, snoozed_until=None, off_until=None)

    def purge_left(self, c: Connection, now: float, many: int = 500) -> int:
        """Officers who left a month ago, with all that is kept of them but completions. Returns how many."""
        gone = (member.c.left_at.is_not(None), member.c.left_at < now - LEFT_DAYS * 86400.0)
        return self.forget_left(c, list(c.scalars(select(member.c.id).where(*gone).limit(many))))

    @staticmethod
    def forget_left(c: Connection, member_ids: Iterable[int]) -> int:
        """Of these, who has left: all that is kept of them but completions goes now. Returns how many."""
        left = (member.c.id.in_(list(member_ids)), member.c.left_at.is_not(None))
        ids = list(c.scalars(select(member.c.id).where(*left)))
        for table in (memory, question, occurrence):
            c.execute(delete(table).where(table.c.member.in_(ids)))
        c.execute(delete(member).where(member.c.id.in_(ids)))
        return len(ids)

    def count(self, c: Connection, department_id: str) -> int:
        """Officers who are there."""
        here = (member.c.department == department_id, member.c.left_at.is_(None))
        return int(c.scalar(select(func.count()).select_from(member).where(*here)) or 0)


def end_links(c: Connection, which: ColumnElement[bool], now: float) -> int:
    """Nobody joins any more by the links `which` (a condition on `batch`), and who waits by one is refused and has to be told
    (`Links.over`). Returns how many links."""
    ended = update(batch).where(which, batch.c.revoked_at.is_(None)).values(revoked_at=now)
    codes = list(c.scalars(ended.returning(batch.c.code)))
    for part in training_plan.parts(codes):
        waits = (joining.c.batch.in_(part), joining.c.accepted.is_(None))
        c.execute(update(joining).where(*waits).values(decided_at=now, accepted=ENDED, officer_id=None))
    return len(codes)


def as_read(name: str) -> str:
    """A name as people tell it from another: case, spaces and accents make no difference to them."""
    return plain(clean(name)).casefold().replace(" ", "")


def check_id(officer_id: str) -> None:
    if not 0 < len(officer_id) <= LONGEST_ID or not officer_id.isprintable():
        raise ValueError(f"an officer's id has 1 to {LONGEST_ID} characters that can be printed")
