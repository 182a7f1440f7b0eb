"""Officers, units and rules of a department in the chat; whatever stands in a tap, only the coordinator's own department is reached."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, select

from bot.channels.telegram.gateway import Refused
from bot.store import training_answers as answers
from bot.store import training_departments
from bot.store.schema import chat, outbox
from bot.store.training_completions import Completion
from bot.store.training_schema import completion, department, member, occurrence, unit
from bot.training.completing import complete
from bot.training.model import Pick
from bot.training.planner import question_row
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE, weekly
from tests.training.school import CHIEF, PARTNER, ROOKIE, School

OLD = "That button does not fit any more"
STRANGER = 700_000_104


class Other(NamedTuple):
    """Another department, with a unit and an officer; nothing of it may be reached."""

    place: str
    unit: str
    officer: int


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def another(school: School) -> Other:
    people = school.training.rooms.people

    def work(c: Connection) -> Other:
        place = people.add_department(c, "Other Example Police", ZONE, "en", school.clock())
        theirs = people.add_unit(c, place, "Their watch")
        who = people.join(c, "another chat", place, theirs, "officer", "en", school.clock(), officer_id="O-7")
        people.set_schedule(c, place, None, weekly(), school.clock())
        return Other(place, theirs, who)

    return await school.database.write(work)


async def role_of(school: School, phone: int) -> str:
    name = school.chats.hash("telegram", str(phone))
    return str(await school.database.read(lambda c: c.scalar(select(chat.c.role).where(chat.c.chat == name))))


async def number(school: School, phone: int) -> int:
    return int((await school.member_of(phone)).id)


def titles(school: School, phone: int = CHIEF) -> list[str]:
    return [title for title, _ in school.buttons(phone)]


async def link(school: School) -> str:
    """The code on the coordinator's screen."""
    return school.phones.texts(CHIEF)[-1].rpartition("start ")[2].split()[0]


@pytest.mark.parametrize(
    ("lang", "marks", "none"),
    [("en", "coordinator", "Member "), ("es", "coordinación", "Miembro ")],
)
async def test_the_list_names_ids_and_roles_and_nothing_of_answers(
    school: School, lang: str, marks: str, none: str
) -> None:
    await school.opened(lang=lang)
    await school.hears(ROOKIE, "!k:pause")
    (shown,) = await school.hears(CHIEF, "/officers")
    first, second = titles(school)[:2]
    assert first.endswith(f", {marks}")
    assert first.startswith(none)
    assert second.startswith("E-1, ")
    assert "right" not in shown
    await school.hears(CHIEF, "!" + school.payload(CHIEF, second))
    assert school.phones.texts(CHIEF)[-1].startswith("E-1\n")


DONE = Completion("E-1", "basic", "v", "training", 61, "2026-05-20", "2026-06-01", "Example Police", "completed", 0.9)


async def completes(school: School, course: str = "basic", last: str = "2026-06-01") -> None:
    """The rookie completed a course, as the roster has it."""
    rookie, what = await school.member_of(ROOKIE), replace(DONE, course=course, last_day=last)
    done = school.training.rooms.completions
    await school.database.write(lambda c: done.add(c, rookie.department, rookie.id, what, school.clock()))


@pytest.mark.parametrize(
    ("lang", "before", "after"),
    [("en", "Basic course: not completed yet", "Basic course: completed on June 1, 2026"),
     ("es", "Curso básico: sin completar todavía", "Curso básico: completado el 1 de junio de 2026")],
)  # fmt: skip
async def test_who_has_completed_the_basic_course_is_shown_and_when(
    school: School, lang: str, before: str, after: str
) -> None:
    """ "who hasn't finished": the roster says the same; nothing of answers, and nobody is ranked."""
    await school.opened(lang=lang)
    rookie = await number(school, ROOKIE)
    await completes(school, "myths")
    (shown,) = await school.hears(CHIEF, f"!k:officer:{rookie}:show")
    assert before in shown.splitlines()
    await school.hears(CHIEF, "/officers")
    assert [title.startswith("✓") for title in titles(school)[:2]] == [False, False]
    await completes(school, last="2025-06-03")
    await completes(school)
    (shown,) = await school.hears(CHIEF, f"!k:officer:{rookie}:show")
    assert after in shown.splitlines()
    (shown,) = await school.hears(CHIEF, "/officers")
    assert "✓" in shown
    assert [title.startswith("✓ E-1") for title in titles(school)[:2]] == [False, True], (
        "in order of joining, as before"
    )


