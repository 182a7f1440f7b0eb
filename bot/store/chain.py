"""Rows that are only ever added, each bound to the one before: the staff log (R61), and completions of courses.

Rows stand in segments of a month. A segment has a head: its first and last row and the last row's MAC, signed for what the segment
is: open, closed, or purged. A head is closed at the moment in which the next segment begins, so the newest is always open, and a
segment that somebody took away is missed. What nobody can see from inside the database (all of it gone, or an older state of it put
back) is seen by the anchor: a file beside the keys that names the newest row.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Table, delete, func, select, update

from bot.store.database import after_commit
from bot.store.keys import KeyRing, write_durably

log = logging.getLogger("waymark.audit")
KEPT = 365 * 86400.0
"""Seconds for which the rows of a month are kept after its end (rulings 23)."""
OPEN, CLOSED, PURGED = "open", "closed", "purged"
_BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class _Head:
    segment: str
    first_seq: int
    last_seq: int
    last_mac: str
    signature: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What makes one chain another: tables, columns under the MAC after `seq`, what precedes them there, the file of the anchor,
    PostgreSQL's advisory lock under which one process at a time appends, and the words in which trouble is told."""

    rows: Table
    heads: Table
    fields: tuple[str, ...]
    label: str
    anchor: str
    lock: int
    name: str
    check: str


