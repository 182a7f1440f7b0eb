"""Leaving, being forgotten, being left alone (R3, R4, R6, R7, R23)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.telegram.gateway import Refused, Unavailable
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.store import queues, schema
from bot.store.schema import chat, sent
from tests.app.parts import NOISY, OFFICER, WOMAN, World, blocked, seen_as


async def _everything_about(world: World, name: str) -> dict[str, list[Any]]:
    """Every row of every table that knows a chat."""

    def look(connection: Any) -> dict[str, list[Any]]:
        found = {}
        for table in schema.metadata.tables.values():
            rows = [tuple(row) for row in connection.execute(select(table)) if any(name in str(value) for value in row)]
            if rows:
                found[table.name] = rows
        return found

    return await world.database.read(look)


# -- R3 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "minutes", "reached"), [(0, 5, True), (47, 59, True), (48, 1, False)])
async def test_r03_exit_deletes_every_message_under_48_hours(
    world: World, hours: int, minutes: int, reached: bool
) -> None:
    await world.says(WOMAN, "hello")
    started = world.clock()
    await world.work()
    await world.person(WOMAN, quiet_minutes=10_000)
    ours = world.platform.sent[0].ids[0]
    world.clock.now = started + hours * 3600 + minutes * 60
    await world.housekeeping.purge()
    await world.says(WOMAN, "exit")
    await world.work()
    deleted = {number for _, number in world.platform.deleted}
    assert 4_000_002 in deleted, "the word itself goes in any case"
    assert (ours in deleted) is reached
    assert (4_000_001 in deleted) is reached, "theirs as well as ours"
    assert len(world.platform.screen(WOMAN)) == (1 if reached else 2), "one neutral line is left"
    shown = [s.text for s in world.platform.sent if s.chat == WOMAN]
    assert len(shown[-1]) < 60


async def test_r03_the_screen_is_clear_before_the_neutral_line_comes(world: World) -> None:
    await world.says(WOMAN, *(f"m{n}" for n in range(5)))
    await world.work()
    deleted_then: list[int] = []

    async def look(where: int, text: str) -> None:
        deleted_then.append(len(world.platform.deleted))

    world.platform.hook = look
    await world.says(WOMAN, "exit")
    await world.work()
    assert deleted_then == [5 + 5 + 1]


async def test_r03_exit_drops_what_waits_and_what_they_wrote_before(world: World) -> None:
    await world.person(WOMAN)
    await world.queue(WOMAN, "waiting", not_before=world.clock() + 60)
    await world.says(WOMAN, "exit")
    await world.work()
    world.clock.advance(120)
    await world.work()
    assert len(world.platform.texts(WOMAN)) == 1
    assert "waiting" not in await world.states()
    assert world.nlu.forgotten == [world.hash(WOMAN)]


async def test_r04_exit_waits_for_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Rasa that hangs is told to forget after the answer is queued, not before."""
    hang = asyncio.Event()

    async def forget(_: str) -> None:
        await hang.wait()

    monkeypatch.setattr(world.nlu, "forget", forget)
    await world.says(WOMAN, "exit")
    await world.worker.step()
    async with asyncio.timeout(5):
        while not await world.states():
            await asyncio.sleep(0.01)
    hang.set()
    await asyncio.wait(list(world.worker._busy.values()))


async def test_a_dead_rasa_holds_up_no_exit(world: World) -> None:
    world.nlu.down = True
    await world.says(WOMAN, "exit")
    await world.work()
    assert len(world.platform.texts(WOMAN)) == 1
    assert len([t for t, _ in world.desk.heard if t == "exit"]) == 1


async def test_r07_whoever_comes_back_is_a_stranger(world: World) -> None:
    await world.says(WOMAN, "hello", "exit", "hello again")
    await world.work()
    person = world.desk.heard[-1][1]
    assert (person.greeted, person.heard, person.lang, person.misses, person.awaiting) == (False, None, None, 0, None)


