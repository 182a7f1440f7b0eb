"""What a review tried to break: somebody left without a word, told too much, or asked for what leads nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.store.database import Database
from bot.store.schema import outbox
from tests.app.parts import blocked
from tests.placement.room import ANA, ANSWERS, OFFICER, SISTER, WOMAN, Room


async def taken(room: Room, told: str = "answer") -> str:
    await room.sends(WOMAN, told)
    await room.hears(ANA, room.tap_on(ANA, "a:take:"))
    return (await room.requests())[0].id


def without_relay(room: Room) -> None:
    room.placement.rooms = replace(room.placement.rooms, switches=replace(room.placement.rooms.switches, relay=False))
    room.placement._survivor._rooms = room.placement.rooms


@pytest.mark.timeout(30)
async def test_work_that_ends_an_iterator_is_an_error_and_stops_nobody(room: Room) -> None:
    def work(_: object) -> None:
        next(iter(()))

    database: Database = room.database
    with pytest.raises(RuntimeError):
        await database.write(work)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("said", ["hello there friend", "!q:go", "!q:summary:send", "!r:yes:house"])
async def test_a_program_removed_before_the_yes_leaves_nobody_waiting(room: Room, said: str) -> None:
    await room.asks(WOMAN)
    await room.hears(WOMAN, "!q:summary:send")
    await room.database.write(lambda c: room.placement.rooms.oncall.remove_program(c, "house", room.clock()))
    assert any("1-888-373-7888" in text for text in await room.hears(WOMAN, said))
    assert len(await room.hears(WOMAN, "/exit")) == 1


@pytest.mark.timeout(30)
async def test_a_program_removed_before_the_yes_is_passed_over_for_the_next(room: Room) -> None:
    await room.staffed(SISTER + 100, of="other")
    await room.asks(WOMAN)
    await room.hears(WOMAN, "!q:summary:send")
    await room.database.write(lambda c: room.placement.rooms.oncall.remove_program(c, "house", room.clock()))
    assert "Example other" in (await room.hears(WOMAN, "!q:go"))[-1]


async def test_r41_send_it_now_before_any_yes_asks_again_and_loses_nothing(room: Room) -> None:
    await room.asks(WOMAN)
    await room.hears(WOMAN, "!q:summary:send")
    assert "Example house" in (await room.hears(WOMAN, "!r:done:house"))[-1]
    assert [r.state for r in await room.requests()] == ["draft"]


async def test_r06_whoever_asked_for_quiet_hears_nothing_of_the_end_until_they_write(room: Room) -> None:
    request = await taken(room)
    await room.hears(WOMAN, "!q:show", "!q:mute")
    before = len(room.seen(WOMAN))
    await room.hears(ANA, f"!a:end:{request}:placed")
    assert len(room.seen(WOMAN)) == before
    assert "answer for you" in (await room.hears(WOMAN, "are you still there"))[-1]
    assert "closed now" in (await room.hears(WOMAN, "!q:show"))[-1]
    assert not any("answer for you" in text for text in await room.hears(WOMAN, "thank you for that"))


@pytest.mark.parametrize("taken_by_somebody", [True, False])
async def test_an_officer_who_is_none_any_more_is_told_as_a_guest(room: Room, taken_by_somebody: bool) -> None:
    await room.person(OFFICER, role="officer", lang="en")
    await room.hears(
        OFFICER, "!q:begin", "!q:officer.reporting:go", "1", "!q:officer.agreed:yes", "0", "Oklahoma", "Tulsa", "spanish",
        "!q:officer.needs:none", "918-555-0142", "!q:summary:send",
    )  # fmt: skip
    await room.person(OFFICER, role="guest")
    before = len(room.seen(OFFICER))
    if taken_by_somebody:
        await room.hears(ANA, room.tap_on(ANA, "a:take:"))
    else:
        await room.ticks(200)
    (notice,) = room.seen(OFFICER)[before:]
    shown = await room.hears(OFFICER, "!q:show")
    assert "answer for you" in notice
    assert "person has seen it" in shown[-1] if taken_by_somebody else "nobody could take it" in shown[-1]


async def test_what_comes_unasked_is_in_the_language_that_was_chosen(room: Room) -> None:
    await room.sends(WOMAN)
    await room.hears(WOMAN, "/espanol")
    before = len(room.seen(WOMAN))
    await room.hears(ANA, room.tap_on(ANA, "a:take:"))
    assert "respuesta" in room.seen(WOMAN)[before]


async def test_an_advocates_words_stand_in_the_language_of_the_request(room: Room) -> None:
    await taken(room)
    await room.hears(WOMAN, "!q:show")
    name = room.hash(WOMAN)
    await room.database.write(lambda c: room.chats.change(c, name, lang=None, heard=None))
    (found,) = await room.requests()
    await room.database.write(lambda c: room.placement._staff._telling.words(c, replace(found, lang="es"), 1, 0.0))
    rows = await room.database.read(
        lambda c: c.execute(select(outbox.c.content).where(outbox.c.dedupe == "relay:1")).all()
    )
    assert '"lang":"es"' in rows[0].content


async def test_r07_whoever_unblocks_is_a_stranger(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:7])
    await room.hears(SISTER, "hello")
    for chat in (WOMAN, SISTER):
        await room.platform_says(blocked, chat)
        await room.work()
    assert await room.hears(WOMAN, "/start") == await room.hears(SISTER, "/start")
    assert any("Welcome back" in text for text in await room.hears(WOMAN, "purple otter"))


async def test_r44_nobody_for_a_young_person_ends_at_the_line_for_young_people(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:5], "16", "!q:minor")
    await room.ticks(200)
    (shown,) = await room.hears(WOMAN, "!q:show")
    assert "1-800-786-2929" in shown


async def test_r47_a_hold_is_said_after_the_word_however_it_had_ended(room: Room) -> None:
    found = await room.sends(WOMAN)
    await room.ticks(200)
    await room.database.write(lambda c: room.placement.rooms.requests.hold(c, found.number, room.clock()))
    await room.hears(WOMAN, "/erase")
    with_hold = await room.hears(WOMAN, "purple otter")
    assert not any("nobody reads your answers" in text for text in with_hold)


async def test_without_the_relay_no_details_is_answered_before_the_questions(room: Room) -> None:
    without_relay(room)
    said = await room.hears(WOMAN, "!q:begin:self", "ok", "!q:reporting:no")
    assert "number" in said[0]
    assert "1-888-373-7888" in said[0]
    assert "choose a word" in (await room.hears(WOMAN, "!q:reporting:yes"))[-1]
