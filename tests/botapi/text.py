"""Texts as Telegram reads them: HTML markup parsed strictly, commands found."""

from __future__ import annotations

import html
import re
from typing import Any

from .spec import utf16_length

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[^<>]*)?)>")
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|lt|gt|amp|quot);")
_KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler",
}  # fmt: skip
_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?")


class MarkupError(ValueError):
    """The markup would be refused by Telegram."""


def parse(text: str, parse_mode: str | None) -> tuple[str, list[dict[str, Any]]]:
    """The text a reader sees and its entities."""
    if not parse_mode:
        return text, []
    if parse_mode.lower() != "html":
        raise MarkupError(f"parse_mode {parse_mode} is not understood by this server (only HTML is)")
    return _parse_html(text)


def _parse_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    plain: list[str] = []
    length = 0
    entities: list[dict[str, Any]] = []
    open_tags: list[tuple[str, dict[str, Any]]] = []
    position = 0
    for found in _TAG.finditer(text):
        literal = _literal(text[position : found.start()], position)
        plain.append(literal)
        length += utf16_length(literal)
        position = found.end()
        name = found[2].lower()
        if name not in _KINDS:
            raise MarkupError(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {found.start()}')
        if found[1]:
            if not open_tags or open_tags[-1][0] != name:
                raise MarkupError(f"can't parse entities: Unexpected end tag at byte offset {found.start()}")
            entity = open_tags.pop()[1]
            entity["length"] = length - entity["offset"]
            entities += [entity] if entity["length"] else []
        else:
            entity = {"type": _KINDS[name], "offset": length, "length": 0}
            if name == "a":
                link = re.search(r'href\s*=\s*["\']?([^"\'\s>]+)', found[3])
                entity["url"] = html.unescape(link[1]) if link else ""
            open_tags.append((name, entity))
    plain.append(_literal(text[position:], position))
    if open_tags:
        raise MarkupError(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1][0]}\"")
    return "".join(plain), sorted(entities, key=lambda e: (e["offset"], -e["length"]))


def _literal(text: str, offset: int) -> str:
    if "<" in text:
        raise MarkupError(f"can't parse entities: Unsupported start tag at byte offset {offset + text.index('<')}")
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def commands(text: str) -> list[dict[str, Any]]:
    return [
        {"type": "bot_command", "offset": utf16_length(text[: found.start()]), "length": utf16_length(found[0])}
        for found in _COMMAND.finditer(text)
    ]