async def test_r03_a_quiet_guest_is_cleared_by_the_clock_and_forgotten(world: World) -> None:
    await world.says(WOMAN, "hello")
    await world.work()
    world.clock.advance(minutes=59)
    await world.housekeeping.clear_quiet_chats()
    await world.work()
    assert world.platform.deleted == []
    world.clock.advance(minutes=2)
    await world.housekeeping.clear_quiet_chats()
    await world.work()
    assert len(world.platform.deleted) == 2
    assert world.platform.screen(WOMAN) == []
    assert await world.row(WOMAN) is None, "nothing of them is kept any more"
    assert world.nlu.forgotten == [world.hash(WOMAN)]
    assert len(world.platform.sent) == 1, "and nothing is sent"


async def test_r03_an_officer_is_not_cleared_by_the_clock(world: World) -> None:
    await world.person(OFFICER, role="officer")
    await world.says(OFFICER, "hello")
    await world.work()
    world.clock.advance(hours=46, minutes=50)
    await world.housekeeping.clear_quiet_chats()
    await world.work()
    assert world.platform.deleted == []


@pytest.mark.parametrize("quiet", [60, 100_000])
async def test_r03_nothing_is_on_a_guests_screen_at_hour_47_whatever_they_do(world: World, quiet: int) -> None:
    """Three people: one silent, one writing every half hour, one every five hours; the clock ticks as it does in `run`."""
    silent, busy, now_and_then = WOMAN, NOISY, 4242
    for person in (silent, busy, now_and_then):
        await world.says(person, "first")
    await world.work()
    for person in (silent, busy, now_and_then):
        await world.person(person, quiet_minutes=quiet)
    for half_hour in range(1, 2 * 60):
        world.clock.advance(minutes=30)
        if half_hour % 10 == 0:
            await world.says(now_and_then, "again")
        await world.says(busy, "again")
        await world.work()
        await world.person(busy, quiet_minutes=quiet)
        await world.housekeeping.clear_quiet_chats()
        await world.work()
        gone = {number for _, number in world.platform.deleted}
        old = [s for s in world.platform.sent if world.clock() - s.at > 47 * 3600 and not gone & set(s.ids)]
        assert old == []
    assert len(world.platform.screen(busy)) > 20, "and who talks keeps what is new"


async def test_a_reply_to_someone_who_writes_while_being_cleared_is_not_lost(world: World) -> None:
    await world.says(WOMAN, "hello")
    await world.work()
    world.clock.advance(minutes=61)
    await world.housekeeping.clear_quiet_chats()
    await world.says(WOMAN, "crisis")
    await world.work()
    assert any("911" in text for text in world.platform.texts(WOMAN))
    assert await world.row(WOMAN) is not None


async def test_a_clearing_that_fails_is_tried_until_it_is_done(world: World) -> None:
    await world.says(WOMAN, "hello")
    await world.work()
    world.platform.delete_fails.extend([Unavailable(), Unavailable()])
    await world.says(WOMAN, "exit")
    for _ in range(10):
        await world.work()
        world.clock.advance(2)
    assert len(world.platform.screen(WOMAN)) == 1
    assert len(world.platform.texts(WOMAN)) == 2


# -- R6 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["exit", "block", "refused"])
@pytest.mark.parametrize("lane", [queues.SURVIVOR, queues.REPLY, queues.TRAINING])
async def test_r06_after_exit_or_block_nothing_is_sent_until_they_write_again(
    world: World, how: str, lane: int
) -> None:
    await world.says(WOMAN, "hello")
    await world.work()
    if how == "exit":
        await world.says(WOMAN, "exit")
    elif how == "block":
        await world.platform_says(blocked, WOMAN)
    else:
        world.platform.fails.append(Refused())
        await world.queue(WOMAN, "refused")
    await world.work()
    before = len(world.platform.texts(WOMAN))
    for number in range(5):
        world.clock.advance(minutes=7)
        await world.queue(WOMAN, f"later{number}", lane=lane)
        await world.housekeeping.clear_quiet_chats()
        await world.work()
    assert len(world.platform.texts(WOMAN)) == before
    await world.says(WOMAN, "back")
    await world.queue(WOMAN, "after", lane=lane)
    await world.work()
    assert seen_as("back") in world.platform.texts(WOMAN)[before:]
    await world.queue(WOMAN, "now", lane=lane)
    await world.work()
    assert seen_as("now") in world.platform.texts(WOMAN)[before:]


