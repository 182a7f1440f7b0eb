"""The operator's YAML files as checked values. Every problem names the file, the line, the field and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)


class FileProblem(ValueError):
    """A file that cannot be used; `problems` is "line 7: takes.ages.0: …" for each thing that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Entry:
    """One mapping of a file, with the place of each of its parts."""

    value: dict[str, Any]
    node: yaml.MappingNode

    def line(self, *path: str | int) -> int:
        """The line, from 1, of the part at `path`; of the last part of it that is there."""
        node: yaml.Node = self.node
        at = node.start_mark.line
        for step in path:
            found = _inside(node, step)
            if found is None:
                break
            at, node = found
        return at + 1

    def says(self, problem: str, *path: str | int) -> str:
        name = ".".join(str(p) for p in path)
        return f"line {self.line(*path)}: {name + ': ' if name else ''}{problem}"


def entries(text: str) -> list[Entry]:
    """The mappings of a file: one, a list of them, or several documents. Raises `FileProblem`."""
    try:
        nodes = [node for node in yaml.compose_all(text, yaml.SafeLoader) if node is not None]
        found = list(_mappings(nodes))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FileProblem([f"line {line}: this is not YAML ({error.problem}); check indentation and quotes"]) from None
    except yaml.YAMLError:
        raise FileProblem(["line 1: this is not a text file in YAML"]) from None
    if not found:
        raise FileProblem(["line 1: the file is empty"])
    return found


def checked(entry: Entry, model: type[M]) -> tuple[M | None, list[str]]:
    """The entry as a value of `model`, or what is wrong with it."""
    try:
        return model.model_validate(entry.value), []
    except ValidationError as error:
        return None, [entry.says(_words(item, model), *item["loc"]) for item in error.errors()]


def _mappings(nodes: Sequence[yaml.Node]) -> Iterator[Entry]:
    for node in nodes:
        for inner in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(inner, yaml.MappingNode):
                raise FileProblem([f"line {inner.start_mark.line + 1}: expected fields such as `id: …`"])
            twice = _twice(inner)
            if twice is not None:
                raise FileProblem([f"line {twice.start_mark.line + 1}: {twice.value}: stands here twice"])
            yield Entry(_value(inner), inner)


def _twice(node: yaml.Node) -> yaml.ScalarNode | None:
    """A key that stands in one mapping twice: YAML would silently take the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                return key
            seen.add(str(key.value))
            found = _twice(value)
            if found is not None:
                return found
    elif isinstance(node, yaml.SequenceNode):
        return next((found for found in map(_twice, node.value) if found is not None), None)
    return None


def _value(node: yaml.MappingNode) -> dict[str, Any]:
    loader = yaml.SafeLoader("")
    try:
        value: dict[str, Any] = loader.construct_document(node)
    finally:
        loader.dispose()
    return value


def _inside(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line, node.value[step]
    return None


def _words(item: ErrorDetails, model: type[BaseModel]) -> str:
    given = item.get("input")
    match item["type"]:
        case "missing":
            return "is missing: write it, nothing is taken for granted"
        case "extra_forbidden":
            return f"there is no such field; there are {', '.join(_fields(model))}"
        case "literal_error" if isinstance(given, int) and not isinstance(given, bool):
            return f"YAML reads this as the number {given}: put it in quotes, one of {_expected(item)}"
        case "literal_error":
            return f"{given!r} is none of {_expected(item)}"
        case "string_type" if not isinstance(given, list | dict):
            return f"YAML reads this as {given!r}: put it in quotes"
        case "string_pattern_mismatch":
            return f"{given!r} has not the form that is needed here ({item.get('ctx', {}).get('pattern', '')})"
        case "value_error":
            return str(item.get("ctx", {}).get("error", item["msg"]))
    return item["msg"].removeprefix("Input ")


def _expected(item: ErrorDetails) -> str:
    return str(item.get("ctx", {}).get("expected", ""))


def _fields(model: type[BaseModel]) -> list[str]:
    found = list(model.model_fields)
    for field in model.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found += list(field.annotation.model_fields)
    return found
