"""Who is taken out of a department, or no longer coordinates: what they hear, what they can still do, and what `erase` still reaches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.store.schema import chat
from bot.store.training_schema import batch, member, memory, question, training_draft
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY
from tests.training.school import CHIEF, PARTNER, ROOKIE, School

TOLD = "no longer on your department's list"


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    await made.opened()
    yield made
    made.close()


async def number(school: School, phone: int) -> int:
    return int((await school.member_of(phone)).id)


async def second(school: School) -> int:
    """Another coordinator, so that one can go. Their number."""
    name, first = await school.person(PARTNER, role="coordinator"), await school.member_of(CHIEF)

    def work(c: Connection) -> int:
        school.chats.change(c, name, greeted=1, heard="en")
        people = school.training.rooms.people
        return people.join(c, name, first.department, None, "coordinator", "en", school.clock())

    return int(await school.database.write(work))


async def removed(school: School, who: int = ROOKIE) -> None:
    await school.hears(CHIEF, f"!k:officer:{await number(school, who)}:remove:yes")


async def link(school: School, *taps: str) -> str:
    await school.hears(PARTNER, *taps)
    return school.phones.texts(PARTNER)[-1].rpartition("start ")[2].split()[0]


async def test_who_is_removed_is_told_once_without_a_sound(school: School) -> None:
    await removed(school)
    (told,) = [shown for shown in school.phones.sent if shown.chat == ROOKIE]
    assert TOLD in told.text
    assert told.silent
    assert "/erase" in told.text
    assert "trafficking" not in told.text.lower()
    await school.goes_on()
    assert school.phones.texts(ROOKIE) == [told.text]


async def test_in_their_own_language(school: School) -> None:
    people, who = school.training.rooms.people, await number(school, ROOKIE)
    await school.database.write(lambda c: people.set_lang(c, who, "es"))
    await removed(school)
    assert "ya no está en la lista" in school.phones.texts(ROOKIE)[-1]


async def test_r3_what_they_were_told_stands_for_a_day_and_then_goes(school: School) -> None:
    school.clock.advance(hours=5)
    await removed(school)
    await school.housekeeping.clear_quiet_chats()
    await school.work()
    assert len(school.phones.screen(ROOKIE)) == 1
    school.clock.advance(hours=25)
    await school.housekeeping.clear_quiet_chats()
    await school.work()
    assert school.phones.screen(ROOKIE) == []


async def test_r10_where_nobody_reviewed_the_words_nothing_comes_in_their_place(school: School) -> None:
    school.sender._wording._everything = False
    await removed(school)
    assert school.phones.texts(ROOKIE) == []


async def test_what_was_queued_for_an_officer_does_not_come_to_a_guest(school: School) -> None:
    who = school.chats.hash("telegram", str(ROOKIE))
    from bot.library.replies import Part

    post = school.training.rooms.post
    await school.database.write(
        lambda c: post.put(c, who, Part("message:train.paused_silent"), "silent", school.clock())
    )
    await removed(school)
    assert len(school.phones.texts(ROOKIE)) == 1
    assert TOLD in school.phones.texts(ROOKIE)[0]


@pytest.mark.parametrize("by", ["removed", "left"])
async def test_r23_erase_still_reaches_what_they_answered(school: School, by: str) -> None:
    await school.hears(ROOKIE, "/quiz")
    await school.answers(ROOKIE)
    who = await number(school, ROOKIE)
    await (removed(school) if by == "removed" else school.hears(ROOKIE, "!k:leave:yes"))
    assert [row.member for row in await school.rows(memory)] == [who]
    await school.hears(ROOKIE, "/erase")
    assert await school.rows(memory) == []
    assert await school.rows(question) == []
    assert [row.id for row in await school.rows(member) if row.id == who] == []
    assert await school.rows(training_draft) == []


@pytest.mark.parametrize(
    ("written", "words"),
    [("/erase", ("ID", "shifts", "quiet time", "completed courses", "My data")),
     ("!c:erase", ("ID", "shifts", "quiet time", "completed courses", "My data")),
     ("/borrar", ("número", "turnos", "tiempo de silencio", "cursos completados", "Mis datos"))],
)  # fmt: skip
async def test_r23_an_officer_reads_what_stays_and_where_to_see_it(
    school: School, written: str, words: tuple[str, ...]
) -> None:
    """Membership, sealed id, rota and quiet time are the department's and theirs: "everything is erased" would not be so. Whether or not anything
    was there, the answer is the same."""
    await school.hears(ROOKIE, "/quiz")
    await school.answers(ROOKIE)
    said = [await school.hears(ROOKIE, written) for _ in range(2)]
    assert said[0] == said[1]
    assert "Everything kept for this chat is erased" not in said[0][0]
    for word in words:
        assert word in said[0][0]
    assert {"k:mine", "c:limits"} <= {payload for _, payload in school.buttons(ROOKIE)}
    assert await school.rows(memory) == []
    assert (await school.member_of(ROOKIE)).officer_id is not None
    assert "E-1" in (await school.hears(ROOKIE, "!k:mine"))[-1]


async def test_r23_who_was_removed_is_a_guest_and_reads_what_guests_read(school: School) -> None:
    await removed(school)
    (said,) = await school.hears(ROOKIE, "/erase")
    assert said.startswith("Everything kept for this chat is erased.")


async def test_r23_also_after_they_cleared_the_screen_and_for_thirty_days(school: School) -> None:
    await school.hears(ROOKIE, "/quiz")
    await school.answers(ROOKIE)
    await removed(school)
    await school.hears(ROOKIE, "/exit")
    school.clock.advance(hours=24 * 29)
    await school.training.purge(school.database, school.clock())
    await school.hears(ROOKIE, "/erase")
    assert await school.rows(memory) == []


async def test_after_thirty_days_nothing_of_them_is_left(school: School) -> None:
    await removed(school)
    school.clock.advance(hours=24 * 31)
    await school.training.purge(school.database, school.clock())
    assert await school.rows(training_draft) == []


async def test_r23_nobody_elses_answers_go_with_it(school: School) -> None:
    await school.hears(CHIEF, "/quiz")
    await school.answers(CHIEF)
    await removed(school)
    await school.hears(ROOKIE, "/erase")
    assert len(await school.rows(memory)) == 1


async def test_who_no_longer_coordinates_is_told_and_who_begins_to_as_well(school: School) -> None:
    other = await second(school)
    await school.hears(CHIEF, f"!k:officer:{other}:role:officer")
    assert "no longer coordinate" in school.phones.texts(PARTNER)[-1]
    assert ("My data", "k:mine") in school.buttons(PARTNER)
    await school.hears(CHIEF, f"!k:officer:{other}:role:coordinator")
    assert "as a training coordinator" in school.phones.texts(PARTNER)[-1]
    await school.hears(CHIEF, f"!k:officer:{other}:role:coordinator")
    assert len(school.phones.texts(PARTNER)) == 2


@pytest.mark.parametrize("by", ["remove:yes", "role:officer"])
async def test_r60_who_no_longer_coordinates_holds_no_key_to_come_back(school: School, by: str) -> None:
    """A link for a coordinator, or for somebody's new phone, that they made before."""
    other = await second(school)
    code = await link(school, "!k:invite:coordinator")
    phone = await link(school, f"!k:officer:{await number(school, ROOKIE)}:phone")
    said = await school.hears(CHIEF, f"!k:officer:{other}:{by}")
    assert ("have ended" in said[0]) == (by == "remove:yes")
    for key in (code, phone):
        await school.hears(700_000_109, f"/start {key}")
        assert await school.member_of(700_000_109) is None
    assert all(row.revoked_at is not None for row in await school.rows(batch))


async def test_a_link_for_officers_outlives_who_made_it(school: School) -> None:
    other = await second(school)
    await link(school, "!k:invite:officer", "!k:invite:count:1", "!k:invite:days:7")
    await school.hears(CHIEF, f"!k:officer:{other}:remove:yes")
    assert [row.revoked_at for row in await school.rows(batch)] == [None]


@pytest.mark.parametrize("by", ["remove:yes", "role:officer"])
async def test_what_they_were_asked_for_is_asked_no_more(school: School, by: str) -> None:
    other = await second(school)
    await school.hears(PARTNER, "!k:unit:add")
    await school.hears(CHIEF, f"!k:officer:{other}:{by}")
    name = school.chats.hash("telegram", str(PARTNER))
    row: Any = await school.database.read(lambda c: c.execute(select(chat).where(chat.c.chat == name)).one())
    assert row.awaiting is None
    await school.hears(PARTNER, "Night watch")
    people, place = school.training.rooms.people, (await school.member_of(CHIEF)).department
    assert await school.database.read(lambda c: people.units(c, place)) == []
