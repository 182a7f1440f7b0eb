"""What an officer reads, made when it is sent: cards, explanations, what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from string import ascii_uppercase
from typing import Any

from bot.library.replies import Rendered
from bot.shown import Shown
from bot.store import training_after
from bot.store import training_answers as answers
from bot.training.cards import Card, Wording, asked
from bot.training.coursework_words import standing
from bot.training.deck import order
from bot.training.rooms import Ask
from bot.training.saying import next_dates, seen, times, why_none
from bot.training.ways import COURSE


def words(what: str, ask: Ask) -> Shown | None:
    made = _KINDS.get(what)
    return made(ask) if made is not None and ask.here.member is not None else None


def _refresher(ask: Ask) -> Shown | None:
    """The first question of an occurrence. None where it was answered, is somebody else's, or there is none left."""
    number = int(ask.params["occurrence"])
    rows = [row for row in answers.open_of(ask.here.c, number) if row.member == ask.here.member.id]
    row = next((r for r in rows if ask.rooms.deck.versions.get(r.card) == r.version), None)
    if row is None or ask.here.member.paused_at is not None:
        return None
    total, done, _ = answers.count_of(ask.here.c, number)
    head = ask.message("refresher.again" if ask.params.get("again") else "refresher", number=done + 1, of=total)
    rendered = _card(ask, row, head)
    now, question = ask.here.now, row.id
    if rendered is None:
        return None

    def sent(c: Any) -> None:
        answers.shown(c, question, now)
        training_after.asked(c, number, now)

    return Shown(rendered, done=sent)


def _silent(ask: Ask) -> Shown | None:
    """Why refreshers stopped coming. None where they came back meanwhile, or paused themselves."""
    who = ask.here.member
    if who.paused_at is None or not training_after.SILENCES <= who.silences < training_after.TOLD:
        return None
    own = ".coordinator" if ask.here.coordinates else ""
    return Shown(ask.message(f"paused_silent{own}"), done=lambda c: training_after.told(c, who.id))


def _question(ask: Ask) -> Shown | None:
    row = answers.get(ask.here.c, int(ask.params["question"]))
    if row is None or row.member != ask.here.member.id or row.answered_at is not None:
        return None
    rendered = _card(ask, row, ask.message(_head(row), **_count(ask, row)))
    return Shown(rendered) if rendered is not None else None


def _head(row: Any) -> str:
    return "refresher" if row.occurrence is not None else f"card.{row.kind}"


def _count(ask: Ask, row: Any) -> dict[str, Any]:
    if row.kind == COURSE:
        card = ask.rooms.deck.card(row.card, ask.here.lang)
        course = card.course if card is not None else ""
        head = ask.rooms.deck.course(course, ask.here.lang)
        done, count = standing(ask, course)
        return {"name": head.title if head is not None else "", "number": done + 1, "of": count}
    if row.kind == answers.PRETEST:
        count, done, _ = answers.of_kind(ask.here.c, row.member, row.kind)
        return {"number": done + 1, "of": count}
    if row.occurrence is None:
        return {"topic": ask.rooms.deck.topic(row.topic, ask.here.lang)}
    total, done, _ = answers.count_of(ask.here.c, row.occurrence)
    return {"number": done + 1, "of": total}


def _card(ask: Ask, row: Any, head: Rendered) -> Rendered | None:
    """A question with its options, one tap each."""
    card, wording = _wording(ask, row)
    if card is None or wording is None:
        return None
    places = order(row.id, wording)
    options = [f"{letter}) {wording.options[n].text}" for letter, n in zip(ascii_uppercase, places, strict=False)]
    text = "\n\n".join([head.text, asked(wording, ask.rooms.deck.invented(card.lang)), "\n".join(options)])
    buttons = [(letter, f"k:a:{row.id}:{n}") for letter, n in zip(ascii_uppercase, places, strict=False)]
    return Rendered(text, [*buttons, *head.buttons], [], columns=len(places))


