"""What a card says can be said: no telephone number, no wrong claim, no address, no state's law, nothing twice, plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from rapidfuzz import fuzz, process

from bot.library.checks import numbers
from bot.library.checks.base import Text
from bot.library.loading import LANGS, Library
from bot.library.readability import ease_es, grade_en
from bot.training.cards import Card, Courses

# Numbers that stay: a card is printed and kept, while a help line changes. Help lines are for the bot to show.
LASTING = frozenset({"911", "988"})
# `rapidfuzz` ratios from which two questions are the same: of two cards, in any order of words; of one card, as written.
TWIN_CARDS, TWIN_WORDINGS = 90.0, 96.0
# Officers: US grade 7 over the whole of a card; in Spanish the Fernández-Huerta ease of "fairly difficult" or better.
HIGHEST_GRADE_EN, LOWEST_EASE_ES = 7.0, 55.0

# Claims that the fact base says not to use (H-01, H-02, H-05, H-06, H-16, H-17), in words of either language.
UNUSABLE = (
    re.compile(r"\b(?:average age|edad promedio)\b[^.?]{0,60}\b1[1-5]\b", re.IGNORECASE),
    re.compile(r"\b1[1-3]\s?(?:-|–|to|a)\s?1[345]\b"),
    re.compile(r"\b[23]00[,. ]?000\b"),
    re.compile(r"\b(?:one|1|uno|un) (?:percent|por ciento)\b|\b1 ?%", re.IGNORECASE),
    re.compile(r"\b80 ?%|\b(?:80|eighty) percent\b|\b80 por ciento\b", re.IGNORECASE),
    re.compile(r"\bsuper ?bowl\b", re.IGNORECASE),
    re.compile(r"\b(?:life expectancy|esperanza de vida)\b", re.IGNORECASE),
    re.compile(r"\b\d+ ?(?:billion|mil millones)\b", re.IGNORECASE),
)
# Law is federal here. "Washington" is left out: it is a city as well.
STATES = re.compile(
    r"\b(?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa"
    r"|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada"
    r"|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island"
    r"|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|West Virginia|Wisconsin|Wyoming"
    r"|Luisiana|Pensilvania|Nueva York|Nueva Jersey|Nuevo México|Carolina del (?:Norte|Sur)|Dakota del (?:Norte|Sur))\b"
)


def card_texts(courses: Courses) -> Iterator[Text]:
    """Everything that cards, courses, printed sheets and the progress picture show."""
    for card in courses.cards.values():
        where = courses.place(card)
        yield Text(where, card.lang, card.objective, False)
        for wording in card.wordings:
            for text in (wording.scenario or "", wording.question):
                yield Text(where, card.lang, text, False)
            for option in wording.options:
                yield Text(where, card.lang, option.text, False)
                yield Text(where, card.lang, option.because, False)
    for course in courses.courses.values():
        where = f"{course.lang}/courses/{course.id}.yml"
        for text in (course.title, course.category, *course.objectives):
            yield Text(where, course.lang, text, False)
        for module in course.modules:
            for text in (module.title, module.objective):
                yield Text(where, course.lang, text, False)
    for lang, phrases in courses.phrases.items():
        parts = (phrases.topics, phrases.sheet, phrases.chart, phrases.invitations)
        for text in (phrases.invented, *(text for part in parts for text in part.values())):
            yield Text(f"{lang}/training.yml", lang, text, False)


def no_phones(courses: Courses, _: Library) -> Iterator[str]:
    """No telephone number but 911 and 988: cards are printed and kept, and numbers change."""
    for text in card_texts(courses):
        for found in (*numbers.phones_in(text.text), *(c for c in numbers.calls_in(text.text) if c not in LASTING)):
            yield f"{text.where}: {found.strip()} reads like a telephone number; name the line and let the bot show its number"


def no_wrong_claims(courses: Courses, _: Library) -> Iterator[str]:
    """Nothing of `wrong_numbers.yml`, and none of the claims that the fact base says not to use, not even as a wrong option."""
    yield from numbers.wrong_in(card_texts(courses))
    for text in card_texts(courses):
        for pattern in UNUSABLE:
            found = pattern.search(text.text)
            if found:
                yield f"{text.where}: {found.group()!r} is a figure without a sound source; people remember it: say it without"


def no_addresses(courses: Courses, _: Library) -> Iterator[str]:
    """No street, box, ZIP or point on a map."""
    yield from numbers.addresses_in(card_texts(courses))


def no_state_law(courses: Courses, _: Library) -> Iterator[str]:
    """No state is named: what its law says was not researched. "Check your state's statute" is what can be said."""
    for text in card_texts(courses):
        found = STATES.search(text.text)
        if found:
            yield f"{text.where}: names {found.group()}; state law is not told by cards: say to check the statute"


def _questions(cards: list[Card]) -> list[tuple[Card, str]]:
    return [(card, f"{w.scenario or ''} {w.question}".strip()) for card in cards for w in card.wordings]


def no_twins(courses: Courses, _: Library) -> Iterator[str]:
    """No two cards ask the same, and the wordings of one card are not the same sentence."""
    for lang in LANGS:
        asked = _questions([c for c in courses.cards.values() if c.lang == lang])
        texts = [text for _, text in asked]
        if not texts:
            continue
        table = process.cdist(texts, texts, scorer=fuzz.token_sort_ratio, score_cutoff=TWIN_CARDS)
        for (i, (one, _a)), (j, (two, _b)) in combinations(enumerate(asked), 2):
            if one.id != two.id and table[i][j] >= TWIN_CARDS:
                yield f"{courses.place(two)}: asks the same as {one.id}: {texts[j][:60]!r}; ask something else, or make it a wording of that card"
            elif one.id == two.id and fuzz.ratio(texts[i], texts[j]) >= TWIN_WORDINGS:
                yield f"{courses.place(one)}: two of its wordings are the same sentence: {texts[j][:60]!r}; write it in another way"


def plain(courses: Courses, _: Library) -> Iterator[str]:
    """A card reads easily as a whole: US grade 7 or lower, in Spanish an ease of 55 or more."""
    for card in courses.cards.values():
        lines = [t for w in card.wordings for t in (w.scenario or "", w.question, *(o.because for o in w.options)) if t]
        lines += [o.text for w in card.wordings for o in w.options]
        text = "\n".join(line if line[-1] in '.?!:"”»' else f"{line}." for line in lines)
        if card.lang == "en" and (grade := grade_en(text)) > HIGHEST_GRADE_EN:
            yield f"{courses.place(card)}: reads at grade {grade}; at most {HIGHEST_GRADE_EN}: shorter words and sentences"
        if card.lang == "es" and (ease := ease_es(text)) < LOWEST_EASE_ES:
            yield f"{courses.place(card)}: reading ease is {ease}; at least {LOWEST_EASE_ES}: shorter words and sentences"
