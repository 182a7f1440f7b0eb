"""The advocate's side: a shift, an alert, one tap to take it, a PIN to open it, the talk, the end."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from bot.library.replies import Part, Reply
from bot.oncall import pin
from bot.oncall.model import Advocate
from bot.placement.guard import gives_away
from bot.placement.ladders import Ladders
from bot.placement.survivor import Turn
from bot.store.audit import Audit
from bot.store.oncall import ASKED, PASSED, TOOK, OnCall
from bot.store.requests import Open, Requests
from bot.store.tallies import count

OUTCOMES = ("placed", "other_help", "could_not", "lost_contact")
REASONS = ("full", "age", "gender", "children", "pets", "medical", "detox", "mobility", "language", "region")
ROW = "wants_safe_place"
FLEETING_SECONDS = 600


class Staff:
    """Taps are `a:<what>:<id>`. Keypads live in this process only: after a restart a PIN is typed anew."""

    def __init__(self, requests: Requests, oncall: OnCall, audit: Audit, ladders: Ladders) -> None:
        self._requests, self._oncall, self._audit, self._ladders = requests, oncall, audit, ladders
        self._pads: dict[str, pin.Keypad] = {}
        self.locked: Callable[[], None] = lambda: None
        """Called when five misses locked a PIN: the operator is told."""

    def tap(self, c: Connection, turn: Turn, payload: str) -> list[Reply]:
        me = self._oncall.advocate(c, turn.chat)
        if me is None:
            return [self._say("message:button.gone")]
        what, _, rest = payload.removeprefix("a:").partition(":")
        match what:
            case "shift":
                return self._confirm(c, turn, rest)
            case "take":
                return self._take(c, turn, me, rest)
            case "pass":
                return self._pass(c, turn, rest)
            case "open":
                return self._ask_pin(c, turn, me, f"open:{rest}")
            case "k":
                return self._key(c, turn, me, rest)
            case "out":
                return self._out(c, turn)
            case "have":
                return self._hand_over(c, turn, rest)
            case "end":
                return [self._say("message:oncall.outcome")]
            case "close":
                return self._close(c, turn, rest)
            case "send":
                return self._release_held(c, turn, rest)
            case "drop":
                return self._drop_held(c, turn, rest)
        return [self._say("message:button.gone")]

    def command(self, c: Connection, turn: Turn, name: str) -> list[Reply]:
        me = self._oncall.advocate(c, turn.chat)
        if me is None:
            return [self._say("message:oncall.no_program")]
        match name:
            case "pin":
                return self._ask_pin(c, turn, me, "set")
            case "out":
                return self._out(c, turn)
            case "shift":
                return self._shift(c, turn)
            case "request":
                found = self._mine(c, turn.chat)
                return [
                    self._say("message:oncall.holding", number=found.number)
                    if found
                    else self._say("message:oncall.none")
                ]
            case "close":
                return (
                    [self._say("message:oncall.outcome")]
                    if self._mine(c, turn.chat)
                    else [self._say("message:oncall.none")]
                )
        return [self._say("message:oncall.none")]

    # -- shifts -------------------------------------------------------------------------------------------------------

    def _shift(self, c: Connection, turn: Turn) -> list[Reply]:
        coming = [s for s in self._oncall.shifts_of(c, turn.chat) if s.ends_at > turn.now and s.out_at is None][:3]
        if not coming:
            return [self._say("message:oncall.no_shift")]
        shown = [[s.starts_at, s.ends_at, int(s.confirmed_at is not None)] for s in coming]
        return [
            Reply(
                ROW, [Part("shifts:", params={"shifts": shown, "zone": self._zone(c, coming[0].program)})], kind="menu"
            )
        ]

    def _confirm(self, c: Connection, turn: Turn, shift: str) -> list[Reply]:
        if not shift.isdigit() or not self._oncall.confirmed(c, int(shift), turn.chat, turn.now):
            return [self._say("message:oncall.shift.late")]
        self._audit.note(c, turn.chat, "shift", None, turn.now)
        advocate = self._oncall.advocate(c, turn.chat)
        without = advocate is not None and not self._oncall.has_pin(c, turn.chat)
        return [self._say("message:oncall.shift.begun"), *([self._pad(turn, "set")] if without else [])]

    def _out(self, c: Connection, turn: Turn) -> list[Reply]:
        """ "I'm out": no alert comes any more, and what they were asked goes on to the next at once."""
        if not self._oncall.out(c, turn.chat, turn.now):
            return [self._say("message:oncall.no_shift")]
        for request_id in self._oncall.asked_of(c, turn.chat):
            self._oncall.pass_on(c, request_id, turn.chat)
            self._ladders.climb(c, request_id, turn.now)
        self._audit.note(c, turn.chat, "out", None, turn.now)
        return [self._say("message:oncall.out")]

    # -- taking -------------------------------------------------------------------------------------------------------

    def _take(self, c: Connection, turn: Turn, me: Advocate, request_id: str) -> list[Reply]:
        rung = next((r for r in self._oncall.rungs_of(c, request_id) if r.chat == turn.chat), None)
        found = self._requests.get(c, request_id)
        if rung is None or found is None:
            return [self._say("message:button.gone")]
        if found.taken_by == turn.chat:
            return self._ask_pin(c, turn, me, f"open:{request_id}")
        if rung.state != ASKED or not self._requests.take(c, request_id, turn.chat, turn.now):
            return [self._say("message:oncall.taken_by_other")]
        self._oncall.set_rung(c, rung.id, TOOK)
        for other in self._ladders.over(c, request_id, but=turn.chat):
            self._ladders.tell(c, other, Part("message:oncall.taken_by_other"), turn.now)
        self._requests.attach(c, turn.chat, request_id)
        self._audit.note(c, turn.chat, "took", request_id, turn.now)
        if found.sent_at is not None:
            count(c, turn.now, "first_answer", _minutes(turn.now - found.sent_at))
        if found.told in ("every", "answer"):
            self._ladders.tell_person(c, found, "request.answer", turn.now)
        return [
            self._say("message:oncall.yours", number=found.number),
            *self._ask_pin(c, turn, me, f"open:{request_id}"),
        ]

    def _pass(self, c: Connection, turn: Turn, request_id: str) -> list[Reply]:
        rung = next((r for r in self._oncall.rungs_of(c, request_id) if r.chat == turn.chat and r.state == ASKED), None)
        if rung is None:
            return [self._say("message:button.gone")]
        self._oncall.set_rung(c, rung.id, PASSED)
        self._audit.note(c, turn.chat, "passed", request_id, turn.now)
        self._ladders.climb(c, request_id, turn.now)
        return [self._say("message:oncall.passed")]

    def _hand_over(self, c: Connection, turn: Turn, request_id: str) -> list[Reply]:
        """ "I have it" at the end of another's shift: the first tap wins."""
        if not self._requests.retake(c, request_id, turn.chat, turn.now):
            return [self._say("message:oncall.taken_by_other")]
        self._requests.attach(c, turn.chat, request_id)
        self._audit.note(c, turn.chat, "took_over", request_id, turn.now)
        found = self._requests.get(c, request_id)
        return [self._say("message:oncall.yours", number=found.number if found else "")]

    # -- the PIN ------------------------------------------------------------------------------------------------------

    def _ask_pin(self, c: Connection, turn: Turn, me: Advocate, purpose: str) -> list[Reply]:
        if self._oncall.is_locked(c, turn.chat):
            return [self._say("message:oncall.pin.locked")]
        if purpose != "set" and not self._oncall.has_pin(c, turn.chat):
            purpose = "set"
        return [self._pad(turn, purpose)]

    def _pad(self, turn: Turn, purpose: str) -> Reply:
        self._pads[turn.chat] = pin.Keypad(purpose, turn.now)
        return self._say("message:oncall.pin.set" if purpose == "set" else "message:oncall.pin.ask")

    def _key(self, c: Connection, turn: Turn, me: Advocate, key: str) -> list[Reply]:
        pad = self._pads.get(turn.chat)
        if pad is None or pad.old(turn.now):
            self._pads.pop(turn.chat, None)
            return [self._say("message:oncall.pin.gone")]
        done = pad.press(key, turn.now)
        if done is None:
            return []  # a digit more; nothing is shown, so that nobody reads along
        if done is pin.AGAIN:
            return [self._say("message:oncall.pin.again")]
        if done is pin.DIFFERENT:
            return [self._say("message:oncall.pin.different")]
        self._pads.pop(turn.chat, None)
        if pad.purpose == "set":
            self._oncall.set_pin(c, turn.chat, pin.hashed(done))
            self._audit.note(c, turn.chat, "pin_set", None, turn.now)
            return [self._say("message:oncall.pin.kept")]
        if not pin.right(self._oncall.pin_of(c, turn.chat), done):
            if self._oncall.pin_missed(c, turn.chat, turn.now) >= pin.MISSES:
                self._audit.note(c, turn.chat, "pin_locked", None, turn.now)
                self.locked()
                return [self._say("message:oncall.pin.locked")]
            return [self._say("message:oncall.pin.wrong"), self._pad(turn, pad.purpose)]
        self._oncall.pin_held(c, turn.chat)
        return self._opened(c, turn, pad.purpose.removeprefix("open:"))

    def _opened(self, c: Connection, turn: Turn, request_id: str) -> list[Reply]:
        """The answers, in one message that goes after ten minutes, under a release that still holds (R41)."""
        found = self._requests.get(c, request_id)
        me = self._oncall.advocate(c, turn.chat)
        if found is None or me is None or found.taken_by != turn.chat:
            return [self._say("message:button.gone")]
        if self._requests.valid_release(c, request_id, me.program, turn.now) is None:
            return [self._say("message:oncall.no_release")]
        self._audit.note(c, turn.chat, "opened", request_id, turn.now)
        answers = Part("private:answers", params={"request": request_id, "fleeting": FLEETING_SECONDS})
        waiting = self._requests.relay_waiting(c, request_id, True)
        words = [Part("private:relay", params={"relay": one.id, "request": request_id}) for one in waiting]
        return [Reply(ROW, [answers, Part("message:oncall.relay.before"), *words])]

    # -- talking and ending ---------------------------------------------------------------------------------------------

    def say(self, c: Connection, turn: Turn, text: str) -> list[Reply]:
        """To the person. It waits sealed until they write or ask for it: nobody learns here whether they are there."""
        found = self._mine(c, turn.chat)
        if found is None:
            return []
        known = [p.name for p in self._oncall.programs(c)]
        held = gives_away(text, known)
        number = self._requests.relay_put(c, found.id, False, text, turn.now, held=held)
        if held:
            return [Reply(ROW, [Part("message:oncall.relay.sure", params={}), Part("sure:", params={"relay": number})])]
        return [self._queued(c, found, turn)]

    def _release_held(self, c: Connection, turn: Turn, relay: str) -> list[Reply]:
        found = self._mine(c, turn.chat)
        if found is None or not relay.isdigit() or not self._requests.relay_free(c, int(relay), found.id):
            return [self._say("message:button.gone")]
        return [self._queued(c, found, turn)]

    def _drop_held(self, c: Connection, turn: Turn, relay: str) -> list[Reply]:
        found = self._mine(c, turn.chat)
        if found is not None and relay.isdigit():
            self._requests.relay_done(c, int(relay), found.id)
        return [self._say("message:oncall.relay.dropped")]

    def _queued(self, c: Connection, found: Open, turn: Turn) -> Reply:
        if found.told in ("every", "answer") and not found.muted:
            self._ladders.tell_person(c, found, "request.answer", turn.now, repeat=True)
        self._audit.note(c, turn.chat, "wrote", found.id, turn.now)
        return self._say("message:oncall.relay.waits")

    def _close(self, c: Connection, turn: Turn, outcome: str) -> list[Reply]:
        found = self._mine(c, turn.chat)
        name, _, reason = outcome.partition(":")
        if found is None or name not in OUTCOMES or (reason and reason not in REASONS):
            return [self._say("message:button.gone")]
        if name == "could_not" and not reason:
            return [self._say("message:oncall.reason")]
        self._requests.close(c, found.id, name, reason or None, turn.now)
        self._requests.attach(c, turn.chat, None)
        count(c, turn.now, "outcome", name)
        if reason:
            count(c, turn.now, "refused", reason)
        self._audit.note(c, turn.chat, "closed", found.id, turn.now)
        return [self._say("message:oncall.closed", number=found.number)]

    def _mine(self, c: Connection, chat: str) -> Open | None:
        found = self._requests.of_chat(c, chat)
        return found if found is not None and found.taken_by == chat and found.state == "taken" else None

    def _zone(self, c: Connection, program: str) -> str:
        return next((p.zone for p in self._oncall.programs(c) if p.id == program), "UTC")

    @staticmethod
    def _say(content: str, **params: object) -> Reply:
        return Reply(ROW, [Part(content, params=params)])


def _minutes(seconds: float) -> str:
    return next((f"{limit}m" for limit in (1, 3, 5, 10, 15) if seconds <= limit * 60), "later")
