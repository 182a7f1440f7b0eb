"""What a department takes along: a roster, a course file, statements for its own record store. Runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection

from bot.library.model import Source
from bot.library.replies import Attachment
from bot.shown import Shown
from bot.store.training_completions import Kept
from bot.training import cards as content
from bot.training import exports, records, xapi
from bot.training.command import Wish
from bot.training.deck import BASIC, Deck
from bot.training.papers import which_course
from bot.training.rooms import Ask, Here, Replies, Rooms, reply

HOME = "https://waymark.invalid"
"""What ids in statements are put behind: a name that never resolves (RFC 6761), since a record store only compares them."""
KINDS = ("csv", "xlsx", "course", "xapi")


class Exporting:
    name = "exporting"

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.wishes: Mapping[str, Callable[[Here, Wish], Replies]] = {"export": self._export}

    def _export(self, here: Here, wish: Wish) -> Replies:
        """ "": which; else one of `KINDS`, and for a course file "course:<course>"."""
        kind, _, which = wish.about.partition(":")
        if kind == "course" and which in ("", *self._rooms.deck.names()):
            return [reply("export", kind=kind, course=which) if which else reply("export.which")]
        if wish.about in KINDS:
            return [reply("export", kind=wish.about)]
        return [reply("message:train.export")]

    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        return [reply("message:train.old")]

    def words(self, what: str, ask: Ask) -> Shown | None:
        if what == "export.which" and ask.here.coordinates:
            return Shown(which_course(ask, "k:export:course:"))
        return _file(ask, str(ask.params.get("kind"))) if what == "export" and ask.here.coordinates else None


def _file(ask: Ask, kind: str) -> Shown | None:
    if kind not in KINDS:
        return None
    deck, lang = ask.rooms.deck, ask.here.lang
    place = ask.rooms.people.department(ask.here.c, ask.here.member.department)
    kept = ask.rooms.completions.of_department(ask.here.c, place.id)
    if kind == "course":
        made_of = course(deck, str(ask.params.get("course") or BASIC), lang, ask.rooms.library.sources)
        file = _attachment(ask, "course_file", "json", records.course_file(made_of))
        file = replace(file, name=f"{ask.word('course_file')}-{made_of.id}.json")
        return Shown(replace(ask.message("export.course", name=made_of.title), file=file))
    if not kept:
        return Shown(ask.message("export.none"))
    made, count = {"csv": records.roster_csv, "xlsx": records.roster_xlsx}, len(kept)
    if kind in made:
        data, name, said = made[kind](exports.roster_lines(kept, titles(deck, lang))), "roster_file", "export.file"
    else:
        found = ways(ask.here.c, deck, kept, place, lang)
        data, name, kind, count = statements(found), "statements_file", "json", len(found)
        said = "export.statements.answers" if place.ranking else "export.statements"
    return Shown(replace(ask.message(said, count=count), file=_attachment(ask, name, kind, data)))


def titles(deck: Deck, lang: str) -> Callable[[str], str]:
    """A course by its id as a roster names it: its title, the id behind; the id alone where the course is no more."""

    def titled(name: str) -> str:
        head = deck.course(name, lang)
        return f"{head.title} ({name})" if head is not None else name

    return titled


def _attachment(ask: Ask, name: str, kind: str, data: bytes) -> Attachment:
    mime = {
        "csv": "text/csv", "json": "application/json",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }[kind]  # fmt: skip
    return Attachment(f"{ask.word(name)}.{kind}", mime, data)


def ways(
    c: Connection, deck: Deck, kept: list[Kept], place: Any, lang: str, home: str | None = None
) -> list[xapi.Done]:
    """The ways to the completions of a department (the row `place`) whose answers are still there, each way through a course once. Single
    answers are in them only where the department shows persons, and only those that were given since it does. `home`: an address of the
    department's own that its ids belong to."""
    made, before = [], exports.befores(kept)
    shown_since = place.ranking_since if place.ranking else None
    for one in kept:
        head = deck.course(one.what.course, lang)
        if head is None:
            continue
        names = [card.id for card in deck.of_course(one.what.course)]
        whose = home or f"{HOME}/departments/{place.id}"
        found = exports.way(
            c, one, before[one.seq], head.title, head.lang, names, whose, HOME, shown_since,
            partial(_definition, deck, lang=lang),
        )  # fmt: skip
        if found is not None:
            made.append(found)
    return made


def statements(found: list[xapi.Done]) -> bytes:
    """JSON, indented."""
    return orjson.dumps(xapi.all_statements(found), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def course(deck: Deck, name: str, lang: str, sources: Mapping[str, Source]) -> records.Course:
    """A course as a commission reads it: every wording of each card. Raises KeyError for a course that is not there."""
    head = deck.course(name, lang)
    if head is None:
        raise KeyError(name)
    items = []
    for fact in deck.of_course(name):
        card = deck.card(fact.id, lang)
        if card is not None:
            items.append(_item(card, deck.invented(card.lang), sources))
    version = "-".join([head.reviewed_on.isoformat(), str(len(items))])
    objectives = tuple(head.objectives)
    return records.Course(
        head.id, version, head.title, head.category, lang, objectives, tuple(items), head.reviewed_on.isoformat()
    )


def _item(card: content.Card, invented: str, sources: Mapping[str, Source]) -> records.Item:
    wordings = tuple(_asked(one, invented) for one in card.wordings)
    rests_on = tuple(
        records.Source(key, one.title, one.publisher, one.date, one.address)
        for key, one in ((key, sources[key]) for key in card.sources)
    )
    return records.Item(
        card.id, content.version(card), card.objective, card.topic, wordings, rests_on, float(card.minutes)
    )


def _asked(one: content.Wording, invented: str) -> records.Asked:
    options = tuple(option.text for option in one.options)
    reasons = tuple(option.because for option in one.options)
    return records.Asked(content.asked(one, invented), options, one.right, reasons)


def _definition(deck: Deck, row: Any, lang: str) -> xapi.Interaction | None:
    """What a row of `question` asked, in words; None where the card has changed since or is gone: nobody could say any more."""
    card = deck.card(row.card, lang)
    if card is None or deck.versions.get(row.card) != row.version or row.wording >= len(card.wordings):
        return None
    one = _asked(card.wordings[row.wording], deck.invented(card.lang))
    return xapi.Interaction(card.lang, card.objective, one.question, one.options, one.right)
