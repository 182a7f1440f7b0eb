"""Imports run one way, and no sentence for people stands in code (design, rooms; rulings 1 and 17)."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import ROOT

OURS = ("bot", "actions", "nlu", "tests")
SENTENCE = re.compile(r"(?:[^\W\d_]|['’])+(?:,? (?:[^\W\d_]|['’])+){3,}")
"""Four words in a row."""


def sources(*rooms: str) -> list[Path]:
    found = []
    for room in rooms:
        path = ROOT / room
        found += [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
    assert found, rooms
    return [path for path in found if "tests" not in path.relative_to(ROOT).parts]


def imported(path: Path) -> Iterator[str]:
    """Full names of modules, also those imported inside functions; `from a import b` gives a.b too."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[str]:
    return {name for name in imported(path) if name.partition(".")[0] in OURS}


def within(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def broken(rooms: tuple[str, ...], allowed: tuple[str, ...] = (), refused: tuple[str, ...] = ()) -> list[str]:
    """`file: import` for each import of ours that is not allowed (where that is given) or is refused."""
    found = []
    for path in sources(*rooms):
        for name in ours(path):
            parents = name in {a.rpartition(".")[0] for a in allowed}  # `from nlu import text` names `nlu` as well
            if (allowed and not within(name, *allowed) and not parents) or within(name, *refused):
                found.append(f"{path.relative_to(ROOT)}: {name}")
    return found


def test_bot_never_imports_actions_nor_tests() -> None:
    found = broken(("bot",), refused=("actions", "tests"))
    assert [f for f in found if not f.startswith("bot/cli.py: tests.bench")] == []


def test_actions_import_the_library_and_nothing_else_of_the_bot() -> None:
    assert broken(("actions",), allowed=("actions", "bot.library", "nlu.text")) == []


def test_safety_imports_nothing_of_ours_but_the_text_module() -> None:
    assert broken(("bot/safety",), allowed=("bot.safety", "nlu.text")) == []


def test_safety_imports_nothing_that_can_be_down() -> None:
    outside = {name.partition(".")[0] for path in sources("bot/safety") for name in imported(path)} - set(OURS)
    assert outside - set(sys.stdlib_module_names) <= {"yaml"}
    assert outside.isdisjoint({"asyncio", "socket", "http", "urllib", "sqlite3", "subprocess"})


def test_the_library_knows_no_store_desk_channel_or_stage() -> None:
    assert broken(("bot/library",), allowed=("bot.library", "nlu.text")) == []


def test_the_store_imports_nothing_of_ours_but_the_text_module_and_the_rules_of_a_shift() -> None:
    """`bot/store/oncall.py` gives rows as the values that the rules take, and asks the same rules; these import nothing further."""
    pure = (
        "bot.oncall.model",
        "bot.oncall.rota",
        "bot.localtime",
        "bot.training.schedule",
        "bot.training.schedule_json",
    )
    pure += ("bot.training.memory", "bot.training.calibration")
    assert broken(("bot/store",), allowed=("bot.store", "nlu.text", *pure)) == []


def test_who_is_on_call_is_decided_without_store_desk_or_clock() -> None:
    assert broken(("bot/oncall",), allowed=("bot.oncall", "bot.localtime", "nlu.text")) == []
    outside = {name.partition(".")[0] for path in sources("bot/oncall") for name in imported(path)} - set(OURS)
    assert outside.isdisjoint({"time", "asyncio", "sqlalchemy", "random", "secrets"})


PURE_TRAINING = (
    "schedule",
    "schedule_json",
    "free",
    "calendars",
    "dates",
    "intervals",
    "pauses",
    "read_back",
    "rewording",
    "words",
    "wordlist",
    "records",
    "memory",
    "model",
    "calibration",
    "xapi",
)


def test_when_and_what_is_asked_is_decided_without_store_desk_or_clock() -> None:
    rooms = ("bot/localtime.py", *(f"bot/training/{name}.py" for name in PURE_TRAINING))
    assert broken(rooms, allowed=("bot.training", "bot.localtime", "nlu.text"), refused=("bot.training.planner",)) == []
    outside = {name.partition(".")[0] for path in sources(*rooms) for name in imported(path)} - set(OURS)
    assert outside.isdisjoint({"time", "asyncio", "sqlalchemy", "random", "secrets"})


def test_only_the_store_knows_sql() -> None:
    """Others may hold a connection and count rows; nobody else makes tables, engines or raw statements."""
    names = {"create_engine", "text", "MetaData", "Table", "Column"}
    for path in sources("bot", "actions"):
        if "store" in path.relative_to(ROOT).parts:
            continue
        used = {name for name in imported(path) if name.startswith("sqlalchemy")}
        assert not {name.rpartition(".")[2] for name in used} & names, path
        assert "sqlite3" not in set(imported(path)), path
        assert not any(name.startswith("psycopg") for name in imported(path)), path


def test_desk_and_stages_know_no_channel_and_no_store() -> None:
    refused = (
        "bot.channels",
        "bot.store",
        "bot.worker",
        "bot.sender",
        "bot.service",
        "bot.cli",
        "bot.processes",
        "actions",
    )
    assert broken(("bot/desk.py", "bot/stages", "bot/nlu.py"), refused=refused) == []


def test_only_telegrams_room_knows_telegram() -> None:
    for path in sources("bot", "actions"):
        if "telegram" not in path.relative_to(ROOT).parts:
            assert not any(within(name, "telegram") for name in imported(path)), path


def test_nlu_never_imports_the_bot_nor_the_actions() -> None:
    assert broken(("nlu",), refused=("bot", "actions")) == []


def test_only_the_text_module_is_imported_by_both_environments() -> None:
    app = {name for path in sources("bot", "actions") for name in ours(path) if within(name, "nlu")}
    assert all(within(name, "nlu.text") or name == "nlu" for name in app), app
    outside = {name.partition(".")[0] for name in imported(ROOT / "nlu" / "text.py")}
    assert outside <= set(sys.stdlib_module_names), "standard library only (rulings 17)"


def test_rasa_is_only_in_its_environment() -> None:
    for path in sources("bot", "actions"):
        assert not any(within(name, "rasa") for name in imported(path)), path


# -- sentences -------------------------------------------------------------------------------------------------------


def _quiet(tree: ast.AST) -> set[int]:
    """Nodes whose text nobody but a developer reads: docstrings, log lines, exceptions, patterns, annotations."""
    quiet: set[int] = set()

    def hush(node: ast.AST) -> None:
        quiet.update(id(inner) for inner in ast.walk(node))

    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            hush(node)  # docstrings, also of attributes
        elif isinstance(node, ast.Raise):
            hush(node)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called == "re.compile" or called.startswith(("log.", "logging.")):
                hush(node)
    return quiet


def sentences(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    quiet = _quiet(tree)
    constants = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in quiet]
    return [value for value in constants if isinstance(value, str) and SENTENCE.search(value)]


@pytest.mark.parametrize(
    "path", sources("bot/stages", "bot/desk.py", "actions"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_sentence_for_people_stands_in_code(path: Path) -> None:
    assert sentences(path) == [], "words for people belong in content/, in both languages, with a date and a reviewer"


def test_the_search_for_sentences_finds_them_and_passes_over_the_rest(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        '"""A docstring with many words in it."""\n'
        "A = 'message:danger.emergency_now'\n"
        "B = 'You are not alone here'\n"
        "C = f'Call us, please, right now {A}'\n"
        "log.error('a step failed in the desk: %s', A)\n"
        "def f() -> None:\n"
        "    raise ValueError('this is for a developer alone')\n"
        "D = re.compile('check my very own report')\n"
        "E = ['one two three', 'a_b c_d']\n"
    )
    assert sentences(tmp_path / "x.py") == ["You are not alone here", "Call us, please, right now "]


def test_the_search_for_imports_finds_those_in_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "bot").mkdir()
    path = tmp_path / "bot" / "x.py"
    path.write_text(
        "def f():\n    from actions import base\n    import nlu.text\n    from . import y\n    from ..bot import z\n"
    )
    assert {"actions", "actions.base", "nlu.text", "bot", "bot.y", "bot.z"} <= set(imported(path))
