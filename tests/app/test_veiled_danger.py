"""Danger that the classifier gives a fair chance behind a likelier row is said first; what was asked comes after it, unless it takes something away."""

from __future__ import annotations

import pytest

from bot.channels.conversation import Conversation, Said
from bot.library import loading
from bot.safety import floor as floors
from bot.stages.floor import DANGER
from bot.stages.reading import VEILED_DANGER
from tests.app.talking import Heard, ScriptedNlu, real_desk
from tests.app.virtual_loop import run

PLAIN = "everything is so heavy lately"


def _says(heard: Heard, role: str = "guest") -> Said:
    nlu = ScriptedNlu(always=heard)
    said, _ = run(lambda: Conversation(real_desk(nlu), loading.shared(), nlu, role).say(PLAIN))
    found: Said = said
    return found


def _kinds(said: Said) -> list[tuple[str, str]]:
    return [(r.kind, r.handling) for r in said.outcome.replies if r.kind != "intro"]


def test_the_floor_hears_nothing_in_it() -> None:
    assert floors.shared().read(PLAIN).level == "none"


@pytest.mark.parametrize("row", DANGER)
@pytest.mark.parametrize("asked", ["goodbye", "emotional_support", "basic_needs"])
def test_r13_danger_in_second_place_is_said_first(row: str, asked: str) -> None:
    assert _kinds(_says(Heard(asked, 0.65, ((row, VEILED_DANGER),)))) == [("danger", row), ("answer", asked)]


@pytest.mark.parametrize("asked", ["delete_my_data", "stop_or_exit"])
def test_nothing_is_erased_or_closed_in_the_same_breath(asked: str) -> None:
    """Who says goodbye to life and asks for their words to be erased hears of help first; the erasing they can ask for again."""
    said = _says(Heard(asked, 0.65, (("self_harm", 0.34),)))
    assert _kinds(said)[0] == ("danger", "self_harm")
    assert said.outcome.effects == []


def test_less_than_a_fair_chance_changes_nothing() -> None:
    assert _kinds(_says(Heard("goodbye", 0.65, (("self_harm", VEILED_DANGER - 0.01),)))) == [("answer", "goodbye")]


@pytest.mark.parametrize("role", ["officer", "coordinator"])
def test_staff_are_read_by_what_is_likeliest(role: str) -> None:
    assert _kinds(_says(Heard("officer_interview", 0.65, (("self_harm", 0.34),)), role)) == [
        ("answer", "officer_interview")
    ]
