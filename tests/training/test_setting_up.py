"""A department is set up in the chat from nothing: a question at a time, read back, and nothing counts before the yes."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.store.schema import outbox
from bot.store.training_schema import department, occurrence, schedule, training_draft
from bot.training.schedule import Hours, Slot
from bot.training.schedule_json import load
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE, at, weekly
from tests.training.school import CHIEF, PARTNER, ROOKIE, School

NAME = "Example Police"
TUESDAY_7 = Slot(frozenset({1}), 7 * 60)


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def chief(school: School, lang: str = "en") -> None:
    """A coordinator by invitation who has no department yet."""
    name = await school.person(CHIEF, role="coordinator")
    await school.database.write(lambda c: school.chats.change(c, name, greeted=1, heard=lang, lang=lang))


async def rules(school: School) -> list[Any]:
    return [load(row.rule) for row in await school.rows(schedule)]


async def unit_of(school: School, name: str) -> str:
    """A unit is added by the coordinator's own words. Returns its id."""
    await school.hears(CHIEF, "!k:unit:add", name)
    return school.payload(CHIEF, "Times").rpartition(":")[2]


@pytest.mark.parametrize(
    ("lang", "yes", "first", "date_line"),
    [("en", "Yes, start", "Tuesday, 7:00 a.m.", "• Tuesday, June 2, 7:00 a.m."),
     ("es", "Sí, empezar", "martes, 7:00 a. m.", "• martes 2 de junio, 7:00 a. m.")],
)  # fmt: skip
async def test_seven_steps_make_a_department_and_the_yes_alone_makes_it_count(
    school: School, lang: str, yes: str, first: str, date_line: str
) -> None:
    await chief(school, lang)
    said = await school.hears(CHIEF, "/department")
    assert len(said) == 2, "what it is, and the first question"
    for step in (NAME, f"!k:set:zone:{ZONE}", "TX", "!k:set:option:when tuesday 7am"):
        await school.hears(CHIEF, step)
    (read_back,) = await school.hears(CHIEF, "!k:set:cards:2")
    assert NAME in read_back
    assert first in read_back.splitlines()
    assert date_line in read_back.splitlines(), "each date on a line of its own"
    assert read_back.count("•") == 3
    assert await school.rows(department) == []
    assert await school.member_of(CHIEF) is None

    assert school.buttons(CHIEF)[0] == (yes, "k:set:yes")
    await school.hears(CHIEF, "!k:set:yes")
    (place,) = await school.rows(department)
    assert (place.name, place.zone, place.holidays, place.lang) == (NAME, ZONE, "US-TX", lang)
    (rule,) = await rules(school)
    assert rule.slots == (TUESDAY_7,)
    assert (rule.cards, rule.holidays) == (2, "US-TX")
    who = await school.member_of(CHIEF)
    assert (who.role, who.department) == ("coordinator", place.id)
    assert await school.rows(training_draft) == []
    assert school.buttons(CHIEF)[0][1] == "k:invite", "the next step is a tap away"


@pytest.mark.parametrize(("lang", "said"), [("en", "kept with no end date"), ("es", "se guardan sin fecha de término")])
async def test_how_long_completions_are_kept_is_offered_once_the_department_is_there(
    school: School, lang: str, said: str
) -> None:
    """Its written retention is the department's to say; until then none ends."""
    await chief(school, lang)
    await school.hears(CHIEF, "/department", NAME, f"!k:set:zone:{ZONE}", "!k:set:holidays:US")
    await school.hears(CHIEF, "!k:set:option:when tuesday 7am", "!k:set:cards:1")
    (shown,) = await school.hears(CHIEF, "!k:set:yes")
    assert said in shown
    keep = next(title for title, payload in school.buttons(CHIEF) if payload == "k:rule:keep")
    await school.hears(CHIEF, "!" + school.payload(CHIEF, keep))
    await school.hears(CHIEF, "!k:rule:keep:3")
    (place,) = await school.rows(department)
    assert place.keep_days == 1095


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "progress"), ("en", "Quiz me"), ("es", "Avance"), ("es", "menu"), ("es", "progress")]
)
async def test_a_word_that_asks_for_something_is_no_name(school: School, lang: str, words: str) -> None:
    await chief(school, lang)
    (said,) = await school.hears(CHIEF, "/department", words)
    assert said.strip() == school.library.messages[("train.set.name.request", lang)].text.strip()
    (said,) = await school.hears(CHIEF, f"{words} County Police")
    assert said.strip() == school.library.messages[("train.set.zone", lang)].text.strip(), "part of a name it may be"


