"""A department's own partners: added by its coordinator, seen first by its officers, rung each quarter, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.library.loading import CONTENT
from bot.library.replies import Part, Reply
from bot.localtime import local_date
from bot.nlu import Read, Turn
from bot.store import training_partners as store
from bot.store.queues import TRAINING
from bot.store.schema import outbox
from bot.store.training_schema import partner, schedule, training_draft
from bot.training.partners import open_line, phone_of
from bot.training.schedule import Hours
from tests.placement.room import Reader
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE, weekly
from tests.training.school import CHIEF, PARTNER, ROOKIE, School

DAY = 86400.0
OTHER = 700_000_900
ADD = (
    "!k:partner:add",
    "Example Advocates",
    "918-555-0123",
    "!k:partner:always",
    "!k:partner:spoken:none",
    "!k:partner:yes",
)


class Asked(Reader):
    """Reads every text as the question whom to call."""

    row, topic = "officer_local_partners", "topic:partners.find"

    async def turn(self, chat: str, text: str, metadata: dict[str, Any], timeout: float = 1.0) -> Turn:
        return Turn(Read(self.row, 0.95), Reply(self.row, [Part(self.topic)], subject=self.topic.partition(":")[2]))


@pytest.fixture
async def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    monkeypatch.setattr(made.reader, "turn", Asked().turn)
    yield made
    made.close()


async def add_unit(school: School, place: str, name: str) -> str:
    return await school.database.write(lambda c: school.training.rooms.people.add_unit(c, place, name))


async def elsewhere(school: School) -> int:
    """Another department with a coordinator and a partner. The partner's number."""
    chief = await school.person(OTHER, role="coordinator")
    people = school.training.rooms.people

    def work(c: Any) -> int:
        place = people.add_department(c, "Other Example", "America/Chicago", "en", school.clock())
        people.join(c, chief, place, None, "coordinator", "en", school.clock())
        number = store.add(c, place, None, "Elsewhere House", "(405) 555-0199", "24/7", school.clock())
        assert number is not None
        return number

    return await school.database.write(work)


def test_spanish_has_one_word_for_partners() -> None:
    """What the buttons and `/aliados` call so, courses and topics call so as well."""
    texts = {path.name: path.read_text("utf-8") for path in sorted((CONTENT / "es").rglob("*.*"))}
    assert [name for name, text in texts.items() if re.search(r"\bsocios?\b", text, re.IGNORECASE)] == []


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("en", ("No partners yet.", "What is the organization called?", "Which number", "When do they answer?", "Before the first night")),
        ("es", ("Aún no hay aliados.", "¿Cómo se llama la organización?", "¿A qué número", "¿Cuándo contestan?", "Antes de la primera noche")),
    ],
)  # fmt: skip
async def test_a_partner_is_added_in_four_steps_and_the_first_brings_the_checklist(
    school: School, lang: str, texts: tuple[str, ...]
) -> None:
    await school.opened(lang=lang)
    seen = []
    name = {"en": "Example Advocates", "es": "Casa de Ejemplo"}[lang]
    steps = (ADD[0], name, *ADD[2:])
    for said in ("/partners", *steps):
        seen += await school.hears(CHIEF, said)
    starts = iter(seen)
    for text in texts:
        assert any(one.startswith(text) for one in starts), (text, seen)
    assert any("(918) 555-0123" in one and "24/7" in one for one in seen)
    (row,) = await school.rows(partner)
    assert (row.name, row.phone, row.hours, row.unit) == (name, "(918) 555-0123", "24/7", None)
    assert await school.rows(training_draft) == []
    again = await school.hears(CHIEF, *steps)
    assert len(again) == 1, "the checklist comes once"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (("!k:partner:add", "Z"), "A name has 2 to 80"),
        (("!k:partner:add", "Example House, 12 Main Street, Tulsa, OK 74103"), "A name has 2 to 80"),
        (("!k:partner:add", "Example House", "call them"), "I cannot read that as a phone number"),
        (("!k:partner:add", "Example House", "12"), "I cannot read that as a phone number"),
        (("!k:partner:add", "Example House", "1-800-655-4673"), "That number is printed on real pages"),
        (("!k:partner:add", "Example House", "918-555-0123 or 918-555-0124"), "I cannot read that as a phone number"),
        (("!k:partner:add", "Example House", "918-555-0123", "y"), "Hours have 2 to 80"),
        (("!k:partner:add", "Example House", "918-555-0123", "days", "some day"), "I cannot read that as a day"),
        (("!k:partner:add", "Example House", "918-555-0123", "days", "2999-01-01"), "I cannot read that as a day"),
    ],
)
async def test_bad_input_says_what_to_do_and_asks_again(school: School, said: tuple[str, ...], why: str) -> None:
    await school.opened()
    heard = await school.hears(CHIEF, *said)
    assert heard[0].startswith(why)
    assert await school.rows(partner) == []
    going_on = {2: "Example House", 3: "918-555-0123", 4: "nights", 5: "last week"}[len(said)]
    after = await school.hears(CHIEF, going_on)
    assert not after[0].startswith(why)