async def test_a_completion_that_was_tampered_with_stops_no_list(school: School) -> None:
    await school.opened()
    await completes(school)
    await school.database.write(lambda c: c.execute(completion.update().values(body=b"nothing")))
    assert (await school.hears(CHIEF, "/officers"))[0].startswith("People in your department: 2")
    assert titles(school)[1] == "E-1"


@pytest.mark.parametrize(("lang", "says"), [("en", "blocked the bot"), ("es", "bloqueó el bot")])
async def test_an_officer_who_blocked_the_bot_is_shown_and_stops_nobody_else(
    school: School, lang: str, says: str
) -> None:
    """Refused by the platform: no endless trying, others get theirs, the coordinator sees whom to speak with."""
    await school.opened(lang=lang)
    school.clock.now = MONDAY + 86400.0 + 3 * 3600  # Tuesday, ten in Chicago
    tried: list[int] = []

    async def refuse(phone: int, _: str) -> None:
        tried.append(phone)
        if phone == ROOKIE:
            raise Refused

    school.phones.hook = refuse
    for _ in range(5):
        await school.goes_on()
        school.clock.now += 60
    assert sorted(tried) == [CHIEF, ROOKIE], "once each"
    await school.hears(CHIEF, "!k:officers")
    (line,) = [title for title in titles(school) if title.startswith("E-1")]
    assert line == f"E-1, {says}"
    (shown,) = await school.hears(CHIEF, "!" + school.payload(CHIEF, line))
    assert {"en": "write: resume.", "es": "escriba: reanudar."}[lang] in shown
    assert sorted(await school.states()) == sorted([3, 2]), "one is written down as not sent, the other has left"
    assert [row.reason for row in await school.rows(occurrence) if row.state == 3] == ["blocked"], (
        "not: may have arrived"
    )
    (progress,) = await school.hears(CHIEF, "/progress")
    assert {"en": "0 could not be sent in time", "es": "0 no salieron a tiempo"}[lang] in progress
    assert {"en": "Some could not be delivered", "es": "Algunos no se pudieron entregar"}[lang] in progress
    school.phones.hook = None
    await school.hears(ROOKIE, "hi")
    await school.hears(CHIEF, "!k:officers")
    assert says not in " ".join(titles(school)), "whoever writes again is reached"
    assert (await school.member_of(ROOKIE)).paused_at is not None, "and goes on by a word of their own (R6)"
    await school.hears(ROOKIE, {"en": "resume", "es": "reanudar"}[lang])
    assert (await school.member_of(ROOKIE)).paused_at is None


async def test_what_came_to_nobody_in_its_window_is_late_and_not_perhaps_there(school: School) -> None:
    """Queued before a downtime, taken by the sender after its window: it was never tried."""
    await school.opened()
    school.clock.now = MONDAY + 86400.0 + 3 * 3600
    await school.training.tick(school.database, school.clock())
    school.clock.now += 6 * 3600.0
    await school.work()
    await school.goes_on()
    assert {row.reason for row in await school.rows(occurrence) if row.state == 3} == {"late"}


async def test_many_officers_come_eight_a_page(school: School) -> None:
    place = await school.opened()
    people = school.training.rooms.people

    def more(c: Connection) -> None:
        for n in range(15):
            people.join(c, f"chat {n}", place, None, "officer", "en", school.clock(), officer_id=f"X-{n}")

    await school.database.write(more)
    seen: list[str] = []
    await school.hears(CHIEF, "/officers")
    for _ in range(3):
        seen += [payload for _, payload in school.buttons(CHIEF) if payload.startswith("k:officer:")]
        if "More" in titles(school):
            await school.hears(CHIEF, "!" + school.payload(CHIEF, "More"))
    assert len(seen) == len(set(seen)) == 17
    for page in ("99999", "x", "-1", "999999999"):
        (shown,) = await school.hears(CHIEF, f"!k:officers:{page}")
        assert shown.startswith("People in your department: 17")


