"""What is due by the clock: one reminder for an officer, the word that refreshers were paused, for who coordinates which partners to ring this
quarter and what an outage has left out, and for who waits to join that the link is over. In the caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.localtime import local_date, local_minute
from bot.store import queues, training_after, training_partners
from bot.store.training_outages import told, untold
from bot.training.free import free, free_until
from bot.training.intervals import Interval
from bot.training.planner import PART, person
from bot.training.rooms import Rooms
from bot.training.schedule import Hours, Pattern

REMIND_AFTER = 1800.0
"""Seconds without an answer after which one is reminded, once, inside the window."""

TOLD_WITHIN = 14 * 86400.0
"""Seconds within which an officer is told that refreshers have paused; later it would be no news."""
RING_FROM, RING_UNTIL = 9 * 60, 15 * 60
"""Minutes of a working day within which a reminder to ring partners is queued."""
SATURDAY = 5
NIGHTLY = Hours(21 * 60, 7 * 60)
"""Quiet hours of a department that has set no schedule yet."""
SILENT, RING = "silent", "ring"
"""What the keys of notes begin with."""
_Times = tuple[str, str, Hours]
"""Zone, holidays ("" for none), quiet hours."""
_Known = dict[tuple[str, str | None], tuple[_Times, Pattern | None]]
"""By department and unit, with the rota of who told none."""


class Clockwork:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def tick(self, c: Connection, now: float) -> None:
        self._remind(c, now)
        self._close(c, now)
        self._ring(c, now)
        self._outages(c, now)
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
        """A third silence in a row pauses. Each is told once, with the word to resume and without a sound, when they are free; what surely did not
        arrive in that time is said in the next."""
        training_after.close_silent(c, now)
        known: _Known = {}
        for who in training_after.to_tell(c, now - TOLD_WITHIN):
            span = self._free(c, who, now, known)
            if span is None or span[0] > now:
                continue
            self._note(c, who, SILENT, Part("refresher:silent"), span, now)

    def _ring(self, c: Connection, now: float) -> None:
        """Each quarter, on a working day outside of the department's quiet hours, without a sound, to each who coordinates once they are free;
        not to one who wants to hear nothing (R6). Until one of them was told, it stays due."""
        for place in training_partners.to_ring(c, now):
            day, minute = local_date(now, place.zone), local_minute(now, place.zone)
            if day.weekday() >= SATURDAY or not RING_FROM <= minute < RING_UNTIL:
                continue
            if self._free_until(c, place.id, now) is None:
                continue
            for who in self._rooms.people.coordinators(c, place.id):
                span = self._free(c, who, now, {}) if who.chat is not None and who.paused_at is None else None
                if span is None:
                    continue
                self._note(c, who, RING, Part("training:partners.due"), span, now)

    def _note(self, c: Connection, who: Any, name: str, part: Part, span: Interval, now: float) -> None:
        """Once in a span; none while an earlier one is in hand, for that may turn out to have arrived."""
        start = f"{name}:{who.id}:"
        if queues.in_hand(c, start):
            return
        self._rooms.post.put(
            c, who.chat, part, f"{start}{int(span[1])}", now, lane=queues.TRAINING, silent=True, not_before=span[0],
            not_after=span[1], lang=who.lang,
        )  # fmt: skip

    def perhaps_told(self, c: Connection, key: str, at: float) -> None:
        """A note that may have arrived counts as told (design, decision 5): it is not urgent, and what it says can be seen in the chat as well. `at`:
        when its words were made or, where nobody knows that any more, could have been at the earliest, so that it stands for no partner who
        was not in it."""
        name, _, rest = key.partition(":")
        if name not in (SILENT, RING):
            return
        who = self._rooms.people.by_number(c, int(rest.partition(":")[0]))
        if who is None:
            return
        if name == SILENT:
            training_after.told(c, who.id)
        else:
            training_partners.reminded(c, who.department, at)

    def _outages(self, c: Connection, now: float) -> None:
        """What an outage left out, once for each who coordinates, when they are free next, without a sound; not to one who wants to hear nothing
        (R6). Until one of them was told, it stays due. The key has no time in it: whatever changes meanwhile, it is one message; and one that
        may have arrived is not sent again."""
        for one in untold(c, now):
            for who in self._rooms.people.coordinators(c, one.department):
                span = self._free(c, who, now, {}) if who.chat is not None and who.paused_at is None else None
                if span is None:
                    continue
                key = f"outage:{who.id}:{one.first}"
                part = Part("training:progress.outage", params={"first": one.first, "last": one.last})
                queued = self._rooms.post.put(
                    c, who.chat, part, key, now, lane=queues.TRAINING, silent=True, not_before=span[0], not_after=span[1], lang=who.lang,
                )  # fmt: skip
                if not queued and queues.unsure(c, key):
                    told(c, one)

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
        """As `free.free_until`, by the department's own holidays and the quiet hours of its schedule."""
        return free_until(now, *self._times(c, department_id, None)[0])

    def _free(self, c: Connection, who: Any, now: float, known: _Known) -> Interval | None:
        """When this member may be written to next: as the department, and never asleep, in their own quiet time, or away. `known`: what was
        looked up for others."""
        where = (who.department, who.unit)
        if where not in known:
            known[where] = self._times(c, *where)
        times, shifts = known[where]
        return free(now, *times, person(who, False, shifts))

    def _times(self, c: Connection, department_id: str, unit_id: str | None) -> tuple[_Times, Pattern | None]:
        """Of a department, or of a unit that has its own."""
        place, people = self._rooms.people.department(c, department_id), self._rooms.people
        own = people.schedule_for(c, department_id, unit_id) if unit_id is not None else None
        found = own or people.schedule_for(c, department_id, None)
        rule = found.rule if found is not None else None
        zone = own.rule.zone if own is not None else place.zone
        holidays = place.holidays or (rule.holidays if rule is not None else "")
        times = (zone, holidays, rule.quiet if rule is not None else NIGHTLY)
        return times, rule.shifts if rule is not None else None
