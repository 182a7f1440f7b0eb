"""The action route: nothing without its token, bare answers, and no word of anybody in them (R62)."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from actions.server import HEADER, application

TOKEN = "an-action-token-of-32-characters"
CANARY = "quetzalcoatlus"
Client = TestClient[web.Request, web.Application]
CALL: dict[str, Any] = {
    "next_action": "action_support",
    "sender_id": "chat",
    "tracker": {
        "sender_id": "chat",
        "slots": {},
        "latest_message": {
            "text": f"my name is {CANARY}",
            "intent": {"name": "basic_needs"},
            "intent_ranking": [{"name": "basic_needs", "confidence": 0.9}],
            "entities": [],
            "metadata": {"role": "guest", "lang": "en"},
        },
        "events": [],
        "latest_event_time": 1.0,
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": None,
        "latest_input_channel": "desk",
    },
    "domain": {},
    "version": "3.6",
}


@pytest_asyncio.fixture(loop_scope="session")
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(application(TOKEN))) as made:
        yield made


WRONG = [None, "", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "ünïcode"]


@pytest.mark.parametrize("token", WRONG)
async def test_r62_without_the_token_no_action_runs(
    client: Client, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr("actions.base.Ask.from_tracker", lambda tracker: ran.append(tracker) or 1 / 0)
    headers = {} if token is None else {HEADER: token}
    async with client.post("/webhook", json=CALL, headers=headers) as response:
        assert (response.status, await response.read()) == (403, b"")
    async with client.post("/webhook", data=b"not json", headers=headers) as response:
        assert response.status == 403, "nobody learns what would be read"
    async with client.get("/alive", headers=headers) as response:
        assert response.status == 403
    assert ran == []


async def test_r62_with_the_token_it_answers_with_ids_and_no_words(client: Client) -> None:
    async with client.post("/webhook", json=CALL, headers={HEADER: TOKEN}) as response:
        body = await response.read()
        assert response.status == 200
    assert b"topic:needs" in body
    assert CANARY.encode() not in body


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b"{}", b'{"next_action": "no_such_action"}', b"\xff", CANARY.encode()]
)
async def test_r62_what_cannot_be_read_is_a_bare_500(
    client: Client, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with client.post("/webhook", data=body, headers={HEADER: TOKEN}) as response:
        answer = await response.read()
    assert response.status == 500 or answer == b'{"events":[],"responses":[]}'
    assert CANARY.encode() not in answer
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/webhook"),
        ("PUT", "/webhook"),
        ("GET", "/"),
        ("GET", "/actions"),
        ("GET", "/health"),
        ("POST", "/alive"),
    ],
)
async def test_r62_there_is_no_other_route(client: Client, method: str, path: str) -> None:
    async with client.request(method, path, headers={HEADER: TOKEN}) as response:
        assert response.status in (404, 405)
        assert CANARY.encode() not in await response.read()


@pytest.mark.parametrize("token", ["", "short", "x" * 15])
def test_r62_it_does_not_start_without_a_real_token(token: str) -> None:
    with pytest.raises(ValueError, match="WAYMARK_ACTION_TOKEN"):
        application(token)