async def test_an_id_is_given_and_corrected_and_never_lies_open(school: School) -> None:
    await school.opened()
    who = await number(school, ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{who}:id")
    (wrong,) = await school.hears(CHIEF, "y" * 41)
    assert wrong.startswith("An ID has 1 to 40")
    (shown,) = await school.hears(CHIEF, " BADGE-777 ")
    assert shown.startswith("BADGE-777\n")
    rows = await school.rows(member) + await school.rows(outbox)
    assert "BADGE-777" not in str(rows), "sealed in its column, and in no queue"


async def test_an_officer_moves_between_units(school: School) -> None:
    await school.opened()
    who = await number(school, ROOKIE)
    await school.hears(CHIEF, "!k:unit:add", "Night watch")
    (shown,) = await school.hears(CHIEF, f"!k:officer:{who}:move")
    assert shown == "Where does E-1 go?"
    (shown,) = await school.hears(CHIEF, "!" + school.payload(CHIEF, "Night watch"))
    assert "Unit: Night watch" in shown
    await school.hears(CHIEF, f"!k:officer:{who}:move")
    assert "Night watch" not in titles(school), "is there already"
    (shown,) = await school.hears(CHIEF, f"!k:officer:{who}:move:none")
    assert "Unit: no unit" in shown


async def test_a_coordinator_is_made_and_the_last_one_stays(school: School) -> None:
    await school.opened()
    first, second = await number(school, CHIEF), await number(school, ROOKIE)
    (kept,) = await school.hears(CHIEF, f"!k:officer:{first}:role:officer")
    assert kept.startswith("A department needs a coordinator")
    (kept,) = await school.hears(CHIEF, f"!k:officer:{first}:remove:yes")
    assert kept.startswith("A department needs a coordinator")
    await school.hears(CHIEF, f"!k:officer:{second}:role:coordinator")
    assert await role_of(school, ROOKIE) == "coordinator"
    assert (await school.hears(ROOKIE, "/department"))[0].startswith("Example Police")
    (no_more,) = await school.hears(CHIEF, f"!k:officer:{first}:role:officer")
    assert no_more.startswith("You no longer coordinate")
    assert await role_of(school, CHIEF) == "officer"
    for tap in (
        "officers",
        f"officer:{second}:remove:yes",
        "settings",
        "rule:ranking:yes",
        "unit:add",
        "invite",
        "links",
    ):
        (said,) = await school.hears(CHIEF, f"!k:{tap}")
        assert "coordinator" in said
    assert (await school.member_of(ROOKIE)).left_at is None


async def test_removing_is_asked_once_more_and_ends_everything_but_completions(school: School) -> None:
    await school.opened()
    who = await number(school, ROOKIE)
    (asked,) = await school.hears(CHIEF, f"!k:officer:{who}:remove")
    assert asked.startswith("Remove E-1?")
    assert await school.member_of(ROOKIE) is not None
    await school.hears(CHIEF, "!" + school.payload(CHIEF, "Remove"))
    assert await school.member_of(ROOKIE) is None
    assert await role_of(school, ROOKIE) == "guest"
    (old,) = await school.hears(CHIEF, f"!k:officer:{who}:role:coordinator")
    assert old.startswith(OLD), "who has left is not reached by a button of before"


async def test_a_coordinator_who_removes_themselves_is_told_and_reaches_nothing(school: School) -> None:
    await school.opened()
    first, second = await number(school, CHIEF), await number(school, ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{second}:role:coordinator", "!k:unit:add")
    (gone,) = await school.hears(CHIEF, f"!k:officer:{first}:remove:yes")
    assert gone.startswith("Done: this chat has left")
    await school.hears(CHIEF, "Secret watch", "!k:officers", f"!k:officer:{second}:remove:yes")
    assert await school.rows(unit) == []
    assert (await school.member_of(ROOKIE)).left_at is None


async def test_words_asked_for_a_department_that_was_left_do_nothing(school: School) -> None:
    """Left with a question open, invited again as a coordinator without a department: the old question is over."""
    await school.opened()
    first, second = await number(school, CHIEF), await number(school, ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{second}:role:coordinator", "!k:unit:add")
    await school.hears(ROOKIE, f"!k:officer:{first}:remove:yes")
    name = school.chats.hash("telegram", str(CHIEF))
    await school.database.write(lambda c: school.chats.change(c, name, role="coordinator"))
    assert await school.hears(CHIEF, "Secret watch")
    assert await school.rows(unit) == []
    said = await school.hears(CHIEF, "/department")
    assert said[-1].startswith("What is your department called")


# -- a new phone ------------------------------------------------------------------------------------------------------------------


async def test_a_new_phone_keeps_the_officer_and_works_once(school: School) -> None:
    await school.opened()
    who = await number(school, ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{who}:phone")
    code = await link(school)
    said = await school.hears(PARTNER, f"/start {code}")
    assert "You are in: Example Police" in " ".join(said)
    assert await number(school, PARTNER) == who
    assert (await role_of(school, PARTNER), await role_of(school, ROOKIE)) == ("officer", "guest")
    await school.hears(STRANGER, f"/start {code}")
    assert await school.member_of(STRANGER) is None, "a link for one phone works once"


async def test_a_new_phone_is_none_for_who_has_left(school: School) -> None:
    await school.opened()
    who = await number(school, ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{who}:phone")
    code = await link(school)
    await school.hears(CHIEF, f"!k:officer:{who}:remove:yes")
    (said,) = (await school.hears(PARTNER, f"/start {code}"))[-1:]
    assert said.startswith("This link no longer works")
    assert await school.member_of(PARTNER) is None
    assert await role_of(school, PARTNER) == "guest"


async def test_an_advocate_opens_the_link_of_a_new_phone_for_nothing(school: School) -> None:
    """R60, and the link is not used up by it."""
    await school.opened()
    await school.person(PARTNER, role="advocate")
    who = await number(school, ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{who}:phone")
    code = await link(school)
    await school.hears(PARTNER, f"/start {code}")
    assert await role_of(school, PARTNER) == "advocate"
    assert await number(school, ROOKIE) == who
    await school.hears(STRANGER, f"/start {code}")
    assert await number(school, STRANGER) == who


async def test_the_link_of_a_new_phone_is_used_up_by_the_move_alone(school: School) -> None:
    """Opened first from a chat that is an officer elsewhere, then in a race that only the move itself notices: the right phone still gets in."""
    await school.opened()
    other = await another(school)
    who = await number(school, ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{who}:phone")
    code = await link(school)
    doors, people = school.training.rooms.doors, school.training.rooms.people
    name = await school.person(PARTNER, role="officer")
    await school.database.write(lambda c: people.join(c, name, other.place, None, "officer", "en", school.clock()))
    (said,) = (await school.hears(PARTNER, f"/start {code}"))[-1:]
    assert said.startswith("This chat has joined already")
    assert (await school.member_of(PARTNER)).department == other.place

    def raced(c: Connection) -> str:
        """As if the chat became an advocate's between the look and the move."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(doors, "new_phone", lambda *_: False)
            return doors.take_over(c, code, "a chat of nobody", school.clock()).outcome

    assert await school.database.write(raced) == "crosses"
    await school.hears(STRANGER, f"/start {code}")
    assert await number(school, STRANGER) == who
    (full,) = (await school.hears(700_000_105, f"/start {code}"))[-1:]
    assert full.startswith("This link no longer works"), "used up now"


async def test_a_link_of_a_new_phone_is_not_tried_for_ever(school: School) -> None:
    """Five refused tries end it; taps on the officer's own old phone are none, and the coordinator sees one link for one phone."""
    await school.opened()
    other = await another(school)
    who = await number(school, ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{who}:phone")
    code = await link(school)
    for _ in range(7):
        await school.hears(ROOKIE, f"/start {code}")
    people = school.training.rooms.people
    name = await school.person(PARTNER, role="officer")
    await school.database.write(lambda c: people.join(c, name, other.place, None, "officer", "en", school.clock()))
    for _ in range(4):
        await school.hears(PARTNER, f"/start {code}")
    (open_,) = await school.hears(CHIEF, "!k:links")
    assert "0 of 1 used" in open_
    await school.hears(PARTNER, f"/start {code}")
    await school.hears(STRANGER, f"/start {code}")
    assert await school.member_of(STRANGER) is None
    assert await number(school, ROOKIE) == who


async def test_the_link_of_a_new_phone_makes_nobody_new(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, f"!k:officer:{await number(school, ROOKIE)}:phone")
    code, doors = await link(school), school.training.rooms.doors
    joined = await school.database.write(lambda c: doors.ask(c, code, "a chat of nobody", "en", school.clock()))
    assert (joined.outcome, joined.member) == ("unknown", None)


# -- units -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_a_unit_is_added_renamed_and_removed(school: School, lang: str) -> None:
    await school.opened(lang=lang)
    who = await number(school, ROOKIE)
    (none,) = await school.hears(CHIEF, {"en": "/units", "es": "/unidades"}[lang])
    assert none
    (wrong,) = await school.hears(CHIEF, "!k:unit:add", "N")
    assert "80" in wrong
    (shown,) = await school.hears(CHIEF, "Night watch")
    assert shown.startswith("Night watch\n")
    (row,) = await school.rows(unit)
    (shown,) = await school.hears(CHIEF, f"!k:unit:{row.id}:name", "Watch B")
    assert shown.startswith("Watch B\n")
    await school.hears(CHIEF, f"!k:officer:{who}:move:{row.id}")
    (asked,) = await school.hears(CHIEF, f"!k:unit:{row.id}:remove")
    assert "Watch B" in asked
    assert len(await school.rows(unit)) == 1
    await school.hears(CHIEF, f"!k:unit:{row.id}:remove:yes")
    assert await school.rows(unit) == []
    assert (await school.member_of(ROOKIE)).unit is None, "officers stay in the department"


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(
    "said", ["Turno de Opción", "TURNO DE OPCIÓN", "  turno   de opcion ", "turno de opcio\u0301n", "Turno deopción"]
)
async def test_no_two_units_are_called_the_same_as_people_read_it(school: School, lang: str, said: str) -> None:
    """Refused with a word for it, and the next name counts; the same on renaming, but for the unit's own name in other letters."""
    await school.opened(lang=lang)
    taken = school.library.messages[("train.unit.name.taken", lang)].text.strip()
    await school.hears(CHIEF, "!k:unit:add", "Turno de opción")
    (first,) = [row.id for row in await school.rows(unit)]
    assert [text.strip() for text in await school.hears(CHIEF, "!k:unit:add", said)] == [taken]
    assert len(await school.rows(unit)) == 1
    await school.hears(CHIEF, "Noche")
    (second,) = [row.id for row in await school.rows(unit) if row.id != first]
    assert [text.strip() for text in await school.hears(CHIEF, f"!k:unit:{second}:name", said)] == [taken]
    assert sorted(row.name for row in await school.rows(unit)) == ["Noche", "Turno de opción"]
    await school.hears(CHIEF, "Noche B", f"!k:unit:{first}:name", said)
    assert sorted(row.name for row in await school.rows(unit)) == sorted(["Noche B", " ".join(said.split())])


async def test_units_that_people_tell_apart_may_stand_side_by_side(school: School) -> None:
    await school.opened()
    names = ["Squad II", "Squad III", "Squad 1", "Squad l", "Squad A", "Squad A+"]
    for name in names:
        await school.hears(CHIEF, "!k:unit:add", name)
    assert [row.name for row in await school.rows(unit)] == names


async def test_another_departments_unit_takes_no_name_away(school: School) -> None:
    await school.opened()
    await another(school)
    await school.hears(CHIEF, "!k:unit:add", "Their watch")
    assert [row.name for row in await school.rows(unit)] == ["Their watch", "Their watch"]


# -- rules -----------------------------------------------------------------------------------------------------------------------


async def test_rules_begin_careful_and_a_list_of_persons_is_asked_twice(school: School) -> None:
    await school.opened()
    (shown,) = await school.hears(CHIEF, "/settings")
    assert "only on duty" in shown
    assert "no ranking of persons" in shown
    (asked,) = await school.hears(CHIEF, "!k:rule:ranking:1")
    assert "guess less honestly" in asked
    (place,) = await school.rows(department)
    assert place.ranking == 0, "one tap is not enough"
    await school.hears(CHIEF, "!k:rule:ranking:yes", "!k:rule:duty:0")
    (place,) = await school.rows(department)
    assert (place.ranking, place.on_duty_only) == (1, 0)
    await school.hears(CHIEF, "!k:rule:ranking:0", "!k:rule:duty:1")
    (place,) = await school.rows(department)
    assert (place.ranking, place.on_duty_only) == (0, 1)


@pytest.mark.parametrize(
    ("tap", "days", "said"),
    [("1", 365, "kept: 1 year"), ("7", 2555, "kept: 7 years"), ("always", None, "kept: with no end date")],
)
async def test_the_written_policy_decides_how_long_completions_stay(
    school: School, tap: str, days: int | None, said: str
) -> None:
    await school.opened()
    (shown,) = await school.hears(CHIEF, "!k:rule:keep", f"!k:rule:keep:{tap}")
    assert shown.splitlines()[-1].endswith(said)
    (place,) = await school.rows(department)
    assert place.keep_days == days


async def test_another_number_of_years_is_written(school: School) -> None:
    await school.opened()
    for nonsense in ("forever", "0", "51", "-1", "²"):
        (wrong,) = await school.hears(CHIEF, "!k:rule:keep", nonsense)
        assert wrong.startswith("Write a number of years from 1 to 50")
    (shown,) = await school.hears(CHIEF, "5 years")
    assert shown.splitlines()[-1].endswith("kept: 5 years")
    (place,) = await school.rows(department)
    assert place.keep_days == 1825


@pytest.mark.parametrize(
    ("lang", "written", "days", "said"),
    [
        ("en", "180 days", 180, "180 days"), ("es", "180 días", 180, "180 días"), ("en", "30 days", 30, "30 days"),
        ("en", "1 day", 1, "1 day"), ("en", "400 days", 400, "400 days"), ("en", "730 days", 730, "2 years"),
        ("es", "1 año", 365, "1 año"),
    ],
)  # fmt: skip
async def test_days_are_days_and_no_part_of_a_year_is_lost(
    school: School, lang: str, written: str, days: int, said: str
) -> None:
    """As `--keep-days` sets them too: 180 days were said as "until you delete them", 400 as a year, and "30 days" taken for 30 years."""
    await school.opened(lang=lang)
    (shown,) = await school.hears(CHIEF, "!k:rule:keep", written)
    assert shown.splitlines()[-1].endswith(f": {said}")
    (place,) = await school.rows(department)
    assert place.keep_days == days


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_nothing_is_promised_that_a_coordinator_cannot_do(school: School, lang: str) -> None:
    """Completions go by the written retention, or with the department by the operator's command; no button of the chat deletes one."""
    await school.opened(lang=lang)
    everything = "\n".join(
        [*school.library.commands[lang]["training"].values(), *(m.text for (name, at), m in school.library.messages.items() if at == lang and name.startswith("train.")),
         *(b.title for (name, at), m in school.library.messages.items() if at == lang and name.startswith("train.") for b in m.buttons)]
    ).lower()  # fmt: skip
    for promise in ("until you delete", "until i delete", "hasta que usted los borre", "hasta que los borre"):
        assert promise not in everything
    (asked,) = await school.hears(CHIEF, "!k:rule:keep")
    assert {
        "en": "the operator of this bot deletes the department",
        "es": "el operador de este bot borre el departamento",
    }[lang] in asked


@pytest.mark.parametrize(("lang", "line"), [("en", "Instructor on rosters: "), ("es", "Instructor en las listas: ")])
async def test_who_answers_for_the_training_stands_on_rosters_from_then_on(
    school: School, lang: str, line: str
) -> None:
    place = await school.opened(lang=lang)
    (shown,) = await school.hears(CHIEF, "/settings")
    assert f"{line}Example Police" in shown.splitlines(), "the department, where nobody is named"
    rooms, rookie = school.training.rooms, await school.member_of(ROOKIE)

    async def completes_partners() -> None:
        def work(c: Connection) -> None:
            for card in rooms.deck.of_course("partners"):
                (asked,) = answers.ask(
                    c, [question_row(rookie.id, None, Pick(card, 0, "quiz", None))], school.clock.now
                )
                answers.answer(c, asked, 0, True, school.clock.now + 20, "salt")
            complete(rooms, c, rookie, "partners", school.clock.now + 30)

        await school.database.write(work)

    await completes_partners()
    (asked,) = await school.hears(CHIEF, "!k:rule:instructor")
    (wrong,) = await school.hears(CHIEF, "?")
    assert wrong != asked
    (shown,) = await school.hears(CHIEF, "Sgt. Zebra Example")
    assert f"{line}Sgt. Zebra Example" in shown.splitlines()
    school.clock.now += 366 * 86400.0
    await completes_partners()
    await school.hears(CHIEF, "!k:rule:name", "Example Sheriff")
    (shown,) = await school.hears(CHIEF, "!k:rule:instructor:none")
    assert f"{line}Example Sheriff" in shown.splitlines()
    done = await school.database.read(lambda c: rooms.completions.of_department(c, place))
    assert [one.what.instructor for one in done] == ["Example Police", "Sgt. Zebra Example"], (
        "old rows keep what they say"
    )
    assert await school.database.read(rooms.completions.verify) == []


async def test_who_answers_for_the_training_lies_nowhere_in_clear(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "!k:rule:instructor", "Sgt. Zebra Example")
    files = [path for path in Path(school.home).rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if b"Zebra" in path.read_bytes()] == []


async def test_it_goes_with_the_department_also_where_completions_stay(school: School) -> None:
    place = await school.opened()
    await completes(school)
    await school.hears(CHIEF, "!k:rule:instructor", "Sgt. Zebra Example")
    await school.database.write(lambda c: training_departments.remove_department(c, place, school.clock()))
    (row,) = await school.rows(department)
    assert (row.name, row.instructor) == ("", None)


async def test_the_department_is_renamed(school: School) -> None:
    await school.opened()
    (shown,) = await school.hears(CHIEF, "!k:rule:name", "Example Sheriff")
    assert shown.startswith("Example Sheriff: rules")


@pytest.mark.parametrize(
    "about", ["", "keep:5", "duty:2", "ranking:x", "zone:1", "name:x:y", "instructor:x", "instructor:"]
)
async def test_a_rule_that_is_none_changes_nothing(school: School, about: str) -> None:
    await school.opened()
    before = await school.rows(department)
    assert await school.hears(CHIEF, f"!k:rule:{about}")
    assert await school.rows(department) == before


# -- other departments, officers, advocates -----------------------------------------------------------------------------------------


async def test_another_departments_officers_and_units_are_nothing_here(school: School) -> None:
    """R26: every number in a tap is checked against the department of whoever taps."""
    await school.opened()
    other = await another(school)
    mine = await number(school, ROOKIE)
    await school.hears(CHIEF, "!k:unit:add", "Night watch")
    (ours,) = [row.id for row in await school.rows(unit) if row.name == "Night watch"]
    before = (await school.rows(member), await school.rows(unit), await school.rows(department))
    taps = [f"officer:{other.officer}:{what}" for what in
            ("show", "id", "move", f"move:{ours}", "role:coordinator", "phone", "remove", "remove:yes")]  # fmt: skip
    taps += [f"officer:{mine}:move:{other.unit}", f"officer:{mine}:role:operator", f"officer:{mine}:nothing"]
    taps += [f"unit:{other.unit}:{what}" for what in ("show", "name", "remove", "remove:yes")]
    taps += ["officer::show", "officer:x:show", f"officer:{'9' * 30}:show", "unit:", "officer:"]
    for tap in taps:
        said = await school.hears(CHIEF, f"!k:{tap}")
        assert len(said) == 1, tap
        assert said[0].startswith(OLD), tap
    assert (await school.rows(member), await school.rows(unit), await school.rows(department)) == before


async def test_a_question_about_an_officer_is_over_once_they_are_elsewhere(school: School) -> None:
    """R26: between the question and its answer the officer left and joined another department."""
    await school.opened()
    other = await another(school)
    who = await number(school, ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{who}:id")
    people = school.training.rooms.people
    name = school.chats.hash("telegram", str(ROOKIE))
    await school.database.write(
        lambda c: people.join(c, name, other.place, None, "officer", "en", school.clock(), officer_id="O-8")
    )
    (said,) = await school.hears(CHIEF, "MINE-1")
    assert said.startswith(OLD)
    row = await school.member_of(ROOKIE)
    assert await school.database.read(lambda _: people.officer_id(row)) == "O-8"


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_an_officer_hears_that_this_is_the_coordinators(school: School, lang: str) -> None:
    await school.opened(lang=lang)
    who = await number(school, CHIEF)
    before = (await school.rows(member), await school.rows(department))
    expected = school.library.messages[("train.for_coordinators", lang)].text.strip()
    name = school.chats.hash("telegram", str(ROOKIE))
    await school.database.write(lambda c: school.chats.change(c, name, lang=lang))
    for tap in (
        "officers",
        f"officer:{who}:remove:yes",
        f"officer:{who}:show",
        "units",
        "unit:add",
        "settings",
        "rule:duty:0",
    ):
        (said,) = await school.hears(ROOKIE, f"!k:{tap}")
        assert said.strip() == expected, tap
    assert (await school.rows(member), await school.rows(department)) == before


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_an_officer_whom_the_operator_made_a_coordinator_is_told_the_way(school: School, lang: str) -> None:
    """`waymark invite coordinator` knows of no department; the department's own coordinator decides who coordinates it."""
    await school.opened(lang=lang)
    name = school.chats.hash("telegram", str(ROOKIE))
    await school.database.write(lambda c: school.chats.change(c, name, role="coordinator", lang=lang))
    (said,) = await school.hears(ROOKIE, "/department")
    expected = school.library.messages[("train.for_coordinators.officer_here", lang)].text.strip()
    assert said.strip() == expected
    make = school.library.commands[lang]["training"]["make_coordinator"]
    assert make in said
    await school.hears(CHIEF, f"!k:officer:{await number(school, ROOKIE)}:show")
    await school.hears(CHIEF, "!" + school.payload(CHIEF, make))
    assert (await school.hears(ROOKIE, "/department"))[0].startswith("Example Police")


async def test_an_advocate_reaches_no_officer(school: School) -> None:
    """R60."""
    await school.opened()
    await school.person(PARTNER, role="advocate")
    who = await number(school, ROOKIE)
    before = await school.rows(member)
    for tap in ("officers", f"officer:{who}:show", f"officer:{who}:remove:yes", "settings"):
        said = await school.hears(PARTNER, f"!k:{tap}")
        assert "E-1" not in " ".join(said)
    assert await school.rows(member) == before


async def test_what_was_queued_for_a_coordinator_is_not_shown_to_who_was_one(school: School) -> None:
    """A screen with ids is made when it is sent, for the role of that moment."""
    await school.opened()
    name = school.chats.hash("telegram", str(CHIEF))

    async def shown(role: str) -> Any:
        read, now = school.database.read, school.clock()
        return await school.training.words(read, name, role, "training:officers", {"page": 0}, "en", now)

    assert "People in your department" in (await shown("coordinator")).rendered.text
    assert await shown("officer") is None
    assert await shown("guest") is None
