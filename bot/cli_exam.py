"""`waymark exam`: other people's exams, sat by the very same pipeline. `bot/cli.py` takes it in.

The work is done in Rasa's environment (`nlu/experiments/outside.py`); this page starts it and passes on what it says.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import click

from bot import trained
from bot.settings import ROOT, Settings

MODULE = "nlu.experiments.outside"
STEP, PROBLEM = "· ", "problem: "
TAIL = 5
"""Lines of what went wrong, where nobody foresaw it."""
PATH = click.argument("path", metavar="FILE|FOLDER", type=click.Path(path_type=Path))


@click.group("exam")
def exam_group() -> None:
    """Sit a public exam with a copy of yours (docs/benchmarks/outside-exams.md)."""


def _sit(name: str, path: Path) -> None:
    settings = Settings()
    if not settings.nlu_python.exists():
        raise trained.ModelMissing(f"the environment for Rasa is missing ({settings.nlu_python}): run `make setup`")
    encoder = trained.encoder_file(settings)
    if not encoder.exists():
        raise trained.ModelMissing("the sentence encoder is not built yet: run `waymark train` first")
    command = [
        str(settings.nlu_python),
        "-W",
        "ignore",
        "-m",
        MODULE,
        name,
        str(path.resolve()),
        "--encoder",
        str(encoder),
    ]
    tail: list[str] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(STEP):
                click.echo(line, nl=False, err=True)
            else:
                tail = [*tail, line.rstrip()][-TAIL:]
        tables = process.stdout.read()  # a few lines, written at the end: never as much as a pipe holds
    if process.returncode:
        known = [line.removeprefix(PROBLEM) for line in tail if line.startswith(PROBLEM)]
        raise click.ClickException("\n  ".join(known or ["the exam broke off:", *tail]))
    click.echo(tables, nl=False)


@exam_group.command("clinc150")
@PATH
def exam_clinc150(path: Path) -> None:
    """CLINC150: 150 intents and what belongs to none. Give its data_full.json. About ten minutes."""
    _sit("clinc150", path)


@exam_group.command("banking77")
@PATH
def exam_banking77(path: Path) -> None:
    """BANKING77: 77 intents of one bank. Give the folder with its train.csv and test.csv. A few minutes."""
    _sit("banking77", path)


@exam_group.command("hwu64")
@PATH
def exam_hwu64(path: Path) -> None:
    """HWU64: 64 intents of a helper at home. Give the folder with its train.csv and test.csv. A few minutes."""
    _sit("hwu64", path)


COMMANDS = (exam_group,)
