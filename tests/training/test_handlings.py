"""What somebody wishes of refreshers is one of the catalogue's rows, whoever answers it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.conversation import Conversation
from bot.stages.context import Incoming, Person
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY
from tests.training.school import CHIEF, School


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


ROWS = [
    ("officer", "quiz me", "learner_quiz"),
    ("officer", "my score", "learner_quiz"),
    ("officer", "snooze", "learner_quiz"),
    ("officer", "stop refreshers", "learner_quiz"),
    ("coordinator", "stop refreshers", "coordinator_schedule"),
    ("coordinator", "pause", "learner_quiz"),
    ("coordinator", "/progress", "coordinator_progress"),
    ("coordinator", "/schedule every Tuesday 7am", "coordinator_schedule"),
    ("officer", "what do you keep about me", "delete_my_data"),
]


@pytest.mark.parametrize(("role", "text", "row"), ROWS)
async def test_a_wish_is_a_row_of_the_catalogue(school: School, role: str, text: str, row: str) -> None:
    outcome = await school.desk.answer(Incoming("x", text), Person(role=role, greeted=True))
    assert [reply.handling for reply in outcome.replies] == [row]


@pytest.mark.parametrize(("role", "text", "row"), ROWS)
async def test_where_nothing_is_kept_it_is_said_that_a_department_is_missing(
    school: School, role: str, text: str, row: str
) -> None:
    """`make exam` and the dialogue tests have no store."""
    conversation = Conversation(school.desk, school.library, school.reader, role)
    conversation.person.greeted = True
    said = await conversation.say(text)
    assert [reply.handling for reply, _ in said.messages] == [row]
    assert "belongs to none yet" in said.messages[0][1].text


async def test_a_coordinator_who_stops_the_refreshers_is_shown_those_of_the_department(school: School) -> None:
    await school.opened()
    (said,) = await school.hears(CHIEF, "stop refreshers")
    assert said.startswith("Example Police")
    assert ("Pause all", "k:set:active:0") in school.buttons(CHIEF)
    assert (await school.member_of(CHIEF)).paused_at is None
