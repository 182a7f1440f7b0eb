"""Notes that nobody asked for: that refreshers have paused, and which partners to ring. When that person is free, not lost, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.localtime import instant, local_date
from bot.store.schema import outbox
from bot.store.training_schema import member, partner
from bot.training.free import free
from bot.training.schedule import Hours, Pattern
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, at, weekly
from tests.training.school import CHIEF, PARTNER, ROOKIE, School
from tests.training.test_schedule import PEOPLE, RULE, ZONES, asleep, inside

TUESDAY = at("2026-06-02T15:00")
NIGHT = at("2026-06-04T07:00")
"""Two at night in Chicago, on Thursday."""
HOUR, DAY = 3600.0, 86400.0
WENT_BY = "Three refreshers went by"


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def third_silence(school: School, **time: Any) -> None:
    """Asked on Tuesday at ten; two went by before."""
    rule = time.pop("rule", None)
    await school.opened(rule)
    school.clock.now = TUESDAY
    await school.goes_on()
    who = await school.member_of(ROOKIE)

    def work(c: Any) -> None:
        c.execute(member.update().where(member.c.id == who.id).values(silences=2))
        if time:
            school.training.rooms.people.set_time(c, who.id, TUESDAY + 60, **time)

    await school.database.write(work)


async def notes(school: School, when: float) -> int:
    """How many came at that time."""
    school.clock.now = when
    before = len(school.phones.texts(ROOKIE))
    await school.goes_on()
    return sum(WENT_BY in text for text in school.phones.texts(ROOKIE)[before:])


async def test_after_downtime_the_note_of_a_pause_waits_for_the_morning_and_comes_once(school: School) -> None:
    await third_silence(school)
    assert await notes(school, NIGHT) == 0, "two at night"
    assert (await school.member_of(ROOKIE)).paused_at == NIGHT, "but it paused"
    assert await notes(school, NIGHT + 5 * HOUR - 60) == 0
    assert await notes(school, NIGHT + 5 * HOUR) == 1
    assert school.phones.sent[-1].silent
    for hours in (1, 14, 24, 48, 200):
        assert await notes(school, NIGHT + (5 + hours) * HOUR) == 0


@pytest.mark.parametrize(
    ("label", "time", "hour"),
    [
        ("own quiet time", {"quiet_first": 6 * 60, "quiet_last": 12 * 60}, 12),
        ("asleep after a night tour", {"pattern": Pattern.fixed(range(7), Hours(22 * 60, 6 * 60))}, 15),
        ("nothing of their own, and no holiday", {"rule": weekly(holidays="US")}, 7),
    ],
)
async def test_it_waits_for_that_officer(school: School, label: str, time: dict[str, Any], hour: int) -> None:
    await third_silence(school, **time)
    came = [h for h in range(2, 24) if await notes(school, NIGHT + (h - 2) * HOUR)]
    assert came == [hour], label


async def test_it_does_not_come_on_a_holiday(school: School) -> None:
    """Friday 3 July 2026 is the federal day off for Independence Day."""
    await third_silence(school, rule=weekly({2}, holidays="US"))
    school.clock.now = at("2026-07-01T15:00")
    await school.goes_on()
    assert await notes(school, at("2026-07-03T15:30")) == 0
    assert await notes(school, at("2026-07-04T15:30")) == 0
    assert await notes(school, at("2026-07-05T15:30")) == 1


async def test_what_did_not_leave_is_said_the_next_day(school: School) -> None:
    """It was queued, and the machine was down until the night."""
    await third_silence(school)
    school.clock.now = NIGHT + 12 * HOUR
    await school.training.tick(school.database, school.clock())
    assert await notes(school, NIGHT + 22 * HOUR) == 0, "midnight"
    assert await notes(school, NIGHT + 30 * HOUR) == 1
    assert await notes(school, NIGHT + 54 * HOUR) == 0


@pytest.mark.parametrize("tap", ["!k:resume", "!k:pause"])
async def test_who_said_something_of_it_meanwhile_is_not_told(school: School, tap: str) -> None:
    await third_silence(school)
    assert await notes(school, NIGHT) == 0
    await school.hears(ROOKIE, tap)
    assert await notes(school, NIGHT + 8 * HOUR) == 0


async def test_how_many_went_by_is_said_truly_before_and_after(school: School) -> None:
    await third_silence(school)
    await school.hears(ROOKIE, "/quiz")
    await school.answers(ROOKIE)
    await school.database.write(lambda c: c.execute(member.update().values(silences=2)))
    for when in (NIGHT, NIGHT + 8 * HOUR):
        await notes(school, when)
        (said,) = await school.hears(ROOKIE, "/score")
        assert "in a row: 3" in said


# -- whom to ring ----------------------------------------------------------------------------------------------------------

FRIDAY = at("2026-09-11T16:00")
"""Eleven in the morning, a quarter after the partner was added."""


async def with_partner(school: School, *more: int) -> None:
    place = await school.opened()
    people = school.training.rooms.people
    names = [await school.person(phone, role="coordinator") for phone in more]

    def work(c: Any) -> None:
        row = {"department": place, "name": "Example Advocates", "phone": "(918) 555-0123", "hours": "24/7"}
        c.execute(partner.insert().values(**row, added_at=MONDAY))
        for name in names:
            people.join(c, name, place, None, "coordinator", "en", MONDAY)

    await school.database.write(work)


async def has(school: School, phone: int, **time: Any) -> None:
    who = await school.member_of(phone)
    people = school.training.rooms.people
    await school.database.write(lambda c: people.set_time(c, who.id, school.clock(), **time))


async def came(school: School, phone: int, first: float, hours: int) -> list[float]:
    """Hours after `first` at which a reminder came."""
    found = []
    for n in range(hours):
        school.clock.now = first + n * HOUR
        before = len(school.phones.texts(phone))
        await school.goes_on()
        found += [n for text in school.phones.texts(phone)[before:] if "for three months" in text]
    return found


@pytest.mark.parametrize(
    ("time", "after"),
    [
        ({"quiet_first": 8 * 60, "quiet_last": 16 * 60}, 5),
        ({"pattern": Pattern.fixed(range(7), Hours(22 * 60, 6 * 60))}, 4),
        ({"off_until": FRIDAY + DAY + HOUR}, 25),
    ],
)
async def test_who_coordinates_is_reminded_when_they_are_free_and_once(
    school: School, time: dict[str, Any], after: int
) -> None:
    await with_partner(school)
    await has(school, CHIEF, **time)
    assert await came(school, CHIEF, FRIDAY, 24 * 5) == [after]


async def test_who_sleeps_is_reminded_also_where_another_was_told(school: School) -> None:
    await with_partner(school, PARTNER)
    await has(school, PARTNER, pattern=Pattern.fixed(range(7), Hours(22 * 60, 6 * 60)))
    assert await came(school, CHIEF, FRIDAY, 1) == [0]
    assert await came(school, PARTNER, FRIDAY + HOUR, 48) == [3]


async def test_a_reminder_to_ring_that_did_not_leave_stays_due(school: School) -> None:
    await with_partner(school)
    school.clock.now = at("2026-09-10T16:00")
    await school.training.tick(school.database, school.clock())
    assert len([row for row in await school.rows(outbox) if "partners.due" in str(row.content)]) == 1
    assert await came(school, CHIEF, FRIDAY - 12 * HOUR, 48) == [10], "nine on Friday morning"


@pytest.mark.parametrize(
    ("lang", "partners", "outages"),
    [
        ("en", "remind you of partners", "tell you of outages"),
        ("es", "recuerdo llamar a los aliados", "aviso de fallas"),
    ],
)
@pytest.mark.parametrize("said", ["/stop", "/pause"])
async def test_who_coordinates_hears_what_else_stops_with_it(
    school: School, lang: str, partners: str, outages: str, said: str
) -> None:
    """R6: no reminder to ring and no note of an outage comes until they go on. An officer has none of these to miss."""
    await school.opened(lang=lang)
    (answer,) = await school.hears(CHIEF, said)
    assert partners in answer
    assert outages in answer
    (answer,) = await school.hears(ROOKIE, said)
    assert partners not in answer
    assert (await school.member_of(CHIEF)).paused_at is not None


async def test_who_coordinates_and_was_silent_is_not_told_that_nothing_else_happens(school: School) -> None:
    await school.opened()
    school.clock.now = TUESDAY
    await school.goes_on()
    await school.database.write(lambda c: c.execute(member.update().values(silences=2)))
    school.clock.now = NIGHT + 5 * HOUR
    await school.goes_on()
    (to_chief,), (to_rookie,) = (
        [text for text in school.phones.texts(phone) if WENT_BY in text] for phone in (CHIEF, ROOKIE)
    )
    assert "Nothing else happens" in to_rookie
    assert "Nothing else happens" not in to_chief
    assert "remind you of partners" in to_chief


# -- when somebody is free ---------------------------------------------------------------------------------------------------


@RULE
@given(st.sampled_from(ZONES), st.dates(date(2026, 1, 1), date(2027, 12, 1)), st.integers(0, 86399), PEOPLE)
def test_free_is_never_night_sleep_or_own_quiet_time(zone: str, day: date, second: int, who: Any) -> None:

    now, quiet = instant(day, 0, zone) + second, Hours(21 * 60, 7 * 60)
    found = free(now, zone, "", quiet, who)
    if found is None:
        return
    assert now <= found[0] < found[1]
    assert local_date(found[0], zone) == local_date(found[1] - 1, zone)
    for moment in (found[0], sum(found) / 2, found[1] - 1):
        assert not inside(moment, quiet, zone)
        if who.quiet is not None and found[0] < moment < found[1] - 1:
            assert not inside(moment, who.quiet, zone)
        if who.pattern is not None:
            assert not asleep(who.pattern, moment, zone)
