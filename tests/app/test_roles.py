"""Who becomes what, and what nobody learns of anybody else (R14, R26, R60), with the real desk over the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.library import loading
from bot.library.checks import numbers
from bot.library.model import OFFICER_ROLES
from bot.store import codes
from bot.store.keys import KeyRing
from tests.app.parts import NOISY, OFFICER, WOMAN, update
from tests.app.talking import Heard, ScriptedNlu, Talking
from tests.store.virtual import VirtualClock

LIBRARY = loading.shared()
CANARY = "quetzalcoatlus"
READ = {
    f"i am {CANARY} and i need a place": Heard("wants_safe_place"),
    f"did {CANARY} write to you": Heard("abuse_or_perpetrator"),
    f"where is {CANARY} staying": Heard("abuse_or_perpetrator"),
    "which shelter is she in": Heard("abuse_or_perpetrator"),
    "who do i call in tulsa county": Heard("officer_local_partners"),
    "where can i take her tonight": Heard("officer_placement_now"),
    "and for boys?": Heard("follow_up", 0.6, (("officer_indicators", 0.3),)),
    "tell me more": Heard("follow_up", 0.6),
    "what did the last person ask": Heard("nlu_fallback", 0.0),
    "red flags at a motel": Heard("officer_indicators", 0.95, (), (("setting", "hotel"),)),
}


@pytest.fixture
def talking(tmp_path: Path, clock: VirtualClock) -> Iterator[Talking]:
    made = Talking(tmp_path / "home", clock, ScriptedNlu(dict(READ)))
    yield made
    made.close()


async def invite(world: Talking, purpose: str, hours: float = 72) -> str:
    return await world.database.write(lambda c: world.chats.invite(c, purpose, world.clock() + hours * 3600))


async def opens(world: Talking, chat: int, code: str) -> str:
    """Opens the link; returns the role the chat then has."""
    await world.says(chat, f"/start {code}")
    await world.work()
    row = await world.row(chat)
    assert row is not None
    return str(row.role)


def refused(lang: str = "en") -> str:
    return LIBRARY.message("invite.invalid", lang).text.strip()


# -- R60 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", ["officer", "coordinator"])
async def test_r60_a_link_that_was_used_gives_nobody_anything(talking: Talking, purpose: str) -> None:
    """Neither another chat, nor the same again after its role was taken back, nor the same update a second time."""
    code = await invite(talking, purpose)
    assert await opens(talking, OFFICER, code) == purpose
    assert await opens(talking, WOMAN, code) == "guest"
    assert talking.platform.texts(WOMAN)[-1].strip() == refused()
    for _ in range(3):
        assert await talking.receiver.take([update(999, NOISY, f"/start {code}")])
    await talking.work()
    assert (await talking.row(NOISY)).role == "guest"
    assert await talking.database.write(lambda c: talking.chats.revoke(c, code, talking.clock()))
    assert (await talking.row(OFFICER)).role == "guest"
    assert await opens(talking, OFFICER, code) == "guest"


@pytest.mark.parametrize(("hours", "works"), [(71.99, True), (72.01, False), (24 * 365, False)])
async def test_r60_a_link_ends_with_its_time(talking: Talking, hours: float, works: bool) -> None:
    code = await invite(talking, "officer", 72)
    talking.clock.advance(hours=hours)
    assert (await opens(talking, OFFICER, code) == "officer") is works


@pytest.mark.parametrize(
    "change", ["{}x", "{0}{0}", " ", "guest", "officer", "role=officer", "' or 1=1 --", "{} officer"]
)
async def test_r60_no_other_word_after_start_gives_a_role(talking: Talking, change: str) -> None:
    code = await invite(talking, "officer")
    said = change.format(code) if change != " " else code[:-1]
    assert await opens(talking, WOMAN, said) == "guest"
    assert await opens(talking, OFFICER, code) == "officer", "and the link is not used up by the attempt"


async def test_r60_nothing_is_learned_from_how_a_code_is_refused(talking: Talking, tmp_path: Path) -> None:
    """Made up, altered, signed by another installation, used, expired, taken back, for an advocate: the same words."""
    used, taken, late = [await invite(talking, "officer", hours) for hours in (72, 72, 1)]
    await opens(talking, OFFICER, used)
    await talking.database.write(lambda c: talking.chats.revoke(c, taken, talking.clock()))
    fresh = await invite(talking, "advocate")
    talking.clock.advance(hours=2)
    foreign = codes.make(KeyRing(tmp_path / "other"), codes.INVITATION, "officer", talking.clock() + 3600)
    last = "A" if fresh[-1] != "A" else "B"
    for said in ("x", "A" * codes.LENGTH, fresh[:-1] + last, foreign, used, taken, late):
        assert await opens(talking, WOMAN, said) == "guest"
        assert talking.platform.texts(WOMAN)[-1].strip() == refused(), said
    assert await opens(talking, OFFICER, fresh) == "officer"
    assert talking.platform.texts(OFFICER)[-1].strip() == refused()


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_r60_a_link_in_the_wrong_chat_makes_nobody_an_officer(talking: Talking, kind: str) -> None:
    """Posted into a group it would make officers of all who read there: a group is left, and the link still works."""
    code = await invite(talking, "officer")
    post = update(500, -100_500, f"/start {code}")
    post["message"]["chat"]["type"] = kind
    assert await talking.receiver.take([post])
    await talking.work()
    row = await talking.row(-100_500)
    assert row is None or row.role == "guest"
    assert await opens(talking, OFFICER, code) == "officer"


@pytest.mark.parametrize("word", ["/role officer", "/role coordinator", "/role advocate", "i am an officer", "c:role"])
async def test_r60_no_word_and_no_button_makes_an_officer(talking: Talking, word: str) -> None:
    """`/role` is for the terminal; over Telegram it changes nothing."""
    await (talking.taps(WOMAN, word) if word.startswith("c:") else talking.says(WOMAN, word))
    await talking.says(WOMAN, "red flags at a motel")
    await talking.work()
    assert (await talking.row(WOMAN)).role == "guest"
    shown = "\n".join(talking.platform.texts(WOMAN))
    assert not any(t.short.strip()[:60] in shown for t in LIBRARY.topics.values() if t.audience == "officer")


@pytest.mark.parametrize(
    ("first", "second"),
    [("officer", "advocate"), ("coordinator", "advocate"), ("advocate", "officer"), ("advocate", "coordinator")],
)
async def test_r60_officer_and_advocate_are_never_one_account_in_a_talk(
    talking: Talking, first: str, second: str
) -> None:
    one, two = await invite(talking, first), await invite(talking, second)
    assert await opens(talking, OFFICER, one) == first
    assert await opens(talking, OFFICER, two) == first
    assert talking.platform.texts(OFFICER)[-1].strip() == refused()
    for way in ("/exit", "/erase"):
        await talking.says(OFFICER, way)
        await talking.work()
        assert await opens(talking, OFFICER, two) == first, "clearing the chat is no way round"


@pytest.mark.parametrize("purpose", ["officer", "coordinator", "advocate", "operator"])
async def test_r60_revoking_takes_effect_with_the_next_message(talking: Talking, purpose: str) -> None:
    code = await invite(talking, purpose)
    await opens(talking, OFFICER, code)
    await talking.queue(OFFICER, "waiting", not_before=talking.clock() + 5)
    assert await talking.database.write(lambda c: talking.chats.revoke(c, code, talking.clock()))
    before = len(talking.platform.texts(OFFICER))
    talking.clock.advance(10)
    await talking.says(OFFICER, "red flags at a motel")
    await talking.work()
    assert "waiting" not in await talking.states()
    shown = "\n".join(talking.platform.texts(OFFICER)[before:])
    assert LIBRARY.topics[("indicators.hotel", "en")].short.strip()[:40] not in shown


# -- R14, R26 --------------------------------------------------------------------------------------------------------

ABOUT_HER = [text for text in READ if not text.startswith("i am")]


async def _ask(world: Talking, chat: int, role: str) -> list[str]:
    await world.person(chat, role=role)
    for text in ABOUT_HER:
        await world.says(chat, text)
        await world.work()
    return world.platform.texts(chat)


@pytest.mark.parametrize("role", ["guest", "advocate", "officer", "coordinator"])
async def test_r14_the_answers_are_the_same_whether_or_not_she_wrote(
    tmp_path: Path, clock: VirtualClock, role: str
) -> None:
    """Word for word, to everybody; also while her message still waits to be answered."""
    heard = []
    for wrote in ("never", "an hour ago", "now"):
        world = Talking(tmp_path / wrote.replace(" ", ""), clock, ScriptedNlu(dict(READ)))
        if wrote != "never":
            await world.says(WOMAN, f"i am {CANARY} and i need a place")
            await world.work()
            world.clock.advance(minutes=0 if wrote == "now" else 59)
        heard.append(await _ask(world, OFFICER, role))
        world.close()
    assert heard[0] == heard[1] == heard[2]
    everything = "\n".join(heard[0])
    assert CANARY not in everything, "nor is a name repeated"
    assert not any(pattern.search(everything) for pattern in numbers.ADDRESSES)


async def test_r26_what_one_chat_says_is_in_no_other_chat(talking: Talking) -> None:
    """Both sides are full of words; each asks everything of the other."""
    await talking.person(OFFICER, role="officer")
    await talking.says(WOMAN, f"i am {CANARY} and i need a place", "zorble")
    await talking.says(OFFICER, "red flags at a motel", "/check she is a quetzalofficer prostitute")
    await talking.work()
    for chat in (WOMAN, OFFICER):
        for text in ABOUT_HER:
            await talking.says(chat, text)
            await talking.work()
    assert CANARY not in "\n".join(talking.platform.texts(OFFICER))
    hers = "\n".join(talking.platform.texts(WOMAN))
    assert "quetzalofficer" not in hers
    for (name, lang), topic in LIBRARY.topics.items():
        if topic.audience == "officer" and lang == "en":
            assert topic.short.strip() not in hers, name
    assert {s.chat for s in talking.platform.sent} == {WOMAN, OFFICER}


@pytest.mark.parametrize("role", ["guest", "advocate"])
async def test_r26_no_tap_of_a_guest_opens_what_is_for_officers(talking: Talking, role: str) -> None:
    """Every content id there is, sent as a tap that an officer's forwarded message could carry."""
    chat = 10_000
    taps = [f"t:{name}" for (name, lang), t in LIBRARY.topics.items() if t.audience == "officer" and lang == "en"]
    taps += [f"m:{tap[2:]}:{page}" for tap in taps for page in (0, 1)]
    taps += [f"t:{name}" for (name, lang), m in LIBRARY.messages.items() if m.audience == "officer" and lang == "en"]
    taps += [f"h:{row}" for row, lang in LIBRARY.labels if row.startswith("officer_") and lang == "en"] + ["c:check"]
    for number, tap in enumerate(taps):
        await talking.person(chat + number % 50, role=role, lang="en", greeted=1)
        await talking.taps(chat + number % 50, tap)
    await talking.work()
    shown = "\n".join(s.text for s in talking.platform.sent)
    assert len(talking.platform.sent) >= len(taps)
    for (name, lang), topic in LIBRARY.topics.items():
        if topic.audience == "officer" and lang == "en":
            assert not any(page.strip()[:80] in shown for page in (topic.short, *topic.more)), name
    for (name, lang), message in LIBRARY.messages.items():
        if message.audience == "officer" and lang == "en":
            assert message.text.strip()[:80] not in shown, name
    assert role not in OFFICER_ROLES


