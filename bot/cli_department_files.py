"""Commands of `department` that give links, figures and files: `invite`, `revoke`, `progress`, `export`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.department_figures import Figures
    from bot.training.calibration import Fit
    from bot.training.progress import Standing

FILE = click.Path(dir_okay=False, path_type=Path)
HIDDEN = "hidden (fewer than five officers here, or left over elsewhere)"


@click.command("invite")
@click.argument("dept")
@click.option("--coordinator", is_flag=True, help="Who opens it coordinates: hand it over in person.")
@click.option("--count", default=1, show_default=True, type=int, help="How many people.")
@click.option("--unit", help="They join this unit.")
@click.option("--days", default=14, show_default=True, type=click.IntRange(1, 90), help="How long it works.")
@click.option("--no-tap", is_flag=True, help="They are in without a coordinator's tap: one link for one person only.")
@click.option("--csv", "table", type=FILE, help="A link of their own for each, as a table.")
@click.option("--sheet", type=FILE, help="A link of their own for each, as a page of QR codes to cut up.")
@click.option("--png", type=FILE, help="The one link as a QR code.")
@click.option("--bot-name", default="YOUR_BOT", show_default=True, help="The bot's user name, for the link.")
def invite(
    dept: str, coordinator: bool, count: int, unit: str | None, days: int, no_tap: bool, table: Path | None, sheet: Path | None,
    png: Path | None, bot_name: str,
) -> None:  # fmt: skip
    """Make a link for officers, which a coordinator confirms with a tap for each, or for one coordinator. Shown once."""
    from bot import department_links as links

    wanted = links.Wanted(
        links.ROLES[coordinator], count, days, unit, not (no_tap or coordinator), table, sheet, png
    )  # fmt: skip
    links.check(wanted)
    name = links.good_bot(bot_name, needed=bool(wanted.files))
    made = asyncio.run(links.invite(Settings(), dept, wanted, lambda code: f"https://t.me/{name}?start={code}"))
    for path in wanted.files:
        click.echo(f"{path}: whoever has it can join. Delete it once the codes are handed out", err=True)
    if not wanted.files:
        click.echo(f"https://t.me/{name}?start={made.codes[0]}")
    click.echo(f"for {count} {wanted.role}{'s' if count > 1 else ''}, until {made.ends.isoformat()}", err=True)
    if made.nobody:
        click.echo("nobody can confirm them yet: waymark department invite DEPT --coordinator", err=True)


@click.command("revoke")
@click.argument("link", required=False)
@click.option("--all", "dept", metavar="DEPT", help="All open links of this department, where a sheet was lost.")
def revoke(link: str | None, dept: str | None) -> None:
    """End LINK (or its code): nobody joins by it any more, and who waits is told. Who joined stays; `remove` is for them."""
    from bot import department_links as links
    from bot.store.errors import NotThere

    if (link is None) == (dept is None):
        raise click.UsageError("name a link, or --all DEPT")
    if dept is not None:
        click.echo(f"{asyncio.run(links.end_all(Settings(), dept))} links ended")
        return
    code = (link or "").partition("start=")[2] or (link or "")
    if not asyncio.run(links.take_back(Settings(), [code])):
        raise NotThere("there is no such link of a department, or it was ended before")
    click.echo("ended")


@click.command("progress")
@click.argument("dept")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 400), help="Asked and answered since.")
@click.option("--png", type=FILE, help="Also as a picture.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def progress(dept: str, days: int, png: Path | None, as_json: bool) -> None:
    """What officers would know today and in two weeks, by topic and unit. Groups of fewer than five officers are hidden."""
    from bot import department_figures, outfiles
    from bot.store.errors import NotThere
    from bot.training import chart

    if png is not None:
        outfiles.check(png)
    found = asyncio.run(department_figures.figures(Settings(), dept, days))
    if png is not None:
        try:
            picture = asyncio.run(chart.draw(found.picture))
        except chart.NotDrawn as error:
            raise NotThere(f"the picture was not drawn ({error}): try again") from None
        outfiles.write(png, picture)
    if as_json:
        click.echo(json.dumps(_plain(found), ensure_ascii=False))
        return
    for line in _lines(found):
        click.echo(line)


def _plain(found: Figures) -> dict[str, Any]:
    """None stands for what is hidden; of a hidden group not even its size is given."""
    return {
        "department": found.name,
        "days": found.days,
        **asdict(found.reach),
        "completed_basic": found.finished,
        "recall": found.recall,
        "topics": {name: _figures(s) for name, s in found.topics.items()},
        "units": {name: _figures(s) for name, s in found.units.items()},
        "fades_next": found.fades_next,
        "before_teaching": found.before,
        "calibration": {
            "all": _compared(found.whole),
            "topics": {name: _compared(fit) for name, fit in found.topic_fits.items()},
            "units": {name: _compared(fit) for name, fit in found.unit_fits.items()},
        },
        "sent": found.sent,
        "not_sent": found.skipped,
    }


def _compared(fit: Fit) -> dict[str, float | None]:
    return {"predicted": fit.predicted, "observed": fit.observed, "ece": fit.ece}


def _figures(standing: Standing) -> dict[str, float | None]:
    return {"now": standing.now, "in_two_weeks": standing.soon}


def _lines(found: Figures) -> list[str]:
    reach, few = found.reach, "hidden"
    asked, answered, finished = (few if n is None else str(n) for n in (reach.asked, reach.answered, found.finished))
    lines = [f"{found.name}: {reach.officers} officers; in {found.days} days asked {asked}, answered {answered}"]
    lines.append(f"completed the basic course: {finished} of {reach.officers}")
    if found.topics:
        lines.append(f"recall now, of all: {HIDDEN if found.recall is None else f'{found.recall:.0%}'}")
    for title, groups in (("by topic", found.topics), ("by unit", found.units)):
        lines += [f"{title}: recall now, in two weeks without review"] if groups else []
        lines += [f"  {name:40} {_standing(s)}" for name, s in groups.items()]
    if found.fades_next:
        lines.append(f"fades next: {', '.join(found.fades_next)}")
    lines += _lasting(found)
    lines.append(f"sent: {found.sent}")
    if found.skipped:
        lines.append(f"not sent: {', '.join(f'{reason} {n}' for reason, n in found.skipped.items())}")
    if not found.topics:
        lines.append("nobody has answered a card yet")
    return lines


def _lasting(found: Figures) -> list[str]:
    """Predicted beside observed, all together first; nothing where fewer than five officers met a card again."""
    lines = [f"right before anything was taught: {found.before:.0%}"] if found.before is not None else []
    if found.whole.observed is None:
        return lines
    lines.append("predicted and observed, where cards were kept back and asked again after 60 days:")
    fits = {"all": found.whole, **found.topic_fits, **found.unit_fits}
    lines += [f"  {name:40} {_fit(fit)}" for name, fit in fits.items() if fit.observed is not None]
    return [*lines, f"mean error of the prediction: {found.whole.ece or 0:.0%}"]


def _standing(standing: Standing) -> str:
    if standing.now is None or standing.soon is None:
        return HIDDEN
    return f"{standing.now:4.0%} {standing.soon:4.0%}"


def _fit(fit: Fit) -> str:
    return f"{fit.predicted or 0:4.0%} {fit.observed or 0:4.0%}"


@click.command("export")
@click.argument("dept")
@click.option("--roster-csv", type=FILE, help="Completions with the columns that state commissions ask for.")
@click.option("--roster-xlsx", type=FILE, help="The same as a spreadsheet.")
@click.option("--course", "course_file", type=FILE, help="A course: objectives, items, sources, answer key, minutes.")
@click.option("--xapi", type=FILE, help="Statements for the department's own record store.")
@click.option("--of", default="basic", show_default=True, help="Which course --course is of.")
@click.option("--home", help="An address of the department that its officers' ids belong to.")
def export(
    dept: str, roster_csv: Path | None, roster_xlsx: Path | None, course_file: Path | None, xapi: Path | None, of: str,
    home: str | None,
) -> None:  # fmt: skip
    """Write records that leave: all of the files, or none. Your commission decides about credit; this program grants none."""
    from bot import department_exports as exports

    wanted = exports.Wanted(of, roster_csv, roster_xlsx, course_file, xapi, home)
    counts = asyncio.run(exports.export(Settings(), dept, wanted))
    for path in wanted.files:
        click.echo(path)
    if counts.lines is not None:
        click.echo(f"{counts.lines} completions", err=True)
    if counts.statements is not None:
        click.echo(f"{counts.statements} statements", err=True)


FILES = (invite, revoke, progress, export)
