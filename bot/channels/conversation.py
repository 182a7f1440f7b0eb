"""A conversation without a store, for the terminal, `ask` and the dialogue tests: the same desk, nothing on a disk."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.backroom import Backroom
from bot.desk import Desk, Outcome
from bot.library.loading import Library
from bot.library.rendering import NotForThisReader, Renderer
from bot.library.replies import Part, Rendered, Reply
from bot.nlu import NluDown, RasaNlu
from bot.stages.context import Incoming, Media, Person
from bot.worker import asks_on, in_place


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
    """One person talking. Role changes by `/role` are allowed here and nowhere else; an officer and an advocate have phones of their own.
    Without a `backroom` no request can begin."""

    def __init__(
        self, desk: Desk, library: Library, nlu: RasaNlu | Any, role: str = "guest", lang: str | None = None,
        backroom: Backroom | None = None,
    ) -> None:  # fmt: skip
        self._desk, self._library, self._nlu, self._backroom = desk, library, nlu, backroom
        mine, staff = Backroom.new_chat(), backroom.advocate if backroom is not None else None
        self._phones = {
            "guest": mine,
            "coordinator": mine,
            "officer": Backroom.new_chat(),
            "advocate": staff or Backroom.new_chat(),
        }
        self._enrolled = role == "officer"
        self._people = {self._chat_of(role): Person(role=role, lang=lang)}
        self.person = self._people[self._chat_of(role)]

    def _chat_of(self, role: str) -> str:
        return self._phones[role]

    @property
    def _chat(self) -> str:
        return self._chat_of(self.person.role)

    async def say(self, text: str = "", payload: str | None = None, media: Media | None = None) -> Said:
        if self._backroom is not None:
            known = await self._backroom.known(self._chat, self.person.role, self._enrolled)
            self.person.request, self.person.brings_back = known.view, known.brings_back
        outcome = await self._desk.answer(Incoming(self._chat, text, payload, media), self.person, role_commands=True)
        chat, role, cleared = self._chat, self.person.role, False
        replies = outcome.replies
        if self._backroom is not None:
            replies = await self._backroom.done(chat, role, outcome.lang, outcome.effects, replies)
            self.person.awaiting = asks_on(replies).get("awaiting", self.person.awaiting)
        elif any(part.content.startswith("training:") for reply in replies for part in reply.parts):
            stands = [Part("message:train.no_department")]  # nothing is kept here, so nobody belongs to a department
            replies = [
                replace(r, parts=stands) if any(p.content == "training:" for p in r.parts) else r for r in replies
            ]
        elif any(effect.kind == "request" for effect in outcome.effects):
            replies = in_place(replies, [Reply("help_menu", [Part("message:button.gone")], kind="menu")])
        for effect in outcome.effects:
            if effect.kind == "set_lang":
                self.person.lang = effect.value
            elif effect.kind == "set_role":
                self._becomes(effect.value or "guest")
            elif effect.kind == "quiet":
                self.person.quiet_minutes = int(effect.value or self.person.quiet_minutes)
            elif effect.kind in ("exit", "erase"):
                cleared = effect.kind == "exit"
                self.person = self._people[chat] = Person(role=self.person.role)
                await self.forget()
        messages = await self._messages(replies, outcome.lang)
        return Said(replace(outcome, replies=replies), messages, cleared)

    async def _messages(self, replies: list[Reply], lang: str) -> list[tuple[Reply, Rendered]]:
        chat, role = self._chat, self.person.role
        if self._backroom is None:
            return [(r, m) for r in replies for m in render(self._library, r, lang, role)]
        made = [(r, await self._backroom.render(part, chat, role, lang)) for r in replies for part in r.parts]
        came = Reply("wants_safe_place", [])
        later = [(came, message) for message in await self._backroom.arrived(chat, role)]
        return [(r, m) for r, m in made if m is not None] + later

    def words(self, message: str, lang: str, **params: str) -> str:
        """A line of content that the channel itself says to the person here."""
        return Renderer(self._library, lang, self.person.role).render(Part(f"message:{message}", params=params)).text

    async def rings(self) -> str | None:
        """The role of another phone in the room that has something to show: /role changes over to it."""
        others = {chat: role for role, chat in self._phones.items() if chat != self._chat and role != "guest"}
        for chat, role in others.items() if self._backroom is not None else ():
            if await self._backroom.rings(chat):  # type: ignore[union-attr]
                known = self._people.get(chat)
                return known.role if known is not None else role
        return None

    def _becomes(self, role: str) -> None:
        """Another role, on the same phone or on the advocate's."""
        chat = self._chat_of(role)
        if chat == self._chat:
            self.person.role = role
        else:
            self.person = self._people.setdefault(chat, Person(role=role, lang=self.person.lang, greeted=True))
            self.person.role = role

    async def forget(self) -> None:
        """Drop what Rasa's memory holds of this conversation; a dead Rasa holds none."""
        with contextlib.suppress(NluDown):
            await self._nlu.forget(self._chat)
