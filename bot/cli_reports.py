"""Commands that count: `simulate placement`, `report needs`. `bot/cli.py` takes them in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

from bot.settings import Settings

OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group("simulate")
def simulate_group() -> None:
    """Try on a virtual clock what would happen."""


@simulate_group.command("placement")
@click.option("--requests", "-n", default=10_000, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--programs", default=None, type=click.IntRange(1, 500), help="How many; default: those of the file.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366))
@click.option("--seed", default=1, show_default=True, type=int, help="The same seed gives the same result.")
@click.option(
    "--file", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Programs of your own."
)
@click.option(
    "--per-shift", default=2, show_default=True, type=click.IntRange(1, 20), help="Advocates on call at once."
)
@click.option("--hears", default=None, type=click.FloatRange(0, 1), help="Chance that an alert is heard at night.")
@click.option(
    "--answer-seconds", default=None, type=click.FloatRange(1, 3600), help="Half of who hears it taps within this."
)
@click.option("--out", type=OUT, help="Draw it: a .svg or .png file.")
def simulate_placement(
    requests: int, programs: int | None, days: int, seed: int, source: Path | None, per_shift: int, hears: float | None,
    answer_seconds: float | None, out: Path | None,
) -> None:  # fmt: skip
    """Send made-up requests through the real matching and ladder: time to the first human, share reached, climbs.

    Answer times are assumed, not measured: put in your own numbers.
    """
    from bot import simulate

    _drawable(out)
    found = simulate.example_programs(programs, source or simulate.EXAMPLES)
    plain = simulate.Assumptions()
    assumed = replace(
        plain,
        per_shift=per_shift,
        advocates=max(plain.advocates, per_shift),
        hears_by_night=plain.hears_by_night if hears is None else hears,
        answer_median=plain.answer_median if answer_seconds is None else answer_seconds,
    )
    outcome = simulate.Simulation(found, days, seed, assumed).run(requests)
    for what, number in simulate.table(outcome):
        click.echo(f"{what:50} {number}")
    click.echo("assumed, not measured:", err=True)
    for one in fields(assumed):
        click.echo(f"  {one.name:20} {getattr(assumed, one.name)}", err=True)
    if out is not None:
        _draw(lambda: simulate.draw(outcome, out), out)


@click.group("report")
def report_group() -> None:
    """Counts that may leave the system."""


@report_group.command("needs")
@click.option("--months", default=12, show_default=True, type=click.IntRange(1, 60), help="The last whole months.")
@click.option("--out", type=OUT, help="Draw it: a .svg or .png file.")
def report_needs(months: int, out: Path | None) -> None:
    """What was asked, what was met, which rule refused, how long the first human answer took. Small counts are not shown."""
    from bot import report

    _drawable(out)
    found = report.tables(asyncio.run(_counts(Settings())), time.time(), months)
    if not found:
        click.echo("there is no whole month with a request yet; the month that runs is shown when it is over", err=True)
        return
    for line in report.lines(found):
        click.echo(line)
    click.echo(f"{report.HIDDEN}: under {report.SMALL}, or it would give such a count back", err=True)
    if out is not None:
        _draw(lambda: report.draw(found, out), out)


async def _counts(settings: Settings) -> dict[tuple[str, str, str], int]:
    from bot.store import tallies
    from bot.store.database import Database

    database = Database(settings.database)
    database.open()
    try:
        return await database.read(tallies.read)
    finally:
        database.close()


def _drawable(out: Path | None) -> None:
    """Before the work, not after it."""
    if out is not None and out.suffix not in (".svg", ".png"):
        raise click.UsageError(f"{out}: name a file that ends in .svg or .png")
    if out is not None and not out.absolute().parent.is_dir():
        raise click.UsageError(f"{out.absolute().parent} is no folder: make it first, or name another file")


def _draw(make: Callable[[], Any], out: Path) -> None:
    try:
        make()
    except OSError as error:
        raise click.ClickException(f"cannot write {out} ({error.strerror})") from None
    click.echo(f"drawn: {out}", err=True)


COMMANDS = (simulate_group, report_group)
