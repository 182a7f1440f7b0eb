"""Broken copies of the real library: one thing changed, everything else as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.library.loading import Library
from bot.library.model import Button

TOPIC = "hotline.overview"
OFFICER_TOPIC = "law.1591"
MESSAGE = "greeting"


def _changed(items: dict[Any, Any], keys: list[Any], changes: dict[str, Any]) -> dict[Any, Any]:
    return items | {key: items[key].model_copy(update=changes) for key in keys}


def with_topic(library: Library, name: str = TOPIC, langs: tuple[str, ...] = ("en", "es"), **changes: Any) -> Library:
    return replace(library, topics=_changed(library.topics, [(name, lang) for lang in langs], changes))


def with_message(
    library: Library, name: str = MESSAGE, langs: tuple[str, ...] = ("en", "es"), **changes: Any
) -> Library:
    return replace(library, messages=_changed(library.messages, [(name, lang) for lang in langs], changes))


def with_button(library: Library, payload: str, name: str = MESSAGE) -> Library:
    # not validated on purpose: the model refuses some of these before the check could see them
    return with_message(library, name, buttons=[Button.model_construct(title="Here", payload=payload)])


def with_line(library: Library, name: str, **changes: Any) -> Library:
    return replace(library, lines=_changed(library.lines, [name], changes))


def with_term(library: Library, name: str, lang: str, **changes: Any) -> Library:
    return replace(library, terms=_changed(library.terms, [(name, lang)], changes))


def with_slang(library: Library, name: str, lang: str, **changes: Any) -> Library:
    return replace(library, slang=_changed(library.slang, [(name, lang)], changes))


def without(library: Library, kind: str, key: Any) -> Library:
    items = {k: v for k, v in getattr(library, kind).items() if k != key}
    return replace(library, **{kind: items})


def with_word(library: Library, lang: str, group: str, key: str, text: Any) -> Library:
    """`text` None takes the key out."""
    words = {**library.commands[lang][group], key: text}
    if text is None:
        del words[key]
    return replace(library, commands=library.commands | {lang: library.commands[lang] | {group: words}})


def with_asking(library: Library, node: str, *langs: str, **changes: Any) -> Library:
    """A question of a request with other words, in all languages or in those named."""
    intake = dict(library.intake)
    for lang in langs or tuple(intake):
        asking = intake[lang].nodes[node].model_copy(update=changes)
        intake[lang] = intake[lang].model_copy(update={"nodes": intake[lang].nodes | {node: asking}})
    return replace(library, intake=intake)


def with_intake(library: Library, lang: str, group: str, key: str, text: Any) -> Library:
    """`text` None takes the key out."""
    items = {**getattr(library.intake[lang], group), key: text}
    if text is None:
        del items[key]
    return replace(library, intake=library.intake | {lang: library.intake[lang].model_copy(update={group: items})})
