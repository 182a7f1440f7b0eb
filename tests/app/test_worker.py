"""Inbox → desk → outbox: one transaction, one at a time for a chat, nobody waits for somebody else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.desk import Outcome
from bot.library.replies import Effect, Part, Reply
from bot.store import queues
from bot.store.schema import inbox, outbox
from bot.worker import MAX_ATTEMPTS
from tests.app.parts import NOISY, OFFICER, WOMAN, World, blocked, seen_as


async def test_a_message_is_answered(world: World) -> None:
    await world.says(WOMAN, "hello")
    await world.work()
    assert world.platform.texts(WOMAN) == [seen_as("hello")]
    row = await world.row(WOMAN)
    assert (row.greeted, row.heard) == (1, "en"), "what the desk wants remembered is"
    assert await world.database.read(lambda c: c.execute(select(inbox.c.state, inbox.c.body)).all()) == [
        (queues.DONE, None)
    ]


async def test_reply_and_mark_are_one_transaction(world: World) -> None:
    """Where the replies cannot be queued, the message is not handled either, and the other way round."""
    broken = Outcome([Reply("help_menu", [Part("message:x", params={"bad": object()})])], [], {"lang": "es"})
    world.desk.says["bad"] = broken
    await world.says(WOMAN, "bad")
    await world.worker.step()
    await asyncio.wait(list(world.worker._busy.values()))
    assert await world.database.read(lambda c: c.execute(select(inbox.c.state)).all()) == [(queues.WAITING,)]
    assert await world.states() == {}
    assert (await world.row(WOMAN)).lang is None


async def test_r13_what_cannot_be_handled_gets_the_safety_reply_and_the_next_is_read(world: World) -> None:
    async def fails(text: str) -> None:
        if text == "bad":
            raise RuntimeError("the words: bad")

    world.desk.hook = fails
    await world.says(WOMAN, "bad", "good")
    await world.work()
    assert len([text for text, _ in world.desk.heard if text == "bad"]) == MAX_ATTEMPTS
    degraded, answer = world.platform.texts(WOMAN)
    assert "1-888-373-7888" in degraded
    assert answer == seen_as("good")


async def test_the_next_message_knows_what_the_last_one_changed(world: World) -> None:
    world.desk.says["one"] = Outcome([], [Effect("set_lang", "es")], {"misses": 2, "awaiting": "check"})
    await world.says(WOMAN, "one", "two")
    await world.work()
    person = dict(world.desk.heard)["two"]
    assert (person.lang, person.misses, person.awaiting) == ("es", 2, "check")


async def test_replies_of_one_message_keep_their_order_in_one_lane(world: World) -> None:
    parts = [Reply("x", [Part("message:role.now", params={"role": n})], urgent=n == "b") for n in "abc"]
    world.desk.says["three"] = Outcome(parts)
    await world.person(OFFICER, role="officer")
    await world.says(OFFICER, "three")
    await world.work()
    assert world.platform.texts(OFFICER) == [seen_as(n) for n in "abc"]
    lanes = await world.database.read(lambda c: set(c.scalars(select(outbox.c.lane))))
    assert lanes == {queues.SURVIVOR}, "the most urgent among them"


async def test_guests_go_before_officers(world: World) -> None:
    await world.person(OFFICER, role="officer")
    await world.says(OFFICER, "a")
    await world.says(WOMAN, "b")
    await world.work()
    lanes = dict(await world.database.read(lambda c: c.execute(select(outbox.c.chat, outbox.c.lane)).all()))
    assert lanes == {world.hash(OFFICER): queues.REPLY, world.hash(WOMAN): queues.SURVIVOR}


async def test_same_chat_in_order_and_chats_side_by_side(world: World) -> None:
    gate, order, most = asyncio.Event(), [], 0
    under_way: set[str] = set()

    async def slow(text: str) -> None:
        nonlocal most
        under_way.add(text)
        most = max(most, len(under_way))
        await gate.wait()
        order.append(text)
        under_way.discard(text)

    world.desk.hook = slow
    for number in range(3):
        for chat in range(5):
            await world.says(100 + chat, f"{chat}.{number}")
    await world.worker.step()
    await asyncio.sleep(0.01)
    assert most == 5, "five chats at once, one message each"
    gate.set()
    await world.worker.drain()
    for chat in range(5):
        assert [text for text in order if text.startswith(f"{chat}.")] == [f"{chat}.{n}" for n in range(3)]


async def test_r63_a_slow_or_flooding_chat_does_not_delay_anothers_crisis(world: World) -> None:
    stuck = asyncio.Event()

    async def hangs(text: str) -> None:
        if text.startswith("noise"):
            await stuck.wait()

    world.desk.hook = hangs
    await world.says(NOISY, *(f"noise {n}" for n in range(15)))
    await world.worker.step()
    await world.says(WOMAN, "crisis")
    assert await world.worker.step() == 1
    await asyncio.sleep(0.05)
    await world.sender.step()
    await asyncio.wait(list(world.sender._busy))
    assert any("911" in text for text in world.platform.texts(WOMAN))
    assert world.platform.texts(NOISY) == []
    stuck.set()
    await asyncio.wait(list(world.worker._busy.values()))


async def test_r63_many_answers_to_one_chat_do_not_delay_anothers_crisis(world: World) -> None:
    for number in range(300):
        await world.queue(NOISY, f"bulk{number}", lane=queues.SURVIVOR)
    await world.person(NOISY)
    before = world.clock()
    await world.says(WOMAN, "crisis")
    for _ in range(6):
        await world.once()
        world.clock.advance(0.05)
    shown = [s for s in world.platform.sent if s.chat == WOMAN]
    assert len(shown) == 1
    assert shown[0].at - before < 0.5
    assert len(world.platform.texts(NOISY)) <= 6, "one message of a chat at a time"


async def test_in_a_flood_danger_and_exit_are_still_read(world: World) -> None:
    await world.says(NOISY, *(f"noise {n}" for n in range(30)), "crisis", *(f"more {n}" for n in range(30)))
    await world.work()
    texts = world.platform.texts(NOISY)
    assert any("911" in text and "writing fast" not in text for text in texts)
    assert len(texts) < 30, "what is no danger is not answered while somebody floods"
    assert 1 <= sum("writing fast" in text for text in texts) <= 2, "but they are told so, once a minute"


async def test_a_message_whose_key_is_gone_is_given_up_and_the_next_is_read(world: World) -> None:
    await world.says(WOMAN, "old")
    world.clock.advance(hours=25)
    world.keys.destroy_old()
    await world.says(WOMAN, "new")
    await world.work()
    assert world.platform.texts(WOMAN) == [seen_as("new")]


async def test_a_tampered_message_is_given_up_and_the_next_is_read(world: World) -> None:
    await world.says(WOMAN, "one", "two")
    first = (await world.database.read(lambda c: c.execute(select(inbox).order_by(inbox.c.id)).all()))[0]
    await world.database.write(
        lambda c: c.execute(
            inbox.update().where(inbox.c.id == first.id).values(body=first.body[:-1] + bytes([first.body[-1] ^ 1]))
        )
    )
    await world.work()
    assert world.platform.texts(WOMAN) == [seen_as("two")]


async def test_a_group_is_left_politely_and_forgotten(world: World) -> None:
    group = -100_500
    message = {
        "update_id": 7,
        "message": {"message_id": 1, "date": 1, "chat": {"id": group, "type": "group"}, "text": "hi"},
    }
    assert await world.receiver.take([message])
    await world.work()
    assert world.platform.left == [group]
    assert len(world.platform.texts(group)) == 1
    assert await world.row(group) is None


async def test_an_invitation_changes_the_role_in_the_same_transaction(world: World) -> None:
    code = await world.database.write(lambda c: world.chats.invite(c, "officer", world.clock() + 60))
    invite = Outcome([Reply("help_menu", [Part("message:invite.invalid")])], [Effect("invite", code)])
    world.desk.says["start"] = invite
    await world.says(OFFICER, "start")
    await world.says(WOMAN, "start")
    await world.work()
    assert "as an officer" in world.platform.texts(OFFICER)[0]
    assert "does not work here" in world.platform.texts(WOMAN)[0]
    assert (await world.row(OFFICER)).role == "officer"
    assert (await world.row(WOMAN)).role == "guest"


async def test_a_store_that_is_locked_for_a_while_stops_nothing_for_good(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run` survives errors of the store, and no message stays taken because its outcome could not be written."""
    failing = 0
    real = world.database.write

    async def sometimes(work: Any) -> Any:
        nonlocal failing
        if failing > 0:
            failing -= 1
            raise OperationalError("x", None, Exception("locked"))
        return await real(work)

    monkeypatch.setattr(world.database, "write", sometimes)
    monkeypatch.setattr("bot.worker.SETTLE_SECONDS", (0.01,))
    worker = asyncio.create_task(world.worker.run())
    await world.says(WOMAN, "one")

    async def breaks(_: str) -> None:
        nonlocal failing
        world.desk.hook = None
        failing = 6

    world.desk.hook = breaks
    world.worker.wake.set()
    async with asyncio.timeout(10):
        while not await world.states():
            await asyncio.sleep(0.05)
    assert not worker.done()
    failing = 1
    await asyncio.sleep(0.7)
    assert not worker.done(), "taking failed once, too"
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    await world.work()
    assert world.platform.texts(WOMAN) == [seen_as("one")]


