"""Leaving from every state of a conversation, and coming back as a stranger (R2, R3, R5, R6, R7), with the real desk."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram.gateway import Refused
from bot.library import loading
from bot.stages.context import Incoming, Person
from tests.app.parts import NOISY, WOMAN
from tests.app.talking import DOWN, OFFER, Heard, ScriptedNlu, Talking, real_desk
from tests.store.virtual import VirtualClock

LIBRARY = loading.shared()
NUMBER = re.compile(r"\b(911|988|1-888-373-7888)\b")
NEUTRAL = {lang: LIBRARY.message("exit.cleared", lang).text.strip() for lang in ("en", "es")}
BACK = {lang: LIBRARY.message("exit.unsafe", lang).text.strip() for lang in ("en", "es")}

READ = {
    "hello there": Heard("greeting"),
    "i have no food": Heard("basic_needs"),
    "number to talk to someone?": Heard("wants_hotline"),
    "and for boys?": Heard("follow_up", 0.6, (("basic_needs", 0.3),), (("gender", "male"),)),
    "can he see this chat": Heard("safety_tech"),
    "hola buenas noches": Heard("greeting"),
    "which is it now": OFFER,
    "nobody is home": DOWN,
}

Step = str | tuple[str, str] | dict[str, Any]
STATES: dict[str, list[Step]] = {
    "nothing said yet": [],
    "greeted": ["hello there"],
    "answered": ["i have no food"],
    "in danger": ["he is outside my door with a knife"],
    "wants to die": ["i took all the pills"],
    "one miss": ["zorble frint"],
    "two misses": ["zorble frint", "wib wab"],
    "many misses": ["zorble frint", "wib wab", "zorble", "wib", "frint"],
    "asked which was meant": ["which is it now"],
    "Rasa is down": ["nobody is home"],
    "awaiting a text to check": ["/check"],
    "awaiting, after another page": ["/check", ("tap", "t:privacy.kept")],
    "in Spanish": ["/espanol", "hola buenas noches"],
    "a photo was sent": [{"photo": [{"file_id": "x"}]}],
    "a place was asked for": [("tap", "h:wants_safe_place")],
    "in the middle of a long page": [("tap", "t:hotline.overview"), ("tap", "m:hotline.overview:1")],
    "asked for the quiet time": ["/quiet"],
    "quiet time of a day": ["/quiet 1440"],
    "a wrong invitation": ["/start not-a-code"],
    "left before": ["hello there", "exit"],
    "not safe before": ["hello there", "not safe"],
    "erased before": ["hello there", "/erase"],
}
GUESTS, OFFICERS = ("guest", "advocate"), ("officer", "coordinator")
LEAVING = ["exit", "Salir", "STOP!!", "x", "/exit", "/salir", "/quit", ("tap", "c:exit")]
ALWAYS = ["/exit", "/salir", ("tap", "c:exit")]
UNSAFE = ["not safe", "No es seguro", ("tap", "c:unsafe")]


@pytest.fixture
def talking(tmp_path: Path, clock: VirtualClock) -> Iterator[Talking]:
    made = Talking(tmp_path / "home", clock, ScriptedNlu(dict(READ)))
    yield made
    made.close()


async def step(world: Talking, chat: int, what: Step) -> None:
    if isinstance(what, tuple):
        await world.taps(chat, what[1])
    elif isinstance(what, dict):
        await world.says(chat, "", **what)
    else:
        await world.says(chat, what)


async def everywhere(world: Talking, state: str, ways: dict[str, list[Any]]) -> list[tuple[int, str, Any]]:
    """A chat of its own for each role and way, all in that state. Returns (chat, role, way)."""
    people = []
    for role, leaving in ways.items():
        for way in leaving:
            chat = 600_000 + len(people)
            await world.person(chat, role=role)
            people.append((chat, role, way))
    for what in STATES[state]:
        for chat, _, _ in people:
            await step(world, chat, what)
        await world.work()
    return people


async def left_with(world: Talking, people: list[tuple[int, str, Any]], line: dict[str, str]) -> None:
    for chat, _, way in people:
        await step(world, chat, way)
    await world.work()
    for chat, role, way in people:
        screen = world.platform.screen(chat)
        assert len(screen) == 1, f"{role} {way}: {screen}"
        assert screen[0] in line.values(), f"{role} {way}"
        assert not NUMBER.search(screen[0])
        row = await world.row(chat)
        assert (row.role, row.lang, row.heard, row.greeted, row.misses, row.awaiting, row.quiet_minutes) == (
            role, None, None, 0, 0, None, 60,
        ), f"{role} {way}: the flow goes on"  # fmt: skip
        assert world.hash(chat) in world.nlu.forgotten, "and Rasa's memory of it is gone"
        assert world.hash(chat) not in world.nlu.slots


async def theirs_are_gone(world: Talking, state: str, people: list[tuple[int, str, Any]]) -> None:
    """Every message of theirs, the word itself too, was deleted. Taps are no messages."""
    deleted = {}
    for chat, number in world.platform.deleted:
        deleted.setdefault(chat, set()).add(number)
    for chat, role, way in people:
        theirs = {number for number in deleted.get(chat, set()) if number < 5_000_000}
        written = sum(not isinstance(s, tuple) for s in STATES[state]) + (not isinstance(way, tuple))
        assert len(theirs) == written, f"{role} {way}"


@pytest.mark.parametrize("state", STATES)
async def test_r03_exit_from_every_state(talking: Talking, state: str) -> None:
    ways = {**dict.fromkeys(GUESTS, LEAVING), **dict.fromkeys(OFFICERS, ALWAYS)}
    people = await everywhere(talking, state, ways)
    await left_with(talking, people, NEUTRAL)
    await theirs_are_gone(talking, state, people)


@pytest.mark.parametrize("state", STATES)
async def test_r02_not_safe_from_every_state_and_role(talking: Talking, state: str) -> None:
    """Clears first, says how to come back, and the help lines are one tap away; an officer's phone is a phone too."""
    people = await everywhere(talking, state, dict.fromkeys((*GUESTS, *OFFICERS), UNSAFE))
    await left_with(talking, people, BACK)
    await theirs_are_gone(talking, state, people)
    for chat, _, _ in people:
        await talking.taps(chat, "c:lines")
    await talking.work()
    for chat, role, way in people:
        assert any(NUMBER.search(text) for text in talking.platform.screen(chat)), (
            f"{role} {way}: no line on the next tap"
        )
    for chat, _, _ in people:
        await talking.says(chat, "i have no food")
    await talking.work()
    for chat, role, way in people:
        assert len(talking.platform.screen(chat)) > 2, f"{role} {way}: the talk never ends there"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_r02_the_line_that_is_left_has_a_way_on(lang: str) -> None:
    message = LIBRARY.message("exit.unsafe", lang)
    assert "c:lines" in [button.payload for button in message.buttons]
    assert re.search(r"write|escriba", message.text.lower())


