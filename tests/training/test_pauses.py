"""A department's or a unit's pause with an end: said in words, read back, confirmed, kept to by the planner, reported as a pause, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store import training_after
from bot.store.training_schema import occurrence, schedule, training_draft
from bot.training.command import Wish
from bot.training.dates import plain
from bot.training.pauses import LONGEST
from bot.training.pauses import at as pause_at
from bot.training.rewording import merged, resumed
from bot.training.schedule import Pause, Person, Planned, Schedule, Skipped, Slot, plan
from bot.training.schedule_json import dump, dumped_with_pauses_of, load
from bot.training.words import Question, Reading, read
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE, at, weekly
from tests.training.school import CHIEF, ROOKIE, School

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)
TODAY = date(2026, 6, 2)
"""A Tuesday."""
DAY = 86400.0


def day(text: str) -> date:
    return date.fromisoformat(text if text.count("-") == 2 else f"2026-{text}")


@pytest.mark.parametrize(
    ("lang", "text", "first", "last"),
    [
        ("en", "skip next week", "06-08", "06-14"),
        ("en", "pause until January 5", "06-02", "2027-01-04"),
        ("en", "pause through January 5", "06-02", "2027-01-05"),
        ("en", "no refreshers the week of Thanksgiving", "11-23", "11-29"),
        ("en", "skip Thanksgiving week", "11-23", "11-29"),
        ("en", "no cards for two weeks", "06-02", "06-15"),
        ("en", "pause everything for the next 3 weeks", "06-02", "06-22"),
        ("en", "pause from December 20 to January 3", "12-20", "2027-01-03"),
        ("en", "pause December 20-31", "12-20", "12-31"),
        ("en", "pause between June 10 and June 12", "06-10", "06-12"),
        ("en", "hold off until July 4", "06-02", "07-03"),
        ("en", "pause until Monday", "06-02", "06-07"),
        ("en", "skip next Monday", "06-08", "06-08"),
        ("en", "skip this Friday", "06-05", "06-05"),
        ("en", "skip tomorrow", "06-03", "06-03"),
        ("en", "don't send anything this week", "06-02", "06-07"),
        ("en", "pause until the end of the month", "06-02", "06-30"),
        ("en", "skip July", "07-01", "07-31"),
        ("en", "skip the week of December 21", "12-21", "12-27"),
        ("en", "skip the week of Labor Day", "09-07", "09-13"),
        ("en", "skip Memorial Day", "2027-05-31", "2027-05-31"),
        ("en", "pause until 2026-08-01", "06-02", "07-31"),
        ("es", "salta la próxima semana", "06-08", "06-14"),
        ("es", "pausa hasta el 5 de enero", "06-02", "2027-01-04"),
        ("es", "sin repasos la semana de Acción de Gracias", "11-23", "11-29"),
        ("es", "suspende los repasos la semana que viene", "06-08", "06-14"),
        ("es", "pausa por dos semanas", "06-02", "06-15"),
        ("es", "pausar del 20 de diciembre al 3 de enero", "12-20", "2027-01-03"),
        ("es", "sin repasos del 20 al 27 de diciembre", "12-20", "12-27"),
        ("es", "sin repasos entre el 1 de julio y el 10 de julio", "07-01", "07-10"),
        ("es", "no mandes nada el 24 de diciembre", "12-24", "12-24"),
        ("es", "salta el viernes", "06-05", "06-05"),
        ("es", "pausa hasta el lunes", "06-02", "06-07"),
        ("es", "sin repasos en agosto", "08-01", "08-31"),
        ("es", "pausar hasta fin de mes", "06-02", "06-30"),
    ],
)  # fmt: skip
def test_a_pause_is_read(lang: str, text: str, first: str, last: str) -> None:
    found = read(text, lang, TODAY)
    assert isinstance(found, Reading), found
    assert (found.slots, found.pauses) == ((), (Pause(day(first), day(last)),))


@pytest.mark.parametrize(
    ("lang", "text", "begun"),
    [("en", "pause until the baby is here", True), ("en", "skip next Friday", True), ("en", "pause until 6/3", True), ("en", "pause until June", True),
     ("en", "skip the week of the election", True), ("en", "skip Monday, December 22", True), ("en", "pause until January 5, 2040", True),
     ("en", "pause until June 1", True), ("en", "pause the refreshers", False), ("en", "stop the Tuesday refreshers", False), ("en", "skip Fridays", False),
     ("es", "pausa hasta que nazca el bebé", True), ("es", "pausa los repasos", False), ("es", "salta los viernes", False)],
)  # fmt: skip
def test_what_is_not_one_span_is_asked(lang: str, text: str, begun: bool) -> None:
    """ "Next Friday", said on a Tuesday, is two days; a Friday of every week is no pause."""
    found = read(text, lang, TODAY)
    assert isinstance(found, Question), found
    assert (found.id, found.params["begun"]) == ("which_pause", begun)


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "pause until further notice"), ("en", "pause everything indefinitely"), ("es", "pausa hasta nuevo aviso")],
)
def test_a_pause_without_an_end_is_one(lang: str, text: str) -> None:
    found = read(text, lang, TODAY)
    assert isinstance(found, Reading)
    assert found.open_pause


def test_times_and_pauses_in_one_sentence() -> None:
    found = read("every Tuesday 0700, no refreshers the week of Thanksgiving and on December 24", "en", TODAY)
    assert isinstance(found, Reading), found
    assert found.slots == (Slot(frozenset({1}), 420),)
    assert found.pauses == (Pause(day("11-23"), day("11-29")), Pause(day("12-24"), day("12-24")))


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "every Tuesday 7am, not on holidays"), ("en", "Tuesday 7am, skip holidays"), ("en", "Tuesday 7am, no refreshers on holidays"),
     ("es", "martes 7am, sin repasos en feriados"), ("es", "los martes 7am, no los feriados")],
)  # fmt: skip
def test_holidays_are_no_pause(lang: str, text: str) -> None:
    found = read(text, lang, TODAY)
    assert isinstance(found, Reading), found
    assert (found.on_holidays, found.pauses) == (False, ())


@pytest.mark.parametrize(
    "text", ["para los repasos, martes 7am", "programa un repaso para la próxima semana, martes 7am"]
)
def test_for_is_no_word_to_stop(text: str) -> None:
    """In Spanish "para" is both."""
    found = read(text, "es", TODAY)
    assert not (isinstance(found, Reading) and found.pauses)
    assert not (isinstance(found, Question) and found.id == "which_pause")


CUES = {"en": ("pause", "skip", "no refreshers"), "es": ("pausa", "sin repasos", "salta")}
BITS = st.sampled_from(
    ["until", "from", "to", "and", "next", "week", "the week of", "january 5", "6/3", "2027-01-05", "thanksgiving", "monday", "two", "weeks", "hasta", "del",
     "al", "la semana de", "el", "lunes", "5 de enero", "navidad", "dos", "semanas", "y", ",", "-", "0700", "3000-01-01", "february 30", "30 de febrero"]
)  # fmt: skip


@RULE
@given(
    st.sampled_from(["en", "es"]), st.integers(0, 2), st.lists(BITS, max_size=7).map(" ".join),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)  # fmt: skip
def test_no_words_break_it_and_every_pause_is_sound(lang: str, cue: int, text: str, today: date) -> None:
    said = pause_at(plain(f"{CUES[lang][cue]} {text}"), lang, today)
    assert said is not None
    for pause in said.pauses:
        assert pause.first <= pause.last
        assert today <= pause.last < today + timedelta(days=LONGEST)
    found = read(f"{CUES[lang][cue]} {text}", lang, today)
    assert isinstance(found, Reading | Question)


# -- the schedule ----------------------------------------------------------------------------------------------------------

PAUSES = st.lists(
    st.tuples(st.integers(0, 120), st.integers(0, 40)).map(
        lambda p: Pause(TODAY + timedelta(days=p[0]), TODAY + timedelta(days=p[0] + p[1]))
    ),
    max_size=4,
).map(tuple)


@RULE
@given(PAUSES, st.sets(st.integers(0, 6), min_size=1, max_size=3), st.sampled_from([None, 600]))
def test_nobody_is_asked_on_a_paused_date_and_it_is_said(
    pauses: tuple[Pause, ...], days: set[int], minute: int | None
) -> None:
    rule = weekly(days, minute, pauses=pauses, per_week=7)
    free = weekly(days, minute, per_week=7)
    person = Person(on_duty_only=False)
    for one, other in zip(plan(rule, person, TODAY, 200), plan(free, person, TODAY, 200), strict=True):
        if rule.pause_on(one.day) is None or minute is None:
            assert one == other
        else:
            assert isinstance(other, Planned)
            assert one == Skipped(other.slot, other.day, other.at, "paused")
    assert load(dump(rule)) == rule


@RULE
@given(PAUSES)
def test_pauses_are_kept_in_order_and_joined(pauses: tuple[Pause, ...]) -> None:
    found = merged(pauses, TODAY)
    paused = {n for n in range(200) if any(TODAY + timedelta(days=n) in one for one in pauses)}
    assert {n for n in range(200) if any(TODAY + timedelta(days=n) in one for one in found)} == paused
    for one, other in pairwise(found):
        assert one.last + timedelta(days=1) < other.first


def test_going_on_ends_the_pause_of_today_and_else_those_to_come() -> None:
    now, later = Pause(day("06-01"), day("06-07")), Pause(day("11-23"), day("11-29"))
    both = weekly(pauses=(now, later))
    assert resumed(both, True, TODAY).pauses == (later,)
    assert resumed(weekly(pauses=(later,)), True, TODAY).pauses == ()
    assert resumed(weekly(pauses=(later,)), False, TODAY).pauses == (later,), "a pause without an end was meant"


def test_a_units_times_hold_the_departments_pauses() -> None:
    own, whole = (
        weekly({3}, pauses=(Pause(day("07-01"), day("07-07")),)),
        weekly(pauses=(Pause(day("06-08"), day("06-14")),)),
    )
    both = load(dumped_with_pauses_of(dump(own), dump(whole)))
    assert (both.slots, both.pauses) == (own.slots, (*whole.pauses, *own.pauses))


# -- in the chat -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def rule_of(school: School) -> Schedule:
    return load((await school.rows(schedule))[0].rule)


async def sentence(school: School, text: str, lang: str = "en") -> list[str]:
    """As a message that was read as the row of the catalogue; ids of what is answered."""
    name = school.chats.hash("telegram", str(CHIEF))

    def say(c: Any) -> Any:
        wish = Wish("row", "coordinator_schedule", text)
        return school.training.apply(c, name, "coordinator", lang, wish, school.clock())

    return [part.content for reply in await school.database.write(say) for part in reply.parts]


async def came(school: School, days: int) -> list[str]:
    """Local dates at which something came to the rookie."""
    found = []
    for _ in range(days * 12):
        before = len(school.phones.texts(ROOKIE))
        await school.goes_on()
        if len(school.phones.texts(ROOKIE)) > before:
            found.append(datetime.fromtimestamp(school.clock.now, ZoneInfo(ZONE)).date().isoformat())
        school.clock.now += DAY / 12
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("lang", "said", "line", "dates"),
    [("en", "/schedule skip next week", "Paused from Monday, June 8 to Sunday, June 14: nobody is asked on these days",
      ["Tuesday, June 2", "Tuesday, June 16", "Tuesday, June 23"]),
     ("es", "/calendario sin repasos la próxima semana", "En pausa del lunes 8 de junio al domingo 14 de junio: esos días no se pregunta a nadie",
      ["martes 2 de junio", "martes 16 de junio", "martes 23 de junio"]),
     ("en", "/schedule pause until January 5", "Paused from Monday, June 1 to Monday, January 4, 2027: nobody is asked on these days", []),
     ("es", "/calendario pausa hasta el 5 de enero", "En pausa del lunes 1 de junio al lunes 4 de enero de 2027: esos días no se pregunta a nadie", []),
     ("en", "/schedule no refreshers the week of Thanksgiving", "Paused from Monday, November 23 to Sunday, November 29: nobody is asked on these days",
      ["Tuesday, June 2", "Tuesday, June 9", "Tuesday, June 16"])],
)  # fmt: skip
async def test_a_pause_is_read_back_and_counts_after_the_yes(
    school: School, lang: str, said: str, line: str, dates: list[str]
) -> None:
    await school.opened(lang=lang)
    before = await school.rows(schedule)
    (read_back,) = await school.hears(CHIEF, said)
    assert line in read_back.splitlines()
    for one in dates:
        assert one in read_back
    assert await school.rows(schedule) == before, "nothing before the yes"
    assert school.buttons(CHIEF)[0][1] == "k:set:yes"
    (shown,) = await school.hears(CHIEF, "!k:set:yes")
    assert line in shown.splitlines()
    rule = await rule_of(school)
    assert len(rule.pauses) == 1
    assert rule.slots == weekly().slots
    assert await school.rows(training_draft) == []
    assert {"en": "End the pause", "es": "Terminar la pausa"}[lang] in [title for title, _ in school.buttons(CHIEF)]


@pytest.mark.parametrize(
    "text",
    ["skip next week", "pause until January 5", "no refreshers the week of Thanksgiving", "please skip next week."],
)
async def test_a_sentence_of_the_catalogue_pauses(school: School, text: str) -> None:
    await school.opened()
    assert await sentence(school, text) == ["training:set.confirm"]
    await school.hears(CHIEF, "!k:set:yes")
    assert len((await rule_of(school)).pauses) == 1


async def test_a_sentence_whose_end_is_unclear_is_asked_with_taps(school: School) -> None:
    await school.opened()
    assert await sentence(school, "pause until the baby is here") == ["message:train.set.pause"]
    (wrong,) = await school.hears(CHIEF, "/schedule pause until the baby is here", "when it is")
    assert wrong.startswith("I could not read that.")
    (read_back,) = await school.hears(CHIEF, "until June 15")
    assert "Paused from Monday, June 1 to Sunday, June 14" in read_back
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rule_of(school)).pauses == (Pause(day("06-01"), day("06-14")),)


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_the_menu_of_the_times_pauses_for_a_while(school: School, lang: str) -> None:
    await school.opened(lang=lang)
    await school.hears(CHIEF, "/schedule")
    await school.hears(CHIEF, "!" + school.payload(CHIEF, {"en": "Pause for a while", "es": "Pausar un tiempo"}[lang]))
    await school.hears(CHIEF, "!" + school.payload(CHIEF, {"en": "Next week", "es": "La próxima semana"}[lang]))
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rule_of(school)).pauses == (Pause(day("06-08"), day("06-14")),)
    await school.hears(CHIEF, "!k:set:change:pause", "!k:set:pause:open")
    assert [row.active for row in await school.rows(schedule)] == [0]


async def test_other_days_and_no_and_cancel_leave_what_stands(school: School) -> None:
    await school.opened()
    before = await school.rows(schedule)
    await school.hears(CHIEF, "/schedule skip next week")
    (asked,) = await school.hears(CHIEF, "no")
    assert asked.startswith("From when to when")
    await school.hears(CHIEF, "December 20 to January 3", "!k:set:pause", "tomorrow")
    assert "Paused on Tuesday, June 2: nobody is asked on that day" in school.phones.texts(CHIEF)[-1]
    await school.hears(CHIEF, "!k:cancel")
    assert await school.rows(schedule) == before


async def test_next_week_means_the_same_when_the_yes_comes_a_week_later(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "/schedule skip next week")
    school.clock.now += 6 * DAY
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rule_of(school)).pauses == (Pause(day("06-08"), day("06-14")),)


async def test_the_planner_keeps_to_it_and_the_report_says_pause(school: School) -> None:
    place = await school.opened()
    await school.hears(CHIEF, "/schedule pause until June 15", "!k:set:yes")
    assert await came(school, 17) == ["2026-06-16"]
    since, until = MONDAY, at("2026-06-18T00:00")
    skipped = await school.database.read(lambda c: training_after.skipped(c, place, since, until))
    assert skipped == {"paused": 4}
    assert Counter(row.reason for row in await school.rows(occurrence)) == {"paused": 4, None: 2}


async def test_what_waits_goes_with_the_yes_and_going_on_takes_it_back(school: School) -> None:
    await school.opened()
    school.clock.now = at("2026-06-02T14:55")
    await school.goes_on()
    await school.hears(CHIEF, "/schedule skip this week", "!k:set:yes")
    school.clock.now = at("2026-06-02T15:05")
    await school.goes_on()
    assert school.phones.texts(ROOKIE) == []
    (shown,) = await school.hears(CHIEF, "!" + school.payload(CHIEF, "End the pause"))
    assert "Paused" not in shown
    assert (await rule_of(school)).pauses == ()
    assert await came(school, 8) == ["2026-06-09"]


@pytest.mark.parametrize(
    ("lang", "word", "home"),
    [
        ("en", "/schedule resume", "(paused to Sunday, June 7)"),
        ("es", "/calendario reanudar", "(en pausa hasta el domingo 7 de junio)"),
    ],
)
async def test_resume_ends_a_pause_with_an_end_as_well(school: School, lang: str, word: str, home: str) -> None:
    await school.opened(lang=lang)
    await school.hears(
        CHIEF, {"en": "/schedule skip this week", "es": "/calendario sin repasos esta semana"}[lang], "!k:set:yes"
    )
    assert home in (await school.hears(CHIEF, "/department"))[0]
    await school.hears(CHIEF, word)
    assert (await rule_of(school)).pauses == ()


async def test_a_pause_with_an_end_follows_one_without(school: School) -> None:
    """They go on by themselves then."""
    await school.opened()
    await school.hears(CHIEF, "/schedule pause everything", "/schedule pause until June 15", "!k:set:yes")
    assert await came(school, 16) == ["2026-06-16"]


async def test_new_times_keep_the_pauses_that_are_to_come(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "/schedule skip next week", "!k:set:yes")
    (read_back,) = await school.hears(CHIEF, "/schedule every Wednesday 0800")
    assert "Paused from Monday, June 8 to Sunday, June 14" in read_back
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rule_of(school)).pauses == (Pause(day("06-08"), day("06-14")),)


async def unit_with_times(school: School, text: str = "thursday 9am") -> str:
    await school.hears(CHIEF, "!k:unit:add", "Night watch")
    unit = school.payload(CHIEF, "Times").rpartition(":")[2]
    rookie = await school.member_of(ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{rookie.id}:move:{unit}", f"!k:set:change:when:{unit}", text, "!k:set:yes")
    return unit


async def test_a_unit_pauses_alone(school: School) -> None:
    await school.opened()
    unit = await unit_with_times(school)
    await school.hears(CHIEF, f"!k:set:for:{unit}")
    await school.hears(CHIEF, "!" + school.payload(CHIEF, "Pause for a while"), "this week")
    assert school.phones.texts(CHIEF)[-1].splitlines()[2] == "Night watch"
    await school.hears(CHIEF, "!k:set:yes")
    whole, own = [load(row.rule) for row in await school.rows(schedule)]
    assert (whole.pauses, own.pauses) == ((), (Pause(day("06-01"), day("06-07")),))
    assert await came(school, 12) == ["2026-06-11"]


@pytest.mark.parametrize("pause", ["/schedule skip this week", "/schedule pause everything"])
async def test_a_departments_pause_is_everybodys(school: School, pause: str) -> None:
    """A unit with times of its own as well: "nobody gets a refresher"."""
    await school.opened()
    unit = await unit_with_times(school)
    await school.hears(CHIEF, pause)
    if "everything" not in pause:
        await school.hears(CHIEF, "!k:set:yes")
    (shown,) = await school.hears(CHIEF, f"!k:set:for:{unit}")
    assert ("paused with the whole department" if "everything" in pause else "Paused from Monday, June 1") in shown
    assert "June 4" not in shown
    assert await came(school, 7) == []
    await school.hears(CHIEF, "/schedule resume")
    school.clock.now = at("2026-06-08T12:00")
    assert await came(school, 5) == ["2026-06-11"]


async def test_a_unit_without_times_of_its_own_gets_none_by_a_pause(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "!k:unit:add", "Night watch")
    unit = school.payload(CHIEF, "Times").rpartition(":")[2]
    (shown,) = await school.hears(CHIEF, f"!k:set:change:pause:{unit}")
    assert "goes by the times of the department" in shown
    assert len(await school.rows(schedule)) == 1


async def test_without_times_there_is_nothing_to_pause(school: School) -> None:
    await school.opened()
    await school.database.write(lambda c: c.execute(schedule.delete()))
    (shown,) = await school.hears(CHIEF, "/schedule skip next week")
    assert "no times are set" in shown
    assert await school.rows(schedule) == []


async def test_an_officer_pauses_nobody_else(school: School) -> None:
    await school.opened()
    before = await school.rows(schedule)
    for tap in ("!k:set:change:pause", "!k:set:pause:next week", "/schedule skip next week"):
        (said,) = await school.hears(ROOKIE, tap)
        assert "coordinator" in said
    assert await school.rows(schedule) == before
