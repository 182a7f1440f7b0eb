"""Programs, advocates, shifts and rungs in rows: one winner, five misses, test alerts, and a ladder that goes on from any point."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from bot.oncall import ladder
from bot.oncall.model import EARLY_SECONDS, MISSES, TEST_SECONDS, Advocate, Rung
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.oncall import ASKED, FLEETING_SECONDS, OVER, PASSED, TOOK, OnCall
from bot.store.requests import Requests
from bot.store.schema import advocate, fleeting, invitation, request
from tests.oncall.making import program
from tests.store.virtual import HOUR, START, VirtualClock

pytestmark = pytest.mark.store


@pytest.fixture
def oncall(keys: KeyRing) -> OnCall:
    return OnCall(keys)


@pytest.fixture
def requests(keys: KeyRing) -> Requests:
    return Requests(keys)


async def _team(
    database: Database, oncall: OnCall, names: Sequence[str], at: float = START, name: str = "ash"
) -> list[int]:
    """Advocates on shift now, confirmed, for two hours."""

    def work(c: Connection) -> list[int]:
        oncall.put_program(c, program(name), at)
        numbers = []
        for one in names:
            oncall.add_advocate(c, Advocate(one, name))
            number = oncall.add_shift(c, one, name, at, at + 2 * HOUR)
            assert number is not None
            oncall.tested(c, number, at)
            assert oncall.confirmed(c, number, one, at)
            numbers.append(number)
        return numbers

    return await database.write(work)


async def _sent(database: Database, chats: Chats, requests: Requests, address: str = "1") -> str:
    name = chats.hash("telegram", address)

    def work(c: Connection) -> str:
        chats.seen(c, name, address, START)
        made = requests.begin(c, name, "self", "en", {"answers": {}}, START).id
        requests.send(c, made, "answer", START)
        return made

    return await database.write(work)


async def _on(database: Database, oncall: OnCall, at: float) -> list[str]:
    return [one.chat for one in await database.read(lambda c: oncall.on_now(c, at))]


# -- programs and advocates ------------------------------------------------------------------------------------------


async def test_a_program_comes_back_as_it_was_put_and_a_second_time_in_its_place(
    database: Database, oncall: OnCall
) -> None:
    first = program("oak", regions=["OK:Tulsa"], police=True, paging="https://example.org/page")
    await database.write(lambda c: oncall.put_program(c, first, START))
    await database.write(lambda c: oncall.put_program(c, program("ash"), START))
    assert await database.read(oncall.programs) == [program("ash"), first]
    changed = program("oak", pets="none")
    await database.write(lambda c: oncall.put_program(c, changed, START))
    assert await database.read(oncall.programs) == [program("ash"), changed]
    assert await database.write(lambda c: oncall.remove_program(c, "oak"))
    assert not await database.write(lambda c: oncall.remove_program(c, "oak"))
    assert await database.read(oncall.programs) == [program("ash")]


async def test_an_advocate_who_changes_the_program_keeps_pin_and_lock_and_loses_the_other_rota(
    database: Database, oncall: OnCall
) -> None:
    await _team(database, oncall, "a")
    await database.write(lambda c: oncall.set_pin(c, "a", "hash"))
    there = Advocate("a", "oak", ("en", "es"), minors=True, police=True)
    await database.write(lambda c: oncall.add_advocate(c, there))
    assert await database.read(lambda c: oncall.advocate(c, "a")) == there
    assert await database.read(lambda c: oncall.pin_of(c, "a")) == "hash"
    assert await database.read(lambda c: oncall.shifts_of(c, "a")) == []
    assert await database.read(lambda c: oncall.advocate(c, "nobody")) is None


async def test_r44_who_is_marked_for_minors_is_known_only_of_those_on_shift(database: Database, oncall: OnCall) -> None:
    await _team(database, oncall, "ab")
    marked = Advocate("c", "ash", minors=True)
    await database.write(lambda c: oncall.add_advocate(c, marked))
    assert not any(one.minors for one in await database.read(lambda c: oncall.advocates_on(c, START)))
    await _team(database, oncall, "c", START + 1)
    await database.write(lambda c: oncall.add_advocate(c, marked))
    assert [one for one in await database.read(lambda c: oncall.advocates_on(c, START + 1)) if one.minors] == [marked]
    assert len(await database.read(oncall.advocates)) == 3


# -- the PIN ---------------------------------------------------------------------------------------------------------


async def test_five_misses_lock_it_also_at_once_and_only_the_operator_unlocks(
    database: Database, oncall: OnCall
) -> None:
    await _team(database, oncall, "ab")
    await database.write(lambda c: oncall.set_pin(c, "a", "hash"))
    await database.write(lambda c: oncall.pin_missed(c, "a", START))
    await database.write(lambda c: oncall.pin_held(c, "a"))
    missed = [database.write(lambda c: oncall.pin_missed(c, "a", START)) for _ in range(MISSES)]
    assert sorted(await asyncio.gather(*missed)) == [1, 2, 3, 4, 5]
    assert await database.read(lambda c: oncall.is_locked(c, "a"))
    assert await _on(database, oncall, START) == ["b"], "they could take a request and not open it"
    await database.write(lambda c: oncall.pin_held(c, "a"))
    await database.write(lambda c: oncall.set_pin(c, "a", "mine now"))
    assert await database.read(lambda c: (oncall.is_locked(c, "a"), oncall.pin_of(c, "a"))) == (True, "hash")
    assert await database.write(lambda c: oncall.pin_missed(c, "a", START + 9)) == 6
    assert await database.read(lambda c: c.scalar(select(advocate.c.locked_at).where(advocate.c.chat == "a"))) == START
    assert await database.write(lambda c: oncall.unlock(c, "a"))
    assert await database.read(lambda c: (oncall.is_locked(c, "a"), oncall.has_pin(c, "a"))) == (False, True)
    assert await database.write(lambda c: oncall.pin_missed(c, "a", START)) == 1
    assert await database.write(lambda c: oncall.unlock(c, "a", forget=True))
    assert not await database.read(lambda c: oncall.has_pin(c, "a"))
    assert not await database.write(lambda c: oncall.unlock(c, "nobody"))
    assert await database.write(lambda c: oncall.pin_missed(c, "nobody", START)) == 0
    assert not await database.read(lambda c: oncall.is_locked(c, "b"))


# -- shifts ----------------------------------------------------------------------------------------------------------


async def _planned(database: Database, oncall: OnCall, who: str, start: float, end: float, name: str = "ash") -> int:
    def work(c: Connection) -> int:
        oncall.add_advocate(c, Advocate(who, name))
        number = oncall.add_shift(c, who, name, start, end)
        assert number is not None
        return number

    return await database.write(work)


async def test_a_shift_counts_from_its_test_alert_to_its_end(database: Database, oncall: OnCall) -> None:
    begin, end = START + HOUR, START + 3 * HOUR
    number = await _planned(database, oncall, "a", begin, end)

    async def starting(at: float) -> list[int]:
        return [one.id for one in await database.read(lambda c: oncall.starting(c, at))]

    assert await starting(begin - EARLY_SECONDS - 1) == []
    assert await starting(begin - EARLY_SECONDS) == [number]
    assert await starting(end) == [], "after a long pause nobody is asked about a shift that is over"
    assert not await database.write(lambda c: oncall.confirmed(c, number, "a", begin)), "there was no test alert"
    await database.write(lambda c: oncall.tested(c, number, begin - EARLY_SECONDS))
    assert await starting(begin) == []
    assert not await database.write(lambda c: oncall.confirmed(c, number, "b", begin)), "not theirs"
    assert await _on(database, oncall, begin) == []
    assert await database.write(lambda c: oncall.confirmed(c, number, "a", begin - 1))
    assert await _on(database, oncall, begin - 1) == [], "it has not begun"
    assert await _on(database, oncall, begin) == ["a"]
    assert await database.write(lambda c: oncall.confirmed(c, number, "a", begin + HOUR)), "a second tap"
    assert (await database.read(lambda c: oncall.shifts_of(c, "a")))[0].confirmed_at == begin - 1
    assert await _on(database, oncall, end - 1) == ["a"]
    assert await _on(database, oncall, end) == []


async def test_r45_a_test_alert_that_nobody_taps_in_15_minutes_takes_them_off(
    database: Database, oncall: OnCall
) -> None:
    number = await _planned(database, oncall, "a", START, START + HOUR)
    await database.write(lambda c: oncall.tested(c, number, START))
    late = START + TEST_SECONDS
    assert await database.read(lambda c: oncall.untested(c, late - 1 - TEST_SECONDS)) == []
    assert [one.id for one in await database.read(lambda c: oncall.untested(c, late - TEST_SECONDS))] == [number]
    assert not await database.write(lambda c: oncall.confirmed(c, number, "a", late)), "too late by the same second"
    await database.write(lambda c: oncall.missed(c, number, late))
    assert await database.read(lambda c: oncall.untested(c, late)) == []
    assert not await database.write(lambda c: oncall.confirmed(c, number, "a", START + 1)), "off is off"
    assert await _on(database, oncall, late) == []


async def test_a_tap_just_in_time_is_not_missed(database: Database, oncall: OnCall) -> None:
    number = await _planned(database, oncall, "a", START, START + HOUR)
    await database.write(lambda c: oncall.tested(c, number, START))
    assert await database.write(lambda c: oncall.confirmed(c, number, "a", START + TEST_SECONDS - 1))
    await database.write(lambda c: oncall.missed(c, number, START + TEST_SECONDS))
    assert await database.read(lambda c: oncall.untested(c, START + TEST_SECONDS)) == []
    assert await _on(database, oncall, START + TEST_SECONDS) == ["a"]


async def test_out_ends_the_shift_that_runs_and_no_other(database: Database, oncall: OnCall) -> None:
    await _team(database, oncall, "ab")
    later = await _planned(database, oncall, "a", START + 5 * HOUR, START + 6 * HOUR)
    assert await database.write(lambda c: oncall.out(c, "a", START + 1))
    assert await _on(database, oncall, START + 1) == ["b"]
    assert not await database.write(lambda c: oncall.out(c, "a", START + 2))
    assert [one.id for one in await database.read(lambda c: oncall.starting(c, START + 5 * HOUR))] == [later]


async def test_a_swap_gives_the_shift_and_a_test_alert_to_another_of_the_program(
    database: Database, oncall: OnCall
) -> None:
    (number,) = await _team(database, oncall, "a")
    await _planned(database, oncall, "b", START + HOUR, START + 2 * HOUR)
    await _planned(database, oncall, "c", START, START + HOUR)
    await _planned(database, oncall, "x", START + HOUR, START + 2 * HOUR, "oak")
    for wrong in ("a", "x", "c", "nobody"):
        assert not await database.write(lambda c, to=wrong: oncall.swap(c, number, to, START)), wrong  # type: ignore[misc]
    assert not await database.write(lambda c: oncall.swap(c, number, "b", START + 2 * HOUR)), "it is over"
    assert await database.write(lambda c: oncall.swap(c, number, "b", START))
    assert await _on(database, oncall, START) == [], "b has not tapped"
    assert number in [one.id for one in await database.read(lambda c: oncall.starting(c, START))]


async def test_a_new_rota_replaces_what_has_not_begun_and_nothing_else(database: Database, oncall: OnCall) -> None:
    await _team(database, oncall, "a")
    await _planned(database, oncall, "b", START + 9 * HOUR, START + 10 * HOUR)
    other = await _planned(database, oncall, "x", START + 9 * HOUR, START + 10 * HOUR, "oak")
    await _planned(database, oncall, "c", START, START + HOUR)  # runs, though its test alert is not out yet
    planned = [("a", START, START + 2 * HOUR), ("b", START + HOUR, START + 2 * HOUR), ("a", START + HOUR, START + 2 * HOUR),
               ("b", START - 9 * HOUR, START - 8 * HOUR)]  # fmt: skip
    added = await database.write(lambda c: oncall.replace_rota(c, "ash", planned, START + 1))
    assert added == 2, "one runs already, one is over"
    found = await database.read(lambda c: oncall.shifts_between(c, START, START + 99 * HOUR))
    assert [(one.chat, one.starts_at - START) for one in found] == [
        ("a", 0),
        ("c", 0),
        ("b", HOUR),
        ("a", HOUR),
        ("x", 9 * HOUR),
    ]
    assert found[-1].id == other
    assert await _on(database, oncall, START + 1) == ["a"]
    with pytest.raises(ValueError, match="ends after"):
        await database.write(lambda c: oncall.add_shift(c, "a", "ash", START, START))


# -- rungs -----------------------------------------------------------------------------------------------------------


async def test_r46_two_who_take_at_once_are_one(
    database: Database, chats: Chats, requests: Requests, oncall: OnCall, many: Any
) -> None:
    """Each tap from a database of its own, as from another process: the rung that took it and the holder are the same one."""
    await _team(database, oncall, "abcd")
    made = await _sent(database, chats, requests)

    def ask(c: Connection) -> list[Rung]:
        for name in "abcd":
            oncall.ask(c, made, "ash", name, START, 60, 180)
        return oncall.rungs_of(c, made)

    def take(c: Connection, one: Rung) -> bool:
        return requests.take(c, made, one.chat, START + 1) and oncall.set_rung(c, one.id, TOOK)

    rungs = await database.write(ask)
    won = await asyncio.gather(*(many().write(partial(take, one=one)) for one in rungs))
    assert won.count(True) == 1
    after = await database.read(lambda c: oncall.rungs_of(c, made))
    holder = await database.read(lambda c: c.scalar(select(request.c.taken_by).where(request.c.id == made)))
    assert [one.chat for one in after if one.state == TOOK] == [holder] == [rungs[won.index(True)].chat]


async def test_nobody_is_asked_twice_and_what_has_ended_stays_as_it_is(database: Database, oncall: OnCall) -> None:
    for _ in range(2):
        await database.write(lambda c: oncall.ask(c, "r1", "ash", "a", START, 60, 180))
    await database.write(lambda c: oncall.ask(c, "r2", "ash", "a", START, 60, 180))
    (one,) = await database.read(lambda c: oncall.rungs_of(c, "r1"))
    assert (one.again_at, one.until, one.state) == (START + 60, START + 180, ASKED)
    assert await database.read(lambda c: oncall.asked_of(c, "a")) == ["r1", "r2"]
    await database.write(lambda c: oncall.asked_again(c, one.id, START + 120))
    assert (await database.read(lambda c: oncall.rungs_of(c, "r1")))[0].again_at == START + 120
    assert await database.write(lambda c: oncall.pass_on(c, "r1", "a"))
    assert not await database.write(lambda c: oncall.pass_on(c, "r1", "a"))
    assert not await database.write(lambda c: oncall.set_rung(c, one.id, TOOK))
    await database.write(lambda c: oncall.asked_again(c, one.id, START + 999))
    (ended,) = await database.read(lambda c: oncall.rungs_of(c, "r1"))
    assert ended == replace(one, again_at=START + 120, state=PASSED)
    assert await database.read(lambda c: oncall.asked_of(c, "a")) == ["r2"]


def _look(c: Connection, oncall: OnCall, made: str, climb: Sequence[str], now: float) -> list[str]:
    """One look as the service does it, in one transaction; returns what was done."""
    done = []
    for act in ladder.step(START, climb, oncall.rungs_of(c, made), oncall.on_now(c, now), now, taken=False):
        done.append(type(act).__name__)
        match act:
            case ladder.Ask(name, who):
                oncall.ask(c, made, name, who, now, ladder.REPEAT_SECONDS, ladder.RUNG_SECONDS)
            case ladder.Again(one):
                oncall.asked_again(c, one.id, now + ladder.REPEAT_SECONDS)
            case ladder.Over(one):
                oncall.set_rung(c, one.id, OVER)
    return done


@pytest.mark.parametrize("gap", [1, 7, 59, 60, 61, 179, 200, 1000])
async def test_r46_a_ladder_goes_on_from_its_rows_however_long_nobody_looked(
    database: Database, oncall: OnCall, many: Any, gap: int
) -> None:
    """Each look by a program that was just started and knows nothing but the rows."""
    await _team(database, oncall, "ab")
    await _team(database, oncall, "x", START, "oak")
    looks, done, now = 0, [""], START
    other = many()
    while "End" not in done:
        done = await (other if looks % 2 else database).write(
            partial(_look, oncall=oncall, made="r", climb=["ash", "oak"], now=now)
        )
        rungs = await database.read(lambda c: oncall.rungs_of(c, "r"))
        assert sum(one.state == ASKED for one in rungs) == (0 if "End" in done else 1)
        looks, now = looks + 1, now + gap
    assert [one.chat for one in rungs] == ["a", "b", "x"][: len(rungs)]
    assert gap > 300 or len(rungs) == 3
    assert now - START <= 900 + 2 * gap


# -- at the end of a shift -------------------------------------------------------------------------------------------


async def _taken(database: Database, chats: Chats, requests: Requests, oncall: OnCall, who: str = "a") -> str:
    made = await _sent(database, chats, requests)

    def work(c: Connection) -> None:
        oncall.ask(c, made, "ash", who, START, 60, 180)
        assert requests.take(c, made, who, START)
        oncall.set_rung(c, oncall.rungs_of(c, made)[0].id, TOOK)

    await database.write(work)
    return made


async def test_a_request_whose_holder_is_off_shift_is_found_until_somebody_on_shift_has_it(
    database: Database, chats: Chats, requests: Requests, oncall: OnCall
) -> None:
    await _team(database, oncall, "a")
    made = await _taken(database, chats, requests, oncall)
    end = START + 2 * HOUR
    assert await database.read(lambda c: oncall.holding_past_shift(c, end - 1)) == []
    assert await database.read(lambda c: oncall.holding_past_shift(c, end)) == [(made, "a", "ash")]
    await _team(database, oncall, "b", end)
    assert await database.write(lambda c: requests.retake(c, made, "b", end))
    assert await database.read(lambda c: oncall.holding_past_shift(c, end)) == []
    await database.write(lambda c: oncall.out(c, "b", end + 1))
    assert await database.read(lambda c: oncall.holding_past_shift(c, end + 1)) == [(made, "b", "ash")]
    await database.write(lambda c: requests.close(c, made, "placed", None, end + 2))
    assert await database.read(lambda c: oncall.holding_past_shift(c, end + 2)) == []


async def test_r60_who_is_removed_loses_all_at_once_and_what_they_hold_is_offered(
    database: Database, chats: Chats, requests: Requests, oncall: OnCall
) -> None:
    who = chats.hash("telegram", "5")
    await database.write(lambda c: chats.seen(c, who, "5", START))
    await database.write(lambda c: chats.change(c, who, role="advocate"))
    await _team(database, oncall, [who])
    made = await _taken(database, chats, requests, oncall, who)
    await database.write(lambda c: requests.attach(c, who, made))
    await database.write(lambda c: oncall.ask(c, "r2", "ash", who, START, 60, 180))
    await database.write(lambda c: oncall.fleeting_put(c, who, "77", START + 600))
    assert await database.read(lambda c: oncall.program_holds(c, "ash"))
    assert await database.write(lambda c: oncall.remove_advocate(c, who, START + 1))
    row = await database.read(lambda c: chats.get(c, who))
    assert (row.role, row.request) == ("guest", None)
    assert await database.read(lambda c: oncall.advocate(c, who)) is None
    assert await _on(database, oncall, START + 1) == []
    assert await database.read(lambda c: oncall.asked_of(c, who)) == []
    assert await database.read(lambda c: oncall.holding_past_shift(c, START + 1)) == [(made, who, "ash")]
    assert [name for _, name, _ in await database.read(lambda c: oncall.fleeting_due(c, START + 1))] == [who]
    assert not await database.write(lambda c: oncall.remove_advocate(c, who, START + 2))


# -- messages that leave the screen ----------------------------------------------------------------------------------


async def test_opened_answers_leave_the_screen_after_ten_minutes(
    database: Database, oncall: OnCall, clock: VirtualClock
) -> None:
    await _team(database, oncall, "a")
    await database.write(lambda c: oncall.fleeting_put(c, "a", "message-4711", START + FLEETING_SECONDS))
    row = await database.read(lambda c: c.execute(select(fleeting)).one())
    assert b"4711" not in row.message_id
    assert await database.read(lambda c: oncall.fleeting_due(c, START + 599)) == []
    due = await database.read(lambda c: oncall.fleeting_due(c, START + 600))
    assert due == [(row.id, "a", "message-4711")]
    await database.write(lambda c: c.execute(update(fleeting).values(chat="b")))
    assert await database.read(lambda c: oncall.fleeting_due(c, START + 600)) == [], "sealed to its chat"
    await database.write(lambda c: oncall.fleeting_done(c, [row.id]))
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(fleeting))) == 0


async def test_they_leave_at_the_end_of_the_shift_and_at_out_but_not_what_was_opened_afterwards(
    database: Database, oncall: OnCall
) -> None:
    await _team(database, oncall, "ab")
    end = START + 2 * HOUR
    await database.write(lambda c: oncall.fleeting_put(c, "a", "1", end - 60 + FLEETING_SECONDS))
    await database.write(lambda c: oncall.fleeting_put(c, "a", "2", end + 5 + FLEETING_SECONDS))
    await database.write(lambda c: oncall.fleeting_put(c, "b", "3", START + FLEETING_SECONDS))
    assert await database.read(lambda c: oncall.fleeting_due(c, START + 1)) == []
    await database.write(lambda c: oncall.out(c, "b", START + 1))
    assert [number for *_, number in await database.read(lambda c: oncall.fleeting_due(c, START + 1))] == ["3"]
    assert [number for *_, number in await database.read(lambda c: oncall.fleeting_due(c, end))] == ["1", "3"]


# -- invitations -----------------------------------------------------------------------------------------------------


async def _invited(database: Database, chats: Chats, oncall: OnCall, **settled: Any) -> str:
    await database.write(lambda c: oncall.put_program(c, program(), START))
    return await database.write(lambda c: chats.invite(c, "advocate", START + HOUR, **settled))


@pytest.mark.parametrize("minors", [False, True])
@pytest.mark.parametrize("police", [False, True])
async def test_r60_an_advocates_invitation_settles_program_minors_and_police(
    database: Database, chats: Chats, oncall: OnCall, minors: bool, police: bool
) -> None:
    code = await _invited(database, chats, oncall, program="ash", minors=minors, police=police)
    who = chats.hash("telegram", "9")
    await database.write(lambda c: chats.seen(c, who, "9", START))
    await database.write(lambda c: chats.change(c, who, lang="es"))
    assert await database.write(lambda c: chats.accept(c, code, who, START)) == "advocate"
    assert await database.read(lambda c: oncall.advocate(c, who)) == Advocate(who, "ash", ("es",), minors, police)
    assert await database.write(lambda c: chats.accept(c, code, "other", START)) is None, "single use"


@pytest.mark.parametrize("role", ["officer", "coordinator"])
async def test_r60_officer_or_coordinator_and_advocate_are_never_one_account(
    database: Database, chats: Chats, oncall: OnCall, role: str
) -> None:
    code = await _invited(database, chats, oncall, program="ash")
    who = chats.hash("telegram", "9")
    await database.write(lambda c: chats.seen(c, who, "9", START))
    await database.write(lambda c: chats.change(c, who, role=role))
    assert await database.write(lambda c: chats.accept(c, code, who, START)) is None
    assert await database.read(lambda c: oncall.advocate(c, who)) is None
    free = chats.hash("telegram", "10")
    await database.write(lambda c: chats.seen(c, free, "10", START))
    assert await database.write(lambda c: chats.accept(c, code, free, START)) == "advocate", "it was not used up"
    back = await database.write(lambda c: chats.invite(c, role, START + HOUR))
    assert await database.write(lambda c: chats.accept(c, back, free, START)) is None
    assert (await database.read(lambda c: chats.get(c, free))).role == "advocate"


async def test_r60_taking_an_invitation_back_takes_the_advocate_off_at_once(
    database: Database, chats: Chats, oncall: OnCall
) -> None:
    code = await _invited(database, chats, oncall, program="ash")
    who = chats.hash("telegram", "9")
    await database.write(lambda c: chats.seen(c, who, "9", START))
    await database.write(lambda c: chats.accept(c, code, who, START))
    await _team(database, oncall, [who])
    await database.write(lambda c: oncall.ask(c, "r", "ash", who, START, 60, 180))
    assert await database.write(lambda c: chats.revoke(c, code, START + 1))
    assert await _on(database, oncall, START + 1) == []
    assert await database.read(lambda c: oncall.advocate(c, who)) is None
    assert [one.state for one in await database.read(lambda c: oncall.rungs_of(c, "r"))] == [OVER]
    assert (await database.read(lambda c: chats.get(c, who))).role == "guest"


async def test_an_invitation_for_a_program_that_is_gone_gives_nothing(
    database: Database, chats: Chats, oncall: OnCall
) -> None:
    code = await _invited(database, chats, oncall, program="ash")
    await database.write(lambda c: oncall.remove_program(c, "ash"))
    who = chats.hash("telegram", "9")
    await database.write(lambda c: chats.seen(c, who, "9", START))
    assert await database.write(lambda c: chats.accept(c, code, who, START)) is None
    assert (await database.read(lambda c: chats.get(c, who))).role == "guest"
    assert await database.read(lambda c: c.scalar(select(invitation.c.used_by))) is None