@pytest.mark.parametrize("role", OFFICERS)
async def test_r03_stop_ends_an_officers_card_and_offers_to_clear(talking: Talking, role: str) -> None:
    """Rulings 15: only `/exit` and the button clear an officer's screen; the offer of it comes with the answer."""
    await talking.person(WOMAN, role=role)
    await talking.says(WOMAN, "/check", "stop")
    await talking.work()
    assert talking.platform.deleted == []
    assert (await talking.row(WOMAN)).awaiting is None
    await talking.taps(WOMAN, "c:exit")
    await talking.work()
    assert talking.platform.screen(WOMAN) == [NEUTRAL["en"]]


@pytest.mark.parametrize(("minutes", "reached"), [(47 * 60 + 59, True), (48 * 60 + 1, False)])
@pytest.mark.parametrize("way", ["exit", ("tap", "c:exit"), "not safe", "/erase"])
async def test_r03_what_is_47_hours_59_old_goes_and_what_is_48_hours_1_stays(
    talking: Talking, way: Any, minutes: int, reached: bool
) -> None:
    """In the state in which most is on the screen; the keys of the ids are destroyed by the same clock."""
    await talking.says(WOMAN, "he is outside my door with a knife", "i have no food")
    began = talking.clock()
    await talking.work()
    before = len(talking.platform.texts(WOMAN))
    await talking.person(WOMAN, quiet_minutes=10_000)
    talking.clock.now = began + minutes * 60
    await talking.housekeeping.purge()
    await step(talking, WOMAN, way)
    await talking.work()
    assert len(talking.platform.screen(WOMAN)) == (1 if reached else before + 1)


