"""The operator's commands about departments: a real store, what each error says to do, and nothing half written (R26, R27, R60)."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from openpyxl import load_workbook
from sqlalchemy import Connection, select

from bot import department_links as links_of_department
from bot import outfiles
from bot.settings import Settings
from bot.store import training_departments as table
from bot.store.chats import Chats
from bot.store.errors import NotThere
from bot.store.keys import KeyRing
from bot.store.training_completions import Completion, Completions
from bot.store.training_drafts import Drafts
from bot.store.training_links import Links
from bot.store.training_schema import department, member, memory, partner, question, schedule
from bot.training import cards
from bot.training.joining import Doors
from tests.app.test_cli_oncall import call, fails_with, within

NAME = "Example Police Department"
OTHER = "Example Sheriff"
BOT = ("--bot-name", "example_bot")
WORDS = "every Tuesday 7am and Friday before shift"


@pytest.fixture(autouse=True)
def _clean(clean_environment: Path) -> None:
    return


def dept(*args: str, text: str | None = None) -> Result:
    return call("department", *args, text=text)


def done(*args: str, text: str | None = None) -> str:
    result = dept(*args, text=text)
    assert result.exit_code == 0, (result.stderr, result.exception)
    return result.output


@pytest.fixture
def place() -> str:
    """The id of a department with a schedule and a unit."""
    made = done("add", NAME, "--zone", "America/Chicago", "--schedule", WORDS, "--yes")
    done("unit", "add", NAME, "Night watch")
    return re.findall(r"^[0-9a-f]{32}$", made, re.MULTILINE)[0]


def links() -> Links:
    return Links(KeyRing(Settings().keys))


def joined(place: str, count: int = 1, unit: str | None = None, role: str = "officer") -> list[int]:
    """Officers who are in, each with a chat of their own; their numbers."""
    people, chats = links(), Chats(KeyRing(Settings().keys))

    def work(c: Connection) -> list[int]:
        now, found = time.time(), []
        units = {row.name: row.id for row in people.units(c, place)}
        for n in range(count):
            address = f"{role}-{place[:4]}-{unit}-{n}"
            chat = chats.hash("telegram", address)
            chats.seen(c, chat, address, now)
            chats.change(c, chat, role=role)
            officer_id = f"{(unit or 'E')[0]}-{n}"
            found.append(people.join(c, chat, place, units[unit] if unit else None, role, "en", now, officer_id))
        return found

    return list(within(work))


def rows(what: Any) -> list[Any]:
    return list(within(lambda c: list(c.execute(select(what)))))


def test_a_department_is_added_after_its_schedule_was_read_back() -> None:
    said = done("add", NAME, "--zone", "America/Chicago", "--schedule", WORDS, text="y\n")
    assert "every Tuesday at 7:00 a.m." in said
    assert len(re.findall(r"Tue 20\d\d-\d\d-\d\d 7:00 a\.m\.|Fri 20\d\d-\d\d-\d\d before the shift", said)) == 3
    assert f"{NAME} " in done("list")
    assert json.loads(done("list", "--json"))[0]["schedule"] == "set"


def test_before_shift_is_read_back_with_the_first_day_and_dates(place: str) -> None:
    said = done("schedule", NAME, "every Friday before shift starting 2027-03-01", "--yes")
    assert "from 2027-03-01" in said
    assert "next: Fri 2027-03-05 before the shift, Fri 2027-03-12 before the shift, Fri 2027-03-19" in said
    assert "depends on each officer's own shift" in said


def test_a_no_adds_nothing() -> None:
    assert dept("add", NAME, "--zone", "America/Chicago", "--schedule", WORDS, text="n\n").exit_code == 1
    assert rows(department) == []
    assert rows(schedule) == []


def test_words_of_the_other_language_are_read_too(place: str) -> None:
    said = done("schedule", NAME, "lunes y jueves a las 7 de la mañana", "--yes")
    assert "every Monday and Thursday at 7:00 a.m." in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Tuesday 7", "7:00am or 7:00pm"),
        ("every day 8am", "--often"),
        ("Tuesday", "no time for Tuesday"),
        ("7am", "on which days at 7:00 a.m.?"),
        ("twice a week", "2 times a week, but on which days?"),
        ("whenever it rains", "is not understood"),
        ("every other Monday 8am", "every other week is not there"),
        ("Tuesday 11pm", "quiet hours"),
        ("Tuesday morning", "morning is no time: write it, as in Tuesday 8:00 a.m."),
        ("Friday 2 hours before shift", "120 minutes before a shift do not work: 5 to 60 do"),
        ("pause until the baby is here", "from when to when is the pause?"),
        ("pause until further notice", "waymark department pause"),
        ("Monday 8am, 5 cards", "1 to 3 cards"),
        ("", "no day and time"),
    ],
)
def test_words_that_may_mean_two_things_are_asked_back_and_change_nothing(place: str, words: str, says: str) -> None:
    before = rows(schedule)
    fails_with(dept("schedule", NAME, words, "--yes"), says)
    assert rows(schedule) == before


def test_more_than_twice_a_week_has_to_be_meant(place: str) -> None:
    assert "every Monday, Tuesday" in done("schedule", NAME, "every day 8am", "--often", "--yes")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("add", "X", "--zone", "Chicago"), "'Chicago' is no time zone"),
        (("add", "X", "--zone", "America/Chicago", "--holidays", "XX"), "'XX' is no calendar"),
        (("add", " ", "--zone", "America/Chicago"), "1 to 80 characters"),
        (("add", "X" * 81, "--zone", "America/Chicago"), "1 to 80 characters"),
        (("add", NAME.upper(), "--zone", "America/Chicago"), "already"),
        (("schedule", "Nowhere", WORDS), "there is no department 'Nowhere'"),
        (("schedule", NAME, WORDS, "--unit", "Days"), "has no unit 'Days'; it has: Night watch"),
        (("pause", NAME, "--unit", "night watch"), "has no schedule of its own"),
        (("unit", "add", NAME, "NIGHT WATCH"), "has a unit 'NIGHT WATCH' already"),
        (("unit", "add", NAME, "nightwátch"), "has a unit 'nightwátch' already (Night watch)"),
        (("unit", "rename", NAME, "Days", "Nights"), "has no unit 'Days'"),
        (("unit", "remove", NAME, "Days", "--yes"), "has no unit 'Days'"),
        (("move", NAME, "99"), "no officer number 99"),
        (("remove", NAME, "99", "--yes"), "no officer number 99"),
        (("remove", NAME, "9" * 40, "--yes"), "no officer number 999"),
        (("move", NAME, "9" * 40), "no officer number 999"),
        (("invite", NAME, "--bot-name", "https://t.me/x"), "the bot's user name"),
        (("invite", NAME, "--sheet", "x.html"), "--bot-name"),
        (("export", NAME, "--xapi", "x.json", "--home", "http://[police"), "--home"),
        (("export", NAME, "--xapi", "x.json", "--home", "https://example.org/a b"), "--home"),
        (("add", "", "--zone", "America/Chicago"), "1 to 80 characters"),
        (("unit", "add", NAME, "a\nb\u202ec"), "characters that can be printed"),
        (("revoke", "--all", ""), "there is no department ''"),
        (("schedule", NAME, ""), "it says no day and time"),
        (("partner", "remove", NAME, "Nobody"), "0 partners are called"),
        (("invite", NAME, "--count", "0"), "1 to 500 people"),
        (("invite", NAME, "--coordinator", "--count", "2"), "for one person"),
        (("invite", NAME, "--count", "2", "--no-tap"), "tap for each"),
        (("invite", NAME, "--sheet", "none/x.html"), "there is no folder none"),
        (("invite", NAME, "--sheet", "x", "--csv", "x"), "a name of its own"),
        (("invite", NAME, "--count", "2", "--sheet", "x", "--png", "y"), "use --sheet"),
        (("revoke", "nothing"), "there is no such link"),
        (("export", NAME), "say what"),
        (("export", NAME, "--xapi", "x.json", "--home", "police"), "--home"),
        (("export", NAME, "--course", "x.json", "--of", "nothing"), "there is no course 'nothing'"),
    ],
)
def test_bad_input_says_what_to_do_and_changes_nothing(place: str, args: tuple[str, ...], says: str) -> None:
    before = (rows(department), rows(schedule), within(lambda c: table.open_links(c, place, time.time())))
    fails_with(dept(*args), says)
    assert (rows(department), rows(schedule), within(lambda c: table.open_links(c, place, time.time()))) == before
    assert list(Path().iterdir()) == []


def test_a_name_that_two_have_is_asked_back_with_their_ids(place: str) -> None:
    other = within(lambda c: links().add_department(c, NAME, "America/Chicago", "en", time.time()))
    fails_with(dept("officers", NAME), place[:8], other[:8])
    assert dept("officers", place[:8]).exit_code == 0


def test_a_schedule_is_paused_and_goes_on(place: str) -> None:
    done("pause", NAME)
    assert "schedule paused" in done("list")
    assert "paused" in dept("schedule", NAME).stderr
    done("resume", NAME)
    assert "schedule set" in done("list")


def test_a_pause_in_words_has_an_end_and_is_read_back(place: str) -> None:
    fails_with(dept("pause", NAME, "until the baby is here"), "is no span of days")
    before = rows(schedule)
    assert dept("pause", NAME, "for two weeks", text="n\n").exit_code == 1
    assert rows(schedule) == before
    said = done("pause", NAME, "por dos semanas", text="y\n")
    assert re.search(r"^  paused from 20\d\d-\d\d-\d\d to 20\d\d-\d\d-\d\d$", said, re.MULTILINE)
    assert json.loads(done("list", "--json"))[0]["schedule"] == "paused"
    assert rows(schedule)[0].active == 1
    assert "paused from" in done("schedule", NAME, "every Wednesday 0700", "--yes"), "new times keep it"
    done("resume", NAME)
    assert json.loads(done("list", "--json"))[0]["schedule"] == "set"
    assert "paused" not in done("schedule", NAME)


def test_a_pause_of_the_department_is_shown_for_its_units(place: str) -> None:
    fails_with(dept("pause", NAME, "next week", "--unit", "Night watch"), "no schedule of its own")
    done("schedule", NAME, "Friday 30 minutes before shift", "--unit", "Night watch", "--yes")
    done("pause", NAME, "next week", "--yes")
    assert "paused from" in done("schedule", NAME, "--unit", "Night watch")
    done("pause", NAME, "until further notice")
    assert "paused: waymark department resume" in dept("schedule", NAME, "--unit", "Night watch").stderr


def test_first_day_end_and_holidays_stay_until_something_else_is_said() -> None:
    done(
        "add",
        NAME,
        "--zone",
        "America/Chicago",
        "--holidays",
        "none",
        "--schedule",
        "Tuesday 0700 starting 2099-01-06 until 2099-12-31",
        "--yes",
    )
    said = done("schedule", NAME, "every Wednesday 1900, not on holidays", "--yes")
    assert "from 2099-01-06" in said
    assert "until 2099-12-31" in said
    assert "not on holidays (US)" in said
    assert "at 7:00 p.m." in said
    assert "no end any more (it was 2099-12-31)" in done("schedule", NAME, "every Wednesday 1900, no end date", "--yes")
    done("schedule", NAME, "--zone", "UTC", "--holidays", "none", "--yes")
    fails_with(dept("schedule", NAME, "Tuesday 0800, not on holidays", "--yes"), "add --holidays US")


def test_shifts_and_quiet_hours_as_police_write_them(place: str) -> None:
    said = done(
        "schedule",
        NAME,
        "--quiet",
        "2130-0630",
        "--shifts",
        "2 days 0700-1900, 2 nights 1900-0700, 4 off",
        "--from",
        "2026-12-01",
        "--yes",
    )
    assert "never from 9:30 p.m. to 6:30 a.m." in said
    assert "2 on 7:00 a.m. to 7:00 p.m., 2 on 7:00 p.m. to 7:00 a.m., 4 off" in said


def test_units_are_renamed_and_removed_with_their_officers_left(place: str) -> None:
    done("unit", "rename", NAME, "Night watch", "Nights")
    done("schedule", NAME, "Monday 8am", "--unit", "nights", "--yes")
    joined(place, 2, "Nights")
    assert re.search(r"Nights +2 officers +schedule set", done("unit", "list", NAME))
    done("unit", "remove", NAME, "Nights", "--yes")
    assert "there is no unit" in dept("unit", "list", NAME).stderr
    assert [one["unit"] for one in json.loads(done("officers", NAME, "--json"))] == [None, None]


def test_who_blocked_the_bot_is_told_from_who_paused(place: str) -> None:
    """What the sender refused for good pauses as well; the operator sees whom somebody has to speak with."""
    first, second = joined(place, 2)
    people, chats = links(), Chats(KeyRing(Settings().keys))

    def work(c: Connection) -> None:
        for number in (first, second):
            people.pause(c, number, time.time())
        chats.change(c, people.by_number(c, second).chat, blocked=1)

    within(work)
    paused, blocked = done("officers", NAME).splitlines()
    assert paused.endswith("  paused")
    assert blocked.endswith("  not reachable: blocked the bot, or has no chat")
    assert [one["blocked"] for one in json.loads(done("officers", NAME, "--json"))] == [False, True]


def test_officers_are_shown_by_id_unit_and_role_and_nothing_else(place: str) -> None:
    joined(place, 1, "Night watch")
    known = {"number", "officer_id", "role", "unit", "paused", "blocked", "basic_completed"}
    assert set(json.loads(done("officers", NAME, "--json"))[0]) == known
    assert re.search(r"\d+ +N-0 +officer +basic not completed +Night watch", done("officers", NAME))


def test_officers_say_who_has_completed_the_basic_course_and_when(place: str) -> None:
    first, second = joined(place, 2)
    complete(place, second)
    shown = {one["number"]: one["basic_completed"] for one in json.loads(done("officers", NAME, "--json"))}
    assert shown == {first: None, second: "2026-11-20"}
    assert re.search(rf"{second} +E-1 +officer +basic 2026-11-20 ", done("officers", NAME))


def test_an_officer_is_moved_and_removed_and_is_a_guest_again(place: str) -> None:
    number = joined(place)[0]
    done("move", NAME, str(number), "night watch")
    assert json.loads(done("officers", NAME, "--json"))[0]["unit"] == "Night watch"
    chat = rows(member)[0].chat
    assert "no coordinator now" in dept("remove", NAME, str(number), "--yes").stderr
    assert within(lambda c: Chats.get(c, chat)).role == "guest"
    assert json.loads(done("officers", NAME, "--json")) == []


def code_of(said: str) -> str:
    return said.split("start=")[1].split()[0]


def test_r60_the_code_is_shown_once_and_kept_as_a_hash(place: str) -> None:
    code = code_of(done("invite", NAME, "--coordinator"))
    raw = Path(Settings().home / "waymark.db").read_bytes()
    assert code.encode() not in raw


def test_r60_a_link_lets_in_one_coordinator_and_ends_when_taken_back(place: str) -> None:
    keys = KeyRing(Settings().keys)
    chats, people = Chats(keys), Links(keys)
    doors = Doors(chats, people, Drafts(keys))
    first, second = (code_of(done("invite", NAME, "--coordinator")) for _ in range(2))

    def opens(code: str, who: str) -> Callable[[Connection], str]:
        def work(c: Connection) -> str:
            chat = chats.hash("telegram", who)
            chats.seen(c, chat, who, time.time())
            return doors.ask(c, code, chat, "en", time.time()).outcome

        return work

    assert within(opens(first, "1")) == "in"
    assert within(opens(first, "2")) == "full"
    done("revoke", f"https://t.me/YOUR_BOT?start={second}")
    assert within(opens(second, "2")) == "unknown"
    assert re.search(r"1 coordinators", done("list"))


def test_a_bots_name_is_taken_with_its_sign_as_well(place: str) -> None:
    """An address with "@" in it opens nothing, and is seen only once the sheet was cut up."""
    assert "https://t.me/example_bot?start=" in done("invite", NAME, "--bot-name", "@example_bot")


def test_two_units_of_one_name_are_told_apart(place: str) -> None:
    """The chat lets a coordinator give a name twice."""
    within(lambda c: links().add_unit(c, place, "night WATCH"))
    fails_with(dept("unit", "remove", NAME, "Night watch", "--yes"), "2 units", "rename one of them in the chat")
    assert len(json.loads(done("unit", "list", NAME, "--json"))) == 2


def test_all_links_of_a_lost_sheet_end_at_once(place: str) -> None:
    done("invite", NAME, *BOT, "--count", "3", "--csv", "a.csv")
    assert "3 links ended" in done("revoke", "--all", NAME)
    assert within(lambda c: table.open_links(c, place, time.time())) == 0


def test_files_of_invitations_are_for_the_owner_alone_and_never_written_over(place: str) -> None:
    said = done("invite", NAME, *BOT, "--count", "9", "--csv", "a.csv", "--sheet", "a.html")
    assert "start=" not in said
    lines = list(csv.DictReader(io.StringIO(Path("a.csv").read_text("utf-8-sig"))))
    assert len({line["link"] for line in lines}) == 9
    assert Path("a.html").read_text().count("<figure>") == 9
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path().iterdir()} == {0o600}
    fails_with(dept("invite", NAME, *BOT, "--csv", "a.csv"), "is there already")


def test_links_of_a_file_that_cannot_be_written_are_taken_back(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = outfiles.write

    def full(path: Path, data: bytes) -> None:
        if path.suffix == ".html":
            raise NotThere("cannot write a.html (No space left on device)")
        whole(path, data)

    monkeypatch.setattr(outfiles, "write", full)
    fails_with(dept("invite", NAME, *BOT, "--count", "4", "--csv", "a.csv", "--sheet", "a.html"), "No space left")
    assert list(Path().iterdir()) == []
    assert within(lambda c: table.open_links(c, place, time.time())) == 0


def test_a_folder_that_takes_nothing_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="cannot write"):
        outfiles.write(tmp_path / ("x" * 250), b"some")  # too long a name once the part is marked
    assert [path for path in tmp_path.iterdir() if path.name.endswith((".part", "x"))] == []


def test_a_file_that_somebody_else_makes_meanwhile_is_left_alone(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was not there when it was looked for, and is there when it is written."""
    made = links_of_department.picture

    def slow(*args: Any) -> Any:
        Path("a.png").write_text("somebody else's")
        return made(*args)

    monkeypatch.setattr(links_of_department, "picture", slow)
    fails_with(dept("invite", NAME, *BOT, "--csv", "a.csv", "--png", "a.png"), "is there already")
    assert Path("a.png").read_text() == "somebody else's"
    assert [path.name for path in Path().iterdir()] == ["a.png"]
    assert within(lambda c: table.open_links(c, place, time.time())) == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


