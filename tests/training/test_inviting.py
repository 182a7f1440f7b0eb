"""Links that let officers in: a count, an end, a coordinator's tap on each join; and no code lies open anywhere (R26, R60)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.store import codes, queues
from bot.store.schema import chat, outbox
from bot.store.training_schema import batch, joining, member, training_draft
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE
from tests.training.school import CHIEF, PARTNER, ROOKIE, School

OLD = "That button does not fit any more"
STRANGER = 700_000_104
DAY = 86400.0


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def role_of(school: School, phone: int) -> str:
    name = school.chats.hash("telegram", str(phone))
    return str(await school.database.read(lambda c: c.scalar(select(chat.c.role).where(chat.c.chat == name))))


def code(school: School) -> str:
    """Of the link on the coordinator's screen."""
    return school.phones.texts(CHIEF)[-1].rpartition("start ")[2].split()[0]


async def link(school: School, count: str = "10", days: str = "7") -> str:
    """One link for all, by taps."""
    await school.hears(CHIEF, "!k:invite", "!k:invite:officer", f"!k:invite:count:{count}")
    await school.hears(CHIEF, "!k:invite:kind:all", f"!k:invite:days:{days}")
    return code(school)


async def asked(school: School) -> int:
    return int((await school.rows(joining))[-1].id)


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_a_link_for_all_waits_for_a_tap_on_each(school: School, lang: str) -> None:
    await school.opened(lang=lang)
    opened = await link(school)
    (waits,) = (await school.hears(PARTNER, f"/start {opened}"))[-1:]
    spoken = re.findall(r"\b\d{3}\b", waits)
    assert len(spoken) == 1, "what they tell the coordinator"
    assert await school.member_of(PARTNER) is None
    assert await role_of(school, PARTNER) == "guest"
    number = await asked(school)
    assert school.buttons(CHIEF)[0][1] == f"k:join:{number}:y", "the coordinator is asked at once"
    seen = school.phones.texts(CHIEF)[-1]
    assert spoken[0] in seen, "and sees the same number"
    heads = [line.partition(":")[0] for line in seen.partition("\n\n")[0].splitlines()[1:]]
    assert heads == {"en": ["For", "Opened"], "es": ["Para", "Abierto"]}[lang], "no line of what nobody was asked for"
    (done,) = await school.hears(CHIEF, f"!k:join:{number}:y")
    assert done
    row = await school.member_of(PARTNER)
    assert row.role == "officer"
    assert await role_of(school, PARTNER) == "officer"
    assert "Example Police" in school.phones.texts(PARTNER)[-1]
    (again,) = await school.hears(CHIEF, f"!k:join:{number}:n")
    assert again
    assert (await school.member_of(PARTNER)).left_at is None, "the first tap decides"


async def test_who_is_not_let_in_stays_a_guest_and_is_told(school: School) -> None:
    await school.opened()
    opened = await link(school)
    await school.hears(PARTNER, f"/start {opened}")
    asked_before = len(school.phones.texts(CHIEF))
    await school.hears(CHIEF, f"!k:join:{await asked(school)}:n")
    assert school.phones.texts(PARTNER)[-1].startswith("You were not let in")
    assert await role_of(school, PARTNER) == "guest"
    (again,) = (await school.hears(PARTNER, f"/start {opened}"))[-1:]
    assert again.startswith("You asked already")
    assert len(school.phones.texts(CHIEF)) == asked_before + 1, "asking again asks the coordinator nothing"


async def test_a_link_each_lets_in_at_once_and_works_once(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "!k:invite", "!k:invite:officer", "!k:invite:count:1", "!k:invite:days:1")
    opened = code(school)
    await school.hears(PARTNER, f"/start {opened}")
    assert (await school.member_of(PARTNER)).role == "officer"
    (full,) = (await school.hears(STRANGER, f"/start {opened}"))[-1:]
    assert full.startswith("This link has been used")
    assert await school.member_of(STRANGER) is None


