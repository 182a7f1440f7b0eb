"""A card is a fair question that fits a quiz poll: one right option, a reason for each, nothing that gives the answer away."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

from bot.library.loading import LANGS, Library
from bot.training.cards import Courses, Wording, asked
from bot.training.checks import each_wording

FEWEST_WORDINGS, FEWEST_OPTIONS, MOST_OPTIONS = 2, 3, 5
# The Bot API's limits for sendPoll, in characters.
LONGEST_QUESTION, LONGEST_OPTION, LONGEST_REASON, MOST_LINE_FEEDS = 300, 100, 200, 2
# The right option may be at most this much longer than the longest wrong one, or shorter than the shortest, in characters …
LENGTH_SLACK = 14
# … and over a course it may be the longest, or the shortest, in at most this share of the wordings with as many options.
LONGEST_SHARE = 0.5
# A word or sign that stands in so many options is a tell where its share of right ones is not between these two.
OFTEN, RAREST_RIGHT, MOST_RIGHT = 25, 0.08, 0.75
_PIECE = re.compile(r"\w+|[;:,]")


def units(text: str) -> int:
    """Length as the platform counts it: UTF-16 units, of which an emoji has two."""
    return len(text.encode("utf-16-le")) // 2


def two_wordings(courses: Courses, _: Library) -> Iterator[str]:
    """A card has at least two wordings, so that what is remembered is the thing and not the sentence."""
    for card in courses.cards.values():
        if len(card.wordings) < FEWEST_WORDINGS:
            yield f"{courses.place(card)}: has {len(card.wordings)} wording; write at least {FEWEST_WORDINGS}"


def one_right(courses: Courses, _: Library) -> Iterator[str]:
    """Three to five options, and exactly one of them is right."""
    for where, _card, wording in each_wording(courses):
        count, right = len(wording.options), sum(o.is_right for o in wording.options)
        if not FEWEST_OPTIONS <= count <= MOST_OPTIONS:
            yield f"{where}: has {count} options; write {FEWEST_OPTIONS} to {MOST_OPTIONS}"
        if right != 1:
            yield f"{where}: has {right} right options; mark exactly one as right"


def reasons(courses: Courses, _: Library) -> Iterator[str]:
    """Every option, right or wrong, says what makes it so, does not only repeat itself, and no two wrong ones say the same."""
    for where, _card, wording in each_wording(courses):
        for number, option in enumerate(wording.options, 1):
            if not option.because.strip() or _bare(option.because) == _bare(option.text):
                yield f"{where}: option {number} gives no reason of its own; write what is wrong or right about it"
        wrong = [(number, option) for number, option in enumerate(wording.options, 1) if not option.is_right]
        for (one, a), (two, b) in combinations(wrong, 2):
            if _bare(a.because) == _bare(b.because):
                yield f"{where}: wrong options {one} and {two} give the same reason; write for each why that one is wrong"


def lengths(courses: Courses, _: Library) -> Iterator[str]:
    """All fits a quiz poll: question with its scenario 300, option 100, reason 200 characters and two line feeds."""
    for where, card, wording in each_wording(courses):
        shown = units(asked(wording, courses.phrases[card.lang].invented))
        if shown > LONGEST_QUESTION:
            yield f"{where}: scenario and question have {shown} characters; at most {LONGEST_QUESTION}"
        for number, option in enumerate(wording.options, 1):
            if units(option.text) > LONGEST_OPTION:
                yield f"{where}: option {number} has {units(option.text)} characters; at most {LONGEST_OPTION}"
            if units(option.because) > LONGEST_REASON:
                yield f"{where}: reason {number} has {units(option.because)} characters; at most {LONGEST_REASON}"
            if option.because.count("\n") > MOST_LINE_FEEDS:
                yield f"{where}: reason {number} has {option.because.count(chr(10))} line feeds; at most {MOST_LINE_FEEDS}"


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def options_differ(courses: Courses, _: Library) -> Iterator[str]:
    """No two options of a wording are the same but for signs and capitals."""
    for where, _card, wording in each_wording(courses):
        for (one, a), (two, b) in combinations(enumerate(wording.options, 1), 2):
            if _bare(a.text) == _bare(b.text):
                yield f"{where}: options {one} and {two} are the same; write another"


def _has_one(wording: Wording) -> bool:
    return sum(o.is_right for o in wording.options) == 1


def length_of_one(courses: Courses, _: Library) -> Iterator[str]:
    """The right option does not stand out by its length."""
    for where, _card, wording in each_wording(courses):
        if not _has_one(wording) or len(wording.options) < FEWEST_OPTIONS:
            continue
        right = len(wording.options[wording.right].text)
        wrong = [len(o.text) for o in wording.options if not o.is_right]
        if right > max(wrong) + LENGTH_SLACK:
            yield f"{where}: the right option has {right} characters, the longest wrong one {max(wrong)}; make them more alike"
        if right < min(wrong) - LENGTH_SLACK:
            yield f"{where}: the right option has {right} characters, the shortest wrong one {min(wrong)}; make them more alike"


def _groups(courses: Courses) -> dict[tuple[str, str, int], list[Wording]]:
    """Fair wordings by course, language and number of options."""
    found: dict[tuple[str, str, int], list[Wording]] = defaultdict(list)
    for _, card, wording in each_wording(courses):
        if _has_one(wording):
            found[card.course, card.lang, len(wording.options)].append(wording)
    return found


def length_of_all(courses: Courses, _: Library) -> Iterator[str]:
    """Nobody can pass a course by always choosing the longest option, or the shortest."""
    for (course, lang, options), wordings in _groups(courses).items():
        if len(wordings) < 2 * options:
            continue
        for name, most in (("longest", True), ("shortest", False)):
            count = 0
            for wording in wordings:
                right = len(wording.options[wording.right].text)
                others = [len(o.text) for o in wording.options if not o.is_right]
                count += right > max(others) if most else right < min(others)
            if count > LONGEST_SHARE * len(wordings):
                yield (
                    f"course {course} in {lang}: the right one of {options} options is the {name} in {count} of {len(wordings)} wordings; "
                    f"at most {LONGEST_SHARE:.0%}: change options"
                )


def positions(courses: Courses, _: Library) -> Iterator[str]:
    """Over a course the right option stands in each place about equally often."""
    for (course, lang, options), wordings in _groups(courses).items():
        if len(wordings) < 2 * options:
            continue
        fair = len(wordings) / options
        for place in range(options):
            count = sum(w.right == place for w in wordings)
            if not 0.5 * fair - 1 <= count <= 1.5 * fair + 1:
                yield (
                    f"course {course} in {lang}: of {len(wordings)} wordings with {options} options the right one is in place {place + 1} "
                    f"{count} times; move some, so that it is about {fair:.0f}"
                )


def no_tell(courses: Courses, _: Library) -> Iterator[str]:
    """No word and no sign tells right options from wrong ones: whoever knows nothing does not pass by the sound of them."""
    for lang in LANGS:
        right: Counter[str] = Counter()
        wrong: Counter[str] = Counter()
        for _where, card, wording in each_wording(courses):
            for option in wording.options if card.lang == lang else ():
                (right if option.is_right else wrong).update(set(_PIECE.findall(option.text.casefold())))
        for piece in sorted(right.keys() | wrong.keys()):
            count = right[piece] + wrong[piece]
            if count >= OFTEN and not RAREST_RIGHT <= right[piece] / count <= MOST_RIGHT:
                yield f"cards in {lang}: {piece!r} stands in {count} options, and {right[piece]} of them are right; write some of them in another way"
