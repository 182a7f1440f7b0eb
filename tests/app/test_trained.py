"""The model is trained when it is not there, and what was not finished is never taken for one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bot import trained
from bot.settings import Settings

PARSE = 'while [ $# -gt 0 ]; do case "$1" in --out) out="$2";; --name) name="$2";; esac; shift; done\n'


def _trainer(tmp_path: Path, ends: str) -> Settings:
    """Settings whose training is a shell script: it writes a file where it was told to, and ends as said."""
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\n{PARSE}printf half > "$out/$name.tar.gz"\n{ends}\n')
    script.chmod(0o755)
    return Settings(home=tmp_path / "home", nlu_python=script)


@pytest.mark.parametrize("ends", ["kill -9 $$", "exit 1"])
def test_what_is_killed_half_way_leaves_no_model(tmp_path: Path, ends: str) -> None:
    settings = _trainer(tmp_path, ends)
    for _ in range(2):  # nor is it taken for one the second time
        with pytest.raises(trained.ModelMissing):
            trained.ensure(settings, lambda line: None)
    assert not trained.model_file(settings).exists()


def test_a_whole_one_is_where_it_is_looked_for(tmp_path: Path) -> None:
    settings = _trainer(tmp_path, "exit 0")
    made = trained.ensure(settings, lambda line: None)
    assert made == trained.model_file(settings)
    assert made.read_text() == "half"
    assert [path.name for path in settings.models.iterdir() if path.name.startswith("unfinished")] == []


def test_what_a_killed_training_left_is_cleared_but_not_one_that_may_still_run(tmp_path: Path) -> None:
    settings = _trainer(tmp_path, "exit 0")
    old, young = settings.models / "unfinished-old", settings.models / "unfinished-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "part").write_text("half")
    long_ago = time.time() - 2 * trained.GIVEN_UP
    os.utime(old, (long_ago, long_ago))
    trained.ensure(settings, lambda line: None)
    assert (old.exists(), young.exists()) == (False, True)
