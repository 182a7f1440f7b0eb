"""Between the floor and the commands: a request that is open, its buttons, and the word that brings one back (rulings 6)."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from bot.intake import walk as walking
from bot.intake.model import Graph, Walk
from bot.library.replies import Effect, Part, Reply
from bot.nlu import Nlu, NluDown
from bot.placement.model import Command, RequestView
from bot.stages.context import Context, Done

ROW = "wants_safe_place"
STAFF_COMMANDS = {"/pin": "pin", "/out": "out", "/shift": "shift", "/request": "request", "/close": "close"}
INTERRUPTS = 0.6
"""How sure the classifier must be that words in the middle of a request ask for something else."""
PARSE_SECONDS = 0.5
STAYS = frozenset(
    [
        "nlu_fallback",
        "wants_safe_place",
        "officer_placement_now",
        "spam",
        "out_of_scope",
        "greeting",
        "thanks",
        "follow_up",
    ]
)
LONGEST_WORD = 6


class RequestStage:
    """`hashed` is the keyed hash of a word in a chat; without a store (None) there are no requests."""

    def __init__(self, graph: Graph, nlu: Nlu, hashed: Callable[[str, str], str] | None) -> None:
        self._graph, self._nlu, self._hashed = graph, nlu, hashed

    async def __call__(self, context: Context) -> None:
        if self._hashed is None:
            return
        message, person = context.message, context.person
        payload = message.payload or ""
        if payload.startswith(("q:", "r:")):
            self._do(context, Command("tap", payload))
        if person.role == "advocate":
            self._staff(context, payload)
            return
        if payload or message.media or not context.text:
            return
        self._word(context)
        view = person.request
        if view is not None and not message.text.strip().startswith("/"):
            await self._open(context, view)

    def _staff(self, context: Context, payload: str) -> None:
        text = context.message.text.strip()
        command = STAFF_COMMANDS.get(text.lower().split(" ")[0].split("@")[0])
        if payload.startswith("a:") or command:
            self._do(context, Command("staff", payload or command or ""))
        view = context.person.request
        if view is not None and view.talking and not payload and context.text and not text.startswith("/"):
            self._do(context, Command("relay", text=context.message.text))

    def _word(self, context: Context) -> None:
        """The same work whether or not this chat has a request, so that nothing tells the one from the other (R7)."""
        assert self._hashed is not None
        short = len(context.text.split()) <= LONGEST_WORD
        said = self._hashed(context.message.chat, context.text if short else "")
        for request, word, not_me in context.person.words.hashes:
            if short and word and hmac.compare_digest(said, word):
                self._do(context, Command("resume", request=request))
            if short and not_me and hmac.compare_digest(said, not_me):
                context.effects.append(Effect("request", Command("not_me", request=request).dump()))

    async def _open(self, context: Context, view: RequestView) -> None:
        if view.talking:
            self._do(context, Command("relay", text=context.message.text))
        if not view.asking:
            return
        walk = Walk.model_validate(view.walk)
        if walking.fits(self._graph, walk, context.message.text, context.lang) and not await self._interrupts(
            context, sure=0.9
        ):
            self._do(context, Command("say", text=context.message.text))
        if not await self._interrupts(context, sure=INTERRUPTS):
            self._do(context, Command("say", text=context.message.text))
        context.going_on = True  # the question is answered by the stages that follow; then the request goes on

    async def _interrupts(self, context: Context, sure: float) -> bool:
        """Whether the words ask for something else. A Rasa that does not answer interrupts nothing."""
        metadata = {"role": context.person.role, "lang": context.lang, "heard": context.person.heard}
        try:
            read = await self._nlu.parse(context.text, metadata, PARSE_SECONDS)
        except NluDown:
            return False
        row, confidence = read.best
        return row not in STAYS and confidence >= sure and len(context.text.split()) >= 2

    @staticmethod
    def _do(context: Context, command: Command) -> None:
        """What it leads to is known in the transaction only; the worker puts those replies where this one stands."""
        context.effects.append(Effect("request", command.dump()))
        context.replies.append(Reply(ROW, [Part("request:")]))
        context.change(misses=0)
        raise Done