async def test_many_links_come_as_a_table_and_as_a_sheet(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "!k:invite", "!k:invite:officer", "3")
    await school.hears(CHIEF, "!k:invite:kind:each")
    (shown,) = await school.hears(CHIEF, "!k:invite:days:7")
    assert "start" not in shown, "three links are in the files, not in the chat"
    taps = [payload for _, payload in school.buttons(CHIEF)]
    assert {"k:invite:file:table", "k:invite:file:sheet"} <= set(taps)
    for kind in ("table", "sheet", "picture"):
        assert await school.hears(CHIEF, f"!k:invite:file:{kind}")
    assert len(await school.rows(batch)) == 3


async def test_r60_each_link_of_many_waits_for_a_tap_and_a_single_one_does_not(school: School) -> None:
    """As `waymark department invite --sheet` makes them: a sheet can be lost."""
    await school.opened()
    await school.hears(CHIEF, "!k:invite:officer", "2", "!k:invite:kind:each", "!k:invite:days:7")
    assert "I ask you about each" in school.phones.texts(CHIEF)[-1]
    name = school.chats.hash("telegram", str(CHIEF))
    codes = (await school.database.read(lambda c: school.training.rooms.drafts.get(c, name)))["codes"]
    await school.hears(PARTNER, f"/start {codes[0]}")
    assert await school.member_of(PARTNER) is None
    tap = next(payload for _, payload in school.buttons(CHIEF) if payload.endswith(":y"))
    await school.hears(CHIEF, f"!{tap}")
    assert (await school.member_of(PARTNER)).role == "officer"
    await school.hears(CHIEF, "!k:invite:officer", "1", "!k:invite:days:7")
    assert "Whoever opens it first is in" in school.phones.texts(CHIEF)[-1]
    assert sorted(row.tap for row in await school.rows(batch)) == [0, 1, 1]


async def test_no_code_lies_open(school: School) -> None:
    """Decision 0014: a keyed hash in its table, sealed in the draft, and nothing of it in a queue."""
    await school.opened()
    opened = await link(school)
    rows = [await school.rows(table) for table in (batch, outbox, joining)]
    assert opened not in str(rows)
    (draft,) = await school.rows(training_draft)
    assert opened.encode() not in draft.body


async def test_a_link_ends_by_itself_and_by_a_tap(school: School) -> None:
    await school.opened()
    first = await link(school, days="1")
    school.clock.now += DAY + 1
    (over,) = (await school.hears(PARTNER, f"/start {first}"))[-1:]
    assert over.startswith("This link no longer works")
    second = await link(school)
    await school.hears(PARTNER, f"/start {second}")
    await school.hears(CHIEF, "!k:links")
    ends = next(payload for _, payload in school.buttons(CHIEF) if payload.startswith("k:revoke:"))
    said = await school.hears(CHIEF, f"!{ends}")
    assert said[0].startswith("Ended.")
    assert (await school.rows(joining))[0].accepted == 0, "who waited is refused"
    await school.hears(STRANGER, f"/start {second}")
    assert await school.member_of(STRANGER) is None
    (gone,) = await school.hears(CHIEF, f"!{ends}")
    assert gone.startswith("That link had ended")
    (none,) = await school.hears(CHIEF, "!k:revoke:")
    assert none.startswith("That link had ended"), "an empty name is no link"


async def lost_sheet(school: School, place: str, count: int) -> list[str]:
    """A link each for so many."""
    people, ends = school.training.rooms.people, school.clock() + 7 * DAY
    return await school.database.write(
        lambda c: [people.make_batch(c, place, None, 1, ends, tap=False) for _ in range(count)]
    )


