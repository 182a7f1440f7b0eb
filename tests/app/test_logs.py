"""Logs: no text, no long numbers, no token, whoever writes them (R20, R21)."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logs import JsonLines, set_up

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


def line(name: str, message: str, *args: Any, error: BaseException | None = None) -> dict[str, Any]:
    info = (type(error), error, None) if error else None
    record = logging.LogRecord(name, logging.ERROR, "/x/module.py", 7, message, args, info)
    found: dict[str, Any] = json.loads(JsonLines().format(record))
    return found


def test_a_line_is_json_with_level_place_and_words() -> None:
    row = line("waymark.worker", "handling failed: %s", "KeyError")
    assert (row["level"], row["from"], row["what"]) == ("ERROR", "waymark.worker", "handling failed: KeyError")
    assert row["at"].endswith("+00:00")


def test_of_others_only_the_place_is_kept() -> None:
    row = line("telegram.ext", "Update %s of %s", "he took my passport", "777000123456")
    assert row["what"] == "module:7"


def test_of_an_exception_only_the_kind_is_kept() -> None:
    row = line("waymark.x", "failed", error=ValueError("he took my passport"))
    assert row["error"] == "ValueError"
    assert "passport" not in json.dumps(row)


@pytest.mark.parametrize(
    "text",
    [
        f"token {TOKEN}",
        f"https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"/bot{TOKEN}",
        f"file/bot{TOKEN}/x",
        f"a{TOKEN}b",
    ],
)
def test_a_token_never_passes(text: str) -> None:
    words = line("waymark.x", text)["what"]
    assert "AAHdqTcv" not in words
    assert "123456789" not in words


@given(number=st.integers(100_000, 10**15), before=st.text("ab -#:", max_size=3), after=st.text("ab -#:", max_size=3))
@settings(derandomize=True, deadline=None, max_examples=80, database=None)
def test_a_long_number_never_passes(number: int, before: str, after: str) -> None:
    assert str(number) not in line("waymark.x", f"chat {before}{number}{after}")["what"]


def test_a_long_message_is_cut() -> None:
    assert len(line("waymark.x", "word " * 500)["what"]) <= 300


def test_nothing_that_a_program_can_do_wrong_prints_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record with the wrong number of arguments makes Python print them to standard error."""
    before, level, raising = list(logging.root.handlers), logging.root.level, logging.raiseExceptions
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    try:
        set_up("DEBUG")
        logging.getLogger("waymark.x").error("%s and %s", "he took my passport")
        logging.getLogger("other").error("%d", "he took my passport")
        logging.getLogger("waymark.x").info("fine")
        for noisy in ("telegram", "aiohttp.access", "httpx"):
            logging.getLogger(noisy).info("https://api.telegram.org/bot%s/getMe", TOKEN)
    finally:
        logging.root.handlers[:] = before
        logging.root.setLevel(level)
        logging.raiseExceptions = raising
    assert "passport" not in stream.getvalue()
    assert "AAHdq" not in stream.getvalue()
    assert "fine" in stream.getvalue()
    assert all(json.loads(row) for row in stream.getvalue().splitlines())
