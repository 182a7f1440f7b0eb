"""Writes `api.json` from the full description: `python -m tests.botapi.reduce_api FULL.json`. Not run by the tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ORIGIN = (
    "Facts (names, types, required flags, length limits) from the MIT-licensed telegram-bot-api-spec, "
    "Bot API 10.1, 2026-06-11; descriptions left out. Written by tests/botapi/reduce_api.py."
)


def _fields(fields: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    reduced = {}
    for field in fields:
        entry: dict[str, Any] = {"types": field["types"]}
        if field["required"]:
            entry["required"] = True
        if "length" in field:
            entry["length"] = field["length"]
        reduced[field["name"]] = entry
    return reduced


def _lines(entries: dict[str, Any]) -> str:
    return ",\n".join(
        f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in entries.items()
    )


def reduce(full: dict[str, Any]) -> str:
    methods = {
        name: {"returns": method["returns"], "fields": _fields(method.get("fields", []))}
        for name, method in full["methods"].items()
    }
    types = {
        name: {"subtypes": entry["subtypes"]} if "subtypes" in entry else {"fields": _fields(entry.get("fields", []))}
        for name, entry in full["types"].items()
    }
    head = f'"origin": {json.dumps(ORIGIN)},\n"version": {json.dumps(full["version"])},\n'
    return "{" + head + '"methods": {\n' + _lines(methods) + '\n},\n"types": {\n' + _lines(types) + "\n}}\n"


if __name__ == "__main__":
    text = reduce(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    Path(__file__).with_name("api.json").write_text(text, encoding="utf-8")
