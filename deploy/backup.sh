#!/bin/sh
# Back up a Waymark on SQLite: backup.sh FOLDER [--with-keys FILE]
# Roles, used invitations, reviews, noted calls and the directory; never guests, messages, or the keys of queues and message ids. docs/how-to/backup-and-restore.md
set -eu
umask 077
root=$(cd "$(dirname "$0")/.." && pwd)
python=${WAYMARK_PYTHON:-$root/.venv/bin/python}
fail() { printf 'backup: %s\n' "$*" >&2; exit 1; }
usage() { fail "usage: backup.sh FOLDER [--with-keys FILE]"; }

target="" keyfile=""
while [ $# -gt 0 ]; do
  case $1 in
    --with-keys) [ $# -ge 2 ] || usage; keyfile=$2; shift 2 ;;
    -*) usage ;;
    *) [ -z "$target" ] || usage; target=$1; shift ;;
  esac
done
[ -n "$target" ] || usage
[ -x "$python" ] || fail "no Python at $python: run make setup, or set WAYMARK_PYTHON"

exec "$python" -P -c '
import sys
from pathlib import Path
from bot.settings import Settings, SettingsError
from bot.store.backup import back_up, sqlite_file
from bot.store.errors import StoreError

folder, keyfile = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute() if sys.argv[2] else None
try:
    settings = Settings()
    database = sqlite_file(settings.database)
    chats = back_up(database, folder, settings.keys, settings.home, keyfile)
except (SettingsError, StoreError, OSError) as error:
    sys.exit(f"backup: {error}")
if keyfile:
    print(f"master key and pepper are in {keyfile}: keep it away from the backups")
print(f"backed up {chats} chats to {folder}")
' "$target" "$keyfile"
