"""Setting up a department from nothing, and its times later: a question at a time, read back, and nothing counts before the yes. Every
function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.localtime import local_date
from bot.shown import Shown
from bot.training import setting_draft as drafting
from bot.training import setting_words
from bot.training.command import Wish
from bot.training.rooms import Ask, Here, Replies, Rooms, reply
from bot.training.schedule import Schedule, problems
from bot.training.setting_pause import Pausing
from bot.training.setting_steps import OLD, ROW
from bot.training.words import Question, Reading, read
from nlu.text import fold

Taking = Callable[[Here, dict[str, Any], str], Replies]


class SettingUp(Pausing):
    """`unit` in the draft: whose times are changed, "" for the department's."""

    name = "setting_up"

    def __init__(self, rooms: Rooms) -> None:
        super().__init__(rooms)
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "home": self._home, "setup": self._home, "schedule": self._schedule, "set": self._tapped, "cancel": self._cancel,
        }  # fmt: skip
        self._takes: Mapping[str, Taking] = {
            "name": self._name, "zone": self._zone, "holidays": self._holidays, "when": self._when, "cards": self._cards,
            "option": self._option, "quiet": self._quiet, "late": self._late, "pause": self._pause, "shifts": self._shifts, "rota": self._rota, "drop": self._drop, "yes": self._yes, "back": self._back,
            "change": self._change, "for": self._for, "active": self._active,
        }  # fmt: skip

    # -- where it begins -------------------------------------------------------------------------------------------------------

    def _home(self, here: Here, wish: Wish) -> Replies:
        """Of somebody without a department, the set-up: what they say of times with it is kept, and read once it is their turn."""
        if here.member is not None:
            self._rooms.drafts.drop(here.c, here.chat)
            return [reply("home", handling=ROW)]
        draft = self._draft(here)
        begun = "again" if draft else "welcome"
        made = self._times_in(here, self._begun(here, draft), wish)
        return [reply(f"message:train.set.{begun}", handling=ROW), *self._go_on(here, made)]

    def _times_in(self, here: Here, draft: dict[str, Any], wish: Wish) -> dict[str, Any]:
        """The draft with the words of a wish for times, where they name some."""
        if wish.name != "schedule" or not wish.text:
            return draft
        found = read(wish.text, here.lang, local_date(here.now, draft.get("zone", "UTC")))
        silent = isinstance(found, Question) and found.id in ("nothing", "not_understood", "which_pause")
        if silent or (isinstance(found, Reading) and not found.slots):
            return draft
        return self._with_times(here, draft, wish.text, here.lang)

    def _schedule(self, here: Here, wish: Wish) -> Replies:
        """With words ("every Tuesday 7am"), these are read; without, what holds now is shown."""
        if here.member is None:
            return self._home(here, wish)
        if not wish.text:
            self._rooms.drafts.drop(here.c, here.chat)
            return [reply("schedule", handling=ROW, unit="")]
        switched = self._switch_called(here, wish.text)
        if switched is not None:
            self._rooms.drafts.drop(here.c, here.chat)
            return self._active(here, {}, switched)
        draft = self._of_now(here, "")
        if wish.about == "row" and self._says_nothing(here, draft, wish.text):
            return [reply("schedule", handling=ROW, unit="")]
        if drafting.standing(draft) is None and self._pauses(here, draft, wish.text):
            return [reply("schedule", handling=ROW, unit="")]
        return self._when(here, draft, wish.text)

    def _says_nothing(self, here: Here, draft: dict[str, Any], text: str) -> bool:
        """A sentence that only asks for the times ("change the refreshers") sets none, nor does one that says of a pause only that it is to be."""
        found = read(text, here.lang, self._today(here, draft))
        if not isinstance(found, Question):
            return False
        return found.id in ("nothing", "not_understood") or (found.id == "which_pause" and not found.params["begun"])

    def _pauses(self, here: Here, draft: dict[str, Any], text: str) -> bool:
        """Whether it is about a pause alone: there is nothing to pause yet."""
        found = read(text, here.lang, self._today(here, draft))
        return found.id == "which_pause" if isinstance(found, Question) else not found.slots

    def _now(self, here: Here, unit: str) -> dict[str, Any]:
        """The draft of what holds for the department or a unit of it; a unit without times of its own begins with the department's."""
        people = self._rooms.people
        place = people.department(here.c, here.member.department)
        found = people.schedule_for(here.c, place.id, unit or None) or people.schedule_for(here.c, place.id, None)
        draft = drafting.of_schedule(found.rule, place.name) if found is not None else self._bare(place)
        return {**draft, "unit": unit}

    @staticmethod
    def _bare(place: Any) -> dict[str, Any]:
        return {"name": place.name, "zone": place.zone, "holidays": place.holidays, "cards": 2}

    def _begun(self, here: Here, draft: dict[str, Any]) -> dict[str, Any]:
        return {"clerk": self.name, "place": _place(here), **draft}

    def _of_now(self, here: Here, unit: str) -> dict[str, Any]:
        return self._begun(here, self._now(here, unit))

    # -- a step at a time --------------------------------------------------------------------------------------------------------

    def _draft(self, here: Here) -> dict[str, Any]:
        """Only where it was begun: with the same department, or still without one."""
        found = self._rooms.drafts.get(here.c, here.chat)
        return found if found.get("clerk") == self.name and found.get("place") == _place(here) else {}

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        step = str(self._draft(here).get("step"))
        if step == "confirm":
            return self._said_at_the_end(here, draft, text)
        return (
            self._takes[step](here, draft, text)
            if step in (*drafting.STEPS, "quiet", "late", "shifts", "pause")
            else [reply(OLD)]
        )

    def _said_at_the_end(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """ "Yes" in words is the tap on it, "no" asks for other times; anything else is read as these."""
        words = self._rooms.library.commands[here.lang]["training"]
        said = fold(text).replace(",", " ").split()
        if said[:1] == [fold(words["yes"])]:
            return self._yes(here, draft, "")
        other = "" if said == [fold(words["not_in"])] else text
        if drafting.pauses_alone(draft, self._today(here, draft)):
            bare = {**draft, "when": ""}
            if not other or next(self._readings(here, bare, other), None) is not None:
                return self._pause(here, bare, other)
        return self._when(here, draft, other)

    def _tapped(self, here: Here, wish: Wish) -> Replies:
        step, _, value = wish.about.partition(":")
        take, draft = self._takes.get(step), self._draft(here)
        if take is None or (not draft and step not in ("change", "for", "active", "drop")):
            return [reply(OLD)]
        return take(here, draft, value)

    def _cancel(self, here: Here, _: Wish) -> Replies:
        """Nothing of it counts."""
        self._rooms.drafts.drop(here.c, here.chat)
        return [
            reply(
                "message:train.set.cancelled" if here.member is not None else "message:train.set.dropped", handling=ROW
            )
        ]

    # -- times of a department that is there ------------------------------------------------------------------------------------------

    def _for(self, here: Here, _: dict[str, Any], unit: str) -> Replies:
        """The times of one unit, or with "" the department's."""
        return [reply("schedule", handling=ROW, unit=unit)] if self._mine(here, unit) else [reply(OLD)]

    def _change(self, here: Here, _: dict[str, Any], about: str) -> Replies:
        """One step of what holds now, asked anew: "step:unit"."""
        step, unit = _two(about)
        if step not in drafting.CHANGES or not self._mine(here, unit):
            return [reply(OLD)]
        draft = self._of_now(here, unit)
        if step == "pause":
            known = self._set_for(here, unit) is not None
            return self._ask(here, draft, step) if known else [reply("schedule", handling=ROW, unit=unit)]
        return self._ask(here, {k: v for k, v in draft.items() if k != step}, step)

    def _drop(self, here: Here, _: dict[str, Any], unit: str) -> Replies:
        """A unit goes by the department's times again."""
        if not unit or not self._mine(here, unit):
            return [reply(OLD)]
        self._rooms.people.drop_schedule(here.c, here.member.department, unit, here.now)
        return [reply("schedule", handling=ROW, unit=unit)]

    # -- the yes -----------------------------------------------------------------------------------------------------------------------

    def _yes(self, here: Here, draft: dict[str, Any], _: str) -> Replies:
        """All in the transaction of this tap: the department, its times, and the coordinator as its first member."""
        found = drafting.schedule(draft, self._today(here, draft)) if drafting.missing(draft) is None else None
        if draft.get("step") != "confirm" or not isinstance(found, Schedule) or problems(found):
            return [reply(OLD)]
        people = self._rooms.people
        if here.member is not None:
            unit = draft.get("unit", "")
            if not self._mine(here, unit):
                return [reply(OLD)]
            if not unit:
                people.set_place(here.c, here.member.department, found.zone, found.holidays)
            people.set_schedule(here.c, here.member.department, unit or None, found, here.now)
            self._rooms.drafts.drop(here.c, here.chat)
            if drafting.pauses_alone(draft, self._today(here, draft)):
                return [reply("schedule", handling=ROW, unit=unit)]  # with the button that takes it back
            return [reply("message:train.set.saved", handling=ROW)]
        made = people.add_department(here.c, draft["name"], found.zone, here.lang, here.now, holidays=found.holidays)
        people.set_schedule(here.c, made, None, found, here.now)
        people.join(here.c, here.chat, made, None, "coordinator", here.lang, here.now)
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("message:train.set.done", handling=ROW)]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return setting_words.words(what, ask)


def _place(here: Here) -> str:
    return str(here.member.department) if here.member is not None else ""


def _two(about: str) -> tuple[str, str]:
    """What stands before and after the first colon."""
    first, _, rest = about.partition(":")
    return first, rest