async def test_stopping_finishes_what_is_in_work(world: World) -> None:
    go = asyncio.Event()

    async def waits(_: str) -> None:
        await go.wait()

    world.desk.hook = waits
    await world.says(WOMAN, "one")
    worker = asyncio.create_task(world.worker.run())
    await asyncio.sleep(0.1)
    worker.cancel()
    await asyncio.sleep(0.02)
    assert not worker.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await worker
    assert len(await world.states()) == 1


async def test_r06_a_block_drops_what_waits_and_writing_again_lifts_it(world: World) -> None:
    await world.person(WOMAN)
    await world.queue(WOMAN, "waiting")
    await world.platform_says(blocked, WOMAN)
    await world.worker.drain()
    assert (await world.row(WOMAN)).blocked == 1
    await world.work()
    assert world.platform.texts(WOMAN) == []
    await world.says(WOMAN, "back")
    await world.work()
    assert world.platform.texts(WOMAN) == [seen_as("back")]
    assert (await world.row(WOMAN)).blocked == 0


# -- past the store --------------------------------------------------------------------------------------------------


@pytest.fixture
def told(world: World) -> list[tuple[int, list[str]]]:
    """What the worker has said past store and outbox: chat and content ids."""
    said: list[tuple[int, list[str]]] = []

    async def directly(chat: int, replies: list[Any], lang: str) -> bool:
        said.append((chat, [part.content for reply in replies for part in reply.parts]))
        return True

    world.worker.directly = directly
    return said


