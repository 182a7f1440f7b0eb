"""Chats: sealed addresses, ids for deleting alone, quiet times, and invitations (R3, R21, R23, R60)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.schema import chat, invitation, outbox, sent
from tests.store.virtual import HOUR, START, VirtualClock

pytestmark = pytest.mark.store
ADDRESS = "777000123456"


@pytest.fixture
def woman(chats: Chats) -> str:
    return chats.hash("telegram", ADDRESS)


async def _enter(database: Database, chats: Chats, name: str, at: float, role: str = "guest", **values: Any) -> None:
    def work(connection: Connection) -> None:
        chats.seen(connection, name, ADDRESS, at)
        chats.change(connection, name, role=role, **values)

    await database.write(work)


async def test_r21_the_address_is_sealed_to_its_row_and_opens_for_sending(
    database: Database, chats: Chats, woman: str
) -> None:
    await _enter(database, chats, woman, START)
    row = await database.read(lambda c: chats.get(c, woman))
    assert ADDRESS not in woman
    assert ADDRESS.encode() not in row.address
    assert await database.read(lambda c: chats.address(c, woman)) == ADDRESS
    assert await database.read(lambda c: chats.address(c, "nobody")) is None
    await _enter(database, chats, "other", START)
    await database.write(lambda c: chats.change(c, "other", address=row.address))
    assert await database.read(lambda c: chats.address(c, "other")) is None, (
        "a moved address opens nothing, and breaks nothing"
    )


async def test_a_chat_hash_differs_by_channel(chats: Chats, woman: str) -> None:
    assert chats.hash("terminal", ADDRESS) != woman


async def test_being_seen_again_keeps_what_is_known(database: Database, chats: Chats, woman: str) -> None:
    await _enter(database, chats, woman, START, "officer", lang="es", greeted=1)
    await database.write(lambda c: chats.seen(c, woman, ADDRESS, START + 60))
    row = await database.read(lambda c: chats.get(c, woman))
    assert (row.role, row.lang, row.greeted, row.last_seen) == ("officer", "es", 1, START + 60)
    await database.write(lambda c: chats.seen(c, woman, ADDRESS, START + 90, wrote=False))
    row = await database.read(lambda c: chats.get(c, woman))
    assert row.last_seen == START + 60, "what the platform says is not what the person wrote"


@pytest.mark.parametrize(("hours", "there"), [(47, True), (47 + 59 / 60, True), (48 + 1 / 60, False)])
async def test_r03_ids_can_be_used_up_to_48_hours(
    database: Database, chats: Chats, clock: VirtualClock, hours: float, there: bool
) -> None:
    await database.write(lambda c: chats.remember_id(c, "a", "17", clock()))
    clock.advance(hours=hours)
    found = await database.read(lambda c: chats.deletable_ids(c, "a", clock()))
    assert [message_id for _, message_id in found] == (["17"] if there else [])


async def test_ids_are_sealed_to_their_chat(database: Database, chats: Chats, clock: VirtualClock) -> None:
    def fill(connection: Connection) -> None:
        for number in (17, 18, 19):
            chats.remember_id(connection, "a", str(number), clock())
        chats.remember_id(connection, "b", "20", clock())
        connection.execute(sent.update().where(sent.c.chat == "b").values(chat="a"))

    await database.write(fill)
    found = await database.read(lambda c: chats.deletable_ids(c, "a", clock()))
    assert [i for _, i in found] == ["17", "18", "19"], "oldest first; a moved row is passed over"
    some = await database.read(lambda c: chats.deletable_ids(c, "a", clock(), up_to=found[1][0]))
    assert [i for _, i in some] == ["17", "18"]
    await database.write(lambda c: chats.forget_ids(c, [row for row, _ in found]))
    await database.write(lambda c: chats.forget_ids(c, []))
    assert await database.read(lambda c: chats.deletable_ids(c, "a", clock())) == []


async def test_r03_quiet_guests_are_found_and_only_they(database: Database, chats: Chats) -> None:
    def fill(connection: Connection) -> None:
        names: dict[str, dict[str, Any]] = {
            "guest": {}, "officer": {"role": "officer"}, "patient": {"quiet_minutes": 240}, "blocked": {"blocked": 1},
            "empty": {}, "forever": {"quiet_minutes": 100_000},
        }  # fmt: skip
        for name, values in names.items():
            chats.seen(connection, name, ADDRESS, START)
            chats.change(connection, name, **{"role": "guest", **values})
            if name != "empty":
                chats.remember_id(connection, name, "17", START)

    await database.write(fill)

    def find(at: float) -> Callable[[Connection], set[str]]:
        return lambda c: set(chats.quiet(c, at))

    assert await database.read(find(START + HOUR)) == set()
    assert await database.read(find(START + HOUR + 1)) == {"guest"}
    assert await database.read(find(START + 4 * HOUR + 1)) == {"guest", "patient"}
    assert "forever" in await database.read(find(START + 47 * HOUR - 60)), "whatever the person set, before hour 47"


async def test_r03_who_keeps_talking_is_cleared_of_old_messages_before_hour_47(
    database: Database, chats: Chats
) -> None:
    def fill(connection: Connection) -> None:
        chats.seen(connection, "talks", ADDRESS, START + 46.9 * HOUR)
        chats.remember_id(connection, "talks", "1", START)
        chats.remember_id(connection, "talks", "2", START + 0.1 * HOUR)
        chats.remember_id(connection, "talks", "3", START + 40 * HOUR)

    await database.write(fill)
    at = START + 47 * HOUR - 60
    assert await database.read(lambda c: chats.quiet(c, at)) == []
    ((name, last),) = await database.read(lambda c: chats.ageing(c, at))
    assert name == "talks"
    assert [i for _, i in await database.read(lambda c: chats.deletable_ids(c, name, at, last))] == ["1", "2"]


async def test_r23_leaving_removes_a_guest_unless_they_came_back(database: Database, chats: Chats) -> None:
    for name, at in (("gone", START), ("back", START + 10), ("waiting", START)):
        await _enter(database, chats, name, at)
    await _enter(database, chats, "officer", START, "officer")
    row = {"dedupe": "m", "chat": "waiting", "lane": 0, "content": {}, "created_at": START}
    await database.write(lambda c: queues.put_out(c, [row]))
    await database.write(lambda c: chats.remember_id(c, "gone", "17", START))
    left = [
        await database.write(partial(chats.leave, chat_hash=name, since=START + 5))
        for name in ("gone", "back", "waiting", "officer", "x")
    ]
    assert left == [True, False, False, False, False]
    assert await database.read(lambda c: set(c.scalars(select(chat.c.chat)))) == {"back", "waiting", "officer"}
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(sent))) == 0


async def test_a_group_that_moves_takes_its_messages_along(database: Database, chats: Chats) -> None:
    old = chats.hash("telegram", "-100")
    await _enter(database, chats, old, START, lang="es")
    row = {"dedupe": "m", "chat": old, "lane": 2, "content": {}, "created_at": START}
    await database.write(lambda c: queues.put_out(c, [row]))
    new = await database.write(lambda c: chats.migrate(c, old, "telegram", "-200", START))
    assert new == chats.hash("telegram", "-200")
    assert await database.read(lambda c: chats.address(c, new)) == "-200"
    assert await database.read(lambda c: chats.get(c, old)) is None
    assert await database.read(lambda c: c.scalar(select(outbox.c.chat))) == new
    assert (await database.read(lambda c: chats.get(c, new))).lang == "es"


# -- invitations (R60) -----------------------------------------------------------------------------------------------


async def _accept(database: Database, chats: Chats, code: str, name: str, at: float = START) -> str | None:
    return await database.write(lambda c: chats.accept(c, code, name, at))


async def _role(database: Database, chats: Chats, name: str) -> str:
    role: str = (await database.read(lambda c: chats.get(c, name))).role
    return role


@pytest.mark.parametrize("purpose", ["officer", "coordinator", "advocate"])
async def test_r60_an_invitation_gives_its_one_role_once(database: Database, chats: Chats, purpose: str) -> None:
    for name in ("first", "second"):
        await _enter(database, chats, name, START)
    code = await database.write(lambda c: chats.invite(c, purpose, START + 60))
    assert await _accept(database, chats, code, "first") == purpose
    assert await _role(database, chats, "first") == purpose
    assert await _accept(database, chats, code, "second") is None
    assert await _accept(database, chats, code, "first") is None, "nor again for the same person"
    assert await _role(database, chats, "second") == "guest"


async def test_r60_an_operators_invitation_gives_no_role_to_ask_with(database: Database, chats: Chats) -> None:
    await _enter(database, chats, "a", START)
    code = await database.write(lambda c: chats.invite(c, "operator", START + 60))
    assert await _accept(database, chats, code, "a") == "operator"
    assert await _role(database, chats, "a") == "guest"


async def test_r60_expired_unknown_and_revoked_give_nothing(database: Database, chats: Chats) -> None:
    await _enter(database, chats, "a", START)
    code = await database.write(lambda c: chats.invite(c, "officer", START + 60))
    assert await _accept(database, chats, code, "a", START + 60) is None
    assert await _accept(database, chats, code + "x", "a") is None
    assert await _accept(database, chats, "", "a") is None
    assert await database.write(lambda c: chats.revoke(c, code, START)) is True
    assert await database.write(lambda c: chats.revoke(c, code, START)) is False
    assert await database.write(lambda c: chats.revoke(c, "unknown", START)) is False
    assert await _accept(database, chats, code, "a") is None
    assert await _role(database, chats, "a") == "guest"


async def test_r60_revoking_a_leaked_one_takes_back_what_it_gave(database: Database, chats: Chats) -> None:
    await _enter(database, chats, "stranger", START)
    code = await database.write(lambda c: chats.invite(c, "officer", START + 60))
    await _accept(database, chats, code, "stranger")
    row = {"dedupe": "m", "chat": "stranger", "lane": 2, "content": {}, "created_at": START}
    await database.write(lambda c: queues.put_out(c, [row]))
    assert await database.write(lambda c: chats.revoke(c, code, START + 10)) is True
    assert await _role(database, chats, "stranger") == "guest"
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(outbox))) == 0


@pytest.mark.parametrize("held", ["officer", "coordinator"])
async def test_r60_officer_and_advocate_are_never_one_account(database: Database, chats: Chats, held: str) -> None:
    await _enter(database, chats, "a", START, held)
    await _enter(database, chats, "b", START, "advocate")
    await _enter(database, chats, "c", START)
    to_advocate = await database.write(lambda c: chats.invite(c, "advocate", START + 60))
    to_staff = await database.write(lambda c: chats.invite(c, held, START + 60))
    assert await _accept(database, chats, to_advocate, "a") is None
    assert await _role(database, chats, "a") == held
    assert await _accept(database, chats, to_staff, "b") is None
    assert await _role(database, chats, "b") == "advocate"
    assert await _accept(database, chats, to_advocate, "c") == "advocate", "a refused one is not used up"


async def test_r60_an_officer_may_become_coordinator(database: Database, chats: Chats) -> None:
    await _enter(database, chats, "a", START, "officer")
    code = await database.write(lambda c: chats.invite(c, "coordinator", START + 60))
    assert await _accept(database, chats, code, "a") == "coordinator"


async def test_r60_of_many_who_use_a_code_at_once_one_wins(url: str, many: Any, chats: Chats) -> None:
    parts = [many() for _ in range(4)]
    for number in range(4):
        await _enter(parts[0], chats, f"c{number}", START)
    code = await parts[0].write(lambda c: chats.invite(c, "officer", START + 60))

    won = await asyncio.gather(*(_accept(part, chats, code, f"c{n}") for n, part in enumerate(parts)))
    assert sorted(map(str, won)) == ["None", "None", "None", "officer"]


async def test_r60_only_the_keyed_hash_of_a_code_is_kept(database: Database, chats: Chats) -> None:
    code = await database.write(lambda c: chats.invite(c, "officer", START + 60))
    row = (await database.read(lambda c: c.execute(select(invitation)).all()))[0]
    assert len(code) >= 32
    assert code not in repr(tuple(row))
