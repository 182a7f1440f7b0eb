"""A private PostgreSQL, on a unix socket in a folder of its own, for tests alone. It is stopped with the process.

A database is three hundred files, which a disk takes half a second to make anew: tests want it in memory, benchmarks on the disk."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.store.memory import place

NEEDED = 2 << 30
"""Bytes that a server of tests never fills."""
BINARIES = Path(os.environ.get("WAYMARK_POSTGRES_BIN", "/usr/lib/postgresql/15/bin"))


class NoPostgres(RuntimeError):
    """Why there is none; shown as the reason of a skip."""


def _as_other_user() -> list[str]:
    """PostgreSQL refuses root, so root becomes `postgres` for it."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise NoPostgres("this is root, which PostgreSQL refuses, and there is no user `postgres`") from None
    if not shutil.which("runuser"):
        raise NoPostgres("this is root, which PostgreSQL refuses, and there is no `runuser`")
    return ["runuser", "-u", "postgres", "--"]


@contextmanager
def cluster(*, in_memory: bool = False) -> Iterator[str]:
    """The URL of an empty database, on the disk or, where there is room, `in_memory`. Raises `NoPostgres`."""
    if not (BINARIES / "initdb").exists():
        raise NoPostgres(f"no PostgreSQL in {BINARIES}; set WAYMARK_POSTGRES_BIN to where initdb is")
    prefix = _as_other_user()
    folder = Path(tempfile.mkdtemp(prefix="waymark-pg-", dir=place(NEEDED) if in_memory else None))
    try:
        if prefix:
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"

        def run(*command: str) -> None:
            done = subprocess.run([*prefix, *command], cwd="/", capture_output=True, text=True, timeout=60, check=False)
            if done.returncode:
                raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}")

        run(
            str(BINARIES / "initdb"),
            "-D",
            str(data),
            "-A",
            "trust",
            "-U",
            "waymark",
            "--no-sync",
            "-E",
            "UTF8",
            "--no-locale",
        )
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        # No pipe may be left open to the server, or waiting for the end of the output would wait for the server.
        log = str(folder / "log")
        run(str(BINARIES / "pg_ctl"), "-D", str(data), "-o", options, "-l", log, "-w", "-t", "30", "start")
        try:
            yield f"postgresql+psycopg://waymark@/postgres?host={folder}"
        finally:
            run(str(BINARIES / "pg_ctl"), "-D", str(data), "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
