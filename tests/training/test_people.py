"""Departments and their people: joining by a link with a coordinator's tap, moving, a new phone, leaving; and no way to survivors (R26)."""

from __future__ import annotations

import ast
import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import OperationalError

from bot.settings import ROOT
from bot.store import (
    training_after,
    training_answers,
    training_departments,
    training_held,
    training_plan,
    training_schema,
)
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.rotation import Rotation
from bot.store.schema import metadata
from bot.store.training_drafts import Drafts
from bot.store.training_links import Joined, Links
from bot.store.training_people import COORDINATOR, OFFICER
from bot.store.training_schema import batch, joining, member, memory, occurrence, question
from bot.training.joining import Doors
from bot.training.memory import choose
from bot.training.planner import question_row
from tests.training.making import CARDS, MONDAY, SALT, ZONE, one_department, weekly

pytestmark = pytest.mark.store
DAY = 86400.0
OURS = {name for name, value in vars(training_schema).items() if getattr(value, "metadata", None) is metadata}
SURVIVORS = {
    "request",
    "release",
    "rung",
    "relay",
    "fleeting",
    "shift",
    "advocate",
    "program",
    "inbox",
    "sent",
    "chat",
    "tally",
}


@pytest.fixture
def people(keys: KeyRing) -> Links:
    return Links(keys)


# -- R26 -----------------------------------------------------------------------------------------------------------------


