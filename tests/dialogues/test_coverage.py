"""The dialogues cover what they should: every row, every action, every button, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.library.model import OFFICER_ROLES
from bot.settings import ROOT
from nlu.components.phrases import read_folder
from nlu.text import fold

HERE = Path(__file__).parent
ROWS = list(yaml.safe_load((ROOT / "content" / "en" / "labels.yml").read_text("utf-8")))
LANGS = ("en", "es")
WANTED = {"en": 2, "es": 1}
AREAS = {
    "danger", "exits", "survivor", "officer", "learning", "general", "unsure", "followups", "two_in_one", "roles", "check",
    "language", "media", "menus", "directory",
}  # fmt: skip


def _dialogues(lang: str) -> list[dict[str, Any]]:
    return [d for path in sorted((HERE / lang).glob("*.yml")) for d in yaml.safe_load(path.read_text("utf-8"))]


def _turns(lang: str, *, spoken: bool = False) -> list[dict[str, Any]]:
    return [t for d in _dialogues(lang) for t in d["turns"] if not spoken or t.get("say", "").strip()]


def _rules() -> dict[str, str]:
    rules = yaml.safe_load((ROOT / "nlu" / "rules" / "rows.yml").read_text("utf-8"))["rules"]
    return {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules}


@pytest.mark.parametrize("lang", LANGS)
def test_every_area_has_a_file(lang: str) -> None:
    assert {path.stem for path in (HERE / lang).glob("*.yml")} == AREAS


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("row", ROWS)
def test_row_is_answered_in_words(row: str, lang: str) -> None:
    """By something said, not by a tap; in two ways in English, in one in Spanish."""
    said = {fold(turn["say"]) for turn in _turns(lang, spoken=True) if turn.get("handling") == row}
    assert len(said) >= WANTED[lang], f"{row} in {lang}: {sorted(said)}"


@pytest.mark.parametrize("lang", LANGS)
def test_every_action_is_reached(lang: str) -> None:
    """By the row that names it; the two that no row of the catalogue names are reached by a miss and by a follow-up."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    rules = _rules()
    handled = {turn.get("handling") for turn in _turns(lang, spoken=True)}
    reached = {action for intent, action in rules.items() if intent in handled}
    if any(turn.get("kind") == "miss" and turn["say"].strip() for turn in _turns(lang, spoken=True)):
        reached.add(rules["nlu_fallback"])
    followups = yaml.safe_load((HERE / lang / "followups.yml").read_text("utf-8"))
    if any(len(d["turns"]) > 1 and "shows" in d["turns"][1] for d in followups):
        reached.add(rules["follow_up"])
    assert set(domain["actions"]) == reached


@pytest.mark.parametrize("lang", LANGS)
def test_no_wording_is_a_training_phrase(lang: str) -> None:
    """What was learnt by heart proves nothing. Short words ("exit", "hi there") cannot be said in another way."""
    learnt = {fold(phrase.text) for phrase in read_folder(ROOT / "nlu" / "data")}
    said = {fold(turn["say"]) for turn in _turns(lang, spoken=True)}
    assert not {words for words in said & learnt if len(words.split()) > 3}


@pytest.mark.parametrize("lang", LANGS)
def test_no_dialogue_is_there_twice(lang: str) -> None:
    names = [(d.get("role"), d["name"]) for d in _dialogues(lang)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("role", ["guest", "officer", "coordinator", "advocate"])
@pytest.mark.parametrize("row", ROWS)
async def test_button_of_every_row(row: str, role: str, lang: str, talk: Any) -> None:
    """Each row's action runs when its button is tapped, and answers as that row or, by role, as its counterpart."""
    said = await talk(role, lang).say(payload=f"h:{row}")
    counterparts = {"minor_at_risk": "officer_minor_protocol", "wants_safe_place": "officer_placement_now"}
    assert said.main is not None
    assert said.main.handling in (row, counterparts.get(row) if role in OFFICER_ROLES else row)
    assert said.main.kind not in ("miss", "offer")
    assert said.messages
    assert all(message.text.strip() for _, message in said.messages)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("role", ["guest", "officer", "coordinator", "advocate"])
async def test_every_button_that_is_shown_can_be_tapped(
    role: str, lang: str, talk: Any, library: Any, on_call: Any
) -> None:
    """From the menu, button after button, until nothing new comes: none is dead, and none leads a guest to the officers'. Those of a
    request that has begun are tapped in tests/placement."""
    gone = library.message("button.gone", lang).text.strip()
    closed = library.message("officer_only", lang).text.strip()
    waiting = ["c:menu", "c:lines", "c:check", "c:role", "h:emergency_now", "h:self_harm", "h:minor_at_risk"]
    seen: set[str] = set()
    while waiting:
        payload = waiting.pop()
        if payload in seen:
            continue
        seen.add(payload)
        said = await talk(role, lang, on_call).say(payload=payload)
        screen = "\n".join(message.text for _, message in said.messages)
        assert gone not in screen, f"{payload} is shown to {role} and is dead"
        if payload not in ("c:check", "c:role"):
            assert closed not in screen, f"{payload} is shown to {role} and is closed to them"
        shown = [to for _, message in said.messages for _, to in message.buttons]
        waiting += [to for to in shown if not to.startswith("q:") or to.startswith("q:begin")]
    assert len(seen) > 60