# -- R5 --------------------------------------------------------------------------------------------------------------

SAID = {
    "en": {
        "older than 48 hours": r"48 hours", "screenshots": r"screenshot", "spyware": r"\bspy", "linked devices": r"second phone|computer",
        "notifications": r"alerts", "servers": r"app's own computers", "call log": r"call list|list of calls", "texts": r"texts stay",
        "phone bill": r"phone bill", "by hand": r"press and hold", "delete": r"delete",
    },
    "es": {
        "older than 48 hours": r"48 horas", "screenshots": r"capturas?|fotos de pantalla", "spyware": r"espía",
        "linked devices": r"abierta en otro teléfono o en una computadora", "notifications": r"avisos?|alertas?|notificaci",
        "servers": r"empresa de la aplicación puede guardar copias", "call log": r"llamada queda en la lista",
        "texts": r"textos quedan", "phone bill": r"factura",
        "by hand": r"deje el dedo", "delete": r"borr|elimin",
    },
}  # fmt: skip


@pytest.mark.parametrize("role", [*GUESTS, *OFFICERS])
@pytest.mark.parametrize("lang", ["en", "es"])
async def test_r05_one_tap_says_what_deleting_cannot_reach(talking: Talking, lang: str, role: str) -> None:
    await talking.person(WOMAN, role=role, lang=lang)
    await talking.taps(WOMAN, "c:limits")
    await talking.work()
    everything = "\n".join(talking.platform.texts(WOMAN)).lower()
    for what, pattern in SAID[lang].items():
        assert re.search(pattern, everything), f"{lang}: nothing on {what} in\n{everything}"


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_r05_it_is_there_before_anybody_has_reviewed_anything(
    tmp_path: Path, clock: VirtualClock, lang: str
) -> None:
    world = Talking(tmp_path / "guarded", clock, unreviewed_allowed=False)
    await world.person(WOMAN, lang=lang, greeted=1)
    await world.taps(WOMAN, "c:limits")
    await world.work()
    assert len(world.platform.texts(WOMAN)) == 4
    assert all(re.search(p, "\n".join(world.platform.texts(WOMAN)).lower()) for p in SAID[lang].values())
    world.close()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_r05_whoever_erases_or_asks_what_is_kept_is_led_there(lang: str) -> None:
    for name in ("erase.done", "privacy.kept", "private.identity"):
        assert "c:limits" in [button.payload for button in LIBRARY.message(name, lang).buttons], name


# -- R6 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["exit", "not safe", "/erase", "block", "refused"])
@pytest.mark.parametrize("state", ["answered", "many misses", "Rasa is down", "in danger", "asked for the quiet time"])
async def test_r06_nothing_comes_by_itself_after_that_for_two_days(talking: Talking, state: str, end: str) -> None:
    """The clock ticks as it does in `run`; only a word of theirs brings an answer."""
    for what in STATES[state]:
        await step(talking, WOMAN, what)
    await talking.work()
    if end == "block":
        await talking.platform_says(_blocked, WOMAN)
    elif end == "refused":
        talking.platform.fails.append(Refused())
        await talking.says(WOMAN, "i have no food")
    else:
        await talking.says(WOMAN, end)
    await talking.work()
    before = len(talking.platform.sent)
    for _ in range(100):
        talking.clock.advance(minutes=29)
        await talking.housekeeping.clear_quiet_chats()
        await talking.housekeeping.purge()
        await talking.work()
    assert len(talking.platform.sent) == before
    await talking.says(WOMAN, "i have no food")
    await talking.work()
    assert len(talking.platform.sent) > before


