"""Predicted against observed recall: whether what the model says is what officers know. Pure.

Observed answers hold guesses, so both sides are compared as probabilities of a right answer; `observed_recall` takes the guesses out.
Groups of fewer than five officers are hidden, since one of them would be seen through the figure (safety R27 by analogy).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass

from bot.training.memory import predicted_right

FEWEST = 5
BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer whose recall had been predicted. `member` is the number of the row."""

    member: int
    unit: str
    topic: str
    predicted: float
    options: int
    right: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """Answers, officers, mean predicted recall, observed recall without guesses, expected calibration error. The last three are None
    where there are fewer than `FEWEST` officers."""

    answers: int
    officers: int
    predicted: float | None
    observed: float | None
    ece: float | None


def observed_recall(outcomes: Iterable[Outcome]) -> float:
    """Share of right answers with the guesses taken out, from 0 to 1."""
    listed = list(outcomes)
    if not listed:
        return 0.0
    right = sum(o.right for o in listed) / len(listed)
    guess = sum(1 / o.options for o in listed) / len(listed)
    return min(1.0, max(0.0, (right - guess) / (1 - guess))) if guess < 1 else 0.0


def ece(outcomes: Iterable[Outcome], bins: int = BINS) -> float:
    """Expected calibration error: mean distance of predicted from observed shares of right answers, weighted by answers, over bins of
    equal width."""
    parts: dict[int, list[tuple[float, bool]]] = {}
    count = 0
    for outcome in outcomes:
        value = predicted_right(outcome.predicted, outcome.options)
        parts.setdefault(min(bins - 1, int(value * bins)), []).append((value, outcome.right))
        count += 1
    if not count:
        return 0.0
    return sum(abs(sum(p for p, _ in part) - sum(right for _, right in part)) for part in parts.values()) / count


def fit(outcomes: Iterable[Outcome], fewest: int = FEWEST) -> Fit:
    """How well the predictions fitted."""
    listed = list(outcomes)
    officers = len({o.member for o in listed})
    if officers < max(1, fewest):
        return Fit(len(listed), officers, None, None, None)
    predicted = sum(o.predicted for o in listed) / len(listed)
    return Fit(len(listed), officers, predicted, observed_recall(listed), ece(listed))


def hidden(groups: Mapping[str, Set[int]], fewest: int = FEWEST) -> frozenset[str]:
    """Which groups of officers are hidden where the whole is shown as well: those of fewer than `fewest`, and where these come to fewer
    than that together, the smallest of the others too. Else the rest would be known by subtraction."""
    found = {name for name, members in groups.items() if len(members) < fewest}
    others = sorted((len(members), name) for name, members in groups.items() if name not in found)
    while found and others and len(frozenset().union(*(groups[name] for name in found))) < fewest:
        found.add(others.pop(0)[1])
    return frozenset(found)


def by(outcomes: Iterable[Outcome], key: Callable[[Outcome], str], fewest: int = FEWEST) -> dict[str, Fit]:
    """`fit` for each group; by topic: `lambda o: o.topic`. What is `hidden` has no figures."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    few = hidden({name: {o.member for o in group} for name, group in groups.items()}, fewest)
    found = {name: fit(group, fewest) for name, group in sorted(groups.items())}
    return {n: Fit(f.answers, f.officers, None, None, None) if n in few else f for n, f in found.items()}
