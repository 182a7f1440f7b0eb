"""The stand-in for Telegram behaves as Telegram does, and refuses what Telegram would refuse."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from telegram import Bot, BotCommandScopeChat, InlineKeyboardButton, InlineKeyboardMarkup, error
from telegram.request import HTTPXRequest

from tests.botapi import BotApiServer, Limits, RemoteBotApi, RemoteError, rules, spec
from tests.botapi.faults import Kind
from tests.botapi.rate import RateLog
from tests.botapi.text import MarkupError, parse

pytestmark = [
    pytest.mark.asyncio(loop_scope="function"),
    pytest.mark.timeout(60),
    pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning"),
]
TOKEN = "123456:local-test-token"
ANA, BEN, TEAM = 7, 8, -500
HOUR = 3600


@pytest_asyncio.fixture(loop_scope="function")
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(TOKEN) as running:
        running.add_chat(ANA)
        yield running


@pytest_asyncio.fixture(loop_scope="function")
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    """The real python-telegram-bot, on its stock transport."""
    async with Bot(TOKEN, base_url=server.base_url, get_updates_request=HTTPXRequest(read_timeout=10)) as real:
        yield real


async def call(server: BotApiServer, name: str, **params: Any) -> dict[str, Any]:
    url = f"{server.base_url}{TOKEN}/{name}"
    async with aiohttp.ClientSession() as session, session.post(url, json=params) as response:
        answer: dict[str, Any] = await response.json()
        assert answer["ok"] == (response.status == 200)
        return answer


async def updates(server: BotApiServer, **params: Any) -> list[dict[str, Any]]:
    answer = await call(server, "getUpdates", **params)
    assert answer["ok"], answer
    found: list[dict[str, Any]] = answer["result"]
    return found


async def texts(server: BotApiServer, **params: Any) -> list[str]:
    return [update["message"]["text"] for update in await updates(server, **params)]


def keyboard(*payloads: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": payload, "callback_data": payload}] for payload in payloads]}


# --- with the real client


async def test_a_real_bot_holds_a_conversation(server: BotApiServer, bot: Bot) -> None:
    said = server.user_says(ANA, "/start hello", user_id=ANA)
    (update,) = await bot.get_updates(timeout=0)
    assert update.effective_message is not None
    assert (update.effective_message.text, update.effective_message.message_id) == ("/start hello", said.message_id)
    assert update.effective_message.parse_entities() == {update.effective_message.entities[0]: "/start"}

    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Next", callback_data="m:next")]])
    sent = await bot.send_message(ANA, "<b>Hello</b> &amp; welcome", parse_mode="HTML", reply_markup=markup)
    assert (sent.text, sent.entities[0].type) == ("Hello & welcome", "bold")
    tap = server.user_taps(ANA, "m:next")
    (update,) = await bot.get_updates(offset=update.update_id + 1, timeout=0)
    assert update.callback_query is not None
    assert (update.callback_query.data, update.callback_query.id) == ("m:next", tap.id)
    assert server.unanswered_taps() == [tap]
    await bot.answer_callback_query(tap.id)
    assert server.unanswered_taps() == []

    await bot.edit_message_text("Second page", ANA, sent.message_id)
    shown = server.chat(ANA).visible()
    assert [(m.from_bot, m.text, m.payloads) for m in shown] == [(False, "/start hello", []), (True, "Second page", [])]
    await bot.delete_message(ANA, said.message_id)
    await bot.delete_messages(ANA, [sent.message_id, 999])
    assert server.chat(ANA).visible() == []
    assert [(s.text, s.payloads) for s in server.sent] == [("Hello & welcome", ["m:next"])]
    assert server.violations == []


async def test_a_real_bot_uploads_and_introduces_itself(server: BotApiServer, bot: Bot) -> None:
    assert (await bot.get_me()).username == "waymark_test_bot"
    photo = await bot.send_photo(ANA, photo=b"\x89PNG", caption="a map")
    assert photo.photo
    assert photo.caption == "a map"
    document = await bot.send_document(ANA, document=b"%PDF", filename="roster.pdf")
    assert document.document
    assert document.message_id == photo.message_id + 1
    place = await bot.send_location(ANA, latitude=41.5, longitude=-74.25)
    assert place.location
    assert place.location.latitude == 41.5
    album = [server.chat(ANA).messages[photo.message_id], server.chat(ANA).messages[document.message_id]]
    assert [m.text for m in album] == ["a map", ""]
    assert [(s.file.name, s.file.mime, s.file.data) for s in server.sent if s.files] == [
        ("application.octet-stream", "application/octet-stream", b"\x89PNG"),
        ("roster.pdf", "application/pdf", b"%PDF"),
    ]
    assert (document.document.file_name, document.document.file_size) == ("roster.pdf", 4)
    await bot.set_my_commands([("help", "Help")], language_code="es")
    assert [c.command for c in await bot.get_my_commands(language_code="es")] == ["help"]
    assert await bot.get_my_commands() == ()
    await bot.set_my_name("Waymark")
    await bot.set_my_description("What it is")
    await bot.set_my_short_description("Short")
    assert (await bot.get_my_short_description()).short_description == "Short"
    await bot.send_chat_action(ANA, "typing")
    assert (await bot.get_chat(ANA)).id == ANA
    copied = await bot.copy_message(ANA, ANA, photo.message_id)
    assert server.chat(ANA).messages[copied.message_id].text == "a map"
    assert server.violations == []


# --- updates


async def test_updates_stay_until_a_higher_offset_is_asked_for(server: BotApiServer) -> None:
    for said in ("a", "b", "c"):
        server.user_says(ANA, said)
    first = await updates(server)
    ids = [update["update_id"] for update in first]
    assert ids == sorted(set(ids))
    assert await texts(server) == ["a", "b", "c"]
    assert await texts(server, limit=2) == ["a", "b"]
    assert await texts(server, offset=ids[1]) == ["b", "c"]
    assert await texts(server) == ["b", "c"]
    assert await texts(server, offset=ids[2] + 500) == ["b", "c"], "an offset from the future forgets nothing"
    assert await texts(server, offset=-1) == ["c"]
    assert await texts(server) == ["c"]
    assert await texts(server, offset=ids[2] + 1) == []
    server.user_says(ANA, "d")
    assert (await updates(server))[0]["update_id"] > ids[2]


async def test_a_long_poll_wakes_up(server: BotApiServer) -> None:
    started = time.monotonic()
    poll = asyncio.create_task(texts(server, timeout=20))
    await server.wait_for(lambda: bool(server.calls("getUpdates")))
    server.user_says(ANA, "now")
    assert await poll == ["now"]
    assert time.monotonic() - started < 10


async def test_a_long_poll_ends_empty(server: BotApiServer) -> None:
    assert await updates(server, timeout=1) == []


async def test_a_second_long_poll_ends_the_first(server: BotApiServer) -> None:
    first = asyncio.create_task(call(server, "getUpdates", timeout=20))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(texts(server, timeout=20))
    assert (await first)["error_code"] == 409
    server.user_says(ANA, "still here")
    assert await second == ["still here"]


async def test_updates_are_forgotten_after_a_day(server: BotApiServer) -> None:
    server.user_says(ANA, "old")
    server.advance(25 * HOUR)
    server.user_says(ANA, "new")
    assert await texts(server) == ["new"]


async def test_allowed_updates_hold_from_then_on(server: BotApiServer) -> None:
    server.user_says(ANA, "before")
    await updates(server, allowed_updates=["callback_query"])
    server.user_says(ANA, "left out")
    assert await texts(server) == ["before"]
    await updates(server, allowed_updates=[])
    server.user_blocks(ANA)
    assert server.inject("message_reaction", {}) is None
    assert [min(update) for update in await updates(server)] == ["message", "my_chat_member"]


async def test_everything_people_do_fits_the_description(server: BotApiServer) -> None:
    await call(server, "sendMessage", chat_id=ANA, text="pick", reply_markup=keyboard("x"))
    server.user_says(ANA, "plain")
    server.user_sends_photo(ANA, "caption")
    server.user_sends_voice(ANA)
    server.user_sends_location(ANA)
    server.user_sends_sticker(ANA)
    server.user_sends_document(ANA)
    server.user_sends_video(ANA)
    last = server.user_sends_contact(ANA, "+15550100", "Ana")
    server.user_taps(ANA, "x")
    said = server.user_says(ANA, "tpyo")
    server.user_edits(ANA, said.message_id, "typo")
    server.user_deletes(ANA, last.message_id)
    server.user_taps(ANA, "forged", last.message_id, forged=True)
    server.user_blocks(ANA)
    server.user_unblocks(ANA)
    server.add_chat(TEAM, admin=True)
    server.user_says(TEAM, "group", user_id=BEN)
    server.migrate(TEAM, -1001)
    found = await updates(server)
    assert len(found) == 17
    assert [problem for update in found for problem in spec.load().check_object("Update", update)] == []
    assert last not in server.chat(ANA).visible()


async def test_a_person_can_only_tap_what_is_shown(server: BotApiServer) -> None:
    await call(server, "sendMessage", chat_id=ANA, text="pick", reply_markup=keyboard("x"))
    with pytest.raises(ValueError, match="no button"):
        server.user_taps(ANA, "y", 1)
    with pytest.raises(ValueError, match="no visible message"):
        server.user_taps(ANA, "y")


# --- webhook


class Receiver:
    """A bot's webhook that refuses the first calls."""

    def __init__(self, refuse: int) -> None:
        self.refuse = refuse
        self.got: list[tuple[int, str]] = []
        self.secrets: set[str | None] = set()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=500)
        message = (await request.json())["message"]
        self.got.append((message["chat"]["id"], message["text"]))
        return web.Response()


