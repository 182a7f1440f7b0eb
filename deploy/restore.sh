#!/bin/sh
# Restore what backup.sh made: restore.sh FOLDER [--keys FILE]. Stop the bot first. docs/how-to/backup-and-restore.md
set -eu
umask 077
root=$(cd "$(dirname "$0")/.." && pwd)
python=${WAYMARK_PYTHON:-$root/.venv/bin/python}
fail() { printf 'restore: %s\n' "$*" >&2; exit 1; }
usage() { fail "usage: restore.sh FOLDER [--keys FILE]"; }

source="" keyfile=""
while [ $# -gt 0 ]; do
  case $1 in
    --keys) [ $# -ge 2 ] || usage; keyfile=$2; shift 2 ;;
    -*) usage ;;
    *) [ -z "$source" ] || usage; source=$1; shift ;;
  esac
done
[ -n "$source" ] || usage
[ -x "$python" ] || fail "no Python at $python: run make setup, or set WAYMARK_PYTHON"

exec "$python" -P -c '
import sys
from pathlib import Path
from bot.settings import Settings, SettingsError
from bot.store.backup import restore, sqlite_file
from bot.store.errors import StoreError

folder, keyfile = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute() if sys.argv[2] else None
try:
    settings = Settings()
    database = sqlite_file(settings.database)
    chats = restore(folder, database, settings.keys, settings.home, keyfile)
except (SettingsError, StoreError, OSError) as error:
    sys.exit(f"restore: {error}")
print(f"restored {chats} chats to {database}; start the bot")
print("links that nobody had used, and what was revoked since: make and revoke them again")
' "$source" "$keyfile"
