"""An officer's own figures and what is held about them, made when it is sent and shown to nobody else."""

from __future__ import annotations

from collections.abc import Callable

from bot.shown import Shown
from bot.store import training_answers as answers
from bot.store.training_after import TOLD
from bot.training import own_data_file
from bot.training.memory import recall
from bot.training.own_time_words import bullets, told
from bot.training.rooms import Ask
from bot.training.saying import kept_for, next_dates, seen, span, why_none
from bot.training.schedule import Hours

SHOWN_TOPICS = 3
WEEK = 7 * 86400.0
"""Seconds ahead for which what is remembered is predicted: right after an answer, even a wrong one, everything is."""


def words(what: str, ask: Ask) -> Shown | None:
    """Of a member; the file also of who has left, while something of theirs is kept."""
    made = _KINDS.get(what)
    return made(ask) if made is not None and (ask.here.member is not None or what == own_data_file.FILE) else None


def _score(ask: Ask) -> Shown:
    """Nobody else's, and no rank."""
    count, right = answers.tally(ask.here.c, ask.here.member.id)
    known = answers.memories(ask.here.c, ask.here.member.id)
    if not known:
        return Shown(ask.message("score.none"))
    topics: dict[str, list[float]] = {}
    for name, memory in known.items():
        fact = ask.rooms.deck.by_id.get(name)
        if fact is not None:
            topics.setdefault(fact.topic, []).append(recall(memory, ask.here.now + WEEK))
    means = sorted(((sum(values) / len(values), topic) for topic, values in topics.items()), reverse=True)
    every = [value for values in topics.values() for value in values]
    said = {
        "count": count, "right": right, "cards": len(known), "score": _percent(ask, sum(every) / max(1, len(every))),
        "first": _topics(ask, means[:SHOWN_TOPICS]), "last": _topics(ask, list(reversed(means[SHOWN_TOPICS:][-SHOWN_TOPICS:]))),
        "date": next(iter(next_dates(ask, 1)), why_none(ask)), "number": ask.here.member.silences % TOLD, "lines": seen(ask, "score_seen"),
    }  # fmt: skip
    return Shown(ask.message("score", **said))


def _topics(ask: Ask, means: list[tuple[float, str]]) -> str:
    named = [f"{ask.rooms.deck.topic(topic, ask.here.lang)}: {_percent(ask, value)}" for value, topic in means]
    return bullets(named) or ask.word("none")


def _percent(ask: Ask, share: float) -> str:
    return ask.word("percent").format(count=round(100 * share))


def _mine(ask: Ask) -> Shown:
    who, people = ask.here.member, ask.rooms.people
    place = people.department(ask.here.c, who.department)
    units = {row.id: row.name for row in people.units(ask.here.c, who.department)}
    count, _ = answers.tally(ask.here.c, who.id)
    quiet = span(ask, Hours(who.quiet_first, who.quiet_last)) if who.quiet_first is not None else ask.word("no_quiet")
    said = {
        "department": place.name, "unit": units.get(who.unit, ask.word("no_unit")), "id": people.officer_id(who) or ask.word("no_id"),
        "hours": told(ask), "count": count,
        "role": ask.word(who.role), "date": quiet, "cards": len(answers.memories(ask.here.c, who.id)),
        "number": len(ask.rooms.completions.of_member(ask.here.c, who.id)), "time": kept_for(ask, place.keep_days),
        "lines": seen(ask, "mine_seen"),
    }  # fmt: skip
    return Shown(ask.message("mine", **said))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "score": _score,
    "mine": _mine,
    own_data_file.FILE: own_data_file.file,
}
