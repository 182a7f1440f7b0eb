"""An officer's own time: later, not on duty, shifts, quiet hours. Every function runs in the transaction of the message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from bot.localtime import instant, local_date
from bot.shown import Shown
from bot.store import training_after
from bot.training import own_time_words, rota_draft, rotas
from bot.training.command import Wish
from bot.training.rooms import Ask, Here, Replies, Rooms, ask_for, reply
from bot.training.schedule import Pattern
from bot.training.schedule_json import NO_ROTA
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
            **{step: partial(self._rota, step) for step in ("kind", "tour", "days", "turns", "first")}, "quiet": self._quiet,
            "yes": self._yes, "none": self._none, "unit": partial(self._set, None),
        }  # fmt: skip

    # -- later -------------------------------------------------------------------------------------------------------------------

    def _snooze(self, here: Here, wish: Wish) -> Replies:
        """What is open comes again afterwards on the same day, or is left out; it is never a silence."""
        minutes = SNOOZES.get(wish.about)
        if minutes is None:
            return [reply("message:train.snooze")] if not wish.about else [reply(OLD)]
        until = here.now + minutes * 60.0
        self._rooms.people.set_time(here.c, here.member.id, here.now, snoozed_until=until)
        training_after.put_off(here.c, here.member.id, here.now)
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
        training_after.put_off(here.c, here.member.id, here.now)
        return [reply("off_duty")]

    def until(self, here: Here, end: End) -> Replies:
        """As it was said in words. It has an end, so a pause without one is over: they go on by themselves then."""
        column = "off_until" if end.whole_day else "snoozed_until"
        self._rooms.people.set_time(here.c, here.member.id, here.now, paused_at=None, **{column: end.at})
        training_after.put_off(here.c, here.member.id, here.now)
        return [reply("off_duty" if end.whole_day else "snoozed")]

    def zone(self, here: Here) -> str:
        found = self._rooms.people.schedule_of(here.c, here.member.id)
        return (
            found.zone if found is not None else str(self._rooms.people.department(here.c, here.member.department).zone)
        )

    # -- shifts and quiet hours --------------------------------------------------------------------------------------------------

    def _hours(self, here: Here, wish: Wish) -> Replies:
        """ "": what holds now, or with words these are a rota or the hours of a shift; else a step of saying one's shifts: "kind:…", "tour:…",
        "days:…", "turns:…", "first:…", "yes"."""
        step, _, value = wish.about.partition(":")
        if not step:
            self._rooms.drafts.drop(here.c, here.chat)
            return self._in_words(here, wish.text) or [reply("hours")]
        take = self._steps.get(step)
        return take(here, self._draft(here), value) if take is not None else [reply(OLD)]

    def _draft(self, here: Here) -> dict[str, Any]:
        found = self._rooms.drafts.get(here.c, here.chat)
        return found if found.get("clerk") == self.name else {}

    def _put(self, here: Here, draft: dict[str, Any], step: str) -> None:
        self._rooms.drafts.put(here.c, here.chat, {**draft, "clerk": self.name, "step": step}, here.now)

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return self._steps[str(draft.get("step"))](here, draft, text)

    def _rota(self, step: str, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """An answer about one's rota, by a tap or in words; then the next question, or all of it read back."""
        found = rota_draft.take(draft, step, text, here.lang, local_date(here.now, self.zone(here)))
        if found == rota_draft.WRONG and step == "kind":
            return [reply(OLD)]
        if isinstance(found, str):
            return [reply(OLD)] if found == rota_draft.OLD else [ask_for(f"message:train.hours.{step}.wrong")]
        return self._next(here, found)

    def _in_words(self, here: Here, text: str) -> Replies | None:
        """Behind the command: a whole round, or from when to when; None where it is neither."""
        today = local_date(here.now, self.zone(here))
        for draft, step in (({}, "kind"), ({"kind": rotas.FIXED}, "tour")):
            found = rota_draft.take(draft, step, text, here.lang, today) if text else rota_draft.WRONG
            if not isinstance(found, str):
                return self._next(here, found)
        return None

    def _next(self, here: Here, found: dict[str, Any]) -> Replies:
        """The next question about one's rota, or all of it read back."""
        following = rota_draft.missing(found)
        self._put(here, found, following or "yes")
        if following is None:
            return [reply("hours.confirm")]
        return [ask_for("hours.first" if following == "first" else f"message:train.hours.{following}")]

    def _yes(self, here: Here, draft: dict[str, Any], _: str) -> Replies:
        pattern = rota_draft.pattern_of(draft)
        return [reply(OLD)] if pattern is None else self._set(pattern, here, draft, "")

    def _none(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """No fixed shifts: over those of their unit, where it has any."""
        found = self._rooms.people.schedule_of(here.c, here.member.id)
        return self._set(NO_ROTA if found is not None and found.shifts is not None else None, here, draft, text)

    def _set(self, pattern: Pattern | str | None, here: Here, _: dict[str, Any], __: str) -> Replies:
        """A rota of their own, `NO_ROTA`, or None: their unit's."""
        self._rooms.people.set_time(here.c, here.member.id, here.now, pattern=pattern)
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
