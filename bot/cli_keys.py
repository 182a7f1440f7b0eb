"""Commands about what is kept: `keys rotate`, `holdings`, `hold`, `audit verify`. `bot/cli.py` takes them in."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.store.rotation import Progress


@click.group("keys")
def keys_group() -> None:
    """Keys that open what is kept: `waymark keys rotate`."""


@keys_group.command("rotate")
def rotate() -> None:
    """Replace the master key while the bot runs. Cut off at any point, it goes on when it is called again."""
    from bot import keeping

    done = asyncio.run(keeping.rotate(Settings(), _tell))
    click.echo(f"done: {done.keys} keys of requests, {done.addresses} addresses; the old master key is destroyed")
    if done.unreadable:
        click.echo(f"{done.unreadable} addresses open with neither key, as before: nothing is sent there", err=True)
    click.echo("make a new backup of the keys now: the old one opens nothing of what is kept")


def _tell(done: Progress) -> None:
    click.echo(f"{done.keys} keys of requests, {done.addresses} addresses", err=True)


@click.command("holdings")
def holdings() -> None:
    """Print what is kept as kinds, counts and days (UTC). Never content."""
    from bot import keeping

    for one in asyncio.run(keeping.holdings(Settings())):
        click.echo(f"{one.kind:24} {one.count:8}  {one.oldest}  {one.newest}")


@click.command("hold")
@click.argument("number")
@click.option("--advice", help="Where the lawyer's written advice is filed (date, file number). Asked for if left out.")
@click.option("--renew", is_flag=True, help="For another 90 days from today.")
@click.option("--end", is_flag=True, help="No longer: what is due goes at the next tick.")
def hold(number: str, advice: str | None, renew: bool, end: bool) -> None:
    """Stop purge and erasure of the request NUMBER for 90 days, on written legal advice only."""
    from bot import keeping

    if renew and end:
        raise click.UsageError("--renew or --end, not both")
    filed = " ".join((advice if advice is not None else click.prompt("Where is the written advice filed")).split())
    if not any(letter.isalnum() for letter in filed):
        raise click.UsageError("there is no hold without written legal advice: say where it is filed")
    what: keeping.Change = "hold_ended" if end else "hold_renewed" if renew else "hold"
    until = asyncio.run(keeping.hold(Settings(), number, filed, what))
    if until is None:
        click.echo("the hold is over")
    else:
        click.echo(f"held until {datetime.fromtimestamp(until, UTC):%Y-%m-%d}")


@click.group("audit")
def audit_group() -> None:
    """The log of what staff did: `waymark audit verify`."""


@audit_group.command("verify")
@click.option("--restored", is_flag=True, help="A backup was restored on purpose: count from here on.")
def verify(restored: bool) -> None:
    """Find rows of the staff log that were edited, removed, reordered or cut off. Exit code 1 if there are any."""
    from bot import keeping
    from bot.store.errors import NotThere

    problems = asyncio.run(keeping.verify(Settings(), restored))
    for line in problems:
        click.echo(line)
    if problems:
        raise NotThere(f"{len(problems)} problems: the staff log is not the one that was written")
    click.echo("the staff log is whole")


COMMANDS = (keys_group, holdings, hold, audit_group)