class Chain:
    """`append` writes a row; nothing but `purge` takes one away."""

    def __init__(self, keys: KeyRing, kind: Kind) -> None:
        self._keys, self._what = keys, kind
        self._rows, self._heads = kind.rows, kind.heads
        self._anchor_file = keys.folder / kind.anchor

    def append(self, c: Connection, now: float, **values: Any) -> int:
        """Returns the row's number. `values`: every column but `seq`, `segment`, `at` and `mac`."""
        self._alone(c)
        head = self._open_segment(c, now)
        row: dict[str, Any] = {"seq": head.last_seq + 1, "segment": head.segment, "at": float(now), **values}
        row["mac"] = self._mac(head.last_mac, row)
        c.execute(self._rows.insert().values(row))
        self._write_head(c, head.segment, head.first_seq, row["seq"], row["mac"], OPEN)
        after_commit(c, f"anchoring {self._what.name}", self.anchor)
        return int(row["seq"])

    def _open_segment(self, c: Connection, now: float) -> _Head:
        """The newest head; that of a new month, where one has begun. A clock that went back changes nothing."""
        month = datetime.fromtimestamp(now, UTC).strftime("%Y-%m")
        last = self._newest(c)
        if last is not None and month <= last.segment:
            return last
        if last is not None:
            self._write_head(c, last.segment, last.first_seq, last.last_seq, last.last_mac, CLOSED)
        seq, mac = (last.last_seq, last.last_mac) if last is not None else (0, _BEGINNING)
        signature = self._signature(OPEN, month, seq + 1, seq, mac)
        head = _Head(month, seq + 1, seq, mac, signature)
        c.execute(
            self._heads.insert().values(
                segment=month, first_seq=seq + 1, last_seq=seq, last_mac=mac, signature=signature
            )
        )
        return head

    def _write_head(self, c: Connection, segment: str, first: int, last: int, mac: str, kind: str) -> None:
        signature = self._signature(kind, segment, first, last, mac)
        values = {"last_seq": last, "last_mac": mac, "signature": signature}
        c.execute(update(self._heads).where(self._heads.c.segment == segment).values(values))

    def _mac(self, before: str, row: Any) -> str:
        fields = [row[name] for name in ("seq", "segment", "at", *self._what.fields)]
        return self._sign("row", before, *fields)

    def _signature(self, kind: str, segment: str, first: int, last: int, mac: str) -> str:
        return self._sign("head", kind, segment, first, last, mac)

    def _sign(self, what: str, *parts: Any) -> str:
        return self._keys.sign(orjson.dumps([f"{self._what.label}{what}", *parts]))

    # -- verifying -----------------------------------------------------------------------------------------------------

    def verify(self, c: Connection) -> list[str]:
        """What is wrong, each with the row or segment it is about; empty where the log is whole."""
        heads = [_Head(**row) for row in c.execute(select(self._heads).order_by(self._heads.c.segment)).mappings()]
        problems: list[str] = []
        seq, mac = 0, _BEGINNING
        for number, head in enumerate(heads):
            kind = self._kind(head)
            if kind is None:
                problems.append(f"segment {head.segment}: its head was changed")
            elif kind == OPEN and number < len(heads) - 1:
                problems.append(f"segment {head.segment}: its head is an older one that was put back")
            elif kind != OPEN and number == len(heads) - 1:
                problems.append(f"segment {head.segment}: what came after it is missing")
            if head.first_seq != seq + 1:
                problems.append(f"segment {head.segment}: begins with row {head.first_seq}, row {seq + 1} was expected")
            problems += self._verify_segment(c, head, kind, mac)
            seq, mac = head.last_seq, head.last_mac
        known = [head.segment for head in heads]
        strays = select(self._rows.c.seq).where(self._rows.c.segment.not_in(known)).order_by(self._rows.c.seq)
        problems += [f"row {stray}: belongs to no segment" for stray in c.scalars(strays)]
        return [*problems, *self._verify_anchor(c, seq)]

    def _verify_segment(self, c: Connection, head: _Head, kind: str | None, mac: str) -> Iterable[str]:
        query = select(self._rows).where(self._rows.c.segment == head.segment).order_by(self._rows.c.seq)
        expected, whole = head.first_seq, True
        for row in c.execute(query).mappings():
            if row["seq"] != expected:
                missing = f"row {expected}" if row["seq"] == expected + 1 else f"rows {expected} to {row['seq'] - 1}"
                yield f"{missing}: missing" if row["seq"] > expected else f"row {row['seq']}: in the wrong segment"
                whole = False
            if not hmac.compare_digest(self._mac(mac, row), row["mac"]) and row["seq"] == expected:
                yield f"row {row['seq']}: changed, or not in its place"
                whole = False
            mac, expected = row["mac"], row["seq"] + 1
        if kind == PURGED and expected == head.first_seq:
            return
        if expected != head.last_seq + 1:
            yield f"segment {head.segment}: ends with row {expected - 1}, its head says {head.last_seq}"
        elif whole and mac != head.last_mac:
            yield f"segment {head.segment}: its last row is not the one that its head names"

    def _verify_anchor(self, c: Connection, last: int) -> Iterable[str]:
        anchored = self._read_anchor()
        if anchored is None:
            return [f"the file {self._what.anchor} beside the keys is missing or was changed"] if last else []
        seq, mac = anchored
        if seq > last:
            return [
                f"the log ends with row {last}, and row {seq} had been written: cut off, or an older copy was put back"
            ]
        found = self._mac_at(c, seq)
        if found is not None and found != mac:
            return [f"row {seq}: not the one that the file {self._what.anchor} names"]
        return []

    def _kind(self, head: _Head) -> str | None:
        for kind in (OPEN, CLOSED, PURGED):
            wanted = self._signature(kind, head.segment, head.first_seq, head.last_seq, head.last_mac)
            if hmac.compare_digest(wanted, head.signature):
                return kind
        return None

    # -- the anchor ----------------------------------------------------------------------------------------------------

    def anchor(self, c: Connection) -> bool:
        """Name the newest row outside of the database, after the commit and by the clock. False where the log does not hold the
        row that was named before: then the old name stays, for `verify` to show."""
        head = self._newest(c)
        if head is None:
            return self._read_anchor() is None
        anchored = self._read_anchor()
        if anchored is not None:
            seq, mac = anchored
            if seq > head.last_seq or self._mac_at(c, seq) not in (mac, None):
                log.error("%s is not the one it was; run `%s`", self._what.name, self._what.check)
                return False
            if seq == head.last_seq:
                return True
        self._write_anchor(head.last_seq, head.last_mac)
        return True

    def accept(self, c: Connection) -> None:
        """Name the newest row whatever was named before: after a backup was restored, by the operator's own command."""
        head = self._newest(c)
        if head is None:
            self._anchor_file.unlink(missing_ok=True)
        else:
            self._write_anchor(head.last_seq, head.last_mac)

    def _write_anchor(self, seq: int, mac: str) -> None:
        signed = self._sign("anchor", seq, mac)
        write_durably(self._anchor_file, orjson.dumps([seq, mac, signed]))

    def _read_anchor(self) -> tuple[int, str] | None:
        """None where there is none, or it is not ours."""
        try:
            seq, mac, signed = orjson.loads(self._anchor_file.read_bytes())
        except (OSError, ValueError):
            return None
        whole = hmac.compare_digest(self._sign("anchor", seq, mac), str(signed))
        return (int(seq), str(mac)) if whole else None

    def _mac_at(self, c: Connection, seq: int) -> str | None:
        """MAC of a row; None where it was purged or is missing, which the chain tells apart."""
        found: str | None = c.scalar(select(self._rows.c.mac).where(self._rows.c.seq == seq))
        return found

    # -- ending --------------------------------------------------------------------------------------------------------

    def close_segments(self, c: Connection, now: float) -> int:
        """Begin this month's segment, which closes the one before, although nobody did anything yet. Returns how many closed."""
        self._alone(c)
        before = self._newest(c)
        if before is None:
            return 0
        return int(self._open_segment(c, now).segment != before.segment)

    def purge(self, c: Connection, now: float) -> int:
        """Drop the rows of closed months that ended a year ago; their signed heads stay. Returns how many rows."""
        self._alone(c)
        gone = 0
        rows = c.execute(select(self._heads).order_by(self._heads.c.segment)).mappings().all()
        for head in (_Head(**row) for row in rows):
            if _end_of(head.segment) > now - KEPT or self._kind(head) != CLOSED:
                continue
            gone += c.execute(delete(self._rows).where(self._rows.c.segment == head.segment)).rowcount
            self._write_head(c, head.segment, head.first_seq, head.last_seq, head.last_mac, PURGED)
        return gone

    def _alone(self, c: Connection) -> None:
        """Until the end of the transaction nobody else appends. SQLite has one writer anyway."""
        if c.dialect.name == "postgresql":
            c.execute(select(func.pg_advisory_xact_lock(self._what.lock)))

    def _newest(self, c: Connection) -> _Head | None:
        query = select(self._heads).order_by(self._heads.c.segment.desc()).limit(1)
        row = c.execute(query).mappings().first()
        return _Head(**row) if row is not None else None


def _end_of(segment: str) -> float:
    year, month = map(int, segment.split("-"))
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()
