"""The keypad: digits that nobody keeps, five misses, and who takes over then."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import inspect, text

from bot.oncall.model import MISSES
from bot.oncall.pin import KEYPAD_SECONDS
from tests.placement.staff.making import ANSWERS, PIN, Night

pytestmark = pytest.mark.store


async def test_a_pin_is_tapped_twice_and_no_screen_shows_a_digit(night: Night) -> None:
    await night.sets_pin("ana")
    kept = await night.database.read(lambda c: night.oncall.pin_of(c, "ana"))
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert not any(PIN in words for words in night.screens["ana"].ever)
    keypad = [pairs for pairs in night.screens["ana"].buttons.values() if len(pairs) == 12]
    assert [p for _, p in keypad[0]] == [
        f"a:pin:{k}" for k in ("1", "2", "3", "4", "5", "6", "7", "8", "9", "back", "0", "ok")
    ]


async def test_two_that_differ_are_both_asked_for_again(quick: Night) -> None:
    await quick.tap("ana", "/pin")
    assert await quick.pin("ana", "1234") == ["oncall.pin.again"]
    assert await quick.pin("ana", "1235") == ["oncall.pin.different"]
    assert await quick.pin("ana", "1234") == ["oncall.pin.again"]
    assert await quick.pin("ana", "1234") == ["message:oncall.pin.set"]


async def test_ok_too_early_says_so_and_back_takes_one_off(quick: Night) -> None:
    await quick.tap("ana", "/pin")
    assert await quick.pin("ana", "12") == ["message:oncall.pin.short"]
    for key in ("back", "back", "back", *"5678", "back", "9"):
        assert await quick.tap("ana", f"pin:{key}") == []
    assert await quick.tap("ana", "pin:ok") == ["oncall.pin.again"]
    assert await quick.pin("ana", "5679") == ["message:oncall.pin.set"]


async def test_a_new_pin_needs_the_old_one_first(quick: Night) -> None:
    await quick.sets_pin("ana")
    assert await quick.tap("ana", "/pin") == ["oncall.pin.old"]
    assert await quick.pin("ana", "9999") == ["message:oncall.pin.wrong", "oncall.pin.enter"]
    assert await quick.pin("ana") == ["oncall.pin.new"]
    assert await quick.pin("ana", "2468") == ["oncall.pin.again"]
    assert await quick.pin("ana", "2468") == ["message:oncall.pin.set"]
    await quick.tap("ana", "/pin")
    assert await quick.pin("ana", PIN) == ["message:oncall.pin.wrong", "oncall.pin.enter"], "the old one is gone"
    assert await quick.pin("ana", "2468") == ["oncall.pin.new"]


@pytest.mark.parametrize("later", ["a minute", "a restart"])
async def test_a_keypad_is_over_after_a_minute_and_after_a_restart(quick: Night, later: str) -> None:
    await quick.sets_pin("ana")
    made = await quick.sends()
    await quick.takes("ana", made)
    await quick.tap("ana", f"open:{made}")
    await quick.tap("ana", "pin:1")
    if later == "a restart":
        quick.restart()
    else:
        quick.clock.advance(KEYPAD_SECONDS)
    assert await quick.tap("ana", "pin:3") == ["message:oncall.pin.over"]
    assert await quick.tap("ana", f"open:{made}") == ["oncall.pin.enter"]
    assert await quick.pin("ana") == ["private:answers"]


async def test_five_misses_lock_it_tell_the_operator_and_others_may_take_over(night: Night) -> None:
    await night.sets_pin("ana")
    made = await night.sends()
    await night.takes("ana", made)
    await night.tap("ana", f"open:{made}")
    for left in range(MISSES - 1, 0, -1):
        assert await night.pin("ana", "0000") == ["message:oncall.pin.wrong", "oncall.pin.enter"]
        assert f"before it locks: {left}" in night.screens["ana"]
        night.restart()  # the count is in a row
        await night.tap("ana", f"open:{made}")
    assert await night.pin("ana", "0000") == ["message:oncall.locked.holding"]
    assert await night.tap("ana", f"open:{made}") == ["message:oncall.locked.holding"]
    assert await night.tap("ana", "/pin") == ["message:oncall.locked.holding"]
    assert await night.tap("ana", "pin:1") == ["message:oncall.pin.over"]
    assert night.says_to("operator", "operator.pin_locked")
    assert not any(ANSWERS["number"] in words for words in night.screens["ana"].ever)
    assert await night.deeds() == ["pin", "take", "locked"]
    await night.tick()
    assert f"a:have:{made}" in night.screens["ben"].payloads()
    assert await night.tap("ben", f"have:{made}") == ["staff:oncall.taken"]
    assert (await night.found(made)).taken_by == "ben"
    assert await night.database.write(lambda c: night.oncall.unlock(c, "ana"))
    await night.tap("ana", "/pin")
    assert await night.pin("ana") == ["oncall.pin.new"]


async def test_digits_are_in_no_row_and_a_right_one_starts_the_count_anew(quick: Night) -> None:
    await quick.sets_pin("ana", "808080")
    made = await quick.sends()
    await quick.takes("ana", made)
    for _ in range(3):
        await quick.tap("ana", f"open:{made}")
        for _ in range(MISSES - 1):
            await quick.pin("ana", "0000")
        assert await quick.pin("ana", "808080") == ["private:answers"]

    def everything(c: object) -> str:
        tables = inspect(c).get_table_names()  # type: ignore[union-attr]
        return "".join(str(c.execute(text(f'SELECT * FROM "{name}"')).all()) for name in tables)  # type: ignore[attr-defined]

    assert not re.search(r"\b808080\b", await quick.database.read(everything))


async def test_one_hammering_keypad_shows_no_other_ones_digits(quick: Night) -> None:
    await quick.sets_pin("ana", "1111")
    await quick.sets_pin("ben", "2222")
    await quick.tap("ana", "/pin")
    await quick.tap("ben", "/pin")
    for key in "1111":
        await quick.tap("ana", f"pin:{key}")
    for key in "2222":
        await quick.tap("ben", f"pin:{key}")
    assert await quick.tap("ben", "pin:ok") == ["oncall.pin.new"]
    assert await quick.tap("ana", "pin:ok") == ["oncall.pin.new"]


async def test_who_is_locked_out_is_not_asked_and_what_they_were_asked_goes_on(night: Night) -> None:
    await night.sets_pin("ana")
    made = await night.sends()
    await night.tap("ana", "/pin")
    for _ in range(MISSES):
        await night.pin("ana", "0000")
    assert await night.takes("ana", made) == ["message:oncall.locked"]
    await night.tap("ana", "/shift")
    assert night.screens["ana"].ever[-1].endswith(": off"), "the page says why nothing rings"
    await night.tick()
    assert await night.takes("ben", made) == ["staff:oncall.taken"]
    await night.person("other")
    second = await night.sends(who="other")
    assert [r.chat for r in await night.database.read(lambda c: night.oncall.rungs_of(c, second))] == ["ben"]
