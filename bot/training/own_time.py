"""An officer's own time: later, not on duty, shifts, quiet hours. Every function runs in the transaction of the message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.localtime import instant, local_date
from bot.shown import Shown
from bot.store import training_after
from bot.training import own_time_words, rotas
from bot.training.command import Wish
from bot.training.rooms import Ask, Here, Replies, Rooms, ask_for, reply
from bot.training.until import End

OLD = "message:train.old"
SNOOZES = {"60": 60, "1440": 1440, "10080": 10080}
"""Minutes."""
LONGEST_OFF = 60
"""Days."""
Step = Callable[[Here, dict[str, Any], str], Replies]


class OwnTime:
    name = "own_time"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "snooze": self._snooze, "off_duty": self._off_duty, "hours": self._hours,
        }  # fmt: skip
        self._steps: Mapping[str, Step] = {
            "kind": self._kind, "tour": self._tour, "days": self._days, "first": self._first, "quiet": self._quiet, "yes": self._yes,
            "none": self._none,
        }  # fmt: skip

    # -- later -------------------------------------------------------------------------------------------------------------------

    def _snooze(self, here: Here, wish: Wish) -> Replies:
        """What is open comes again afterwards on the same day, or is left out; it is never a silence."""
        minutes = SNOOZES.get(wish.about)
        if minutes is None:
            return [reply("message:train.snooze")] if not wish.about else [reply(OLD)]
        until = here.now + minutes * 60.0
        self._rooms.people.set_time(here.c, here.member.id, here.now, snoozed_until=until)
        training_after.put_off(here.c, here.member.id)
        return [reply("snoozed")]

    def _off_duty(self, here: Here, wish: Wish) -> Replies:
        """Until a local midnight."""
        if not wish.about:
            return [reply("message:train.off_duty")]
        if not re.fullmatch(r"[0-9]{1,2}", wish.about) or not 1 <= int(wish.about) <= LONGEST_OFF:
            return [reply(OLD)]
        zone = self.zone(here)
        until = instant(local_date(here.now, zone) + timedelta(days=int(wish.about)), 0, zone)
        self._rooms.people.set_time(here.c, here.member.id, here.now, off_until=until)
        training_after.put_off(here.c, here.member.id)
        return [reply("off_duty")]

    def until(self, here: Here, end: End) -> Replies:
        """As it was said in words. It has an end, so a pause without one is over: they go on by themselves then."""
        column = "off_until" if end.whole_day else "snoozed_until"
        self._rooms.people.set_time(here.c, here.member.id, here.now, paused_at=None, **{column: end.at})
        training_after.put_off(here.c, here.member.id)
        return [reply("off_duty" if end.whole_day else "snoozed")]

    def zone(self, here: Here) -> str:
        found = self._rooms.people.schedule_of(here.c, here.member.id)
        return (
            found.zone if found is not None else str(self._rooms.people.department(here.c, here.member.department).zone)
        )

    # -- shifts and quiet hours --------------------------------------------------------------------------------------------------

    def _hours(self, here: Here, wish: Wish) -> Replies:
        """ "": what holds now; else a step of saying one's shifts: "kind:…", "tour:…", "days:…", "first:…", "yes"."""
        step, _, value = wish.about.partition(":")
        if not step:
            self._rooms.drafts.drop(here.c, here.chat)
            return [reply("hours")]
        take = self._steps.get(step)
        return take(here, self._draft(here), value) if take is not None else [reply(OLD)]

    def _draft(self, here: Here) -> dict[str, Any]:
        found = self._rooms.drafts.get(here.c, here.chat)
        return found if found.get("clerk") == self.name else {}

    def _put(self, here: Here, draft: dict[str, Any], step: str) -> None:
        self._rooms.drafts.put(here.c, here.chat, {**draft, "clerk": self.name, "step": step}, here.now)

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return self._steps[str(draft.get("step"))](here, draft, text)

    def _kind(self, here: Here, _: dict[str, Any], kind: str) -> Replies:
        if kind not in rotas.KINDS:
            return [reply(OLD)]
        self._put(here, {"kind": kind}, "tour")
        return [ask_for("message:train.hours.tour")]

    def _tour(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        tour = rotas.tour_of(text)
        if "kind" not in draft:
            return [reply(OLD)]
        if tour is None:
            return [ask_for("message:train.hours.tour.wrong")]
        fixed = draft["kind"] == rotas.FIXED
        self._put(here, {**draft, "tour": [tour.first, tour.last]}, "days" if fixed else "first")
        return [ask_for("message:train.hours.days")] if fixed else [reply("hours.first")]

    def _days(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        days = rotas.days_of(text, here.lang)
        if "tour" not in draft:
            return [reply(OLD)]
        if not days:
            return [ask_for("message:train.hours.days.wrong")]
        self._put(here, {**draft, "days": sorted(days)}, "yes")
        return [reply("hours.confirm")]

    def _first(self, here: Here, draft: dict[str, Any], day: str) -> Replies:
        """The first day of a block of duty, as an ISO date near today."""
        found = rotas.date_of(day)
        if (
            "tour" not in draft
            or found is None
            or abs((found - local_date(here.now, self.zone(here))).days) > rotas.NEAR
        ):
            return [reply(OLD)]
        self._put(here, {**draft, "first": day}, "yes")
        return [reply("hours.confirm")]

    def _yes(self, here: Here, draft: dict[str, Any], _: str) -> Replies:
        pattern = rotas.pattern_of(draft)
        if pattern is None:
            return [reply(OLD)]
        self._rooms.people.set_time(here.c, here.member.id, here.now, pattern=pattern)
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("hours")]

    def _none(self, here: Here, _: dict[str, Any], __: str) -> Replies:
        self._rooms.people.set_time(here.c, here.member.id, here.now, pattern=None)
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("hours")]

    def _quiet(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """Own quiet time: a span, "off" for none but the department's; without words, which."""
        if not text:
            self._put(here, {}, "quiet")
            return [ask_for("message:train.hours.quiet")]
        span = rotas.tour_of(text)
        if text != "off" and span is None:
            self._put(here, {}, "quiet")
            return [ask_for("message:train.hours.tour.wrong")]
        first, last = (span.first, span.last) if span is not None else (None, None)
        self._rooms.people.set_time(here.c, here.member.id, here.now, quiet_first=first, quiet_last=last)
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("hours")]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return own_time_words.words(what, ask)
