"""`waymark`: every command, its help, and errors that say what to do."""

from __future__ import annotations

import asyncio
import fcntl
import json
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bot import (
    cli_cards,
    cli_department,
    cli_directory,
    cli_exam,
    cli_explain,
    cli_keys,
    cli_oncall,
    cli_reports,
    cli_training,
    logs,
    trained,
)
from bot.library import loading
from bot.library.directory.trees import DirectoryProblem
from bot.library.loading import ContentError, Library
from bot.oncall.files import FileProblem
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.settings import Settings, SettingsError

MOST_PROBLEMS = 40
"""Of a file, on one screen; `waymark directory check` prints all."""
err = Console(stderr=True, highlight=False)


class Problem(click.ClickException):
    """An error with what to do about it; exit code 1."""

    def show(self, file: Any = None) -> None:
        err.print(f"[red]waymark:[/red] {self.message}", soft_wrap=True)


def _friendly(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        from bot.processes import StartError
        from bot.store.database import StoreError

        try:
            return function(*args, **kwargs)
        except (SettingsError, StoreError, StartError, trained.ModelMissing) as error:
            raise Problem(str(error)) from None
        except ContentError as error:
            raise Problem(
                "content does not load; `waymark check` says more:\n  " + "\n  ".join(error.problems[:10])
            ) from None
        except (FileProblem, DirectoryProblem) as error:
            shown = error.problems[:MOST_PROBLEMS]
            more = [f"… and {len(error.problems) - len(shown)} more"] if len(error.problems) > len(shown) else []
            raise Problem(
                "nothing was changed; put these right and try again:\n  " + "\n  ".join([*shown, *more])
            ) from None
        except UnicodeDecodeError:
            raise Problem("that is no text in UTF-8: save it as plain text and try again") from None
        except ModuleNotFoundError as error:
            raise Problem(
                f"{error.name} is not installed: run `make setup`. WAYMARK_DATABASE_URL takes sqlite and postgresql only"
            ) from None
        except OSError as error:
            if error.filename is None:
                raise
            raise Problem(_cannot_use(error)) from None
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None

    return inner


def _cannot_use(error: OSError) -> str:
    return f"cannot use {error.filename} ({error.strerror}): set WAYMARK_HOME to a folder that you can write"


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Two bots on one database would each take what the other has in work. The lock goes with the process, however it ends."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                f"another `waymark run` is at work in {home}: stop it first, or set WAYMARK_HOME to another folder"
            ) from None
        yield


def _run(main: Coroutine[Any, Any, Any]) -> Any:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


def _say(text: str) -> None:
    err.print(f"[dim]· {text}[/dim]")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="waymark")
def main() -> None:
    """Waymark: a chat guide for the work against human trafficking.

    Try it here with `waymark chat`; start it for others with `waymark run`. It never calls anybody and is no help line.
    """


def _desk(library: Library, nlu: Any) -> Any:
    from bot.desk import Desk

    return Desk(library, nlu, floors.shared(), leaving.shared())


@main.command()
@click.option(
    "--role", type=click.Choice(["guest", "officer", "coordinator", "advocate"]), default="guest", show_default=True
)
@click.option(
    "--lang", type=click.Choice(["en", "es"]), default=None, help="Answer in this language whatever is typed."
)
@_friendly
def chat(role: str, lang: str | None) -> None:
    """Talk with the bot in this terminal. Nothing is kept. Ctrl-D ends."""
    from bot.channels.backroom import Backroom
    from bot.channels.conversation import Conversation
    from bot.channels.terminal import Terminal
    from bot.directories import furnished
    from bot.processes import Processes
    from bot.review import Reviews

    settings = Settings()
    library = furnished(loading.shared(), settings, examples=True)
    trained.ensure(settings, _say)
    logs.set_up("ERROR")

    async def talk() -> None:
        async with Processes(settings, say=_say) as parts:
            unreviewed = Reviews(settings.home).unreviewed(library)
            mark = library.message("review.mark", lang or "en").text.strip() if unreviewed else ""
            async with Backroom(library, examples=True) as backroom:
                conversation = Conversation(_desk(library, parts.nlu), library, parts.nlu, role, lang, backroom)
                await Terminal(conversation, mark=mark, note=_say).run()

    _run(talk())


