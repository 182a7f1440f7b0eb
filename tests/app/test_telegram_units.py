"""Telegram's shapes into ours and back: letters, long texts, and what each of its answers means for the queue."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import error as telegram_error

from bot.channels.telegram.gateway import (
    Broken,
    Gateway,
    Moved,
    Refused,
    SendProblem,
    Unavailable,
    Unknown,
    Wait,
    _meaning,
)
from bot.channels.telegram.translate import MEDIA, Letter, letter_of, split, units
from bot.channels.telegram.transport import NotSent
from bot.library.replies import Rendered
from bot.settings import SettingsError
from tests.app.parts import WOMAN, blocked, update

RULE = settings(derandomize=True, deadline=None, max_examples=80, database=None)
TOKEN = "123456:AAH-test-token-of-nobody-0000000000"


# -- translate -------------------------------------------------------------------------------------------------------


def test_a_message_keeps_words_and_place_and_nothing_about_the_person() -> None:
    letter = letter_of(update(1, WOMAN, "hello"))
    assert letter == Letter(880_000_001, WOMAN, text="hello", message_id=4_000_001, lang_hint="en")
    packed = letter.pack()
    assert b"Maravilla" not in packed
    assert b"maravilla_canaria" not in packed
    assert Letter.unpack(packed) == letter


@given(text=st.text(max_size=300), payload=st.none() | st.text(max_size=64), number=st.integers(-(2**52), 2**52))
@RULE
def test_packing_loses_nothing(text: str, payload: str | None, number: int) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # half a character cannot come in as JSON
    letter = Letter(abs(number), number, text=text, payload=payload)
    assert Letter.unpack(letter.pack()) == letter


@pytest.mark.parametrize(("name", "kind"), sorted(MEDIA.items()))
def test_r12_media_are_named_and_never_opened(name: str, kind: str) -> None:
    letter = letter_of(update(1, WOMAN, "", **{name: {"file_id": "SECRET"}, "caption": "look"}))
    assert letter is not None
    assert (letter.media, letter.text) == (kind, "look")
    assert b"SECRET" not in letter.pack()


def test_taps_blocks_and_groups() -> None:
    tap = {
        "id": "7",
        "from": {"language_code": "es-MX"},
        "message": {"chat": {"id": 5, "type": "private"}},
        "data": "c:exit",
    }
    letter = letter_of({"update_id": 1, "callback_query": tap})
    assert letter == Letter(1, 5, payload="c:exit", callback_id="7", lang_hint="es")
    assert letter_of(blocked(2, 5)) == Letter(880_000_002, 5, kind="blocked")
    assert letter_of(blocked(2, 5, "member")) is None
    for kind in ("group", "supergroup"):
        added = {"chat": {"id": -5, "type": kind}, "new_chat_member": {"status": "member"}}
        assert letter_of({"update_id": 3, "my_chat_member": added}) == Letter(3, -5, kind="group")
        assert letter_of({"update_id": 4, "message": {"chat": {"id": -5, "type": kind}, "text": "hi"}}) == Letter(
            4, -5, kind="group"
        )


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1},
        {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 5, "type": "private"}}},
        {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 5, "type": "channel"}, "text": "x"}},
        {"update_id": 1, "callback_query": {"id": "1", "data": "c:exit"}},
        {
            "update_id": 1,
            "callback_query": {"id": "1", "data": "c:exit", "message": {"chat": {"id": -5, "type": "group"}}},
        },
        {"update_id": 1, "poll": {}},
    ],
)
def test_what_needs_no_answer_gets_none(update: dict[str, Any]) -> None:
    assert letter_of(update) is None


@given(text=st.text(alphabet=st.sampled_from("ab \n🙂é"), max_size=400), limit=st.integers(4, 60))
@RULE
def test_splitting_never_loses_text_and_never_makes_a_piece_too_long(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert "".join("".join(piece.split()) for piece in pieces) == "".join(text.split())
    assert all(units(piece) <= limit for piece in pieces)
    assert all(piece.strip() for piece in pieces), "Telegram takes no empty message"


def test_a_text_is_cut_at_paragraphs_then_lines_then_words() -> None:
    assert split("one two\n\nthree four", 12) == ["one two", "three four"]
    assert split("short\n\nshort", 100) == ["short\n\nshort"]
    assert all(" " not in piece or len(piece) <= 20 for piece in split("word " * 30, 20))
    assert split("") == []


# -- gateway ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "meaning"),
    [
        (telegram_error.RetryAfter(7), Wait),
        (telegram_error.RetryAfter(timedelta(seconds=7)), Wait),
        (telegram_error.ChatMigrated(-200), Moved),
        (telegram_error.Forbidden("Forbidden: bot was blocked by the user"), Refused),
        (telegram_error.Forbidden("Forbidden: user is deactivated"), Refused),
        (telegram_error.BadRequest("Chat not found"), Refused),
        (telegram_error.BadRequest("PEER_ID_INVALID"), Refused),
        (telegram_error.BadRequest("Message text is empty"), Broken),
        (telegram_error.BadRequest("Button_data_invalid"), Broken),
        (telegram_error.InvalidToken("Unauthorized"), Unavailable),
        (telegram_error.TimedOut(), Unknown),
        (NotSent("could not connect"), Unavailable),
        (telegram_error.NetworkError("Bad Gateway"), Unavailable),
        (telegram_error.NetworkError("Internal Server Error (500)"), Unavailable),
        (telegram_error.NetworkError("Service Unavailable (503)"), Unavailable),
        (telegram_error.NetworkError("ServerDisconnectedError"), Unknown),
        (telegram_error.NetworkError("Gateway Timeout (504)"), Unknown),
        (telegram_error.Conflict("terminated by other getUpdates request"), Unavailable),
        (telegram_error.TelegramError("something new"), Unavailable),
    ],
)
def test_what_each_answer_means(problem: telegram_error.TelegramError, meaning: type[SendProblem]) -> None:
    found = _meaning(problem)
    assert type(found) is meaning
    if isinstance(found, Wait):
        assert found.seconds == 7.0
    if isinstance(found, Moved):
        assert found.chat_id == -200


class Api:
    """A few methods of the Bot API; `answers` holds what the next calls get: (status, body) or a number of seconds to hang."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[Any] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.path.rpartition("/")[2]
        kind = request.content_type
        body = await request.json() if kind == "application/json" else dict(await request.post())
        self.calls.append((method, body))
        answer = self.answers.pop(0) if self.answers and method != "getMe" else None
        if answer == "drop":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(answer, tuple):
            return web.json_response(answer[1], status=answer[0])
        if method == "getMe":
            result: Any = {"id": 1, "is_bot": True, "first_name": "x", "username": "x"}
        elif method == "sendMessage":
            result = {"message_id": 40 + len(self.calls), "date": 1, "chat": {"id": 5, "type": "private"}}
        elif method == "getUpdates":
            result = [update(1, WOMAN, "hello")]
        else:
            result = True
        return web.json_response({"ok": True, "result": result})