async def test_cancelled_halfway_nothing_is_there_and_an_old_button_says_so(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, *ADD[:3], "!k:cancel")
    assert await school.rows(training_draft) == []
    for payload in (
        "!k:partner:always",
        "!k:partner:yes",
        "!k:partner:unit:none",
        "!k:partner:77",
        "!k:partner:",
        "!k:partner:x:spoke",
    ):
        (said,) = await school.hears(CHIEF, payload)
        assert said.startswith("That button is old"), (payload, said)
    assert await school.rows(partner) == []


async def test_what_is_typed_stands_in_no_queue(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, *ADD)
    for row in await school.rows(outbox):
        assert "Example Advocates" not in str(row.content)
        assert "555" not in str(row.content)


async def test_it_is_changed_field_by_field_and_removed_after_a_second_tap(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, *ADD, "!k:partner:1:name", "Example Shelter", "!k:partner:1:phone", "(405) 555-0142")
    (said,) = await school.hears(CHIEF, "!k:partner:1:hours")
    assert said.startswith("When do they answer?")
    (said,) = await school.hears(CHIEF, "nights and weekends")
    assert said.split("\n")[:3] == ["Example Shelter", "Phone: (405) 555-0142", "Hours: nights and weekends"]
    (said,) = await school.hears(CHIEF, "!k:partner:1:spoke")
    assert "Spoken with: Monday, June 1, 2026." in said
    await school.hears(CHIEF, "!k:partner:1:remove")
    assert len(await school.rows(partner)) == 1
    (said,) = await school.hears(CHIEF, "!k:partner:1:remove:yes")
    assert said.startswith("No partners yet.")
    assert await school.rows(partner) == []


@pytest.mark.parametrize(
    ("lang", "start"),
    [("en", "Your department's partners, first:"), ("es", "Primero, los aliados de su departamento:")],
)
@pytest.mark.parametrize(
    ("row", "topic"),
    [("officer_local_partners", "topic:partners.find"), ("officer_placement_now", "topic:placement.now")],
)
async def test_an_officer_who_asks_whom_to_call_sees_them_first(
    school: School, monkeypatch: pytest.MonkeyPatch, lang: str, start: str, row: str, topic: str
) -> None:
    await school.opened(lang=lang)
    monkeypatch.setattr(Asked, "row", row)
    monkeypatch.setattr(Asked, "topic", topic)
    question = "who do i call tonight" if lang == "en" else "a quién llamo esta noche"
    before = await school.hears(ROOKIE, question)
    await school.hears(CHIEF, *ADD)
    after = await school.hears(ROOKIE, question)
    assert after[0].startswith(start)
    assert "Example Advocates: (918) 555-0123, 24/7." in after[0]
    assert after[1:] == before, "what content says comes after it, unchanged"


