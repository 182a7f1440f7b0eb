"""Questions, answers and what is remembered, as rows. Functions of a connection; the rules are in `bot/training/memory.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from bot.store import queues
from bot.store.training_completions import GONE
from bot.store.training_plan import ANSWERED, QUEUED, SENT, SILENT, parts
from bot.store.training_schema import completion, member, memory, occurrence, question
from bot.training.calibration import Outcome
from bot.training.memory import Answer, Memory, is_held_out, learned, usual_seconds

_RECENT = 50
PRETEST = "pretest"


def memory_of(row: Any) -> Memory:
    """A row of `memory` as the value that the rules take."""
    return Memory(
        row.stability, row.difficulty, row.first_at, row.last_at, row.due_at, row.reps, row.lapses, row.wording, bool(row.held)
    )  # fmt: skip


def memories(c: Connection, member_id: int) -> dict[str, Memory]:
    """By card."""
    return {row.card: memory_of(row) for row in c.execute(select(memory).where(memory.c.member == member_id))}


def ask(c: Connection, rows: list[dict[str, Any]], now: float) -> list[int]:
    """Questions that are asked at once (`quiz me`, the pre-test): rows of `planner.question_row`. Returns their numbers."""
    made = [{**row, "asked_at": now} for row in rows]
    if not made:
        return []
    return list(c.scalars(question.insert().returning(question.c.id, sort_by_parameter_order=True), made))


def choose_later(c: Connection, rows: list[dict[str, Any]]) -> None:
    """Questions that are shown one after another (`shown`): rows of `planner.question_row`."""
    if rows:
        c.execute(question.insert(), rows)


def get(c: Connection, question_id: int) -> Any:
    """The row of a question."""
    return c.execute(select(question).where(question.c.id == question_id)).first()


def open_of(c: Connection, occurrence_id: int) -> list[Any]:
    """Questions of an occurrence that were not answered, in their order."""
    mine = (question.c.occurrence == occurrence_id, question.c.answered_at.is_(None))
    return list(c.execute(select(question).where(*mine).order_by(question.c.id)))


def waiting(c: Connection, member_id: int, kind: str) -> list[Any]:
    """Questions of a kind, of no occurrence, that were not answered, in their order."""
    mine = (question.c.member == member_id, question.c.kind == kind)
    free = (question.c.occurrence.is_(None), question.c.answered_at.is_(None))
    return list(c.execute(select(question).where(*mine, *free).order_by(question.c.id)))


def count_of(c: Connection, occurrence_id: int) -> tuple[int, int, int]:
    """(questions, answered, right) of an occurrence."""
    query = select(func.count(), func.count(question.c.answered_at), func.coalesce(func.sum(question.c.right), 0))
    row = c.execute(query.where(question.c.occurrence == occurrence_id)).one()
    return int(row[0]), int(row[1]), int(row[2])


def shown(c: Connection, question_id: int, now: float) -> None:
    """The time to its answer runs from here; what was shown before keeps its time."""
    fresh = (question.c.id == question_id, question.c.asked_at.is_(None))
    c.execute(update(question).where(*fresh).values(asked_at=now))


def shown_again(c: Connection, question_id: int, now: float) -> None:
    """What was left open is shown anew: the time away is no time of learning."""
    open_ = (question.c.id == question_id, question.c.answered_at.is_(None))
    c.execute(update(question).where(*open_).values(asked_at=now))


def let_go(c: Connection, question_ids: Iterable[int]) -> int:
    """Questions that cannot be answered any more, because their cards changed; they were never asked."""
    open_ = (question.c.id.in_(list(question_ids)), question.c.answered_at.is_(None))
    return int(c.execute(delete(question).where(*open_)).rowcount)


def answer(c: Connection, question_id: int, chosen: int, right: bool, now: float, salt: str) -> Memory | None:
    """The first answer counts. Returns the memory after it; None where the question is not there, was answered, or is a pre-test, which
    leaves the memory as it is. An answer that is quicker than the word that the question has left tells nothing of the time it took.
    `salt` decides which cards are held out."""
    open_ = (question.c.id == question_id, question.c.answered_at.is_(None))
    before_it = c.scalar(select(question.c.asked_at).where(*open_))
    done = update(question).where(*open_).values(answered_at=now, chosen=chosen, right=int(right))
    row = c.execute(done.returning(*question.c)).first()
    if row is None:
        return None
    seconds = max(0.0, now - before_it) if before_it is not None else None
    timed = {"seconds": seconds, "asked_at": before_it if before_it is not None else now}
    c.execute(update(question).where(question.c.id == question_id).values(timed))
    c.execute(update(member).where(member.c.id == row.member).values(silences=0))
    if row.occurrence is not None:
        closed = (occurrence.c.id == row.occurrence, occurrence.c.state.in_((QUEUED, SENT, SILENT)))
        c.execute(update(occurrence).where(*closed).values(state=ANSWERED))
    if row.kind == PRETEST:
        return None
    before = c.execute(select(memory).where(memory.c.member == row.member, memory.c.card == row.card)).first()
    known = memory_of(before) if before is not None else None
    given = Answer(right, seconds, row.options, _usual(c, row.member))
    after = learned(known, given, now, row.wording, is_held_out(salt, row.member, row.card))
    values = {name: getattr(after, name) for name in Memory.__slots__}
    put = queues.insert_for(c, memory).values(member=row.member, card=row.card, **{**values, "held": int(after.held)})
    new = {name: put.excluded[name] for name in Memory.__slots__}
    c.execute(put.on_conflict_do_update(index_elements=["member", "card"], set_=new))
    return after


def _usual(c: Connection, member_id: int) -> float | None:
    """Median seconds of the officer's latest right answers."""
    mine = (question.c.member == member_id, question.c.right == 1, question.c.seconds.is_not(None))
    query = select(question.c.seconds).where(*mine).order_by(question.c.answered_at.desc()).limit(_RECENT)
    return usual_seconds(list(c.scalars(query)))


