"""Step 2: danger, without network, model or database. Certain is answered at once; possible waits 800 ms for the
classifier, which may say that it was an idiom, a past event or a question about work (rulings 5)."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.library.model import OFFICER_ROLES
from bot.library.replies import Part, Reply
from bot.nlu import Nlu, NluDown, Read
from bot.safety.floor import Floor, Reading
from bot.stages.beside import another_need
from bot.stages.commands import bare_command
from bot.stages.context import Context, Done
from bot.stages.training import read_as
from nlu.text import sentences

VETO_SECONDS = 0.8
REST_SECONDS = 0.3
"""For all that follows a danger reply together: the reply itself waits for it (R13)."""
VETO_CHANCE, VETO_CONFIDENCE = 0.2, 0.6
ALONE_SURELY = 0.97
"""A sentence that is danger by itself with this needs no look at its neighbours."""
DANGER = ("emergency_now", "self_harm", "minor_at_risk")
# What may follow a danger reply in the same breath; small talk and refusals may not.
REST = frozenset(
    [
        "wants_safe_place",
        "wants_hotline",
        "immigration_help",
        "legal_help_survivor",
        "basic_needs",
        "safety_tech",
        "delete_my_data",
        "withdraw_consent",
        "afraid_of_police",
        "officer_minor_protocol",
        "officer_placement_now",
        "officer_immigration_relief",
    ]
)


def danger(handling: str, officer: bool, also: tuple[str, ...] = ()) -> Reply:
    """The fixed reply of a danger row."""
    further = [row for row in also if row != handling]
    if handling == "minor_at_risk" and officer:
        return Reply("officer_minor_protocol", [Part("topic:minor.protocol")], kind="danger", urgent=True, also=further)
    parts = [Part(f"message:danger.{handling}{'.officer' if officer and handling != 'minor_at_risk' else ''}")]
    if handling == "minor_at_risk":
        parts.append(Part("message:danger.minor_at_risk.reporting"))
    return Reply(handling, parts, kind="danger", urgent=True, also=further)


def vetoing(officer: bool) -> tuple[str, ...]:
    """The rows that must be unlikely before what the floor holds possible is taken back."""
    return ("emergency_now", "self_harm") if officer else (*DANGER, "officer_minor_protocol")


def vetoed(read: Read, officer: bool) -> bool:
    """Whether this reading of the whole message takes back what the floor holds possible."""
    return read.chance(*vetoing(officer)) < VETO_CHANCE and read.best[1] >= VETO_CONFIDENCE


class FloorStage:
    def __init__(self, floor: Floor, nlu: Nlu) -> None:
        self._floor, self._nlu = floor, nlu

    async def __call__(self, context: Context) -> None:
        if context.message.payload or not context.text or bare_command(context.message.text):
            return
        officer = context.person.role in OFFICER_ROLES
        reading = self._floor.read(context.message.text, context.person.role)
        context.reading = reading
        if reading.ambiguous_exit and reading.level != "certain":
            reply = Reply("emergency_now", [Part("message:danger.ambiguous")], kind="danger", urgent=True)
            self._answer(context, [reply])
        if reading.level == "certain":
            await self._certain(context, reading, officer)
        if reading.level == "possible":
            await self._possible(context, reading, officer)

    async def _certain(self, context: Context, reading: Reading, officer: bool) -> None:
        if reading.handling == "wants_hotline":
            self._answer(context, [Reply("wants_hotline", [Part("message:danger.unreadable")], urgent=True)])
        if reading.handling == "help_menu":
            role = context.person.role
            parts = [Part("message:help.bare")] if not officer else [Part("menu:help.menu", params={"role": role})]
            self._answer(context, [Reply("help_menu", parts, kind="menu", urgent=True)])
        bare = reading.handling == "emergency_now" and len(context.text.split()) <= 2 and not officer
        if bare:
            first = Reply(
                "emergency_now", [Part("message:danger.sos")], kind="danger", urgent=True, also=list(reading.also)
            )
        else:
            first = danger(reading.handling or "emergency_now", officer, reading.also)
        rest = [] if context.stays_here else await self._rest(context, first.handling)
        self._answer(context, [first, *rest])

    async def _rest(self, context: Context, first: str) -> list[Reply]:
        """A second request in another sentence is answered after the danger reply, if it is read quickly and surely."""
        try:
            async with asyncio.timeout(REST_SECONDS):
                return await self._second(context, first)
        except TimeoutError:
            return []

    async def _second(self, context: Context, first: str) -> list[Reply]:
        for sentence in sentences(context.text)[:6]:
            if self._floor.read(sentence, context.person.role).level != "none":
                continue
            try:
                metadata = {"role": context.person.role, "lang": context.lang, "heard": context.person.heard}
                turn = await self._nlu.turn(context.message.chat, sentence, metadata, REST_SECONDS)
            except NluDown:
                return []
            if turn.reply.handling in REST and turn.reply.handling != first and turn.read.confidence >= VETO_CONFIDENCE:
                if turn.reply.effect:
                    context.effects.append(turn.reply.effect)
                read_as(context, turn.reply)
                return [turn.reply]
        return []

    async def _possible(self, context: Context, reading: Reading, officer: bool) -> None:
        handling = reading.handling or "emergency_now"
        if (
            context.stays_here
        ):  # nobody can be asked whether it was meant, so people to call come first and the answer counts as well
            context.replies.append(danger(handling, officer, reading.also))
            return
        metadata = {
            "role": context.person.role,
            "lang": context.lang,
            "heard": context.person.heard,
            "misses": context.person.misses,
        }
        until = asyncio.get_running_loop().time() + VETO_SECONDS
        try:
            turn = await self._nlu.turn(context.message.chat, context.text, metadata, VETO_SECONDS)
        except NluDown:
            self._answer(context, [danger(handling, officer, reading.also)])
            return
        context.confidence = turn.read.confidence
        if turn.reply.kind == "danger":
            first = turn.reply
        elif not vetoed(turn.read, officer) or await self._in_a_part(context, metadata, officer, until):
            first = danger(handling, officer, reading.also)
        else:
            context.reading = turn
            return
        left = min(REST_SECONDS, until - asyncio.get_running_loop().time())
        further = await another_need(self._nlu, context, turn.read, metadata, left)
        context.effects.extend(reply.effect for reply in further if reply.effect)
        self._answer(context, [first, *further])

    async def _in_a_part(self, context: Context, metadata: dict[str, Any], officer: bool, until: float) -> bool:
        """Whether the sentence in which the floor hears danger is danger to the classifier as well, when it is read without
        the others: a question beside it must not take it back. Where it is not surely so, it is read again with the sentences before and
        after it: "he sold the gun" says less than its story. No answer by `until` (loop time) means danger."""
        parts = sentences(context.text)[:6]
        heard = [at for at, part in enumerate(parts) if self._floor.read(part, context.person.role).level == "possible"]
        if len(parts) < 2 or not heard:
            return False

        async def chance(first: int, last: int) -> float:
            read = await self._nlu.parse(" ".join(parts[max(0, first) : last + 1]), metadata, REST_SECONDS)
            return read.chance(*vetoing(officer))

        try:
            async with asyncio.timeout_at(until):
                alone = {at: await chance(at, at) for at in heard}
                if max(alone.values()) >= ALONE_SURELY:
                    return True
                unsure = [at for at in heard if alone[at] >= VETO_CONFIDENCE]
                return any([await chance(at - 1, at + 1) >= VETO_CONFIDENCE for at in unsure])
        except (NluDown, TimeoutError):
            return True

    @staticmethod
    def _answer(context: Context, replies: list[Reply]) -> None:
        context.replies.extend(replies)
        context.change(misses=0, awaiting=None)
        raise Done