async def test_many_open_links_come_by_page_and_each_can_be_ended(school: School) -> None:
    await lost_sheet(school, await school.opened(), 19)
    seen: list[str] = []
    await school.hears(CHIEF, "/links")
    for _ in range(3):
        taps = school.buttons(CHIEF)
        seen += [payload for _, payload in taps if payload.startswith("k:revoke:") and payload != "k:revoke:all"]
        more = [payload for title, payload in taps if title == "More"]
        if more:
            await school.hears(CHIEF, f"!{more[0]}")
    assert len(set(seen)) == len(seen) == 19
    assert "19. " in school.phones.texts(CHIEF)[-1]
    for page in ("9", "99999", "x", "-1"):
        assert (await school.hears(CHIEF, f"!k:links:{page}"))[0].startswith("Open links:")


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_all_links_of_a_lost_sheet_end_after_a_second_tap(school: School, lang: str) -> None:
    place = await school.opened(lang=lang)
    codes = await lost_sheet(school, place, 3)
    opened = await link(school)
    await school.hears(PARTNER, f"/start {opened}")
    people = school.training.rooms.people

    def elsewhere(c: Connection) -> str:
        other = people.add_department(c, "Other Example Police", ZONE, "en", school.clock())
        return people.make_batch(c, other, None, 1, school.clock() + DAY, tap=False)

    theirs = await school.database.write(elsewhere)
    await school.hears(CHIEF, "!k:links", "!k:revoke:all")
    assert {row.revoked_at for row in await school.rows(batch)} == {None}, "asked once more"
    (title,) = [title for title, payload in school.buttons(CHIEF) if payload == "k:revoke:all:yes"]
    assert title == {"en": "Yes, end all", "es": "Sí, anular todos"}[lang]
    said = await school.hears(CHIEF, "!k:revoke:all:yes")
    ended, none = (school.library.messages[(f"train.links.{n}", lang)].text.strip() for n in ("revoked.all", "none"))
    assert [text.strip() for text in said] == [ended, none]
    for code_ in codes:
        await school.hears(STRANGER, f"/start {code_}")
        assert await school.member_of(STRANGER) is None
    assert "has ended before you were let in" in school.phones.texts(PARTNER)[-1]
    await school.hears(STRANGER, f"/start {theirs}")
    assert (await school.member_of(STRANGER)) is not None, "R26: another department's stay"
    again = await school.hears(CHIEF, "!k:revoke:all:yes")
    assert [text.strip() for text in again] == [school.library.messages[("train.links.gone", lang)].text.strip()]


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_r60_a_departments_code_made_up_altered_or_ended_is_told_like_an_unknown_link(
    school: School, lang: str
) -> None:
    """Nothing is learned from the words, and the department's link is not used up by trying."""
    await school.opened(lang=lang)
    opened = await link(school, count="1")
    await school.person(STRANGER, role="guest", lang=lang)
    unknown = school.library.messages[("invite.invalid", lang)].text.strip()
    altered = [opened[:at] + ("A" if opened[at] != "A" else "B") + opened[at + 1 :] for at in (0, 17, 39)]
    for said in ["x", "A" * codes.LENGTH, opened[1:], *altered]:
        told = await school.hears(STRANGER, f"/start {said}")
        assert told[-1].strip() == unknown, said
    assert [row.used for row in await school.rows(batch)] == [0]
    await school.hears(STRANGER, f"/start {opened}")
    assert [row.used for row in await school.rows(batch)] == [1]


async def test_more_than_the_count_do_not_come_in(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "!k:invite", "!k:invite:officer", "2", "!k:invite:kind:all", "!k:invite:days:1")
    opened = code(school)
    for phone in (PARTNER, STRANGER):
        await school.hears(phone, f"/start {opened}")
    (full,) = (await school.hears(STRANGER + 1, f"/start {opened}"))[-1:]
    assert full.startswith("This link has been used")
    assert len(await school.rows(joining)) == 2


@pytest.mark.parametrize("count", ["0", "201", "-3", "many", "1.5", "99999999999999999999", "²"])
async def test_a_count_that_is_none_is_asked_again(school: School, count: str) -> None:
    await school.opened()
    (again,) = await school.hears(CHIEF, "!k:invite", "!k:invite:officer", count)
    assert again.startswith("Write a number from 1 to 200")
    (on,) = await school.hears(CHIEF, "12")
    assert on.startswith("One link for all")
    assert await school.rows(batch) == []


async def test_an_advocate_never_becomes_an_officer_by_a_link(school: School) -> None:
    """R60: refused at the door, and again at the tap where they became an advocate meanwhile."""
    await school.opened()
    opened = await link(school)
    await school.person(PARTNER, role="advocate")
    (said,) = (await school.hears(PARTNER, f"/start {opened}"))[-1:]
    assert "another role" in said
    assert await school.rows(joining) == []
    await school.hears(STRANGER, f"/start {opened}")
    await school.person(STRANGER, role="advocate")
    (could_not,) = await school.hears(CHIEF, f"!k:join:{await asked(school)}:y")
    assert could_not.startswith("They could not be let in")
    assert await school.member_of(STRANGER) is None
    assert await role_of(school, STRANGER) == "advocate"


