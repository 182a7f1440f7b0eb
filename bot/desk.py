"""One message → replies: the order of the five steps, and nothing else.

1 exit words and button · 2 safety floor · 3 an open request, commands, taps, media · 4 Rasa and the actions · 5 the safety reply
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot.intake import graph as graphs
from bot.library import language
from bot.library.loading import Library
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Effect, Part, Reply
from bot.nlu import Nlu, NoNlu
from bot.safety.exits import Exits
from bot.safety.floor import Floor
from bot.stages.commands import CommandStage
from bot.stages.context import Context, Done, Incoming, Person
from bot.stages.exits import ExitStage
from bot.stages.floor import FloorStage
from bot.stages.reading import ReadingStage, degraded
from bot.stages.request import RequestFirst, RequestStage
from bot.stages.training import TrainingStage
from bot.training.command import TYPED
from nlu.text import clean, for_rasa

log = logging.getLogger("waymark.desk")
SPANISH_COMMANDS = ("/salir", "/ayuda", "/borrar", "/lineas", "/privacidad", "/silencio", "/idioma")
Stage = Callable[[Context], Awaitable[None]]
ANSWER_SECONDS = 1.3
"""For all steps together; what is stored before and sent after takes the rest of the two seconds (R13)."""
GRACE_SECONDS = 0.1
"""Within which a step that keeps to the deadline hands over what it has."""
DEGRADED, UNREADABLE = "degraded", "unreadable"
"""What decided where no stage did: something broke or took too long; the language is one that nobody here reads."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to say, what to do, what to remember; the channel does all three at once or none."""

    replies: list[Reply]
    effects: list[Effect] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    lang: str = "en"
    confidence: float | None = None
    decided: str = field(default="", compare=False)
    """Name of the step whose answer this is; for `waymark explain`."""


class Desk:
    """Holds no conversation: what it needs of one comes in as `Person`, what changed goes out in the `Outcome`."""

    def __init__(self, library: Library, nlu: Nlu, floor: Floor, exits: Exits) -> None:
        self._library, graph = library, graphs.shared()
        floor_stage, self._request = FloorStage(floor, nlu), RequestStage(graph, nlu)
        before: list[Stage] = [ExitStage(exits), RequestFirst(graph), floor_stage]
        self._floor_stages: list[Stage] = [ExitStage(exits), FloorStage(floor, NoNlu())]
        training, commands = TrainingStage(library), CommandStage(library, nlu)
        self._stages: list[Stage] = [*before, self._request, training, commands, ReadingStage(library, nlu)]

    async def answer(self, message: Incoming, person: Person, role_commands: bool = False) -> Outcome:
        """Never raises: whatever breaks in a step, the person gets the safety reply."""
        # A name or a number that was asked for says nothing of the language that somebody speaks.
        heard, before = None if _is_asked_for(message, person) else heard_in(message.text), person.heard
        asked = person.request if person.request is not None and person.request.mine else None
        relayed = (
            person.request is not None and asked is None
        )  # an advocate's words for somebody else say nothing of the advocate
        own = asked.lang if asked is not None else heard if heard in ("en", "es") and not relayed else None
        lang = person.lang or own or person.heard or message.lang_hint or "en"
        context = Context(message, person, for_rasa(clean(message.text)), lang, role_commands)
        if heard in ("en", "es") and heard != before and person.request is None:
            context.change(heard=heard)
        if heard == "other":
            context.reading = "other"
        context.deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        try:
            async with asyncio.timeout_at(context.deadline + GRACE_SECONDS):
                await self._walk(context, self._stages)
            self._request.after(context)
        except Exception as error:
            log.error("a step failed: %s", type(error).__name__)
            context.replies, context.decided = [degraded(context)], DEGRADED
        return self._outcome(context)

    async def floor_only(self, message: Incoming, person: Person) -> Outcome:
        """Steps 1 and 2 alone, without network: for a flood, and for when the store is locked (rulings 4)."""
        heard = heard_in(message.text)
        lang = person.lang or (heard if heard in ("en", "es") else None) or person.heard or message.lang_hint or "en"
        context = Context(message, person, for_rasa(clean(message.text)), lang)
        try:
            await self._walk(context, self._floor_stages)
        except Exception as error:
            log.error("the floor failed: %s", type(error).__name__)
            context.replies, context.decided = [degraded(context)], DEGRADED
        return Outcome(context.replies, context.effects, context.changes, lang)

    async def _walk(self, context: Context, stages: list[Stage]) -> None:
        foreign = context.reading == "other"
        try:
            for stage in stages:
                context.decided = type(stage).__name__
                await stage(context)
                if isinstance(stage, FloorStage) and foreign and not context.message.payload:
                    reply = Reply("wants_hotline", [Part("message:danger.unreadable")], urgent=True)
                    context.replies.append(reply)
                    context.decided = UNREADABLE
                    raise Done
        except Done:
            return

    def _outcome(self, context: Context) -> Outcome:
        replies = context.replies
        # Erasing answers the same whether or not the chat was known (R23), so it introduces nobody either.
        leaving = any(effect.kind in ("exit", "erase") for effect in context.effects)
        if not context.person.greeted and not leaving:
            replies = _introduced(replies, context)
            context.change(greeted=True)
        lang = next((e.value for e in context.effects if e.kind == "set_lang" and e.value), context.lang)
        return Outcome(replies, context.effects, context.changes, lang, context.confidence, context.decided)


def _is_asked_for(message: Incoming, person: Person) -> bool:
    """Refreshers asked for these words (bot/stages/training.py)."""
    return person.role in OFFICER_ROLES and person.awaiting == TYPED and not message.text.startswith("/")


def heard_in(text: str) -> str | None:
    """The language of the words, or of a command that only one language has."""
    if not text.startswith("/"):
        return language.heard(text) if text else None
    return "es" if text.lower().partition(" ")[0].partition("@")[0] in SPANISH_COMMANDS else None


def _introduced(replies: list[Reply], context: Context) -> list[Reply]:
    """The first words say what this is; after danger, before anything else (R1, rulings 7)."""
    officer = context.person.role in ("officer", "coordinator")
    intro = Reply("greeting", [Part("message:intro.officer" if officer else "message:intro.guest")], kind="intro")
    danger_replies = [r for r in replies if r.kind == "danger" or r.urgent]
    return [*danger_replies, intro, *(r for r in replies if r not in danger_replies)]
