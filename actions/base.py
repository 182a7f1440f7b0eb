"""What every action is built on. It never raises: Rasa swallows an exception and goes on as if all were well, and logs
what the person wrote three times on the way (design, decision 12)."""

from __future__ import annotations

import logging
import re
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.library import finding, loading
from bot.library.loading import Library
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Part, Reply
from nlu.text import fold

log = logging.getLogger("waymark.actions")
FAILED = {"failed": True}
DANGER = ("emergency_now", "self_harm", "minor_at_risk")
NEXT = re.compile(
    r"^(?:(?:and|so|ok|okay) )?(?:what(?:'?s| is)? (?:next|now)|now what|next|next steps?|then what|what do i do (?:now|next)"
    r"|(?:y )?ahora(?: que)?|(?:y )?(?:que|q) (?:sigue|hago (?:ahora|despues))|(?:y )?despues(?: que)?|siguiente(?: paso)?)$"
)
SOURCE = re.compile(
    r"^(?:what(?:'?s| is| are) )?(?:the |your )?sources?$|^where(?:'s| is| does) (?:that|this|it) (?:come )?from$|^says who$"
    r"|^(?:cual es )?(?:la |su )?fuentes?$|^de donde sale(?: eso)?$"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One message as an action sees it. `entities` keep their order and may repeat a name."""

    text: str
    handling: str
    ranking: list[tuple[str, float]]
    entities: list[tuple[str, str]]
    lang: str
    role: str
    subject: str | None
    topic: str | None
    misses: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def officer(self) -> bool:
        return self.role in OFFICER_ROLES

    def values(self, entity: str) -> list[str]:
        return [value for name, value in self.entities if name == entity]

    @classmethod
    def from_tracker(cls, tracker: Tracker) -> Ask:
        message = tracker.latest_message
        metadata = message.get("metadata") or {}
        ranking = [(r["name"], float(r["confidence"])) for r in message.get("intent_ranking") or []]
        return cls(
            text=message.get("text") or "",
            handling=(message.get("intent") or {}).get("name") or "nlu_fallback",
            ranking=ranking,
            entities=[(e["entity"], str(e["value"])) for e in message.get("entities") or []],
            lang=metadata.get("lang") or "en",
            role=metadata.get("role") or "guest",
            subject=tracker.get_slot("subject"),
            topic=tracker.get_slot("topic"),
            misses=int(metadata.get("misses") or 0),
            metadata=metadata,
        )


class Answer(Action):  # type: ignore[misc]
    """Base class of all actions that answer. Subclasses give `reply`; failing is reported, never hidden."""

    def name(self) -> str:
        words = type(self).__name__.removeprefix("Action")
        return "action_" + "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(words))

    @property
    def library(self) -> Library:
        return loading.shared()

    @abstractmethod
    async def reply(self, ask: Ask) -> Reply: ...

    def tapped(self, ask: Ask) -> Reply | None:
        """The topic of a tapped button. It comes this way so that a follow-up knows what was looked at last."""
        name = ask.metadata.get("tapped")
        return Reply(ask.handling, [Part(f"topic:{name}")], subject=name) if name else None

    def onward(self, ask: Ask) -> Reply | None:
        """ "What next?" and "source?" are about the answer before, whatever row they were read as; never after danger."""
        before = self.library.topics.get((ask.topic or "", ask.lang))
        if before is None or ask.handling in DANGER or not (ask.officer or before.audience == "everyone"):
            return None
        words = fold(ask.text)
        if ask.officer and SOURCE.match(words):
            return Reply(before.handling, [Part(f"sources:{before.id}")], subject=before.id)
        if NEXT.match(words):
            topic, page = finding.onward(self.library, before, ask.officer)
            return Reply(topic.handling, [Part(f"topic:{topic.id}", page)], subject=topic.id)
        return None

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        try:
            ask = Ask.from_tracker(tracker)
            reply = self.tapped(ask) or self.onward(ask) or await self.reply(ask)
        except Exception as error:
            log.error("%s failed: %s", self.name(), type(error).__name__)
            dispatcher.utter_message(json_message=FAILED)
            return []
        dispatcher.utter_message(json_message=reply.as_json())
        return [SlotSet("subject", reply.handling), SlotSet("topic", reply.subject)]