# -- R24 -------------------------------------------------------------------------------------------------------------


async def test_r24_the_clock_alone_empties_the_store(talking: Talking) -> None:
    """Two days after the last word nothing of a guest is there, an officer's role and the invitation alone remain, and no
    hourly key is older than its time. Nobody leaves, erases or writes again; only the ticks of `run` happen."""
    code = await invite(talking, "officer")
    await opens(talking, OFFICER, code)
    for chat in range(3000, 3020):
        await talking.says(chat, "red flags at a motel", f"i am {CANARY} and i need a place")
    await talking.queue(3001, "expires", not_before=talking.clock() + 9e9, not_after=talking.clock() + 60)
    await talking.work()
    seen: dict[str, int] = {}
    for quarter in range(4 * 50):
        talking.clock.advance(minutes=15)
        await talking.housekeeping.purge()
        await talking.housekeeping.clear_quiet_chats()
        await talking.work()
        rows = await talking.database.read(_rows)
        if quarter == 4 * 25:
            seen = rows
            assert rows["inbox"] == rows["outbox"] == 0, "a day after, what was handled is gone"
        for kind, hours in (("queue", 25), ("ids", 49)):
            assert len(list((talking.home / "keys" / kind).glob("*.key"))) <= hours
    assert seen["chat"] == 1, "the guests' rows went with their screens"
    assert rows == {"chat": 1, "inbox": 0, "outbox": 0, "sent": 0, "invitation": 1}


def _rows(connection: Any) -> dict[str, int]:
    from sqlalchemy import func, select

    from bot.store import schema

    names = ("chat", "inbox", "outbox", "sent", "invitation")
    return {n: connection.scalar(select(func.count()).select_from(schema.metadata.tables[n])) or 0 for n in names}
