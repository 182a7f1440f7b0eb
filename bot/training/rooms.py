"""What every part of refreshers in the chat is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sqlalchemy import Connection

from bot.library.loading import Library
from bot.library.replies import Part, Rendered, Reply
from bot.post import Post
from bot.shown import Shown
from bot.store.chats import Chats
from bot.store.training_completions import Completions
from bot.store.training_drafts import Drafts
from bot.store.training_links import Links
from bot.training.command import SAY, Wish
from bot.training.deck import Deck
from bot.training.joining import Doors

Replies = list[Reply]
ROW = "learner_quiz"


@dataclass(frozen=True, slots=True)
class Here:
    """Who asks for what, when. `chat` is a keyed hash; `now` in seconds since the epoch; `member`: their row, None for somebody of no
    department."""

    c: Connection
    chat: str
    role: str
    lang: str
    now: float
    member: Any = None

    @property
    def coordinates(self) -> bool:
        """Whether they may set things for their department."""
        return self.member is not None and self.member.role == "coordinator" and self.role == "coordinator"


@dataclass(frozen=True, slots=True)
class Rooms:
    """All that refreshers work with; functions of a connection, so that everything happens in the worker's own unit. `salt`: secret, decides
    which cards are held out; `link`: a code as the address that somebody opens."""

    people: Links
    doors: Doors
    completions: Completions
    drafts: Drafts
    chats: Chats
    post: Post
    library: Library
    deck: Deck
    salt: str
    link: Callable[[str], str] = field(default=lambda code: f"/start {code}")


@dataclass(frozen=True, slots=True)
class Ask:
    """One wish to see something that is made when it is sent. `params`: numbers and ids alone."""

    rooms: Rooms
    here: Here
    params: dict[str, Any]

    def message(self, name: str, /, **params: Any) -> Rendered:
        """A message of content with what stands in it."""
        from bot.library.rendering import Renderer

        role = self.here.role
        return Renderer(self.rooms.library, self.here.lang, role).render(Part(f"message:train.{name}", params=params))

    def word(self, key: str) -> str:
        """A small word of the group `training` in `commands.yml`."""
        return self.rooms.library.commands[self.here.lang]["training"][key]


class Clerk(Protocol):
    """Who deals with one part of refreshers in the chat: cards, setting up, officers, links, progress, partners.

    `name` stands in a draft (`draft["clerk"]`) while this clerk asks for words. `wishes`: what it answers, by the name of the wish.
    """

    @property
    def name(self) -> str: ...
    @property
    def wishes(self) -> Mapping[str, Callable[[Here, Wish], Replies]]: ...
    def said(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """What was asked last is answered with `text`."""

    def words(self, what: str, ask: Ask) -> Shown | Awaitable[Shown] | None:
        """`training:<what>` as it is shown; None where it is not this clerk's, or nothing may be shown."""


def reply(*parts: str | Part, handling: str = ROW, **params: Any) -> Reply:
    """One reply of content ids: "card" is `training:card`, made when it is sent; "message:…" is that message. Parameters go to every part
    that is given by its id; they hold no word of anybody's."""
    made = [Part(p if ":" in p else f"training:{p}", params=dict(params)) if isinstance(p, str) else p for p in parts]
    return Reply(handling, made)


def ask_for(*parts: str | Part, **params: Any) -> Reply:
    """The same, and the next thing they write is the answer (the wish `say`)."""
    return replace(reply(*parts, **params), subject=SAY)
