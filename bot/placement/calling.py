"""What an advocate hears unasked: the alert, the person's words, and that a request was taken back, lost or may be in other hands."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.oncall.ladder import REPEAT_SECONDS
from bot.oncall.model import Program
from bot.placement.model import Extra, Rooms
from bot.store.database import after_commit
from bot.store.oncall import ASKED, OVER
from bot.store.requests import SENT, TAKEN, Open


class Calling:
    """The way from a person, or the clock, to advocates. Whoever is no advocate any more hears nothing."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def alert(self, c: Connection, found: Open, rung_id: int, program: Program, chat: str, now: float) -> bool:
        """The phone rings: once a minute while the rung is open. It goes from the screen, and is not sent, once the rung is over."""
        known = self._rooms.oncall.rung(c, rung_id)
        if known is None or not self.is_advocate(c, chat):
            return False
        rung = known[1]
        turn = int((now - rung.asked_at) // REPEAT_SECONDS)
        part = Part("private:alert", params={"request": found.id, "rung": rung_id})
        rings = self._rooms.post.put(
            c, chat, part, f"alert:{rung_id}:{turn}", now, stays=max(1.0, rung.until - now), not_after=rung.until
        )
        if rings and program.paging:
            after_commit(c, f"page:{program.paging}", partial(self._page, program.paging))
        return rings

    def _page(self, address: str, _: Connection) -> None:
        self._rooms.page(address)

    def words(self, c: Connection, found: Open, relay_id: int, now: float) -> None:
        """The person wrote."""
        if found.taken_by is not None and self.is_advocate(c, found.taken_by):
            part = Part("private:relay", params={"request": found.id, "relay": relay_id})
            self._rooms.post.put(c, found.taken_by, part, f"relay:{relay_id}:{found.taken_by}", now)

    def withdrawn(self, c: Connection, found: Open, now: float) -> None:
        """The person took it back: whoever holds it or is asked is told, and nothing of it stays on a screen (R43)."""
        for chat in self._stop_asking(c, found.id):
            if chat != found.taken_by:
                self.tell(c, chat, "oncall.withdrawn.asked", f"withdrawn:{found.id}:{chat}", now, silent=True)
                self.take_down(c, chat, now)
        if found.taken_by is not None:
            self._let_go(c, found.taken_by, found.id)
            self.tell(
                c,
                found.taken_by,
                "oncall.withdrawn",
                f"withdrawn:{found.id}:{found.taken_by}",
                now,
                number=found.number,
            )
            self.take_down(c, found.taken_by, now)

    def erased(self, c: Connection, request_id: str, chats: Iterable[str], now: float) -> None:
        """Everything of a request goes (R23): to whoever has it that is the same as taking it back, and what was posted is deleted."""
        found = self._rooms.requests.get(c, request_id)
        if found is not None and found.state in (SENT, TAKEN):
            self.withdrawn(c, found, now)
        for chat in {*chats, *self._stop_asking(c, request_id)}:
            self.take_down(c, chat, now)

    def not_me(self, c: Connection, found: Open, now: float) -> None:
        """The second word was written. Kept, so that whoever takes it later is warned as well; said once a minute at most."""
        extra = Extra.of(found)
        if not extra.warned:
            walk = {**found.walk, "extra": {**extra.as_dict(), "warned": True}}
            self._rooms.requests.save(c, found.id, walk, found.touched_at)
        if found.state == TAKEN and found.taken_by is not None:
            key = f"not_me:{found.id}:{int(now // 60)}"
            self.tell(c, found.taken_by, "oncall.not_me", key, now, number=found.number)

    def lost_contact(self, c: Connection, request_id: str, holder: str | None, now: float) -> None:
        """It closed by itself, after 72 hours without a word (R24)."""
        found = self._rooms.requests.get(c, request_id)
        if holder is None or found is None:
            return
        self.tell(c, holder, "oncall.lost", f"lost:{request_id}", now, number=found.number, silent=True)
        self.take_down(c, holder, now)

    # -- shared with the advocates' side -----------------------------------------------------------------------------------

    def tell(
        self, c: Connection, chat: str, name: str, key: str, now: float, *, silent: bool = False, **params: object
    ) -> bool:
        """A message of `content/`, to an advocate only. False where it was said before under this key, or there is no such advocate."""
        if not self.is_advocate(c, chat):
            return False
        kind = "staff" if "id" in params else "message"
        return self._rooms.post.put(c, chat, Part(f"{kind}:{name}", params=params), key, now, silent=silent)

    def take_down(self, c: Connection, chat: str, now: float) -> None:
        """Alerts, answers and the person's words go from this advocate's screen."""
        self._rooms.oncall.fleeting_of(c, chat, now)
        self._rooms.post.take_down(c, chat, now)

    def is_advocate(self, c: Connection, chat: str) -> bool:
        row = self._rooms.chats.get(c, chat)
        return row is not None and row.role == "advocate" and self._rooms.oncall.advocate(c, chat) is not None

    def _stop_asking(self, c: Connection, request_id: str) -> list[str]:
        """Whom an alert stood open with."""
        asked = [rung for rung in self._rooms.oncall.rungs_of(c, request_id) if rung.state == ASKED]
        for rung in asked:
            self._rooms.oncall.set_rung(c, rung.id, OVER)
        return [rung.chat for rung in asked]

    def _let_go(self, c: Connection, chat: str, request_id: str) -> None:
        row = self._rooms.chats.get(c, chat)
        if row is not None and row.request == request_id:
            self._rooms.requests.attach(c, chat, None)
