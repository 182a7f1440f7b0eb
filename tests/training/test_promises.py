"""Safety promises where they touch refreshers: R6, R26, R27, R60, R61. Others are tried where the thing itself is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot import department_people, department_times, departments
from bot.department_store import opened
from bot.settings import Settings
from bot.store.chats import Chats
from bot.store.errors import NotThere
from bot.store.keys import KeyRing
from bot.store.schema import audit
from bot.store.training_answers import Known
from bot.store.training_drafts import Drafts
from bot.store.training_links import Links
from bot.store.training_schema import member, unit
from bot.training import progress
from bot.training.calibration import FEWEST, Outcome, by, hidden
from bot.training.joining import Doors
from bot.training.memory import Memory
from bot.training.progress import by_topic, by_unit
from tests.store.virtual import VirtualClock
from tests.training.making import CARDS, MONDAY, one_department, weekly
from tests.training.school import CHIEF, ROOKIE, School


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


# -- R6 ------------------------------------------------------------------------------------------------------------------------


async def test_r06_whoever_cleared_the_screen_gets_no_refresher_until_they_resume(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "/exit")
    before = len(school.phones.texts(ROOKIE))
    school.clock.now = MONDAY + 27 * 3600
    await school.goes_on()
    assert (await school.member_of(ROOKIE)).paused_at is not None
    assert len(school.phones.texts(ROOKIE)) == before
    await school.hears(ROOKIE, "/resume")
    assert (await school.member_of(ROOKIE)).paused_at is None


# -- R26 -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def _made(settings: Settings) -> tuple[int, str]:
    """Two departments; the number of an officer and the id of a unit of the second."""

    async def work() -> tuple[int, str]:
        async with opened(settings) as desk:

            def make(c: Connection) -> tuple[int, str]:
                mine = one_department(c, desk.people, 1, MONDAY)
                other = one_department(c, desk.people, 1, MONDAY)
                desk.people.change_department(c, mine, MONDAY, name="Mine")
                desk.people.change_department(c, other, MONDAY, name="Other")
                where = desk.people.add_unit(c, other, "Their unit")
                number = c.scalar(select(member.c.id).where(member.c.department == other))
                assert number is not None
                return int(number), where

            return await desk.database.write(make)

    return asyncio.run(work())


DOORS: dict[str, Callable[[Settings, int], Awaitable[Any]]] = {
    "move": lambda s, n: departments.move(s, "Mine", n, None),
    "remove": lambda s, n: departments.remove(s, "Mine", n),
    "unit schedule": lambda s, _n: department_times.save(s, "Mine", "Their unit", weekly(), department_times.Changes()),
    "unit pause": lambda s, _n: departments.switch(s, "Mine", "Their unit", active=False),
    "unit rename": lambda s, _n: departments.rename_unit(s, "Mine", "Their unit", "X"),
    "unit remove": lambda s, _n: departments.remove_unit(s, "Mine", "Their unit"),
    "id": lambda s, n: department_people.set_id(s, "Mine", n, "E-9"),
    "role": lambda s, n: department_people.set_role(s, "Mine", n, "coordinator"),
    "phone": lambda s, n: department_people.phone(s, "Mine", n),
    "let in": lambda s, n: department_people.let_in(s, "Mine", n, yes=True),
    "a unit of theirs for one of ours": lambda s, n: departments.move(s, "Mine", n - 1, "Their unit"),
}


@pytest.mark.parametrize("door", DOORS)
def test_r26_ids_of_another_department_open_nothing(settings: Settings, door: str) -> None:
    number, _ = _made(settings)

    def state() -> list[Any]:
        async def work() -> list[Any]:
            async with opened(settings) as desk:
                return await desk.database.read(lambda c: [*c.execute(select(member)), *c.execute(select(unit))])

        return asyncio.run(work())

    before = state()
    with pytest.raises(NotThere):
        asyncio.run(DOORS[door](settings, number))  # type: ignore[arg-type]
    assert state() == before


def test_r26_what_is_looked_at_is_ones_own(settings: Settings) -> None:
    number, _ = _made(settings)
    assert number not in {one.number for one in asyncio.run(departments.officers(settings, "Mine"))}
    assert asyncio.run(departments.units(settings, "Mine")) == []


# -- R27 -----------------------------------------------------------------------------------------------------------------------


def _memory(days: float) -> Memory:
    return Memory(20.0, 5.0, MONDAY - days * 86400, MONDAY - days * 86400, MONDAY, 1, 0, 0, False)


@pytest.mark.parametrize("sizes", [s for s in product((0, 1, 4, 5, 6, 9), repeat=3) if sum(s)])
def test_r27_what_is_hidden_is_nobody_or_five_officers_together(sizes: tuple[int, ...]) -> None:
    """So that whoever takes the shown groups from the whole learns of no smaller group."""
    groups, first = {}, 0
    for number, size in enumerate(sizes):
        if size:
            groups[f"unit-{number}"] = set(range(first, first + size))
        first += size
    found = hidden(groups)
    left = set().union(*(groups[name] for name in found))
    assert not found or len(left) >= FEWEST or found == set(groups)
    assert all(len(groups[name]) >= FEWEST for name in set(groups) - found)


def test_r27_progress_and_calibration_hide_the_same_groups() -> None:
    sizes, random = {"a": 9, "b": 6, "c": 3}, Random(1)
    people = [(unit_id, f"{unit_id}{n}") for unit_id, size in sizes.items() for n in range(size)]
    known = [Known(n, unit_id, CARDS[0].id, _memory(random.random())) for n, (unit_id, _) in enumerate(people)]
    outcomes = [Outcome(n, unit_id, "law", 0.9, 4, True) for n, (unit_id, _) in enumerate(people)]
    standings, fits = by_unit(known, MONDAY), by(outcomes, lambda o: o.unit)
    assert [name for name, s in standings.items() if s.now is not None] == ["a"]
    assert [name for name, f in fits.items() if f.observed is not None] == ["a"]
    assert by_topic(known[:4], CARDS, MONDAY)[CARDS[0].topic].now is None


@pytest.mark.parametrize("officers", range(13))
def test_r27_reach_tells_of_no_group_of_one_to_four(officers: int) -> None:
    for asked in range(officers + 1):
        for answered in range(asked + 1):
            shown = progress.reach(officers, asked, answered)
            told = [n for n in (shown.asked, shown.answered) if n is not None]
            if shown.asked is not None:
                told += [officers - shown.asked]
            if shown.asked is not None and shown.answered is not None:
                told += [shown.asked - shown.answered, officers - shown.answered]
            assert not {1, 2, 3, 4} & set(told), (officers, asked, answered)


# -- R60 -----------------------------------------------------------------------------------------------------------------------

ANA, BEA = "ana", "bea"


@pytest.fixture
def doors(tmp_path: Path) -> tuple[Chats, Links, Doors]:
    keys = KeyRing(tmp_path / "doors")
    chats, people = Chats(keys), Links(keys)
    return chats, people, Doors(chats, people, Drafts(keys))


@pytest.mark.parametrize("role", ["officer", "coordinator"])
@pytest.mark.parametrize("tap", [True, False])
async def test_r60_an_advocate_comes_in_by_no_link_of_a_department(school: School, role: str, tap: bool) -> None:
    department_id = await school.opened()
    name = await school.person(700_000_199, role="advocate")
    rooms = school.training.rooms

    def work(c: Connection) -> str:
        code = rooms.people.make_batch(c, department_id, None, 1, school.clock() + 3600, role, tap)
        return rooms.doors.ask(c, code, name, "en", school.clock()).outcome

    assert await school.database.write(work) == "crosses"
    assert (await school.database.read(lambda c: rooms.chats.get(c, name))).role == "advocate"
    assert await school.database.read(lambda c: rooms.people.of_chat(c, name)) is None


async def test_r60_whoever_became_an_advocate_while_waiting_is_not_let_in(school: School) -> None:
    department_id = await school.opened()
    name = await school.person(700_000_199, role="guest")
    rooms, chief = school.training.rooms, (await school.member_of(CHIEF)).id

    def work(c: Connection) -> int | None:
        code = rooms.people.make_batch(c, department_id, None, 5, school.clock() + 3600)
        number = rooms.doors.ask(c, code, name, "en", school.clock()).number
        assert number is not None
        rooms.chats.change(c, name, role="advocate")
        return rooms.doors.tap(c, number, chief, True, school.clock())

    assert await school.database.write(work) is None
    assert await school.database.read(lambda c: rooms.people.of_chat(c, name)) is None


async def test_r60_an_officers_row_never_moves_to_an_advocates_phone(school: School) -> None:
    await school.opened()
    name = await school.person(700_000_199, role="advocate")
    rookie = (await school.member_of(ROOKIE)).id
    rooms = school.training.rooms
    assert not await school.database.write(lambda c: rooms.doors.new_phone(c, rookie, name, school.clock()))
    assert (await school.member_of(ROOKIE)).id == rookie


@pytest.mark.parametrize("who", [CHIEF, ROOKIE])
async def test_r60_neither_officer_nor_coordinator_becomes_an_advocate(school: School, who: int) -> None:
    await school.opened()
    chat = (await school.member_of(who)).chat
    chats = school.training.rooms.chats
    role = (await school.database.read(lambda c: chats.get(c, chat))).role

    def work(c: Connection) -> str | None:
        return chats.accept(c, chats.invite(c, "advocate", school.clock() + 3600, "house"), chat, school.clock())

    assert await school.database.write(work) is None
    assert (await school.database.read(lambda c: chats.get(c, chat))).role == role


# -- R61 -----------------------------------------------------------------------------------------------------------------------


def test_r61_what_the_operator_does_to_a_department_is_in_the_staff_log_without_its_name(settings: Settings) -> None:
    asyncio.run(departments.add(settings, "Mine", "America/Chicago", "en", "", weekly(), None))
    asyncio.run(departments.add_unit(settings, "Mine", "Night watch"))
    asyncio.run(departments.delete(settings, "Mine", completions_too=False))

    async def work() -> list[Any]:
        async with opened(settings) as desk:
            return await desk.database.read(lambda c: list(c.execute(select(audit).order_by(audit.c.seq))))

    rows = asyncio.run(work())
    assert [row.what for row in rows] == ["department_added", "unit_added", "department_removed"]
    assert not any("Mine" in str(row) or "Night" in str(row) for row in rows)