def _blocked(number: int, chat: int) -> dict[str, Any]:
    change = {"chat": {"id": chat, "type": "private"}, "new_chat_member": {"status": "kicked"}}
    return {"update_id": 880_000_000 + number, "my_chat_member": change}


# -- R7 --------------------------------------------------------------------------------------------------------------

PROBES: list[Step] = [
    "and for boys?", "zorble frint", "hello there", "can he see this chat", ("tap", "c:menu"), ("tap", "c:lines"), "/quiet",
    "i have no food", "and for boys?", "never mind",
]  # fmt: skip
PAST: list[Step] = [
    "hola buenas noches",
    "/espanol",
    "i have no food",
    "/quiet 480",
    "zorble frint",
    "wib wab",
    ("tap", "h:wants_safe_place"),
]


async def _exit(world: Talking) -> None:
    await world.says(WOMAN, "exit")


async def _tap(world: Talking) -> None:
    await world.taps(WOMAN, "c:exit")


async def _unsafe(world: Talking) -> None:
    await world.says(WOMAN, "not safe")


async def _erase(world: Talking) -> None:
    await world.says(WOMAN, "/erase")


async def _quiet(world: Talking) -> None:
    world.clock.advance(hours=9)
    await world.housekeeping.clear_quiet_chats()


@pytest.mark.parametrize("leave", [_exit, _tap, _unsafe, _erase, _quiet], ids=lambda f: f.__name__.strip("_"))
async def test_r07_who_returns_hears_word_for_word_what_a_stranger_hears(
    talking: Talking, leave: Callable[[Talking], Awaitable[None]]
) -> None:
    """So nobody who picks up the phone learns that somebody was here before, nor in which language, nor about what."""
    for what in PAST:
        await step(talking, WOMAN, what)
        await talking.work()
    await leave(talking)
    await talking.work()
    before = len(talking.platform.texts(WOMAN))
    assert len(talking.platform.screen(WOMAN)) <= 1
    for what in PROBES:
        for chat in (WOMAN, NOISY):
            await step(talking, chat, what)
        await talking.work()
        assert talking.platform.texts(WOMAN)[before:] == talking.platform.texts(NOISY), what
    assert len(talking.platform.texts(NOISY)) >= len(PROBES)


@pytest.mark.parametrize("way", ["exit", "not safe", "/erase"])
async def test_r07_the_desk_forgets_with_the_store(way: str) -> None:
    """The terminal and `ask` have no store; they forget the same."""
    from bot.channels.conversation import Conversation

    nlu = ScriptedNlu(dict(READ))
    conversation = Conversation(real_desk(nlu), LIBRARY, nlu)
    for text in ("hola buenas noches", "zorble", "i have no food", way):
        await conversation.say(text)
    assert conversation.person == Person()
    assert nlu.slots == {}
    fresh = Conversation(real_desk(nlu), LIBRARY, nlu)
    for text in ("and for boys?", "hello there"):
        mine, theirs = await conversation.say(text), await fresh.say(text)
        assert [m.text for _, m in mine.messages] == [m.text for _, m in theirs.messages]


def test_a_message_holds_what_a_platform_says_of_nobody() -> None:
    """R8: there is no field for a name, a number or a place in what the desk is given."""
    assert set(Incoming.__dataclass_fields__) == {"chat", "text", "payload", "media", "message_id", "lang_hint"}
    assert set(Person.__dataclass_fields__) == {
        "role",
        "lang",
        "heard",
        "greeted",
        "misses",
        "awaiting",
        "quiet_minutes",
        "request",
        "brings_back",
    }
