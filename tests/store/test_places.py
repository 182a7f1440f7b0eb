"""The send budget as a whole: however long each send is on its way, no second has more than allowed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from bot.pacing import LATE_SECONDS, UNDER_WAY_SECONDS, WINDOW_SECONDS, Budget
from bot.store import schema
from bot.store.database import Database
from bot.store.places import Held
from tests.store.virtual import START

pytestmark = pytest.mark.store
RULE = settings(derandomize=True, deadline=None, max_examples=10, database=None)
Way = tuple[float, float, float, bool]
"""Of one send: seconds before it starts, until the platform has it, until the answer is here; whether its process was killed."""
WAYS = st.tuples(
    st.floats(0, LATE_SECONDS), st.floats(0, UNDER_WAY_SECONDS - LATE_SECONDS), st.floats(0, 3), st.booleans()
)


def _empty() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    schema.metadata.create_all(engine)
    return engine


def most_in_a_second(times: list[float]) -> int:
    return max((sum(1 for other in times if at <= other < at + 1.0 - 1e-9) for at in times), default=0)


def arrivals(rate: float, ways: list[Way], many: int) -> list[float]:
    """When the platform has each of `many` sends, which leave as soon as the budget lets them, in these ways by turns."""
    engine, budget, now = _empty(), Budget("bot", rate), START
    there: list[float] = []
    answers: list[tuple[float, Held]] = []
    with engine.connect() as connection:
        for number in range(many):
            before, under_way, back, killed = ways[number % len(ways)]
            while True:
                for at, held in [one for one in answers if one[0] <= now]:
                    budget.answered(connection, held, at)
                answers = [one for one in answers if one[0] > now]
                found = budget.take_one(connection, now)
                if isinstance(found, Held):
                    break
                now += max(min([found, *(at - now for at, _ in answers)]), 1e-4)
            there.append(now + before + under_way)
            if not killed:
                answers.append((there[-1] + back, found))
    engine.dispose()
    return there


@pytest.mark.parametrize("rate", [1.0, 5.0, 25.0])
@given(ways=st.lists(WAYS, min_size=1, max_size=40))
@RULE
def test_no_second_has_more_than_allowed_however_long_each_send_is_on_its_way(rate: float, ways: list[Way]) -> None:
    """Stalls of the machine and of the network, answers that are late or never come."""
    assert most_in_a_second(arrivals(rate, ways, int(4 * rate))) <= rate


def test_a_stall_of_the_network_is_made_up_for_by_those_after_it() -> None:
    """Half a second in which all that left waits, and then arrives together with what leaves after it."""
    stalled = [(0.0, UNDER_WAY_SECONDS - LATE_SECONDS - 0.045 * number, 0.0, False) for number in range(12)]
    ways = [*stalled, *[(0.0, 0.0, 0.0, False)] * 38]
    assert most_in_a_second(arrivals(25.0, ways, 100)) <= 25


def test_answers_in_good_time_cost_nothing() -> None:
    """With a platform that answers in 50 ms the bucket alone sets the pace."""
    times = arrivals(25.0, [(0.0, 0.02, 0.03, False)], 250)
    assert 20.5 <= 249 / (times[-1] - times[0]) <= 22.5


async def test_places_are_shared_by_all_senders_and_come_back(database: Database) -> None:
    budget = Budget("bot", 2.0)

    async def take(at: float) -> Held | float:
        return await database.write(lambda c: budget.take_one(c, at))

    first = await take(START)
    second = await take(START + 1)
    assert isinstance(first, Held)
    assert isinstance(second, Held)
    assert first.number != second.number
    late = await take(START + 1.9)  # the bucket has one, the places have none
    assert late == pytest.approx(START + UNDER_WAY_SECONDS + WINDOW_SECONDS - (START + 1.9))
    await database.write(lambda c: budget.answered(c, second, START + 1.1))
    again = await take(START + 2.0)
    assert isinstance(again, Held)
    assert again.number == first.number, "nobody answered, so it came back by itself"
    await database.write(lambda c: budget.answered(c, first, START + 9))
    assert isinstance(await take(START + 4.0), Held), "a late answer takes nobody's place away"


async def test_a_rate_that_is_raised_has_more_places(database: Database) -> None:
    async def free(rate: float) -> int:
        budget = Budget("bot", rate)
        return await database.write(lambda c: len(budget.see(c, 99, START)[2].free))

    assert [await free(rate) for rate in (2.0, 5.0, 3.0)] == [2, 5, 3]