async def test_a_second_yes_makes_no_second_department(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, "!k:set:zone:America/Denver", "!k:set:holidays:US")
    await school.hears(CHIEF, "!k:set:option:when tuesday 7am", "!k:set:cards:1", "!k:set:yes", "!k:set:yes")
    assert len(await school.rows(department)) == 1


async def test_nothing_that_somebody_typed_is_queued_or_lies_open(school: School) -> None:
    """Decision 0006: rows of the outbox hold content ids and numbers only; the draft is sealed."""
    await chief(school)
    await school.hears(CHIEF, "/department", "Xylophone Police", "!k:set:zone:America/Denver", "!k:set:holidays:US")
    await school.hears(CHIEF, "every tuesday at noonish")
    assert not [row for row in await school.rows(outbox) if "Xylophone" in str(row) or "noonish" in str(row)]
    (draft,) = await school.rows(training_draft)
    assert b"Xylophone" not in draft.body


async def test_yes_in_words_is_the_tap(school: School) -> None:
    await chief(school, "es")
    await school.hears(CHIEF, "/departamento", NAME, "!k:set:zone:America/Denver", "!k:set:holidays:none")
    await school.hears(CHIEF, "lunes y jueves a las 8 de la mañana", "1", "Sí, empezar")
    (rule,) = await rules(school)
    assert rule.slots == (Slot(frozenset({0, 3}), 8 * 60),)
    assert rule.holidays == ""


@pytest.mark.parametrize(
    ("before", "nonsense", "right"),
    [
        ((), "E", NAME),
        ((), "z" * 81, NAME),
        ((), "Exa\u200bmple", NAME),
        ((NAME,), "time", "central"),
        ((NAME,), "Mars/Base", "America/Boise"),
        ((NAME, "!k:set:zone:America/Chicago"), "ZZ", "ok"),
        ((NAME, "!k:set:zone:America/Chicago", "US"), "whenever you like", "tuesday 7am"),
        ((NAME, "!k:set:zone:America/Chicago", "US", "tuesday 7am"), "four", "3"),
        ((NAME, "!k:set:zone:America/Chicago", "US", "tuesday 7am"), "4", "3"),
    ],
)
async def test_nonsense_is_asked_again_and_the_right_answer_goes_on(
    school: School, before: tuple[str, ...], nonsense: str, right: str
) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", *before)
    asked = school.phones.texts(CHIEF)[-1]
    (again,) = await school.hears(CHIEF, nonsense)
    assert again != asked
    assert "k:cancel" in [payload for _, payload in school.buttons(CHIEF)]
    (after,) = await school.hears(CHIEF, right)
    assert after not in (asked, again)
    assert await school.rows(department) == []


@pytest.mark.parametrize("word", ["central", "Central time", "hora del centro", "America/Chicago"])
async def test_a_zone_is_known_by_what_people_call_it(school: School, word: str) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, word, "!k:set:holidays:US", "tuesday 7am", "1", "yes")
    (place,) = await school.rows(department)
    assert place.zone == "America/Chicago"


