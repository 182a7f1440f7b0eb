"""When an officer may be asked: weekly slots, holidays, quiet hours, shifts and sleep. Pure; times are seconds since the epoch.

A slot is a local time on weekdays, or a time before the officer's shift. On a local date it happens once or not at all: at its time, or at the
first moment after it on the same date at which this officer may be asked. Where there is none it is left out, and why is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.localtime import DAY_MINUTES, instant, local_date
from bot.training.calendars import is_calendar, is_holiday
from bot.training.intervals import Interval, less, meet, without

MOST_CARDS = 3
MOST_A_WEEK = 2
"""More than this has to be said expressly (the issue's number)."""
SLEEP_SECONDS = 9 * 3600.0
"""After a night tour nobody is asked for so long: the way home and eight hours."""
NIGHT = (0, 5 * 60)
"""A tour that covers two hours or more of this is a night tour; minutes of a day."""
NIGHT_PART = 2 * 3600.0
ABOUT_TO = 3600.0
"""Seconds before a tour in which an officer who is asked "before shift" is awake."""
LEAST_BEFORE, MOST_BEFORE = 5, int(ABOUT_TO) // 60
"""Minutes before a tour at which somebody may be asked."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Local minutes of a day, from and to; `last` at or before `first` is on the next day."""

    first: int
    last: int

    def on(self, day: date, zone: str) -> Interval:
        end = day if self.last > self.first else day + timedelta(days=1)
        return instant(day, self.first, zone), instant(end, self.last, zone)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rota that repeats: the tour of each day from `anchor` on, None where the officer is off."""

    anchor: date
    tours: tuple[Hours | None, ...]

    def tour(self, day: date) -> Hours | None:
        return self.tours[(day - self.anchor).days % len(self.tours)]

    @classmethod
    def fixed(cls, days: Iterable[int], hours: Hours) -> Pattern:
        """The same weekdays every week; 0 is Monday."""
        on = frozenset(days)
        return cls(date(2024, 1, 1), tuple(hours if day in on else None for day in range(7)))  # a Monday

    @classmethod
    def on_off(cls, first: date, on: int, off: int, hours: Hours) -> Pattern:
        """`on` days from `first` with a tour, `off` days without, and again: 4-on-4-off."""
        return cls(first, (hours,) * on + (None,) * off)


@dataclass(frozen=True, slots=True)
class Slot:
    """Weekdays (0 is Monday) at a local minute; None is `before` minutes before the tour that begins on that date."""

    days: frozenset[int]
    minute: int | None
    before: int = 15


@dataclass(frozen=True, slots=True, order=True)
class Pause:
    """Local dates on which nobody is asked, from the first to the last."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a department or a unit set. `holidays`: "US", "US-TX", or "" for none. `window`: minutes after which it is too late. `shifts`: the rota
    of everybody who told none of their own. `pauses`: in order."""

    slots: tuple[Slot, ...]
    zone: str
    starts: date
    ends: date | None = None
    cards: int = 2
    per_week: int = MOST_A_WEEK
    holidays: str = ""
    quiet: Hours = Hours(21 * 60, 7 * 60)
    window: int = 120
    shifts: Pattern | None = None
    pauses: tuple[Pause, ...] = ()

    def pause_on(self, day: date) -> Pause | None:
        return next((pause for pause in self.pauses if day in pause), None)


@dataclass(frozen=True, slots=True)
class Person:
    """What of an officer matters for the time. `pattern`: their own rota, else their unit's. `away`: snoozed, or said to be off duty."""

    pattern: Pattern | None = None
    quiet: Hours | None = None
    away: tuple[Interval, ...] = ()
    paused: bool = False
    on_duty_only: bool = True


@dataclass(frozen=True, slots=True)
class Planned:
    """To be asked from `at` to `until`, the last second at which the question may leave."""

    slot: int
    day: date
    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Skipped:
    """Not asked: holiday, paused, off_duty, no_shifts, quiet, own_quiet, sleep, away. `at`: when it would have been."""

    slot: int
    day: date
    at: float
    reason: str


def problems(schedule: Schedule) -> list[str]:
    """Ids of what is wrong with a schedule; empty where it may stand."""
    found = []
    if not schedule.slots:
        found.append("no_slot")
    if sum(len(slot.days) for slot in schedule.slots) > schedule.per_week:
        found.append("too_many")
    if not 1 <= schedule.cards <= MOST_CARDS:
        found.append("cards")
    if (schedule.ends is not None and schedule.ends < schedule.starts) or any(
        p.last < p.first for p in schedule.pauses
    ):
        found.append("ends_first")
    if not _is_zone(schedule.zone):
        found.append("zone")
    if schedule.holidays and not is_calendar(schedule.holidays):
        found.append("holidays")
    if not all(_within(minute, schedule.quiet) for minute in (NIGHT[0], NIGHT[1] - 1)):
        found.append("night_open")
    if any(slot.minute is not None and _within(slot.minute, schedule.quiet) for slot in schedule.slots):
        found.append("in_quiet")
    return found


def plan(schedule: Schedule, person: Person, first: date, days: int) -> list[Planned | Skipped]:
    """Each slot on each of `days` local dates from `first` on, in order of date and slot."""
    found: list[Planned | Skipped] = []
    for day in (first + timedelta(days=n) for n in range(days)):
        if day < schedule.starts or (schedule.ends is not None and day > schedule.ends):
            continue
        for number, slot in enumerate(schedule.slots):
            if day.weekday() in slot.days:
                found.append(_once(schedule, person, number, slot, day))
    return found


def next_days(schedule: Schedule, now: float, horizon: int = 120) -> Iterator[date]:
    """Dates on which the schedule holds: from today or its first one on, to its last, without holidays and pauses."""
    first = max(local_date(now, schedule.zone), schedule.starts)
    for day in (first + timedelta(days=n) for n in range(horizon)):
        if schedule.ends is not None and day > schedule.ends:
            return
        if schedule.pause_on(day) is None and (not schedule.holidays or not is_holiday(schedule.holidays, day)):
            yield day


def next_planned(schedule: Schedule, person: Person, now: float, count: int = 3, horizon: int = 120) -> list[Planned]:
    """The next occurrences from `now` on, looking at most `horizon` days ahead."""
    found: list[Planned] = []
    day = max(local_date(now, schedule.zone), schedule.starts)
    for _ in range(horizon):
        found += [p for p in plan(schedule, person, day, 1) if isinstance(p, Planned) and p.at >= now]
        if len(found) >= count:
            break
        day += timedelta(days=1)
    return found[:count]


def _once(schedule: Schedule, person: Person, number: int, slot: Slot, day: date) -> Planned | Skipped:
    zone, pattern = schedule.zone, person.pattern
    tours = list(_tours(pattern, day, zone)) if pattern is not None else []
    awake = list(tours)
    midnight = instant(day, 0, zone)
    if slot.minute is not None:
        base = instant(day, slot.minute, zone)
    elif pattern is None:
        return Skipped(number, day, midnight, "no_shifts")
    else:
        own = pattern.tour(day)
        if own is None:
            return Skipped(number, day, midnight, "off_duty")
        start = own.on(day, zone)[0]
        base = max(midnight, start - 60.0 * slot.before)
        tours.append((base, start))  # asked for by name, so it counts as duty
        awake.append((start - ABOUT_TO, start))
    if schedule.holidays and is_holiday(schedule.holidays, day):
        return Skipped(number, day, base, "holiday")
    if person.paused or schedule.pause_on(day) is not None:
        return Skipped(number, day, base, "paused")
    free = [(base, instant(day, DAY_MINUTES, zone))]
    if pattern is not None and person.on_duty_only:
        free = meet(free, tours)
        if not free:
            return Skipped(number, day, base, "off_duty")
    for reason, when in blocked(schedule.quiet, schedule.zone, person, day, awake):
        free = without(free, when)
        if not free:
            return Skipped(number, day, base, reason)
    at, end = free[0]
    return Planned(number, day, at, min(end, at + 60.0 * schedule.window) - 1)


def blocked(
    quiet: Hours, zone: str, person: Person, day: date, awake: list[Interval] | None = None
) -> Iterator[tuple[str, list[Interval]]]:
    """Why and when this officer is not written to around a date. `quiet`: the department's hours. They don't stop who is `awake`: at work by the
    rota they told, or about to be. Everything else does, and so do these hours for whoever told no rota."""
    around = [day + timedelta(days=n) for n in (-1, 0, 1)]
    yield "quiet", less([quiet.on(d, zone) for d in around] if _has_length(quiet) else [], awake or [])
    if person.quiet is not None and _has_length(person.quiet):
        yield "own_quiet", [person.quiet.on(d, zone) for d in around]
    if person.pattern is not None:
        yield "sleep", list(sleep(person.pattern, day, zone))
    if person.away:
        yield "away", list(person.away)


def sleep(pattern: Pattern, day: date, zone: str) -> Iterator[Interval]:
    """Times after night tours that touch a local date."""
    for start, end in _tours(pattern, day, zone):
        if _is_night(start, end, zone):
            yield end, end + SLEEP_SECONDS


def _tours(pattern: Pattern, day: date, zone: str) -> Iterator[Interval]:
    """Tours that begin two days before to the day itself, as intervals."""
    for n in (-2, -1, 0):
        start_day = day + timedelta(days=n)
        tour = pattern.tour(start_day)
        if tour is not None:
            start, end = tour.on(start_day, zone)
            if start < end:
                yield start, end


def _is_night(start: float, end: float, zone: str) -> bool:
    first = local_date(start, zone)
    nights = [Hours(*NIGHT).on(first + timedelta(days=n), zone) for n in (0, 1)]
    return any(min(end, last) - max(start, begin) >= NIGHT_PART for begin, last in nights)


def _has_length(hours: Hours) -> bool:
    """From and to the same means no quiet time, not a whole day of it."""
    return hours.first != hours.last


def _within(minute: int, hours: Hours) -> bool:
    if hours.first <= hours.last:
        return hours.first <= minute < hours.last
    return minute >= hours.first or minute < hours.last


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
