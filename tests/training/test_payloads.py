"""Buttons that nobody was shown: whatever stands in a tap, nothing breaks, nothing changes, and nothing of another department is said (R26).

Telegram lets anybody send up to 64 bytes as the payload of a button, so every part of one may be made up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from bot.library.rendering import Renderer
from bot.library.replies import Part, Rendered
from bot.store import training_answers as answers
from bot.store import training_partners
from bot.store.training_schema import (
    batch,
    completion,
    department,
    joining,
    member,
    memory,
    occurrence,
    partner,
    question,
    schedule,
    unit,
)
from bot.training.command import Wish
from bot.training.model import Pick
from bot.training.planner import question_row
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE, weekly
from tests.training.school import CHIEF, ROOKIE, School
from tests.training.test_buttons import INVITING, OWN_TIME, PARTNER, SETTING_UP

AWAY = 700_000_105
BYTES = 64
"""Of a payload, as Telegram takes it."""
TABLES = (
    batch, completion, department, joining, member, memory, occurrence, partner, question, schedule, unit,
)  # fmt: skip
SECRETS = ("Other Example", "Their watch", "O-7", "Their House", "555-0199", "Their asker")
"""What the other department is known by."""
JUNK = (
    "", ":", "::", ":::yes", "-1", "00", "007", "²", "①", "٣", "３", "3.0", " 3", "3 ", "0x3", "1e9", "None", "yes", "none", "{name}", "%s",
    "../../etc/passwd", "'; drop table member; --", "\u202e3", "\u200b", "🙂🙂🙂", "\x00", "a\nb", "999999999", "99999999999", "9223372036854775807",
    "9223372036854775808", "9" * 40,
)  # fmt: skip
COORDINATING = (
    "officers:{}", "officer:{}", "officer:{}:show", "officer:{}:id", "officer:{}:move", "officer:{}:move:none", "officer:{}:role:coordinator",
    "officer:{}:role:officer", "officer:{}:phone", "officer:{}:remove", "officer:{}:remove:yes", "officer:{}:{}", "officer:{mine}:move:{}",
    "officer:{mine}:role:{}", "officer:{mine}:{}", "officer:{mine}:show:{}:{}", "unit:{}", "unit:{}:show", "unit:{}:name", "unit:{}:remove",
    "unit:{}:remove:yes", "unit:{}:{}", "units:{}", "settings:{}", "rule:{}", "rule:duty:{}", "rule:ranking:{}", "rule:keep:{}",
    "rule:name:{}", "invite:{}", "invite:unit:{}", "invite:count:{}", "invite:kind:{}", "invite:days:{}", "invite:file:{}", "links:{}",
    "revoke:{}", "join:{}", "join:{}:y", "join:{}:n", "join:{}:y:{}", "join:{asked}:{}", "waiting:{}", "home:{}", "schedule:{}",
    "setup:{}", "cancel:{}", "set:{}", "set:name:{}", "set:zone:{}", "set:holidays:{}", "set:when:{}", "set:cards:{}", "set:option:{}",
    "set:option:when {}", "set:quiet:{}", "set:late:{}", "set:pause:{}", "set:drop:{}", "set:back:{}", "set:change:{}", "set:change:when:{}",
    "set:change:quiet:{}", "set:change:pause:{}", "set:for:{}", "set:active:{}", "set:active:0:{}", "set:active:1:{}", "sheet:{}", "sheet:{}:next",
    "sheet:basic:{}", "sheet:list:{}", "policy:{}", "progress:{}", "progress:people:{}", "rule:instructor:{}",
    "export:{}", "export:course:{}", "export:{}:basic", "partners:{}", "partner:{}", "partner:{}:spoke", "partner:{}:name", "partner:{}:phone", "partner:{}:hours",
    "partner:{}:unit", "partner:{}:unit:none", "partner:{}:remove", "partner:{}:remove:yes", "partner:{}:{}", "partner:{partner}:unit:{}",
    "partner:{partner}:{}", "partner:unit:{}", "partner:yes:{}", "agreement:{}",
)  # fmt: skip
"""Wishes of who coordinates; `{}` is anything."""
LEARNING = (
    "a:{}", "a:{}:{}", "a:{}:0", "a:{}:0:1", "a:{question}:{}", "next:{}", "snooze:{}", "off_duty:{}", "hours:{}", "hours:kind:{}",
    "hours:tour:{}", "hours:days:{}", "hours:first:{}", "hours:quiet:{}", "course:{}", "course:show:{}", "course:next:{}", "score:{}",
    "mine:{}", "export_mine:{}", "erase_mine:{}", "leave:{}", "{}", "{}:{}",
)  # fmt: skip
"""Wishes of every officer."""
ANYWAY = ("pretest", "id", "quiz", "pause", "resume")
"""What they do, they do whatever stands behind."""
KNOWN = frozenset(
    {"k:rule:ranking:yes", "k:rule:instructor:none", "k:set:yes", "k:set:active:0:", "k:set:active:1:", "k:invite:days:007", "k:erase_mine:yes", "k:leave:yes"}
)  # fmt: skip
"""What comes of a shape and is a button all the same."""


@dataclass(frozen=True, slots=True)
class Planted:
    """`theirs`: all that a payload could name of another department; `own`: of the coordinator's."""

    theirs: tuple[str, ...]
    own: dict[str, str]


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def planted(school: School) -> Planted:
    place = await school.opened()
    mine = await school.member_of(ROOKIE)
    people, now = school.training.rooms.people, school.clock()
    pick = Pick(school.training.rooms.deck.facts[0], 0, "quiz", None)

    def work(c: Connection) -> Planted:
        house = training_partners.add(c, place, None, "Our House", "(918) 555-0111", "24/7", now)
        ours = people.make_batch(c, place, None, 5, now + 86400)
        waits = people.ask_to_join(c, ours, "a third chat", "en", now).number
        (question_,) = answers.ask(c, [question_row(mine.id, None, pick)], now)
        own = {"mine": str(mine.id), "question": str(question_), "partner": str(house), "asked": str(waits)}
        for n, table in enumerate(("member", "partner", "joining", "question"), 71):  # numbers that are nobody's else
            c.execute(text("update sqlite_sequence set seq = :n where name = :name"), {"n": n * 100, "name": table})
        other = people.add_department(c, "Other Example Police", ZONE, "en", now)
        theirs = people.add_unit(c, other, "Their watch")
        who = people.join(c, "another chat", other, theirs, "officer", "en", now, officer_id="O-7")
        people.set_schedule(c, other, theirs, weekly({3}), now)
        away = training_partners.add(c, other, theirs, "Their House", "(918) 555-0199", "24/7", now)
        code = people.make_batch(c, other, theirs, 5, now + 86400)
        asks = people.ask_to_join(c, code, "one more chat", "en", now, "Their asker 1").number
        (number,) = answers.ask(c, [question_row(who, None, pick)], now)
        hashed = str(c.execute(select(batch.c.code).where(batch.c.department == other)).scalar_one())
        return Planted((other, theirs, str(who), str(away), str(asks), str(number), hashed[:16]), own)

    return await school.database.write(work)


