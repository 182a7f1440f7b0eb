"""Courses and cards have the shape that whoever asks, counts and exports them relies on; both languages say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.library.loading import LANGS, Library
from bot.training.cards import Card, Courses, Wording

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PARTS = ("sheet", "chart", "invitations")


def numbers_in(text: str) -> list[str]:
    """The numbers of a text in their order of size as text, so that two languages can be compared."""
    return sorted(_NUMBER.findall(text))


def same_courses(courses: Courses, _: Library) -> Iterator[str]:
    """Every course has a head in both languages, with the same minutes, modules and number of objectives."""
    for course_id, lang in courses.courses:
        other = "es" if lang == "en" else "en"
        if (course_id, other) not in courses.courses:
            yield f"course {course_id}: is there in {lang} only; write {other}/courses/{course_id}.yml"
        elif lang == "en":
            en, es = courses.courses[course_id, "en"], courses.courses[course_id, "es"]
            for name, one, two in (
                ("minutes", en.minutes, es.minutes),
                ("modules", [m.id for m in en.modules], [m.id for m in es.modules]),
                ("number of objectives", len(en.objectives), len(es.objectives)),
            ):
                if one != two:
                    yield f"course {course_id}: {name} differs: en {one}, es {two}; make them equal"


def _differs(en: Wording, es: Wording) -> Iterator[str]:
    if (en.scenario is None) != (es.scenario is None):
        yield "one has a scenario and the other has none"
    if [o.is_right for o in en.options] != [o.is_right for o in es.options]:
        yield "the options are not as many, or another one is right"
        return
    pairs = [(en.scenario or "", es.scenario or "", "scenario"), (en.question, es.question, "question")]
    for number, (one, two) in enumerate(zip(en.options, es.options, strict=True), 1):
        pairs += [(one.text, two.text, f"option {number}"), (one.because, two.because, f"reason {number}")]
    for one_text, two_text, name in pairs:
        if numbers_in(one_text) != numbers_in(two_text):
            yield f"{name} has other numbers: en {numbers_in(one_text)}, es {numbers_in(two_text)}"


def same_cards(courses: Courses, _: Library) -> Iterator[str]:
    """A card in Spanish is there in English, in the same module, with the same sources, facts, options, numbers and right answers."""
    same = ("course", "module", "topic", "sources", "rests_on", "certainty", "minutes", "audience")
    for (card_id, lang), es in courses.cards.items():
        if lang != "es":
            continue
        where, en = courses.place(es), courses.cards.get((card_id, "en"))
        if en is None:
            yield f"{where}: is not there in English; write it, or take this one out"
            continue
        for name in same:
            if getattr(en, name) != getattr(es, name):
                yield f"{where}: {name} differs: en {getattr(en, name)}, es {getattr(es, name)}; make them equal"
        if len(en.wordings) != len(es.wordings):
            yield f"{where}: {len(en.wordings)} wordings in English, {len(es.wordings)} here; make them equal"
        for number, (one, two) in enumerate(zip(en.wordings, es.wordings, strict=False), 1):
            yield from (f"{where}: wording {number}: {line}; make both say the same" for line in _differs(one, two))


def sources_exist(courses: Courses, library: Library) -> Iterator[str]:
    """A card names its sources, which are in `sources.yml`, and the facts that it rests on."""
    for card in courses.cards.values():
        where = courses.place(card)
        if not card.sources:
            yield f"{where}: names no source; add one of sources.yml"
        if not card.rests_on:
            yield f"{where}: rests on no fact; name those that a second reader has to compare it with"
        for key in card.sources:
            if key not in library.sources:
                yield f"{where}: source {key} is not in sources.yml; add it there or name another"


def topics_named(courses: Courses, _: Library) -> Iterator[str]:
    """Every topic has a name in both languages, and what is printed, drawn or handed out has all of its words in both."""
    used = {card.topic: courses.place(card) for card in courses.cards.values()}
    for lang in LANGS:
        phrases = courses.phrases[lang]
        for topic, where in used.items():
            if topic not in phrases.topics:
                yield f"{where}: topic {topic} has no name; add it to topics in {lang}/training.yml"
        for topic in phrases.topics.keys() - used.keys():
            yield f"{lang}/training.yml: topic {topic} has no card; take it out"
    for part in _PARTS:
        for key in sorted(getattr(courses.phrases["en"], part).keys() ^ getattr(courses.phrases["es"], part).keys()):
            yield f"training.yml: {part}.{key} is there in one language only"


def _minutes(cards: list[Card]) -> int:
    return sum(card.minutes for card in cards)


def minutes_add_up(courses: Courses, _: Library) -> Iterator[str]:
    """Every module has cards in English, and a course takes as long as its cards: a roster shows these minutes."""
    for (course_id, lang), course in courses.courses.items():
        if lang != "en":
            continue
        for module in course.modules:
            if not courses.of(course_id, "en", module.id):
                yield f"course {course_id}: module {module.id} has no card; write one or take the module out"
        found = _minutes(courses.of(course_id, "en"))
        if found != course.minutes:
            yield f"course {course_id}: says {course.minutes} minutes, and its cards take {found}; write {found} in both heads"


def read_twice(courses: Courses, _: Library) -> Iterator[str]:
    """A card that was compared with its sources again was read again by somebody else: the second reading is not older."""
    for card in courses.cards.values():
        if card.second_reader_on < card.reviewed_on:
            yield (
                f"{courses.place(card)}: second_reader_on {card.second_reader_on} is before reviewed_on {card.reviewed_on}; "
                "have somebody other than its author read it against its sources, and write that day"
            )


def not_in_future(courses: Courses, today: date) -> Iterator[str]:
    """Nothing was reviewed, or read by a second reader, on a day that has not come."""
    dated = [(courses.place(card), card.reviewed_on) for card in courses.cards.values()]
    dated += [(f"course {c.id} in {c.lang}", c.reviewed_on) for c in courses.courses.values()]
    dated += [(f"{lang}/training.yml", phrases.reviewed_on) for lang, phrases in courses.phrases.items()]
    for where, day in dated:
        if day > today:
            yield f"{where}: reviewed_on {day} is in the future; write the day it was last compared with its sources"
    for card in courses.cards.values():
        if card.second_reader_on > today:
            yield f"{courses.place(card)}: second_reader_on {card.second_reader_on} is in the future; write the day it was read"
