"""Conversations in memory only, few and short: Rasa keeps no truth (design, decision 2)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

MAX_CHATS = 2_000
MAX_EVENTS = 60


class BoundedTrackerStore(TrackerStore):
    """Least recently used chats leave first; of each chat the slots and the last `MAX_EVENTS` events stay, so
    that the three hundredth turn costs what the third did. Nothing is ever written to a disk."""

    def __init__(
        self, domain: Domain, host: Any = None, event_broker: EventBroker | None = None, **kwargs: Any
    ) -> None:
        self._chats: OrderedDict[str, DialogueStateTracker] = OrderedDict()
        self._max_chats = int(kwargs.pop("max_chats", MAX_CHATS))
        self._max_events = int(kwargs.pop("max_events", MAX_EVENTS))
        kwargs.pop("type", None)
        super().__init__(domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        if len(tracker.events) > self._max_events:
            slots = [SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value is not None]
            tracker = DialogueStateTracker.from_events(
                tracker.sender_id,
                [*slots, *list(tracker.events)[-(self._max_events // 2) :]],
                self.domain.slots,
                domain=self.domain,
            )
        self._chats[tracker.sender_id] = tracker
        self._chats.move_to_end(tracker.sender_id)
        while len(self._chats) > self._max_chats:
            self._chats.popitem(last=False)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        tracker = self._chats.get(sender_id)
        if tracker is None:
            return None
        self._chats.move_to_end(sender_id)
        return tracker.copy()

    async def keys(self) -> Iterable[str]:
        return list(self._chats)

    def forget(self, sender_id: str) -> None:
        """Drop one chat at once (R3, R23)."""
        self._chats.pop(sender_id, None)


__all__ = ["BoundedTrackerStore", "EventVerbosity"]
