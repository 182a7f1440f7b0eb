"""How a request ended, as the advocate says it: placed, other help, could not (and which rule it was), lost contact."""

from __future__ import annotations

from bot.library.replies import Part
from bot.placement.calling import Calling
from bot.placement.model import Here, Replies, Rooms, reply
from bot.placement.telling import Telling
from bot.report import RULES
from bot.store import tallies
from bot.store.requests import Open

COULD_NOT = "could_not"
OUTCOMES = ("placed", "other_help", COULD_NOT, "lost_contact")
REFUSALS = (*RULES, "full")
"""What could have said no, as it is counted."""


class Outcomes:
    """`found` is None where whoever taps does not hold the request."""

    def __init__(self, rooms: Rooms, telling: Telling, calling: Calling) -> None:
        self._rooms, self._telling, self._calling = rooms, telling, calling

    def ask(self, found: Open | None) -> Replies:
        if found is None:
            return [reply("message:oncall.none")]
        return [reply(Part("staff:oncall.close", params={"id": found.id, "number": found.number}))]

    def end(self, here: Here, found: Open | None, outcome: str) -> Replies:
        if found is None or outcome not in OUTCOMES:
            return [reply("message:oncall.old")]
        if outcome == COULD_NOT:
            return [reply(Part("private:rules", params={"request": found.id}))]
        return self._ended(here, found, outcome, None)

    def refused(self, here: Here, found: Open | None, rule: str) -> Replies:
        if found is None or rule not in REFUSALS:
            return [reply("message:oncall.old")]
        return self._ended(here, found, COULD_NOT, rule)

    def _ended(self, here: Here, found: Open, outcome: str, rule: str | None) -> Replies:
        if not self._rooms.requests.close(here.c, found.id, outcome, rule, here.now):
            return [reply("message:oncall.old")]
        tallies.count(here.c, here.now, "outcome", outcome)
        if rule is not None:
            tallies.count(here.c, here.now, "refused", rule)
        self._rooms.audit.note(here.c, here.chat, "close", found.id, here.now)
        self._telling.closed(here.c, found, here.now)
        self._rooms.requests.attach(here.c, here.chat, None)
        self._calling.take_down(here.c, here.chat, here.now)
        return [reply("message:oncall.closed", number=found.number)]
