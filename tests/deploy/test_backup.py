"""`deploy/backup.sh` and `deploy/restore.sh`, run as they are: what they bring back, and what they never do (R20 to R23)."""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import sqlite3
import stat
import tarfile
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT
from bot.store import schema
from bot.store.backup import KEPT
from tests.deploy.conftest import Home, Script

EMPTIED = sorted(name for name, table in schema.metadata.tables.items() if not table.info["backup"])


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def everything(*paths: Path) -> bytes:
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*"))]
    return b"".join(file.read_bytes() for file in files if file.is_file())


async def test_a_backup_comes_back_on_another_machine(home: Home, script: Script, tmp_path: Path) -> None:
    kept, keyfile = tmp_path / "kept", tmp_path / "elsewhere.tar"
    made = script("backup.sh", home.path, kept, "--with-keys", keyfile)
    assert made.returncode == 0, made.stderr
    assert "backed up 1 chats" in made.stdout
    assert {path.name for path in kept.iterdir()} == {"waymark.db", "reviews.json"}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in [keyfile, *kept.iterdir()]} == {0o600}
    home.database.close()
    shutil.rmtree(home.path)

    done = script("restore.sh", tmp_path / "new", kept, "--keys", keyfile)
    assert done.returncode == 0, done.stderr
    new = Home(tmp_path / "new")
    new.database.open()  # the bot takes it
    found = new.database.read_now(lambda c: new.chats.get(c, new.hash("777")))
    assert (found.role, new.chats.address_of(found)) == ("coordinator", "777")
    assert (new.path / "reviews.json").read_text() == "{}"
    assert stat.S_IMODE(new.file.stat().st_mode) == 0o600
    new.database.close()


async def test_r20_a_backup_has_no_message_no_message_id_and_no_guest(
    home: Home, script: Script, tmp_path: Path
) -> None:
    kept, keyfile = tmp_path / "kept", tmp_path / "elsewhere.tar"
    secret = [path.read_bytes() for kind in ("queue", "ids") for path in (home.keys / kind).glob("*.key")]
    secret += [blob for (blob,) in rows(home.file, "select body from inbox union all select message_id from sent")]
    secret += [blob for (blob,) in rows(home.file, "select address from chat where role = 'guest'")]
    secret += [b"message:thanks", home.hash("4242").encode()]
    assert len(secret) == 9
    assert all(item in everything(home.path) for item in secret), "or the search would find nothing anywhere"
    assert script("backup.sh", home.path, kept, "--with-keys", keyfile).returncode == 0
    assert not [item for item in secret if item in everything(kept, keyfile)]
    assert {table: rows(kept / "waymark.db", f"select count(*) from {table}") for table in EMPTIED} == {
        table: [(0,)] for table in EMPTIED
    }
    home.database.close()


