"""A danger that the floor is not certain of is answered first; what else the message may have meant is answered after it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.channels.conversation import Conversation, Said
from bot.library import loading
from bot.nlu import NluDown, Turn
from bot.safety import floor as floors
from bot.stages.beside import FAIR_CHANCE, NEEDS
from bot.stages.floor import DANGER, REST_SECONDS, VETO_SECONDS
from tests.app.talking import Heard, ScriptedNlu, real_desk
from tests.app.virtual_loop import run

PLAIN = "everything is so heavy lately"
POSSIBLE = "he says he will hurt me"


def _says(nlu: ScriptedNlu, text: str = PLAIN, role: str = "guest") -> tuple[Said, float]:
    library = loading.shared()
    return run(lambda: Conversation(real_desk(nlu), library, nlu, role).say(text))


def _kinds(said: Said) -> list[tuple[str, str]]:
    return [(r.kind, r.handling) for r in said.outcome.replies if r.kind != "intro"]


def test_the_floor_hears_nothing_certain_in_them() -> None:
    assert floors.shared().read(PLAIN).level == "none"
    assert floors.shared().read(POSSIBLE).level == "possible"


@pytest.mark.parametrize("danger", DANGER)
@pytest.mark.parametrize("need", sorted(NEEDS))
def test_r13_danger_first_then_the_other_need(danger: str, need: str) -> None:
    said, _ = _says(ScriptedNlu(always=Heard(danger, 0.6, ((need, 0.3),))))
    assert _kinds(said)[:2] == [("danger", danger), ("answer", need)]
    first = next(i for i, (reply, _) in enumerate(said.messages) if reply.kind == "danger")
    other = next(i for i, (reply, _) in enumerate(said.messages) if reply.handling == need)
    assert first < other


def test_what_the_classifier_does_not_take_back_is_answered_beside() -> None:
    said, _ = _says(ScriptedNlu(always=Heard("basic_needs", 0.5, (("emergency_now", 0.4),))), POSSIBLE)
    assert _kinds(said) == [("danger", "emergency_now"), ("answer", "basic_needs")]


@pytest.mark.parametrize("text", [PLAIN, POSSIBLE])
def test_a_place_may_be_asked_for_at_once(text: str) -> None:
    """As where it is asked for alone: whether somebody is on call is looked at, and the first question comes with a no."""
    said, _ = _says(ScriptedNlu(always=Heard("emergency_now", 0.6, (("wants_safe_place", 0.3),))), text)
    assert [effect.kind for effect in said.outcome.effects] == ["begin"]


def test_of_two_the_likelier() -> None:
    said, _ = _says(ScriptedNlu(always=Heard("self_harm", 0.5, (("basic_needs", 0.15), ("emotional_support", 0.3)))))
    assert _kinds(said)[1:] == [("answer", "emotional_support")]


@pytest.mark.parametrize(
    "other",
    [("emotional_support", FAIR_CHANCE - 0.01), ("abuse_or_perpetrator", 0.3), ("out_of_scope", 0.3), ("delete_my_data", 0.3), ("withdraw_consent", 0.3)],
)  # fmt: skip
def test_nothing_follows_what_is_unlikely_or_no_need(other: tuple[str, float]) -> None:
    said, _ = _says(ScriptedNlu(always=Heard("self_harm", 0.6, (other,))))
    assert _kinds(said) == [("danger", "self_harm")]
    assert said.outcome.effects == []


@pytest.mark.parametrize("role", ["officer", "coordinator"])
def test_staff_ask_on_themselves(role: str) -> None:
    said, _ = _says(ScriptedNlu(always=Heard("self_harm", 0.6, (("wants_hotline", 0.3),))), role=role)
    assert _kinds(said) == [("danger", "self_harm")]


class _Choosing(ScriptedNlu):
    """Reads as it is told; what is asked for afterwards is never answered, or refused."""

    hangs = True

    async def choose(self, chat: str, row: str, metadata: dict[str, Any]) -> Turn:
        if self.hangs:
            await asyncio.sleep(10_000)
        raise NluDown("as the test says")


@pytest.mark.parametrize("hangs", [True, False])
@pytest.mark.parametrize(("text", "longest"), [(PLAIN, REST_SECONDS), (POSSIBLE, VETO_SECONDS)])
def test_r13_the_danger_reply_does_not_wait_for_it(hangs: bool, text: str, longest: float) -> None:
    nlu = _Choosing(always=Heard("emergency_now", 0.6, (("basic_needs", 0.3),)))
    nlu.hangs = hangs
    said, seconds = _says(nlu, text)
    assert _kinds(said) == [("danger", "emergency_now")]
    assert seconds <= longest + 0.01
