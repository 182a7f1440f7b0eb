"""The progress picture and its sentences, made when they are sent. What they say is in `figures`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta

from bot.library.replies import Attachment, Rendered
from bot.localtime import local_date
from bot.shown import Shown
from bot.store import queues, training_after
from bot.store import training_answers as answers
from bot.store.training_outages import Outage, left_out, told
from bot.training import figures as known
from bot.training import saying
from bot.training.calibration import FEWEST, Fit
from bot.training.chart import NotDrawn, Progress, draw
from bot.training.figures import DAY, DAYS, Figures
from bot.training.paging import paged
from bot.training.rooms import Ask

log = logging.getLogger("waymark.training")
APART = {"no_shifts": "said_no_shifts", "nothing_due": "said_nothing_due", "left": "said_gone"}
"""Reasons that are nobody's time off, with what is said of each. The first can be mended, so that it is said of few as well, without a number."""


def words(what: str, ask: Ask) -> Shown | Awaitable[Shown] | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.coordinates else None


def figures(ask: Ask) -> Figures:
    return known.figures(ask.rooms, ask.here.c, ask.here.member.department, ask.here.now)


def _units(ask: Ask) -> dict[str, str]:
    return {row.id: row.name for row in ask.rooms.people.units(ask.here.c, ask.here.member.department)}


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
    zone = ask.rooms.people.department(ask.here.c, ask.here.member.department).zone
    today = local_date(ask.here.now, zone)
    span = ask.word("days_span").format(first=(today - timedelta(days=DAYS)).isoformat(), last=today.isoformat())
    return known.picture(found, ask.rooms.deck, ask.here.lang, _units(ask), span)


def sentences(ask: Ask, found: Figures) -> list[str]:
    """Three: who was reached and has completed the basic course, what is known, what was left out or could not be delivered."""
    officers, answered = found.reach.officers or 0, found.reach.answered
    first = ask.word("said_reach" if answered is not None else "said_reach_few").format(
        count=answered, of=officers, days=DAYS
    )
    if found.finished is not None:
        first += " " + ask.word("said_finished").format(count=found.finished, of=officers)
    if found.recall is None:
        second = ask.word("said_known_few").format(count=FEWEST)
    else:
        fades = ask.rooms.deck.topic(found.fades[0], ask.here.lang) if found.fades else ask.word("nothing")
        second = ask.word("said_known").format(score=percent(found.recall), topic=fades)
    return [first, second, " ".join(_left_out(ask, found, officers))]


def _left_out(ask: Ask, found: Figures, officers: int) -> list[str]:
    """What was sent, and why the rest was not; a number of fewer than five is not said."""
    skipped = found.skipped
    late = sum(skipped.get(reason, 0) for reason in training_after.SERVICE)
    blocked = skipped.get(queues.BLOCKED, 0)
    own = sum(skipped.values()) - late - blocked - sum(skipped.get(reason, 0) for reason in APART)
    tells = officers < FEWEST or 0 < own < FEWEST  # whose time off it was would be known
    said = [
        ask.word("said_left_few" if tells else "said_left").format(count=found.sent, number=late, of=own, days=DAYS)
    ]
    for reason, word in APART.items():
        count = skipped.get(reason, 0)
        few = officers < FEWEST or count < FEWEST
        if count and (not few or reason == "no_shifts"):
            said.append(ask.word(f"{word}_few" if few else word).format(count=count))
    if blocked:  # that there are some the list of officers says by name; how many would be known of one person where they are few
        few = officers < FEWEST or blocked < FEWEST
        said.append(ask.word("said_blocked_few" if few else "said_blocked").format(count=blocked))
    return said


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
    found, names = known.lasts(ask.here.c, ask.here.member.department, ask.here.now), _units(ask)
    topics = {ask.rooms.deck.topic(topic, ask.here.lang): fit for topic, fit in found.topics.items()}
    lines = []
    if found.before is not None:
        lines.append(ask.word("said_before").format(score=percent(found.before)))
    if found.whole.observed is None:
        lines.append(ask.word("said_lasts_few").format(count=FEWEST))
    else:
        lines.append(_fit(ask, ask.word("all"), found.whole))
        lines.append(ask.word("said_error").format(score=percent(found.whole.ece or 0.0)))
        lines += [_fit(ask, name, fit) for name, fit in topics.items() if fit.observed is not None]
        lines += [_fit(ask, names[u], f) for u, f in found.units.items() if f.observed is not None and u in names]
    return Shown(ask.message("progress.lasts", lines="\n".join(lines)))


def _fit(ask: Ask, name: str, found: Fit) -> str:
    said = {"name": name, "first": percent(found.predicted or 0.0), "last": percent(found.observed or 0.0)}
    return ask.word("said_fit").format(**said)


def _ranks(ask: Ask) -> bool:
    return bool(ask.rooms.people.department(ask.here.c, ask.here.member.department).ranking)


def _people(ask: Ask) -> Shown:
    """By officer, a page at a time, only where the department has turned it on."""
    if not _ranks(ask):
        return Shown(ask.message("progress.no_list"))
    c, place, people = ask.here.c, ask.here.member.department, ask.rooms.people
    tallies = answers.tallies(c, place, ask.here.now - DAYS * DAY)
    rows = [
        (people.officer_id(row) or ask.word("no_id_of").format(number=row.id), *tallies.get(row.id, (0, 0)))
        for row in people.members(c, place)
    ]
    rows.sort(key=lambda one: (-one[2], one[0]))
    here, more = paged(ask, rows, "k:progress:people:")
    lines = [ask.word("officer_line").format(id=name, count=count, right=right) for name, count, right in here]
    shown = ask.message("progress.people", lines="\n".join(lines), days=DAYS)
    return Shown(Rendered(shown.text, [*more, *shown.buttons], []))


_KINDS: dict[str, Callable[[Ask], Shown | Awaitable[Shown] | None]] = {
    "progress": _progress, "progress.lasts": _lasts, "progress.people": _people, "progress.outage": _outage,
}  # fmt: skip
