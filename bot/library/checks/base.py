"""What the checks share: the texts of the library with a name for each, and the data files that only checks read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from bot.library.loading import CONTENT, LANGS, Library
from bot.library.model import Message, Topic

Check = Callable[[Library], Iterator[str]]

# Rows that a fixed message or an effect answers; every other row is answered by its topics.
FIXED_ROWS = frozenset(
    [
        "delete_my_data",
        "withdraw_consent",
        "stop_or_exit",
        "greeting",
        "thanks",
        "goodbye",
        "help_menu",
        "bot_identity",
        "language_switch",
        "out_of_scope",
        "abuse_or_perpetrator",
        "spam",
    ]
)
COMMANDS = frozenset(
    [
        "exit",
        "unsafe",
        "menu",
        "lines",
        "out_of_danger",
        "lang_en",
        "lang_es",
        "erase",
        "limits",
        "role",
        "check",
        "quiet_15",
        "quiet_60",
        "quiet_480",
    ]
)


@lru_cache(maxsize=4)
def data(name: str) -> Any:
    """A data file of `content/` that the library itself does not need."""
    return yaml.safe_load((CONTENT / name).read_text("utf-8"))


def catalogue() -> dict[str, str]:
    """Row to area."""
    rows: dict[str, str] = data("catalogue.yml")
    return rows


def place(library: Library, item: Topic | Message) -> str:
    """Where a person finds it: the file of a topic, the id of a message."""
    path = library.files.get((item.id, item.lang))
    if path is not None and CONTENT in path.parents:
        return path.relative_to(CONTENT).as_posix()
    return f"{item.lang}: {item.id}"


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of writing that somebody can be shown."""

    where: str
    lang: str
    text: str
    guest: bool


def topic_texts(library: Library, topic: Topic) -> Iterator[Text]:
    where, guest = place(library, topic), topic.audience == "everyone"
    for text in (topic.title, topic.short, *topic.more):
        yield Text(where, topic.lang, text, guest)
    for side in topic.sides:
        for text in (side.name, *side.points.values()):
            yield Text(where, topic.lang, text, False)


def message_texts(library: Library, message: Message) -> Iterator[Text]:
    guest = message.audience == "everyone"
    yield Text(place(library, message), message.lang, message.text, guest)
    for button in message.buttons:
        yield Text(place(library, message), message.lang, button.title, guest)


def line_texts(library: Library) -> Iterator[Text]:
    for line in library.lines.values():
        pairs = [line.name, line.short_name, line.neutral_name, line.what_it_is, line.what_it_is_not, line.hours.note]
        for pair in pairs:
            for lang in LANGS:
                if pair is not None:
                    yield Text(f"lines.yml: {line.id}", lang, pair.get(lang), line.status != "hidden")
        yield Text(f"lines.yml: {line.id}", "en", line.owner, False)


def all_texts(library: Library) -> Iterator[Text]:
    """Everything that anybody can be shown, in every language; not `sources.yml`, which names pages that are wrong."""
    for topic in library.topics.values():
        yield from topic_texts(library, topic)
    for message in library.messages.values():
        yield from message_texts(library, message)
    for term in library.terms.values():
        for text in (*term.avoid, term.prefer, term.why):
            yield Text(f"{term.lang}/terms.yml: {term.key}", term.lang, text, False)
    for slang in library.slang.values():
        for text in (slang.term, *slang.aliases, slang.meaning, slang.matters):
            yield Text(f"{slang.lang}/glossary.yml: {slang.key}", slang.lang, text, False)
    for (row, lang), label in library.labels.items():
        yield Text(f"{lang}/labels.yml: {row}", lang, label, True)
    for lang, words in library.intake.items():
        for name, asking in words.nodes.items():
            for piece in (asking.text, asking.because or "", *asking.options.values()):
                yield Text(f"{lang}/intake.yml: nodes.{name}", lang, piece, not name.startswith("officer."))
        for named in (words.labels, words.fields, *words.values.values()):
            for key, title in named.items():
                yield Text(f"{lang}/intake.yml: {key}", lang, title, True)
    yield from line_texts(library)
    for lang, groups in library.commands.items():
        for group in ("words", "menu", "menu_officer", "menu_coordinator", "about", "oncall", "training"):
            for key, text in groups.get(group, {}).items():
                yield Text(f"{lang}/commands.yml: {group}.{key}", lang, text, group in ("menu", "about"))
