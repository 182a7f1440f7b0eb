"""What an outage left out is said to who coordinates: once, when they are free, how many and when, on both kinds of database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.store import queues
from bot.store.training_outages import untold
from bot.store.training_plan import QUEUED, SENT, SKIPPED
from bot.store.training_schema import member, occurrence
from bot.training.schedule import Schedule, Slot
from bot.training.service import Training
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, at, weekly
from tests.training.school import CHIEF, PARTNER, ROOKIE, School

pytestmark = pytest.mark.store
HOUR, DAY = 3600.0, 86400.0
SLOT = at("2026-06-02T15:00")
"""Tuesday, ten in the morning in Chicago."""
NIGHT = at("2026-06-04T07:00")
"""Two at night there, on Thursday."""
MORNING = NIGHT + 5 * HOUR
"""When the quiet hours end."""
SAID = {"en": "There was an outage", "es": "Hubo una falla"}


@pytest.fixture
async def school(tmp_path: Path, url: str) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY), url=url)
    yield made
    made.close()


async def runs(school: School, *times: float) -> list[float]:
    """The bot lives at these times alone. Returns at which of them somebody was told of an outage."""
    found = []
    for when in times:
        school.clock.now = when
        before = len(told(school))
        await school.database.write(lambda c: queues.purge(c, school.clock()))
        await school.goes_on()
        found += [when] * (len(told(school)) - before)
    return found


def told(school: School, *phones: int) -> list[str]:
    """Every note of an outage that one of these got, or anybody."""
    texts = [shown.text for shown in school.phones.sent if not phones or shown.chat in phones]
    return [text for text in texts if text.startswith(tuple(SAID.values()))]


async def change(school: School, phone: int, **time: Any) -> None:
    who = await school.member_of(phone)
    people = school.training.rooms.people
    await school.database.write(lambda c: people.set_time(c, who.id, school.clock(), **time))


def hourly(first: float, hours: int) -> list[float]:
    return [first + n * HOUR for n in range(hours)]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "2 refreshers in your department could not be sent, on Tuesday, June 2. Nobody is counted as having missed any."),
        ("es", "en su departamento no se pudieron enviar 2 repasos, el martes 2 de junio. A nadie se le cuenta como falta."),
    ],
)  # fmt: skip
async def test_who_coordinates_is_told_in_the_morning_silently_and_once(school: School, lang: str, said: str) -> None:
    await school.opened(lang=lang)
    assert await runs(school, MONDAY) == []
    assert await runs(school, NIGHT, MORNING - 60, MORNING, *hourly(MORNING + HOUR, 3), MORNING + 26 * HOUR) == [
        MORNING
    ]
    (note,) = told(school, CHIEF)
    assert said in note
    shown = next(shown for shown in school.phones.sent if shown.text == note)
    assert shown.silent
    assert [payload for _, payload in school.phones.buttons[shown.ids[0]]] == ["k:progress"]
    assert {row.silences for row in await school.rows(member)} == {0}, "as it says"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "8 refreshers in your department could not be sent, from Tuesday, June 2 to Thursday, June 11."),
        ("es", "no se pudieron enviar 8 repasos, del martes 2 de junio al jueves 11 de junio."),
    ],
)
async def test_a_long_one_is_one_note_from_its_first_date_to_its_last(school: School, lang: str, said: str) -> None:
    await school.opened(weekly({1, 3}), lang=lang)
    back = at("2026-06-12T15:00")
    assert await runs(school, MONDAY, back, back + HOUR, back + DAY) == [back]
    assert said in told(school, CHIEF)[0]


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "1 refresher in your department"), ("es", "no se pudo enviar 1 repaso,")]
)
async def test_one_refresher_is_one(school: School, lang: str, said: str) -> None:
    await school.opened(lang=lang)
    await change(school, CHIEF, off_until=SLOT + DAY)
    assert await runs(school, MONDAY, MORNING) == [MORNING]
    assert said in told(school, CHIEF)[0]


async def test_two_clocks_and_a_restart_tell_it_once(school: School, many: Any) -> None:
    await school.opened()
    await runs(school, MONDAY)
    others = [(many(), Training(school.keys, school.chats, school.library)) for _ in range(2)]
    for when in (NIGHT, NIGHT + 60, MORNING, MORNING + 60, MORNING + 26 * HOUR):
        school.clock.now = when
        await asyncio.gather(*(training.tick(database, when) for database, training in others))
        school.restart()
        await runs(school, when)
    assert len(told(school)) == 1


async def test_the_next_outage_is_another_note(school: School) -> None:
    """The refreshers of the second Tuesday left."""
    await school.opened()
    second, third = SLOT + 7 * DAY, SLOT + 15 * DAY
    assert await runs(school, MONDAY, MORNING, second - 300, second, third, third + HOUR) == [MORNING, third]
    assert ["June 2." in text for text in told(school)] == [True, False]
    assert "2 refreshers in your department could not be sent, on Tuesday, June 16." in told(school)[1]


async def test_two_that_nobody_was_told_of_are_two_notes(school: School) -> None:
    """Who coordinates was away during both; what was sent between them is in none."""
    await school.opened()
    second, third = SLOT + 7 * DAY, SLOT + 15 * DAY
    await change(school, CHIEF, off_until=third)
    assert await runs(school, MONDAY, NIGHT, second - 300, second, third) == [third, third]
    for text, day in zip(told(school, CHIEF), (2, 16), strict=True):
        assert f"1 refresher in your department could not be sent, on Tuesday, June {day}." in text


async def test_a_date_of_which_a_part_was_sent_is_in_the_report_alone(school: School) -> None:
    slots = (Slot(frozenset({1}), 10 * 60), Slot(frozenset({1}), 16 * 60))
    rule: dict[str, Any] = {name: getattr(weekly(), name) for name in Schedule.__slots__}
    await school.opened(Schedule(**{**rule, "slots": slots}))
    afternoon = SLOT + 6 * HOUR
    assert await runs(school, MONDAY, SLOT + 3 * HOUR, afternoon, *hourly(afternoon + HOUR, 4), SLOT + 22 * HOUR) == []
    states = await school.states()
    assert (states.count(SKIPPED), states.count(SENT)) == (2, 2)


@pytest.mark.parametrize("reason", ["unsure", "broken", "blocked", "holiday"])
async def test_what_the_bot_tried_or_need_not_send_is_no_outage(school: School, reason: str) -> None:
    await school.opened()
    await runs(school, MONDAY)
    left = update(occurrence).values(state=SKIPPED, reason=reason)
    await school.database.write(lambda c: c.execute(left))
    assert await runs(school, MORNING, MORNING + HOUR) == []


async def test_r06_who_wants_to_hear_nothing_is_not_told_and_later_it_still_is(school: School) -> None:
    """Queued at night, paused before the morning, resumed on the next day."""
    await school.opened()
    await runs(school, MONDAY, NIGHT)
    who, people = await school.member_of(CHIEF), school.training.rooms.people
    await school.database.write(lambda c: people.pause(c, who.id, NIGHT + 60))
    assert await runs(school, MORNING, MORNING + HOUR, MORNING + 30 * HOUR) == []
    await school.database.write(lambda c: people.resume(c, who.id, MORNING + 31 * HOUR))
    assert await runs(school, MORNING + 32 * HOUR, MORNING + 33 * HOUR) == [MORNING + 32 * HOUR]


async def test_who_sleeps_then_is_told_as_well(school: School) -> None:
    place = await school.opened()
    name = await school.person(PARTNER, role="coordinator")
    people = school.training.rooms.people
    await school.database.write(lambda c: people.join(c, name, place, None, "coordinator", "en", MONDAY))
    await change(school, PARTNER, quiet_first=6 * 60, quiet_last=12 * 60)
    assert await runs(school, MONDAY, NIGHT, *hourly(MORNING, 8)) == [MORNING, MORNING + 5 * HOUR]
    assert (len(told(school, CHIEF)), len(told(school, PARTNER)), len(told(school, ROOKIE))) == (1, 1, 0)


async def test_what_did_not_leave_is_said_the_next_day(school: School) -> None:
    await school.opened()
    await runs(school, MONDAY)
    await school.training.tick(school.database, MORNING)  # and down again until midnight
    late = MORNING + 17 * HOUR
    assert await runs(school, late, late + 6 * HOUR, late + 8 * HOUR, late + 9 * HOUR) == [late + 8 * HOUR]


async def test_what_may_have_arrived_is_not_said_again(school: School) -> None:
    """A sender is killed with the note in hand."""
    await school.opened()
    await runs(school, MONDAY)
    await school.training.tick(school.database, MORNING)
    taken = await school.database.write(lambda c: queues.take_out(c, MORNING, 10))
    assert [row.content["part"][0] for row in taken] == ["training:progress.outage"]
    assert await runs(school, MORNING + HOUR, MORNING + 2 * HOUR, *hourly(MORNING + DAY, 6)) == []
    assert await school.database.read(lambda c: untold(c, MORNING + DAY)) == []


async def test_it_is_not_said_before_all_of_it_is_written_down(school: School) -> None:
    """Another planner has an officer in hand still, or a sender a refresher: so many are not the whole."""
    await school.opened()
    await runs(school, MONDAY, NIGHT)
    assert len(await school.database.read(lambda c: untold(c, NIGHT))) == 1
    for table, value in ((member, {"planned_to": NIGHT - 1}), (occurrence, {"state": QUEUED, "reason": None})):
        one = update(table).where(table.c.id == 1).values(**value)
        await school.database.write(lambda c, one=one: c.execute(one))
        assert await school.database.read(lambda c: untold(c, NIGHT)) == []
        back = {"planned_to": NIGHT + DAY} if table is member else {"state": SKIPPED, "reason": "late"}
        again = update(table).where(table.c.id == 1).values(**back)
        await school.database.write(lambda c, again=again: c.execute(again))
        assert len(await school.database.read(lambda c: untold(c, NIGHT))) == 1


async def test_old_news_are_no_news(school: School) -> None:
    """Who coordinates was away for three weeks; the report has it."""
    await school.opened()
    await change(school, CHIEF, off_until=SLOT + 21 * DAY)
    later = SLOT + 21 * DAY + HOUR
    assert await runs(school, MONDAY, MORNING, SLOT + 7 * DAY, SLOT + 14 * DAY + 60, later) == []
    fresh = SLOT + 29 * DAY
    assert await runs(school, fresh, fresh + HOUR) == [fresh], "nor where there is some"
    assert "2 refreshers in your department could not be sent, on Tuesday, June 30." in told(school)[0]