@pytest.mark.parametrize(
    ("words", "taps", "slots"),
    [
        ("every tuesday 7", ("am",), (TUESDAY_7,)),
        ("every tuesday 7", ("pm",), (Slot(frozenset({1}), 19 * 60),)),
        ("mon 6 and fri 9", ("pm", "am"), (Slot(frozenset({0}), 18 * 60), Slot(frozenset({4}), 9 * 60))),
        ("monday, tuesday and friday 10am", ("yes",), (Slot(frozenset({0, 1, 4}), 600),)),
    ],
)
async def test_what_could_mean_two_things_is_asked_with_buttons(
    school: School, words: str, taps: tuple[str, ...], slots: tuple[Slot, ...]
) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, "central", "US", words)
    for tap in taps:
        assert f"k:set:option:{tap}" in [payload for _, payload in school.buttons(CHIEF)]
        await school.hears(CHIEF, f"!k:set:option:{tap}")
    await school.hears(CHIEF, "2", "!k:set:yes")
    (rule,) = await rules(school)
    assert rule.slots == slots


@pytest.mark.parametrize(
    "words",
    ["tuesday", "7am", "twice a week", "every other tuesday 7am", "tuesday 7am until the summer", "tuesday 7am, before shift friday 3pm",
     "z" * 3000, "tuesday 2am"],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["en", "es"])
async def test_whatever_is_missing_is_said_and_the_next_words_are_read(school: School, words: str, lang: str) -> None:
    await chief(school, lang)
    await school.hears(CHIEF, "/department", NAME, "America/Chicago", "US")
    said = await school.hears(CHIEF, words)
    assert said
    assert "{" not in "".join(said)
    assert max(map(len, said)) < 600
    await school.hears(CHIEF, {"en": "tuesday 7am", "es": "martes 7am"}[lang], "2", "!k:set:yes")
    (rule,) = await rules(school)
    assert rule.slots == (TUESDAY_7,)


async def test_back_leads_through_every_step_and_loses_nothing(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, "central", "TX", "every tuesday 7", "!k:set:option:am", "2")
    seen = [school.phones.texts(CHIEF)[-1]]
    for _ in range(5):
        seen += await school.hears(CHIEF, "!k:set:back")
    starts = [text.split("\n")[0] for text in seen]
    assert starts[1].startswith("How many")
    assert starts[2].startswith("When should")
    assert starts[3].startswith("No refreshers on holidays")
    assert starts[4].startswith("Which time")
    assert starts[5].startswith("What is your department")
    (read_back,) = await school.hears(CHIEF, "Another Example Police")
    assert read_back.startswith("Is this right?"), "the rest was answered and is not asked again"
    assert "Another Example Police" in read_back
    assert "Tuesday, 7:00 a.m." in read_back
    assert "TX" in read_back


async def test_another_count_does_not_ask_again_what_was_told_of_the_time(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, "central", "TX", "3 cards every tuesday 7", "!k:set:option:am")
    assert "3 cards each time" in school.phones.texts(CHIEF)[-1], "the count was said with the words"
    await school.hears(CHIEF, "!k:set:back", "!k:set:cards:1", "!k:set:yes")
    (rule,) = await rules(school)
    assert (rule.cards, rule.slots) == (1, (TUESDAY_7,))


async def test_back_from_a_question_about_the_words_asks_for_the_words(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, "central", "TX", "every tuesday 7")
    (asked,) = await school.hears(CHIEF, "!k:set:back")
    assert asked.startswith("When should")
    (again,) = await school.hears(CHIEF, "!k:set:option:am")
    assert again.startswith("That button does not fit any more")


async def test_a_list_of_zones_is_one_back_from_writing_one(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, "!k:set:zone:other")
    back = next(payload for title, payload in school.buttons(CHIEF) if title == "Back")
    (asked,) = await school.hears(CHIEF, f"!{back}")
    assert asked.startswith("Which time zone are your officers in?")


async def test_what_was_half_done_is_gone_on_with_after_a_pause(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, "central")
    school.clock.now += 3 * 86400
    said = await school.hears(CHIEF, "/department")
    assert said[0].startswith("You were setting up")
    assert said[1].startswith("No refreshers on holidays")
    school.clock.now += 8 * 86400
    await school.training.purge(school.database, school.clock())
    said = await school.hears(CHIEF, "/department")
    assert said[1].startswith("What is your department called")


