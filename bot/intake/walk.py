"""A walk through the question graph: pure, from one place to the next. No database, no clock, no words for people."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.intake import reading
from bot.intake.model import Answers, Asker, Graph, Node, Value, Walk
from nlu.text import clean, fold

KEPT = "kept"
"""Stands in the answers for a word that is kept as a keyed hash only."""
LISTS = frozenset({"needs"})
"""Fields that hold several values; an option "none" there means an empty list."""
LONGEST_WORD = 6
"""Words in the phrase that a person comes back with."""
_SHORT = 8  # words; what is longer is hardly the name of a place
_DIGIT = re.compile(r"\d")

GONE = "intake.problem.gone"
CHOOSE = "intake.problem.choose"


@dataclass(frozen=True, slots=True)
class Step:
    """`problem`: the id of a message that says what was wrong with an answer; the question stays. `check`: see whether anybody
    on call could take this before the next question is shown. `end`: an end that was reached."""

    walk: Walk
    problem: str | None = None
    check: bool = False
    end: str | None = None


def begin(graph: Graph, asker: Asker) -> Step:
    return Step(Walk(asker=asker, node=graph.start[asker]))


def tap(graph: Graph, walk: Walk, option: str) -> Step:
    """An option's id, "skip", "back", "done", "send" or "change:<field>". Anything else belongs to a question that is gone."""
    if option == "back":
        return _back(graph, walk)
    node = graph.nodes.get(walk.node)
    if node is None:
        return Step(walk, problem=GONE)
    if option == "skip" and node.skip:
        return _skip(graph, walk, node)
    if option.startswith("change:") and node.kind == "summary":
        return _change(graph, walk, option.partition(":")[2])
    if option == "send" and node.kind == "summary":
        return _on(graph, walk, node)
    if node.kind == "many" and node.field:
        chosen = _listed(walk.answers.get(node.field))
        if option == "done":
            return _answered(graph, walk, node, chosen)
        if option in node.options:
            kept = [o for o in node.options if (o in chosen) != (o == option)]
            return Step(walk.with_(answers={**walk.answers, node.field: kept}))
    if option not in node.options or node.kind == "many":
        return Step(walk, problem=GONE)
    return _on(graph, walk, node) if node.field is None else _answered(graph, walk, node, _value(node, option))


def say(graph: Graph, walk: Walk, text: str) -> Step:
    """Words instead of a tap, or where there is nothing to tap."""
    node = graph.nodes.get(walk.node)
    if node is None:
        return Step(walk, problem=GONE)
    own = reading.options(graph, node, text) if node.kind in ("notice", "choice", "many", "number") else []
    if own:
        return _chosen(graph, walk, node, own)
    move = reading.move(graph, text)
    if move is not None:
        step = tap(graph, walk, move)
        return step if step.problem is None else Step(walk, problem=CHOOSE)
    if node.kind == "word":
        return _word(graph, walk, node, text)
    if node.kind == "phone":
        number = reading.number(text)
        return _answered(graph, walk, node, number) if number else Step(walk, problem="intake.problem.phone")
    if node.kind == "text":
        return _text(graph, walk, node, text)
    return Step(walk, problem=CHOOSE)


def summary(graph: Graph, walk: Walk) -> list[tuple[str, Value]]:
    """What was answered, in the order of the questions: what a summary shows, and "change" offers."""
    nodes = (graph.nodes[n] for n in path(graph, walk.asker, walk.answers) if n in graph.nodes)
    return [(n.field, walk.answers[n.field]) for n in nodes if n.field and n.shown and n.field in walk.answers]


def fits(graph: Graph, walk: Walk, text: str, lang: str = "") -> bool:
    """Whether the text could answer the question that is open, in whichever language it is asked."""
    node = graph.nodes.get(walk.node)
    if node is None or not fold(text):
        return False
    asks = "?" in text or "¿" in text
    if not asks and reading.move(graph, text) is not None:
        return True
    if node.kind == "phone":
        return reading.number(text) is not None
    if node.kind == "word":
        return not asks and len(fold(text).split()) <= LONGEST_WORD
    if node.kind == "text":
        known = node.field == "state" and reading.state(graph, node, text) is not None
        return known or (node.field != "state" and not asks and len(fold(text).split()) <= _SHORT)
    return not asks and bool(reading.options(graph, node, text))


def follow(graph: Graph, node: Node, answers: Answers) -> str | None:
    """Where a node leads with these answers: the first way that fits. None at an end."""
    for way in node.next:
        if all(not _said(answers.get(field)).isdisjoint(wanted) for field, wanted in way.when.items()):
            return way.to
    return None


def path(graph: Graph, asker: Asker, answers: Answers) -> list[str]:
    """Every node from the first to the summary or an end, as these answers lead; what is not answered counts as skipped."""
    found: list[str] = []
    name: str | None = graph.start[asker]
    while name is not None and name in graph.nodes and name not in found:
        found.append(name)
        node = graph.nodes[name]
        name = None if node.kind == "summary" else follow(graph, node, answers)
    return found


# -- moving ----------------------------------------------------------------------------------------------------------


def _said(value: Value | None) -> set[str | int]:
    return set() if value is None else set(value) if isinstance(value, list) else {value}


