"""Times as police write and say them: 0700, 1900 hours, 30 minutes before shift, Mon/Wed, "Tuesday morning"; never a year, never a guess."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store.training_schema import schedule
from bot.training.rotas import tour_of
from bot.training.rounds import turns_of
from bot.training.schedule import LEAST_BEFORE, MOST_BEFORE, Hours, Slot
from bot.training.schedule_json import load
from bot.training.words import PART_HOURS, Question, Reading, read
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY
from tests.training.school import CHIEF, School

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)
TODAY = date(2026, 6, 1)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
MINUTES = [(hour, minute) for hour in range(24) for minute in range(60)]
"""All of a day."""
SAID = {
    "en": ("Tuesday {0}", "Tuesdays at {0}", "Tuesday {0} hours", "every Tuesday at {0} hrs", "{0} on Tuesdays", "Tuesday {0}h."),
    "es": ("martes {0}", "los martes a las {0}", "martes {0} horas", "cada martes a las {0} hrs", "a las {0} los martes", "martes {0}h"),
}  # fmt: skip


def slots(text: str, lang: str, **answers: str) -> tuple[Slot, ...] | Question:
    found = read(text, lang, TODAY, answers)
    return found.slots if isinstance(found, Reading) else found


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_minute_of_a_day_is_read_as_police_write_it(lang: str) -> None:
    for hour, minute in MINUTES:
        for said in SAID[lang]:
            text = said.format(f"{hour:02d}{minute:02d}")
            assert slots(text, lang) == (Slot(frozenset({TUE}), 60 * hour + minute),), text


@pytest.mark.parametrize(
    ("lang", "end"), [("en", "until December 31 2027"), ("en", "until 31 December, 2027"), ("es", "hasta el 31 de diciembre de 2027")]
)  # fmt: skip
def test_no_year_is_a_time_and_no_time_a_year(lang: str, end: str) -> None:
    day = {"en": "Tuesday", "es": "martes"}[lang]
    for hour, minute in MINUTES:
        time = f"{hour:02d}{minute:02d}"
        for text in (f"{day} {time} {end}", f"{end} {day} {time}"):
            found = read(text, lang, TODAY)
            assert isinstance(found, Reading), text
            assert (found.slots, found.ends) == ((Slot(frozenset({TUE}), 60 * hour + minute),), date(2027, 12, 31)), (
                text
            )


@pytest.mark.parametrize("time", ["0700", "1900", "0000", "2359", "1745", "2015 hours", "2030 hrs"])
def test_a_time_right_behind_a_date_is_one_where_it_can_be_no_year(time: str) -> None:
    found = read(f"until December 31 {time} Tuesday", "en", TODAY)
    assert isinstance(found, Reading), found
    assert found.ends == date(2026, 12, 31)
    assert [slot.minute for slot in found.slots] == [int(time[:2]) * 60 + int(time[2:4])]


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "every Tuesday 7am in 2027"), ("en", "Tuesday 7am until 2027"), ("en", "Tuesday 7am starting 2027"), ("es", "martes 7am en 2027"),
     ("es", "martes 7am hasta 2027")],
)  # fmt: skip
def test_a_year_alone_is_asked_about(lang: str, text: str) -> None:
    found = read(text, lang, TODAY)
    assert isinstance(found, Question)
    assert found.id == "which_date"


@pytest.mark.parametrize(
    "text", ["Tuesday 0760", "Tuesday 2400", "Tuesday 2575", "Tuesday 0700-0900", "Tuesday 3/5", "Tuesday 0700/1900"]
)
def test_what_is_no_time_is_asked_about(text: str) -> None:
    found = read(text, "en", TODAY)
    assert isinstance(found, Question)
    assert found.id == "not_understood"


@pytest.mark.parametrize(
    ("lang", "text", "days"),
    [("en", "Mon/Wed 10am", (MON, WED)), ("en", "mon / wed 1000", (MON, WED)), ("es", "lun/mié 10am", (MON, WED)),
     ("es", "lunes/miércoles a las 1000", (MON, WED))],
)  # fmt: skip
def test_days_with_a_stroke_between_them(lang: str, text: str, days: tuple[int, ...]) -> None:
    assert slots(text, lang) == (Slot(frozenset(days), 600),)


@RULE
@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["-", " - ", " to ", " a ", "–"]),
)
def test_each_span_of_shifts(hour: int, minute: int, last: int, end: int, between: str) -> None:
    first, second = 60 * hour + minute, 60 * last + end
    expected = Hours(first, second) if first != second else None
    for form in ("{0:02d}{1:02d}", "{0:02d}{1:02d} hrs", "{0:02d}{1:02d}h"):
        text = f"{form.format(hour, minute)}{between}{form.format(last, end)}"
        assert tour_of(text) == expected, text


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "2 days 0700-1900, 2 nights 1900-0700, 4 off"), ("en", "2 days 0700 to 1900 hours, 2 nights 1900 to 0700 hours, 4 off"),
     ("es", "2 días 0700-1900, 2 noches 1900-0700, 4 libres"), ("es", "2 días de 0700 a 1900, 2 noches de 1900 a 0700, 4 libres")],
)  # fmt: skip
def test_a_round_of_shifts_as_police_write_it(lang: str, text: str) -> None:
    assert turns_of(text, lang) == [(2, Hours(420, 1140)), (2, Hours(1140, 420)), (4, None)]


@pytest.mark.parametrize(
    ("lang", "text", "minutes"),
    [("en", "Friday 30 minutes before shift", 30), ("en", "Friday half an hour before the shift", 30), ("en", "Fri 10 min before roll call", 10),
     ("en", "Friday an hour before duty", 60), ("en", "Friday thirty minutes before shift", 30), ("en", "Friday just before shift", 15),
     ("es", "viernes media hora antes del turno", 30), ("es", "viernes 20 minutos antes del turno", 20), ("es", "viernes una hora antes de la guardia", 60),
     ("es", "viernes un cuarto de hora antes del turno", 15), ("es", "viernes antes del turno", 15)],
)  # fmt: skip
def test_so_long_before_a_shift(lang: str, text: str, minutes: int) -> None:
    assert slots(text, lang) == (Slot(frozenset({FRI}), None, minutes),)


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Friday {0} minutes before shift"), ("es", "viernes {0} minutos antes del turno")]
)
def test_too_long_or_too_short_before_a_shift_is_asked(lang: str, said: str) -> None:
    for minutes in range(200):
        found = slots(said.format(minutes), lang)
        if LEAST_BEFORE <= minutes <= MOST_BEFORE:
            assert found == (Slot(frozenset({FRI}), None, minutes),)
        else:
            assert isinstance(found, Question)
            assert found.id == "how_long_before"
            assert slots(said.format(minutes), lang, **{found.key: "30"}) == (Slot(frozenset({FRI}), None, 30),)


@pytest.mark.parametrize(
    ("lang", "text", "part"),
    [("en", "Tuesday morning", "morning"), ("en", "Tuesdays in the afternoon", "afternoon"), ("en", "Tuesday evenings", "evening"), ("en", "Tuesday at night", "evening"),
     ("es", "martes en la mañana", "morning"), ("es", "los martes por la tarde", "afternoon"), ("es", "martes por la noche", "evening")],
)  # fmt: skip
def test_a_part_of_the_day_is_no_time_and_is_asked(lang: str, text: str, part: str) -> None:
    found = read(text, lang, TODAY)
    assert isinstance(found, Question)
    assert (found.id, found.params["part"], found.options) == ("which_hour", part, PART_HOURS[part])
    assert isinstance(slots(text, lang, **{found.key: "25:00"}), Question)
    assert slots(text, lang, **{found.key: "08:30"}) == (Slot(frozenset({TUE}), 510),)


@pytest.mark.parametrize(
    ("lang", "text", "minutes"),
    [("en", "Tuesday morning at 7", [420]), ("en", "7 on Tuesday mornings", [420]), ("en", "Tuesday morning 0730", [450]), ("en", "Tuesday evening at 6", [1080]),
     ("en", "Tuesday mornings at 9 and Friday 7pm", [540, 1140]), ("es", "martes por la mañana a las 8", [480]), ("es", "martes en la tarde a las 2", [840])],
)  # fmt: skip
def test_a_part_of_the_day_says_which_half_an_hour_is_in(lang: str, text: str, minutes: list[int]) -> None:
    found = slots(text, lang)
    assert not isinstance(found, Question), found
    assert [slot.minute for slot in found] == minutes


@pytest.mark.parametrize("text", ["Tuesday at 1 in the night", "Tuesday morning at 12"])
def test_an_hour_that_fits_no_part_is_asked(text: str) -> None:
    found = read(text, "en", TODAY)
    assert isinstance(found, Question)
    assert found.id == "am_or_pm"


# -- in the chat -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def slots_of(school: School) -> tuple[Slot, ...]:
    (row,) = await school.rows(schedule)
    return load(row.rule).slots


@pytest.mark.parametrize(
    ("lang", "said", "line", "slot"),
    [("en", "/schedule Tuesday 0730", "Tuesday, 7:30 a.m.", Slot(frozenset({TUE}), 450)),
     ("es", "/calendario martes 1900", "martes, 7:00 p. m.", Slot(frozenset({TUE}), 1140)),
     ("en", "/schedule Friday 30 minutes before shift", "Friday, 30 minutes before the shift", Slot(frozenset({FRI}), None, 30)),
     ("es", "/calendario viernes media hora antes del turno", "viernes, 30 minutos antes del turno", Slot(frozenset({FRI}), None, 30))],
)  # fmt: skip
async def test_it_is_read_back_in_plain_words(school: School, lang: str, said: str, line: str, slot: Slot) -> None:
    await school.opened(lang=lang)
    (read_back,) = await school.hears(CHIEF, said)
    assert line in read_back.splitlines()
    await school.hears(CHIEF, "!k:set:yes")
    assert await slots_of(school) == (slot,)


@pytest.mark.parametrize(
    ("lang", "said", "asked", "titles"),
    [("en", "/schedule Tuesday morning", "Tuesday, in the morning: at what time?", ["7:00 a.m.", "8:00 a.m.", "9:00 a.m.", "10:00 a.m."]),
     ("es", "/calendario martes en la mañana", "martes, por la mañana: ¿a qué hora?", ["7:00 a. m.", "8:00 a. m.", "9:00 a. m.", "10:00 a. m."])],
)  # fmt: skip
async def test_a_part_of_the_day_is_asked_with_times_to_tap_and_to_write(
    school: School, lang: str, said: str, asked: str, titles: list[str]
) -> None:
    await school.opened(lang=lang)
    (question,) = await school.hears(CHIEF, said)
    assert question.startswith(asked)
    assert [title for title, _ in school.buttons(CHIEF)][:4] == titles
    await school.hears(CHIEF, f"!{school.payload(CHIEF, titles[1])}", "!k:set:yes")
    assert await slots_of(school) == (Slot(frozenset({TUE}), 480),)
    await school.hears(CHIEF, said, "8:30", "!k:set:yes")
    assert await slots_of(school) == (Slot(frozenset({TUE}), 510),)


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "/schedule Friday 2 hours before shift"), ("es", "/calendario viernes dos horas antes del turno")],
)
async def test_too_long_before_a_shift_is_asked_with_what_works(school: School, lang: str, said: str) -> None:
    await school.opened(lang=lang)
    (question,) = await school.hears(CHIEF, said)
    assert "5" in question
    assert "60" in question
    await school.hears(CHIEF, "!k:set:option:60", "!k:set:yes")
    assert await slots_of(school) == (Slot(frozenset({FRI}), None, 60),)
