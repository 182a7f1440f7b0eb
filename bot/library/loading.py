"""Read `content/` once into one immutable `Library`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bot.library.calls import Calls
from bot.library.directory.shelf import Shelf
from bot.library.model import Asked, HelpLine, Intake, Message, Slang, Source, Term, Topic

CONTENT = Path(__file__).resolve().parents[2] / "content"
LANGS = ("en", "es")
M = TypeVar("M", bound=BaseModel)
_Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ContentError(ValueError):
    """Content that does not load. `problems` has a line each: file, field, what is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, eq=False)
class Library:
    """Everything the bot can say, by language. Keys of the mappings are (id, lang) unless said otherwise. One is the same as itself alone."""

    topics: dict[tuple[str, str], Topic]
    messages: dict[tuple[str, str], Message]
    terms: dict[tuple[str, str], Term]
    slang: dict[tuple[str, str], Slang]
    lines: dict[str, HelpLine]
    sources: dict[str, Source]
    menus: dict[str, list[str]]
    labels: dict[tuple[str, str], str]
    commands: dict[str, dict[str, dict[str, str]]]
    files: dict[tuple[str, str], Path] = field(default_factory=dict)
    intake: dict[str, Intake] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    directory: Shelf = field(default_factory=Shelf)
    calls: Calls = field(default_factory=Calls)

    def topics_for(self, handling: str, lang: str, officer: bool) -> list[Topic]:
        """Topics that answer a row, those of the other audience left out."""
        return [
            t
            for (_, topic_lang), t in self.topics.items()
            if topic_lang == lang and t.handling == handling and (officer or t.audience == "everyone")
        ]

    def message(self, message_id: str, lang: str) -> Message:
        return self.messages[(message_id, lang)]

    def label(self, handling: str, lang: str) -> str:
        """What a row is called on a button."""
        return self.labels[(handling, lang)]

    def intake_label(self, key: str, lang: str) -> str:
        """What a button says that every question of a request has: skip, back, done, send, unsafe, exit."""
        return self.intake[lang].labels[key]

    def intake_change(self, name: str, lang: str) -> str:
        """The button under a summary that changes one answer."""
        words = self.intake[lang]
        return words.labels["change"].format(field=words.fields[name])

    def intake_option(self, node: str, option: str, lang: str) -> str:
        """What the button of an option says."""
        words = self.intake[lang]
        return words.nodes[node].options.get(option) or words.values[self.asked[node].field or ""][option]

    def intake_row(self, name: str, value: str | int | list[str], lang: str) -> str:
        """One line of a summary: what was asked, what was said."""
        words = self.intake[lang]
        values = words.values.get(name, {})
        said = [values.get(str(v), str(v)) for v in (value if isinstance(value, list) else [value])]
        return words.labels["row"].format(field=words.fields[name], value=", ".join(said) or words.labels["nothing"])


def _no_twins(loader: Any, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    """A key that stands twice would silently hide the first: an error instead."""
    seen = set()
    for key_node, _ in node.value:
        if key_node.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{key_node.value} is there twice", key_node.start_mark)
        seen.add(key_node.value)
    found: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return found


class _Loader(_Base):  # type: ignore[misc, valid-type]
    """A safe loader, the C one where there is one, that refuses a key given twice."""


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _no_twins)


def _read(path: Path, problems: list[str], kind: type[Any] = dict) -> Any:
    """The file's content; where it cannot be read or is no `kind`, an empty one and a problem."""
    try:
        data = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 1}" if where is not None else ""
        problems.append(f"{path.name}: not YAML{line}: {getattr(error, 'problem', None) or str(error).splitlines()[0]}")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path.name}: cannot be read: {error.__class__.__name__}")
    else:
        if isinstance(data, kind):
            return data
        problems.append(f"{path.name}: should be a {'mapping' if kind is dict else 'list'}")
    return kind()


def _parse(model: type[M], data: Any, path: Path, problems: list[str]) -> M | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for item in error.errors():
            where = ".".join(str(part) for part in item["loc"])
            problems.append(f"{path.name}: {where or 'file'}: {item['msg']}")
    return None


