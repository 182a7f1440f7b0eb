"""Words behind a command are read: how many are invited and of which unit, until when to be left alone, which shifts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store.training_schema import batch
from bot.training.invited import Invited, invited
from bot.training.schedule import Hours, Pattern
from bot.training.schedule_json import load_pattern
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, at
from tests.training.school import CHIEF, ROOKIE, School

RULE = settings(derandomize=True, deadline=None, max_examples=150, database=None)
UNITS = ("Night watch", "Squad 3", "Turno de noche")


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("lang", "text", "found"),
    [("en", "20", Invited(20)), ("en", "20 officers", Invited(20)), ("en", "ten officers please", Invited(10)), ("en", "20 night watch", Invited(20, "Night watch")),
     ("en", "night watch, 20", Invited(20, "Night watch")), ("en", "20 for the nightwatch", Invited(20, "Night watch")), ("en", "Night Watch", Invited(None, "Night watch")),
     ("en", "squad 3", Invited(None, "Squad 3")), ("en", "5 squad 3", Invited(5, "Squad 3")), ("en", "squad 3 5", Invited(5, "Squad 3")),
     ("en", "20 day shift", Invited(20, None, "day shift")), ("en", "whoever", Invited(None, None, "whoever")), ("en", "a coordinator", Invited()),
     ("es", "20 agentes del turno de noche", Invited(20, "Turno de noche")), ("es", "doce para el turno de noche", Invited(12, "Turno de noche")), ("es", "20", Invited(20))],
)  # fmt: skip
def test_a_number_and_a_unit_are_read(lang: str, text: str, found: Invited) -> None:
    assert invited(text, UNITS, lang) == found


@RULE
@given(st.sampled_from(["en", "es"]), st.integers(1, 200), st.sampled_from([None, *UNITS]), st.booleans())
def test_each_number_with_each_unit(lang: str, count: int, unit: str | None, first: bool) -> None:
    text = " ".join(str(part) for part in ((count, unit) if first else (unit, count)) if part is not None)
    assert invited(text, UNITS, lang) == Invited(count, unit)


@RULE
@given(st.text(max_size=40))
def test_no_words_break_it(text: str) -> None:
    assert isinstance(invited(text, UNITS, "en"), Invited)


@pytest.mark.parametrize(
    ("lang", "said", "asked"),
    [("en", "/invite 20", "For 20 officers: the whole department"), ("es", "/invitar 20", "Para 20 agentes: todo el departamento")],
)  # fmt: skip
async def test_a_number_is_not_asked_again(school: School, lang: str, said: str, asked: str) -> None:
    await school.opened(lang=lang)
    (shown,) = await school.hears(CHIEF, said)
    assert shown.splitlines()[-1] == asked
    await school.hears(CHIEF, "!k:invite:kind:all", "!k:invite:days:7")
    assert [(row.most, row.unit) for row in await school.rows(batch)] == [(20, None)]


async def unit_of(school: School, name: str) -> str:
    await school.hears(CHIEF, "!k:unit:add", name)
    return school.payload(CHIEF, "Times").rpartition(":")[2]


async def test_a_unit_that_is_named_is_not_asked_for(school: School) -> None:
    await school.opened()
    unit = await unit_of(school, "Night watch")
    (shown,) = await school.hears(CHIEF, "/invite 20 night watch")
    assert "For 20 officers: Night watch" in shown
    await school.hears(CHIEF, "!k:invite:kind:each", "!k:invite:days:1")
    assert [(row.most, row.unit) for row in await school.rows(batch)] == [(1, unit)] * 20
    (shown,) = await school.hears(CHIEF, "/invite Night watch")
    assert shown.startswith("How many officers?")


async def test_of_units_that_are_there_one_is_asked_for_and_the_number_stays(school: School) -> None:
    await school.opened()
    unit = await unit_of(school, "Night watch")
    (asked,) = await school.hears(CHIEF, "/invite 20")
    assert asked.startswith("For which unit?")
    (shown,) = await school.hears(CHIEF, f"!k:invite:unit:{unit}")
    assert "For 20 officers: Night watch" in shown
    (asked,) = await school.hears(CHIEF, "!k:invite:officer", f"!k:invite:unit:{unit}")
    assert asked.startswith("How many officers?"), "that number was for the links of before"


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_a_unit_that_is_not_there_is_said(school: School, lang: str) -> None:
    await school.opened(lang=lang)
    said = await school.hears(CHIEF, {"en": "/invite 20 day shift", "es": "/invitar 20 turno de día"}[lang])
    assert said[0].startswith({"en": "There is no unit of that name", "es": "En su departamento no hay"}[lang])
    assert " 20 " in said[1]


@pytest.mark.parametrize("said", ["/invite 0", "/invite 201", "/invite 999999999"])
async def test_a_number_that_does_not_fit_is_asked_again(school: School, said: str) -> None:
    await school.opened()
    (asked,) = await school.hears(CHIEF, said)
    assert asked.startswith("Write a number from 1 to 200.")
    (shown,) = await school.hears(CHIEF, "20")
    assert "For 20 officers" in shown


@pytest.mark.parametrize("said", ["/invite", "/invite whoever", "/invite a coordinator"])
async def test_without_a_number_the_questions_open(school: School, said: str) -> None:
    await school.opened()
    (asked,) = await school.hears(CHIEF, said)
    assert asked.startswith("Whom do you invite?")
    assert await school.rows(batch) == []


async def test_an_officer_invites_nobody(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "/invite 20", "!k:invite:kind:all", "!k:invite:days:7")
    assert await school.rows(batch) == []


# -- an officer's own time -------------------------------------------------------------------------------------------------


async def times(school: School) -> tuple[Any, Any, bool]:
    who = await school.member_of(ROOKIE)
    return who.snoozed_until, who.off_until, who.paused_at is not None


@pytest.mark.parametrize(
    ("lang", "said", "snoozed", "off"),
    [("en", "/snooze 2 hours", MONDAY + 7200, None), ("en", "/pause until Friday", None, at("2026-06-05T05:00")), ("en", "/pause at 1900", at("2026-06-02T00:00"), None),
     ("en", "/offduty until June 10", None, at("2026-06-10T05:00")), ("en", "/offduty for two weeks", None, at("2026-06-15T05:00")),
     ("es", "/pausa hasta el viernes", None, at("2026-06-05T05:00")), ("es", "/snooze 2 horas", MONDAY + 7200, None),
     ("es", "/offduty por dos semanas", None, at("2026-06-15T05:00"))],
)  # fmt: skip
async def test_until_when_is_read_behind_the_command(
    school: School, lang: str, said: str, snoozed: float | None, off: float | None
) -> None:
    """ "/pause until Friday" paused for good."""
    await school.opened(lang=lang)
    await school.hears(ROOKIE, said)
    found = await times(school)
    assert found[1:] == (off, False)
    assert (found[0] is None) == (snoozed is None)
    assert snoozed is None or abs(found[0] - snoozed) < 60


async def test_what_is_unclear_behind_it_is_asked(school: School) -> None:
    await school.opened()
    (asked,) = await school.hears(ROOKIE, "/pause until the baby is here")
    assert asked.startswith("Not on duty: until when?")
    assert await times(school) == (None, None, False)
    await school.hears(ROOKIE, "/pause please")
    assert (await times(school))[2]


@pytest.mark.parametrize(
    ("lang", "said", "asked", "answer", "tours"),
    [("en", "/hours 2 days 0700-1900, 2 nights 1900-0700, 4 off", "On which day", "June 1",
      (Hours(420, 1140),) * 2 + (Hours(1140, 420),) * 2 + (None,) * 4),
     ("en", "/hours 0700-1500", "On which days?", "monday", (Hours(420, 900), *(None,) * 6)),
     ("es", "/horario 2300-0700", "¿Qué días?", "lunes", (Hours(1380, 420), *(None,) * 6))],
)  # fmt: skip
async def test_shifts_are_read_behind_the_command(
    school: School, lang: str, said: str, asked: str, answer: str, tours: tuple[Hours | None, ...]
) -> None:
    await school.opened(lang=lang)
    (question,) = await school.hears(ROOKIE, said)
    assert question.startswith(asked)
    await school.hears(ROOKIE, answer, "!k:hours:yes")
    pattern: Pattern = load_pattern((await school.member_of(ROOKIE)).pattern)
    assert pattern.tours == tours


async def test_other_words_behind_hours_show_them(school: School) -> None:
    await school.opened()
    (shown,) = await school.hears(ROOKIE, "/hours please")
    assert shown.startswith("Your shifts:")


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_what_a_button_is_called_does_the_same_when_typed(school: School, lang: str) -> None:
    """A coordinator who reads "Invite officers" on a button may as well type it."""
    await school.opened(lang=lang)
    for wish, forms in school.library.commands[lang]["coordinator_words"].items():
        tapped = await school.hears(CHIEF, f"!k:{wish}")
        for form in forms:
            assert await school.hears(CHIEF, form) == tapped, form


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "invite officers"), ("es", "Invitar agentes"), ("en", "/export"), ("es", "avance")]
)
async def test_without_a_department_any_wish_of_it_begins_the_set_up(school: School, lang: str, said: str) -> None:
    name = await school.person(CHIEF, role="coordinator")
    await school.database.write(lambda c: school.chats.change(c, name, greeted=1, heard=lang, lang=lang))
    shown = await school.hears(CHIEF, said)
    assert shown[-1].strip() == school.library.messages[("train.set.name", lang)].text.strip()