async def test_a_units_own_come_first_and_another_units_not_at_all(school: School) -> None:
    place = await school.opened()
    mine, other = await add_unit(school, place, "Nights"), await add_unit(school, place, "Days")
    await school.hears(CHIEF, *ADD)
    (said,) = await school.hears(CHIEF, "!k:partner:unit:none", "!k:partner:yes", "!k:partners")
    assert said.startswith("Partners of your department: 1.")
    for name, unit in (("Night House", mine), ("Day House", other)):
        asked = await school.hears(CHIEF, "!k:partner:add", name, "918-555-0188", "evenings", "not yet")
        assert asked[-1].startswith("Who calls this partner?")
        (said,) = await school.hears(CHIEF, f"!k:partner:unit:{unit}")
        assert said.startswith("Is this right?")
        await school.hears(CHIEF, "!k:partner:yes")
    rookie = await school.member_of(ROOKIE)
    await school.database.write(lambda c: school.training.rooms.people.move(c, rookie.id, mine, school.clock()))
    said = (await school.hears(ROOKIE, "who do i call"))[0]
    assert said.index("Night House") < said.index("Example Advocates")
    assert "Day House" not in said


async def test_r26_another_departments_partner_is_neither_seen_nor_changed(school: School) -> None:
    place = await school.opened()
    theirs = await elsewhere(school)
    for what in ("", ":spoke", ":name", ":phone", ":hours", ":unit", ":unit:none", ":remove", ":remove:yes"):
        (said,) = await school.hears(CHIEF, f"!k:partner:{theirs}{what}")
        assert said.startswith("That button is old"), what
    assert (await school.hears(CHIEF, "/partners"))[0].startswith("No partners yet.")
    assert not any("Elsewhere" in text for text in await school.hears(ROOKIE, "who do i call"))
    (row,) = await school.rows(partner)
    assert (row.name, row.spoken_at) == ("Elsewhere House", None)

    def work(c: Any) -> tuple[bool, ...]:
        return (
            store.change(c, place, theirs, name="x"), store.spoke(c, place, theirs, 1.0), store.remove(c, place, theirs),
            store.get(c, place, theirs) is not None,
        )  # fmt: skip

    assert await school.database.write(work) == (False, False, False, False)


async def test_an_officer_changes_nothing_and_a_guest_sees_none(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, *ADD)
    for payload in ("!k:partners", "!k:partner:1", "!k:partner:1:remove:yes", "!k:partner:add"):
        (said,) = await school.hears(ROOKIE, payload)
        assert said.startswith("Your department's training coordinator"), payload
    await school.person(PARTNER, role="guest")
    assert not any("Example Advocates" in text for text in await school.hears(PARTNER, "who do i call", "!k:partners"))
    assert len(await school.rows(partner)) == 1


BEGUN = ("!q:begin", "!q:officer.reporting:go", "1", "!q:officer.agreed:yes", "0")
FIRST = {"en": "Your department's partners, first:", "es": "Primero, los aliados de su departamento:"}
NOBODY = {"en": "Nobody can take this now.", "es": "Nadie puede tomar esto ahora."}


async def by_unit(school: School, place: str, lang: str = "en") -> None:
    """A partner of all, one of the officer's unit, and one of another unit."""
    mine, other = await add_unit(school, place, "Nights"), await add_unit(school, place, "Days")
    rookie = await school.member_of(ROOKIE)

    def work(c: Any) -> None:
        names = (("Everybody House", None), ("Night House", mine), ("Day House", other))
        for name, unit in names:
            store.add(c, place, unit, name, "(918) 555-0123", "24/7", school.clock())
        school.training.rooms.people.move(c, rookie.id, mine, school.clock())
        school.chats.change(c, rookie.chat, lang=lang, heard=lang, greeted=1)

    await school.database.write(work)


