"""Rasa fails quietly: it swallows an exception in an action, answers `200 []`, waits, or goes on as if all were well. Each
of these failures is closed here, by a test named after it. In each a crisis message gets its help lines within two
seconds of the real clock (R13), and everybody else an honest "not now" with a help line (R9)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from actions import answers
from bot.channels.conversation import Conversation, Said
from bot.desk import Desk
from bot.nlu import TURN_SECONDS, NluDown, RasaNlu
from bot.processes import free_port
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.stages import floor as floor_stage
from bot.stages import reading as reading_stage
from nlu.text import MAX_CHARS

CRISIS = "he is outside my door with a knife"
CRISES = (
    CRISIS,
    "im stuck in a motel room with these men",  # the floor is not certain of this one and asks the classifier
    "Could I get a lawyer? He is beating me right now. Where is food?",
    "está afuera de mi puerta con un cuchillo",
)
ORDINARY = "where could a person get groceries and a warm coat"
CANARY = "quetzalcoatlus"
LINE = "1-888-373-7888"
SECONDS = 2.0

Talk = Callable[..., Conversation]


def screen(said: Said) -> str:
    return "\n".join(message.text for _, message in said.messages)


async def say(conversation: Conversation, text: str, **more: Any) -> Said:
    """As a person would: whatever takes longer than two seconds has failed."""
    async with asyncio.timeout(SECONDS):
        return await conversation.say(text, **more)


async def crisis_is_answered(fresh: Callable[[], Conversation], conversation: Conversation | None = None) -> None:
    """In the middle of a talk, and as the first message of one."""
    talks = [(CRISIS, conversation)] if conversation is not None else []
    for text, one in [*talks, *((crisis, fresh()) for crisis in CRISES)]:
        said = await say(one, text)
        assert said.main is not None
        assert said.main.kind == "danger", f"{text}: {said.main}"
        assert "911" in screen(said)
        assert LINE in screen(said)


async def not_now(conversation: Conversation, text: str = ORDINARY) -> None:
    """Says that it cannot, whose fault that is, and names people who can."""
    said = await say(conversation, text)
    assert said.main is not None
    assert said.main.kind == "miss"
    assert LINE in screen(said)
    assert "911" in screen(said)
    officer = conversation.person.role == "officer"
    wanted = "message:degraded.officer" if officer else "message:danger.degraded"
    assert [part.content for part in said.main.parts] == [wanted]


async def leaving_works(conversation: Conversation) -> None:
    said = await conversation.say("exit")
    assert said.cleared
    assert LINE not in screen(said)


@pytest.fixture
def broken(action_door: Any) -> Any:
    """`broken("500")`; whole again after the test."""

    def become(how: str) -> None:
        action_door.broken = how

    yield become
    action_door.broken = None


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere(library: Any) -> AsyncIterator[Callable[[int], Callable[..., Conversation]]]:
    """Conversations with a desk whose Rasa is at another port."""
    clients: list[RasaNlu] = []

    def at(port: int) -> Callable[..., Conversation]:
        nlu = RasaNlu(f"http://127.0.0.1:{port}", "a-token-of-sixteen-letters")
        clients.append(nlu)
        desk = Desk(library, nlu, floors.shared(), leaving.shared())
        return lambda role="guest", lang=None: Conversation(desk, library, nlu, role, lang)

    yield at
    for client in clients:
        await client.close()


def test_deadlines_leave_time_for_the_reply() -> None:
    """What the stages may wait for, one after the other, is no more than what a person may wait."""
    assert floor_stage.REST_SECONDS < SECONDS
    assert floor_stage.VETO_SECONDS < SECONDS
    assert reading_stage.WHOLE_SECONDS + TURN_SECONDS <= SECONDS


# --- the actions ---
async def test_an_action_that_raises(talk: Talk, monkeypatch: Any, caplog: Any) -> None:
    async def fails(self: Any, ask: Any) -> Any:
        raise RuntimeError(ask.text)

    for name in ("ActionSupport", "ActionLines", "ActionGuide", "ActionSmallTalk", "ActionUnsure", "ActionDanger"):
        monkeypatch.setattr(getattr(answers, name), "reply", fails)
    caplog.set_level(logging.DEBUG)
    conversation = talk()
    await not_now(conversation)
    await not_now(conversation, f"where could a person get groceries, {CANARY}")
    await not_now(talk("officer"), "which signs matter at a truck stop")
    said = await say(talk(), "", payload="h:self_harm")  # a tap names its row, so its page is found without the action
    assert "988" in screen(said)
    await crisis_is_answered(talk, conversation)
    assert CANARY not in caplog.text


async def test_the_action_server_answers_500(talk: Talk, broken: Any) -> None:
    broken("500")
    conversation = talk()
    await not_now(conversation)
    await not_now(talk("officer"), "which signs matter at a truck stop")
    await crisis_is_answered(talk, conversation)
    await leaving_works(conversation)


async def test_the_action_server_hangs(talk: Talk, broken: Any) -> None:
    broken("hang")
    await not_now(talk())
    await crisis_is_answered(talk)


async def test_the_action_server_answers_200_and_nothing(talk: Talk, broken: Any) -> None:
    broken("empty")
    conversation = talk()
    await not_now(conversation)
    await crisis_is_answered(talk, conversation)


@pytest.mark.parametrize("how", ["500", "empty"])
@pytest.mark.parametrize("when", ["at the first message", "in the middle"])
async def test_after_the_failure_all_is_well_again(
    talk: Talk, broken: Any, action_door: Any, how: str, when: str
) -> None:
    """No slot, event or lock stays behind in a chat whose action failed. Where even the session could not begin, Rasa
    used to predict until its limit and then to say nothing in that chat for an hour."""
    conversation = talk()
    if when == "in the middle":
        await say(conversation, ORDINARY)
    broken(how)
    await not_now(conversation)
    await not_now(conversation)
    action_door.broken = None
    said = await say(conversation, ORDINARY)
    assert said.main is not None
    assert said.main.handling == "basic_needs"
    assert said.main.kind == "answer"


# --- Rasa itself ---
async def test_rasa_is_dead(elsewhere: Any) -> None:
    fresh = elsewhere(free_port())
    conversation = fresh()
    await not_now(conversation)
    await not_now(conversation)
    await not_now(fresh("officer"), "which signs matter at a truck stop")
    await crisis_is_answered(fresh, conversation)
    await leaving_works(conversation)


async def test_rasa_hangs(elsewhere: Any) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(4096):
                pass
        finally:
            writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    try:
        fresh = elsewhere(server.sockets[0].getsockname()[1])
        conversation = fresh()
        await not_now(conversation)
        await crisis_is_answered(fresh, conversation)
    finally:
        server.close()


NONSENSE = {
    "list": b"[]",
    "nothing": b"",
    "empty": b"{}",
    "null": b"null",
    "no reply": b'{"replies": []}',
    "half a reply": b'{"replies": [{"handling": "thanks"}]}',
    "html": b"<html>",
    "number": b'{"replies": 7}',
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
async def test_rasa_answers_200_and_nonsense(elsewhere: Any, answer: bytes) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    try:
        fresh = elsewhere(server.sockets[0].getsockname()[1])
        conversation = fresh()
        await not_now(conversation)
        await crisis_is_answered(fresh, conversation)
    finally:
        server.close()


async def test_buttons_need_no_rasa(elsewhere: Any) -> None:
    """A tap names what it wants, so it is answered when Rasa cannot read a word."""
    fresh = elsewhere(free_port())
    conversation = fresh()
    for payload, content in (
        ("h:basic_needs", "topic:needs.overview"),
        ("h:wants_hotline", "topic:hotline.overview"),
        ("t:needs.food_clothes", "topic:needs.food_clothes"),
        ("c:lines", "lines:"),
        ("c:menu", "menu:help.menu"),
    ):
        said = await say(conversation, "", payload=payload)
        assert said.main is not None
        assert [part.content for part in said.main.parts] == [content]
    said = await say(conversation, "", payload="h:officer_interview")
    assert "Recommended practice" not in screen(said)


# --- what a person may send ---
@pytest.mark.parametrize(
    "row",
    ["emergency_now", "delete_my_data", "officer_indicators", "nlu_fallback", "stop_or_exit", "restart", "slots"],
)
async def test_a_leading_slash_names_no_intent(talk: Talk, rasa: Any, row: str) -> None:
    """Rasa reads "/row" as that row with confidence 1, and "/restart" as its own. Here they are words like any others."""
    for slash in (f"/{row}", f"//{row}", f" /{row}", f"\u200b/{row}", f"/{row}{{}}", f"\\/{row}", f"\ufeff/{row}"):
        read = await rasa.nlu.parse(slash, {"role": "guest", "lang": "en"})
        bare = await rasa.nlu.parse(slash.lstrip("/\\ \u200b\ufeff"), {"role": "guest", "lang": "en"})
        assert read.ranking == bare.ranking
        assert read.confidence < 1.0
    conversation = talk()
    said = await say(conversation, f"/{row}")
    assert not any(effect.kind == "exit" for effect in said.outcome.effects)
    assert "Recommended practice" not in screen(said)
    await crisis_is_answered(talk, conversation)


@pytest.mark.parametrize("text", ["🙂", "😶😶😶", "👍🏽", "❤️‍🔥", "🇲🇽🇺🇸"])
async def test_emoji_only(talk: Talk, text: str) -> None:
    conversation = talk()
    said = await say(conversation, text)
    assert said.main is not None
    assert LINE in screen(said) or any(payload == "c:lines" for _, m in said.messages for _, payload in m.buttons)
    await crisis_is_answered(talk, conversation)


@pytest.mark.parametrize("text", ["помогите", "救命啊", "النجدة", "도와주세요", "मदद करो", "βοήθεια", "ช่วยด้วย"])
async def test_another_script(talk: Talk, text: str) -> None:
    conversation = talk()
    said = await say(conversation, text)
    assert said.main is not None
    assert said.main.handling in ("wants_hotline", "emergency_now")
    assert LINE in screen(said)
    assert "911" in screen(said)
    await crisis_is_answered(talk, conversation)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b\u2060\ufeff", "/", "///", "\u202e", "\x00\x01"])
async def test_empty_text(talk: Talk, text: str) -> None:
    conversation = talk()
    said = await say(conversation, text)
    assert said.main is not None
    assert said.main.handling == "out_of_scope"
    assert said.main.kind == "miss"
    assert LINE in screen(said)
    await crisis_is_answered(talk, conversation)


@pytest.mark.parametrize(
    "filler",
    ["and then we went to the market. ", "x" * 100, "a b c d e f g h ", "😶 ", "no ", "é̈" * 40 + " "],
    ids=["sentences", "no spaces", "letters", "emoji", "one word", "accents"],
)
async def test_ten_thousand_characters(talk: Talk, filler: str) -> None:
    text = (filler * MAX_CHARS)[:MAX_CHARS]
    conversation = talk()
    said = await say(conversation, text)
    assert said.messages
    await crisis_is_answered(talk, conversation)


async def test_ten_thousand_characters_with_a_crisis_at_either_end(talk: Talk) -> None:
    story = "and then we went to the market and it rained a little. " * 400
    for text in (f"{CRISIS}. {story}"[:MAX_CHARS], f"{story[: MAX_CHARS - len(CRISIS) - 10]} . {CRISIS}"):
        said = await say(talk(), text)
        assert said.main is not None
        assert said.main.kind == "danger"
        assert LINE in screen(said)


# --- sessions and repetitions ---
async def test_a_session_that_expired_in_the_middle(talk: Talk) -> None:
    """Rasa drops a chat after 60 minutes, and its memory is bounded: what is asked next must not need what is gone."""
    conversation = talk("officer", "es")
    said = await say(conversation, "what gives it away at a roadside motel")
    assert said.main is not None
    assert said.main.handling == "officer_indicators"
    await conversation.forget()
    said = await say(conversation, "and that one again for the second of them")
    assert said.main is not None
    assert said.main.kind != "danger"
    assert said.outcome.lang == "es"  # what the person chose is not Rasa's to forget
    said = await say(conversation, "which signs matter at a truck stop")
    assert said.main is not None
    assert said.main.handling == "officer_indicators"
    await conversation.forget()
    await crisis_is_answered(talk, talk("guest"))


async def test_what_is_forgotten_is_forgotten(rasa: Any) -> None:
    """Rasa hides our tracker store behind its own, which knows no forgetting (R3, R23)."""
    chat, metadata = "forgotten-chat", {"role": "officer", "lang": "en"}
    first = await rasa.nlu.turn(chat, "what gives it away at a roadside motel", metadata)
    assert first.reply.subject == "indicators.hotel"
    await rasa.nlu.forget(chat)  # raises where Rasa does not answer 204
    after = await rasa.nlu.turn(chat, "and with boys?", metadata)
    assert after.reply.subject is None
    await rasa.nlu.forget("a-chat-that-never-was")


async def test_a_session_that_expired_between_two_misses(talk: Talk) -> None:
    """The count of misses is the desk's, so the second still ends at a person."""
    conversation = talk()
    await say(conversation, "zorble frint qua")
    await conversation.forget()
    said = await say(conversation, "wib wab snorgle")
    assert "988" in screen(said)
    assert LINE in screen(said)


