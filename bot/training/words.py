"""A schedule in a coordinator's own words, English or Spanish: "every Tuesday 7am and Friday before shift", "lunes y jueves a las 7 de la
mañana". Pure. What could mean two things is asked, never guessed: the answer is a `Question`, whose id names words in content/.

`read` gives slots and what else was said; `read_back` gives a schedule as data (ids of messages with parameters), to be put into plain words
and confirmed before it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.localtime import DAY_MINUTES, local_date, local_minute
from bot.training.schedule import MOST_A_WEEK, Person, Schedule, Slot, next_days, next_planned
from bot.training.wordlist import Token, tokens

USUAL_WINDOW = 120
"""Minutes; only another one is read back."""
DATES = 3


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be asked before this can stand. Where there are `options`, one of them may be given back in `read(…, answers={key:
    option})`; else it has to be said anew.

    not_understood (word), which_days (minute, before_shift or count), which_time (days), am_or_pm (hour, minute), before_shift_or_time,
    too_many (count, most), every_other, which_date (text), nothing
    """

    id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The id, and for a time also which one: two times are two questions."""
        return f"{self.id}:{self.params['hour']}:{self.params['minute']:02d}" if self.id == "am_or_pm" else self.id


@dataclass(frozen=True, slots=True)
class Reading:
    """`cards`, `starts`, `ends`, `holidays` (whether also on holidays) are None where nothing was said of them."""

    slots: tuple[Slot, ...]
    per_week: int
    cards: int | None = None
    starts: date | None = None
    ends: date | None = None
    on_holidays: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the read-back: the id of a message and its parameters. Days are numbers (0 is Monday), times minutes of a day, None where that
    hangs on each officer's shift."""

    id: str
    params: Mapping[str, Any]


class _Ask(Exception):
    def __init__(self, question: Question) -> None:
        super().__init__(question.id)
        self.question = question


def read(text: str, lang: str, today: date, answers: Mapping[str, str] | None = None) -> Reading | Question:
    """`answers`: what was said to earlier questions about the same text, by their keys. Raises KeyError for another language."""
    try:
        return _Reader(tokens(text, lang, today), answers or {}).reading()
    except _Ask as ask:
        return ask.question


def read_back(schedule: Schedule, person: Person, now: float) -> list[Line]:
    """What the schedule says and the next three dates on which it would ask `person`, for a yes or a no."""
    lines = []
    for slot in schedule.slots:
        days = sorted(slot.days)
        if slot.minute is None:
            lines.append(Line("schedule.before_shift", {"days": days, "minutes": slot.before}))
        else:
            lines.append(Line("schedule.at", {"days": days, "minute": slot.minute}))
    lines.append(Line("schedule.zone", {"zone": schedule.zone}))
    lines.append(Line("schedule.cards", {"cards": schedule.cards}))
    if schedule.starts > local_date(now, schedule.zone):
        lines.append(Line("schedule.from", {"date": schedule.starts.isoformat()}))
    if schedule.ends is not None:
        lines.append(Line("schedule.until", {"date": schedule.ends.isoformat()}))
    lines.append(
        Line("schedule.holidays_off" if schedule.holidays else "schedule.holidays_on", {"calendar": schedule.holidays})
    )
    if schedule.shifts is not None:
        lines.append(Line("schedule.shifts", {"pattern": schedule.shifts}))
    lines.append(Line("schedule.quiet", {"first": schedule.quiet.first, "last": schedule.quiet.last}))
    if schedule.window != USUAL_WINDOW:
        lines.append(Line("schedule.late", {"minutes": schedule.window}))
    dates = [
        {"date": day.isoformat(), "weekday": day.weekday(), "minute": minute}
        for day, minute in _coming(schedule, person, now)
    ]
    needs_shifts = any(slot.minute is None for slot in schedule.slots) and person.pattern is None
    lines.append(Line("schedule.next", {"dates": dates}))
    if needs_shifts:
        lines.append(Line("schedule.by_each_rota", {}))
    return lines


