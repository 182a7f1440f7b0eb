"""Commands about training: `training verify`. `bot/cli.py` takes them in."""

from __future__ import annotations

import asyncio

import click

from bot.settings import Settings


@click.group("training")
def training_group() -> None:
    """Courses and refreshers: `waymark training verify`."""


@training_group.command("verify")
@click.option("--restored", is_flag=True, help="A backup was restored on purpose: count from here on.")
def verify(restored: bool) -> None:
    """Find completions that were edited, removed, reordered or cut off. Exit code 1 if there are any."""
    from bot import keeping
    from bot.store.errors import NotThere

    problems = asyncio.run(keeping.verify_completions(Settings(), restored))
    for line in problems:
        click.echo(line)
    if problems:
        raise NotThere(f"{len(problems)} problems: the completions are not the ones that were written")
    click.echo("the list of completions is whole")


COMMANDS = (training_group,)
