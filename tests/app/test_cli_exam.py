"""`waymark exam`: starts Rasa's environment, passes on what it says, and says what to do where it cannot. No exam is sat here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import trained
from tests.app.test_cli_oncall import call, fails_with


@pytest.fixture(autouse=True)
def _clean(clean_environment: Path) -> None:
    return


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An encoder is there, and a shell script in place of Rasa's Python, which is returned."""
    encoder, python = tmp_path / "encoder.onnx", tmp_path / "python"
    encoder.touch()
    monkeypatch.setattr(trained, "encoder_file", lambda _: encoder)
    monkeypatch.setenv("WAYMARK_NLU_PYTHON", str(python))
    return python


def script(python: Path, *lines: str) -> None:
    python.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    python.chmod(0o755)


@pytest.mark.parametrize("name", ["clinc150", "banking77", "hwu64"])
def test_tables_go_to_standard_output_and_steps_to_standard_error(name: str, ready: Path, tmp_path: Path) -> None:
    script(ready, "echo '· learning' >&2", "echo 'some library warns' >&2", 'echo "| $5 | $6 | $8 |"')
    done = call("exam", name, str(tmp_path / "copy"))
    assert done.exit_code == 0
    assert done.stdout == f"| {name} | {tmp_path / 'copy'} | {tmp_path / 'encoder.onnx'} |\n"
    assert done.stderr == "· learning\n"


def test_a_path_of_here_means_here(ready: Path) -> None:
    script(ready, 'echo "$6"')
    assert call("exam", "clinc150", "copy.json").stdout == f"{Path.cwd() / 'copy.json'}\n"


def test_what_is_wrong_with_a_file_is_said_alone(ready: Path) -> None:
    script(ready, "echo 'some library warns' >&2", "echo 'problem: no JSON: give the other file' >&2", "exit 1")
    done = call("exam", "clinc150", "x.json")
    assert done.exit_code == 1
    assert done.stderr == "Error: no JSON: give the other file\n"
    assert done.stdout == ""


def test_what_nobody_foresaw_is_told_by_its_last_lines(ready: Path) -> None:
    script(ready, "for n in 1 2 3 4 5 6 7; do echo line$n >&2; done", "exit 3")
    done = call("exam", "banking77", "folder")
    assert done.exit_code == 1
    assert "the exam broke off" in done.stderr
    assert "line7" in done.stderr
    assert "line2" not in done.stderr


def test_without_rasa_it_says_to_set_up(ready: Path) -> None:
    fails_with(call("exam", "hwu64", "folder"), "make setup")


def test_without_an_encoder_it_says_to_train(ready: Path, tmp_path: Path) -> None:
    script(ready, "exit 0")
    (tmp_path / "encoder.onnx").unlink()
    fails_with(call("exam", "hwu64", "folder"), "waymark train")


def test_another_exam_and_no_copy_are_misuse(ready: Path) -> None:
    assert call("exam", "snips", "folder").exit_code == 2
    assert "FILE|FOLDER" in call("exam", "clinc150").stderr