def _coming(schedule: Schedule, person: Person, now: float) -> list[tuple[date, int | None]]:
    """The next three dates with their minutes; None for a time before a shift that nobody has told."""
    found: list[tuple[date, int | None]] = [
        (p.day, local_minute(p.at, schedule.zone)) for p in next_planned(schedule, person, now, DATES)
    ]
    if person.pattern is None:
        before = frozenset().union(*(slot.days for slot in schedule.slots if slot.minute is None))
        found += [(day, None) for day in next_days(schedule, now) if day.weekday() in before][:DATES]
    return sorted(found, key=lambda one: (one[0], one[1] if one[1] is not None else DAY_MINUTES))[:DATES]


@dataclass(slots=True)
class _Group:
    """Days and times that belong together; `days_first` says in which order they came."""

    days: list[int] = field(default_factory=list)
    times: list[int | None] = field(default_factory=list)
    days_first: bool = True

    def __bool__(self) -> bool:
        return bool(self.days or self.times)


class _Reader:
    def __init__(self, found: list[Token], answers: Mapping[str, str]) -> None:
        self._tokens, self._answers = found, answers
        self._groups: list[_Group] = []
        self._said: dict[str, Any] = {}
        self._often: int | None = None

    def reading(self) -> Reading:
        group = _Group()
        for token in self._tokens:
            match token.kind:
                case "days":
                    group = self._with_days(group, token.value)
                case "time" | "before_shift":
                    group = self._with_time(group, token)
                case "how_often":
                    self._often = token.value
                case "cards" | "starts" | "ends" | "on_holidays":
                    self._said[token.kind] = token.value
                case "vague_date":
                    raise _Ask(Question("which_date", {"text": token.text}))
                case "every_other":
                    raise _Ask(Question("every_other"))
                case "unknown":
                    raise _Ask(Question("not_understood", {"word": token.text}))
        if group:
            self._groups.append(group)
        if not self._groups:
            raise _Ask(Question("nothing") if self._often is None else Question("which_days", {"count": self._often}))
        slots = self._slots()
        count = sum(len(slot.days) for slot in slots)
        if self._often is not None and self._often != count:
            raise _Ask(Question("which_days", {"count": self._often}))
        if count > MOST_A_WEEK and self._answers.get("too_many") != "yes":
            raise _Ask(Question("too_many", {"count": count, "most": MOST_A_WEEK}, ("yes",)))
        return Reading(tuple(slots), max(MOST_A_WEEK, count), **self._said)

    def _with_days(self, group: _Group, days: Iterable[int]) -> _Group:
        if group.times and group.days_first:  # "Tuesday 7am and Friday …": a new pair begins
            self._groups.append(group)
            group = _Group()
        group.days += [day for day in days if day not in group.days]
        return group

    def _with_time(self, group: _Group, token: Token) -> _Group:
        if group.days and not group.days_first:  # "7am on Tuesday and Friday before shift": whose is the Friday?
            if len(group.days) > 1:
                raise _Ask(Question("which_time", {"days": sorted(group.days)}))
            self._groups.append(group)
            group = _Group(days_first=False)
        time = None if token.kind == "before_shift" else self._minute(token)
        if (time is None and any(t is not None for t in group.times)) or (time is not None and None in group.times):
            raise _Ask(Question("before_shift_or_time"))
        if not group:
            group.days_first = False
        if time not in group.times:
            group.times.append(time)
        return group

    def _minute(self, token: Token) -> int:
        hour, minute, half = token.value
        if half is None and not token.sure:
            question = Question("am_or_pm", {"hour": hour, "minute": minute}, ("am", "pm"))
            half = self._answers.get(question.key)
            if half not in question.options:
                raise _Ask(question)
        if half is not None:
            hour = hour % 12 + (12 if half == "pm" else 0)
        return int(hour * 60 + minute)

    def _slots(self) -> list[Slot]:
        found: list[Slot] = []
        for group in self._groups:
            if not group.times:
                raise _Ask(Question("which_time", {"days": sorted(group.days)}))
            if not group.days:
                first = group.times[0]
                raise _Ask(Question("which_days", {"before_shift": True} if first is None else {"minute": first}))
            found += [Slot(frozenset(group.days), time) for time in group.times]
        return list(dict.fromkeys(found))
