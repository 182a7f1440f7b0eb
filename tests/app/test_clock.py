"""APScheduler is the clock, never the store (design, decision 6)."""

from __future__ import annotations

import asyncio

from apscheduler.jobstores.memory import MemoryJobStore

from bot.clock import clock


async def test_ticks_are_few_static_and_in_memory_alone() -> None:
    async def tick() -> None:
        return

    scheduler = clock({"purge": (tick, 300), "quiet": (tick, 60)})
    scheduler.start(paused=True)
    try:
        jobs = {job.id: job for job in scheduler.get_jobs()}
        assert set(jobs) == {"purge", "quiet"}
        assert isinstance(scheduler._jobstores["default"], MemoryJobStore)
        for job in jobs.values():
            assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, None)
    finally:
        scheduler.shutdown(wait=False)


async def test_a_tick_that_fails_comes_again_and_harms_no_other() -> None:
    seen: list[str] = []

    async def fails() -> None:
        seen.append("fails")
        raise RuntimeError("words")

    async def works() -> None:
        seen.append("works")

    scheduler = clock({"fails": (fails, 0.05), "works": (works, 0.05)})
    scheduler.start()
    async with asyncio.timeout(10):
        while seen.count("fails") < 2 or seen.count("works") < 2:
            await asyncio.sleep(0.02)
    scheduler.shutdown(wait=False)


async def test_a_slow_tick_is_never_run_twice_at_once() -> None:
    under_way, most = 0, 0

    async def slow() -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.15)
        under_way -= 1

    scheduler = clock({"slow": (slow, 0.03)})
    scheduler.start()
    await asyncio.sleep(0.4)
    scheduler.shutdown(wait=False)
    await asyncio.sleep(0.2)
    assert most == 1
