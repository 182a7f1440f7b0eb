"""What a coordinator sees: a picture and three sentences, and nothing of one person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.store import training_answers as answers
from bot.store.training_completions import Completion
from bot.training import chart, seeing_words
from bot.training.chart import NotDrawn
from bot.training.figures import MOST_TOPICS
from bot.training.model import Pick
from bot.training.planner import question_row
from bot.training.rooms import Ask
from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY
from tests.training.school import CHIEF, ROOKIE, School

DAY = 86400.0
FIRST = 700_000_200


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(MONDAY))
    yield made
    made.close()


async def joined(school: School, place: str, count: int, unit: str | None = None, first: int = FIRST) -> list[int]:
    """So many officers more. Their numbers."""
    numbers = []
    for n in range(count):
        who = await school.person(first + n, role="officer")
        numbers.append(
            await school.database.write(
                lambda c, who=who, n=n: school.training.rooms.people.join(
                    c, who, place, unit, "officer", "en", school.clock(), officer_id=f"E-{first + n}"
                )
            )
        )
    return numbers


def answered(
    c: Connection, school: School, who: int, kind: str, right: bool, at: float, cards: slice = slice(0, 4)
) -> None:
    """These cards of the basic course, asked and answered so."""
    for card in school.training.rooms.deck.of_course("basic")[cards]:
        pick = Pick(card, 0, kind, 0.8 if kind == "holdout" else None)
        number = answers.ask(c, [question_row(who, None, pick)], at)[0]
        answers.answer(c, number, 0, right, at + 20, "salt")


async def many(school: School, place: str, count: int, kind: str = "refresh", unit: str | None = None) -> list[int]:
    numbers = await joined(school, place, count, unit, first=FIRST + (1000 if unit else 0))

    def work(c: Connection) -> None:
        for n, who in enumerate(numbers):
            answered(c, school, who, kind, n % 3 > 0, school.clock() - 5 * DAY)

    await school.database.write(work)
    return numbers


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_a_picture_and_exactly_three_sentences(school: School, lang: str) -> None:
    place = await school.opened(lang=lang)
    await many(school, place, 6)
    await joined(school, place, 3, None, first=FIRST + 5000)
    (said,) = await school.hears(CHIEF, "/progress")
    assert len(said.split("\n")) == 3
    assert ("6 of 11 people" if lang == "en" else "6 de 11 personas") in said
    file = school.phones.sent[-1].file
    assert file is not None
    assert file.picture
    assert file.data.startswith(b"\x89PNG")


async def test_r27_fewer_than_five_people_are_in_no_number(school: School) -> None:
    place = await school.opened()
    people = school.training.rooms.people
    unit = await school.database.write(lambda c: people.add_unit(c, place, "Nights"))
    await many(school, place, 4, unit=unit)
    (said,) = await school.hears(CHIEF, "/progress")
    assert "of 6 people answered in the last 30 days is not shown" in said
    assert "%" not in said
    found = await figures(school)
    assert {s.now for s in found.units.values()} == {None}
    assert {s.now for s in found.topics.values()} == {None}
    assert found.recall is None
    assert (found.reach.asked, found.reach.answered) == (None, None)


@pytest.mark.parametrize(
    ("answer", "more", "shown"), [(6, 0, False), (6, 1, False), (6, 2, False), (6, 3, True), (5, 4, True)]
)
async def test_r27_nor_are_fewer_than_five_who_did_not_answer(
    school: School, answer: int, more: int, shown: bool
) -> None:
    """With the coordinator and the first officer, who answered nothing."""
    place = await school.opened()
    await many(school, place, answer)
    await joined(school, place, more, None, first=FIRST + 5000)
    (said,) = await school.hears(CHIEF, "/progress")
    assert (f"{answer} of {answer + more + 2} people answered" in said) == shown
    assert ((await figures(school)).reach.answered is not None) == shown


@pytest.mark.parametrize(("officers", "left_out", "shown"), [(6, 3, False), (1, 9, False), (6, 9, True), (6, 0, True)])
async def test_r27_whose_time_off_it_was_is_not_told(school: School, officers: int, left_out: int, shown: bool) -> None:
    place = await school.opened()
    await many(school, place, officers)
    chat = school.chats.hash("telegram", str(CHIEF))
    here = await school.database.read(lambda c: school.training.here(c, chat, "coordinator", "en", MONDAY))
    ask = Ask(school.training.rooms, here, {})
    found = replace(await figures(school), skipped={"off_duty": left_out})
    assert (f"{left_out} were left out" in seeing_words.sentences(ask, found)[2]) == shown


CURE = {
    "en": "officers do with /hours, or you do under Times, Shifts",
    "es": "cada agente los dice con /horario, o usted en Horario, Turnos",
}


async def third(school: School, lang: str, skipped: dict[str, int]) -> str:
    """What the third sentence says of these."""
    chat = school.chats.hash("telegram", str(CHIEF))
    here = await school.database.read(lambda c: school.training.here(c, chat, "coordinator", lang, MONDAY))
    return seeing_words.sentences(
        Ask(school.training.rooms, here, {}), replace(await figures(school), skipped=skipped)
    )[2]


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_shifts_that_nobody_told_are_no_time_off_and_the_cure_is_named(school: School, lang: str) -> None:
    place = await school.opened()
    await many(school, place, 6)
    said = await third(school, lang, {"no_shifts": 12, "holiday": 4, "off_duty": 5})
    assert {"en": "9 were left out for holidays", "es": "9 se omitieron por feriados"}[lang] in said
    assert {
        "en": "12 were left out because nobody has told me the shifts",
        "es": "12 se omitieron porque nadie me ha dicho",
    }[lang] in said
    assert CURE[lang] in said


@pytest.mark.parametrize(("officers", "count"), [(1, 77), (6, 3)])
@pytest.mark.parametrize("lang", ["en", "es"])
async def test_r27_of_few_the_cure_is_named_without_a_number(
    school: School, lang: str, officers: int, count: int
) -> None:
    place = await school.opened()
    await many(school, place, officers)
    said = await third(school, lang, {"no_shifts": count})
    assert CURE[lang] in said
    assert {"en": "Some were left out", "es": "Algunos se omitieron"}[lang] in said
    assert f"{count} " not in said


@pytest.mark.parametrize(
    ("lang", "due", "gone"),
    [("en", "7 were left out because no card was due", "8 were for people who have left"),
     ("es", "7 se omitieron porque no tocaba", "8 eran de personas que ya no están")],
)  # fmt: skip
async def test_r27_nor_is_it_time_off_where_nothing_was_due_or_somebody_has_left(
    school: School, lang: str, due: str, gone: str
) -> None:
    place = await school.opened()
    await many(school, place, 6)
    said = await third(school, lang, {"nothing_due": 7, "left": 8})
    assert due in said
    assert gone in said
    assert {"en": "0 were left out for holidays", "es": "0 se omitieron por feriados"}[lang] in said
    assert await third(school, lang, {"nothing_due": 4, "left": 3}) == await third(school, lang, {}), (
        "of fewer than five nothing"
    )


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "{} of 8 completed the basic course"), ("es", "{} de 8 completaron el curso básico")]
)
@pytest.mark.parametrize("finished", [0, 2])
async def test_how_many_completed_the_basic_course_is_said_and_who_is_a_tap_away(
    school: School, lang: str, words: str, finished: int
) -> None:
    """As the roster has it, so that a small number gives nothing away that is not written there by name."""
    place = await school.opened(lang=lang)
    numbers = await many(school, place, 6)
    done = school.training.rooms.completions
    what = Completion("E", "basic", "v", "training", 61, "2026-05-20", "2026-06-01", "Example", "completed")

    def work(c: Connection) -> None:
        for who in numbers[:finished]:
            for _ in range(2):  # in another year again
                done.add(c, place, who, what, school.clock())
        done.add(c, place, numbers[5], replace(what, course="myths"), school.clock())

    await school.database.write(work)
    (said,) = await school.hears(CHIEF, "/progress")
    first, *rest = said.split("\n")
    assert words.format(finished) in first
    assert len(rest) == 2
    assert "k:officers" in [payload for _, payload in school.buttons(CHIEF)]


async def test_r27_fewer_than_five_are_no_such_figure(school: School) -> None:
    place = await school.opened()
    await many(school, place, 2)
    (said,) = await school.hears(CHIEF, "/progress")
    assert "completed the basic course" not in said
    assert (await figures(school)).finished is None


@pytest.mark.parametrize(("officers", "blocked", "shown"), [(6, 3, False), (1, 9, False), (6, 9, True)])
@pytest.mark.parametrize("lang", ["en", "es"])
async def test_r27_who_could_not_be_reached_is_neither_late_nor_resting(
    school: School, lang: str, officers: int, blocked: int, shown: bool
) -> None:
    """The list of officers says by name who it is; how often is a figure like any."""
    place = await school.opened()
    await many(school, place, officers)
    chat = school.chats.hash("telegram", str(CHIEF))
    here = await school.database.read(lambda c: school.training.here(c, chat, "coordinator", lang, MONDAY))
    found = replace(await figures(school), skipped={"blocked": blocked, "late": 2, "unsure": 1, "broken": 1})
    third = seeing_words.sentences(Ask(school.training.rooms, here, {}), found)[2]
    assert {"en": "4 could not be sent in time", "es": "4 no salieron a tiempo"}[lang] in third
    said = {
        "en": ("Some could", f"{blocked} could not be delivered"),
        "es": ("Algunos no", f"{blocked} no se pudieron"),
    }
    assert [text in third for text in said[lang]] == [not shown, shown]


async def figures(school: School) -> seeing_words.Figures:
    chat = school.chats.hash("telegram", str(CHIEF))
    return await school.database.read(
        lambda c: seeing_words.figures(
            Ask(school.training.rooms, school.training.here(c, chat, "coordinator", "en", school.clock()), {})
        )
    )


async def test_r27_a_hidden_unit_cannot_be_told_from_the_others(school: School) -> None:
    """Its people are in no figure of a unit; and the department's own topics are of all, with no count beside them."""
    place = await school.opened()
    people = school.training.rooms.people
    day, night = [await school.database.write(lambda c, n=n: people.add_unit(c, place, n)) for n in ("Days", "Nights")]
    await many(school, place, 6, unit=day)
    await joined(school, place, 2, night, first=FIRST + 5000)
    found = await figures(school)
    assert found.units[day].now is not None
    assert night not in found.units


