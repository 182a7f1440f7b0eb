"""The times of a department or unit as the operator changes them: new words, or one thing of what stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from bot import department_words
from bot.department_store import Desk, change
from bot.localtime import local_date
from bot.settings import Settings
from bot.store import training_departments as table
from bot.store.errors import NotThere
from bot.training.rotas import tour_of
from bot.training.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Changes:
    """What was said of times; None for what stays. `holidays`: "" for none. `late` in minutes. `shifts` in words, `first` the first day of a round."""

    words: str | None = None
    zone: str | None = None
    holidays: str | None = None
    quiet: str | None = None
    late: int | None = None
    cards: int | None = None
    shifts: str | None = None
    first: str | None = None

    @property
    def place(self) -> bool:
        """Whether it says where the department is."""
        return self.zone is not None or self.holidays is not None

    @property
    def nothing(self) -> bool:
        return self == Changes()


def rule(base: Schedule | None, place: Any, said: Changes, now: float, often: bool = False) -> Schedule | None:
    """What stands with what was said of it; shifts, quiet hours, lateness and cards stay where nothing is said of them. None where there are no times yet and
    only the place changes. Raises `NotThere` for what may not stand."""
    zone = said.zone or (base.zone if base is not None else place.zone)
    holidays = said.holidays if said.holidays is not None else base.holidays if base is not None else place.holidays
    if said.words is not None:
        made = department_words.schedule(said.words, zone, place.lang, holidays, now, often, base)
    elif base is not None:
        made = replace(base, zone=zone, holidays=holidays)
    elif said == Changes(zone=said.zone, holidays=said.holidays):
        return None
    else:
        raise NotThere(f"no schedule is set yet: say when as well, like {department_words.EXAMPLE}")
    more: dict[str, Any] = {"window": said.late, "cards": said.cards, "quiet": _quiet(said.quiet)}
    made = replace(made, **{name: value for name, value in more.items() if value is not None})
    if said.shifts is not None:
        rota = department_words.shifts(said.shifts, place.lang, said.first, local_date(now, zone))
        made = replace(made, shifts=rota)
    elif said.first is not None:
        raise NotThere("--from is the first day of a round: say the round as well, with --shifts")
    return department_words.good(made)


def paused(base: Schedule | None, place: Any, unit: str | None, words: str, now: float) -> Schedule | None:
    """What stands, with a pause for as long as the words say; None for one without an end. Raises `NotThere`."""
    if base is None:
        raise NotThere(f"{unit or place.name} has no schedule of its own: `waymark department schedule` sets one")
    return department_words.paused(words, place.lang, base, now)


def _quiet(text: str | None) -> Any:
    found = tour_of(text) if text is not None else None
    if text is not None and found is None:
        raise NotThere(f"{text!r} is no span of hours: write it as 21:00-07:00")
    return found


async def save(settings: Settings, named: str, unit: str | None, rule: Schedule | None, said: Changes) -> None:
    """The schedule, and of the whole department where it is: its new units begin so. One transaction; what was planned by the old goes."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> None:
        unit_id = desk.unit(c, place, unit).id if unit is not None else None
        if said.place and unit is None:
            zone = said.zone or place.zone
            desk.people.set_place(c, place.id, zone, said.holidays if said.holidays is not None else place.holidays)
        if rule is not None:
            row = table.rule_of(c, unit_id or place.id)
            on = (
                row is None or said.words is not None or bool(row.active)
            )  # what is paused stays so until new times are set
            desk.people.set_schedule(c, place.id, unit_id, rule, now, active=on)

    await change(settings, named, "schedule_set", work)


async def save_pause(settings: Settings, named: str, unit: str | None, rule: Schedule) -> None:
    """A schedule with a pause that has an end: it goes on by itself then, also where it was paused without one."""

    def work(desk: Desk, c: Connection, place: Any, now: float) -> None:
        unit_id = desk.unit(c, place, unit).id if unit is not None else None
        desk.people.set_schedule(c, place.id, unit_id, rule, now)

    await change(settings, named, "schedule_pause", work)