def test_nothing_is_written_over_at_the_last_moment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.fsync

    def slow(handle: int) -> None:
        (folder / "a.csv").write_text("somebody else's")
        whole(handle)

    monkeypatch.setattr(os, "fsync", slow)
    with pytest.raises(NotThere, match="is there already"):
        outfiles.write(folder / "a.csv", b"some")
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("a.csv", "somebody else's")]


def test_what_a_crash_left_half_written_stops_no_later_file(folder: Path) -> None:
    (folder / ".a.csv.part").write_bytes(b"so")
    outfiles.write(folder / "a.csv", b"some")
    assert (folder / "a.csv").read_bytes() == b"some"


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("call", ["fsync", "open"])
def test_a_full_disk_leaves_nothing_half_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: int
) -> None:
    def full(*_: Any) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(NotThere, match="nothing was written"):
        outfiles.write(folder / "a.csv", b"some")
    monkeypatch.undo()
    assert list(folder.iterdir()) == []


def test_a_link_to_a_file_is_not_followed(folder: Path) -> None:
    (folder / "a.csv").symlink_to(folder / "elsewhere")
    with pytest.raises(NotThere, match="is there already"):
        outfiles.write(folder / "a.csv", b"some")
    assert not (folder / "elsewhere").exists()


def test_a_name_too_long_for_the_disk_is_said_before_anything_is_made(place: str) -> None:
    fails_with(dept("invite", NAME, *BOT, "--csv", "x" * 300), "too long")
    fails_with(dept("export", NAME, "--roster-csv", "x" * 300), "too long")
    assert within(lambda c: table.open_links(c, place, time.time())) == 0


