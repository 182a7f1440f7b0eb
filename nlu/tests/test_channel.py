"""The door into Rasa, over a real socket on loopback, with an agent that stands in for the trained one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import AwaitableTrackerStore, InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Sanic

from nlu.components.channel import HEADER, DeskChannel
from nlu.components.classifier import RowClassifier
from nlu.components.trackers import BoundedTrackerStore

TOKEN = "a-token-of-more-than-sixteen"  # noqa: S105
WORDS = "my sister is in room 12"


class FakeAgent:
    """Notes what reaches Rasa; `broken` makes every call fail with the person's words in the error."""

    def __init__(self) -> None:
        self.seen: list[UserMessage] = []
        self.chats: dict[str, dict[str, Any]] = {}
        self.broken, self.ready = False, True
        self.domain = SimpleNamespace(intents=["emergency_now", "thanks"])
        self.processor = SimpleNamespace(parse_message=self._parse)
        self.tracker_store = SimpleNamespace(retrieve=self._retrieve, forget=self._forget)

    def is_ready(self) -> bool:
        return self.ready

    async def _parse(self, message: UserMessage) -> dict[str, Any]:
        self.seen.append(message)
        if self.broken:
            raise RuntimeError(f"cannot read {message.text}")
        return {
            "text": message.text,
            "intent": {"name": "thanks", "confidence": 0.9},
            "intent_ranking": [{"name": "thanks", "confidence": 0.9}, {"name": "greeting", "confidence": 0.1}],
            "entities": [{"entity": "place", "value": "tulsa", "start": 0, "end": 5}],
            "known_words": True,
        }

    async def handle_message(self, message: UserMessage) -> None:
        self.chats[message.sender_id] = await self._parse(message)
        await message.output_channel.send_custom_json(message.sender_id, {"text": "you are welcome"})

    async def _retrieve(self, chat: str) -> Any:
        return SimpleNamespace(latest_message=SimpleNamespace(parse_data=self.chats[chat]))

    def _forget(self, chat: str) -> None:
        if self.broken:
            raise RuntimeError(chat)
        self.chats.pop(chat, None)


class Door:
    def __init__(self, base: str, agent: FakeAgent, client: aiohttp.ClientSession) -> None:
        self.base, self.agent, self.client = base, agent, client

    async def call(self, method: str, path: str, token: str | None = TOKEN, **kwargs: Any) -> tuple[int, bytes]:
        headers = {} if token is None else {HEADER: token}
        async with self.client.request(method, self.base + path, headers=headers, **kwargs) as answer:
            return answer.status, await answer.read()

    async def json(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        import json

        status, data = await self.call("POST", path, json=body)
        return status, json.loads(data) if data else None


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    async def never(_: UserMessage) -> None:
        raise AssertionError("the channel talks to the agent itself")

    Sanic.test_mode = True
    app = Sanic(f"door-{id(never)}", configure_logging=False)
    app.ctx.agent = FakeAgent()
    app.blueprint(DeskChannel(TOKEN).blueprint(never), url_prefix="/webhooks/desk")
    server = await app.create_server(host="127.0.0.1", port=0, access_log=False, return_asyncio_server=True)
    assert server is not None
    await server.startup()
    port = server.server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as client:
        yield Door(f"http://127.0.0.1:{port}/webhooks/desk", app.ctx.agent, client)
    server.close()
    await server.wait_closed()


ROUTES = [("POST", "/parse"), ("POST", "/turn"), ("DELETE", "/chat/abc"), ("GET", "/alive")]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x", "é"])
async def test_r62_without_the_token_nothing_is_read(door: Door, method: str, path: str, token: str | None) -> None:
    body = {"text": WORDS, "chat": "abc"} if method == "POST" else None
    assert await door.call(method, path, token, json=body) == (403, b"")
    assert door.agent.seen == []


def loaded(*parts: Any) -> SimpleNamespace:
    nodes = {str(number): SimpleNamespace(_component=part) for number, part in enumerate(parts)}
    return SimpleNamespace(_instantiated_nodes=nodes)


@pytest.mark.parametrize("body", [{"explain": True}, {"explain": "yes"}, {}])
async def test_thresholds_are_said_only_where_explain_asks_and_are_the_loaded_classifiers(
    door: Door, body: dict[str, Any]
) -> None:
    config = {**RowClassifier.get_default_config(), "threshold": 0.33}
    classifier = RowClassifier(config, None, None)  # type: ignore[arg-type]
    other = SimpleNamespace(_config={"core_threshold": 0.9})
    door.agent.processor.graph_runner = loaded(other, classifier)
    status, data = await door.json("/parse", {"text": WORDS, **body})
    assert status == 200
    wanted = (
        {"threshold": 0.33, "danger_threshold": config["danger_threshold"]} if body.get("explain") is True else None
    )
    assert data.get("thresholds") == wanted
    assert WORDS not in str(data)


async def test_parse_gives_the_reading_and_not_the_words(door: Door) -> None:
    status, data = await door.json("/parse", {"text": WORDS, "metadata": {"role": "officer", "lang": "en"}})
    assert status == 200
    assert data == {
        "intent": "thanks",
        "confidence": 0.9,
        "ranking": [["thanks", 0.9], ["greeting", 0.1]],
        "entities": [["place", "tulsa"]],
        "known_words": True,
    }
    assert door.agent.seen[0].metadata == {"role": "officer", "lang": "en"}
    assert door.agent.chats == {}, "a reading keeps no conversation"


async def test_turn_gives_reading_and_replies(door: Door) -> None:
    status, data = await door.json("/turn", {"text": WORDS, "chat": "abc"})
    assert status == 200
    assert data["replies"] == [{"text": "you are welcome"}]
    assert data["intent"] == "thanks"
    assert WORDS not in str(data)
    assert door.agent.seen[0].sender_id == "abc"


@pytest.mark.parametrize("path", ["/parse", "/turn"])
@pytest.mark.parametrize(
    "body",
    [b"", b"not json " + WORDS.encode(), b"[]", b"{}", b'{"text": 7, "chat": "a"}', b'{"chat": "a"}', b"\xff\xfe"],
)
async def test_a_bad_request_is_a_bare_500(door: Door, path: str, body: bytes) -> None:
    assert await door.call("POST", path, data=body) == (500, b"")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/parse", {"text": WORDS}),
        ("POST", "/turn", {"text": WORDS, "chat": "a"}),
        ("DELETE", "/chat/abc", None),
    ],
)
async def test_a_failing_agent_is_a_bare_500_and_logs_no_words(
    door: Door, method: str, path: str, body: Any, caplog: pytest.LogCaptureFixture
) -> None:
    door.agent.broken = True
    assert await door.call(method, path, json=body) == (500, b"")
    assert "turn failed: RuntimeError" in caplog.text
    assert WORDS not in caplog.text
    assert "abc" not in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "/emergency_now",
        "//emergency_now",
        " / /emergency_now",
        "\\/emergency_now",
        "\u200b/emergency_now",
        "\uff0femergency_now",
        '/emergency_now{"subject": "x"}',
    ],
)
@pytest.mark.parametrize("path", ["/parse", "/turn"])
async def test_no_text_names_a_row(door: Door, path: str, text: str) -> None:
    await door.json(path, {"text": text, "chat": "a"})
    assert not door.agent.seen[0].text.startswith("/")
    assert door.agent.seen[0].text.startswith("emergency_now")


