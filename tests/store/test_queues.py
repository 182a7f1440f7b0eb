"""Inbox and outbox: unique, in order per chat, side by side across chats, leased, and never faster than allowed."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from bot.store import queues, schema
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.queues import ALERT, DEAD, DIGEST, DONE, LEASE, REPLY, SURVIVOR, TAKEN, TRAINING, WAITING
from bot.store.schema import chat, inbox, outbox, sent
from tests.store.virtual import HOUR, START, VirtualClock

pytestmark = pytest.mark.store
RULE = settings(derandomize=True, deadline=None, max_examples=25, database=None)


def letter(number: int, chat_hash: str = "a", **values: Any) -> dict[str, Any]:
    row = {"channel": "telegram", "update_id": str(number), "chat": chat_hash, "body": b"sealed", "key_name": "queue/1"}
    return {**row, "received_at": START, "urgent": 0, "state": WAITING, "attempts": 0, **values}


def message(name: str, chat_hash: str = "a", lane: int = REPLY, **values: Any) -> dict[str, Any]:
    return {"dedupe": name, "chat": chat_hash, "lane": lane, "content": {"n": name}, "created_at": START, **values}


def _states(connection: Connection, table: Any) -> dict[str, int]:
    column = table.c.dedupe if table is outbox else table.c.update_id
    return dict(connection.execute(select(column, table.c.state)).all())


def _empty() -> Engine:
    """A database in memory for the rules: thousands of small steps, no disk."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    schema.metadata.create_all(engine)
    return engine


async def patiently(database: Database, work: Any) -> Any:
    """SQLite lets one write at a time and is not fair: with four processes at it, one may wait too long and must ask again."""
    for _ in range(20):
        try:
            return await database.write(work)
        except OperationalError:
            assert database.is_sqlite
    raise TimeoutError


# -- inbox -----------------------------------------------------------------------------------------------------------


async def test_an_update_is_stored_once_however_often_it_comes(database: Database) -> None:
    assert await database.write(lambda c: queues.put_in(c, [letter(1), letter(2), letter(1)])) == 2
    assert await database.write(lambda c: queues.put_in(c, [letter(2), letter(3)])) == 1
    assert await database.write(lambda c: queues.put_in(c, [letter(1, channel="other")])) == 1
    assert await database.write(lambda c: queues.put_in(c, [])) == 0
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(inbox))) == 4


async def test_an_update_that_was_handled_is_still_known(database: Database) -> None:
    await database.write(lambda c: queues.put_in(c, [letter(1)]))
    row = (await database.write(lambda c: queues.take_in(c, 5, set())))[0]
    await database.write(lambda c: queues.handled(c, row.id))
    assert await database.write(lambda c: queues.put_in(c, [letter(1)])) == 0
    assert await database.write(lambda c: queues.take_in(c, 5, set())) == []
    assert await database.read(lambda c: c.scalar(select(inbox.c.body))) is None, "its words went with the handling"


async def test_one_message_a_chat_at_a_time_and_chats_side_by_side(database: Database) -> None:
    rows = [letter(n, chat_hash) for n, chat_hash in enumerate("aabacb")]
    await database.write(lambda c: queues.put_in(c, rows))
    first = await database.write(lambda c: queues.take_in(c, 10, set()))
    assert [(r.chat, r.update_id) for r in first] == [("a", "0"), ("b", "2"), ("c", "4")]
    assert await database.write(lambda c: queues.take_in(c, 10, set())) == []
    await database.write(lambda c: queues.handled(c, first[0].id))
    second = await database.write(lambda c: queues.take_in(c, 10, set()))
    assert [(r.chat, r.update_id, r.attempts) for r in second] == [("a", "1", 1)]


async def test_a_chat_in_work_here_is_skipped_and_the_limit_holds(database: Database) -> None:
    await database.write(lambda c: queues.put_in(c, [letter(n, f"chat{n}") for n in range(9)]))
    assert len(await database.write(lambda c: queues.take_in(c, 4, set()))) == 4
    left = await database.write(lambda c: queues.take_in(c, 9, {"chat4", "chat5"}))
    assert [r.chat for r in left] == ["chat6", "chat7", "chat8"]


