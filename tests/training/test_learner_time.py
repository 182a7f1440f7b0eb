"""An officer's own time: later, not on duty, shifts. Never in sleep, never in quiet time, and none of it is a silence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.store.training_schema import occurrence
from bot.training import rotas
from bot.training.schedule import SLEEP_SECONDS
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE, at, weekly
from tests.training.school import ROOKIE, School

TUESDAY = at("2026-06-02T15:00")
DAY = 86400.0


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def runs(school: School, until: float, every: float = 1800.0) -> list[datetime]:
    """The clock goes on in steps; local times at which something came to the rookie."""
    found = []
    while school.clock.now < until:
        before = len(school.phones.texts(ROOKIE))
        await school.goes_on()
        if len(school.phones.texts(ROOKIE)) > before:
            found.append(datetime.fromtimestamp(school.clock.now, ZoneInfo(ZONE)))
        school.clock.now += every
    return found


async def test_a_snoozed_refresher_comes_again_after_the_hour_and_is_no_silence(school: School) -> None:
    await school.opened()
    school.clock.now = TUESDAY
    await school.goes_on()
    await school.hears(ROOKIE, "later")
    (said,) = await school.hears(ROOKIE, f"!{school.payload(ROOKIE, 'An hour')}")
    assert "Tuesday, June 2, 11:00 a.m." in said
    (again, *_) = await runs(school, TUESDAY + 4 * 3600)
    assert again.hour == 11
    assert (await school.member_of(ROOKIE)).silences == 0


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_pause_is_one_of_the_choices_under_later(school: School, lang: str) -> None:
    """From a card: "Later", then how long, and until they say so is one of the answers."""
    await school.opened(lang=lang)
    school.clock.now = TUESDAY
    await school.goes_on()
    await school.hears(ROOKIE, f"!{school.payload(ROOKIE, {'en': 'Later', 'es': 'Más tarde'}[lang])}")
    await school.hears(ROOKIE, f"!{school.payload(ROOKIE, {'en': 'Pause', 'es': 'Pausa'}[lang])}")
    assert (await school.member_of(ROOKIE)).paused_at is not None
    assert await runs(school, TUESDAY + 14 * DAY, every=6 * 3600) == []


async def test_four_weeks_of_snoozing_never_pause(school: School) -> None:
    """Three silences pause; a snooze is none, however often."""
    await school.opened()
    for week in range(4):
        school.clock.now = TUESDAY + week * 7 * DAY
        await school.goes_on()
        await school.hears(ROOKIE, "!k:snooze:1440")
        school.clock.now += 2 * DAY
        await school.goes_on()
    rookie = await school.member_of(ROOKIE)
    assert rookie.silences == 0
    assert rookie.paused_at is None
    assert {
        row.state for row in await school.rows(occurrence) if row.member == rookie.id and row.at < school.clock.now
    } == {3}


async def test_nothing_comes_while_snoozed_for_a_week(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:snooze:10080")
    assert await runs(school, MONDAY + 7 * DAY) == []


@pytest.mark.parametrize(
    ("lang", "word", "button", "day"),
    [
        ("en", "not on duty", "A week", "Monday, June 8"),
        ("es", "fuera de servicio", "Una semana", "lunes 8 de junio"),
    ],
)
async def test_not_on_duty_is_said_back_with_its_date_and_resume_ends_it(
    school: School, lang: str, word: str, button: str, day: str
) -> None:
    await school.opened(lang=lang)
    await school.hears(ROOKIE, word)
    (said,) = await school.hears(ROOKIE, f"!{school.payload(ROOKIE, button)}")
    assert day in said
    await school.hears(ROOKIE, "resume" if lang == "en" else "reanudar")
    came = await runs(school, TUESDAY + 3 * 3600)
    assert came[0].hour == 10


async def test_off_duty_ends_at_local_midnight_when_the_clocks_change(school: School) -> None:
    """Daylight saving ends on November 1, 2026: that day has 25 hours."""
    await school.opened()
    school.clock.now = at("2026-10-31T15:00")
    await school.hears(ROOKIE, "!k:off_duty:2")
    until = (await school.member_of(ROOKIE)).off_until
    assert datetime.fromtimestamp(until, ZoneInfo(ZONE)).isoformat() == "2026-11-02T00:00:00-06:00"


async def test_a_rota_is_said_by_taps_read_back_and_counts_only_when_confirmed(school: School) -> None:
    await school.opened(weekly({0, 1, 2, 3, 4, 5, 6}, per_week=7))
    await school.hears(ROOKIE, "my shifts")
    await school.hears(ROOKIE, f"!{school.payload(ROOKIE, '4 on, 4 off')}")
    await school.hears(ROOKIE, "7am-3pm")
    (said,) = await school.hears(ROOKIE, f"!{school.payload(ROOKIE, 'Tuesday, June 2')}")
    dates = [line for line in said.splitlines() if line.startswith("• ")]
    assert dates == [f"• {day}, 10:00 a.m." for day in ("Tuesday, June 2", "Wednesday, June 3", "Thursday, June 4")]
    assert (await school.member_of(ROOKIE)).pattern is None
    await school.hears(ROOKIE, f"!{school.payload(ROOKIE, 'Yes, save')}")
    came = await runs(school, MONDAY + 9 * DAY)
    firsts = {one.day: one.hour for one in reversed(came)}
    assert firsts == {2: 10, 3: 10, 4: 10, 5: 10}, "four days on, and then none"


@pytest.mark.parametrize(
    ("begins", "zone_day"), [("2026-06-01T12:00", "2026-06-02"), ("2026-10-31T12:00", "2026-11-01")]
)
async def test_a_night_officer_is_left_to_sleep_and_then_left_quiet(school: School, begins: str, zone_day: str) -> None:
    """Nights from 10 p.m. to 6 a.m. in a department that asks at ten in the morning, also off duty: after the sleep, and after their own
    quiet time. In November the night is an hour longer by the clock."""
    school.clock.now = at(begins)
    place = await school.opened(weekly({0, 1, 2, 3, 4, 5, 6}, per_week=7))
    people = school.training.rooms.people
    await school.database.write(lambda c: people.change_department(c, place, school.clock(), on_duty_only=0))
    await school.hears(ROOKIE, "!k:hours:kind:fixed")
    await school.hears(ROOKIE, "10pm-6am")
    await school.hears(ROOKIE, "!k:hours:days:1234567")
    await school.hears(ROOKIE, "!k:hours:yes")
    (first, *_) = await runs(school, at(begins) + 0.8 * DAY)
    assert first.hour == 6 + SLEEP_SECONDS // 3600
    school.clock.now = at(begins) + DAY
    await school.hears(ROOKIE, "!k:hours:quiet:8-16")
    after = school.clock.now
    came = [one for one in await runs(school, after + 0.8 * DAY) if one.date().isoformat() == zone_day]
    assert came
    assert min(one.hour for one in came) >= 16


@pytest.mark.parametrize(("lang", "words"), [("en", "never fall into your hours"), ("es", "nunca caen en los suyos")])
async def test_who_is_never_on_duty_at_the_departments_times_hears_so(school: School, lang: str, words: str) -> None:
    await school.opened(lang=lang)
    await school.hears(ROOKIE, "!k:hours:kind:fixed")
    await school.hears(ROOKIE, "!k:hours:tour:7-15")
    (said,) = await school.hears(ROOKIE, "!k:hours:days:67")
    assert words in said
    await school.hears(ROOKIE, "!k:hours:yes")
    assert words in (await school.hears(ROOKIE, "!k:resume"))[0]
    assert await runs(school, MONDAY + 8 * DAY) == []


@pytest.mark.parametrize(("tour", "hour"), [("23-7", 23), ("22-6", 22)])
async def test_who_works_at_night_is_asked_in_their_own_tour(school: School, tour: str, hour: int) -> None:
    """The department asks at ten in the morning, when they sleep, and is quiet from nine in the evening on."""
    await school.opened()
    await school.hears(ROOKIE, "!k:hours:kind:fixed")
    await school.hears(ROOKIE, f"!k:hours:tour:{tour}")
    (said,) = await school.hears(ROOKIE, "!k:hours:days:12345")
    assert "Tuesday, June 2, 1" in said
    await school.hears(ROOKIE, "!k:hours:yes")
    (came, *_) = await runs(school, MONDAY + 2 * DAY)
    assert (came.day, came.hour) == (2, hour)


@pytest.mark.parametrize("nonsense", ["whenever", "25-99", "7am-7am"])
async def test_nonsense_for_a_time_is_asked_for_again_and_changes_nothing(school: School, nonsense: str) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!k:hours:quiet")
    (said,) = await school.hears(ROOKIE, nonsense)
    assert said.startswith("Write two times")
    assert (await school.member_of(ROOKIE)).quiet_first is None
    (said,) = await school.hears(ROOKIE, "10pm-6am")
    assert "Your quiet time: 10:00 p.m. to 6:00 a.m." in said


async def test_the_language_that_was_chosen_holds_from_the_next_message_on(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "!c:lang_es")
    school.clock.now = TUESDAY
    await school.goes_on()
    assert school.phones.texts(ROOKIE)[-1].startswith("Repaso, 1 de 2")


@pytest.mark.parametrize("text", ["9-5", "7-3", "9am-5", "12-8", "9:30-5:30"])
def test_hours_that_nobody_means_are_asked_again(text: str) -> None:
    assert rotas.tour_of(text) is None


@pytest.mark.parametrize(
    ("text", "hours"),
    [("9pm-7", (21, 7)), ("22-6", (22, 6)), ("9am to 5pm", (9, 17)), ("noon", None), ("7-11", (7, 11)), ("16-12", (16, 12)),
     ("06:00-05:00", (6, 5)), ("12pm-8am", (12, 8))],
)  # fmt: skip
def test_hours_are_read_as_they_are_meant(text: str, hours: tuple[int, int] | None) -> None:
    found = rotas.tour_of(text)
    assert (found and (found.first // 60, found.last // 60)) == hours
