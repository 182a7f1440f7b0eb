"""`waymark explain`: the desk is the real one; what the classifier reads is said by the test."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from bot import cli, cli_explain, trained
from bot.explain import Explanation, Likes, explain
from bot.explain_why import why
from bot.library import loading
from bot.nlu import NluDown, Read
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.safety.exits import Exits
from bot.safety.floor import Floor
from bot.settings import Settings
from tests.app.talking import DOWN, OFFER, Heard, ScriptedNlu

THRESHOLDS = {"threshold": 0.45, "danger_threshold": 0.2}
PHRASE = {"text": "[bold]pass[/bold]", "row": "immigration_help", "lang": "en", "hand": "fir", "role": "survivor", "voice": "quiet", "likeness": 0.8}  # fmt: skip
LIKES = Likes("encoder", [PHRASE])


class ExplainingNlu(ScriptedNlu):
    """Also says its thresholds, as Rasa's channel does."""

    async def explain(self, text: str, metadata: dict[str, Any], timeout: float) -> tuple[Read, dict[str, float]]:
        return await self.parse(text, metadata), THRESHOLDS


@lru_cache(maxsize=1)
def safety() -> tuple[Floor, Exits]:
    return floors.shared(), leaving.shared()


def explained(text: str, nlu: ExplainingNlu | None = None, role: str = "guest", lang: str | None = None) -> Explanation:
    async def likes() -> Likes:
        return LIKES

    return asyncio.run(
        explain(text, role, lang, loading.shared(), nlu or ExplainingNlu(), likes=likes(), safety=safety())
    )


def shown(found: Explanation) -> str:
    out = StringIO()
    cli_explain.show(found, Console(file=out, width=100, highlight=False))
    return out.getvalue()


def test_a_sure_meaning_is_named_with_its_threshold() -> None:
    found = explained("he keeps my passport", ExplainingNlu(always=Heard("immigration_help", 0.91)))
    assert found.decided == "ReadingStage"
    assert "immigration_help, has 0.91, at least 0.45" in why(found)[0]
    assert found.as_json()["handling"] == "immigration_help"
    assert found.thresholds["veto_chance"] == 0.2


def test_an_unsure_meaning_is_offered_and_says_why() -> None:
    found = explained("food maybe", ExplainingNlu(always=OFFER))
    data = found.as_json()
    assert any(reply["kind"] == "offer" and "basic_needs" in reply["offered"] for reply in data["replies"])
    assert "a row is named from 0.45 on" in " ".join(why(found))


def test_danger_that_is_certain_is_explained_by_its_group_and_the_reading_was_not_asked() -> None:
    found = explained("he is going to kill me help", ExplainingNlu(always=Heard("thanks", 0.99)))
    data = found.as_json()
    assert (found.decided, data["floor"]["level"], data["asked"]) == ("FloorStage", "certain", False)
    assert data["floor"]["hits"]
    assert data["meanings"][0] == {"row": "thanks", "confidence": 0.99}
    assert "certain" in why(found)[0]


def test_what_weakens_a_sign_is_shown() -> None:
    found = explained("last year he said he would kill me", ExplainingNlu(always=Heard("unsure_if_trafficking", 0.9)))
    weakened = [sign for sign in found.signs if "past" in sign.guards]
    assert weakened
    assert all(sign.found != sign.left for sign in weakened)
    assert "without past" in shown(found)


def test_staff_weakens_what_staff_write() -> None:
    text = "he is going to kill me help"
    assert any("staff" in sign.guards for sign in explained(text, role="officer").signs)
    assert not any("staff" in sign.guards for sign in explained(text).signs)


@pytest.mark.parametrize(
    ("heard", "says"),
    [
        (DOWN, "no reading came"),
        (Heard("self_harm", 0.9), "reads danger too"),
        (Heard("thanks", 0.5), "did not take it back"),
        (Heard("immigration_help", 0.95), "took it back"),
    ],
)
def test_r5_possible_danger_says_what_the_veto_went_by(heard: Heard | None, says: str) -> None:
    """Rulings 5."""
    text = "hypothetically he is going to kill me"
    found = explained(text, ExplainingNlu(says={text: heard}))
    assert found.floor.level == "possible"
    assert says in why(found)[0]


@pytest.mark.parametrize(("text", "wish"), [("exit", "exit"), ("salir", "exit"), ("not safe", "unsafe")])
def test_exit_words_are_named_and_nothing_is_asked(text: str, wish: str) -> None:
    found = explained(text)
    assert (found.decided, found.exit, found.whole) == ("ExitStage", wish, None)
    assert "cleared" in why(found)[0]


def test_parts_that_were_read_apart_are_listed_once() -> None:
    first, second = "he keeps my passport.", "what is a t visa?"
    says: dict[str, Heard | None] = {
        f"{first} {second}": Heard("legal_help_survivor", 0.7),
        first: Heard("legal_help_survivor", 0.6),
        second: Heard("immigration_help", 0.9),
    }
    found = explained(f"{first} {second}", ExplainingNlu(says=says))
    assert [(p.text, p.row, p.answered) for p in found.pieces] == [
        (first, "legal_help_survivor", False),
        (second, "immigration_help", True),
    ]
    assert "immigration_help with 0.90" in " ".join(why(found))


def test_a_dead_classifier_is_said_and_the_reply_is_the_safety_reply() -> None:
    found = explained("where can i get food", ExplainingNlu(always=DOWN))
    assert found.decided == "degraded"
    assert found.read is None
    assert "no answer" in shown(found)


