"""Puts the messages of an exam to the very same desk as a person's, each in a conversation of its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.ask import answer_of
from bot.channels.conversation import Conversation
from bot.desk import Desk
from bot.library.loading import Library
from bot.nlu import Nlu, NluDown, Read, Turn
from bot.safety import exits as leaving
from bot.safety import floor as floors
from bot.settings import ROOT
from tests.exam.scoring import seen_role, verdict

EVALUATION = ROOT / "tests" / "evaluation"
OWN, SEALED = EVALUATION / "messages.jsonl", EVALUATION / "sealed.jsonl"
SHARED = ROOT.parent / "shared" / "exam" / "messages.jsonl"
TRIES = 3


def given() -> Path | None:
    """The exam from outside: the file named in WAYMARK_EXAM, or the one beside the checkout."""
    if os.environ.get("WAYMARK_EXAM"):
        return Path(os.environ["WAYMARK_EXAM"])
    return SHARED if SHARED.exists() else None


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


class Watched:
    """The way to Rasa, and whether it failed since `failed` was set to False. An answer that a busy machine gave without
    the classifier says nothing about the classifier: it is asked for again."""

    def __init__(self, nlu: Nlu) -> None:
        self._nlu = nlu
        self.choose, self.forget = nlu.choose, nlu.forget
        self.failed = False

    async def turn(self, *args: Any, **kwargs: Any) -> Turn:
        try:
            return await self._nlu.turn(*args, **kwargs)
        except (NluDown, asyncio.CancelledError):
            self.failed = True
            raise

    async def parse(self, *args: Any, **kwargs: Any) -> Read:
        try:
            return await self._nlu.parse(*args, **kwargs)
        except (NluDown, asyncio.CancelledError):
            self.failed = True
            raise


async def answers(
    messages: Sequence[dict[str, Any]], library: Library, nlu: Nlu, at_once: int = 1
) -> list[dict[str, Any]]:
    """As `waymark ask` answers, in the order of the messages, `at_once` conversations at the same time."""
    floor, exits, waiting = floors.shared(), leaving.shared(), iter(enumerate(messages))
    out: list[dict[str, Any]] = [{}] * len(messages)

    async def work() -> None:
        watched = Watched(nlu)
        desk = Desk(library, watched, floor, exits)
        for at, message in waiting:
            for _ in range(TRIES):
                watched.failed = False
                conversation = Conversation(desk, library, watched, seen_role(message["role"]))
                said = await conversation.say(message["text"])
                await conversation.forget()
                if not watched.failed:
                    break
            out[at] = {**answer_of({"id": message["id"]}, said, 0.0), "failed": watched.failed}

    await asyncio.gather(*(work() for _ in range(at_once)))
    return out


async def score(path: Path, library: Library, nlu: Nlu, at_once: int = 1) -> list[dict[str, Any]]:
    """Each message with its verdict and what the bot made of it."""
    messages = read(path)
    found = await answers(messages, library, nlu, at_once)
    return [{**m, **verdict(m, a), "answer": a} for m, a in zip(messages, found, strict=True)]
