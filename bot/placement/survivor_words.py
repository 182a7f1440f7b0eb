"""Sealed words put on the person's screen, opened when they are sent and not before (decision 0010)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.intake import walk as walking
from bot.library.rendering import Renderer
from bot.library.replies import Part, Rendered
from bot.placement.model import SELF, Rooms, Shown
from bot.placement.survivor import walk_of
from bot.store.requests import DRAFT, TAKEN


def words(rooms: Rooms, c: Connection, chat: str, name: str, params: dict[str, Any], lang: str) -> Shown | None:
    """`summary` and `relay`. None where the request is gone, or the chat is not about it any more (R6, R7)."""
    found = rooms.requests.get(c, str(params.get("request")))
    row = rooms.chats.get(c, chat)
    if found is None or row is None or found.chat != chat or row.request != found.id:
        return None
    if name == "summary" and found.state == DRAFT:
        walk = walk_of(found)
        message = "request.summary" if found.asker == SELF else "request.summary.other"
        return Shown(_summary(rooms, walking.summary(rooms.graph, walk), message, lang))
    if name == "relay" and found.state == TAKEN:
        relay = rooms.requests.relay_one(c, int(params["relay"]), found.id)
        if relay is None or relay.to_advocate or relay.held:
            return None
        shown = Renderer(rooms.library, lang, "guest").render(Part("message:request.relay.from"))
        text = f"{shown.text}\n\n{relay.text}"
        return Shown(Rendered(text, shown.buttons, []), done=lambda w: rooms.requests.relay_done(w, relay.id, found.id))
    return None


def _summary(rooms: Rooms, answers: list[tuple[str, Any]], message: str, lang: str) -> Rendered:
    library = rooms.library
    shown = Renderer(library, lang, "guest").render(Part(f"message:{message}"))
    rows = [library.intake_row(name, value, lang) for name, value in answers]
    buttons = [(library.intake_label("send", lang), "q:summary:send")]
    buttons += [(library.intake_change(name, lang), f"q:summary:change:{name}") for name, _ in answers]
    return Rendered("\n".join([shown.text, "", *rows]), [*buttons, *shown.buttons], [])
