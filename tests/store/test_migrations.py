"""Migrations: exactly the tables of `schema.py`, from nothing and from every release; all of a step or none of it (rulings 25)."""

from __future__ import annotations

import ast
import asyncio
import multiprocessing
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    text,
)

from bot import cli, service
from bot.library import loading
from bot.settings import Settings, SettingsError
from bot.store import schema
from bot.store.database import Database, StoreError
from bot.store.migrate import FOLDER, Migrations, Plan
from bot.store.revise import compare, revise
from tests.store.layout import contents, fill, layout, make_version1
from tests.store.stop import migrate, open_together

pytestmark = pytest.mark.store

HEAD = '"""{title}"""\nimport sqlalchemy as sa\nfrom alembic import op\nrevision = "{number:04d}"\ndown_revision = "{before:04d}"\n'
ADDS = """
def upgrade():
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True), sqlite_autoincrement=True)
    with op.batch_alter_table("chat") as batch:
        batch.add_column(sa.Column("zone", sa.String(40)))
    op.execute("update chat set zone = 'x'")
"""
REBUILDS = """
def upgrade():
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("content", nullable=True)
"""
RAISES = ADDS + "    raise ZeroDivisionError('somebody wrote this')\n"
SQL_FAILS = ADDS + "    op.execute('insert into nothing_of_that_name values (1)')\n"
LOSES = (
    ADDS + "    op.execute('delete from chat')\n    op.execute('drop table invitation')\n    raise ZeroDivisionError\n"
)


@pytest.fixture
def url(bare_url: str) -> str:
    """Here every table is made by what is tested."""
    return bare_url


