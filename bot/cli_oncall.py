"""Commands about who is on call: `program`, `rota`, `advocate`. `bot/cli.py` takes them in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bot.settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("program")
def program_group() -> None:
    """Programs that take requests: `import`, `list`, `remove`."""


@program_group.command("import")
@click.argument("file", type=_FILE)
def program_import(file: Path) -> None:
    """Put programs of FILE (YAML, docs/how-to/set-up-a-program.md) in, or in the place of what was there. All or none."""
    from bot import staffing

    for name in asyncio.run(staffing.import_programs(Settings(), file)):
        click.echo(name)


@program_group.command("list")
def program_list() -> None:
    """List programs: id, name, regions, languages, zone."""
    from bot import staffing

    for one in asyncio.run(staffing.list_programs(Settings())):
        mark = "  police" if one.police else ""
        click.echo(
            f"{one.id}  {one.name}  {', '.join(one.regions)}  {', '.join(one.takes.languages)}  {one.zone}{mark}"
        )


@program_group.command("remove")
@click.argument("id")
def program_remove(id: str) -> None:
    """Remove the program ID. Its rota must be empty, and nobody of it may have a request."""
    from bot import staffing

    asyncio.run(staffing.remove_program(Settings(), id))
    click.echo("removed")


@click.group("rota")
def rota_group() -> None:
    """Who is on call when: `import`, `show`, `swap`."""


@rota_group.command("import")
@click.argument("file", type=_FILE)
@click.option(
    "--weeks", default=4, show_default=True, type=click.IntRange(1, 26), help="How far ahead shifts are made."
)
def rota_import(file: Path, weeks: int) -> None:
    """Make shifts of the weekly rota in FILE; they take the place of those of its program that have not begun."""
    from bot import staffing

    click.echo(f"{asyncio.run(staffing.import_rota(Settings(), file, weeks))} shifts")


@rota_group.command("show")
def rota_show() -> None:
    """Show the next two weeks by program, in its own time: number, advocate, from, until, and how it stands."""
    from bot import staffing

    for program, rows in asyncio.run(staffing.show_rota(Settings())).items():
        click.echo(f"{program} ({rows[0][1]})")
        for one, zone in rows:
            stands = "out" if one.out_at is not None else "confirmed" if one.confirmed_at is not None else ""
            times = f"{staffing.local(one.starts_at, zone)}  {staffing.local(one.ends_at, zone)}"
            click.echo(f"  {one.id:5}  {one.chat[: staffing.NAME_LENGTH]}  {times}  {stands}".rstrip())


@rota_group.command("swap")
@click.argument("shift", type=click.IntRange(min=1))
@click.argument("advocate")
def rota_swap(shift: int, advocate: str) -> None:
    """Give the shift with this number (`rota show`) to another ADVOCATE of the same program; they get a test alert of their own."""
    from bot import staffing

    asyncio.run(staffing.swap(Settings(), shift, advocate))
    click.echo("swapped")


@click.group("advocate")
def advocate_group() -> None:
    """Advocates: `list`, `unlock`, `remove`. They join by `waymark invite advocate`."""


@advocate_group.command("list")
def advocate_list() -> None:
    """List advocates by what stands for them here: no name is kept. Write down beside it who it is, and keep that with the keys."""
    from bot import staffing

    for one in asyncio.run(staffing.list_advocates(Settings())):
        marks = {
            "minors": one.advocate.minors,
            "police": one.advocate.police,
            "no PIN": not one.pin,
            "locked": one.locked,
        }
        click.echo("  ".join([one.name, one.advocate.program, *(mark for mark, holds in marks.items() if holds)]))


@advocate_group.command("unlock")
@click.argument("advocate")
@click.option("--new-pin", is_flag=True, help="They have forgotten it: a new one is set at their next tap.")
def advocate_unlock(advocate: str, new_pin: bool) -> None:
    """Unlock the PIN of ADVOCATE after five misses. Speak with them first: whoever has the phone can then try again."""
    from bot import staffing

    asyncio.run(staffing.unlock(Settings(), advocate, new_pin))
    click.echo("unlocked")


@advocate_group.command("remove")
@click.argument("advocate")
def advocate_remove(advocate: str) -> None:
    """Take role, PIN and shifts of ADVOCATE at once. A request that they hold is offered to whoever is on shift."""
    from bot import staffing

    asyncio.run(staffing.remove_advocate(Settings(), advocate))
    click.echo("removed")


COMMANDS = (program_group, rota_group, advocate_group)