async def test_a_second_coordinator_comes_by_a_link_of_their_own(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "!k:invite", "!k:invite:coordinator")
    await school.hears(PARTNER, f"/start {code(school)}")
    assert (await school.member_of(PARTNER)).role == "coordinator"
    assert await role_of(school, PARTNER) == "coordinator"
    assert (await school.hears(PARTNER, "/department"))[0].startswith("Example Police")


async def test_another_departments_links_and_who_waits_there_are_nothing_here(school: School) -> None:
    """R26."""
    await school.opened()
    people = school.training.rooms.people

    def work(c: Connection) -> tuple[str, str, str]:
        place = people.add_department(c, "Other Example Police", ZONE, "en", school.clock())
        theirs = people.add_unit(c, place, "Their watch")
        opened = people.make_batch(c, place, theirs, 5, school.clock() + DAY)
        return opened, c.scalar(select(batch.c.code)) or "", theirs

    theirs, hashed, unit = await school.database.write(work)
    await school.hears(PARTNER, f"/start {theirs}")
    number = await asked(school)
    (said,) = await school.hears(CHIEF, f"!k:join:{number}:y")
    assert said.startswith(OLD)
    assert await school.member_of(PARTNER) is None
    (said,) = await school.hears(CHIEF, f"!k:revoke:{hashed[:16]}")
    assert said.startswith("That link had ended")
    assert (await school.rows(batch))[0].revoked_at is None
    await school.hears(CHIEF, "!k:invite", "!k:invite:officer")
    (said,) = await school.hears(CHIEF, f"!k:invite:unit:{unit}")
    assert said.startswith(OLD)
    (nobody,) = await school.hears(CHIEF, "!k:waiting")
    assert nobody.startswith("Nobody is waiting")


@pytest.mark.parametrize("tap", ["invite:count:5", "invite:kind:all", "invite:days:7", "invite:file:sheet", "invite:unit:", "invite:nothing",
                                 "join:1:y", "join:x:y", "join:"])  # fmt: skip
async def test_a_tap_out_of_turn_makes_no_link(school: School, tap: str) -> None:
    await school.opened()
    (said,) = await school.hears(CHIEF, f"!k:{tap}")
    assert said.startswith(OLD)
    assert await school.rows(batch) == []


async def test_who_coordinates_no_more_lets_nobody_in(school: School) -> None:
    await school.opened()
    opened = await link(school)
    await school.hears(PARTNER, f"/start {opened}")
    name = school.chats.hash("telegram", str(CHIEF))
    for role in ("officer", "guest"):
        await school.database.write(lambda c, role=role: school.chats.change(c, name, role=role))  # type: ignore[misc]
        await school.hears(CHIEF, f"!k:join:{await asked(school)}:y")
        assert await school.member_of(PARTNER) is None


async def test_an_officer_makes_no_link(school: School) -> None:
    await school.opened()
    for tap in ("invite", "invite:coordinator", "links", "waiting", "join:1:y", "revoke:"):
        (said,) = await school.hears(ROOKIE, f"!k:{tap}")
        assert "coordinator" in said
    assert await school.rows(batch) == []
    assert len(await school.rows(member)) == 2


@pytest.mark.parametrize(("lang", "says"), [("en", "as a training coordinator"), ("es", "coordina la capacitación")])
async def test_another_coordinator_is_shown_the_department_at_once(school: School, lang: str, says: str) -> None:
    await school.opened(lang=lang)
    await school.hears(CHIEF, "!k:invite", "!k:invite:coordinator")
    who = await school.person(PARTNER, role="guest")
    await school.database.write(lambda c: school.chats.change(c, who, greeted=1, heard=lang, lang=lang))
    (said,) = (await school.hears(PARTNER, f"/start {code(school)}"))[-1:]
    assert says in said
    assert school.buttons(PARTNER)[0][1] == "k:home"
    (home,) = await school.hears(PARTNER, "!k:home")
    assert home.startswith("Example Police\n")