def outcomes(
    c: Connection, department_id: str, since: float, kinds: tuple[str, ...] = ("refresh", "holdout")
) -> list[Outcome]:
    """Answers of a department whose recall had been predicted, for `calibration.by`."""
    query = (
        select(question.c.member, member.c.unit, question.c.topic, question.c.predicted, question.c.options, question.c.right)
        .join(member, member.c.id == question.c.member)
        .where(
            member.c.department == department_id, question.c.answered_at >= since, question.c.predicted.is_not(None),
            question.c.kind.in_(kinds),
        )
        .order_by(question.c.id)
    )  # fmt: skip
    return [Outcome(r.member, r.unit or "", r.topic, r.predicted, r.options, bool(r.right)) for r in c.execute(query)]


@dataclass(frozen=True, slots=True)
class Known:
    """One card in the memory of one officer of a department."""

    member: int
    unit: str
    card: str
    memory: Memory


def known_in(c: Connection, department_id: str) -> list[Known]:
    """All that officers of a department have in memory."""
    query = (
        select(memory, member.c.unit)
        .join(member, member.c.id == memory.c.member)
        .where(member.c.department == department_id, member.c.left_at.is_(None))
        .order_by(memory.c.member, memory.c.card)
    )
    return [Known(row.member, row.unit or "", row.card, memory_of(row)) for row in c.execute(query)]


def answered(
    c: Connection, member_id: int, cards: Iterable[str], after: float = 0.0, until: float | None = None
) -> list[Any]:
    """Answered questions about these cards, in the order of answering, the pre-test left out: rows of `question`. `after`: the moment before the
    first that counts; `until`: the last that does."""
    mine = [question.c.member == member_id, question.c.card.in_(list(cards)), question.c.kind != PRETEST]
    mine.append(question.c.answered_at > after)
    if until is not None:
        mine.append(question.c.answered_at <= until)
    return list(c.execute(select(question).where(*mine).order_by(question.c.answered_at, question.c.id)))


