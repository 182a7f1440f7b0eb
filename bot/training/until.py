"""Until when, in an officer's own words: "till tomorrow", "for two weeks", "at 0700", "hasta el lunes". Pure; its words are content's
(`commands.yml`, group `training_until`), what days, times and dates are called is `wordlist`'s."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.localtime import instant, local_date, local_minute
from bot.training.dates import count_of, plain
from bot.training.wordlist import Token, tokens, with_colon

MINUTES = {"minute": 1, "hour": 60}
DAYS = {"day": 1, "week": 7, "month": 30}
LONGEST = 183
"""Days. What is longer is asked about."""
FAR = 60
"""Characters after "until" in which its day and time stand."""
Words = Mapping[str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class End:
    """`at`: seconds since the epoch. `whole_day`: a day was said and no time of it, so it is the midnight with which that day begins."""

    at: float
    whole_day: bool


@dataclass(slots=True)
class _Read:
    """What was said so far: the days it may be (two are one too many), and a minute with whether its half of the day was said."""

    days: set[date]
    minute: int | None = None
    sure: bool = True


def end_in(text: str, lang: str, words: Words, now: float, zone: str) -> End | None:
    """None where none is said, it cannot be read in one way, or it is further away than `LONGEST`. Of two halves of a day it is the sooner: a
    pause is never longer than was meant. Raises KeyError for another language than "en" and "es"."""
    said, today = plain(text), local_date(now, zone)
    found = _read(said, lang, words, today)
    if len(found.days) > 1:
        return None
    day = next(iter(found.days), None)
    if found.minute is not None:
        end = End(_next(found, day, now, zone), whole_day=False)
    elif day is not None:
        end = End(instant(day, 0, zone), whole_day=True)
    else:
        length = _length(said, lang, words)
        if length is None:
            return None
        days, minutes = length
        at = instant(today + timedelta(days=days), 0, zone) if days else now + minutes * 60.0
        end = End(at, whole_day=bool(days))
    return end if now < end.at <= now + LONGEST * 86400.0 else None


def _read(said: str, lang: str, words: Words, today: date) -> _Read:
    found = _Read(set())
    tomorrow = today + timedelta(days=1)
    for key, day in (
        ("tomorrow", tomorrow), ("today", tomorrow), ("next_week", today + timedelta(days=7 - today.weekday())),
    ):  # fmt: skip
        if re.search(rf"(?<!\w)(?:{_any(words[key])})(?!\w)", said):
            found.days.add(day)
    first = plain(next(iter(words["till"])))
    for match in re.finditer(rf"(?<!\w)(?:{_any(words['till'])}) ", said):
        rest = with_colon(said[match.end() : match.end() + FAR])
        _take(found, rest, lang, words, today, first)
    return found


def _take(found: _Read, rest: str, lang: str, words: Words, today: date, first: str) -> None:
    """What stands right after "until"."""
    the = rf"(?:{_any(words['the'])}) "
    dated = tokens(f"{first} {re.sub(f'^{the}', '', rest)}", lang, today)[0]
    if dated.kind == "ends":
        found.days.add(dated.value)
        return
    if dated.kind == "vague_date":
        found.days |= {today, today + timedelta(days=1)}  # "until 3/5" is two days
        return
    units = [form for unit in (*MINUTES, *DAYS) for form in words[unit]]
    if re.match(rf"(?:(?:{_any(words['for'])}) )?(?:\d+ ?|[^\W\d]+ )(?:{_any(units)})(?!\w)", rest):
        return  # "in three hours" is no clock time
    number = re.match(
        rf"(?:{the})(\d{{1,2}})(?:{_any(words['th'])})?(?![\w:.])|(\d{{1,2}})(?:{_any(words['th'])})\b", rest
    )
    day = _coming(int(number[1] or number[2]), today) if number else None
    if day is not None:
        found.days.add(day)
        return
    for token in tokens(rest, lang, today):
        if token.kind == "days" and _one_day(token):
            found.days.add(today + timedelta(days=(token.value[0] - today.weekday() - 1) % 7 + 1))
        elif token.kind == "time" and found.minute is None:
            hour, minute, half = token.value
            found.minute = (hour % 12 + (12 if half == "pm" else 0) if half else hour) * 60 + minute
            # Noon and midnight carry no half and need none.
            found.sure = token.sure or bool(re.search(r"[01]\d:", token.text))
        else:
            break


def _one_day(token: Token) -> bool:
    """Not "on Saturdays", nor weekdays."""
    return (
        len(token.value) == 1 and not re.match(r"every|each|todos|cada|los ", token.text) and "days" not in token.text
    )


def _coming(number: int, today: date) -> date | None:
    """The next date, after today, with this day of the month."""
    days = (today + timedelta(days=n) for n in range(1, 63))
    return next((day for day in days if day.day == number), None)


def _next(found: _Read, day: date | None, now: float, zone: str) -> float:
    """The first instant after now at which a clock shows this, on that day where one was said."""
    assert found.minute is not None
    minutes = [found.minute] if found.sure else sorted({found.minute % 720, found.minute % 720 + 720})
    if day is not None:
        return instant(day, minutes[0], zone)
    today, this = local_date(now, zone), local_minute(now, zone)
    later = [minute for minute in minutes if minute > this]
    return instant(today, later[0], zone) if later else instant(today + timedelta(days=1), minutes[0], zone)


def _length(said: str, lang: str, words: Words) -> tuple[int, int] | None:
    """Days or minutes; None where no length is said, or two are."""
    if re.search(rf"(?<!\w)(?:{_any(words['half_hour'])})(?!\w)", said):
        return 0, 30
    found = set[tuple[int, int]]()
    for unit in (*MINUTES, *DAYS):
        pattern = (
            rf"(?<![\w:.])(?:(?P<lead>{_any([*words['for'], *words['lead']])}) )?(?P<count>\d{{1,3}}|[a-z]+|{_any(words['couple'])}) ?"
            rf"(?:{_any(words[unit])})(?!\w)(?! (?:{_any(words['not_so'])})(?!\w))"
        )
        for match in re.finditer(pattern, said):
            count = _count(match["count"], bool(match["lead"]), lang, words)
            if count:
                found.add((count * DAYS.get(unit, 0), count * MINUTES.get(unit, 0)))
    return found.pop() if len(found) == 1 else None


def _count(said: str, led: bool, lang: str, words: Words) -> int | None:
    if said in [plain(one) for one in words["couple"]]:
        return 2
    if said in [plain(one) for one in words["one"]]:
        return 1 if led else None  # "one card a week" is no length
    return count_of(said, lang)


def _any(forms: Iterable[str]) -> str:
    """A pattern for any of them, the longest first."""
    return "|".join(sorted((re.escape(plain(form)) for form in forms), key=len, reverse=True))