async def test_cancel_leaves_nothing(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, "central", "!k:cancel")
    assert await school.rows(training_draft) == []
    (old,) = await school.hears(CHIEF, "!k:set:holidays:US")
    assert old.startswith("That button does not fit any more")
    assert await school.rows(department) == []


@pytest.mark.parametrize("payload", ["yes", "option:am", "option:when tuesday 7am", "cards:9", "change:name", "change:nothing", "for:xyz",
                                     "active:0", "drop:xyz", "nothing", "quiet:8-9", "late:60", "back", "when"])  # fmt: skip
async def test_a_tap_out_of_turn_changes_nothing(school: School, payload: str) -> None:
    await chief(school)
    assert await school.hears(CHIEF, f"!k:set:{payload}")
    await school.hears(CHIEF, "/department")
    assert await school.hears(CHIEF, f"!k:set:{payload}")
    assert await school.rows(department) == []
    assert await school.rows(schedule) == []


@pytest.mark.parametrize(
    ("lang", "pause", "resume"),
    [("en", "/schedule pause everything", "/schedule Resume."), ("es", "/calendario pausar todo", "/calendario reanudar"), ("es", "/schedule pause", "/schedule resume")],
)  # fmt: skip
async def test_a_clear_word_pauses_the_departments_refreshers_and_goes_on_with_them(
    school: School, lang: str, pause: str, resume: str
) -> None:
    await school.opened(lang=lang)
    await school.hears(CHIEF, pause)
    assert [row.active for row in await school.rows(schedule)] == [0]
    await school.hears(CHIEF, resume)
    assert [row.active for row in await school.rows(schedule)] == [1]


async def test_a_schedule_is_said_with_the_command_read_back_and_counts_after_the_yes(school: School) -> None:
    await school.opened()
    (read_back,) = await school.hears(CHIEF, "/schedule every Tuesday 7am and Friday before shift")
    assert "Friday, 15 minutes before the shift" in read_back
    assert (await rules(school))[0].slots == weekly().slots
    await school.hears(CHIEF, "!k:set:yes")
    (rule,) = await rules(school)
    assert rule.slots == (TUESDAY_7, Slot(frozenset({4}), None))
    assert (rule.zone, rule.cards) == (ZONE, 2)


@pytest.mark.parametrize(
    ("lang", "text", "lines"),
    [("en", "/schedule every Friday before shift starting 2027-03-01",
      ["From Monday, March 1, 2027", "• Friday, March 5, before the shift", "• Friday, March 12, before the shift",
       "• Friday, March 19, before the shift"]),
     ("es", "/calendario todos los viernes antes del turno desde el 2027-03-01",
      ["Desde el lunes 1 de marzo de 2027", "• viernes 5 de marzo, antes del turno", "• viernes 12 de marzo, antes del turno",
       "• viernes 19 de marzo, antes del turno"])],
)  # fmt: skip
async def test_before_shift_is_read_back_with_the_first_day_and_the_dates(
    school: School, lang: str, text: str, lines: list[str]
) -> None:
    await school.opened(lang=lang)
    (read_back,) = await school.hears(CHIEF, text)
    assert [line for line in read_back.splitlines() if line in lines] == lines
    assert ("each officer's own shift" if lang == "en" else "del turno de cada agente") in read_back
    assert read_back.count("•") == 3
    assert (await rules(school))[0].slots == weekly().slots, "it counts after the yes"


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "send a refresher every Tuesday 7am"), ("es", "manda un repaso todos los martes a las 7am")],
)
async def test_a_sentence_of_the_catalogue_sets_the_times(school: School, lang: str, text: str) -> None:
    from bot.training.command import Wish

    await school.opened(lang=lang)
    name = school.chats.hash("telegram", str(CHIEF))

    def say(c: Any) -> Any:
        wish = Wish("row", "coordinator_schedule", text)
        return school.training.apply(c, name, "coordinator", lang, wish, school.clock())

    (answer,) = await school.database.write(say)
    assert answer.parts[0].content == "training:set.confirm"
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rules(school))[0].slots == (TUESDAY_7,)


