"""`waymark explain`: why the bot answers a message so. `bot/cli.py` takes it in."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.explain import ROLES, Explanation, Likes
from bot.settings import ROOT, Settings
from nlu.text import clean

NEAREST_SECONDS = 90.0
WIDTH = 100
SHOWN = 500
"""Characters of a text, so that the rest stays on the screen."""


@click.command("explain")
@click.option("--role", type=click.Choice(ROLES), default="guest", show_default=True, help="Who writes it.")
@click.option(
    "--lang", type=click.Choice(["en", "es"]), default=None, help="Answer in this language whatever is typed."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object (docs/reference/explain.md).")
@click.argument("text", default="-")
def explain_command(role: str, lang: str | None, as_json: bool, text: str) -> None:
    """Say why the bot answers TEXT so: floor, meanings, nearest training phrases, and the step that decided.

    Without TEXT, or with "-", the message is read from standard input, which keeps it out of the shell's history. Nothing is stored.
    """
    from bot import logs, trained
    from bot.explain_why import why

    message = text if text != "-" else sys.stdin.buffer.read().decode("utf-8")
    if not message.strip():
        raise click.UsageError('there is no message: waymark explain "…", or write it to standard input')
    base = Settings()
    trained.ensure(base, _say)
    logs.set_up("ERROR")
    with tempfile.TemporaryDirectory(prefix="waymark-explain-") as home:
        settings = base.model_copy(update={"home": Path(home), "keys_dir": None, "models_dir": base.models})
        found = asyncio.run(_explained(settings, message, role, lang))
    if as_json:
        made = {**found.as_json(), "why": why(found)}
        sys.stdout.buffer.write(orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        show(found, Console(highlight=False, width=min(WIDTH, Console().width)))


def _say(text: str) -> None:
    Console(stderr=True, highlight=False).print(f"[dim]· {text}[/dim]")


async def _explained(settings: Settings, text: str, role: str, lang: str | None) -> Explanation:
    from bot.channels.backroom import Backroom
    from bot.explain import explain
    from bot.library import loading
    from bot.processes import Processes

    library = loading.shared()
    async with Processes(settings, say=_say) as parts, Backroom(library) as backroom:
        # The phrases come last: beside a Rasa that starts, or answers within milliseconds, they would take its processor.
        return await explain(text, role, lang, library, parts.nlu, backroom, nearest(settings, text))


async def nearest(settings: Settings, text: str) -> Likes:
    """The training phrases that are most like the text, from `nlu/nearest.py` in Rasa's environment. The text goes by a pipe, for whoever
    lists processes sees arguments. Never raises: the rest of the explanation does without."""
    from bot.processes import KEPT
    from bot.trained import encoder_file

    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"WAYMARK_ENCODER_FILE": str(encoder_file(settings)), "OMP_NUM_THREADS": "1"}
    quiet = asyncio.subprocess.DEVNULL
    pipe = asyncio.subprocess.PIPE
    try:
        child = await asyncio.create_subprocess_exec(
            str(settings.nlu_python), "-W", "ignore", "-m", "nlu.nearest", cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=quiet
        )  # fmt: skip
    except OSError:
        return Likes()
    try:
        async with asyncio.timeout(NEAREST_SECONDS):
            out, _ = await child.communicate(clean(text).encode())
        data = orjson.loads(out)
        return Likes(data["by"], list(data["phrases"]))
    except (TimeoutError, ValueError, KeyError, TypeError):
        return Likes()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def show(found: Explanation, console: Console) -> None:
    """One screen. What was typed and what stands in phrases is never read as markup."""
    from bot.explain_why import STEPS, why

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")

    def row(name: str, *lines: str | Text) -> None:
        for number, line in enumerate(lines):
            grid.add_row("" if number else name, line if isinstance(line, Text) else Text(line))

    outcome, main = found.said.outcome, found.said.main
    row("read", _short(found.text))
    row("folded", Text(_short(found.folded), style="dim"))
    row("language", f"heard {found.heard or 'none'}, answered in {outcome.lang}, role {found.role}")
    row("exit words", found.exit or "none")
    row("floor", *_floor(found))
    row("meanings", *_meanings(found))
    row("entities", _entities(found))
    row("nearest", *_nearest(found))
    row("parts", *_pieces(found))
    row("decided", Text(STEPS.get(found.decided, found.decided), style="bold"), *why(found))
    row("handling", Text(main.handling if main else "none", style="bold"))
    row("replies", *(_reply(item) for item in found.as_json()["replies"]))
    console.print(grid)


def _short(text: str) -> str:
    return f"{text[:SHOWN]} … ({len(text)} characters)" if len(text) > SHOWN else text or "(nothing)"


def _floor(found: Explanation) -> list[str]:
    floor = found.floor
    also = f", also {', '.join(floor.also)}" if floor.also else ""
    hits = f" by {', '.join(floor.hits)}" if floor.hits else ""
    lines = [f"{floor.level}{f': {floor.handling}' if floor.handling else ''}{also}{hits}"]
    for sign in found.signs:
        guards = f", {sign.found} without {', '.join(sign.guards)}" if sign.guards else ""
        lines.append(f"  {sign.group} ({sign.handling}): {sign.left}{guards}")
    return lines


def _meanings(found: Explanation) -> list[Text]:
    if found.read is None:
        return [Text("the classifier gave no answer", style="red")]
    named = {found.read.intent}
    lines = [
        Text(f"{confidence:.3f}  {row}", style="bold" if row in named else "")
        for row, confidence in found.read.ranking[:5]
    ]
    marks = ", ".join(f"{name} {value:g}" for name, value in found.thresholds.items())
    lines.append(Text(f"thresholds: {marks}", style="dim"))
    if not found.read.known_words:
        lines.append(Text("no word of it was seen in training"))
    if found.whole is None:
        lines.append(Text("the desk did not ask for this reading", style="dim"))
    return lines


def _entities(found: Explanation) -> str:
    found_here = found.read.entities if found.read else []
    return ", ".join(f"{name} = {value}" for name, value in found_here) or "none"


def _nearest(found: Explanation) -> list[Text]:
    if found.likes.by is None:
        return [Text("could not be looked up", style="red")]
    lines = []
    for phrase in found.likes.phrases:
        line = Text(f"{phrase['likeness']:.2f}  ")
        line.append(f"{phrase['row']} ", style="bold")
        line.append(f"({phrase['lang']}, {phrase['hand']}) {phrase['text']}")
        lines.append(line)
    return [*lines, Text(f"likeness by {found.likes.by}", style="dim")] if lines else [Text("none")]


def _pieces(found: Explanation) -> list[str]:
    return [
        f"{'no answer in time' if piece.row is None else f'{piece.confidence:.3f}  {piece.row}'}: {_short(piece.text)}"
        for piece in found.pieces
    ] or ["none: read whole" if found.whole is not None else "none"]


def _reply(item: dict[str, Any]) -> str:
    extra = [f"{name} {', '.join(item[name])}" for name in ("offered", "also") if item[name]]
    extra += [f"effect {item['effect']}"] if item["effect"] else []
    return f"{item['kind']}, {item['handling']}: {', '.join(item['content'])}{'; ' + '; '.join(extra) if extra else ''}"


COMMANDS = (explain_command,)