def remember(numbers: list[int], cards_known: int = 3) -> None:
    names = [card.id for card in cards.shared().of("basic", "en")][:cards_known]
    now = time.time()
    values = {
        "stability": 20.0,
        "difficulty": 5.0,
        "first_at": now,
        "last_at": now,
        "due_at": now,
        "reps": 1,
        "lapses": 0,
    }
    within(
        lambda c: (
            c.execute(
                memory.insert(),
                [{"member": n, "card": card, "wording": 0, "held": 0, **values} for n in numbers for card in names],
            ).rowcount
        )
    )


def test_r27_units_of_fewer_than_five_are_hidden_and_cannot_be_subtracted(place: str) -> None:
    done("unit", "add", NAME, "Days")
    done("unit", "add", NAME, "Evenings")
    remember([*joined(place, 9, "Days"), *joined(place, 6, "Evenings"), *joined(place, 3, "Night watch")])
    units = json.loads(done("progress", NAME, "--json"))["units"]
    assert units["Night watch"] == {"now": None, "in_two_weeks": None}
    assert units["Evenings"]["now"] is None, "else the three are what is left of the whole"
    assert units["Days"]["now"] == pytest.approx(1.0, abs=0.01)
    assert "fewer than five" in done("progress", NAME)


def test_r27_a_department_of_four_shows_no_figure(place: str) -> None:
    remember(joined(place, 4))
    shown = json.loads(done("progress", NAME, "--json"))
    assert (shown["asked"], shown["answered"], shown["fades_next"]) == (None, None, [])
    assert {s["now"] for s in [*shown["topics"].values(), *shown["units"].values()]} == {None}


