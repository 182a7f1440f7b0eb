"""Structured logs: one JSON object a line, without any text or identity. Redaction sits here, so that nobody can forget it."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime

import orjson

_NUMBERS = re.compile(r"\d{6,}")
_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{20,}|/bot[^/\s]+")


class JsonLines(logging.Formatter):
    """Only our own messages keep their words; of anybody else's a level and a place. Long numbers never pass."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.startswith("waymark")
        text = record.getMessage() if ours else f"{record.module}:{record.lineno}"
        row = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "from": record.name,
            "what": _NUMBERS.sub("#", _TOKEN.sub("#", text))[:300],
        }
        if record.exc_info and record.exc_info[0]:
            row["error"] = record.exc_info[0].__name__
        return orjson.dumps(row).decode()


def set_up(level: str) -> None:
    """To standard error, replacing whatever was there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.raiseExceptions = False  # a record that cannot be put into words would print its arguments
    for noisy in ("httpx", "telegram", "apscheduler", "aiohttp.access", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
