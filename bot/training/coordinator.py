"""The coordinator's side: which clerk deals with a wish, and who may have it. Runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Awaitable

from bot.shown import Shown
from bot.training.command import Wish
from bot.training.exporting import Exporting
from bot.training.inviting import Inviting
from bot.training.officers import Officers
from bot.training.papers import Papers
from bot.training.partners import Partners
from bot.training.rooms import Ask, Clerk, Here, Replies, Rooms, reply
from bot.training.seeing import Seeing
from bot.training.setting_up import SettingUp

ROWS = {"coordinator_schedule": "schedule", "coordinator_progress": "progress"}
"""Rows of the catalogue that are read as a wish; what was said goes with it."""
WITHOUT_DEPARTMENT = frozenset({"home", "schedule", "setup", "set", "cancel", "policy"})
"""What a coordinator may wish who has no department yet: it begins the set-up, and so does any other wish."""


class Coordinator:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._inviting = Inviting(rooms)
        self._clerks: tuple[Clerk, ...] = (
            SettingUp(rooms), Officers(rooms), self._inviting, Papers(rooms), Seeing(rooms), Exporting(rooms),
            Partners(rooms),
        )  # fmt: skip
        self._wishes = {name: wish for clerk in self._clerks for name, wish in clerk.wishes.items()}

    def handle(self, here: Here, wish: Wish) -> Replies | None:
        """What they hear; None for a wish that is not a coordinator's, or where content's own answer stands."""
        if wish.name == "row":
            if wish.about not in ROWS or not self._may(here, "home"):
                return None
            wish = Wish(ROWS[wish.about], "row", wish.text)
        if wish.name == "say":
            return self._said(here, wish.text)
        found = self._wishes.get(wish.name)
        if found is None:
            return None
        if not self._may(here, wish.name):
            if here.role == "coordinator" and here.member is None:
                return self._wishes["home"](
                    here, Wish("home")
                )  # whatever they wish of it, first there must be a department
            officer_here = here.role == "coordinator" and here.member is not None
            return [
                reply(
                    "message:train.for_coordinators.officer_here" if officer_here else "message:train.for_coordinators"
                )
            ]
        return found(here, wish)

    def _may(self, here: Here, name: str) -> bool:
        if here.member is None:
            return here.role == "coordinator" and name in WITHOUT_DEPARTMENT
        return here.coordinates

    def _said(self, here: Here, text: str) -> Replies | None:
        draft = self._rooms.drafts.get(here.c, here.chat)
        clerk = next((clerk for clerk in self._clerks if clerk.name == draft.get("clerk")), None)
        if here.member is None and draft.get("clerk") != SettingUp.name:
            return None  # of a department that they have left
        if clerk is None or here.role != "coordinator" or (here.member is not None and not here.coordinates):
            return None
        return clerk.said(here, draft, text)

    def words(self, what: str, ask: Ask) -> Shown | Awaitable[Shown] | None:
        """Only for who coordinates now: what was queued for them is not shown to who was one."""
        if ask.here.role != "coordinator":
            return None
        made = (clerk.words(what, ask) for clerk in self._clerks)
        return next((shown for shown in made if shown is not None), None)

    def joins(self, here: Here, code: str) -> Replies | None:
        """Somebody opened a department's link. None where the code is no department's."""
        return self._inviting.joins(here, code)
