"""A large department with the longest names there can be: every screen is one that Telegram takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Connection

from bot.channels.telegram.gateway import _keyboard
from bot.channels.telegram.translate import split, units
from bot.library.replies import Part, Reply
from bot.nlu import Read, Turn
from bot.store import training_partners
from bot.training.officers import name_of
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY
from tests.training.school import CHIEF, ROOKIE, School

TEXT, BUTTONS, KEYBOARD, PAYLOAD = 4096, 100, 10_000, 64
"""UTF-16 units of a message; buttons, bytes of all of them, and of the payload of one: what Telegram takes."""
UNITS, OFFICERS = 130, 45
LONG = "🚓" * 75
"""Four bytes each, and a number behind."""


def called(number: int) -> str:
    name = f"{LONG}{number:05d}"
    assert name_of(name) == name
    return name


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    place = await made.opened()
    people, now = made.training.rooms.people, made.clock()

    def work(c: Connection) -> None:
        people.change_department(c, place, now, name=called(0), ranking=1)
        rows = [people.add_unit(c, place, called(n)) for n in range(UNITS)]
        for n in range(OFFICERS):
            people.join(c, f"chat {n}", place, rows[n], "officer", "en", now, officer_id="🚓" * 36 + f"{n:04d}")
        for n in range(training_partners.MOST):
            training_partners.add(c, place, None, called(n), f"(918) 555-01{n:02d}", LONG, now - 100 * 86400)

    await made.database.write(work)
    yield made
    made.close()


def fits(school: School, chat: int) -> None:
    """What this phone got last."""
    last = [shown for shown in school.phones.sent if shown.chat == chat][-1]
    shown, columns = school.buttons(chat), 1
    assert all(units(piece) <= TEXT for piece in split(last.text))
    assert len(split(last.text)) <= 5, "an answer is no book"
    assert len(shown) <= BUTTONS
    assert all(len(payload.encode()) <= PAYLOAD for _, payload in shown), shown
    assert len(orjson.dumps(_keyboard(shown, columns))) <= KEYBOARD


SCREENS = (
    "/department", "/officers", "!k:officers:5", "/units", "!k:units:6", "/invite", "!k:invite:officer", "!k:invite:officer:6", "/partners",
    "!k:partners:6", "/settings", "/links", "/schedule", "!k:progress:people", "!k:progress:lasts",
)  # fmt: skip


@pytest.mark.parametrize("tap", SCREENS)
async def test_every_screen_of_a_large_department_is_taken(school: School, tap: str) -> None:
    assert await school.hears(CHIEF, tap)
    fits(school, CHIEF)


async def test_every_unit_is_reached_by_turning_pages(school: School) -> None:
    member = (await school.member_of(ROOKIE)).id
    house = (await school.database.read(lambda c: training_partners.of_department(c, _place(school, c))))[0].id
    for first in ("k:units", "k:invite:officer", f"k:officer:{member}:move", f"k:partner:{house}:unit"):
        tap, found = first, set()
        for _ in range(UNITS):
            await school.hears(CHIEF, f"!{tap}")
            fits(school, CHIEF)
            shown = school.buttons(CHIEF)
            found |= {part for _, payload in shown for part in payload.split(":") if len(part) == 32}
            more = [payload for title, payload in shown if title == "More"]
            if not more:
                break
            (tap,) = more
        assert len(found) == UNITS, first


def _place(school: School, c: Connection) -> str:
    row = school.training.rooms.people.of_chat(c, school.chats.hash("telegram", str(CHIEF)))
    return str(row.department)


async def test_whom_to_call_comes_whole_with_forty_of_them(school: School) -> None:
    school.reader.known["who do we call"] = "officer_local_partners"

    async def turn(chat: str, text: str, metadata: object, timeout: float = 1.0) -> Turn:
        reply = Reply("officer_local_partners", [Part("message:role.now", params={"role": "x"})])
        return Turn(Read("officer_local_partners", 1.0), reply)

    school.reader.turn = turn  # type: ignore[method-assign]
    said = "\n".join(await school.hears(ROOKIE, "who do we call"))
    assert all(called(n) in said for n in range(training_partners.MOST))
    assert all(units(piece) <= TEXT for piece in split(said))


async def test_r27_the_picture_of_many_units_is_one_that_is_taken(school: School) -> None:
    """At most 10,000 pixels of both sides together."""
    from bot.training import seeing_words
    from bot.training.figures import MOST_UNITS
    from bot.training.progress import Standing
    from bot.training.rooms import Ask

    chat = school.chats.hash("telegram", str(CHIEF))

    def look(c: Connection) -> int:
        ask = Ask(school.training.rooms, school.training.here(c, chat, "coordinator", "en", MONDAY), {})
        place = _place(school, c)
        found = seeing_words.figures(ask)
        found.units.update({row.id: Standing(9, 0.5, 0.4) for row in ask.rooms.people.units(c, place)})
        return len(seeing_words._picture(ask, found).units)

    assert await school.database.read(look) == MOST_UNITS


@pytest.mark.parametrize(
    "name", ["a\u202eb", "a\u200bb", "a\nb\tc", "a\u0007b", "x" * 81, "é" * 500, "🚓" * 500, "?", " "]
)
def test_a_name_that_hides_something_or_is_too_long_is_none(name: str) -> None:
    kept = name_of(name)
    assert kept is None or kept == "a b c"


@pytest.mark.parametrize(
    "name", ["<b>A</b> & *B* _c_ [d](http://e.example)", "{name} %s {0}", "$(x) `y` '; --", "Ünïté ñ 警察"]
)
async def test_markup_in_a_name_is_only_text(school: School, name: str) -> None:
    await school.hears(CHIEF, "!k:unit:add")
    (said,) = await school.hears(CHIEF, name)
    assert said.startswith(f"{name}\n")


async def test_a_unit_that_was_removed_meanwhile_gets_no_link(school: School) -> None:
    people = school.training.rooms.people
    rows = await school.database.read(lambda c: people.units(c, _place(school, c)))
    await school.hears(
        CHIEF, "!k:invite:officer", f"!k:invite:unit:{rows[0].id}", "!k:invite:count:10", "!k:invite:kind:all"
    )
    await school.database.write(lambda c: people.remove_unit(c, rows[0].id, school.clock()))
    (said,) = await school.hears(CHIEF, "!k:invite:days:7")
    assert said.startswith("That button does not fit any more")
