"""Refreshers ahead of time, as rows, by any number of planners at once (design, decisions 5 and 6).

`step` does a small piece of the work in one transaction, so that no message waits long for the writer: officers are planned for two
days ahead, and what is due goes into the outbox with the cards chosen for it, not before its time and not after its window.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.localtime import local_date
from bot.store import queues, training_after, training_plan
from bot.store.database import Database
from bot.store.training_answers import memory_of
from bot.training.memory import choose, in_turn
from bot.training.model import Card, Pick
from bot.training.schedule import Hours, Pattern, Person, Planned, Skipped, plan
from bot.training.schedule_json import load, rota_of

log = logging.getLogger("waymark.training")
AHEAD = 48 * 3600.0
"""Seconds for which rows are there; they are made anew once half of it is used up."""
BACK = 31 * 86400.0
"""What was missed is written down slot by slot as far back as a coordinator's report reaches (30 days), and a day; of more nobody asks."""
LEAD = 600.0
"""Seconds before its time at which an occurrence goes into the outbox."""
PLAN_MANY, QUEUE_MANY = 250, 125
"""Officers and occurrences in one transaction: some 50 ms of the writer."""
LOCKED_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""How long a planner steps back each time that it did not get the lock."""
PART = "refresher:next"
T = TypeVar("T")


@dataclass(slots=True)
class Done:
    """Counts of what was planned (`planned` to be sent, `skipped` by reason), queued, and settled."""

    planned: int = 0
    queued: int = 0
    skipped: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str, count: int = 1) -> None:
        if count:
            self.skipped[reason] = self.skipped.get(reason, 0) + count

    def add(self, other: Done) -> None:
        self.planned += other.planned
        self.queued += other.queued
        for reason, count in other.skipped.items():
            self.skip(reason, count)


class Planner:
    """`cards`: every card that may be asked; `first`: ids of those that come before any other new one."""

    def __init__(
        self,
        database: Database,
        cards: Sequence[Card],
        first: frozenset[str] = frozenset(),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database, self._cards, self._first, self._sleep = database, list(cards), first, sleep

    async def tick(self, now: float) -> Done:
        """Everything there is to do at `now`, in small transactions."""
        done = Done()
        while await self._piece(lambda c, part: plan_some(c, now, part), done):
            pass
        while await self._piece(lambda c, part: queue_some(c, self._cards, now, part, first=self._first), done):
            pass
        for reason, count in (await self._patiently(lambda c: training_after.settle(c, now))).items():
            if reason != "sent":
                done.skip(reason, count)
        late = {reason: count for reason, count in done.skipped.items() if reason in training_after.SERVICE}
        if late:
            log.warning("refreshers not sent: %s", ", ".join(f"{count} {reason}" for reason, count in late.items()))
        return done

    async def _piece(self, work: Callable[[Connection, Done], bool], done: Done) -> bool:
        """One transaction, counted once it is on the disk."""

        def fresh(c: Connection) -> tuple[bool, Done]:
            part = Done()
            return work(c, part), part

        more, part = await self._patiently(fresh)
        done.add(part)
        return more

    async def _patiently(self, work: Callable[[Connection], T]) -> T:
        """Other planners hold the lock in turns, and SQLite keeps no queue: who is passed over steps back and tries again. Nobody waits for
        a planner, as somebody does for an answer. What is still locked out at the end is left to the next tick."""
        for wait in LOCKED_SECONDS:
            try:
                return await self._database.write(work)
            except OperationalError as error:
                log.info("planning waits for the store: %s", type(error.orig).__name__)
            await self._sleep(wait)
        return await self._database.write(work)


def plan_some(c: Connection, now: float, done: Done, many: int = PLAN_MANY) -> bool:
    """Plan some officers; False where nobody is left to be planned. What is late after downtime is written down as skipped."""
    members = training_plan.take_to_plan(c, now + AHEAD / 2, many)
    if not members:
        return False
    rules = training_plan.rules_for(c, members)
    to = now + AHEAD
    rows = _put_off(c, members, rules, now)
    again = {(row["member"], row["slot"], row["day"]) for row in rows}
    for who in members:
        rule = rules.get(who.id)
        if rule is None:
            continue
        schedule = load(rule.rule)
        zone = schedule.zone
        # A day more at the front: what was moved to after midnight of a skipped hour belongs to the date before.
        since = max(who.planned_to, now - BACK)
        first = local_date(since, zone) - timedelta(days=1)
        days = (local_date(to, zone) - first).days + 1
        for one in _planned(rule.rule, person(who, rule.on_duty_only, schedule.shifts), first.toordinal(), days):
            row = _row(who.id, rule, one, now)
            if since <= one.at < to and (row["member"], row["slot"], row["day"]) not in again:
                rows.append(row)
    fresh = training_plan.put_planned(c, rows)
    training_plan.planned_to(c, [who.id for who in members], to)
    if fresh == len(rows):  # else another was faster and counted them
        for row in rows:
            if row["reason"]:
                done.skip(row["reason"])
            else:
                done.planned += 1
    return True


def _put_off(
    c: Connection, members: Sequence[Any], rules: dict[int, training_plan.Rule], now: float
) -> list[dict[str, Any]]:
    """What officers put off, on the same date at the first moment at which they may be asked now. What a change has taken away meanwhile is gone."""
    rows, there = [], {who.id: who for who in members}
    for old in training_plan.take_put_off(c, there):
        rule = rules.get(old.member)
        if rule is None:
            continue
        who = person(there[old.member], rule.on_duty_only, load(rule.rule).shifts)
        for one in _planned(rule.rule, who, date.fromisoformat(old.day).toordinal(), 1):
            row = _row(old.member, rule, one, now, put_off=True)
            if row["slot"] == old.slot:
                rows.append(row | {"reminded": old.reminded})
    return rows


def person(who: Any, on_duty_only: bool, shifts: Pattern | None) -> Person:
    """What of a row of `member` matters for the time. `shifts`: the rota of their schedule, for who told none."""
    away = tuple((0.0, until) for until in (who.snoozed_until, who.off_until) if until is not None)
    quiet = (
        Hours(who.quiet_first, who.quiet_last) if who.quiet_first is not None and who.quiet_last is not None else None
    )
    return Person(rota_of(who.pattern, shifts), quiet, away, who.paused_at is not None, on_duty_only)


@lru_cache(maxsize=4096)
def _planned(rule: str, who: Person, first: int, days: int) -> tuple[Planned | Skipped, ...]:
    return tuple(plan(load(rule), who, date.fromordinal(first), days))


def _row(
    member: int, rule: training_plan.Rule, one: Planned | Skipped, now: float, put_off: bool = False
) -> dict[str, Any]:
    """`put_off`: by the officer, so that it is never late by the bot."""
    late = training_plan.AWAY if put_off else "late"
    reason = one.reason if isinstance(one, Skipped) else (late if one.until < now else None)
    return {
        "member": member, "schedule": rule.id, "version": rule.version, "slot": f"{rule.id}.{one.slot}", "day": one.day.isoformat(),
        "at": one.at, "until": one.until if isinstance(one, Planned) else one.at,
        "state": training_plan.PLANNED if reason is None else training_plan.SKIPPED, "reason": reason, "reminded": 0,
        "put_off": int(put_off),
    }  # fmt: skip


def queue_some(
    c: Connection, cards: Sequence[Card], now: float, done: Done, many: int = QUEUE_MANY, first: frozenset[str] = frozenset()
) -> bool:  # fmt: skip
    """Queue some of what is due; False where nothing is left. Past its window it is skipped, with a reason, never sent."""
    due = training_plan.take_due(c, now, LEAD, many)
    if not due:
        return False
    training_plan.void_ids(c, [d.id for d in due if not d.current])
    due = [d for d in due if d.current]
    late = [d.id for d in due if d.until < now and not d.put_off]
    away = [d.id for d in due if d.until < now and d.put_off]
    gone = [d.id for d in due if d.until >= now and d.chat is None]
    open_ = [d for d in due if d.until >= now and d.chat is not None]
    memories = training_plan.memories_of(c, {d.member for d in open_})
    messages: list[dict[str, Any]] = []
    questions: list[dict[str, Any]] = []
    ids: list[int] = []
    empty: list[int] = []
    for one in open_:
        known = {row.card: memory_of(row) for row in memories.get(one.member, ())}
        picks = choose(in_turn(cards, known, first), known, now, load(one.rule).cards)
        if not picks:
            empty.append(one.id)
            continue
        ids.append(one.id)
        messages.append(_message(one, now))
        questions += [question_row(one.member, one.id, pick) for pick in picks]
    training_plan.put_queued(c, messages, questions, ids)
    for reason, numbers in (("late", late), (training_plan.AWAY, away), ("left", gone), ("nothing_due", empty)):
        training_plan.skip(c, numbers, reason)
        done.skip(reason, len(numbers))
    done.queued += len(ids)
    return True


def _message(one: training_plan.Due, now: float) -> dict[str, Any]:
    content = {"part": [PART, 0, {"occurrence": one.id}], "lang": one.lang, "role": one.role}
    return {
        "dedupe": training_plan.dedupe(one.id), "chat": one.chat, "lane": queues.TRAINING, "content": content, "created_at": now,
        "not_before": one.at, "not_after": one.until,
    }  # fmt: skip


def question_row(member: int, occurrence: int | None, pick: Pick) -> dict[str, Any]:
    """A row of `question` that was not asked yet."""
    card = pick.card
    return {
        "member": member, "occurrence": occurrence, "card": card.id, "version": card.version, "topic": card.topic,
        "wording": pick.wording, "options": card.options, "kind": pick.kind, "predicted": pick.predicted,
    }  # fmt: skip
