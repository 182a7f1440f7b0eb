"""What is due for officers by the clock: one reminder, and the word that refreshers were paused. In the caller's transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.localtime import local_date, local_minute
from bot.store import queues, training_after, training_partners
from bot.training.planner import PART
from bot.training.rooms import Rooms

REMIND_AFTER = 1800.0
"""Seconds without an answer after which one is reminded, once, inside the window."""

TOLD_WITHIN = 3 * 3600.0
"""Seconds within which an officer is told that refreshers have paused."""


OFFICE = (9 * 60, 17 * 60)
"""Local minutes of a day between which a coordinator is reminded of a partner."""
WEEKEND = 5


class Clockwork:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def tick(self, c: Connection, now: float) -> None:
        self._remind(c, now)
        self._close(c, now)
        self._ring_partners(c, now)

    def _ring_partners(self, c: Connection, now: float) -> None:
        """Each quarter, by day: coordinators are asked to speak with a partner again."""
        for row in training_partners.to_ring(c, now):
            place = self._rooms.people.department(c, row.department)
            if not in_office_hours(now, place.zone):
                continue
            training_partners.reminded(c, row.id, now)
            for who in self._rooms.people.coordinators(c, row.department):
                part, key = (
                    Part("training:partner.ring", params={"partner": row.id}),
                    f"ring:{row.id}:{who.id}:{now:.0f}",
                )
                self._rooms.post.put(c, who.chat, part, key, now, lane=queues.TRAINING, silent=True, lang=who.lang)

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


def in_office_hours(now: float, zone: str) -> bool:
    """Nine to five on a weekday: nobody rings a program at night."""
    return local_date(now, zone).weekday() < WEEKEND and OFFICE[0] <= local_minute(now, zone) < OFFICE[1]
