"""The documentation is true where a program can tell: links, settings, columns, catalogue, promises, deployment files."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, create_engine

from bot.cli import main
from bot.library.loading import LANGS
from bot.oncall.model import Program, Takes
from bot.settings import ROOT, Settings
from bot.store import fields, queues, schema
from bot.store.chats import Chats
from bot.store.keys import KeyRing

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted(
    [
        *DOCS.rglob("*.md"),
        *ROOT.glob("*.md"),
        *(ROOT / "tests").glob("*/README.md"),
        ROOT / "nlu/data/README.md",
        ROOT / "content/README.md",
    ]
)
DEPLOY = sorted(path for path in (ROOT / "deploy").iterdir() if path.is_file())
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_MACHINE = re.compile(r"(?<![\w.])/(?:work|tmp|Users)/|(?<![\w.])/(?:home|root)/(?!\.cache)")
_INDEX_HOST = re.compile(r"pypi\.|pythonhosted|index-url|/simple\b|artifactory|nexus\.", re.IGNORECASE)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+\s+(.+)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_resolve(page: Path) -> None:
    for target in _LINK.findall(_FENCE.sub("", page.read_text("utf-8"))):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.exists(), f"{_name(page)} links to {target}"
        assert found.is_relative_to(ROOT), f"{_name(page)} links out of the project: {target}"
        if anchor:
            assert anchor in _anchors(found), f"{_name(page)} links to {target}, and there is no such heading"


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "index.md").read_text("utf-8")
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).as_posix()
        if name == "index.md" or name.startswith("benchmarks/"):
            continue
        number = page.name[:4] if page.parent.name == "decisions" and page.name != "0000-template.md" else None
        assert name in index or (number and number in index), f"docs/index.md does not name {name}"


@pytest.mark.parametrize("page", [*PAGES, *DEPLOY], ids=_name)
def test_no_path_of_a_machine_and_no_index_host(page: Path) -> None:
    text = page.read_text("utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        assert not _MACHINE.search(line), f"{_name(page)}:{number}: {line}"
        assert not _INDEX_HOST.search(line), f"{_name(page)}:{number}: {line}"


def test_every_setting_is_documented_and_no_other() -> None:
    page = (REFERENCE / "settings.md").read_text("utf-8")
    table = page.split("\n## ", 1)[0]
    rows = re.findall(r"^\| `WAYMARK_(\w+)` \| (.+?) \|", table, re.MULTILINE)
    documented = {name.lower(): default for name, default in rows}
    assert set(documented) == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, bool):
            assert documented[name] == ("`on`" if field.default else "`off`"), name
        elif isinstance(field.default, int | float | str):
            assert (
                f"`{field.default:g}`" == documented[name]
                if isinstance(field.default, float)
                else (f"`{field.default}`" == documented[name])
            ), f"{name}: the default in settings.md is {documented[name]}"


def test_every_column_is_documented_and_no_other() -> None:
    page = (REFERENCE / "stored-fields.md").read_text("utf-8")
    documented = {}
    for section in page.split("\n## ")[1:]:
        table = re.match(r"`(\w+)`", section)
        if table:
            documented[table[1]] = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert documented == {name: {c.name for c in table.columns} for name, table in schema.metadata.tables.items()}


def test_the_page_of_stored_fields_is_the_one_that_the_schema_makes() -> None:
    words = fields.load()
    assert fields.problems(words) == [], "write them into bot/store/fields.yml, then `python -m bot.store.fields`"
    assert (REFERENCE / "stored-fields.md").read_text("utf-8") == fields.page(words), "run `python -m bot.store.fields`"


def test_a_column_that_nobody_described_is_found() -> None:
    words = fields.load()
    del words["tables"]["request"]["columns"]["taken_by"]
    words["tables"]["relay"]["columns"]["body"] = "what was written | clear"
    words["tables"]["chat"]["columns"]["nickname"] = "a name | clear"
    words["tables"]["rung"]["columns"]["state"] = "only one part"
    found = "\n".join(fields.problems(words))
    for column in ("request.taken_by: has no words", "relay.body: holds bytes", "chat.nickname: is not", "rung.state: not of"):
        assert column in found


@pytest.mark.parametrize("lang", LANGS)
def test_every_row_is_in_the_catalogue_once(lang: str) -> None:
    rows = yaml.safe_load((ROOT / "content" / lang / "labels.yml").read_text("utf-8"))
    page = (REFERENCE / "catalogue.md").read_text("utf-8")
    documented = Counter(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert set(documented) == set(rows)
    assert set(documented.values()) == {1}


def test_promises_that_hold_have_a_test_of_that_name() -> None:
    page = (REFERENCE / "safety-promises.md").read_text("utf-8")
    rows = re.findall(r"^\| (R\d+) \| .+? \| (.+?) \| (.+?) \| .+? \|$", page, re.MULTILINE)
    assert [name for name, _, _ in rows] == [
        f"R{n}" for n in (*range(1, 15), *range(20, 31), *range(40, 48), *range(60, 64))
    ]
    sources = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "nlu").rglob("test_*.py")]
    tests = " ".join(re.findall(r"def (test_\w+)", "\n".join(path.read_text("utf-8") for path in sources)))
    for name, status, pattern in rows:
        assert status in ("holds", "in part", "code, no test named", "planned"), f"{name}: {status}"
        wanted = re.findall(r"`(test_[\w]+?)_?…`", pattern)
        assert wanted or status != "holds", f"{name} holds and names no test"
        for part in wanted:
            assert part in tests, f"{name}: no test is called {part}…"


def test_button_grammar_names_every_command() -> None:
    page = (REFERENCE / "messages.md").read_text("utf-8")
    used = set()
    for lang in LANGS:
        for path in (ROOT / "content" / lang / "messages").glob("*.yml"):
            used |= set(re.findall(r'payload: "(c:\w+)"', path.read_text("utf-8")))
    assert used
    assert [command for command in sorted(used) if f"`{command}`" not in page] == []


def test_the_licence_is_apache() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_compose_file_parses_and_stays_small() -> None:
    compose = yaml.safe_load((ROOT / "deploy/compose.yml").read_text("utf-8"))
    service = compose["services"]["waymark"]
    assert (ROOT / "deploy" / service["build"]["context"] / service["build"]["dockerfile"]).resolve().is_file()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert not service["user"].startswith(("0", "root"))
    assert "ports" not in service, "nothing listens to the outside by default"
    mounted = {volume.split(":")[0] for volume in service["volumes"]}
    assert mounted == set(compose["volumes"])
    assert set(service["secrets"]) == set(compose["secrets"])


def test_systemd_unit_parses_and_is_hardened() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "deploy/waymark.service", encoding="utf-8")
    service = unit["Service"]
    wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
              "CapabilityBoundingSet": "", "LimitCORE": "0", "UMask": "0077", "Restart": "always"}  # fmt: skip
    assert {key: service[key] for key in wanted} == wanted
    assert service["ExecStart"].endswith("/.venv/bin/waymark run")
    assert service["User"] != "root"
    text = (ROOT / "deploy/waymark.service").read_text("utf-8")
    for name in re.findall(r"^Environment=WAYMARK_(\w+)=", text, re.MULTILINE):
        assert name.lower() in Settings.model_fields


def test_pre_commit_runs_what_make_test_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    hooks = config["repos"][0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("$(WAYMARK)", ".venv/bin/waymark")
    for hook in hooks:
        assert f"@{hook['entry']}\n" in makefile, f"make test does not run {hook['entry']}"


def _script(name: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "WAYMARK_HOME": str(home), "WAYMARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    for other in ("WAYMARK_KEYS_DIR", "WAYMARK_DATABASE_URL"):
        env.pop(other, None)
    command = ["sh", str(ROOT / "deploy" / name), *arguments]
    return subprocess.run(command, cwd=home.parent, env=env, capture_output=True, text=True, check=False)


def _person(home: Path) -> str:
    """A home with an officer, a waiting message, a queued reply and a message id. Returns the chat's hash."""
    keys = KeyRing(home / "keys")
    chats = Chats(keys)
    engine = _engine(home)
    with engine.begin() as connection:
        schema.metadata.create_all(connection)
        connection.execute(schema.schema_version.insert().values(version=schema.VERSION))
        chat = chats.hash("telegram", "4242")
        chats.seen(connection, chat, "4242", 1.0)
        chats.change(connection, chat, role="officer")
        chats.remember_id(connection, chat, "77", 1.0)
        key = keys.current("queue")
        row = {"channel": "telegram", "update_id": "1", "chat": chat, "body": keys.seal(key, "p", b"words"),
               "key_name": key, "received_at": 1.0, "urgent": 0, "state": 0, "attempts": 0}  # fmt: skip
        queues.put_in(connection, [row])
        content = {"part": ["message:thanks", 0, {}], "lang": "en", "role": "guest"}
        queues.put_out(connection, [{"dedupe": "a", "chat": chat, "lane": 0, "content": content, "created_at": 1.0}])
    engine.dispose()
    return chat


