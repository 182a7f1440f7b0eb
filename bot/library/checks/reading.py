"""What a guest can be shown is short, plain, neutral where it must be, and asks nobody for a reason (R1, R11)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.library.checks.base import message_texts, place, topic_texts
from bot.library.loading import LANGS, Library
from bot.library.model import Message, Topic
from bot.library.neutral import telling
from bot.library.readability import ease_es, grade_en
from bot.library.rendering import Renderer, pages_of
from bot.library.replies import Part

LONGEST_SHORT = 600
LONGEST_PAGE = 1200
MOST_WORDS = 60
HIGHEST_GRADE_EN = 6.0
LOWEST_EASE_ES = 65.0
FEWEST_WORDS = 5  # the formulas say nothing about a heading of two words

_HAS_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_WHY = {"en": re.compile(r"\bwhy\b", re.IGNORECASE), "es": re.compile(r"\bpor\s+qu[eé]\b|\bporqué\b", re.IGNORECASE)}


def why(lang: str) -> re.Pattern[str]:
    """Words that ask for a reason."""
    return _WHY[lang]


# What everybody is shown before they have said a word of what it is about, and what may stand on the screen unasked.
NEUTRAL = frozenset(
    [
        "greeting",
        "thanks",
        "goodbye",
        "help.menu",
        "button.gone",
        "command.unknown",
        "language.switched",
        "intro.guest",
        "waiting.answer",
        "exit.cleared",
        "exit.unsafe",
        "danger.ambiguous",
        "group.leave",
        "spam.default",
        "voice.also",
        "review.mark",
        "request.answer",
        "request.end",
    ]
)


def words(text: str) -> int:
    """Words as a reader counts them: numbers count, dots and icons do not."""
    return sum(1 for piece in text.split() if _HAS_LETTER_OR_DIGIT.search(piece))


def guest_topics(library: Library, lang: str) -> Iterator[Topic]:
    for topic in library.topics.values():
        if topic.lang == lang and topic.audience == "everyone":
            yield topic


def guest_messages(library: Library, lang: str) -> Iterator[Message]:
    for message in library.messages.values():
        if message.lang == lang and message.audience == "everyone":
            yield message


def lengths(library: Library) -> Iterator[str]:
    """The short answer fits a phone screen, a page fits two."""
    for topic in library.topics.values():
        if len(topic.short) > LONGEST_SHORT:
            yield f"{place(library, topic)}: short has {len(topic.short)} characters; at most {LONGEST_SHORT}"
        for number, page in enumerate(topic.more, 1):
            if len(page) > LONGEST_PAGE:
                yield f"{place(library, topic)}: page {number} has {len(page)} characters; at most {LONGEST_PAGE}"


def word_limit(library: Library) -> Iterator[str]:
    """No message to a guest is longer than 60 words, help lines included (R11)."""
    for lang in LANGS:
        renderer = Renderer(library, lang, "guest")
        for topic in guest_topics(library, lang):
            for page in range(len(pages_of(topic, library.commands[lang]["words"], officer=False))):
                count = words(renderer.render(Part(f"topic:{topic.id}", page)).text)
                if count > MOST_WORDS:
                    yield f"{place(library, topic)}: page {page} has {count} words with its help lines; at most {MOST_WORDS}"
        for message in guest_messages(library, lang):
            count = words(renderer.render(Part(f"message:{message.id}")).text)
            if count > MOST_WORDS and message.id not in BOTH_LANGUAGES:
                yield f"{place(library, message)}: {message.id} has {count} words with its help lines; at most {MOST_WORDS}"


# Written in both languages at once, because the reader's is not known (R12): each half is within the limit.
BOTH_LANGUAGES = frozenset({"danger.media"})


def hard(lang: str, text: str) -> str | None:
    """What is too hard about a text for guests, or None (R11)."""
    if words(text) < FEWEST_WORDS:
        return None
    if lang == "en":
        grade = grade_en(text)
        return f"reads at grade {grade}; at most {HIGHEST_GRADE_EN}" if grade > HIGHEST_GRADE_EN else None
    ease = ease_es(text)
    return f"reading ease is {ease}; at least {LOWEST_EASE_ES}" if ease < LOWEST_EASE_ES else None


def reading_grade(library: Library) -> Iterator[str]:
    """Each message to a guest reads at US grade 6 or lower, in Spanish at a Fernández-Huerta ease of 65 or more (R11).
    Names of help lines are left out: they are names."""
    for lang in LANGS:
        for topic in guest_topics(library, lang):
            for number, page in enumerate([topic.short, *topic.more]):
                wrong = hard(lang, page)
                if wrong:
                    yield f"{place(library, topic)}: page {number} {wrong}; shorter words and sentences"
        for message in guest_messages(library, lang):
            wrong = hard(lang, message.text)
            if wrong and message.id not in BOTH_LANGUAGES:
                yield f"{place(library, message)}: {message.id} {wrong}; shorter words and sentences"


def no_why(library: Library) -> Iterator[str]:
    """Nobody who may be a survivor is asked why: it sounds like blame."""
    topics = (t for lang in LANGS for t in guest_topics(library, lang))
    messages = (m for lang in LANGS for m in guest_messages(library, lang))
    texts = [text for topic in topics for text in topic_texts(library, topic)]
    texts += [text for message in messages for text in message_texts(library, message)]
    for text in texts:
        found = _WHY[text.lang].search(text.text)
        if found:
            yield f"{text.where}: says {found.group()!r}; say it without"


def neutral(library: Library) -> Iterator[str]:
    """Before a person has named it, nothing says what this is about: first words, menu, buttons, name and description,
    and the help lines of messages that are marked `neutral` (R1)."""
    for lang in LANGS:
        tells, guest = telling(lang), Renderer(library, lang, "guest")
        shown = [(f"{lang}/labels.yml: {r}", library.labels.get((r, lang), "")) for r in library.menus["guest"]]
        shown += [(f"{lang}/commands.yml: about.{k}", v) for k, v in library.commands[lang].get("about", {}).items()]
        shown += [(f"{lang}/commands.yml: menu.{k}", v) for k, v in library.commands[lang].get("menu", {}).items()]
        for message in guest_messages(library, lang):
            if message.id in NEUTRAL or message.neutral:
                rendered = guest.render(Part(f"message:{message.id}"))
                titles = " ".join(title for title, _ in rendered.buttons)
                shown.append((f"{place(library, message)}: {message.id}", f"{rendered.text} {titles}"))
        for where, text in shown:
            found = tells.search(text)
            if found:
                yield f"{where}: {found.group()!r} tells what this is about; say it neutrally"
