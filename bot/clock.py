"""APScheduler is the clock, never the store: a few static ticks in memory, nothing lost when the process dies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

Tick = Callable[[], Awaitable[None]]


def clock(ticks: dict[str, tuple[Tick, float]]) -> AsyncIOScheduler:
    """A scheduler, not yet started. `ticks`: name to (what to do, every how many seconds)."""
    scheduler = AsyncIOScheduler(
        jobstores={"default": MemoryJobStore()},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    for name, (tick, seconds) in ticks.items():
        scheduler.add_job(tick, "interval", seconds=seconds, id=name)
    return scheduler