async def test_what_a_killed_process_had_taken_waits_again(database: Database) -> None:
    await database.write(lambda c: queues.put_in(c, [letter(1), letter(2)]))
    await database.write(lambda c: queues.take_in(c, 5, set()))
    assert await database.write(queues.release) == 1
    again = await database.write(lambda c: queues.take_in(c, 5, set()))
    assert [(r.update_id, r.attempts) for r in again] == [("1", 2)]


STEPS = st.lists(st.tuples(st.sampled_from(["put", "take", "done", "again", "kill"]), st.integers(0, 3)), max_size=40)


@given(steps=STEPS)
@RULE
def test_any_interleaving_keeps_the_order_of_a_chat_and_loses_nothing(steps: list[tuple[str, int]]) -> None:
    engine = _empty()
    put: dict[str, list[int]] = defaultdict(list)
    handled: dict[str, list[int]] = defaultdict(list)
    work: list[Any] = []
    with engine.connect() as connection:
        for number, (step, which) in enumerate([*steps, ("kill", 0)] + [("take", 3), ("done", 0)] * 45):
            name = "abcd"[which]
            if step == "put":
                queues.put_in(connection, [letter(number, name)])
                put[name].append(number)
            elif step == "take":
                taken = queues.take_in(connection, which + 1, set())
                work += taken
                assert len({row.chat for row in work}) == len(work), "never two of a chat in work"
            elif work and step == "done":
                row = work.pop(which % len(work))
                handled[row.chat].append(int(row.update_id))
                queues.handled(connection, row.id)
            elif work and step == "again":
                row = work.pop(which % len(work))
                connection.execute(inbox.update().where(inbox.c.id == row.id).values(state=WAITING))
            elif step == "kill":
                queues.release(connection)
                work.clear()
    assert handled == put
    engine.dispose()


async def test_two_processes_never_take_the_same_message_nor_a_later_one_of_its_chat(url: str, many: Any) -> None:
    """Four takers on connections of their own, in any interleaving that the machine makes."""
    dice = random.Random(7)
    first = many()
    put = {f"c{n}": [] for n in range(8)}  # type: dict[str, list[int]]
    rows = []
    for number in range(80):
        name = dice.choice(list(put))
        put[name].append(number)
        rows.append(letter(number, name))
    await first.write(lambda c: queues.put_in(c, rows))
    done: dict[str, list[int]] = defaultdict(list)
    in_work: Counter[str] = Counter()

    async def taker(database: Database) -> None:
        idle = 0
        while idle < 8:
            taken = await patiently(database, lambda c: queues.take_in(c, 3, set()))
            idle = idle + 1 if not taken else 0
            for row in taken:
                in_work[row.chat] += 1
                assert in_work[row.chat] == 1
            for row in taken:
                await asyncio.sleep(0)
                done[row.chat].append(int(row.update_id))
                in_work[row.chat] -= 1
                await patiently(database, lambda c, i=row.id: queues.handled(c, i))

    await asyncio.gather(*(taker(database) for database in [first, many(), many(), many()]))
    assert done == {name: numbers for name, numbers in put.items() if numbers}


async def test_leaving_drops_what_was_written_before_and_not_what_comes_after(database: Database) -> None:
    await database.write(lambda c: queues.put_in(c, [letter(n) for n in range(4)] + [letter(9, "b")]))
    ids = dict(await database.read(lambda c: c.execute(select(inbox.c.update_id, inbox.c.id)).all()))
    await database.write(lambda c: queues.drop_waiting_in(c, "a", ids["2"]))
    assert await database.read(lambda c: _states(c, inbox)) == {
        "0": DONE,
        "1": DONE,
        "2": WAITING,
        "3": WAITING,
        "9": WAITING,
    }
    bodies = await database.read(lambda c: dict(c.execute(select(inbox.c.update_id, inbox.c.body)).all()))
    assert bodies["0"] is None
    assert bodies["2"] is not None


# -- outbox ----------------------------------------------------------------------------------------------------------


async def test_the_same_message_twice_is_one(database: Database) -> None:
    assert await database.write(lambda c: queues.put_out(c, [message("x"), message("y", "b"), message("x")])) == 2
    assert await database.write(lambda c: queues.put_out(c, [message("x")])) == 0
    row = (await database.write(lambda c: queues.take_out(c, START, 5)))[0]
    await database.write(lambda c: queues.finish_out(c, row.id))
    assert await database.write(lambda c: queues.put_out(c, [message("x")])) == 0, "also once it has gone"
    assert await database.write(lambda c: queues.put_out(c, [])) == 0


