"""No Rasa, no network: `world` is the bot over a store of its own and a virtual clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.parts import World
from tests.store.memory import folder
from tests.store.virtual import VirtualClock


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """pytest's, in memory."""
    with folder() as path:
        yield path


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def world(tmp_path: Path, clock: VirtualClock) -> Iterator[World]:
    made = World(tmp_path / "home", clock)
    yield made
    made.close()


@pytest.fixture
def guarded(tmp_path: Path, clock: VirtualClock) -> Iterator[World]:
    """As towards Telegram itself: what nobody has reviewed is not sent to guests."""
    made = World(tmp_path / "guarded", clock, unreviewed_allowed=False)
    yield made
    made.close()


@pytest.fixture
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No WAYMARK_ variable, no `waymark.env`; the home is a folder of its own, which is returned."""
    for name in list(os.environ):
        if name.upper().startswith("WAYMARK_"):
            monkeypatch.delenv(name)
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    home = tmp_path / "home"
    monkeypatch.setenv("WAYMARK_HOME", str(home))
    return home