def test_r27_figures_are_those_of_the_chat(place: str) -> None:
    """All together and by unit as well, and of what was kept back alone: refreshers come when they are expected to be known."""
    numbers = joined(place, 6, "Night watch")
    remember(numbers)
    complete(place, numbers[0])
    card = cards.shared().of("basic", "en")[0]
    now = time.time()
    asked = {
        "card": card.id, "version": "v", "topic": card.topic, "wording": 0, "options": 4, "asked_at": now - 9, "answered_at": now - 1,
        "chosen": 0, "seconds": 8.0, "predicted": 0.8,
    }  # fmt: skip
    answers = [{**asked, "member": n, "kind": "holdout", "right": 1} for n in numbers]
    answers += [{**asked, "member": n, "kind": "refresh", "right": 0} for n in numbers for _ in range(9)]
    answers += [{**asked, "member": n, "kind": "pretest", "right": n % 2, "predicted": None} for n in numbers]
    within(lambda c: c.execute(question.insert(), answers).rowcount)
    shown = json.loads(done("progress", NAME, "--json"))
    assert (shown["completed_basic"], shown["officers"]) == (1, 6)
    assert shown["recall"] == pytest.approx(1.0, abs=0.01)
    assert shown["before_teaching"] == 0.5
    fits = shown["calibration"]
    assert fits["all"]["observed"] == 1.0
    assert [fit["observed"] for fit in fits["topics"].values()] == [1.0]
    assert fits["units"] == {"Night watch": fits["all"]}
    said = done("progress", NAME)
    for line in (
        "completed the basic course: 1 of 6",
        "recall now, of all: 100%",
        "right before anything was taught: 50%",
        "sent: 0",
    ):
        assert line in said
    assert re.search(r"all +80% 100%", said)
    assert re.search(r"Night watch +80% 100%", said)
    assert "mean error of the prediction: " in said


