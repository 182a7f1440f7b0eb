"""What a person hears unasked, and only as far as they asked to (R6, rulings 12): harmless words, silent, never after an exit."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.placement.model import OFFICER, Extra, Rooms
from bot.store import queues
from bot.store.requests import Open

EVERY, ANSWER, NOTHING = "every", "answer", "nothing"


class Telling:
    """The way from an advocate, or the ladder, to the person."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def asked(self, c: Connection, found: Open, rung: int, now: float) -> None:
        """Somebody is being asked: said to whoever wants to hear each step."""
        if found.told == EVERY:
            self._notice(c, found, "request.news", f"asked:{found.id}:{rung}", now)

    def taken(self, c: Connection, found: Open, now: float) -> None:
        """A person has seen it."""
        if found.asker == OFFICER:
            self._notice(c, found, "request.taken.officer", f"taken:{found.id}", now, number=found.number)
        elif found.told != NOTHING:
            self._notice(c, found, "request.answer", f"taken:{found.id}", now)
            self.keep(c, found, replace(Extra.of(found), notices=1), now)

    def nobody(self, c: Connection, found: Open, now: float) -> None:
        """The ladder is over and nobody took it."""
        if found.asker == OFFICER:
            self._notice(c, found, "request.unanswered.officer", f"nobody:{found.id}", now, number=found.number)
        elif found.told != NOTHING:
            self._notice(c, found, "request.end", f"nobody:{found.id}", now)

    def handed_over(self, c: Connection, found: Open, now: float) -> None:
        """Another advocate has it now; whoever is talking hears that it is somebody else."""
        if self._here(c, found) and Extra.of(found).talking:
            self._notice(c, found, "request.other_person", f"over:{found.id}:{now}", now)

    def closed(self, c: Connection, found: Open, now: float) -> None:
        """The advocate said how it ended."""
        if found.asker == OFFICER or (found.told != NOTHING and self._here(c, found)):
            self._notice(c, found, "request.closed", f"closed:{found.id}", now)

    def words(self, c: Connection, found: Open, relay: int, now: float) -> None:
        """An advocate wrote. Shown at once to whoever is talking and has not muted it; else it waits until they write (the design:
        "delivered when the person writes")."""
        extra = Extra.of(found)
        if not self._here(c, found) or found.muted:
            return
        if extra.talking:
            part = Part("private:relay", params={"request": found.id, "relay": relay})
            self._rooms.post.put(c, found.chat, part, f"relay:{relay}", now, lane=queues.SURVIVOR, silent=True)
        elif found.told != NOTHING and extra.notices == 0:
            self._notice(c, found, "request.answer", f"words:{found.id}", now)
            self.keep(c, found, replace(extra, notices=1), now)

    def keep(self, c: Connection, found: Open, extra: Extra, now: float) -> None:
        self._rooms.requests.save(c, found.id, {**found.walk, "extra": extra.as_dict()}, found.touched_at)

    def _here(self, c: Connection, found: Open) -> bool:
        """Whether the person's chat is about this request: not after an exit, not before their word (R7)."""
        row = self._rooms.chats.get(c, found.chat)
        return row is not None and row.request == found.id

    def _notice(self, c: Connection, found: Open, name: str, key: str, now: float, **params: str) -> None:
        if self._here(c, found):
            part = Part(f"message:{name}", params=dict(params))
            self._rooms.post.put(
                c, found.chat, part, key, now, lane=queues.SURVIVOR, silent=found.asker != OFFICER, lang=found.lang
            )