async def test_lanes_go_first_then_age(database: Database) -> None:
    lanes = [DIGEST, TRAINING, REPLY, ALERT, SURVIVOR, REPLY, SURVIVOR]
    await database.write(lambda c: queues.put_out(c, [message(f"m{i}", f"c{i}", lane) for i, lane in enumerate(lanes)]))
    order = []
    for _ in lanes:
        row = (await database.write(lambda c: queues.take_out(c, START, 1)))[0]
        order.append(row.dedupe)
    assert order == ["m4", "m6", "m3", "m2", "m5", "m1", "m0"]
    assert await database.write(lambda c: queues.take_out(c, START, 9)) == []


async def test_an_urgent_message_is_found_at_once_behind_three_thousand(database: Database) -> None:
    rows = [message(f"bulk{n}", f"c{n % 40}", TRAINING) for n in range(3000)]
    for start in range(0, 3000, 500):
        some = rows[start : start + 500]
        await database.write(partial(queues.put_out, rows=some))
    await database.write(lambda c: queues.put_out(c, [message("urgent", "woman", SURVIVOR)]))
    started = time.perf_counter()
    taken = await database.write(lambda c: queues.take_out(c, START, 1))
    assert [r.dedupe for r in taken] == ["urgent"]
    assert time.perf_counter() - started < 3


async def test_messages_of_a_chat_keep_their_order_within_a_lane(database: Database) -> None:
    await database.write(lambda c: queues.put_out(c, [message(f"m{n}") for n in range(3)]))
    await database.write(lambda c: queues.put_out(c, [message("urgent", lane=SURVIVOR)]))
    first = await database.write(lambda c: queues.take_out(c, START, 9))
    assert [r.dedupe for r in first] == ["urgent", "m0"]
    await database.write(lambda c: queues.retry_out(c, first[1].id, START + 5))
    assert await database.write(lambda c: queues.take_out(c, START, 9)) == [], "m1 does not overtake m0"
    assert [r.dedupe for r in await database.write(lambda c: queues.take_out(c, START + 5, 9))] == ["m0"]


async def test_a_lease_ends_and_another_takes_over(database: Database) -> None:
    await database.write(lambda c: queues.put_out(c, [message("m")]))
    assert len(await database.write(lambda c: queues.take_out(c, START, 9))) == 1
    assert await database.write(lambda c: queues.take_out(c, START + LEASE - 0.1, 9)) == []
    again = await database.write(lambda c: queues.take_out(c, START + LEASE, 9))
    assert [(r.dedupe, r.attempts) for r in again] == [("m", 2)]


@pytest.mark.parametrize(
    ("lane", "twice"), [(SURVIVOR, True), (ALERT, True), (REPLY, True), (TRAINING, False), (DIGEST, False)]
)
@pytest.mark.parametrize("how", ["lease", "restart"])
async def test_after_an_unknown_outcome_urgent_goes_again_and_training_does_not(
    database: Database, lane: int, twice: bool, how: str
) -> None:
    await database.write(lambda c: queues.put_out(c, [message("m", lane=lane)]))
    await database.write(lambda c: queues.take_out(c, START, 9))
    later = START + LEASE
    if how == "restart":
        await database.write(queues.release)
        later = START + 1
    again = await database.write(lambda c: queues.take_out(c, later, 9))
    assert bool(again) is twice
    assert (await database.read(lambda c: _states(c, outbox)))["m"] == (TAKEN if twice else DEAD)


async def test_a_training_message_that_surely_did_not_go_is_tried_again(database: Database) -> None:
    await database.write(lambda c: queues.put_out(c, [message("m", lane=TRAINING)]))
    row = (await database.write(lambda c: queues.take_out(c, START, 9)))[0]
    await database.write(lambda c: queues.retry_out(c, row.id, START + 1))
    assert len(await database.write(lambda c: queues.take_out(c, START + 1, 9))) == 1


