"""Step 4: Rasa reads the message and an action answers; a second request in it is answered too. Step 5: nothing came."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from bot.library.loading import Library
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Part, Reply
from bot.nlu import TURN_SECONDS, Nlu, NluDown, Read, Turn
from bot.stages import local, training
from bot.stages.beside import another_need
from bot.stages.context import Context, Done
from bot.stages.floor import DANGER, REST_SECONDS, danger
from nlu.text import sentences, windows

DANGER_CONFIDENCE = 0.75
SURELY_CALM, HARDLY_DANGER, SURELY_DANGER = 0.9, 0.05, 0.99
"""Where the best meaning of a whole message has the first and danger less than the second, a part in which the floor hears nothing must be
danger with the third: alone, "he is serving life" reads as it. Decision 0015 has figures."""
VEILED_DANGER = 0.3
"""Chance of danger, behind a likelier row, from which it is answered: a reply in vain costs less than one not given. Decision 0015 has figures."""
SECOND_CONFIDENCE = 0.8
SECOND_SECONDS = 0.4
WHOLE_SECONDS = 0.5
_JOINED = re.compile(
    r",?\s+(?:and|y)\s+(?=(?:what|how|who|where|which|can i|do i|que|como|quien|donde|puedo)\b)", re.IGNORECASE
)
"""Where a second question begins within a sentence: "signs at a truck stop, and what does lot lizard mean"."""
OUT_OF_SCOPE_SURELY = 0.5
"""From here on, something was understood and is not ours ("I could murder a pizza"): no miss, and no help-line panic."""
POLITE = frozenset(["greeting", "thanks", "goodbye"])
SMALL_TALK = frozenset(
    [
        "greeting",
        "thanks",
        "goodbye",
        "out_of_scope",
        "spam",
        "help_menu",
        "bot_identity",
        "stop_or_exit",
        "language_switch",
        "follow_up",
        "nlu_fallback",
    ]
)


def enough_in_a_part(whole: Read) -> float:
    """The confidence from which danger in a part of a message outweighs what the `whole` of it reads as."""
    calm = whole.best[1] >= SURELY_CALM and whole.chance(*DANGER) < HARDLY_DANGER
    return SURELY_DANGER if calm else DANGER_CONFIDENCE


class ReadingStage:
    def __init__(self, library: Library, nlu: Nlu) -> None:
        self._library, self._nlu = library, nlu

    async def __call__(self, context: Context) -> None:
        if not context.text:
            context.replies.append(Reply("out_of_scope", [Part("message:miss.first")], kind="miss"))
            context.change(misses=context.person.misses + 1)
            raise Done
        metadata = self._metadata(context)
        turn = (
            context.reading
            if isinstance(context.reading, Turn)
            else await self._nlu.turn(context.message.chat, context.text, metadata, context.left(TURN_SECONDS))
        )
        context.confidence = turn.read.confidence
        replies = [turn.reply]
        veiled = self._veiled(context, turn)
        if veiled is not None:
            replies = veiled
        elif turn.reply.kind == "danger":
            replies += await another_need(self._nlu, context, turn.read, metadata, REST_SECONDS)
        else:
            replies = await self._whole(context, turn, metadata)
        officer = context.person.role in OFFICER_ROLES
        replies = [local.listed(self._library, _puzzled(context, r), context.text, officer) for r in replies]
        if officer and any(map(local.asks_where, replies)):
            context.change(awaiting=local.ASKED)
        context.replies.extend(replies)
        for reply in replies:
            if reply.effect:
                context.effects.append(reply.effect)
            training.read_as(context, reply)
        missed = replies[0].kind in ("miss", "offer") or _puzzling(context, replies[0])
        context.change(misses=context.person.misses + 1 if missed else 0)
        raise Done

    @staticmethod
    def _veiled(context: Context, turn: Turn) -> list[Reply] | None:
        """Danger that stands second in a guest's farewell, request for data or question ("bye, thank you for all, i wont be here"): said
        first, and what they asked after it, unless that would take something back or away. None where there is none."""
        if context.person.role in OFFICER_ROLES or turn.reply.kind == "danger":
            return None
        row = next((name for name, chance in turn.read.ranking if name in DANGER and chance >= VEILED_DANGER), None)
        if row is None:
            return None
        harmless = turn.reply.kind == "answer" and turn.reply.effect is None
        return [danger(row, officer=False), *([turn.reply] if harmless else [])]

    @staticmethod
    def _metadata(context: Context) -> dict[str, Any]:
        person = context.person
        return {"role": person.role, "lang": context.lang, "heard": person.heard, "misses": person.misses}

    async def _whole(self, context: Context, turn: Turn, metadata: dict[str, Any]) -> list[Reply]:
        """However many sentences there are, the first answer does not wait for them longer than this (R13)."""
        try:
            async with asyncio.timeout(context.left(WHOLE_SECONDS)):
                return await self._second(context, turn, metadata)
        except TimeoutError:
            return [turn.reply]

    async def _second(self, context: Context, turn: Turn, metadata: dict[str, Any]) -> list[Reply]:
        """Danger in any part of a long message comes first; one further sure request is answered after the first."""
        pieces = [piece for sentence in sentences(context.text) for piece in _JOINED.split(sentence)]
        parts = [piece for piece in pieces if len(piece.split()) >= 2][:6]
        if len(context.text.split()) > 60:
            parts += windows(context.text)[:6]
        if len(parts) < 2:
            return [turn.reply]
        officer = context.person.role in OFFICER_ROLES
        enough = enough_in_a_part(turn.read)
        unsure = turn.reply.kind in ("offer", "miss")
        answers: list[Reply] = []
        named = False  # whether a piece has read as the whole message does
        for number, part in enumerate(parts):
            try:
                read = await self._nlu.parse(part, metadata, SECOND_SECONDS)
            except NluDown:
                break
            row, confidence = read.best
            named = named or row == turn.reply.handling
            if row in DANGER and confidence >= enough and len(part.split()) > 3 and not officer:
                return [danger(row, officer), turn.reply] if turn.reply.kind == "answer" else [danger(row, officer)]
            wanted = row not in SMALL_TALK and row not in DANGER
            if unsure and wanted and confidence >= SECOND_CONFIDENCE and row not in [a.handling for a in answers]:
                # Two requests at once read like neither; each of them alone may be plain.
                extra = await self._extra(context, part, metadata)
                answers += [extra] if extra is not None else []
            if (
                wanted
                and row != turn.reply.handling
                and confidence >= SECOND_CONFIDENCE
                and turn.reply.kind == "answer"
                and turn.read.confidence >= 0.5
            ):
                extra = await self._extra(context, part, metadata)
                if extra is not None and turn.reply.handling in POLITE:
                    return [extra]  # "Hello, good morning. I have no food": the courtesy is no answer of its own
                if (
                    extra is not None
                    and not named
                    and await self._names(turn.reply.handling, parts[number + 1 :], metadata)
                ):
                    return [extra, turn.reply]  # as they were asked
                if extra is not None:
                    return [turn.reply, extra]
        return answers[:2] or [turn.reply]

    async def _names(self, row: str, parts: list[str], metadata: dict[str, Any]) -> bool:
        """Whether one of these pieces surely asks for `row`."""
        for part in parts:
            try:
                found, confidence = (await self._nlu.parse(part, metadata, SECOND_SECONDS)).best
            except NluDown:
                return False
            if found == row and confidence >= SECOND_CONFIDENCE:
                return True
        return False

    async def _extra(self, context: Context, part: str, metadata: dict[str, Any]) -> Reply | None:
        try:
            extra = (await self._nlu.turn(context.message.chat, part, metadata, SECOND_SECONDS)).reply
        except NluDown:
            return None
        return extra if extra.kind == "answer" else None


def _puzzling(context: Context, reply: Reply) -> bool:
    """ "I could not read that", or "I don't know about that" where the classifier was not sure either."""
    if context.person.role in OFFICER_ROLES or reply.kind != "answer":
        return False
    unsure = (context.confidence or 0.0) < OUT_OF_SCOPE_SURELY
    return reply.handling == "spam" or (reply.handling == "out_of_scope" and unsure)


def _puzzled(context: Context, reply: Reply) -> Reply:
    """The second in a row ends at a person, whatever the first one was called (R9)."""
    if context.person.misses < 1 or not _puzzling(context, reply):
        return reply
    return Reply(reply.handling, [Part("message:miss.second")], kind="miss")


def degraded(context: Context) -> Reply:
    """Step 5: the honest "not now" with a help line (R13)."""
    officer = context.person.role in OFFICER_ROLES
    return Reply(
        "wants_hotline", [Part("message:degraded.officer" if officer else "message:danger.degraded")], kind="miss"
    )
