"""How Rasa is started: what is checked of an action's answer, and what may reach a log."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from rasa.core.actions.action import RemoteAction
from rasa.shared.exceptions import RasaException

from nlu.components import server

WORDS = "he took my passport"


@pytest.fixture
def action() -> Iterator[RemoteAction]:
    """A remote action after our start-up; the class is put back afterwards."""
    before = RemoteAction._validate_action_result
    server.cache_action_schema()
    yield RemoteAction("action_guide", None)
    RemoteAction._validate_action_result = before  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "answer",
    [
        {"events": [], "responses": []},
        {"events": [{"event": "slot", "name": "subject", "value": "x"}], "responses": [{"custom": {"text": "hi"}}]},
        {"events": []},
    ],
)
def test_a_right_answer_passes_as_with_rasas_own_check(action: RemoteAction, answer: dict[str, Any]) -> None:
    import jsonschema

    jsonschema.validate(answer, RemoteAction.action_response_format_spec())
    assert action._validate_action_result(answer)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"events": WORDS, "responses": []},
        {"events": [{"name": WORDS}], "responses": []},
        {"events": [{"event": 3, "text": WORDS}], "responses": []},
        {"events": [], "responses": WORDS},
    ],
)
def test_a_wrong_answer_is_refused_and_not_repeated(action: RemoteAction, answer: Any) -> None:
    import jsonschema

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer, RemoteAction.action_response_format_spec())
    with pytest.raises(RasaException, match="action_guide answered in a wrong shape") as caught:
        action._validate_action_result(answer)
    assert WORDS not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a root handler writes after `drop_text_from_logs`."""
    root, buffer = logging.getLogger(), io.StringIO()
    handler = logging.StreamHandler(buffer)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    others, level, config = root.handlers[:], root.level, structlog.get_config()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG)
    server.drop_text_from_logs()
    yield buffer
    root.handlers[:] = others
    root.setLevel(level)
    structlog.configure(**config)


def test_no_log_line_keeps_the_words(written: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("rasa.core.processor", "rasa.core.actions.action", "sanic.error", "asyncio", "anything"):
        log = logging.getLogger(name)
        log.warning("got %s", WORDS)
        log.error(f"failed on {WORDS}")
        log.error("failed on %s", WORDS, stack_info=False)
        try:
            raise RuntimeError(WORDS)
        except RuntimeError:
            log.exception("while reading")
    structlog.get_logger("rasa.core.processor").error("processor.message", text=WORDS)
    output = written.getvalue() + "".join(capsys.readouterr())
    assert WORDS not in output
    assert "passport" not in output
    assert "ERROR in test_server" in output
    assert "WARNING" not in output


def test_our_own_lines_stay(written: io.StringIO) -> None:
    logging.getLogger("waymark.nlu").error("turn failed: %s", "ValueError")
    assert "turn failed: ValueError" in written.getvalue()


def test_quiet_comes_before_rasa(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in server.QUIET:
        monkeypatch.delenv(name, raising=False)
    for name in server.UNUSED:
        monkeypatch.setitem(sys.modules, name, None)
    config = structlog.get_config()
    server.quiet()
    structlog.configure(**config)
    assert os.environ["RASA_TELEMETRY_ENABLED"] == "false"
    assert os.environ["LOG_LEVEL"] == "WARNING"
    for name in server.UNUSED:
        with pytest.raises(ImportError):
            __import__(name)


def test_settling_can_be_done_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    import gc

    server.settle()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
    monkeypatch.setattr(server.sys, "platform", "darwin")
    server.settle()
    gc.unfreeze()