async def test_a_tapped_row_does(door: Door) -> None:
    assert (await door.json("/turn", {"row": "emergency_now", "chat": "a"}))[0] == 200
    assert door.agent.seen[0].text == "/emergency_now"


@pytest.mark.parametrize("row", ["unknown", "thanks{", 'thanks{"subject": "x"}', "/thanks", "", None, 3])
async def test_only_a_row_of_the_domain_can_be_tapped(door: Door, row: Any) -> None:
    assert await door.call("POST", "/turn", json={"row": row, "chat": "a"}) == (500, b"")
    assert door.agent.seen == []


async def test_forgetting_answers_the_same_whether_or_not_there_was_anything(door: Door) -> None:
    await door.json("/turn", {"text": "hello", "chat": "abc"})
    assert await door.call("DELETE", "/chat/abc") == (204, b"")
    assert door.agent.chats == {}
    assert await door.call("DELETE", "/chat/abc") == (204, b"")


async def test_forgetting_reaches_through_the_stores_that_rasa_puts_around_ours(door: Door) -> None:
    domain = Domain.empty()
    inner, spare = BoundedTrackerStore(domain), InMemoryTrackerStore(domain)
    door.agent.tracker_store = Agent._create_tracker_store(AwaitableTrackerStore(inner), domain)
    assert door.agent.tracker_store is not inner
    door.agent.tracker_store._fallback_tracker_store = spare
    for store in (door.agent.tracker_store, spare):
        await store.save(DialogueStateTracker.from_events("abc", [UserUttered(WORDS)]))
    assert await door.call("DELETE", "/chat/abc") == (204, b"")
    assert await inner.retrieve("abc") is None
    assert await spare.retrieve("abc") is None


async def test_alive_says_whether_the_model_is_there(door: Door) -> None:
    assert (await door.call("GET", "/alive"))[0] == 204
    door.agent.ready = False
    assert (await door.call("GET", "/alive"))[0] == 503


@pytest.mark.parametrize(
    "credentials", [None, {}, {"token": ""}, {"token": "short"}, {"token": "${WAYMARK_NLU_TOKEN}"}]
)
def test_no_door_without_a_real_token(credentials: dict[str, str] | None) -> None:
    with pytest.raises(ValueError, match="WAYMARK_NLU_TOKEN"):
        DeskChannel.from_credentials(credentials)
