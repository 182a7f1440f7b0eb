"""Danger in one part of a long message comes first (R13), but a part that is danger only without the rest of it does not outweigh a whole that
is surely understood: neither hears the other's words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.conversation import Conversation, Said
from bot.desk import Desk
from bot.library import loading
from bot.library.replies import Part, Reply
from bot.nlu import NluDown, Read, Turn
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.stages.reading import DANGER_CONFIDENCE, HARDLY_DANGER, SURELY_CALM, SURELY_DANGER
from tests.app.virtual_loop import run

PART = "the other one is serving thirty years"
TEXT = f"I would like a lawyer for my record. {PART}."


class Heard:
    """Reads the whole as a need of a survivor with `calm`, danger in it with `veiled`, and the part as danger with `part`."""

    def __init__(self, calm: float, veiled: float, part: float) -> None:
        self._calm, self._veiled, self._part = calm, veiled, part

    async def turn(self, chat: str, text: str, metadata: dict[str, Any], timeout: float = 1.0) -> Turn:
        row = "legal_help_survivor"
        read = Read(row, self._calm, [(row, self._calm), ("emergency_now", self._veiled)])
        return Turn(read, Reply(row, [Part("topic:relief.overview")]))

    async def choose(self, chat: str, row: str, metadata: dict[str, Any]) -> Turn:
        raise NluDown("not asked")

    async def parse(self, text: str, metadata: dict[str, Any], timeout: float = 1.0) -> Read:
        found = self._part if PART in text else 0.1
        return Read("emergency_now", found, [("emergency_now", found)])

    async def forget(self, chat: str) -> None: ...


def _kind(calm: float, veiled: float, part: float) -> str:
    library, nlu = loading.shared(), Heard(calm, veiled, part)
    desk = Desk(library, nlu, floors.shared(), leaving.shared())
    said: Said = run(lambda: Conversation(desk, library, nlu, "guest").say(TEXT))[0]
    assert said.main is not None
    return said.main.kind


def test_the_floor_hears_nothing_in_it() -> None:
    assert floors.shared().read(TEXT).level == "none"


@pytest.mark.parametrize(
    ("calm", "veiled", "part"),
    [
        (SURELY_CALM - 0.01, 0.0, DANGER_CONFIDENCE),
        (SURELY_CALM, HARDLY_DANGER, DANGER_CONFIDENCE),
        (1.0, 0.0, SURELY_DANGER),
    ],
)
def test_r13_danger_in_a_part_comes_first(calm: float, veiled: float, part: float) -> None:
    assert _kind(calm, veiled, part) == "danger"


@pytest.mark.parametrize(("calm", "veiled", "part"), [(SURELY_CALM, 0.0, SURELY_DANGER - 0.01), (0.5, 0.0, 0.7)])
def test_a_part_that_is_less_sure_does_not_outweigh_the_whole(calm: float, veiled: float, part: float) -> None:
    assert _kind(calm, veiled, part) != "danger"
