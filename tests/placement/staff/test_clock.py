"""The ladder, shifts and handovers by the clock: whatever is restarted, however often it ticks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from bot.oncall.ladder import LADDER_SECONDS, REPEAT_SECONDS, RUNG_SECONDS
from bot.oncall.rota import AHEAD_SECONDS, TEST_SECONDS
from bot.store.database import Database
from bot.store.requests import SILENCE
from bot.store.schema import chat, outbox, request
from bot.store.schema import release as yes
from tests.placement.staff.making import ANSWERS, Night
from tests.store.virtual import HOUR

pytestmark = pytest.mark.store


async def test_an_alert_rings_each_minute_then_the_next_is_asked_then_the_next_program(night: Night) -> None:
    await night.program("other")
    await night.advocate("eva", of="other")
    made = await night.sends(climb=("house", "other"))
    await night.tick(RUNG_SECONDS - 1)
    assert [night.screens[n].loud for n in ("ana", "ben", "eva")] == [3, 0, 0]
    await night.tick(RUNG_SECONDS)
    assert [night.screens[n].loud for n in ("ana", "ben", "eva")] == [3, 3, 0]
    await night.tick(RUNG_SECONDS)
    assert [night.screens[n].loud for n in ("ana", "ben", "eva")] == [3, 3, 3]
    assert not night.screens["ana"].texts, "what rang is off the screen once the rung is over"
    await night.tick(10)
    assert (await night.found(made)).state == "nobody"


async def test_r45_its_end_is_told_at_once_and_the_operator_learns_only_that(night: Night) -> None:
    made = await night.sends()
    await night.tick(2 * RUNG_SECONDS)
    await night.tick()
    found = await night.found(made)
    assert (found.state, found.outcome) == ("nobody", "nobody")
    assert night.says_to("woman", "request.end")
    assert night.says_to("operator", "operator.unanswered")
    assert made not in "".join(night.screens["operator"].ever)
    assert (await night.counted()) == {("outcome", "nobody"): 1}
    before = (len(night.screens["operator"].ever), len(night.screens["woman"].ever))
    await night.tick(120)
    assert (len(night.screens["operator"].ever), len(night.screens["woman"].ever)) == before
    assert (await night.counted()) == {("outcome", "nobody"): 1}


async def test_r45_the_ladder_is_over_after_fifteen_minutes_whoever_is_left(night: Night) -> None:
    for name in ("cat", "dan", "eli", "fay", "gil"):
        await night.advocate(name)
    made = await night.sends()
    await night.tick(LADDER_SECONDS - 5)
    assert (await night.found(made)).state == "sent"
    await night.tick(5)
    assert (await night.found(made)).state == "nobody"
    assert len(await night.database.read(lambda c: night.oncall.rungs_of(c, made))) == 5


async def test_r43_a_yes_that_was_taken_back_stops_its_program_at_once(night: Night) -> None:
    await night.program("other")
    await night.advocate("eva", of="other")
    made = await night.sends(climb=("house", "other"))
    revoked = update(yes).where(yes.c.program == "house").values(revoked_at=night.clock())
    await night.database.write(lambda c: c.execute(revoked) and None)
    await night.tick()
    rungs = await night.database.read(lambda c: night.oncall.rungs_of(c, made))
    assert [(r.chat, r.state) for r in rungs] == [("ana", 3), ("eva", 0)]
    assert await night.takes("ana", made) == ["message:oncall.old"]


async def test_who_cannot_be_reached_is_not_waited_for(night: Night) -> None:
    await night.database.write(lambda c: night.chats.change(c, "ana", blocked=1))
    made = await night.sends()
    assert [r.chat for r in await night.database.read(lambda c: night.oncall.rungs_of(c, made))] == ["ben"]


async def test_a_program_with_a_paging_address_is_paged_with_each_ring_and_no_other_is(night: Night) -> None:
    await night.sends()
    assert night.paged == []
    await night.tick(RUNG_SECONDS)
    await night.program("house", paging="https://page.example.org/house")
    await night.person("other")
    await night.sends(who="other")
    await night.tick(REPEAT_SECONDS)
    assert set(night.paged) == {"https://page.example.org/house"}


@given(
    steps=st.lists(
        st.tuples(st.sampled_from([1.0, 5.0, 30.0, 59.0, 61.0, 200.0]), st.sampled_from(["tick", "twice", "restart", "none"])),
        min_size=3, max_size=14,
    )
)  # fmt: skip
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_r46_restarts_and_double_ticks_ask_nobody_twice(quick: Night, steps: list[tuple[float, str]]) -> None:
    made = await quick.sends()
    sent_at = (await quick.found(made)).sent_at or 0.0
    for seconds, what in steps:
        quick.clock.advance(seconds)
        if what == "restart":
            quick.restart()
        for _ in range({"tick": 1, "twice": 2, "restart": 1, "none": 0}[what]):
            await quick.database.write(lambda c: quick.clockwork.tick(c, quick.clock()))
    queued = await quick.database.read(
        lambda c: c.execute(select(outbox.c.dedupe, outbox.c.chat, outbox.c.content)).all()
    )
    rungs = await quick.database.read(lambda c: quick.oncall.rungs_of(c, made))
    assert [r.chat for r in rungs] in (["ana"], ["ana", "ben"])
    assert sum(r.state == 0 for r in rungs) <= 1
    for rung in rungs:
        rings = [d for d, _, _ in queued if d.startswith(f"alert:{rung.id}:")]
        assert len(rings) <= 3, "once a minute, for three minutes"
    found = await quick.found(made)
    assert sum(d == f"nobody:{made}" for d, _, _ in queued) == (found.state == "nobody")
    if quick.clock() >= sent_at + LADDER_SECONDS and steps[-1][1] != "none":
        assert found.state == "nobody"
    await quick.database.write(lambda c: quick.requests.drop(c, made))
    await quick.deliver()


async def test_r46_two_processes_that_tick_at_once_do_everything_once(
    night: Night, many: Callable[[], Database]
) -> None:
    other = Night(many(), night.chats, night.keys, night.clock)
    await night.advocate("eva", since=60, hours=1, on=False)
    made = await night.sends()

    async def both() -> None:
        done = await asyncio.gather(
            *(n.database.write(lambda c, n=n: n.clockwork.tick(c, n.clock())) for n in (night, other)), return_exceptions=True
        )  # fmt: skip
        assert not all(isinstance(d, BaseException) for d in done), (
            "where one waits in vain for the other, the other does it"
        )

    for _ in range(40):
        night.clock.advance(11)
        await both()
    assert (await night.found(made)).state == "nobody"
    rungs = await night.database.read(lambda c: night.oncall.rungs_of(c, made))
    assert [r.chat for r in rungs] == ["ana", "ben"]
    alerts = (
        select(func.count())
        .select_from(outbox)
        .where(outbox.c.dedupe.like("alert:%"), outbox.c.chat.in_(["ana", "ben"]))
    )
    assert await night.database.read(lambda c: c.scalar(alerts)) <= 6
    assert await night.counted() == {("outcome", "nobody"): 1}


# -- shifts ------------------------------------------------------------------------------------------------------------------


async def _planned(night: Night, name: str, begins: float, hours: float = 8) -> int:
    at = night.clock() + begins
    number = await night.database.write(lambda c: night.oncall.add_shift(c, name, "house", at, at + hours * HOUR))
    assert number is not None
    return number


async def test_a_shift_begins_with_a_tap_on_a_test_alert(night: Night) -> None:
    await night.advocate("eva", on=False)
    number = await _planned(night, "eva", AHEAD_SECONDS + 60)
    await night.tick(55)
    assert not night.screens["eva"].ever
    await night.tick(10)
    assert night.screens["eva"].payloads() == [f"a:test:{number}"]
    assert night.screens["eva"].loud == 1
    assert await night.tap("ben", f"test:{number}") == ["message:oncall.test.late"], "not his"
    assert await night.tap("eva", f"test:{number}") == ["private:shifts", "message:oncall.no_pin"]
    await night.tick(AHEAD_SECONDS)
    assert "eva" in [s.chat for s in await night.database.read(lambda c: night.oncall.on_now(c, night.clock()))]
    assert night.screens["eva"].loud == 1, "it rings no more"
    await night.tap("eva", f"test:{number}")
    assert await night.deeds() == ["confirm"], "a second tap is no second deed"


async def test_who_does_not_tap_in_fifteen_minutes_is_off_and_the_next_and_the_operator_hear_it(night: Night) -> None:
    await night.advocate("eva", on=False)
    number = await _planned(night, "eva", 0)
    await night.tick(TEST_SECONDS - 5)
    assert night.screens["eva"].loud == 3, "every five minutes"
    assert not night.says_to("operator", "operator.shift_missed")
    await night.tick(10)
    assert night.says_to("eva", "oncall.missed")
    assert night.says_to("ana", "oncall.alone")
    assert night.says_to("operator", "operator.shift_missed")
    assert not night.says_to("operator", "operator.nobody_on_shift")
    assert await night.tap("eva", f"test:{number}") == ["message:oncall.test.late"]
    before = len(night.screens["operator"].ever)
    await night.tick(60)
    assert len(night.screens["operator"].ever) == before


async def test_where_nobody_is_left_the_operator_hears_that(night: Night) -> None:
    await night.tap("ana", "/out")
    assert not night.says_to("operator", "operator.nobody_on_shift")
    await night.tap("ben", "/out")
    assert night.says_to("operator", "operator.nobody_on_shift")
    assert await night.tap("ben", "/out") == ["message:oncall.out.none"]
    assert await night.deeds() == ["out", "out"]


async def test_out_gives_what_was_asked_to_the_next_at_once(night: Night) -> None:
    made = await night.sends()
    assert await night.tap("ana", "/out") == ["message:oncall.out"]
    assert night.screens["ben"].loud == 1
    assert not [p for p in night.screens["ana"].payloads() if p.startswith("a:take")], "the alert is off the screen"
    assert await night.takes("ben", made) == ["staff:oncall.taken"]


async def test_my_shifts_are_told_in_the_programs_own_time(quick: Night) -> None:
    await quick.advocate("eva", on=False)
    for day in range(1, 5):
        await _planned(quick, "eva", day * 24 * HOUR)
    assert await quick.tap("eva", "/shift") == ["private:shifts"]
    rows = [row for row in quick.screens["eva"].ever[-1].splitlines() if row.endswith(": planned")]
    assert len(rows) == 3
    await quick.tap("ana", "/shift")
    assert "you are on" in quick.screens["ana"].ever[-1]


async def test_at_a_shifts_end_the_screen_is_cleared_and_what_is_held_is_offered_until_one_has_it(night: Night) -> None:
    await night.advocate("eva", on=False)
    await night.shift("eva", hours=1)
    await night.sets_pin("eva")
    await night.database.write(lambda c: night.oncall.out(c, "ana", night.clock()))
    made = await night.sends()
    await night.tap("ben", f"pass:{await night.rung('ben', made)}")
    await night.takes("eva", made)
    night.clock.advance(HOUR - 60)
    await night.tap("eva", f"open:{made}")
    await night.pin("eva")
    assert ANSWERS["number"] in night.screens["eva"]
    await night.tick(60)
    assert ANSWERS["number"] not in night.screens["eva"]
    assert night.says_to("eva", "oncall.shift.holding")
    await night.tap("eva", f"open:{made}")
    await night.pin("eva")
    await night.tick(30)
    assert ANSWERS["number"] in night.screens["eva"], "until one has it, it stays theirs"
    loud = night.screens["ben"].loud
    await night.tick(240)
    assert night.screens["ben"].loud == loud + 4, "each minute"
    assert await night.tap("ben", f"have:{made}") == ["staff:oncall.taken"]
    await night.tick()
    found = await night.found(made)
    assert (found.state, found.taken_by) == ("taken", "ben")
    assert ANSWERS["number"] not in night.screens["eva"]
    assert night.says_to("eva", "oncall.handed_over")
    assert await night.tap("eva", f"open:{made}") == ["message:oncall.old"]
    loud = night.screens["ben"].loud
    await night.tick(200)
    assert night.screens["ben"].loud == loud
    assert (await night.counted())["first_answer", "1m"] == 1, "a handover is no second first answer"


async def test_two_who_say_i_have_it_at_once_and_one_has_it(night: Night, many: Callable[[], Database]) -> None:
    other = Night(many(), night.chats, night.keys, night.clock)
    await night.advocate("eva")
    made = await night.sends()
    await night.takes("ana", made)
    await night.tap("ana", "/out")
    said = await asyncio.gather(night.tap("ben", f"have:{made}"), other.tap("eva", f"have:{made}"))
    assert ["staff:oncall.taken"] in said
    assert next(s for s in said if s != ["staff:oncall.taken"]) in (["message:oncall.old"], ["message:oncall.faster"])
    assert (await night.deeds()).count("handover") == 1


async def test_who_may_not_have_it_is_neither_asked_nor_given_it(night: Night) -> None:
    await night.program("other")
    await night.advocate("eva", of="other")
    made = await night.sends()
    await night.takes("ana", made)
    assert await night.tap("ben", f"have:{made}") == ["message:oncall.old"], "Ana is on shift"
    await night.tap("ana", "/out")
    await night.tick()
    assert await night.tap("eva", f"have:{made}") == ["message:oncall.off_shift"], "no yes to her program"
    assert f"a:have:{made}" not in night.screens["eva"].payloads()
    await night.tap("ben", "/out")
    assert await night.tap("ben", f"have:{made}") == ["message:oncall.off_shift"]


async def test_it_climbs_to_a_program_with_a_yes_where_nobody_of_the_own_is_there(night: Night) -> None:
    await night.program("other")
    await night.advocate("eva", of="other")
    made = await night.sends(climb=("house", "other"))
    await night.takes("ana", made)
    await night.tap("ana", "/out")
    await night.tick()
    assert f"a:have:{made}" not in night.screens["eva"].payloads(), "Ben is there"
    await night.tap("ben", "/out")
    await night.tick(60)
    assert f"a:have:{made}" in night.screens["eva"].payloads()
    assert await night.tap("eva", f"have:{made}") == ["staff:oncall.taken"]


async def test_where_nobody_is_there_to_have_it_holder_and_operator_hear_it_once(night: Night) -> None:
    made = await night.sends()
    await night.takes("ana", made)
    await night.tap("ben", "/out")
    await night.tap("ana", "/out")
    await night.tick(180)
    for who, name in (("ana", "oncall.handover.nobody"), ("operator", "operator.handover")):
        first = night.screens[who].ever
        assert night.says_to(who, name)
        assert len([t for t in first if ("number" in t and "from you" in t) or "waits for somebody" in t]) == 1
    assert (await night.found(made)).taken_by == "ana"


async def test_r24_after_72_hours_without_a_word_it_closes_and_the_advocate_hears_it(night: Night) -> None:
    made = await night.sends()
    await night.takes("ana", made)
    night.clock.advance(SILENCE - 10)
    await night.tick()
    assert (await night.found(made)).state == "taken"
    night.clock.advance(11)
    await night.tick()
    found = await night.found(made)
    assert (found.state, found.outcome) == ("closed", "lost_contact")
    assert night.says_to("ana", "oncall.lost")
    assert (await night.database.read(lambda c: c.scalar(select(chat.c.request).where(chat.c.chat == "ana")))) is None


async def test_a_request_that_cannot_be_read_stops_no_other(night: Night) -> None:
    first = await night.sends()
    await night.person("other")
    second = await night.sends(who="other")
    broken = update(request).where(request.c.id == first).values(answers=b"nothing")
    await night.database.write(lambda c: c.execute(broken) and None)
    await night.tick(RUNG_SECONDS)
    rungs = await night.database.read(lambda c: night.oncall.rungs_of(c, second))
    assert len(rungs) == 2
