"""What the floor holds possible may be taken back by the classifier (rulings 5), but not by a question that stands beside it:
the sentence itself is read once more, and where both hear danger in it, it is danger."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.channels.conversation import Conversation, Said
from bot.desk import Desk
from bot.library import loading
from bot.library.replies import Part, Reply
from bot.nlu import NluDown, Read, Turn
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.stages.floor import ALONE_SURELY, VETO_CONFIDENCE, VETO_SECONDS
from tests.app.virtual_loop import run

FLOOR = floors.shared()
DANGER, QUESTION = "victim is being strangled in room 12", "what is a t visa?"
BOTH = f"{QUESTION} {DANGER}"


class Heard:
    """Reads every whole message as a question about relief. `part` is what it makes of a sentence alone: a row with its
    chance, "down", or "hangs"."""

    def __init__(self, part: tuple[str, float] | str) -> None:
        self._part = part
        self.parsed: list[str] = []

    async def turn(self, chat: str, text: str, metadata: dict[str, Any], timeout: float = 1.0) -> Turn:
        row = "officer_immigration_relief"
        return Turn(Read(row, 0.95, [(row, 0.95)]), Reply(row, [Part("topic:relief.overview")]))

    async def choose(self, chat: str, row: str, metadata: dict[str, Any]) -> Turn:
        raise NluDown("not asked")

    async def parse(self, text: str, metadata: dict[str, Any], timeout: float = 1.0) -> Read:
        self.parsed.append(text)
        if self._part == "down":
            raise NluDown("down")
        if self._part == "hangs":
            await asyncio.sleep(10_000)
        row, chance = self._part
        return Read(row, float(chance), [(row, float(chance))])

    async def forget(self, chat: str) -> None: ...


def _says(text: str, nlu: Heard) -> tuple[Said, float]:
    """What is answered to an officer, and after how many seconds of the virtual clock."""
    library = loading.shared()

    async def talk() -> Said:
        return await Conversation(Desk(library, nlu, FLOOR, leaving.shared()), library, nlu, "officer").say(text)

    return run(talk)


def test_the_floor_holds_this_possible_and_the_question_nothing() -> None:
    assert FLOOR.read(BOTH, "officer").level == FLOOR.read(DANGER, "officer").level == "possible"
    assert FLOOR.read(QUESTION, "officer").level == "none"


@pytest.mark.parametrize("text", [BOTH, f"{DANGER}. {QUESTION}", f"{DANGER} also {QUESTION}"])
def test_r13_danger_in_one_sentence_is_not_taken_back_by_another(text: str) -> None:
    nlu = Heard(("emergency_now", 0.9))
    said, _ = _says(text, nlu)
    assert said.main is not None
    assert (said.main.kind, said.main.handling) == ("danger", "emergency_now")
    assert any(DANGER in part for part in nlu.parsed)


def test_what_is_no_danger_alone_either_is_taken_back() -> None:
    said, _ = _says(BOTH, Heard(("officer_interview", 0.9)))
    assert said.main is not None
    assert said.main.kind != "danger"


@pytest.mark.parametrize("part", ["down", "hangs"])
def test_r13_no_answer_in_time_means_danger(part: str) -> None:
    said, seconds = _says(BOTH, Heard(part))
    assert said.main is not None
    assert said.main.kind == "danger"
    assert seconds <= VETO_SECONDS + 0.01


def test_one_sentence_is_read_once() -> None:
    nlu = Heard(("emergency_now", 0.9))
    said, _ = _says(DANGER, nlu)
    assert said.main is not None
    assert said.main.kind != "danger"
    assert nlu.parsed == []


class InStories(Heard):
    """A sentence alone is danger with `alone`, among its neighbours with `together`."""

    def __init__(self, alone: float, together: float) -> None:
        super().__init__(("emergency_now", alone))
        self._together = together

    async def parse(self, text: str, metadata: dict[str, Any], timeout: float = 1.0) -> Read:
        read = await super().parse(text, metadata, timeout)
        row = "emergency_now"
        return read if text.rstrip(".") == DANGER else Read(row, self._together, [(row, self._together)])


@pytest.mark.parametrize(
    ("alone", "together", "kind"),
    [
        (ALONE_SURELY, 0.0, "danger"),
        (ALONE_SURELY - 0.01, VETO_CONFIDENCE, "danger"),
        (ALONE_SURELY - 0.01, VETO_CONFIDENCE - 0.01, "answer"),
        (VETO_CONFIDENCE - 0.01, 1.0, "answer"),
    ],
)
def test_r13_what_is_not_surely_danger_alone_is_read_with_its_neighbours(
    alone: float, together: float, kind: str
) -> None:
    nlu = InStories(alone, together)
    said, _ = _says(f"I read a lot. I ask for school. {DANGER}. {QUESTION} Thank you for all.", nlu)
    assert said.main is not None
    assert said.main.kind == kind
    assert [text for text in nlu.parsed if DANGER in text][:1] == [f"{DANGER}."]
