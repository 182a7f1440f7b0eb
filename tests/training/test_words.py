"""Schedules in a coordinator's own words: read where they can be read in one way alone, asked about everywhere else."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.training.read_back import read_back
from bot.training.schedule import Hours, Pattern, Person, Slot, problems
from bot.training.words import Question, Reading, read
from tests.training.making import MONDAY, ZONE, at, weekly

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)
TODAY = date(2026, 6, 1)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
NAMES = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}


def slot(*days: int, minute: int | None) -> Slot:
    return Slot(frozenset(days), minute)


@pytest.mark.parametrize(
    ("lang", "text", "slots"),
    [
        ("en", "every Tuesday 7am and Friday before shift", [slot(TUE, minute=420), slot(FRI, minute=None)]),
        ("en", "Tuesdays and Thursdays at 10 AM", [slot(TUE, THU, minute=600)]),
        ("en", "7am on Tuesdays", [slot(TUE, minute=420)]),
        ("en", "7am Tuesday, 8pm Friday", [slot(TUE, minute=420), slot(FRI, minute=1200)]),
        ("en", "Monday 7am and 7pm", [slot(MON, minute=420), slot(MON, minute=1140)]),
        ("en", "tue & thu 14:30", [slot(TUE, THU, minute=870)]),
        ("en", "Wed. at half past seven in the morning", [slot(WED, minute=450)]),
        ("en", "before roll call on Mondays", [slot(MON, minute=None)]),
        ("en", "Sat & Sun noon", [slot(SAT, SUN, minute=720)]),
        ("en", "weekends at 9 a.m.", [slot(SAT, SUN, minute=540)]),
        ("en", "twice a week, Tuesday and Friday 08:00", [slot(TUE, FRI, minute=480)]),
        ("en", "Tuesday at 12 pm", [slot(TUE, minute=720)]),
        ("es", "lunes y jueves a las 7 de la mañana", [slot(MON, THU, minute=420)]),
        ("es", "cada martes a las siete y media de la tarde y el viernes antes del turno",
         [slot(TUE, minute=1170), slot(FRI, minute=None)]),
        ("es", "miércoles y sábados al mediodía", [slot(WED, SAT, minute=720)]),
        ("es", "los martes 9 a.m.", [slot(TUE, minute=540)]),
        ("es", "todos los jueves a las 14:30", [slot(THU, minute=870)]),
        ("es", "dos veces por semana: lunes y viernes a las 08:00", [slot(MON, FRI, minute=480)]),
        ("es", "fines de semana a las 10 de la mañana", [slot(SAT, SUN, minute=600)]),
        ("es", "martes a las ocho menos cuarto de la mañana", [slot(TUE, minute=465)]),
        ("es", "Miercoles 19h", [slot(WED, minute=1140)]),
    ],
)  # fmt: skip
def test_words_are_read(lang: str, text: str, slots: list[Slot]) -> None:
    found = read(text, lang, TODAY)
    assert isinstance(found, Reading), found
    assert list(found.slots) == slots


@pytest.mark.parametrize(
    ("lang", "text", "question", "params"),
    [
        ("en", "Tuesday at 7", "am_or_pm", {"hour": 7, "minute": 0}),
        ("es", "lunes y jueves a las 7", "am_or_pm", {"hour": 7, "minute": 0}),
        ("en", "Tuesday 7:30", "am_or_pm", {"hour": 7, "minute": 30}),
        ("en", "Tuesday 12", "am_or_pm", {"hour": 12, "minute": 0}),
        ("en", "Tuesdays", "which_time", {"days": [TUE]}),
        ("en", "Tuesday 7am, Friday", "which_time", {"days": [FRI]}),
        ("en", "7am on Tuesday and Friday before shift", "which_time", {"days": [TUE, FRI]}),
        ("en", "at 7pm", "which_days", {"minute": 1140}),
        ("en", "before shift", "which_days", {"before_shift": True}),
        ("en", "twice a week", "which_days", {"count": 2}),
        ("en", "twice a week on Tuesday 8am", "which_days", {"count": 2}),
        ("es", "antes del turno", "which_days", {"before_shift": True}),
        ("en", "Tuesday and Friday before shift at 7am", "before_shift_or_time", {}),
        ("en", "Mon-Fri 07:00", "too_many", {"count": 5, "most": 2}),
        ("es", "de lunes a viernes a las 14:30", "too_many", {"count": 5, "most": 2}),
        ("en", "every day 8am", "too_many", {"count": 7, "most": 2}),
        ("en", "every other Tuesday 7am", "every_other", {}),
        ("es", "cada dos semanas el martes a las 08:00", "every_other", {}),
        ("en", "Tuesday 9am starting 03/04/2027", "which_date", {"text": "03/04/2027"}),
        ("en", "Tuesday 9am until June", "which_date", {"text": "june"}),
        ("es", "martes 09:00 hasta el 31 de junio", "which_date", {"text": "hasta el 31 de junio"}),
        ("en", "Tuesday 25:00", "not_understood", {"word": "25:00"}),
        ("en", "Tuesday sometimes 7am", "not_understood", {"word": "sometimes"}),
        ("en", "not Tuesday 7am", "not_understood", {"word": "not"}),
        ("es", "martes no, jueves 08:00", "not_understood", {"word": "no,"}),
        ("en", "", "nothing", {}),
        ("en", "please", "nothing", {}),
    ],
)
def test_what_could_mean_two_things_is_asked(lang: str, text: str, question: str, params: dict[str, object]) -> None:
    found = read(text, lang, TODAY)
    assert isinstance(found, Question), found
    assert (found.id, dict(found.params)) == (question, params)


def test_an_answer_is_for_its_own_question() -> None:
    text = "Monday at 7 and Thursday at 8"
    first = read(text, "en", TODAY)
    assert isinstance(first, Question)
    second = read(text, "en", TODAY, {first.key: "am"})
    assert isinstance(second, Question)
    assert second.params["hour"] == 8, "the answer about seven says nothing about eight"
    found = read(text, "en", TODAY, {first.key: "am", second.key: "pm"})
    assert isinstance(found, Reading)
    assert found.slots == (slot(MON, minute=420), slot(THU, minute=1200))
    assert isinstance(read(text, "en", TODAY, {first.key: "at noon"}), Question)


def test_more_than_two_a_week_has_to_be_said_twice() -> None:
    found = read("weekdays 08:00", "en", TODAY, {"too_many": "yes"})
    assert isinstance(found, Reading)
    assert found.per_week == 5
    assert problems(weekly({0, 1, 2, 3, 4}, 480, per_week=found.per_week)) == []
    assert problems(weekly({0, 1, 2, 3, 4}, 480)) == ["too_many"]


def test_cards_dates_and_holidays() -> None:
    found = read("Tuesday 8am, three cards each time, starting June 15 until 2027-01-31, not on holidays", "en", TODAY)
    assert isinstance(found, Reading)
    assert (found.cards, found.starts, found.ends, found.on_holidays) == (
        3,
        date(2026, 6, 15),
        date(2027, 1, 31),
        False,
    )
    found = read("martes 08:00, dos preguntas, desde el 15 de enero, también los feriados", "es", TODAY)
    assert isinstance(found, Reading)
    assert (found.cards, found.starts, found.on_holidays) == (2, date(2027, 1, 15), True), "next January"


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "every Tuesday 7am from March 1 on"), ("en", "every Tuesday 7am starting Monday, March 1"), ("en", "Tuesday 7am as of 2027-03-01"),
     ("es", "cada martes a las 7am a partir del 1 de marzo"), ("es", "los martes 7am a partir del lunes 1 de marzo"),
     ("es", "martes 7am desde el 1 de marzo"), ("es", "martes 7am comenzando el 2027-03-01")],
)  # fmt: skip
def test_the_day_from_which_on_in_the_ways_people_say_it(lang: str, text: str) -> None:
    found = read(text, lang, TODAY)
    assert isinstance(found, Reading)
    assert found.starts == date(2027, 3, 1)
    assert [sorted(slot.days) for slot in found.slots] == [[1]], "the weekday of the date is none to be asked on"


@pytest.mark.parametrize(
    ("lang", "text"), [("en", "Tuesday 7am starting Friday March 1"), ("es", "martes 7am hasta el viernes 1 de marzo")]
)
def test_a_date_that_is_not_on_its_weekday_is_asked_for_again(lang: str, text: str) -> None:
    found = read(text, lang, TODAY)
    assert isinstance(found, Question)
    assert found.id == "which_date"


@RULE
@given(
    st.sampled_from(["en", "es"]),
    st.sampled_from(list(combinations(range(7), 1)) + list(combinations(range(7), 2))),
    st.integers(0, 23),
    st.integers(0, 59),
)
def test_each_pair_of_days_at_each_minute(lang: str, days: tuple[int, ...], hour: int, minute: int) -> None:
    joined = (" and " if lang == "en" else " y ").join(NAMES[lang][day] for day in days)
    for clock in (f"{hour:02d}:{minute:02d}", f"{(hour + 11) % 12 + 1}:{minute:02d} {'am' if hour < 12 else 'pm'}"):
        found = read(f"{joined} {clock}", lang, TODAY)
        if hour in (10, 11, 12) and ":" in clock and "m" not in clock:
            assert isinstance(found, Question), "ten to twelve without a zero before may be evening"
            continue
        assert isinstance(found, Reading), (clock, found)
        assert found.slots == (slot(*days, minute=60 * hour + minute),)


WORDS = st.sampled_from(
    [
        "tuesday",
        "monday",
        "martes",
        "lunes",
        "7",
        "7am",
        "07:00",
        "8",
        "pm",
        "am",
        "and",
        "y",
        "or",
        "before",
        "shift",
        "antes",
        "del",
        "turno",
        "every",
        "cada",
        "other",
        "until",
        "hasta",
        "june",
        "twice",
        "week",
        "not",
        "no",
        "12",
        "noon",
        "half",
        "past",
        "seven",
        "siete",
        "media",
        "2",
        "cards",
        "3/4",
        "-",
        ",",
        ".",
        "'",
        "2026-07-01",
    ]
)


@RULE
@given(st.sampled_from(["en", "es"]), st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=10).map(" ".join)))
def test_nothing_raises_and_a_reading_always_has_days_and_a_time(lang: str, text: str) -> None:
    found = read(text, lang, TODAY)
    if isinstance(found, Reading):
        assert found.slots
        assert all(s.days <= set(range(7)) and s.days for s in found.slots)
        assert all(s.minute is None or 0 <= s.minute < 1440 for s in found.slots)


def test_the_read_back_is_data_with_the_next_three_dates() -> None:
    lines = read_back(weekly({TUE}, 420, holidays="US"), Person(), MONDAY)
    said = {line.id: dict(line.params) for line in lines}
    assert said["schedule.at"] == {"days": [TUE], "minute": 420}
    assert said["schedule.zone"] == {"zone": ZONE}
    assert said["schedule.holidays_off"] == {"calendar": "US"}
    assert said["schedule.next"]["dates"] == [
        {"date": f"2026-06-{day:02d}", "weekday": TUE, "minute": 420} for day in (2, 9, 16)
    ]  # fmt: skip
    for line in lines:
        assert " " not in line.id


def test_the_read_back_moves_with_a_shift_and_says_when_it_hangs_on_each_rota() -> None:
    nights = Pattern.fixed({TUE, FRI}, Hours(19 * 60, 7 * 60))
    before = weekly({TUE}, None)
    said = {line.id: dict(line.params) for line in read_back(before, Person(pattern=nights), at("2026-06-01T12:00"))}
    assert said["schedule.next"]["dates"][0] == {"date": "2026-06-02", "weekday": TUE, "minute": 18 * 60 + 45}
    said = {line.id: dict(line.params) for line in read_back(before, Person(), MONDAY)}
    assert said["schedule.next"]["dates"] == [
        {"date": f"2026-06-{day:02d}", "weekday": TUE, "minute": None} for day in (2, 9, 16)
    ]  # fmt: skip
    assert "schedule.by_each_rota" in said
    assert "schedule.from" not in said, "it holds already"


def test_the_read_back_names_the_first_day_and_dates_from_it_on_without_holidays() -> None:
    found = read("every Friday before shift starting 2027-01-01 until 2027-01-16", "en", TODAY)
    assert isinstance(found, Reading)
    rule = weekly(slots=found.slots, starts=found.starts, ends=found.ends, holidays="US")
    said = {line.id: dict(line.params) for line in read_back(rule, Person(), MONDAY)}
    assert said["schedule.from"] == {"date": "2027-01-01"}
    assert said["schedule.until"] == {"date": "2027-01-16"}
    assert [one["date"] for one in said["schedule.next"]["dates"]] == ["2027-01-08", "2027-01-15"], (
        "the first is a holiday"
    )


def test_times_and_before_shift_are_read_back_in_order_of_date() -> None:
    found = read("every Tuesday 7am and Friday before shift", "en", TODAY)
    assert isinstance(found, Reading)
    said = {line.id: dict(line.params) for line in read_back(weekly(slots=found.slots), Person(), MONDAY)}
    assert [(one["date"], one["minute"]) for one in said["schedule.next"]["dates"]] == [
        ("2026-06-02", 420), ("2026-06-05", None), ("2026-06-09", 420)
    ]  # fmt: skip
