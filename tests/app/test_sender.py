"""Outbox → platform: each outcome by lane, the shared budget, and the gate in front of guests (R6, R10)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.telegram.gateway import Broken, Moved, Refused, SendProblem, Unavailable, Unknown, Wait
from bot.library import loading
from bot.library.rendering import Renderer
from bot.library.replies import Attachment
from bot.review import FLOOR_ROWS, Reviews, strings
from bot.sender import Sender
from bot.service import _look_over
from bot.settings import Settings
from bot.store import queues
from bot.store.queues import ALERT, DEAD, DIGEST, DONE, REPLY, SURVIVOR, TAKEN, TRAINING, WAITING
from tests.app.parts import OFFICER, WOMAN, World, seen_as
from tests.store.virtual import VirtualClock

LANES = [SURVIVOR, ALERT, REPLY, TRAINING, DIGEST]


@pytest.mark.parametrize("lane", LANES)
async def test_a_refused_message_ends_everything_for_that_chat_alone(world: World, lane: int) -> None:
    for chat in (WOMAN, OFFICER):
        await world.person(chat)
        await world.queue(chat, f"m{chat}", lane=lane)
        await world.queue(chat, f"n{chat}", lane=lane)
    world.platform.fails.append(Refused())
    await world.work()
    assert world.platform.texts(WOMAN) == []
    assert len(world.platform.texts(OFFICER)) == 2
    assert (await world.row(WOMAN)).blocked == 1
    assert (await world.states())[f"m{WOMAN}"] == DEAD


@pytest.mark.parametrize("lane", LANES)
async def test_a_message_that_can_never_be_sent_is_given_up_and_the_next_goes(world: World, lane: int) -> None:
    await world.person(WOMAN)
    await world.queue(WOMAN, "bad", lane=lane)
    await world.queue(WOMAN, "good", lane=lane)
    world.platform.fails.append(Broken())
    await world.work()
    assert world.platform.texts(WOMAN) == [seen_as("good")]
    assert await world.states() == {"bad": DEAD, "good": DONE}


@pytest.mark.parametrize("lane", LANES)
async def test_too_many_stops_every_sender_for_as_long_as_was_said(world: World, lane: int, tmp_path: Path) -> None:
    await world.person(WOMAN)
    await world.person(OFFICER)
    await world.queue(WOMAN, "a", lane=lane)
    world.platform.fails.append(Wait(30))
    await world.work()
    await world.queue(OFFICER, "b", lane=SURVIVOR)
    second = Sender(
        world.database, world.chats, world.library, world.platform, Reviews(tmp_path), unreviewed_allowed=True, clock=world.clock
    )  # fmt: skip
    for _ in range(5):
        world.clock.advance(4)
        await world.once()
        await second.step()
    assert world.platform.sent == []
    world.clock.advance(15)
    await world.work()
    assert {s.text for s in world.platform.sent} == {seen_as("a"), seen_as("b")}


@pytest.mark.parametrize("lane", LANES)
async def test_an_outage_is_waited_out(world: World, lane: int) -> None:
    await world.person(WOMAN)
    await world.queue(WOMAN, "m", lane=lane)
    world.platform.fails.extend([Unavailable()] * 3)
    for _ in range(30):
        await world.work()
        world.clock.advance(1)
    assert world.platform.texts(WOMAN) == [seen_as("m")]


@pytest.mark.parametrize("lane", LANES)
async def test_urgent_never_gives_up_in_a_long_outage_and_the_rest_does(world: World, lane: int) -> None:
    await world.person(WOMAN, role="officer")
    await world.queue(WOMAN, "m", lane=lane, role="officer")
    world.platform.fails.extend([Unavailable()] * 20)
    for _ in range(30):
        await world.work()
        world.clock.advance(70)
    assert bool(world.platform.texts(WOMAN)) is (lane <= ALERT)
    assert (await world.states())["m"] == (DONE if lane <= ALERT else DEAD)


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("problem", [Unknown(), ConnectionResetError()])
async def test_after_an_unknown_outcome_urgent_goes_again_and_training_does_not(
    world: World, lane: int, problem: Exception
) -> None:
    await world.person(WOMAN)
    await world.queue(WOMAN, "m", lane=lane)
    world.platform.fails.append(problem)
    for _ in range(10):
        await world.work()
        world.clock.advance(1)
    assert len(world.platform.texts(WOMAN)) == (0 if lane >= TRAINING else 1)
    assert (await world.states())["m"] == (DEAD if lane >= TRAINING else DONE)


@pytest.mark.parametrize("lane", LANES)
async def test_a_group_that_moved_gets_its_message_at_the_new_address(world: World, lane: int) -> None:
    await world.person(-100)
    await world.queue(-100, "m", lane=lane)
    world.platform.fails.append(Moved(-200))
    await world.work()
    assert world.platform.texts(-200) == [seen_as("m")]
    assert await world.row(-100) is None


@pytest.mark.parametrize("lane", LANES)
async def test_a_sender_that_hangs_loses_its_lease(world: World, lane: int) -> None:
    """Killed or hung between the platform and the store: urgent goes again after the lease, training never does."""
    await world.person(WOMAN)
    await world.queue(WOMAN, "m", lane=lane)
    hang = asyncio.Event()

    async def hangs(chat: int, text: str) -> None:
        await hang.wait()

    world.platform.hook = hangs
    await world.sender.step()
    await asyncio.sleep(0.01)
    stuck = set(world.sender._busy)
    world.platform.hook = None
    world.restart()
    await world.work()
    assert world.platform.sent == []
    world.clock.advance(queues.LEASE)
    await world.work()
    assert len(world.platform.sent) == (0 if lane >= TRAINING else 1)
    for task in stuck:
        task.cancel()
    await asyncio.wait(stuck)


@pytest.mark.parametrize("lane", [SURVIVOR, TRAINING])
async def test_what_was_sent_but_could_not_be_written_down(
    world: World, lane: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store fails after the send: it is asked again; if it stays away, urgent goes twice and training once."""
    monkeypatch.setattr("bot.sender.SETTLE_SECONDS", (0.01, 0.01))
    real, failing = world.database.write, 0

    async def sometimes(work: Any) -> Any:
        nonlocal failing
        if failing:
            failing -= 1
            raise OperationalError("x", None, Exception("locked"))
        return await real(work)

    async def breaks(chat: int, text: str) -> None:
        nonlocal failing
        world.platform.hook = None
        failing = 2

    monkeypatch.setattr(world.database, "write", sometimes)
    await world.person(WOMAN)
    await world.queue(WOMAN, "brief", lane=lane)
    world.platform.hook = breaks
    await world.work()
    assert len(world.platform.sent) == 1
    assert (await world.states())["brief"] == DONE

    async def breaks_long(chat: int, text: str) -> None:
        nonlocal failing
        world.platform.hook = None
        failing = 3

    await world.queue(WOMAN, "long", lane=lane)
    world.platform.hook = breaks_long
    await world.work()
    assert (await world.states())["long"] == TAKEN
    world.clock.advance(queues.LEASE)
    await world.work()
    assert world.platform.texts(WOMAN).count(seen_as("long")) == (2 if lane == SURVIVOR else 1)