async def test_a_row_that_was_finished_is_not_brought_back(database: Database) -> None:
    await database.write(lambda c: queues.put_out(c, [message("m")]))
    row = (await database.write(lambda c: queues.take_out(c, START, 9)))[0]
    await database.write(lambda c: queues.finish_out(c, row.id))
    await database.write(lambda c: queues.retry_out(c, row.id, 0.0))
    assert await database.write(lambda c: queues.take_out(c, START + HOUR, 9)) == []
    assert await database.read(lambda c: c.scalar(select(outbox.c.content))) == "{}", "it holds nothing any more"


async def test_not_before_is_kept(database: Database) -> None:
    await database.write(lambda c: queues.put_out(c, [message("m", not_before=START + 60)]))
    assert await database.write(lambda c: queues.take_out(c, START + 59, 9)) == []
    assert len(await database.write(lambda c: queues.take_out(c, START + 60, 9))) == 1


async def test_leaving_drops_all_that_waits_also_what_is_on_its_way(database: Database) -> None:
    await database.write(lambda c: queues.put_out(c, [message(f"m{n}", "a", lane) for n, lane in enumerate((0, 2, 5))]))
    await database.write(lambda c: queues.put_out(c, [message("other", "b")]))
    taken = await database.write(lambda c: queues.take_out(c, START, 1))
    assert await database.write(lambda c: queues.drop_waiting(c, "a")) == 3
    assert await database.write(lambda c: queues.finish_out(c, taken[0].id)) is False, (
        "the sender learns that it is gone"
    )
    assert list(await database.read(lambda c: _states(c, outbox))) == ["other"]


async def test_the_number_of_a_dropped_row_is_never_given_again(database: Database) -> None:
    """Found by `test_r06_what_was_on_its_way…`: a late `finish_out` of a dropped row finished somebody else's message."""
    await database.write(lambda c: queues.put_out(c, [message("dropped", "a")]))
    taken = (await database.write(lambda c: queues.take_out(c, START, 1)))[0]
    await database.write(lambda c: queues.drop_waiting(c, "a"))
    await database.write(lambda c: queues.put_out(c, [message("another's", "b", SURVIVOR)]))
    assert await database.write(lambda c: queues.finish_out(c, taken.id)) is False
    assert await database.read(lambda c: _states(c, outbox)) == {"another's": WAITING}


async def test_the_number_of_a_purged_message_is_never_given_again(database: Database) -> None:
    """Replies are known by the number of their message: the same number again would drop them as a repeat."""
    await database.write(lambda c: queues.put_in(c, [letter(1)]))
    first = (await database.write(lambda c: queues.take_in(c, 1, set())))[0]
    await database.write(lambda c: queues.purge(c, START + 25 * HOUR))
    await database.write(lambda c: queues.put_in(c, [letter(2, received_at=START + 25 * HOUR)]))
    second = (await database.write(lambda c: queues.take_in(c, 1, set())))[0]
    assert second.id > first.id


async def test_two_processes_never_send_the_same_row(url: str, many: Any) -> None:
    first = many()
    await first.write(lambda c: queues.put_out(c, [message(f"m{n}", f"c{n % 30}") for n in range(100)]))
    taken: Counter[str] = Counter()

    async def sender(database: Database) -> None:
        idle = 0
        while idle < 5:
            rows = await patiently(database, lambda c: queues.take_out(c, START, 7))
            idle = idle + 1 if not rows else 0
            for row in rows:
                taken[row.dedupe] += 1
                await patiently(database, lambda c, i=row.id: queues.finish_out(c, i))

    await asyncio.gather(*(sender(database) for database in [first, many(), many(), many()]))
    assert len(taken) == 100
    assert set(taken.values()) == {1}


# -- the shared budget -----------------------------------------------------------------------------------------------


@pytest.fixture
def memory() -> Iterator[Connection]:
    engine = _empty()
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def most_in_a_second(times: list[float]) -> int:
    return max((sum(1 for other in times if at <= other < at + 1.0 - 1e-9) for at in times), default=0)


