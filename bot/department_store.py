"""The store as the operator's commands about departments use it, and how a person names what is in it: a department by its name or the first
characters of its id, a unit by its name, an officer by the number in `waymark department officers`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Connection

from bot.settings import Settings
from bot.store import training_departments as table
from bot.store.audit import Audit
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.errors import NotThere
from bot.store.keys import KeyRing
from bot.store.training_completions import Completions
from bot.store.training_drafts import Drafts
from bot.store.training_links import Links
from bot.store.training_people import as_read
from bot.training import cards
from bot.training.deck import Deck
from bot.training.joining import Doors

T = TypeVar("T")
OPERATOR = "operator"
LONGEST_NAME = 80
LARGEST = 2**31 - 1
"""What a row can be numbered with on both databases."""
HANDLE = 8
"""Characters of an id that are shown."""
FEWEST_CHARACTERS = 4
"""Of an id that is given."""


class Desk:
    """The store, and how a person names what is in it."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self.database, self.people, self.completions = database, Links(keys), Completions(keys)
        self.chats, self._audit = Chats(keys), Audit(keys)
        self.doors = Doors(self.chats, self.people, Drafts(keys))

    @cached_property
    def deck(self) -> Deck:
        """The cards of this release; read once they are asked for."""
        return Deck(cards.shared())

    def note(self, c: Connection, what: str, now: float) -> None:
        self._audit.note(c, OPERATOR, what, None, now)

    def department(self, c: Connection, named: str) -> Any:
        """Its row. Raises `NotThere` where no or more than one department is meant."""
        wanted = named.strip().casefold()
        everything = table.every(c)
        found = [row for row in everything if row.name.casefold() == wanted]
        if not found and len(wanted) >= FEWEST_CHARACTERS:
            found = [row for row in everything if row.id.startswith(wanted)]
        if len(found) > 1:
            ids = ", ".join(f"{row.id[:HANDLE]} ({row.name})" for row in found)
            raise NotThere(f"{named!r} may be {ids}: name it by the first characters of its id")
        if not found:
            raise NotThere(f"there is no department {named!r}: `waymark department list` shows what is there")
        return found[0]

    def unit(self, c: Connection, place: Any, named: str) -> Any:
        """Its row. Raises `NotThere` where the department has none such."""
        units = self.people.units(c, place.id)
        found = [row for row in units if row.name.casefold() == named.strip().casefold()]
        found = found or [row for row in units if as_read(row.name) == as_read(named)]
        if len(found) > 1:
            raise NotThere(f"{place.name} has {len(found)} units {named!r}: rename one of them in the chat first")
        if not found:
            names = ", ".join(row.name for row in units) or "none yet"
            raise NotThere(f"{place.name} has no unit {named!r}; it has: {names}")
        return found[0]

    def officer(self, c: Connection, place: Any, number: int) -> Any:
        """Their row. Raises `NotThere` where they are not of this department."""
        row = self.people.by_number(c, number) if 0 < number <= LARGEST else None
        if row is None or row.department != place.id or row.left_at is not None:
            raise NotThere(
                f"{place.name} has no officer number {number}: `waymark department officers` shows who is there"
            )
        return row


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Desk]:
    database = Database(settings.database)
    database.open()
    try:
        yield Desk(database, KeyRing(settings.keys))
    finally:
        database.close()


async def change(settings: Settings, named: str, what: str, work: Callable[[Desk, Connection, Any, float], T]) -> T:
    """`work` on the department's row, noted in the staff log, in one transaction."""
    async with opened(settings) as desk:

        def unit(c: Connection) -> T:
            now = time.time()
            place = desk.department(c, named)
            done = work(desk, c, place, now)
            desk.note(c, what, now)
            return done

        return await desk.database.write(unit)


async def look(settings: Settings, named: str, work: Callable[[Desk, Connection, Any], T]) -> T:
    """What `work` reads, given the department's row."""
    async with opened(settings) as desk:
        return await desk.database.read(lambda c: work(desk, c, desk.department(c, named)))


def good_name(name: str) -> str:
    """Raises `NotThere` for one that cannot be shown."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise NotThere(f"a name has 1 to {LONGEST_NAME} characters that can be printed")
    return name