def _wording(ask: Ask, row: Any) -> tuple[Card | None, Wording | None]:
    card = ask.rooms.deck.card(row.card, ask.here.lang)
    if card is None or row.wording >= len(card.wordings):
        return None, None
    return card, card.wordings[row.wording]


def _answered(ask: Ask) -> Shown | None:
    """Right or not, why, and where it comes from; nothing in a pre-test."""
    row = answers.get(ask.here.c, int(ask.params["question"]))
    if row is None or row.member != ask.here.member.id or row.chosen is None or row.kind == answers.PRETEST:
        return None
    card, wording = _wording(ask, row)
    if card is None or wording is None or row.chosen >= len(wording.options):
        return None
    places = order(row.id, wording)
    letters = {place: letter for letter, place in zip(ascii_uppercase, places, strict=False)}
    chosen, right = wording.options[row.chosen], wording.options[wording.right]
    said = {"because": chosen.because, "source": _source(ask, card)}
    said |= {
        "chosen": letters[row.chosen],
        "letter": letters[wording.right],
        "right": right.text,
        "right_because": right.because,
    }
    memory = answers.memories(ask.here.c, row.member).get(row.card)
    wrong = "wrong.kept" if memory is not None and memory.held else "wrong"  # a card held out does not come sooner
    made = ask.message("right" if chosen.is_right else wrong, **said)
    if row.kind == COURSE:
        return Shown(replace(made, buttons=_next_of(ask, card.course)))
    return Shown(made if ask.params.get("last") else replace(made, buttons=[]))


def _next_of(ask: Ask, course: str) -> list[tuple[str, str]]:
    """The next card is a tap away, so that there is time to read the explanation."""
    done, count = standing(ask, course)
    if done == count:
        return [
            (ask.word("course_line").format(name=ask.word("course"), number=done, of=count), f"k:course:show:{course}")
        ]
    return [(ask.word("next_card").format(number=done + 1, of=count), f"k:course:next:{course}")]


def _source(ask: Ask, card: Card) -> str:
    sources = ask.rooms.library.sources
    titles = [sources[key].title for key in card.sources if key in sources]
    words = ask.rooms.library.commands[ask.here.lang]["words"]
    return f"{words['source']}: {'; '.join(titles[:2])}. {words[card.certainty]}, {words['reviewed']} {card.reviewed_on.isoformat()}"


def _finished(ask: Ask) -> Shown | None:
    """The refresher is done: how many were right, and when the next comes."""
    _, done, right = answers.count_of(ask.here.c, int(ask.params["occurrence"]))
    coming = next_dates(ask, 1)
    name = "finished" if coming else "finished.no_date"
    return Shown(ask.message(name, right=right, of=done, date=", ".join(coming)))


def _resumed(ask: Ask) -> Shown | None:
    return Shown(ask.message("resumed", dates="\n".join(f"• {one}" for one in next_dates(ask, 3)) or why_none(ask)))


def _welcome(ask: Ask) -> Shown | None:
    """They have joined: what comes, and when it begins."""
    who = ask.here.member
    if who is None or who.id != ask.params.get("member"):
        return None
    people = ask.rooms.people
    found = people.schedule_of(ask.here.c, who.id)
    dates = next_dates(ask, 1)
    name = people.department(ask.here.c, who.department).name
    if who.role == "coordinator":
        said = times(ask, found) if found is not None else ask.word("no_schedule")
        return Shown(ask.message("join.in.coordinator", department=name, times=said))
    if found is None or not dates:
        return Shown(ask.message("join.in.no_date", department=name, lines=seen(ask, "join_seen")))
    when = {"times": times(ask, found), "date": dates[0]}
    return Shown(ask.message("join.in", department=name, lines=seen(ask, "join_seen"), **when))


_KINDS: dict[str, Callable[[Ask], Shown | None]] = {
    "next": _refresher, "card": _question, "answered": _answered, "finished": _finished, "resumed": _resumed,
    "welcome": _welcome, "silent": _silent,
}  # fmt: skip
"""`refresher:next` is the one that the planner queues."""
