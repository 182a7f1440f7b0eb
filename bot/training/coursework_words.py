"""What an officer reads in the course and the questions before it, made when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.shown import Shown
from bot.store import training_answers as answers
from bot.store.training_completions import Kept
from bot.training.deck import BASIC
from bot.training.rooms import Ask, Here, Rooms
from bot.training.saying import next_dates


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.member is not None else None


def taken(rooms: Rooms, here: Here) -> dict[str, bool]:
    """Cards of the course that were answered in it, with whether the first answer was right."""
    names = [card.id for card in rooms.deck.of_course(BASIC)]
    rows = [row for row in answers.answered(here.c, here.member.id, names) if row.kind == "course"]
    return {row.card: bool(row.right) for row in reversed(rows)}


def completed(rooms: Rooms, here: Here) -> Kept | None:
    """Their completion of the basic course in this department, in whichever language it was written down; None while there is none."""
    titles = {course.title for (name, _), course in rooms.deck.courses.courses.items() if name == BASIC}
    kept = rooms.completions.of_member(here.c, here.member.id, here.member.department)
    return next((one for one in kept if one.what.course in titles), None)


def count(ask: Ask, row: Any) -> dict[str, Any]:
    """What stands over a card of the course or the pre-test: which of how many, and the module."""
    if row.kind == "pretest":
        rows = answers.of_kind(ask.here.c, ask.here.member.id, "pretest")
        return {"number": sum(one.answered_at is not None for one in rows) + 1, "of": len(rows)}
    course, card = ask.rooms.deck.course(BASIC, ask.here.lang), ask.rooms.deck.card(row.card, ask.here.lang)
    modules = {module.id: module.title for module in course.modules} if course is not None else {}
    title = modules.get(card.module, "") if card is not None else ""
    of = len(ask.rooms.deck.of_course(BASIC))
    return {"number": len(taken(ask.rooms, ask.here)) + 1, "of": of, "topic": title}


def _done(ask: Ask) -> Shown:
    """All cards were answered; whether it stands in the department's list."""
    seen, kept = taken(ask.rooms, ask.here), completed(ask.rooms, ask.here)
    if kept is None:
        return Shown(ask.message("course.done.no_id", right=sum(seen.values()), of=len(seen)))
    name = ask.rooms.people.department(ask.here.c, ask.here.member.department).name
    what = kept.what
    return Shown(
        ask.message("course.done", minutes=what.minutes, department=name, id=what.officer_id, date=what.last_day)
    )


def _saved(ask: Ask) -> Shown:
    """The id as it stands now, read back."""
    found = ask.rooms.people.officer_id(ask.here.member)
    name = "course.id.saved" if found is not None else "old"
    return Shown(ask.message(name, id=found))


def _held(ask: Ask) -> Shown:
    return Shown(ask.message("course.id.held", id=ask.rooms.people.officer_id(ask.here.member)))


def _pretest(ask: Ask) -> Shown:
    rows = answers.of_kind(ask.here.c, ask.here.member.id, "pretest")
    said = {"right": sum(bool(row.right) for row in rows), "of": len(rows)}
    dates = next_dates(ask, 1)
    if not dates:
        return Shown(ask.message("pretest.done.no_date", **said))
    return Shown(ask.message("pretest.done", **said, date=dates[0]))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "course.done": _done, "course.id.saved": _saved, "course.id.held": _held, "pretest.done": _pretest,
}  # fmt: skip
