"""Completions of courses: hash-chained like the staff log, sealed, and gone when the department's written retention says so.

A row's `digest` is a MAC of what it says; the chain binds digests. When a completion is taken away, what it says goes and its digest stays,
with a signature of the taking away: the chain is still whole, and nobody without the key can take one away unnoticed.
"""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, select, update

from bot.store.chain import Chain, Kind
from bot.store.keys import KeyRing
from bot.store.training_schema import completion, completion_head, department, question

GONE = 0
"""In `question.completion`: what the answer counted for was taken away."""
_KIND = Kind(
    completion, completion_head, ("department", "digest"), label="completion ", anchor="completion.anchor", lock=0x636F6D70,
    name="the list of completions", check="waymark training verify",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Completion:
    """What state commissions ask for. Dates are local days, ISO; `minutes` were observed. `score` is a share of right answers."""

    officer_id: str
    course: str
    course_version: str
    category: str
    minutes: int
    first_day: str
    last_day: str
    instructor: str
    result: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A completion with the number and time of its row, and the officer's number."""

    seq: int
    at: float
    member: int | None
    what: Completion


class Completions(Chain):
    """Needs the key ring: what a completion says is sealed with the master."""

    def __init__(self, keys: KeyRing) -> None:
        super().__init__(keys, _KIND)

    def add(self, c: Connection, department_id: str, member_id: int, what: Completion, now: float) -> int:
        """Returns the number of the row."""
        # With its time, so that no two rows say the same.
        body = orjson.dumps({**asdict(what), "member": member_id, "at": now}, option=orjson.OPT_SORT_KEYS)
        number = self.append(c, now, department=department_id, digest=self._digest(body))
        sealed = self._keys.seal_lasting(f"completion.body|{number}", body)
        c.execute(update(completion).where(completion.c.seq == number).values(member=member_id, body=sealed))
        return number

    def of_department(
        self, c: Connection, department_id: str, since: float = 0.0, until: float | None = None
    ) -> list[Kept]:
        """Those that are still there, in order. Raises `InvalidTag` for one that was tampered with."""
        where = [completion.c.department == department_id, completion.c.body.is_not(None), completion.c.at >= since]
        if until is not None:
            where.append(completion.c.at < until)
        return [self._kept(row) for row in c.execute(select(completion).where(*where).order_by(completion.c.seq))]

    def of_member(self, c: Connection, member_id: int, department_id: str | None = None) -> list[Kept]:
        """An officer's own, or those of them that one department keeps."""
        where = [completion.c.member == member_id, completion.c.body.is_not(None)]
        if department_id is not None:
            where.append(completion.c.department == department_id)
        return [self._kept(row) for row in c.execute(select(completion).where(*where).order_by(completion.c.seq))]

    def take_away(self, c: Connection, numbers: list[int]) -> int:
        """What these rows say goes; that they were there stays. Their answers are told from others by `GONE` alone: they make no completion
        again, and lead to no row. Returns how many."""
        rows = c.execute(select(completion).where(completion.c.seq.in_(numbers), completion.c.body.is_not(None))).all()
        for row in rows:
            gone = {"body": None, "member": None, "gone": self._gone(row.seq, row.digest)}
            c.execute(update(completion).where(completion.c.seq == row.seq).values(gone))
            theirs = (question.c.member == row.member, question.c.completion == row.seq)
            c.execute(update(question).where(*theirs).values(completion=GONE))
        return len(rows)

    def finished(self, c: Connection, department_id: str, course: str) -> dict[int, str]:
        """By officer, the last day (ISO) of their latest completion of a course that this department keeps. A row that was tampered with is
        passed over: `verify` names it."""
        mine = (completion.c.department == department_id, completion.c.body.is_not(None))
        found: dict[int, str] = {}
        for row in c.execute(select(completion).where(*mine).order_by(completion.c.seq)):
            try:
                what = self._kept(row).what
            except InvalidTag:
                continue
            if what.course == course:
                found[row.member] = max(what.last_day, found.get(row.member, ""))
        return found

    def purge(self, c: Connection, now: float) -> int:
        """By each department's written retention; a department that gave none keeps all. Segments are never dropped."""
        self._alone(c)
        gone = 0
        for place in c.execute(select(department).where(department.c.keep_days.is_not(None))).all():
            old = (completion.c.department == place.id, completion.c.at < now - place.keep_days * 86400.0)
            left = select(completion.c.seq).where(*old, completion.c.body.is_not(None)).limit(1000)
            gone += self.take_away(c, list(c.scalars(left)))
        return gone

    def verify(self, c: Connection) -> list[str]:
        """What is wrong with the chain, and with what each row says; empty where all is whole."""
        found = super().verify(c)
        for row in c.execute(select(completion).order_by(completion.c.seq)):
            if row.body is None:
                if not hmac.compare_digest(row.gone or "", self._gone(row.seq, row.digest)):
                    found.append(f"row {row.seq}: what it says was taken away by nobody who may")
                continue
            try:
                body = self._keys.open_lasting(f"completion.body|{row.seq}", row.body)
            except InvalidTag:
                found.append(f"row {row.seq}: what it says was changed")
                continue
            if row.gone is not None or not hmac.compare_digest(self._digest(body), row.digest):
                found.append(f"row {row.seq}: what it says is not what was written")
            elif orjson.loads(body)["member"] != row.member:
                found.append(f"row {row.seq}: given to another officer")
        return found

    def _kept(self, row: Any) -> Kept:
        body = orjson.loads(self._keys.open_lasting(f"completion.body|{row.seq}", row.body))
        fields = {name: body[name] for name in Completion.__slots__}
        return Kept(row.seq, row.at, row.member, Completion(**fields))

    def _digest(self, body: bytes) -> str:
        return self._sign("body", body.decode())

    def _gone(self, number: int, digest: str) -> str:
        return self._sign("gone", number, digest)