async def test_r27_every_hidden_topic_is_counted_and_none_costs_another_its_row(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More topics are hidden than the picture has rows."""
    drawn: list[chart.Progress] = []

    async def keeps(progress: chart.Progress) -> bytes:
        drawn.append(progress)
        raise NotDrawn("as the test says")

    monkeypatch.setattr(seeing_words, "draw", keeps)
    place = await school.opened()
    numbers = await many(school, place, 6)

    def two_go_on(c: Connection) -> None:
        for who in numbers[:2]:
            answered(c, school, who, "refresh", True, school.clock() - 4 * DAY, slice(None))

    await school.database.write(two_go_on)
    await school.hears(CHIEF, "/progress")
    found = (await figures(school)).topics
    few = sum(standing.now is None for standing in found.values())
    assert few > MOST_TOPICS
    assert 0 < len(found) - few < MOST_TOPICS
    assert [row.now is None for row in drawn[0].topics] == [False] * (len(found) - few) + [True] * few


async def test_the_sentences_come_where_no_picture_can_be_drawn(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> bytes:
        raise NotDrawn("as the test says")

    monkeypatch.setattr(seeing_words, "draw", fails)
    assert chart.draw is not fails
    place = await school.opened()
    await many(school, place, 5)
    (said,) = await school.hears(CHIEF, "/progress")
    assert "of 7 people" in said
    assert school.phones.sent[-1].file is None


async def test_nobody_is_ranked_unless_the_department_turned_it_on(school: School) -> None:
    place = await school.opened()
    await many(school, place, 6)
    (said,) = await school.hears(CHIEF, "/progress")
    assert "E-" not in said
    assert "By officer" not in [title for title, _ in school.buttons(CHIEF)]
    (said,) = await school.hears(CHIEF, "!k:progress:people")
    assert "has not turned it on" in said
    await school.hears(CHIEF, "!k:rule:ranking:1")
    assert "has not turned it on" in (await school.hears(CHIEF, "!k:progress:people"))[0], "it is asked twice"
    await school.hears(CHIEF, "!k:rule:ranking:yes")
    (said,) = await school.hears(CHIEF, "!k:progress:people")
    assert f"E-{FIRST + 1}: 4 answered, 4 right" in said


async def test_a_long_list_by_officer_comes_in_pages_and_nobody_is_cut_off(school: School) -> None:
    place = await school.opened()
    await joined(school, place, 45)
    await school.hears(CHIEF, "!k:rule:ranking:yes", "!k:progress:people")
    seen, pages = list[str](), 0
    while True:
        seen += [line for line in school.phones.texts(CHIEF)[-1].splitlines() if " answered, " in line]
        pages += 1
        more = [payload for _, payload in school.buttons(CHIEF) if payload.startswith("k:progress:people:")]
        if not more:
            break
        await school.hears(CHIEF, f"!{more[0]}")
    assert pages == 3
    assert len(seen) == len(set(seen)) == 47


async def test_it_is_said_whether_it_lasts(school: School) -> None:
    place = await school.opened()
    (said,) = await school.hears(CHIEF, "!k:progress:lasts")
    assert "Not enough yet" in said
    await many(school, place, 6, kind="holdout")
    (said,) = await school.hears(CHIEF, "!k:progress:lasts")
    assert "All: predicted 80 %, observed" in said
    assert "Mean error of the prediction" in said


async def test_another_department_is_in_no_figure(school: School) -> None:
    await school.opened()
    other = await school.database.write(
        lambda c: school.training.rooms.people.add_department(
            c, "Other Example", "America/Chicago", "en", school.clock()
        )
    )
    await many(school, other, 7)
    (said,) = await school.hears(CHIEF, "/progress")
    assert "of 2 people" in said


async def test_an_officer_sees_no_progress(school: School) -> None:
    await school.opened()
    (said,) = await school.hears(ROOKIE, "!k:progress:lasts")
    assert said.startswith("Your department's training coordinator")
