"""Requests: sealed answers, one winner, words that bring one back, releases, relay, and what is left after a drop."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, select, update

from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyGone, KeyRing
from bot.store.requests import ALPHABET, ORPHAN_LIFE, Requests
from bot.store.schema import chat, relay, release, request, rung, shift
from tests.store import crash
from tests.store.virtual import HOUR, START, VirtualClock

pytestmark = pytest.mark.store
WALK = {
    "asker": "self",
    "node": "pets",
    "answers": {"age": "25_59", "state": "TX", "area": "canary-area-7"},
    "trail": [],
}
FIELDS = ["age", "state", "area"]


@pytest.fixture
def requests(keys: KeyRing) -> Requests:
    return Requests(keys)


@pytest.fixture
async def woman(database: Database, chats: Chats) -> str:
    name = chats.hash("telegram", "777000123456")
    await database.write(lambda c: chats.seen(c, name, "777000123456", START))
    return name


async def _begin(database: Database, requests: Requests, name: str, at: float = START) -> str:
    return (await database.write(lambda c: requests.begin(c, name, "self", "es", WALK, at))).id


async def _sent(database: Database, requests: Requests, name: str) -> str:
    made = await _begin(database, requests, name)
    await database.write(lambda c: requests.send(c, made, "answer", START))
    return made


async def _row(database: Database, request_id: str) -> Any:
    return await database.read(lambda c: c.execute(select(request).where(request.c.id == request_id)).first())


def _count(connection: Connection) -> dict[str, int]:
    tables = (request, release, rung, relay)
    return {t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


# -- one request ---------------------------------------------------------------------------------------------------


async def test_r46_a_request_is_there_again_after_a_restart(
    database: Database, keys: KeyRing, requests: Requests, clock: VirtualClock, woman: str, tmp_path: Path
) -> None:
    begun = await database.write(lambda c: requests.begin(c, woman, "self", "es", WALK, START))
    found = await database.read(lambda c: requests.of_chat(c, woman))
    assert found == begun
    again = Requests(KeyRing(tmp_path / "keys", clock))
    assert await database.read(lambda c: again.get(c, begun.id)) == begun
    assert (begun.state, begun.walk, begun.lang, begun.muted) == ("draft", WALK, "es", False)
    changed = {**WALK, "node": "sent"}
    await database.write(lambda c: requests.save(c, begun.id, changed, START + 5))
    found = await database.read(lambda c: again.get(c, begun.id))
    assert found is not None
    assert (found.walk, found.touched_at) == (changed, START + 5)


async def test_r21_no_answer_stands_in_a_row_and_a_moved_answer_opens_nothing(
    database: Database, requests: Requests, woman: str
) -> None:
    one, two = [await _begin(database, requests, woman) for _ in range(2)]
    row = await _row(database, one)
    assert b"canary" not in row.answers
    assert row.key_name == f"request/{one}"
    moved = update(request).where(request.c.id == two).values(answers=row.answers, key_name=row.key_name)
    await database.write(lambda c: c.execute(moved) and None)
    assert await database.read(lambda c: requests.get(c, two)) is None
    assert await database.read(lambda c: requests.get(c, one)) is not None
    for name in ("request/../master", "master", "request/" + "0" * 31, "/etc/passwd"):
        bad = update(request).where(request.c.id == two).values(key_name=name)
        await database.write(lambda c, bad=bad: c.execute(bad) and None)
        assert await database.read(lambda c: requests.get(c, two)) is None


async def test_a_number_can_be_read_aloud_and_is_nobody_elses(
    database: Database, requests: Requests, woman: str
) -> None:
    numbers = [
        (await database.write(lambda c: requests.begin(c, woman, "self", "en", WALK, START))).number for _ in range(30)
    ]
    assert len(set(numbers)) == 30
    assert all(re.fullmatch(f"[{ALPHABET}]{{6}}", number) for number in numbers)
    assert not set(ALPHABET) & set("0O1IL2Z5S8BUVAEI")


async def test_what_a_conversation_is_about(database: Database, requests: Requests, woman: str) -> None:
    made = await _begin(database, requests, woman)
    await database.write(lambda c: requests.attach(c, woman, None))
    assert await database.read(lambda c: requests.of_chat(c, woman)) is None
    assert await database.read(lambda c: requests.all_of(c, woman)) == [made]
    later = await _begin(database, requests, woman, START + 1)
    assert await database.read(lambda c: requests.all_of(c, woman)) == [later, made]
    assert (await database.read(lambda c: requests.of_chat(c, woman))).id == later
    await database.write(lambda c: requests.mute(c, later, True))
    assert (await database.read(lambda c: requests.get(c, later))).muted


async def test_r46_sending_twice_sends_once(database: Database, requests: Requests, woman: str) -> None:
    made = await _sent(database, requests, woman)
    await database.write(lambda c: requests.send(c, made, "nothing", START + 60))
    row = await _row(database, made)
    assert (row.state, row.told, row.sent_at) == ("sent", "answer", START)
    assert await database.read(requests.searching) == [made]


@pytest.mark.parametrize("ended", ["close", "nobody", "withdraw"])
async def test_what_has_ended_stays_ended(database: Database, requests: Requests, woman: str, ended: str) -> None:
    made = await _sent(database, requests, woman)
    arguments: tuple[Any, ...] = ("placed", None, START + 9) if ended == "close" else (START + 9,)
    await database.write(lambda c: getattr(requests, ended)(c, made, *arguments))
    before = await _row(database, made)
    await database.write(lambda c: requests.send(c, made, "every", START + 10))
    assert not await database.write(lambda c: requests.take(c, made, "a", START + 10))
    await database.write(lambda c: requests.nobody(c, made, START + 10))
    assert await _row(database, made) == before
    assert before.closed_at == START + 9
    assert await database.read(requests.searching) == []


# -- one winner ----------------------------------------------------------------------------------------------------


async def test_of_two_advocates_who_tap_at_once_one_gets_it(
    database: Database, requests: Requests, many: Callable[[], Database], woman: str
) -> None:
    others = [many() for _ in range(3)]
    for _ in range(5):
        made = await _sent(database, requests, woman)
        taps = [
            partial(requests.take, request_id=made, advocate_chat=f"advocate{n}", now=START + n)
            for n in range(len(others))
        ]
        won = await asyncio.gather(*(_try(other, tap) for other, tap in zip(others, taps, strict=True)))
        assert won.count(True) == 1
        row = await _row(database, made)
        assert (row.state, row.taken_by) == ("taken", f"advocate{won.index(True)}")


async def _try(database: Database, work: Any) -> bool:
    """As the worker does: a lock that was not got in time is tried again."""
    for _ in range(20):
        try:
            return bool(await database.write(work))
        except Exception:
            await asyncio.sleep(0.05)
    raise AssertionError("the lock was never got")


async def test_a_hand_over_is_won_once_and_only_when_the_holders_shift_is_over(
    database: Database, requests: Requests, many: Callable[[], Database], chats: Chats, woman: str
) -> None:
    made = await _sent(database, requests, woman)
    await database.write(lambda c: requests.take(c, made, "first", START))
    row = {
        "chat": "first",
        "program": "p",
        "starts_at": START - HOUR,
        "ends_at": START + HOUR,
        "confirmed_at": START - HOUR,
    }
    await database.write(lambda c: c.execute(shift.insert().values(row)) and None)
    assert not await database.write(lambda c: requests.retake(c, made, "second", START + 1))
    assert not await database.write(lambda c: requests.retake(c, made, "first", START + 2 * HOUR)), "theirs already"
    for number in range(3):
        on = {**row, "chat": f"n{number}", "ends_at": START + 9 * HOUR}
        await database.write(lambda c, on=on: c.execute(shift.insert().values(on)) and None)
    others = [many() for _ in range(3)]
    takes = [partial(requests.retake, request_id=made, advocate_chat=f"n{n}", now=START + HOUR) for n in range(3)]
    won = await asyncio.gather(*(_try(other, take) for other, take in zip(others, takes, strict=True)))
    assert won.count(True) == 1
    assert (await _row(database, made)).taken_by == f"n{won.index(True)}", "whoever was told that they have it has it"
    assert (await _row(database, made)).taken_at == START, "when a person first answered"


async def test_a_hand_over_takes_it_off_the_holders_conversation(
    database: Database, requests: Requests, chats: Chats, woman: str
) -> None:
    made = await _sent(database, requests, woman)
    await database.write(lambda c: chats.seen(c, "first", "1", START))
    await database.write(lambda c: requests.take(c, made, "first", START))
    await database.write(lambda c: requests.attach(c, "first", made))
    assert await database.write(lambda c: requests.retake(c, made, "second", START + 1))
    assert await database.read(lambda c: requests.of_chat(c, "first")) is None


# -- words ---------------------------------------------------------------------------------------------------------


async def test_r07_only_her_word_in_her_chat_brings_it_back(
    database: Database, requests: Requests, keys: KeyRing, woman: str
) -> None:
    made = await _begin(database, requests, woman)
    assert not await database.read(lambda c: requests.has_word(c, made))
    await database.write(lambda c: requests.choose_words(c, made, "Girasol", "llu\u00e9vete"))

    async def says(text: str, name: str = woman) -> Any:
        return await database.read(lambda c: requests.by_word(c, name, text))

    assert await says("girasol!") == (made, "word")
    assert await says(" LLUEVETE ") == (made, "not_me")
    for other in ("girasoles", "menu", "", "!!", "🌻"):
        assert await says(other) is None
    assert await says("girasol", "another") is None
    row = await _row(database, made)
    assert "irasol" not in repr(tuple(row))
    assert row.word == keys.hash("word", f"{woman}|girasol")
    assert await database.read(lambda c: requests.words_of(c, woman)) == ((made, row.word, row.not_me, row.lang),)
    assert await database.read(lambda c: requests.words_of(c, "another")) == ()
    await database.write(lambda c: requests.choose_words(c, made, "otro", None))
    assert await says("girasol") is None
    assert await says("lluevete") == (made, "not_me"), "what was not chosen anew stays"


async def test_r07_a_word_without_letters_is_not_kept(database: Database, requests: Requests, woman: str) -> None:
    made = await _begin(database, requests, woman)
    await database.write(lambda c: requests.choose_words(c, made, "🌻", "!"))
    assert not await database.read(lambda c: requests.has_word(c, made))
    assert await database.read(lambda c: requests.by_word(c, woman, "🌻")) is None


async def test_r07_looking_for_a_word_does_the_same_work_whether_or_not_there_is_a_request(
    database: Database, requests: Requests, woman: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.store import requests as module

    done: list[str] = []
    real = module.hmac.compare_digest
    monkeypatch.setattr(module.hmac, "compare_digest", lambda a, b: done.append("compared") or real(a, b))

    async def work(name: str) -> list[str]:
        done.clear()
        with_statements: list[str] = []

        def look(c: Connection) -> None:
            before = c.execute
            monkeypatch.setattr(c, "execute", lambda *a, **k: with_statements.append(str(a[0])) or before(*a, **k))
            requests.by_word(c, name, "girasol")

        await database.read(look)
        return with_statements

    without = await work("nobody")
    assert done.count("compared") >= 2
    made = await _begin(database, requests, woman)
    await database.write(lambda c: requests.choose_words(c, made, "girasol", "no"))
    assert await work(woman) == without


# -- releases ------------------------------------------------------------------------------------------------------

STEP = st.one_of(
    st.tuples(st.just("release"), st.sampled_from("ab"), st.lists(st.sampled_from([*FIELDS, "number"]), min_size=1, max_size=3), st.integers(1, 50)),
    st.tuples(st.just("revoke")),
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.sampled_from(["send", "take", "close", "withdraw", "nobody"])),
)  # fmt: skip


@pytest.fixture
def sync_sqlite(sqlite: Database, keys: KeyRing, chats: Chats) -> Any:
    """A transaction that is rolled back, so that each example begins with nothing."""
    requests = Requests(keys)

    def run(work: Callable[[Connection, Requests], None]) -> None:
        with sqlite._engine.connect() as connection:
            chats.seen(connection, "her", "1", START)
            work(connection, requests)
            connection.rollback()

    return run


@given(steps=st.lists(STEP, max_size=14))
@settings(
    derandomize=True,
    deadline=None,
    max_examples=80,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_r41_no_order_of_yes_no_and_time_lets_a_field_out_without_a_release(sync_sqlite: Any, steps: list[Any]) -> None:
    def work(c: Connection, requests: Requests) -> None:
        now, given_yes, ended = START, [], False
        made = requests.begin(c, "her", "self", "en", WALK, now).id
        for what, *rest in steps:
            match what:
                case "release":
                    program, fields, hours = rest
                    requests.release(c, made, program, "placement", fields, "en", "1", now, now + hours * HOUR)
                    given_yes.append((program, set(fields), now + hours * HOUR))
                case "revoke":
                    live = {p for p, _, until in given_yes if until > now}
                    assert set(requests.revoke(c, made, now)) == live
                    given_yes.clear()
                case "wait":
                    now += rest[0] * HOUR
                case "send":
                    requests.send(c, made, "every", now)
                case "take":
                    requests.take(c, made, "advocate", now)
                case "close":
                    requests.close(c, made, "placed", None, now)
                case "nobody":
                    requests.nobody(c, made, now)
                case "withdraw":
                    requests.withdraw(c, made, now)
                    given_yes.clear()
            found = requests.get(c, made)
            assert found is not None
            ended = found.state in ("closed", "withdrawn", "nobody")
            for program in "abc":
                allowed = [fields for p, fields, until in given_yes if p == program and until > now]
                out = set(requests.let_out(c, made, program, now))
                assert (requests.valid_release(c, made, program, now) is None) == (not allowed or ended)
                assert out <= set().union(*allowed) if allowed and not ended else not out
                assert "number" not in out, "it was never said"

    sync_sqlite(work)


async def test_r41_a_release_names_what_was_agreed_and_nothing_else_counts(
    database: Database, requests: Requests, woman: str
) -> None:
    made = await _sent(database, requests, woman)
    ends = START + HOUR
    arguments = (made, "harbor", "placement", FIELDS, "es", "graph-3", START, ends)
    number = await database.write(lambda c: requests.release(c, *arguments))
    found = await database.read(lambda c: requests.valid_release(c, made, "harbor", START))
    assert (found.id, found.fields, found.text_version, found.lang) == (number, tuple(FIELDS), "graph-3", "es")
    for program, at in (("other", START), ("harbor", ends), ("harbor", START - 1), ("", START)):
        assert await database.read(lambda c, p=program, a=at: requests.valid_release(c, made, p, a)) is None
    for place, value in ((1, ""), (2, ""), (3, []), (4, ""), (5, ""), (7, START)):
        wrong = [*arguments[:place], value, *arguments[place + 1 :]]
        with pytest.raises(ValueError, match="a release names"):
            await database.write(lambda c, wrong=wrong: requests.release(c, *wrong))


async def test_r43_withdrawing_ends_every_release_and_drops_undelivered_words(
    database: Database, requests: Requests, woman: str
) -> None:
    made = await _sent(database, requests, woman)
    for program in ("b", "a"):
        await database.write(
            lambda c, p=program: requests.release(c, made, p, "placement", FIELDS, "en", "1", START, START + HOUR)
        )
    await database.write(lambda c: requests.relay_put(c, made, False, "words", START))
    await database.write(lambda c: requests.withdraw(c, made, START + 1))
    assert await database.read(lambda c: requests.valid_release(c, made, "a", START + 1)) is None
    assert await database.read(lambda c: requests.relay_waiting(c, made, False)) == []
    assert await database.write(lambda c: requests.revoke(c, made, START + 2)) == []
    assert (await _row(database, made)).outcome == "withdrew"


# -- relay ---------------------------------------------------------------------------------------------------------


async def test_words_wait_sealed_in_their_order_and_are_gone_once_delivered(
    database: Database, requests: Requests, woman: str
) -> None:
    made = await _sent(database, requests, woman)

    async def put(text: str, to_advocate: bool, held: bool = False) -> int:
        return await database.write(lambda c: requests.relay_put(c, made, to_advocate, text, START, held))

    async def waiting(to_advocate: bool) -> list[str]:
        return [w.text for w in await database.read(lambda c: requests.relay_waiting(c, made, to_advocate))]

    one, two, held = await put("uno", False), await put("dos", False), await put("12 Elm St", False, held=True)
    await put("to her advocate", True)
    assert await waiting(False) == ["uno", "dos"]
    assert await waiting(True) == ["to her advocate"]
    bodies = await database.read(lambda c: list(c.scalars(select(relay.c.body))))
    assert not any(word in body for body in bodies for word in (b"uno", b"dos", b"Elm", b"advocate"))
    assert (await database.read(lambda c: requests.relay_one(c, held, made))).held
    assert await database.read(lambda c: requests.relay_one(c, held, "0" * 32)) is None
    assert not await database.write(lambda c: requests.relay_free(c, held, "0" * 32))
    assert await database.write(lambda c: requests.relay_free(c, held, made))
    assert not await database.write(lambda c: requests.relay_free(c, held, made))
    await database.write(lambda c: requests.relay_done(c, one, "0" * 32))
    assert await waiting(False) == ["uno", "dos", "12 Elm St"]
    await database.write(lambda c: requests.relay_done(c, one, made))
    await database.write(lambda c: requests.relay_done(c, two))
    assert await waiting(False) == ["12 Elm St"]


async def test_words_that_were_turned_around_or_moved_open_nothing(
    database: Database, requests: Requests, woman: str
) -> None:
    made, other = await _sent(database, requests, woman), await _sent(database, requests, woman)
    number = await database.write(lambda c: requests.relay_put(c, made, True, "hers", START))
    for values in ({"to_advocate": 0}, {"request": other}, {"id": number + 100}):
        await database.write(lambda c, v=values: c.execute(update(relay).values(**v)) and None)
        everything = [
            await database.read(lambda c, r=r, d=d: requests.relay_waiting(c, r, d))
            for r in (made, other)
            for d in (True, False)
        ]
        assert everything == [[], [], [], []]
        await database.write(lambda c: c.execute(update(relay).values(to_advocate=1, request=made, id=number)) and None)
    assert len(await database.read(lambda c: requests.relay_waiting(c, made, True))) == 1


async def test_no_words_are_taken_for_a_request_that_is_gone(
    database: Database, requests: Requests, woman: str
) -> None:
    made = await _sent(database, requests, woman)
    await database.write(lambda c: requests.drop(c, made))
    with pytest.raises(KeyGone):
        await database.write(lambda c: requests.relay_put(c, made, True, "late", START))
    assert (await database.read(_count))["relay"] == 0


# -- going ---------------------------------------------------------------------------------------------------------


async def test_r23_dropping_takes_every_row_and_then_the_key(
    database: Database, requests: Requests, keys: KeyRing, woman: str, tmp_path: Path
) -> None:
    made, stays = await _sent(database, requests, woman), await _sent(database, requests, woman)
    for one in (made, stays):
        row = {"request": one, "program": "p", "chat": "advocate", "asked_at": 0.0, "again_at": 0.0, "until": 0.0}
        await database.write(lambda c, row=row: c.execute(rung.insert().values(row)) and None)
        await database.write(lambda c, one=one: requests.relay_put(c, one, True, "words", START))
        await database.write(
            lambda c, one=one: requests.release(c, one, "p", "x", ["age"], "en", "1", START, START + 9)
        )
    await database.write(lambda c: requests.attach(c, woman, made))
    sealed = (await _row(database, made)).answers
    assert await database.write(lambda c: requests.drop(c, made))
    assert await database.read(_count) == {"request": 1, "release": 1, "rung": 1, "relay": 1}
    assert await database.read(lambda c: c.scalar(select(chat.c.request).where(chat.c.chat == woman))) is None
    assert sorted(p.name for p in (tmp_path / "keys/request").iterdir()) == [f"{stays}.key"]
    with pytest.raises(KeyGone):
        keys.open(f"request/{made}", f"request.answers|{made}|1", sealed)
    assert await database.read(lambda c: requests.get(c, stays)) is not None
    assert await database.write(lambda c: requests.drop(c, made)), "a second time changes nothing"


async def test_r46_a_drop_that_was_rolled_back_loses_nothing(
    database: Database, requests: Requests, clock: VirtualClock, woman: str, tmp_path: Path
) -> None:
    made = await _sent(database, requests, woman)

    def fails(c: Connection) -> None:
        requests.drop(c, made)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fails)
    clock.advance(hours=200)
    for _ in range(2):
        assert await database.read(requests.sweep_keys) == 0
    assert (await database.read(lambda c: requests.get(c, made))) is not None
    assert [p.name for p in (tmp_path / "keys/request").iterdir()] == [f"{made}.key"], "nothing is doomed any more"


async def test_r46_keys_are_never_destroyed_before_the_commit(
    database: Database, requests: Requests, woman: str
) -> None:
    made = await _sent(database, requests, woman)

    def early(c: Connection) -> None:
        requests.drop(c, made)
        requests.sweep_keys(c)

    with pytest.raises(RuntimeError, match="after the commit"):
        await database.write(early)
    assert await database.read(lambda c: requests.get(c, made)) is not None
    seen: list[bool] = []
    await database.write(
        lambda c: (requests.drop(c, made), seen.append((requests._keys.folder / f"request/{made}.key").exists()))
    )
    assert seen == [True]
    assert not (requests._keys.folder / f"request/{made}.key").exists()


async def test_r46_a_request_that_another_process_is_just_making_keeps_its_key(
    database: Database, requests: Requests, keys: KeyRing, clock: VirtualClock
) -> None:
    keys.make_for_request("a" * 32)
    assert await database.read(requests.sweep_keys) == 0
    clock.advance(ORPHAN_LIFE + 1)
    assert await database.read(requests.sweep_keys) == 1
    assert keys.request_keys() == []


@pytest.mark.parametrize("point", ["after the key", "before the commit", "after the commit"])
async def test_r46_a_kill_between_file_and_row_or_row_and_file_loses_nothing_and_leaves_nothing_that_opens(
    database: Database, requests: Requests, clock: VirtualClock, url: str, tmp_path: Path, woman: str, point: str
) -> None:
    stays = await _sent(database, requests, woman)
    before = await _row(database, stays)
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=crash.act, args=(url, str(tmp_path / "keys"), woman, stays, point, clock()))
    child.start()
    await asyncio.to_thread(child.join, 60)
    assert child.exitcode == crash.KILLED
    keys = KeyRing(tmp_path / "keys", clock)
    again = Requests(keys)
    if point == "after the key":
        assert len(keys.request_keys()) == 2
        assert await database.read(_count) == {"request": 1, "release": 0, "rung": 0, "relay": 0}
        clock.advance(ORPHAN_LIFE + 1)
        assert await database.read(again.sweep_keys) == 1
    if point == "after the commit":
        assert await _row(database, stays) is None
        assert len(keys.request_keys()) == 1, "the crash came before it was destroyed"
        assert await database.read(again.sweep_keys) == 1, "at the next start it is"
        await database.write(lambda c: c.execute(request.insert().values(before._mapping)) and None)
        assert await database.read(lambda c: again.get(c, stays)) is None, "nor does yesterday's row open"
        await database.write(lambda c: c.execute(delete(request)) and None)
    else:
        await database.read(again.sweep_keys)
        assert await database.read(lambda c: again.get(c, stays)) is not None