def theirs_first(text: str, lang: str, then: str) -> None:
    """Those of the unit, then those of all, then what is said anyway; none of another unit."""
    places = [text.index(one) for one in (FIRST[lang], "Night House", "Everybody House", then)]
    assert places == sorted(places)
    assert places[0] == 0
    assert "Day House" not in text


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_an_officer_who_asks_for_a_place_when_nobody_is_there_reads_their_own_partners_first(
    school: School, lang: str
) -> None:
    place = await school.opened(lang=lang)
    await by_unit(school, place, lang)
    (said,) = await school.hears(ROOKIE, "!q:begin")
    theirs_first(said, lang, NOBODY[lang])
    assert ("Help lines" if lang == "en" else "Líneas de ayuda", "c:lines") in school.buttons(ROOKIE)


async def test_so_does_who_finds_that_nobody_fits(school: School) -> None:
    place = await school.opened()
    await by_unit(school, place)
    await school.staffed()
    (said,) = (await school.hears(ROOKIE, *BEGUN, "Texas"))[-1:]
    theirs_first(said, "en", NOBODY["en"])


async def test_so_does_who_waited_and_nobody_took_it(school: School) -> None:
    """The end of the ladder, told by the clock, and how it stands when it is asked for later."""
    place = await school.opened()
    await by_unit(school, place)
    await school.staffed()
    asked = (*BEGUN, "Oklahoma", "Tulsa", "spanish", "!q:officer.needs:none", "918-555-0142")
    (sent,) = (await school.hears(ROOKIE, *asked, "!q:summary:send"))[-1:]
    assert "House" not in sent
    await school.ticks(16 * 60)
    theirs_first(school.phones.texts(ROOKIE)[-1], "en", "nobody can take this now")
    (again,) = await school.hears(ROOKIE, "!q:show")
    theirs_first(again, "en", "nobody can take this now")


async def test_r26_nothing_of_it_goes_to_the_department_and_no_partner_stands_in_a_queue(school: School) -> None:
    place = await school.opened()
    await by_unit(school, place)
    before = (await school.rows(partner), await school.states(), school.phones.texts(CHIEF))
    await school.hears(ROOKIE, "!q:begin")
    assert (await school.rows(partner), await school.states(), school.phones.texts(CHIEF)) == before
    assert not [row for row in await school.rows(outbox) if "House" in str(row.content)]


async def test_without_partners_or_a_department_it_is_as_it_was(school: School) -> None:
    await school.opened()
    await school.person(PARTNER, role="officer")
    await school.database.write(lambda c: school.chats.change(c, school.hash(PARTNER), greeted=1, heard="en"))
    for officer in (ROOKIE, PARTNER):
        (said,) = await school.hears(officer, "!q:begin")
        assert said.startswith(NOBODY["en"])


