"""A schedule in a coordinator's own words, English or Spanish: "every Tuesday 7am and Friday before shift", "lunes y jueves a las 7 de la
mañana". Pure. What could mean two things is asked, never guessed: the answer is a `Question`, whose id names words in content/.

`read` gives slots and what else was said; it is read back (`read_back.py`) and confirmed before it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.training.schedule import LEAST_BEFORE, MOST_A_WEEK, MOST_BEFORE, Pause, Slot
from bot.training.wordlist import Token, tokens

USUAL_BEFORE = 15
"""Minutes before a shift, where nobody said how many."""
PART_HOURS = {
    "morning": ("07:00", "08:00", "09:00", "10:00"),
    "afternoon": ("13:00", "14:00", "15:00", "16:00"),
    "evening": ("18:00", "19:00", "20:00"),
}
"""Times that are offered for a part of a day."""
NOON, EVENING = 12, 5
"""`EVENING`: the first hour after noon that may be meant by "evening" or "night"; one to four at night is another day's."""


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be asked before this can stand. Where there are `options`, one of them may be given back in `read(…, answers={key:
    option})`; else it has to be said anew.

    not_understood (word), which_days (minute, before_shift or count), which_time (days), which_hour (part, days), am_or_pm (hour, minute),
    how_long_before (minutes, least, most), before_shift_or_time, too_many (count, most), every_other, which_date (text), which_pause
    (begun: whether something was said of its end), which_holidays, nothing

    Where there are `options` for which_hour, any other time of that part, as 07:30, does as well.
    """

    id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The id, and for a time also which one: two times are two questions."""
        which = {
            "am_or_pm": lambda p: f":{p['hour']}:{p['minute']:02d}",
            "which_hour": lambda p: f":{p['part']}:{''.join(map(str, p['days']))}",
            "how_long_before": lambda p: f":{p['minutes']}",
        }.get(self.id)
        return self.id + which(self.params) if which is not None else self.id


@dataclass(frozen=True, slots=True)
class Reading:
    """`cards`, `starts`, `ends`, `on_holidays` (whether also on holidays) are None where nothing was said of them. Without `slots` it is about
    `pauses` alone, or `open_pause`: nothing until they go on. `no_end`: said not to end."""

    slots: tuple[Slot, ...]
    per_week: int
    cards: int | None = None
    starts: date | None = None
    ends: date | None = None
    on_holidays: bool | None = None
    no_end: bool = False
    pauses: tuple[Pause, ...] = ()
    open_pause: bool = False


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


@dataclass(slots=True)
class _Group:
    """Days and times (tokens: time, part, before_shift) that belong together; `days_first` says in which order they came."""

    days: list[int] = field(default_factory=list)
    times: list[Token] = field(default_factory=list)
    days_first: bool = True

    def __bool__(self) -> bool:
        return bool(self.days or self.times)


