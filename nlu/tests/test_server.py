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

from nlu.components import remote, server

WORDS = "he took my passport"


@pytest.fixture
def action() -> Iterator[RemoteAction]:
    """A remote action after our start-up; the class is put back afterwards."""
    names = ("_validate_action_result", "_action_call_format")
    before = {name: getattr(RemoteAction, name) for name in names}
    remote.lean_actions()
    yield RemoteAction("action_guide", None)
    for name in names:
        setattr(RemoteAction, name, before[name])


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


def test_only_slots_come_back(action: RemoteAction) -> None:
    """Narrower than Rasa: no action of ours restarts a session, schedules a reminder or speaks for the person."""
    for event in ({"event": "restart", "name": "x", "value": 1}, {"event": "user", "name": "x", "value": WORDS}):
        with pytest.raises(RasaException) as caught:
            action._validate_action_result({"events": [event], "responses": []})
        assert WORDS not in str(caught.value)


def test_an_action_is_sent_this_message_and_none_before(action: RemoteAction) -> None:
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import SlotSet, UserUttered
    from rasa.shared.core.slots import TextSlot
    from rasa.shared.core.trackers import DialogueStateTracker

    slots = [TextSlot("subject", mappings=[{"type": "custom"}])]
    said = [
        UserUttered(WORDS),
        SlotSet("subject", "immigration_help"),
        UserUttered("and for boys", intent={"name": "follow_up"}),
    ]
    tracker = DialogueStateTracker.from_events("chat", said, slots)
    call = action._action_call_format(tracker, Domain.empty())
    assert WORDS not in str(call)
    assert call["next_action"] == "action_guide"
    assert call["tracker"]["latest_message"]["text"] == "and for boys"
    assert call["tracker"]["slots"] == {"subject": "immigration_help"}
    assert call["domain"], "the SDK refuses a call without a domain"


async def test_connections_to_the_actions_are_kept() -> None:
    """Two calls, one connection, the token on both; a server that went away is reached again."""
    from aiohttp import web

    peers, tokens = set(), []

    async def answer(request: web.Request) -> web.Response:
        peers.add(request.transport.get_extra_info("peername"))  # type: ignore[union-attr]
        tokens.append(request.headers["X-Waymark-Token"])
        return web.json_response({"events": [], "responses": []})

    async def up(port: int = 0) -> tuple[web.AppRunner, int]:
        app = web.Application()
        app.router.add_post("/webhook", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        return runner, runner.addresses[0][1]

    runner, port = await up()
    endpoint = remote.KeptEndpoint(f"http://127.0.0.1:{port}/webhook", headers={"X-Waymark-Token": "t"})
    try:
        for _ in range(2):
            assert await endpoint.request(json={}, method="post") == {"events": [], "responses": []}
        assert len(peers) == 1
        await runner.cleanup()
        runner, _ = await up(port)
        assert await endpoint.request(json={}, method="post") == {"events": [], "responses": []}
        assert tokens == ["t"] * 3
    finally:
        await endpoint.close()
        await runner.cleanup()


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
