"""Departments and what holds for all of one: name, zone, the coordinator's rules, who answers for its training. Functions of a connection."""

from __future__ import annotations

import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, select, update

from bot.store import training_plan
from bot.store.keys import KeyRing
from bot.store.training_schema import department, member

LONGEST_INSTRUCTOR = 80


class Rules:
    """Needs the key ring: who answers for the training may be a person, and is never in clear."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def add_department(
        self,
        c: Connection,
        name: str,
        zone: str,
        lang: str,
        now: float,
        holidays: str = "",
        keep_days: int | None = None,
    ) -> str:
        """Its id, random. `keep_days`: the written retention of completions."""
        row = {
            "id": secrets.token_hex(16),
            "name": name,
            "zone": zone,
            "lang": lang,
            "holidays": holidays,
            "on_duty_only": 1,
        }
        c.execute(department.insert().values(**row, ranking=0, keep_days=keep_days, created_at=now))
        return row["id"]  # type: ignore[return-value]

    def change_department(self, c: Connection, department_id: str, now: float, **values: Any) -> None:
        """Raises ValueError for a column that does not change so. What is planned is planned anew where the time is concerned; when the list by
        officer is turned on is written down."""
        if set(values) - {"name", "lang", "on_duty_only", "ranking", "keep_days"}:
            raise ValueError("a department's zone and holidays change with its schedule")
        which = member.c.department == department_id
        training_plan.lock_members(c, which)
        row = self.department(c, department_id)
        if row is not None and "ranking" in values and bool(values["ranking"]) != bool(row.ranking):
            values["ranking_since"] = now if values["ranking"] else None
        c.execute(update(department).where(department.c.id == department_id).values(values))
        if "on_duty_only" in values:
            training_plan.void(c, which, now)

    def department(self, c: Connection, department_id: str) -> Any:
        """Its row."""
        return c.execute(select(department).where(department.c.id == department_id)).first()

    def on_duty_only(self, c: Connection, department_id: str) -> bool:
        return bool(c.scalar(select(department.c.on_duty_only).where(department.c.id == department_id)))

    def set_place(self, c: Connection, department_id: str, zone: str, holidays: str) -> None:
        """Where the department is, as its new units begin; what is planned goes by its schedule."""
        new = {"zone": zone, "holidays": holidays}
        c.execute(update(department).where(department.c.id == department_id).values(new))

    def set_instructor(self, c: Connection, department_id: str, text: str | None) -> None:
        """Who answers for the training, as rosters say it from now on; None is the department itself. Raises ValueError for what cannot be
        shown on one line."""
        if text is not None and (not 0 < len(text) <= LONGEST_INSTRUCTOR or not text.isprintable()):
            raise ValueError(f"who is responsible has 1 to {LONGEST_INSTRUCTOR} characters that can be printed")
        place = f"department.instructor|{department_id}"
        sealed = self._keys.seal_lasting(place, text.encode()) if text is not None else None
        c.execute(update(department).where(department.c.id == department_id).values(instructor=sealed))

    def instructor(self, row: Any) -> str | None:
        """Of a row of `department`; None where none was set, or it was tampered with."""
        if row.instructor is None:
            return None
        try:
            return self._keys.open_lasting(f"department.instructor|{row.id}", row.instructor).decode()
        except InvalidTag:
            return None