@pytest_asyncio.fixture(loop_scope="function")
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver(refuse=3)
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def test_a_webhook_gets_every_update_in_order(server: BotApiServer, bot: Bot, receiver: Receiver) -> None:
    server.user_says(ANA, "0")
    await bot.set_webhook(receiver.url, secret_token="s-1", max_connections=4)
    for number in range(1, 6):
        server.user_says(ANA, str(number))
        server.user_says(BEN, str(number))
    with pytest.raises(error.Conflict):
        await bot.get_updates()
    await server.wait_for(lambda: not server.world.updates, 20)
    assert [said for chat, said in receiver.got if chat == ANA] == ["0", "1", "2", "3", "4", "5"]
    assert [said for chat, said in receiver.got if chat == BEN] == ["1", "2", "3", "4", "5"]
    assert receiver.secrets == {"s-1"}
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == (receiver.url, 0)
    assert "500" in str(info.last_error_message)
    await bot.delete_webhook()
    server.user_says(ANA, "polled")
    assert await texts(server) == ["polled"]
    assert server.violations == []


async def test_a_webhook_ends_a_long_poll_and_keeps_what_waits(server: BotApiServer) -> None:
    poll = asyncio.create_task(call(server, "getUpdates", timeout=20))
    await server.wait_for(lambda: bool(server.calls("getUpdates")))
    await asyncio.sleep(0.05)
    assert (await call(server, "setWebhook", url="http://127.0.0.1:1/none"))["ok"]
    assert (await poll)["error_code"] == 409
    server.user_says(ANA, "kept")
    await asyncio.sleep(0.1)
    assert (await call(server, "deleteWebhook"))["ok"]
    assert await texts(server) == ["kept"]
    assert (await call(server, "deleteWebhook", drop_pending_updates=True))["ok"]
    assert await texts(server) == []


