"""The question graph of `content/intake/graph.yml`, with every way of saying an option in every language."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from bot.intake.model import Graph, Node, Sayings
from bot.library import loading
from bot.library.loading import CONTENT, ContentError
from bot.library.model import Intake
from nlu.text import fold

MOVES = ("skip", "back", "done", "send")


def load(folder: Path = CONTENT) -> Graph:
    """Raises `ContentError` with every problem found. The version carries a hash of graph and words, so that a release names the
    very texts that were read (R41)."""
    words = loading.read_intake(folder)
    data = loading.read_graph(folder)
    problems, nodes = [], {}
    for entry in data.get("nodes", []):
        try:
            node = Node.model_validate(entry)
        except ValidationError as error:
            where = entry.get("id", "a node") if isinstance(entry, dict) else str(entry)[:40]
            problems += [f"graph.yml: {where}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        if node.id in nodes:
            problems.append(f"graph.yml: {node.id} is there twice")
        nodes[node.id] = node
    paths = [folder / "intake" / "graph.yml", *(folder / lang / "intake.yml" for lang in sorted(words))]
    version = f"{data.get('version')}-{hashlib.sha256(b''.join(p.read_bytes() for p in paths)).hexdigest()[:12]}"
    try:
        graph = Graph(version=version, start=data.get("start", {}), nodes=nodes, sayings=sayings(nodes, words))
    except ValidationError as error:
        problems += [f"graph.yml: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    if problems:
        raise ContentError(problems)
    return graph


@lru_cache(maxsize=1)
def shared() -> Graph:
    """The graph of this process."""
    return load()


def sayings(nodes: dict[str, Node], words: dict[str, Intake]) -> Sayings:
    """Node to option to its phrases, folded. A phrase that more than one option claims in a node means neither."""
    found: dict[str, dict[str, tuple[str, ...]]] = {"": _moves(words)}
    for node in nodes.values():
        said: dict[str, set[str]] = defaultdict(set)
        for lang in words.values():
            values, more = lang.values.get(node.field or "", {}), lang.said.get(node.field or "", {})
            asking = lang.nodes.get(node.id)
            options = [
                *node.options,
                *(values if node.field == "state" else ()),
                *(["none"] if node.kind == "many" else ()),
            ]
            for option in options:
                button = asking.options.get(option) if asking is not None else None
                said[option].update(fold(t) for t in (button, values.get(option), *more.get(option, ())) if t)
        clashing = {p for option in said for p in said[option] if sum(p in phrases for phrases in said.values()) > 1}
        found[node.id] = {option: tuple(sorted(phrases - clashing)) for option, phrases in said.items() if phrases}
    return found


def _moves(words: dict[str, Intake]) -> dict[str, tuple[str, ...]]:
    """What holds at every question: the moves, a plain yes, no and go on, and words too common to come back with."""
    said: dict[str, set[str]] = defaultdict(set)
    for lang in words.values():
        for move in MOVES:
            said[move].update(
                fold(t) for t in (lang.labels.get(move, ""), *lang.said.get("moves", {}).get(move, ())) if t
            )
        for option, phrases in lang.said.get("any", {}).items():
            said[option].update(map(fold, phrases))
        said["common"].update(map(fold, lang.said.get("common", {}).get("common", ())))
    return {name: tuple(sorted(phrases)) for name, phrases in said.items()}