async def test_r06_who_writes_right_after_leaving_is_answered(world: World) -> None:
    await world.says(WOMAN, "exit", "one more thing")
    await world.work()
    assert world.platform.texts(WOMAN)[-1] == seen_as("one more thing")


async def test_r06_blocking_and_unblocking_at_once_keeps_the_answer(world: World) -> None:
    await world.says(WOMAN, "hello")
    await world.platform_says(blocked, WOMAN)
    await world.platform_says(blocked, WOMAN, "member")
    await world.says(WOMAN, "back")
    await world.work()
    assert world.platform.texts(WOMAN)[-1] == seen_as("back")
    assert (await world.row(WOMAN)).blocked == 0


@pytest.mark.parametrize("deleting", ["works", "fails"])
async def test_r06_what_was_on_its_way_while_they_left_is_taken_back(world: World, deleting: str) -> None:
    """The send is under way when the exit is handled: the message appears, and is deleted again."""
    sending, go = asyncio.Event(), asyncio.Event()

    async def slow(where: int, text: str) -> None:
        if text == seen_as("hello"):
            sending.set()
            await go.wait()

    world.platform.hook = slow
    await world.says(WOMAN, "hello")
    await world.worker.drain()
    await world.sender.step()
    await sending.wait()
    await world.says(WOMAN, "exit")
    await world.worker.drain()
    await world.sender.step()
    for _ in range(100):
        if len(world.platform.deleted) >= 2:
            break
        await asyncio.sleep(0.01)
    if deleting == "fails":
        world.platform.delete_fails.append(Unavailable())
    go.set()
    await asyncio.wait(list(world.sender._busy))
    await world.work()
    assert seen_as("hello") in world.platform.texts(WOMAN)
    assert seen_as("hello") not in world.platform.screen(WOMAN)


async def test_r06_nothing_unprompted_makes_a_sound_unless_it_says_so(world: World) -> None:
    await world.person(WOMAN)
    content = {"part": ["message:role.now", 0, {"role": "x"}], "lang": "en", "role": "guest", "silent": True}
    await world.queue(WOMAN, "quiet", content=content)
    await world.work()
    assert [s.silent for s in world.platform.sent] == [True]


# -- R23 -------------------------------------------------------------------------------------------------------------


async def test_r23_erase_answers_the_same_whether_or_not_anything_was_there(world: World) -> None:
    await world.says(WOMAN, *(f"m{n}" for n in range(4)))
    await world.work()
    known = len(world.platform.texts(WOMAN))
    await world.says(WOMAN, "erase")
    await world.says(NOISY, "erase")
    await world.work()
    assert world.platform.texts(WOMAN)[known:] == world.platform.texts(NOISY)
    assert "Everything kept for this chat is erased" in world.platform.texts(NOISY)[0]


@pytest.mark.parametrize("written", ["/erase", "/borrar", "c:erase"])
async def test_r23_the_real_desk_answers_a_stranger_and_a_known_chat_alike(written: str) -> None:
    from bot.desk import Desk
    from bot.library import loading
    from bot.nlu import NoNlu
    from bot.stages.context import Incoming, Person

    desk = Desk(loading.shared(), NoNlu(), floors.shared(), leaving.shared())
    message = Incoming("x", "" if written.startswith("c:") else written, written if written.startswith("c:") else None)
    people = [Person(), Person(greeted=True), Person(greeted=True, misses=3, heard="en", awaiting=None)]
    outcomes = [await desk.answer(message, person) for person in people]
    assert all(outcome.replies == outcomes[0].replies for outcome in outcomes)
    assert [part.content for reply in outcomes[0].replies for part in reply.parts] == ["message:erase.done"]


