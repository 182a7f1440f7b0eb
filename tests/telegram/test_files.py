"""A file goes out before its text, in one message where it can, and fails as a text fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.channels.telegram.gateway import (
    CAPTION,
    Broken,
    Gateway,
    Moved,
    Refused,
    SendProblem,
    Unavailable,
    Unknown,
    Wait,
)
from bot.channels.telegram.transport import AiohttpRequest
from bot.library.replies import Attachment, Rendered
from tests.botapi.rate import Limits
from tests.botapi.server import BotApiServer
from tests.telegram.running import TOKEN

ANA = 7
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (1080).to_bytes(4, "big") + (1500).to_bytes(4, "big") + bytes(range(256))
PICTURE = Attachment("progress.png", "image/png", PNG, picture=True)
ROSTER = Attachment("roster.csv", "text/csv", "\ufeffofficer_id,course\r\n'=1+1,señales\r\n".encode())
BUTTONS = [("Menu", "c:menu"), ("Again", "c:again")]
LONG = "\n\n".join(f"{n} " + "word " * 300 for n in range(5))
"""Three messages without a file."""


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(telegram: BotApiServer) -> AsyncIterator[Gateway]:
    made = Gateway(TOKEN, telegram.url, read_timeout=0.5)
    await made.open()
    telegram.user_says(ANA, "/start", user_id=ANA)
    yield made
    await made.close()


async def test_a_picture_has_its_text_and_buttons_under_it(telegram: BotApiServer, gateway: Gateway) -> None:
    sent = await gateway.send(ANA, Rendered("Your *progress* <b>", BUTTONS, [], 2, PICTURE), silent=True)
    (one,) = telegram.sent
    assert (one.method, one.text, sent.message_ids) == ("sendPhoto", "Your *progress* <b>", [one.message_id])
    assert [[button.payload for button in row] for row in one.rows] == [["c:menu", "c:again"]]
    assert (one.file.name, one.file.mime, one.file.data) == ("progress.png", "image/png", PNG)
    assert one.params["disable_notification"] is True
    assert telegram.chat(ANA).messages[one.message_id].data["photo"][0]["width"] == 1080


async def test_a_document_arrives_byte_for_byte_with_the_type_it_was_given(
    telegram: BotApiServer, gateway: Gateway
) -> None:
    """Telegram is told not to guess: a CSV stays a file, and asks nobody else what it is."""
    await gateway.send(ANA, Rendered("The roster", BUTTONS, [], 1, ROSTER))
    (one,) = telegram.sent
    assert (one.method, one.text, one.payloads) == ("sendDocument", "The roster", ["c:menu", "c:again"])
    assert (one.file.name, one.file.mime, one.file.data) == ("roster.csv", "text/csv", ROSTER.data)
    assert one.params["disable_content_type_detection"] is True
    assert one.params["disable_notification"] is False
    assert "protect_content" not in one.params
    odd = Attachment("cards.gift", "application/x-gift", b"::a::")
    await gateway.send(ANA, Rendered("", [], [], 1, odd))
    assert (telegram.sent[-1].file.mime, telegram.sent[-1].text) == ("application/x-gift", "")


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("x" * CAPTION, ["sendPhoto"]),
        ("x" * (CAPTION + 1), ["sendPhoto", "sendMessage"]),
        ("🙂" * (CAPTION // 2), ["sendPhoto"]),
        ("🙂" * (CAPTION // 2 + 1), ["sendPhoto", "sendMessage"]),
        (LONG, ["sendPhoto", "sendMessage", "sendMessage", "sendMessage"]),
        ("", ["sendPhoto"]),
        (" \n ", ["sendPhoto"]),
    ],
)
async def test_a_text_too_long_for_a_caption_comes_after_with_the_buttons(
    telegram: BotApiServer, gateway: Gateway, text: str, methods: list[str]
) -> None:
    sent = await gateway.send(ANA, Rendered(text, BUTTONS, [], 1, PICTURE))
    assert [one.method for one in telegram.sent] == methods
    assert sent.message_ids == [one.message_id for one in telegram.sent]
    assert [bool(one.rows) for one in telegram.sent] == [False] * (len(methods) - 1) + [True]
    assert "".join("".join(one.text.split()) for one in telegram.sent) == "".join(text.split())


@pytest.mark.parametrize("file", [PICTURE, ROSTER], ids=["photo", "document"])
@pytest.mark.parametrize(
    ("kind", "how", "meaning"),
    [
        ("429", {"retry_after": 7}, Wait),
        ("403", {}, Refused),
        ("400", {}, Broken),
        ("400", {"description": "Bad Request: chat not found"}, Refused),
        ("401", {}, Unavailable),
        ("500", {}, Unavailable),
        ("502", {"html": True}, Unavailable),
        ("hang", {}, Unknown),
        ("reset", {"after": True}, Unknown),
    ],
)
async def test_what_goes_wrong_with_a_file_means_what_it_means_for_a_text(
    telegram: BotApiServer,
    gateway: Gateway,
    file: Attachment,
    kind: Any,
    how: dict[str, Any],
    meaning: type[SendProblem],
) -> None:
    telegram.fault("*", kind, **how)
    with pytest.raises(SendProblem) as error:
        await gateway.send(ANA, Rendered("x", BUTTONS, [], 1, file))
    assert type(error.value) is meaning
    assert error.value.sent == ()
    assert error.value.__cause__ is None
    assert TOKEN not in repr(error.value)
    if isinstance(error.value, Wait):
        assert error.value.seconds == 7.0


async def test_a_file_whose_text_breaks_off_is_named_as_sent(telegram: BotApiServer, gateway: Gateway) -> None:
    telegram.fault("sendMessage", "500")
    with pytest.raises(Unavailable) as error:
        await gateway.send(ANA, Rendered(LONG, [], [], 1, ROSTER))
    assert error.value.sent == tuple(one.message_id for one in telegram.sent)
    assert [one.method for one in telegram.sent] == ["sendDocument"]


async def test_a_group_that_moved_is_moved_for_files_too(telegram: BotApiServer, gateway: Gateway) -> None:
    telegram.add_chat(-5, "group")
    telegram.user_says(-5, "hello", user_id=ANA)
    telegram.migrate(-5, -1005)
    with pytest.raises(Moved) as error:
        await gateway.send(-5, Rendered("x", [], [], 1, ROSTER))
    assert error.value.chat_id == -1005


async def test_files_count_towards_the_rate_like_other_messages(telegram: BotApiServer, gateway: Gateway) -> None:
    telegram.rate.limits = Limits(overall=2, per_chat=2)
    await gateway.send(ANA, Rendered("one", [], [], 1, PICTURE))
    await gateway.send(ANA, Rendered("two", [], []))
    with pytest.raises(Wait):
        await gateway.send(ANA, Rendered("three", [], [], 1, ROSTER))
    assert telegram.rate.max_per_second(ANA) == 2


async def test_an_upload_that_is_stuck_comes_to_an_end() -> None:
    """A server that takes the connection and then reads nothing: the row must come free again."""
    stuck = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await stuck.wait()
        writer.transport.abort()

    server = await asyncio.start_server(hold, "127.0.0.1", 0, limit=1024)
    gateway = Gateway(TOKEN, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    gateway._calls = AiohttpRequest(read_timeout=0.1, connect_timeout=0.1, write_timeout=0.1)
    gateway.bot._request = (gateway.bot._request[0], gateway._calls)
    big = Attachment("sheet.html", "text/html", bytes(30_000_000))
    with pytest.raises(Unknown):
        async with asyncio.timeout(20):
            await gateway.send(ANA, Rendered("x", [], [], 1, big))
    stuck.set()
    for request in gateway.bot._request:
        await request.shutdown()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("roster-2026.csv", "roster-2026.csv"),
        ("capacitación de señales.csv", "capacitacion-de-senales.csv"),
        ("../../etc/passwd", "file.etc-passw"),
        ("C:\\Users\\x\\roster.xlsx", "C-Users-x-roster.xlsx"),
        ('a"; filename="b.exe\r\nX-Odd: 1.csv', "a-filename-b.exe-X-Odd-1.csv"),
        ("roster\u202evsc.exe", "rostervsc.exe"),
        (".hidden", "file.hidden"),
        ("名簿.csv", "file.csv"),
        ("", "file"),
        ("...", "file"),
        ("a" * 300 + ".csv", "a" * 60 + ".csv"),
        ("x." + "y" * 300, "x." + "y" * 9),
        ("=cmd|'/c calc'.csv", "cmd-c-calc.csv"),
        ("../../x/roster.csv", "x-roster.csv"),
        ("a\x00b%20c.csv", "a-b-20c.csv"),
    ],
)
async def test_an_odd_file_name_is_made_harmless(
    telegram: BotApiServer, gateway: Gateway, name: str, safe: str
) -> None:
    await gateway.send(ANA, Rendered("x", [], [], 1, Attachment(name, "text/csv", b"a")))
    assert telegram.sent[-1].file.name == safe


def test_what_is_in_a_file_stands_in_no_repr() -> None:
    assert "officer_id" not in repr(Rendered("x", [], [], 1, ROSTER))