@given(
    rate=st.sampled_from([2.0, 5.0, 25.0, 30.0]),
    steps=st.lists(
        st.tuples(st.integers(0, 3), st.floats(0, 0.3), st.integers(0, 40), st.floats(-0.2, 0.2), st.integers(0, 40)),
        min_size=20,
        max_size=80,
    ),
)
@RULE
def test_four_senders_together_are_never_above_the_rate_in_any_second(
    rate: float, steps: list[tuple[int, float, int, float, int]]
) -> None:
    """With the shares that `Sender` uses, clocks that differ and tokens given back."""
    burst = max(1.0, rate / 10)
    refill = max(rate - burst, rate / 2)
    engine, now, skew = _empty(), START, [0.0] * 4
    times: list[float] = []
    with engine.connect() as connection:
        for who, pause, wanted, drift, unused in steps:
            now += pause
            skew[who] = 0.0 if len(times) % 2 else min(0.0, drift)  # clocks behind the fastest by up to 0.2 s
            granted, wait = queues.take_tokens(connection, "bot", wanted, refill, burst, now + skew[who])
            assert 0 <= granted <= wanted
            assert wait >= 0
            back = min(unused, granted)
            queues.give_back_tokens(connection, "bot", back, burst)
            times += [now] * (granted - back)
    engine.dispose()
    assert most_in_a_second(times) <= rate


def test_over_time_the_rate_is_nearly_reached(memory: Connection) -> None:
    sent_messages, now = 0, START
    for _ in range(2000):
        granted, wait = queues.take_tokens(memory, "bot", 32, 22.5, 2.5, now)
        sent_messages += granted
        now += max(wait, 0.001)
    assert 22 <= sent_messages / (now - START) <= 25


def test_the_wait_that_is_named_is_enough(memory: Connection) -> None:
    queues.take_tokens(memory, "bot", 5, 10.0, 1.0, START)
    granted, wait = queues.take_tokens(memory, "bot", 1, 10.0, 1.0, START)
    assert granted == 0
    assert queues.take_tokens(memory, "bot", 1, 10.0, 1.0, START + wait - 0.01)[0] == 0
    assert queues.take_tokens(memory, "bot", 1, 10.0, 1.0, START + wait + 1e-6)[0] == 1


async def test_tokens_given_back_can_be_used_and_are_capped(database: Database) -> None:
    def take(connection: Connection) -> int:
        return queues.take_tokens(connection, "bot", 9, 1.0, 5.0, START)[0]

    assert await database.write(take) == 5
    await database.write(lambda c: queues.give_back_tokens(c, "bot", 2, 5.0))
    assert await database.write(take) == 2
    await database.write(lambda c: queues.give_back_tokens(c, "bot", 900, 5.0))
    assert await database.write(take) == 5


async def test_a_pause_holds_for_every_sender_and_is_never_shortened(database: Database) -> None:
    def take(at: float) -> Callable[[Connection], tuple[int, float]]:
        return lambda c: queues.take_tokens(c, "bot", 3, 10.0, 3.0, at)

    await database.write(take(START))
    await database.write(lambda c: queues.pause(c, "bot", START + 30))
    await database.write(lambda c: queues.pause(c, "bot", START + 3))
    assert await database.write(take(START + 10)) == (0, 20.0)
    assert (await database.write(take(START + 30)))[0] == 3
    assert (await database.write(lambda c: queues.take_tokens(c, "another bot", 3, 10.0, 3.0, START + 10)))[0] == 3


async def test_four_processes_share_one_budget(url: str, many: Any) -> None:
    parts = [many() for _ in range(4)]
    granted = await asyncio.gather(
        *(
            patiently(part, lambda c: queues.take_tokens(c, "bot", 1, 1.0, 10.0, START))
            for part in parts
            for _ in range(10)
        )
    )
    assert sum(count for count, _ in granted) == 10


# -- purge -----------------------------------------------------------------------------------------------------------


async def test_purge_takes_what_nobody_needs_and_nothing_else(
    database: Database, chats: Chats, clock: VirtualClock
) -> None:
    day = 24 * HOUR
    old, new = START, START + day

    def fill(connection: Connection) -> None:
        queues.put_in(
            connection, [letter(1, received_at=old), letter(2, received_at=old, state=DONE), letter(3, received_at=new)]
        )
        rows = [message("old-done", "a"), message("old-waiting", "b"), message("new-done", "c")]
        queues.put_out(connection, rows)
        queues.put_out(connection, [message("late", "d", lane=TRAINING, not_after=new - 1)])
        connection.execute(outbox.update().where(outbox.c.dedupe.like("%done")).values(state=DONE))
        connection.execute(outbox.update().where(outbox.c.dedupe == "new-done").values(created_at=new))
        chats.remember_id(connection, "a", "17", old)
        chats.remember_id(connection, "a", "18", new)

    await database.write(fill)
    counts = await database.write(lambda c: queues.purge(c, old + day + 1))
    assert counts == {"inbox": 2, "outbox": 1, "expired": 1, "ids": 0, "chats": 0}
    assert list(await database.read(lambda c: _states(c, inbox))) == ["3"]
    assert set(await database.read(lambda c: _states(c, outbox))) == {"old-waiting", "new-done"}
    assert (await database.write(lambda c: queues.purge(c, old + 2 * day + 1)))["ids"] == 1
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(sent))) == 1


