"""The commands that Telegram lists in a chat: work ones for officers and who coordinates, in their language, gone with the role and at exit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram.gateway import Broken, Refused, Unavailable, Unknown
from bot.stages.commands import BARE, LANG_COMMANDS
from bot.stages.training import COMMANDS
from bot.store import menus
from bot.store.schema import outbox
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY
from tests.training.school import CHIEF, PARTNER, ROOKIE, School

GUEST = 700_000_190
WORK = {"quiz", "pause", "hours", "check"}
COORDINATING = {"department", "schedule", "invite"}


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


def listed(school: School, phone: int) -> set[str]:
    return set(school.phones.menu_of(phone) or ())


async def shown(school: School, phone: int) -> str | None:
    return (await school.row(phone)).menu


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_command_that_is_listed_is_one(lang: str, tmp_path: Path) -> None:
    school = School(tmp_path, VirtualClock(MONDAY))
    known = {*COMMANDS, *BARE, *LANG_COMMANDS, "/exit", "/check", "/start"}
    commands = school.library.commands[lang]
    for group in ("menu", "menu_officer", "menu_coordinator"):
        assert {f"/{name}" for name in commands[group]} <= known, group
        assert len(commands[group]) <= 100
        assert all(len(text) <= 40 for text in commands[group].values())
    assert WORK <= set(commands["menu_officer"]) <= set(commands["menu_coordinator"])
    assert set(commands["menu_coordinator"]) - set(commands["menu_officer"]) >= COORDINATING
    school.close()


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_who_is_let_in_sees_the_work_commands_in_their_language(school: School, lang: str) -> None:
    """By a coordinator's tap; who coordinates gets theirs with the first message."""
    place = await school.opened(lang=lang)
    people, now = school.training.rooms.people, school.clock()
    code = await school.database.write(lambda c: people.make_batch(c, place, None, 5, now + 3600))
    await school.person(PARTNER)
    name = school.hash(PARTNER)
    await school.database.write(lambda c: school.chats.change(c, name, lang=lang, greeted=1))
    await school.hears(PARTNER, f"/start {code}")
    assert school.phones.menu_of(PARTNER) is None, "not before the tap"
    await school.hears(CHIEF, "!k:waiting")
    assert listed(school, CHIEF) >= COORDINATING
    await school.hears(CHIEF, "!" + school.buttons(CHIEF)[0][1])
    assert listed(school, PARTNER) >= WORK
    assert not COORDINATING & listed(school, PARTNER)
    assert await shown(school, PARTNER) == f"officer:{lang}"


@pytest.mark.parametrize("purpose", ["officer", "coordinator"])
async def test_who_opens_the_operators_link_sees_them_at_once(school: School, purpose: str) -> None:
    code = await school.database.write(lambda c: school.chats.invite(c, purpose, school.clock() + 3600))
    await school.hears(GUEST, f"/start {code}")
    assert await shown(school, GUEST) == f"{purpose}:en"
    assert (listed(school, GUEST) >= COORDINATING) == (purpose == "coordinator")


async def test_r01_a_guest_and_an_advocate_never_see_them(school: School) -> None:
    await school.opened()
    await school.person(PARTNER, role="advocate")
    for phone in (GUEST, PARTNER):
        await school.hears(phone, "/start", "hello", "/quiz", "/department", "/language es")
        assert school.phones.menu_of(phone) is None
        assert await shown(school, phone) is None
    assert not [
        row
        for row in await school.rows(outbox)
        if row.chat in (school.hash(GUEST), school.hash(PARTNER)) and menus.KEY in str(row.content)
    ]


async def test_they_come_once_and_not_with_every_message(school: School) -> None:
    await school.opened()
    for said in ("/quiz", "hello", "/hours", "hola, qué tal", "/pause"):
        await school.hears(ROOKIE, said)
    assert [chat for chat, _ in school.phones.menus if chat == ROOKIE] == [ROOKIE], (
        "whoever writes in two languages as well"
    )


@pytest.mark.parametrize(("choice", "menu"), [("!c:lang_es", "officer:es"), ("/english", "officer:en")])
async def test_a_language_that_is_chosen_changes_the_words(school: School, choice: str, menu: str) -> None:
    await school.opened()
    await school.hears(ROOKIE, "/quiz", choice)
    assert await shown(school, ROOKIE) == menu


# -- taken back ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["/exit", "!c:exit", "!c:unsafe", "/salir"])
@pytest.mark.parametrize("phone", [ROOKIE, CHIEF])
async def test_r03_exit_takes_them_off_a_screen_that_somebody_else_may_hold(
    school: School, said: str, phone: int
) -> None:
    """And the next word of an officer brings them again."""
    await school.opened()
    await school.hears(phone, "/quiz")
    assert listed(school, phone)
    await school.hears(phone, said)
    assert school.phones.menu_of(phone) is None
    assert await shown(school, phone) is None
    assert len(school.phones.screen(phone)) == 1, "one neutral line"
    await school.hears(phone, "/resume")
    assert listed(school, phone) >= WORK