async def test_a_guest_who_asks_for_a_place_reads_no_departments_partners(school: School) -> None:
    """R26 the other way round: also one whose chat was an officer's until now."""
    place = await school.opened()
    await by_unit(school, place)
    rookie = await school.member_of(ROOKIE)
    await school.database.write(lambda c: school.training.rooms.doors.leave(c, rookie.id, school.clock(), told=False))
    assert not any("House" in text for text in await school.hears(ROOKIE, "!q:begin"))


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Shots fired at the motel. Where can I take her tonight?"),
        ("es", "Hay disparos. ¿Adónde la llevo esta noche?"),
    ],
)
async def test_after_a_danger_reply_they_stand_before_what_is_said_of_a_place(
    school: School, monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    """Danger first, then their own, then content's answer."""
    place = await school.opened(lang=lang)
    monkeypatch.setattr(Asked, "row", "officer_placement_now")
    monkeypatch.setattr(Asked, "topic", "topic:placement.now")
    danger, answer = await school.hears(ROOKIE, said)
    assert danger.startswith(school.library.messages[("danger.emergency_now.officer", lang)].text.strip())
    await by_unit(school, place, lang)
    first, partners, then = await school.hears(ROOKIE, said)
    assert (first, then) == (danger, answer)
    theirs_first(partners + then, lang, answer)


@pytest.mark.parametrize("topic", ["placement.now", "placement.minor", "partners.find", "partners.national"])
async def test_a_tap_under_another_answer_shows_them_first_as_well(
    school: School, monkeypatch: pytest.MonkeyPatch, topic: str
) -> None:
    place = await school.opened()
    await by_unit(school, place)
    row = school.library.topics[topic, "en"].handling

    async def choose(chat: str, named: str, metadata: dict[str, Any]) -> Turn:
        return Turn(Read(row, 1.0), Reply(row, [Part(f"topic:{topic}")], subject=topic))

    monkeypatch.setattr(school.reader, "choose", choose)
    said = await school.hears(ROOKIE, f"!t:{topic}")
    assert said[0].startswith(FIRST["en"])
    assert len(said) > 1


async def rings(school: School, at: float) -> list[str]:
    school.clock.now = at
    before = len(school.phones.texts(CHIEF))
    await school.database.write(lambda c: school.training._clockwork.tick(c, school.clock()))
    await school.work()
    return [text for text in school.phones.texts(CHIEF)[before:] if "for three months" in text]


async def test_once_a_quarter_on_a_working_day_the_coordinator_is_reminded_to_ring(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, *ADD)
    noon = MONDAY + 6 * 3600
    assert await rings(school, noon + 84 * DAY) == []
    assert await rings(school, noon + 96 * DAY) == [], "a Saturday"
    assert await rings(school, noon + 97.5 * DAY) == [], "a night"
    (said,) = await rings(school, noon + 98 * DAY)
    assert "• Example Advocates: (918) 555-0123" in said
    assert school.buttons(CHIEF)[0] == ("Example Advocates", "k:partner:1")
    assert await rings(school, noon + 99 * DAY) == []
    assert len(await rings(school, noon + 98 * DAY + 91 * DAY)) == 1, "nobody rang: once more, a quarter later"
    await school.hears(CHIEF, "!k:partner:1:spoke")
    assert await rings(school, noon + 98 * DAY + 175 * DAY) == []


async def test_no_reminder_to_ring_on_a_holiday_or_in_the_departments_quiet_hours(school: School) -> None:
    """Monday 7 September 2026 is Labor Day. The quiet hours are those of the department's schedule."""
    place = await school.opened(weekly(minute=17 * 60, quiet=Hours(18 * 60, 16 * 60), holidays="US"))
    await school.hears(CHIEF, *ADD)
    noon = MONDAY + 5 * 3600
    assert await rings(school, noon + 98 * DAY + 3600) == [], "a holiday"
    assert await rings(school, noon + 99 * DAY) == [], "quiet hours"
    people = school.training.rooms.people
    await school.database.write(
        lambda c: people.set_schedule(c, place, None, weekly(quiet=Hours(21 * 60, 7 * 60), holidays=""), 1.0)
    )
    assert len(await rings(school, noon + 99 * DAY + 3600)) == 1, "it stayed due"


async def test_a_reminder_to_ring_leaves_before_the_quiet_hours_begin(school: School) -> None:
    await school.opened(weekly(quiet=Hours(14 * 60, 9 * 60)))
    await school.hears(CHIEF, *ADD)
    school.clock.now = MONDAY + 6.5 * 3600 + 98 * DAY  # half past one in the afternoon
    await school.database.write(lambda c: school.training._clockwork.tick(c, school.clock()))
    (row,) = [row for row in await school.rows(outbox) if "partners.due" in str(row.content)]
    assert row.not_after == school.clock() + 1800


async def test_a_department_without_a_schedule_keeps_its_own_holidays(school: School) -> None:
    place = await school.opened()
    await school.hears(CHIEF, *ADD)

    def bare(c: Any) -> None:
        school.training.rooms.people.set_place(c, place, ZONE, "US")
        c.execute(schedule.update().values(whose="nobody's"))

    await school.database.write(bare)
    assert await rings(school, MONDAY + 6 * 3600 + 98 * DAY) == [], "a holiday"
    assert len(await rings(school, MONDAY + 6 * 3600 + 99 * DAY)) == 1


async def test_a_reminder_that_waits_is_not_sent_once_all_were_rung(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, *ADD)
    school.clock.now = MONDAY + 6 * 3600 + 98 * DAY
    await school.database.write(lambda c: school.training._clockwork.tick(c, school.clock()))
    (waiting,) = [
        row for row in await school.rows(outbox) if row.lane == TRAINING and "partners.due" in str(row.content)
    ]
    assert orjson.loads(waiting.content)["silent"]
    await school.database.write(lambda c: store.spoke(c, store_place(c), 1, school.clock()))
    before = len(school.phones.texts(CHIEF))
    await school.work()
    assert len(school.phones.texts(CHIEF)) == before


def store_place(c: Any) -> str:
    return str(c.execute(partner.select()).first().department)


async def test_r6_who_cleared_the_screen_is_not_reminded_and_it_stays_due(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, *ADD)
    chief = await school.member_of(CHIEF)
    await school.database.write(lambda c: school.training.rooms.people.pause(c, chief.id, school.clock()))
    assert await rings(school, MONDAY + 6 * 3600 + 98 * DAY) == []
    await school.database.write(lambda c: school.training.rooms.people.resume(c, chief.id, school.clock()))
    assert len(await rings(school, MONDAY + 6 * 3600 + 99 * DAY)) == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("918 555 0123", "(918) 555-0123"), ("+1 918 555 0123", "(918) 555-0123"), ("+52 55 5123 4567", "+52 55 5123 4567"),
        ("555-0123", None), ("", None), ("988", None),
    ],
)  # fmt: skip
def test_numbers_are_kept_as_they_are_dialled(said: str, kept: str | None) -> None:
    assert phone_of(said) == kept