@pytest_asyncio.fixture(loop_scope="session")
async def api() -> AsyncIterator[Api]:
    made = Api()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(api: Api) -> AsyncIterator[Gateway]:
    made = Gateway(TOKEN, api.url)
    await made.open()
    api.calls.clear()
    yield made
    await made.close()


def problem(status: int, description: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return status, {**body, "parameters": parameters} if parameters else body


async def test_a_message_has_no_preview_no_mark_up_and_its_buttons(gateway: Gateway, api: Api) -> None:
    sent = await gateway.send(5, Rendered("a *b* <c>", [("Menu", "c:menu"), ("More", "m:x:1")], []), silent=True)
    method, body = api.calls[0]
    fields = {k: json.loads(v) if isinstance(v, str) and v[:1] in "{[" else v for k, v in body.items()}
    assert method == "sendMessage"
    assert fields["text"] == "a *b* <c>"
    assert "parse_mode" not in fields
    assert fields["link_preview_options"] == {"is_disabled": True}
    assert str(fields["disable_notification"]).lower() == "true"
    rows = fields["reply_markup"]["inline_keyboard"]
    assert [(b["text"], b["callback_data"]) for row in rows for b in row] == [("Menu", "c:menu"), ("More", "m:x:1")]
    assert sent.message_ids == [41]


async def test_a_long_text_goes_in_pieces_with_the_buttons_under_the_last(gateway: Gateway, api: Api) -> None:
    text = "\n\n".join(f"{n} " + "word " * 300 for n in range(5))
    sent = await gateway.send(5, Rendered(text, [("Menu", "c:menu")], []))
    assert len(sent.message_ids) == len(api.calls) == 3
    assert ["reply_markup" in body for _, body in api.calls] == [False, False, True]


async def test_of_a_long_text_that_breaks_off_the_pieces_that_went_are_named(gateway: Gateway, api: Api) -> None:
    api.answers = [None, problem(500, "Internal Server Error")]
    with pytest.raises(Unavailable) as error:
        await gateway.send(5, Rendered("\n\n".join("word " * 500 for _ in range(3)), [], []))
    assert error.value.sent == (41,)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (problem(403, "Forbidden: bot was blocked by the user"), Refused),
        (problem(400, "Bad Request: chat not found"), Refused),
        (problem(400, "Bad Request: message is too long"), Broken),
        (problem(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-200), Moved),
        (problem(429, "Too Many Requests: retry after 3", retry_after=3), Wait),
        (problem(429, "Too Many Requests"), Unavailable),
        (problem(401, "Unauthorized"), Unavailable),
        (problem(500, "Internal Server Error"), Unavailable),
        (problem(502, "Bad Gateway"), Unavailable),
        (problem(503, "Service Unavailable"), Unavailable),
        (problem(504, "Gateway Timeout"), Unknown),
        ("drop", Unknown),
    ],
)
async def test_what_each_answer_over_the_wire_means(
    gateway: Gateway, api: Api, answer: Any, meaning: type[SendProblem]
) -> None:
    api.answers = [answer]
    with pytest.raises(SendProblem) as error:
        await gateway.send(5, Rendered("x", [], []))
    assert type(error.value) is meaning
    assert error.value.__cause__ is None
    assert TOKEN not in repr(error.value)