async def test_a_sentence_without_a_time_shows_the_times(school: School) -> None:
    from bot.training.command import Wish

    await school.opened()
    name = school.chats.hash("telegram", str(CHIEF))

    def say(c: Any) -> Any:
        wish = Wish("row", "coordinator_schedule", "pause the refreshers")
        return school.training.apply(c, name, "coordinator", "en", wish, school.clock())

    (answer,) = await school.database.write(say)
    assert answer.parts[0].content == "training:schedule"


async def test_new_times_void_what_was_queued_by_the_old(school: School) -> None:
    await school.opened()
    school.clock.now = at("2026-06-02T14:50")
    await school.goes_on()
    before = {row.id for row in await school.rows(occurrence)}
    assert before
    await school.hears(CHIEF, "/schedule every Wednesday 8am", "!k:set:yes")
    await school.goes_on()
    planned = await school.rows(occurrence)
    assert {row.day for row in planned if row.state < 2} >= {"2026-06-03"}
    assert not [row for row in planned if row.state < 2 and date.fromisoformat(row.day).weekday() == 1]
    school.clock.now = at("2026-06-02T15:05")
    await school.goes_on()
    assert school.phones.texts(ROOKIE) == [], "ten on Tuesday is no time any more"


async def test_one_thing_is_changed_and_the_rest_stays(school: School) -> None:
    await school.opened()
    await school.hears(CHIEF, "!k:set:change:cards", "!k:set:cards:3", "!k:set:yes")
    await school.hears(CHIEF, "!k:set:change:holidays", "OK", "!k:set:yes")
    await school.hears(CHIEF, "!k:set:change:zone", "!k:set:zone:America/Denver", "!k:set:yes")
    (rule,) = await rules(school)
    assert (rule.cards, rule.holidays, rule.zone) == (3, "US-OK", "America/Denver")
    assert rule.slots == weekly().slots
    (place,) = await school.rows(department)
    assert (place.zone, place.holidays) == ("America/Denver", "US-OK")


async def test_back_while_one_thing_is_changed_shows_the_times_and_changes_nothing(school: School) -> None:
    await school.opened()
    before = await school.rows(schedule)
    (shown,) = await school.hears(CHIEF, "!k:set:change:zone", "!k:set:back")
    assert shown.startswith(NAME)
    assert "Tuesday, 10:00 a.m." in shown
    assert await school.rows(schedule) == before
    assert await school.rows(training_draft) == []


async def test_quiet_hours_may_be_longer_and_never_open_the_night(school: School) -> None:
    await school.opened()
    said = await school.hears(CHIEF, "!k:set:change:quiet", "6am-9pm")
    assert said[0].startswith("Quiet hours have to cover the night")
    said = await school.hears(CHIEF, "8pm to 11am")
    assert said[0].startswith("Your refreshers come in those hours")
    (again,) = await school.hears(CHIEF, "sometimes")
    assert again.startswith("Write two times")
    (read_back,) = await school.hears(CHIEF, "8pm-8am")
    assert "Never between 8:00 p.m. and 8:00 a.m." in read_back
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rules(school))[0].quiet == Hours(20 * 60, 8 * 60)
    said = await school.hears(CHIEF, "/schedule tuesday 7:30am")
    assert said[0].startswith("That time is in the quiet hours")


async def test_how_late_is_read_back_where_it_is_not_as_usual(school: School) -> None:
    await school.opened()
    (read_back,) = await school.hears(CHIEF, "!k:set:change:late", "!k:set:late:240")
    assert "Up to 240 minutes late" in read_back
    await school.hears(CHIEF, "!k:set:yes")
    assert (await rules(school))[0].window == 240


