"""Officers and units of a department: ids, moving, a coordinator's role, a new phone, leaving; and the department's rules. Every function
runs in the transaction of the message, and every number in a tap is one of the coordinator's own department (R26)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.shown import Shown
from bot.training import officers_words
from bot.training.command import Wish, number_in
from bot.training.completing import complete_all
from bot.training.inviting_words import ONE_EACH
from bot.training.paging import page_in
from bot.training.rooms import Ask, Here, Replies, Rooms, ask_for, reply
from bot.training.setting_draft import keep_of, name_of

OLD = "message:train.set.old"
DAY = 86400.0
KEEP_DAYS = {"1": 365, "2": 730, "3": 1095, "7": 2555}
"""Choices for the department's written retention of completions: years, in days."""
Doing = Callable[[Here, Any, str], Replies]


class Officers:
    name = "officers"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "officers": self._officers, "officer": self._officer, "units": self._units, "unit": self._unit, "settings": self._settings,
            "rule": self._rule,
        }  # fmt: skip
        self._doings: Mapping[str, Doing] = {
            "show": self._show, "id": self._ask_id, "move": self._move, "role": self._role, "phone": self._phone, "remove": self._remove,
        }  # fmt: skip

    # -- officers --------------------------------------------------------------------------------------------------------------

    def _officers(self, here: Here, wish: Wish) -> Replies:
        return [reply("officers", page=number_in(wish.about) or 0)]

    def _officer(self, here: Here, wish: Wish) -> Replies:
        """ "number:what:value"."""
        number, _, rest = wish.about.partition(":")
        what, _, value = rest.partition(":")
        who = self._mine(here, number)
        doing = self._doings.get(what or "show")
        return doing(here, who, value) if who is not None and doing is not None else [reply(OLD)]

    def _mine(self, here: Here, number: str) -> Any:
        """A member of the own department, who has not left."""
        found = number_in(number)
        row = self._rooms.people.by_number(here.c, found) if found is not None else None
        return row if row is not None and row.department == here.member.department and row.left_at is None else None

    def _show(self, here: Here, who: Any, _: str) -> Replies:
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("officer", member=who.id)]

    def _ask_id(self, here: Here, who: Any, _: str) -> Replies:
        self._rooms.drafts.put(here.c, here.chat, {"clerk": self.name, "step": "id", "member": who.id}, here.now)
        return [ask_for("message:train.officer.id")]

    def _move(self, here: Here, who: Any, unit: str) -> Replies:
        """Without a unit, which one; "none" is the department alone."""
        page = page_in(unit)
        if not unit or page is not None:
            return [reply("officer.move", member=who.id, page=page or 0)]
        target = None if unit == "none" else unit
        if target is not None and self._unit_of(here, target) is None:
            return [reply(OLD)]
        self._rooms.people.move(here.c, who.id, target, here.now)
        return [reply("officer", member=who.id)]

    def _role(self, here: Here, who: Any, role: str) -> Replies:
        """A department never stays without a coordinator."""
        if role not in ("officer", "coordinator"):
            return [reply(OLD)]
        own = who.id == here.member.id
        given = self._rooms.doors.give(here.c, who, role, here.now, told=not own)
        if given != "done":
            return [reply("message:train.officer.last" if given == "last" else OLD)]
        return [reply("message:train.officer.no_more") if own else reply("officer", member=who.id)]

    def _phone(self, here: Here, who: Any, _: str) -> Replies:
        """A link that works once, for a day, and lets this officer in from another phone."""
        code = self._rooms.people.make_batch(
            here.c, here.member.department, who.unit, 1, here.now + DAY, who.role, tap=False, member_id=who.id
        )
        draft = {
            "clerk": "inviting",
            "role": "phone",
            "unit": "",
            "count": 1,
            "kind": ONE_EACH,
            "codes": [code],
            "expires": here.now + DAY,
        }
        self._rooms.drafts.put(here.c, here.chat, draft, here.now)
        return [reply("invitation")]

    def _remove(self, here: Here, who: Any, said: str) -> Replies:
        """Asked once more; completions stay as long as the department's rule says."""
        if said != "yes":
            return [reply("officer.remove", member=who.id)]
        if who.role == "coordinator" and len(self._rooms.people.coordinators(here.c, who.department)) < 2:
            return [reply("message:train.officer.last")]
        own = who.id == here.member.id
        self._rooms.doors.leave(here.c, who.id, here.now, told=not own)
        if own:
            return [reply("message:train.left")]
        return [reply(f"message:train.officer.removed{'.coordinator' if who.role == 'coordinator' else ''}")]

    # -- units -------------------------------------------------------------------------------------------------------------------

    def _units(self, here: Here, wish: Wish) -> Replies:
        """A page of them."""
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("units", page=number_in(wish.about) or 0)]

    def _unit(self, here: Here, wish: Wish) -> Replies:
        """ "add", or "<unit>:show|name|remove[:yes]"."""
        unit, _, rest = wish.about.partition(":")
        if unit == "add":
            return self._ask_unit(here, "")
        if self._unit_of(here, unit) is None:
            return [reply(OLD)]
        if rest == "name":
            return self._ask_unit(here, unit)
        if rest == "remove":
            return [reply("unit.remove", unit=unit)]
        if rest == "remove:yes":
            waits = [row for row in self._rooms.people.waiting(here.c, here.member.department) if row.unit == unit]
            self._rooms.people.remove_unit(here.c, unit, here.now)
            self._rooms.doors.tell(here.c, waits, "no", here.now)
            return [reply("units")]
        return [reply("unit", unit=unit)]

    def _unit_of(self, here: Here, unit: str) -> Any:
        return next((row for row in self._rooms.people.units(here.c, here.member.department) if row.id == unit), None)

    def _ask_unit(self, here: Here, unit: str) -> Replies:
        self._rooms.drafts.put(here.c, here.chat, {"clerk": self.name, "step": "unit", "unit": unit}, here.now)
        return [ask_for("message:train.unit.name")]

    # -- the department's rules ----------------------------------------------------------------------------------------------------

    def _settings(self, here: Here, _: Wish) -> Replies:
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("settings")]

    def _rule(self, here: Here, wish: Wish) -> Replies:
        """ "duty:0|1", "ranking:0|1|yes", "keep:<years>|always", "instructor[:none]", "name"."""
        what, _, value = wish.about.partition(":")
        change: dict[str, Any] = {}
        if what == "ranking" and value == "1":  # asked once more: names beside results change how people answer
            return [reply("message:train.rule.ranking")]
        if what == "ranking" and value == "yes":
            change = {"ranking": 1}
        elif what in ("duty", "ranking") and value in ("0", "1"):
            change = {{"duty": "on_duty_only", "ranking": "ranking"}[what]: int(value)}
        elif what == "keep" and (value in KEEP_DAYS or value == "always"):
            change = {"keep_days": KEEP_DAYS.get(value)}
        elif what == "keep" and not value:
            self._rooms.drafts.put(here.c, here.chat, {"clerk": self.name, "step": "keep"}, here.now)
            return [ask_for("message:train.rule.keep")]
        elif what == "instructor":
            return self._ask_instructor(here, value)
        elif what == "name":
            self._rooms.drafts.put(here.c, here.chat, {"clerk": self.name, "step": "department"}, here.now)
            return [ask_for("message:train.set.name")]
        if not change:
            return [reply(OLD)]
        self._rooms.people.change_department(here.c, here.member.department, here.now, **change)
        return [reply("settings")]

    def _ask_instructor(self, here: Here, value: str) -> Replies:
        """ "none" is the department itself, as it was before anybody was named."""
        if value == "none":
            self._rooms.people.set_instructor(here.c, here.member.department, None)
            return self._settings(here, Wish("settings"))
        if value:
            return [reply(OLD)]
        self._rooms.drafts.put(here.c, here.chat, {"clerk": self.name, "step": "instructor"}, here.now)
        return [ask_for("message:train.rule.instructor")]

    # -- words ------------------------------------------------------------------------------------------------------------------------

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        step = draft.get("step")
        if step == "id":
            return self._given_id(here, draft, text)
        if step == "keep":
            return self._kept(here, text)
        name = name_of(text)
        if name is None:
            return [ask_for("message:train.set.name.wrong")]
        self._rooms.drafts.drop(here.c, here.chat)
        people, place = self._rooms.people, here.member.department
        if step == "department":
            people.change_department(here.c, place, here.now, name=name)
            return [reply("settings")]
        if step == "instructor":
            people.set_instructor(here.c, place, name)
            return [reply("settings")]
        return self._named(here, str(draft.get("unit") or ""), name)

    def _named(self, here: Here, unit: str, name: str) -> Replies:
        """A new unit, or the new name of one. Two that are called the same nobody could tell apart."""
        people, place = self._rooms.people, here.member.department
        if unit and self._unit_of(here, unit) is None:
            return [reply(OLD)]
        if people.unit_called(here.c, place, name, but=unit) is not None:
            self._rooms.drafts.put(here.c, here.chat, {"clerk": self.name, "step": "unit", "unit": unit}, here.now)
            return [ask_for("message:train.unit.name.taken")]
        if not unit:
            return [reply("unit", unit=people.add_unit(here.c, place, name))]
        people.rename_unit(here.c, unit, name)
        return [reply("unit", unit=unit)]

    def _kept(self, here: Here, text: str) -> Replies:
        """The department's written retention, in their own words: years, or days."""
        days = keep_of(text)
        if days is None:
            return [ask_for("message:train.rule.keep.wrong")]
        self._rooms.drafts.drop(here.c, here.chat)
        self._rooms.people.change_department(here.c, here.member.department, here.now, keep_days=days)
        return [reply("settings")]

    def _given_id(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        who = self._mine(here, str(draft.get("member")))
        if who is None:
            return [reply(OLD)]
        try:
            self._rooms.people.set_officer_id(here.c, who.id, text.strip())
        except ValueError:
            return [ask_for("message:train.officer.id.wrong")]
        complete_all(self._rooms, here.c, who.id, here.now)  # who had answered everything waited for this alone
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("officer", member=who.id)]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return officers_words.words(what, ask)