def payloads(shapes: tuple[str, ...], known: Planted) -> Iterator[str]:
    """Each shape with everything of the other department, and with every fifth piece of junk, beginning elsewhere each time."""
    for n, shape in enumerate(shapes):
        for value in (*JUNK[n % 5 :: 5], *known.theirs):
            named = shape
            for name, own in known.own.items():
                named = named.replace(f"{{{name}}}", own)
            tap = f"k:{named.replace('{}', value)}"
            if len(tap.encode()) <= BYTES and tap not in KNOWN:
                yield tap


def state(c: Connection) -> dict[str, list[Any]]:
    return {table.name: [tuple(row) for row in c.execute(select(table))] for table in TABLES}


async def wrong(school: School, phone: int, taps: Iterable[str], draft: dict[str, Any]) -> list[tuple[str, str]]:
    """What each tap did that it must not; `draft` is what is half done when it comes."""
    name = school.chats.hash("telegram", str(phone))
    found: list[tuple[str, str]] = []

    async def one(tap: str) -> None:
        def act(c: Connection) -> tuple[Any, bool, list[str]]:
            before, role = state(c), school.chats.get(c, name).role
            if draft:
                school.training.rooms.drafts.put(c, name, draft, school.clock())
            made = school.training.apply(c, name, role, "en", Wish.of_payload(tap), school.clock())  # type: ignore[arg-type]
            after = state(c)
            return made, role, [table for table in after if after[table] != before[table]]

        try:
            made, role, changed = await school.database.write(act)
            if made is None:
                found.append((tap, "was met with silence"))
            if changed:
                found.append((tap, f"changed {changed}"))
            for shown in [await rendered(school, name, role, part) for reply in made or [] for part in reply.parts]:
                said = "\n".join([shown.text, *(title for title, _ in shown.buttons)]) if shown is not None else ""
                found.extend((tap, f"leaked {said}") for secret in SECRETS if secret in said)
        except Exception as error:
            found.append((tap, f"broke: {error!r}"))

    for tap in taps:
        if Wish.of_payload(tap) is not None:  # else the desk says that the button is gone
            await one(tap)
    return found


