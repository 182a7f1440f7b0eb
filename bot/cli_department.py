"""Commands about departments: `department`. `bot/cli.py` takes them in; links, figures and files are in `cli_department_files.py`."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict
from typing import Any

import click

from bot.cli_department_files import FILES
from bot.cli_department_partners import PARTNERS
from bot.cli_department_people import PEOPLE
from bot.cli_department_times import OFTEN, TIMES, YES, confirmed
from bot.settings import Settings

LANG = click.Choice(["en", "es"])
JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")
SWITCH = click.Choice(["on", "off"])


@click.group("department")
def department_group() -> None:
    """Departments and their refreshers (docs/how-to/set-up-a-department.md). DEPT is a name, or the first characters of an id."""


@department_group.command("list")
@JSON
def department_list(as_json: bool) -> None:
    """Departments, their people and whether a schedule is set."""
    from bot import departments
    from bot.department_store import HANDLE

    found = asyncio.run(departments.listed(Settings()))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        who = f"{one.coordinators:3} coordinators {one.officers:5} officers"
        click.echo(f"{one.id[:HANDLE]}  {one.name:40} {who}  schedule {one.schedule:6}  {one.zone}  {one.lang}")
    if not found:
        click.echo("there is no department yet: waymark department add NAME --zone ZONE", err=True)


@department_group.command("add")
@click.argument("name")
@click.option("--zone", required=True, help="Its time zone, as America/Chicago.")
@click.option("--lang", type=LANG, default="en", show_default=True)
@click.option("--holidays", default="US", show_default=True, help="Calendar of days without refreshers: US-TX, none.")
@click.option("--schedule", "words", help='When, in words: "every Tuesday 7am and Friday before shift".')
@click.option("--keep-days", type=click.IntRange(1, 36500), help="Written retention of completions, in days.")
@OFTEN
@YES
def department_add(
    name: str, zone: str, lang: str, holidays: str, words: str | None, keep_days: int | None, often: bool, yes: bool
) -> None:
    """Add a department. The schedule is read back with the next three dates, and counts after a yes."""
    from bot import department_words, departments
    from bot.department_store import good_name

    settings, name = Settings(), good_name(name)
    department_words.good_zone(zone)
    calendar = department_words.good_holidays(holidays)
    asyncio.run(departments.name_is_free(settings, name))
    rule = None
    if words is not None:
        rule = department_words.schedule(words, zone, lang, calendar, time.time(), often)
        confirmed(rule, yes)
    made = asyncio.run(departments.add(settings, name, zone, lang, calendar, rule, keep_days))
    click.echo(made)
    click.echo(f'next: waymark department invite "{name}" --coordinator', err=True)


@click.group("unit")
def unit_group() -> None:
    """Watches or squads of a department."""


@unit_group.command("list")
@click.argument("dept")
@JSON
def unit_list(dept: str, as_json: bool) -> None:
    """Units, how many officers each has, and whether it has a schedule of its own."""
    from bot import departments

    found = asyncio.run(departments.units(Settings(), dept))
    if as_json:
        rows = [{"name": name, "officers": count, "schedule": state} for name, count, state in found]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for name, count, state in found:
        click.echo(f"{name:40} {count:5} officers  schedule {state}")
    if not found:
        click.echo("there is no unit: waymark department unit add DEPT NAME", err=True)


@unit_group.command("add")
@click.argument("dept")
@click.argument("name")
def unit_add(dept: str, name: str) -> None:
    """Add the unit NAME."""
    from bot import departments

    asyncio.run(departments.add_unit(Settings(), dept, name))
    click.echo("added")


@unit_group.command("rename")
@click.argument("dept")
@click.argument("unit")
@click.argument("name")
def unit_rename(dept: str, unit: str, name: str) -> None:
    """Call UNIT NAME from now on."""
    from bot import departments

    asyncio.run(departments.rename_unit(Settings(), dept, unit, name))
    click.echo("renamed")


@unit_group.command("remove")
@click.argument("dept")
@click.argument("unit")
@YES
def unit_remove(dept: str, unit: str, yes: bool) -> None:
    """Remove UNIT. Its officers stay and follow the department's schedule; its own schedule, links and partners go."""
    from bot import departments

    if not yes:
        click.confirm(f"Its officers follow the department's schedule from now on. Remove {unit}", abort=True)
    asyncio.run(departments.remove_unit(Settings(), dept, unit))
    click.echo("removed")