def _engine(home: Path) -> Engine:
    home.mkdir(exist_ok=True)
    return create_engine(f"sqlite:///{home / 'waymark.db'}")


def test_backup_leaves_messages_and_hourly_keys_behind_and_restore_brings_the_rest(tmp_path: Path) -> None:
    home, new, kept, keyfile = tmp_path / "home", tmp_path / "new", tmp_path / "backup", tmp_path / "keys.tar"
    chat = _person(home)
    (home / "reviews.json").write_text("{}")
    hourly = [path.read_bytes() for kind in ("queue", "ids") for path in (home / "keys" / kind).glob("*.key")]
    assert len(hourly) == 2

    assert _script("backup.sh", home, str(kept), "--with-keys", str(kept / "keys.tar")).returncode == 1
    made = _script("backup.sh", home, str(kept), "--with-keys", str(keyfile))
    assert made.returncode == 0, made.stderr
    assert {path.name for path in kept.iterdir()} == {"waymark.db", "reviews.json"}
    assert all((path.stat().st_mode & 0o077) == 0 for path in [kept, keyfile, *kept.iterdir()])
    written = b"".join(path.read_bytes() for path in [keyfile, *kept.iterdir()])
    assert not any(key in written for key in hourly)
    assert b"message:thanks" not in written
    plain = _script("backup.sh", home, str(tmp_path / "without"))
    assert plain.returncode == 0, plain.stderr
    master = (home / "keys/master.key").read_bytes()
    assert not any(master in path.read_bytes() for path in (tmp_path / "without").iterdir())

    new.mkdir()
    assert "is there" in _script("restore.sh", home, str(kept)).stderr
    assert "--keys" in _script("restore.sh", new, str(kept)).stderr
    done = _script("restore.sh", new, str(kept), "--keys", str(keyfile))
    assert done.returncode == 0, done.stderr
    chats, engine = Chats(KeyRing(new / "keys")), _engine(new)
    with engine.connect() as connection:
        assert chats.get(connection, chat).role == "officer"
        assert chats.address(connection, chat) == "4242"
        assert connection.execute(schema.outbox.select()).all() == []
        assert connection.execute(schema.inbox.select()).all() == []
    engine.dispose()


