"""What an officer still knows: FSRS-6 for each officer and card, and which cards come next. Pure; times are seconds since the epoch.

FSRS is `fsrs` (design, decision 10): desired retention 0.9, at most 180 days, no fuzz, no steps of minutes, since nobody is asked
twice a day. Its grade is made from right or wrong and the time taken; a right answer that may have been a guess counts for less.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import fsrs

from bot.training.model import Card, Pick

RETENTION = 0.9
CAP_DAYS = 180
HOLD_DAYS = 60
"""A card held out is not asked for so long, then in another wording: that is how forgetting is measured."""
HELD_SHARE = 0.15
PRIOR = 0.5
"""Recall assumed before the first answer, for judging whether it was a guess."""
TOO_FAST = 2.0
"""Seconds in which nobody reads a card."""
DAY = 86400.0
_SCHEDULER = fsrs.Scheduler(
    desired_retention=RETENTION, maximum_interval=CAP_DAYS, enable_fuzzing=False, learning_steps=(), relearning_steps=()
)
_DECAY = -float(_SCHEDULER.parameters[20])
_FACTOR = 0.9 ** (1 / _DECAY) - 1


@dataclass(frozen=True, slots=True)
class Memory:
    """State of one card in one officer's memory. `stability` in days; `wording`: the one asked last; `held`: kept out for 60 days."""

    stability: float
    difficulty: float
    first_at: float
    last_at: float
    due_at: float
    reps: int
    lapses: int
    wording: int
    held: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """`seconds` from question to tap; None where it is not known. `usual`: this officer's median, None for too few answers."""

    right: bool
    seconds: float | None
    options: int
    usual: float | None = None


def recall(memory: Memory, now: float) -> float:
    """Probability that it is known now, from 0 to 1 (FSRS's forgetting curve)."""
    days = max(0.0, (now - memory.last_at) / DAY)
    return float((1 + _FACTOR * days / memory.stability) ** _DECAY)


def predicted_right(known: float, options: int) -> float:
    """Probability of a right answer: known, or not known and guessed."""
    return known + (1 - known) / max(1, options)


def knew(known: float, options: int) -> float:
    """Probability that whoever answered right knew it (Bayes)."""
    return known / predicted_right(known, options)


def usual_seconds(right_answers: Sequence[float]) -> float | None:
    """The median of an officer's right answers; None for fewer than five."""
    return float(median(right_answers)) if len(right_answers) >= 5 else None


def grade(answer: Answer, memory: Memory | None, now: float) -> int:
    """1 again, 2 hard, 3 good, 4 easy. Easy only after two reviews, with little doubt that it was known, and quick."""
    if not answer.right:
        return int(fsrs.Rating.Again)
    sure = knew(recall(memory, now) if memory is not None else PRIOR, answer.options)
    seconds, usual = answer.seconds, answer.usual
    if sure < 0.8 or (seconds is not None and seconds < TOO_FAST):
        return int(fsrs.Rating.Hard)
    if seconds is None or usual is None:
        return int(fsrs.Rating.Good)
    if seconds > 2.5 * usual:
        return int(fsrs.Rating.Hard)
    quick = memory is not None and memory.reps >= 2 and sure >= 0.95 and seconds < 0.6 * usual
    return int(fsrs.Rating.Easy if quick else fsrs.Rating.Good)


def learned(memory: Memory | None, answer: Answer, now: float, wording: int, held: bool = False) -> Memory:
    """The memory after an answer. `held` counts for the first answer alone: the card then waits for `HOLD_DAYS`."""
    rating = grade(answer, memory, now)
    at = datetime.fromtimestamp(now, UTC)
    card = fsrs.Card(card_id=1)
    if memory is not None:
        card = fsrs.Card(
            card_id=1, state=fsrs.State.Review, step=None, stability=memory.stability, difficulty=memory.difficulty,
            due=datetime.fromtimestamp(memory.due_at, UTC), last_review=datetime.fromtimestamp(memory.last_at, UTC),
        )  # fmt: skip
    card, _ = _SCHEDULER.review_card(card, fsrs.Rating(rating), at)
    assert card.stability is not None
    assert card.difficulty is not None
    first = memory is None
    return Memory(
        stability=float(card.stability), difficulty=float(card.difficulty), first_at=now if memory is None else memory.first_at,
        last_at=now, due_at=now + HOLD_DAYS * DAY if first and held else card.due.timestamp(),
        reps=1 if memory is None else memory.reps + 1,
        lapses=(memory.lapses if memory is not None else 0) + int(not answer.right), wording=wording, held=held and first,
    )  # fmt: skip


