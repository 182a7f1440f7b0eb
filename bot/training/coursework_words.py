"""What an officer reads about courses, made when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from bot.library.replies import Rendered
from bot.shown import Shown
from bot.store import training_answers as answers
from bot.training.deck import BASIC
from bot.training.rooms import Ask
from bot.training.saying import next_dates, why_none, year_day
from bot.training.ways import Way, way_of

SURVIVORS = "t:training.survivor_led"
"""The button to what survivors teach."""


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.member is not None else None


def standing(ask: Ask, course: str) -> tuple[int, int]:
    """(answered, all) cards of a course, on the way through it that the officer is on."""
    way = _way(ask, course)
    return way.done, way.count


def _way(ask: Ask, course: str) -> Way:
    return way_of(ask.rooms, ask.here.c, ask.here.member, course, ask.here.now)


def _course(ask: Ask) -> Shown:
    """Its parts, how far they are, and the next tap: while nothing is done yet that is what survivors teach, as the words above say."""
    name = str(ask.params["course"])
    head = ask.rooms.deck.course(name, ask.here.lang)
    if head is None:
        return Shown(ask.message("old"))
    way = _way(ask, name)
    if way.again and not way.begun:
        return _again(ask, name, head.title, way)
    done, count = way.done, way.count
    lines = "\n".join(f"• {module.title}" for module in head.modules)
    which = "course.all_done" if done == count else "course"
    if done == count and ask.here.member.officer_id is None:
        which = "course.no_id"
    shown = ask.message(which, name=head.title, lines=lines, number=done, of=count, minutes=head.minutes)
    go_on = [(ask.word("go_on" if done else "begin"), f"k:course:next:{name}")] if done < count else []
    before = [] if done else [button for button in shown.buttons if button[1] == SURVIVORS]
    after = [button for button in shown.buttons if button not in before]
    return Shown(Rendered(shown.text, [*before, *go_on, *after], []))


def _again(ask: Ask, name: str, title: str, way: Way) -> Shown:
    """It stands as completed; the basic course may be taken again this year, the others come round in refreshers."""
    last = year_day(ask, date.fromisoformat(way.last_day))
    basic = name == BASIC
    said = {"name": title, "of": way.count, "number": way.done, "date": last}
    shown = ask.message("course.again" if basic else "course.comes_round", **said)
    button = [(ask.word("again"), f"k:course:next:{name}")] if basic else []
    return Shown(Rendered(shown.text, [*button, *shown.buttons], []))


def _courses(ask: Ask) -> Shown:
    """All of them with how far they are; one that was completed stands so until it is begun again."""
    shown, buttons = ask.message("courses"), []
    for name, title in ask.rooms.deck.titles(ask.here.lang):
        way = _way(ask, name)
        done = way.count if way.again and not way.begun else way.done
        line = ask.word("course_line").format(name=title, number=done, of=way.count)
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
