"""Proves the question graph by walking all of it (R40, R44, R14): what is wrong stands in one line each.

Two views are used. The drawn graph has every way as an edge, whatever its condition: dominators are computed there, so that a notice
that dominates does so however answers combine. The walked graph has only what can happen: a place is a node with the answers that
any condition asks about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from bot.intake import walk as walking
from bot.intake.model import Answers, Asker, Graph, Node, Value
from bot.library.loading import LANGS, Library

GROWN: dict[str, tuple[str, frozenset[str | int]]] = {
    "self": ("age", frozenset({"18_24", "25_59", "60_up"})),
    "ally": ("adult", frozenset({"yes"})),
    "officer": ("adults", frozenset({1, 2, 3})),
}
"""By who asks: the field, and the answers to it, that say that nobody is under 18. No answer is not among them (R44)."""
MAY_ASK: dict[str, frozenset[str]] = {
    "ally": frozenset({"consent", "details", "adult", "word", "state", "area", "contact", "number", "hours", "told"}),
    "officer": frozenset(
        {"adults", "agreed", "children", "state", "area", "language", "other_language", "needs", "number"}
    ),
}
"""All that may be asked where another person is concerned (R14 and the issue's text)."""
TYPED = frozenset({"text", "phone"})
CODED = frozenset({"state"})
"""Typed, but kept as one of a list: it can hold nothing else."""
SEND = "end.send"
Place = tuple[str, tuple[tuple[str, Value | None], ...]]


def problems(graph: Graph, library: Library) -> list[str]:
    """Everything that is wrong. Empty where the graph keeps its promises."""
    shaped = list(_shape(graph))
    if shaped:
        return shaped  # the walks below need a graph whose ways lead to nodes
    found = [*_conditions(graph), *_circles(graph), *_typed(graph)]
    for asker in graph.start:
        found += _walked(graph, asker)
        found += _notice(graph, asker)
        found += _asked(graph, asker)
    found += [f"graph.yml: {name}: nothing leads there" for name in graph.nodes if name not in _reached(graph)]
    return [*found, *_words(graph, library)]


# -- shape -----------------------------------------------------------------------------------------------------------


def _shape(graph: Graph) -> Iterator[str]:
    for asker in ("self", "ally", "officer"):
        if graph.start.get(asker) not in graph.nodes:
            yield f"graph.yml: start: {asker} begins nowhere"
    for node in graph.nodes.values():
        for way in node.next:
            if way.to not in graph.nodes:
                yield f"graph.yml: {node.id}: leads to {way.to}, which is not there"
        if node.kind == "end":
            continue
        if not node.next:
            yield f"graph.yml: {node.id}: is a dead end"
        if node.kind in ("choice", "many", "number") and not node.options:
            yield f"graph.yml: {node.id}: has no options"
        if (node.field is None) != (node.kind in ("notice", "summary")):
            yield f"graph.yml: {node.id}: a {node.kind} has {'a field' if node.field else 'no field'}"
        if node.kind == "notice" and node.options != ["go"]:
            yield f"graph.yml: {node.id}: a notice has the one option go"
        if node.skipped is not None and node.skipped not in node.options:
            yield f"graph.yml: {node.id}: a skip is taken for {node.skipped}, which is no option"


def _values(node: Node) -> list[Value]:
    """What can be kept of an answer, as far as conditions may ask about it."""
    return [int(o) if node.kind == "number" and o.isdigit() else o for o in node.options]


def _conditions(graph: Graph) -> Iterator[str]:
    """Conditions are complete and ask only for what can have been said."""
    said: dict[str, set[str | int]] = defaultdict(set)
    for node in graph.nodes.values():
        said[node.field or ""].update(v for v in _values(node) if not isinstance(v, list))
    for node in graph.nodes.values():
        if node.next and node.next[-1].when:
            yield f"graph.yml: {node.id}: the last way has a condition; answers that fit none lead nowhere"
        for way in node.next[:-1]:
            if not way.when:
                yield f"graph.yml: {node.id}: a way without a condition hides those after it"
        for way in node.next:
            for field, wanted in way.when.items():
                for value in wanted:
                    if value not in said.get(field, set()):
                        yield f"graph.yml: {node.id}: asks whether {field} is {value!r}, which nobody can say"


def _edges(graph: Graph) -> dict[str, list[str]]:
    return {name: [way.to for way in node.next] for name, node in graph.nodes.items()}


def _circles(graph: Graph) -> Iterator[str]:
    """No question comes twice."""
    edges, done, open_now = _edges(graph), set[str](), set[str]()

    def visit(name: str) -> Iterator[str]:
        open_now.add(name)
        for to in edges[name]:
            if to in open_now:
                yield f"graph.yml: {name}: leads back to {to}; a person would go round in a circle"
            elif to not in done:
                yield from visit(to)
        open_now.discard(name)
        done.add(name)

    for start in graph.start.values():
        if start not in done:
            yield from visit(start)


def _typed(graph: Graph) -> Iterator[str]:
    """Free text can hold anything, so it counts as identifying (R25, R40)."""
    for node in graph.nodes.values():
        if node.kind in TYPED and node.field not in CODED and not node.identifying:
            yield f"graph.yml: {node.id}: free text can identify a person; mark it identifying"


def _from(edges: dict[str, list[str]], start: str, without: str | None = None) -> set[str]:
    seen, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name not in seen and name != without:
            seen.add(name)
            waiting += edges[name]
    return seen


def _reached(graph: Graph) -> set[str]:
    edges = _edges(graph)
    return set().union(*(_from(edges, start) for start in graph.start.values()))


# -- promises --------------------------------------------------------------------------------------------------------


def _notice(graph: Graph, asker: Asker) -> Iterator[str]:
    """The notice on mandated reporting stands on every way to every question that could identify a person (R40): taken out of
    the drawn graph, none of them can be reached any more."""
    edges, start = _edges(graph), graph.start[asker]
    reached = _from(edges, start)
    notices = [name for name in reached if graph.nodes[name].reporting]
    if not notices:
        yield f"graph.yml: {asker}: nothing says who has to report (R40)"
    for name in sorted(n for n in reached if graph.nodes[n].identifying):
        if not any(name not in _from(edges, start, without=notice) for notice in notices):
            yield f"graph.yml: {name}: can be reached ({asker}) without the notice on reporting (R40)"


def _asked(graph: Graph, asker: Asker) -> Iterator[str]:
    """About another person nothing is asked but what is listed."""
    allowed = MAY_ASK.get(asker)
    if allowed is not None:
        for name in sorted(_from(_edges(graph), graph.start[asker])):
            field = graph.nodes[name].field
            if field is not None and field not in allowed:
                yield f"graph.yml: {name}: {asker} is asked for {field}; leave it out (R14)"


def places(graph: Graph, asker: Asker) -> dict[Place, set[Place]]:
    """Every place that a walk can come to, and those that one answer leads to from it."""
    watched = {field for node in graph.nodes.values() for way in node.next for field in way.when}
    watched |= {GROWN[asker][0]}
    start: Place = (graph.start[asker], ())
    found: dict[Place, set[Place]] = {}
    waiting = [start]
    while waiting:
        place = waiting.pop()
        if place in found:
            continue
        node, answers = graph.nodes[place[0]], dict(place[1])
        found[place] = set()
        for value in _answers_to(node):
            after: Answers = {f: v for f, v in answers.items() if v is not None}
            if node.field is not None and node.field in watched:
                after.pop(node.field, None)
                if value is not None:
                    after[node.field] = value
            to = walking.follow(graph, node, after)
            if to is not None:
                found[place].add((to, tuple(sorted(after.items()))))
        waiting += found[place]
    return found


def _answers_to(node: Node) -> list[Value | None]:
    """Every answer that a condition may ask about; None where nothing is said."""
    if node.field is None or node.kind in ("text", "phone", "word"):
        return [None]
    skipped: list[Value | None] = [node.skipped] if node.skip else []
    return [*_values(node), *skipped]


def _walked(graph: Graph, asker: Asker) -> Iterator[str]:
    reached = places(graph, asker)
    field, grown = GROWN[asker]
    for node in (graph.nodes[name] for name in {n for n, _ in reached}):
        if node.field == field and node.skipped in {str(value) for value in grown}:
            yield f"graph.yml: {node.id}: a skip counts as 18 or over ({asker}, R44)"
    for name, answers in sorted(reached, key=str):
        node, said = graph.nodes[name], dict(answers)
        if (node.identifying or name == SEND) and said.get(field) not in grown:
            yield f"graph.yml: {name}: somebody under 18, or who did not say, can come here ({asker}, R44)"
        if node.identifying and said.get("details") == "no":
            yield f"graph.yml: {name}: is asked of somebody who goes on without details ({asker}, R40)"
    ways_out = _can_end(graph, reached)
    for place in sorted(reached.keys() - ways_out, key=str):
        yield f"graph.yml: {place[0]}: no way from here to an end ({asker})"
    if not any(name == SEND for name, _ in reached):
        yield f"graph.yml: {asker}: cannot come to {SEND}"
    if not _nameless(graph, reached, asker):
        yield f"graph.yml: {asker}: cannot come to {SEND} without answering what identifies (R40)"
    for name in {n for n, _ in reached}:
        node = graph.nodes[name]
        first, out = name == graph.start[asker], any(graph.nodes[w.to].id == "end.stop" for w in node.next)
        if first and not (node.skip or out or node.kind == "notice"):
            yield f"graph.yml: {name}: has no way back, no skip and no way out"


def _can_end(graph: Graph, reached: dict[Place, set[Place]]) -> set[Place]:
    """Places from which an end can be reached; an end that is passed through is none."""
    back: dict[Place, set[Place]] = defaultdict(set)
    for place, following in reached.items():
        for to in following:
            back[to].add(place)
    good = {p for p in reached if graph.nodes[p[0]].kind == "end" and not graph.nodes[p[0]].next}
    waiting = list(good)
    while waiting:
        for before in back[waiting.pop()] - good:
            good.add(before)
            waiting.append(before)
    return good


def _nameless(graph: Graph, reached: dict[Place, set[Place]], asker: Asker) -> bool:
    """Whether sending is reached with every identifying question skipped, or none of them asked."""
    start: Place = (graph.start[asker], ())
    seen, waiting = set[Place](), [start]
    while waiting:
        place = waiting.pop()
        node = graph.nodes[place[0]]
        if place in seen or (node.identifying and not node.skip):
            continue
        seen.add(place)
        waiting += reached[place]
    return any(name == SEND for name, _ in seen)


# -- words -----------------------------------------------------------------------------------------------------------


def _words(graph: Graph, library: Library) -> Iterator[str]:
    """Every question, option and value has words in every language, and every question says what it is for."""
    for lang in LANGS:
        words, where = library.intake.get(lang), f"{lang}/intake.yml"
        if words is None:
            yield f"{where}: is not there"
            continue
        for key in ("skip", "back", "done", "send", "unsafe", "exit", "chosen", "change", "row", "nothing"):
            if not words.labels.get(key):
                yield f"{where}: labels.{key} is missing"
        shown = [node for node in graph.nodes.values() if node.kind not in ("end", "summary")]
        for node in shown:
            asking = words.nodes.get(node.id)
            if asking is None or not asking.text.strip():
                yield f"{where}: nodes.{node.id} is missing; write what is asked"
                continue
            if node.kind != "notice" and not (asking.because or "").strip():
                yield f"{where}: nodes.{node.id} does not say what the answer is for"
            values = words.values.get(node.field or "", {})
            yield from _missing(f"{where}: nodes.{node.id}", node.options, {**values, **asking.options})
            if node.field is not None:
                yield from _missing(f"{where}: values.{node.field}", node.options, values)
                yield from _missing(f"{where}: fields", [node.field], words.fields)
        for name in words.nodes:
            if name not in graph.nodes:
                yield f"{where}: nodes.{name} is no question of graph.yml"
        for field in CODED:
            everywhere = {v for other in library.intake.values() for v in other.values.get(field, {})}
            yield from _missing(f"{where}: values.{field}", sorted(everywhere), words.values.get(field, {}))


def _missing(where: str, wanted: Iterable[str], there: dict[str, str]) -> Iterator[str]:
    for key in wanted:
        if not there.get(key):
            yield f"{where}: {key} has no words"
