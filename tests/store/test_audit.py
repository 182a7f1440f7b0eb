"""The staff log: every way of tampering is found, on both databases, and a year is kept (R61; rulings 23)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from bot.store.audit import Audit
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.schema import audit, audit_head
from tests.store.virtual import VirtualClock

pytestmark = pytest.mark.store
DAY = 86400.0
MONTHS = [datetime(2026, month, 10, 12, tzinfo=UTC).timestamp() for month in (1, 2, 3)]


@pytest.fixture
def log(keys: KeyRing) -> Audit:
    return Audit(keys)


async def _fill(database: Database, log: Audit) -> None:
    """Four rows in each of three months."""
    for month in MONTHS:
        for number, what in enumerate(("sent", "took", "opened", "closed")):
            await database.write(
                lambda c, at=month + number, what=what: log.note(c, "advocate-canary", what, "request-canary", at)
            )


async def _problems(database: Database, log: Audit) -> list[str]:
    return await database.read(log.verify)


async def _do(database: Database, *statements: Any) -> None:
    """Past every function of ours, as somebody with the database would."""
    with database._engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


async def test_r61_an_untouched_log_is_whole_and_holds_no_personal_data(database: Database, log: Audit) -> None:
    assert await _problems(database, log) == []
    await _fill(database, log)
    assert await _problems(database, log) == []
    rows = await database.read(lambda c: c.execute(select(audit)).all())
    assert [row.seq for row in rows] == list(range(1, 13))
    assert "canary" not in repr(rows)
    assert {row.request for row in rows} == {log.request_hash("request-canary")}


@pytest.mark.parametrize("row", [1, 4, 5, 7, 12])
@pytest.mark.parametrize("column", ["at", "actor", "what", "request", "mac", "segment"])
async def test_r61_an_edited_row_is_found(database: Database, log: Audit, row: int, column: str) -> None:
    await _fill(database, log)
    value = {"at": MONTHS[0] + 0.5, "segment": "2026-02" if row < 5 or row > 8 else "2026-01"}.get(column, "f" * 9)
    await _do(database, update(audit).where(audit.c.seq == row).values({column: value}))
    found = await _problems(database, log)
    assert found
    assert any(f"row {row}" in problem for problem in found), found


@pytest.mark.parametrize("row", [1, 2, 4, 5, 8, 9])
async def test_r61_a_removed_row_is_found(database: Database, log: Audit, row: int) -> None:
    await _fill(database, log)
    await _do(database, delete(audit).where(audit.c.seq == row))
    found = await _problems(database, log)
    assert any(f"row {row}: missing" in p or f"ends with row {row - 1}" in p for p in found), found


async def test_r61_a_row_that_was_taken_out_and_closed_over_is_found(database: Database, log: Audit) -> None:
    await _fill(database, log)
    moves = [update(audit).where(audit.c.seq == n).values(seq=n - 1) for n in range(4, 13)]
    await _do(database, delete(audit).where(audit.c.seq == 3), *moves)
    assert await _problems(database, log)


@pytest.mark.parametrize("whole", [True, False])
async def test_r61_reordered_rows_are_found(database: Database, log: Audit, whole: bool) -> None:
    await _fill(database, log)
    if whole:  # with everything they carry
        swap = [update(audit).where(audit.c.seq == a).values(seq=b) for a, b in ((6, 99), (7, 6), (99, 7))]
    else:
        rows = {row.seq: row for row in await database.read(lambda c: c.execute(select(audit)).all())}
        swap = [
            update(audit).where(audit.c.seq == a).values(what=rows[b].what, at=rows[b].at) for a, b in ((6, 7), (7, 6))
        ]
    await _do(database, *swap)
    found = await _problems(database, log)
    assert any("row 6" in p for p in found), found


async def test_r61_a_row_that_was_put_in_is_found(database: Database, log: Audit) -> None:
    await _fill(database, log)
    row = await database.read(lambda c: c.execute(select(audit).where(audit.c.seq == 12)).mappings().one())
    await _do(database, audit.insert().values({**row, "seq": 13}))
    assert any("13" in p for p in await _problems(database, log))
    await _do(database, update(audit).where(audit.c.seq == 13).values(segment="2031-01"))
    assert any("row 13: belongs to no segment" in p for p in await _problems(database, log))


@pytest.mark.parametrize("keep", [0, 1, 4, 6, 8, 11])
async def test_r61_a_cut_off_end_is_found_however_the_head_is_dressed(
    database: Database, log: Audit, keep: int
) -> None:
    heads = []
    for month in MONTHS:  # somebody copies the heads as they go, to put an older one back later
        for number in range(4):
            await database.write(lambda c, at=month + number: log.note(c, "a", "took", "r", at))
            heads.append(await database.read(lambda c: c.execute(select(audit_head)).mappings().all()))
    cut = delete(audit).where(audit.c.seq > keep)
    await _do(database, cut)
    assert await _problems(database, log), "rows alone"
    await _do(database, delete(audit_head).where(audit_head.c.first_seq > keep))
    assert await _problems(database, log), "rows and later heads"
    await _do(
        database, delete(audit_head), *(audit_head.insert().values(dict(h)) for h in (heads[keep - 1] if keep else []))
    )
    found = await _problems(database, log)
    assert found, "rows, and every head as it was then"
    assert "row 12 had been written" in found[-1]
    await database.write(lambda c: log.note(c, "a", "took", "r", MONTHS[-1] + 99))
    assert await _problems(database, log), "nor does writing on cover it"


async def test_r61_a_segment_that_is_gone_whole_is_found(database: Database, log: Audit) -> None:
    await _fill(database, log)
    for segment in ("2026-01", "2026-02", "2026-03"):
        kept = await database.read(
            lambda c, s=segment: (
                c.execute(select(audit).where(audit.c.segment == s)).mappings().all(),
                c.execute(select(audit_head).where(audit_head.c.segment == s)).mappings().all(),
            )
        )
        await _do(database, delete(audit).where(audit.c.segment == segment))
        assert any(segment in p for p in await _problems(database, log)), "only what the key signed as purged is purged"
        await _do(database, delete(audit_head).where(audit_head.c.segment == segment))
        assert await _problems(database, log)
        await _do(
            database, audit_head.insert().values(dict(kept[1][0])), *(audit.insert().values(dict(r)) for r in kept[0])
        )
        assert await _problems(database, log) == []


async def test_r61_a_head_that_was_changed_is_found(database: Database, log: Audit) -> None:
    await _fill(database, log)
    for values in ({"last_seq": 7}, {"first_seq": 4}, {"last_mac": "0" * 64}, {"signature": "0" * 64}):
        before = await database.read(
            lambda c: c.execute(select(audit_head).where(audit_head.c.segment == "2026-02")).mappings().one()
        )
        await _do(database, update(audit_head).where(audit_head.c.segment == "2026-02").values(**values))
        assert any("2026-02: its head was changed" in p for p in await _problems(database, log))
        await _do(database, update(audit_head).where(audit_head.c.segment == "2026-02").values(dict(before)))
    assert await _problems(database, log) == []


async def test_r61_without_the_keys_nobody_writes_a_row_that_passes(
    database: Database, log: Audit, tmp_path: Any, clock: VirtualClock
) -> None:
    await _fill(database, log)
    stranger = Audit(KeyRing(tmp_path / "other", clock))
    await database.write(lambda c: stranger.note(c, "a", "took", "r", MONTHS[-1] + 50))
    assert any("row 13" in p for p in await _problems(database, log))


async def test_r61_two_processes_append_to_one_chain(
    database: Database, log: Audit, many: Callable[[], Database]
) -> None:
    others = [database, many(), many()]

    async def write(store: Database, number: int) -> None:
        for turn in range(6):
            for _ in range(40):
                try:
                    await store.write(lambda c, at=MONTHS[0] + turn: log.note(c, f"a{number}", "took", "r", at))
                    break
                except Exception:
                    await asyncio.sleep(0.02)
            else:
                raise AssertionError("never got the lock")

    await asyncio.gather(*(write(store, number) for number, store in enumerate(others)))
    assert await database.read(lambda c: c.scalar(select(func.count()).select_from(audit))) == 18
    await database.read(log.anchor)
    assert await _problems(database, log) == []


async def test_a_note_of_work_that_failed_is_not_there_and_breaks_nothing(database: Database, log: Audit) -> None:
    await _fill(database, log)

    def fails(c: Any) -> None:
        log.note(c, "a", "took", "r", MONTHS[-1] + 30)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fails)
    assert await _problems(database, log) == []


async def test_r24_the_log_goes_by_closed_months_after_a_year_and_its_signed_heads_stay(
    database: Database, log: Audit
) -> None:
    await _fill(database, log)
    end_of_january = datetime(2026, 2, 1, tzinfo=UTC).timestamp()

    async def rows() -> int:
        return await database.read(lambda c: c.scalar(select(func.count()).select_from(audit)) or 0)

    assert await database.write(lambda c: log.purge(c, end_of_january + 365 * DAY - 1)) == 0
    assert await database.write(lambda c: log.purge(c, end_of_january + 365 * DAY)) == 4
    assert await rows() == 8
    assert await _problems(database, log) == []
    later = datetime(2027, 6, 2, tzinfo=UTC).timestamp()
    assert await database.write(lambda c: log.purge(c, later)) == 4, "the month that is open is not purged"
    assert await database.write(lambda c: log.close_segments(c, later)) == 1
    assert await database.write(lambda c: log.close_segments(c, later)) == 0
    assert await database.write(lambda c: log.purge(c, later)) == 4
    assert await rows() == 0
    assert await _problems(database, log) == []
    heads = await database.read(lambda c: c.execute(select(audit_head).order_by(audit_head.c.segment)).all())
    assert [(h.segment, h.first_seq, h.last_seq) for h in heads] == [
        ("2026-01", 1, 4), ("2026-02", 5, 8), ("2026-03", 9, 12), ("2027-06", 13, 12),
    ]  # fmt: skip
    await database.write(lambda c: log.note(c, "a", "took", "r", later + 1))
    assert await _problems(database, log) == []
    await _do(database, delete(audit_head).where(audit_head.c.segment == "2026-02"))
    assert await _problems(database, log), "a head that is gone is missed, also of a purged month"


async def test_a_clock_that_goes_back_a_month_breaks_nothing(database: Database, log: Audit) -> None:
    await _fill(database, log)
    await database.write(lambda c: log.note(c, "a", "took", "r", MONTHS[0]))
    assert await _problems(database, log) == []


async def test_after_a_backup_was_restored_the_operator_says_so_once(database: Database, log: Audit) -> None:
    await _fill(database, log)
    heads = await database.read(lambda c: c.execute(select(audit_head)).mappings().all())
    for number in range(3):
        await database.write(lambda c, at=MONTHS[-1] + 50 + number: log.note(c, "a", "took", "r", at))
    await _do(
        database,
        delete(audit).where(audit.c.seq > 12),
        delete(audit_head),
        *(audit_head.insert().values(dict(h)) for h in heads),
    )
    assert await _problems(database, log) == [
        "the log ends with row 12, and row 15 had been written: cut off, or an older copy was put back"
    ]
    await database.read(log.accept)
    assert await _problems(database, log) == []
