"""`waymark program`, `rota`, `advocate`, and `invite advocate`, against a store in a folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import yaml
from click.testing import CliRunner, Result
from sqlalchemy import Connection

from bot import cli
from bot.settings import Settings
from bot.store.audit import Audit
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.oncall import OnCall

T = TypeVar("T")
ENTRY = {
    "id": "oak", "name": "Oak", "front_door": "https://example.org", "regions": ["OK", "TX:Dallas"], "zone": "America/Chicago",
    "takes": {"ages": ["25_59"], "genders": ["women"], "languages": ["en", "es"]},
}  # fmt: skip
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@pytest.fixture(autouse=True)
def _clean(clean_environment: Path) -> None:
    return


def call(*args: str) -> Result:
    return CliRunner().invoke(cli.main, list(args))


def said(*args: str) -> list[str]:
    result = call(*args)
    assert result.exit_code == 0, (result.stderr, result.exception)
    return result.stdout.splitlines()


def refused(*args: str) -> str:
    result = call(*args)
    assert result.exit_code in (1, 2), result.output
    assert isinstance(result.exception, SystemExit), result.exception
    return " ".join(result.stderr.split())


def within(work: Callable[[Connection, KeyRing], T]) -> T:
    """In the store that the commands use."""
    database, keys = Database(Settings().database), KeyRing(Settings().keys)
    database.open()
    try:
        return asyncio.run(database.write(lambda c: work(c, keys)))
    finally:
        database.close()


def file(folder: Path, what: object) -> str:
    path = folder / "file.yml"
    path.write_text(yaml.safe_dump(what))
    return str(path)


@pytest.fixture
def oak(tmp_path: Path) -> str:
    assert said("program", "import", file(tmp_path, ENTRY)) == ["oak"]
    return "oak"


def join(link: str, address: str) -> str:
    """Whoever opens the link; returns what stands for them."""

    def work(c: Connection, keys: KeyRing) -> str:
        chats = Chats(keys)
        who = chats.hash("telegram", address)
        chats.seen(c, who, address, time.time())
        assert chats.accept(c, link.partition("start=")[2], who, time.time()) == "advocate"
        return who

    return within(work)


def advocate(address: str, *marks: str) -> str:
    return join(said("invite", "advocate", "--program", "oak", *marks)[0], address)


def test_a_program_is_imported_listed_and_removed(oak: str) -> None:
    assert said("program", "list") == ["oak  Oak  OK, TX:Dallas  en, es  America/Chicago"]
    assert said("program", "remove", "oak") == ["removed"]
    assert said("program", "list") == []
    assert "no program" in refused("program", "remove", "oak")


def test_r29_a_fictional_program_is_never_imported_and_nothing_of_its_file_is(tmp_path: Path) -> None:
    words = refused("program", "import", file(tmp_path, [ENTRY, {**ENTRY, "id": "ash", "fictional": True}]))
    assert words.startswith("waymark: ")
    assert "ash: fictional entries" in words
    assert said("program", "list") == []
    assert "cannot be read" in refused("program", "import", str(tmp_path / "none.yml"))


def test_r60_an_advocate_is_invited_for_a_program_that_there_is(oak: str) -> None:
    assert "--program" in refused("invite", "advocate")
    assert "no program" in refused("invite", "advocate", "--program", "elm")
    for flag in (["--minors"], ["--police"], ["--program", "oak"]):
        assert "for advocates" in refused("invite", "officer", *flag)
    who = advocate("1", "--minors", "--police")
    assert said("advocate", "list") == [f"{who[:10]}  oak  minors  police  no PIN"]


def test_an_advocate_is_unlocked_and_removed_and_the_staff_log_says_so(oak: str) -> None:
    who, other = advocate("1"), advocate("2")

    def lock(c: Connection, keys: KeyRing) -> None:
        OnCall(keys).set_pin(c, who, "hash")
        for _ in range(5):
            OnCall(keys).pin_missed(c, who, time.time())

    within(lock)
    assert f"{who[:10]}  oak  locked" in said("advocate", "list")
    assert said("advocate", "unlock", who[:10]) == ["unlocked"]
    assert f"{who[:10]}  oak" in said("advocate", "list")
    said("advocate", "unlock", who[:10], "--new-pin")
    assert f"{who[:10]}  oak  no PIN" in said("advocate", "list")
    assert said("advocate", "remove", who[:10]) == ["removed"]
    assert [line.split()[0] for line in said("advocate", "list")] == [other[:10]]
    assert within(lambda c, keys: Chats.get(c, who).role) == "guest"
    for name in (who[:10], other[:5], "", "%"):
        assert "no advocate" in refused("advocate", "unlock", name)
        assert "no advocate" in refused("advocate", "remove", name)
    assert within(lambda c, keys: Audit(keys).verify(c)) == []


def test_a_rota_is_imported_shown_swapped_and_emptied(oak: str, tmp_path: Path) -> None:
    who, other = advocate("1"), advocate("2")
    sheet = {"program": "oak", "rota": [{"who": who[:10], "days": DAYS, "start": "20:00", "end": "08:00"}]}
    count = int(said("rota", "import", file(tmp_path, sheet), "--weeks", "2")[0].split()[0])
    assert count in (14, 15), "also last night's where it still runs"
    head, *rows = said("rota", "show")
    assert head == "oak (America/Chicago)"
    assert all(row.split()[1] == who[:10] and " 20:00  " in row and row.endswith(" 08:00") for row in rows)
    number = rows[-1].split()[0]
    assert said("rota", "swap", number, other[:10]) == ["swapped"]
    assert said("rota", "show")[-1].split()[:2] == [number, other[:10]]
    assert "no swap" in refused("rota", "swap", number, other[:10])
    assert "has shifts still" in refused("program", "remove", "oak")
    said("advocate", "remove", who[:10])
    said("rota", "import", file(tmp_path, {"program": "oak", "rota": []}))
    assert said("rota", "show") == []
    assert said("program", "remove", "oak") == ["removed"]


def test_a_rota_that_cannot_be_is_refused_and_the_old_one_stays(oak: str, tmp_path: Path) -> None:
    who = advocate("1")
    line = {"who": who[:10], "days": DAYS, "start": "20:00", "end": "08:00"}
    said("rota", "import", file(tmp_path, {"program": "oak", "rota": [line]}))
    before = said("rota", "show")
    twice = {"program": "oak", "rota": [line, {**line, "start": "22:00"}]}
    assert "on twice at once" in refused("rota", "import", file(tmp_path, twice))
    assert "no advocate" in refused(
        "rota", "import", file(tmp_path, {"program": "oak", "rota": [{**line, "who": "nobody"}]})
    )
    assert said("rota", "show") == before


@pytest.mark.parametrize("group", ["program", "rota", "advocate"])
def test_each_of_them_says_what_it_does(group: str) -> None:
    for name, command in cli.main.commands[group].commands.items():  # type: ignore[attr-defined]
        assert call(group, name, "--help").exit_code == 0
        assert len(command.help.split()) >= 4
