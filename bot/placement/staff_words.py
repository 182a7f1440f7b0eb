"""Sealed words on an advocate's screen, opened when they are sent and not before (decision 0010): looked at again then, so that nothing
is shown that was taken back, is over, or is somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.library.rendering import Renderer
from bot.library.replies import Part, Rendered
from bot.oncall.matching import named_place
from bot.oncall.model import Need
from bot.oncall.pin import KEYPAD_SECONDS
from bot.oncall.rota import may_confirm
from bot.placement import needs
from bot.placement.handovers import held_past_shift, may_have
from bot.placement.model import MINOR, SELF, Rooms, Shown
from bot.placement.outcomes import REFUSALS
from bot.store.oncall import ASKED
from bot.store.requests import SENT, TAKEN, Open

OPEN_SECONDS = 600.0
"""Opened answers stand for ten minutes (the issue's number)."""
RELAY_SECONDS = 12 * 3600.0
"""The person's words stand until the shift's end, the end of the request, or so long."""
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "back", "0", "ok")
COMING = 3


@dataclass(frozen=True, slots=True)
class _Ask:
    """One wish to see something: whose screen, with which parameters, in which language."""

    rooms: Rooms
    c: Connection
    chat: str
    params: dict[str, Any]
    lang: str
    now: float

    def shown(self, name: str, **params: Any) -> Rendered:
        kind = "staff" if "id" in params else "message"
        return Renderer(self.rooms.library, self.lang, "advocate").render(Part(f"{kind}:{name}", params=params))

    def word(self, key: str) -> str:
        return self.rooms.library.commands[self.lang]["oncall"][key]

    def request(self, state: str) -> Open | None:
        found = self.rooms.requests.get(self.c, str(self.params.get("request")))
        return found if found is not None and found.state == state else None

    def held(self) -> Open | None:
        found = self.request(TAKEN)
        return found if found is not None and found.taken_by == self.chat else None

    def program(self) -> str:
        who = self.rooms.oncall.advocate(self.c, self.chat)
        return who.program if who is not None else ""


def words(
    rooms: Rooms, c: Connection, chat: str, name: str, params: dict[str, Any], lang: str, now: float
) -> Shown | None:
    """`private:<name>` for an advocate. None where the request is gone, the yes does not hold, or the chat may not see it (any more);
    a group is never an advocate."""
    row = rooms.chats.get(c, chat)
    if row is None or row.role != "advocate" or rooms.oncall.advocate(c, chat) is None:
        return None
    make = _KINDS.get(name)
    ask = _Ask(rooms, c, chat, params, lang, now)
    shown = make(ask) if make is not None else None
    if shown is None or name not in _LOOKED_AT_AGAIN:
        return shown
    return replace(shown, done=_after(ask, name, shown.done))


def _after(ask: _Ask, name: str, done: Callable[[Connection], None] | None) -> Callable[[Connection], None]:
    """Taken back while it was on its way: it must not stay on the screen (R43)."""

    def sent(c: Connection) -> None:
        again = _KINDS[name](replace(ask, c=c))
        if done is not None:
            done(c)
        if again is None:
            ask.rooms.oncall.fleeting_of(c, ask.chat, ask.now)
            ask.rooms.post.take_down(c, ask.chat, ask.now, f"again:{name}:{ask.chat}:{ask.now}:{ask.params}")

    return sent


def _alert(ask: _Ask) -> Shown | None:
    """R41: age group, region, tonight or later; the region in the words of the program's own list, never the person's. Of others only
    which kind asks."""
    found, known = ask.request(SENT), ask.rooms.oncall.rung(ask.c, int(ask.params["rung"]))
    if found is None or known is None or known[0] != found.id:
        return None
    rung = known[1]
    if rung.chat != ask.chat or rung.state != ASKED or ask.now >= rung.until:
        return None
    stays = rung.until - ask.now
    if found.asker != MINOR and ask.rooms.requests.valid_release(ask.c, found.id, rung.program, ask.now) is None:
        return None
    if found.asker != SELF:
        return Shown(ask.shown(f"oncall.alert.{found.asker}", id=rung.id), stays)
    answers = ask.rooms.requests.let_out(ask.c, found.id, rung.program, ask.now)
    values = ask.rooms.library.intake[ask.lang].values
    age, when = (values[name].get(str(answers.get(name)), ask.word("not_said")) for name in ("age", "when"))
    return Shown(
        ask.shown("oncall.alert", id=rung.id, age=age, region=_region(ask, answers, rung.program), when=when), stays
    )


def _region(ask: _Ask, answers: dict[str, Any], program_id: str) -> str:
    state = ask.rooms.library.intake[ask.lang].values["state"].get(str(answers.get("state")))
    program = next((p for p in ask.rooms.oncall.programs(ask.c) if p.id == program_id), None)
    need = Need(age=None, state=str(answers.get("state")), county=str(answers.get("area", "")))
    place = named_place(need, program) if program is not None and state is not None else None
    return ", ".join(name for name in (place, state) if name) or ask.word("not_said")


