"""An officer's refreshers in the chat: shown at their time, answered with one tap, explained at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.training_schema import memory, occurrence, question
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, at
from tests.training.school import CHIEF, ROOKIE, School

TUESDAY = at("2026-06-02T15:00")
"""Ten in the morning in Chicago."""


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("who", [ROOKIE, CHIEF])
async def test_the_menu_has_a_card_and_from_there_the_score_and_the_hours(school: School, lang: str, who: int) -> None:
    await school.opened(lang=lang)
    await school.hears(who, "/menu")
    tap = next(payload for _, payload in school.buttons(who) if payload == "h:learner_quiz")
    await school.hears(who, f"!{tap}")
    await school.answers(who)
    assert "k:score" in [payload for _, payload in school.buttons(who)]
    await school.hears(who, "!k:score")
    assert "k:hours" in [payload for _, payload in school.buttons(who)]


async def test_a_refresher_comes_at_its_time_and_is_answered_with_one_tap_each(school: School) -> None:
    await school.opened()
    school.clock.now = TUESDAY - 300
    await school.goes_on()
    assert school.phones.texts(ROOKIE) == []
    school.clock.now = TUESDAY
    await school.goes_on()
    (first,) = school.phones.texts(ROOKIE)
    assert first.startswith("Refresher, 1 of 2")
    assert [title for title, _ in school.buttons(ROOKIE)] in (["A", "B", "C", "Later"], ["A", "B", "C", "D", "Later"])

    school.clock.now += 20
    said = await school.answers(ROOKIE)
    assert said[0].startswith("✓ Right.")
    assert said[1].startswith("Refresher, 2 of 2")
    school.clock.now += 20
    said = await school.answers(ROOKIE, right=False)
    assert said[0].startswith("✗ Not ")
    wrong = said[0]
    assert said[1] == "Done: 1 of 2 right.\nNext: Tuesday, June 9, 10:00 a.m."

    rookie = (await school.member_of(ROOKIE)).id
    rows = [row for row in await school.rows(question) if row.member == rookie]
    assert [row.right for row in rows] == [1, 0]
    assert [row.seconds for row in rows] == pytest.approx([20, 20], abs=1), "each from when it was shown"
    mine = [row for row in await school.rows(occurrence) if row.member == rookie]
    assert [row.state for row in mine if row.day == "2026-06-02"] == [4]
    kept = {row.card: row for row in await school.rows(memory)}
    assert kept[rows[1].card].stability < kept[rows[0].card].stability / 2
    # One card in seven is held out, by chance of the department's salt: it comes in sixty days, and nothing else is said of it.
    assert f"It will come back {'later' if kept[rows[1].card].held else 'sooner'}" in wrong


async def test_a_wrong_answer_to_a_card_held_out_promises_no_sooner(school: School) -> None:
    """Held out by chance; the words are those of what the memory says."""
    await school.opened()
    seen = set()
    for _ in range(40):
        await school.hears(ROOKIE, "!k:quiz:more")
        said = (await school.answers(ROOKIE, right=False))[0]
        held = max(await school.rows(memory), key=lambda row: row.last_at).held
        assert ("come back sooner" in said) == (not held)
        seen.add(bool(held))
        if len(seen) == 2:
            return
    raise AssertionError(seen)
