"""Commands of `department` about partners: `partners`, `partner`."""

from __future__ import annotations

import asyncio
import json

import click

from bot.settings import Settings

JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")
SPOKEN = 'When somebody last spoke with them: 2026-10-03, "last week", "not yet".'


@click.command("partners")
@click.argument("dept")
@JSON
def list_partners(dept: str, as_json: bool) -> None:
    """Whom its officers call first, and when the coordinator last spoke with them. A coordinator adds them in the chat
    (/partners), or: waymark department partner add."""
    from bot import department_partners
    from bot.rosters import day

    found = asyncio.run(department_partners.partners(Settings(), dept))
    if as_json:
        rows = [
            {"name": row.name, "phone": row.phone, "hours": row.hours, "unit": unit, "spoken_at": row.spoken_at}
            for row, unit in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row, unit in found:
        spoken = f"spoken {day(row.spoken_at)}" if row.spoken_at is not None else "never spoken to"
        click.echo(f"{row.name:40} {row.phone:16} {row.hours:20} {spoken}  {unit or 'all units'}")
    if not found:
        click.echo("there is no partner yet: the coordinator adds them in the chat with /partners", err=True)


@click.group("partner")
def partner_group() -> None:
    """Whom officers call first: front doors only, never where somebody stays."""


@partner_group.command("add")
@click.argument("dept")
@click.argument("name")
@click.argument("phone")
@click.argument("hours")
@click.option("--unit", help="Only for this unit. Default: the whole department.")
@click.option("--spoken", help=SPOKEN)
def partner_add(dept: str, name: str, phone: str, hours: str, unit: str | None, spoken: str | None) -> None:
    """Add NAME, which answers at PHONE during HOURS."""
    from bot import department_partners

    asyncio.run(department_partners.add_partner(Settings(), dept, name, phone, hours, unit, spoken))
    click.echo("added: officers see it first where they ask whom to call")


@partner_group.command("remove")
@click.argument("dept")
@click.argument("name")
def partner_remove(dept: str, name: str) -> None:
    """Remove the partner NAME."""
    from bot import department_partners

    asyncio.run(department_partners.remove_partner(Settings(), dept, name))
    click.echo("removed")


@partner_group.command("change")
@click.argument("dept")
@click.argument("called", metavar="NAME")
@click.option("--name", help="What it is called from now on.")
@click.option("--phone", help="The number that officers call.")
@click.option("--hours", help="When it answers.")
@click.option("--unit", help="Only for this unit.")
@click.option("--all-units", is_flag=True, help="For the whole department again.")
def partner_change(
    dept: str, called: str, name: str | None, phone: str | None, hours: str | None, unit: str | None, all_units: bool
) -> None:
    """Change what is known of the partner NAME. What is not given stays."""
    from bot import department_partners

    asyncio.run(department_partners.change_partner(Settings(), dept, called, name, phone, hours, unit, all_units))
    click.echo("changed")


@partner_group.command("spoken")
@click.argument("dept")
@click.argument("name")
@click.argument("when", default="today")
def partner_spoken(dept: str, name: str, when: str) -> None:
    """Note that somebody spoke with the partner NAME: today, or WHEN ("2026-10-03", "last week", "not yet"). A reminder comes each quarter."""
    from bot import department_partners

    asyncio.run(department_partners.spoken(Settings(), dept, name, when))
    click.echo("noted")


PARTNERS = (list_partners, partner_group)
