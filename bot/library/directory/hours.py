"""When a service is open: the schedules of HSDS, which are rules of iCalendar in columns. What is not understood is unknown, never closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.library.directory.fields import TIME, ZONE, day
from bot.library.directory.trees import Row

Open = Literal["open", "closed", "unknown"]
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LONGEST = 366 * 20
"""Days that a rule with a count is followed; beyond, it is not understood."""
# Where a whole state, or all but a sliver that nobody would drive to, keeps one time. Others need a zone in the schedule.
STATE_ZONES = {
    **dict.fromkeys(("CT", "DC", "DE", "GA", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "OH", "PA", "RI", "SC", "VA", "VT", "WV"), "America/New_York"),
    **dict.fromkeys(("AL", "AR", "IA", "IL", "LA", "MN", "MO", "MS", "OK", "WI"), "America/Chicago"),
    **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), "America/Denver"),
    **dict.fromkeys(("CA", "NV", "WA"), "America/Los_Angeles"),
    "HI": "Pacific/Honolulu", "PR": "America/Puerto_Rico", "VI": "America/Puerto_Rico", "GU": "Pacific/Guam", "AS": "Pacific/Pago_Pago",
    "MP": "Pacific/Saipan",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hours:
    """One schedule. `opens` and `closes` are local minutes from midnight; both 0 is the whole day. `zone` None is not known."""

    row: Row
    opens: int
    closes: int
    zone: tzinfo | None

    def on(self, when: date) -> bool | None:
        """Whether the rule has this day; None where it cannot be told."""
        return falls_on(self.row, when)

    def holds(self, when: date) -> bool:
        """Whether the schedule still says anything: after `valid_to` HSDS means "not known", not "closed"."""
        since, until = day(self.row.get("valid_from")), day(self.row.get("valid_to"))
        return (since is None or when >= since) and (until is None or when <= until)


def hours_of(rows: Iterable[Row], states: frozenset[str]) -> tuple[Hours, ...]:
    """The schedules that say when doors open. `states` stand in for a zone where none is given and all keep one time."""
    return tuple(h for h in (_hours(row, states) for row in rows) if h is not None)


def _hours(row: Row, states: frozenset[str]) -> Hours | None:
    opens, own = _minutes(row.get("opens_at"))
    closes, _ = _minutes(row.get("closes_at"))
    if opens is None or closes is None:
        return None
    return Hours(row, opens, closes, own or _zone(row.get(ZONE) or row.get("timezone"), states))


def _minutes(text: Any) -> tuple[int | None, tzinfo | None]:
    found = TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None, None
    minutes = int(found[1]) * 60 + int(found[2])
    offset = found[4]
    if not offset:
        return minutes % 1440, None
    if offset == "Z":
        return minutes % 1440, UTC
    bare = offset[1:].replace(":", "")
    shift = timedelta(hours=int(bare[:2]), minutes=int(bare[2:]))
    return minutes % 1440, timezone(-shift if offset[0] == "-" else shift)


def _zone(given: Any, states: frozenset[str]) -> tzinfo | None:
    if isinstance(given, str):
        try:
            return ZoneInfo(given)
        except (ZoneInfoNotFoundError, ValueError):
            return None
    if isinstance(given, int | float):
        return timezone(timedelta(hours=given))
    zones = {STATE_ZONES.get(state) for state in states}
    only = zones.pop() if len(zones) == 1 else None
    return ZoneInfo(only) if only else None


def falls_on(row: Row, when: date) -> bool | None:
    """Whether a schedule has this day. None for rules that are not read here (`byweekno`, `byyearday`), or that lack what they need."""
    if row.get("byweekno") or row.get("byyearday"):
        return None
    start, until = day(row.get("dtstart")), day(row.get("until"))
    if (start is not None and when < start) or (until is not None and when > until):
        return False
    count = row.get("count")
    if count is not None:
        if start is None or (when - start).days > _LONGEST:
            return None
        before = [_matches(row, start + timedelta(n), start) for n in range((when - start).days + 1)]
        if None in before:
            return None
        return bool(before[-1]) and sum(map(bool, before)) <= count
    return _matches(row, when, start)


def _matches(row: Row, when: date, start: date | None) -> bool | None:
    interval = row.get("interval") or 1
    if interval != 1 and start is None:
        return None
    byday = [part.strip().upper() for part in str(row.get("byday", "")).split(",") if part.strip()]
    if any(part[-2:] not in DAYS for part in byday):
        return None
    if row.get("freq") == "MONTHLY":
        return _monthly(row, when, start, byday, interval)
    if any(part not in DAYS for part in byday):
        return None  # "2MO" belongs to months
    if not byday and row.get("freq") == "WEEKLY":
        byday = [DAYS[start.weekday()]] if start else []
        if not byday:
            return None
    if byday and DAYS[when.weekday()] not in byday:
        return False
    if interval != 1 and start is not None:
        first = DAYS.index(row.get("wkst", "MO"))
        weeks = (_week(when, first) - _week(start, first)).days // 7
        return weeks % interval == 0
    return True


def _week(when: date, first: int) -> date:
    return when - timedelta((when.weekday() - first) % 7)


def _monthly(row: Row, when: date, start: date | None, byday: list[str], interval: int) -> bool | None:
    if interval != 1 and start is not None and ((when.year - start.year) * 12 + when.month - start.month) % interval:
        return False
    days = [part.strip() for part in str(row.get("bymonthday", "")).split(",") if part.strip()]
    length = ((when.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)).day
    if days:
        try:
            wanted = {int(d) if int(d) > 0 else length + 1 + int(d) for d in days}
        except ValueError:
            return None
        return when.day in wanted and (not byday or any(_nth(part, when, length) for part in byday))
    if byday:
        return any(_nth(part, when, length) for part in byday)
    return when.day == start.day if start else None


def _nth(part: str, when: date, length: int) -> bool:
    """Whether a day is the one that "2MO", "-1FR" or "WE" names in its month."""
    if DAYS[when.weekday()] != part[-2:]:
        return False
    which = part[:-2]
    if not which or not which.lstrip("+-").isdigit():
        return not which
    number = int(which)
    return (when.day - 1) // 7 + 1 == number if number > 0 else (length - when.day) // 7 + 1 == -number


def open_at(hours: tuple[Hours, ...], now: datetime) -> Open:
    """`now` is aware. Open where one schedule says so; closed only where every schedule is understood, holds, and has a zone."""
    if not hours:
        return "unknown"
    sure, held = True, False
    for one in hours:
        if one.zone is None:
            sure = False
            continue
        local = now.astimezone(one.zone)
        minute = local.hour * 60 + local.minute
        for back in (0, 1):  # what opened yesterday may close after midnight
            when = local.date() - timedelta(back)
            if not one.holds(when):
                continue
            held = held or back == 0
            on = one.on(when)
            if on is None:
                sure = False
            elif on and _within(one, minute, back):
                return "open"
    return "closed" if sure and held else "unknown"


def _within(one: Hours, minute: int, back: int) -> bool:
    closes = 1440 if one.closes == 1439 else one.closes  # "23:59" is how many say midnight
    if closes <= one.opens:
        closes += 1440
    return one.opens <= minute + 1440 * back < closes


def clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
