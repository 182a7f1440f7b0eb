"""How long things are kept, and holds: every limit on a virtual clock (R24, R47; rulings 23)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, delete, select, update

from bot import cli
from bot.housekeeping import Housekeeping
from bot.store import requests as module
from bot.store.audit import Audit
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.holdings import holdings
from bot.store.keys import KeyRing
from bot.store.requests import Requests
from bot.store.schema import audit, chat, request, rung
from bot.store.tallies import count, month, read
from tests.store.virtual import HOUR, START, VirtualClock

pytestmark = pytest.mark.store
DAY = 24 * HOUR
HER = "her"
WALK = {"answers": {"area": "canary-area"}}


@pytest.fixture
def requests(keys: KeyRing) -> Requests:
    return Requests(keys)


@pytest.fixture
async def begin(database: Database, requests: Requests, chats: Chats, clock: VirtualClock) -> Callable[[str], Any]:
    await database.write(lambda c: chats.seen_all(c, {HER: "1", "advocate": "2"}, START))

    async def inner(state: str = "draft") -> str:
        def work(c: Connection) -> str:
            made = requests.begin(c, HER, "self", "en", WALK, clock()).id
            if state != "draft":
                requests.send(c, made, "answer", clock())
            if state in ("taken", "closed"):
                requests.take(c, made, "advocate", clock())
                requests.attach(c, "advocate", made)
            if state == "closed":
                requests.close(c, made, "placed", None, clock())
            if state == "withdrawn":
                requests.withdraw(c, made, clock())
            if state == "nobody":
                requests.nobody(c, made, clock())
            return made

        return await database.write(work)

    return inner


@pytest.fixture
async def tick(database: Database, chats: Chats, keys: KeyRing, clock: VirtualClock) -> Callable[[], Any]:
    return Housekeeping(database, chats, keys, clock).purge


async def _state(database: Database, made: str) -> str | None:
    return await database.read(lambda c: c.scalar(select(request.c.state).where(request.c.id == made)))


def _has_key(keys: KeyRing, made: str) -> bool:
    return any(key.name == f"request/{made}" for key in keys.request_keys())


# -- limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "life"), [("draft", DAY), ("closed", 7 * DAY), ("withdrawn", 7 * DAY), ("nobody", 7 * DAY)]
)
async def test_r24_each_state_is_kept_for_its_time_and_not_a_second_longer(
    database: Database, keys: KeyRing, clock: VirtualClock, begin: Any, tick: Any, state: str, life: float
) -> None:
    made = await begin(state)
    clock.now = START + life - 1
    await tick()
    assert await _state(database, made) == state
    assert _has_key(keys, made)
    clock.now = START + life
    await tick()
    assert await _state(database, made) is None
    assert not _has_key(keys, made)
    assert await database.read(lambda c: c.scalar(select(chat.c.request).where(chat.c.chat == HER))) is None


async def test_r24_a_draft_lives_a_day_after_the_last_answer(
    database: Database, requests: Requests, clock: VirtualClock, begin: Any, tick: Any
) -> None:
    made = await begin()
    clock.advance(hours=23)
    await database.write(lambda c: requests.save(c, made, WALK, clock()))
    clock.advance(hours=23)
    await tick()
    assert await _state(database, made) == "draft"
    clock.advance(hours=1)
    await tick()
    assert await _state(database, made) is None


@pytest.mark.parametrize("state", ["sent", "taken"])
async def test_r24_72_hours_without_a_word_close_a_request_and_a_word_begins_them_anew(
    database: Database, requests: Requests, clock: VirtualClock, begin: Any, tick: Any, state: str
) -> None:
    made = await begin(state)
    step = {"request": made, "program": "p", "chat": "advocate", "asked_at": START, "again_at": START, "until": START}
    await database.write(lambda c: c.execute(rung.insert().values(step)) and None)
    clock.advance(hours=71)
    await database.write(lambda c: requests.touch(c, made, clock()))
    clock.advance(hours=72, seconds=-1)
    await tick()
    assert await _state(database, made) == state
    clock.advance(seconds=1)
    await tick()
    row = await database.read(lambda c: c.execute(select(request).where(request.c.id == made)).one())
    assert (row.state, row.outcome, row.closed_at) == ("closed", "lost_contact", clock())
    assert await database.read(lambda c: requests.of_chat(c, "advocate")) is None
    assert await database.read(lambda c: c.scalar(select(rung.c.state))) == 3, "nobody is asked any more"
    assert await database.read(read) == {(month(clock()), "outcome", "lost_contact"): 1}
    await tick()
    clock.advance(hours=7 * 24)
    await tick()
    assert await _state(database, made) is None
    assert await database.read(lambda c: c.scalar(select(rung.c.id))) is None


@pytest.mark.parametrize("state", ["draft", "sent", "taken", "closed", "nobody"])
async def test_r24_nothing_is_older_than_45_days_whatever_happens_to_it(
    database: Database, requests: Requests, clock: VirtualClock, begin: Any, tick: Any, state: str
) -> None:
    made = await begin(state)
    for _ in range(44):
        clock.advance(hours=24)
        await database.write(
            lambda c: (
                c.execute(
                    update(request).values(
                        touched_at=clock(), closed_at=clock() if state in ("closed", "nobody") else None
                    )
                )
                and None
            )
        )
        await tick()
    assert await _state(database, made) == state
    clock.advance(hours=24)
    await tick()
    assert await _state(database, made) is None


async def test_r24_a_clock_that_stood_still_for_a_month_catches_up_in_one_go(
    database: Database, keys: KeyRing, clock: VirtualClock, begin: Any, tick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PURGE_AT_ONCE", 3)
    for state in ("draft", "closed", "sent", "taken", "nobody"):
        await begin(state)
    clock.advance(hours=30 * 24)
    await tick()
    await tick()
    assert len(keys.request_keys()) == 2, "those two closed just now, three at most go at once"
    clock.advance(hours=7 * 24)
    await tick()
    assert keys.request_keys() == []


async def test_r24_the_keys_of_a_row_that_somebody_deleted_by_hand_go_too(
    database: Database, keys: KeyRing, clock: VirtualClock, begin: Any, tick: Any
) -> None:
    made = await begin("sent")
    await database.write(lambda c: c.execute(delete(request)) and None)
    clock.advance(hours=25)
    await tick()
    assert not _has_key(keys, made)


async def test_r24_a_request_whose_key_is_gone_is_purged_like_any_other(
    database: Database, keys: KeyRing, clock: VirtualClock, begin: Any, tick: Any
) -> None:
    made = await begin("closed")
    keys.destroy(f"request/{made}")
    clock.advance(hours=7 * 24)
    await tick()
    assert await _state(database, made) is None


# -- holds -----------------------------------------------------------------------------------------------------------


async def _hold(database: Database, requests: Requests, made: str, clock: VirtualClock, renew: bool = False) -> Any:
    number = await database.read(lambda c: c.scalar(select(request.c.number).where(request.c.id == made)))
    return await database.write(lambda c: requests.hold(c, number, clock(), renew))


@pytest.mark.parametrize("state", ["draft", "sent", "taken", "closed", "nobody"])
async def test_r24_a_hold_stops_every_limit_of_that_one_request_for_90_days(
    database: Database, requests: Requests, keys: KeyRing, clock: VirtualClock, begin: Any, tick: Any, state: str
) -> None:
    held, other = await begin(state), await begin(state)
    assert await _hold(database, requests, held, clock) == (held, START + 90 * DAY)
    clock.now = START + 90 * DAY - 1
    await tick()
    assert _has_key(keys, held)
    assert not _has_key(keys, other)
    assert (await database.read(lambda c: requests.get(c, held))).walk == WALK
    clock.advance(seconds=1)
    await tick()
    assert await _state(database, held) is None
    assert not _has_key(keys, held)


async def test_r24_a_hold_is_renewed_ended_and_not_set_twice(
    database: Database, requests: Requests, keys: KeyRing, clock: VirtualClock, begin: Any, tick: Any
) -> None:
    made = await begin("closed")
    assert await _hold(database, requests, made, clock, renew=True) is None, "there is none to renew"
    await _hold(database, requests, made, clock)
    clock.advance(hours=89 * 24)
    assert await _hold(database, requests, made, clock) is None, "it is held already"
    assert await _hold(database, requests, made, clock, renew=True) == (made, clock() + 90 * DAY)
    clock.advance(hours=89 * 24)
    await tick()
    assert _has_key(keys, made)
    number = await database.read(lambda c: c.scalar(select(request.c.number)))
    assert await database.write(lambda c: requests.end_hold(c, f" {number.lower()} ")) == made
    assert await database.write(lambda c: requests.end_hold(c, number)) is None
    await tick()
    assert not _has_key(keys, made)
    assert await database.write(lambda c: requests.hold(c, "NOSUCH", clock())) is None


@pytest.mark.parametrize("state", ["draft", "taken"])
async def test_r47_erasing_under_a_hold_shuts_the_request_and_it_goes_when_the_hold_does(
    database: Database, requests: Requests, keys: KeyRing, clock: VirtualClock, begin: Any, tick: Any, state: str
) -> None:
    made = await begin(state)
    await database.write(lambda c: requests.choose_words(c, made, "girasol", None))
    await database.write(lambda c: requests.release(c, made, "p", "x", ["area"], "en", "1", START, START + 99 * DAY))
    await database.write(lambda c: requests.relay_put(c, made, True, "words", START))
    await _hold(database, requests, made, clock)
    assert not await database.write(lambda c: requests.drop(c, made))
    assert await _state(database, made) == "withdrawn"
    assert await database.read(lambda c: requests.of_chat(c, HER)) is None
    assert await database.read(lambda c: requests.of_chat(c, "advocate")) is None
    assert await database.read(lambda c: requests.let_out(c, made, "p", START)) == {}
    assert await database.read(lambda c: requests.relay_waiting(c, made, True)) == []
    assert await database.read(lambda c: requests.by_word(c, HER, "girasol")) == (made, "word")
    found = await database.read(lambda c: requests.get(c, made))
    assert (found.hold_until, found.reason) == (START + 90 * DAY, "erased"), "what they are told after their word"
    clock.advance(hours=24)
    number = found.number
    await database.write(lambda c: requests.end_hold(c, number))
    await tick()
    assert await _state(database, made) is None, "at once, not seven days later"
    assert not _has_key(keys, made)


async def test_r47_holdings_are_kinds_counts_and_days_and_no_content(
    database: Database, keys: KeyRing, requests: Requests, clock: VirtualClock, begin: Any
) -> None:
    made = await begin("sent")
    await begin()
    clock.advance(hours=48)
    await begin()
    await database.write(lambda c: Audit(keys).note(c, "advocate", "took", made, clock()))
    await _hold(database, requests, made, clock)
    found = await database.read(lambda c: holdings(c, clock()))
    lines = {one.kind: (one.count, one.oldest, one.newest) for one in found}
    assert lines["request: draft"] == (2, "2027-01-15", "2027-01-17")
    assert lines["request: sent"][0] == 1
    assert lines["request: held until"] == (1, "2027-04-17", "2027-04-17")
    assert lines["chat: guest"][0] == 2
    assert lines["audit"][0] == 1
    row = await database.read(lambda c: c.execute(select(request).where(request.c.id == made)).one())
    for secret in (made, row.number, row.chat, HER, "advocate", "took", "canary"):
        assert secret not in repr(found)


# -- commands --------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAYMARK_HOME", str(tmp_path))
    monkeypatch.setenv("WAYMARK_DATABASE_URL", url)
    monkeypatch.delenv("WAYMARK_KEYS_DIR", raising=False)
    return tmp_path


async def call(*args: str, text: str | None = None) -> Result:
    """A command of the program; whatever goes wrong is told, never thrown."""
    result = await asyncio.to_thread(CliRunner().invoke, cli.main, list(args), input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def _say(result: Result) -> str:
    return " ".join((result.stdout + result.stderr).split())


async def test_r47_a_hold_needs_written_advice_and_is_in_the_log(
    database: Database, home: Path, requests: Requests, keys: KeyRing, begin: Any
) -> None:
    made = await begin("closed")
    number = (await database.read(lambda c: requests.get(c, made))).number
    for empty in ("", " ", "--", '"..."'):
        assert (await call("hold", number, "--advice", empty)).exit_code == 2
    assert (await call("hold", number, text="\n\n")).exit_code != 0, "it asks, and nothing is no answer"
    assert (await database.read(lambda c: requests.get(c, made))).hold_until is None
    assert (await call("hold", "NOSUCH", "--advice", "letter 4")).exit_code == 1
    assert (await call("hold", number, "--advice", "letter 4", "--renew")).exit_code == 1
    assert (await call("hold", number, "--renew", "--end")).exit_code == 2
    assert await database.read(lambda c: c.execute(select(audit)).all()) == []
    result = await call("hold", number, text="letter of counsel, 4 March, file 17\n")
    assert result.exit_code == 0, _say(result)
    assert "held until 20" in result.stdout
    assert (await database.read(lambda c: requests.get(c, made))).hold_until is not None
    assert (await call("hold", number, "--advice", "letter 5")).exit_code == 1
    assert (await call("hold", number, "--advice", "letter 5", "--renew")).exit_code == 0
    assert (await call("hold", number, "--advice", "letter 6", "--end")).exit_code == 0
    rows = await database.read(lambda c: c.execute(select(audit).order_by(audit.c.seq)).all())
    assert [row.what for row in rows] == ["hold", "hold_renewed", "hold_ended"]
    assert {row.request for row in rows} == {Audit(keys).request_hash(made)}
    assert rows[0].actor == keys.hash("actor", "operator|letter of counsel, 4 March, file 17"), (
        "which letter can be shown"
    )
    assert "letter" not in repr(rows)


async def test_r61_audit_verify_says_which_row_and_fails(database: Database, home: Path, keys: KeyRing) -> None:
    assert _say(await call("audit", "verify")) == "the staff log is whole"
    log = Audit(keys)
    for number in range(4):
        await database.write(lambda c, n=number: log.note(c, "a", "took", "r", START + n))
    assert (await call("audit", "verify")).exit_code == 0
    await database.write(lambda c: c.execute(update(audit).where(audit.c.seq == 3).values(what="opened")) and None)
    result = await call("audit", "verify")
    assert result.exit_code == 1
    assert "row 3: changed" in result.stdout
    await database.write(lambda c: c.execute(update(audit).where(audit.c.seq == 3).values(what="took")) and None)
    await database.write(lambda c: c.execute(delete(audit).where(audit.c.seq == 4)) and None)
    assert (await call("audit", "verify")).exit_code == 1
    assert (await call("audit", "verify", "--restored")).exit_code == 1, "what was cut off is no restored backup"


async def test_r22_keys_rotate_shows_how_far_it_is_and_notes_it(
    database: Database, home: Path, keys: KeyRing, requests: Requests, begin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.rotation.SETTLING", 0.0)
    made = await begin("sent")
    result = await call("keys", "rotate")
    assert result.exit_code == 0, _say(result)
    assert "1 keys of requests, 2 addresses" in result.stderr
    assert "make a new backup of the keys" in result.stdout
    assert (await database.read(lambda c: requests.get(c, made))).walk == WALK
    assert await database.read(lambda c: c.scalar(select(audit.c.what))) == "keys_rotated"
    with keys.rotating():
        result = await call("keys", "rotate")
    assert result.exit_code == 1
    assert "another process" in _say(result)


async def test_r47_the_command_prints_what_is_held(database: Database, home: Path, begin: Any) -> None:
    await begin("sent")
    result = await call("holdings")
    assert result.exit_code == 0
    assert "request: sent 1 2027-01-15 2027-01-15" in " ".join(result.stdout.split())
    assert "canary" not in result.stdout


# -- counts ----------------------------------------------------------------------------------------------------------


async def test_counts_add_up_by_month(database: Database) -> None:
    for at in (START, START + 1, START + 40 * DAY):
        await database.write(lambda c, at=at: count(c, at, "asked", "self"))
    await database.write(lambda c: count(c, START, "asked", "ally", by=3))
    assert await database.read(read) == {
        ("2027-01", "asked", "ally"): 3,
        ("2027-01", "asked", "self"): 2,
        ("2027-02", "asked", "self"): 1,
    }
