"""Rows of people on call: invitations with their marks, PINs, shifts, rungs, and messages that go after a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.oncall import ladder, rota
from bot.oncall.model import MISSES, Advocate
from bot.oncall.rota import Planned
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.oncall import ASKED, OVER, PASSED, TOOK, OnCall
from bot.store.requests import Requests
from bot.store.schema import advocate, chat, fleeting, outbox, request, rung, shift
from tests.oncall.making import program
from tests.store.virtual import HOUR, START, VirtualClock

pytestmark = pytest.mark.store
WALK = {"asker": "self", "node": "sent", "answers": {"climb": ["house", "unit"]}, "trail": []}
Enter = Callable[..., Awaitable[str]]


@pytest.fixture
def oncall(keys: KeyRing) -> OnCall:
    return OnCall(keys)


@pytest.fixture
def requests(keys: KeyRing) -> Requests:
    return Requests(keys)


@pytest.fixture
async def houses(database: Database, oncall: OnCall) -> None:
    for entry in (program("house"), program("unit", police=True)):
        await database.write(lambda c, e=entry: oncall.put_program(c, e, START))


@pytest.fixture
def enter(database: Database, chats: Chats, houses: None) -> Enter:
    """An advocate by a real invitation: `await enter("ana", program="house", minors=True)`."""

    async def by(name: str, role: str = "advocate", program: str = "house", **marks: bool) -> str:
        await database.write(lambda c: chats.seen(c, name, f"777{name}", START) and None)
        code = await database.write(lambda c: chats.invite(c, role, START + 60, program, **marks))
        assert await database.write(lambda c: chats.accept(c, code, name, START)) == role
        return code

    return by


async def _on(
    database: Database, oncall: OnCall, name: str, of: str = "house", since: float = START, hours: float = 8
) -> int:
    """A shift that was tested and confirmed."""
    number = await database.write(lambda c: oncall.add_shift(c, name, of, since, since + hours * HOUR))
    assert number is not None
    await database.write(lambda c: oncall.tested(c, number, since))
    assert await database.write(lambda c: oncall.confirmed(c, number, name, since + 1))
    return number


async def _sent(database: Database, requests: Requests, chats: Chats) -> str:
    await database.write(lambda c: chats.seen(c, "woman", "777000", START) and None)
    made = await database.write(lambda c: requests.begin(c, "woman", "self", "en", WALK, START))
    await database.write(lambda c: requests.send(c, made.id, "answer", START))
    return made.id


# -- programs ------------------------------------------------------------------------------------------------------------


async def test_programs_come_back_as_they_were_put(database: Database, oncall: OnCall) -> None:
    one = program("house", regions=["OK", "TX:Dallas"], hours=["daily 20:00-08:00"], pets="small")
    await database.write(lambda c: oncall.put_program(c, one, START))
    await database.write(lambda c: oncall.put_program(c, program("annex"), START))
    assert [p.id for p in await database.read(oncall.programs)] == ["annex", "house"]
    assert (await database.read(oncall.programs))[1] == one
    changed = one.model_copy(update={"name": "Another"})
    await database.write(lambda c: oncall.put_program(c, changed, START + 1))
    assert (await database.read(oncall.programs))[1].name == "Another"


async def test_a_removed_program_asks_nobody_and_its_links_give_nothing(
    database: Database, oncall: OnCall, chats: Chats, requests: Requests, enter: Enter
) -> None:
    await enter("ana")
    await _on(database, oncall, "ana")
    made = await _sent(database, requests, chats)
    await database.write(lambda c: oncall.ask(c, made, "house", "ana", START + 5, 60, 180))
    code = await database.write(lambda c: chats.invite(c, "advocate", START + 99, "house"))
    assert await database.write(lambda c: oncall.remove_program(c, "house", START + 9)) is True
    assert await database.write(lambda c: oncall.remove_program(c, "house", START + 9)) is False
    assert await database.read(lambda c: oncall.on_now(c, START + 10)) == []
    assert [r.state for r in await database.read(lambda c: oncall.rungs_of(c, made))] == [OVER]
    await database.write(lambda c: chats.seen(c, "ben", "7", START) and None)
    assert await database.write(lambda c: chats.accept(c, code, "ben", START + 10)) is None


# -- advocates and invitations (R60) ---------------------------------------------------------------------------------------


async def test_r60_an_invitation_carries_program_and_marks_into_the_advocate(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    await enter("ana", minors=True)
    await enter("pat", program="unit", police=True)
    assert await database.read(oncall.advocates) == [
        Advocate("ana", "house", ("en",), minors=True),
        Advocate("pat", "unit", ("en",), police=True),
    ]


@pytest.mark.parametrize("held", ["officer", "coordinator"])
async def test_r60_officer_or_coordinator_and_advocate_are_never_one_account(
    database: Database, oncall: OnCall, chats: Chats, enter: Enter, held: str
) -> None:
    await enter("ana")
    await enter("sam", role=held)
    for name, purpose in (("sam", "advocate"), ("ana", held)):
        code = await database.write(lambda c, p=purpose: chats.invite(c, p, START + 60, "house"))
        assert await database.write(lambda c, k=code, n=name: chats.accept(c, k, n, START)) is None
    assert [a.chat for a in await database.read(oncall.advocates)] == ["ana"]
    assert (await database.read(lambda c: chats.get(c, "sam"))).role == held


async def test_a_second_invitation_moves_an_advocate_and_keeps_the_pin(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    await enter("ana", minors=True)
    await _on(database, oncall, "ana")
    await database.write(lambda c: oncall.set_pin(c, "ana", "hash"))
    await enter("ana", program="unit", police=True)
    assert await database.read(oncall.advocates) == [Advocate("ana", "unit", ("en",), police=True)]
    assert await database.read(lambda c: oncall.pin_of(c, "ana")) == "hash"
    assert await database.read(lambda c: oncall.shifts_of(c, "ana")) == []


async def test_r60_taking_an_invitation_back_ends_all_that_it_gave(
    database: Database, oncall: OnCall, chats: Chats, requests: Requests, enter: Enter
) -> None:
    code = await enter("ana")
    await _on(database, oncall, "ana")
    held, asked = await _sent(database, requests, chats), await _sent(database, requests, chats)
    for made in (held, asked):
        await database.write(lambda c, m=made: oncall.ask(c, m, "house", "ana", START, 60, 180))
    rung_of = (await database.read(lambda c: oncall.rungs_of(c, held)))[0]
    await database.write(lambda c: requests.take(c, held, "ana", START + 3) and oncall.set_rung(c, rung_of.id, TOOK))
    await database.write(lambda c: requests.attach(c, "ana", held))
    await database.write(lambda c: oncall.fleeting_put(c, "ana", "55", START + 600))
    row = {"dedupe": "m", "chat": "ana", "lane": 1, "content": {}, "created_at": START}
    await database.write(lambda c: queues.put_out(c, [row]))

    assert await database.write(lambda c: chats.revoke(c, code, START + 10)) is True
    row = await database.read(lambda c: chats.get(c, "ana"))
    assert (row.role, row.request) == ("guest", None), "a guest's chat must not be about somebody's request"
    assert await database.read(lambda c: oncall.advocate(c, "ana")) is None
    assert await database.read(lambda c: oncall.on_now(c, START + 11)) == []
    assert [r.state for r in await database.read(lambda c: oncall.rungs_of(c, asked))] == [PASSED]
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(outbox))) == 0
    assert await database.read(lambda c: oncall.fleeting_due(c, START + 11)) == [(1, "ana", "55")]
    assert await database.read(lambda c: oncall.holding_past_shift(c, START + 11)) == [(held, "ana", "house")]


async def test_the_operator_finds_who_came_by_which_link(
    database: Database, oncall: OnCall, chats: Chats, enter: Enter
) -> None:
    code = await enter("ana")
    assert await database.read(oncall.invited_by) == {"ana": chats.invitation_id(code)}
    assert chats.invitation_id(code) not in code
    assert [a.chat for a in await database.read(lambda c: oncall.by_handle(c, "AN"))] == ["ana"]
    assert await database.read(lambda c: oncall.by_handle(c, "%")) == []


# -- PINs ------------------------------------------------------------------------------------------------------------------


async def test_five_misses_lock_and_only_the_operator_unlocks(database: Database, oncall: OnCall, enter: Enter) -> None:
    await enter("ana")
    assert not await database.read(lambda c: oncall.has_pin(c, "ana"))
    await database.write(lambda c: oncall.set_pin(c, "ana", "hash"))
    for n in range(1, MISSES):
        assert await database.write(lambda c: oncall.pin_missed(c, "ana", START)) == n
    await database.write(lambda c: oncall.pin_held(c, "ana"))
    for n in range(1, MISSES + 1):
        assert not await database.read(lambda c: oncall.is_locked(c, "ana"))
        assert await database.write(lambda c: oncall.pin_missed(c, "ana", START)) == n
    assert await database.read(lambda c: oncall.is_locked(c, "ana"))
    await database.write(lambda c: oncall.pin_held(c, "ana"))
    assert await database.write(lambda c: oncall.set_pin(c, "ana", "new")) is False, "a new PIN unlocks nothing"
    assert await database.read(lambda c: oncall.pin_of(c, "ana")) == "hash"
    assert await database.read(lambda c: oncall.is_locked(c, "ana"))
    assert await database.write(lambda c: oncall.pin_missed(c, "ana", START + 1)) == MISSES + 1
    assert await database.write(lambda c: oncall.unlock(c, "ana")) is True
    assert not await database.read(lambda c: oncall.is_locked(c, "ana"))
    assert await database.write(lambda c: oncall.pin_missed(c, "ana", START)) == 1
    assert await database.write(lambda c: oncall.unlock(c, "ana", new_pin=True)) is True
    assert not await database.read(lambda c: oncall.has_pin(c, "ana"))
    assert await database.write(lambda c: oncall.unlock(c, "nobody")) is False


async def test_a_stranger_has_no_pin_and_misses_nothing(database: Database, oncall: OnCall) -> None:
    assert await database.write(lambda c: oncall.pin_missed(c, "x", START)) == 0
    assert await database.write(lambda c: oncall.set_pin(c, "x", "hash")) is False
    assert not await database.read(lambda c: oncall.is_locked(c, "x"))


# -- shifts ----------------------------------------------------------------------------------------------------------------


async def test_a_shift_begins_with_a_tap_on_the_test_alert(database: Database, oncall: OnCall, enter: Enter) -> None:
    await enter("ana", minors=True)
    begins = START + HOUR
    number = await database.write(lambda c: oncall.add_shift(c, "ana", "house", begins, begins + 8 * HOUR))
    assert await database.read(lambda c: oncall.starting(c, begins - rota.AHEAD_SECONDS - 1)) == []
    due = await database.read(lambda c: oncall.starting(c, begins - rota.AHEAD_SECONDS))
    assert [(s.id, s.chat, s.minors) for s in due] == [(number, "ana", True)]
    tested = begins - 100
    assert await database.write(lambda c: oncall.confirmed(c, number, "ana", tested)) is False, "no test alert yet"
    await database.write(lambda c: oncall.tested(c, number, tested))
    assert await database.read(lambda c: oncall.starting(c, tested + 1)) == []
    assert await database.write(lambda c: oncall.confirmed(c, number, "ben", tested + 2)) is False, "not theirs"
    assert await database.write(lambda c: oncall.confirmed(c, number, "ana", tested + 2)) is True
    assert await database.write(lambda c: oncall.confirmed(c, number, "ana", tested + 2000)) is True, "a second tap"
    assert await database.read(lambda c: oncall.on_now(c, begins - 1)) == []
    on = await database.read(lambda c: oncall.on_now(c, begins))
    assert [(s.id, s.confirmed_at) for s in on] == [(number, tested + 2)]
    assert await database.read(lambda c: oncall.on_now(c, begins + 8 * HOUR)) == []
    assert await database.read(lambda c: oncall.advocates_on(c, begins)) == [Advocate("ana", "house", minors=True)]


async def test_whoever_does_not_tap_is_not_on_the_rota_and_a_late_tap_is_refused(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    await enter("ana")
    number = await database.write(lambda c: oncall.add_shift(c, "ana", "house", START, START + 8 * HOUR))
    await database.write(lambda c: oncall.tested(c, number, START))
    late = START + rota.TEST_SECONDS
    assert await database.read(lambda c: oncall.untested(c, late - 1 - rota.TEST_SECONDS)) == []
    assert [s.id for s in await database.read(lambda c: oncall.untested(c, late - rota.TEST_SECONDS))] == [number]
    assert await database.write(lambda c: oncall.confirmed(c, number, "ana", late)) is False
    await database.write(lambda c: oncall.missed(c, number, late))
    assert await database.read(lambda c: oncall.untested(c, late)) == []
    assert await database.write(lambda c: oncall.confirmed(c, number, "ana", late + 1)) is False
    assert await database.read(lambda c: oncall.on_now(c, late + 1)) == []


async def test_a_tap_that_came_in_time_is_not_undone_by_the_clock(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    await enter("ana")
    number = await _on(database, oncall, "ana")
    await database.write(lambda c: oncall.missed(c, number, START + 900))
    assert len(await database.read(lambda c: oncall.on_now(c, START + 901))) == 1


async def test_out_ends_the_shift_that_runs_and_no_later_one(database: Database, oncall: OnCall, enter: Enter) -> None:
    await enter("ana")
    assert await database.write(lambda c: oncall.out(c, "ana", START)) is False
    await _on(database, oncall, "ana")
    tomorrow = await database.write(lambda c: oncall.add_shift(c, "ana", "house", START + 24 * HOUR, START + 32 * HOUR))
    assert await database.write(lambda c: oncall.out(c, "ana", START + 5)) is True
    assert await database.write(lambda c: oncall.out(c, "ana", START + 6)) is False
    assert await database.read(lambda c: oncall.on_now(c, START + 6)) == []
    assert [s.out_at for s in await database.read(lambda c: oncall.shifts_of(c, "ana"))] == [START + 5, None]
    assert [s.id for s in await database.read(lambda c: oncall.starting(c, START + 24 * HOUR))] == [tomorrow]


async def test_the_order_of_the_rota_is_the_order_in_which_it_was_planned(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    for name in ("zoe", "ana", "ben"):
        await enter(name)
        await _on(database, oncall, name)
    assert [s.chat for s in await database.read(lambda c: oncall.on_now(c, START + 9))] == ["zoe", "ana", "ben"]


async def test_nobody_has_two_shifts_at_once_or_one_of_another_program(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    await enter("ana")
    add = oncall.add_shift
    assert await database.write(lambda c: add(c, "ana", "house", START, START + 10)) is not None
    assert await database.write(lambda c: add(c, "ana", "house", START + 9, START + 20)) is None
    assert await database.write(lambda c: add(c, "ana", "house", START + 10, START + 20)) is not None
    assert await database.write(lambda c: add(c, "ana", "unit", START + 50, START + 60)) is None
    assert await database.write(lambda c: add(c, "nobody", "house", START, START + 10)) is None


async def test_a_new_rota_replaces_what_has_not_begun(database: Database, oncall: OnCall, enter: Enter) -> None:
    for name in ("ana", "ben"):
        await enter(name)
    running = await _on(database, oncall, "ana")
    day = 24 * HOUR

    def nights(name: str, *days: int) -> list[Planned]:
        return [Planned(name, "house", START + n * day, START + n * day + 8 * HOUR) for n in days]

    assert await database.write(lambda c: oncall.plan(c, "house", nights("ana", 0, 1, 2), START + 60)) == 2
    assert await database.write(lambda c: oncall.plan(c, "house", nights("ben", 0, 2, 3), START + 60)) == 3
    found = await database.read(lambda c: oncall.shifts_between(c, "house", START, START + 9 * day))
    assert [(s.chat, (s.starts_at - START) / day) for s in found] == [("ana", 0), ("ben", 0), ("ben", 2), ("ben", 3)]
    assert found[0].id == running
    assert found[0].on(START + 61), "who is on shift stays on shift"
    assert await database.write(lambda c: oncall.plan(c, "house", nights("ben", -1), START + 9 * HOUR)) == 0, "over"


async def test_a_swapped_shift_needs_a_tap_of_whoever_has_it_now(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    for name in ("ana", "ben"):
        await enter(name)
    await enter("pat", program="unit", police=True)
    number = await _on(database, oncall, "ana")
    swap = oncall.swap
    assert await database.write(lambda c: swap(c, number, "pat", START + 5)) is False, "of another program"
    assert await database.write(lambda c: swap(c, number, "ana", START + 5)) is False, "theirs already"
    assert await database.write(lambda c: swap(c, 999, "ben", START + 5)) is False
    assert await database.write(lambda c: swap(c, number, "ben", START + 5)) is True
    assert await database.read(lambda c: oncall.on_now(c, START + 6)) == []
    assert [s.chat for s in await database.read(lambda c: oncall.starting(c, START + 6))] == ["ben"]
    clash = await database.write(lambda c: oncall.add_shift(c, "ana", "house", START, START + HOUR))
    assert clash is not None
    assert await database.write(lambda c: swap(c, number, "ana", START + 6)) is False, "a shift at the same time"


async def test_r60_who_is_employed_by_police_counts_only_where_the_program_says_so(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    """The person's yes was to a program that said so; a mark on an advocate of another one must not slip past it."""
    await enter("ana", police=True)
    await enter("pat", program="unit", police=True)
    await _on(database, oncall, "ana")
    await _on(database, oncall, "pat", "unit")
    assert [s.chat for s in await database.read(lambda c: oncall.on_now(c, START + 9))] == ["pat"]
    assert [a.chat for a in await database.read(lambda c: oncall.advocates_on(c, START + 9))] == ["pat"]