@main.command()
@click.option("--jsonl", is_flag=True, required=True, help="One JSON object a line in and out (docs/reference/ask.md).")
@click.argument("file", type=click.File("rb"), default="-")
@_friendly
def ask(jsonl: bool, file: Any) -> None:
    """Answer messages from FILE or standard input, each in a conversation of its own."""
    import orjson

    from bot.ask import answers
    from bot.channels.backroom import Backroom
    from bot.processes import Processes

    base = Settings()
    library = loading.shared()
    trained.ensure(base, _say)
    logs.set_up("ERROR")

    async def talk(settings: Settings) -> bool:
        bad = False
        async with Processes(settings, say=_say) as parts, Backroom(library) as backroom:
            async for answer in answers(file, _desk(library, parts.nlu), library, parts.nlu, backroom):
                bad = bad or "error" in answer
                sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
                sys.stdout.buffer.flush()
        return bad

    with tempfile.TemporaryDirectory(prefix="waymark-ask-") as home:
        settings = base.model_copy(update={"home": Path(home), "keys_dir": None, "models_dir": base.models})
        if _run(talk(settings)):
            raise click.exceptions.Exit(1)


@main.command()
@click.option("--force", is_flag=True, help="Train even if nothing has changed.")
@_friendly
def train(force: bool) -> None:
    """Train the model from `nlu/`; does nothing where it is already trained from the same files."""
    path = trained.ensure(Settings(), _say, force)
    click.echo(path)


@main.command()
@_friendly
def check() -> None:
    """Check all content: schema, sources, dates, numbers, reading grade, both languages, dead buttons, the question graph, cards."""
    from bot.directories import furnished
    from bot.intake import graph, proof
    from bot.library.checking import problems, warnings
    from bot.training import cards
    from bot.training import checking as training

    try:
        library = loading.load()
        found = [*problems(library), *proof.problems(graph.load(), library), *training.problems(cards.load(), library)]
    except ContentError as error:
        found = error.problems
    else:
        for line in warnings(furnished(library, Settings()), datetime.now(UTC).date()):
            click.echo(f"grows old: {line}")
    for line in found:
        click.echo(line)
    if found:
        raise Problem(f"{len(found)} problems")
    click.echo("content is in order")


@main.command("check-text")
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", show_default=True)
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@_friendly
def check_text(lang: str, file: Any) -> None:
    """Flag inaccurate or harmful words in a report, offline. The text is read and let go."""
    from bot.library import wording
    from bot.library.rendering import Renderer
    from bot.library.replies import Part

    library, text = loading.shared(), file.read()
    if not text.strip():
        raise Problem("there is no text: name a file, or paste the text and end it with Ctrl-D")
    flags = wording.check(library, text, lang)
    part = Part("flags:", params={"found": [list(f) for f in flags.found], "quoted": flags.quoted})
    click.echo(Renderer(library, lang, "officer").render(part).text)


@main.command()
@_friendly
def run() -> None:
    """Serve over Telegram: long polling by default, webhook by setting. Prints `ready`; stops cleanly on SIGTERM."""
    from bot.directories import furnished
    from bot.service import serve

    settings = Settings()
    settings.telegram_token()
    logs.set_up(settings.log_level)
    with _only_one(settings.home):
        if settings.nlu_url is None:
            trained.ensure(settings, _say)
        _run(serve(settings, furnished(loading.shared(), settings), ready=lambda: click.echo("ready")))