def _answers(ask: _Ask) -> Shown | None:
    """Through the one gate: what the release to this advocate's program lists, for ten minutes."""
    found = ask.held()
    if found is None:
        return None
    answers = ask.rooms.requests.let_out(ask.c, found.id, ask.program(), ask.now)
    if not answers:
        return None
    kind = "" if found.asker == SELF else f".{found.asker}"
    shown = ask.shown(f"oncall.answers{kind}", id=found.id, number=found.number)
    rows = [ask.rooms.library.intake_row(name, value, ask.lang) for name, value in answers.items()]
    return Shown(replace(shown, text="\n".join([shown.text, "", *rows])), OPEN_SECONDS)


def _why(ask: _Ask) -> Shown | None:
    """Programs in order with each yes and each no, worked out from nothing but what the release lists."""
    found = ask.held()
    if found is None or found.asker == MINOR:
        return None
    answers = ask.rooms.requests.let_out(ask.c, found.id, ask.program(), ask.now)
    if not answers:
        return None
    on, programs = ask.rooms.oncall.on_now(ask.c, ask.now), ask.rooms.oncall.programs(ask.c)
    rows = []
    for number, match in enumerate(needs.held(found.asker, answers, found.lang, programs, on, ask.now), 1):
        rules = ", ".join(ask.word(f"rule_{rule}") for rule in match.refused)
        said = ask.word("no").format(rules=rules) if rules else ask.word("yes")
        rows.append(f"{number}. {match.program.name}: {said}")
    shown = ask.shown("oncall.why", id=found.id, number=found.number)
    return Shown(replace(shown, text="\n".join([shown.text, "", *rows])), OPEN_SECONDS)


def _handover(ask: _Ask) -> Shown | None:
    found = ask.request(TAKEN)
    waits = held_past_shift(ask.rooms, ask.c, found.id, ask.now) if found is not None else None
    if found is None or waits is None or not may_have(ask.rooms, ask.c, found, ask.chat, waits[1], ask.now):
        return None
    return Shown(ask.shown("oncall.handover", id=found.id, number=found.number))


def _relay(ask: _Ask) -> Shown | None:
    """The person's words, marked as theirs; gone from the store once they are sent."""
    found = ask.held()
    relay = ask.rooms.requests.relay_one(ask.c, int(ask.params["relay"]), found.id) if found is not None else None
    if found is None or relay is None or not relay.to_advocate or relay.held:
        return None
    shown = ask.shown("oncall.relay", number=found.number)
    requests, number, about = ask.rooms.requests, relay.id, found.id
    return Shown(
        replace(shown, text=f"{shown.text}\n\n{relay.text}"),
        RELAY_SECONDS,
        lambda c: requests.relay_done(c, number, about),
    )


def _rules(ask: _Ask) -> Shown | None:
    found = ask.held()
    if found is None:
        return None
    buttons = [(ask.word(f"rule_{rule}"), f"a:rule:{found.id}:{rule}") for rule in REFUSALS]
    return Shown(replace(ask.shown("oncall.rules"), buttons=buttons, columns=2))


def _keypad(ask: _Ask) -> Shown | None:
    """Digits are on the buttons alone: nothing of what is typed is ever shown."""
    titles = {"back": ask.word("key_back"), "ok": ask.word("key_ok")}
    shown = ask.shown(str(ask.params["text"]))
    buttons = [(titles.get(key, key), f"a:pin:{key}") for key in KEYS]
    return Shown(replace(shown, buttons=buttons, columns=3), 2 * KEYPAD_SECONDS)


def _shifts(ask: _Ask) -> Shown | None:
    """The next three, in each program's own time."""
    zones = {program.id: ZoneInfo(program.zone) for program in ask.rooms.oncall.programs(ask.c)}
    on = {shift.id for shift in ask.rooms.oncall.on_now(ask.c, ask.now)}
    coming = [s for s in ask.rooms.oncall.shifts_of(ask.c, ask.chat) if s.ends_at > ask.now and s.program in zones]
    rows = []
    for shift in coming[:COMING]:
        first, last = (datetime.fromtimestamp(at, zones[shift.program]) for at in (shift.starts_at, shift.ends_at))
        state = (
            "shift_on" if shift.id in on
            else "shift_out" if shift.out_at is not None or shift.on(ask.now)
            else "shift_confirmed" if shift.confirmed_at is not None
            else "shift_tap" if may_confirm(shift, ask.now)
            else "shift_planned"
        )  # fmt: skip
        rows.append(f"{first:%Y-%m-%d %H:%M} – {last:%H:%M}: {ask.word(state)}")
    shown = ask.shown(str(ask.params["text"]))
    return Shown(replace(shown, text="\n".join([shown.text, "", *(rows or [ask.word("shift_none")])])))


_KINDS: dict[str, Callable[[_Ask], Shown | None]] = {
    "alert": _alert, "answers": _answers, "why": _why, "handover": _handover, "relay": _relay, "rules": _rules, "keypad": _keypad,
    "shifts": _shifts,
}  # fmt: skip
_LOOKED_AT_AGAIN = frozenset(["alert", "answers", "why", "handover", "relay"])
