"""A home with people in it, and the scripts as an operator runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.settings import ROOT
from bot.store import queues
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from tests.store.memory import folder

Run = subprocess.CompletedProcess[str]
Script = Callable[..., Run]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """pytest's, in memory."""
    with folder() as path:
        yield path


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Runs `deploy/<name>` for a home, with nothing but what a shell has."""

    def run(name: str, home: Path, *arguments: object, **settings: object) -> Run:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "WAYMARK_HOME": str(home),
            "WAYMARK_PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
            **{name: str(value) for name, value in settings.items()},
        }
        command = ["sh", str(ROOT / "deploy" / name), *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=120)

    return run


class Home:
    """A data folder as the bot leaves it."""

    def __init__(self, path: Path, keys: Path | None = None) -> None:
        self.path, self.file, self.keys = path, path / "waymark.db", keys or path / "keys"
        self.ring = KeyRing(self.keys)
        self.chats = Chats(self.ring)
        self.database = Database(f"sqlite:///{self.file}")

    async def fill(self) -> None:
        """A guest and an officer, each with a waiting message, a queued reply and a message id; three invitations."""
        self.database.open()
        for number, role in ((4242, "guest"), (777, "officer")):
            await self.database.write(lambda c, n=number, r=role: self._person(c, str(n), r))
        self.codes = [await self.database.write(lambda c: self.chats.invite(c, "coordinator", 9e9)) for _ in range(2)]
        await self.database.write(
            lambda c: self.chats.accept(c, self.codes[0], self.chats.hash("telegram", "777"), 2.0)
        )
        self.path.joinpath("reviews.json").write_text("{}")

    def _person(self, connection, address: str, role: str) -> None:  # type: ignore[no-untyped-def]
        chat = self.chats.hash("telegram", address)
        self.chats.seen(connection, chat, address, 1.0)
        self.chats.change(connection, chat, role=role, lang="es", heard="es", greeted=1, misses=1, awaiting="check")
        self.chats.remember_id(connection, chat, f"9{address}", 1.0)
        key = self.ring.current("queue")
        row = {"channel": "telegram", "update_id": address, "chat": chat, "body": self.ring.seal(key, "p", b"words"),
               "key_name": key, "received_at": 1.0, "urgent": 0, "state": 0, "attempts": 0}  # fmt: skip
        queues.put_in(connection, [row])
        content = {"part": ["message:thanks", 0, {}], "lang": "en", "role": role}
        queues.put_out(
            connection, [{"dedupe": address, "chat": chat, "lane": 0, "content": content, "created_at": 1.0}]
        )

    def hash(self, address: str) -> str:
        return self.chats.hash("telegram", address)


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    """Open, as while the bot runs; whoever needs it closed closes it."""
    made = Home(tmp_path / "home")
    await made.fill()
    return made
