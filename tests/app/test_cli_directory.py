"""`waymark directory` and `waymark lines`: from a file to what is shown, what errors say, and that nothing is half written (R28, R29)."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from bot import directories
from bot.directory_watch import DirectoryWatch
from bot.library import loading
from bot.library.directory import exporting, parsing
from bot.library.directory.shelf import EXAMPLE, FILE, Shelf
from bot.settings import Settings
from bot.store import keys
from tests.app.test_cli_oncall import call, fails_with
from tests.directory.making import NOW, data, service


@pytest.fixture(autouse=True)
def _clean(clean_environment: Path) -> None:
    return


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directories, "now", lambda: NOW)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "services.json"
    path.write_text(json.dumps([service(x_beds=3, x_more={"a": [1]}), other()]))
    return path


def other(**changes: Any) -> dict[str, Any]:
    made = service(id="s2", name="Pantry", phones=None, attributes=None, service_at_locations=None, **changes)
    made["service_areas"] = [{"id": "a2", "name": "Kansas"}]
    made["organization"] = {"id": "o2", "name": "Pantry", "description": "Food."}
    return made


def kept() -> Path:
    return Settings().home / FILE


def ids() -> set[str]:
    return {entry.id for entry in directories.listing(Settings())}


def test_from_a_file_to_a_list_and_back(file: Path, tmp_path: Path) -> None:
    assert "empty" in call("directory", "list").stderr
    done = call("directory", "import", str(file))
    assert done.exit_code == 0, done.output
    assert "2 new, 0 replaced" in done.stdout
    assert kept().stat().st_mode & 0o777 == 0o600
    assert "Red Oak Legal Aid  [legal]  OK:tulsa" in call("directory", "list").stdout
    whole = parsing.read(file)
    for form, name in (("json", "a.json"), ("tables", "b.json"), ("csv", "c"), ("csv", "d.zip")):
        target = tmp_path / name
        done = call("directory", "export", str(target), "--as", form)
        assert done.exit_code == 0, done.output
        assert parsing.read(target) == whole, form
        fails_with(call("directory", "export", str(target), "--as", form), "is there already")
    assert not list(tmp_path.glob(".*part*"))


def test_a_known_id_is_replaced_with_what_hung_on_it_and_the_rest_stays(file: Path, tmp_path: Path) -> None:
    call("directory", "import", str(file))
    file.write_text(json.dumps([service(phones=None, name="Red Oak")]))
    assert "0 new, 1 replaced" in call("directory", "import", str(file)).stdout
    assert ids() == {"s1", "s2"}
    now = directories.load(Settings())
    assert now.rows["phone"] == {}, "the number that is not in the new file is gone"
    assert now.rows["language"] == {}
    assert "x_beds" not in now.rows["service"]["s1"]
    assert "0 new, 1 replaced, 1 gone" in call("directory", "import", str(file), "--replace").stdout
    assert ids() == {"s1"}


def test_r28_a_file_that_breaks_a_rule_changes_nothing(file: Path) -> None:
    call("directory", "import", str(file))
    before = kept().read_bytes()
    file.write_text(json.dumps([other(), service(name="Juniper Safe House")]))
    fails_with(
        call("directory", "import", str(file)),
        "nothing was changed",
        "services.json#/1",
        "address_1",
        "say where it helps in service_areas",
    )
    assert kept().read_bytes() == before


def test_a_long_list_of_problems_is_cut(file: Path) -> None:
    rows = [
        service(id=f"s{n}", status="open", phones=None, attributes=None, service_areas=None, service_at_locations=None)
        for n in range(60)
    ]
    file.write_text(json.dumps(rows))
    fails_with(call("directory", "import", str(file)), "services.json#/0: status", "… and 20 more")
    assert call("directory", "check", str(file)).stdout.count("status: 'open'") == 60


def test_r29_examples_are_refused(file: Path) -> None:
    fails_with(call("directory", "import", str(EXAMPLE)), "examples load in tests and `chat` only")
    assert not kept().exists()


def test_a_power_cut_leaves_the_old_file_or_the_new_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("directory", "import", str(file))
    before = kept().read_bytes()
    file.write_text(json.dumps([service(name="Red Oak")]))

    def fails(*_: Any) -> None:
        raise OSError(28, "no space", str(kept()))

    with monkeypatch.context() as patch:
        patch.setattr(keys.os, "replace", fails)
        assert call("directory", "import", str(file)).exit_code == 1
    assert kept().read_bytes() == before
    assert {p.name for p in kept().parent.iterdir()} == {"directory.json", "lock"}


def test_check_says_what_is_wrong_and_what_grows_old(file: Path, tmp_path: Path) -> None:
    old = service(
        assured_date="2026-01-01",
        service_areas=None,
        attributes=None,
        phones=None,
        service_at_locations=None,
        name="Red Oak",
    )
    file.write_text(json.dumps([old]))
    done = call("directory", "check", str(file))
    assert done.exit_code == 0, done.output
    for says in (
        "ring it, then waymark directory confirm s1",
        "no area that can be read",
        "no term says",
        "no number to call",
    ):
        assert says in done.stdout, says
    file.write_text(json.dumps([service(name="Juniper Safe House")]))
    done = call("directory", "check", str(file))
    assert "address must not be here" in done.stdout
    fails_with(done, "problems")
    assert "in order" in call("directory", "check").stdout


def test_search_by_place_need_and_the_rest(file: Path) -> None:
    call("directory", "import", str(file))
    assert "Red Oak" in call("directory", "search", "Tulsa", "County").stdout
    assert "Pantry" not in call("directory", "search", "Tulsa", "County").stdout
    assert "Pantry" in call("directory", "search", "kansas").stdout
    assert "Red Oak" in call("directory", "search", "--need", "legal", "--age", "30", "--lang", "es", "--open").stdout
    assert "nothing is listed" in call("directory", "search", "texas").stderr
    assert call("directory", "search", "--need", "nonsense").exit_code == 2
    assert call("directory", "search", "nowhere").exit_code == 2


def test_remove_takes_what_hung_on_it_alone(file: Path) -> None:
    call("directory", "import", str(file))
    assert call("directory", "remove", "s1", text="n\n").exit_code == 1
    assert ids() == {"s1", "s2"}
    assert "removed: Red Oak Legal Aid" in call("directory", "remove", "s1", "--yes").stdout
    left = directories.load(Settings())
    assert set(left.rows["service"]) == {"s2"}
    assert set(left.rows["organization"]) == {"o2"}
    for table in ("phone", "location", "address", "service_at_location", "language", "attribute"):
        assert left.rows[table] == {}, table
    fails_with(call("directory", "remove", "s1", "--yes"), "no entry s1", "waymark directory list")


def test_r29_a_call_is_the_date_of_the_check_and_who_made_it_stands_there(file: Path) -> None:
    call("directory", "import", str(file))
    assert "confirmed: Red Oak Legal Aid" in call("directory", "confirm", "s1", "--by", "ann@example.org").stdout
    found = directories.load(Settings())
    assert found.rows["service"]["s1"]["assured_date"] == "2026-11-26"
    assert found.rows["service"]["s1"]["assurer_email"] == "ann@example.org"
    (note,) = found.rows["metadata"].values()
    assert note["previous_value"] == "2026-11-10"
    assert note["updated_by"] == "ann@example.org"
    call("directory", "confirm", "s1", "--by", "Ann")
    assert directories.load(Settings()).rows["service"]["s1"]["assurer_email"] == "ann@example.org"
    fails_with(call("directory", "confirm", "s9", "--by", "Ann"), "no entry s9")
    assert call("directory", "confirm", "s1").exit_code == 2, "who rang is never left out"


def test_r29_a_call_to_a_help_line_is_noted(tmp_path: Path) -> None:
    assert "rung never" in call("lines", "list").stdout
    assert call("lines", "confirm", "nhth", "--by", "Ann").exit_code == 0
    row = next(line for line in call("lines", "list").stdout.splitlines() if line.startswith("nhth "))
    assert "rung 2026-11-26" in row
    fails_with(call("lines", "confirm", "nonsense", "--by", "Ann"), "no help line nonsense")
    assert call("lines", "confirm", "988", "--by", "Ann").exit_code == 0
    assert set(json.loads((Settings().home / "calls.json").read_text())) == {"nhth", "988"}


def test_a_directory_of_another_hand_is_read_with_care(tmp_path: Path) -> None:
    kept().parent.mkdir(parents=True)
    kept().write_text("{")
    fails_with(call("directory", "list"), "directory.json line 1")
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, content in exporting.csv_files(data(service())).items():
            zipped.writestr(name, content)
    content = bytearray(archive.read_bytes())
    content[200:260] = b"\x00" * 60
    archive.write_bytes(content)
    fails_with(call("directory", "import", str(archive)), "x.zip")


def test_chat_alone_has_the_example_and_only_without_a_directory(file: Path) -> None:
    settings = Settings()
    library = loading.shared()
    assert directories.furnished(library, settings).directory.entries == ()
    assert len(directories.furnished(library, settings, examples=True).directory.entries) == 7
    call("directory", "import", str(file))
    assert {e.id for e in directories.furnished(library, settings, examples=True).directory.entries} == {"s1", "s2"}
    assert {e.id for e in directories.furnished(library, settings).directory.entries} == {"s1", "s2"}


# -- while the bot runs ----------------------------------------------------------------------------------------------


class Told:
    def __init__(self) -> None:
        self.alerts: list[tuple[str, dict[str, Any]]] = []

    async def tell(self, message_id: str, **params: Any) -> bool:
        self.alerts.append((message_id, params))
        return True


async def test_r29_what_grew_old_is_reported_at_start_and_daily(file: Path, tmp_path: Path) -> None:
    call("directory", "import", str(file))
    now = datetime(2026, 11, 26, tzinfo=UTC)
    shelf = Shelf(kept(), now=lambda: now)
    told = Told()
    watch = DirectoryWatch(replace(loading.shared(), directory=shelf), told)
    await watch.look()
    assert told.alerts == []
    now += timedelta(days=181)
    await watch.daily()
    assert [a for a, _ in told.alerts] == ["operator.stale", "operator.directory_stale"]
    assert told.alerts[1][1] == {"count": 2}


async def test_a_file_that_was_not_taken_is_reported_and_a_good_one_is_taken(file: Path) -> None:
    call("directory", "import", str(file))
    shelf = Shelf(kept(), now=lambda: NOW)
    told = Told()
    watch = DirectoryWatch(replace(loading.shared(), directory=shelf), told)
    await watch.refresh()
    assert told.alerts == []
    good = kept().read_bytes()
    kept().write_text("{")
    await watch.refresh()
    assert told.alerts == [("operator.directory_broken", {"count": 1})]
    assert len(shelf.entries) == 2
    await watch.refresh()
    assert len(told.alerts) == 1, "said once for each change, and daily"
    kept().write_bytes(good)
    os.utime(kept(), (1, 1))
    await watch.refresh()
    assert shelf.problems == []


def test_the_days_of_a_check_are_a_setting(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    class Then(datetime):
        """Sixteen days after the entry was checked, whatever day it is."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Then:
            return cls(2026, 11, 26, 12, tzinfo=tz)

    monkeypatch.setenv("WAYMARK_DIRECTORY_DAYS", "10")
    monkeypatch.setattr("bot.cli_directory.datetime", Then)
    call("directory", "import", str(file))
    assert "checked 16 days ago" in call("directory", "check").stdout
