"""Fictional programs and shifts; a test names what it is about and nothing else."""

from __future__ import annotations

from typing import Any

from bot.oncall.model import Program, Shift, Takes

NOW = 1_800_000_000.0
AGES = ["18_24", "25_59", "60_up"]


def program(name: str = "ash", **changes: Any) -> Program:
    """A program that takes everybody of age, anywhere in Oklahoma, but for `changes` of it or of what it takes."""
    takes: dict[str, Any] = {
        "ages": AGES, "genders": ["women", "men", "nonbinary"], "children": 3, "pets": "large", "medical": True, "detox": True,
        "mobility": True, "languages": ["en", "es", "vi"],
    }  # fmt: skip
    takes |= {key: changes.pop(key) for key in list(changes) if key in takes}
    row = {
        "id": name, "name": name.title(), "front_door": "https://example.org", "regions": ["OK"], "zone": "America/Chicago",
        "fictional": True, **changes,
    }  # fmt: skip
    return Program(takes=Takes(**takes), **row)


def shift(chat: str, name: str = "ash", number: int = 1, **changes: Any) -> Shift:
    """On now, confirmed, for an hour each way."""
    values = {"starts_at": NOW - 3600, "ends_at": NOW + 3600, "confirmed_at": NOW - 3600, **changes}
    return Shift(number, chat, name, **values)
