"""Commands about who can be reached: `directory` and `lines`. `bot/cli.py` takes them in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.settings import Settings

PATH = click.Path(path_type=Path, exists=True)
BY = click.option("--by", required=True, help="Who rang; with an e-mail address it also stands as `assurer_email`.")


@click.group("directory")
def directory_group() -> None:
    """Services near people, in HSDS 3 (docs/how-to/fill-the-directory.md). The running bot sees a change without a restart."""


@directory_group.command("import")
@click.argument("source", type=PATH)
@click.option("--replace", "whole", is_flag=True, help="What is not in SOURCE goes.")
def directory_import(source: Path, whole: bool) -> None:
    """Take in SOURCE: a JSON file, or a folder or ZIP of CSV files. All of it is taken, or nothing."""
    from bot import directories

    done = directories.bring_in(Settings(), source, whole)
    click.echo(f"{len(done.new)} new, {len(done.replaced)} replaced" + (f", {len(done.gone)} gone" if whole else ""))
    click.echo("look at what is missing: waymark directory check", err=True)


@directory_group.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "form",
    type=click.Choice(["json", "tables", "csv"]),
    default="json",
    show_default=True,
    help="Nested services; one JSON file of tables; CSV files in a folder, or in a ZIP if TARGET ends so.",
)
def directory_export(target: Path, form: str) -> None:
    """Write the directory to TARGET, as HSDS."""
    from bot import directories

    for note in directories.export(Settings(), target, form):  # type: ignore[arg-type]
        click.echo(note, err=True)
    click.echo(target)


@directory_group.command("list")
def directory_list() -> None:
    """All entries: id, name, where, what for, days since the last check."""
    from bot import directories

    found = directories.listing(Settings())
    today = datetime.now(UTC).date()
    for one in found:
        where = ", ".join(sorted(one.areas)) or "no area"
        click.echo(
            f"{one.id}  {(today - one.checked).days:4} days  {one.name}  [{', '.join(sorted(one.needs))}]  {where}"
        )
    if not found:
        click.echo("the directory is empty: waymark directory import FILE", err=True)


@directory_group.command("check")
@click.argument("source", type=PATH, required=False)
def directory_check(source: Path | None) -> None:
    """What is wrong, and what grows old, in the directory or in SOURCE. Exit code 1 if anything is wrong."""
    from bot import directories
    from bot.store.errors import NotThere

    wrong, notes = directories.look_over(Settings(), source, datetime.now(UTC).date())
    for line in wrong:
        click.echo(line)
    for line in notes:
        click.echo(f"look at: {line}")
    if wrong:
        raise NotThere(f"{len(wrong)} problems")
    click.echo("the directory is in order" if source is None else "it can be imported")


@directory_group.command("search")
@click.argument("words", nargs=-1)
@click.option(
    "--need",
    "needs",
    multiple=True,
    help="legal, medical, … (docs/reference/directory.md); may be given more than once.",
)
@click.option("--lang", help="Two letters; who speaks it comes first.")
@click.option("--age", type=click.IntRange(0, 120))
@click.option("--gender", type=click.Choice(["women", "men", "nonbinary"]))
@click.option("--open", "open_now", is_flag=True, help="Leave out what is surely closed.")
@click.option("--guest", is_flag=True, help="What a guest would be shown.")
def directory_search(
    words: tuple[str, ...],
    needs: tuple[str, ...],
    lang: str | None,
    age: int | None,
    gender: str | None,
    open_now: bool,
    guest: bool,
) -> None:
    """Entries for a place in WORDS ("Tulsa County"), best first. Whatever is left out excludes nothing."""
    from bot import directories
    from bot.library.directory.entries import settings as known
    from bot.library.directory.places import spot
    from bot.library.directory.search import Wish, search

    unknown = set(needs) - set(known()["needs"])
    if unknown:
        raise click.UsageError(f"no such need: {', '.join(sorted(unknown))}. There are {', '.join(known()['needs'])}")
    found = directories.listing(Settings())
    text = " ".join(words)
    place = spot(text, {area for entry in found for area in entry.areas}) if text else None
    if text and place is None:
        raise click.UsageError(
            f"{text!r} names no one place: a state, or a county or city of an entry, with its state if there are several"
        )
    wish = Wish(frozenset(needs), place, lang, age, gender, open_now, not guest)
    hits = search(found, wish, datetime.now(UTC))
    for hit in hits:
        reach = hit.entry.phones[0] if hit.entry.phones else hit.entry.web or "-"
        click.echo(f"{hit.entry.id}  {hit.entry.name}  {reach}  {hit.open}")
    if not hits:
        click.echo("nothing is listed", err=True)


@directory_group.command("remove")
@click.argument("entry")
@click.option("--yes", is_flag=True, help="Do not ask.")
def directory_remove(entry: str, yes: bool) -> None:
    """Take ENTRY (its id in `directory list`) out, with what hangs on it alone."""
    from bot import directories

    if not yes:
        click.confirm(f"Nobody is told of {entry} any more. Remove it", abort=True)
    click.echo(f"removed: {directories.remove(Settings(), entry)}")


@directory_group.command("confirm")
@click.argument("entry")
@BY
def directory_confirm(entry: str, by: str) -> None:
    """Somebody rang ENTRY and it holds: today is the date of its check."""
    from bot import directories

    click.echo(f"confirmed: {directories.confirm(Settings(), entry, by)}")


@click.group("lines")
def lines_group() -> None:
    """Help lines of content/lines.yml."""


@lines_group.command("list")
def lines_list() -> None:
    """Each line with its number, when its source was read, and when a person last rang it."""
    from bot import directories
    from bot.library import loading

    library = directories.furnished(loading.shared(), Settings())
    for line in library.lines.values():
        if line.status != "hidden":
            rung = library.calls.last(line.id, line.called_on)
            click.echo(f"{line.id:24} {line.phone_display or '-':18} read {line.read_on}  rung {rung or 'never'}")


@lines_group.command("confirm")
@click.argument("line")
@BY
def lines_confirm(line: str, by: str) -> None:
    """Somebody rang LINE (its id in `lines list`) and it holds."""
    from bot import directories
    from bot.library import loading

    directories.confirm_line(Settings(), loading.shared(), line, by)
    click.echo(f"noted: {line} was rung today")


COMMANDS = (directory_group, lines_group)
