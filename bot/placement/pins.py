"""The keypad for a PIN: digits in memory alone, a hash in the store, five misses lock it (decision 0011)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library.replies import Part, Reply
from bot.oncall import pin
from bot.oncall.model import MISSES
from bot.oncall.pin import AGAIN, DIFFERENT, Keypad
from bot.placement.model import Here, Replies, Rooms, reply
from bot.store.oncall import HANDLE

MOST_OPEN = 1000
"""Keypads in memory; beyond that the oldest is over."""
_CHANGE = "change"


@dataclass(slots=True)
class _Pad:
    """`then`: the button that asked for the PIN, such as "open:…"; "change" before a new one is set; "" where there is nothing."""

    keys: Keypad
    then: str


class Pins:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._pads: dict[str, _Pad] = {}

    def change(self, here: Here) -> Replies:
        """ "/pin": a first one, or a new one after the old."""
        if self._rooms.oncall.is_locked(here.c, here.chat):
            return self.locked(here)
        if self._rooms.oncall.has_pin(here.c, here.chat):
            return [self._show(here, "enter", _CHANGE, "oncall.pin.old")]
        return [self._show(here, "set", "", "oncall.pin.new")]

    def ask(self, here: Here, then: str) -> Replies:
        """Before anything sealed is shown. Without a PIN one is set first."""
        if self._rooms.oncall.is_locked(here.c, here.chat):
            return self.locked(here)
        if not self._rooms.oncall.has_pin(here.c, here.chat):
            return [self._show(here, "set", then, "oncall.pin.first")]
        return [self._show(here, "enter", then, "oncall.pin.enter")]

    def press(self, here: Here, key: str) -> tuple[Replies, str | None]:
        """One tap. (what is said, the button that may now be followed); a digit is answered with nothing."""
        pad = self._pads.get(here.chat)
        if pad is None or pad.keys.old(here.now):
            self._pads.pop(here.chat, None)
            return [reply("message:oncall.pin.over")], None
        if self._rooms.oncall.is_locked(here.c, here.chat):
            return self.locked(here), None
        said = pad.keys.press(key, here.now)
        if said is None:
            return ([reply("message:oncall.pin.short")] if key == "ok" else []), None
        if said is AGAIN:
            return [self._screen("oncall.pin.again")], None
        if said is DIFFERENT:
            return [self._screen("oncall.pin.different")], None
        del self._pads[here.chat]
        return self._set(here, pad, str(said)) if pad.keys.purpose == "set" else self._check(here, pad, str(said))

    def _set(self, here: Here, pad: _Pad, digits: str) -> tuple[Replies, str | None]:
        if not self._rooms.oncall.set_pin(here.c, here.chat, pin.hashed(digits)):
            return self.locked(here), None
        self._rooms.audit.note(here.c, here.chat, "pin", None, here.now)
        return [reply("message:oncall.pin.set")], pad.then or None

    def _check(self, here: Here, pad: _Pad, digits: str) -> tuple[Replies, str | None]:
        oncall = self._rooms.oncall
        if pin.right(oncall.pin_of(here.c, here.chat), digits):
            oncall.pin_held(here.c, here.chat)
            if pad.then == _CHANGE:
                return [self._show(here, "set", "", "oncall.pin.new")], None
            return [], pad.then
        misses = oncall.pin_missed(here.c, here.chat, here.now)
        if misses >= MISSES:
            self._rooms.audit.note(here.c, here.chat, "locked", None, here.now)
            once = f"{here.chat}:{here.now}"
            self._rooms.alerts.queue(here.c, "operator.pin_locked", here.now, once=once, part=here.chat[:HANDLE])
            return self.locked(here), None
        return [
            reply("message:oncall.pin.wrong", count=MISSES - misses),
            self._show(here, "enter", pad.then, "oncall.pin.enter"),
        ], None

    def _show(self, here: Here, purpose: str, then: str, text: str) -> Reply:
        """A fresh keypad; one that was open is over."""
        self._pads.pop(here.chat, None)
        self._pads[here.chat] = _Pad(Keypad(purpose, here.now), then)
        while len(self._pads) > MOST_OPEN:
            del self._pads[next(iter(self._pads))]
        return self._screen(text)

    @staticmethod
    def _screen(text: str) -> Reply:
        return reply(Part("private:keypad", params={"text": text}))

    def locked(self, here: Here) -> Replies:
        self._pads.pop(here.chat, None)
        holds = self._rooms.requests.held_by(here.c, here.chat)
        return [reply("message:oncall.locked.holding" if holds else "message:oncall.locked")]
