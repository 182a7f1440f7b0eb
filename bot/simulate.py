"""What a night on call would be like: made-up requests against programs, through the real matching, rota and ladder, on a virtual clock.

How people call and answer is assumed, not measured; every assumption is a field of `Assumptions`, and the rules are the bot's own.
The same seed gives the same result.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.oncall import ladder, matching, rota
from bot.oncall.model import Match, Need, Program, Rung, Shift
from bot.oncall.programs import load
from bot.settings import ROOT

EXAMPLES = ROOT / "content" / "examples" / "programs.yml"
FIRST_DAY = date(2026, 3, 2)
"""A Monday before a change of clocks, so that one lies in every longer run."""
HOUR = 3600.0
_ASKED, _PASSED, _OVER = 0, 2, 3


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Chances are from 0 to 1. The alert of a rung comes up to three times; each time it is heard or not, and from the first time that it
    is heard a lognormal time passes until the tap."""

    hears_by_day: float = 0.75
    hears_by_night: float = 0.55
    """From 23 to 7, in the program's zone."""
    answer_median: float = 40.0
    """Seconds from hearing to the tap."""
    answer_spread: float = 0.8
    """Sigma of the logarithm: 90 % within 2.8 medians."""
    passes: float = 0.08
    """Of who taps, how many pass."""
    misses_test: float = 0.05
    """Of shifts, how many nobody confirms."""
    per_shift: int = 2
    advocates: int = 6
    """Of a program; each shift of eight hours has the next `per_shift` of them."""
    nights_only: float = 0.25
    """Of programs, how many have nobody on call from 8 to 20."""
    yeses: tuple[float, ...] = (0.4, 0.35, 0.25)
    """How many people say yes to one, two, three programs, of those that could be asked."""
    yes_to_police: float = 0.4
    evening: float = 2.0
    """How many times as many people write from 18 to 2 as at other hours."""
    tick: float = 5.0
    """Seconds between two looks of the clock."""
    # of needs
    ages: tuple[tuple[str, float], ...] = (("18_24", 0.45), ("25_59", 0.5), ("60_up", 0.05))
    genders: tuple[tuple[str | None, float], ...] = (("women", 0.75), ("men", 0.1), ("nonbinary", 0.05), (None, 0.1))
    children: tuple[tuple[int, float], ...] = ((0, 0.65), (1, 0.18), (2, 0.11), (3, 0.06))
    pets: tuple[tuple[str, float], ...] = (("none", 0.85), ("small", 0.1), ("large", 0.05))
    needs: tuple[tuple[str, float], ...] = (("medical", 0.08), ("detox", 0.06), ("mobility", 0.04))
    """Each by itself."""
    languages: tuple[tuple[str, float], ...] = (("en", 0.74), ("es", 0.22), ("other", 0.04))
    says_place: float = 0.6
    """How many name a county or city beside the state; half of these one that a program names."""


@dataclass(slots=True)
class Outcome:
    """What came of all requests. Times are seconds from sending."""

    requests: int
    programs: int
    refused: Counter[str] = field(default_factory=Counter)
    """Told at once that nobody can take it now, by the kind that the person hears."""
    no_yes: int = 0
    """Said no to every program that could be asked."""
    answered: list[float] = field(default_factory=list)
    rungs: Counter[int] = field(default_factory=Counter)
    """Advocates asked until one took it."""
    program_number: Counter[int] = field(default_factory=Counter)
    """Which of the programs that she said yes to took it: 1 is the first."""
    ended: list[float] = field(default_factory=list)
    """Nobody took it: when the ladder was over."""

    @property
    def sent(self) -> int:
        return len(self.answered) + len(self.ended)


