"""The partners of a department or unit: whom its officers call first, what to agree on before the first night, a call each quarter. Every
function runs in the transaction of the message, and every number in a tap is one of the coordinator's own department (R26)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import phonenumbers

from bot.library.addresses import address_in
from bot.library.directory.rules import known_to_be_wrong, parsed
from bot.localtime import local_date
from bot.shown import Shown
from bot.store import training_partners as store
from bot.training import partner_words
from bot.training.command import Wish, number_in
from bot.training.paging import page_in
from bot.training.rooms import Ask, Here, Replies, Rooms, ask_for, reply
from bot.training.setting_draft import name_of
from bot.training.spoken import Spoken, spoken_of

OLD = "message:train.old"
FIELDS = ("name", "phone", "hours", "spoken")
"""In the order in which they are asked."""
ALWAYS = "24/7"
SPOKEN = {"today": "today", "none": "not yet"}
"""What a button says for whoever asks when they last spoke."""
LONGEST_PHONE = 24


class Partners:
    """The draft holds the answers to `STEPS`; with `partner`, one thing of a partner that is there is said anew."""

    name = "partners"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {
            "partners": self._list, "partner": self._partner, "agreement": lambda here, wish: [reply("message:train.agreement")],
        }  # fmt: skip

    def _list(self, here: Here, wish: Wish) -> Replies:
        """A page of them."""
        self._drop(here)
        return [reply("partners", page=number_in(wish.about) or 0)]

    def _drop(self, here: Here) -> None:
        if self._rooms.drafts.get(here.c, here.chat).get("clerk") == self.name:
            self._rooms.drafts.drop(here.c, here.chat)

    def _partner(self, here: Here, wish: Wish) -> Replies:
        """ "add"; "always" while hours are asked, "spoken:today|none" while it is asked when they last spoke; "unit:<unit>" or "unit:none", and "yes", at the end of adding; else "number:what:value"."""
        first, _, rest = wish.about.partition(":")
        if first == "add":
            return self._ask(here, {})
        if first == "always":
            draft = self._draft(here)
            return self._given(here, draft, ALWAYS) if draft and self._step(draft) == "hours" else [reply(OLD)]
        if first == "spoken":
            draft, said = self._draft(here), SPOKEN.get(rest)
            return self._given(here, draft, said) if said and draft and self._step(draft) == "spoken" else [reply(OLD)]
        if first == "unit" and page_in(rest) is not None:
            return [reply("partner.unit", page=page_in(rest))]
        if first == "unit":
            return self._read_back(here, self._draft(here), rest)
        if first == "yes":
            return self._made(here, self._draft(here))
        row = self._mine(here, first)
        if row is None:
            return [reply(OLD)]
        what, _, value = rest.partition(":")
        if what in FIELDS:
            return self._ask(here, {"partner": row.id, "only": what})
        doing = {"": self._show, "spoke": self._spoke, "remove": self._remove, "unit": self._of_unit}.get(what)
        return doing(here, row, value) if doing is not None else [reply(OLD)]

    def _mine(self, here: Here, number: str) -> Any:
        found = number_in(number)
        return store.get(here.c, here.member.department, found) if found is not None else None

    def _show(self, here: Here, row: Any, _: str) -> Replies:
        return [reply("partner", partner=row.id)]

    def _spoke(self, here: Here, row: Any, _: str) -> Replies:
        store.spoke(here.c, here.member.department, row.id, here.now)
        return [reply("partner", partner=row.id)]

    def _remove(self, here: Here, row: Any, said: str) -> Replies:
        """Asked once more."""
        if said != "yes":
            return [reply("partner.remove", partner=row.id)]
        store.remove(here.c, here.member.department, row.id)
        return [reply("partners", page=0)]

    def _of_unit(self, here: Here, row: Any, unit: str) -> Replies:
        """Without a unit, which one; "none" is the whole department."""
        page = page_in(unit)
        if not unit or page is not None:
            return [reply("partner.unit", partner=row.id, page=page or 0)]
        if not self._is_unit(here, unit):
            return [reply(OLD)]
        store.change(here.c, here.member.department, row.id, unit=None if unit == "none" else unit)
        return [reply("partner", partner=row.id)]

    def _is_unit(self, here: Here, unit: str) -> bool:
        return unit in ["none", *(row.id for row in self._rooms.people.units(here.c, here.member.department))]

    # -- adding and changing, one question after another --------------------------------------------------------------------------

    def _draft(self, here: Here) -> dict[str, Any]:
        found = self._rooms.drafts.get(here.c, here.chat)
        return found if found.get("clerk") == self.name else {}

    def _step(self, draft: dict[str, Any]) -> str | None:
        """What is asked now; None where everything is there."""
        if "only" in draft:
            return str(draft["only"])
        return next((field for field in FIELDS if field not in draft), None)

    def _ask(self, here: Here, draft: dict[str, Any]) -> Replies:
        made = {**draft, "clerk": self.name}
        self._rooms.drafts.put(here.c, here.chat, made, here.now)
        return [ask_for(f"message:train.partner.{self._step(made)}")]

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return self._given(here, draft, text)

    def _given(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        step = self._step(draft) if draft else None
        if step is None:
            return [reply(OLD)]
        value = (
            self._spoken_as(here, text) if step == "spoken" else phone_of(text) if step == "phone" else open_line(text)
        )
        if value is None:
            return [ask_for(f"message:train.partner.{step}.wrong")]
        if step == "phone" and known_to_be_wrong(text):
            return [ask_for("message:train.partner.phone.known")]
        if "only" in draft:
            self._drop(here)
            row = self._mine(here, str(draft.get("partner")))
            if row is None:
                return [reply(OLD)]
            if step == "spoken":
                store.spoke(here.c, here.member.department, row.id, self._at(here, value))
            else:
                store.change(here.c, here.member.department, row.id, **{step: value})
            return [reply("partner", partner=row.id)]
        filled = {**draft, step: value}
        if self._step(filled) is not None:
            return self._ask(here, filled)
        if not self._rooms.people.units(here.c, here.member.department):
            return self._read_back(here, filled, "none")
        self._rooms.drafts.put(here.c, here.chat, filled, here.now)
        return [reply("partner.unit")]

    def _zone(self, here: Here) -> str:
        return str(self._rooms.people.department(here.c, here.member.department).zone)

    def _spoken_as(self, here: Here, text: str) -> str | None:
        """As the draft keeps it: an ISO day, "" for not yet; None for what cannot be read."""
        found = spoken_of(text, here.lang, local_date(here.now, self._zone(here)))
        return None if found is None else found.day.isoformat() if found.day is not None else ""

    def _at(self, here: Here, kept: str) -> float | None:
        return Spoken(date.fromisoformat(kept) if kept else None).at(self._zone(here), here.now)

    def _read_back(self, here: Here, draft: dict[str, Any], unit: str) -> Replies:
        """A mistyped number is seen before officers see it."""
        if not draft or "only" in draft or self._step(draft) is not None or not self._is_unit(here, unit):
            return [reply(OLD)]
        self._rooms.drafts.put(here.c, here.chat, {**draft, "unit": unit}, here.now)
        return [reply("partner.confirm")]

    def _made(self, here: Here, draft: dict[str, Any]) -> Replies:
        """It counts from here. The checklist comes with the first one, before the first night."""
        unit = str(draft.get("unit", ""))
        if not draft or "only" in draft or self._step(draft) is not None or not self._is_unit(here, unit):
            return [reply(OLD)]
        place = here.member.department
        name, phone, hours, spoken = (str(draft[field]) for field in FIELDS)
        first = not store.of_department(here.c, place)
        number = store.add(
            here.c, place, None if unit == "none" else unit, name, phone, hours, here.now, self._at(here, spoken)
        )
        self._drop(here)
        if number is None:
            return [reply("message:train.partners.full", number=store.MOST)]
        shown = reply("partner", partner=number)
        return [shown, reply("message:train.agreement")] if first else [shown]

    def words(self, what: str, ask: Ask) -> Shown | None:
        return partner_words.words(what, ask)


def open_line(text: str) -> str | None:
    """A name or hours as they are kept: one line, and no address, since a program may keep its place secret (R28). None where it is none."""
    line = name_of(text)
    return line if line is not None and not address_in(line) else None


def phone_of(text: str) -> str | None:
    """A number as it is dialled in the country; None where it is none."""
    found = parsed(text.strip())
    if found is None or not phonenumbers.is_valid_number(found):
        return None
    national = found.country_code == 1
    style = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    shown = phonenumbers.format_number(found, style)
    return shown if len(shown) <= LONGEST_PHONE else None