class _Reader:
    def __init__(self, found: list[Token], answers: Mapping[str, str]) -> None:
        self._tokens, self._answers = found, answers
        self._groups: list[_Group] = []
        self._said: dict[str, Any] = {}
        self._pauses: list[Pause] = []
        self._often: int | None = None

    def reading(self) -> Reading:
        group = _Group()
        for token in self._tokens:
            match token.kind:
                case "days":
                    group = self._with_days(group, token.value)
                case "time" | "part" | "before_shift":
                    group = self._with_time(group, token)
                case "how_often":
                    self._often = token.value
                case "pause":
                    self._pauses.append(token.value)
                case _:
                    self._more(token)
        if group:
            self._groups.append(group)
        pauses = tuple(self._pauses)
        if not self._groups and (pauses or self._said.get("open_pause")):
            return Reading((), MOST_A_WEEK, pauses=pauses, **self._said)
        if not self._groups:
            raise _Ask(Question("nothing") if self._often is None else Question("which_days", {"count": self._often}))
        slots = self._slots()
        count = sum(len(slot.days) for slot in slots)
        if self._often is not None and self._often != count:
            raise _Ask(Question("which_days", {"count": self._often}))
        if count > MOST_A_WEEK and self._answers.get("too_many") != "yes":
            raise _Ask(Question("too_many", {"count": count, "most": MOST_A_WEEK}, ("yes",)))
        return Reading(tuple(slots), max(MOST_A_WEEK, count), pauses=pauses, **self._said)

    def _more(self, token: Token) -> None:
        """What is said beside days and times, and what has to be asked at once."""
        match token.kind:
            case "cards" | "starts" | "ends" | "on_holidays":
                self._said[token.kind] = token.value
            case "no_end" | "open_pause":
                self._said[token.kind] = True
            case "which_pause":
                raise _Ask(Question("which_pause", {"begun": token.value}))
            case "vague_date":
                raise _Ask(Question("which_date", {"text": token.text}))
            case "every_other":
                raise _Ask(Question("every_other"))
            case "unknown":
                raise _Ask(Question("not_understood", {"word": token.text}))

    def _with_days(self, group: _Group, days: Iterable[int]) -> _Group:
        if group.times and group.days_first:  # "Tuesday 7am and Friday …": a new pair begins
            self._groups.append(group)
            group = _Group()
        group.days += [day for day in days if day not in group.days]
        return group

    def _with_time(self, group: _Group, token: Token) -> _Group:
        if group.times and "part" in (token.kind, group.times[-1].kind):
            joined = _joined(group.times[-1], token)  # "Tuesday morning at 7", "7 on Tuesday mornings"
            if joined is not None:
                group.times[-1] = joined
                return group
        if group.days and not group.days_first:  # "7am on Tuesday and Friday before shift": whose is the Friday?
            if len(group.days) > 1:
                raise _Ask(Question("which_time", {"days": sorted(group.days)}))
            self._groups.append(group)
            group = _Group(days_first=False)
        if len({one.kind == "before_shift" for one in (*group.times, token)}) > 1:
            raise _Ask(Question("before_shift_or_time"))
        if not group:
            group.days_first = False
        group.times.append(token)
        return group

    def _slot(self, days: Iterable[int], token: Token) -> Slot:
        if token.kind == "before_shift":
            return Slot(frozenset(days), None, self._before(token))
        minute = self._hour(sorted(days), token) if token.kind == "part" else self._minute(token)
        return Slot(frozenset(days), minute)

    def _hour(self, days: list[int], token: Token) -> int:
        """Of a part of the day: one that is offered, or another one that was written."""
        question = Question("which_hour", {"part": token.value, "days": days}, PART_HOURS[token.value])
        found = _clock(self._answers.get(question.key, ""))
        if found is None:
            raise _Ask(question)
        return found

    def _before(self, token: Token) -> int:
        minutes = USUAL_BEFORE if token.value is None else token.value
        if LEAST_BEFORE <= minutes <= MOST_BEFORE:
            return int(minutes)
        said = {"minutes": minutes, "least": LEAST_BEFORE, "most": MOST_BEFORE}
        question = Question("how_long_before", said, ("15", "30", "60"))
        answer = self._answers.get(question.key)
        if answer not in question.options:
            raise _Ask(question)
        return int(answer)

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
                said: dict[str, Any] = {"before_shift": True} if first.kind == "before_shift" else {}
                if first.kind == "time":
                    said = {"minute": self._minute(first)}
                raise _Ask(Question("which_days", said))
            found += [self._slot(group.days, token) for token in group.times]
        return list(dict.fromkeys(found))


def _joined(one: Token, other: Token) -> Token | None:
    """A time with the part of the day in which it is said to be; None where they are no such pair, or do not fit ("7am and evenings")."""
    part, time = (one, other) if one.kind == "part" else (other, one)
    if part.kind != "part" or time.kind != "time":
        return None
    hour, minute, half = time.value
    wanted = "am" if part.value == "morning" else "pm"
    if time.sure:
        return time if (half or ("am" if hour < NOON else "pm")) == wanted else None
    if hour == NOON or (part.value == "evening" and hour < EVENING):
        return time  # "at 1 in the night": of which day is asked
    return Token("time", time.text, (hour, minute, wanted))


def _clock(said: str) -> int | None:
    """Minutes of "07:30"; None for anything else."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", said)
    return int(found[1]) * 60 + int(found[2]) if found else None


def hour_said(question: Question, text: str, lang: str) -> str | None:
    """The answer to a `which_hour` question in somebody's own words, as "07:30": "8", "half past 8", "0830"; None where they are none."""
    found = tokens(text, lang, date(2026, 1, 1))
    if len(found) != 1 or found[0].kind != "time":
        return None
    part = Token("part", "", question.params["part"])
    time = found[0] if found[0].sure else _joined(part, found[0])
    if time is None or not time.sure:
        return None
    hour, minute, half = time.value
    return f"{hour if half is None else hour % 12 + (12 if half == 'pm' else 0):02d}:{minute:02d}"
