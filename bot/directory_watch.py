"""The directory while the bot runs: taken anew when its file has changed, and what has grown old reported to the operator (R29)."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

from bot.library.checking import warnings
from bot.library.loading import Library

log = logging.getLogger("waymark.directory")


class Teller(Protocol):
    async def tell(self, message_id: str, **params: Any) -> bool: ...


class DirectoryWatch:
    """Ticks of the clock. None of them raises."""

    def __init__(self, library: Library, alerts: Teller) -> None:
        self._library, self._alerts = library, alerts

    async def refresh(self) -> None:
        """Off the loop, so that a long file holds up nobody (R13)."""
        if await asyncio.to_thread(self._library.directory.refresh):
            log.info("the directory was read: %d entries", len(self._library.directory.entries))
            await self._broken()

    async def look(self) -> None:
        """At start and daily: help lines and entries that nobody has checked for too long, and a file that was not taken."""
        shelf = self._library.directory
        lines = warnings(self._library, shelf.now().date())
        if lines:
            await self._alerts.tell("operator.stale", count=len(lines))
        if shelf.stale():
            for entry in shelf.stale():
                log.info("not checked for %d days: %s", shelf.age(entry), entry.id)
            await self._alerts.tell("operator.directory_stale", count=len(shelf.stale()))
        await self._broken()

    daily = look

    async def _broken(self) -> None:
        problems = self._library.directory.problems
        for line in problems:
            log.warning("directory: %s", line)
        if problems:
            await self._alerts.tell("operator.directory_broken", count=len(problems))