@pytest.mark.parametrize("role", ["officer", "coordinator"])
@pytest.mark.parametrize("written", ["/erase", "/borrar", "c:erase"])
async def test_r23_an_officer_is_answered_as_officers_are_whatever_was_there(role: str, written: str) -> None:
    from bot.desk import Desk
    from bot.library import loading
    from bot.nlu import NoNlu
    from bot.stages.context import Incoming, Person

    desk = Desk(loading.shared(), NoNlu(), floors.shared(), leaving.shared())
    message = Incoming("x", "" if written.startswith("c:") else written, written if written.startswith("c:") else None)
    people = [Person(role), Person(role, greeted=True, misses=3, heard="en")]
    outcomes = [await desk.answer(message, person) for person in people]
    assert outcomes[0].replies == outcomes[1].replies
    assert [part.content for reply in outcomes[0].replies for part in reply.parts] == ["message:erase.done.officer"]


async def test_r23_erasing_leaves_only_what_the_answer_needs_and_then_nothing(world: World) -> None:
    await world.says(WOMAN, "hello", "and more")
    await world.work()
    await world.person(WOMAN, lang="es", misses=2, quiet_minutes=600)
    await world.queue(WOMAN, "waiting", not_before=world.clock() + 600)
    await world.says(WOMAN, "erase")
    await world.work()
    name = world.hash(WOMAN)
    row = await world.row(WOMAN)
    assert (row.lang, row.heard, row.greeted, row.misses, row.awaiting, row.quiet_minutes) == (
        None,
        None,
        0,
        0,
        None,
        60,
    )
    left = await _everything_about(world, name)
    assert set(left) == {"chat", "inbox", "outbox", "sent"}
    assert len(left["sent"]) == 1, "the answer itself, so that the clock can clear it"
    assert all(r[6] is None or r[4] is None for r in left["inbox"]), "no message is kept"
    bodies = await world.database.read(lambda c: list(c.scalars(select(schema.inbox.c.body))))
    assert set(bodies) == {None}
    contents = await world.database.read(lambda c: set(c.scalars(select(schema.outbox.c.content))))
    assert contents == {"{}"}
    assert "waiting" not in await world.states()
    world.clock.advance(minutes=62)
    await world.housekeeping.clear_quiet_chats()
    await world.work()
    assert set(await _everything_about(world, name)) <= {"inbox", "outbox"}, "only numbers against repeats"
    world.clock.advance(hours=25)
    await world.housekeeping.purge()
    assert await _everything_about(world, name) == {}


async def test_r23_erase_clears_the_screen_and_rasa(world: World) -> None:
    await world.says(WOMAN, "hello")
    await world.work()
    await world.says(WOMAN, "erase")
    await world.work()
    assert len(world.platform.screen(WOMAN)) == 1
    assert world.nlu.forgotten == [world.hash(WOMAN)]


async def test_r23_a_guest_who_never_comes_back_is_gone_after_two_days(world: World) -> None:
    await world.says(WOMAN, "hello")
    await world.work()
    world.platform.fails.append(Refused())
    await world.says(WOMAN, "hello?")
    await world.work()
    assert (await world.row(WOMAN)).blocked == 1
    for _ in range(50):
        world.clock.advance(hours=1)
        await world.housekeeping.clear_quiet_chats()
        await world.work()
        await world.housekeeping.purge()
    assert await world.database.read(lambda c: c.execute(select(chat)).all()) == []
    assert await world.database.read(lambda c: c.execute(select(sent)).all()) == []
    assert await _everything_about(world, world.hash(WOMAN)) == {}
