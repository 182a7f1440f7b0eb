"""What an officer puts off by their own act: reminded of once, whatever they do, and never the bot's own lateness."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot.store import queues, training_after, training_plan
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.training_outages import untold
from bot.store.training_people import People
from bot.store.training_plan import PUT_OFF, SENT, SKIPPED
from bot.store.training_schema import member, occurrence, question
from bot.training.clockwork import REMIND_AFTER
from bot.training.planner import Planner
from bot.training.schedule import Hours, Pattern
from tests.store.virtual import VirtualClock
from tests.training.making import CARDS, MONDAY, at, one_department, weekly
from tests.training.school import CHIEF, ROOKIE, School

HOUR, DAY = 3600.0, 86400.0
SLOT = at("2026-06-02T15:00")
"""Tuesday, ten in the morning in Chicago; its window is two hours."""
AGAIN, CARD = "Still open", "Refresher, 1 of"


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def goes_on(school: School, until: float, every: float = 300.0) -> list[tuple[float, str]]:
    """Every five minutes; what came to the rookie, with minutes after ten."""
    found = []
    while school.clock.now <= until:
        before = len(school.phones.texts(ROOKIE))
        await school.goes_on()
        found += [((school.clock.now - SLOT) // 60, text) for text in school.phones.texts(ROOKIE)[before:]]
        school.clock.now += every
    return found


def kinds(came: list[tuple[float, str]]) -> list[str]:
    return ["again" if text.startswith(AGAIN) else "card" if text.startswith(CARD) else text for _, text in came]


async def sent(school: School) -> None:
    """Asked at ten, and not reminded yet."""
    school.clock.now = SLOT
    await school.goes_on()
    assert school.phones.texts(ROOKIE)[-1].startswith(CARD)


async def of_rookie(school: School) -> list[Any]:
    rookie = await school.member_of(ROOKIE)
    return [row for row in await school.rows(occurrence) if row.member == rookie.id]


async def test_who_was_reminded_and_puts_it_off_is_not_reminded_again(school: School) -> None:
    """As the reminder says: "I won't remind you again"."""
    await school.opened()
    await sent(school)
    assert kinds(await goes_on(school, SLOT + REMIND_AFTER + 300)) == ["again"]
    await school.hears(ROOKIE, "!k:snooze")
    await school.hears(ROOKIE, "!" + school.payload(ROOKIE, "An hour"))
    assert kinds(await goes_on(school, SLOT + 5 * HOUR)) == ["card"]
    (row,) = await of_rookie(school)
    assert (row.state, row.reminded, row.put_off) == (SENT, 1, 1)


async def test_who_was_not_reminded_yet_is_reminded_once_after_it(school: School) -> None:
    await school.opened()
    await sent(school)
    await school.hears(ROOKIE, "!k:snooze:60")
    assert kinds(await goes_on(school, SLOT + 5 * HOUR)) == ["card", "again"]


@pytest.mark.parametrize(
    ("acts", "came"),
    [
        (("!k:snooze:60", "!k:resume"), ["card"]),
        (("!k:snooze:60", "!k:snooze:60"), ["card"]),
        (("!k:snooze:60", "!k:pause", "!k:resume"), []),
        (("!k:off_duty:1", "!k:resume"), []),
        (("!k:erase_mine:yes",), ["card"]),
        (("!k:snooze:60", "!k:hours:quiet:20-8"), ["card"]),
        (("!k:snooze:60", "!k:hours:quiet:10-16"), ["card"]),
        (("!k:off_duty:1",), []),
        (("!k:snooze:10080",), []),
    ],
)
async def test_no_change_in_between_brings_the_reminder_back(
    school: School, acts: tuple[str, ...], came: list[str]
) -> None:
    """Each voids what is planned; the card comes once more where they may be asked on that date still, and was not left out already."""
    await school.opened()
    await sent(school)
    assert kinds(await goes_on(school, SLOT + REMIND_AFTER + 300))[-1] == "again"
    for act in acts:
        await school.hears(ROOKIE, act)
        school.clock.now += 60
        await school.goes_on()
    before = [text for text in school.phones.texts(ROOKIE) if text.startswith(AGAIN)]
    await goes_on(school, SLOT + 8 * HOUR, every=600.0)
    assert [text for text in school.phones.texts(ROOKIE) if text.startswith(AGAIN)] == before
    cards = [text for text in school.phones.texts(ROOKIE) if text.startswith(CARD)]
    assert len(cards) == 1 + len(came)


@pytest.mark.parametrize("act", ["!k:erase_mine:yes", "!k:snooze:60", "!k:off_duty:1", "/erase"])
@pytest.mark.parametrize("minutes", [119, 121, 300, 600])
async def test_what_was_put_off_is_never_late_by_the_bot_nor_an_outage(school: School, act: str, minutes: int) -> None:
    """A department of one officer: whatever they do with the only refresher of the date, who coordinates hears of no outage."""
    await school.opened()
    chief = await school.member_of(CHIEF)
    people = school.training.rooms.people
    await school.database.write(lambda c: people.set_time(c, chief.id, MONDAY, off_until=SLOT + 12 * HOUR))
    await sent(school)
    school.clock.now = SLOT + 60.0 * minutes
    await school.hears(ROOKIE, act)
    school.clock.now += 30
    await goes_on(school, SLOT + 2 * DAY, every=2 * HOUR)
    assert "late" not in {row.reason for row in await school.rows(occurrence)}
    assert await school.database.read(lambda c: untold(c, school.clock())) == []
    assert not [text for text in school.phones.texts(CHIEF) if text.startswith("There was an outage")]


async def test_downtime_after_it_was_put_off_is_not_the_bots_lateness_either(school: School) -> None:
    await school.opened()
    await sent(school)
    await school.hears(ROOKIE, "!k:snooze:60")
    await school.goes_on()  # planned for eleven
    school.clock.now = SLOT + 8 * HOUR
    await school.goes_on()
    assert [(row.state, row.reason) for row in await of_rookie(school)] == [(SKIPPED, "away")]


async def test_what_the_bot_itself_did_not_send_is_late_still(school: School) -> None:
    await school.opened()
    await school.goes_on()
    school.clock.now = SLOT + 8 * HOUR
    await school.goes_on()
    assert {row.reason for row in await school.rows(occurrence)} == {"late"}


async def test_new_times_of_the_department_take_what_was_put_off_with_them(school: School) -> None:
    await school.opened()
    await sent(school)
    await school.hears(ROOKIE, "!k:snooze:60")
    await school.hears(CHIEF, "/schedule every Thursday 9am", "!k:set:yes")
    await school.goes_on()
    assert PUT_OFF not in {row.state for row in await school.rows(occurrence)}
    assert [row for row in await of_rookie(school) if row.day == "2026-06-02"] == []


# -- any acts in any order ---------------------------------------------------------------------------------------------------

TEN_MINUTES = 600.0


def act(c: Connection, people: People, who: int, random: Random, now: float) -> None:
    """Something that an officer may do about their own time."""
    kind = random.choice(["snooze", "off", "resume", "pause", "quiet", "rota", "erase"])
    if kind == "snooze":
        people.set_time(c, who, now, snoozed_until=now + random.choice([1200, 3600, 7200]))
    elif kind == "off":
        people.set_time(c, who, now, off_until=now + DAY)
    elif kind in ("resume", "pause"):
        getattr(people, kind)(c, who, now)
    elif kind == "quiet":
        first = random.randrange(0, 24) * 60
        people.set_time(c, who, now, quiet_first=first, quiet_last=(first + 60 * random.randrange(1, 9)) % 1440)
    elif kind == "rota":
        people.set_time(c, who, now, pattern=random.choice([None, Pattern.fixed(range(7), Hours(8 * 60, 16 * 60))]))
    if kind in ("snooze", "off", "erase"):
        training_after.put_off(c, who, now)


@pytest.mark.store
@pytest.mark.parametrize("seed", range(3))
async def test_whatever_officers_do_nothing_is_late_and_none_is_reminded_twice(
    database: Database, keys: KeyRing, seed: int
) -> None:
    """The bot is never down; eight officers act at random through two days."""
    random, people, planner = Random(seed), People(keys), Planner(database, CARDS)
    rule = weekly({0, 1, 2, 3, 4, 5, 6}, per_week=7)
    await database.write(lambda c: one_department(c, people, 8, MONDAY, rule))
    reminders: Counter[tuple[int, str]] = Counter()
    now = MONDAY
    while now < MONDAY + 2 * DAY:
        await planner.tick(now)
        leaving = await database.write(lambda c, now=now: queues.take_out(c, now, 50))
        await database.write(lambda c, rows=leaving: [queues.finish_out(c, row.id) for row in rows])
        await database.write(lambda c, now=now: training_after.settle(c, now))
        due = await database.write(lambda c, now=now: training_after.to_remind(c, now, REMIND_AFTER))
        days = {row.id: row.day for row in await database.read(lambda c: c.execute(select(occurrence)).all())}
        reminders.update((one.member, days[one.id]) for one in due)
        for who in range(1, 9):
            if random.random() < 0.05:
                await database.write(lambda c, who=who, now=now: act(c, people, who, random, now))
        now += TEN_MINUTES
    rows = await database.read(lambda c: c.execute(select(occurrence)).all())
    assert {row.reason for row in rows} <= {None, "away", "paused", "own_quiet", "quiet", "off_duty", "sleep"}
    assert set(reminders.values()) <= {1}, "once for each date"
    assert not [row for row in rows if row.state == PUT_OFF and row.at < now - DAY], "none waits for ever"
    assert len(rows) == len({(row.member, row.slot, row.day) for row in rows})


@pytest.mark.store
async def test_two_planners_put_it_down_once(database: Database, keys: KeyRing) -> None:
    people, planners = People(keys), [Planner(database, CARDS) for _ in range(2)]
    await database.write(lambda c: one_department(c, people, 3, MONDAY))
    await planners[0].tick(SLOT - 60)

    def left(c: Connection) -> None:
        c.execute(update(occurrence).values(state=SENT, reminded=1))
        c.execute(question.delete())
        for who in (1, 2, 3):
            people.set_time(c, who, SLOT + 60, snoozed_until=SLOT + HOUR)
            assert training_after.put_off(c, who, SLOT + 60) == 1

    await database.write(left)
    for planner in planners:
        await planner.tick(SLOT + 120)
    rows = await database.read(lambda c: c.execute(select(occurrence)).all())
    assert [(row.state, row.at, row.reminded, row.put_off) for row in rows] == [
        (training_plan.PLANNED, SLOT + HOUR, 1, 1)
    ] * 3
    assert await database.read(lambda c: c.scalar(select(member.c.silences).limit(1))) == 0