async def test_a_guest_who_is_long_gone_is_a_stranger_again_and_an_officer_is_not(
    database: Database, chats: Chats
) -> None:
    def fill(connection: Connection) -> None:
        for name in ("gone", "shown", "waiting", "officer"):
            chats.seen(connection, name, "1", START)
        chats.seen(connection, "here", "1", START + 47 * HOUR)
        chats.change(connection, "officer", role="officer")
        chats.remember_id(connection, "shown", "17", START + 47 * HOUR)
        queues.put_out(connection, [message("m", "waiting")])

    await database.write(fill)
    counts = await database.write(lambda c: queues.purge(c, START + 48 * HOUR + 1))
    assert counts["chats"] == 1
    assert set(await database.read(lambda c: c.scalars(select(chat.c.chat)).all())) == {
        "shown",
        "waiting",
        "officer",
        "here",
    }


async def test_depth_is_numbers(database: Database) -> None:
    await database.write(lambda c: queues.put_in(c, [letter(1), letter(2)]))
    await database.write(lambda c: queues.put_out(c, [message("m")]))
    assert await database.read(queues.depth) == {"inbox": 2, "outbox": 1, "chats": 0}


def test_r25_the_schema_has_no_column_for_words_names_ages_or_places() -> None:
    """R25 and the rest: what may be text at all is named here; a new column has to be thought about."""
    texts = {
        f"{t.name}.{c.name}"
        for t in schema.metadata.tables.values()
        for c in t.columns
        if "TEXT" in str(c.type) or "CHAR" in str(c.type)
    }
    assert texts == {
        "advocate.chat", "advocate.languages", "advocate.pin", "advocate.program", "audit.actor", "audit.mac",
        "audit.request", "audit.segment", "audit.what", "audit_head.last_mac", "audit_head.segment",
        "audit_head.signature", "bucket.name", "chat.awaiting", "chat.chat", "chat.heard", "chat.lang",
        "chat.menu", "chat.request", "chat.role", "fleeting.chat", "fleeting.key_name", "inbox.channel", "inbox.chat",
        "inbox.key_name", "inbox.update_id", "invitation.code", "invitation.program", "invitation.purpose",
        "invitation.used_by", "outbox.chat", "outbox.content", "outbox.dedupe", "place.name", "program.entry", "program.id",
        "relay.request", "release.fields", "release.lang", "release.program", "release.purpose", "release.request",
        "release.text_version", "request.asker", "request.chat", "request.id", "request.key_name", "request.lang",
        "request.not_me", "request.number", "request.outcome", "request.reason", "request.state",
        "request.taken_by", "request.told", "request.word", "rung.chat", "rung.program", "rung.request",
        "batch.code", "batch.department", "batch.role", "batch.unit", "completion.department", "completion.digest",
        "completion.gone", "completion.mac", "completion.segment", "completion_head.last_mac", "completion_head.segment",
        "completion_head.signature", "department.holidays", "department.id", "department.lang", "department.name",
        "department.zone", "joining.batch", "joining.chat", "joining.lang", "member.chat", "member.department",
        "member.lang", "member.pattern", "member.role", "member.unit", "memory.card", "occurrence.day",
        "occurrence.reason", "occurrence.slot", "question.card", "question.kind", "question.topic", "question.version",
        "schedule.department", "schedule.rule", "schedule.unit", "schedule.whose", "unit.department", "unit.id",
        "unit.name", "sent.chat", "sent.key_name", "shift.chat", "shift.program", "tally.kind", "tally.month", "tally.what",
            "partner.department", "partner.hours", "partner.name", "partner.phone", "partner.unit", "training_draft.chat",
    }  # fmt: skip
