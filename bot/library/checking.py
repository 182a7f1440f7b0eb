"""Is the content in order? `waymark check` and the tests ask here; the rules are in `bot/library/checks`."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.library.checks import asking, links, numbers, reading, shape
from bot.library.checks.base import Check
from bot.library.loading import Library

CHECKS: list[Check] = [
    shape.both_languages,
    shape.same_topics,
    shape.same_messages,
    shape.same_words,
    shape.same_commands,
    shape.parameters,
    shape.sides,
    shape.sources_exist,
    shape.labels,
    shape.rows,
    shape.menus,
    links.next_topics,
    links.buttons,
    links.help_lines_exist,
    links.lines_reachable,
    links.no_dead_ends,
    links.officers_only,
    numbers.line_numbers,
    numbers.line_owners,
    numbers.wrong_numbers,
    numbers.known_phones,
    numbers.addresses,
    reading.lengths,
    reading.word_limit,
    reading.reading_grade,
    reading.no_why,
    reading.neutral,
    asking.question_length,
    asking.question_grade,
    asking.question_words,
    asking.question_buttons,
    asking.change_buttons,
]


def today() -> date:
    return datetime.now(UTC).date()


def problems(library: Library, on: date | None = None) -> list[str]:
    """One line for each thing that is wrong: where, what, what to do. Empty where the content is in order.

    A check that stumbles over what another one reports (a help line that is not there) says so and stops.
    """
    found: list[str] = []
    for check in CHECKS:
        try:
            found += check(library)
        except KeyError as missing:
            found.append(f"{check.__name__}: stopped at {missing}, which is not there; mend the other problems first")
    found += shape.not_in_future(library, on or today())
    return list(dict.fromkeys(found))


def warnings(library: Library, on: date) -> list[str]:
    """What is not wrong yet but grows old: help lines whose source was last read more than 90 days before."""
    return list(numbers.old_lines(library, on.toordinal()))