async def test_all_is_paused_and_gone_on_with(school: School) -> None:
    await school.opened()
    (shown,) = await school.hears(CHIEF, "!k:set:active:0")
    assert "The next dates:" not in shown, "nothing comes while it is paused"
    assert "paused" in shown.splitlines()[0]
    assert "(paused)" in (await school.hears(CHIEF, "/department"))[0]
    school.clock.now = at("2026-06-02T15:00")
    await school.goes_on()
    assert school.phones.texts(ROOKIE) == []
    await school.hears(CHIEF, "!k:set:active:1")
    school.clock.now = at("2026-06-09T15:00")
    await school.goes_on()
    assert len(school.phones.texts(ROOKIE)) == 1


async def test_a_unit_has_times_of_its_own_and_gives_them_up_again(school: School) -> None:
    place = await school.opened()
    unit = await unit_of(school, "Night watch")
    rookie = await school.member_of(ROOKIE)
    await school.hears(CHIEF, f"!k:officer:{rookie.id}:move:{unit}", f"!k:set:for:{unit}")
    await school.hears(CHIEF, f"!k:set:change:when:{unit}", "thursday 9am")
    assert school.phones.texts(CHIEF)[-1].splitlines()[2] == "Night watch"
    await school.hears(CHIEF, "!k:set:yes")
    people = school.training.rooms.people
    ours = await school.database.read(lambda c: people.schedule_of(c, rookie.id))
    assert ours is not None
    assert ours.slots == (Slot(frozenset({3}), 9 * 60),)
    all_of_it = await school.database.read(lambda c: people.schedule_for(c, place, None))
    assert all_of_it is not None
    assert all_of_it.rule.slots == weekly().slots, "the department's own stay"
    school.clock.now = at("2026-06-04T13:55")
    await school.goes_on()
    await school.hears(CHIEF, f"!k:set:for:{unit}")
    (shown,) = await school.hears(CHIEF, "!" + school.payload(CHIEF, "Back to shared times"))
    assert "goes by the times of the department" in shown
    ours = await school.database.read(lambda c: people.schedule_of(c, rookie.id))
    assert ours is not None
    assert ours.slots == weekly().slots
    school.clock.now = at("2026-06-04T14:05")
    await school.goes_on()
    assert school.phones.texts(ROOKIE) == []
    await school.hears(CHIEF, f"!k:set:change:when:{unit}", "friday 9am", "!k:set:yes")
    ours = await school.database.read(lambda c: people.schedule_of(c, rookie.id))
    assert ours is not None
    assert ours.slots == (Slot(frozenset({4}), 9 * 60),), "and may have its own once more"


async def test_another_departments_unit_is_nothing_here(school: School) -> None:
    """R26: a coordinator reaches rows of their own department alone, whatever stands in a tap."""
    await school.opened()
    people = school.training.rooms.people

    def work(c: Any) -> str:
        other = people.add_department(c, "Other Example Police", ZONE, "en", school.clock())
        unit = people.add_unit(c, other, "Their watch")
        people.set_schedule(c, other, unit, weekly({4}), school.clock())
        return unit

    theirs = await school.database.write(work)
    before = await school.rows(schedule)
    for tap in (f"for:{theirs}", f"change:when:{theirs}", f"active:0:{theirs}", f"drop:{theirs}"):
        said = await school.hears(CHIEF, f"!k:set:{tap}")
        assert len(said) == 1
        assert said[0].startswith("That button does not fit any more")
    assert await school.rows(schedule) == before


@pytest.mark.parametrize("tap", ["home", "schedule", "set:yes", "set:active:0", "set:change:when", "policy", "sheet"])
async def test_an_officer_sets_nothing(school: School, tap: str) -> None:
    await school.opened()
    before = await school.rows(schedule)
    (said,) = await school.hears(ROOKIE, f"!k:{tap}")
    assert "coordinator" in said
    assert await school.rows(schedule) == before


async def test_who_coordinates_no_more_sets_nothing(school: School) -> None:
    """A coordinator whose role was taken back, with a confirmation still on the screen."""
    await school.opened()
    await school.hears(CHIEF, "/schedule every Wednesday 8am")
    before = await school.rows(schedule)
    name = school.chats.hash("telegram", str(CHIEF))
    await school.database.write(lambda c: school.chats.change(c, name, role="officer"))
    await school.hears(CHIEF, "!k:set:yes", "yes")
    assert await school.rows(schedule) == before
    await school.database.write(lambda c: school.chats.change(c, name, role="guest"))
    await school.hears(CHIEF, "!k:set:yes", "!k:set:active:0")
    assert await school.rows(schedule) == before