def is_held_out(salt: str, member: int, card: str, share: float = HELD_SHARE) -> bool:
    """Whether a card is kept out for one officer: by chance, and the same each time it is asked."""
    digest = hashlib.blake2b(f"{salt}|{member}|{card}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) < share * 2**64


def next_wording(card: Card, last: int | None) -> int:
    """Another one than the last."""
    return 0 if last is None else (last + 1) % max(1, card.wordings)


def choose(cards: Sequence[Card], memories: Mapping[str, Memory], now: float, count: int) -> list[Pick]:
    """At most `count`: a held-out card whose 60 days are over, what is due (the least known first), then new ones, from topics of which
    the officer has seen least. Fewer, or none, where nothing is due: nobody is asked for the sake of asking."""
    known = {card.id: card for card in cards}
    due = [(recall(m, now), name, m) for name, m in memories.items() if name in known and m.due_at <= now]
    due.sort(key=lambda one: (one[0], one[1]))
    held = [_pick(known[name], m, now, "holdout") for _, name, m in due if m.held]
    rest = [_pick(known[name], m, now, "refresh") for _, name, m in due if not m.held]
    seen: dict[str, int] = {}
    for name in memories:
        if name in known:
            seen[known[name].topic] = seen.get(known[name].topic, 0) + 1
    fresh: list[Pick] = []
    waiting = [card for card in cards if card.id not in memories]
    while waiting and len(fresh) < count:
        card = min(waiting, key=lambda c: seen.get(c.topic, 0))  # of the same count, the one that stands first
        waiting.remove(card)
        seen[card.topic] = seen.get(card.topic, 0) + 1
        fresh.append(Pick(card, 0, "refresh", None))
    return _mixed([*held[:1], *rest, *held[1:], *fresh][:count])


def in_turn(cards: Sequence[Card], memories: Mapping[str, Memory], first: frozenset[str]) -> Sequence[Card]:
    """Those that may be asked now: new cards wait until all of `first` were seen once."""
    if first <= memories.keys():
        return cards
    return [card for card in cards if card.id in first or card.id in memories]


def pretest(cards: Sequence[Card], size: int = 6) -> list[Pick]:
    """One card of each topic in turn, before anything is taught. Its answers are a measure and leave the memory as it is."""
    topics: dict[str, list[Card]] = {}
    for card in cards:
        topics.setdefault(card.topic, []).append(card)
    turns = max((len(listed) for listed in topics.values()), default=0)
    found = [listed[turn] for turn in range(turns) for listed in topics.values() if turn < len(listed)]
    return [Pick(card, 0, "pretest", None) for card in found[:size]]


def fading(
    memories: Iterable[tuple[str, Memory]], now: float, days: float = 14.0, limit: float = RETENTION
) -> list[str]:
    """Cards whose predicted recall falls below `limit` within `days`, the least known first."""
    soon = [(recall(memory, now + days * DAY), name) for name, memory in memories]
    return [name for value, name in sorted(soon) if value < limit]


def _pick(card: Card, memory: Memory, now: float, kind: str) -> Pick:
    return Pick(card, next_wording(card, memory.wording), kind, recall(memory, now))


def _mixed(picks: list[Pick]) -> list[Pick]:
    """The same, with the same topic not twice in a row where that can be."""
    left, found = list(picks), list[Pick]()
    while left:
        other = next((p for p in left if not found or p.card.topic != found[-1].card.topic), left[0])
        left.remove(other)
        found.append(other)
    return found
