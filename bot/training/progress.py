"""What a department knows now: predicted recall by topic and unit, and what fades next. Groups of fewer than five officers are hidden, also
from whoever subtracts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.store.training_answers import Known
from bot.training.calibration import FEWEST, hidden
from bot.training.chart import Reach
from bot.training.memory import DAY, recall
from bot.training.model import Card

SOON_DAYS = 14


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a topic or a unit: officers, mean recall now and in two weeks. The last two are None where there are too few officers."""

    officers: int
    now: float | None
    soon: float | None


def by_topic(known: Iterable[Known], cards: Sequence[Card], now: float, fewest: int = FEWEST) -> dict[str, Standing]:
    """Cards that are no more are passed over."""
    topics = {card.id: card.topic for card in cards}
    return _by((k for k in known if k.card in topics), lambda k: topics[k.card], now, fewest)


def by_unit(known: Iterable[Known], now: float, fewest: int = FEWEST) -> dict[str, Standing]:
    """By number of the unit; "" is whoever has none."""
    return _by(known, lambda k: k.unit, now, fewest)


def fades_next(standings: dict[str, Standing], count: int = 3) -> list[str]:
    """Topics by how much is lost in two weeks, the most first; hidden ones are not in it."""
    lost = [(s.now - s.soon, name) for name, s in standings.items() if s.now is not None and s.soon is not None]
    return [name for _, name in sorted(lost, key=lambda one: (-one[0], one[1]))[:count]]


def reach(officers: int, asked: int, answered: int, fewest: int = FEWEST) -> Reach:
    """Numbers that tell of no group of one to four: not those who were asked or answered, nor those who were not or did not."""

    def shown(part: int, whole: int) -> bool:
        return part == 0 or (part >= fewest and (whole - part == 0 or whole - part >= fewest))

    if officers < fewest:
        return Reach(officers, None, None)
    if not shown(asked, officers):
        return Reach(officers, None, None)
    both = shown(answered, asked) and shown(answered, officers)
    return Reach(officers, asked, answered if both else None)


def _by(known: Iterable[Known], key: Callable[[Known], str], now: float, fewest: int) -> dict[str, Standing]:
    groups: dict[str, list[Known]] = {}
    for one in known:
        groups.setdefault(key(one), []).append(one)
    few = hidden({name: {k.member for k in group} for name, group in groups.items()}, fewest)
    return {name: _standing(group, now, name in few) for name, group in sorted(groups.items())}


def _standing(group: list[Known], now: float, is_hidden: bool) -> Standing:
    officers = len({k.member for k in group})
    if is_hidden:
        return Standing(officers, None, None)
    means = [sum(recall(k.memory, at) for k in group) / len(group) for at in (now, now + SOON_DAYS * DAY)]
    return Standing(officers, *means)
