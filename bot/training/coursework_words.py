"""What an officer reads about courses, made when it is sent."""

from __future__ import annotations

from collections.abc import Callable

from bot.library.replies import Rendered
from bot.shown import Shown
from bot.store import training_answers as answers
from bot.training.rooms import Ask
from bot.training.saying import next_dates, why_none

SURVIVORS = "t:training.survivor_led"
"""The button to what survivors teach."""


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.member is not None else None


def standing(ask: Ask, course: str) -> tuple[int, int]:
    """(answered, all) cards of a course."""
    cards = [card.id for card in ask.rooms.deck.of_course(course)]
    return len(answers.first_answers(ask.here.c, ask.here.member.id, cards)), len(cards)


def _course(ask: Ask) -> Shown:
    """Its parts, how far they are, and the next tap: while nothing is done yet that is what survivors teach, as the words above say."""
    name = str(ask.params["course"])
    head = ask.rooms.deck.course(name, ask.here.lang)
    if head is None:
        return Shown(ask.message("old"))
    done, count = standing(ask, name)
    lines = "\n".join(f"• {module.title}" for module in head.modules)
    which = "course.all_done" if done == count else "course"
    if done == count and ask.here.member.officer_id is None:
        which = "course.no_id"
    shown = ask.message(which, name=head.title, lines=lines, number=done, of=count, minutes=head.minutes)
    go_on = [(ask.word("go_on" if done else "begin"), f"k:course:next:{name}")] if done < count else []
    before = [] if done else [button for button in shown.buttons if button[1] == SURVIVORS]
    after = [button for button in shown.buttons if button not in before]
    return Shown(Rendered(shown.text, [*before, *go_on, *after], []))


def _courses(ask: Ask) -> Shown:
    """All of them with how far they are."""
    shown, buttons = ask.message("courses"), []
    for name, title in ask.rooms.deck.titles(ask.here.lang):
        done, count = standing(ask, name)
        line = ask.word("course_line").format(name=title, number=done, of=count)
        buttons.append((line, f"k:course:show:{name}"))
    return Shown(Rendered(shown.text, [*buttons, *shown.buttons], []))


def _done(ask: Ask) -> Shown:
    head = ask.rooms.deck.course(str(ask.params["course"]), ask.here.lang)
    if head is None:
        return Shown(ask.message("old"))
    return Shown(ask.message("course.done", name=head.title, minutes=int(ask.params["minutes"])))


def _pretest_done(ask: Ask) -> Shown:
    _, done, right = answers.of_kind(ask.here.c, ask.here.member.id, answers.PRETEST)
    dates = next_dates(ask, 1)
    return Shown(ask.message("pretest.done", right=right, of=done, date=dates[0] if dates else why_none(ask)))


def _saved(ask: Ask) -> Shown:
    """The id as it stands now, read back."""
    return Shown(ask.message("course.id.saved", id=ask.rooms.people.officer_id(ask.here.member) or ask.word("no_id")))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "course": _course, "courses": _courses, "course.done": _done, "pretest.done": _pretest_done,
    "course.id.saved": _saved,
}  # fmt: skip
