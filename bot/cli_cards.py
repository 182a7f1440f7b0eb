"""Commands about training content: `cards`. `bot/cli.py` takes them in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.training.cards import Course, Courses

LANG = click.Choice(["en", "es"])
FORMATS = click.Choice(["gift", "csv"])


@click.group("cards")
def cards_group() -> None:
    """Courses and cards: check, import, export, print (docs/how-to/write-a-card.md)."""


def _course(courses: Courses, course: str, lang: str) -> Course:
    found = courses.courses.get((course, lang))
    if found is None:
        names = ", ".join(sorted({name for name, _ in courses.courses}))
        raise click.ClickException(f"there is no course {course} in {lang}; there are {names}")
    return found


@cards_group.command("check")
def cards_check() -> None:
    """Check courses and cards; `waymark check` does it for all content."""
    from bot.library import loading
    from bot.training import cards, checking

    courses = cards.load()
    found = checking.problems(courses, loading.load())
    for line in found:
        click.echo(line)
    if found:
        raise click.ClickException(f"{len(found)} problems")
    counts = [f"{sum(c.lang == lang for c in courses.cards.values())} in {lang}" for lang in loading.LANGS]
    click.echo(f"cards are in order: {', '.join(counts)}")


@cards_group.command("export")
@click.option("--course", required=True)
@click.option("--lang", type=LANG, default="en", show_default=True)
@click.option("--format", "kind", type=FORMATS, default="csv", show_default=True)
def cards_export(course: str, lang: str, kind: str) -> None:
    """Write a course to standard output, as a table (CSV) or for Moodle (GIFT)."""
    from bot.training import cards, gift, table
    from bot.training.exchange import Bundle

    courses = cards.load()
    head = _course(courses, course, lang)
    bundle = Bundle(head, courses.of(course, lang))
    text = table.written(bundle) if kind == "csv" else gift.written(bundle, courses.phrases[lang].invented)
    click.echo(text.encode(), nl=False)


@cards_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "kind", type=FORMATS, help="Default: by the end of the file's name.")
@click.option("--anyway", is_flag=True, help="Also where a check fails that did not fail before.")
def cards_import(file: Path, kind: str | None, anyway: bool) -> None:
    """Take a course in from FILE: all of it, or nothing. It replaces the course of the same id and language."""
    from bot.library import loading
    from bot.training import importing
    from bot.training.exchange import ExchangeProblem

    kind = kind or file.suffix.lower().removeprefix(".")
    if kind not in FORMATS.choices:
        raise click.ClickException(f"{file.name} is named neither .gift nor .csv: say --format gift or csv")
    try:
        plan = importing.plan(file.read_bytes().decode("utf-8"), kind, loading.load())
    except ExchangeProblem as error:
        raise click.ClickException(
            "nothing was changed; put these right and try again:\n  " + "\n  ".join(error.problems)
        ) from None
    for line in plan.problems:
        click.echo(line)
    if plan.problems and not anyway:
        raise click.ClickException(f"nothing was changed; {len(plan.problems)} problems, or --anyway")
    for path in importing.carry_out(plan):
        click.echo(path)
    click.echo(f"{plan.new} new, {plan.changed} changed, {plan.gone} taken out", err=True)
    click.echo("a bot that runs goes on with the old cards: restart it, and what is queued is chosen anew", err=True)


def _week(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date:
    if value is None:
        return datetime.now(UTC).date()
    try:
        if "W" in value.upper():
            return date.fromisoformat(f"{value.upper()}-1" if value.upper().count("-") == 1 else value.upper())
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write a day of the week as 2026-11-30, or the week as 2026-W49") from None


@cards_group.command("sheet")
@click.option("--course", required=True)
@click.option("--lang", type=LANG, default="en", show_default=True)
@click.option("--week", callback=_week, help="A day of the week (2026-11-30) or 2026-W49. Default: this week.")
@click.option("--cards", "count", default=3, show_default=True, type=click.IntRange(1, 10), help="How many cards.")
def cards_sheet(course: str, lang: str, week: date, count: int) -> None:
    """Write a roll-call sheet with a sign-in list to standard output: HTML, to be opened and printed."""
    from bot.library import loading
    from bot.training import cards, sheet

    courses = cards.load()
    head = _course(courses, course, lang)
    try:
        text = sheet.page(courses, loading.load(), head, week, count)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(text.encode(), nl=False)


COMMANDS = (cards_group,)
