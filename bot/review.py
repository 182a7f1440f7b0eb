"""Who has read what guests are shown (R10): reviews live in the home folder by content hash, so that a changed text is
unreviewed again. Entered by the operator, never by the author of the text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import orjson

from bot.library import lines
from bot.library.loading import Library
from bot.store.keys import write_durably

# What guests get over Telegram before anybody has reviewed anything: the safety floor and the ways out.
FLOOR = (
    "danger.",
    "exit.",
    "intro.",
    "help.",
    "miss.",
    "flood.",
    "erase.",
    "safe_place.",
    "distress.",
    "group.",
    "officer_only",
    "button.gone",
    "operator.",
    "quiet.",
    "language.",
    "privacy.",
)


INTERFACE = ("words", "menu", "about")
"""Groups of `commands.yml` that a guest reads: joining words, the platform's command menu, name and description."""
# Rows whose button a guest may always see; what they lead to is part of the floor too.
FLOOR_ROWS = frozenset(
    [
        "emergency_now",
        "self_harm",
        "minor_at_risk",
        "wants_hotline",
        "help_menu",
        "stop_or_exit",
        "delete_my_data",
        "language_switch",
    ]
)


def content_hash(*pieces: str) -> str:
    return hashlib.sha256("\0".join(pieces).encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def strings(library: Library) -> Mapping[str, str]:
    """`kind:id:lang` of everything a guest can be shown, to its content hash: of topics, messages and their buttons, what
    rows are called on buttons, words and slang, help lines, and the words of the interface."""
    found: dict[str, str] = {}
    for (topic_id, lang), topic in library.topics.items():
        if topic.audience == "everyone":
            found[f"topic:{topic_id}:{lang}"] = content_hash(topic.title, topic.short, *topic.more, "", *topic.lines)
    for (message_id, lang), message in library.messages.items():
        if message.audience == "everyone":
            titles = [button.title for button in message.buttons]
            found[f"message:{message_id}:{lang}"] = content_hash(message.text, *titles, "", *message.lines)
    for (key, lang), term in library.terms.items():
        found[f"term:{key}:{lang}"] = content_hash(*term.avoid, "", term.prefer, term.why)
    for (key, lang), slang in library.slang.items():
        found[f"slang:{key}:{lang}"] = content_hash(slang.term, *slang.aliases, "", slang.meaning)
    for (row, lang), label in library.labels.items():
        found[f"label:{row}:{lang}"] = content_hash(label)
    for lang, groups in library.commands.items():
        for group in INTERFACE:
            words = [f"{key} {text}" for key, text in sorted(groups[group].items())]
            found[f"interface:{group}:{lang}"] = content_hash(*words)
        for line in library.lines.values():
            if line.status != "hidden":
                name = line.neutral_name.get(lang) if line.neutral_name else ""
                whole = lines.pages(line, lang, groups["words"])
                found[f"line:{line.id}:{lang}"] = content_hash(*whole, lines.compact(line, lang, groups["words"]), name)
    for lang, intake in library.intake.items():
        for node, asking in intake.nodes.items():
            if not node.startswith("officer."):
                titles = [library.intake_option(node, option, lang) for option in library.asked[node].options]
                found[f"ask:{node}:{lang}"] = content_hash(asking.text, asking.because or "", *titles)
    return MappingProxyType(found)


class Reviews:
    """`reviews.json` in WAYMARK_HOME: content hash to (who, when)."""

    def __init__(self, home: Path) -> None:
        self._file = home / "reviews.json"
        self._entries: dict[str, dict[str, str]] = orjson.loads(self._file.read_bytes()) if self._file.exists() else {}

    def unreviewed(self, library: Library) -> list[str]:
        return sorted(name for name, digest in strings(library).items() if digest not in self._entries)

    def confirm(self, library: Library, names: list[str], reviewer: str) -> int:
        """Mark strings as read by a named person; returns how many were new. Raises KeyError for an unknown name."""
        all_strings = strings(library)
        new = 0
        for name in names:
            digest = all_strings[name]
            if digest not in self._entries:
                self._entries[digest] = {"by": reviewer, "on": datetime.now(UTC).date().isoformat(), "what": name}
                new += 1
        write_durably(self._file, orjson.dumps(self._entries, option=orjson.OPT_INDENT_2))
        return new

    def is_floor(self, content: str) -> bool:
        """Whether a part belongs to what guests always get."""
        kind, _, name = content.partition(":")
        return kind in ("lines", "line") or (kind in ("message", "menu", "offer") and name.startswith(FLOOR))