@contextmanager
def engine_at(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def look(url: str, what: Callable[[Connection], Any]) -> Any:
    with engine_at(url) as engine, engine.connect() as connection:
        return what(connection)


def change(url: str, what: Callable[[Connection], Any]) -> None:
    with engine_at(url) as engine, engine.begin() as connection:
        what(connection)


@pytest.fixture
def wanted(tmp_path: Path, request: pytest.FixtureRequest, url: str) -> dict[str, Any]:
    """The layout that `schema.metadata` itself makes on this kind of database."""
    if url.startswith("sqlite"):
        return look_after_making(f"sqlite:///{tmp_path / 'wanted.db'}")
    found = look_after_making(url)
    change(url, lambda c: (c.exec_driver_sql("DROP SCHEMA public CASCADE"), c.exec_driver_sql("CREATE SCHEMA public")))
    return found


def look_after_making(url: str) -> dict[str, Any]:
    change(url, schema.metadata.create_all)
    found: dict[str, Any] = look(url, layout)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the revisions, to add to."""
    return Path(shutil.copytree(FOLDER, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__")))


def add(folder: Path, body: str, title: str = "A test") -> int:
    before = Migrations(folder).newest
    head = HEAD.format(title=title, number=before + 1, before=before)
    (folder / f"r{before + 1:04d}_test.py").write_text(head + body)
    return before + 1


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata)
    # SQLite does not tell Alembic of the order inside an index; `layout` compares that.
    return [item for item in found if not (connection.dialect.name == "sqlite" and item[-1].name == "inbox_waiting")]


def versions(connection: Connection) -> tuple[Any, Any]:
    numbers = connection.scalars(text("select version from schema_version")).all()
    return list(numbers), list(connection.scalars(text("select version_num from alembic_version")).all())


# -- the same tables, whichever way --------------------------------------------------------------------------------


def test_the_number_of_the_schema_is_that_of_the_newest_revision() -> None:
    assert Migrations().newest == schema.VERSION
    scripts = Migrations().scripts
    assert scripts.get_heads() == [f"{schema.VERSION:04d}"]
    assert [s.revision for s in scripts.walk_revisions()] == [f"{n:04d}" for n in range(schema.VERSION, 0, -1)]


def test_from_nothing_the_migrations_give_exactly_the_schema(url: str, wanted: dict[str, Any]) -> None:
    Database(url).migrate()
    assert look(url, layout) == wanted
    assert look(url, differences) == []
    assert look(url, compare)[1] is False
    assert look(url, versions) == ([schema.VERSION], [f"{schema.VERSION:04d}"])


def test_from_the_first_release_they_give_exactly_the_schema_and_keep_every_row(
    url: str, wanted: dict[str, Any]
) -> None:
    change(url, make_version1)
    change(url, fill)
    before = look(url, contents)
    assert all(len(rows) == 2 for name, rows in before.items() if name != "row numbers")
    Database(url).migrate()
    assert look(url, layout) == wanted
    assert look(url, differences) == []
    assert look(url, versions) == ([schema.VERSION], [f"{schema.VERSION:04d}"])
    after = look(url, contents)
    assert after.keys() >= before.keys()
    if schema.VERSION == 1:
        assert after == before
    for name, rows in before.items():
        assert len(after[name]) >= len(rows), name


def test_the_comparison_sees_what_is_different(url: str, wanted: dict[str, Any]) -> None:
    Database(url).migrate()
    for statement in (
        "DROP INDEX inbox_waiting",
        "CREATE INDEX inbox_waiting ON inbox (state, urgent, id)",  # without DESC
    ):
        change(url, lambda c, s=statement: c.exec_driver_sql(s))
        assert look(url, layout) != wanted


def test_a_revision_that_the_schema_does_not_know_is_a_difference(
    url: str, folder: Path, wanted: dict[str, Any]
) -> None:
    add(folder, ADDS)
    Database(url, folder).migrate()
    assert look(url, layout) != wanted
    assert {item[0] for item in look(url, differences)} == {"remove_table", "remove_column"}


def test_no_revision_imports_the_program_it_must_outlive() -> None:
    for path in sorted(FOLDER.glob("r*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                assert {name.partition(".")[0] for name in names} <= {"__future__", "alembic", "sqlalchemy"}, path


# -- who migrates, and who refuses ---------------------------------------------------------------------------------


async def test_a_database_of_the_first_release_is_adopted_by_any_command(url: str) -> None:
    change(url, make_version1)
    change(url, fill)
    before = look(url, contents)
    database = Database(url)
    database.open(migrate=schema.VERSION > 1)
    database.close()
    assert look(url, versions)[1] == [f"{schema.VERSION:04d}"]
    if schema.VERSION == 1:
        assert look(url, contents) == before


def test_a_database_that_is_behind_is_refused_but_by_who_may_migrate(url: str, folder: Path) -> None:
    Database(url).migrate()
    change(url, fill)
    before = look(url, contents)
    newer = add(folder, ADDS)
    with pytest.raises(StoreError, match="waymark migrate"):
        Database(url, folder).open()
    assert look(url, contents) == before
    database = Database(url, folder)
    database.open(migrate=True)
    assert database.read_now(lambda c: c.scalar(text("select count(*) from chat where zone = 'x'"))) == 2
    database.close()
    assert look(url, versions) == ([newer], [f"{newer:04d}"])


@pytest.mark.parametrize("do", ["open", "migrate", "plan"])
def test_a_database_of_a_newer_release_is_refused_and_not_touched(url: str, folder: Path, do: str) -> None:
    newer = add(folder, ADDS)
    Database(url, folder).migrate()
    before = look(url, lambda c: (layout(c), contents(c), versions(c)))
    with pytest.raises(StoreError, match=rf"has version {newer}, this program needs {schema.VERSION}"):
        getattr(Database(url), do)()
    assert look(url, lambda c: (layout(c), contents(c), versions(c))) == before


def test_the_first_release_would_refuse_a_migrated_database(url: str, folder: Path) -> None:
    """It compared the one row of `schema_version` with its own number."""
    newer = add(folder, ADDS)
    change(url, make_version1)
    Database(url, folder).migrate()
    assert look(url, lambda c: c.scalar(text("select version from schema_version"))) == newer != 1


@pytest.mark.parametrize(
    "harm",
    [
        "update alembic_version set version_num = '0009'",
        "update alembic_version set version_num = 'ae1027a6acf'",
        "update schema_version set version = 0",
        "delete from schema_version",
        "drop table schema_version",
        "insert into alembic_version values ('0099')",
    ],
)
def test_a_version_changed_by_hand_is_refused_with_words(url: str, harm: str) -> None:
    Database(url).migrate()
    change(url, lambda c: c.exec_driver_sql(harm))
    with pytest.raises(StoreError, match="version"):
        Database(url).open(migrate=True)


def test_tables_without_any_version_are_refused(url: str) -> None:
    change(url, lambda c: c.exec_driver_sql("create table inbox (id integer)"))
    with pytest.raises(StoreError, match="no version"):
        Database(url).open(migrate=True)


def test_a_plan_changes_nothing(url: str, folder: Path, tmp_path: Path) -> None:
    number = add(folder, ADDS, "Zones of chats")
    assert Database(url, folder).plan() == Plan(0, number, recorded=False)
    if url.startswith("sqlite"):
        assert not (tmp_path / "waymark.db").exists()
    Database(url).migrate()
    before = look(url, lambda c: (layout(c), versions(c)))
    plan = Database(url, folder).plan()
    assert (plan.found, list(plan.steps), plan.is_due) == (schema.VERSION, [number], True)
    assert Database(url, folder).title(number) == "Zones of chats"
    assert look(url, lambda c: (layout(c), versions(c))) == before
    assert Database(url).plan().is_due is False
    assert Database(url).migrate().is_due is False


# -- all or nothing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [RAISES, SQL_FAILS, LOSES], ids=["raises", "sql", "loses"])
@pytest.mark.parametrize("first", ["nothing", "the first release", "the newest"])
def test_a_migration_that_fails_in_the_middle_leaves_version_and_rows_as_they_were(
    url: str, folder: Path, first: str, body: str
) -> None:
    if first == "the first release":
        change(url, make_version1)
    elif first == "the newest":
        Database(url).migrate()
    if first != "nothing":
        change(url, fill)
    add(folder, "def upgrade():\n    op.create_table('fine', sa.Column('id', sa.Integer, primary_key=True))\n")
    bad = add(folder, body)
    empty = first == "nothing"
    before = look(url, lambda c: (layout(c), {} if empty else contents(c)))
    with pytest.raises(StoreError, match="nothing was changed") as error:
        Database(url, folder).open(migrate=True)
    assert "somebody wrote this" not in str(error.value)
    assert look(url, lambda c: (layout(c), {} if empty else contents(c))) == before
    assert Database(url).plan().found == {"nothing": 0, "the first release": 1, "the newest": schema.VERSION}[first]

    (folder / f"r{bad:04d}_test.py").unlink()  # mended: the same database goes on
    add(folder, ADDS)
    Database(url, folder).migrate()
    assert look(url, versions) == ([bad], [f"{bad:04d}"])


def test_a_process_killed_in_the_middle_leaves_version_and_rows_as_they_were(
    url: str, folder: Path, tmp_path: Path
) -> None:
    change(url, make_version1)
    change(url, fill)
    before = look(url, lambda c: (layout(c), contents(c)))
    mark = tmp_path / "mark"
    wait = f"    import pathlib, time\n    pathlib.Path({str(mark)!r}).touch()\n    time.sleep(60)\n"
    add(folder, ADDS + "    op.execute('delete from invitation')\n" + wait)
    child = multiprocessing.get_context("spawn").Process(target=migrate, args=(url, str(folder)))
    child.start()
    until = time.monotonic() + 60
    while not mark.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert mark.exists()
    child.kill()
    child.join(timeout=30)
    assert look(url, lambda c: (layout(c), contents(c))) == before
    database = Database(url)
    database.open(migrate=True)
    assert database.plan().found == schema.VERSION
    database.close()


@pytest.mark.parametrize("first", ["nothing", "the first release"])
def test_processes_that_start_at_once_migrate_once(url: str, folder: Path, first: str) -> None:
    if first != "nothing":
        change(url, make_version1)
        change(url, fill)
    # Slower than the time for which a write waits usually, and it fails if it is done twice.
    number = add(folder, ADDS + "    import time\n    time.sleep(1)\n    op.execute('insert into extra values (1)')\n")
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    children = [context.Process(target=open_together, args=(url, str(folder), barrier, results)) for _ in range(4)]
    for child in children:
        child.start()
    assert [results.get(timeout=60) for _ in children] == [""] * 4
    for child in children:
        child.join(timeout=30)
    assert look(url, versions) == ([number], [f"{number:04d}"])
    assert look(url, lambda c: c.scalar(text("select count(*) from extra"))) == 1


def test_a_table_that_is_built_anew_keeps_its_rows_and_gives_no_number_twice(url: str, folder: Path) -> None:
    Database(url).migrate()
    change(url, fill)
    before, indexes = look(url, lambda c: (contents(c), layout(c)["outbox"]["indexes"]))
    add(folder, REBUILDS)
    database = Database(url, folder)
    database.open(migrate=True)
    assert look(url, contents) == before
    row = {"dedupe": "new", "chat": "a", "lane": 0, "content": "{}", "created_at": 0.0}
    made = asyncio.run(database.write(lambda c: c.execute(schema.outbox.insert().values(row)).inserted_primary_key))
    assert made[0] == 4, "row 3 was deleted"
    database.close()
    assert look(url, layout)["outbox"]["indexes"] == indexes


def test_sqlite_rows_that_would_point_nowhere_stop_a_migration(tmp_path: Path, folder: Path) -> None:
    url = f"sqlite:///{tmp_path / 'waymark.db'}"
    points = """
def upgrade():
    op.create_table("a", sa.Column("chat", sa.String(40), sa.ForeignKey("chat.chat")))
    op.execute("insert into a values ('nobody')")
"""
    Database(url).migrate()
    add(folder, points)
    with pytest.raises(StoreError, match="nothing was changed"):
        Database(url, folder).migrate()
    assert look(url, versions)[0] == [schema.VERSION]


def test_sqlite_a_table_that_others_point_to_can_be_built_anew(tmp_path: Path, folder: Path) -> None:
    """With SQLite's foreign keys on, dropping the old table would delete the rows that point to it."""
    url = f"sqlite:///{tmp_path / 'waymark.db'}"
    number = add(
        folder,
        """
def upgrade():
    op.create_table("a", sa.Column("chat", sa.String(40), sa.ForeignKey("chat.chat", ondelete="CASCADE")))
    op.execute("insert into a select chat from chat")
    with op.batch_alter_table("chat", recreate="always") as batch:
        batch.alter_column("role", nullable=True)
""",
    )
    change(url, make_version1)
    change(url, fill)
    database = Database(url, folder)
    database.open(migrate=True)
    assert database.read_now(lambda c: c.scalar(text("select count(*) from a"))) == 2
    assert database.read_now(lambda c: c.exec_driver_sql("PRAGMA foreign_keys").scalar()) == 1
    assert asyncio.run(database.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout").scalar())) == 400
    database.close()
    assert look(url, versions)[0] == [number]


def test_what_a_migration_drops_is_overwritten_on_the_disk(tmp_path: Path, folder: Path) -> None:
    url, words = f"sqlite:///{tmp_path / 'waymark.db'}", b"canary" * 40
    Database(url).migrate()
    with sqlite3.connect(tmp_path / "waymark.db") as connection:
        connection.execute("insert into bucket values (?, 1, 1, 1)", (words.decode(),))
    connection.close()
    assert words in b"".join(path.read_bytes() for path in tmp_path.glob("waymark.db*"))
    add(folder, 'def upgrade():\n    op.drop_table("bucket")\n')
    Database(url, folder).migrate()
    assert words not in b"".join(path.read_bytes() for path in tmp_path.glob("waymark.db*"))


# -- the commands --------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings for a home in memory, for the command line."""
    for name in [name for name in os.environ if name.startswith("WAYMARK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAYMARK_HOME", str(tmp_path))
    return tmp_path


def call(*arguments: str) -> str:
    result = CliRunner().invoke(cli.main, list(arguments))
    assert result.exit_code == 0, result.stderr
    return result.output


def test_the_command_says_what_it_would_do_then_does_it_then_has_nothing_to_do(home: Path) -> None:
    says = "1: The tables of the first release.\n"
    assert call("migrate", "--check").startswith(says)
    assert "would be brought from version 0" in call("migrate", "--check")
    assert not (home / "waymark.db").exists()
    found = call("migrate")
    assert found.startswith(says)
    assert f"was brought from version 0 to {schema.VERSION}" in found
    for arguments in (["migrate"], ["migrate", "--check"]):
        assert f"has version {schema.VERSION}, which is the one" in call(*arguments)


def test_the_command_refuses_a_newer_database_with_words(home: Path, folder: Path) -> None:
    add(folder, ADDS)
    Database(f"sqlite:///{home / 'waymark.db'}", folder).migrate()
    for arguments in (["migrate"], ["migrate", "--check"], ["status"]):
        result = CliRunner().invoke(cli.main, arguments)
        assert result.exit_code == 1
        assert "start the release of Waymark that made it" in " ".join(result.stderr.split())


async def test_run_migrates_at_its_start_and_status_does_not(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{home / 'waymark.db'}"
    Database(url).migrate()
    newer = add(folder, ADDS)
    monkeypatch.setattr(service, "Database", partial(Database, migrations=folder))
    token = home / "token"
    token.write_text("1:x")
    token.chmod(0o600)
    settings = Settings(telegram_token_file=token, nlu_url="http://127.0.0.1:9")
    with pytest.raises(StoreError, match="waymark migrate"):
        await service.status(settings)
    with pytest.raises(SettingsError, match="WAYMARK_NLU_TOKEN_FILE"):  # the step after the database
        await service.serve(settings, loading.shared(), ready=lambda: None)
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(sign)
    assert look(url, versions)[0] == [newer]
    assert await service.status(settings)


# -- rows that a revision changes ----------------------------------------------------------------------------------


def test_answers_given_under_a_promise_stay_under_it(url: str, folder: Path) -> None:
    """0007: where a list by officer was on, officers had read that single answers are left out; these may be shown from the migration on alone."""
    newest = sorted(folder.glob("r*.py"))
    for path in newest[4:]:
        path.unlink()
    Database(url, folder).migrate()
    row = "insert into department (id, name, zone, lang, holidays, on_duty_only, ranking, created_at) values"
    for name, ranking in (("a", 1), ("b", 0)):
        change(
            url, lambda c, v=(name, ranking): c.execute(text(f"{row} ('{v[0]}', 'x', 'z', 'en', '', 1, {v[1]}, 1.0)"))
        )
    before = time.time()
    Database(url).migrate()
    found = dict(look(url, lambda c: c.execute(text("select id, ranking_since from department")).all()))
    assert found["a"] == pytest.approx(before, abs=60)
    assert found["b"] is None


# -- adding one ----------------------------------------------------------------------------------------------------


def test_a_revision_is_written_from_the_schema_and_gives_it(url: str, folder: Path) -> None:
    metadata = MetaData()
    for table in schema.metadata.tables.values():
        table.to_metadata(metadata)
    metadata.tables["chat"].append_column(Column("zone", String(40)))
    Table(
        "extra",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("chat", String(40), ForeignKey("chat.chat", name="extra_of_chat"), nullable=False),
        Index("extra_chat", "chat"),
        sqlite_autoincrement=True,
    )
    path = revise("Extra rows", folder, metadata)
    assert path == folder / f"r{schema.VERSION + 1:04d}_extra_rows.py"
    Database(url, folder).migrate()
    assert look(url, lambda c: compare(c, metadata)[1]) is False
    assert look(url, lambda c: layout(c)["extra"]["indexes"] != [])
    assert look(url, versions)[0] == [schema.VERSION + 1]
    with pytest.raises(ValueError, match="change it first"):
        revise("Nothing", folder, metadata)
