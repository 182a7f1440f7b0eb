"""Whatever advocates, the person and the clock do, in any order: the answers stand on one screen at most, that of the holder whose
program has a yes that holds, and for ten minutes at most."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from bot.oncall import pin
from bot.placement.staff_words import OPEN_SECONDS
from bot.store.schema import request, shift
from tests.placement.staff.making import ANSWERS, PIN, Night

WHO = ("ana", "ben", "eva", "oto")
DEEDS = (
    "take",
    "pass",
    "open",
    "why",
    "have",
    "close",
    "out",
    "request",
    "write",
    "back",
    "revoke",
    "lock",
    "restart",
    "tick",
    "long",
)
TICK = 5.0


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is not what is tried here."""
    monkeypatch.setattr(pin, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def _do(night: Night, made: str, who: str, deed: str, opened: dict[str, float]) -> None:
    rungs = await night.database.read(lambda c: night.oncall.rungs_of(c, made))
    mine = next((r.id for r in rungs if r.chat == who), 0)
    match deed:
        case "take" | "pass":
            await night.tap(who, f"{deed}:{mine}")
        case "open" | "why":
            if await night.tap(who, f"{deed}:{made}") == ["oncall.pin.enter"]:
                await night.pin(who)
                opened[who] = night.clock()
        case "have" | "close":
            await night.tap(who, f"have:{made}" if deed == "have" else f"end:{made}:other_help")
        case "out" | "request":
            await night.tap(who, f"/{deed}")
        case "write":
            await night.says(who, "Is now a good time?")
        case "back":
            await night.database.write(lambda c: _take_back(night, c, made))
        case "revoke":
            await night.database.write(lambda c: night.requests.revoke(c, made, night.clock()) and None)
        case "lock":
            if await night.tap(who, "/pin") == ["oncall.pin.old"]:
                for _ in range(5):
                    await night.pin(who, "0000")
        case "restart":
            night.restart()
        case "long":
            await night.tick(181, every=60)
    night.clock.advance(TICK)
    await night.tick()


def _take_back(night: Night, c: Connection, made: str) -> None:
    found = night.requests.get(c, made)
    if found is not None and found.state in ("sent", "taken"):
        night.calling.withdrawn(c, found, night.clock())
        night.requests.withdraw(c, made, night.clock())


async def _fresh(night: Night) -> None:
    """A new evening over the same store."""
    night.screens.clear()
    await night.database.write(lambda c: [c.execute(delete(t)) for t in (shift, request)] and None)
    for name in WHO:
        await night.database.write(lambda c, n=name: night.oncall.unlock(c, n))
        await night.database.write(lambda c, n=name: night.oncall.set_pin(c, n, pin.hashed(PIN)))
        await night.shift(name, "other" if name == "oto" else "house")


@given(st.lists(st.tuples(st.sampled_from(WHO), st.sampled_from(DEEDS)), min_size=4, max_size=25), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_r41_no_order_of_taps_shows_the_answers_to_another(
    quick: Night, cheap: None, deeds: list[tuple[str, str]], both: bool
) -> None:
    if "eva" not in quick.screens and await quick.database.read(lambda c: quick.oncall.advocate(c, "eva")) is None:
        await quick.program("other")
        await quick.advocate("eva", on=False)
        await quick.advocate("oto", of="other", on=False)
    await _fresh(quick)
    made = await quick.sends(climb=("house", "other") if both else ("house",))
    opened: dict[str, float] = {}
    for who, deed in deeds:
        await _do(quick, made, who, deed, opened)
        found = await quick.database.read(lambda c: quick.requests.get(c, made))
        shown = {name for name in WHO if ANSWERS["number"] in quick.screens[name]}
        assert found is not None
        if found.state != "taken":
            assert shown == set(), (who, deed, found.state)
        assert shown <= {found.taken_by}
        for name in shown:
            assert quick.clock() < opened[name] + OPEN_SECONDS + 2 * TICK
        if not both:
            assert not any(ANSWERS["number"] in text for text in quick.screens["oto"].ever), "no yes to that program"
        everything: Any = [text for name in (*WHO, "woman", "operator") for text in quick.screens[name].ever]
        assert not any(PIN in text for text in everything)
        for name in ("woman", "operator"):
            assert not any(ANSWERS["number"] in text for text in quick.screens[name].ever)
    rungs = await quick.database.read(lambda c: quick.oncall.rungs_of(c, made))
    assert len({r.chat for r in rungs}) == len(rungs), "nobody is asked twice"
    assert sum(r.state == 1 for r in rungs) <= 1
