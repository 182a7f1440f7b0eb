"""The rest of what a coordinator does in the chat, done by the operator: ids, roles, phones, who waits, times, names, partners (R26, R60)."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.settings import Settings
from bot.store.chats import Chats
from bot.store.keys import KeyRing
from bot.store.schema import outbox
from bot.store.training_completions import Completions
from bot.store.training_drafts import Drafts
from bot.store.training_schema import completion, department, joining, member, partner, question, schedule
from bot.training import cards
from bot.training.deck import Deck
from bot.training.joining import Doors
from tests.app.test_cli_department import NAME, OTHER, dept, done, joined, links, place, rows
from tests.app.test_cli_oncall import fails_with, within

__all__ = ["place"]
LATER = 86400.0


@pytest.fixture(autouse=True)
def _clean(clean_environment: Path) -> None:
    return


def person(address: str, role: str = "guest") -> str:
    chats = Chats(KeyRing(Settings().keys))
    name = chats.hash("telegram", address)

    def work(c: Connection) -> None:
        chats.seen(c, name, address, time.time())
        chats.change(c, name, role=role)

    within(work)
    return name


def waits(place: str, address: str = "somebody", role: str = "guest") -> int:
    """Somebody who opened a link; the number of their asking."""
    name, people = person(address, role), links()

    def work(c: Connection) -> int:
        code = people.make_batch(c, place, None, 5, time.time() + LATER)
        number = people.ask_to_join(c, code, name, "en", time.time(), "E-7").number
        assert number is not None
        return number

    return int(within(work))


def queued() -> list[str]:
    found = [json.loads(row.content) for row in rows(outbox)]
    return [content["part"][0] for content in found if "part" in content]


def rule() -> dict[str, Any]:
    (row,) = rows(schedule)
    found: dict[str, Any] = json.loads(row.rule)
    return found


def test_an_id_is_set_and_kept_sealed(place: str) -> None:
    number = joined(place)[0]
    assert "set" in done("id", NAME, str(number), "B-12")
    assert json.loads(done("officers", NAME, "--json"))[0]["officer_id"] == "B-12"
    assert b"B-12" not in rows(member)[0].officer_id
    fails_with(dept("id", NAME, str(number), "x" * 41), "1 to 40 characters")
    assert rows(completion) == []


def test_who_becomes_a_coordinator_is_told_and_the_last_one_stays(place: str) -> None:
    chief, rookie = joined(place, role="coordinator")[0], joined(place)[0]
    fails_with(dept("role", NAME, str(chief), "officer"), "make another one first")
    assert "coordinator now" in done("role", NAME, str(rookie), "coordinator")
    assert queued() == ["training:welcome"]
    assert "officer now" in done("role", NAME, str(chief), "officer")
    assert queued() == ["training:welcome", "message:train.officer.no_more"]
    roles = {one["number"]: one["role"] for one in json.loads(done("officers", NAME, "--json"))}
    assert roles == {chief: "officer", rookie: "coordinator"}
    row = next(row for row in rows(member) if row.id == rookie)
    assert within(lambda c: Chats.get(c, row.chat)).role == "coordinator"


def test_r60_an_advocate_is_not_made_a_coordinator(place: str) -> None:
    number = joined(place)[0]
    chats, row = Chats(KeyRing(Settings().keys)), rows(member)[0]
    within(lambda c: chats.change(c, row.chat, role="advocate"))
    fails_with(dept("role", NAME, str(number), "coordinator"), "R60")
    assert rows(member)[0].role == "officer"


def test_a_new_phone_comes_in_by_a_link_that_works_once(place: str) -> None:
    number = joined(place)[0]
    code = re.findall(r"start=([\w-]+)", done("phone", NAME, str(number), "--bot-name", "example_bot"))[0]
    keys = KeyRing(Settings().keys)
    chats, people, new = Chats(keys), links(), person("new phone")
    doors = Doors(chats, people, Drafts(keys))
    assert within(lambda c: doors.take_over(c, code, new, time.time())).member == number
    assert rows(member)[0].chat == new
    other = person("another phone")
    assert within(lambda c: doors.take_over(c, code, other, time.time())).outcome == "expired"


def test_who_waits_is_shown_by_their_digits_and_let_in(place: str) -> None:
    assert "nobody waits" in dept("waiting", NAME).stderr
    number = waits(place)
    (shown,) = json.loads(done("waiting", NAME, "--json"))
    assert (shown["number"], shown["says"], shown["officer_id"]) == (number, links().spoken(number), "E-7")
    assert f"says {shown['says']}" in done("waiting", NAME)
    assert done("let-in", NAME, str(number)).strip() == "in"
    assert [row.role for row in rows(member)] == ["officer"]
    assert queued() == ["training:welcome"]
    fails_with(dept("let-in", NAME, str(number)), "nobody waits as number")


def test_who_is_refused_is_told(place: str) -> None:
    number = waits(place)
    assert done("let-in", NAME, str(number), "--no").strip() == "refused"
    assert rows(member) == []
    assert queued() == ["message:train.join.no"]
    assert [row.accepted for row in rows(joining)] == [0]


def test_r60_an_advocate_who_waits_is_not_let_in(place: str) -> None:
    number = waits(place)
    chats, row = Chats(KeyRing(Settings().keys)), rows(joining)[0]
    within(lambda c: chats.change(c, row.chat, role="advocate"))
    fails_with(dept("let-in", NAME, str(number)), "not let in")
    assert rows(member) == []
    assert queued() == ["message:train.join.no"]


def test_r26_who_waits_for_another_department_is_not_let_in(place: str) -> None:
    done("add", OTHER, "--zone", "America/Chicago")
    number = waits(place)
    fails_with(dept("let-in", OTHER, str(number)), "nobody waits as number")
    assert "nobody waits" in dept("waiting", OTHER).stderr
    assert rows(member) == []


def test_a_department_is_renamed_and_two_are_told_apart(place: str) -> None:
    done("add", OTHER, "--zone", "America/Chicago")
    fails_with(dept("rename", NAME, OTHER.upper()), "already")
    done("rename", NAME, "Example Town Police")
    assert {row.name for row in rows(department)} == {"Example Town Police", OTHER}
    done("rename", "Example Town Police", "EXAMPLE Town Police")


def test_one_thing_of_the_times_changes_and_the_rest_stays(place: str) -> None:
    before = rule()
    done("schedule", NAME, "--quiet", "20:00-06:00", "--yes")
    after = rule()
    assert {name for name in after if after[name] != before[name]} == {"quiet"}
    fails_with(dept("schedule", NAME, "--yes", "--quiet", "22:00-04:00"), "midnight and 5 a.m.")


def test_zone_holidays_and_lateness_change_after_adding(place: str) -> None:
    said = done(
        "schedule", NAME, "--zone", "America/Denver", "--holidays", "US-CO", "--late", "240", "--cards", "1", "--yes"
    )
    for line in (
        "in the time zone America/Denver",
        "not on holidays (US-CO)",
        "240 minutes late at most",
        "1 card each",
    ):
        assert line in said
    assert "every Tuesday at 7:00 a.m." in said
    assert (rows(department)[0].zone, rows(department)[0].holidays) == ("America/Denver", "US-CO")
    said = done("schedule", NAME, "Monday 8am", "--yes")
    assert "240 minutes late at most" in said, "what was not said anew holds on"
    assert "every Monday at 8:00 a.m." in said
    fails_with(dept("schedule", NAME, "--quiet", "9pm"), "21:00-07:00")
    fails_with(dept("schedule", NAME, "--quiet", "20:00-09:00", "--yes"), "lies in the quiet hours")


def test_what_is_paused_stays_so_when_one_thing_changes(place: str) -> None:
    done("pause", NAME)
    done("schedule", NAME, "--late", "60", "--yes")
    assert [row.active for row in rows(schedule)] == [0]


def test_a_place_without_times_changes_alone(place: str) -> None:
    done("add", OTHER, "--zone", "America/Chicago")
    done("schedule", OTHER, "--zone", "America/Denver", "--yes")
    assert {row.name: row.zone for row in rows(department)}[OTHER] == "America/Denver"
    fails_with(dept("schedule", OTHER, "--late", "60"), "no schedule is set yet")
    fails_with(dept("schedule", NAME, "--zone", "America/Denver", "--unit", "Night watch"), "no schedule of its own")


def test_a_partner_is_changed_and_spoken_with(place: str) -> None:
    done("partner", "add", NAME, "Example House", "(918) 555-0123", "nights", "--spoken", "2026-10-03")
    assert "spoken 2026-10-03" in done("partners", NAME)
    done("partner", "change", NAME, "example house", "--phone", "(918) 555-0124", "--unit", "Night watch")
    shown = done("partners", NAME)
    assert "(918) 555-0124" in shown
    assert "nights" in shown
    assert "Night watch" in shown
    done("partner", "change", NAME, "Example House", "--name", "Example Haven", "--all-units", "--hours", "24/7")
    assert re.search(r"Example Haven .* 24/7 .* all units", done("partners", NAME))
    done("partner", "spoken", NAME, "Example Haven")
    assert abs(rows(partner)[0].spoken_at - time.time()) < LATER
    done("partner", "spoken", NAME, "Example Haven", "last week")
    assert 6 * LATER < time.time() - rows(partner)[0].spoken_at < 8.1 * LATER
    done("partner", "spoken", NAME, "Example Haven", "not yet")
    assert rows(partner)[0].spoken_at is None


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("partner", "change", NAME, "Example House"), "say what"),
        (("partner", "change", NAME, "Example House", "--unit", "Night watch", "--all-units"), "exclude"),
        (("partner", "change", NAME, "Example House", "--phone", "call"), "no number that can be kept"),
        (("partner", "change", NAME, "Example House", "--name", "12 Main Street"), "hold no address"),
        (("partner", "change", NAME, "Nobody", "--hours", "days"), "0 partners are called"),
        (("partner", "spoken", NAME, "Example House", "2999-01-01"), "no day that was"),
        (("partner", "spoken", NAME, "Example House", "some day"), "no day that was"),
        (("id", NAME, "99", "E-1"), "no officer number 99"),
        (("role", NAME, "99", "officer"), "no officer number 99"),
        (("phone", NAME, "99"), "no officer number 99"),
        (("let-in", NAME, "9" * 40), "nobody waits"),
    ],
)
def test_bad_input_says_what_to_do(place: str, args: tuple[str, ...], says: str) -> None:
    done("partner", "add", NAME, "Example House", "(918) 555-0123", "nights")
    before = rows(partner)
    fails_with(dept(*args), says)
    assert rows(partner) == before


def test_who_had_answered_everything_completes_by_the_id_alone(place: str) -> None:
    number, deck = joined(place)[0], Deck(cards.shared())
    answers = [
        {"member": number, "card": card.id, "version": card.version, "topic": card.topic, "wording": 0, "options": 4, "kind": "course",
         "asked_at": 1e9, "answered_at": 1e9 + 60, "chosen": 0, "right": 1, "seconds": 60.0}
        for card in deck.of_course("basic")
    ]  # fmt: skip
    within(lambda c: c.execute(question.insert(), answers).rowcount)
    assert "1 completed" in done("id", NAME, str(number), "B-12")
    kept = within(lambda c: Completions(KeyRing(Settings().keys)).of_department(c, place))
    assert [one.what.officer_id for one in kept] == ["B-12"]


def test_shifts_in_common_are_said_in_words_and_hold_on(place: str) -> None:
    round_ = "2 days 7am-7pm, 2 nights 7pm-7am, 4 off"
    fails_with(dept("schedule", NAME, "--shifts", round_, "--yes"), "--from 2026-12-01")
    fails_with(dept("schedule", NAME, "--from", "2026-12-01", "--yes"), "with --shifts")
    fails_with(dept("schedule", NAME, "--shifts", "whenever", "--yes"), "is not understood")
    assert "shifts" not in rule()
    said = done("schedule", NAME, "--shifts", round_, "--from", "2026-12-01", "--yes")
    assert "2 on 7:00 a.m. to 7:00 p.m., 2 on 7:00 p.m. to 7:00 a.m., 4 off, and again, from 2026-12-01" in said
    kept = rule()["shifts"]
    done("schedule", NAME, "Monday 8am", "--yes")
    assert rule()["shifts"] == kept
    said = done("schedule", NAME, "--shifts", "Monday to Friday 7am-3pm", "--yes")
    assert "Monday, Tuesday, Wednesday, Thursday and Friday, 7:00 a.m. to 3:00 p.m." in said
    done("schedule", NAME, "--shifts", "none", "--yes")
    assert "shifts" not in rule()
