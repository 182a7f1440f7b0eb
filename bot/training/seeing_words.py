"""The progress picture and its sentences, made when they are sent. Numbers that tell of fewer than five people are hidden, also
from whoever subtracts (R27 by analogy)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.library.replies import Attachment, Rendered
from bot.localtime import local_date
from bot.shown import Shown
from bot.store import queues, training_after
from bot.store import training_answers as answers
from bot.store.training_outages import Outage, left_out, told
from bot.training import calibration, saying
from bot.training.calibration import FEWEST, Fit
from bot.training.chart import NotDrawn, Progress, Reach, Row, draw
from bot.training.memory import recall
from bot.training.progress import Standing, by_topic, by_unit, fades_next, reach
from bot.training.rooms import Ask

log = logging.getLogger("waymark.training")
DAYS = 30
DAY = 86400.0
KNOWN_FOR = 400 * DAY
"""Seconds back for which hold-outs are compared: as long as the rows of dates are kept."""
MOST_TOPICS, MOST_UNITS, MOST_PEOPLE = 12, 24, 40
"""Rows with a bar in the picture, those that are known least: Telegram takes none whose sides come to more than 10,000 pixels."""


def words(what: str, ask: Ask) -> Shown | Awaitable[Shown] | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.coordinates else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was read of a department at once. `recall`: the mean of all, None where fewer than five people have answered."""

    name: str
    reach: Reach
    topics: dict[str, Standing]
    units: dict[str, Standing]
    recall: float | None
    fades: list[str]
    sent: int
    skipped: dict[str, int]


def figures(ask: Ask) -> Figures:
    c, place, now = ask.here.c, ask.here.member.department, ask.here.now
    since = now - DAYS * DAY
    known = answers.known_in(c, place)
    topics = by_topic(known, ask.rooms.deck.facts, now)
    units = {unit: standing for unit, standing in by_unit(known, now).items() if unit}
    enough = len({one.member for one in known}) >= FEWEST
    every = [recall(one.memory, now) for one in known]
    return Figures(
        ask.rooms.people.department(c, place).name, reach(*answers.reach(c, place, since)), topics, units,
        sum(every) / len(every) if enough else None, fades_next(topics), training_after.left(c, place, since, now),
        training_after.skipped(c, place, since, now, _unreachable(ask)),
    )  # fmt: skip


def _unreachable(ask: Ask) -> frozenset[int]:
    people = ask.rooms.people.members(ask.here.c, ask.here.member.department)
    return ask.rooms.doors.unreachable(ask.here.c, people)


def _progress(ask: Ask) -> Awaitable[Shown]:
    """Everything is read now; the picture is drawn after the store is let go."""
    found = figures(ask)
    picture, text = _picture(ask, found), ask.message("progress", lines="\n".join(sentences(ask, found)))
    people = [(ask.word("by_officer"), "k:progress:people")] if _ranks(ask) else []
    shown = Rendered(text.text, [*text.buttons[:1], *people, *text.buttons[1:]], [])
    return _drawn(picture, shown, ask.word("progress_file"))


async def _drawn(picture: Progress, shown: Rendered, name: str) -> Shown:
    """The sentences come also where no picture can be drawn."""
    try:
        file = Attachment(f"{name}.png", "image/png", await draw(picture), picture=True)
    except NotDrawn as error:
        log.warning("the progress picture was not drawn: %s", error)
        return Shown(shown)
    return Shown(replace(shown, file=file))


def _picture(ask: Ask, found: Figures) -> Progress:
    deck, lang = ask.rooms.deck, ask.here.lang
    zone = ask.rooms.people.department(ask.here.c, ask.here.member.department).zone
    today = local_date(ask.here.now, zone)
    names = {row.id: row.name for row in ask.rooms.people.units(ask.here.c, ask.here.member.department)}
    labels = (deck.courses.phrases.get(lang) or deck.courses.phrases["en"]).chart
    topics = [Row(deck.topic(name, lang), s.now, s.soon) for name, s in found.topics.items()]
    units = [Row(names[unit], s.now, s.soon) for unit, s in found.units.items() if unit in names]
    return Progress(
        title=found.name,
        subtitle=ask.word("days_span").format(first=(today - timedelta(days=DAYS)).isoformat(), last=today.isoformat()),
        reach=found.reach,
        topics=_lowest(topics, MOST_TOPICS),
        units=_lowest(units, MOST_UNITS),
        fades_next=tuple(deck.topic(name, lang) for name in found.fades),
        labels=labels,
    )


def _lowest(rows: list[Row], most: int) -> tuple[Row, ...]:
    """Those that are known least, and all that are hidden: the picture counts these, and cut off they would be counted wrong."""
    bars = sorted((row for row in rows if row.now is not None), key=lambda row: (row.now or 0.0, row.name))
    return (*bars[:most], *(row for row in rows if row.now is None))


