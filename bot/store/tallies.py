"""Counts for reports: a month, what is counted, of which kind. Never who. Functions of a connection."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.schema import tally


def count(connection: Connection, now: float, what: str, kind: str, by: int = 1) -> None:
    """One more (or `by`) of a kind in the month of `now`, UTC."""
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(tally)
    row = {"month": month(now), "what": what, "kind": kind, "count": by}
    more = insert.on_conflict_do_update(
        index_elements=["month", "what", "kind"], set_={"count": tally.c["count"] + insert.excluded["count"]}
    )
    connection.execute(more, row)


def read(connection: Connection) -> dict[tuple[str, str, str], int]:
    """All counts by (month as YYYY-MM, what, kind). Whoever shows them suppresses small cells (R27)."""
    query = select(tally).order_by(tally.c.month, tally.c.what, tally.c.kind)
    return {(row.month, row.what, row.kind): row[3] for row in connection.execute(query)}


def month(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m")
