"""What the directory adds to a turn: entries for a place that was named, the question where, and the buttons of both. A place is kept as a
state or as the county or city of an entry, never as it was typed."""

from __future__ import annotations

from dataclasses import replace

from bot.library.directory.entries import named
from bot.library.directory.places import is_state, spot
from bot.library.directory.search import Wish, fits
from bot.library.directory.showing import ANY, NOWHERE, needs_of
from bot.library.loading import Library
from bot.library.replies import Part, Reply

ROW = "officer_local_partners"
TOPICS = frozenset({"topic:partners.find", "topic:partners.find_public"})
ASKED = "place"
"""What an officer's chat waits for after the question where."""


def listed(library: Library, reply: Reply, text: str, officer: bool) -> Reply:
    """The answer of the row for partners with what is listed, before what it says anyway."""
    if (
        reply.handling != ROW
        or reply.kind != "answer"
        or not any(p.content in TOPICS and not p.page for p in reply.parts)
    ):
        return reply
    shelf = library.directory
    if not shelf.entries:
        return replace(reply, parts=[Part("message:directory.empty"), *reply.parts]) if officer else reply
    place = spot(text, shelf.places)
    if place is not None:
        return replace(reply, parts=[_found(_need(library, text, place, officer), place, 0), *reply.parts])
    return replace(reply, parts=[_where(ANY, 0), *reply.parts]) if officer else reply


def asks_where(reply: Reply) -> bool:
    return any(part.content == "directory:directory.where" for part in reply.parts)


def typed(library: Library, text: str, officer: bool) -> Reply | None:
    """An answer in words to the question where."""
    place = spot(text, library.directory.places)
    return Reply(ROW, [_found(_need(library, text, place, officer), place, 0)]) if place is not None else None


def tapped(library: Library, name: str) -> Reply | None:
    """`d:NEED` asks where; `d:NEED:?:PAGE` shows more states; `d:NEED:PLACE:PAGE` what is listed, where PLACE is "OK", "OK:tulsa" or "-"
    for "no matter where". None for a button that means nothing any more."""
    need, _, rest = name.partition(":")
    try:
        needs_of(need)
    except KeyError:
        return None
    if not rest:
        return Reply(ROW, [_where(need, 0)])
    place, _, page = rest.rpartition(":")
    if not page.isdecimal() or len(page) > 3:
        return None
    if place == "?":
        return Reply(ROW, [_where(need, int(page))])
    known = place == NOWHERE or is_state(place) or place in library.directory.places
    return Reply(ROW, [_found(need, place, int(page))]) if known else None


def _need(library: Library, text: str, place: str, officer: bool) -> str:
    """The one thing that a text asks for, where something of that kind is listed there; else everything."""
    needs = named([text], "needs")
    if len(needs) != 1:
        return ANY
    wish = Wish(needs, place, officer=officer)
    return next(iter(needs)) if any(fits(entry, wish) for entry in library.directory.entries) else ANY


def _found(need: str, place: str, page: int) -> Part:
    return Part("directory:directory.found", page, {"need": need, "place": place})


def _where(need: str, page: int) -> Part:
    return Part("directory:directory.where", page, {"need": need})
