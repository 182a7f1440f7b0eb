"""The commands that the platform lists in one chat: those for work where an officer or coordinator writes, else those for everybody (R1).

A work menu says what somebody does for a living to whoever opens the chat. So it goes with the role, and at exit and erase until they write again
(R3). A row of the outbox changes it. `chat.menu` is what the platform may show: set when it is queued, so that whoever leaves before anybody knows what
became of it has it taken back; emptied once that was done. Functions of a connection.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from bot.store import queues
from bot.store.schema import chat as chats
from bot.store.training_people import COORDINATOR, OFFICER

KEY = "menu"
"""In the content of a row of the outbox: the menu that is to be shown, "" for the one for everybody."""


def menu_of(role: str, lang: str) -> str:
    """ "officer:en"; "" for who has none."""
    return f"{role}:{lang}" if role in (OFFICER, COORDINATOR) else ""


def wanted(before: str | None, role: str, lang: str, chosen: str | None = None) -> str:
    """The menu of a chat that has just written. Another language than that of the one shown has to be `chosen`: who writes in two languages is not
    shown another menu each time."""
    menu = menu_of(role, chosen or lang)
    same = before is not None and before.partition(":")[0] == menu.partition(":")[0]
    return before if before is not None and same and chosen is None else menu


def row(chat: str, menu: str, now: float) -> dict[str, Any]:
    """A row for `queues.put_out`; of one moment there is one. What is taken back goes before all else, and is never given up."""
    return {
        "dedupe": f"{KEY}:{chat}:{now:.3f}",
        "chat": chat,
        "lane": queues.REPLY if menu else queues.SURVIVOR,
        "content": {KEY: menu},
        "created_at": now,
    }


def show(c: Connection, chat: str, role: str, lang: str, now: float) -> None:
    """Somebody became an officer or a coordinator."""
    menu = menu_of(role, lang)
    if _shown(c, chat) != menu:
        queues.put_out(c, [row(chat, menu, now)])
        may_be_shown(c, chat, menu)


def take_back(c: Connection, chat: str, now: float) -> None:
    """Somebody is a guest again, or left the screen."""
    if _shown(c, chat):
        queues.put_out(c, [row(chat, "", now)])


def may_be_shown(c: Connection, chat: str, menu: str) -> None:
    """What is known of it now; "" for the one for everybody."""
    c.execute(update(chats).where(chats.c.chat == chat).values(menu=menu or None))


def _shown(c: Connection, chat: str) -> str | None:
    found: str | None = c.scalar(select(chats.c.menu).where(chats.c.chat == chat))
    return found