@department_group.command("officers")
@click.argument("dept")
@JSON
def department_officers(dept: str, as_json: bool) -> None:
    """Who is there: number, id that the department gave, role, unit, when they completed the basic course, paused or not reachable. Nothing of
    what they answered."""
    from bot import departments

    found = asyncio.run(departments.officers(Settings(), dept))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        mark = "  not reachable: blocked the bot, or has no chat" if one.blocked else "  paused" if one.paused else ""
        basic = f"basic {one.basic_completed or 'not completed'}"
        click.echo(f"{one.number:6}  {one.officer_id or 'no id':20} {one.role:12} {basic:20} {one.unit or '-'}{mark}")
    if not found:
        click.echo("nobody is there yet: waymark department invite DEPT --coordinator", err=True)


@department_group.command("move")
@click.argument("dept")
@click.argument("number", type=int)
@click.argument("unit", required=False)
def department_move(dept: str, number: int, unit: str | None) -> None:
    """Move officer NUMBER (`officers` shows it) to UNIT, or to no unit."""
    from bot import departments

    asyncio.run(departments.move(Settings(), dept, number, unit))
    click.echo("moved")


@department_group.command("remove")
@click.argument("dept")
@click.argument("number", type=int)
@YES
def department_remove(dept: str, number: int, yes: bool) -> None:
    """Officer or coordinator NUMBER is a guest again at once. Answers and memory go after 30 days; completions stay."""
    from bot import departments

    if not yes:
        click.confirm(
            f"No refreshers are sent to {number} any more, and the chat is a guest's. Remove them", abort=True
        )
    left = asyncio.run(departments.remove(Settings(), dept, number))
    click.echo("removed")
    if not left:
        click.echo("there is no coordinator now: waymark department invite DEPT --coordinator", err=True)


@department_group.command("settings")
@click.argument("dept")
@click.option("--on-duty-only", type=SWITCH, help="Officers with a rota are asked on duty only (default: on).")
@click.option(
    "--ranking", type=SWITCH, help="Let the coordinator see persons ranked and export answers given from then on (default: off)."
)  # fmt: skip
@click.option("--keep-days", help="Written retention of completions in days, or `none` to keep all.")
@click.option("--instructor", help="Who stands on rosters from the next completion on, or `none` for the department.")
@JSON
def department_settings(
    dept: str, on_duty_only: str | None, ranking: str | None, keep_days: str | None, instructor: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Show or change what holds for the whole department."""
    from bot import departments
    from bot.department_store import good_name

    values: dict[str, Any] = {}
    if on_duty_only is not None:
        values["on_duty_only"] = int(on_duty_only == "on")
    if ranking is not None:
        values["ranking"] = int(ranking == "on")
    if keep_days is not None:
        if keep_days != "none" and not (keep_days.isdecimal() and 1 <= int(keep_days) <= 36500):
            raise click.ClickException("--keep-days is a number of days from 1 to 36500, or none")
        values["keep_days"] = None if keep_days == "none" else int(keep_days)
    named = None if instructor is None else "" if instructor == "none" else good_name(instructor)
    row, responsible = asyncio.run(departments.settings_of(Settings(), dept, named, **values))
    shown = {
        "name": row.name, "zone": row.zone, "lang": row.lang, "holidays": row.holidays or None,
        "on_duty_only": bool(row.on_duty_only), "ranking": bool(row.ranking), "keep_days": row.keep_days,
        "instructor": responsible,
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    for name, value in shown.items():
        said = "none" if value is None else ("off", "on")[value] if isinstance(value, bool) else value
        click.echo(f"{name.replace('_', '-'):14} {said}")


@department_group.command("rename")
@click.argument("dept")
@click.argument("name")
def department_rename(dept: str, name: str) -> None:
    """Call DEPT NAME from now on. Completions that were written keep the name that they were written with."""
    from bot import departments

    asyncio.run(departments.rename(Settings(), dept, name))
    click.echo("renamed")


@department_group.command("delete")
@click.argument("dept")
@click.option("--completions-too", is_flag=True, help="Also what the written retention would keep. Export it first.")
def department_delete(dept: str, completions_too: bool) -> None:
    """Delete a department for good, after its name was typed."""
    from bot import departments

    settings = Settings()
    place = asyncio.run(departments.find(settings, dept))
    keeps = f"{place.keep_days} days" if place.keep_days is not None else "no end: the department gave none"
    stays = "Completions go too." if completions_too else f"Completions stay as its written retention says ({keeps})."
    click.echo("Officers become guests. Schedules, units, links, partners, answers and memory go now, for good.")
    click.echo(f"{stays} Export the roster first: waymark department export")
    if click.prompt("Type the name of the department", err=True).strip() != place.name:
        raise click.ClickException("that is not its name: nothing was deleted")
    gone = asyncio.run(departments.delete(settings, place.id, completions_too))
    click.echo(
        f"deleted: {gone.officers} people, {gone.units} units, {gone.partners} partners; {gone.kept} completions stay"
    )


department_group.add_command(unit_group)
for _command in (*FILES, *PEOPLE, *PARTNERS, *TIMES):
    department_group.add_command(_command)
COMMANDS = (department_group,)