def test_r26_no_foreign_key_leads_from_a_department_to_survivor_data_or_back() -> None:
    assert {
        "department",
        "unit",
        "member",
        "schedule",
        "occurrence",
        "question",
        "memory",
        "completion",
        "batch",
        "joining",
    } <= OURS
    for table in metadata.tables.values():
        targets = {key.column.table.name for key in table.foreign_keys}
        if table.name in OURS:
            assert targets <= OURS, table.name
        else:
            assert not targets & OURS, table.name
    reached, new = set(), {"department"}
    while new:  # along every key, in both directions
        reached |= new
        pairs = [(t.name, k.column.table.name) for t in metadata.tables.values() for k in t.foreign_keys]
        new = {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
        new -= reached
    assert not reached & SURVIVORS
    assert reached == OURS - {"completion", "completion_head", "training_draft"}


def _named(path: Path) -> set[str]:
    """Tables that a module names: imported from a page of tables, or reached as an attribute of one."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in (
            "bot.store.schema",
            "bot.store.training_schema",
            "bot.store",
        ):
            found |= {alias.name for alias in node.names}
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("schema", "metadata")
        ):
            found.add(node.attr)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in (
            "text",
            "exec_driver_sql",
            "literal_column",
        ):
            found.add("raw SQL")
    return found


def test_r26_what_keeps_departments_names_no_table_of_survivors() -> None:
    files = [*sorted((ROOT / "bot/store").glob("training*.py")), *sorted((ROOT / "bot/training").glob("*.py"))]
    assert len(files) > 8
    doors = ROOT / "bot/training/joining.py"  # where a role is given; it names no table either
    assert not _named(doors) & (SURVIVORS | OURS | {"raw SQL"})
    for path in files:
        named = _named(path)
        assert not named & (SURVIVORS | {"tables", "raw SQL"}), path.name
        assert named - OURS <= {
            "outbox",
            "metadata",
            "queues",
            "training_plan",
            "training_answers",
            "training_after",
            "training_departments",
            "training_held",
            "training_partners",
            "errors",
            "codes",
            "menus",
        }, path.name
    assert not _named(ROOT / "bot/store/codes.py"), "which signs and reads codes, and asks no table"
    menus = ROOT / "bot/store/menus.py"
    assert _named(menus) == {"chat", "queues"}, "which commands a chat lists, and of its row nothing but that"
    assert not {"request", "address", "awaiting"} & {
        node.attr for node in ast.walk(ast.parse(menus.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }
    outbox = [path.name for path in files if "outbox" in _named(path)]
    assert outbox == ["training_after.py", "training_plan.py"], (
        "where refreshers are queued, taken back and settled, and nowhere else"
    )


async def test_r26_the_outbox_is_only_touched_for_refreshers(database: Database, people: Links) -> None:
    """The one table shared with survivors: what a change of a schedule takes out of it is never anybody else's."""
    from bot.store import queues

    where = await database.write(lambda c: one_department(c, people, 2, MONDAY))
    others = [
        {
            "dedupe": f"{kind}",
            "chat": f"chat-{where[:6]}-0",
            "lane": lane,
            "content": {"part": ["x", 0, {}]},
            "created_at": MONDAY,
        }
        for kind, lane in (("reply:1", 2), ("occurrence:1", 0), ("xocc:1", 5))
    ]
    await database.write(lambda c: queues.put_out(c, others))
    await database.write(lambda c: people.set_schedule(c, where, None, weekly(minute=700), MONDAY))
    await database.write(lambda c: people.leave(c, 1, MONDAY))
    assert await database.read(lambda c: queues.depth(c)["outbox"]) == 3


# -- joining -------------------------------------------------------------------------------------------------------------


async def _with_coordinator(database: Database, people: Links) -> tuple[str, int]:
    def make(c: Connection) -> tuple[str, int]:
        where = one_department(c, people, 0, MONDAY)
        return where, people.join(c, "coordinator", where, None, COORDINATOR, "en", MONDAY)

    return await database.write(make)


async def test_r60_a_batch_link_has_a_count_an_end_and_a_tap_on_each_join(database: Database, people: Links) -> None:
    where, boss = await _with_coordinator(database, people)

    def steps(c: Connection) -> None:
        code = people.make_batch(c, where, None, 2, MONDAY + DAY)
        first = people.ask_to_join(c, code, "chat-a", "es", MONDAY, "007")
        assert (first.outcome, people.of_chat(c, "chat-a")) == ("waits", None)
        assert people.ask_to_join(c, code, "chat-a", "es", MONDAY) == Joined("again", number=1)
        second = people.ask_to_join(c, code, "chat-b", "en", MONDAY)
        assert people.ask_to_join(c, code, "chat-c", "en", MONDAY) == Joined("full")
        assert people.ask_to_join(c, code, "chat-d", "en", MONDAY + DAY) == Joined("expired")
        assert people.ask_to_join(c, "made up", "chat-d", "en", MONDAY) == Joined("unknown")
        assert [w.id for w in people.waiting(c, where)] == [first.number, second.number]
        assert b"007" not in people.waiting(c, where)[0].officer_id
        assert first.number is not None
        assert second.number is not None
        number = people.decide(c, first.number, boss, True, MONDAY)
        row = people.of_chat(c, "chat-a")
        assert (row.id, row.role, row.lang, people.officer_id(row)) == (number, OFFICER, "es", "007")
        assert people.decide(c, first.number, boss, True, MONDAY) is None, "a second tap"
        assert people.decide(c, second.number, boss, False, MONDAY) is None
        assert people.of_chat(c, "chat-b") is None
        assert people.waiting(c, where) == []
        assert people.ask_to_join(c, code, "chat-c", "en", MONDAY) == Joined("full"), "a no gives no place back"

    await database.write(steps)


async def test_r60_only_a_coordinator_of_that_department_taps(database: Database, people: Links) -> None:
    where, boss = await _with_coordinator(database, people)

    def steps(c: Connection) -> None:
        other = one_department(c, people, 1, MONDAY)
        stranger = people.join(c, "other coordinator", other, None, COORDINATOR, "en", MONDAY)
        officer = people.join(c, "officer", where, None, OFFICER, "en", MONDAY)
        asked = people.ask_to_join(c, people.make_batch(c, where, None, 9, MONDAY + DAY), "chat-a", "en", MONDAY)
        assert asked.number is not None
        for who in (stranger, officer, 999):
            assert people.decide(c, asked.number, who, True, MONDAY) is None
        people.leave(c, boss, MONDAY)
        assert people.decide(c, asked.number, boss, True, MONDAY) is None
        assert people.of_chat(c, "chat-a") is None

    await database.write(steps)


async def test_r60_a_revoked_or_ended_link_gives_nothing_and_waiters_are_refused(
    database: Database, people: Links
) -> None:
    where, boss = await _with_coordinator(database, people)

    def steps(c: Connection) -> None:
        code = people.make_batch(c, where, None, 9, MONDAY + DAY)
        asked = people.ask_to_join(c, code, "chat-a", "en", MONDAY, "007")
        late = people.ask_to_join(c, people.make_batch(c, where, None, 9, MONDAY + DAY), "chat-b", "en", MONDAY)
        assert people.revoke_batch(c, code, MONDAY)
        assert not people.revoke_batch(c, code, MONDAY)
        assert people.ask_to_join(c, code, "chat-c", "en", MONDAY) == Joined("unknown")
        assert asked.number is not None
        assert late.number is not None
        assert people.decide(c, asked.number, boss, True, MONDAY) is None
        assert people.decide(c, late.number, boss, True, MONDAY + DAY) is None, "the tap came after the end"
        assert people.count(c, where) == 1
        assert people.purge_joining(c, MONDAY + 3 * DAY) == 1, "whoever waited by the other has not been told yet"
        assert [row.id for row in people.over(c, MONDAY + 3 * DAY)] == [asked.number]
        people.told(c, [asked.number], MONDAY + 3 * DAY)
        assert people.over(c, MONDAY + 3 * DAY) == []
        assert people.purge_joining(c, MONDAY + 3 * DAY) == 1
        assert c.scalar(select(func.count()).select_from(joining)) == 0

    await database.write(steps)


async def test_a_link_without_a_tap_is_for_one_person(database: Database, people: Links) -> None:
    where, _ = await _with_coordinator(database, people)

    def steps(c: Connection) -> None:
        with pytest.raises(ValueError, match="for one person"):
            people.make_batch(c, where, None, 2, MONDAY + DAY, tap=False)
        with pytest.raises(ValueError, match="an officer or a coordinator"):
            people.make_batch(c, where, None, 1, MONDAY + DAY, role="advocate")
        code = people.make_batch(c, where, None, 1, MONDAY + DAY, tap=False)
        assert people.ask_to_join(c, code, "chat-a", "en", MONDAY).outcome == "in"
        assert people.ask_to_join(c, code, "chat-a", "en", MONDAY) == Joined("member")
        assert people.ask_to_join(c, code, "chat-b", "en", MONDAY) == Joined("full")
        assert code not in repr(c.execute(select(batch)).all())

    await database.write(steps)


async def test_r60_who_waits_by_a_removed_units_link_is_refused(database: Database, people: Links) -> None:
    where, boss = await _with_coordinator(database, people)

    def steps(c: Connection) -> None:
        unit = people.add_unit(c, where, "Night watch")
        code = people.make_batch(c, where, unit, 9, MONDAY + DAY)
        asked = people.ask_to_join(c, code, "chat-a", "en", MONDAY, "007")
        other = people.ask_to_join(c, people.make_batch(c, where, None, 9, MONDAY + DAY), "chat-b", "en", MONDAY)
        people.remove_unit(c, unit, MONDAY)
        assert asked.number is not None
        assert other.number is not None
        assert [row.id for row in people.waiting(c, where)] == [other.number]
        assert people.asks(c, where, asked.number).officer_id is None
        assert people.decide(c, asked.number, boss, True, MONDAY) is None
        assert people.of_chat(c, "chat-a") is None
        assert people.decide(c, other.number, boss, True, MONDAY) is not None

    await database.write(steps)


async def test_r60_a_tap_never_takes_somebody_out_of_another_department_or_role(
    database: Database, people: Links
) -> None:
    """Whoever came in by another link since they asked stays where and what they are."""
    where, boss = await _with_coordinator(database, people)

    def steps(c: Connection) -> None:
        code = people.make_batch(c, where, None, 9, MONDAY + DAY)
        asked = [people.ask_to_join(c, code, chat, "en", MONDAY) for chat in ("chat-a", "chat-b")]
        other = one_department(c, people, 0, MONDAY)
        people.join(c, "chat-a", other, None, COORDINATOR, "en", MONDAY, "77")
        people.join(c, "chat-b", where, None, COORDINATOR, "en", MONDAY)
        for one in asked:
            assert one.number is not None
            assert people.decide(c, one.number, boss, True, MONDAY) is None
        assert people.of_chat(c, "chat-a").department == other
        assert people.of_chat(c, "chat-b").role == COORDINATOR
        assert people.waiting(c, where) == []

    await database.write(steps)


async def test_a_removed_department_stays_without_a_name_until_who_waited_was_told(
    database: Database, people: Links
) -> None:
    where, _ = await _with_coordinator(database, people)

    def steps(c: Connection) -> None:
        unit = people.add_unit(c, where, "Night watch")
        codes = [people.make_batch(c, where, of, 9, MONDAY + 9 * DAY) for of in (unit, None)]
        asked = people.ask_to_join(c, codes[0], "chat-a", "es", MONDAY, "007")
        assert asked.number is not None
        training_departments.remove_department(c, where, MONDAY)
        assert training_departments.every(c) == []
        (row,) = people.over(c, MONDAY)
        assert (row.id, row.lang, row.department, row.officer_id) == (asked.number, "es", where, None)
        assert len(c.execute(select(batch)).all()) == 1, "the other link is gone"
        assert training_departments.purge_removed(c) == people.purge_joining(c, MONDAY + 20 * DAY) == 0
        people.told(c, [asked.number], MONDAY + DAY)
        assert people.purge_joining(c, MONDAY + DAY) == training_departments.purge_removed(c) == 1
        assert people.department(c, where) is None

    await database.write(steps)


@pytest.mark.parametrize("how", ["revoked", "unit removed", "used up"])
async def test_r60_a_link_that_ends_while_it_is_opened_lets_nobody_in(
    database: Database, people: Links, many: Any, how: str
) -> None:
    """Two processes: one has read the link as open when the other ends it, or lets the last one in."""

    def begin(c: Connection) -> tuple[str, str, str]:
        where = one_department(c, people, 0, MONDAY)
        unit = people.add_unit(c, where, "Night watch")
        return where, unit, people.make_batch(c, where, unit, 1, MONDAY + DAY, tap=False)

    where, unit, code = await database.write(begin)
    read = people.of_chat
    ended = threading.Event()

    def end() -> None:
        other = many()
        work = {
            "revoked": lambda c: people.revoke_batch(c, code, MONDAY),
            "unit removed": lambda c: people.remove_unit(c, unit, MONDAY),
            "used up": lambda c: people.ask_to_join(c, code, "chat-b", "en", MONDAY),
        }[how]
        with suppress(OperationalError):  # SQLite: the other has the lock, so it comes after
            asyncio.run(other.write(work))
        ended.set()

    class Slow(Links):
        def of_chat(self, c: Connection, chat: str) -> Any:
            found = read(c, chat)
            if chat == "chat-a" and not ended.is_set():
                thread = threading.Thread(target=end)
                thread.start()
                thread.join()
            return found

    slow = Slow(people._keys)
    joined = await database.write(lambda c: slow.ask_to_join(c, code, "chat-a", "en", MONDAY))
    inside = await database.read(lambda c: [row.chat for row in people.members(c, where)])
    if database.is_sqlite:  # one writer: whoever came first is in, and the other was told to come again
        assert inside == ["chat-a"]
    else:
        assert joined.outcome == "full"
        assert inside == (["chat-b"] if how == "used up" else [])


async def test_a_unit_whose_times_are_paused_gets_none_of_the_departments(database: Database, people: Links) -> None:
    """As `waymark department pause --unit` says."""

    def steps(c: Connection) -> None:
        where = one_department(c, people, 0, MONDAY)
        unit = people.add_unit(c, where, "Night watch")
        number = people.join(c, "chat-a", where, unit, OFFICER, "en", MONDAY)
        assert people.schedule_of(c, number) == weekly()
        people.set_schedule(c, where, unit, weekly(minute=700), MONDAY, active=False)
        assert people.schedule_of(c, number) is None

    await database.write(steps)


# -- coming and going ----------------------------------------------------------------------------------------------------


async def test_a_new_phone_keeps_what_is_known_and_leaving_forgets_the_chat(database: Database, people: Links) -> None:
    await database.write(lambda c: one_department(c, people, 2, MONDAY))

    def steps(c: Connection) -> None:
        first = c.execute(select(member).where(member.c.id == 1)).one()
        assert not people.new_phone(c, 2, first.chat, MONDAY), "that is another officer's"
        assert people.new_phone(c, 1, "new chat", MONDAY)
        assert people.of_chat(c, "new chat").id == 1
        people.leave(c, 1, MONDAY)
        assert people.of_chat(c, "new chat") is None
        assert people.join(c, "new chat", first.department, None, OFFICER, "en", MONDAY) == 3, (
            "whoever comes back is new"
        )

    await database.write(steps)


async def test_an_id_moved_to_another_officer_does_not_open(database: Database, people: Links) -> None:
    await database.write(lambda c: one_department(c, people, 2, MONDAY))

    def steps(c: Connection) -> Any:
        people.set_officer_id(c, 1, "007")
        row = c.execute(select(member).where(member.c.id == 1)).one()
        c.execute(member.update().where(member.c.id == 2).values(officer_id=row.officer_id))
        return c.execute(select(member).order_by(member.c.id)).all()

    first, second = await database.write(steps)
    assert (people.officer_id(first), people.officer_id(second)) == ("007", None)


async def test_r22_a_rotation_seals_ids_of_officers_anew(database: Database, people: Links, keys: KeyRing) -> None:
    where = await database.write(lambda c: one_department(c, people, 1, MONDAY))

    def fill(c: Connection) -> None:
        people.set_officer_id(c, 1, "007")
        people.ask_to_join(c, people.make_batch(c, where, None, 1, MONDAY + DAY), "chat-a", "en", MONDAY, "008")

    await database.write(fill)

    async def at_once(_: float) -> None:
        return

    done = await Rotation(database, keys, sleep=at_once).rotate()
    assert (done.addresses, done.unreadable, done.destroyed) == (2, 0, 1)
    assert people.officer_id(await database.read(lambda c: c.execute(select(member)).one())) == "007"


async def test_settings_that_are_no_persons_are_refused(database: Database, people: Links) -> None:
    where = await database.write(lambda c: one_department(c, people, 1, MONDAY))
    with pytest.raises(ValueError, match="role"):
        await database.write(lambda c: people.set_time(c, 1, MONDAY, role=COORDINATOR))
    with pytest.raises(ValueError, match="with its schedule"):
        await database.write(lambda c: people.change_department(c, where, MONDAY, zone=ZONE))
    with pytest.raises(ValueError, match="in_quiet"):
        await database.write(lambda c: people.set_schedule(c, where, None, weekly(minute=60), MONDAY))
    assert await database.read(lambda c: people.schedule_of(c, 1)) == weekly()


# -- answers -------------------------------------------------------------------------------------------------------------


async def test_an_answer_counts_once_and_an_erased_officer_has_nothing_left(database: Database, people: Links) -> None:
    where = await database.write(lambda c: one_department(c, people, 1, MONDAY))

    def steps(c: Connection) -> None:
        picks = choose(CARDS, {}, MONDAY, 2)
        first, second = training_answers.ask(c, [question_row(1, None, pick) for pick in picks], MONDAY)
        found = training_answers.answer(c, first, 2, True, MONDAY + 12, SALT)
        assert found is not None
        assert training_answers.memories(c, 1) == {picks[0].card.id: found}
        assert training_answers.answer(c, first, 1, False, MONDAY + 20, SALT) is None, "the first counts"
        assert training_answers.answer(c, 999, 1, False, MONDAY, SALT) is None
        training_answers.answer(c, second, 0, False, MONDAY + 9, SALT)
        assert training_answers.reach(c, where, MONDAY) == (1, 1, 1)
        held = training_held.of_member(c, 1)
        assert [(a["right"], a["seconds"]) for a in held["answers"]] == [(1, 12.0), (0, 9.0)]
        assert len(held["memory"]) == 2
        assert training_answers.erase(c, 1) == 4
        assert not any(training_held.of_member(c, 1).values())

    await database.write(steps)


async def test_a_pre_test_leaves_the_memory_as_it_is_and_a_second_answer_is_measured(
    database: Database, people: Links
) -> None:
    where = await database.write(lambda c: one_department(c, people, 1, MONDAY))

    def steps(c: Connection) -> None:
        pick = choose(CARDS, {}, MONDAY, 1)[0]
        row = {**question_row(1, None, pick), "kind": "pretest"}
        (number,) = training_answers.ask(c, [row], MONDAY)
        assert training_answers.answer(c, number, 0, True, MONDAY + 5, SALT) is None
        assert training_answers.memories(c, 1) == {}
        (number,) = training_answers.ask(c, [question_row(1, None, pick)], MONDAY + 10)
        training_answers.answer(c, number, 0, True, MONDAY + 20, "no card is held out by this salt")
        known = training_answers.memories(c, 1)
        again = choose([pick.card], known, MONDAY + 200 * DAY, 1)
        (number,) = training_answers.ask(c, [question_row(1, None, again[0])], MONDAY + 200 * DAY)
        training_answers.answer(c, number, 0, False, MONDAY + 200 * DAY + 9, SALT)
        (outcome,) = training_answers.outcomes(c, where, MONDAY)
        assert (outcome.member, outcome.topic, outcome.right) == (1, pick.card.topic, False)
        assert outcome.predicted == pytest.approx(again[0].predicted)

    await database.write(steps)


async def test_an_answer_ends_a_run_of_silences(database: Database, people: Links) -> None:
    await database.write(lambda c: one_department(c, people, 1, MONDAY))

    def steps(c: Connection) -> None:
        c.execute(member.update().values(silences=2))
        row = {
            "member": 1,
            "schedule": 1,
            "version": 1,
            "slot": "1.0",
            "day": "2026-06-02",
            "at": MONDAY,
            "until": MONDAY + 60,
        }
        training_plan.put_planned(c, [{**row, "state": training_plan.SENT, "reason": None, "reminded": 0}])
        pick = choose(CARDS, {}, MONDAY, 1)[0]
        (number,) = training_answers.ask(c, [question_row(1, 1, pick)], MONDAY)
        training_answers.answer(c, number, 0, True, MONDAY + 5, SALT)
        assert c.scalar(select(member.c.silences)) == 0
        assert c.scalar(select(occurrence.c.state)) == training_plan.ANSWERED
        assert training_after.close_silent(c, MONDAY + 9 * DAY) == []
        assert c.scalar(select(func.count()).select_from(memory)) == 1
        assert c.scalar(select(func.count()).select_from(question)) == 1

    await database.write(steps)


async def test_the_tables_of_the_database_hold_the_same_keys(database: Database) -> None:
    def keys_of(c: Connection) -> set[tuple[str, str]]:
        look = inspect(c)
        return {(t, k["referred_table"]) for t in look.get_table_names() for k in look.get_foreign_keys(t)}

    pairs = await database.read(keys_of)
    assert pairs == {(t.name, k.column.table.name) for t in metadata.tables.values() for k in t.foreign_keys}
    assert await database.read(lambda c: c.scalar(text("select count(*) from member"))) == 0


# -- roles ---------------------------------------------------------------------------------------------------------------


async def test_r60_an_advocate_never_joins_a_department_and_an_officer_gets_the_role_with_the_tap(
    database: Database, people: Links, chats: Chats, keys: KeyRing
) -> None:
    where, boss = await _with_coordinator(database, people)
    doors = Doors(chats, people, Drafts(keys))

    def steps(c: Connection) -> None:
        for name, role in (
            ("officer chat", "guest"),
            ("advocate chat", "advocate"),
            ("later", "guest"),
            ("phone", "guest"),
        ):
            chats.seen(c, name, "1", MONDAY)
            chats.change(c, name, role=role)
        code = people.make_batch(c, where, None, 3, MONDAY + DAY)
        assert doors.ask(c, code, "advocate chat", "en", MONDAY) == Joined("crosses")
        assert c.scalar(select(batch.c.used)) == 0
        asked, later = (doors.ask(c, code, name, "en", MONDAY).number for name in ("officer chat", "later"))
        assert asked is not None
        assert later is not None
        assert chats.get(c, "officer chat").role == "guest", "not before the tap"
        number = doors.tap(c, asked, boss, True, MONDAY)
        assert number is not None
        assert chats.get(c, "officer chat").role == "officer"
        chats.change(c, "later", role="advocate")
        assert doors.tap(c, later, boss, True, MONDAY) is None, "an advocate since"
        assert (chats.get(c, "later").role, people.of_chat(c, "later")) == ("advocate", None)
        assert not doors.new_phone(c, number, "advocate chat", MONDAY)
        assert doors.new_phone(c, number, "phone", MONDAY)
        assert [chats.get(c, name).role for name in ("officer chat", "phone")] == ["guest", "officer"]
        doors.leave(c, number, MONDAY)
        assert chats.get(c, "phone").role == "guest"

    await database.write(steps)


async def test_r60_a_link_for_one_gives_the_role_at_once(
    database: Database, people: Links, chats: Chats, keys: KeyRing
) -> None:
    where, _ = await _with_coordinator(database, people)

    def steps(c: Connection) -> None:
        chats.seen(c, "chat-a", "1", MONDAY)
        code = people.make_batch(c, where, None, 1, MONDAY + DAY, role=COORDINATOR, tap=False)
        assert Doors(chats, people, Drafts(keys)).ask(c, code, "chat-a", "en", MONDAY).outcome == "in"
        assert chats.get(c, "chat-a").role == "coordinator"

    await database.write(steps)
