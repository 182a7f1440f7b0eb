"""Broken copies of the real courses: one thing changed, everything else as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.training.cards import Card, Courses, Option, Wording

CARD = "law.anything_of_value"
"""A card in both languages; the first wording has no scenario, the second has one."""
OTHER = "law.restitution"


def with_card(courses: Courses, name: str = CARD, langs: tuple[str, ...] = ("en", "es"), **changes: Any) -> Courses:
    cards = dict(courses.cards)
    for lang in langs:
        cards[name, lang] = cards[name, lang].model_copy(update=changes)
    return replace(courses, cards=cards)


def with_wording(courses: Courses, lang: str = "en", number: int = 1, name: str = CARD, **changes: Any) -> Courses:
    wordings = list(courses.cards[name, lang].wordings)
    wordings[number - 1] = wordings[number - 1].model_copy(update=changes)
    return with_card(courses, name, (lang,), wordings=wordings)


def with_option(courses: Courses, option: int, lang: str = "en", number: int = 1, **changes: Any) -> Courses:
    """Option `option`, from 1, changed in one language. `text` keeps it right or wrong."""
    options = list(courses.cards[CARD, lang].wordings[number - 1].options)
    if "text" in changes:
        changes["right" if options[option - 1].is_right else "wrong"] = changes.pop("text")
    options[option - 1] = options[option - 1].model_copy(update=changes)
    return with_wording(courses, lang, number, options=options)


def with_course(
    courses: Courses, name: str = "basic", langs: tuple[str, ...] = ("en", "es"), **changes: Any
) -> Courses:
    heads = dict(courses.courses)
    for lang in langs:
        heads[name, lang] = heads[name, lang].model_copy(update=changes)
    return replace(courses, courses=heads)


def with_phrases(courses: Courses, lang: str, **changes: Any) -> Courses:
    return replace(courses, phrases={**courses.phrases, lang: courses.phrases[lang].model_copy(update=changes)})


def without(courses: Courses, name: str, *langs: str) -> Courses:
    return replace(courses, cards={k: c for k, c in courses.cards.items() if k[0] != name or k[1] not in langs})


def each_wording(courses: Courses, course: str, change: Any) -> Courses:
    """Every wording of a course in English through `change`."""
    cards: dict[tuple[str, str], Card] = {}
    for key, card in courses.cards.items():
        mine = card.course == course and card.lang == "en"
        cards[key] = card.model_copy(update={"wordings": [change(w) for w in card.wordings]}) if mine else card
    return replace(courses, cards=cards)


def right_first(wording: Wording) -> Wording:
    options = sorted(wording.options, key=lambda o: not o.is_right)
    return wording.model_copy(update={"options": options})


def right_long(wording: Wording) -> Wording:
    """A little longer than the longest wrong one: no single wording stands out."""
    longest = max(len(o.text) for o in wording.options if not o.is_right)
    return wording.model_copy(update={"options": [_sized(o, longest + 2) for o in wording.options]})


def right_short(wording: Wording) -> Wording:
    shortest = min(len(o.text) for o in wording.options if not o.is_right)
    return wording.model_copy(update={"options": [_sized(o, shortest - 2) for o in wording.options]})


def _sized(option: Option, size: int) -> Option:
    return option if option.right is None else option.model_copy(update={"right": option.right[:size].ljust(size, "x")})


def marked(wording: Wording, right: bool) -> Wording:
    """A word that stands in right options only, or in wrong ones only."""
    name = "right" if right else "wrong"
    options = [o.model_copy(update={name: f"Verily {o.text}"}) if o.is_right is right else o for o in wording.options]
    return wording.model_copy(update={"options": options})
