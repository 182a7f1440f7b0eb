"""`department schedule`: when refreshers are sent, and what of it is changed later; what `add` shares with it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import click

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.training.schedule import Schedule

YES = click.option("--yes", is_flag=True, help="Do not ask.")
UNIT = click.option("--unit", help="A unit of it instead (`waymark department unit list`).")
OFTEN = click.option("--often", is_flag=True, help="More than two times a week is meant.")
LATE = click.Choice(["60", "120", "240"])


def confirmed(rule: Schedule, yes: bool, on_duty_only: bool = True, before: Schedule | None = None) -> None:
    """Read back what was understood, and go on after a yes. `before`: what stands until then."""
    from bot import department_words

    for line in department_words.lines(rule, time.time(), on_duty_only, before):
        click.echo(f"  {line}")
    if not yes:
        click.confirm("Is that right", abort=True)


@click.command("schedule")
@click.argument("dept")
@click.argument("words", required=False)
@UNIT
@click.option("--zone", help="Another time zone, as America/Chicago.")
@click.option("--holidays", help="Another calendar of days without refreshers: US-TX, none.")
@click.option("--quiet", help="Hours in which nobody is asked: 21:00-07:00.")
@click.option("--late", type=LATE, help="Minutes after which a refresher is too late and is left out.")
@click.option("--cards", type=click.IntRange(1, 3), help="How many cards each time at most.")
@click.option(
    "--shifts",
    help='Of who told none of their own: "2 days 7am-7pm, 2 nights 7pm-7am, 4 off", "Monday to Friday 7am-3pm", none.',
)
@click.option("--from", "first", help="The first day of such a round: 2026-12-01.")
@OFTEN
@YES
def times(
    dept: str, words: str | None, unit: str | None, zone: str | None, holidays: str | None, quiet: str | None, late: str | None,
    cards: int | None, shifts: str | None, first: str | None, often: bool, yes: bool,
) -> None:  # fmt: skip
    """Set when refreshers are sent, or change one thing of it; show it where nothing is given. What is planned by the old schedule goes at once."""
    from bot import department_times, department_words, departments
    from bot.store.errors import NotThere

    settings = Settings()
    place = asyncio.run(departments.find(settings, dept))
    base, _ = asyncio.run(departments.schedule_now(settings, dept, unit))
    calendar = department_words.good_holidays(holidays) if holidays is not None else None
    if zone is not None:
        department_words.good_zone(zone)
    minutes = int(late) if late is not None else None
    said = department_times.Changes(words, zone, calendar, quiet, minutes, cards, shifts, first)
    if said.nothing:
        _show(*asyncio.run(departments.holds_now(settings, dept, unit)), bool(place.on_duty_only), unit)
        return
    new = department_times.rule(base, place, said, time.time(), often)
    if new is None and unit is not None:
        raise NotThere(f"{unit} has no schedule of its own: say when as well, like {department_words.EXAMPLE}")
    if new is not None:
        confirmed(new, yes, bool(place.on_duty_only), base)
    asyncio.run(department_times.save(settings, dept, unit, new, said))
    click.echo("set")


def _show(rule: Schedule | None, active: bool, on_duty_only: bool, unit: str | None) -> None:
    from bot import department_words

    if rule is None:
        click.echo("no schedule of its own is set" if unit else "no schedule is set", err=True)
        return
    for line in department_words.lines(rule, time.time(), on_duty_only):
        click.echo(line)
    if not active:
        click.echo("paused: waymark department resume", err=True)


@click.command("pause")
@click.argument("dept")
@click.argument("words", required=False)
@UNIT
@YES
def pause(dept: str, words: str | None, unit: str | None, yes: bool) -> None:
    """Send no refreshers until `resume`, or for as long as WORDS say: "until January 5", "the week of Thanksgiving". What waits goes at once. A
    pause of the department is everybody's; officers of a unit that is paused get none, not even the department's."""
    from bot import department_times, departments

    settings = Settings()
    if words is not None:
        place, base = (
            asyncio.run(departments.find(settings, dept)),
            asyncio.run(departments.schedule_now(settings, dept, unit))[0],
        )
        new = department_times.paused(base, place, unit, words, time.time())
        if new is not None:
            confirmed(new, yes, bool(place.on_duty_only), base)
            asyncio.run(department_times.save_pause(settings, dept, unit, new))
            click.echo("paused")
            return
    asyncio.run(departments.switch(settings, dept, unit, active=False))
    click.echo("paused")


@click.command("resume")
@click.argument("dept")
@UNIT
def resume(dept: str, unit: str | None) -> None:
    """Go on with the schedule that was paused. A pause that has an end is over at once; where none holds today, those to come are taken back."""
    from bot import departments

    asyncio.run(departments.switch(Settings(), dept, unit, active=True))
    click.echo("on")


TIMES = (times, pause, resume)