def _listed(value: Value | None) -> list[str]:
    return list(value) if isinstance(value, list) else []


def _value(node: Node, option: str) -> Value:
    if node.field in LISTS:
        return [] if option == "none" else [option]
    return int(option) if node.kind == "number" and option.isdigit() else option


def _answered(graph: Graph, walk: Walk, node: Node, value: Value) -> Step:
    return _on(graph, walk.with_(answers={**walk.answers, node.field or "": value}), node)


def _skip(graph: Graph, walk: Walk, node: Node) -> Step:
    answers = {field: value for field, value in walk.answers.items() if field != node.field}
    if node.skipped is not None and node.field:
        answers[node.field] = _value(node, node.skipped)
    return _on(graph, walk.with_(answers=answers), node)


def _on(graph: Graph, walk: Walk, node: Node) -> Step:
    """On from a node that has been passed; while one answer is changed, back to the summary by way of what is new."""
    if walk.back_to is not None:
        return _returned(graph, walk, node)
    following = follow(graph, node, walk.answers)
    if following is None:
        return Step(walk, problem=GONE)
    return _arrived(graph, walk.with_(trail=[*walk.trail, node.id]), following, node.check)


def _arrived(graph: Graph, walk: Walk, name: str, check: bool) -> Step:
    end = graph.nodes[name]
    if end.kind != "end":
        return Step(_kept(graph, walk.with_(node=name)), check=check)
    on = follow(graph, end, walk.answers)
    return Step(_kept(graph, walk.with_(node=on or name)), end=name)


def _kept(graph: Graph, walk: Walk) -> Walk:
    """Without the answers of questions that are no longer behind or open."""
    nodes = [graph.nodes[n] for n in (*walk.trail, walk.node) if n in graph.nodes]
    fields = {n.field for n in nodes}
    return walk.with_(answers={f: v for f, v in walk.answers.items() if f in fields})


def _returned(graph: Graph, walk: Walk, node: Node) -> Step:
    """After a change: what the new answer brought up is asked, what it made pointless is forgotten."""
    seen: Collection[str] = {*walk.trail, node.id}
    leads = [
        n for n in path(graph, walk.asker, walk.answers) if graph.nodes[n].kind != "end" or not graph.nodes[n].next
    ]
    fresh = next((n for n in leads[:-1] if n not in seen), None)
    if fresh is not None:
        trail = [n for n in leads if n in seen]
        return Step(_kept(graph, walk.with_(node=fresh, trail=trail)), check=node.check)
    changed = walk.with_(trail=leads[:-1], back_to=None)
    return _arrived(graph, changed, leads[-1], node.check)


def _change(graph: Graph, walk: Walk, field: str) -> Step:
    name = next((n for n in walk.trail if graph.nodes[n].field == field and graph.nodes[n].shown), None)
    if name is None:
        return Step(walk, problem=GONE)
    return Step(walk.with_(node=name, trail=[n for n in walk.trail if n != name], back_to=walk.node))


def _back(graph: Graph, walk: Walk) -> Step:
    """To the question before; while one answer is changed, or from what follows the summary, to the summary."""
    if walk.back_to is not None or walk.node not in graph.nodes:
        leads = path(graph, walk.asker, walk.answers)
        if graph.nodes[leads[-1]].kind != "summary":
            return Step(walk, problem=GONE)
        passed = [n for n in leads[:-1] if graph.nodes[n].kind != "end"]
        return Step(_kept(graph, walk.with_(node=leads[-1], trail=passed, back_to=None)))
    if not walk.trail:
        return Step(walk)
    return Step(_kept(graph, walk.with_(node=walk.trail[-1], trail=walk.trail[:-1])))


# -- words -----------------------------------------------------------------------------------------------------------


def _chosen(graph: Graph, walk: Walk, node: Node, options: list[str]) -> Step:
    if node.kind != "many" or node.field is None:
        return tap(graph, walk, options[0])
    if options == ["none"]:
        return _answered(graph, walk, node, [])
    both = {*_listed(walk.answers.get(node.field)), *options}
    return Step(walk.with_(answers={**walk.answers, node.field: [o for o in node.options if o in both]}))


def _word(graph: Graph, walk: Walk, node: Node, text: str) -> Step:
    word = clean(text)
    if len(fold(word).split()) > LONGEST_WORD or len(word) > node.max_length:
        return Step(walk, problem="intake.problem.word_long")
    if reading.too_common(graph, word):
        return Step(walk, problem="intake.problem.word_common")
    if any(fold(str(walk.answers.get(f, ""))) == fold(word) for f in ("word", "not_me") if f != node.field):
        return Step(walk, problem="intake.problem.word_same")
    return _answered(graph, walk, node, word)


def _text(graph: Graph, walk: Walk, node: Node, text: str) -> Step:
    if node.field == "state":
        state = reading.state(graph, node, text)
        return _answered(graph, walk, node, state) if state else Step(walk, problem="intake.problem.state")
    said = clean(text)
    if not fold(said) or len(said) > node.max_length:
        return Step(walk, problem="intake.problem.long")
    if _DIGIT.search(said):  # a street, a ZIP code, a number: closer than a county (R25)
        return Step(walk, problem="intake.problem.digits")
    return _answered(graph, walk, node, said)
