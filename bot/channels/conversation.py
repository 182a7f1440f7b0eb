"""A conversation without a store, for the terminal, `ask` and the dialogue tests: the same desk, nothing on a disk."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from typing import Any

from bot.desk import Desk, Outcome
from bot.library.loading import Library
from bot.library.rendering import NotForThisReader, Renderer
from bot.library.replies import Part, Rendered, Reply
from bot.nlu import NluDown, RasaNlu
from bot.stages.context import Incoming, Media, Person


@dataclass(frozen=True, slots=True)
class Said:
    """One outcome with its replies put into words."""

    outcome: Outcome
    messages: list[tuple[Reply, Rendered]]
    cleared: bool

    @property
    def main(self) -> Reply | None:
        """The reply that counts: danger first, else the first that is not the introduction."""
        spoken = [r for r in self.outcome.replies if r.kind != "intro"]
        return next((r for r in spoken if r.kind == "danger"), spoken[0] if spoken else None)


def render(library: Library, reply: Reply, lang: str, role: str) -> list[Rendered]:
    """All parts of a reply in words; what is not for this reader becomes the kind "officers only" instead."""
    renderer = Renderer(library, lang, role)
    out = []
    for part in reply.parts:
        try:
            out.append(renderer.render(part))
        except NotForThisReader:
            out.append(renderer.render(Part("message:officer_only")))
    return out


class Conversation:
    """One person talking. Role changes by `/role` are allowed here and nowhere else."""

    def __init__(
        self, desk: Desk, library: Library, nlu: RasaNlu | Any, role: str = "guest", lang: str | None = None
    ) -> None:
        self._desk, self._library, self._nlu = desk, library, nlu
        self._chat = secrets.token_hex(16)
        self.person = Person(role=role, lang=lang)

    async def say(self, text: str = "", payload: str | None = None, media: Media | None = None) -> Said:
        outcome = await self._desk.answer(Incoming(self._chat, text, payload, media), self.person, role_commands=True)
        cleared = False
        for effect in outcome.effects:
            if effect.kind == "set_lang":
                self.person.lang = effect.value
            elif effect.kind == "set_role":
                self.person.role = effect.value or "guest"
            elif effect.kind == "quiet":
                self.person.quiet_minutes = int(effect.value or self.person.quiet_minutes)
            elif effect.kind in ("exit", "erase"):
                cleared = effect.kind == "exit"
                self.person = Person(role=self.person.role)
                await self.forget()
        messages = [(r, m) for r in outcome.replies for m in render(self._library, r, outcome.lang, self.person.role)]
        return Said(outcome, messages, cleared)

    async def forget(self) -> None:
        """Drop what Rasa's memory holds of this conversation; a dead Rasa holds none."""
        with contextlib.suppress(NluDown):
            await self._nlu.forget(self._chat)
