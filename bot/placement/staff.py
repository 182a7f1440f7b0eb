"""The advocates' side: what each tap and command does. Every function runs in the transaction of the message (decision 0010); in memory
there are open keypads and nothing else (decision 0011)."""

from __future__ import annotations

from collections.abc import Callable

from bot.library.replies import Part, Reply
from bot.placement.calling import Calling
from bot.placement.handovers import held_past_shift, may_have
from bot.placement.ladders import Ladders
from bot.placement.model import MINOR, Extra, Here, Replies, Rooms, reply
from bot.placement.outcomes import Outcomes
from bot.placement.pins import Pins
from bot.placement.relaying import Relaying
from bot.placement.shifts import tell_if_nobody
from bot.placement.telling import Telling
from bot.store import tallies
from bot.store.oncall import ASKED, OVER, TOOK
from bot.store.requests import TAKEN, Open

WITHIN = ((60, "1m"), (180, "3m"), (300, "5m"), (600, "10m"), (900, "15m"))
"""Seconds until a person first answered, as `bot/report.py` counts them."""
OLD = "message:oncall.old"


class Staff:
    def __init__(self, rooms: Rooms, telling: Telling, calling: Calling) -> None:
        self._rooms, self._telling, self._calling = rooms, telling, calling
        self._ladders = Ladders(rooms, telling, calling)
        self._pins, self._relaying, self._outcomes = (
            Pins(rooms),
            Relaying(rooms, telling),
            Outcomes(rooms, telling, calling),
        )
        self._taps: dict[str, Callable[[Here, str], Replies]] = {
            "take": self._take, "pass": self._pass, "open": self._open, "why": self._open_why, "pin": self._pin, "test": self._test,
            "have": self._have, "shift": self._shift, "out": self._out, "request": self._request, "help": self._help,
            "oncall": self._help, "close": self._close, "end": self._end, "rule": self._rule,
            "relay_send": self._send, "relay_drop": self._drop,
        }  # fmt: skip

    def handle(self, here: Here, value: str) -> Replies:
        """What the advocate hears. `value`: a command ("/pin") or what stands after "a:" on a button ("take:17")."""
        name, _, about = value.strip().removeprefix("/").partition(":")
        if here.role != "advocate" or self._rooms.oncall.advocate(here.c, here.chat) is None:
            return [reply("message:oncall.not_listed")]
        tap = self._taps.get(name)
        return tap(here, about) if tap is not None else [reply(OLD)]

    def write(self, here: Here, text: str) -> Replies:
        """An advocate's words to the person whose request they hold."""
        return self._relaying.write(here, text, self._held(here))

    def _held(self, here: Here) -> Open | None:
        """The open request that this advocate holds: what the row says, not what the chat is about."""
        if here.role != "advocate" or self._rooms.oncall.advocate(here.c, here.chat) is None:
            return None
        for request_id in self._rooms.requests.held_by(here.c, here.chat):
            found = self._rooms.requests.get(here.c, request_id)
            if found is not None:
                return found
        return None

    def _mine(self, here: Here, request_id: str) -> Open | None:
        """This request, where they hold it."""
        self._rooms.requests.lock(here.c, request_id)
        found = self._rooms.requests.get(here.c, request_id)
        return found if found is not None and found.state == TAKEN and found.taken_by == here.chat else None

    # -- an alert ----------------------------------------------------------------------------------------------------------

    def _take(self, here: Here, about: str) -> Replies:
        """One wins. Only while they are asked, on shift, and the person's yes to their program holds (R41, R60)."""
        oncall, requests = self._rooms.oncall, self._rooms.requests
        known = oncall.rung(here.c, int(about)) if about.isdigit() else None
        if known is None or known[1].chat != here.chat:
            return [reply(OLD)]
        requests.lock(here.c, known[0])
        request_id, rung = oncall.rung(here.c, int(about)) or known
        found = requests.get(here.c, request_id)
        if found is None:
            return [reply(OLD)]
        if found.state == TAKEN and found.taken_by == here.chat:
            return [self._about("oncall.holding", found)]
        if rung.state != ASKED or here.now >= rung.until:
            return [reply("message:oncall.faster" if found.state == TAKEN else OLD)]
        if self._held(here) is not None:
            return [reply("message:oncall.one")]
        if oncall.is_locked(here.c, here.chat):
            return self._pins.locked(here)
        if not self._on_shift(here, rung.program, found):
            return [reply("message:oncall.off_shift")]
        if found.asker != MINOR and requests.valid_release(here.c, request_id, rung.program, here.now) is None:
            return [reply(OLD)]
        if not requests.take(here.c, request_id, here.chat, here.now):
            return [reply("message:oncall.faster")]
        oncall.set_rung(here.c, rung.id, TOOK)
        for other in oncall.rungs_of(here.c, request_id):
            oncall.set_rung(here.c, other.id, OVER)
        self._rooms.audit.note(here.c, here.chat, "take", request_id, here.now)
        tallies.count(here.c, here.now, "first_answer", _within(here.now - (found.sent_at or here.now)))
        return self._begun(here, request_id, self._telling.taken)

    def _begun(self, here: Here, request_id: str, tell: Callable[..., None]) -> Replies:
        """It is theirs: what now, and that nobody can know who holds the phone."""
        self._rooms.requests.attach(here.c, here.chat, request_id)
        found = self._rooms.requests.get(here.c, request_id)
        if found is None:
            return [reply(OLD)]
        tell(here.c, found, here.now)
        kind = "" if found.asker == "self" else f".{found.asker}"
        said = [self._about(f"oncall.taken{kind}", found)]
        if Extra.of(found).warned:
            said.append(reply("message:oncall.not_me", number=found.number))
        return said

    def _pass(self, here: Here, about: str) -> Replies:
        known = self._rooms.oncall.rung(here.c, int(about)) if about.isdigit() else None
        if known is None or known[1].chat != here.chat or known[1].state != ASKED:
            return [reply(OLD)]
        self._passed(here, known[0])
        return [reply("message:oncall.passed")]

    def _passed(self, here: Here, request_id: str) -> None:
        """The next is asked at once."""
        self._rooms.requests.lock(here.c, request_id)
        self._rooms.oncall.pass_on(here.c, request_id, here.chat)
        self._rooms.audit.note(here.c, here.chat, "pass", request_id, here.now)
        self._ladders.step(here.c, request_id, here.now)

    def _on_shift(self, here: Here, program: str, found: Open) -> bool:
        on = [s for s in self._rooms.oncall.on_now(here.c, here.now) if s.chat == here.chat and s.program == program]
        return any(s.minors or found.asker != MINOR for s in on)

    # -- a request they hold ---------------------------------------------------------------------------------------------------

    def _open(self, here: Here, about: str) -> Replies:
        return self._behind_the_pin(here, f"open:{about}", about)

    def _open_why(self, here: Here, about: str) -> Replies:
        return self._behind_the_pin(here, f"why:{about}", about)

    def _behind_the_pin(self, here: Here, then: str, request_id: str) -> Replies:
        found = self._mine(here, request_id)
        if found is None:
            return [reply(OLD)]
        if found.asker == MINOR:
            return [reply("message:oncall.nothing_to_open")]
        return self._pins.ask(here, then)

    def _pin(self, here: Here, about: str) -> Replies:
        if not about:
            return self._pins.change(here)
        said, then = self._pins.press(here, about)
        return [*said, *(self._unlocked(here, then) if then is not None else [])]

    def _unlocked(self, here: Here, then: str) -> Replies:
        """Looked at again: between the button and the PIN it may have gone."""
        what, _, request_id = then.partition(":")
        who = self._rooms.oncall.advocate(here.c, here.chat)
        out = self._rooms.requests.let_out(here.c, request_id, who.program if who is not None else "", here.now)
        if self._mine(here, request_id) is None or not out:  # the yes may have run out while they hold it
            return [reply(OLD)]
        self._rooms.audit.note(here.c, here.chat, "open" if what == "open" else "why", request_id, here.now)
        return [reply(Part("private:answers" if what == "open" else "private:why", params={"request": request_id}))]

    def _request(self, here: Here, _: str) -> Replies:
        """Which one they hold, with words that have not reached them (the screen was cleared meanwhile), and which ones wait for their
        tap."""
        found = self._held(here)
        waiting = [reply(part) for part in self._alerts(here)]
        if found is None:
            return waiting or [reply("message:oncall.none")]
        self._rooms.requests.attach(here.c, here.chat, found.id)
        words = self._rooms.requests.relay_waiting(here.c, found.id, to_advocate=True)
        unread = [reply(Part("private:relay", params={"request": found.id, "relay": one.id})) for one in words]
        return [self._about("oncall.holding", found), *unread, *waiting]

    def _alerts(self, here: Here) -> list[Part]:
        rungs = [r for i in self._rooms.oncall.asked_of(here.c, here.chat) for r in self._rooms.oncall.rungs_of(here.c, i)
                 if r.chat == here.chat and r.state == ASKED]  # fmt: skip
        known = [(r, self._rooms.oncall.rung(here.c, r.id)) for r in rungs]
        return [Part("private:alert", params={"request": k[0], "rung": r.id}) for r, k in known if k is not None]

    def _close(self, here: Here, about: str) -> Replies:
        found = self._mine(here, about) if about else self._held(here)
        return self._outcomes.ask(found)

    def _end(self, here: Here, about: str) -> Replies:
        request_id, _, outcome = about.partition(":")
        return self._outcomes.end(here, self._mine(here, request_id), outcome)

    def _rule(self, here: Here, about: str) -> Replies:
        request_id, _, rule = about.partition(":")
        return self._outcomes.refused(here, self._mine(here, request_id), rule)

    def _send(self, here: Here, about: str) -> Replies:
        return self._second(here, about, True)

    def _drop(self, here: Here, about: str) -> Replies:
        return self._second(here, about, False)

    def _second(self, here: Here, about: str, sends: bool) -> Replies:
        return self._relaying.second(here, int(about) if about.isdigit() else 0, sends, self._held(here))

    def _have(self, here: Here, request_id: str) -> Replies:
        """ "I have it": from one who went off shift, or whose PIN is locked."""
        self._rooms.requests.lock(here.c, request_id)
        found = self._rooms.requests.get(here.c, request_id)
        waits = held_past_shift(self._rooms, here.c, request_id, here.now)
        if found is None or waits is None or found.state != TAKEN:
            return [reply(OLD)]
        holder, program = waits
        if self._held(here) is not None:
            return [reply("message:oncall.one")]
        if not may_have(self._rooms, here.c, found, here.chat, program, here.now):
            return [reply("message:oncall.off_shift")]
        if not self._rooms.requests.retake(here.c, request_id, here.chat, here.now):
            return [reply("message:oncall.faster")]
        self._rooms.audit.note(here.c, here.chat, "handover", request_id, here.now)
        self._calling.tell(
            here.c, holder, "oncall.handed_over", f"gave:{request_id}:{here.now}", here.now, number=found.number
        )
        self._calling.take_down(here.c, holder, here.now)
        said = self._begun(here, request_id, self._telling.handed_over)
        fresh = self._rooms.requests.get(here.c, request_id)
        for words in (
            self._rooms.requests.relay_waiting(here.c, request_id, to_advocate=True) if fresh is not None else []
        ):
            self._calling.words(here.c, fresh or found, words.id, here.now)
        return said

    # -- a shift -----------------------------------------------------------------------------------------------------------------

    def _test(self, here: Here, about: str) -> Replies:
        shifts = {str(s.id): s for s in self._rooms.oncall.shifts_of(here.c, here.chat)}
        shift = shifts.get(about)
        if shift is None or not self._rooms.oncall.confirmed(here.c, shift.id, here.chat, here.now):
            return [reply("message:oncall.test.late")]
        if shift.confirmed_at is None:
            self._rooms.audit.note(here.c, here.chat, "confirm", None, here.now)
        said = reply(Part("private:shifts", params={"text": "oncall.confirmed"}))
        return [said, *([] if self._rooms.oncall.has_pin(here.c, here.chat) else [reply("message:oncall.no_pin")])]

    def _shift(self, here: Here, _: str) -> Replies:
        return [reply(Part("private:shifts", params={"text": "oncall.shifts"}))]

    def _out(self, here: Here, _: str) -> Replies:
        """Off at once: what they were asked goes to the next, what they hold is offered to others."""
        who = self._rooms.oncall.advocate(here.c, here.chat)
        if who is None or not self._rooms.oncall.out(here.c, here.chat, here.now):
            return [reply("message:oncall.out.none")]
        self._rooms.audit.note(here.c, here.chat, "out", None, here.now)
        for request_id in self._rooms.oncall.asked_of(here.c, here.chat):
            self._passed(here, request_id)
        self._calling.take_down(here.c, here.chat, here.now)
        tell_if_nobody(self._rooms, here.c, who.program, here.now, f"out:{here.chat}:{here.now}")
        return [reply("message:oncall.out.holding" if self._held(here) is not None else "message:oncall.out")]

    def _help(self, here: Here, _: str) -> Replies:
        return [reply("message:oncall.help")]

    @staticmethod
    def _about(name: str, found: Open) -> Reply:
        return reply(Part(f"staff:{name}", params={"id": found.id, "number": found.number}))


def _within(seconds: float) -> str:
    return next((name for most, name in WITHIN if seconds <= most), "later")
