"""What is due by the clock: one reminder for an officer, the word that refreshers were paused, for who coordinates which partners to ring this
quarter, and for who waits to join that the link is over. In the caller's transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.localtime import local_date, local_minute
from bot.store import queues, training_after, training_partners
from bot.training.planner import PART
from bot.training.rooms import Rooms
from bot.training.schedule import Hours, free_until

REMIND_AFTER = 1800.0
"""Seconds without an answer after which one is reminded, once, inside the window."""

TOLD_WITHIN = 3 * 3600.0
"""Seconds within which an officer is told that refreshers have paused."""


RING_FROM, RING_UNTIL = 9 * 60, 15 * 60
"""Minutes of a working day within which a reminder to ring partners is queued; it is sent within `TOLD_WITHIN`."""
SATURDAY = 5
NIGHTLY = Hours(21 * 60, 7 * 60)
"""Quiet hours of a department that has set no schedule yet."""


class Clockwork:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def tick(self, c: Connection, now: float) -> None:
        self._remind(c, now)
        self._close(c, now)
        self._ring(c, now)
        self._over(c, now)

    def _remind(self, c: Connection, now: float) -> None:
        for one in training_after.to_remind(c, now, REMIND_AFTER):
            who = self._rooms.people.by_number(c, one.member)
            if who is None or who.chat is None:
                continue
            part = Part(PART, params={"occurrence": one.id, "again": True})
            self._rooms.post.put(
                c, who.chat, part, f"again:{one.id}", now, lane=queues.TRAINING, not_after=one.until, lang=who.lang
            )

    def _close(self, c: Connection, now: float) -> None:
        """A third silence in a row pauses; that is said with the word to resume, a day after the refresher and without a sound."""
        for number in training_after.close_silent(c, now):
            who = self._rooms.people.by_number(c, number)
            if who is not None and who.chat is not None:
                part, until = Part("message:train.paused_silent"), now + TOLD_WITHIN
                self._rooms.post.put(
                    c,
                    who.chat,
                    part,
                    f"silent:{number}:{now}",
                    now,
                    lane=queues.TRAINING,
                    silent=True,
                    not_after=until,
                    lang=who.lang,
                )

    def _ring(self, c: Connection, now: float) -> None:
        """Each quarter, on a working day outside of the department's quiet hours, without a sound; not to a coordinator who wants to hear
        nothing (R6). Where nobody can be told, it stays due."""
        for place in training_partners.to_ring(c, now):
            day, minute = local_date(now, place.zone), local_minute(now, place.zone)
            if day.weekday() >= SATURDAY or not RING_FROM <= minute < RING_UNTIL:
                continue
            until = self._free_until(c, place.id, now)
            if until is None:
                continue
            told = [
                self._rooms.post.put(
                    c, who.chat, Part("training:partners.due"), f"ring:{who.id}:{day}", now, lane=queues.TRAINING, silent=True,
                    not_after=min(until, now + TOLD_WITHIN), lang=who.lang,
                )
                for who in self._rooms.people.coordinators(c, place.id)
                if who.chat is not None and who.paused_at is None
            ]  # fmt: skip
            if any(told):
                training_partners.reminded(c, place.id, now)

    def _over(self, c: Connection, now: float) -> None:
        """Who waits for a coordinator's tap by a link that has expired, was ended by the operator, or whose department is gone: told once what to
        do, outside of the department's quiet hours, however long the bot was down. Not who waits by another link that is open."""
        told: set[str] = set()
        for row in self._rooms.people.over(c, now):
            until = self._awake_until(c, row.department, now)
            if until is None:
                continue
            if row.chat in told or self._rooms.people.waits_still(c, row.chat, now):
                self._rooms.people.told(c, [row.id], now)
                continue
            told.add(row.chat)
            self._rooms.doors.tell(c, [row], "ended", now, not_after=until)

    def _awake_until(self, c: Connection, department_id: str, now: float) -> float | None:
        """When the department's quiet hours begin; None in them. Of one that is gone, the usual ones in its zone."""
        found = self._rooms.people.schedule_for(c, department_id, None)
        zone = self._rooms.people.department(c, department_id).zone
        return free_until(now, zone, "", found.rule.quiet if found is not None else NIGHTLY)

    def _free_until(self, c: Connection, department_id: str, now: float) -> float | None:
        """As `schedule.free_until`, by the department's own holidays and the quiet hours of its schedule."""
        place = self._rooms.people.department(c, department_id)
        found = self._rooms.people.schedule_for(c, department_id, None)
        rule = found.rule if found is not None else None
        holidays = place.holidays or (rule.holidays if rule is not None else "")
        return free_until(now, place.zone, holidays, rule.quiet if rule is not None else NIGHTLY)
