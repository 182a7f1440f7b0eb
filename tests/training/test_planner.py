"""Planning as rows: once for each officer, slot and date, by any number of planners; voided with a change; late and said so."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, func, select, update
from sqlalchemy.exc import OperationalError

from bot.store import queues, training_after, training_plan
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.schema import outbox
from bot.store.training_people import People
from bot.store.training_plan import PLANNED, QUEUED, SENT, SILENT, SKIPPED
from bot.store.training_schema import member, occurrence, question
from bot.training import seeing_words
from bot.training.model import CardFacts
from bot.training.planner import PART, PLAN_MANY, QUEUE_MANY, Planner
from bot.training.schedule import Hours, Pattern
from tests.training.making import CARDS, MONDAY, at, large, one_department, weekly
from tests.training.racing import plan_at_once

pytestmark = pytest.mark.store
HOUR = 3600.0
DAY = 24 * HOUR
TUESDAY = at("2026-06-02T15:00")
"""Ten in the morning in Chicago."""


@pytest.fixture
def people(keys: KeyRing) -> People:
    return People(keys)


@pytest.fixture
def planner(database: Database) -> Planner:
    return Planner(database, CARDS)


def rows(c: Connection) -> list[Any]:
    return list(c.execute(select(occurrence).order_by(occurrence.c.at, occurrence.c.id)))


def waiting(c: Connection) -> list[Any]:
    return list(c.execute(select(outbox).where(outbox.c.state == queues.WAITING).order_by(outbox.c.id)))


async def test_two_days_are_there_ahead_and_the_message_waits_for_its_time(
    database: Database, people: People, planner: Planner
) -> None:
    await database.write(lambda c: one_department(c, people, 3, MONDAY))
    done = await planner.tick(MONDAY)
    assert (done.planned, done.queued) == (3, 0)
    found = await database.read(rows)
    assert {(r.day, r.at, r.state) for r in found} == {("2026-06-02", TUESDAY, PLANNED)}
    assert (await planner.tick(MONDAY + HOUR)).planned == 0
    done = await planner.tick(TUESDAY - 300)
    assert done.queued == 3
    messages = await database.read(waiting)
    assert {(m.lane, m.not_before, m.not_after) for m in messages} == {
        (queues.TRAINING, TUESDAY, TUESDAY + 2 * HOUR - 1)
    }
    assert PART in messages[0].content
    asked = await database.read(lambda c: c.execute(select(question)).all())
    assert Counter(q.member for q in asked) == {1: 2, 2: 2, 3: 2}, "two cards each"
    assert {q.asked_at for q in asked} == {None}
    sent = await database.write(lambda c: queues.take_out(c, TUESDAY - 1, 10))
    assert sent == [], "not before its time"
    sent = await database.write(lambda c: queues.take_out(c, TUESDAY, 10))
    assert len(sent) == 3
    await database.write(lambda c: [queues.finish_out(c, s.id) for s in sent])
    await planner.tick(TUESDAY + 60)
    assert {r.state for r in await database.read(rows)} == {SENT}
    assert await database.read(lambda c: c.scalar(select(func.count()).where(question.c.asked_at.is_not(None)))) == 3, (
        "the others are shown after an answer"
    )


async def test_the_unique_key_lets_a_slot_be_once_on_a_date(
    database: Database, people: People, planner: Planner
) -> None:
    await database.write(lambda c: one_department(c, people, 1, MONDAY))
    for hours in range(0, 14 * 24, 5):
        await planner.tick(MONDAY + hours * HOUR)
        await database.write(lambda c: c.execute(update(member).values(planned_to=MONDAY)))  # plans all anew
    found = await database.read(rows)
    assert len(found) == len({(r.member, r.slot, r.day) for r in found})
    assert Counter(r.day for r in found) == {"2026-06-02": 1, "2026-06-09": 1, "2026-06-16": 1}


@pytest.mark.parametrize("queued", [False, True])
async def test_a_change_voids_what_is_planned_and_queued_in_the_same_transaction(
    database: Database, people: People, planner: Planner, queued: bool
) -> None:
    where = await database.write(lambda c: one_department(c, people, 3, MONDAY))
    now = TUESDAY - 300 if queued else MONDAY
    await planner.tick(now)
    assert len(await database.read(waiting)) == (3 if queued else 0)

    def change(c: Connection) -> None:
        assert people.set_schedule(c, where, None, weekly(minute=13 * 60), now) == 2
        assert (rows(c), waiting(c)) == ([], [])
        assert c.scalar(select(func.count()).select_from(question)) == 0

    await database.write(change)
    await planner.tick(now)
    assert {(r.at, r.version) for r in await database.read(rows)} == {(TUESDAY + 3 * HOUR, 2)}
    same = await database.write(lambda c: people.set_schedule(c, where, None, weekly(minute=13 * 60), now))
    assert same == 2, "nothing changed, so nothing is voided"
    assert len(await database.read(rows)) == 3


async def test_what_a_sender_has_in_hand_is_not_sent_a_second_time(
    database: Database, people: People, planner: Planner
) -> None:
    where = await database.write(lambda c: one_department(c, people, 2, MONDAY))
    await planner.tick(TUESDAY)
    taken = await database.write(lambda c: queues.take_out(c, TUESDAY, 1))
    await database.write(lambda c: people.set_schedule(c, where, None, weekly(minute=11 * 60), TUESDAY))
    await planner.tick(TUESDAY)
    found = await database.read(rows)
    assert sorted((r.at, r.state) for r in found) == [(TUESDAY, QUEUED), (TUESDAY + HOUR, PLANNED)]
    assert await database.write(lambda c: queues.finish_out(c, taken[0].id))
    await planner.tick(TUESDAY + HOUR)
    assert Counter(r.member for r in await database.read(rows)) == {1: 1, 2: 1}


async def test_an_open_window_is_not_lost_with_a_change(database: Database, people: People, planner: Planner) -> None:
    where = await database.write(lambda c: one_department(c, people, 1, MONDAY))
    await planner.tick(TUESDAY + 600)
    await database.write(lambda c: people.set_schedule(c, where, None, weekly(cards=1), TUESDAY + 600))
    await planner.tick(TUESDAY + 600)
    assert [(r.day, r.version, r.state) for r in await database.read(rows)] == [("2026-06-02", 2, QUEUED)]
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(question))) == 1


async def test_a_new_card_version_voids_what_is_queued(database: Database, people: People, planner: Planner) -> None:
    await database.write(lambda c: one_department(c, people, 2, MONDAY))
    await planner.tick(TUESDAY)
    chosen = await database.read(lambda c: c.scalars(select(question.c.card).where(question.c.member == 1)).all())
    current = {card.id: card.version for card in CARDS}
    assert await database.write(lambda c: training_plan.void_cards(c, current)) == 0
    current[chosen[0]] = "v2"
    changed = [CardFacts(c.id, current[c.id], c.topic, c.options, c.wordings) for c in CARDS]
    assert await database.write(lambda c: training_plan.void_cards(c, current)) == 2, (
        "both had the first card of its topic"
    )
    assert await database.read(waiting) == []
    await Planner(database, changed).tick(TUESDAY)
    found = await database.read(lambda c: c.execute(select(question)).all())
    assert {(q.card, q.version) for q in found} >= {(chosen[0], "v2")}
    assert len(await database.read(waiting)) == 2


async def test_after_downtime_it_is_sent_inside_its_window_else_skipped_and_reported(
    database: Database, people: People, planner: Planner
) -> None:
    where = await database.write(lambda c: one_department(c, people, 2, MONDAY, weekly({1, 3})))
    done = await planner.tick(TUESDAY + HOUR)  # the bot was down since Monday
    assert (done.planned, done.queued, done.skipped) == (4, 2, {})
    done = await planner.tick(TUESDAY + 9 * DAY + 6 * HOUR)  # and down until Thursday a week later, in the afternoon
    assert done.skipped["late"] == 2 + 2 + 2 + 2, "queued, planned, and two dates that nobody had planned"
    report = await database.read(lambda c: training_after.skipped(c, where, MONDAY, MONDAY + 30 * DAY))
    assert report == {"late": 8}
    assert await database.read(waiting) == []
    days = Counter(r.day for r in await database.read(rows) if r.state == SKIPPED)
    assert days == {"2026-06-02": 2, "2026-06-04": 2, "2026-06-09": 2, "2026-06-11": 2}


async def test_a_month_of_downtime_is_in_the_report_whole(database: Database, people: People, planner: Planner) -> None:
    where = await database.write(lambda c: one_department(c, people, 2, MONDAY, weekly({1, 3})))
    await planner.tick(TUESDAY)
    back = MONDAY + 40 * DAY
    await planner.tick(back)
    report = await database.read(lambda c: training_after.skipped(c, where, back - seeing_words.DAYS * DAY, back))
    days = [day for day in range(40) if day % 7 in (1, 3) and back - seeing_words.DAYS * DAY <= MONDAY + day * DAY]
    assert len(days) == 9
    assert report == {"late": 2 * len(days)}
    assert await database.read(waiting) == []


async def test_nothing_is_planned_while_paused_snoozed_or_off(
    database: Database, people: People, planner: Planner
) -> None:
    where = await database.write(lambda c: one_department(c, people, 4, MONDAY))
    await planner.tick(MONDAY)

    def change(c: Connection) -> None:
        people.pause(c, 1, MONDAY)
        people.set_time(c, 2, MONDAY, snoozed_until=TUESDAY + DAY)
        people.set_time(c, 3, MONDAY, off_until=TUESDAY + HOUR)

    await database.write(change)
    await planner.tick(MONDAY)
    found = {r.member: r for r in await database.read(rows)}
    assert {n: (r.state, r.reason) for n, r in found.items()} == {
        1: (SKIPPED, "paused"), 2: (SKIPPED, "away"), 3: (PLANNED, None), 4: (PLANNED, None)
    }  # fmt: skip
    assert found[3].at == TUESDAY + HOUR, "moved to when they are back on that date"
    await database.write(lambda c: people.resume(c, 1, MONDAY + 60))
    await planner.tick(MONDAY + 60)
    assert {r.member: r.state for r in await database.read(rows)}[1] == PLANNED
    assert await database.read(lambda c: training_after.skipped(c, where, MONDAY, MONDAY + DAY * 3)) == {"away": 1}


async def test_who_left_gets_nothing_and_who_moves_gets_the_other_schedule(
    database: Database, people: People, planner: Planner
) -> None:
    def make(c: Connection) -> str:
        where = one_department(c, people, 2, MONDAY)
        night = people.add_unit(c, where, "Example night unit")
        people.set_schedule(c, where, night, weekly(minute=None), MONDAY)
        return night

    night = await database.write(make)
    await planner.tick(TUESDAY - 300)
    assert len(await database.read(waiting)) == 2
    pattern = Pattern.fixed(range(7), Hours(18 * 60, 6 * 60))

    def change(c: Connection) -> None:
        people.leave(c, 1, TUESDAY - 200)
        people.move(c, 2, night, TUESDAY - 200)
        people.set_time(c, 2, TUESDAY - 200, pattern=pattern)

    await database.write(change)
    await planner.tick(TUESDAY - 200)
    found = await database.read(rows)
    assert [(r.member, r.at) for r in found] == [(2, at("2026-06-02T22:45"))], "a quarter before six in the evening"
    assert await database.read(waiting) == []
    with pytest.raises(LookupError):
        await database.write(lambda c: people.move(c, 2, "f" * 32, TUESDAY))


async def test_three_silences_pause_and_one_reminder(database: Database, people: People, planner: Planner) -> None:
    await database.write(lambda c: one_department(c, people, 1, MONDAY))
    for week in range(3):
        now = TUESDAY + week * 7 * DAY
        await planner.tick(now)
        for row in await database.write(lambda c, now=now: queues.take_out(c, now, 5)):
            await database.write(lambda c, row=row: queues.finish_out(c, row.id))
        await planner.tick(now + 60)
        remind = await database.write(lambda c, now=now: training_after.to_remind(c, now + HOUR, 1800))
        assert len(remind) == 1
        assert await database.write(lambda c, now=now: training_after.to_remind(c, now + HOUR, 1800)) == []
        paused = await database.write(lambda c, now=now: training_after.close_silent(c, now + DAY))
        assert paused == ([1] if week == 2 else [])
    assert [r.state for r in await database.read(rows)] == [SILENT] * 3
    await planner.tick(TUESDAY + 20 * DAY)
    assert {r.reason for r in await database.read(rows) if r.day > "2026-06-17"} == {"paused"}


async def test_what_a_sender_gave_up_is_said_and_never_sent_again(
    database: Database, people: People, planner: Planner
) -> None:
    where = await database.write(lambda c: one_department(c, people, 2, MONDAY))
    await planner.tick(TUESDAY)
    taken = await database.write(lambda c: queues.take_out(c, TUESDAY, 2))
    await database.write(lambda c: queues.finish_out(c, taken[0].id, queues.DEAD))
    await database.write(lambda c: queues.take_out(c, TUESDAY + 60, 2))  # the other sender died: its lease is over
    done = await planner.tick(TUESDAY + 60)
    assert done.skipped == {"unsure": 2}
    assert await database.read(lambda c: training_after.skipped(c, where, MONDAY, MONDAY + DAY * 3)) == {"unsure": 2}
    assert await database.read(waiting) == []


@pytest.mark.parametrize("why", ["blocked", "late", "paused", "broken"])
async def test_what_surely_did_not_arrive_is_never_said_to_have_perhaps_arrived(
    database: Database, people: People, planner: Planner, why: str
) -> None:
    """The reason that the sender gave up for stands in the report, and the card was not asked."""
    where = await database.write(lambda c: one_department(c, people, 1, MONDAY))
    await planner.tick(TUESDAY)
    (taken,) = await database.write(lambda c: queues.take_out(c, TUESDAY, 2))
    await database.write(lambda c: queues.finish_out(c, taken.id, queues.DEAD, why))
    assert (await planner.tick(TUESDAY + 60)).skipped == {why: 1}
    assert await database.read(lambda c: training_after.skipped(c, where, MONDAY, MONDAY + DAY * 3)) == {why: 1}
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(question))) == 0


async def test_what_an_unreachable_officer_missed_since_then_is_no_pause(
    database: Database, people: People, planner: Planner
) -> None:
    where = await database.write(lambda c: one_department(c, people, 3, MONDAY))
    await database.write(lambda c: [people.pause(c, who, MONDAY) for who in (1, 2)])
    await planner.tick(TUESDAY)

    def report(c: Connection) -> list[dict[str, int]]:
        return [training_after.skipped(c, where, MONDAY, MONDAY + DAY * 3, who) for who in ((), (1,), (1, 2, 3))]

    assert await database.read(report) == [{"paused": 2}, {"paused": 1, "blocked": 1}, {"blocked": 2}]
    await database.write(lambda c: people.pause(c, 1, TUESDAY + 60))
    assert (await database.read(report))[1] == {"paused": 2}, "that date was missed before"


async def test_nothing_due_is_nothing_asked(database: Database, people: People) -> None:
    await database.write(lambda c: one_department(c, people, 1, MONDAY))
    done = await Planner(database, []).tick(TUESDAY)
    assert (done.queued, done.skipped) == (0, {"nothing_due": 1})


# -- several planners ------------------------------------------------------------------------------------------------------


async def test_three_planners_in_threads_come_to_the_same_rows(many: Any, database: Database, people: People) -> None:
    await database.write(lambda c: large(c, 10, 600, MONDAY, weekly({1, 2})))
    planners = [Planner(many(), CARDS) for _ in range(3)]
    done = await asyncio.gather(*(p.tick(TUESDAY) for p in planners))
    found = await database.read(rows)
    assert len(found) == len({(r.member, r.day) for r in found}) == 1200
    assert sum(d.queued for d in done) == 600
    messages = await database.read(waiting)
    assert len({m.chat for m in messages}) == len(messages) == 600
    asked = await database.read(lambda c: c.execute(select(question.c.member)).scalars().all())
    assert set(Counter(asked).values()) == {2}


@pytest.mark.parametrize("refusals", [2, 3])
async def test_a_planner_that_the_lock_keeps_out_steps_back_counts_once_and_gives_up_in_the_end(
    many: Any, database: Database, people: People, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    """Somebody else writes while it tries: two refusals it sits out; with one more it leaves the rest to the next tick."""
    await database.write(lambda c: one_department(c, people, 3, MONDAY))
    monkeypatch.setattr("bot.training.planner.LOCKED_SECONDS", (0.1, 0.2))
    waits: list[float] = []

    with many()._engine.connect().execution_options(begin="IMMEDIATE") as held:
        held.begin()
        if not database.is_sqlite:
            held.exec_driver_sql("LOCK TABLE member IN ACCESS EXCLUSIVE MODE")

        async def step_back(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == refusals:
                held.rollback()

        planner = Planner(database, CARDS, sleep=step_back)
        if refusals == 2:
            done = await planner.tick(TUESDAY)
        else:
            with pytest.raises(OperationalError):
                await planner.tick(TUESDAY)
        assert waits == [0.1, 0.2]
    if refusals == 3:
        done = await planner.tick(TUESDAY)
    assert (done.planned, done.queued) == (3, 3)
    assert len(await database.read(waiting)) == 3


def test_three_planners_in_processes_come_to_the_same_rows_also_when_killed(url: str) -> None:
    database = Database(url)
    database.open()
    with database._engine.begin() as c:
        large(c, 20, 2000, MONDAY, weekly({1, 2}))
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    work = [context.Process(target=plan_at_once, args=(url, TUESDAY, barrier, results)) for _ in range(3)]
    for process in work:
        process.start()
    barrier.wait(timeout=60)
    time.sleep(0.15)
    work[0].kill()
    for process in work:
        process.join(timeout=120)
    while database.read_now(lambda c: c.scalar(select(func.count()).where(occurrence.c.state == QUEUED))) < 2000:
        plan_at_once(url, TUESDAY, None, None)  # what was killed is left to whoever comes next
    found = database.read_now(rows)
    messages = database.read_now(waiting)
    database.close()
    assert len(found) == len({(r.member, r.day) for r in found}) == 4000
    assert len(messages) == len({m.chat for m in messages}) == 2000


async def test_planning_against_a_change_leaves_nothing_of_the_old_schedule(
    many: Any, database: Database, people: People
) -> None:
    where = await database.write(lambda c: one_department(c, people, 300, MONDAY))
    planner, other = Planner(many(), CARDS), many()

    async def change(minute: int) -> None:
        await asyncio.sleep(0.01 * (minute % 7))
        for _ in range(20):  # as a worker takes a message up again that the lock has kept out
            with contextlib.suppress(OperationalError):
                return await other.write(lambda c: people.set_schedule(c, where, None, weekly(minute=minute), MONDAY))
        raise AssertionError("the lock never came free")

    for minute in range(8 * 60, 8 * 60 + 5):
        await asyncio.gather(planner.tick(MONDAY), change(minute))
        await planner.tick(MONDAY)
        newest = minute - 8 * 60 + 2
        found = await database.read(rows)
        assert {r.version for r in found} == {newest}
        assert len(found) == 300


async def test_an_old_version_that_slipped_through_is_not_queued(
    database: Database, people: People, planner: Planner
) -> None:
    await database.write(lambda c: one_department(c, people, 1, MONDAY))
    await planner.tick(MONDAY)
    await database.write(lambda c: c.execute(update(occurrence).values(version=0)))
    await planner.tick(TUESDAY)
    assert await database.read(waiting) == []
    await planner.tick(TUESDAY)
    assert [(r.version, r.state) for r in await database.read(rows)] == [(1, QUEUED)], "planned anew, by the right one"


# -- load ------------------------------------------------------------------------------------------------------------------


async def test_ten_thousand_due_in_the_same_minute_are_planned_in_few_statements(database: Database) -> None:
    """How long it takes is `make bench`'s to say; that nothing is asked of the store once for each officer, this test's."""
    await database.write(lambda c: large(c, 200, 10_000, TUESDAY - 60, weekly()))
    statements = 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    event.listen(database._engine, "before_cursor_execute", count)
    done = await Planner(database, CARDS).tick(TUESDAY)
    event.remove(database._engine, "before_cursor_execute", count)
    assert (done.planned, done.queued) == (10_000, 10_000)
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(outbox))) == 10_000
    print(statements)
    assert statements <= 1_000


async def test_whoever_else_writes_waits_for_two_steps_at_most(database: Database) -> None:
    """A survivor's message waits for the step that runs and one more, not for all of ten thousand; steps are small and of one size."""
    await database.write(lambda c: large(c, 200, 5000, TUESDAY - 60, weekly()))
    steps = 0

    class Counting:
        @staticmethod
        async def write(work: Any) -> Any:
            nonlocal steps
            found = await database.write(work)
            steps += 1
            return found

    planning = asyncio.create_task(Planner(Counting(), CARDS).tick(TUESDAY))  # type: ignore[arg-type]
    waited = []
    while not planning.done():
        before = steps
        await database.write(lambda c: c.execute(delete(outbox).where(outbox.c.id == -1)))
        waited.append(steps - before)
        await asyncio.sleep(0.01)
    assert (await planning).queued == 5000
    assert steps >= 5000 / PLAN_MANY + 5000 / QUEUE_MANY
    assert len(waited) > 5
    assert max(waited) <= 2
