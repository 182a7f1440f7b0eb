"""Words that are sealed until they are sent: the summary, an alert, opened answers, what advocate and survivor write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from bot.intake import walk as walking
from bot.intake.model import Graph, Walk
from bot.library import loading
from bot.library.replies import Part, Rendered
from bot.placement.survivor import FIELDS
from bot.store.oncall import OnCall
from bot.store.requests import Open, Requests

ALERTED = ("age", "state", "when")
"""What an alert may carry (R41). An officer's or ally's carries less, since less is known."""
HIDDEN = frozenset({"word", "not_me", "climb", "declined", "told"})


class Private:
    def __init__(self, graph: Graph, requests: Requests, oncall: OnCall) -> None:
        self._graph, self._requests, self._oncall = graph, requests, oncall

    def render(self, c: Connection, part: Part, lang: str, role: str) -> Rendered | None:
        """None where the request, its key or the words are gone: then nothing is sent."""
        kind = part.content.partition(":")[2]
        found = self._requests.get(c, str(part.params.get("request", "")))
        if found is None:
            return None
        if kind == "summary":
            return self._summary(found, lang)
        if kind == "relay":
            return self._relay(c, found, int(part.params["relay"]), lang, role)
        if role != "advocate":
            return None
        if kind == "alert":
            return self._alert(found, lang)
        if kind == "answers":
            return self._answers(found, lang)
        return self._handover(found, lang) if kind == "handover" else None

    def _summary(self, found: Open, lang: str) -> Rendered:
        library = loading.shared()
        walk = Walk.model_validate(found.walk)
        rows = [(f, v) for f, v in walking.summary(self._graph, walk) if f not in HIDDEN]
        head = library.message("request.summary", lang)
        buttons = [(library.intake_label("send", lang), f"q:{walk.node}:send")]
        buttons += [(library.intake_change(f, lang), f"q:{walk.node}:change:{f}") for f, _ in rows]
        buttons += [(b.title, b.payload) for b in head.buttons]
        return Rendered(f"{head.text.strip()}\n\n{_rows(rows, lang)}", buttons, [])

    def _alert(self, found: Open, lang: str) -> Rendered:
        library, answers = loading.shared(), found.walk.get("answers", {})
        message = library.message("oncall.alert" if found.asker == "self" else f"oncall.alert.{found.asker}", lang)
        rows = [(f, answers[f]) for f in ALERTED if f in answers]
        buttons = [(b.title, b.payload.replace("REQUEST", found.id)) for b in message.buttons]
        text = "\n".join(t for t in (message.text.strip().format(number=found.number), _rows(rows, lang)) if t)
        return Rendered(text, buttons, [])

    def _handover(self, found: Open, lang: str) -> Rendered:
        message = loading.shared().message("oncall.handover", lang)
        buttons = [(b.title, b.payload.replace("REQUEST", found.id)) for b in message.buttons]
        return Rendered(message.text.strip().format(number=found.number), buttons, [])

    def _answers(self, found: Open, lang: str) -> Rendered:
        message, walk = loading.shared().message("oncall.answers", lang), Walk.model_validate(found.walk)
        listed = FIELDS[found.asker]
        rows = [(f, v) for f, v in walking.summary(self._graph, walk) if f in listed]
        text = f"{message.text.strip().format(number=found.number)}\n\n{_rows(rows, lang)}"
        return Rendered(text, [(b.title, b.payload.replace("REQUEST", found.id)) for b in message.buttons], [])

    def _relay(self, c: Connection, found: Open, number: int, lang: str, role: str) -> Rendered | None:
        """Marked as from a person: the one text nobody reviewed (rulings 8)."""
        one = self._requests.relay_one(c, number, found.id)
        if one is None or one.to_advocate != (role == "advocate"):
            return None
        message = loading.shared().message("oncall.relay.from" if one.to_advocate else "request.relay.from", lang)
        return Rendered(
            f"{message.text.strip().format(number=found.number)}\n\n{one.text}",
            [(b.title, b.payload) for b in message.buttons],
            [],
        )


def _rows(rows: Iterable[tuple[str, Any]], lang: str) -> str:
    library = loading.shared()
    return "\n".join(library.intake_row(name, value, lang) for name, value in rows)
