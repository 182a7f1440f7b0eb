"""The person's side of a request: begin, answer, agree, send, come back, take back. Functions of the open transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.intake import walk as walking
from bot.intake.model import Graph, Walk
from bot.library.replies import Part, Reply
from bot.oncall import matching
from bot.oncall.model import Match, Need
from bot.placement.ladders import Ladders
from bot.placement.model import Command
from bot.store.audit import Audit
from bot.store.oncall import OnCall
from bot.store.requests import Open, Requests
from bot.store.tallies import count

ROW, OFFICER_ROW = "wants_safe_place", "officer_placement_now"
RELEASE_DAYS = 7
"""How long a yes holds; a request that nobody closes ends earlier (R24)."""
FIELDS = {
    "self": [
        "age",
        "state",
        "area",
        "when",
        "gender",
        "children",
        "pets",
        "needs",
        "language",
        "contact",
        "number",
        "hours",
    ],
    "ally": ["state", "area", "contact", "number", "hours"],
    "officer": ["adults", "children", "language", "other_language", "area", "state", "needs", "number"],
}
"""What a release lists, by who asks: nothing else of the answers is shown to anybody (R41)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the person."""

    chat: str
    role: str
    lang: str
    now: float


class Survivors:
    def __init__(self, graph: Graph, requests: Requests, oncall: OnCall, audit: Audit, ladders: Ladders) -> None:
        self._graph, self._requests, self._oncall, self._audit, self._ladders = graph, requests, oncall, audit, ladders

    # -- asking ----------------------------------------------------------------------------------------------------

    def begin(self, c: Connection, turn: Turn, asker: str) -> list[Reply]:
        """The first question, or at once that nobody is there (R45). An open draft goes on where it stood."""
        found = self._requests.of_chat(c, turn.chat)
        if found is not None and found.state == "draft":
            return [self._ask(found.asker, Walk.model_validate(found.walk))]
        if found is not None:
            return [self._standing(found)]
        if not self._oncall.on_now(c, turn.now):
            count(c, turn.now, "asked", "nobody_on_shift")
            return [self._say(asker, "request.nobody.officer" if asker == "officer" else "request.nobody")]
        step = walking.begin(self._graph, asker)  # type: ignore[arg-type]
        self._requests.begin(c, turn.chat, asker, turn.lang, step.walk.model_dump(), turn.now)
        count(c, turn.now, "asked", asker)
        return [self._ask(asker, step.walk)]

    def tap(self, c: Connection, turn: Turn, payload: str) -> list[Reply]:
        """A button of the request: `q:<node>:<option>`, `q:back`, `q:go`, `r:yes|no:<program>`."""
        found = self._requests.of_chat(c, turn.chat)
        if found is None:
            return [Reply(ROW, [Part("message:button.gone")], kind="miss")]
        self._requests.touch(c, found.id, turn.now)
        if payload == "q:show" or (payload == "q:go" and found.state != "draft"):
            return self._show(c, found)
        if payload in ("q:mute", "q:unmute"):
            return [self._mute(c, found, payload == "q:mute")]
        if payload == "q:end":
            return self.withdraw(c, turn)
        if found.state != "draft":
            return [self._standing(found)]
        walk = Walk.model_validate(found.walk)
        if payload.startswith("r:"):
            return self._released(c, turn, found, walk, payload)
        if payload == "q:go":
            return [self._ask(found.asker, walk)]
        node, _, option = payload.removeprefix("q:").partition(":")
        if node == "back":
            option = "back"
        elif node != walk.node:
            return [
                self._ask(found.asker, walk)
            ]  # a button of a question that is behind: the one that is open is asked again
        return self._stepped(c, turn, found, walking.tap(self._graph, walk, option))

    def say(self, c: Connection, turn: Turn, text: str) -> list[Reply]:
        """Words that answer the question that is open."""
        found = self._requests.of_chat(c, turn.chat)
        if found is None or found.state != "draft":
            return []
        self._requests.touch(c, found.id, turn.now)
        walk = Walk.model_validate(found.walk)
        return self._stepped(c, turn, found, walking.say(self._graph, walk, text))

    def _stepped(self, c: Connection, turn: Turn, found: Open, step: walking.Step) -> list[Reply]:
        walk = self._words_kept(c, found, step.walk)
        if step.problem is not None:
            return [self._say(found.asker, step.problem, self._part(walk))]
        if step.end == "end.send":
            return self._agree(c, turn, found, walk)
        if step.end is not None:
            return self._ended(c, turn, found, step.end)
        if step.check:
            refusal = self._nobody_fits(c, turn, found, walk)
            if refusal is not None:
                return [refusal]
        self._requests.save(c, found.id, walk.model_dump(), turn.now)
        return [self._ask(found.asker, walk)]

    def _words_kept(self, c: Connection, found: Open, walk: Walk) -> Walk:
        """The word to come back with, and the one that means "not me", are kept as keyed hashes alone and shown to nobody."""
        word, not_me = walk.answers.get("word"), walk.answers.get("not_me")
        fresh = [value for value in (word, not_me) if isinstance(value, str) and value != walking.KEPT]
        if not fresh:
            return walk
        self._requests.choose_words(
            c,
            found.id,
            str(word) if word and word != walking.KEPT else None,
            str(not_me) if not_me and not_me != walking.KEPT else None,
        )
        answers = {k: walking.KEPT if k in ("word", "not_me") else v for k, v in walk.answers.items()}
        return walk.with_(answers=answers)

    def _nobody_fits(self, c: Connection, turn: Turn, found: Open, walk: Walk) -> Reply | None:
        """Says at once where nobody on shift could take this, and which kind of rule it was (R45); else None."""
        matches = self._matches(c, walk, turn.now)
        if matching.anybody(matches):
            return None
        rule = matching.kind_of_no(matches) or "duty"
        count(c, turn.now, "refused", rule)
        self._requests.drop(c, found.id)
        name = (
            "request.no_match"
            if found.asker == "self"
            else "request.nobody.officer"
            if found.asker == "officer"
            else "request.nobody"
        )
        return Reply(
            OFFICER_ROW if found.asker == "officer" else ROW,
            [
                Part(f"message:{name}", params={"rule": rule}),
                *([Part(f"message:request.rule.{rule}")] if found.asker == "self" else []),
            ],
        )

    def _matches(self, c: Connection, walk: Walk, now: float) -> list[Match]:
        need = Need.of(walk.answers if walk.asker == "self" else {"age": "25_59", **walk.answers})
        return matching.matches(need, self._oncall.programs(c), self._oncall.on_now(c, now), now)

    def _ended(self, c: Connection, turn: Turn, found: Open, end: str) -> list[Reply]:
        row = OFFICER_ROW if found.asker == "officer" else ROW
        if end == "end.danger":
            walk = Walk.model_validate(found.walk)
            self._requests.save(c, found.id, walk.model_dump(), turn.now)
            return [
                Reply(
                    "emergency_now",
                    [Part("message:danger.emergency_now"), Part("message:request.stays")],
                    kind="danger",
                    urgent=True,
                )
            ]
        self._requests.drop(c, found.id)
        if end == "end.minor":
            count(c, turn.now, "ended", "minor")
            if found.asker == "officer":
                return [Reply("officer_minor_protocol", [Part("topic:minor.protocol")], subject="minor.protocol")]
            marked = any(a.minors for a in self._oncall.advocates_on(c, turn.now))
            tail = "request.minor.offer" if marked else "request.minor.nobody"
            return [
                Reply(
                    "minor_at_risk",
                    [
                        Part("message:danger.minor_at_risk"),
                        Part("message:danger.minor_at_risk.reporting"),
                        Part(f"message:{tail}"),
                    ],
                    urgent=True,
                )
            ]
        return [Reply(row, [Part("message:request.stopped")])]

    # -- agreeing and sending ----------------------------------------------------------------------------------------

    def _agree(self, c: Connection, turn: Turn, found: Open, walk: Walk) -> list[Reply]:
        """One yes per program, each named, before anything leaves (R41, rulings 12). An officer's and an ally's request holds
        nothing of the other person and names no program, so their own "send" is the yes."""
        matches = [m for m in self._matches(c, walk, turn.now) if m.possible and m.on_duty]
        if not matches:
            return [self._nobody_fits(c, turn, found, walk) or self._say(found.asker, "request.nobody")]
        if found.asker != "self":
            usable = [m.program.id for m in matches if not m.program.police]
            return self._send(c, turn, found, walk, usable)
        asked = {*_names(walk, "climb"), *_names(walk, "declined")}
        following = next((m.program for m in matches if m.program.id not in asked), None)
        if following is None:
            return self._send(c, turn, found, walk, _names(walk, "climb"))
        walk = walk.with_(node="release")
        self._requests.save(c, found.id, walk.model_dump(), turn.now)
        name = "request.release.police" if following.police else "request.release"
        first = not asked
        parts = [Part("message:request.release.first")] if first else []
        return [Reply(ROW, [*parts, Part(f"release:{name}", params={"program": following.id, "name": following.name})])]

    def _released(self, c: Connection, turn: Turn, found: Open, walk: Walk, payload: str) -> list[Reply]:
        if walk.node != "release":
            return [self._ask(found.asker, walk)]
        _, said, program = payload.split(":", 2)
        if said == "done":
            return self._send(c, turn, found, walk, _names(walk, "climb"))
        which = "climb" if said == "yes" else "declined"
        known = {p.id for p in self._oncall.programs(c)}
        if program in known and program not in {*_names(walk, "climb"), *_names(walk, "declined")}:
            walk = walk.with_(answers={**walk.answers, which: [*_names(walk, which), program]})
        return self._agree(c, turn, found, walk)

    def _send(self, c: Connection, turn: Turn, found: Open, walk: Walk, climb: list[str]) -> list[Reply]:
        row = OFFICER_ROW if found.asker == "officer" else ROW
        if not climb:  # a no to all of them never costs the help lines (R42)
            self._requests.drop(c, found.id)
            count(c, turn.now, "ended", "no_release")
            return [Reply(row, [Part("message:request.no_release")])]
        walk = walk.with_(answers={**walk.answers, "climb": climb}, node="sent")
        self._requests.save(c, found.id, walk.model_dump(), turn.now)
        for program in climb:
            self._requests.release(
                c, found.id, program, "placement", FIELDS[found.asker], turn.lang, self._graph.version, turn.now, turn.now + RELEASE_DAYS * 86400
            )  # fmt: skip
        told = str(walk.answers.get("told", "answer"))
        self._requests.send(c, found.id, told, turn.now)
        self._audit.note(c, turn.chat, "sent", found.id, turn.now)
        count(c, turn.now, "sent", found.asker)
        self._ladders.climb(c, found.id, turn.now)
        name = {"self": "request.sent", "ally": "request.sent.ally", "officer": "request.sent.officer"}[found.asker]
        return [Reply(row, [Part(f"message:{name}", params={"number": found.number})])]

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def resume(self, c: Connection, turn: Turn, request_id: str) -> list[Reply]:
        """Their word was said: the request is back (R7)."""
        self._requests.attach(c, turn.chat, request_id)
        self._requests.touch(c, request_id, turn.now)
        found = self._requests.get(c, request_id)
        if found is None:
            return []
        if found.state == "draft":
            return [self._say(found.asker, "request.back", self._part(Walk.model_validate(found.walk)))]
        return self._show(c, found)

    def not_me(self, c: Connection, turn: Turn, request_id: str) -> None:
        """The second word: the screen stays as it is for anybody, the advocate is warned."""
        found = self._requests.get(c, request_id)
        if found is not None and found.taken_by:
            self._ladders.tell(
                c, found.taken_by, Part("message:oncall.not_me", params={"number": found.number}), turn.now
            )
            self._audit.note(c, turn.chat, "not_me", request_id, turn.now)

    def withdraw(self, c: Connection, turn: Turn) -> list[Reply]:
        """Sharing stops at once; whoever holds the request is told; the answer is the same where there was nothing (R43)."""
        found = self._requests.of_chat(c, turn.chat)
        if found is not None:
            holders = self._ladders.holders(c, found)
            if found.state == "draft":
                self._requests.drop(c, found.id)
            else:
                self._requests.revoke(c, found.id, turn.now)
                self._requests.withdraw(c, found.id, turn.now)
                self._requests.attach(c, turn.chat, None)
                self._ladders.over(c, found.id)
                count(c, turn.now, "outcome", "withdrew")
            self._audit.note(c, turn.chat, "withdrew", found.id, turn.now)
            for chat in holders:
                self._ladders.tell(c, chat, Part("message:oncall.withdrawn", params={"number": found.number}), turn.now)
        return [Reply("withdraw_consent", [Part("message:withdraw.done")])]

    def relay(self, c: Connection, turn: Turn, text: str) -> list[Reply]:
        """What the person writes while an advocate has their request goes to the advocate."""
        found = self._requests.of_chat(c, turn.chat)
        if found is None or found.state != "taken" or not found.taken_by:
            return []
        self._requests.touch(c, found.id, turn.now)
        number = self._requests.relay_put(c, found.id, True, text, turn.now)
        self._ladders.tell(
            c, found.taken_by, Part("private:relay", params={"relay": number, "request": found.id}), turn.now
        )
        return [Reply(ROW, [Part("message:request.relayed")])]

    def _show(self, c: Connection, found: Open) -> list[Reply]:
        waiting = self._requests.relay_waiting(c, found.id, False)
        if not waiting or found.muted:
            return [self._standing(found)]
        return [Reply(ROW, [Part("private:relay", params={"relay": one.id, "request": found.id}) for one in waiting])]

    def _mute(self, c: Connection, found: Open, muted: bool) -> Reply:
        self._requests.mute(c, found.id, muted)
        return self._say(found.asker, "request.muted" if muted else "request.unmuted")

    def _standing(self, found: Open) -> Reply:
        name = {"sent": "request.waiting", "taken": "request.taken", "nobody": "request.unanswered"}.get(
            found.state, "request.closed"
        )
        return self._say(found.asker, name, params={"number": found.number})

    def _say(self, asker: str, name: str, *more: Part, params: dict[str, Any] | None = None) -> Reply:
        row = OFFICER_ROW if asker == "officer" else ROW
        return Reply(row, [Part(f"message:{name}", params=params or {}), *more])

    def _ask(self, asker: str, walk: Walk) -> Reply:
        return Reply(OFFICER_ROW if asker == "officer" else ROW, [self._part(walk)])

    def _part(self, walk: Walk) -> Part:
        if self._graph.nodes[walk.node].kind == "summary" if walk.node in self._graph.nodes else False:
            return Part("private:summary")
        chosen = (
            walk.answers.get(self._graph.nodes[walk.node].field or "", []) if walk.node in self._graph.nodes else []
        )
        return Part(f"ask:{walk.node}", params={"chosen": chosen} if isinstance(chosen, list) and chosen else {})


def _names(walk: Walk, field: str) -> list[str]:
    found = walk.answers.get(field, [])
    return list(found) if isinstance(found, list) else []


__all__ = ["Command", "Survivors", "Turn"]
