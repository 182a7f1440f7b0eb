"""Plays the dialogues of this folder against the trained model and the real actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent
KEYS = {"say", "tap", "media", "handling", "shows", "lang", "kind", "contains", "lacks", "cleared", "also"}


def _dialogues() -> list[Any]:
    out = []
    for path in sorted(HERE.glob("*/*.yml")):
        for dialogue in yaml.safe_load(path.read_text("utf-8")):
            out.append(pytest.param(dialogue, id=f"{path.parent.name}/{path.stem}: {dialogue['name']}"))
    return out


@pytest.mark.parametrize("dialogue", _dialogues())
async def test_dialogue(dialogue: dict[str, Any], talk: Any) -> None:
    conversation = talk(dialogue.get("role", "guest"), dialogue.get("lang"))
    for number, turn in enumerate(dialogue["turns"], 1):
        assert set(turn) <= KEYS, f"turn {number}: unknown keys {set(turn) - KEYS}"
        said = await conversation.say(turn.get("say", ""), payload=turn.get("tap"), media=turn.get("media"))
        where = f"turn {number} ({turn.get('say') or turn.get('tap') or turn.get('media')})"
        main = said.main
        assert main is not None, f"{where}: no reply"
        shown = [part.content for reply in said.outcome.replies for part in reply.parts]
        screen = "\n".join(message.text for _, message in said.messages)
        if "handling" in turn:
            assert main.handling == turn["handling"], f"{where}: answered as {main.handling} with {shown}"
        for content in turn.get("shows", []):
            assert content in shown, f"{where}: {content} is not among {shown}"
        if "lang" in turn:
            assert said.outcome.lang == turn["lang"], where
        if "kind" in turn:
            assert main.kind == turn["kind"], f"{where}: kind {main.kind}"
        for words in turn.get("contains", []):
            assert words.casefold() in screen.casefold(), f"{where}: {words!r} is not on the screen:\n{screen}"
        for words in turn.get("lacks", []):
            assert words.casefold() not in screen.casefold(), f"{where}: {words!r} is on the screen:\n{screen}"
        if "cleared" in turn:
            assert said.cleared == turn["cleared"], where
        if "also" in turn:
            handled = [r.handling for r in said.outcome.replies]
            assert turn["also"] in handled, f"{where}: answered {handled}"
