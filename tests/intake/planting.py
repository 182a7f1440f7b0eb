"""Walks for tests, and broken copies of the real graph: one thing changed, everything else as it is."""

from __future__ import annotations

from typing import Any

from bot.intake import walk as walking
from bot.intake.model import Graph, Way
from bot.intake.walk import Step

GOES_ON = {
    "consent": "yes", "details": "yes", "age": "25_59", "adult": "yes", "adults": "2", "agreed": "yes",
}  # fmt: skip
"""What has to be answered to come to the summary; all else is skipped."""


def with_node(graph: Graph, name: str, **changes: Any) -> Graph:
    return graph.model_copy(update={"nodes": graph.nodes | {name: graph.nodes[name].model_copy(update=changes)}})


def with_ways(graph: Graph, name: str, *ways: tuple[dict[str, list[str | int]], str]) -> Graph:
    return with_node(graph, name, next=[Way(when=when, to=to) for when, to in ways])


def answer(graph: Graph, step: Step, node: str, what: str) -> Step:
    """Answer the question that is open, which must be this one."""
    assert step.walk.node == node, (step.walk.node, node)
    assert step.end in (None, "end.danger")
    after = walking.tap(graph, step.walk, what)
    return after if after.problem is None else walking.say(graph, step.walk, what)


def through(graph: Graph, asker: Any, answers: dict[str, str] | None = None, until: str = "summary") -> Step:
    """From the first question to `until`: by field what is answered, all else skipped or read."""
    said, step = GOES_ON | (answers or {}), walking.begin(graph, asker)
    for _ in range(2 * len(graph.nodes)):
        node = graph.nodes[step.walk.node]
        if step.walk.node == until or step.end not in (None, "end.danger"):
            return step
        if node.kind == "many" and node.field in said:
            for option in said[node.field].split():
                step = answer(graph, step, node.id, option)
            step = answer(graph, step, node.id, "done")
        else:
            step = answer(graph, step, node.id, said.get(node.field or "", "go" if node.kind == "notice" else "skip"))
        assert step.problem is None, (node.id, step.problem)
    raise AssertionError("the walk goes round in a circle")