class Simulation:
    """`programs`: at least one. More than there are entries are copies under further ids."""

    def __init__(self, programs: Sequence[Program], days: int, seed: int, assumed: Assumptions | None = None) -> None:
        if not programs or days < 1:
            raise ValueError("a simulation needs a program and a day")
        self._programs, self._days, self._assumed = list(programs), days, assumed or Assumptions()
        self._random = random.Random(seed)  # noqa: S311  # a simulation, no secret
        self._start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC).timestamp() + 12 * HOUR
        self._places: dict[str, list[str]] = defaultdict(list)
        for region in (r for p in programs for r in p.regions):
            state, _, place = region.partition(":")
            self._places[state] += [place] if place else []
        self._by_hour: dict[int, list[Shift]] = defaultdict(list)
        self._zones = {p.id: ZoneInfo(p.zone) for p in programs}
        self._rotas()

    def run(self, requests: int) -> Outcome:
        found = Outcome(requests, len(self._programs))
        for at in self._times(requests):
            need = self._need()
            matches = matching.matches(need, self._programs, self._on(at), at)
            if not matching.anybody(matches):
                found.refused[matching.kind_of_no(matches) or "duty"] += 1
                continue
            climb = self._agreed(matches)
            if climb:
                self._climb(at, climb, found)
            else:
                found.no_yes += 1
        return found

    # -- who is there ------------------------------------------------------------------------------------------------------

    def _rotas(self) -> None:
        assumed, number = self._assumed, 0
        for index, program in enumerate(self._programs):
            who = [f"{program.id}/{n}" for n in range(assumed.advocates)]
            nights = (index + 1) * assumed.nights_only % 1 < assumed.nights_only and assumed.nights_only > 0
            slots = [(20, 2), (2, 8)] if nights else [(0, 8), (8, 16), (16, 24)]
            turn = 0
            week: dict[int, list[rota.Slot]] = {}
            for weekday in range(7):
                week[weekday] = []
                for first, last in slots:
                    names = tuple(who[(turn + n) % len(who)] for n in range(assumed.per_shift))
                    week[weekday].append(rota.Slot(first * 60, last * 60, names))
                    turn += assumed.per_shift
            weekly = rota.Rota(program.id, program.zone, week)
            for planned in rota.planned(weekly, FIRST_DAY, self._days + 2):
                number += 1
                if self._random.random() >= assumed.misses_test:
                    self._keep(self._shift(number, planned))
        for shifts in self._by_hour.values():
            shifts.sort(key=lambda s: (s.starts_at, s.id))

    def _shift(self, number: int, planned: rota.Planned) -> Shift:
        """Confirmed by a tap on the test alert, which may come after the beginning."""
        tapped = planned.starts_at - rota.AHEAD_SECONDS + min(self._delay(), rota.TEST_SECONDS - 1)
        starts = max(planned.starts_at, tapped)
        return Shift(number, planned.chat, planned.program, starts, planned.ends_at, confirmed_at=tapped)

    def _keep(self, shift: Shift) -> None:
        for hour in range(int(shift.starts_at // HOUR), math.ceil(shift.ends_at / HOUR)):
            self._by_hour[hour].append(shift)

    def _on(self, now: float) -> list[Shift]:
        return rota.on_now(self._by_hour.get(int(now // HOUR), ()), now)

    # -- who asks ----------------------------------------------------------------------------------------------------------

    def _times(self, requests: int) -> list[float]:
        zone, peak = ZoneInfo(self._programs[0].zone), max(1.0, self._assumed.evening)
        times: list[float] = []
        while len(times) < requests:
            at = self._start + self._random.random() * self._days * 24 * HOUR
            hour = datetime.fromtimestamp(at, zone).hour
            weight = self._assumed.evening if hour >= 18 or hour < 2 else 1.0
            if self._random.random() < weight / peak:
                times.append(at)
        return sorted(times)

    def _need(self) -> Need:
        a, chance = self._assumed, self._random.random
        state = self._random.choice(sorted(self._places))
        place = None
        if chance() < a.says_place:
            known = self._places[state]
            place = self._random.choice(known) if known and chance() < 0.5 else "Elsewhere"
        return Need(
            age=self._one(a.ages), state=state, county=place, gender=self._one(a.genders), children=self._one(a.children),
            pets=self._one(a.pets), needs=tuple(n for n, p in a.needs if chance() < p), language=self._one(a.languages),
        )  # fmt: skip

    def _agreed(self, matches: Iterable[Match]) -> list[str]:
        usable = [m.program for m in matches if m.possible]
        willing = [p.id for p in usable if not p.police or self._random.random() < self._assumed.yes_to_police]
        return willing[: self._one(tuple(enumerate(self._assumed.yeses, 1)))]

    def _one(self, of: Sequence[tuple[Any, float]]) -> Any:
        return self._random.choices([value for value, _ in of], [weight for _, weight in of])[0]

    # -- the ladder --------------------------------------------------------------------------------------------------------

    def _climb(self, sent: float, climb: list[str], found: Outcome) -> None:
        rungs: list[Rung] = []
        now, tap, takes = sent, math.inf, False
        while True:
            for act in ladder.step(sent, climb, rungs, self._on(now), now, taken=False):
                match act:
                    case ladder.Ask():
                        until = now + ladder.RUNG_SECONDS
                        again = now + ladder.REPEAT_SECONDS
                        rungs.append(Rung(len(rungs), act.program, act.chat, now, again, until))
                        tap, takes = self._reaction(act.program, now), self._random.random() >= self._assumed.passes
                    case ladder.Again():
                        self._put(rungs, act.rung, again_at=now + ladder.REPEAT_SECONDS)
                    case ladder.Over():
                        self._put(rungs, act.rung, state=_OVER)
                    case ladder.End():
                        found.ended.append(now - sent)
                        return
            open_rung = rungs[-1]
            now = self._next(sent, open_rung, now, tap)
            if now == tap and open_rung.state == _ASKED:
                if takes:
                    found.answered.append(now - sent)
                    found.rungs[len(rungs)] += 1
                    found.program_number[climb.index(open_rung.program) + 1] += 1
                    return
                self._put(rungs, open_rung, state=_PASSED)
                tap = math.inf

    def _next(self, sent: float, rung: Rung, now: float, tap: float) -> float:
        """The tap, or the clock's first look at or after the next thing that is due."""
        ends = [s.ends_at for s in self._on(now) if s.chat == rung.chat and s.program == rung.program]
        due = min(rung.again_at, rung.until, sent + ladder.LADDER_SECONDS, *ends)
        look = sent + math.ceil(max(due - sent, 0.001) / self._assumed.tick) * self._assumed.tick
        return min(tap, look) if tap > now else look

    def _reaction(self, program: str, asked: float) -> float:
        """When the advocate taps; never, if not once heard. A tap after the rung is over finds it over."""
        hour = datetime.fromtimestamp(asked, self._zones[program]).hour
        hears = self._assumed.hears_by_night if hour >= 23 or hour < 7 else self._assumed.hears_by_day
        for alert in range(int(ladder.RUNG_SECONDS // ladder.REPEAT_SECONDS)):
            if self._random.random() < hears:
                tap = asked + alert * ladder.REPEAT_SECONDS + self._delay()
                return tap if tap < asked + ladder.RUNG_SECONDS else math.inf
        return math.inf

    def _delay(self) -> float:
        return self._random.lognormvariate(math.log(self._assumed.answer_median), self._assumed.answer_spread)

    @staticmethod
    def _put(rungs: list[Rung], rung: Rung, **changes: Any) -> None:
        rungs[rungs.index(rung)] = replace(rung, **changes)


def example_programs(count: int | None = None, path: Path = EXAMPLES) -> list[Program]:
    """The fictional programs of a file, or `count` of them: copies under further ids where there are not so many. Raises `FileProblem`."""
    found = load(path.read_text("utf-8"), fictional=True)
    wanted = len(found) if count is None else count
    copies = [p.model_copy(update={"id": f"{p.id}-{n}"}) for n in range(2, 2 + wanted // len(found)) for p in found]
    return [*found, *copies][:wanted]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed; nan where there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def table(found: Outcome) -> list[tuple[str, str]]:
    """Rows of (what, number) to print."""
    told, sent = sum(found.refused.values()), found.sent
    return [
        ("requests", f"{found.requests}"),
        ("programs", f"{found.programs}"),
        ("told at once that nobody can take it now", _share(told, found.requests)),
        *((f"  because of: {kind}", _share(n, found.requests)) for kind, n in found.refused.most_common()),
        ("said no to every program", _share(found.no_yes, found.requests)),
        ("sent", _share(sent, found.requests)),
        ("reached a person", f"{_share(len(found.answered), sent)} of those sent"),
        *((f"  time to the first human, {name}", _clock(quantile(found.answered, q))) for name, q in QUANTILES),
        *((f"  took it as number {n} who was asked", _share(k, sent)) for n, k in sorted(found.rungs.items())),
        *((f"  in program {n} of the person's list", _share(k, sent)) for n, k in sorted(found.program_number.items())),
        ("nobody answered", f"{_share(len(found.ended), sent)} of those sent"),
        *((f"  time until that was known, {name}", _clock(quantile(found.ended, q))) for name, q in QUANTILES),
    ]


QUANTILES = (("half of them within", 0.5), ("90 % within", 0.9), ("99 % within", 0.99), ("the longest", 1.0))


def draw(found: Outcome, path: Path) -> None:
    """Three pictures beside each other, as SVG or PNG by the name of the file. Raises OSError, or ValueError for another kind."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "waymark"
    from matplotlib import pyplot

    if path.suffix not in (".svg", ".png"):
        raise ValueError("the picture must be .svg or .png")
    figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(14, 4.2), layout="constrained")
    minutes = sorted(t / 60 for t in found.answered)
    if found.sent:
        shares = [100 * (n + 1) / found.sent for n in range(len(minutes))]
        left.step([0, *minutes, ladder.LADDER_SECONDS / 60], [0, *shares, shares[-1] if shares else 0], where="post")
    left.set(
        xlabel="minutes since sending",
        ylabel="% of sent requests",
        title="Time to the first human",
        xlim=(0, 15),
        ylim=(0, 100),
    )
    parts = {
        "reached": len(found.answered), "nobody\nanswered": len(found.ended), "nobody fits,\nsaid at once": sum(found.refused.values()),
        "no to every\nprogram": found.no_yes,
    }  # fmt: skip
    middle.bar(list(parts), [100 * n / max(1, found.requests) for n in parts.values()])
    middle.set(ylabel="% of all requests", title="Share reached")
    right.bar(
        [str(n) for n in sorted(found.rungs)], [100 * found.rungs[n] / max(1, found.sent) for n in sorted(found.rungs)]
    )
    right.set(xlabel="advocates asked", ylabel="% of sent requests", title="Climbs of the ladder")
    figure.suptitle(
        f"Simulated: {found.requests} requests, {found.programs} programs. Answer times are assumed, not measured"
    )
    figure.savefig(path, dpi=120, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.1f} %)" if whole else f"{part}"


def _clock(seconds: float) -> str:
    return "-" if math.isnan(seconds) else f"{int(seconds // 60)}:{int(seconds % 60):02d} min"
