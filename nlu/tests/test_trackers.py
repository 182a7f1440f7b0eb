"""Conversations: few, short, and forgotten when told."""

from __future__ import annotations

import gc
import weakref

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from nlu.components.trackers import MAX_CHATS, MAX_EVENTS, BoundedTrackerStore

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [greeting]
slots:
  subject:
    type: text
    influence_conversation: false
    mappings:
    - type: custom
"""
)


def store(**settings: int) -> BoundedTrackerStore:
    return BoundedTrackerStore(DOMAIN, **settings)


def chat(name: str, turns: int = 1) -> DialogueStateTracker:
    events = []
    for turn in range(turns):
        events += [ActionExecuted("action_listen"), UserUttered(f"words {turn}", {"name": "greeting"})]
    return DialogueStateTracker.from_events(name, events, DOMAIN.slots, domain=DOMAIN)


async def test_the_chat_used_least_recently_leaves_first() -> None:
    kept = store(max_chats=3)
    for name in ("a", "b", "c"):
        await kept.save(chat(name))
    assert await kept.retrieve("a") is not None
    await kept.save(chat("d"))
    assert sorted(await kept.keys()) == ["a", "c", "d"]
    assert await kept.retrieve("b") is None


async def test_saving_again_is_using() -> None:
    kept = store(max_chats=2)
    for name in ("a", "b", "a", "c"):
        await kept.save(chat(name))
    assert sorted(await kept.keys()) == ["a", "c"]


async def test_a_chat_never_grows_beyond_its_bound() -> None:
    kept = store(max_events=20)
    tracker = chat("a")
    for turn in range(200):
        tracker.update(ActionExecuted("action_listen"))
        tracker.update(UserUttered(f"more {turn}", {"name": "greeting"}))
        await kept.save(tracker)
        found = await kept.retrieve("a")
        assert found is not None
        assert len(found.events) <= 20
        assert found.latest_message.text == f"more {turn}"
        tracker = found


async def test_what_was_spoken_of_outlives_the_cut() -> None:
    kept = store(max_events=20)
    tracker = chat("a")
    tracker.update(SlotSet("subject", "officer_indicators"), DOMAIN)
    for turn in range(30):
        tracker.update(UserUttered(f"more {turn}", {"name": "greeting"}))
    await kept.save(tracker)
    found = await kept.retrieve("a")
    assert found is not None
    assert found.get_slot("subject") == "officer_indicators"
    assert len(found.events) <= 20


async def test_forgetting_leaves_nothing() -> None:
    kept = store()
    tracker = chat("a", 5)
    await kept.save(tracker)
    watch = weakref.ref(tracker)
    del tracker
    kept.forget("a")
    kept.forget("never seen")
    gc.collect()
    assert await kept.retrieve("a") is None
    assert watch() is None, "something else still holds the conversation"


async def test_what_is_handed_out_is_a_copy() -> None:
    kept = store()
    await kept.save(chat("a"))
    first = await kept.retrieve("a")
    assert first is not None
    first.update(UserUttered("not saved", {"name": "greeting"}))
    second = await kept.retrieve("a")
    assert second is not None
    assert second.latest_message.text == "words 0"


@pytest.mark.parametrize("bound", [MAX_CHATS, MAX_EVENTS])
def test_the_bounds_are_small(bound: int) -> None:
    assert 10 <= bound <= 2_000