# --- checks


@pytest.mark.parametrize(
    ("method", "params", "says"),
    [
        ("sendMessage", {"chat_id": ANA}, "text: required"),
        ("sendMessage", {"chat_id": ANA, "text": ""}, "at least 1"),
        ("sendMessage", {"chat_id": ANA, "text": " \n"}, "message text is empty"),
        ("sendMessage", {"chat_id": ANA, "text": "x" * 4097}, "message is too long"),
        ("sendMessage", {"chat_id": ANA, "text": "😀" * 2049}, "message is too long"),
        ("sendMessage", {"chat_id": ANA, "text": 5}, "text: must be of type String"),
        ("sendMessage", {"chat_id": ANA, "text": None}, "text: must be of type String"),
        ("sendMessage", {"chat_id": [ANA], "text": "x"}, "chat_id: must be of type"),
        ("sendMessage", {"chat_id": ANA, "text": "x", "txet": "y"}, "txet: unknown parameter"),
        ("sendMessage", {"chat_id": ANA, "text": "x", "protect_content": "maybe"}, "protect_content: must be"),
        ("sendMessage", {"chat_id": ANA, "text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ("sendMessage", {"chat_id": ANA, "text": "x", "parse_mode": "MarkdownV2"}, "parse_mode MarkdownV2"),
        ("sendMessage", {"chat_id": ANA, "text": "x", "reply_markup": keyboard("x" * 65)}, "BUTTON_DATA_INVALID"),
        ("sendMessage", {"chat_id": ANA, "text": "x", "reply_markup": keyboard("é" * 33)}, "BUTTON_DATA_INVALID"),
        ("sendMessage", {"chat_id": ANA, "text": "x", "reply_markup": keyboard(*("y" * 101))}, "too long"),
        ("sendMessage", {"chat_id": ANA, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}}, "one"),
        (
            "sendMessage",
            {"chat_id": ANA, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callbackdata": "x"}]]}},
            "callbackdata: unknown parameter",
        ),
        (
            "sendMessage",
            {"chat_id": ANA, "text": "x", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
            "outside the text",
        ),
        ("deleteMessage", {"chat_id": ANA}, "message_id: required"),
        ("deleteMessages", {"chat_id": ANA, "message_ids": []}, "not between 1 and 100"),
        ("deleteMessages", {"chat_id": ANA, "message_ids": list(range(101))}, "not between 1 and 100"),
        ("editMessageText", {"chat_id": ANA, "text": "x"}, "message identifier"),
        ("getUpdates", {"limit": 101}, "not between 1 and 100"),
        ("getUpdates", {"allowed_updates": ["messages"]}, "no kind of update"),
        ("setWebhook", {"url": "http://example.org/hook"}, "HTTPS"),
        ("setWebhook", {"url": "https://example.org/hook", "secret_token": "a b"}, "secret token"),
        ("setMyCommands", {"commands": [{"command": "Help!", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "help", "description": ""}]}, "at least 1"),
        ("setMyCommands", {"commands": [], "scope": {"type": "everyone"}}, "scope: must be"),
        ("sendChatAction", {"chat_id": ANA, "action": "thinking"}, "action"),
        ("setMyShortDescription", {"short_description": "x" * 121}, "at most 120"),
        ("sendPhoto", {"chat_id": ANA, "photo": "attach://missing"}, "attached file is missing"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "at most 200"),
    ],
)
async def test_a_wrong_call_is_refused_and_recorded(
    server: BotApiServer, method: str, params: dict[str, Any], says: str
) -> None:
    answer = await call(server, method, **params)
    assert answer["error_code"] == 400
    assert says in answer["description"]
    assert [violation.method for violation in server.violations][:1] == [method]
    assert server.sent == []


async def test_the_longest_allowed_call_passes(server: BotApiServer) -> None:
    rows = [[{"text": "x", "callback_data": "y" * 64}] * 5] * 20
    markup = {"inline_keyboard": rows}
    assert (await call(server, "sendMessage", chat_id=ANA, text="x" * 4096, reply_markup=markup))["ok"]
    marked = "<b>" + "x" * 4096 + "</b>"
    assert (await call(server, "sendMessage", chat_id=ANA, text=marked, parse_mode="HTML"))["ok"]
    scope = {"type": "chat", "chat_id": ANA}
    assert (await call(server, "setMyCommands", commands=[], scope=scope))["ok"]
    assert server.violations == []


async def test_the_narrowest_list_of_commands_is_seen(server: BotApiServer, bot: Bot) -> None:
    """A chat's own, in the person's language first; else everybody's. Of a chat that is not there nothing can be listed."""
    server.add_chat(BEN, lang="es")
    assert server.menu_of(ANA) == []
    await bot.set_my_commands([("help", "Help")])
    await bot.set_my_commands([("ayuda", "Ayuda")], language_code="es")
    assert (server.menu_of(ANA), server.menu_of(BEN)) == (["help"], ["ayuda"])
    await bot.set_my_commands([("quiz", "A card")], scope=BotCommandScopeChat(BEN))
    assert (server.menu_of(ANA), server.menu_of(BEN)) == (["help"], ["quiz"])
    assert [c.command for c in await bot.get_my_commands(scope=BotCommandScopeChat(BEN))] == ["quiz"]
    await bot.delete_my_commands(scope=BotCommandScopeChat(BEN))
    assert server.menu_of(BEN) == ["ayuda"]
    with pytest.raises(error.BadRequest, match="Chat not found"):
        await bot.set_my_commands([("quiz", "A card")], scope=BotCommandScopeChat(999_999))


async def test_unknown_methods_and_tokens(server: BotApiServer) -> None:
    assert (await call(server, "sendMesage", chat_id=ANA, text="x"))["error_code"] == 404
    assert [violation.problem for violation in server.violations] == ["unknown method"]
    async with aiohttp.ClientSession() as session, session.get(f"{server.base_url}1:wrong/getMe") as response:
        assert response.status == 401


async def test_bodies_in_every_encoding(server: BotApiServer) -> None:
    fields = {"chat_id": str(ANA), "text": "42", "reply_markup": json.dumps(keyboard("x")), "protect_content": "true"}
    url = f"{server.base_url}{TOKEN}/sendMessage"
    multipart = aiohttp.FormData()
    for name, value in fields.items():
        multipart.add_field(name, value, content_type="application/octet-stream")
    async with aiohttp.ClientSession() as session:
        for how in ({"data": fields}, {"params": fields}, {"json": fields}, {"data": multipart}):
            async with session.post(url, **how) as response:
                assert response.status == 200, await response.text()
        for body, kind in (("{", "application/json"), ("[]", "application/json"), ("x", "text/plain")):
            async with session.post(url, data=body, headers={"Content-Type": kind}) as response:
                assert response.status == 400
        async with session.post(url, data={**fields, "entities": "{"}) as response:
            assert response.status == 400
        async with session.put(url, json=fields) as response:
            assert response.status == 405
    assert [(s.text, s.payloads, s.chat_id) for s in server.sent] == [("42", ["x"], ANA)] * 4
    assert len(server.violations) == 4


async def test_a_file_where_none_belongs_is_a_violation(server: BotApiServer) -> None:
    form = aiohttp.FormData({"chat_id": str(ANA)})
    form.add_field("text", b"x", filename="x.txt")
    url = f"{server.base_url}{TOKEN}/sendMessage"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as response:
        assert response.status == 400
    assert [v.problem for v in server.violations] == ["text: required but missing", "text: unknown parameter"]


@pytest.mark.parametrize("name", sorted(spec.load().methods))
async def test_every_method_can_be_answered(name: str) -> None:
    known = spec.load()
    for returned in known.methods[name].returns:
        assert known.check_object(returned, known.sample(returned)) == []


async def test_a_method_without_behaviour_gives_a_plausible_answer(server: BotApiServer) -> None:
    known = spec.load()
    calls: dict[str, dict[str, Any]] = {
        "getFile": {"file_id": "x"},
        "createChatInviteLink": {"chat_id": ANA},
        "sendDice": {"chat_id": ANA},
        "sendVoice": {"chat_id": ANA, "voice": "file-1"},
        "sendPoll": {"chat_id": ANA, "question": "?", "options": [{"text": "a"}, {"text": "b"}]},
        "sendContact": {"chat_id": ANA, "phone_number": "1", "first_name": "A"},
        "getUserProfilePhotos": {"user_id": ANA},
        "getChatMember": {"chat_id": ANA, "user_id": ANA},
        "getChat": {"chat_id": ANA},
        "getMe": {},
        "getWebhookInfo": {},
        "logOut": {},
    }
    for name, params in calls.items():
        answer = await call(server, name, **params)
        assert answer["ok"], (name, answer)
        assert known.check_object(known.methods[name].returns[0], answer["result"]) == [], name


async def test_html_is_read_as_telegram_reads_it() -> None:
    plain, entities = parse('😀 <b>bold <i>both</i></b> <a href="https://a.org/?x=1&amp;y=2">link</a> &lt;3', "HTML")
    assert plain == "😀 bold both link <3"
    assert [(e["type"], e["offset"], e["length"]) for e in entities] == [
        ("bold", 3, 9),
        ("italic", 8, 4),
        ("text_link", 13, 4),
    ]
    assert entities[2]["url"] == "https://a.org/?x=1&y=2"
    for broken in ("<b>", "</b>", "<b><i></b></i>", "<p>x</p>", "1 < 2"):
        with pytest.raises(MarkupError):
            parse(broken, "HTML")


# --- deleting, editing


async def test_only_messages_younger_than_48_hours_can_be_deleted(server: BotApiServer, bot: Bot) -> None:
    old = await bot.send_message(ANA, "old")
    said = server.user_says(ANA, "said")
    server.advance(47.9 * HOUR)
    await bot.delete_message(ANA, said.message_id)
    young = await bot.send_message(ANA, "young")
    server.advance(0.2 * HOUR)
    with pytest.raises(error.BadRequest, match="can't be deleted"):
        await bot.delete_message(ANA, old.message_id)
    with pytest.raises(error.BadRequest, match="can't be deleted"):
        await bot.delete_messages(ANA, [old.message_id, young.message_id])
    assert [m.text for m in server.chat(ANA).visible()] == ["old", "young"], "all or nothing"
    await bot.delete_message(ANA, young.message_id)
    with pytest.raises(error.BadRequest, match="Message to delete not found"):
        await bot.delete_message(ANA, young.message_id)


async def test_in_a_group_only_an_admin_deletes_what_others_wrote(server: BotApiServer) -> None:
    server.add_chat(TEAM)
    said = server.user_says(TEAM, "hello", user_id=BEN)
    assert not (await call(server, "deleteMessage", chat_id=TEAM, message_id=said.message_id))["ok"]
    server.chat(TEAM).admin = True
    assert (await call(server, "deleteMessage", chat_id=TEAM, message_id=said.message_id))["ok"]


async def test_edits_that_telegram_refuses(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_message(ANA, "same")
    said = server.user_says(ANA, "mine")
    for text, message_id, says in (
        ("same", sent.message_id, "not modified"),
        ("new", said.message_id, "can't be edited"),
        ("new", 999, "message to edit not found"),
    ):
        with pytest.raises(error.BadRequest, match=f"(?i){says}"):
            await bot.edit_message_text(text, ANA, message_id)
    await bot.edit_message_reply_markup(
        ANA, sent.message_id, reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("a", callback_data="a")]])
    )
    assert server.chat(ANA).messages[sent.message_id].payloads == ["a"]
    with pytest.raises(error.BadRequest, match="replied"):
        await bot.send_message(ANA, "x", reply_to_message_id=999)
    with pytest.raises(error.BadRequest, match="Query is too old"):
        await bot.answer_callback_query("1")


# --- chats that refuse


async def test_people_who_cannot_be_reached(server: BotApiServer, bot: Bot) -> None:
    with pytest.raises(error.BadRequest, match="Chat not found"):
        await bot.send_message(99, "x")
    server.user_blocks(ANA)
    with pytest.raises(error.Forbidden, match="bot was blocked by the user"):
        await bot.send_message(ANA, "x")
    with pytest.raises(ValueError, match="blocked"):
        server.user_says(ANA, "x")
    server.user_unblocks(ANA)
    await bot.send_message(ANA, "back")
    server.user_deactivates(ANA)
    with pytest.raises(error.Forbidden, match="user is deactivated"):
        await bot.send_message(ANA, "x")
    server.add_chat(BEN, started=False)
    with pytest.raises(error.Forbidden, match="can't initiate"):
        await bot.send_message(BEN, "x")
    server.user_says(BEN, "/start")
    await bot.send_message(BEN, "x")
    assert server.violations == []


async def test_groups_that_moved_or_threw_the_bot_out(server: BotApiServer, bot: Bot) -> None:
    server.add_chat(TEAM, title="Team")
    server.migrate(TEAM, -1001234)
    with pytest.raises(error.ChatMigrated) as moved:
        await bot.send_message(TEAM, "x")
    assert moved.value.new_chat_id == -1001234
    await bot.send_message(-1001234, "x")
    await bot.leave_chat(-1001234)
    with pytest.raises(error.Forbidden, match="not a member"):
        await bot.send_message(-1001234, "x")
    server.add_chat(-600)
    server.kick_bot(-600)
    with pytest.raises(error.Forbidden, match="kicked"):
        await bot.send_message(-600, "x")


async def test_a_group_tells_an_ordinary_bot_only_what_is_meant_for_it(server: BotApiServer) -> None:
    server.add_chat(TEAM)
    for said in ("chatter", "/status", "hey @waymark_test_bot", "/status@other_bot"):
        server.user_says(TEAM, said, user_id=BEN)
    assert await texts(server) == ["/status", "hey @waymark_test_bot"]
    assert len(server.chat(TEAM).visible()) == 4


# --- faults


async def test_faults_strike_by_method_and_count(server: BotApiServer, bot: Bot) -> None:
    server.fault("sendMessage", "429", count=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(error.RetryAfter) as limited:
            await bot.send_message(ANA, "x")
        assert int(limited.value._retry_after.total_seconds()) == 7
    await bot.get_me()
    await bot.send_message(ANA, "third")
    server.fault("sendMessage", "403", chat_id=BEN)
    await bot.send_message(ANA, "another chat")
    raised_for: dict[Kind, type[error.TelegramError]] = {
        "400": error.BadRequest,
        "401": error.InvalidToken,
        "403": error.Forbidden,
        "409": error.Conflict,
        "500": error.NetworkError,
        "502": error.NetworkError,
    }
    for kind, raised in raised_for.items():
        server.fault("sendMessage", kind)
        with pytest.raises(raised):
            await bot.send_message(ANA, "lost")
    server.fault("*", "502", html=True)
    with pytest.raises(error.NetworkError):
        await bot.get_me()
    assert [s.text for s in server.sent] == ["third", "another chat"]
    with pytest.raises(ValueError, match="unknown kind"):
        server.fault("*", "418")  # type: ignore[arg-type]


@pytest.mark.parametrize(("after", "delivered"), [(False, []), (True, ["x"])])
@pytest.mark.parametrize("kind", ["hang", "reset", "500"])
async def test_unknown_outcomes(server: BotApiServer, bot: Bot, kind: Any, after: bool, delivered: list[str]) -> None:
    server.fault("sendMessage", kind, after=after)
    with pytest.raises(error.NetworkError):
        await bot.send_message(ANA, "x", read_timeout=0.3)
    assert [s.text for s in server.sent] == delivered
    assert [m.text for m in server.chat(ANA).visible()] == delivered
    assert [call.processed for call in server.calls("sendMessage")] == [after]
    await bot.send_message(ANA, "y")


async def test_a_slow_call_takes_effect_though_the_client_gave_up(server: BotApiServer, bot: Bot) -> None:
    server.fault("sendMessage", "latency", latency_ms=400)
    with pytest.raises(error.TimedOut):
        await bot.send_message(ANA, "late", read_timeout=0.1)
    assert server.sent == []
    await server.wait_for_message(ANA, "late")


async def test_faults_by_probability_are_repeatable_and_end(server: BotApiServer) -> None:
    server.fault("getMe", "500", count=None, probability=0.5)
    outcomes = [(await call(server, "getMe"))["ok"] for _ in range(60)]
    assert 15 < sum(outcomes) < 45
    server.faults.clear()
    server.fault("getMe", "502", count=None, for_s=0.2)
    assert not (await call(server, "getMe"))["ok"]
    await asyncio.sleep(0.25)
    assert (await call(server, "getMe"))["ok"]


# --- rates


async def test_the_densest_second_is_known() -> None:
    log = RateLog()
    for at, chat in ((0.0, 1), (0.5, 2), (0.99, 1), (1.0, 2), (1.4, 1), (9.0, 1)):
        log.now = partial(float, at)
        log.add(chat)
    assert (log.max_per_second(), log.max_per_second(1), log.max_per_second_in_a_chat()) == (4, 2, 2)


async def test_limits_are_enforced_on_request() -> None:
    async with BotApiServer(TOKEN, limits=Limits(overall=3, per_chat=1)) as server:
        for chat_id in range(1, 6):
            server.add_chat(chat_id)
        for chat_id, status in ((1, 200), (1, 429), (2, 200), (3, 200), (4, 429)):
            answer = await call(server, "sendMessage", chat_id=chat_id, text="x")
            assert answer.get("error_code", 200) == status
        assert answer["parameters"] == {"retry_after": 1}
        await asyncio.sleep(1.05)
        assert (await call(server, "sendMessage", chat_id=1, text="x"))["ok"]
        assert (server.rate.max_per_second(), server.rate.refused) == (3, 2)


# --- waiting


async def test_waiting_sees_what_came_after_the_person_spoke(server: BotApiServer, bot: Bot) -> None:
    first = await bot.send_message(ANA, "hello")
    server.user_says(ANA, "hi")
    with pytest.raises(TimeoutError, match="hello"):
        await server.wait_for_message(ANA, "hello", timeout=0.1)
    assert (await server.wait_for_message(ANA, "hello", after=0)).message_id == first.message_id
    waiting = asyncio.create_task(server.wait_for_message(ANA, lambda m: m.text.startswith("edited")))
    await bot.edit_message_text("edited hello", ANA, first.message_id)
    assert (await waiting).message_id == first.message_id


async def test_stopping_ends_polls_and_hanging_calls() -> None:
    server = BotApiServer(TOKEN)
    await server.start()
    server.fault("getMe", "hang")
    poll = asyncio.create_task(call(server, "getUpdates", timeout=50))
    hanging = asyncio.create_task(call(server, "getMe"))
    await server.wait_for(lambda: len(server.requests) == 2)
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await server.stop()
    assert time.monotonic() - started < 3
    assert (await poll)["result"] == []
    with pytest.raises(aiohttp.ClientError):
        await hanging


# --- files


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")


@pytest.mark.parametrize(
    ("method", "data", "says"),
    [
        ("send_document", b"", "file must be non-empty"),
        ("send_photo", bytes(rules.PHOTO_BYTES + 1), "file is too big"),
        ("send_photo", png(1080, 9000), "PHOTO_INVALID_DIMENSIONS"),
        ("send_photo", png(100, 2001), "PHOTO_INVALID_DIMENSIONS"),
    ],
)
async def test_a_file_that_telegram_would_not_take_is_refused(
    server: BotApiServer, bot: Bot, method: str, data: bytes, says: str
) -> None:
    with pytest.raises(error.BadRequest, match=f"(?i){says}"):
        await getattr(bot, method)(ANA, data)
    assert server.sent == []
    assert says in server.violations[0].problem
    await bot.send_document(ANA, png(1080, 9000))
    await bot.send_photo(ANA, png(1080, 8000))
    assert [s.method for s in server.sent] == ["sendDocument", "sendPhoto"]


# --- in its own process


async def test_it_runs_in_its_own_process(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(f"{TOKEN}\n")
    async with RemoteBotApi(token_file) as telegram, Bot(TOKEN, base_url=telegram.base_url) as bot:
        said = await telegram.do("user_says", chat_id=ANA, said="hello")
        assert (said["text"], said["from_bot"]) == ("hello", False)
        (update,) = await bot.get_updates(timeout=0)
        assert update.effective_message is not None
        waiting = asyncio.create_task(telegram.wait_for_message(ANA, "hello", payload="x"))
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]])
        await bot.send_message(ANA, "hello you", reply_markup=markup)
        assert (await waiting)["payloads"] == ["x"]
        assert (await telegram.do("user_taps", chat_id=ANA, payload="x"))["message_id"] == 2
        await telegram.do("fault", method="sendMessage", kind="429", retry_after=3)
        with pytest.raises(error.RetryAfter):
            await bot.send_message(ANA, "x")
        await telegram.do("set_limits", per_chat=1)
        await telegram.do("set_latency", ms=1)
        await telegram.do("advance", seconds=49 * HOUR)
        with pytest.raises(error.BadRequest):
            await bot.delete_message(ANA, 2)
        assert [s["text"] for s in await telegram.sent()] == ["hello you"]
        assert [m["text"] for m in await telegram.visible(ANA)] == ["hello", "hello you"]
        state = await telegram.state()
        assert (state["violations"], state["sent"], state["pending_updates"]) == ([], 1, 0)
        await telegram.do("set_limits")
        await bot.send_document(ANA, b"a,b", filename="a.csv")
        (sent,) = await telegram.sent(1)
        assert sent["files"] == {"document": {"name": "a.csv", "mime": "text/csv", "base64": "YSxi"}}
        with pytest.raises(TimeoutError):
            await telegram.wait_for_message(ANA, "never", timeout=0.1)
        for action, args in (("no_such", {}), ("user_says", {}), ("user_taps", {"chat_id": ANA, "payload": "zz"})):
            with pytest.raises(RemoteError):
                await telegram.do(action, **args)
    assert telegram._process is not None
    assert telegram._process.returncode == 0
