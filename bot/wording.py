"""What is queued, put into words at the last moment, so that the queue holds ids only; the one gate to a guest (R6, R10)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from bot.library.loading import Library
from bot.library.model import OFFICER_ROLES
from bot.library.rendering import NotForThisReader, Renderer
from bot.library.replies import Part, Rendered
from bot.placement.service import Placement
from bot.review import FLOOR_ROWS, Reviews, strings
from bot.shown import Shown
from bot.store.database import Database
from bot.store.queues import OutboxRow
from bot.training.service import OWN, PARTS, Training

log = logging.getLogger("waymark.sender")
HELP = Part("lines:", params={"ids": ["nhth"], "neutral": True})
"""What a guest gets where the words meant for them may not be shown or cannot be made."""
STAFF = (*OFFICER_ROLES, "advocate")
PRIVATE = {"relay": "relay.from"}
"""The message whose words stand around sealed ones, where it is called otherwise."""


class Wording:
    """`unreviewed_allowed`: guests get texts that nobody has reviewed as well, which is for trying out alone."""

    def __init__(
        self,
        database: Database,
        library: Library,
        reviews: Reviews,
        *,
        unreviewed_allowed: bool,
        clock: Callable[[], float],
        placement: Placement | None,
        training: Training | None,
    ) -> None:
        self._db, self._library, self._reviews, self._clock = database, library, reviews, clock
        self._placement, self._training = placement, training
        self._everything = unreviewed_allowed
        self._reviewed = set(strings(library)) - set(reviews.unreviewed(library))

    async def shown(self, row: OutboxRow, role: str) -> Shown | None:
        """In words; sealed ones are opened now, and None where nobody may read them any more (decision 0010)."""
        content = row.content
        name, _, params = content["part"]
        if name.startswith(PARTS):
            if self._training is None or (content["role"] not in OFFICER_ROLES and name != OWN):
                return None
            return await self._training.words(
                self._db.read, row.chat, role, name, params, content["lang"], self._clock()
            )
        if content.get("unasked") and role not in STAFF and not self._may(name, content["lang"]):
            return None
        if not name.startswith("private:"):
            return Shown(await self._after_partners(row, role, self.words(content, role)), content.get("stays"))
        if self._placement is None or role != content["role"]:
            return None
        what, placement, lang = name.partition(":")[2], self._placement, content["lang"]
        if role not in STAFF and not self._may(f"message:request.{PRIVATE.get(what, what)}", lang):
            return Shown(Renderer(self._library, lang, "guest").render(HELP))
        return await self._db.read(lambda c: placement.words(c, row.chat, role, what, params, lang, self._clock()))

    async def _after_partners(self, row: OutboxRow, role: str, shown: Rendered) -> Rendered:
        content = row.content
        if self._training is None or content["role"] not in OFFICER_ROLES:
            return shown
        read, now = self._db.read, self._clock()
        return await self._training.after_partners(
            read, row.chat, role, content["part"][0], shown, content["lang"], now
        )

    def commands(self, menu: str) -> Mapping[str, str] | None:
        """The words of a chat's own command list (`bot.store.menus`); None where it has none of its own."""
        role, _, lang = menu.partition(":")
        return self._library.commands[lang][f"menu_{role}"] if menu else None

    def words(self, content: dict[str, Any], role: str) -> Rendered:
        """`role` is the chat's now: what was queued for an officer is not shown to whoever is none any more."""
        name, page, params = content["part"]
        lang = content["lang"]
        officer = role in OFFICER_ROLES and content["role"] in OFFICER_ROLES
        staff = officer or role == content["role"] == "advocate"
        part = Part(name, page, params)
        if not staff and not self._may(name, lang):
            part = HELP
        renderer = Renderer(self._library, lang, content["role"] if staff else "guest")
        try:
            rendered = renderer.render(part)
        except NotForThisReader:
            return renderer.render(Part("message:officer_only"))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            log.error("%s cannot be put into words: %s", name, type(error).__name__)
            return renderer.render(HELP)
        if staff:
            return rendered
        buttons = [(title, payload) for title, payload in rendered.buttons if self._may_offer(name, payload, lang)]
        return Rendered(rendered.text, buttons, rendered.sources)

    def _may(self, name: str, lang: str) -> bool:
        """What guests get over Telegram: what a person has reviewed, and the safety floor (R10). All else is refused."""
        kind, _, what = name.partition(":")
        if kind == "directory":  # its list may turn out empty, and then says so in words of its own
            return self._may(f"message:{what}", lang) and self._may("message:directory.nothing", lang)
        kind = {"menu": "message", "offer": "message", "sources": "topic", "release": "message"}.get(kind, kind)
        return self._everything or self._reviews.is_floor(name) or f"{kind}:{what}:{lang}" in self._reviewed

    def _may_offer(self, name: str, payload: str, lang: str) -> bool:
        """A topic's further buttons bear the titles of other topics, those of a menu or an offer the labels of rows: words
        like any. The buttons of a message are reviewed with it."""
        kind, _, what = payload.partition(":")
        if kind == "t" and name.startswith("topic:"):
            return self._may(f"topic:{what}", lang)
        if kind == "h" and name.startswith(("menu:", "offer:")):
            return what in FLOOR_ROWS or self._may(f"label:{what}", lang)
        return kind != "d" or self._may("directory:directory.found", lang)