def test_r27_four_officers_are_in_no_such_figure(place: str) -> None:
    numbers = joined(place, 4)
    remember(numbers)
    complete(place, numbers[0])
    shown = json.loads(done("progress", NAME, "--json"))
    assert (shown["completed_basic"], shown["recall"], shown["before_teaching"]) == (None, None, None)
    assert shown["calibration"]["all"] == {"predicted": None, "observed": None, "ece": None}
    assert "completed the basic course: hidden of 4" in done("progress", NAME)


def test_the_picture_of_progress_is_a_png(place: str) -> None:
    remember(joined(place, 6))
    done("progress", NAME, "--png", "p.png")
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")
    fails_with(dept("progress", NAME, "--png", "p.png"), "is there already")


WHAT = Completion("007", "basic", "v1", "training", 61, "2026-11-02", "2026-11-20", "self-paced", "completed", 0.9)


def complete(place: str, number: int) -> None:
    within(lambda c: Completions(KeyRing(Settings().keys)).add(c, place, number, WHAT, time.time()))


def test_records_leave_as_files_that_others_open(place: str) -> None:
    complete(place, joined(place)[0])
    said = done("export", NAME, "--roster-csv", "r.csv", "--roster-xlsx", "r.xlsx", "--course", "c.json")
    assert "1 completions" in said
    assert list(csv.reader(io.StringIO(Path("r.csv").read_text("utf-8-sig"))))[1][0] == "007"
    sheet = load_workbook("r.xlsx").active
    assert sheet is not None
    assert sheet["A2"].value == "007"
    assert sheet["B2"].value == "Human trafficking: the basics (basic)"
    assert ",Human trafficking: the basics (basic)," in Path("r.csv").read_text("utf-8-sig")
    course = json.loads(Path("c.json").read_text())
    assert all(one["title"] and one["date"] for one in course["sources"])
    assert len(course["answer_key"]) == len(cards.shared().of("basic", "en"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path().iterdir()} == {0o600}


def test_a_statement_names_who_finished_by_the_departments_own_address(place: str) -> None:
    first, second = joined(place, 2)
    complete(place, first)
    names = [card.id for card in cards.shared().of("basic", "en")]
    asked = {
        "version": "v",
        "topic": "t",
        "wording": 0,
        "options": 4,
        "kind": "refresh",
        "asked_at": 1.0,
        "answered_at": 9.0,
    }
    answers = [
        {**asked, "member": n, "card": card, "chosen": 0, "right": 1, "seconds": 8.0, "predicted": None}
        for n in (first, second)
        for card in names
    ]
    within(lambda c: c.execute(question.insert(), answers).rowcount)
    done("export", NAME, "--xapi", "x.json", "--home", "https://police.example.org")
    statements = json.loads(Path("x.json").read_text())
    accounts = {tuple(s["actor"]["account"].values()) for s in statements}
    assert accounts == {("https://police.example.org", "007")}
    verbs = [s["verb"]["id"].rpartition("/")[2] for s in statements]
    assert verbs == ["initialized", "completed", "terminated"], "nobody sees single answers"


def test_settings_are_shown_and_changed(place: str) -> None:
    assert json.loads(done("settings", NAME, "--json"))["on_duty_only"] is True
    done("settings", NAME, "--ranking", "on", "--on-duty-only", "off", "--keep-days", "730")
    shown = json.loads(done("settings", NAME, "--json"))
    assert (shown["ranking"], shown["on_duty_only"], shown["keep_days"]) == (True, False, 730)
    assert "or none" in dept("settings", NAME, "--keep-days", "soon").stderr


def test_who_answers_for_the_training_is_set_sealed_and_taken_back(place: str) -> None:
    assert json.loads(done("settings", NAME, "--json"))["instructor"] == NAME, "the department, where nobody is named"
    assert re.search(r"instructor +Sgt\. Zebra Example", done("settings", NAME, "--instructor", "Sgt. Zebra Example"))
    assert b"Zebra" not in rows(department)[0].instructor
    fails_with(dept("settings", NAME, "--instructor", "x" * 81), "1 to 80 characters")
    done("settings", NAME, "--ranking", "off")
    assert json.loads(done("settings", NAME, "--json"))["instructor"] == "Sgt. Zebra Example"
    assert json.loads(done("settings", NAME, "--instructor", "none", "--json"))["instructor"] == NAME
    assert rows(department)[0].instructor is None


def test_partners_are_read(place: str) -> None:
    assert "there is no partner yet" in dept("partners", NAME).stderr
    row = {"name": "Example House", "phone": "555-0100", "hours": "any time", "added_at": 1.0, "unit": None}
    within(lambda c: c.execute(partner.insert().values(department=place, **row)).rowcount)
    assert re.search(r"Example House +555-0100 +any time +never spoken to +all units", done("partners", NAME))


def test_a_department_is_deleted_after_its_name_was_typed(place: str) -> None:
    number = joined(place, 3)[0]
    complete(place, number)
    remember([number])
    chat = rows(member)[0].chat
    assert "nothing was deleted" in dept("delete", NAME, text="yes\n").stderr
    assert "3 people, 1 units" in done("delete", NAME, text=f"{NAME}\n")
    assert (rows(member), rows(memory), rows(schedule)) == ([], [], [])
    assert within(lambda c: Chats.get(c, chat)).role == "guest"
    assert "there is no department" in dept("list").stderr
    assert within(lambda c: len(Completions(KeyRing(Settings().keys)).of_department(c, place))) == 1
    assert call("training", "verify").exit_code == 0


def test_what_retention_keeps_of_a_deleted_department_ends_by_itself(place: str) -> None:
    done("settings", NAME, "--keep-days", "30")
    complete(place, joined(place)[0])
    done("delete", NAME, text=f"{NAME}\n")
    done_by = Completions(KeyRing(Settings().keys))
    assert within(table.purge_removed) == 0
    within(lambda c: done_by.purge(c, time.time() + 31 * 86400))
    assert within(table.purge_removed) == 1
    assert rows(department) == []


def test_completions_go_too_where_that_was_said(place: str) -> None:
    complete(place, joined(place)[0])
    assert "0 completions stay" in done("delete", NAME, "--completions-too", text=f"{NAME}\n")
    assert rows(department) == []
    assert call("training", "verify").exit_code == 0


def test_another_department_is_left_alone_by_a_deletion(place: str) -> None:
    done("add", OTHER, "--zone", "America/Chicago", "--schedule", "Monday 8am", "--yes")
    other = within(lambda c: next(row.id for row in table.every(c) if row.name == OTHER))
    remember(joined(other, 2))
    before = (rows(memory), [row for row in rows(schedule) if row.department == other])
    done("delete", NAME, text=f"{NAME}\n")
    assert (rows(memory), [row for row in rows(schedule) if row.department == other]) == before
    assert len(json.loads(done("officers", OTHER, "--json"))) == 2


@pytest.mark.usefixtures("place")
def test_partners_are_added_and_removed_as_in_the_chat() -> None:
    assert "added" in done("partner", "add", NAME, "Example House", "(918) 555-0123", "day and night")
    assert re.search(
        r"Example House +\(918\) 555-0123 +day and night +never spoken to +all units", done("partners", NAME)
    )
    assert "0 partners are called" in dept("partner", "remove", NAME, "Another House").stderr
    assert "removed" in done("partner", "remove", NAME, "example house")
    assert "there is no partner yet" in dept("partners", NAME).stderr


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("name", "phone", "hours", "why"),
    [
        ("x", "(918) 555-0123", "nights", "2 to 80 letters"),
        ("House at 12 Main Street", "(918) 555-0123", "nights", "hold no address"),
        ("Example House", "call them", "nights", "no number that can be kept"),
        ("Example House", "1-800-655-4673", "nights", "no number that can be kept"),
    ],
)
def test_a_partner_that_cannot_stand_is_refused(name: str, phone: str, hours: str, why: str) -> None:
    refused = dept("partner", "add", NAME, name, phone, hours)
    assert refused.exit_code != 0
    assert why in refused.stderr
    assert "there is no partner yet" in dept("partners", NAME).stderr
