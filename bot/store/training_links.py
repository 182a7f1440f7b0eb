"""Joining a department by a link for many: a count, an end, and a coordinator's tap on each join (R60). Functions of a connection."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, and_, delete, func, or_, select, update

from bot.store import codes
from bot.store.queues import ENDED
from bot.store.training_people import COORDINATOR, OFFICER, REMOVED, People, check_id, end_links
from bot.store.training_plan import locked, parts
from bot.store.training_schema import batch, department, joining, member

PHONE_TRIES = 5
"""Refused tries after which a link for a new phone works no more."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What opening a batch link came to: `waits` for a tap (`number` names it), `in` at once, or refused: `unknown`, `expired`, `full`,
    `member` (is one already), `again` (has asked before)."""

    outcome: str
    number: int | None = None
    member: int | None = None


class Links(People):
    """Links are kept as keyed hashes alone; a code that nobody here signed is refused before the store is asked."""

    def make_batch(
        self, c: Connection, department_id: str, unit_id: str | None, most: int, expires_at: float, role: str = OFFICER,
        tap: bool = True, member_id: int | None = None,
    ) -> str:  # fmt: skip
        """A code for `most` people; only its keyed hash is kept. Without `tap` it is for one: raises ValueError. `member_id`: it lets in
        this member's new phone, and `PHONE_TRIES` times somebody may try (`phone_of`)."""
        if role not in (OFFICER, COORDINATOR) or most < 1 or (not tap and most != 1):
            raise ValueError(
                "a link without a coordinator's tap is for one person, and every link is for an officer or a coordinator"
            )
        code = codes.make(self._keys, codes.DEPARTMENT if member_id is None else codes.PHONE, role, expires_at)
        row = {
            "code": self._keys.hash("batch", code),
            "department": department_id,
            "unit": unit_id,
            "role": role,
            "most": most if member_id is None else PHONE_TRIES,
        }
        c.execute(batch.insert().values(**row, used=0, tap=int(tap), expires_at=expires_at, member=member_id))
        return code

    def revoke_batch(self, c: Connection, code: str, now: float) -> bool:
        """Nobody joins by it any more, and who waits is refused. Also a code from before codes were signed."""
        return self._revoke(c, self._keys.hash("batch", code), now)

    def revoke_link(self, c: Connection, department_id: str, start: str, now: float) -> bool:
        """The same for the link of this department whose keyed hash begins so (`open_links`). False where there is none, or two."""
        found = [row.code for row in self.open_links(c, department_id, now) if row.code.startswith(start)]
        return len(found) == 1 and bool(start) and self._revoke(c, found[0], now)

    def open_links(self, c: Connection, department_id: str, now: float) -> list[Any]:
        """Links of a department by which somebody may still join, the one that ends first first."""
        where = (batch.c.department == department_id, batch.c.revoked_at.is_(None), batch.c.expires_at > now)
        query = select(batch).where(*where, batch.c.used < batch.c.most)
        return list(c.execute(query.order_by(batch.c.expires_at, batch.c.code)))

    def end_keys(self, c: Connection, department_id: str, now: float) -> int:
        """Links that make a coordinator or take over somebody's place, for when a coordinator goes who may still hold one. How many."""
        keys = or_(batch.c.role == COORDINATOR, batch.c.member.is_not(None))
        open_ = (batch.c.department == department_id, batch.c.revoked_at.is_(None), batch.c.used < batch.c.most)
        return sum(self._revoke(c, code, now) for code in list(c.scalars(select(batch.c.code).where(keys, *open_))))

    def phone_of(self, c: Connection, code: str, now: float) -> int | None:
        """Whose new phone this code lets in. None where it is no such code, or not any more. Until the end of the transaction nobody else
        opens it; `phone_tried` says what came of it."""
        signed = codes.read(self._keys, codes.PHONE, code)
        if signed is None or signed.ends <= now:
            return None
        live = (
            batch.c.code == self._keys.hash("batch", code),
            batch.c.member.is_not(None),
            batch.c.revoked_at.is_(None),
            batch.c.expires_at > now,
            batch.c.used < batch.c.most,
        )
        found: int | None = c.scalar(locked(c, select(batch.c.member).where(*live), skip=False))
        return found

    def phone_tried(self, c: Connection, code: str, moved: bool) -> None:
        """The move uses a code up; a try that was refused is counted, so that a link that went astray is not tried for ever."""
        left = batch.c.most if moved else batch.c.used + 1
        c.execute(update(batch).where(batch.c.code == self._keys.hash("batch", code)).values(used=left))

    def is_link(self, c: Connection, code: str) -> bool:
        """Whether a code is a department's, open or over."""
        if codes.read(self._keys, codes.DEPARTMENT, code) is None:
            return False
        return c.scalar(select(batch.c.code).where(batch.c.code == self._keys.hash("batch", code))) is not None

    def is_phone(self, c: Connection, code: str) -> bool:
        """Whether a code was made for a new phone, used or not."""
        if codes.read(self._keys, codes.PHONE, code) is None:
            return False
        which = (batch.c.code == self._keys.hash("batch", code), batch.c.member.is_not(None))
        return c.scalar(select(batch.c.code).where(*which)) is not None

    def _revoke(self, c: Connection, hashed: str, now: float) -> bool:
        return end_links(c, batch.c.code == hashed, now) == 1

    def ask_to_join(
        self, c: Connection, code: str, chat: str, lang: str, now: float, officer_id: str | None = None
    ) -> Joined:
        """Somebody opened a link. The count is used up by asking, so that a leaked link ends by itself. Raises ValueError for an id that is
        none."""
        if officer_id is not None:
            check_id(officer_id)
        signed = codes.read(self._keys, codes.DEPARTMENT, code)  # a link for a new phone makes nobody new
        if signed is None:
            return Joined("unknown")
        hashed = self._keys.hash("batch", code)
        live = (batch.c.revoked_at.is_(None), batch.c.member.is_(None), batch.c.role == signed.role)
        row = c.execute(select(batch).where(batch.c.code == hashed, *live)).first()
        if row is None:
            return Joined("unknown")
        if min(row.expires_at, signed.ends) <= now:
            return Joined("expired")
        if self.of_chat(c, chat) is not None:
            return Joined("member")
        before = c.scalar(select(joining.c.id).where(joining.c.batch == hashed, joining.c.chat == chat))
        if before is not None:
            return Joined("again", number=before)
        # Asked again in the statement that waits for its lock: another process may have ended the link, or let the last one in.
        room = (batch.c.code == hashed, batch.c.used < batch.c.most, batch.c.revoked_at.is_(None))
        if c.execute(update(batch).where(*room).values(used=batch.c.used + 1)).rowcount != 1:
            return Joined("full")
        if not row.tap:
            return Joined("in", member=self.join(c, chat, row.department, row.unit, row.role, lang, now, officer_id))
        asked = joining.insert().values(batch=hashed, chat=chat, lang=lang, asked_at=now)
        number = int(c.execute(asked.returning(joining.c.id)).scalar_one())
        if officer_id is not None:
            sealed = self._keys.seal_lasting(f"joining.officer_id|{number}", officer_id.encode())
            c.execute(update(joining).where(joining.c.id == number).values(officer_id=sealed))
        return Joined("waits", number=number)

    def spoken(self, number: int) -> int:
        """Three digits for somebody who asked to join, the same on both screens: they tell it, the coordinator compares it."""
        return 100 + int(self._keys.hash("joining.spoken", str(number)), 16) % 900

    def waiting(self, c: Connection, department_id: str) -> list[Any]:
        """Who waits for a coordinator's tap, the first first, with `unit` of the link."""
        mine = joining.join(batch, batch.c.code == joining.c.batch)
        where = (batch.c.department == department_id, joining.c.accepted.is_(None))
        return list(c.execute(select(joining, batch.c.unit).select_from(mine).where(*where).order_by(joining.c.id)))

    @staticmethod
    def withdraw(c: Connection, chat: str) -> int:
        """Whoever waits by this chat does not any more, and nothing of their asking is kept. Returns how many."""
        mine = (joining.c.chat == chat, or_(joining.c.accepted.is_(None), joining.c.accepted == ENDED))
        return int(c.execute(delete(joining).where(*mine)).rowcount)

    def asks(self, c: Connection, department_id: str, number: int) -> Any:
        """The row of somebody who asked to join this department, with `unit` and `role` of the link; None where it is another's."""
        mine = joining.join(batch, batch.c.code == joining.c.batch)
        query = select(joining, batch.c.unit, batch.c.role, batch.c.expires_at).select_from(mine)
        return c.execute(query.where(joining.c.id == number, batch.c.department == department_id)).first()

    def asked_with_place(self, c: Connection, number: int) -> Any:
        """The row of somebody who asked to join, with `department` of the link."""
        mine = joining.join(batch, batch.c.code == joining.c.batch)
        query = select(joining, batch.c.department).select_from(mine)
        return c.execute(query.where(joining.c.id == number)).one()

    def asked_id(self, row: Any) -> str | None:
        """The id that somebody gave with asking; None where there is none, or it was tampered with."""
        if row.officer_id is None:
            return None
        try:
            return self._keys.open_lasting(f"joining.officer_id|{row.id}", row.officer_id).decode()
        except InvalidTag:
            return None

    def asked_by(self, c: Connection, number: int) -> Any:
        """The row of somebody who asked to join."""
        return c.execute(select(joining).where(joining.c.id == number)).first()

    def decide(self, c: Connection, number: int, by: int | None, yes: bool, now: float) -> int | None:
        """A coordinator's tap, or with `by` None the operator's word. The officer's number after a yes; None after a no, a second tap, an expired link, where whoever taps is no
        coordinator of that department, or whoever asked came in by another link since: nobody is taken out of a department or a role."""
        row = c.execute(
            select(joining, batch.c.department, batch.c.unit, batch.c.role, batch.c.expires_at)
            .join(batch, batch.c.code == joining.c.batch)
            .where(joining.c.id == number)
        ).first()
        if row is None or (by is not None and not self._coordinates(c, by, row.department)):
            return None
        yes = yes and row.expires_at > now and self.of_chat(c, row.chat) is None
        open_ = (joining.c.id == number, joining.c.accepted.is_(None))
        done = update(joining).where(*open_).values(decided_at=now, accepted=int(yes), officer_id=None)
        if c.execute(done).rowcount != 1 or not yes:
            return None
        given = None
        if row.officer_id is not None:
            with suppress(InvalidTag):  # tampered with: they join without it, and give it again
                given = self._keys.open_lasting(f"joining.officer_id|{number}", row.officer_id).decode()
        return self.join(c, row.chat, row.department, row.unit, row.role, row.lang, now, given)

    def _coordinates(self, c: Connection, member_id: int, department_id: str) -> bool:
        who = and_(member.c.id == member_id, member.c.role == COORDINATOR, member.c.left_at.is_(None))
        return c.scalar(select(member.c.department).where(who)) == department_id

    @staticmethod
    def over(c: Connection, now: float, limit: int = 200) -> list[Any]:
        """Who waits by a link that expired or was ended, and was not told: rows of `joining` with `department` of the link, the first first."""
        late = and_(joining.c.accepted.is_(None), batch.c.expires_at <= now)
        mine = joining.join(batch, batch.c.code == joining.c.batch)
        query = select(joining, batch.c.department).select_from(mine).where(or_(joining.c.accepted == ENDED, late))
        return list(c.execute(query.order_by(joining.c.id).limit(limit)))

    @staticmethod
    def waits_still(c: Connection, chat: str, now: float) -> bool:
        """Whether this chat waits for a tap by a link that is open."""
        mine = joining.join(batch, batch.c.code == joining.c.batch)
        open_ = (joining.c.chat == chat, joining.c.accepted.is_(None), batch.c.expires_at > now)
        return c.scalar(select(joining.c.id).select_from(mine).where(*open_).limit(1)) is not None

    @staticmethod
    def told(c: Connection, numbers: Iterable[int], now: float) -> None:
        """They know that they do not come in by this."""
        which = (joining.c.id.in_(list(numbers)), or_(joining.c.accepted.is_(None), joining.c.accepted == ENDED))
        new = {"accepted": 0, "decided_at": func.coalesce(joining.c.decided_at, now), "officer_id": None}
        c.execute(update(joining).where(*which).values(new))

    def purge_joining(self, c: Connection, now: float) -> int:
        """Links that ended a day ago, or whose department is gone, and who asked by them; not before everybody who waited was told."""
        gone = select(department.c.id).where(department.c.name == REMOVED)
        waits = or_(joining.c.accepted.is_(None), joining.c.accepted == ENDED)
        untold = select(joining.c.id).where(joining.c.batch == batch.c.code, waits).exists()
        over = or_(batch.c.expires_at < now - 86400.0, batch.c.department.in_(gone))
        old = list(c.scalars(select(batch.c.code).where(over, ~untold)))
        for part in parts(old):
            c.execute(delete(joining).where(joining.c.batch.in_(part)))
            c.execute(delete(batch).where(batch.c.code.in_(part)))
        return len(old)
