"""The operator's commands about people on call, from the first file to a shift, and what each error says to do (R29, R60)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection

from bot import cli
from bot.settings import ROOT, Settings
from bot.store import tallies
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.oncall import OnCall

PROGRAMS = """\
- id: house
  name: House
  front_door: "Ask through https://house.example.org"
  regions: ["OK"]
  zone: America/Chicago
  takes: {ages: ["18_24", "25_59"], genders: [women], languages: [en, es]}
- id: unit
  name: Unit
  front_door: "Ask through https://unit.example.org"
  regions: ["OK"]
  zone: America/Chicago
  police: true
  takes: {ages: ["18_24", "25_59"], genders: [women], languages: [en]}
"""


@pytest.fixture(autouse=True)
def _clean(clean_environment: Path) -> None:
    return


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    path = tmp_path / "programs.yml"
    path.write_text(PROGRAMS)
    assert call("program", "import", str(path)).exit_code == 0
    return path


def call(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli.main, list(args), input=text)


def fails_with(result: Result, *says: str) -> None:
    words = " ".join(result.stderr.split())
    assert result.exit_code == 1, (result.exit_code, words, result.exception)
    assert words.startswith("waymark: ")
    for part in says:
        assert part in words, (part, words)


def within(work: Callable[[Connection], Any]) -> Any:
    """Something that happens in the bot, not at the command line."""

    async def run() -> Any:
        database = Database(Settings().database)
        database.open()
        try:
            return await database.write(work)
        finally:
            database.close()

    return asyncio.run(run())


def advocate(name: str, *options: str, program: str = "house") -> str:
    """Somebody opens an advocate's link; the id that the operator sees."""
    made = call("invite", "advocate", "--program", program, *options)
    assert made.exit_code == 0, made.stderr
    code = made.output.strip().split("start=")[1].split()[0]
    chats = Chats(KeyRing(Settings().keys))
    chat = chats.hash("telegram", name)
    within(lambda c: chats.seen(c, chat, name, time.time()) and None)
    assert within(lambda c: chats.accept(c, code, chat, time.time())) == "advocate"
    noted = re.search(r"invitation (\w+)", made.stderr)
    assert noted is not None
    assert f"invitation {noted[1]}" in call("advocate", "list").output
    return chat[:8]


def test_programs_are_loaded_replaced_listed_and_removed(programs: Path) -> None:
    assert "0 new, 2 replaced: house, unit" in call("program", "import", str(programs)).output
    listed = call("program", "list").output.splitlines()
    assert [line.split()[0] for line in listed] == ["house", "unit"]
    assert "police" in listed[1]
    assert call("program", "remove", "house", text="n\n").exit_code == 1
    assert len(call("program", "list").output.splitlines()) == 2
    assert call("program", "remove", "house", "--yes").exit_code == 0
    fails_with(call("program", "remove", "house", "--yes"), "there is no program 'house'", "waymark program list")


