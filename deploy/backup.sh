#!/bin/sh
# Back up a Waymark on SQLite: backup.sh FOLDER [--with-keys FILE]
# Roles, invitations and reviews; never messages, never the keys of queues and message ids. docs/how-to/backup-and-restore.md
set -eu
umask 077
root=$(cd "$(dirname "$0")/.." && pwd)
python=${WAYMARK_PYTHON:-$root/.venv/bin/python}
fail() { printf 'backup: %s\n' "$*" >&2; exit 1; }
usage() { fail "usage: backup.sh FOLDER [--with-keys FILE]"; }

target= keyfile=
while [ $# -gt 0 ]; do
  case $1 in
    --with-keys) [ $# -ge 2 ] || usage; keyfile=$2; shift 2 ;;
    -*) usage ;;
    *) [ -z "$target" ] || usage; target=$1; shift ;;
  esac
done
[ -n "$target" ] || usage
[ -x "$python" ] || fail "no Python at $python: run make setup, or set WAYMARK_PYTHON"
[ ! -e "$target" ] || fail "$target is there already: name a new folder"
[ -z "$keyfile" ] || [ ! -e "$keyfile" ] || fail "$keyfile is there already: name a new file"

exec "$python" -c '
import os, shutil, sqlite3, sys, tarfile
from pathlib import Path
from sqlalchemy.engine import make_url
from bot.settings import Settings

target, keyfile = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute() if sys.argv[2] else None
def fail(text): sys.exit(f"backup: {text}")
settings = Settings()
url = make_url(settings.database)
if url.get_backend_name() != "sqlite":
    fail("this is for SQLite; for PostgreSQL see docs/how-to/backup-and-restore.md")
source = Path(url.database or "")
if not source.is_file():
    fail(f"there is no database at {source}: are WAYMARK_HOME and WAYMARK_DATABASE_URL those of the bot?")
long_lived = [settings.keys / name for name in ("master.key", "pepper.key")]
if keyfile:
    if target in keyfile.parents:
        fail("the keys must not lie in the folder of the backup")
    for path in long_lived:
        if not path.is_file():
            fail(f"there is no {path.name} in {settings.keys}: is WAYMARK_KEYS_DIR that of the bot?")

part = target.with_name(f".{target.name}.part")
if part.exists():
    shutil.rmtree(part)
part.mkdir(parents=True, mode=0o700)
try:
    live = sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=30)
    copy = sqlite3.connect(part / "waymark.db", isolation_level=None)
    live.backup(copy)
    live.close()
    copy.execute("PRAGMA secure_delete=ON")
    copy.execute("PRAGMA journal_mode=DELETE")
    for table in ("inbox", "outbox", "sent", "bucket"):
        copy.execute(f"DELETE FROM {table}")
    copy.execute("VACUUM")
    if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        fail("the copy is damaged: is the disk full?")
    chats = copy.execute("SELECT count(*) FROM chat").fetchone()[0]
    copy.close()
    reviews = settings.home / "reviews.json"
    if reviews.is_file():
        shutil.copyfile(reviews, part / "reviews.json")
    for path in part.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    part.rename(target)
except BaseException:
    shutil.rmtree(part, ignore_errors=True)
    raise
if keyfile:
    with tarfile.open(keyfile, "x") as archive:
        for path in long_lived:
            archive.add(path, arcname=path.name, recursive=False)
    keyfile.chmod(0o600)
    print(f"master key and pepper are in {keyfile}: keep it away from the backups")
print(f"backed up {chats} chats to {target}")
' "$target" "$keyfile"
