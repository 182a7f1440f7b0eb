"""Both languages hold the same things in the same shape, with sources and honest dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from bot.library.checks.base import FIXED_ROWS, catalogue, place
from bot.library.loading import LANGS, Library
from bot.library.model import Topic

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
PARAMETERS = frozenset({"count", "minutes", "name", "number", "part", "path", "role", "age", "region", "when", "until"})
TRAINING = "train."
TRAINING_PARAMETERS = frozenset(
    {
        "because", "card", "cards", "chosen", "course", "date", "dates", "days", "department", "file", "first", "id", "instructor", "last",
        "letter", "link", "lines",
        "of", "partner", "phone", "right", "right_because", "score", "source", "time", "times", "topic", "unit", "word", "zone", "hours",
    }
)  # fmt: skip
"""What messages of refreshers are filled with besides; each is shown by a test of `tests/training`."""
LONGEST_LABEL = 30


def _missing(items: Mapping[tuple[str, str], Any], kind: str) -> Iterator[str]:
    for name, lang in items:
        other = "es" if lang == "en" else "en"
        if (name, other) not in items:
            yield f"{kind} {name}: is there in {lang} only; write it in {other}"


def both_languages(library: Library) -> Iterator[str]:
    """Every topic, message, term, slang word and label exists in English and in Spanish."""
    yield from _missing(library.topics, "topic")
    yield from _missing(library.messages, "message")
    yield from _missing(library.terms, "term")
    yield from _missing(library.slang, "slang")
    yield from _missing(library.labels, "label")


def _differences(pairs: dict[str, tuple[Any, Any]]) -> Iterator[str]:
    for field, (en, es) in pairs.items():
        if en != es:
            yield f"{field} differs: en {en!r}, es {es!r}; make them equal"


def _sides(topic: Topic) -> list[list[str]]:
    return [list(side.points) for side in topic.sides]


def same_topics(library: Library) -> Iterator[str]:
    """A topic says the same in both languages: row, audience, what it is about, pages, sides, next steps, help lines,
    sources, how sure it is."""
    same = ("handling", "audience", "about", "default", "next", "lines", "sources", "certainty", "legal")
    for (name, lang), en in library.topics.items():
        es = library.topics.get((name, "es"))
        if lang == "en" and es is not None:
            pairs = {field: (getattr(en, field), getattr(es, field)) for field in same}
            pairs["number of pages"] = (len(en.more), len(es.more))
            pairs["sides"] = (_sides(en), _sides(es))
            yield from (f"topic {name}: {line}" for line in _differences(pairs))


# Buttons that offer the other language lead elsewhere in each.
_OTHER_LANGUAGE = {"c:lang_en": "c:lang_other", "c:lang_es": "c:lang_other"}


def same_messages(library: Library) -> Iterator[str]:
    """A message has the same audience, help lines, buttons and parameters in both languages."""
    for (name, lang), en in library.messages.items():
        es = library.messages.get((name, "es"))
        if lang == "en" and es is not None:
            pairs: dict[str, tuple[Any, Any]] = {
                field: (getattr(en, field), getattr(es, field)) for field in ("audience", "neutral", "lines", "sources")
            }
            pairs["buttons"] = (
                sorted(_OTHER_LANGUAGE.get(b.payload, b.payload) for b in en.buttons),
                sorted(_OTHER_LANGUAGE.get(b.payload, b.payload) for b in es.buttons),
            )
            pairs["parameters"] = (sorted(_PLACEHOLDER.findall(en.text)), sorted(_PLACEHOLDER.findall(es.text)))
            yield from (f"message {name}: {line}" for line in _differences(pairs))


def same_words(library: Library) -> Iterator[str]:
    """A term or slang word says the same about itself in both languages."""
    for name, en in ((n, t) for (n, lang), t in library.terms.items() if lang == "en"):
        es = library.terms.get((name, "es"))
        if es is not None:
            fields = ("keep_for_charging", "quote_only", "certainty", "sources")
            pairs = {field: (getattr(en, field), getattr(es, field)) for field in fields}
            yield from (f"term {name}: {line}" for line in _differences(pairs))
    for name, slang in ((n, s) for (n, lang), s in library.slang.items() if lang == "en"):
        other = library.slang.get((name, "es"))
        if other is not None:
            pairs = {field: (getattr(slang, field), getattr(other, field)) for field in ("certainty", "sources")}
            yield from (f"slang {name}: {line}" for line in _differences(pairs))


def parameters(library: Library) -> Iterator[str]:
    """A text has no parameter that nothing fills, and no stray brace."""
    for message in library.messages.values():
        known = PARAMETERS | (TRAINING_PARAMETERS if message.id.startswith(TRAINING) else frozenset())
        for name in _PLACEHOLDER.findall(message.text):
            if name not in known:
                yield f"{place(library, message)}: nothing fills {{{name}}}; use one of {', '.join(sorted(known))}"
        if re.search(r"[{}]", _PLACEHOLDER.sub("", message.text)):
            yield f"{place(library, message)}: a brace stands alone in message {message.id}; take it out"


def same_commands(library: Library) -> Iterator[str]:
    """`commands.yml` has the same keys in both languages and a word for every certainty and aspect that is shown."""
    en, es = library.commands["en"], library.commands["es"]
    for group in sorted(en.keys() | es.keys()):
        for key in sorted(set(en.get(group, {})) ^ set(es.get(group, {}))):
            yield f"commands.yml: {group}.{key} is there in one language only"
    aspects = {aspect for t in library.topics.values() for side in t.sides for aspect in side.points}
    for lang in LANGS:
        for key in ("verified", "practice", "contested", *(f"aspect_{a}" for a in sorted(aspects))):
            if key not in library.commands[lang]["words"]:
                yield f"{lang}/commands.yml: words.{key} is missing; content shows it"


def sides(library: Library) -> Iterator[str]:
    """A comparison has two sides with the same aspects in the same order."""
    for topic in library.topics.values():
        if topic.sides and (len(topic.sides) != 2 or len({tuple(points) for points in _sides(topic)}) != 1):
            yield f"{place(library, topic)}: needs two sides with the same aspects in the same order"


def sources_exist(library: Library) -> Iterator[str]:
    """Whatever states a fact names a source, and the source is in `sources.yml`."""
    named: list[tuple[str, list[str], bool]] = [
        *((place(library, t), t.sources, True) for t in library.topics.values()),
        *((place(library, m), m.sources, False) for m in library.messages.values()),
        *((f"{t.lang}/terms.yml: {t.key}", t.sources, True) for t in library.terms.values()),
        *((f"{s.lang}/glossary.yml: {s.key}", s.sources, True) for s in library.slang.values()),
    ]
    for where, keys, needed in named:
        if needed and not keys:
            yield f"{where}: names no source; add one"
        for key in keys:
            if key not in library.sources:
                yield f"{where}: source {key} is not in sources.yml; add it there or name another"


def not_in_future(library: Library, today: date) -> Iterator[str]:
    """Nothing was reviewed, read or called on a day that has not come."""
    dated: list[tuple[str, str, date | None]] = [
        *((place(library, t), "reviewed_on", t.reviewed_on) for t in library.topics.values()),
        *((f"{m.lang}: {m.id}", "reviewed_on", m.reviewed_on) for m in library.messages.values()),
        *((f"{t.lang}/terms.yml: {t.key}", "reviewed_on", t.reviewed_on) for t in library.terms.values()),
        *((f"{s.lang}/glossary.yml: {s.key}", "reviewed_on", s.reviewed_on) for s in library.slang.values()),
        *((f"{lang}/intake.yml", "reviewed_on", words.reviewed_on) for lang, words in library.intake.items()),
        *((f"lines.yml: {line.id}", "read_on", line.read_on) for line in library.lines.values()),
        *((f"lines.yml: {line.id}", "called_on", line.called_on) for line in library.lines.values()),
    ]
    for where, field, day in dated:
        if day is not None and day > today:
            yield f"{where}: {field} {day.isoformat()} lies in the future; write the day it was done"


def labels(library: Library) -> Iterator[str]:
    """Every row of the catalogue has a label that fits a button, and no label names a row that is not there."""
    for lang in LANGS:
        for row in catalogue():
            label = library.labels.get((row, lang))
            if not label:
                yield f"{lang}/labels.yml: {row} has no label; write one"
            elif len(label) > LONGEST_LABEL:
                yield f"{lang}/labels.yml: {row} has {len(label)} characters; at most {LONGEST_LABEL}"
    for row, lang in library.labels:
        if row not in catalogue():
            yield f"{lang}/labels.yml: {row} is no row of catalogue.yml; take it out"


def rows(library: Library) -> Iterator[str]:
    """Every row that topics answer has exactly one default that everyone may read, and at most one for officers, who
    otherwise get the one for everyone. No topic belongs to a row that is not there."""
    for topic in library.topics.values():
        if topic.handling not in catalogue():
            yield f"{place(library, topic)}: handling {topic.handling} is no row of catalogue.yml"
    for lang in LANGS:
        for row in (r for r in catalogue() if r not in FIXED_ROWS):
            topics = library.topics_for(row, lang, officer=True)
            for audience in ("everyone", "officer"):
                own = [t for t in topics if t.audience == audience]
                defaults = [t.id for t in own if t.default]
                if len(defaults) > 1 or (audience == "everyone" and not defaults):
                    found = ", ".join(defaults) or "none"
                    yield f"{lang}: {row} needs exactly one default topic for {audience}; found: {found}"


def menus(library: Library) -> Iterator[str]:
    """Menus name rows of the catalogue, each once; the guest's has none of the rows for officers."""
    for role in ("guest", "officer", "coordinator", "advocate"):
        ids = library.menus.get(role, [])
        if not ids:
            yield f"menus.yml: {role} has no menu"
        if len(ids) != len(set(ids)):
            yield f"menus.yml: {role} names a row twice"
        for row in ids:
            area = catalogue().get(row)
            if area is None:
                yield f"menus.yml: {role}: {row} is no row of catalogue.yml"
            elif role in ("guest", "advocate") and area in ("officer", "learning"):
                yield f"menus.yml: {role}: {row} is for officers; take it out"