async def test_a_guest_and_an_advocate_set_up_nothing(school: School) -> None:
    """R60: an advocate never coordinates."""
    await school.person(PARTNER, role="advocate")
    for tap in ("!k:home", "!k:setup", "/department", "!k:set:yes"):
        await school.hears(PARTNER, tap)
        await school.hears(ROOKIE, tap)
    assert await school.rows(department) == []
    assert await school.rows(training_draft) == []


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_the_home_shows_who_waits_and_leads_everywhere(school: School, lang: str) -> None:
    place = await school.opened(lang=lang)
    people, now = school.training.rooms.people, school.clock()
    code = await school.database.write(lambda c: people.make_batch(c, place, None, 5, now + 3600))
    await school.hears(PARTNER, f"/start {code}")
    (shown,) = await school.hears(CHIEF, "/department")
    assert shown.splitlines()[0] == NAME
    assert {"en": "Next: Tuesday, June 2", "es": "Próximo: martes 2 de junio"}[lang] in shown.splitlines()
    taps = [payload for _, payload in school.buttons(CHIEF)]
    assert taps[0] == "k:waiting"
    assert {"k:invite", "k:schedule", "k:officers", "k:units", "k:settings", "k:sheet", "k:policy"} <= set(taps)
    assert unicodedata.is_normalized("NFC", shown)


async def test_a_set_up_of_before_counts_in_no_department_that_was_joined_since(school: School) -> None:
    """R26: its yes is still on the screen, and would else change times that it never showed."""
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, "central", "US", "tuesday 7am", "2")
    people, chat = school.training.rooms.people, school.chats.hash("telegram", str(CHIEF))

    def join(c: Any) -> None:
        place = people.add_department(c, "Other Example Police", ZONE, "en", school.clock())
        people.set_schedule(c, place, None, weekly(), school.clock())
        people.join(c, chat, place, None, "coordinator", "en", school.clock())

    await school.database.write(join)
    before = await school.rows(schedule)
    for said in ("yes", "!k:set:yes", "!k:set:cards:1"):
        (old,) = await school.hears(CHIEF, said)
        assert old.startswith("That button does not fit any more") or said == "yes"
    assert await school.rows(schedule) == before
    assert len(await school.rows(department)) == 1


@pytest.mark.parametrize(("lang", "sheet", "policy"), [("en", "/sheet", "/policy"), ("es", "/hoja", "/politica")])
async def test_the_papers_come_as_files(school: School, lang: str, sheet: str, policy: str) -> None:
    await school.opened(lang=lang)
    for command in (sheet, policy):
        (said,) = await school.hears(CHIEF, command)
        assert said
        (refused,) = await school.hears(ROOKIE, command)
        assert "coordin" in refused


@pytest.mark.parametrize(
    ("lang", "said", "read"),
    [("en", ("Detroit", "Texas", "tuesday at 7", "in the morning", "two"), "Tuesday, 7:00 a.m."),
     ("en", ("Detroit", "Texas", "tuesday at 2", "p.m.", "Two."), "Tuesday, 2:00 p.m."),
     ("es", ("boise", "texas", "martes a las 7", "de la mañana", "dos"), "martes, 7:00 a. m."),
     ("es", ("boise", "texas", "martes a las 2", "p. m.", "2"), "martes, 2:00 p. m.")],
)  # fmt: skip
async def test_what_is_offered_may_be_written_as_people_say_it(
    school: School, lang: str, said: tuple[str, ...], read: str
) -> None:
    await chief(school, lang)
    *_, confirm = await school.hears(CHIEF, "/department", NAME, *said)
    assert read in confirm
    assert "TX" in confirm
    assert school.buttons(CHIEF)[0][1] == "k:set:yes"