COMING: frozenset[str] = frozenset()
"""Commands that pages name and the program does not have yet; the list may only get shorter."""


def test_every_command_that_a_page_names_exists() -> None:
    have, named = set(main.commands), set()
    for page in PAGES:
        named |= set(re.findall(r"`waymark ([a-z][a-z-]*)", page.read_text("utf-8")))
    assert named - have - COMING == set()
    assert COMING & have == set(), "these exist now: take them out of COMING"
    assert named >= COMING, "no page names these any more: take them out of COMING"


def test_the_program_file_in_the_guide_is_one() -> None:
    page = (DOCS / "how-to/set-up-a-program.md").read_text("utf-8")
    files = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(files) == 1
    entry = yaml.safe_load(files[0])
    program = Program.model_validate(entry)
    assert program.fictional, "an example that could be loaded as a real program"
    fields = {*Program.model_fields, *Takes.model_fields} - {"takes", "id", "name", "ages", "genders", "languages"}
    assert fields <= set(re.findall(r"`(\w+)`", page)), "a field of the program file is not explained"


def test_the_page_on_legal_demands_is_one_page() -> None:
    """R47: read in a hurry; the steps stand in this order and no law is named that was not read."""
    page = (DOCS / "legal-demands.md").read_text("utf-8")
    assert len(page.splitlines()) <= 90
    steps = [
        page.index(word)
        for word in ("Call counsel", "`waymark holdings`", "`waymark hold NUMBER", "Tell the person", "audit verify")
    ]
    assert steps == sorted(steps)
    laws = re.findall(r"\b\d+ (?:USC|CFR|U\.S\.C\.) \w+(?:\.\w+)*(?:\(\w+\))*", page)
    assert set(laws) == {"34 USC 12291(b)(2)", "28 CFR 94.115"}


def test_every_promise_in_the_threat_model_is_a_promise() -> None:
    known = set(re.findall(r"^\| (R\d+) \|", (REFERENCE / "safety-promises.md").read_text("utf-8"), re.MULTILINE))
    page = (DOCS / "threat-model.md").read_text("utf-8")
    assert set(re.findall(r"\bR\d+\b", page)) <= known
    chains = page.split("## What must be true for a leak", 1)[1].split("\n## ", 1)[0]
    rows = [row for row in chains.splitlines() if row.startswith("| ") and not row.startswith("| A leak")]
    assert rows
    assert [row for row in rows if not re.search(r"\bR\d+", row.rsplit("|", 2)[1])] == [], "a leak that no test guards"
