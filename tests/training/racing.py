"""What one of several planners in processes does; apart, so that a child imports little."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy.exc import OperationalError

from bot.store.database import Database
from bot.training.planner import Planner
from tests.training.making import CARDS


def plan_at_once(url: str, now: float, barrier: Any, results: Any) -> None:
    """Plan until nothing is left; a lock that another holds is waited for, as the clock does by coming again."""
    database = Database(url)
    database.open()
    planner = Planner(database, CARDS)
    if barrier is not None:
        barrier.wait(timeout=60)
    for _ in range(200):
        try:
            done = asyncio.run(planner.tick(now))
        except OperationalError:
            continue
        if results is not None:
            results.put(done.queued)
        break
    database.close()
