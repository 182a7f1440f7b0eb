"""Departments, officers and cards for tests. Every name is an example."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from bot.store.training_people import People
from bot.store.training_schema import department, member, schedule, unit
from bot.training.model import CardFacts
from bot.training.schedule import Schedule, Slot
from bot.training.schedule_json import dump

ZONE = "America/Chicago"
TOPICS = ("signs", "law", "control", "language", "trauma", "partners")
CARDS = [CardFacts(f"card-{n:03d}", "v1", TOPICS[n % len(TOPICS)], 4, 2) for n in range(120)]
SALT = "example"


def at(text: str) -> float:
    """Seconds since the epoch of a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


MONDAY = at("2026-06-01T12:00")
"""Monday, seven in the morning in Chicago."""


def weekly(days: set[int] | None = None, minute: int | None = 10 * 60, **how: Any) -> Schedule:
    """A slot at ten in the morning on Tuesdays."""
    slot = Slot(frozenset(days or {1}), minute)
    return Schedule(**{"slots": (slot,), "zone": ZONE, "starts": date(2026, 1, 1), **how})


def one_department(c: Connection, people: People, officers: int, now: float, rule: Schedule | None = None) -> str:
    """An example department with a schedule."""
    name = people.add_department(c, "Example Police", ZONE, "en", now)
    people.set_schedule(c, name, None, rule or weekly(), now)
    for number in range(officers):
        people.join(c, f"chat-{name[:6]}-{number}", name, None, "officer", "en", now)
    return name


def large(
    c: Connection, departments: int, officers: int, now: float, rule: Schedule, chats: Sequence[str] | None = None
) -> None:
    """`officers` in `departments`, straight into the tables. `chats`: one for each officer, where messages are to be sent."""
    chats = chats or [f"{n:040x}" for n in range(officers)]
    text = dump(rule)
    places = [
        {"id": f"{n:032x}", "name": "Example", "zone": ZONE, "lang": "en", "holidays": "", "on_duty_only": 1, "ranking": 0,
         "created_at": now} for n in range(departments)
    ]  # fmt: skip
    c.execute(department.insert(), places)
    c.execute(unit.insert(), [{"id": f"u{p['id'][1:]}", "department": p["id"], "name": "Example"} for p in places])
    c.execute(
        schedule.insert(),
        [
            {"whose": p["id"], "department": p["id"], "version": 1, "rule": text, "active": 1, "changed_at": now}
            for p in places
        ],
    )
    c.execute(
        member.insert(),
        [
            {"chat": chats[n], "department": places[n % departments]["id"], "unit": None, "role": "officer", "lang": "en",
             "silences": 0, "planned_to": now, "joined_at": now} for n in range(officers)
        ],
    )  # fmt: skip
