"""A note that may have arrived counts as told; one that surely did not comes in the next span. On both kinds of database.

Nobody is in a hurry to hear that refreshers have paused, or whom to ring: twice is a nuisance, and what it says can be seen in the chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.telegram.gateway import Broken, Unavailable, Unknown
from bot.sender import MAX_ATTEMPTS
from bot.store import queues
from bot.store.training_schema import member, partner
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, at, weekly
from tests.training.school import CHIEF, ROOKIE, School
from tests.training.test_notes import DAY, HOUR, NIGHT, TUESDAY, WENT_BY

pytestmark = pytest.mark.store

Fault = Callable[[School], Awaitable[None]]
QUARTER = 90 * DAY


@pytest.fixture
async def school(url: str, tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY), url=url)
    yield made
    made.close()


class Note:
    """`due`: makes it due. `first`: when it is sent; on each day after it that hour lies in a span of its own."""

    def __init__(self, reader: int, words: str, first: float, due: Callable[[School], Awaitable[None]]) -> None:
        self.reader, self.words, self.first, self.due = reader, words, first, due

    def seen(self, school: School) -> list[str]:
        return [text for text in school.phones.texts(self.reader) if self.words in text]

    async def later(self, school: School) -> int:
        """How many came in the spans after this one, a weekend among them."""
        before = len(self.seen(school))
        gone = int((school.clock() - self.first) // DAY)
        for days in (gone + 1, gone + 2, gone + 5):
            school.clock.now = self.first + days * DAY
            await school.goes_on()
        return len(self.seen(school)) - before


async def _third_silence(school: School) -> None:
    await school.opened()
    school.clock.now = TUESDAY
    await school.goes_on()
    who = await school.member_of(ROOKIE)
    await school.database.write(lambda c: c.execute(member.update().where(member.c.id == who.id).values(silences=2)))
    school.clock.now = NIGHT
    await school.goes_on()


async def _quarter(school: School) -> None:
    """Nobody is asked meanwhile, so that no outage has to be told of beside it."""
    place, people = await school.opened(), school.training.rooms.people
    await school.database.write(lambda c: people.set_schedule(c, place, None, weekly(), MONDAY, active=False))
    row = {"department": place, "name": "Example Advocates", "phone": "(918) 555-0123", "hours": "24/7"}
    await school.database.write(lambda c: c.execute(partner.insert().values(**row, added_at=MONDAY)))


PAUSED = Note(ROOKIE, WENT_BY, NIGHT + 6 * HOUR, _third_silence)
RING = Note(CHIEF, "for three months", at("2026-09-09T16:00"), _quarter)
NOTES = pytest.mark.parametrize("note", [pytest.param(PAUSED, id="paused"), pytest.param(RING, id="ring")])


async def timed_out(school: School) -> None:
    """The request was written and no answer came."""
    school.phones.fails.append(Unknown())
    await school.goes_on()
    assert not school.phones.fails, "it was asked"


async def killed(school: School) -> list[str]:
    """The process dies while the platform has the message. What the platform was asked to show."""
    asked: list[str] = []

    async def dies(chat: int, text: str) -> None:
        asked.append(text)
        await asyncio.Event().wait()

    school.phones.hook = dies
    await school.training.tick(school.database, school.clock())
    await school.sender.step()
    hands = set(school.sender._busy)
    while not asked:
        await asyncio.sleep(0.005)
    for task in hands:
        task.cancel()
    await asyncio.wait(hands)
    school.phones.hook = None
    return asked


async def starts_again(school: School) -> None:
    school.restart()
    await school.database.write(queues.release)


@NOTES
async def test_a_note_whose_send_timed_out_is_not_said_again(school: School, note: Note) -> None:
    await note.due(school)
    school.clock.now = note.first
    await timed_out(school)
    assert await note.later(school) == 0


@NOTES
@pytest.mark.parametrize("first", ["clock", "sender"])
@pytest.mark.parametrize("down", [60.0, DAY])
async def test_a_note_in_hand_of_a_killed_process_is_not_said_again(
    school: School, note: Note, down: float, first: str
) -> None:
    """Whoever looks first after the start: the clock, which would queue it anew, or the sender, which gives up what was in hand."""
    await note.due(school)
    school.clock.now = note.first
    (text,) = await killed(school)
    assert note.words in text
    school.clock.advance(down)
    await starts_again(school)
    if first == "sender":
        await school.work()
    await school.goes_on()
    assert note.seen(school) == []
    assert await note.later(school) == 0


@NOTES
async def test_a_note_in_hand_of_another_sender_that_died_is_not_said_again(school: School, note: Note) -> None:
    await note.due(school)
    school.clock.now = note.first
    await killed(school)
    school.restart()
    school.clock.advance(queues.LEASE + 1)
    await school.goes_on()
    assert await note.later(school) == 0


async def unreachable(school: School) -> None:
    """An outage for as long as is tried."""
    school.phones.fails.extend([Unavailable()] * MAX_ATTEMPTS)
    for _ in range(MAX_ATTEMPTS):
        await school.goes_on()
        school.clock.advance(61)


async def broken(school: School) -> None:
    school.phones.fails.append(Broken())
    await school.goes_on()


async def blocked(school: School) -> None:
    """Until the next day. That is not the platform's word: who blocks is paused by themselves."""
    names = [school.hash(phone) for phone in (CHIEF, ROOKIE)]
    await school.database.write(lambda c: [school.chats.change(c, name, blocked=1) for name in names])
    await school.goes_on()
    await school.database.write(lambda c: [school.chats.change(c, name, blocked=0) for name in names])


async def too_late(school: School) -> None:
    """Queued, and the machine was down until the night."""
    await school.training.tick(school.database, school.clock())
    school.clock.advance(14 * HOUR)
    await school.work()


@NOTES
@pytest.mark.parametrize("fault", [unreachable, broken, blocked, too_late])
async def test_a_note_that_surely_did_not_arrive_comes_once_in_the_next_span(
    school: School, note: Note, fault: Fault
) -> None:
    await note.due(school)
    school.clock.now = note.first
    await fault(school)
    assert note.seen(school) == []
    assert await note.later(school) == 1


@NOTES
async def test_a_note_whose_words_could_not_be_made_is_said_once_they_can(
    school: School, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store was locked when the sender read it: nothing was sent, so nobody may think that it was."""
    await note.due(school)
    school.clock.now = note.first
    real, locked = school.training.words, 1

    async def words(*about: Any) -> Any:
        nonlocal locked
        if locked:
            locked -= 1
            raise OperationalError("x", None, Exception("locked"))
        return await real(*about)

    monkeypatch.setattr(school.training, "words", words)
    await school.goes_on()
    assert not locked
    school.clock.advance(60)
    await school.goes_on()
    assert len(note.seen(school)) == 1
    assert await note.later(school) == 0


async def test_a_partner_who_was_not_in_a_note_that_may_have_arrived_is_named_in_the_next(school: School) -> None:
    await RING.due(school)
    place = (await school.member_of(CHIEF)).department
    second = {"department": place, "name": "Example Shelter", "phone": "(918) 555-0124", "hours": "24/7"}
    due = RING.first + 2 * HOUR
    await school.database.write(lambda c: c.execute(partner.insert().values(**second, added_at=due - QUARTER)))
    school.clock.now = RING.first
    (text,) = await killed(school)
    assert "Example Shelter" not in text
    school.clock.now = RING.first + DAY
    await starts_again(school)
    assert await RING.later(school) == 1
    assert "Example Shelter" in RING.seen(school)[-1]
