"""Units as buttons, officers as lines, a page at a time: Telegram takes no more than a hundred buttons, nor ten thousand bytes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from bot.training.command import number_in
from bot.training.rooms import Ask

PER_PAGE = 20
MARK = "~"
"""Stands before the number of a page where the id of a unit could stand."""
T = TypeVar("T")


def page_in(value: str) -> int | None:
    """The page that a payload names with `MARK`; None where it names something else."""
    return (number_in(value[1:]) or 0) if value.startswith(MARK) else None


def paged(ask: Ask, rows: Sequence[T], more: str) -> tuple[Sequence[T], list[tuple[str, str]]]:
    """What stands on the page `ask.params["page"]`, and the button to the next one, if any; `more` is its payload without the number."""
    page = min(int(ask.params.get("page") or 0), max(0, (len(rows) - 1) // PER_PAGE))
    left = len(rows) > (page + 1) * PER_PAGE
    button = [(ask.word("more"), f"{more}{page + 1}")] if left else []
    return rows[page * PER_PAGE : (page + 1) * PER_PAGE], button
