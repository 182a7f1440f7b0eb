#!/bin/sh
# Restore what backup.sh made: restore.sh FOLDER [--keys FILE]. Stop the bot first. docs/how-to/backup-and-restore.md
set -eu
umask 077
root=$(cd "$(dirname "$0")/.." && pwd)
python=${WAYMARK_PYTHON:-$root/.venv/bin/python}
fail() { printf 'restore: %s\n' "$*" >&2; exit 1; }
usage() { fail "usage: restore.sh FOLDER [--keys FILE]"; }

source= keyfile=
while [ $# -gt 0 ]; do
  case $1 in
    --keys) [ $# -ge 2 ] || usage; keyfile=$2; shift 2 ;;
    -*) usage ;;
    *) [ -z "$source" ] || usage; source=$1; shift ;;
  esac
done
[ -n "$source" ] || usage
[ -x "$python" ] || fail "no Python at $python: run make setup, or set WAYMARK_PYTHON"
[ -f "$source/waymark.db" ] || fail "$source is no backup: it has no waymark.db"
[ -z "$keyfile" ] || [ -f "$keyfile" ] || fail "there is no $keyfile"

exec "$python" -c '
import shutil, sqlite3, sys, tarfile
from pathlib import Path
from sqlalchemy.engine import make_url
from bot.settings import Settings
from bot.store.keys import write_durably
from bot.store.schema import VERSION

source, keyfile = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute() if sys.argv[2] else None
def fail(text): sys.exit(f"restore: {text}")
settings = Settings()
url = make_url(settings.database)
if url.get_backend_name() != "sqlite":
    fail("this is for SQLite; for PostgreSQL see docs/how-to/backup-and-restore.md")
target = Path(url.database or "")
for path in (target, target.with_name(target.name + "-wal"), target.with_name(target.name + "-shm")):
    if path.exists():
        fail(f"{path} is there: stop the bot and move it away first")
copy = sqlite3.connect(f"{source.as_uri()}/waymark.db?mode=ro", uri=True)
if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
    fail("the backup is damaged")
version = copy.execute("SELECT version FROM schema_version").fetchone()[0]
copy.close()
if version != VERSION:
    fail(f"the backup has version {version}, this program needs {VERSION}: use the program that made it")

names = ("master.key", "pepper.key")
keys = {}
if keyfile:
    with tarfile.open(keyfile) as archive:
        for name in names:
            member = archive.extractfile(name)
            keys[name] = member.read() if member else b""
    if any(len(key) != 32 for key in keys.values()):
        fail(f"{keyfile} does not hold a master key and a pepper")
for name in names:
    path = settings.keys / name
    if path.exists() and name in keys and path.read_bytes() != keys[name]:
        fail(f"{path} is there and is another key: move it away, or leave out --keys")
    if not path.exists() and name not in keys:
        fail(f"there is no {path}: without it the backup is worth nothing; give --keys FILE")
for name, key in keys.items():
    if not (settings.keys / name).exists():
        write_durably(settings.keys / name, key)

target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
part = target.with_name(f".{target.name}.part")
shutil.copyfile(source / "waymark.db", part)
live = sqlite3.connect(part, isolation_level=None)
for table in ("inbox", "outbox", "sent", "bucket"):  # what waited then must not be sent now
    live.execute(f"DELETE FROM {table}")
chats = live.execute("SELECT count(*) FROM chat").fetchone()[0]
live.close()
with part.open("rb") as file:
    data = file.read()
part.unlink()
write_durably(target, data)
if (source / "reviews.json").is_file() and not (settings.home / "reviews.json").exists():
    write_durably(settings.home / "reviews.json", (source / "reviews.json").read_bytes())
print(f"restored {chats} chats to {target}; start the bot")
' "$source" "$keyfile"