@pytest.mark.parametrize(
    ("said", "kept"), [("  Example   House ", "Example House"), ("x", None), ("y" * 81, None), ("14 Elm Street", None)]
)
def test_a_name_is_one_line_without_an_address(said: str, kept: str | None) -> None:
    assert open_line(said) == kept


async def test_the_next_page_of_an_answer_does_not_say_them_again(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, *ADD)
    assert "Example Advocates" in (await school.hears(ROOKIE, "who do i call"))[0]
    for payload in ("!m:partners.find:1", "!d:any"):
        assert not any("Example Advocates" in text for text in await school.hears(ROOKIE, payload)), payload


@pytest.mark.parametrize(
    ("lang", "said", "day"),
    [
        ("en", "2026-05-03", "2026-05-03"), ("en", "last week", "2026-05-25"), ("en", "May 3", "2026-05-03"), ("en", "December 3", "2025-12-03"),
        ("en", "two weeks ago", "2026-05-18"), ("es", "la semana pasada", "2026-05-25"), ("es", "hace tres meses", "2026-03-03"),
        ("es", "3 de mayo", "2026-05-03"), ("es", "ayer", "2026-05-31"), ("en", "not yet", None), ("es", "todavía no", None),
    ],
)  # fmt: skip
async def test_when_they_last_spoke_is_asked_and_can_be_another_day(
    school: School, lang: str, said: str, day: str | None
) -> None:
    await school.opened(lang=lang)
    await school.hears(CHIEF, *ADD[:4], said, "!k:partner:yes")
    (row,) = await school.rows(partner)
    kept = None if row.spoken_at is None else local_date(row.spoken_at, ZONE).isoformat()
    assert kept == day
    await school.hears(CHIEF, f"!k:partner:{row.id}:spoken", "2026-01-02")
    (row,) = await school.rows(partner)
    assert local_date(row.spoken_at, ZONE).isoformat() == "2026-01-02"
