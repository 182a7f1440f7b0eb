"""A file in the terminal lies in a folder that nobody else can open, and the line says where."""

from __future__ import annotations

import io
import re
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.channels.conversation import Conversation, Said
from bot.channels.terminal import Terminal
from bot.desk import Outcome
from bot.library.loading import Library
from bot.library.replies import Attachment, Part, Rendered, Reply

REPLY = Reply("officer_training_resources", [Part("message:check.clean")])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A long one, with marks that rich would take for markup."""
    made = tmp_path / "[bold]a folder" / ("x" * 90)
    made.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def shown(library: Library, lang: str, *files: Attachment | None) -> str:
    nobody: Any = None
    out = io.StringIO()
    terminal = Terminal(Conversation(nobody, library, nobody, "coordinator", lang), Console(file=out, width=76))
    messages = [(REPLY, Rendered(f"text {number}", [], [], 1, file)) for number, file in enumerate(files, 1)]
    terminal.show(Said(Outcome([REPLY], lang=lang), messages, cleared=False))
    return out.getvalue()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_file_is_saved_privately_and_its_whole_path_is_said(library: Library, folder: Path, lang: str) -> None:
    said = shown(library, lang, Attachment("../roster.csv", "text/csv", b"a,b\r\n"))
    (found,) = folder.rglob("*.csv")
    assert found.read_bytes() == b"a,b\r\n"
    assert str(found) in said
    assert library.message("file.saved", lang).text.strip().splitlines()[1] in said
    assert said.index(str(found)) < said.index("text 1")
    assert found.parent.parent == folder
    assert re.match("waymark-files-", found.parent.name)
    assert stat.S_IMODE(found.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(found.stat().st_mode) & 0o077 == 0


def test_a_second_file_of_the_same_name_replaces_nothing(library: Library, folder: Path) -> None:
    shown(library, "en", *(Attachment("a.csv", "text/csv", data) for data in (b"1", b"2", b"3")))
    assert sorted((path.name, path.read_bytes()) for path in folder.rglob("*.csv")) == [
        ("a-2.csv", b"2"), ("a-3.csv", b"3"), ("a.csv", b"1"),
    ]  # fmt: skip
    assert len(list(folder.iterdir())) == 1


def test_without_a_file_nothing_is_written(library: Library, folder: Path) -> None:
    assert "text 1" in shown(library, "en", None)
    assert list(folder.iterdir()) == []
