#!/bin/sh
# Set up both environments from their locks. Needs Python 3.11, nothing but HOME and PATH, no root. A second run does nothing.
set -eu
cd "$(dirname "$0")/.."

say() { printf '· %s\n' "$*" >&2; }
fail() { printf 'waymark: %s\n' "$*" >&2; exit 1; }
is_311() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }

find_python() {
  for candidate in python3.11 python3 "$HOME"/.pyenv/versions/3.11*/bin/python3 /usr/local/bin/python3.11 /opt/homebrew/bin/python3.11; do
    if is_311 "$candidate"; then command -v "$candidate"; return 0; fi
  done
  if command -v uv >/dev/null 2>&1; then
    found=$(uv python find 3.11 2>/dev/null) && [ -n "$found" ] && printf '%s\n' "$found" && return 0
  fi
  return 1
}

stamp() { cat "$@" scripts/setup.sh | cksum | tr -d ' '; }

install() { # environment folder, lock file
  want=$(stamp "$2")
  if [ -x "$1/bin/python" ] && [ "$(cat "$1/.waymark-lock" 2>/dev/null || true)" = "$want" ]; then return 0; fi
  say "installing $1 from $2"
  "$UV" venv --quiet --clear --no-config --python "$PYTHON" "$1"
  "$UV" pip install --quiet --no-config --python "$1/bin/python" --no-deps --require-hashes -r "$2" ||
    fail "installing $1 failed: is the network there? Try again; the packages already fetched are kept"
  site=$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  pwd > "$site/waymark.pth"
  printf '%s\n' "$want" > "$1/.waymark-lock"
}

PYTHON=$(find_python) || fail "Python 3.11 is needed and none was found: install it (Debian: apt install python3.11-venv; or: uv python install 3.11) and run make again"
case "${1:-dev}" in app) lock=locks/app.txt ;; *) lock=locks/dev.txt ;; esac
if [ "$(cat .venv/.waymark-lock 2>/dev/null || true)" = "$(stamp "$lock")" ] &&
   [ "$(cat .venv-nlu/.waymark-lock 2>/dev/null || true)" = "$(stamp locks/nlu.txt)" ]; then exit 0; fi

export UV_SYSTEM_CERTS=true
export MULTIDICT_NO_EXTENSIONS=1  # no compiler is needed: this old multidict has no wheel for 3.11, and its Python does
if command -v uv >/dev/null 2>&1; then
  UV=uv
else
  UV=.uv/bin/uv
  if [ ! -x "$UV" ]; then
    say "fetching uv into .uv"
    "$PYTHON" -m venv .uv || fail "this Python cannot make environments: install its venv package (Debian: apt install python3.11-venv)"
    .uv/bin/python -m pip install --quiet --disable-pip-version-check uv || fail "uv could not be fetched: is the network there?"
  fi
fi
install .venv "$lock"
cat > .venv/bin/waymark <<END
#!$(pwd)/.venv/bin/python
from bot.cli import main

main()
END
chmod 755 .venv/bin/waymark
install .venv-nlu locks/nlu.txt
say "both environments are ready"