@pytest.mark.parametrize(
    "command", ["/lines", "/menu", "/start", "/erase", "/privacy", "/language es", "/exit", "/check"]
)
async def test_the_same_command_twice(talk: Talk, command: str) -> None:
    conversation = talk()
    first, second = await say(conversation, command), await say(conversation, command)
    assert first.main is not None
    assert second.main is not None
    assert first.main.handling == second.main.handling
    assert [p.content for p in first.main.parts] == [p.content for p in second.main.parts]
    await crisis_is_answered(talk, conversation)


async def test_the_same_message_twice_at_once(talk: Talk) -> None:
    """A double tap, or an update delivered twice: both are answered, and the chat goes on."""
    conversation = talk()
    both: list[Awaitable[Said]] = [say(conversation, ORDINARY), say(conversation, ORDINARY)]
    for said in await asyncio.gather(*both):
        assert said.main is not None
        assert said.main.handling == "basic_needs"
    await crisis_is_answered(talk, conversation)


async def test_a_wrong_token_is_a_failure_like_any_other(rasa: Any, library: Any) -> None:
    nlu = RasaNlu(f"http://127.0.0.1:{rasa.nlu_port}", "not-the-token-at-all")
    try:
        desk = Desk(library, nlu, floors.shared(), leaving.shared())
        with pytest.raises(NluDown):
            await nlu.parse("hello", {})
        await not_now(Conversation(desk, library, nlu))
        await crisis_is_answered(lambda: Conversation(desk, library, nlu))
    finally:
        await nlu.close()