def counted_until(c: Connection, member_id: int, cards: Iterable[str], department_id: str) -> float:
    """When the last of the answers was given that counted for a completion of this department; 0 where none has. What counted for one that
    was taken away since is nobody's any more, and counts as its own."""
    mine = (question.c.member == member_id, question.c.card.in_(list(cards)), question.c.answered_at.is_not(None))
    own = or_(question.c.completion == GONE, completion.c.department == department_id)
    query = select(func.max(question.c.answered_at)).outerjoin(completion, completion.c.seq == question.c.completion)
    return float(c.scalar(query.where(*mine, own)) or 0.0)


def count_for(c: Connection, question_ids: Iterable[int], number: int) -> None:
    """These answers were counted for the completion of this number."""
    for part in parts(list(question_ids)):
        c.execute(update(question).where(question.c.id.in_(part)).values(completion=number))


def reach(c: Connection, department_id: str, since: float) -> tuple[int, int, int]:
    """(officers, of these asked, of these who answered) since then."""
    officers = select(member.c.id).where(member.c.department == department_id, member.c.left_at.is_(None))
    of = question.c.member.in_(officers)
    count = select(func.count(func.distinct(question.c.member)))
    total = c.scalar(select(func.count()).select_from(officers.subquery())) or 0
    was_asked = c.scalar(count.where(of, question.c.asked_at >= since)) or 0
    answered = c.scalar(count.where(of, question.c.answered_at >= since)) or 0
    return total, was_asked, answered


def erase(c: Connection, member_id: int) -> int:
    """Answers and memory go, with a test that was begun; what is queued and was not asked yet stays. Completions follow the department's
    written retention. Returns how many rows."""
    begun = or_(question.c.asked_at.is_not(None), question.c.occurrence.is_(None))
    gone = c.execute(delete(question).where(question.c.member == member_id, begun)).rowcount
    return int(gone + c.execute(delete(memory).where(memory.c.member == member_id)).rowcount)


def tally(c: Connection, member_id: int) -> tuple[int, int]:
    """(answered, right) of an officer, the pre-test left out."""
    mine = (question.c.member == member_id, question.c.answered_at.is_not(None), question.c.kind != PRETEST)
    row = c.execute(select(func.count(), func.coalesce(func.sum(question.c.right), 0)).where(*mine)).one()
    return int(row[0]), int(row[1])


def of_kind(c: Connection, member_id: int, kind: str) -> tuple[int, int, int]:
    """(questions, answered, right) of a kind."""
    query = select(func.count(), func.count(question.c.answered_at), func.coalesce(func.sum(question.c.right), 0))
    row = c.execute(query.where(question.c.member == member_id, question.c.kind == kind)).one()
    return int(row[0]), int(row[1]), int(row[2])


def before_teaching(c: Connection, department_id: str) -> tuple[int, int, int]:
    """(officers, answers, right) of the pre-tests of a department."""
    mine = (member.c.department == department_id, member.c.left_at.is_(None))
    test = (question.c.kind == PRETEST, question.c.answered_at.is_not(None))
    count = (func.count(func.distinct(question.c.member)), func.count(), func.coalesce(func.sum(question.c.right), 0))
    row = c.execute(
        select(*count).select_from(question.join(member, member.c.id == question.c.member)).where(*mine, *test)
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def tallies(c: Connection, department_id: str, since: float) -> dict[int, tuple[int, int]]:
    """By officer, (answered, right) since then, the pre-test left out: only for a department that shows a list by officer."""
    mine = (member.c.department == department_id, member.c.left_at.is_(None))
    done = (question.c.answered_at >= since, question.c.kind != PRETEST)
    count = (func.count(), func.coalesce(func.sum(question.c.right), 0))
    query = select(member.c.id, *count).select_from(question.join(member, member.c.id == question.c.member))
    rows = c.execute(query.where(*mine, *done).group_by(member.c.id))
    return {int(row[0]): (int(row[1]), int(row[2])) for row in rows}
