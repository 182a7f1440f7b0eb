"""The partners of a department or unit: who is called first, an agreement, a call each quarter. Runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.library.addresses import address_in
from bot.library.directory import rules
from bot.shown import Shown
from bot.store import training_partners as partners
from bot.training import partner_words
from bot.training.command import Wish
from bot.training.rooms import Ask, Here, Replies, Rooms, ask_for, reply
from bot.training.setting_draft import name_of

OLD = "message:train.old"
STEPS = ("name", "phone", "hours", "unit")
LONGEST_PHONE = 24


class Partners:
    """The draft holds the answers to `STEPS`; with `partner`, one thing of a partner that is there is said anew."""

    name = "partners"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "partners": self._list, "partner": self._partner, "agreement": lambda here, wish: [reply("message:train.partner.agreement")],
        }  # fmt: skip

    def _list(self, here: Here, _: Wish) -> Replies:
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("partners")]

    def _partner(self, here: Here, wish: Wish) -> Replies:
        """ "add", "unit:<unit>", "yes", or "<number>:show|spoke|phone|hours|remove[:yes]"."""
        first, _, rest = wish.about.partition(":")
        if first == "add":
            if len(partners.of_department(here.c, here.member.department)) >= partners.MOST:
                return [reply("message:train.partner.most", number=partners.MOST)]
            return self._ask(here, {}, "name")
        if first == "unit":
            return self._unit(here, self._draft(here), rest)
        if first == "yes":
            return self._yes(here, self._draft(here))
        row = (
            partners.get(here.c, here.member.department, int(first)) if first.isdecimal() and len(first) < 12 else None
        )
        return self._with(here, row, rest) if row is not None else [reply(OLD)]

    def _with(self, here: Here, row: Any, what: str) -> Replies:
        if what in ("phone", "hours"):
            return self._ask(here, {"partner": row.id}, what)
        if what == "spoke":
            partners.spoken(here.c, row.id, here.now)
        elif what == "remove":
            return [reply("partner.remove", partner=row.id)]
        elif what == "remove:yes":
            partners.remove(here.c, row.id)
            return [reply("partners")]
        return [reply("partner", partner=row.id)]

    # -- adding one ------------------------------------------------------------------------------------------------------------

    def _draft(self, here: Here) -> dict[str, Any]:
        found = self._rooms.drafts.get(here.c, here.chat)
        return found if found.get("clerk") == self.name else {}

    def _ask(self, here: Here, draft: dict[str, Any], step: str, wrong: str = "") -> Replies:
        self._rooms.drafts.put(here.c, here.chat, {**draft, "clerk": self.name, "step": step}, here.now)
        return [ask_for(f"message:train.partner.{step}{wrong}")]

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        step = str(draft.get("step"))
        value, wrong = _read(step, text)
        if value is None:
            return self._ask(here, draft, step, wrong)
        if "partner" in draft:
            return self._changed(here, draft, step, value)
        return self._go_on(here, {**draft, step: value})

    def _changed(self, here: Here, draft: dict[str, Any], step: str, value: str) -> Replies:
        row = partners.get(here.c, here.member.department, int(draft["partner"]))
        self._rooms.drafts.drop(here.c, here.chat)
        if row is None:
            return [reply(OLD)]
        partners.change(here.c, row.id, **{step: value})
        return [reply("partner", partner=row.id)]

    def _go_on(self, here: Here, draft: dict[str, Any]) -> Replies:
        step = next((step for step in STEPS if step not in draft), None)
        if step == "unit" and not self._rooms.people.units(here.c, here.member.department):
            return self._go_on(here, {**draft, "unit": ""})
        if step is not None and step != "unit":
            return self._ask(here, draft, step)
        self._rooms.drafts.put(here.c, here.chat, {**draft, "clerk": self.name, "step": step or "yes"}, here.now)
        return [reply("partner.unit" if step == "unit" else "partner.confirm")]

    def _unit(self, here: Here, draft: dict[str, Any], unit: str) -> Replies:
        known = {row.id for row in self._rooms.people.units(here.c, here.member.department)}
        if "hours" not in draft or (unit and unit not in known):
            return [reply(OLD)]
        return self._go_on(here, {**draft, "unit": unit})

    def _yes(self, here: Here, draft: dict[str, Any]) -> Replies:
        """It counts from here."""
        if any(step not in draft for step in STEPS):
            return [reply(OLD)]
        number = partners.add(
            here.c,
            here.member.department,
            draft["unit"] or None,
            draft["name"],
            draft["phone"],
            draft["hours"],
            here.now,
        )
        self._rooms.drafts.drop(here.c, here.chat)
        return [reply("partner", partner=number), reply("message:train.partner.added")]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return partner_words.words(what, ask)


def _read(step: str, text: str) -> tuple[str | None, str]:
    """What was said, or None and which of the messages says what is wrong with it."""
    said = name_of(text)
    if said is None:
        return None, ".wrong"
    if address_in(said):
        return None, ".address"
    if step != "phone":
        return said, ""
    if rules.known_to_be_wrong(said):
        return None, ".known"
    return (said, "") if rules.can_be_called(said) and len(said) <= LONGEST_PHONE else (None, ".wrong")
