"""An event loop whose clock jumps to the next timer as soon as nothing else happens (rulings 5): deadlines are tested to
the millisecond and cost no time. Sockets on the loopback are real, and are given a moment before the clock jumps."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
MOMENT = 0.02
"""Real seconds within which the loopback delivers what was sent on it."""


class _Patient(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Waits a moment for real events; then lets the loop's clock make up for the rest."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        events = super().select(MOMENT)
        if not events:
            self._jump(timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._now = 1000.0
        super().__init__(_Patient(self._advance))

    def _advance(self, seconds: float) -> None:
        self._now += seconds

    def time(self) -> float:
        return self._now


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, float]:
    """The result, and how many virtual seconds it took."""
    loop = VirtualLoop()

    async def timed() -> tuple[T, float]:
        started = loop.time()
        result = await main()
        return result, loop.time() - started

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(timed())
