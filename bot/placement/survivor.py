"""The person's side of a request: questions, yes or no to each program, what happens after it was sent.

Every function runs in the transaction that marks the message handled; what it returns is said in the same (decision 0010).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from bot.intake import walk as walking
from bot.intake.model import Walk
from bot.intake.walk import KEPT, Step
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Part, Reply
from bot.oncall import matching
from bot.oncall.model import Match, Program
from bot.placement import needs
from bot.placement.calling import Calling
from bot.placement.model import ALLY, MINOR, OFFICER, SELF, Command, Extra, Here, Replies, Rooms, reply
from bot.placement.telling import ANSWER, NOTHING, Telling
from bot.store import queues, tallies
from bot.store.requests import CLOSED, DRAFT, NOBODY, SENT, TAKEN, WITHDRAWN, Open
from nlu.text import fold

RELEASE_SECONDS = 7 * 24 * 3600.0
"""The words of the release say seven days."""
PURPOSE = "placement"
WORDS = ("word", "not_me")
_PEOPLE = Part("lines:", params={"ids": ["nhth", "ndvh"], "neutral": True})
Started = Callable[[Connection, Open, float], None]


class Survivor:
    """`started` asks the first advocate; `calling` is what advocates hear."""

    def __init__(self, rooms: Rooms, telling: Telling, calling: Calling, started: Started) -> None:
        self._rooms, self._telling, self._calling, self._started = rooms, telling, calling, started
        self._wishes: dict[str, Callable[[Here, Command, Open], Replies]] = {
            "tap": self._tap, "say": self._say, "release": self._release, "go": self._go, "show": self._show, "mute": self._mute,
            "unmute": self._unmute, "young": self._said_young, "end": self._end, "relay": self._relay,
        }  # fmt: skip

    def handle(self, here: Here, command: Command) -> Replies:
        """What the person hears. A button of a request that is gone brings the menu, as any old button does (R7)."""
        if command.kind == "word":
            return self._back(here, command.value)
        if command.kind == "not_me":
            return self._not_me(here, command.value)
        found = self._rooms.requests.of_chat(here.c, here.chat)
        if command.kind == "begin":
            return self._begin(here, command.value, found)
        if command.kind == "minor":
            return self._talk(here, found)
        if command.kind == "withdraw":
            return self._withdraw(here)
        if found is None or command.kind not in self._wishes:
            return [Reply("help_menu", [Part("message:button.gone"), self._menu(here)], kind="menu")]
        self._rooms.requests.touch(here.c, found.id, here.now)
        return self._wishes[command.kind](here, command, found)

    def leave(self, here: Here) -> None:
        """After an exit, or when the clock cleared the screen: the chat is about nothing, and a draft that no word brings back is
        gone. Nobody hears of it (R4)."""
        found = self._rooms.requests.of_chat(here.c, here.chat)
        if found is None or found.chat != here.chat:
            return
        if found.state == DRAFT and not self._rooms.requests.has_word(here.c, found.id):
            self._rooms.requests.drop(here.c, found.id)
            return
        self._telling.keep(here.c, found, replace(Extra.of(found), talking=False, notices=0), here.now)
        self._rooms.requests.attach(here.c, here.chat, None)

    # -- beginning -----------------------------------------------------------------------------------------------------

    def _begin(self, here: Here, asker: str, found: Open | None) -> Replies:
        """Is anybody on shift at all? Else nothing is asked (R45)."""
        officer = here.role in OFFICER_ROLES
        if here.role == "advocate":
            return [Reply("wants_safe_place", [_PEOPLE])]
        if found is not None and found.state in (DRAFT, SENT, TAKEN):
            return self._show(here, Command("show"), found)
        if not self._anybody(here):
            tallies.count(here.c, here.now, "asked", "nobody_on_shift")
            return [reply("message:request.nobody.officer" if officer else "message:request.nobody")]
        if officer:
            asker = OFFICER
        elif asker not in (SELF, ALLY):
            return [reply("message:request.who")]
        step = walking.begin(self._rooms.graph, asker)  # type: ignore[arg-type]
        fresh = self._rooms.requests.begin(here.c, here.chat, asker, here.lang, step.walk.model_dump(), here.now)
        tallies.count(here.c, here.now, "asked", asker)
        return [self._ask(fresh, step.walk)]

    def _anybody(self, here: Here) -> bool:
        on = {shift.program for shift in self._rooms.oncall.on_now(here.c, here.now)}
        return any(p.id in on and matching.is_open(p, here.now) for p in self._programs(here.c))

    def _programs(self, c: Connection) -> list[Program]:
        return self._rooms.oncall.programs(c)

    def _held(self, here: Here, found: Open, answers: Mapping[str, Any]) -> list[Match]:
        shifts = self._rooms.oncall.on_now(here.c, here.now)
        return needs.held(found.asker, answers, found.lang, self._programs(here.c), shifts, here.now)

    # -- questions -----------------------------------------------------------------------------------------------------

    def _ask(self, found: Open, walk: Walk) -> Reply:
        node = self._rooms.graph.nodes[walk.node]
        if node.kind == "summary":
            return reply(Part("private:summary", params={"request": found.id}))
        chosen = walk.answers.get(node.field or "")
        marked = {"chosen": chosen} if node.kind == "many" and isinstance(chosen, list) else {}
        return reply(Part(f"ask:{walk.node}", params=marked))

    def _tap(self, here: Here, command: Command, found: Open) -> Replies:
        """ "node:option"; without a node whatever question is open."""
        if found.state != DRAFT:
            return self._show(here, command, found)
        walk, (node, _, option) = walk_of(found), command.value.rpartition(":")
        if command.value.startswith("summary:change:"):
            node, option = "summary", command.value.removeprefix("summary:")
        if Extra.of(found).choosing:
            if option != "back":
                return self._offered(here, found, "intake.problem.gone")
            self._keep(here, found, walk, replace(Extra.of(found), choosing=False, offers=(), climb=()))
            self._rooms.requests.revoke(here.c, found.id, here.now)
        elif node and node != walk.node:
            return [reply("message:intake.problem.gone"), self._ask(found, walk)]
        return self._stepped(here, found, walking.tap(self._rooms.graph, walk, option))

    def _say(self, here: Here, command: Command, found: Open) -> Replies:
        if found.state != DRAFT:
            return self._show(here, command, found)
        if Extra.of(found).choosing:
            said = next(
                (yes for yes in ("yes", "no") if fold(command.text) in self._rooms.graph.sayings[""].get(yes, ())), None
            )
            if said is not None:
                return self._release(here, Command("release", f"{said}:{Extra.of(found).offers[0]}"), found)
            return self._offered(here, found, "intake.problem.choose")
        return self._stepped(here, found, walking.say(self._rooms.graph, walk_of(found), command.text))

    def _go(self, here: Here, command: Command, found: Open) -> Replies:
        return self._show(here, command, found)

    def _stepped(self, here: Here, found: Open, step: Step) -> Replies:
        problem, walk = step.problem, step.walk
        if problem is None:
            problem, walk = self._words(here, found, walk)
        if problem is not None:
            return [reply(f"message:{problem}"), self._ask(found, walk_of(found))]
        if self._leads_nowhere(found, walk):
            return [reply("message:request.needs_number"), self._ask(found, walk_of(found))]
        found = self._keep(here, found, walk, Extra.of(found))
        if step.end is not None:
            return self._ended(here, found, walk, step.end)
        if step.check:
            matches = self._held(here, found, walk.answers)
            if not matching.anybody(matches):
                return self._no_match(here, found, matches)
        return [self._ask(found, walk)]

    def _leads_nowhere(self, found: Open, walk: Walk) -> bool:
        """Without the relay nobody could reach whoever gives no number: said before the questions, not after them."""
        chose = "details" not in walk_of(found).answers and walk.answers.get("details") == "no"
        return chose and not self._rooms.switches.relay

    def _words(self, here: Here, found: Open, walk: Walk) -> tuple[str | None, Walk]:
        """Words to come back with are kept as keyed hashes alone (R7, R20); two that are the same are refused."""
        for name in WORDS:
            said = walk.answers.get(name)
            if not isinstance(said, str) or said == KEPT:
                continue
            known = self._rooms.requests.by_word(here.c, here.chat, said)
            if known is not None and known[1] != name:
                return "intake.problem.word_same", walk
            self._rooms.requests.choose_words(here.c, found.id, *(said if n == name else None for n in WORDS))
            walk = walk.with_(answers={**walk.answers, name: KEPT})
        return None, walk

    def _keep(self, here: Here, found: Open, walk: Walk, extra: Extra) -> Open:
        kept = {**walk.model_dump(), "extra": extra.as_dict()}
        self._rooms.requests.save(here.c, found.id, kept, here.now)
        return replace(found, walk=kept)

    def _no_match(self, here: Here, found: Open, matches: list[Match]) -> Replies:
        """Nobody on shift could take it: said at once, kept nowhere. To whoever asks for themselves the kind of rule as well."""
        rule = matching.kind_of_no(matches)
        self._rooms.requests.drop(here.c, found.id)
        tallies.count(here.c, here.now, "refused", rule or "duty")
        if found.asker == OFFICER:
            return [reply("message:request.nobody.officer")]
        why = [f"message:request.rule.{rule}"] if rule is not None and found.asker == SELF else []
        return [reply("message:request.no_match", *why)]

    # -- ends of the questions -----------------------------------------------------------------------------------------

    def _ended(self, here: Here, found: Open, walk: Walk, end: str) -> Replies:
        if end == "end.danger":
            danger = Reply("emergency_now", [Part("message:danger.emergency_now")], kind="danger", urgent=True)
            return [danger, reply("message:request.stays")]
        if end == "end.minor":
            tallies.count(here.c, here.now, "ended", "minor")
            self._rooms.requests.drop(here.c, found.id)
            return [self._minor(here, found.asker)]
        if end == "end.stop":
            self._rooms.requests.drop(here.c, found.id)
            return [reply("message:request.stopped")]
        return self._choose(here, found, walk)

    def _said_young(self, here: Here, command: Command, found: Open) -> Replies:
        """Whatever was answered before, the draft ends here (R44)."""
        if found.state != DRAFT:
            return self._show(here, command, found)
        tallies.count(here.c, here.now, "ended", "minor")
        self._rooms.requests.drop(here.c, found.id)
        return [self._minor(here, found.asker)]

    def _minor(self, here: Here, asker: str) -> Reply:
        """People for young people and the words on reporting first; then somebody marked for minors, if one is there (R44)."""
        if asker == OFFICER:
            return Reply("officer_minor_protocol", [Part("topic:minor.protocol")], kind="danger", urgent=True)
        there = self._young(here) != ()
        names = (
            "danger.minor_at_risk",
            "danger.minor_at_risk.reporting",
            "request.minor.offer" if there else "request.minor.nobody",
        )
        return Reply("minor_at_risk", [Part(f"message:{name}") for name in names], kind="danger", urgent=True)

    def _young(self, here: Here) -> tuple[str, ...]:
        """Programs with an advocate marked for minors on shift; none while the operator has not switched this on."""
        switches = self._rooms.switches
        if not (switches.relay and switches.minors):
            return ()
        return self._open_to(here, MINOR, {}, here.lang)

    def _open_to(self, here: Here, asker: str, answers: Mapping[str, Any], lang: str) -> tuple[str, ...]:
        shifts = self._rooms.oncall.on_now(here.c, here.now)
        found = needs.held(asker, answers, lang, self._programs(here.c), shifts, here.now)
        return tuple(m.program.id for m in found if m.possible)

    def _talk(self, here: Here, found: Open | None) -> Replies:
        """Somebody under 18 wants to talk here: nothing is asked, nothing released, an advocate marked for minors is called."""
        if here.role in (*OFFICER_ROLES, "advocate"):
            return [Reply("help_menu", [Part("message:button.gone"), self._menu(here)], kind="menu")]
        if found is not None and found.state in (SENT, TAKEN):
            return self._show(here, Command("show"), found)
        climb = self._young(here)
        if not climb:
            return [Reply("minor_at_risk", [Part("message:request.minor.nobody")], kind="danger", urgent=True)]
        kept = {"asker": MINOR, "answers": {}, "extra": Extra(climb=climb).as_dict()}
        fresh = self._rooms.requests.begin(here.c, here.chat, MINOR, here.lang, kept, here.now)
        self._send(here, fresh, ANSWER)
        return [reply("message:request.minor.sent", number=fresh.number, handling="minor_at_risk")]

    # -- saying yes (R41) ----------------------------------------------------------------------------------------------

    def _choose(self, here: Here, found: Open, walk: Walk) -> Replies:
        matches = self._held(here, found, walk.answers)
        offers = tuple(m.program.id for m in matches if m.possible)
        if not offers:
            return self._no_match(here, found, matches)
        by_phone = found.asker == OFFICER or not self._rooms.switches.relay
        if by_phone and "number" not in walk.answers:
            officer = ".officer" if found.asker == OFFICER else ""
            return [reply(f"message:request.needs_number{officer}"), self._again(here, found, walk)]
        if found.asker == SELF:
            found = self._keep(here, found, walk, replace(Extra.of(found), climb=(), offers=offers, choosing=True))
            return [reply("message:request.release.first"), self._offer(here, found)]
        for program in offers:
            self._agree(here, found, walk, program)
        found = self._keep(here, found, walk, replace(Extra.of(found), climb=offers))
        default = ANSWER if found.asker == OFFICER else NOTHING
        self._send(here, found, str(walk.answers.get("told", default)))
        return [reply(f"message:request.sent.{found.asker}", number=found.number)]

    def _again(self, here: Here, found: Open, walk: Walk) -> Reply:
        step = walking.tap(self._rooms.graph, walk, "back")
        return self._ask(
            self._keep(here, found, step.walk, replace(Extra.of(found), climb=(), offers=(), choosing=False)), step.walk
        )

    def _offered(self, here: Here, found: Open, said: str | None = None) -> Replies:
        """The program that is open, once more; one that was removed meanwhile is passed over."""
        extra, known = Extra.of(found), {p.id for p in self._programs(here.c)}
        if extra.offers[:1] and extra.offers[0] in known:
            return [*([reply(f"message:{said}")] if said is not None else []), self._offer(here, found)]
        offers = tuple(p for p in extra.offers if p in known)
        return self._settled(here, found, replace(extra, offers=offers), gone=True)

    def _offer(self, here: Here, found: Open) -> Reply:
        program = next(p for p in self._programs(here.c) if p.id == Extra.of(found).offers[0])
        words = "request.release.police" if program.police else "request.release"
        return reply(Part(f"release:{words}", params={"program": program.id, "name": program.name}))

    def _release(self, here: Here, command: Command, found: Open) -> Replies:
        extra, (said, _, program) = Extra.of(found), command.value.partition(":")
        if found.state != DRAFT or not extra.choosing:
            return self._show(here, command, found)
        known = {p.id for p in self._programs(here.c)}
        offers = tuple(p for p in extra.offers if p in known)
        if program not in offers[:1]:
            extra = replace(extra, offers=offers)
            return self._settled(here, found, extra, gone=True)
        if said == "done" and not extra.climb:  # "send it now" before any yes: there is nobody to send it to
            return self._offered(here, found, "intake.problem.choose")
        if said == "yes":
            self._agree(here, found, walk_of(found), program)
        climb = (*extra.climb, program) if said == "yes" else extra.climb
        return self._settled(here, found, replace(extra, climb=climb, offers=() if said == "done" else offers[1:]))

    def _settled(self, here: Here, found: Open, extra: Extra, gone: bool = False) -> Replies:
        """The next program is named, or there is none left: sent, if there was any yes."""
        walk = walk_of(found)
        if extra.offers:
            found = self._keep(here, found, walk, extra)
            return [*([reply("message:intake.problem.gone")] if gone else []), self._offer(here, found)]
        if not extra.climb:
            self._rooms.requests.drop(here.c, found.id)
            tallies.count(here.c, here.now, "ended", "no_release")
            return [reply("message:request.no_match" if gone else "message:request.no_release")]
        found = self._keep(here, found, walk, replace(extra, choosing=False))
        self._send(here, found, str(walk.answers.get("told", NOTHING)))
        return [reply("message:request.sent", number=found.number)]

    def _agree(self, here: Here, found: Open, walk: Walk, program: str) -> None:
        """What the summary showed is what goes, and nothing beside it."""
        fields = [name for name, _ in walking.summary(self._rooms.graph, walk)]
        self._rooms.requests.release(
            here.c, found.id, program, PURPOSE, fields or ["when"], here.lang, self._rooms.graph.version, here.now, here.now + RELEASE_SECONDS
        )  # fmt: skip

    def _send(self, here: Here, found: Open, told: str) -> None:
        self._rooms.requests.send(here.c, found.id, told, here.now)
        if found.asker != MINOR:
            tallies.count(here.c, here.now, "sent", found.asker)
        sent = self._rooms.requests.get(here.c, found.id)
        if sent is not None:
            self._started(here.c, sent, here.now)

    # -- afterwards ----------------------------------------------------------------------------------------------------

    def _show(self, here: Here, command: Command, found: Open) -> Replies:
        """How it stands."""
        if found.state == DRAFT:
            if Extra.of(found).choosing:
                return self._offered(here, found)
            return [self._ask(found, walk_of(found))]
        if found.state == TAKEN:
            return self._taken(here, found)
        if found.state == NOBODY and found.asker == MINOR:
            return [Reply("minor_at_risk", [Part("message:request.minor.nobody")], kind="danger", urgent=True)]
        if found.state == CLOSED and Extra.of(found).talking:
            self._telling.keep(here.c, found, replace(Extra.of(found), talking=False), here.now)
        officer = ".officer" if found.asker == OFFICER and here.role in OFFICER_ROLES else ""
        names = {
            SENT: "request.waiting",
            NOBODY: f"request.unanswered{officer}",
            CLOSED: "request.closed",
            WITHDRAWN: "request.closed",
        }
        return [reply(f"message:{names[found.state]}", number=found.number)]

    def _taken(self, here: Here, found: Open) -> Replies:
        if found.asker == OFFICER and here.role in OFFICER_ROLES:
            return [reply("message:request.taken.officer", number=found.number)]
        if found.asker == OFFICER or not self._rooms.switches.relay:
            return [reply("message:request.taken.call", number=found.number)]
        waiting = self._rooms.requests.relay_waiting(here.c, found.id, to_advocate=False)
        first = not Extra.of(found).talking
        self._telling.keep(here.c, found, replace(Extra.of(found), talking=True), here.now)
        shown = [Part("private:relay", params={"request": found.id, "relay": words.id}) for words in waiting]
        replies = [reply("message:request.taken", number=found.number)] if first or not shown else []
        return [*replies, *([reply(*shown)] if shown else [])]

    def _mute(self, here: Here, _: Command, found: Open) -> Replies:
        self._rooms.requests.mute(here.c, found.id, True)
        return [reply("message:request.muted")]

    def _unmute(self, here: Here, _: Command, found: Open) -> Replies:
        self._rooms.requests.mute(here.c, found.id, False)
        waits = found.state == TAKEN and self._rooms.requests.relay_waiting(here.c, found.id, to_advocate=False)
        return [reply("message:request.unmuted"), *(self._taken(here, found) if waits else [])]

    def _end(self, here: Here, command: Command, found: Open) -> Replies:
        if found.state == DRAFT:
            self._rooms.requests.drop(here.c, found.id)
            return [reply("message:request.stopped")]
        if found.state in (SENT, TAKEN):
            self._take_back(here, found)
            return [reply("message:request.withdrawn", number=found.number)]
        return self._show(here, command, found)

    def _withdraw(self, here: Here) -> Replies:
        """In so many words, of everything that this chat ever asked for: said the same where there was nothing (R7, R43)."""
        for request_id in self._rooms.requests.all_of(here.c, here.chat):
            found = self._rooms.requests.get(here.c, request_id)
            if found is not None and found.state in (SENT, TAKEN):
                self._take_back(here, found)
            elif found is not None and found.state == DRAFT:
                self._rooms.requests.drop(here.c, request_id)
        return [reply("message:withdraw.done", handling="withdraw_consent")]

    def _take_back(self, here: Here, found: Open) -> None:
        self._calling.withdrawn(here.c, found, here.now)
        self._rooms.requests.withdraw(here.c, found.id, here.now)
        tallies.count(here.c, here.now, "outcome", "withdrew")

    def _relay(self, here: Here, command: Command, found: Open) -> Replies:
        """The person's words for whoever holds the request."""
        if found.state != TAKEN or found.asker == OFFICER or not self._rooms.switches.relay:
            return self._show(here, command, found)
        number = self._rooms.requests.relay_put(here.c, found.id, True, command.text, here.now)
        self._calling.words(here.c, found, number, here.now)
        return [reply("message:request.relayed")]

    # -- words to come back with (R7) ------------------------------------------------------------------------------------

    def _back(self, here: Here, request_id: str) -> Replies:
        found = self._rooms.requests.get(here.c, request_id)
        if found is None or found.chat != here.chat:
            return [Reply("help_menu", [self._menu(here)], kind="menu")]
        if found.hold_until is not None and found.hold_until > here.now and found.state in (WITHDRAWN, CLOSED, NOBODY):
            return [reply("message:request.held")]
        self._rooms.requests.attach(here.c, here.chat, request_id)
        self._rooms.requests.touch(here.c, request_id, here.now)
        return [
            *([reply("message:request.back")] if found.state == DRAFT else []),
            *self._show(here, Command("show"), found),
        ]

    def _not_me(self, here: Here, request_id: str) -> Replies:
        """The screen stays a stranger's; whoever holds the request is warned."""
        found = self._rooms.requests.get(here.c, request_id)
        if found is not None and found.chat == here.chat:
            self._calling.not_me(here.c, found, here.now)
            queues.drop_waiting(here.c, here.chat)  # what was on its way to the person is not for whoever reads now
            self.leave(here)
        return [Reply("help_menu", [self._menu(here)], kind="menu")]

    @staticmethod
    def _menu(here: Here) -> Part:
        return Part("menu:help.menu", params={"role": "guest" if here.role == "advocate" else here.role})


def walk_of(found: Open) -> Walk:
    return Walk.model_validate({k: v for k, v in found.walk.items() if k != "extra"})
