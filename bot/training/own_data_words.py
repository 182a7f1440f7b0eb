"""An officer's own figures and all that is held about them, made when it is sent; nothing of anybody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.library.replies import Attachment
from bot.shown import Shown
from bot.store import training_answers as answers
from bot.training.memory import recall
from bot.training.own_time_words import bullets, shifts, span
from bot.training.rooms import Ask
from bot.training.saying import next_dates, why_none
from bot.training.schedule import Hours
from bot.training.schedule_json import load_pattern

FEW = 3
"""Topics named as the best and as the weakest."""
YEAR = 365


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.member is not None else None


def _score(ask: Ask) -> Shown:
    """Answered, right, what is still known, by topic; the pre-test only shows where somebody began and counts for nothing."""
    c, who = ask.here.c, ask.here.member
    done = [row for row in answers.all_answered(c, who.id) if row.kind != "pretest"]
    known = answers.memories(c, who.id)
    if not done:
        return Shown(ask.message("score.none"))
    by: dict[str, list[float]] = {}
    for name, memory in known.items():
        if name in ask.rooms.deck.by_id:
            by.setdefault(ask.rooms.deck.by_id[name].topic, []).append(recall(memory, ask.here.now))
    means = sorted(((sum(of) / len(of), topic) for topic, of in by.items()), reverse=True)
    each = [value for of in by.values() for value in of]
    said = {
        "number": len(done), "right": sum(bool(row.right) for row in done), "cards": len(each),
        "score": _percent(ask, sum(each) / len(each)) if each else ask.word("none"),
        "first": _topics(ask, means[:FEW]), "last": _topics(ask, means[FEW:][-FEW:][::-1]) or ask.word("none"),
        "date": next(iter(next_dates(ask, 1)), why_none(ask)), "count": who.silences,
    }  # fmt: skip
    return Shown(ask.message("score", **said))


def _percent(ask: Ask, share: float) -> str:
    return ask.word("percent").format(count=round(100 * share))


def _topics(ask: Ask, means: list[tuple[float, str]]) -> str:
    return bullets([f"{ask.rooms.deck.topic(topic, ask.here.lang)}: {_percent(ask, mean)}" for mean, topic in means])


def _hours(ask: Ask) -> tuple[str, str]:
    who = ask.here.member
    quiet = span(ask, Hours(who.quiet_first, who.quiet_last)) if who.quiet_first is not None else ask.word("no_quiet")
    return shifts(ask, load_pattern(who.pattern) if who.pattern else None), quiet


def _unit(ask: Ask) -> str:
    who = ask.here.member
    named = {row.id: row.name for row in ask.rooms.people.units(ask.here.c, who.department)}
    return str(named.get(who.unit) or ask.word("no_unit"))


def _kept(ask: Ask) -> str:
    days = ask.rooms.people.department(ask.here.c, ask.here.member.department).keep_days
    return ask.word("kept_open") if days is None else ask.word("kept_years").format(count=days // YEAR)


def _mine(ask: Ask) -> Shown:
    c, who, people = ask.here.c, ask.here.member, ask.rooms.people
    hours, quiet = _hours(ask)
    done = ask.rooms.completions.of_member(c, who.id)
    lines = bullets([f"{one.what.course}: {one.what.last_day}" for one in done]) or ask.word("none")
    said = {
        "department": people.department(c, who.department).name, "unit": _unit(ask), "role": ask.word(who.role),
        "id": people.officer_id(who) or ask.word("no_id"), "hours": hours, "time": quiet,
        "number": len(answers.all_answered(c, who.id)), "cards": len(answers.memories(c, who.id)), "lines": lines, "until": _kept(ask),
    }  # fmt: skip
    return Shown(ask.message("mine", **said))


def _export(ask: Ask) -> Shown:
    """A file with everything; times in UTC, ISO."""
    c, who, people = ask.here.c, ask.here.member, ask.rooms.people
    held = answers.held_about(c, who.id)
    done = ask.rooms.completions.of_member(c, who.id)
    body = {
        "department": people.department(c, who.department).name, "unit": _unit(ask) if who.unit else None, "officer_id": people.officer_id(who),
        "role": who.role, "language": who.lang, "joined_at": _iso(who.joined_at),
        "own_time": {
            "shifts": orjson.loads(who.pattern) if who.pattern else None, "quiet_first_minute": who.quiet_first,
            "quiet_last_minute": who.quiet_last, "snoozed_until": _iso(who.snoozed_until), "off_until": _iso(who.off_until),
            "paused_at": _iso(who.paused_at),
        },
        "silences": who.silences,
        **{name: [_dated(row) for row in rows] for name, rows in held.items()},
        "completions": [{"at": _iso(one.at), **asdict(one.what)} for one in done],
    }  # fmt: skip
    data = orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    file = Attachment(f"{ask.word('mine_file')}.json", "application/json", data)
    return Shown(replace(ask.message("export_mine"), file=file))


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its times as ISO and without numbers of rows, which mean nothing outside."""
    kept = {str(key): value for key, value in row.items() if key not in ("id", "member", "occurrence")}
    return {key: _iso(value) if key.endswith("_at") else value for key, value in kept.items()}


def _iso(at: float | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at is not None else None


def _erase(ask: Ask) -> Shown:
    return Shown(ask.message("erase_mine", until=_kept(ask)))


def _leave(ask: Ask) -> Shown:
    name = ask.rooms.people.department(ask.here.c, ask.here.member.department).name
    return Shown(ask.message("leave", department=name, until=_kept(ask)))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "score": _score, "mine": _mine, "export_mine": _export, "erase_mine": _erase, "leave": _leave,
}  # fmt: skip