async def test_r04_exit_does_not_wait_for_it(school: School) -> None:
    """Telegram is asked for it after the screen is clear and the line stands."""
    await school.opened()
    await school.hears(ROOKIE, "/quiz")
    school.phones.menu_fails.extend([Unavailable(), Unavailable()])
    before = len(school.phones.sent)
    await school.says(ROOKIE, "/exit")
    for _ in range(12):
        await school.once()
        school.clock.advance(0.05)
    assert len(school.phones.sent) == before + 1
    assert await shown(school, ROOKIE) == "officer:en", "not yet"
    for _ in range(40):
        school.clock.advance(1)
        await school.once()
    assert school.phones.menu_of(ROOKIE) is None, "but it is not given up"


async def test_r23_erasing_takes_them_back_as_well(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "/quiz", "/erase")
    assert school.phones.menu_of(ROOKIE) is None


@pytest.mark.parametrize("how", ["leaves", "removed", "revoked", "deleted", "new phone"])
async def test_who_is_in_no_department_any_more_sees_the_common_ones(school: School, how: str) -> None:
    place = await school.opened()
    await school.hears(ROOKIE, "/quiz")
    rookie = await school.member_of(ROOKIE)
    doors, people = school.training.rooms.doors, school.training.rooms.people
    if how == "leaves":
        await school.hears(ROOKIE, "!k:leave:yes")
    elif how == "removed":
        await school.hears(CHIEF, f"!k:officer:{rookie.id}:remove:yes")
    elif how == "revoked":
        code = await school.database.write(lambda c: school.chats.invite(c, "officer", school.clock() + 3600))
        await school.hears(GUEST, f"/start {code}")
        await school.database.write(lambda c: school.chats.revoke(c, code, school.clock()))
    elif how == "deleted":
        await school.database.write(lambda c: doors.out(c, rookie.chat, school.clock()))
    else:
        code = await school.database.write(
            lambda c: people.make_batch(c, place, None, 1, school.clock() + 3600, tap=False, member_id=rookie.id)
        )
        await school.hears(GUEST, f"/start {code}")
        assert listed(school, GUEST) >= WORK, "they are on the new one"
    await school.work()
    phone = GUEST if how == "revoked" else ROOKIE
    assert school.phones.menu_of(phone) is None
    assert (await school.row(phone)).menu is None


async def test_a_coordinator_who_is_none_any_more_keeps_an_officers(school: School) -> None:
    await school.opened()
    rookie = await school.member_of(ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{rookie.id}:role:coordinator")
    assert listed(school, ROOKIE) >= COORDINATING
    await school.hears(CHIEF, f"!k:officer:{rookie.id}:role:officer")
    assert not COORDINATING & listed(school, ROOKIE)
    assert listed(school, ROOKIE) >= WORK


async def test_one_that_was_on_its_way_when_they_left_is_taken_back(school: School) -> None:
    """Sent by a sender that had it in hand while the exit dropped its row."""
    await school.opened()
    name = school.hash(ROOKIE)
    await school.database.write(lambda c: menus.show(c, name, "officer", "en", school.clock()))
    (due, *_), _, _ = await school.database.write(school.sender._take)
    await school.hears(ROOKIE, "/exit")
    await school.sender._deliver(due)
    assert listed(school, ROOKIE)
    await school.work()
    assert school.phones.menu_of(ROOKIE) is None
    assert await shown(school, ROOKIE) is None


@pytest.mark.parametrize("problem", [Broken(), Refused()])
async def test_a_platform_that_takes_no_menu_takes_nothing_else_away(school: School, problem: Exception) -> None:
    """The officer is asked on; it is tried again with their next message."""
    await school.opened()
    school.phones.menu_fails.append(problem)
    await school.hears(ROOKIE, "/hours")
    row = await school.row(ROOKIE)
    assert (row.menu, row.blocked) == (None, 0)
    assert (await school.member_of(ROOKIE)).paused_at is None
    await school.hears(ROOKIE, "/hours")
    assert await shown(school, ROOKIE) == "officer:en"


async def test_one_that_may_have_been_shown_is_sent_again(school: School) -> None:
    await school.opened()
    school.phones.menu_fails.append(Unknown())
    await school.hears(ROOKIE, "/hours")
    school.clock.advance(5)
    await school.work()
    assert await shown(school, ROOKIE) == "officer:en"


async def test_who_blocked_the_bot_and_is_removed_has_it_taken_back_all_the_same(school: School) -> None:
    await school.opened()
    await school.hears(ROOKIE, "/hours")
    rookie: Any = await school.member_of(ROOKIE)
    await school.database.write(lambda c: school.chats.change(c, rookie.chat, blocked=1))
    await school.hears(CHIEF, f"!k:officer:{rookie.id}:remove:yes")
    assert school.phones.menu_of(ROOKIE) is None