async def test_r13_what_is_stored_and_cannot_be_taken_is_answered_once(
    world: World, told: list[tuple[int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock came after the insert: nothing is written any more, and what waits can still be read."""
    await world.says(WOMAN, "crisis")
    await world.says(NOISY, "hello")
    await world.says(OFFICER, "exit")
    real = world.database.write

    async def locked(work: Any) -> Any:
        raise OperationalError("x", None, Exception("locked"))

    monkeypatch.setattr(world.database, "write", locked)
    task = asyncio.create_task(world.worker.run())
    async with asyncio.timeout(10):
        while len(told) < 2:
            world.worker.wake.set()
            await asyncio.sleep(0.01)
    for _ in range(20):
        world.worker.wake.set()
        await asyncio.sleep(0.01)
    assert sorted(told) == [
        (WOMAN, ["message:danger.emergency_now"]),
        (NOISY, ["message:danger.degraded"]),
    ], "each once; who leaves is told nothing before their screen is clear"
    monkeypatch.setattr(world.database, "write", real)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await world.work()
    assert seen_as("hello") in world.platform.texts(NOISY), "and once it is free everybody is answered as ever"
    assert any("911" in text for text in world.platform.texts(WOMAN))
    assert len(world.platform.screen(OFFICER)) == 1


async def test_r13_an_answer_that_cannot_be_written_down_is_said(
    world: World, told: list[tuple[int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = world.database.write

    async def lock(text: str) -> None:
        monkeypatch.setattr(world.database, "write", locked)

    async def locked(work: Any) -> Any:
        raise OperationalError("x", None, Exception("locked"))

    world.desk.hook = lock
    await world.says(WOMAN, "crisis")
    await world.worker.step()
    async with asyncio.timeout(10):
        while not told:
            await asyncio.sleep(0.01)
    assert told == [(WOMAN, ["message:danger.emergency_now"])]
    world.desk.hook = None
    monkeypatch.setattr(world.database, "write", real)
    await asyncio.gather(*world.worker._busy.values())
    await world.work()
    assert any("911" in text for text in world.platform.texts(WOMAN)), (
        "a repeated danger reply is allowed, silence is not"
    )
    assert len(told) == 1


async def test_where_nothing_can_be_read_either_the_worker_goes_on(
    world: World, told: list[tuple[int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(work: Any) -> Any:
        raise OperationalError("x", None, Exception("gone"))

    await world.says(WOMAN, "crisis")
    for name in ("read", "write"):
        monkeypatch.setattr(world.database, name, gone)
    await world.worker._without_the_store()
    assert told == []