async def test_who_waits_longer_than_a_guests_quiet_time_is_let_in_all_the_same(school: School) -> None:
    """A guest's row goes with the screen (R3, R7); whoever asked to join is still somebody to write to once the coordinator taps."""
    await school.opened()
    opened = await link(school)
    await school.hears(PARTNER, f"/start {opened}")
    for hours in (2, 50):
        school.clock.now += hours * 3600.0
        await tidied(school)
    await school.hears(CHIEF, f"!k:join:{await asked(school)}:y")
    assert (await school.member_of(PARTNER)).role == "officer"
    assert await role_of(school, PARTNER) == "officer"
    assert "Example Police" in school.phones.texts(PARTNER)[-1]


async def test_r23_who_erases_has_not_asked_to_join_any_more(school: School) -> None:
    await school.opened()
    opened = await link(school)
    await school.hears(PARTNER, f"/start {opened}")
    number = await asked(school)
    await school.hears(PARTNER, "/erase")
    assert await school.rows(joining) == []
    (said,) = await school.hears(CHIEF, f"!k:join:{number}:y")
    assert said.startswith(OLD)
    assert await school.member_of(PARTNER) is None


async def tidied(school: School) -> None:
    """What the clock does to guests' screens and rows."""
    for name in await school.database.read(lambda c: school.chats.quiet(c, school.clock())):
        row = {
            "dedupe": f"quiet:{name}:{school.clock()}",
            "chat": name,
            "lane": queues.SURVIVOR,
            "created_at": school.clock(),
        }
        await school.database.write(
            lambda c, row=row: queues.put_out(c, [{**row, "content": {"clear": True, "forget": True}}])
        )  # type: ignore[misc]
    await school.work()
    await school.database.write(lambda c: queues.purge(c, school.clock()))


async def test_a_unit_that_was_removed_while_a_link_to_it_is_made_makes_none(school: School) -> None:
    place = await school.opened()
    people = school.training.rooms.people
    unit = await school.database.write(lambda c: people.add_unit(c, place, "Night watch"))
    await school.hears(CHIEF, "!k:invite", "!k:invite:officer", f"!k:invite:unit:{unit}", "!k:invite:count:5")
    await school.hears(CHIEF, "!k:invite:kind:all")
    await school.database.write(lambda c: people.remove_unit(c, unit, school.clock()))
    (said,) = await school.hears(CHIEF, "!k:invite:days:7")
    assert said.startswith(OLD)
    assert await school.rows(batch) == []


@pytest.mark.parametrize(
    "tap", ["join:" + "9" * 40 + ":y", "join:" + "9" * 19 + ":n", "officer:" + "9" * 11, "join:٣:y"]
)
async def test_a_number_that_no_row_can_have_is_an_old_button(school: School, tap: str) -> None:
    await school.opened()
    (said,) = await school.hears(CHIEF, f"!k:{tap}")
    assert said.startswith(OLD)


async def test_who_waits_by_a_link_that_is_ended_is_told(school: School) -> None:
    """By its own button, and with its unit: nobody waits for an answer that never comes."""
    place = await school.opened()
    people = school.training.rooms.people
    opened = await link(school)
    unit = await school.database.write(lambda c: people.add_unit(c, place, "Night watch"))
    await school.hears(PARTNER, f"/start {opened}")
    start = await school.database.read(lambda c: c.scalar(select(batch.c.code)))
    await school.hears(CHIEF, f"!k:revoke:{start[:16]}")
    assert school.phones.texts(PARTNER)[-1].startswith("You were not let in")
    theirs = await school.database.write(lambda c: people.make_batch(c, place, unit, 5, school.clock() + DAY))
    await school.hears(STRANGER, f"/start {theirs}")
    await school.hears(CHIEF, f"!k:unit:{unit}:remove:yes")
    assert school.phones.texts(STRANGER)[-1].startswith("You were not let in")
    assert len([text for text in school.phones.texts(PARTNER) if text.startswith("You were not let in")]) == 1