@main.command()
@click.argument("purpose", type=click.Choice(["officer", "coordinator", "operator", "advocate"]))
@click.option("--hours", default=72, show_default=True, type=click.IntRange(1, 720), help="How long the link works.")
@click.option("--bot-name", default="YOUR_BOT", show_default=True, help="The bot's user name, for the link.")
@click.option("--program", help="An advocate's program (`waymark program list`).")
@click.option("--minors", is_flag=True, help="The advocate may be offered to minors, after counsel's answer.")
@click.option("--police", is_flag=True, help="Police or a prosecutor employ the advocate.")
@_friendly
def invite(purpose: str, hours: int, bot_name: str, program: str | None, minors: bool, police: bool) -> None:
    """Make a one-time link that gives whoever opens it a role. Shown once; only its hash is kept."""
    from bot import rosters
    from bot.service import invite as make

    if purpose != "advocate":
        if program or minors or police:
            raise click.UsageError("--program, --minors and --police are for an advocate's invitation")
        code = asyncio.run(make(Settings(), purpose, hours))
    else:
        if not program:
            raise click.UsageError("an advocate belongs to a program: --program ID (`waymark program list`)")
        code, number = asyncio.run(rosters.invite_advocate(Settings(), hours, program, minors, police))
        _say(f"invitation {number}: write down who gets it; `waymark advocate list` shows it again")
    click.echo(f"https://t.me/{bot_name}?start={code}")


@main.command()
@click.argument("link")
@_friendly
def revoke(link: str) -> None:
    """Take an invitation back (LINK or its code); whoever used it becomes a guest again."""
    from bot.service import revoke as take_back

    code = link.partition("start=")[2] or link
    if not asyncio.run(take_back(Settings(), code)):
        raise Problem("there is no such invitation, or it was taken back before")
    click.echo("taken back")


@main.command()
@_friendly
def status() -> None:
    """How much waits in the queues, and how many chats are known. Numbers only."""
    from bot.service import status as counts

    click.echo(json.dumps(asyncio.run(counts(Settings()))))


@main.command()
@click.option("--check", is_flag=True, help="Only say what would be done.")
@_friendly
def migrate(check: bool) -> None:
    """Bring the database to the version that this release needs. Stop the bot first; `run` does the same at its start."""
    from bot.store.database import Database

    database = Database(Settings().database)
    plan = database.plan() if check else database.migrate()
    if not plan.is_due:
        click.echo(f"the database has version {plan.found}, which is the one this release needs")
        return
    for number in plan.steps:
        click.echo(f"{number}: {database.title(number)}")
    done = "would be" if check else "was"
    click.echo(f"the database {done} brought from version {plan.found} to {plan.needed}")


@main.command()
@click.option("--reviewer", help="The person who has read the texts; never their author.")
@click.option("--all", "everything", is_flag=True, help="Confirm everything that is listed.")
@click.argument("names", nargs=-1)
@_friendly
def review(reviewer: str | None, everything: bool, names: tuple[str, ...]) -> None:
    """List what guests are shown and nobody has reviewed, or confirm it (R10)."""
    from bot.review import Reviews

    settings, library = Settings(), loading.shared()
    reviews = Reviews(settings.home)
    open_names = reviews.unreviewed(library)
    if not names and not everything:
        for name in open_names:
            click.echo(name)
        click.echo(
            f"{len(open_names)} not reviewed. Read them, then: waymark review --reviewer NAME --all (or names)",
            err=True,
        )
        return
    if not reviewer:
        raise Problem("say who has read them: --reviewer NAME")
    try:
        click.echo(f"{reviews.confirm(library, list(names) or open_names, reviewer)} confirmed")
    except KeyError as error:
        raise Problem(f"there is no text {error}: `waymark review` lists them") from None


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/benchmarks"), show_default=True)
@_friendly
def bench(out: Path) -> None:
    """Measure against named peers in the same run (`make bench`)."""
    try:
        from tests.bench.run import run_all
    except ImportError:
        raise Problem("the benchmark needs the development environment: run `make bench` in a clone") from None
    trained.ensure(Settings(), _say)
    run_all(out)


def _take_in(command: click.Command) -> click.Command:
    """A command from another page, with errors as here."""
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _take_in(inner)
    if command.callback is not None:
        command.callback = _friendly(command.callback)
    return command


_PAGES = (
    cli_cards,
    cli_department,
    cli_directory,
    cli_exam,
    cli_explain,
    cli_keys,
    cli_oncall,
    cli_reports,
    cli_training,
)
for _command in (command for page in _PAGES for command in page.COMMANDS):
    main.add_command(_take_in(_command))

if __name__ == "__main__":
    main()