async def test_of_a_long_text_that_broke_off_the_pieces_that_went_can_still_be_cleared(world: World) -> None:
    problem = Unavailable()
    problem.sent = (41, 42)
    await world.person(WOMAN)
    await world.queue(WOMAN, "m")
    world.platform.fails.append(problem)
    await world.work()
    ids = await world.database.read(lambda c: world.chats.deletable_ids(c, world.hash(WOMAN), world.clock()))
    assert [i for _, i in ids][:2] == ["41", "42"]


async def test_what_is_too_late_is_not_sent(world: World) -> None:
    await world.person(OFFICER, role="officer")
    await world.queue(OFFICER, "m", lane=TRAINING, not_after=world.clock() - 1)
    await world.work()
    assert world.platform.sent == []
    assert (await world.states())["m"] == DEAD


async def test_nothing_is_sent_where_the_chat_is_gone(world: World) -> None:
    await world.queue(WOMAN, "m")
    await world.work()
    assert world.platform.sent == []
    assert (await world.states())["m"] == DEAD


async def test_no_second_has_more_sends_than_allowed_with_four_senders(world: World, tmp_path: Path) -> None:
    rate = 10.0
    options = {"unreviewed_allowed": True, "rate": rate, "clock": world.clock}
    senders = [
        Sender(world.database, world.chats, world.library, world.platform, Reviews(tmp_path), **options)  # type: ignore[arg-type]
        for _ in range(4)
    ]
    for number in range(30):
        await world.person(1000 + number)
        await world.queue(1000 + number, f"m{number}")
    started = world.clock()
    while len(world.platform.sent) < 30:
        for sender in senders:
            await sender.step()
            if sender._busy:
                await asyncio.wait(list(sender._busy))
        world.clock.advance(0.02)
        assert world.clock() - started < 10
    times = [shown.at for shown in world.platform.sent]
    assert max(sum(1 for other in times if at <= other < at + 0.999) for at in times) <= rate
    assert world.clock() - started < 30 / rate * 1.3, "and nearly as many as allowed"


