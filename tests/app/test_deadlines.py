"""A crisis message gets its help lines within two seconds of the bot's own time, whatever is dead or hangs (R13). The
client of Rasa, the desk and all of its steps are the real ones; only the clock is virtual."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from bot.channels.conversation import Conversation, Said
from bot.desk import ANSWER_SECONDS, GRACE_SECONDS, Desk
from bot.library import loading
from bot.nlu import RasaNlu
from bot.processes import free_port
from bot.safety import exits as leaving
from bot.safety import floor as floors
from tests.app.virtual_loop import run

LIBRARY, FLOOR, EXITS = loading.shared(), floors.shared(), leaving.shared()
LINE = "1-888-373-7888"
WITHIN = ANSWER_SECONDS + GRACE_SECONDS + 0.01

CERTAIN = ("he is outside my door with a knife", "esta afuera de mi puerta con un cuchillo", "i took all the pills")
POSSIBLE = ("my boyfriend sells me and i cant leave", "he wont let me leave the room")
UNSEEN = ("something is going on and i cannot say what", "no puedo decir lo que pasa aqui en la casa")
MANY = "He is beating me right now. " + " ".join(f"Could I get a lawyer number {n}?" for n in range(6))
LONG = " ".join(f"There is one more thing number {n} that I wanted to ask of you." for n in range(8))


@dataclass
class Slow:
    """What a Rasa that is reached does: seconds until it answers a turn and a parse, or never; in small pieces or whole."""

    turn: float | None = 0.0
    parse: float | None = 0.0
    row: str = "basic_needs"
    confidence: float = 0.95
    drips: bool = False


def _body(how: Slow, path: str) -> bytes:
    read = {"intent": how.row, "confidence": how.confidence, "ranking": [[how.row, how.confidence]], "entities": []}
    reply = {"handling": how.row, "parts": [{"content": "topic:needs.overview", "page": 0, "params": {}}]}
    return orjson.dumps({**read, "known_words": True, **({"replies": [reply]} if path == "turn" else {})})


@asynccontextmanager
async def rasa(how: Slow | None) -> AsyncIterator[int]:
    """The port of a Rasa like that; of none where `how` is None."""
    if how is None:
        yield free_port()
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                size = next(
                    int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")
                )
                await reader.readexactly(size)
                path = "turn" if b"/turn" in head.split(b"\r\n")[0] else "parse"
                wait = how.turn if path == "turn" else how.parse
                await asyncio.sleep(10_000 if wait is None else wait)
                body = _body(how, path)
                whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
                for start in range(0, len(whole), 8 if how.drips else len(whole)):
                    writer.write(whole[start : start + (8 if how.drips else len(whole))])
                    await writer.drain()
                    await asyncio.sleep(0.1 if how.drips else 0)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def said(text: str, how: Slow | None, role: str = "guest", payload: str | None = None) -> tuple[Said, float]:
    async def talk() -> Said:
        async with rasa(how) as port:
            nlu = RasaNlu(f"http://127.0.0.1:{port}", "a-token-of-sixteen-letters")
            try:
                conversation = Conversation(Desk(LIBRARY, nlu, FLOOR, EXITS), LIBRARY, nlu, role)
                return await conversation.say(text, payload)
            finally:
                await nlu.close()

    main: Callable[[], Coroutine[Any, Any, Said]] = talk
    return run(main)


def screen(what: Said) -> str:
    return "\n".join(message.text for _, message in what.messages)


WAYS = {
    "dead": None,
    "hangs": Slow(None, None),
    "drips": Slow(drips=True),
    "turn slow, parse hangs": Slow(1.2, None),
    "all a little slow": Slow(0.29, 0.29),
    "veto at the last moment": Slow(0.79, 0.39),
}


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("text", [*CERTAIN, MANY])
def test_r13_what_is_certain_waits_for_nobody(text: str, how: Slow | None) -> None:
    answer, seconds = said(text, how)
    assert answer.main is not None
    assert answer.main.kind == "danger"
    assert LINE in screen(answer)
    assert seconds <= 0.35, "only a second request in the same breath is waited for, and not for long"


@pytest.mark.parametrize("how", [way for way in WAYS.values() if way is None or way.turn != 0.79], ids=str)
@pytest.mark.parametrize("text", POSSIBLE)
def test_r13_what_is_possible_waits_for_the_veto_and_no_longer(text: str, how: Slow | None) -> None:
    assert FLOOR.read(text).level == "possible"
    answer, seconds = said(text, how)
    assert answer.main is not None
    assert seconds <= WITHIN
    if how is None or how.turn is None or how.turn > 0.8 or how.drips:
        assert answer.main.kind == "danger", "no answer means danger"
        assert LINE in screen(answer)
        assert seconds <= 0.85


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("text", [*UNSEEN, LONG])
@pytest.mark.parametrize("role", ["guest", "advocate", "officer"])
def test_r13_what_only_the_classifier_could_read_gets_lines_too(role: str, text: str, how: Slow | None) -> None:
    answer, seconds = said(text, how, role)
    assert seconds <= WITHIN
    assert answer.main is not None
    if how is None or how.turn is None or how.drips:
        assert LINE in screen(answer)
        assert "911" in screen(answer)
    else:
        assert answer.main.handling == "basic_needs", "what was answered in time is not thrown away"


@pytest.mark.parametrize("how", [None, Slow(None, None)], ids=["dead", "hangs"])
@pytest.mark.parametrize("payload", ["h:wants_hotline", "h:emergency_now", "c:lines", "t:danger.self_harm", "h:spam"])
def test_r13_a_tap_gets_its_lines_too(payload: str, how: Slow | None) -> None:
    answer, seconds = said("", how, payload=payload)
    assert seconds <= WITHIN
    assert LINE in screen(answer)


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("way", ["exit", "salir", "/exit", "not safe", "c:exit", "c:unsafe", "/stop"])
def test_r04_leaving_waits_for_nothing_at_all(way: str, how: Slow | None) -> None:
    """Not for a moment of the desk's clock; what Rasa is told afterwards is not waited for (test_leaving.py)."""
    tap = way.startswith("c:")

    async def talk() -> tuple[Any, float]:
        async with rasa(how) as port:
            nlu = RasaNlu(f"http://127.0.0.1:{port}", "a-token-of-sixteen-letters")
            desk = Desk(LIBRARY, nlu, FLOOR, EXITS)
            from bot.stages.context import Incoming, Person

            message = Incoming("chat", "" if tap else way, way if tap else None)
            outcome = await desk.answer(message, Person(greeted=True, misses=1, awaiting="check"))
            asked = nlu._session is not None
            await nlu.close()
            return (outcome, asked), 0.0

    ((outcome, asked), _), seconds = run(talk)
    assert [effect.kind for effect in outcome.effects] == ["exit"]
    assert not asked, "nobody was asked"
    assert seconds == 0.0
