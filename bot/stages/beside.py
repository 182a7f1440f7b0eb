"""What a message may have meant besides danger.

A danger that the floor is not certain of may be none. Where the classifier gives another need a fair chance, that is answered as well, after the
danger reply, so that who was misread is not left with numbers that are not for them (rulings 5: "the others go to `also`").
"""

from __future__ import annotations

import asyncio
from typing import Any

from bot.library.replies import Reply
from bot.nlu import Nlu, NluDown, Read
from bot.stages.context import Context

FAIR_CHANCE = 0.1
"""As little as makes a follow-up look like danger (`actions`), so as little counts for the other side. Measured in decision 0015."""
NEEDS = frozenset(
    [
        "wants_safe_place",
        "wants_hotline",
        "unsure_if_trafficking",
        "afraid_of_police",
        "immigration_help",
        "safety_tech",
        "basic_needs",
        "emotional_support",
        "legal_help_survivor",
        "ally_how_to_help",
        "report_tip",
    ]
)
"""What a guest may need. Small talk and refusals do not follow a danger reply, nor does anything that would take back what is kept."""


async def another_need(nlu: Nlu, context: Context, read: Read, metadata: dict[str, Any], seconds: float) -> list[Reply]:
    """The answer to the likeliest other need, or nothing. Staff get none: they ask on. The danger reply waits `seconds` for it at most."""
    if context.person.role != "guest" or context.stays_here:
        return []
    row = next((name for name, chance in read.ranking if name in NEEDS and chance >= FAIR_CHANCE), None)
    if row is None:
        return []
    try:
        async with asyncio.timeout(context.left(seconds)):
            reply = (await nlu.choose(context.message.chat, row, metadata)).reply
    except (NluDown, TimeoutError):
        return []
    return [reply] if reply.kind == "answer" else []