@pytest.mark.parametrize("rate", [10.0, 25.0, 30.0])
async def test_no_second_has_more_than_allowed_though_some_sends_are_held_up(
    world: World, tmp_path: Path, rate: float
) -> None:
    """A tenth of a second lies between the budget and the platform for some of them, on a busy machine."""
    many = int(4 * rate)
    options = {"unreviewed_allowed": True, "rate": rate, "clock": world.clock}
    senders = [
        Sender(world.database, world.chats, world.library, world.platform, Reviews(tmp_path), **options)  # type: ignore[arg-type]
        for _ in range(2)
    ]
    for number in range(many):
        await world.person(1000 + number)
        await world.queue(1000 + number, f"m{number}")
    while len(world.platform.sent) < many:
        for sender in senders:
            await sender.step()
            if sender._busy:
                await asyncio.wait(list(sender._busy))
        world.clock.advance(0.01)
    times = [shown.at for shown in world.platform.sent]
    for moment in times:  # all before it are late, none after it is: the worst that can be
        held = [at + 0.1 if at <= moment else at for at in times]
        worst = max(sum(1 for other in held if at <= other < at + 0.999) for at in held)
        assert worst <= rate


async def test_what_a_stall_held_up_waits_for_another_place_in_the_budget(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a second in which places are given and nothing leaves; what is urgent leaves at the end of it, training in its turn."""
    rate, going, real = 25.0, asyncio.Event(), world.sender._wording.shown

    async def held(row: Any, role: str) -> Any:
        await going.wait()
        return await real(row, role)

    asleep: dict[asyncio.Task[Any], tuple[float, asyncio.Event]] = {}

    async def sleep(seconds: float) -> None:
        """On the world's clock; what the store waits for is real."""
        task = asyncio.current_task()
        if task in world.sender._busy:
            asleep[task] = world.clock() + seconds, asyncio.Event()
            await asleep[task][1].wait()
            del asleep[task]
        else:
            await real_sleep(seconds)

    async def tick() -> None:
        """Time moves on only when all that can be done at this moment is done, however slow the machine is."""
        while any(task not in asleep for task in world.sender._busy):
            await real_sleep(0.001)
        world.clock.advance(0.01)
        due = [event for until, event in asleep.values() if until <= world.clock()]
        for event in due:
            event.set()
        while any(event in due for _, event in asleep.values()):
            await real_sleep(0)

    real_sleep = asyncio.sleep
    monkeypatch.setattr(world.sender._wording, "shown", held)
    monkeypatch.setattr("bot.sender.asyncio.sleep", sleep)
    for number in range(60):
        await world.person(1000 + number)
        await world.queue(1000 + number, f"m{number}", lane=SURVIVOR if number == 3 else TRAINING)
    started = world.clock()
    for _ in range(50):
        await world.sender.step()
        world.clock.advance(0.01)
    assert world.platform.sent == []
    stalled = len(world.sender._busy)
    assert stalled > rate / 3
    going.set()
    while len(world.platform.sent) < 60:
        await world.sender.step()
        await tick()
        assert world.clock() - started < 20
    times = [shown.at for shown in world.platform.sent]
    assert max(sum(1 for other in times if at <= other < at + 0.999) for at in times) <= rate
    assert min(times) == next(s.at for s in world.platform.sent if s.chat == 1003), "the urgent one did not wait"


async def test_a_message_that_finds_no_place_goes_back_into_the_queue(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = world.sender._wording.shown

    async def late(row: Any, role: str) -> Any:
        world.clock.advance(1.0)
        await world.database.write(lambda c: queues.pause(c, "telegram", world.clock() + 20))
        return await real(row, role)

    await world.person(OFFICER, role="officer")
    await world.queue(OFFICER, "m", lane=TRAINING)
    monkeypatch.setattr(world.sender._wording, "shown", late)
    await world.sender.step()
    await asyncio.wait(list(world.sender._busy))
    assert world.platform.sent == []
    assert (await world.states())["m"] == WAITING
    monkeypatch.setattr(world.sender._wording, "shown", real)
    world.clock.advance(30)
    await world.work()
    assert len(world.platform.sent) == 1


async def test_a_sender_without_budget_leaves_the_lock_for_writing_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, writes = world.database.write, 0

    async def counted(work: Any) -> Any:
        nonlocal writes
        writes += 1
        return await real(work)

    for number in range(40):
        await world.person(1000 + number)
        await world.queue(1000 + number, f"m{number}")
    while await world.sender.step() == 0.0:
        await asyncio.wait(list(world.sender._busy))
    monkeypatch.setattr(world.database, "write", counted)
    waits = [await world.sender.step() for _ in range(5)]
    assert writes == 0
    assert all(0.0 < wait <= 0.5 for wait in waits)
    world.clock.advance(1.0)
    assert await world.sender.step() == 0.0, "and it goes on as soon as there is some"
    await asyncio.wait(list(world.sender._busy))


async def test_the_sender_survives_a_store_that_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failing = world.database.write, 2

    async def sometimes(work: Any) -> Any:
        nonlocal failing
        if failing:
            failing -= 1
            raise OperationalError("x", None, Exception("locked"))
        return await real(work)

    await world.person(WOMAN)
    await world.queue(WOMAN, "m")
    monkeypatch.setattr(world.database, "write", sometimes)
    task = asyncio.create_task(world.sender.run())
    async with asyncio.timeout(10):
        while not world.platform.sent:
            world.sender.wake.set()
            await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await world.states())["m"] == DONE


# -- words -----------------------------------------------------------------------------------------------------------

LIBRARY = loading.shared()
OFFICER_PARTS = sorted(
    {f"topic:{i}" for (i, lang), t in LIBRARY.topics.items() if t.audience == "officer" and lang == "en"}
    | {f"message:{i}" for (i, lang), m in LIBRARY.messages.items() if m.audience == "officer" and lang == "en"}
)  # fmt: skip
GUEST_NAMES = sorted(name for name in strings(LIBRARY))


def _words(world: World, name: str, lang: str, role: str, chat_role: str) -> str:
    content = {"part": [name, 0, {"offered": [], "role": role}], "lang": lang, "role": role}
    return world.sender._wording.words(content, chat_role).text


def test_officer_content_never_reaches_a_guest(world: World, guarded: World) -> None:
    refused = _words(world, "message:officer_only", "en", "guest", "guest")
    assert "only for people with a work invite" in refused
    assert len(OFFICER_PARTS) > 50
    for name in OFFICER_PARTS:
        for role, chat_role in (
            ("guest", "guest"),
            ("advocate", "advocate"),
            ("officer", "guest"),
            ("guest", "officer"),
        ):
            assert _words(world, name, "en", role, chat_role) == refused, (name, role, chat_role)
    for name in OFFICER_PARTS[:40]:
        words = _words(guarded, name, "en", "guest", "guest")
        assert words == refused or words.startswith("☎ Help line"), name


async def test_whoever_lost_the_role_gets_no_officer_content_that_was_queued_before(world: World) -> None:
    name = next(part for part in OFFICER_PARTS if part.startswith("topic:"))
    await world.person(OFFICER, role="officer")
    await world.queue(OFFICER, "m", part=[name, 0, {}], role="officer")
    await world.person(OFFICER, role="guest")
    await world.work()
    assert world.platform.texts(OFFICER) == [_words(world, "message:officer_only", "en", "guest", "guest")]


def test_r10_unreviewed_texts_never_reach_a_guest(guarded: World) -> None:
    """Everything there is, in both languages: either it is part of the floor, or the guest gets the help line instead."""
    for full in GUEST_NAMES:
        name, _, lang = full.rpartition(":")
        if name.startswith(("label:", "interface:")):
            continue  # no messages of their own: see below
        help_line = guarded.sender._wording.words(
            {"part": ["topic:no.such", 0, {}], "lang": lang, "role": "guest"}, "guest"
        ).text
        words = _words(guarded, name, lang, "guest", "guest")
        if guarded.sender._wording._reviews.is_floor(name):
            continue
        assert words == help_line, full


@pytest.mark.parametrize(
    "name", ["term:child_prostitute", "slang:bottom", "flags:", "offer:unsure.offer", "message:greeting"]
)
def test_r10_what_cannot_be_reviewed_is_refused_too(guarded: World, name: str) -> None:
    assert "1-888-373-7888" in _words(guarded, name, "en", "guest", "guest")


@pytest.mark.parametrize(
    "name", ["message:danger.emergency_now", "message:exit.cleared", "message:erase.done", "menu:help.menu"]
)
def test_r10_the_floor_is_always_there(guarded: World, world: World, name: str) -> None:
    assert _words(guarded, name, "es", "guest", "guest") == _words(world, name, "es", "guest", "guest")


# Of each kind that can be rendered, one that a guest could be sent; `reviewed` is what then opens the gate for it.
KINDS: dict[str, tuple[list[Any], list[str]]] = {
    "topic": (["topic:needs.overview", 0, {}], ["topic:needs.overview:en"]),
    "sources": (["sources:needs.overview", 0, {}], ["topic:needs.overview:en"]),
    "message": (["message:greeting", 0, {}], ["message:greeting:en"]),
    "menu": (["menu:greeting", 0, {"role": "guest"}], ["message:greeting:en"]),
    "offer": (["offer:unsure.offer", 0, {"offered": ["basic_needs", "wants_hotline"]}], ["message:unsure.offer:en"]),
    "term": (["term:child_prostitute", 0, {}], ["term:child_prostitute:en"]),
    "slang": (["slang:bottom", 0, {}], ["slang:bottom:en"]),
    "flags": (["flags:", 0, {"found": [], "quoted": 0}], []),
    "lines": (["lines:", 0, {"ids": ["nhth", "988"], "neutral": True}], []),
    "line": (["line:nhth", 0, {}], []),
    "ask": (["ask:age", 0, {}], ["ask:age:en"]),
    "directory": (
        ["directory:directory.found", 0, {"need": "any", "place": "OK"}],
        ["message:directory.found:en", "message:directory.nothing:en"],
    ),
    "release": (["release:request.release", 0, {"program": "p", "name": "P"}], ["message:request.release:en"]),
}  # fmt: skip
KINDS["staff"] = (["staff:oncall.alert", 0, {"id": "7", "age": "", "region": "", "when": ""}], [])
ALWAYS = ("lines", "line")


def _rendered(home: Path, clock: VirtualClock, part: list[Any], reviewed: list[str], everything: bool = False) -> Any:
    home.mkdir(exist_ok=True)
    if reviewed:
        Reviews(home).confirm(LIBRARY, reviewed, "A. Person")
    world = World(home, clock, unreviewed_allowed=everything)
    try:
        return world.sender._wording.words({"part": part, "lang": "en", "role": "guest"}, "guest")
    finally:
        world.close()


def test_r10_every_kind_there_is_passes_the_gate() -> None:
    assert set(KINDS) == set(Renderer(LIBRARY, "en", "guest")._kinds)


@pytest.mark.parametrize("kind", KINDS)
def test_r10_a_kind_is_shown_once_it_is_reviewed_and_not_before(tmp_path: Path, clock: VirtualClock, kind: str) -> None:
    part, reviewed = KINDS[kind]
    shut = _rendered(tmp_path / "shut", clock, part, [])
    help_line = _rendered(tmp_path / "shut", clock, ["topic:no.such", 0, {}], [])
    whole = _rendered(tmp_path / "shut", clock, part, [], everything=True)
    if kind in ALWAYS:
        assert shut == whole
        return
    assert shut.text == help_line.text
    if kind in ("flags", "staff"):
        return  # for officers or advocates alone: nothing opens it to a guest
    others = [name for name in GUEST_NAMES if name not in reviewed]
    still = _rendered(tmp_path / "others", clock, part, others)
    assert still.text == help_line.text, "the review of everything else is none of this"
    assert _rendered(tmp_path / "open", clock, part, reviewed).text == whole.text


@pytest.mark.parametrize(
    "part", [KINDS["offer"][0], ["menu:help.menu", 0, {"role": "guest"}], KINDS["menu"][0]], ids=lambda p: p[0]
)
def test_r10_a_button_with_an_unreviewed_label_is_left_out(
    tmp_path: Path, clock: VirtualClock, part: list[Any]
) -> None:
    """What rows are called is words like any. Those that lead to people, away, or out of danger are part of the floor."""
    messages = [name for name in GUEST_NAMES if name.startswith("message:")]
    rows = [
        p[2:] for _, p in _rendered(tmp_path / "all", clock, part, [], everything=True).buttons if p.startswith("h:")
    ]
    assert set(rows) - FLOOR_ROWS
    shown = _rendered(tmp_path / "labels", clock, part, messages).buttons
    assert {p[2:] for _, p in shown if p.startswith("h:")} == set(rows) & FLOOR_ROWS
    row = next(r for r in rows if r not in FLOOR_ROWS)
    shown = _rendered(tmp_path / "labels", clock, part, [f"label:{row}:en"]).buttons
    assert f"h:{row}" in [payload for _, payload in shown]
    shown = _rendered(tmp_path / "floor", clock, ["menu:help.menu", 0, {"role": "guest"}], []).buttons
    assert {"h:wants_hotline", "c:exit"} <= {payload for _, payload in shown}, "even before anybody has read a word"


def _edited(name: str) -> Any:
    """The library with one word more in that string."""
    kind, _, rest = name.partition(":")
    key, _, lang = rest.rpartition(":")
    more = " More."
    tables = {k: dict(getattr(LIBRARY, k)) for k in ("topics", "messages", "terms", "slang", "labels", "lines")}
    commands = {
        lang: {group: dict(words) for group, words in groups.items() if isinstance(words, dict)}
        for lang, groups in LIBRARY.commands.items()
    }
    if kind in ("topic", "message", "term", "slang"):
        table = tables[{"topic": "topics", "message": "messages", "term": "terms"}.get(kind, "slang")]
        field = {"topic": "short", "message": "text", "term": "why", "slang": "meaning"}[kind]
        table[(key, lang)] = table[(key, lang)].model_copy(update={field: getattr(table[(key, lang)], field) + more})
    elif kind == "label":
        tables["labels"][(key, lang)] += more
    elif kind == "line":
        line = tables["lines"][key]
        told = line.what_it_is.model_copy(update={lang: line.what_it_is.get(lang) + more})
        tables["lines"][key] = line.model_copy(update={"what_it_is": told})
    else:
        word = next(iter(commands[lang][key]))
        commands[lang][key][word] += more
    return replace(LIBRARY, **tables, commands=LIBRARY.commands | {lang: {**LIBRARY.commands[lang], **commands[lang]}})


@pytest.mark.parametrize(
    "name",
    ["topic:needs.overview:en", "message:greeting:es", "term:child_prostitute:en", "slang:bottom:es", "label:basic_needs:en",
     "line:nhth:es", "interface:words:en", "interface:menu:es", "interface:about:en"],
)  # fmt: skip
def test_r10_one_word_more_and_it_is_unreviewed_again(tmp_path: Path, name: str) -> None:
    reviews = Reviews(tmp_path)
    reviews.confirm(LIBRARY, GUEST_NAMES, "A. Person")
    assert reviews.unreviewed(LIBRARY) == []
    assert name in reviews.unreviewed(_edited(name))
    assert {n.rpartition(":")[2] for n in reviews.unreviewed(_edited(name))} == {name.rpartition(":")[2]}


def test_r10_another_button_title_or_help_line_is_other_words(tmp_path: Path) -> None:
    reviews = Reviews(tmp_path)
    reviews.confirm(LIBRARY, GUEST_NAMES, "A. Person")
    message = LIBRARY.messages[("greeting", "en")]
    titles = [message.buttons[0].model_copy(update={"title": "Other"}), *message.buttons[1:]]
    for change in ({"buttons": titles}, {"lines": ["nhth"]}):
        messages = LIBRARY.messages | {("greeting", "en"): message.model_copy(update=change)}
        assert reviews.unreviewed(replace(LIBRARY, messages=messages)) == ["message:greeting:en"]
    topic = LIBRARY.topics[("needs.overview", "en")]
    topics = LIBRARY.topics | {("needs.overview", "en"): topic.model_copy(update={"lines": [*topic.lines, "988"]})}
    assert reviews.unreviewed(replace(LIBRARY, topics=topics)) == ["topic:needs.overview:en"]


async def test_r10_run_lists_each_text_that_nobody_reviewed(guarded: World, caplog: pytest.LogCaptureFixture) -> None:
    told: list[tuple[str, Any]] = []

    class Told:
        async def tell(self, name: str, **params: Any) -> None:
            told.append((name, params))

    guarded.home.joinpath("home").mkdir()
    reviews = Reviews(guarded.home / "home")
    reviews.confirm(LIBRARY, ["message:greeting:en"], "A. Person")
    caplog.set_level(logging.INFO, "waymark.service")
    await _look_over(reviews, LIBRARY, Settings(home=guarded.home), Told())  # type: ignore[arg-type]
    listed = {record.getMessage().removeprefix("not reviewed: ") for record in caplog.records}
    assert set(GUEST_NAMES) - listed == {"message:greeting:en"}
    assert ("operator.unreviewed", {"count": len(GUEST_NAMES) - 1}) in told


async def test_r10_officers_read_what_is_not_reviewed(guarded: World) -> None:
    name = next(part for part in OFFICER_PARTS if part.startswith("topic:"))
    topic = LIBRARY.topics[(name.partition(":")[2], "en")]
    assert topic.short.strip()[:40] in _words(guarded, name, "en", "officer", "officer")


def test_r10_a_reviewed_text_passes_without_the_titles_of_unreviewed_ones(tmp_path: Path, clock: VirtualClock) -> None:
    name, lang, topic = next(
        (i, lang, t)
        for (i, lang), t in sorted(LIBRARY.topics.items())
        if t.audience == "everyone" and any((n, lang) in LIBRARY.topics and LIBRARY.topics[(n, lang)].audience == "everyone" for n in t.next)
    )  # fmt: skip
    (tmp_path / "home").mkdir()
    Reviews(tmp_path / "home").confirm(LIBRARY, [f"topic:{name}:{lang}"], "A. Person")
    world = World(tmp_path / "home", clock, unreviewed_allowed=False)
    rendered = world.sender._wording.words({"part": [f"topic:{name}", 0, {}], "lang": lang, "role": "guest"}, "guest")
    assert topic.short.strip()[:30] in rendered.text
    others = {f"t:{n}" for n in topic.next} - {f"t:{name}"}
    assert not others & {payload for _, payload in rendered.buttons}
    changed = topic.model_copy(update={"short": topic.short + " More."})
    library = type(LIBRARY)(**{**LIBRARY.__dict__, "topics": {**LIBRARY.topics, (name, lang): changed}})
    assert f"topic:{name}:{lang}" in Reviews(tmp_path / "home").unreviewed(library), (
        "a changed text is unreviewed again"
    )
    world.close()


@pytest.mark.parametrize(
    "part", [["topic:gone", 0, {}], ["message:gone", 0, {}], ["nothing", 0, {}], ["lines:", 0, {"ids": ["gone"]}]]
)
async def test_content_that_is_gone_becomes_the_help_line_and_stops_nobody(world: World, part: list[Any]) -> None:
    await world.person(WOMAN)
    await world.queue(WOMAN, "gone", part=part, lane=SURVIVOR)
    await world.queue(WOMAN, "next", lane=SURVIVOR)
    await world.work()
    first, second = world.platform.texts(WOMAN)
    assert "1-888-373-7888" in first
    assert second == seen_as("next")


@pytest.mark.parametrize("role", ["officer", "coordinator", "guest"])
async def test_r26_a_file_goes_to_staff_and_never_to_a_guest(
    world: World, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    """Also one that was queued for an officer who is none any more."""
    roster, render = Attachment("roster.csv", "text/csv", b"officer_id"), Renderer.render
    monkeypatch.setattr(Renderer, "render", lambda self, part: replace(render(self, part), file=roster))
    await world.person(WOMAN, role=role)
    await world.queue(WOMAN, "mine", role=role)
    await world.queue(WOMAN, "theirs", role="officer")
    await world.work()
    assert [shown.file for shown in world.platform.sent] == [None if role == "guest" else roster] * 2


async def test_a_row_without_content_is_given_up(world: World) -> None:
    await world.person(WOMAN)
    await world.queue(WOMAN, "empty", content={})
    await world.work()
    assert (await world.states())["empty"] == DEAD


def test_every_problem_has_a_stated_outcome(world: World) -> None:
    row = queues.OutboxRow(1, "d", "c", REPLY, {}, 1, 0.0, None)
    for kind in (Refused(), Broken(), Wait(1.0), Moved(1), Unavailable(), Unknown(), SendProblem()):
        assert callable(world.sender._outcome(row, kind))


def test_the_help_line_that_replaces_words_exists_and_is_shown() -> None:
    assert LIBRARY.lines["nhth"].status == "show"
