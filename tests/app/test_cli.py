"""`waymark`: every command has help, and every error says what to do."""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from bot import cli, trained
from bot.channels.conversation import Said
from bot.desk import Outcome
from bot.library.loading import ContentError
from bot.library.replies import Part, Rendered, Reply
from bot.processes import StartError
from bot.settings import ROOT
from bot.store import schema


@pytest.fixture(autouse=True)
def _clean(clean_environment: Path) -> Iterator[None]:
    before, level, raising = list(logging.root.handlers), logging.root.level, logging.raiseExceptions
    yield
    logging.root.handlers[:] = before
    logging.root.setLevel(level)
    logging.raiseExceptions = raising


def call(*args: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli.main, list(args), input=text)


def fails_with(result: Result, *says: str) -> None:
    """Exit code 1, one line that starts with the program's name, no traceback, and these words."""
    words = " ".join(result.stderr.split())
    assert result.exit_code == 1, (result.exit_code, words, result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert words.startswith("waymark: ")
    assert "Traceback" not in words
    for part in says:
        assert part in words, (part, words)


def token_file(folder: Path, mode: int = 0o600, text: str = "123456:secret-of-nobody") -> Path:
    path = folder / "token"
    path.write_text(text)
    path.chmod(mode)
    return path


# -- help ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(cli.main.commands))
def test_every_command_has_help_that_says_what_it_does(name: str) -> None:
    for flag in ("--help", "-h"):
        result = call(name, flag)
        assert result.exit_code == 0
        assert result.output.startswith("Usage: ")
    command = cli.main.commands[name]
    assert command.help
    assert len(command.help.split()) >= 4
    for option in command.params:
        if isinstance(option, click.Option) and not isinstance(option.type, click.Choice) and not option.show_default:
            assert option.help, f"{name} {option.name}"


def test_the_program_itself_has_help_and_a_version() -> None:
    words = call("--help").output
    assert all(name in words for name in cli.main.commands)
    assert "waymark chat" in words, "it says how to begin"
    assert "no help line" in words
    assert call("--version").output.strip() == "waymark, version 0.1.0"


def test_what_is_mistyped_is_named() -> None:
    result = call("chta")
    assert result.exit_code == 2
    assert "chta" in result.stderr


# -- run -------------------------------------------------------------------------------------------------------------


def test_run_without_a_token_says_where_one_comes_from() -> None:
    fails_with(call("run"), "no Telegram token", "@BotFather", "WAYMARK_TELEGRAM_TOKEN_FILE")


def test_run_with_a_token_that_others_can_read_says_how_to_close_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = token_file(tmp_path, 0o644)
    monkeypatch.setenv("WAYMARK_TELEGRAM_TOKEN_FILE", str(path))
    result = call("run")
    fails_with(result, "other users can read", f"chmod 600 {path}")
    assert "secret-of-nobody" not in result.output + result.stderr


@pytest.mark.parametrize(("text", "says"), [("", "is empty"), ("two words", "more than one word")])
def test_run_with_a_token_file_that_holds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    monkeypatch.setenv("WAYMARK_TELEGRAM_TOKEN_FILE", str(token_file(tmp_path, text=text)))
    fails_with(call("run"), says)


def test_run_with_a_token_file_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMARK_TELEGRAM_TOKEN_FILE", str(tmp_path / "none"))
    fails_with(call("run"), "cannot read", "mode 600")


def test_a_setting_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMARK_WORKERS", "many")
    fails_with(call("run"), "WAYMARK_WORKERS")


# -- the model -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["train"], ["chat"], ["ask", "--jsonl"], ["run"]])
def test_without_a_model_and_rasa_it_says_to_set_up(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYMARK_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("WAYMARK_NLU_PYTHON", str(tmp_path / "nowhere" / "python"))
    monkeypatch.setenv("WAYMARK_TELEGRAM_TOKEN_FILE", str(token_file(tmp_path)))
    fails_with(call(*command, text=""), "environment for Rasa is missing", "make setup")


def test_a_training_that_fails_says_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o700)
    monkeypatch.setenv("WAYMARK_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("WAYMARK_NLU_PYTHON", str(python))
    result = call("train")
    assert result.exit_code == 1
    assert "waymark: training failed: see" in result.stderr
    assert "training.log" in " ".join(result.stderr.split())


# -- the store -------------------------------------------------------------------------------------------------------


def database(home: Path, version: int) -> None:
    home.mkdir()
    connection = sqlite3.connect(home / "waymark.db")
    connection.execute("create table schema_version (version integer primary key)")
    connection.execute("insert into schema_version values (?)", (version,))
    connection.commit()
    connection.close()


def test_a_database_of_another_version_says_what_to_do(clean_environment: Path) -> None:
    database(clean_environment, 99)
    fails_with(call("invite", "officer"), "version 99", f"this program needs {schema.VERSION}", "WAYMARK_HOME")


def test_no_message_names_a_command_that_does_not_exist() -> None:
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for word in re.findall(r"`waymark ([a-z-]+)", path.read_text("utf-8")):
            assert word in cli.main.commands, (path, word)


def test_a_home_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMARK_HOME", "/proc/nowhere")
    monkeypatch.setenv("WAYMARK_KEYS_DIR", "/proc/nowhere")
    fails_with(call("invite", "officer"), "cannot write")


@pytest.mark.parametrize("url", ["nonsense", "mysql9://x/y"])
def test_an_address_of_no_database_is_said(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("WAYMARK_DATABASE_URL", url)
    fails_with(call("invite", "officer"), "WAYMARK_DATABASE_URL", "sqlite:///")


@pytest.mark.parametrize("purpose", ["officer", "coordinator", "operator"])
def test_r60_an_invitation_is_a_link_and_only_its_hash_is_kept(clean_environment: Path, purpose: str) -> None:
    result = call("invite", purpose, "--bot-name", "guide_bot", "--hours", "2")
    assert result.exit_code == 0, result.stderr
    link = result.output.strip()
    assert link.startswith("https://t.me/guide_bot?start=")
    code = link.partition("start=")[2]
    assert 1 <= len(code) <= 64, "Telegram's limit for start parameters"
    for path in clean_environment.rglob("*"):
        if path.is_file():
            assert code.encode() not in path.read_bytes()
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("arguments", [["advocate"], ["officer", "--hours", "0"], ["officer", "--hours", "721"], []])
def test_invitations_that_cannot_be_are_refused(arguments: list[str]) -> None:
    assert call("invite", *arguments).exit_code == 2


# -- ask -------------------------------------------------------------------------------------------------------------


class FakeNlu:
    async def forget(self, chat: str) -> None:
        return


class FakeProcesses:
    """No child; `homes` are the folders it was given, `error` what starting it raises."""

    homes: list[Path] = []
    error: Exception | None = None

    def __init__(self, settings: Any, say: Any = None) -> None:
        self.nlu = FakeNlu()
        self.homes.append(settings.home)

    async def __aenter__(self) -> FakeProcesses:
        if self.error is not None:
            raise self.error
        return self

    async def __aexit__(self, *_: object) -> None:
        return


class FakeConversation:
    def __init__(self, desk: Any, library: Any, nlu: Any, role: str, lang: str | None, backroom: Any = None) -> None:
        self._lang = lang or "en"

    async def say(self, text: str) -> Said:
        reply = Reply("greeting", [Part("message:greeting")])
        return Said(
            Outcome([reply], lang=self._lang, confidence=0.98765), [(reply, Rendered(f"said {text}", [], []))], False
        )

    async def forget(self) -> None:
        return


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeProcesses]:
    monkeypatch.setattr("bot.processes.Processes", FakeProcesses)
    monkeypatch.setattr("bot.ask.Conversation", FakeConversation)
    monkeypatch.setattr(trained, "ensure", lambda *_: None)
    monkeypatch.setattr(cli, "_desk", lambda *_: None)
    monkeypatch.setattr(FakeProcesses, "homes", [])
    monkeypatch.setattr(FakeProcesses, "error", None)
    return FakeProcesses


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(row) for row in result.stdout.splitlines()]


def test_ask_answers_each_line_in_order(fake: Any) -> None:
    result = call("ask", "--jsonl", text='{"id": "1", "text": "hi"}\n\n{"id": "2", "text": "hola", "lang": "es"}\n')
    assert result.exit_code == 0, result.stderr
    first, second = lines(result)
    assert (first["id"], first["handling"], first["answered"], first["confidence"]) == ("1", "greeting", True, 0.9877)
    assert second["lang"] == "es"
    assert second["replies"][0]["text"] == "said hola"


BAD = [
    ("no json", None, "JSON"), ("[1]", None, "object"), ('{"text": "x"}', None, "`id`"), ('{"id": "", "text": "x"}', "", "`id`"),
    ('{"id": 7, "text": "x"}', 7, "`id`"), ('{"id": "a"}', "a", "`text`"), ('{"id": "a", "text": 7}', "a", "`text`"),
    ('{"id": "a", "text": "x", "role": "boss"}', "a", "`role`"), ('{"id": "a", "text": "x", "lang": "fr"}', "a", "`lang`"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "number", "says"), BAD)
def test_a_bad_line_is_named_the_rest_goes_on_and_the_exit_code_is_1(
    fake: Any, bad: str, number: Any, says: str
) -> None:
    result = call("ask", "--jsonl", text=f'{{"id": "1", "text": "hi"}}\n{bad}\n{{"id": "2", "text": "hi"}}\n')
    assert result.exit_code == 1
    first, wrong, last = lines(result)
    assert (first["id"], last["id"]) == ("1", "2")
    assert wrong["id"] == number
    assert says in wrong["error"]
    assert set(wrong) == {"id", "error"}


def test_ask_reads_bytes_that_are_no_text(fake: Any) -> None:
    result = call("ask", "--jsonl", text=b'\xff\xfe\n{"id": "2", "text": "hi"}\n')
    assert result.exit_code == 1
    assert [row["id"] for row in lines(result)] == [None, "2"]


def test_ask_reads_a_file(fake: Any, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": "1", "text": "hi"}')
    assert len(lines(call("ask", "--jsonl", str(tmp_path / "in.jsonl")))) == 1
    assert call("ask", "--jsonl", str(tmp_path / "none")).exit_code == 2
    assert call("ask").exit_code == 2


def test_r20_ask_leaves_nothing_behind(fake: Any, clean_environment: Path) -> None:
    call("ask", "--jsonl", text='{"id": "1", "text": "hi"}\n')
    assert not clean_environment.exists(), "the operator's home is not touched"
    assert fake.homes
    assert not any(home.exists() for home in fake.homes)


def test_a_part_that_does_not_start_is_said(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "error", StartError("Rasa was not ready after 90 s"))
    fails_with(call("ask", "--jsonl", text=""), "Rasa was not ready")


# -- content ---------------------------------------------------------------------------------------------------------


def test_content_that_does_not_load_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ContentError([f"topic{n}.yml: short: field required" for n in range(30)])

    monkeypatch.setattr("bot.library.loading.shared", fails)
    result = call("check-text", text="a report")
    fails_with(result, "content does not load", "waymark check", "topic0.yml")
    assert "topic29.yml" not in result.stderr


def test_check_text_reads_and_keeps_nothing(clean_environment: Path) -> None:
    result = call("check-text", text="The child prostitute was found at a motel.")
    assert result.exit_code == 0, result.stderr
    assert "→" in result.output
    assert not clean_environment.exists()


def test_review_lists_and_wants_a_name(clean_environment: Path) -> None:
    listed = call("review")
    names = listed.stdout.splitlines()
    assert len(names) > 50
    assert "--reviewer" in listed.stderr
    fails_with(call("review", "--all"), "--reviewer NAME")
    fails_with(call("review", "--reviewer", "A. Person", "message:none:en"), "there is no text", "waymark review")
    assert call("review", "--reviewer", "A. Person", names[0]).output.strip() == "1 confirmed"
    assert names[0] not in call("review").stdout.splitlines()
    saved = clean_environment / "reviews.json"
    assert os.stat(saved).st_mode & 0o077 == 0
    assert json.loads(saved.read_text())


def test_a_second_run_in_the_same_home_is_refused_and_the_lock_goes_with_the_first(
    clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_environment.mkdir()
    monkeypatch.setenv("WAYMARK_TELEGRAM_TOKEN_FILE", str(token_file(clean_environment)))
    served: list[int] = []

    async def serve(*_: Any, **__: Any) -> None:
        served.append(1)

    monkeypatch.setattr("bot.service.serve", serve)
    monkeypatch.setattr(trained, "ensure", lambda *_: None)
    with cli._only_one(clean_environment):
        fails_with(call("run"), "another `waymark run` is at work", "stop it first")
        assert not served
    assert call("run").exit_code == 0
    assert served == [1]


def test_a_review_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("WAYMARK_HOME", str(blocked / "home"))
    fails_with(call("review", "--reviewer", "Ann", "--all"), "WAYMARK_HOME")


def test_check_text_of_nothing_or_of_no_text_is_said(tmp_path: Path) -> None:
    fails_with(call("check-text", text=" \n"), "there is no text")
    (tmp_path / "scan").write_bytes(b"\xff\xfe\x00")
    fails_with(call("check-text", str(tmp_path / "scan")), "UTF-8")


def test_a_database_that_nothing_here_can_speak_to_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMARK_DATABASE_URL", "mysql://nobody@localhost/waymark")
    fails_with(call("status"), "is not installed", "WAYMARK_DATABASE_URL")
