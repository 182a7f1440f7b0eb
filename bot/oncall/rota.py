"""A weekly rota in a program's zone, and the shifts it means. Local hours stay local hours through daylight saving."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.oncall.model import EARLY_SECONDS, TEST_SECONDS, Shift


@dataclass(frozen=True, slots=True)
class Weekly:
    """One advocate, one day of the week (0 is Monday), local hours. An end not after its start is on the next day."""

    chat: str
    day: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift that is not in the store yet. Times are seconds since the epoch."""

    chat: str
    program: str
    starts_at: float
    ends_at: float


def instant(local: datetime, zone: str) -> float:
    """Seconds since the epoch of a local time without zone. One that does not exist (clocks go forward) is the first instant
    that does; one that comes twice (clocks go back) is the first."""
    place = ZoneInfo(zone)
    late = int(local.replace(tzinfo=place, fold=0).timestamp())
    early = int(local.replace(tzinfo=place, fold=1).timestamp())
    if datetime.fromtimestamp(late, place).replace(tzinfo=None, fold=0) == local:
        return float(late)
    # `late` reads the clock as before the change, `early` as after it: the change lies between them.
    after = datetime.fromtimestamp(late, place).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if datetime.fromtimestamp(middle, place).utcoffset() == after:
            late = middle
        else:
            early = middle
    return float(late)


def shifts(
    weekly: Sequence[Weekly], program: str, zone: str, first: date, days: int, holidays: Collection[date] = ()
) -> list[Planned]:
    """Shifts that begin on `first` or in the days after it, by when they begin, then as they are listed: that is the order in
    which people are asked. None begins on a holiday. A shift that daylight saving leaves no time is none."""
    found: dict[tuple[str, float], Planned] = {}
    for day in (first + timedelta(days=n) for n in range(days)):
        if day in holidays:
            continue
        for turn in weekly:
            if turn.day != day.weekday():
                continue
            last = day if turn.end > turn.start else day + timedelta(days=1)
            starts = instant(datetime.combine(day, turn.start), zone)
            ends = instant(datetime.combine(last, turn.end), zone)
            if starts < ends:
                found.setdefault((turn.chat, starts), Planned(turn.chat, program, starts, ends))
    return sorted(found.values(), key=lambda planned: planned.starts_at)


def overlaps(planned: Iterable[Planned]) -> list[tuple[Planned, Planned]]:
    """Pairs in which one person would be on call twice at once."""
    found, last = [], dict[str, Planned]()
    for one in sorted(planned, key=lambda p: (p.chat, p.starts_at)):
        before = last.get(one.chat)
        if before is not None and one.starts_at < before.ends_at:
            found.append((before, one))
        if before is None or one.ends_at > before.ends_at:
            last[one.chat] = one
    return found


def on(rota: Iterable[Shift], now: float) -> list[Shift]:
    """Who is on call, in the order in which they are asked."""
    return sorted((shift for shift in rota if shift.on(now)), key=lambda shift: (shift.starts_at, shift.id))


def today(zone: str, now: float) -> date:
    return datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).date()


__all__ = ["EARLY_SECONDS", "TEST_SECONDS", "Planned", "Weekly", "instant", "on", "overlaps", "shifts", "today"]