def _keyed(
    model: type[M],
    entries: Iterable[Any],
    path: Path,
    key: str,
    lang: str,
    out: dict[tuple[str, str], M],
    problems: list[str],
) -> None:
    for entry in entries:
        if not isinstance(entry, dict):
            problems.append(f"{path.name}: an entry is no mapping: {str(entry)[:40]}")
            continue
        item = _parse(model, {**entry, "lang": lang}, path, problems)
        if item is None:
            continue
        name = (getattr(item, key), lang)
        if name in out:
            problems.append(f"{path.name}: {name[0]} is there twice in {lang}")
        out[name] = item


def _intake(folder: Path, problems: list[str]) -> tuple[dict[str, Intake], dict[str, Asked]]:
    """The questions of a request: their words by language, and what showing them needs of the graph."""
    words, asked = {}, {}
    for lang in LANGS:
        path = folder / lang / "intake.yml"
        known = len(problems)
        data = _read(path, problems)
        found = _parse(Intake, {**data, "lang": lang}, path, problems) if len(problems) == known else None
        if found is not None:
            words[lang] = found
    path = folder / "intake" / "graph.yml"
    graph = _read(path, problems)
    first = set(graph.get("start", {}).values())
    for entry in graph.get("nodes", []):
        node = _parse(Asked, {**entry, "first": entry.get("id") in first}, path, problems)
        if node is not None:
            asked[node.id] = node
    return words, asked


def read_intake(folder: Path = CONTENT) -> dict[str, Intake]:
    """The words of the questions alone. Raises `ContentError`."""
    problems: list[str] = []
    words, _ = _intake(folder, problems)
    if problems:
        raise ContentError(problems)
    return words


def read_graph(folder: Path = CONTENT) -> dict[str, Any]:
    """`content/intake/graph.yml` as it stands; `bot/intake` knows what it means. Raises `ContentError`."""
    problems: list[str] = []
    data: dict[str, Any] = _read(folder / "intake" / "graph.yml", problems)
    if problems:
        raise ContentError(problems)
    return data


def load(folder: Path = CONTENT) -> Library:
    """Read the folder. Raises `ContentError` with every problem found, not only the first."""
    problems: list[str] = []
    topics: dict[tuple[str, str], Topic] = {}
    messages: dict[tuple[str, str], Message] = {}
    terms: dict[tuple[str, str], Term] = {}
    slang: dict[tuple[str, str], Slang] = {}
    labels: dict[tuple[str, str], str] = {}
    commands: dict[str, dict[str, dict[str, str]]] = {}
    files: dict[tuple[str, str], Path] = {}
    for lang in LANGS:
        base = folder / lang
        for path in sorted((base / "topics").rglob("*.yml")):
            known = len(problems)
            data = _read(path, problems)
            topic = _parse(Topic, data, path, problems) if len(problems) == known else None
            if topic is None:
                continue
            if topic.lang != lang:
                problems.append(f"{path.name}: lang is {topic.lang} in the folder of {lang}")
            if (topic.id, lang) in topics:
                problems.append(f"{path.name}: {topic.id} is there twice in {lang}")
            topics[(topic.id, lang)] = topic
            files[(topic.id, lang)] = path
        for path in sorted((base / "messages").glob("*.yml")):
            _keyed(Message, _read(path, problems, list), path, "id", lang, messages, problems)
        path = base / "terms.yml"
        _keyed(Term, _read(path, problems, list), path, "key", lang, terms, problems)
        path = base / "glossary.yml"
        _keyed(Slang, _read(path, problems, list), path, "key", lang, slang, problems)
        labels.update({(key, lang): text for key, text in _read(base / "labels.yml", problems).items()})
        commands[lang] = _read(base / "commands.yml", problems)
    lines: dict[str, HelpLine] = {}
    for entry in _read(folder / "lines.yml", problems, list):
        line = _parse(HelpLine, entry, folder / "lines.yml", problems)
        if line:
            if line.id in lines:
                problems.append(f"lines.yml: {line.id} is there twice")
            lines[line.id] = line
    sources = {}
    for key, entry in _read(folder / "sources.yml", problems).items():
        source = _parse(Source, entry, folder / "sources.yml", problems)
        if source:
            sources[str(key)] = source
    menus = _read(folder / "menus.yml", problems)
    intake, asked = _intake(folder, problems)
    if problems:
        raise ContentError(problems)
    return Library(topics, messages, terms, slang, lines, sources, menus, labels, commands, files, intake, asked)


@lru_cache(maxsize=1)
def shared() -> Library:
    """The library of this process."""
    return load()


# What other kinds of content are read with (`bot/training/cards.py`).
read_yaml, parse = _read, _parse
