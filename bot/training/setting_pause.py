"""Pausing the refreshers of a department or a unit, with an end or until they go on. Every function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.localtime import local_date
from bot.training import setting_draft as drafting
from bot.training.pauses import CUES
from bot.training.rewording import resumed
from bot.training.rooms import Here, Replies, reply
from bot.training.setting_steps import OLD, ROW, Steps
from bot.training.words import Reading, read
from nlu.text import fold

OPEN = "open"
"""Instead of a span: until they go on."""


class Pausing(Steps):
    """A pause with an end is a step of the draft, read back and confirmed with all of the times; one without, and its end, count at once."""

    def _pause(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """From when to when, in their words, or with "open" until they go on."""
        unit = str(draft.get("unit", ""))
        if here.member is None or self._set_for(here, unit) is None:
            return [reply(OLD)]
        if text == OPEN:
            self._rooms.drafts.drop(here.c, here.chat)
            return self._active(here, {}, f"0:{unit}")
        base = draft if drafting.standing(draft) is not None else self._of_now(here, unit)
        if not text:
            return self._ask(here, {**base, "when": ""}, "pause")
        for words, lang, found in self._readings(here, base, text):
            if found.open_pause:
                return self._pause(here, base, OPEN)
            return self._go_on(here, self._with_times(here, base, words, lang))
        return self._wrong(here, {**base, "when": ""}, "pause")

    def _readings(self, here: Here, draft: dict[str, Any], text: str) -> Iterator[tuple[str, str, Reading]]:
        """The words with what they say of a pause, in the language of the chat and then in English, which is that of buttons."""
        for lang in dict.fromkeys((here.lang, "en")):
            for words in (text, f"{CUES[lang]} {text}"):
                found = read(words, lang, self._today(here, draft))
                if isinstance(found, Reading) and not found.slots:
                    yield words, lang, found

    def _set_for(self, here: Here, unit: str) -> Any:
        """What was set for the department or a unit of it; None where that is not theirs, or has no times."""
        people = self._rooms.people
        return people.schedule_for(here.c, here.member.department, unit or None) if self._mine(here, unit) else None

    def _active(self, here: Here, draft: dict[str, Any], about: str) -> Replies:
        """Pause, or go on with, the refreshers of the department or a unit: "0:unit" or "1:unit"."""
        on, _, unit = about.partition(":")
        found = self._set_for(here, unit) if here.member is not None else None
        if found is None or on not in ("0", "1"):
            return [reply(OLD)]
        today = local_date(here.now, found.rule.zone)
        rule = resumed(found.rule, found.active, today) if on == "1" else found.rule
        people, place = self._rooms.people, here.member.department
        people.set_schedule(here.c, place, unit or None, rule, here.now, active=on == "1")
        return [reply("schedule", handling=ROW, unit=unit)]

    def _switch_called(self, here: Here, text: str) -> str | None:
        """ "0:" for words that pause the department's refreshers and nothing more ("pause everything"), "1:" for those that go on with them."""
        if self._rooms.people.schedule_for(here.c, here.member.department, None) is None:
            return None
        said, commands = fold(text).strip(" .!?¡¿"), self._rooms.library.commands
        for lang in (here.lang, "en"):
            for name, on in (("pause", "0:"), ("resume", "1:")):
                if said in [fold(form) for form in commands[lang]["training_words"][name]]:
                    return on
        found = read(text, here.lang, local_date(here.now, self._zone_of(here)))
        return "0:" if isinstance(found, Reading) and found.open_pause and not found.slots else None

    def _zone_of(self, here: Here) -> str:
        return str(self._rooms.people.department(here.c, here.member.department).zone)

    def _mine(self, here: Here, unit: str) -> bool:
        return here.member is not None and (
            not unit or any(row.id == unit for row in self._rooms.people.units(here.c, here.member.department))
        )

    def _of_now(self, here: Here, unit: str) -> dict[str, Any]:
        """A draft in which all is as it stands now."""
        raise NotImplementedError
