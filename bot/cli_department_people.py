"""Commands of `department` about single people: `id`, `role`, `phone`, `waiting`, `let-in`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import click

from bot.settings import Settings


@click.command("id")
@click.argument("dept")
@click.argument("number", type=int)
@click.argument("officer_id")
def officer_id_of(dept: str, number: int, officer_id: str) -> None:
    """Set the id that the department gave to NUMBER (`officers` shows it). It is kept sealed, and completions carry it."""
    from bot import department_people

    done = asyncio.run(department_people.set_id(Settings(), dept, number, officer_id))
    click.echo("set")
    if done:
        click.echo(f"{done} completed: every card was answered, and only the id was missing", err=True)


@click.command("role")
@click.argument("dept")
@click.argument("number", type=int)
@click.argument("role", type=click.Choice(["officer", "coordinator"]))
def role_of(dept: str, number: int, role: str) -> None:
    """Make NUMBER a coordinator, or an officer again. They hear of it in the chat."""
    from bot import department_people

    asyncio.run(department_people.set_role(Settings(), dept, number, role))
    click.echo(f"{role} now")


@click.command("phone")
@click.argument("dept")
@click.argument("number", type=int)
@click.option("--bot-name", default="YOUR_BOT", show_default=True, help="The bot's user name, for the link.")
def phone_of(dept: str, number: int, bot_name: str) -> None:
    """Make a link that lets NUMBER in from a new phone, once. Whoever opens it is NUMBER: hand it over in person."""
    from bot import department_links, department_people

    name = department_links.good_bot(bot_name, needed=False)
    made = asyncio.run(department_people.phone(Settings(), dept, number))
    click.echo(f"https://t.me/{name}?start={made.code}")
    click.echo(f"works once, for {made.hours} hours; the old phone is out then", err=True)


@click.command("waiting")
@click.argument("dept")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def waiting(dept: str, as_json: bool) -> None:
    """Who opened a link and waits for a coordinator's tap, or for `let-in`."""
    from bot import department_people

    found = asyncio.run(department_people.waiting(Settings(), dept))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        who = f"{one.officer_id or 'no id':20} {one.role:12} {one.unit or '-'}"
        click.echo(f"{one.number:6}  says {one.says}  {who}  until {one.until} UTC")
    if not found:
        click.echo("nobody waits", err=True)


@click.command("let-in")
@click.argument("dept")
@click.argument("number", type=int)
@click.option("--no", "refused", is_flag=True, help="Refuse them instead.")
def let_in(dept: str, number: int, refused: bool) -> None:
    """Let in who waits as NUMBER (`waiting` shows it), once they told you the three digits on their screen. They hear of it in the chat."""
    from bot import department_people
    from bot.store.errors import NotThere

    inside = asyncio.run(department_people.let_in(Settings(), dept, number, not refused))
    if not refused and not inside:
        raise NotThere("not let in: the link is over, or their chat is gone, a member's or an advocate's (R60)")
    click.echo("refused" if refused else "in")


PEOPLE = (officer_id_of, role_of, phone_of, waiting, let_in)