async def test_r20_nothing_that_is_left_out_touches_the_disk_of_the_backup(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written first and deleted then can be read off a disk for long."""
    from bot.store import backup

    seen: list[bytes] = []
    real = backup._private

    def look(path: Path) -> None:
        seen.append(everything(tmp_path / ".kept.part"))
        real(path)

    monkeypatch.setattr(backup, "_private", look)
    backup.back_up(home.file, tmp_path / "kept", home.keys, home.path)
    assert len(seen) == 2
    assert all(home.hash("777").encode() in data and home.hash("4242").encode() not in data for data in seen)
    home.database.close()


async def test_what_the_operator_entered_is_in_the_copy_and_comes_back(
    home: Home, script: Script, tmp_path: Path
) -> None:
    """Reviews, calls and the directory are files in the home; a newer one there is not overwritten."""
    given = {"reviews.json": b"{}", "calls.json": b'{"nhth": {}}', "directory/directory.json": b'{"services.csv": []}'}
    for name, content in given.items():
        (home.path / name).parent.mkdir(exist_ok=True)
        (home.path / name).write_bytes(content)
    assert script("backup.sh", home.path, tmp_path / "kept", "--with-keys", tmp_path / "keys.tar").returncode == 0
    home.database.close()
    new = tmp_path / "new"
    new.mkdir()
    (new / "calls.json").write_bytes(b"newer")
    done = script("restore.sh", new, tmp_path / "kept", "--keys", tmp_path / "keys.tar")
    assert done.returncode == 0, done.stderr
    assert (new / "reviews.json").read_bytes() == b"{}"
    assert (new / "calls.json").read_bytes() == b"newer"
    assert (new / "directory/directory.json").read_bytes() == given["directory/directory.json"]


async def test_r22_the_long_lived_keys_leave_only_when_asked_and_into_a_file_of_their_own(
    home: Home, script: Script, tmp_path: Path
) -> None:
    keys = [(home.keys / name).read_bytes() for name in ("master.key", "pepper.key")]
    assert script("backup.sh", home.path, tmp_path / "a").returncode == 0
    assert not [key for key in keys if key in everything(tmp_path / "a")]
    inside = script("backup.sh", home.path, tmp_path / "b", "--with-keys", tmp_path / "b" / "keys.tar")
    assert inside.returncode == 1
    assert not (tmp_path / "b").exists()
    assert script("backup.sh", home.path, tmp_path / "c", "--with-keys", tmp_path / "keys.tar").returncode == 0
    with tarfile.open(tmp_path / "keys.tar") as archive:
        assert sorted(archive.getnames()) == ["master.key", "pepper.key"]
    home.database.close()


async def test_r22_keys_of_any_other_kind_never_leave(home: Home, script: Script, tmp_path: Path) -> None:
    """Also of kinds that there will be: what is not master or pepper stays."""
    (home.keys / "request").mkdir()
    (home.keys / "request" / "17.key").write_bytes(b"request-key-of-32-bytes-exactly!")
    (home.keys / "other.key").write_bytes(b"some-other-key-of-32-bytes-long!")
    assert script("backup.sh", home.path, tmp_path / "kept", "--with-keys", tmp_path / "keys.tar").returncode == 0
    written = everything(tmp_path / "kept", tmp_path / "keys.tar")
    assert b"request-key" not in written
    assert b"some-other-key" not in written
    home.database.close()


async def test_r22_restoring_a_backup_from_before_an_erasure_brings_nothing_erased_back(
    home: Home, script: Script, tmp_path: Path
) -> None:
    """Guests leave and everybody erases after the backup; with today's keys the restored database has none of it."""
    assert script("backup.sh", home.path, tmp_path / "kept").returncode == 0
    ((sealed,),) = rows(home.file, "select address from chat where role = 'guest'")
    for address in ("4242", "777"):
        await home.database.write(lambda c, a=address: home.chats.erase(c, home.hash(a)))
        await home.database.write(lambda c, a=address: home.chats.remove(c, home.hash(a)))
    home.database.close()
    after = rows(home.file, "select chat, role, lang, heard, greeted, misses, awaiting, quiet_minutes from chat")
    home.file.rename(tmp_path / "old.db")
    for suffix in ("-wal", "-shm"):
        home.file.with_name(home.file.name + suffix).unlink(missing_ok=True)

    done = script("restore.sh", home.path, tmp_path / "kept")
    assert done.returncode == 0, done.stderr
    columns = "chat, role, lang, heard, greeted, misses, awaiting, quiet_minutes"
    assert rows(home.file, f"select {columns} from chat") == after
    assert home.hash("4242").encode() not in everything(home.file)
    home.database.open()
    assert home.database.read_now(lambda c: home.chats.address(c, home.hash("4242"))) is None
    home.database.close()
    assert sealed not in everything(home.file)


async def test_r60_a_link_that_was_not_used_before_the_backup_gives_nothing_after_it(
    home: Home, script: Script, tmp_path: Path
) -> None:
    """It may have been used between the backup and the restore, and would work a second time."""
    assert script("backup.sh", home.path, tmp_path / "kept").returncode == 0
    home.database.close()
    home.file.rename(tmp_path / "old.db")
    assert script("restore.sh", home.path, tmp_path / "kept").returncode == 0
    home.database.open()
    for code in home.codes:
        assert await home.database.write(lambda c, code=code: home.chats.accept(c, code, "x", 3.0)) is None
    assert await home.database.write(lambda c: home.chats.revoke(c, home.codes[0], 4.0)), "a used one can be revoked"
    assert home.database.read_now(lambda c: home.chats.get(c, home.hash("777"))).role == "guest"
    home.database.close()


async def test_a_backup_is_of_one_moment_while_the_bot_writes(home: Home, script: Script, tmp_path: Path) -> None:
    """Two rows that change together are equal in every copy, however busy the writer is, and no write is lost."""
    stop, written = threading.Event(), 0

    def pair(connection: Any, number: int) -> None:
        for name in ("a", "b"):
            chat = {"chat": name, "address": b"x", "role": "officer", "last_seen": float(number)}
            connection.execute(schema.chat.delete().where(schema.chat.c.chat == name))
            connection.execute(schema.chat.insert().values(chat))

    async def busy() -> None:
        nonlocal written
        while not stop.is_set():
            written += 1
            await home.database.write(lambda c, number=written: pair(c, number))

    writing = asyncio.create_task(busy())
    while written < 10:
        await asyncio.sleep(0.01)
    seen = []
    for number in range(4):
        made = await asyncio.to_thread(script, "backup.sh", home.path, tmp_path / str(number))
        assert made.returncode == 0, made.stderr
        found = rows(tmp_path / str(number) / "waymark.db", "select last_seen from chat where chat in ('a', 'b')")
        assert len(found) == 2
        assert len(set(found)) == 1
        seen.append(found[0][0])
    stop.set()
    await writing
    assert seen == sorted(set(seen)), "it did write in between"
    assert home.database.read_now(lambda c: home.chats.get(c, "a")).last_seen == written
    home.database.close()


async def test_a_restored_database_takes_up_its_row_numbers_where_they_were(
    home: Home, script: Script, tmp_path: Path
) -> None:
    assert script("backup.sh", home.path, tmp_path / "kept").returncode == 0
    home.database.close()
    assert rows(tmp_path / "kept" / "waymark.db", "select seq from sqlite_sequence where name = 'outbox'") == [(2,)]


async def test_a_backup_of_the_first_release_is_restored_and_migrated_at_the_start(
    home: Home, script: Script, tmp_path: Path
) -> None:
    from tests.store.layout import VERSION1

    home.database.close()
    old = tmp_path / "old"
    old.mkdir()
    with closing(sqlite3.connect(old / "waymark.db")) as connection:
        connection.executescript((VERSION1 / "sqlite.sql").read_text())
        connection.execute("attach ? as live", (str(home.file),))
        columns = [
            c.name
            for c in schema.chat.columns
            if c.name in {r[1] for r in connection.execute("pragma main.table_info(chat)")}
        ]
        connection.execute(f"insert into main.chat ({', '.join(columns)}) select {', '.join(columns)} from live.chat")
        connection.commit()
    home.file.rename(tmp_path / "away.db")
    done = script("restore.sh", home.path, old)
    assert done.returncode == 0, done.stderr
    assert "restored 1 chats" in done.stdout
    home.database.open(migrate=True)
    assert home.database.plan().found == schema.VERSION
    assert home.database.read_now(lambda c: home.chats.address(c, home.hash("777"))) == "777"
    assert home.database.read_now(lambda c: home.chats.address(c, home.hash("4242"))) is None
    home.database.close()


# -- what is refused, and that nothing is harmed then ----------------------------------------------------------------


async def test_a_restore_writes_over_nothing(home: Home, script: Script, tmp_path: Path) -> None:
    assert script("backup.sh", home.path, tmp_path / "kept", "--with-keys", tmp_path / "keys.tar").returncode == 0
    again = script("backup.sh", home.path, tmp_path / "kept")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    over = script("restore.sh", home.path, tmp_path / "kept")
    assert (over.returncode, "stop the bot and move it away" in over.stderr) == (1, True)
    home.database.close()

    other = Home(tmp_path / "other")
    before = everything(other.keys)
    wrong = script("restore.sh", other.path, tmp_path / "kept", "--keys", tmp_path / "keys.tar")
    assert (wrong.returncode, "is another key" in wrong.stderr) == (1, True)
    assert everything(other.keys) == before
    assert not other.file.exists()

    none = script("restore.sh", tmp_path / "none", tmp_path / "kept")
    assert (none.returncode, "give --keys FILE" in none.stderr) == (1, True)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("harm", ["cut", "not a database", "newer", "another's", "missing"])
async def test_a_backup_that_is_not_whole_is_refused(home: Home, script: Script, tmp_path: Path, harm: str) -> None:
    kept = tmp_path / "kept"
    assert script("backup.sh", home.path, kept).returncode == 0
    home.database.close()
    home.file.rename(tmp_path / "away.db")
    file = kept / "waymark.db"
    if harm == "cut":
        os.truncate(file, file.stat().st_size // 2)
    elif harm == "not a database":
        file.write_bytes(b"no" * 5000)
    elif harm == "missing":
        file.unlink()
    else:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("update schema_version set version = 99" if harm == "newer" else "drop table chat")
            connection.commit()
    done = script("restore.sh", home.path, kept)
    assert done.returncode == 1
    assert done.stderr.startswith("restore: ")
    assert "Traceback" not in done.stderr
    assert not home.file.exists()


@pytest.mark.parametrize("harm", ["short", "empty", "no archive"])
async def test_a_key_file_that_is_not_whole_is_refused(home: Home, script: Script, tmp_path: Path, harm: str) -> None:
    assert script("backup.sh", home.path, tmp_path / "kept").returncode == 0
    home.database.close()
    keyfile = tmp_path / "keys.tar"
    with tarfile.open(keyfile, "w") as archive:
        for name, size in (("master.key", 32), ("pepper.key", 31)) if harm == "short" else ():
            member = tarfile.TarInfo(name)
            member.size = size
            archive.addfile(member, io.BytesIO(b"k" * size))
    if harm == "no archive":
        keyfile.write_bytes(b"k" * 64)
    done = script("restore.sh", tmp_path / "new", tmp_path / "kept", "--keys", keyfile)
    assert (done.returncode, "does not hold a master key and a pepper" in done.stderr) == (1, True), done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["backup.sh", "restore.sh"])
def test_mistakes_say_what_to_do(script: Script, tmp_path: Path, name: str) -> None:
    for arguments, says in (((), "usage"), (("a", "b"), "usage"), (("--what",), "usage"), (("a", "--keys"), "usage")):
        done = script(name, tmp_path, *arguments)
        assert (done.returncode, says in done.stderr) == (1, True)
    none = script(name, tmp_path, tmp_path / "x")
    assert (none.returncode, "there is no database" in none.stderr or "is no backup" in none.stderr) == (1, True)
    other = script(name, tmp_path, tmp_path / "x", WAYMARK_DATABASE_URL="postgresql://a@h/b")
    assert (other.returncode, "for PostgreSQL see" in other.stderr) == (1, True)
    assert "set WAYMARK_PYTHON" in script(name, tmp_path, "x", WAYMARK_PYTHON="/nowhere/python").stderr
    assert "cannot be read" in script(name, tmp_path, "x", WAYMARK_WORKERS="many").stderr


# -- that a new table is not forgotten -------------------------------------------------------------------------------


def test_every_table_says_whether_a_backup_may_hold_it() -> None:
    for name, table in schema.metadata.tables.items():
        assert isinstance(table.info.get("backup"), bool), f"{name}: see the top of schema.py"
    people = {"program", "advocate", "shift"}
    people |= {"department", "unit", "member", "schedule", "occurrence", "completion", "completion_head", "partner"}
    assert {"alembic_version", "schema_version", "chat", "invitation", "audit", "audit_head", "tally", *people} == KEPT


def test_the_page_names_the_tables_that_a_dump_leaves_out() -> None:
    page = (ROOT / "docs/how-to/backup-and-restore.md").read_text("utf-8")
    assert sorted(re.findall(r"--exclude-table-data=(\w+)", page)) == EMPTIED
