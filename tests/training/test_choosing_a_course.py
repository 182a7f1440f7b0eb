"""Of which course a paper or a file is: each of them can be asked for by taps, and the sheet of the next week as well."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.library.replies import Attachment
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY
from tests.training.school import CHIEF, ROOKIE, School

DAY = 86400.0
COURSES = 6


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY + 3 * DAY))  # a Thursday
    yield made
    made.close()


async def file_of(school: School, tap: str) -> tuple[str, Attachment]:
    """(what is said, the file) after a tap or a command."""
    (said,) = await school.hears(CHIEF, tap)
    file = school.phones.sent[-1].file
    assert file is not None
    return said, file


def listed(school: School) -> dict[str, str]:
    """Payloads by title of the courses on the coordinator's screen; the way home stands below them."""
    *courses, (_, home) = school.buttons(CHIEF)
    assert home == "k:home"
    return dict(courses)


@pytest.mark.parametrize(
    ("lang", "command", "basic", "weeks"),
    [("en", "/sheet", "Human trafficking: the basics", ("Monday, June 1", "Monday, June 8")),
     ("es", "/hoja", "Trata de personas: lo básico", ("lunes 1 de junio", "lunes 8 de junio"))],
)  # fmt: skip
async def test_a_sheet_is_of_this_week_or_of_the_next_and_each_tap_leads_to_the_other(
    school: School, lang: str, command: str, basic: str, weeks: tuple[str, str]
) -> None:
    await school.opened(lang=lang)
    said, now = await file_of(school, command)
    assert said.startswith(basic)
    assert weeks[0] in said
    assert [payload for _, payload in school.buttons(CHIEF)] == ["k:sheet:basic:next", "k:sheet:list", "k:home"]
    said, then = await file_of(school, "!k:sheet:basic:next")
    assert weeks[1] in said
    assert then.data != now.data, "other questions"
    assert (now.name[-21:], then.name[-21:]) == ("basic-2026-06-01.html", "basic-2026-06-08.html")
    assert school.buttons(CHIEF)[0][1] == "k:sheet:basic"
    said, again = await file_of(school, "!k:sheet:basic")
    assert again == now


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_a_sheet_can_be_of_each_course_for_either_week(school: School, lang: str) -> None:
    await school.opened(lang=lang)
    await school.hears(CHIEF, "!k:sheet:list")
    courses = listed(school)
    assert len(courses) == COURSES
    printed = set()
    for title, payload in courses.items():
        for tap in (payload, f"{payload}:next"):
            said, file = await file_of(school, f"!{tap}")
            assert said.startswith(title)
            assert title in file.data.decode()
            printed.add(file.data)
        assert payload in [other for _, other in school.buttons(CHIEF)], "back to this week, of the same course"
    assert len(printed) == 2 * COURSES


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_the_course_file_can_be_of_each_course(school: School, lang: str) -> None:
    await school.opened(lang=lang)
    await school.hears(CHIEF, "hola" if lang == "es" else "hi", "!k:export", "!k:export:course")
    courses = listed(school)
    assert len(courses) == COURSES
    for title, payload in courses.items():
        said, file = await file_of(school, f"!{payload}")
        assert said.startswith(title)
        held = json.loads(file.data)
        assert held["title"] == title
        assert file.name.endswith(f"-{payload.rpartition(':')[2]}.json"), "six files do not bear one name"
        assert "k:export:course" in [other for _, other in school.buttons(CHIEF)]


@pytest.mark.parametrize("tap", ["k:sheet:list", "k:sheet:myths", "k:sheet:basic:next", "k:export:course:myths"])
async def test_an_officer_is_told_whom_to_ask(school: School, tap: str) -> None:
    await school.opened()
    (said,) = await school.hears(ROOKIE, f"!{tap}")
    assert said.startswith("Your department's training coordinator")


@pytest.mark.parametrize("tap", ["sheet:cooking", "sheet:basic:last", "sheet:list:next", "export:course:cooking"])
async def test_a_course_that_is_not_there_gives_no_file(school: School, tap: str) -> None:
    await school.opened()
    before = len([one for one in school.phones.sent if one.file is not None])
    assert await school.hears(CHIEF, f"!k:{tap}")
    assert len([one for one in school.phones.sent if one.file is not None]) == before
