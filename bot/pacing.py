"""The pace at which messages leave: one budget for a bot token, shared by all senders through the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.store import places, queues
from bot.store.places import Held

STEADY = 0.93
"""Share of the rate that is used: the rest is for what is urgent, and for sends that are held up between the budget and the platform."""
WINDOW_SECONDS = 1.0
"""The platform counts the sends of a second."""
UNDER_WAY_SECONDS = 1.0
"""The longest that a send is taken to be on its way to the platform where no answer has come: a process that was killed gives none."""
LATE_SECONDS = 0.5
"""So old may a place in the budget be when its message leaves; the rest of `UNDER_WAY_SECONDS` is for the network. Where the machine or the store
held a message up for longer, it waits for another place."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What `Budget.see` found: the row of the bucket, and the numbers of places that are free."""

    bucket: Any
    free: list[int]


@dataclass(frozen=True, slots=True)
class Budget:
    """`rate`: the most sends in any one second, of all senders together. Two rules hold at once. A bucket spreads them: what may have
    gathered and what is added in a second stay below the rate together. And there are `rate` places, each free again a second after the platform
    has answered: a send that takes a place comes at least a second after the one that had it before, so that no second has more, however
    long any of them was on its way. Without an answer a place is free `UNDER_WAY_SECONDS` and a second after it was taken.

    Times are of one machine's clock; senders on several need theirs together to less than the tenth of a second."""

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

    @property
    def places(self) -> int:
        return max(1, int(self.rate))

    @property
    def rest(self) -> float:
        """Seconds that a place stays empty after an answer."""
        return max(WINDOW_SECONDS, self.places / self.rate)

    def see(self, c: Connection, wanted: int, now: float) -> tuple[int, float, Seen]:
        """(how many may leave, else seconds until one may, what `spend` needs). Locks the budget until the end of the transaction."""
        granted, wait, bucket = queues.see_tokens(c, self.name, wanted, self.refill, self.burst, now)
        if not granted:
            return 0, wait, Seen(bucket, [])
        free = places.free(c, self.name, self.places, now)
        if not free:
            return 0, max(places.seconds_to_place(c, self.name, self.places, now), 0.005), Seen(bucket, [])
        return min(granted, len(free)), 0.0, Seen(bucket, free)

    def spend(self, c: Connection, seen: Seen, count: int, now: float) -> list[Held]:
        """A place for each."""
        queues.spend_tokens(c, seen.bucket, count, self.refill, self.burst, now)
        return places.hold(c, self.name, seen.free[:count], now + UNDER_WAY_SECONDS + self.rest)

    def answered(self, c: Connection, held: Held, at: float) -> None:
        """The platform took it, or refused it, by then, or nothing was sent."""
        places.answered(c, self.name, held, at + self.rest)

    def take_one(self, c: Connection, now: float) -> Held | float:
        """A place; or the seconds until there is one."""
        granted, wait, seen = self.see(c, 1, now)
        return self.spend(c, seen, 1, now)[0] if granted else max(wait, 0.001)

    def until_one(self, c: Connection, now: float) -> float:
        """Only read, so that another sender may be faster."""
        return max(
            queues.seconds_to_token(c, self.name, self.refill, self.burst, now),
            places.seconds_to_place(c, self.name, self.places, now),
        )