async def rendered(school: School, name: str, role: str, part: Part) -> Rendered | None:
    """As the sender does it."""
    if part.content == "training:progress":  # nothing of the payload is in it, and it takes a second to draw
        return None
    if not part.content.startswith("training:"):
        return Renderer(school.library, "en", role).render(part)
    read, now = school.database.read, school.clock()
    shown = await school.training.words(read, name, role, part.content, part.params, "en", now)
    return shown.rendered if shown is not None else None


async def test_r26_a_made_up_button_of_a_coordinator_does_nothing(school: School) -> None:
    known = await planted(school)
    assert await wrong(school, CHIEF, payloads(COORDINATING, known), {}) == []


@pytest.mark.parametrize("clerk", ["set", "invite", "partner", "hours"])
async def test_r26_nor_does_it_in_the_middle_of_something(school: School, clerk: str) -> None:
    known = await planted(school)
    place = (await school.member_of(CHIEF)).department
    draft = {
        "set": {**SETTING_UP, "place": place}, "invite": {**INVITING, "codes": []}, "partner": {**PARTNER, "hours": "24/7", "spoken": ""},
        "hours": {**OWN_TIME, "step": "days"},
    }[clerk]  # fmt: skip
    shapes = tuple(shape for shape in (*COORDINATING, *LEARNING) if shape.startswith(f"{clerk}:"))
    assert await wrong(school, CHIEF, payloads(shapes, known), draft) == []


async def test_a_made_up_button_of_an_officer_does_nothing(school: School) -> None:
    known = await planted(school)
    assert await wrong(school, ROOKIE, payloads(LEARNING, known), {}) == []


@pytest.mark.parametrize(
    "tap",
    ["k:", "k::", "k:::yes", "k:row:learner_quiz", "k:before:officer_local_partners", "k:say:x", "k:paused", "K:home"],
)
async def test_a_payload_that_is_no_buttons_is_answered_and_does_nothing(school: School, tap: str) -> None:
    await planted(school)
    before = await school.database.read(state)
    assert any("no longer works" in said for said in await school.hears(CHIEF, f"!{tap}"))
    assert await school.database.read(state) == before


async def test_every_wish_there_is_was_tapped(school: School) -> None:
    """A new button is added to the shapes above."""
    training = school.training
    names = {*training._coordinator._wishes, *training._learner._wishes}
    tapped = {shape.split(":")[0] for shape in (*COORDINATING, *LEARNING, *ANYWAY)}
    assert names - tapped == set()


async def becomes(school: School, who: str) -> int:
    """A phone on which a coordinator's old buttons stand, and who holds it now."""
    chief = school.chats.hash("telegram", str(CHIEF))
    number = (await school.member_of(CHIEF)).id
    people, doors = school.training.rooms.people, school.training.rooms.doors

    def demoted(c: Connection) -> None:
        people.set_role(c, number, "officer")
        school.chats.change(c, chief, role="officer")

    if who == "demoted":
        await school.database.write(demoted)
    elif who == "removed":
        await school.database.write(lambda c: doors.leave(c, number, school.clock()))
    elif who != "officer":
        await school.person(AWAY, role=who)
        return AWAY
    return ROOKIE if who == "officer" else CHIEF


@pytest.mark.parametrize("who", ["officer", "guest", "advocate", "demoted", "removed"])
async def test_r60_old_buttons_of_a_coordinator_do_nothing_for_whoever_is_none(school: School, who: str) -> None:
    """Real ids of their own department, in the hands of somebody else: through the whole bot."""
    known = await planted(school)
    phone, own = await becomes(school, who), known.own
    taps = [
        "home", "schedule", "setup", "set:active:0:", "set:change:when", "officers", f"officer:{own['mine']}:show", f"officer:{own['mine']}:id",
        f"officer:{own['mine']}:remove:yes", f"officer:{own['mine']}:role:coordinator", "unit:add", "units", "settings", "rule:ranking:yes",
        "rule:duty:0", "invite", "invite:officer", "invite:coordinator", "links", f"join:{own['asked']}:y", "waiting", "progress",
        "progress:people", "export", "export:csv", "partners", f"partner:{own['partner']}:remove:yes", "partner:add", "sheet",
    ]  # fmt: skip
    before = await school.database.read(state)
    for tap in taps:
        said = await school.hears(phone, f"!k:{tap}")
        assert said, tap
        shown = "\n".join([*said, *(title for title, _ in school.buttons(phone))])
        assert not any(word in shown for word in ("E-1", "Our House", "?start=", "Example Police")), (tap, shown)
        assert school.phones.sent[-1].file is None, tap
    assert await school.database.read(state) == before
