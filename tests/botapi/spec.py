"""The Bot API as data (`api.json`): checks calls and objects against it, and makes plausible objects of a type."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

MAX_DEPTH = 12  # of nested objects
_INTEGER = re.compile(r"-?\d{1,19}")
_ARRAY = "Array of "
_SCALARS = frozenset({"String", "Integer", "Float", "Boolean", "InputFile"})
_TAGS = ("type", "source", "status")
_FAMILIES = (
    "BackgroundFill", "BotCommandScope", "ChatBoostSource", "InlineQueryResult", "InputMedia", "InputPaidMedia",
    "InputProfilePhoto", "InputStoryContent", "MenuButton", "MessageOrigin", "OwnedGift", "PaidMedia", "ReactionType",
    "RevenueWithdrawalState", "StoryAreaType", "TransactionPartner",
)  # fmt: skip
_MEMBER_STATUS = {
    "ChatMemberOwner": "creator", "ChatMemberAdministrator": "administrator", "ChatMemberMember": "member",
    "ChatMemberRestricted": "restricted", "ChatMemberLeft": "left", "ChatMemberBanned": "kicked",
}  # fmt: skip


@dataclass(frozen=True)
class Length:
    minimum: int
    maximum: int
    unit: str

    def problem(self, value: str) -> str | None:
        size = len(value.encode()) if self.unit == "bytes" else utf16_length(value)
        if size > self.maximum:
            return f"is {size} {self.unit} long, at most {self.maximum} allowed"
        if size < self.minimum:
            return f"is {size} {self.unit} long, at least {self.minimum} needed"
        return None


@dataclass(frozen=True)
class Field:
    name: str
    types: tuple[str, ...]
    required: bool
    length: Length | None


@dataclass(frozen=True)
class Method:
    name: str
    returns: tuple[str, ...]
    fields: Mapping[str, Field]


@dataclass(frozen=True)
class Type:
    name: str
    fields: Mapping[str, Field]
    subtypes: tuple[str, ...]
    tag: tuple[str, str] | None = None  # the field and the value that tell this subtype from its siblings


def utf16_length(text: str) -> int:
    """Telegram counts UTF-16 code units; never fewer than code points, so the stricter of the two readings."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class ApiSpec:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.version: str = data["version"]
        self.methods: dict[str, Method] = {
            name: Method(name, tuple(entry["returns"]), _fields(entry["fields"]))
            for name, entry in data["methods"].items()
        }
        tags = _tags(data["types"])
        self.types: dict[str, Type] = {
            name: Type(name, _fields(entry.get("fields", {})), tuple(entry.get("subtypes", ())), tags.get(name))
            for name, entry in data["types"].items()
        }

    # --- decoding: forms, queries and multipart carry text only

    def decode(self, method: Method, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Text becomes what the parameter declares, where it can; what cannot stays text and fails the check."""
        params = {}
        for name, value in raw.items():
            field = method.fields.get(name)
            params[name] = _from_text(field.types, value) if field and isinstance(value, str) else value
        return params

    # --- checking

    def check_call(
        self,
        method: Method,
        params: Mapping[str, Any],
        files: Collection[str] = (),
        plain: Mapping[str, str] | None = None,
    ) -> list[str]:
        """What is wrong with a call; `plain` gives texts as they read after their markup is parsed."""
        direct = {f: "" for f in files if f in method.fields and "InputFile" in method.fields[f].types}
        problems = self._check_fields(method.fields, {**params, **direct}, "", plain)
        attached = set(_attached(params))
        problems += [f"{name}: attached file is missing" for name in sorted(attached - set(files))]
        problems += [f"{name}: unknown parameter" for name in sorted(set(files) - attached - set(direct))]
        return problems

    def check_object(self, type_name: str, value: object) -> list[str]:
        return self._check_type(type_name, value, type_name, 0)

    def _check_fields(
        self,
        fields: Mapping[str, Field],
        values: Mapping[str, Any],
        path: str,
        plain: Mapping[str, str] | None = None,
        depth: int = 0,
    ) -> list[str]:
        prefix = f"{path}." if path else ""
        problems = [f"{prefix}{name}: unknown parameter" for name in values if name not in fields]
        for field in fields.values():
            where = f"{prefix}{field.name}"
            if field.name not in values:
                problems += [f"{where}: required but missing"] if field.required else []
                continue
            value = values[field.name]
            wrong = self._check_any(field.types, value, where, depth)
            if not wrong and field.length and isinstance(value, str):
                measured = plain.get(field.name, value) if plain else value
                too_long = field.length.problem(measured)
                wrong = [f"{where}: {too_long}"] if too_long else []
            problems += wrong
        return problems

    def _check_any(self, types: Iterable[str], value: object, where: str, depth: int) -> list[str]:
        best: list[str] | None = None
        for name in types:
            problems = self._check_type(name, value, where, depth)
            if not problems:
                return []
            if best is None or _is_wrong_kind(best, where) or len(problems) < len(best):
                best = problems if best is None or not _is_wrong_kind(problems, where) else best
        return best or []

    def _check_type(self, name: str, value: object, where: str, depth: int) -> list[str]:
        if depth > MAX_DEPTH:
            return [f"{where}: nested too deeply"]
        if name.startswith(_ARRAY):
            if not isinstance(value, list):
                return [f"{where}: must be an array"]
            inner = name.removeprefix(_ARRAY)
            return [p for i, v in enumerate(value) for p in self._check_type(inner, v, f"{where}[{i}]", depth + 1)]
        if name in _SCALARS:
            return [] if _is_scalar(name, value) else [f"{where}: must be of type {name}"]
        kind = self.types[name]
        if kind.subtypes:
            return self._check_any(kind.subtypes, value, where, depth + 1)
        if not isinstance(value, dict):
            return [f"{where}: must be of type {name}"]
        if kind.tag and value.get(kind.tag[0]) != kind.tag[1]:
            return [f"{where}: must be of type {name}"]
        return self._check_fields(kind.fields, value, where, None, depth + 1)

    # --- making

    def sample(self, name: str, depth: int = 0) -> Any:
        """The smallest object that fits the type."""
        if depth > MAX_DEPTH:
            raise RecursionError(name)
        if name.startswith(_ARRAY):
            return []
        match name:
            case "String" | "InputFile":
                return "sample"
            case "Integer":
                return 1
            case "Float":
                return 0.0
            case "Boolean":
                return True
        kind = self.types[name]
        if kind.subtypes:
            return self.sample(kind.subtypes[0], depth + 1)
        made = {f.name: self.sample(f.types[0], depth + 1) for f in kind.fields.values() if f.required}
        if kind.tag:
            made[kind.tag[0]] = kind.tag[1]
        if name == "Chat":
            made["type"] = "private"
        return made


@cache
def load() -> ApiSpec:
    return ApiSpec(json.loads(Path(__file__).with_name("api.json").read_text(encoding="utf-8")))


def _fields(entries: Mapping[str, Any]) -> dict[str, Field]:
    fields = {}
    for name, entry in entries.items():
        length = entry.get("length")
        limit = Length(length["min"], length["max"], length["unit"]) if length else None
        fields[name] = Field(name, tuple(entry["types"]), entry.get("required", False), limit)
    return fields


def _tags(types: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Which value of `type`, `source` or `status` belongs to which subtype: the rest of its name, in snake case."""
    tags: dict[str, tuple[str, str]] = {name: ("status", status) for name, status in _MEMBER_STATUS.items()}
    for name, entry in types.items():
        family = next((f for f in _FAMILIES if name.startswith(f)), None)
        tag = next((t for t in _TAGS if entry.get("fields", {}).get(t, {}).get("types") == ["String"]), None)
        if family and tag and name not in (family, f"{family}s"):
            rest = name.removeprefix(family).removeprefix("Cached")
            tags[name] = (tag, re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", rest).lower())
    return tags


def _is_scalar(name: str, value: object) -> bool:
    match name:
        case "Integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "Float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "Boolean":
            return isinstance(value, bool)
        case _:
            return isinstance(value, str)


def _is_wrong_kind(problems: list[str], where: str) -> bool:
    return len(problems) == 1 and problems[0].startswith(f"{where}: must be ")


def _from_text(types: tuple[str, ...], text: str) -> Any:
    if "Integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "Boolean" in types and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if "String" in types or "InputFile" in types:
        return text
    if "Integer" in types or "Boolean" in types:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, str) else value


def _attached(value: object, depth: int = 0) -> Iterable[str]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str) and value.startswith("attach://"):
        yield value.removeprefix("attach://")
    elif isinstance(value, dict):
        for item in value.values():
            yield from _attached(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _attached(item, depth + 1)