async def test_a_platform_that_is_not_there_did_not_take_it() -> None:
    gateway = Gateway(TOKEN, "http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        await gateway.send(5, Rendered("x", [], []))
    with pytest.raises(Unavailable):
        await gateway.updates(None, 0)
    await gateway.answer_tap("1")
    with pytest.raises(SettingsError, match=r"does not answer .*WAYMARK_TELEGRAM_API_URL") as error:
        await gateway.open()
    assert TOKEN not in str(error.value)
    await gateway._calls.shutdown() if hasattr(gateway, "_calls") else await gateway.bot._request[1].shutdown()
    await gateway.bot._request[0].shutdown()


async def test_a_refused_token_is_an_error_that_does_not_hold_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response(problem(401, "Unauthorized")[1], status=401)

    monkeypatch.setattr(api, "handle", refuse)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", refuse)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    gateway = Gateway(TOKEN, f"http://127.0.0.1:{runner.addresses[0][1]}")
    with pytest.raises(SettingsError, match="@BotFather") as error:
        await gateway.open()
    assert TOKEN not in str(error.value)
    assert error.value.__suppress_context__, "nor does a traceback show it"
    for request in gateway.bot._request:
        await request.shutdown()
    await runner.cleanup()


async def test_deleting_takes_a_hundred_at_a_time_and_passes_over_what_cannot_be(gateway: Gateway, api: Api) -> None:
    await gateway.delete(5, list(range(1, 251)))
    assert [method for method, _ in api.calls] == ["deleteMessages"] * 3
    api.calls.clear()
    api.answers = [
        problem(400, "Bad Request: message can't be deleted"),
        problem(400, "Bad Request: message to delete not found"),
    ]
    await gateway.delete(5, [1, 2, 3])
    assert [method for method, _ in api.calls] == ["deleteMessages", "deleteMessage", "deleteMessage", "deleteMessage"]
    api.answers = [problem(403, "Forbidden: bot was blocked by the user")]
    with pytest.raises(Refused):
        await gateway.delete(5, [1])
    await gateway.delete(5, [])


async def test_updates_come_as_they_were_sent(gateway: Gateway, api: Api) -> None:
    found = await gateway.updates(17, 0)
    assert [letter_of(item) for item in found] == [letter_of(update(1, WOMAN, "hello"))]
    method, body = api.calls[0]
    assert method == "getUpdates"
    assert int(body["offset"]) == 17
    allowed = body["allowed_updates"]
    assert set(json.loads(allowed) if isinstance(allowed, str) else allowed) == {
        "message",
        "callback_query",
        "my_chat_member",
    }
