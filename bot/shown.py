"""Words that are made when they are sent and not before, because they rest on rows (decision 0010)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.library.replies import Rendered


@dataclass(frozen=True, slots=True)
class Shown:
    """`stays`: seconds until the message has to go; `done`: what to write once it was sent."""

    rendered: Rendered
    stays: float | None = None
    done: Callable[[Connection], None] | None = None