def test_r29_a_file_with_anything_wrong_changes_nothing(programs: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(PROGRAMS.replace("House\n", "Another\n").replace("[women]", "[woman]", 1))
    fails_with(call("program", "import", str(bad)), "nothing was changed", "line 6: takes.genders.0", "'woman'")
    examples = ROOT / "content" / "examples" / "programs.yml"
    fails_with(call("program", "import", str(examples)), "fictional", "line 9")
    assert "Another" not in str(within(OnCall(KeyRing(Settings().keys)).programs))
    missing = call("program", "import", str(tmp_path / "none.yml"))
    assert missing.exit_code == 2
    assert "No such file" in missing.stderr


def test_r60_an_invitation_for_an_advocate_settles_program_and_marks(programs: Path) -> None:
    advocate("1", "--minors")
    advocate("2", program="unit")
    listed = call("advocate", "list").output.splitlines()
    assert [("minors" in line, "police" in line, "no PIN" in line) for line in listed] == [
        (True, False, True),
        (False, True, True),
    ]
    fails_with(call("invite", "advocate", "--program", "hose"), "there is no program 'hose'", "waymark program list")
    fails_with(call("invite", "advocate", "--program", "house", "--police"), "police: true", "import it again")
    for wrong in (
        ("invite", "advocate"),
        ("invite", "officer", "--program", "house"),
        ("invite", "operator", "--minors"),
    ):
        assert call(*wrong).exit_code == 2, wrong


def test_r60_a_program_with_police_in_it_cannot_stop_saying_so(programs: Path, tmp_path: Path) -> None:
    advocate("2", program="unit")
    programs.write_text(PROGRAMS.replace("  police: true\n", ""))
    fails_with(call("program", "import", str(programs)), "unit", "employed by police", "police: true")


def test_a_rota_is_planned_shown_and_swapped(programs: Path, tmp_path: Path) -> None:
    ana, ben = advocate("1"), advocate("2")
    rota = tmp_path / "rota.yml"
    rota.write_text(
        f'program: house\npeople: {{ana: "{ana}", ben: "{ben}"}}\n'
        'week:\n  - {days: daily, from: "08:00", to: "20:00", who: [ana]}\n'
    )
    result = call("rota", "import", str(rota), "--days", "10")
    assert result.exit_code == 0, result.stderr
    assert re.fullmatch(r"house: (9|10|11) shifts in 10 days", result.output.splitlines()[0])
    assert "ana" not in str(within(lambda c: OnCall(KeyRing(Settings().keys)).shifts_between(c, None, 0, 9e9)))
    shown = call("rota", "show", "--days", "3", "--program", "house").output.splitlines()
    planned = [line for line in shown if ana in line]
    assert len(planned) in (3, 4)
    assert all("08:00 - " in line and "20:00" in line for line in planned)
    assert any(line.startswith("nobody ") for line in shown), "the nights are empty, and it says so"
    number = planned[-1].split()[0]
    assert call("rota", "swap", number, ben).exit_code == 0
    assert ben in call("rota", "show", "--days", "3").output
    fails_with(call("rota", "swap", number, ben), f"shift {number} cannot go to {ben}", "waymark rota show")
    fails_with(call("rota", "swap", number, "ffffffff"), "no advocate has the id ffffffff", "waymark advocate list")
    fails_with(call("rota", "show", "--program", "hose"), "there is no program 'hose'")
    rota.write_text(f'program: house\npeople: {{ana: "{ana}"}}\nweek: []\n')
    assert "house: 0 shifts" in call("rota", "import", str(rota)).output or within(_running)


def _running(c: Connection) -> bool:
    """By day a shift of today has begun, and stays."""
    return bool(OnCall(KeyRing(Settings().keys)).shifts_between(c, "house", time.time(), time.time() + 1))


def test_a_rota_with_a_mistake_names_the_line(programs: Path, tmp_path: Path) -> None:
    rota = tmp_path / "rota.yml"
    rota.write_text('program: house\npeople: {ana: "12345678"}\nweek: []\n')
    fails_with(call("rota", "import", str(rota)), "line 2: people.ana: no advocate has the id 12345678")


def test_advocates_are_unlocked_and_removed(programs: Path) -> None:
    ana = advocate("1")
    oncall = OnCall(KeyRing(Settings().keys))
    chat = within(lambda c: oncall.by_handle(c, ana))[0].chat
    within(lambda c: oncall.set_pin(c, chat, "hash"))
    for _ in range(5):
        within(lambda c: oncall.pin_missed(c, chat, time.time()))
    assert "LOCKED" in call("advocate", "list").output
    assert call("advocate", "unlock", ana).exit_code == 0
    assert "LOCKED" not in call("advocate", "list").output
    assert "no PIN" not in call("advocate", "list").output
    assert call("advocate", "unlock", ana, "--new-pin").exit_code == 0
    assert "no PIN" in call("advocate", "list").output
    for wrong in ("ffffffff", "", "%", chat[:3]):
        fails_with(call("advocate", "unlock", wrong), "no advocate has the id", "waymark advocate list")
    assert call("advocate", "remove", ana, text="n\n").exit_code == 1
    assert call("advocate", "remove", ana, "--yes").exit_code == 0
    assert "no advocate yet" in call("advocate", "list").stderr
    fails_with(call("advocate", "remove", ana, "--yes"), "no advocate has the id")


def test_r61_what_the_operator_does_is_in_the_staff_log(programs: Path) -> None:
    call("advocate", "remove", advocate("1"), "--yes")
    assert call("audit", "verify").exit_code == 0
    from sqlalchemy import select

    from bot.store.schema import audit

    did = within(lambda c: list(c.scalars(select(audit.c.what).order_by(audit.c.seq))))
    assert did == ["programs_imported", "advocate_invited", "advocate_removed"]


# -- simulate and report ---------------------------------------------------------------------------------------------------


def test_a_thousand_requests_are_simulated_at_the_pace_of_ten_thousand_in_two_minutes(tmp_path: Path) -> None:
    began = time.perf_counter()
    result = call("simulate", "placement", "-n", "1000", "--out", str(tmp_path / "x.png"))
    assert result.exit_code == 0, result.stderr
    assert time.perf_counter() - began < 12
    assert re.search(r"^requests +1000$", result.output, re.MULTILINE)
    assert "assumed, not measured" in result.stderr
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_the_simulation_takes_other_numbers_and_says_what_is_wrong(tmp_path: Path, programs: Path) -> None:
    few = ("simulate", "placement", "-n", "50", "--days", "2")
    one, two = call(*few), call(*few)
    assert one.output == two.output
    assert call(*few, "--seed", "2").output != one.output
    assert "programs                                           3" in call(*few, "--programs", "3").output
    assert (
        call(*few, "--file", str(programs), "--per-shift", "9", "--hears", "1", "--answer-seconds", "5").exit_code == 0
    )
    assert call(*few, "--out", str(tmp_path / "x.pdf")).exit_code == 2
    assert call(*few, "--out", str(tmp_path / "none" / "x.svg")).exit_code == 2
    bad = tmp_path / "bad.yml"
    bad.write_text("id: x\n")
    fails_with(call(*few, "--file", str(bad)), "line 1: name: is missing")


def test_r27_a_report_shows_whole_months_and_no_small_number(tmp_path: Path) -> None:
    assert "no whole month" in call("report", "needs").stderr
    last = datetime.now(UTC).timestamp() - 32 * 86400
    for kind, many in (("self", 40), ("ally", 3), ("officer", 6)):
        within(lambda c, k=kind, n=many: tallies.count(c, last, "asked", k, n))
    within(lambda c: tallies.count(c, time.time(), "asked", "self", 777))
    result = call("report", "needs", "--out", str(tmp_path / "x.svg"))
    assert result.exit_code == 0, result.stderr
    asked = result.output.split("\n\n")[0]
    assert "40" in asked
    assert "49" in asked, "the true total"
    numbers = [int(word) for word in result.output.split() if word.isdigit()]
    assert set(numbers) == {40, 49}
    assert (tmp_path / "x.svg").read_text().startswith("<?xml")
    assert call("report", "needs", "--out", "x.pdf").exit_code == 2