def test_what_is_read_is_shown_clean_and_folded_and_never_as_markup() -> None:
    found = explained("h\u200b3lp [red]m\u00e9[/red]\x1b[2J")
    text = shown(found)
    assert "h3lp [red]mé[/red]" in text
    assert "help red me red" in found.folded
    assert "\x1b[2J" not in text
    assert "[bold]pass[/bold]" in text


@pytest.mark.parametrize(
    "text", ["/menu", "ok", "/quiz", "\u200b", "привет как дела", "🙂🙂", "x" * 20_000, "/", "--", "\udcff\udcfe"]
)
@pytest.mark.parametrize("role", ["guest", "officer"])
def test_whatever_is_typed_is_explained_and_can_be_written_as_json(text: str, role: str) -> None:
    found = explained(text, role=role)
    assert why(found)
    assert json.loads(json.dumps(found.as_json()))["decided"]
    assert shown(found).encode("utf-8")


def test_a_long_text_leaves_the_rest_on_the_screen() -> None:
    lines = shown(explained("word " * 4000)).splitlines()
    assert "characters)" in " ".join(" ".join(lines).split())
    assert len(lines) < 80


def test_a_language_that_nobody_reads_says_so() -> None:
    found = explained("j'ai besoin d'aide s'il vous plait j'ai peur")
    assert found.decided == "unreadable"
    assert "interpreter" in why(found)[0]


# -- the command -----------------------------------------------------------------------------------------------------


class FakeProcesses:
    homes: list[Path] = []

    def __init__(self, settings: Settings, say: Any = None) -> None:
        self.homes.append(settings.home)
        self.nlu = ExplainingNlu(always=Heard("basic_needs", 0.8))

    async def __aenter__(self) -> FakeProcesses:
        return self

    async def __aexit__(self, *_: object) -> None:
        return


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The home of an operator, in which nothing may come to be."""

    async def likes(*_: object) -> Likes:
        return LIKES

    monkeypatch.setattr("bot.processes.Processes", FakeProcesses)
    monkeypatch.setattr(FakeProcesses, "homes", [])
    monkeypatch.setattr(cli_explain, "nearest", likes)
    monkeypatch.setattr(trained, "ensure", lambda *_: None)
    monkeypatch.setenv("WAYMARK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def call(*arguments: str, text: str | bytes = "") -> Result:
    return CliRunner().invoke(cli.main, ["explain", *arguments], input=text)


def test_json_holds_everything(home: Path) -> None:
    result = call("--json", "--lang", "es", "where can i get food")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data["handling"] == "basic_needs"
    assert data["language"] == {"heard": "en", "answered": "es"}
    assert data["nearest"]["phrases"] == [PHRASE]
    assert data["why"]


def test_the_message_may_come_from_standard_input(home: Path) -> None:
    assert "basic_needs" in call(text="where can i get food\n").stdout


def test_r20_explain_leaves_nothing_behind(home: Path) -> None:
    assert call("where can i get food").exit_code == 0
    assert not home.exists()
    assert FakeProcesses.homes
    assert not any(made.exists() for made in FakeProcesses.homes)


@pytest.mark.parametrize(
    ("arguments", "text", "code", "says"),
    [
        ([], "", 2, "there is no message"),
        (["   "], "", 2, "there is no message"),
        ([], b"\xff\xfe\xfa", 1, "UTF-8"),
        (["--role", "boss", "hi"], "", 2, "boss"),
        (["--lang", "fr", "hi"], "", 2, "fr"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(
    home: Path, arguments: list[str], text: str | bytes, code: int, says: str
) -> None:
    result = call(*arguments, text=text)
    assert result.exit_code == code
    assert says in result.stderr


def test_phrases_that_cannot_be_looked_up_are_no_error(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no json\n")
    python.chmod(0o755)
    settings = Settings(home=tmp_path)
    for path in (python, tmp_path / "missing"):
        there = settings.model_copy(update={"nlu_python": path})
        assert asyncio.run(cli_explain.nearest(there, "hi")) == Likes()


def test_a_text_goes_to_the_phrases_by_a_pipe_and_not_as_an_argument(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        """#!/bin/sh\nprintf '{"by": "letters", "phrases": [{"said": "%s", "arguments": "%s"}]}' "$(cat)" "$*"\n"""
    )
    python.chmod(0o755)
    there = Settings(home=tmp_path).model_copy(update={"nlu_python": python})
    found = asyncio.run(cli_explain.nearest(there, "my words"))
    assert found.phrases == [{"said": "my words", "arguments": "-W ignore -m nlu.nearest"}]


def test_the_client_asks_for_thresholds_and_takes_no_half_answer() -> None:
    from bot.nlu import RasaNlu

    nlu = RasaNlu("http://127.0.0.1:9", "a-token-of-sixteen-letters")
    bodies: list[Any] = []

    async def answer(method: str, path: str, body: Any, timeout: float) -> dict[str, Any]:
        bodies.append(body)
        read = {"intent": "thanks", "confidence": 0.9, "ranking": [], "entities": [], "known_words": True}
        return read if len(bodies) > 1 else {**read, "thresholds": THRESHOLDS}

    nlu._call = answer  # type: ignore[method-assign]
    read, thresholds = asyncio.run(nlu.explain("hi", {}, 1.0))
    assert (read.intent, thresholds, bodies[0]["explain"]) == ("thanks", THRESHOLDS, True)
    with pytest.raises(NluDown):
        asyncio.run(nlu.explain("hi", {}, 1.0))
