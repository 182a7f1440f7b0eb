"""Plays the dialogues of this folder against the trained model and the real actions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.library.model import OFFICER_ROLES

HERE = Path(__file__).parent
KEYS = {"say", "tap", "media", "handling", "shows", "lang", "kind", "contains", "lacks", "cleared", "also"}
NUMBER = re.compile(r"\b(911|988|1-888-373-7888)\b")


def _dialogues() -> list[Any]:
    out = []
    for path in sorted(HERE.glob("*/*.yml")):
        name = f"{path.parent.name}/{path.stem}"
        out += [pytest.param(d, id=f"{name}: {d['name']}") for d in yaml.safe_load(path.read_text("utf-8"))]
    return out


@pytest.mark.parametrize("dialogue", _dialogues())
async def test_dialogue(dialogue: dict[str, Any], talk: Any, library: Any) -> None:
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
            wanted = [turn["also"]] if isinstance(turn["also"], str) else turn["also"]
            assert set(wanted) <= set(handled), f"{where}: answered {handled}"
        if conversation.person.role not in OFFICER_ROLES:
            _fit_for_guests(said, library, where)


def _fit_for_guests(said: Any, library: Any, where: str) -> None:
    """What holds for every answer to a guest: nothing of the officers', and a number or a next tap (R9, R14)."""
    for reply in said.outcome.replies:
        for part in reply.parts:
            kind, _, name = part.content.partition(":")
            entry = (library.topics if kind == "topic" else library.messages).get((name, said.outcome.lang))
            if kind in ("topic", "message") and entry is not None and entry.audience == "officer":
                text = "\n".join(message.text for _, message in said.messages)
                assert entry_text(entry) not in text, f"{where}: {part.content} is for officers"
    main = [message for reply, message in said.messages if reply.kind not in ("intro", "neutral")]
    reached = any(any(p != "c:exit" for _, p in message.buttons) or NUMBER.search(message.text) for message in main)
    assert reached or not main, f"{where}: a dead end"


def entry_text(entry: Any) -> str:
    text: str = entry.short if hasattr(entry, "short") else entry.text
    return text.strip()
