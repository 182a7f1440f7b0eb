"""Links that let officers and coordinators in, and the tap on each who comes by one. Every function runs in the transaction of the message.

A code stands in clear nowhere but in the sealed draft of whoever made it, until it is shown (R26, decision 0014).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.library.replies import Part
from bot.shown import Shown
from bot.store import queues
from bot.store.training_departments import end_links
from bot.training import inviting_words
from bot.training.command import Wish, number_in
from bot.training.invited import invited
from bot.training.inviting_words import ONE_EACH, ONE_FOR_ALL
from bot.training.rooms import Ask, Here, Replies, Rooms, ask_for, reply

OLD = "message:train.set.old"
DAY = 86400.0
MOST = 200
"""Links on one sheet, or people by one link."""
DAYS = (1, 7, 30)
COORDINATOR_DAYS = 1


class Inviting:
    name = "inviting"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "invite": self._invite, "links": self._links, "revoke": self._revoke, "join": self._decide, "waiting": self._waiting,
        }  # fmt: skip

    # -- making links ----------------------------------------------------------------------------------------------------------

    def _invite(self, here: Here, wish: Wish) -> Replies:
        """One question after another, each with a tap: for whom, of which unit, how many, one link or one each, for how long."""
        step, _, value = wish.about.partition(":")
        draft = self._draft(here)
        if not step:
            self._put(here, {})
            return self._in_words(here, wish.text) if wish.text else [reply("message:train.invite")]
        if step == "officer":
            draft = self._put(here, {"role": "officer"})
            units = self._rooms.people.units(here.c, here.member.department)
            return (
                [reply("invite.unit", page=number_in(value) or 0)]
                if units
                else self._how_many(here, {**draft, "unit": ""})
            )
        if step == "coordinator":
            return self._made(
                here, {"role": "coordinator", "unit": "", "count": 1, "kind": ONE_EACH, "days": COORDINATOR_DAYS}
            )
        if step == "file":
            return [reply("invite.file", kind=value)] if "codes" in draft else [reply(OLD)]
        take = {"unit": self._unit, "count": self._count, "kind": self._kind, "days": self._days}.get(step)
        return take(here, draft, value) if take is not None and draft.get("role") else [reply(OLD)]

    def _in_words(self, here: Here, text: str) -> Replies:
        """How many, and of which unit, as they were said with the command; what is missing is asked. Other words open the questions alone."""
        units = self._rooms.people.units(here.c, here.member.department)
        said = invited(text, [row.name for row in units], here.lang)
        if said.count is None and said.unit is None:
            return [reply("message:train.invite")]
        draft: dict[str, Any] = {"role": "officer"}
        if said.count is not None and 1 <= said.count <= MOST:
            draft["wanted"] = said.count
        unit = next((row.id for row in units if row.name == said.unit), None)
        unknown = [reply("message:train.invite.unit.unknown")] if said.unknown else []
        if unit is None and units:
            self._put(here, draft)
            return [*unknown, reply("invite.unit", page=0)]
        asked = self._how_many(here, {**draft, "unit": unit or ""})
        wrong = said.count is not None and "wanted" not in draft
        return [*unknown, ask_for("message:train.invite.count.wrong", number=MOST)] if wrong else [*unknown, *asked]

    def _unit(self, here: Here, draft: dict[str, Any], unit: str) -> Replies:
        return self._how_many(here, {**draft, "unit": unit}) if self._is_unit(here, unit) else [reply(OLD)]

    def _is_unit(self, here: Here, unit: str) -> bool:
        """One of the own department, or "" for all of it."""
        return not unit or unit in [row.id for row in self._rooms.people.units(here.c, here.member.department)]

    def _how_many(self, here: Here, draft: dict[str, Any]) -> Replies:
        """Asked, unless it was said with the command."""
        wanted = draft.pop("wanted", None)
        self._put(here, draft)
        return self._count(here, draft, str(wanted)) if wanted is not None else [ask_for("message:train.invite.count")]

    def _count(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        said = text.strip()
        if "unit" not in draft or not said.isdecimal() or len(said) > 4 or not 1 <= int(said) <= MOST:
            return [ask_for("message:train.invite.count.wrong", number=MOST)]
        draft = self._put(here, {**draft, "count": int(said)})
        if draft["count"] == 1:
            return self._kind(here, draft, ONE_EACH)
        return [reply("invite.kind")]

    def _kind(self, here: Here, draft: dict[str, Any], kind: str) -> Replies:
        if kind not in (ONE_EACH, ONE_FOR_ALL) or "count" not in draft:
            return [reply(OLD)]
        self._put(here, {**draft, "kind": kind})
        return [reply("message:train.invite.days")]

    def _days(self, here: Here, draft: dict[str, Any], days: str) -> Replies:
        if not days.isdecimal() or int(days) not in DAYS or "kind" not in draft:
            return [reply(OLD)]
        return self._made(here, {**draft, "days": int(days)})

    def _made(self, here: Here, draft: dict[str, Any]) -> Replies:
        """The links. Where they are for many, on one link or one each, each who comes waits for a tap: a sheet can be lost. A single link for one
        person was handed over by the coordinator, and lets in at once."""
        if not self._is_unit(here, draft["unit"]):  # removed while the rest was asked
            return [reply(OLD)]
        many = draft["kind"] == ONE_EACH
        expires = here.now + draft["days"] * DAY
        links = [(1, draft["count"] > 1)] * draft["count"] if many else [(draft["count"], True)]
        people, place = self._rooms.people, here.member.department
        codes = [
            people.make_batch(here.c, place, draft["unit"] or None, most, expires, draft["role"], tap)
            for most, tap in links
        ]
        self._put(here, {**draft, "codes": codes, "expires": expires})
        return [reply("invitation")]

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return self._count(here, draft, text)

    def _draft(self, here: Here) -> dict[str, Any]:
        found = self._rooms.drafts.get(here.c, here.chat)
        return found if found.get("clerk") == self.name else {}

    def _put(self, here: Here, draft: dict[str, Any]) -> dict[str, Any]:
        made = {**draft, "clerk": self.name}
        self._rooms.drafts.put(here.c, here.chat, made, here.now)
        return made

    # -- links that are open -----------------------------------------------------------------------------------------------------

    def _links(self, here: Here, wish: Wish) -> Replies:
        """A page of them."""
        return [reply("links", page=number_in(wish.about) or 0)]

    def _revoke(self, here: Here, wish: Wish) -> Replies:
        """By the beginning of its keyed hash; only of the own department. "all", and after a second tap "all:yes", where a sheet was lost."""
        if wish.about in ("all", "all:yes"):
            return [reply("message:train.links.all")] if wish.about == "all" else self._revoke_all(here)
        people, place, whole = self._rooms.people, here.member.department, len(wish.about) == inviting_words.HASH
        waits = [row for row in people.waiting(here.c, place) if row.batch.startswith(wish.about)]
        done = whole and people.revoke_link(here.c, place, wish.about, here.now)
        if done:
            self._rooms.doors.tell(here.c, waits, "no", here.now)
        return [reply("message:train.links.revoked"), reply("links")] if done else [reply("message:train.links.gone")]

    def _revoke_all(self, here: Here) -> Replies:
        people, place = self._rooms.people, here.member.department
        waits = people.waiting(here.c, place)
        if not end_links(here.c, place, here.now):
            return [reply("message:train.links.gone")]
        self._rooms.doors.tell(here.c, waits, "ended", here.now)
        return [reply("message:train.links.revoked.all"), reply("links", page=0)]

    # -- joining -----------------------------------------------------------------------------------------------------------------

    def joins(self, here: Here, code: str) -> Replies | None:
        """Somebody opened a department's link. None where the code is no department's."""
        people, doors = self._rooms.people, self._rooms.doors
        if people.is_phone(here.c, code):
            return self._new_phone(here, code)
        joined = doors.ask(here.c, code, here.chat, here.lang, here.now)
        if joined.outcome == "unknown":
            return None
        if joined.outcome == "in":
            return [reply("welcome", member=joined.member)]
        if joined.number is None:
            return [reply(f"message:train.join.{joined.outcome}")]
        if joined.outcome == "waits":
            self._tell(here, joined.number)
        return [reply(f"message:train.join.{joined.outcome}", number=people.spoken(joined.number))]

    def _new_phone(self, here: Here, code: str) -> Replies:
        """The same officer from another chat; what is known of them stays, and the old chat is a guest's."""
        taken = self._rooms.doors.take_over(here.c, code, here.chat, here.now)
        if taken.member is None:
            return [reply(f"message:train.join.{taken.outcome}")]
        return [reply("welcome", member=taken.member)]

    def _tell(self, here: Here, number: int) -> None:
        """Every coordinator of the department is asked; the first tap decides. Without a sound: nobody is in danger, and it may be night."""
        row = self._rooms.people.asked_with_place(here.c, number)
        for who in self._rooms.people.coordinators(here.c, row.department):
            part = Part("training:join.asked", params={"number": number})
            key = f"join:{number}:{who.id}"
            self._rooms.post.put(here.c, who.chat, part, key, here.now, lane=queues.REPLY, silent=True, lang=who.lang)

    def _waiting(self, here: Here, _: Wish) -> Replies:
        """Those who wait, one message each; the first ones where they are many."""
        rows = self._rooms.people.waiting(here.c, here.member.department)[: inviting_words.PER_PAGE]
        return [reply("join.asked", number=row.id) for row in rows] or [reply("message:train.join.nobody")]

    def _decide(self, here: Here, wish: Wish) -> Replies:
        """A coordinator's tap: "number:y" or "number:n". Another department's number is nothing."""
        number, _, said = wish.about.partition(":")
        found = number_in(number)
        row = self._rooms.people.asks(here.c, here.member.department, found) if found is not None else None
        if row is None or said not in ("y", "n"):
            return [reply(OLD)]
        if row.accepted is not None:
            return [reply("message:train.join.decided")]
        member = self._rooms.doors.answer(here.c, row, here.member.id, said == "y", here.now)
        if said == "n":
            return [reply("message:train.join.refused", number=self._rooms.people.spoken(row.id))]
        if not member:
            return [reply("message:train.join.could_not")]
        return [reply("message:train.join.done", number=self._rooms.people.spoken(row.id))]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return inviting_words.words(what, ask)
