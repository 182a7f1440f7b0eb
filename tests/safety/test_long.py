"""The longest message that is read does not hold up the next one: what is done for 10,000 characters grows with their number and no
faster. Counted are calls, which no busy machine changes; the milliseconds are in `make bench` (aim 200)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from nlu.text import MAX_CHARS
from tests.bench.reading import LONG, message, reader

READ = reader()


def _calls(text: str) -> int:
    """Functions entered while the text is read, in Python or in C."""
    count = 0

    def entered(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before: Callable[..., Any] | None = sys.getprofile()
    sys.setprofile(entered)
    try:
        READ(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", LONG)
def test_r63_ten_times_the_text_is_ten_times_the_work(name: str) -> None:
    long = message(LONG[name])
    assert len(long) == MAX_CHARS
    assert _calls(long) <= 12 * _calls(long[: MAX_CHARS // 10]) + 500


def test_r63_what_is_past_the_limit_is_no_work() -> None:
    text = message(LONG["a story"])
    assert _calls(text * 5) <= 2.2 * _calls(text)


def test_the_count_sees_work() -> None:
    assert _calls(LONG["a story"]) > _calls("") > 0
