"""Commands about people on call: `program`, `rota`, `advocate`. `bot/cli.py` takes them in."""

from __future__ import annotations

import asyncio
from typing import IO

import click

from bot.settings import Settings

FILE = click.File("r", encoding="utf-8")


@click.group("program")
def program_group() -> None:
    """Programs that take people in: whom, where, by which front door (docs/how-to/set-up-a-program.md)."""


@program_group.command("import")
@click.argument("file", type=FILE)
def program_import(file: IO[str]) -> None:
    """Load programs from FILE. One with a known id is replaced; all of the file is taken, or nothing."""
    from bot import rosters

    new, replaced = asyncio.run(rosters.import_programs(Settings(), file.read()))
    click.echo(f"{len(new)} new, {len(replaced)} replaced: {', '.join([*new, *replaced])}")
    if new:
        click.echo(f"next: waymark invite advocate --program {new[0]}", err=True)


@program_group.command("list")
def program_list() -> None:
    """Programs, how many advocates each has, and how many of them are on shift now."""
    from bot import rosters

    found = asyncio.run(rosters.list_programs(Settings()))
    for program, advocates, on in found:
        marks = " police" if program.police else ""
        click.echo(f"{program.id:40} {advocates:3} advocates {on:3} on shift  {', '.join(program.regions)}{marks}")
    if not found:
        click.echo("there is no program yet: waymark program import FILE", err=True)


@program_group.command("remove")
@click.argument("program")
@click.option("--yes", is_flag=True, help="Do not ask.")
def program_remove(program: str, yes: bool) -> None:
    """Remove PROGRAM: nobody of it is asked any more. Empty its rota and let its open requests end first."""
    from bot import rosters

    if not yes:
        click.confirm(f"Nobody of {program} is asked any more, also about what is open now. Remove it", abort=True)
    asyncio.run(rosters.remove_program(Settings(), program))
    click.echo("removed")


@click.group("rota")
def rota_group() -> None:
    """Who is on call when."""


@rota_group.command("import")
@click.argument("file", type=FILE)
@click.option("--days", default=35, show_default=True, type=click.IntRange(1, 366), help="How far to plan from today.")
def rota_import(file: IO[str], days: int) -> None:
    """Plan shifts from a weekly rota. What has not begun is replaced; what runs stays."""
    from bot import rosters

    for program, count in asyncio.run(rosters.import_rota(Settings(), file.read(), days)):
        click.echo(f"{program}: {count} shifts in {days} days")
    click.echo("look for empty hours: waymark rota show", err=True)


@rota_group.command("show")
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 366))
@click.option("--program", help="Only this one.")
def rota_show(days: int, program: str | None) -> None:
    """Shifts in each program's own time, and the hours in which nobody is planned."""
    from bot import rosters

    lines, holes = asyncio.run(rosters.show_rota(Settings(), days, program))
    for line in lines:
        click.echo(
            f"{line.id:6}  {line.starts:%a %Y-%m-%d %H:%M} - {line.ends:%a %H:%M}  {line.who}  {line.state:9}  {line.program}"
        )
    for name, since, until in holes:
        click.echo(f"nobody  {since:%a %Y-%m-%d %H:%M} - {until:%a %Y-%m-%d %H:%M}  {name}")
    if not lines and not holes:
        click.echo("there is no program yet: waymark program import FILE", err=True)


@rota_group.command("swap")
@click.argument("shift", type=int)
@click.argument("advocate")
def rota_swap(shift: int, advocate: str) -> None:
    """Give SHIFT (its number in `rota show`) to ADVOCATE (the id in `advocate list`), who gets a test alert."""
    from bot import rosters

    asyncio.run(rosters.swap(Settings(), shift, advocate))
    click.echo("swapped")


@click.group("advocate")
def advocate_group() -> None:
    """Advocates on call. Invite one with `waymark invite advocate`."""


@advocate_group.command("list")
def advocate_list() -> None:
    """Their ids, never names: the invitation is what you wrote down beside the person."""
    from bot import rosters

    found = asyncio.run(rosters.list_advocates(Settings()))
    for one in found:
        marks = [
            word
            for word, so in (
                ("on shift", one.on),
                ("LOCKED", one.locked),
                ("no PIN", not one.pin),
                ("minors", one.minors),
                ("police", one.police),
            )
            if so
        ]
        coming = rosters.day(one.next_shift) if one.next_shift is not None else "no shift planned"
        click.echo(f"{one.id}  invitation {one.invitation:8}  {one.program:30} {coming:18}  {', '.join(marks)}")
    if not found:
        click.echo("there is no advocate yet: waymark invite advocate --program ID", err=True)


@advocate_group.command("unlock")
@click.argument("advocate")
@click.option("--new-pin", is_flag=True, help="Forget the old PIN too: the next tap asks for a new one.")
def advocate_unlock(advocate: str, new_pin: bool) -> None:
    """After five wrong PINs. Speak with the person first: somebody else may have their phone."""
    from bot import rosters

    asyncio.run(rosters.unlock(Settings(), advocate, new_pin))
    click.echo("unlocked" + (", a new PIN is asked for" if new_pin else ""))


@advocate_group.command("remove")
@click.argument("advocate")
@click.option("--yes", is_flag=True, help="Do not ask.")
def advocate_remove(advocate: str, yes: bool) -> None:
    """ADVOCATE is a guest again, at once. What they hold is offered to who is on shift."""
    from bot import rosters

    if not yes:
        click.confirm("They are taken off the rota now, and lose what they hold. Remove them", abort=True)
    asyncio.run(rosters.remove_advocate(Settings(), advocate))
    click.echo("removed")


COMMANDS = (program_group, rota_group, advocate_group)
