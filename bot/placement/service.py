"""`Placement`: the one door to requests. The worker, the clock and the sender call it; each call is inside one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.intake.model import Graph, Walk
from bot.library.replies import Part, Reply
from bot.placement.ladders import Ladders
from bot.placement.model import Command, RequestView, Words
from bot.placement.private import Private
from bot.placement.shifts import Shifts
from bot.placement.staff import Staff
from bot.placement.survivor import Survivors, Turn
from bot.store.audit import Audit
from bot.store.chats import Chats
from bot.store.keys import KeyRing
from bot.store.oncall import OnCall
from bot.store.requests import Requests


class Placement:
    """Holds no state but open keypads. `apply` returns the replies to a command; what they say beyond content ids is put into
    words by `private` when they are sent, and never waits anywhere in clear (rulings 10)."""

    def __init__(self, graph: Graph, keys: KeyRing, chats: Chats) -> None:
        self._graph = graph
        self.requests, self.oncall, self.audit = Requests(keys), OnCall(keys), Audit(keys)
        self.ladders = Ladders(self.requests, self.oncall, chats)
        self.survivors = Survivors(graph, self.requests, self.oncall, self.audit, self.ladders)
        self.staff = Staff(self.requests, self.oncall, self.audit, self.ladders)
        self.shifts = Shifts(self.requests, self.oncall, self.ladders)
        self.private = Private(graph, self.requests, self.oncall)

    def view(self, c: Connection, chat: Any) -> RequestView | None:
        """The request that this conversation is about; `chat` is the chat's row."""
        if chat is None or chat.request is None:
            return None
        found = self.requests.of_chat(c, chat.chat)
        if found is None:
            return None
        node = self._graph.nodes.get(str(found.walk.get("node", "")))
        return RequestView(found.id, found.state, found.walk, node.kind if node else "", found.muted)

    def words(self, c: Connection, chat: str) -> Words:
        """What this chat's requests can be brought back with."""
        return Words(self.requests.words_of(c, chat))

    def apply(self, c: Connection, chat: str, role: str, lang: str, command: Command, now: float) -> list[Reply]:
        turn = Turn(chat, role, lang, now)
        match command.do:
            case "begin":
                return self.survivors.begin(c, turn, command.payload)
            case "tap":
                return self.survivors.tap(c, turn, command.payload)
            case "say":
                return self.survivors.say(c, turn, command.text)
            case "relay":
                return (
                    self.staff.say(c, turn, command.text)
                    if role == "advocate"
                    else self.survivors.relay(c, turn, command.text)
                )
            case "resume":
                return self.survivors.resume(c, turn, command.request)
            case "not_me":
                self.survivors.not_me(c, turn, command.request)
                return []
            case "withdraw":
                return self.survivors.withdraw(c, turn)
            case "staff":
                if command.payload.startswith("a:"):
                    return self.staff.tap(c, turn, command.payload)
                return self.staff.command(c, turn, command.payload)
        return []

    def leave(self, c: Connection, chat: str) -> None:
        """Exit: the conversation knows of no request any more; a draft without a word to come back with is gone (R3, R7)."""
        found = self.requests.of_chat(c, chat)
        self.requests.attach(c, chat, None)
        if found is not None and found.state == "draft" and not self.requests.has_word(c, found.id):
            self.requests.drop(c, found.id)

    def erase(self, c: Connection, chat: str, now: float) -> None:
        """Everything of this chat's requests goes at once, alerts included (R23)."""
        for request_id in self.requests.all_of(c, chat):
            found = self.requests.get(c, request_id)
            if found is not None:
                for holder in self.ladders.holders(c, found):
                    self.ladders.tell(c, holder, Part("message:oncall.withdrawn", params={"number": found.number}), now)
            self.audit.note(c, chat, "erased", request_id, now)
            self.requests.drop(c, request_id)

    def tick(self, c: Connection, now: float) -> None:
        """Ladders and shifts; by the clock every few seconds."""
        self.shifts.tick(c, now)
        self.ladders.tick(c, now)

    def show(self, c: Connection, part: Part, lang: str, role: str) -> Any:
        """Words of a `private:` part, or None where they are gone."""
        return self.private.render(c, part, lang, role)


__all__ = ["Placement", "RequestView", "Walk", "Words"]
