"""The pace at which messages leave: one budget for a bot token, shared by all senders through the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.store import queues

STEADY = 0.93
"""Share of the rate that is used: the rest is for sends that are held up between the budget and the platform."""
LATE_SECONDS = 0.06
"""So old may a place in the budget be when its message leaves. Where the machine or the store held a message up for longer, it waits for
another place: it would leave together with those that were given theirs meanwhile."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`rate`: the most sends in any one second, of all senders together. What may have gathered and what is added in a second stay
    below it together, so that no second has more, even where a send leaves up to a tenth of a second later than the ones after it."""

    name: str
    rate: float

    @property
    def burst(self) -> float:
        """Sends that may have gathered."""
        return max(1.0, self.rate / 12.5)

    @property
    def refill(self) -> float:
        """Sends a second."""
        return max((self.rate - self.burst) * STEADY, self.rate / 2)

    def see(self, c: Connection, wanted: int, now: float) -> tuple[int, float, Any]:
        """(how many may leave, else seconds until one may, what `spend` needs). Locks the budget until the end of the transaction."""
        return queues.see_tokens(c, self.name, wanted, self.refill, self.burst, now)

    def spend(self, c: Connection, seen: Any, count: int, now: float) -> None:
        queues.spend_tokens(c, seen, count, self.refill, self.burst, now)

    def take_one(self, c: Connection, now: float) -> float:
        """Takes a place, and returns 0; or the seconds until there is one."""
        granted, wait = queues.take_tokens(c, self.name, 1, self.refill, self.burst, now)
        return 0.0 if granted else max(wait, 0.001)

    def until_one(self, c: Connection, now: float) -> float:
        """Only read, so that another sender may be faster."""
        return queues.seconds_to_token(c, self.name, self.refill, self.burst, now)