def sentences(ask: Ask, found: Figures) -> list[str]:
    """Three: who was reached, what is known, what was left out or could not be delivered."""
    officers, answered = found.reach.officers or 0, found.reach.answered
    first = ask.word("said_reach" if answered is not None else "said_reach_few").format(
        count=answered, of=officers, days=DAYS
    )
    if found.recall is None:
        second = ask.word("said_known_few").format(count=FEWEST)
    else:
        fades = ask.rooms.deck.topic(found.fades[0], ask.here.lang) if found.fades else ask.word("nothing")
        second = ask.word("said_known").format(score=percent(found.recall), topic=fades)
    late = sum(found.skipped.get(reason, 0) for reason in training_after.SERVICE)
    blocked = found.skipped.get(queues.BLOCKED, 0)
    own = sum(found.skipped.values()) - late - blocked
    tells = officers < FEWEST or 0 < own < FEWEST  # whose time off it was would be known
    third = ask.word("said_left_few" if tells else "said_left").format(count=found.sent, number=late, of=own, days=DAYS)
    if blocked:  # that there are some the list of officers says by name; how many would be known of one person where they are few
        few = officers < FEWEST or blocked < FEWEST
        third += " " + ask.word("said_blocked_few" if few else "said_blocked").format(count=blocked)
    return [first, second, third]


def percent(share: float) -> str:
    return f"{round(100 * share)} %"


def _outage(ask: Ask) -> Shown | None:
    """How many refreshers an outage left out, and when; nothing to whom wants to hear nothing by now."""
    outage = Outage(ask.here.member.department, str(ask.params["first"]), str(ask.params["last"]))
    count = left_out(ask.here.c, outage)
    if not count or ask.here.member.paused_at is not None:
        return None
    first, last = (saying.day(ask, date.fromisoformat(day)) for day in (outage.first, outage.last))
    number = ask.word("not_sent_one" if count == 1 else "not_sent").format(count=count)
    days = ask.word("not_sent_on" if first == last else "not_sent_from").format(first=first, last=last)
    return Shown(ask.message("progress.outage", number=number, days=days), done=lambda c: told(c, outage))


def _lasts(ask: Ask) -> Shown:
    """What was asked again after 60 days in another wording: predicted against observed, by topic and unit; and where all began."""
    c, place = ask.here.c, ask.here.member.department
    outcomes = answers.outcomes(c, place, ask.here.now - KNOWN_FOR, ("holdout",))
    names = {row.id: row.name for row in ask.rooms.people.units(c, place)}
    whole = calibration.fit(outcomes)
    lines = []
    officers, count, right = answers.before_teaching(c, place)
    if officers >= FEWEST and count:
        lines.append(ask.word("said_before").format(score=percent(right / count)))
    if whole.observed is None:
        lines.append(ask.word("said_lasts_few").format(count=FEWEST))
    else:
        lines.append(_fit(ask, ask.word("all"), whole))
        lines.append(ask.word("said_error").format(score=percent(whole.ece or 0.0)))
        by_topic_ = calibration.by(outcomes, lambda o: o.topic)
        lines += [
            _fit(ask, ask.rooms.deck.topic(t, ask.here.lang), f) for t, f in by_topic_.items() if f.observed is not None
        ]
        by_unit_ = calibration.by(outcomes, lambda o: o.unit)
        lines += [_fit(ask, names[u], f) for u, f in by_unit_.items() if f.observed is not None and u in names]
    return Shown(ask.message("progress.lasts", lines="\n".join(lines)))


def _fit(ask: Ask, name: str, found: Fit) -> str:
    said = {"name": name, "first": percent(found.predicted or 0.0), "last": percent(found.observed or 0.0)}
    return ask.word("said_fit").format(**said)


def _ranks(ask: Ask) -> bool:
    return bool(ask.rooms.people.department(ask.here.c, ask.here.member.department).ranking)


def _people(ask: Ask) -> Shown:
    """By officer, only where the department has turned it on."""
    if not _ranks(ask):
        return Shown(ask.message("progress.no_list"))
    c, place, people = ask.here.c, ask.here.member.department, ask.rooms.people
    tallies = answers.tallies(c, place, ask.here.now - DAYS * DAY)
    rows = [
        (people.officer_id(row) or ask.word("no_id_of").format(number=row.id), *tallies.get(row.id, (0, 0)))
        for row in people.members(c, place)
    ]
    rows.sort(key=lambda one: (-one[2], one[0]))
    lines = [
        ask.word("officer_line").format(id=name, count=count, right=right) for name, count, right in rows[:MOST_PEOPLE]
    ]
    return Shown(ask.message("progress.people", lines="\n".join(lines), days=DAYS))


_KINDS: dict[str, Callable[[Ask], Shown | Awaitable[Shown] | None]] = {
    "progress": _progress, "progress.lasts": _lasts, "progress.people": _people, "progress.outage": _outage,
}  # fmt: skip