@pytest.mark.parametrize(
    ("lang", "words", "yes"), [("en", "every day at 8am", "Yes, please"), ("es", "cada día a las 8am", "Sí")]
)
async def test_a_written_yes_answers_too_many_and_a_written_no_asks_for_other_times(
    school: School, lang: str, words: str, yes: str
) -> None:
    await chief(school, lang)
    await school.hears(CHIEF, "/department", NAME, f"!k:set:zone:{ZONE}", "TX", words)
    assert school.buttons(CHIEF)[0][1] == "k:set:option:yes"
    await school.hears(CHIEF, yes, "2")
    assert school.buttons(CHIEF)[0][1] == "k:set:yes"
    await school.hears(CHIEF, "no")
    assert school.buttons(CHIEF)[0][1] == "k:set:option:when tuesday 7am"
    assert await school.rows(department) == []


async def test_other_words_after_a_question_are_read_as_other_times(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME, f"!k:set:zone:{ZONE}", "TX", "monday at 8", "tuesday 9am", "2")
    assert "Tuesday, 9:00 a.m." in school.phones.texts(CHIEF)[-1]


@pytest.mark.parametrize("said", ["Lima", "San Juan", "Springfield", "Central America"])
async def test_a_city_that_may_be_elsewhere_is_no_zone(school: School, said: str) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department", NAME)
    (wrong,) = (await school.hears(CHIEF, said))[-1:]
    assert wrong.startswith("I don't know a time zone")


async def test_a_question_is_no_name(school: School) -> None:
    await chief(school)
    await school.hears(CHIEF, "/department")
    school.clock.now += 86400
    (wrong,) = await school.hears(CHIEF, "how do I talk to a minor?")
    assert wrong.startswith("A name has")
    (zone,) = await school.hears(CHIEF, NAME)
    assert zone.startswith("Which time zone")


@pytest.mark.parametrize(
    "name", ["Example Police Department", "Przykładowy Posterunek Policji", "Kauaʻi Example Police"]
)
async def test_a_name_in_another_language_changes_neither_the_language_nor_the_way(school: School, name: str) -> None:
    """Somebody who reads Spanish names a department as it is called."""
    who = await school.person(CHIEF, role="coordinator")
    await school.database.write(lambda c: school.chats.change(c, who, greeted=1, heard="es"))
    await school.hears(CHIEF, "/departamento")
    (said,) = await school.hears(CHIEF, name)
    assert said.startswith("¿"), said
    assert (await school.row(CHIEF)).heard == "es"
    assert [title for title, _ in school.buttons(CHIEF)][:2] == ["Este", "Centro"]


@pytest.mark.parametrize(
    ("said", "minutes"), [("2 hours", 120), ("an hour", 60), ("240", 240), ("una hora", 60), ("dos horas", None)]
)
async def test_how_late_may_be_written_as_well(school: School, said: str, minutes: int | None) -> None:
    """What is no answer is asked again, and is no old button."""
    await school.opened()
    before = (await rules(school))[0].window
    (asked,) = await school.hears(CHIEF, "!k:set:change:late")
    (answer,) = await school.hears(CHIEF, said)
    assert (answer == asked) == (minutes is None)
    await school.hears(CHIEF, "yes")
    assert (await rules(school))[0].window == (minutes or before)


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_whoever_opens_the_operators_link_finds_the_way_to_set_up(school: School, lang: str) -> None:
    code = await school.database.write(lambda c: school.chats.invite(c, "coordinator", school.clock() + 3600))
    name = await school.person(CHIEF, role="guest")
    await school.database.write(lambda c: school.chats.change(c, name, greeted=1, heard=lang, lang=lang))
    await school.hears(CHIEF, f"/start {code}")
    assert school.buttons(CHIEF)[0][1] == "k:home"
    said = await school.hears(CHIEF, "!k:home")
    assert said[-1].strip() == school.library.messages[("train.set.name", lang)].text.strip()