async def test_whoever_is_of_another_program_now_is_not_on_shift_for_the_old_one(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    """However the row came to be."""
    await enter("ana")
    await _on(database, oncall, "ana")
    await database.write(lambda c: c.execute(update(advocate).values(program="unit")) and None)
    assert await database.read(lambda c: oncall.on_now(c, START + 9)) == []


async def test_r44_whether_somebody_is_marked_for_minors_comes_with_the_shift(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    await enter("ana")
    await enter("mia", minors=True)
    for name in ("ana", "mia"):
        await _on(database, oncall, name)
    assert {s.chat: s.minors for s in await database.read(lambda c: oncall.on_now(c, START + 9))} == {
        "ana": False,
        "mia": True,
    }


# -- rungs -----------------------------------------------------------------------------------------------------------------


async def test_nobody_is_asked_twice_and_a_state_changes_once(
    database: Database, oncall: OnCall, chats: Chats, requests: Requests, enter: Enter
) -> None:
    made = await _sent(database, requests, chats)
    number = await database.write(lambda c: oncall.ask(c, made, "house", "ana", START, 60, 180))
    assert number is not None
    assert await database.write(lambda c: oncall.ask(c, made, "house", "ana", START + 9, 60, 180)) is None
    assert await database.read(lambda c: oncall.asked_of(c, "ana")) == [made]
    await database.write(lambda c: oncall.asked_again(c, number, START + 120))
    (found,) = await database.read(lambda c: oncall.rungs_of(c, made))
    assert (found.asked_at, found.again_at, found.until, found.state) == (START, START + 120, START + 180, ASKED)
    assert await database.write(lambda c: oncall.set_rung(c, number, TOOK)) is True
    assert await database.write(lambda c: oncall.set_rung(c, number, OVER)) is False
    await database.write(lambda c: oncall.pass_on(c, made, "ana"))
    assert [r.state for r in await database.read(lambda c: oncall.rungs_of(c, made))] == [TOOK]
    assert await database.read(lambda c: oncall.asked_of(c, "ana")) == []


async def test_r46_of_two_who_take_it_at_once_exactly_one_has_it(
    url: str, many: Any, oncall: OnCall, chats: Chats, requests: Requests
) -> None:
    parts = [many() for _ in range(4)]
    made = await _sent(parts[0], requests, chats)
    names = ["ana", "ben", "cy", "dee"]
    taken = await asyncio.gather(
        *(
            part.write(lambda c, n=name: requests.take(c, made, n, START + 9))
            for part, name in zip(parts, names, strict=True)
        )
    )
    assert sorted(taken) == [False, False, False, True]
    holder = await parts[0].read(lambda c: c.scalar(select(request.c.taken_by).where(request.c.id == made)))
    assert holder == names[taken.index(True)]


async def _look(database: Database, oncall: OnCall, made: str, now: float) -> list[str]:
    """What the clock does with one ladder, from rows alone."""
    rungs = await database.read(lambda c: oncall.rungs_of(c, made))
    on = await database.read(lambda c: oncall.on_now(c, now))
    acts = ladder.step(START, ["house", "unit"], rungs, on, now, taken=False)
    for act in acts:
        if isinstance(act, ladder.Ask):
            await database.write(
                lambda c, a=act: oncall.ask(c, made, a.program, a.chat, now, ladder.REPEAT_SECONDS, ladder.RUNG_SECONDS)
            )
        elif isinstance(act, ladder.Over):
            await database.write(lambda c, a=act: oncall.set_rung(c, a.rung.id, OVER))
        elif isinstance(act, ladder.Again):
            await database.write(lambda c, a=act: oncall.asked_again(c, a.rung.id, now + ladder.REPEAT_SECONDS))
    return [type(act).__name__ for act in acts]


async def test_r45_timers_survive_restarts_because_they_are_rows(
    many: Any, keys: KeyRing, chats: Chats, requests: Requests, enter: Enter, oncall: OnCall, database: Database
) -> None:
    """Another process each time, with nothing but the rows: a rung is three minutes, and after a gap the ladder has the same end."""
    for name in ("ana", "ben"):
        await enter(name)
        await _on(database, oncall, name)
    await enter("pat", program="unit", police=True)
    await _on(database, oncall, "pat", "unit")
    made = await _sent(database, requests, chats)
    did = {at: await _look(many(), OnCall(keys), made, START + at) for at in (2, 30, 62, 122, 182, 300, 700, 899, 900)}
    assert did == {
        2: ["Ask"],
        30: [],
        62: ["Again"],
        122: ["Again"],
        182: ["Over", "Ask"],
        300: ["Again"],
        700: ["Over", "Ask"],
        899: ["Over", "End"],
        900: ["End"],
    }
    rungs = await database.read(lambda c: oncall.rungs_of(c, made))
    assert [(r.chat, r.state) for r in rungs] == [("ana", OVER), ("ben", OVER), ("pat", OVER)]


async def test_an_open_request_past_its_holders_shift_is_listed_until_somebody_has_it(
    database: Database, oncall: OnCall, chats: Chats, requests: Requests, enter: Enter
) -> None:
    for name in ("ana", "ben"):
        await enter(name)
    await _on(database, oncall, "ana", hours=2)
    await _on(database, oncall, "ben", since=START + HOUR, hours=8)
    made = await _sent(database, requests, chats)
    assert await database.write(lambda c: requests.take(c, made, "ana", START + 60))
    holding = oncall.holding_past_shift
    assert await database.read(lambda c: holding(c, START + 2 * HOUR - 1)) == []
    assert await database.write(lambda c: requests.retake(c, made, "ben", START + 90)) is False, "it is hers"
    assert await database.read(lambda c: holding(c, START + 2 * HOUR)) == [(made, "ana", "house")]
    assert await database.write(lambda c: requests.retake(c, made, "ben", START + 2 * HOUR)) is True
    assert await database.read(lambda c: holding(c, START + 2 * HOUR)) == []
    await database.write(lambda c: oncall.out(c, "ben", START + 3 * HOUR))
    assert await database.read(lambda c: holding(c, START + 3 * HOUR)) == [(made, "ben", "house")]
    await database.write(lambda c: requests.close(c, made, "placed", None, START + 4 * HOUR))
    assert await database.read(lambda c: holding(c, START + 4 * HOUR)) == []


# -- messages that go after a while ----------------------------------------------------------------------------------------


async def test_r21_a_fleeting_message_is_sealed_due_and_forgotten(
    database: Database, oncall: OnCall, clock: VirtualClock
) -> None:
    await database.write(lambda c: oncall.fleeting_put(c, "ana", "4711", START + 600))
    await database.write(lambda c: oncall.fleeting_put(c, "ben", "4712", START + 300))
    assert await database.read(lambda c: oncall.fleeting_due(c, START + 299)) == []
    due = await database.read(lambda c: oncall.fleeting_due(c, START + 600))
    assert [(name, number) for _, name, number in due] == [("ben", "4712"), ("ana", "4711")]
    kept = await database.read(lambda c: c.execute(select(fleeting.c.message_id)).scalars().all())
    assert not any(b"471" in sealed for sealed in kept)
    await database.write(lambda c: oncall.fleeting_done(c, [due[0][0]]))
    assert len(await database.read(lambda c: oncall.fleeting_due(c, START + 600))) == 1
    await database.write(lambda c: c.execute(update(fleeting).values(chat="ben")) and None)
    assert await database.read(lambda c: oncall.fleeting_due(c, START + 600)) == [], (
        "moved to another chat it opens nothing"
    )


async def test_at_a_shifts_end_everything_on_the_screen_is_due(database: Database, oncall: OnCall) -> None:
    for name in ("ana", "ben"):
        await database.write(lambda c, n=name: oncall.fleeting_put(c, n, "1", START + 600))
    await database.write(lambda c: oncall.fleeting_of(c, "ana", START + 5))
    assert [name for _, name, _ in await database.read(lambda c: oncall.fleeting_due(c, START + 5))] == ["ana"]


async def test_a_fleeting_message_whose_key_is_gone_does_not_stay_for_ever(
    database: Database, oncall: OnCall, clock: VirtualClock
) -> None:
    await database.write(lambda c: oncall.fleeting_put(c, "ana", "1", START + 600))
    clock.advance(hours=24 * 7)
    assert await database.read(lambda c: oncall.fleeting_due(c, clock())) == []
    await database.write(lambda c: oncall.fleeting_put(c, "ana", "2", clock() + 600))
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(fleeting))) == 1


async def test_r21_no_name_and_no_address_stands_in_these_rows(
    database: Database, oncall: OnCall, enter: Enter
) -> None:
    await enter("ana")
    await _on(database, oncall, "ana")
    for table in (advocate, shift, rung, chat):
        rows = await database.read(lambda c, t=table: c.execute(select(t)).all())
        assert "777ana" not in repr([tuple(r) for r in rows])
