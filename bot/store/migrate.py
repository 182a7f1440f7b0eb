"""Which revision a database has, and the steps to the one that this program needs. docs/how-to/change-the-database.md

Alembic runs the steps, inside the transaction of whoever calls: all of them or none. A revision's number stands in two tables:
`alembic_version`, which Alembic reads, and `schema_version`, which the first release reads, so that it refuses what it does not know.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, column, delete, insert, inspect, select, table, update

from bot.store.errors import StoreError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

log = logging.getLogger("waymark.store")
FOLDER = Path(__file__).with_name("migrations")
_FILE = re.compile(r"r(\d{4})_\w+\.py")
_alembic = table("alembic_version", column("version_num"))
_number = table("schema_version", column("version"))
_sequence = table("sqlite_sequence", column("name"), column("seq"))
_master = table("sqlite_master", column("name"))
_made_sequences = _master.c.name == _sequence.name


def revision_id(number: int) -> str:
    """Alembic's name of a revision: four digits."""
    return f"{number:04d}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What stands between a database and this program. `found` is 0 where there are no tables yet."""

    found: int
    needed: int
    recorded: bool
    """Whether Alembic knows the number; not so in a database of the first release, which is then adopted."""

    @property
    def steps(self) -> range:
        """Numbers of the revisions to run, in order."""
        return range(self.found + 1, self.needed + 1)

    @property
    def is_due(self) -> bool:
        return bool(self.steps) or not self.recorded


class Migrations:
    """The revisions in a folder, `r0001_….py` and up. Their numbers run without a gap, one after the other."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    @cached_property
    def newest(self) -> int:
        """Number of the last revision; read off the names of the files, so that a start with nothing to do loads none."""
        return max(int(match[1]) for path in self._folder.iterdir() if (match := _FILE.fullmatch(path.name)))

    @cached_property
    def scripts(self) -> ScriptDirectory:
        from alembic.script import ScriptDirectory  # a quarter of a second, and most starts have nothing to do

        return ScriptDirectory(self._folder, file_template="r%(rev)s_%(slug)s", version_locations=[self._folder])

    def title(self, number: int) -> str:
        """The first line of a revision's docstring."""
        return str(self.scripts.get_revision(revision_id(number)).doc)

    def plan(self, connection: Connection) -> Plan:
        """Reads only. Raises `StoreError` for a database that this program does not know."""
        tables = set(inspect(connection).get_table_names())
        recorded = list(connection.scalars(select(_alembic.c.version_num))) if _alembic.name in tables else []
        numbers = list(connection.scalars(select(_number.c.version))) if _number.name in tables else []
        if not recorded and not numbers:
            if tables & {"chat", "inbox", "outbox", _number.name}:
                raise StoreError(
                    "the database has tables of Waymark, or of the same names, and no version: restore a backup, or set "
                    "WAYMARK_HOME (or WAYMARK_DATABASE_URL) to a place of its own"
                )
            return Plan(0, self.newest, recorded=False)
        found = numbers[0] if numbers else None
        if recorded and recorded != [revision_id(found or 0)]:
            raise StoreError(
                f"the database says that it has version {found} and revision {', '.join(recorded)}: it was changed by "
                "hand or damaged. Restore a backup, or set WAYMARK_HOME (or WAYMARK_DATABASE_URL) to a place of its own"
            )
        if found is None or not 1 <= found <= self.newest:
            raise StoreError(
                f"the database has version {found}, this program needs {self.newest}: start the release of Waymark "
                "that made it, or set WAYMARK_HOME (or WAYMARK_DATABASE_URL) to a place of its own"
            )
        return Plan(found, self.newest, recorded=bool(recorded))

    def run(self, connection: Connection, plan: Plan) -> None:
        """Do what `plan` says, inside the caller's transaction, which holds the lock. Commits nothing; raises `StoreError`."""
        try:
            self._run(connection, plan)
        except Exception as error:
            raise StoreError(
                f"the database could not be brought from version {plan.found} to {plan.needed} ({type(error).__name__}); "
                "nothing was changed. Is another `waymark run` using it, or the disk full? The release before still works"
            ) from error

    def _run(self, connection: Connection, plan: Plan) -> None:
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        scripts, needed = self.scripts, revision_id(plan.needed)
        context = MigrationContext.configure(
            connection,
            opts={
                "fn": lambda found, _: scripts._upgrade_revs(needed, found),  # as Alembic's documentation has it
                "on_version_apply": [_write_number],
                "script": scripts,
            },
        )
        if plan.found and not plan.recorded:
            context.stamp(scripts, revision_id(plan.found))
        before = _sequences(connection)
        with Operations.context(context):
            context.run_migrations()
        _keep_sequences(connection, before)
        for step in plan.steps:
            log.info("the database has revision %d now", step)


def _sequences(connection: Connection) -> dict[str, int]:
    """The last row number that SQLite gave in each table; {} on PostgreSQL, where a table never loses it."""
    if connection.dialect.name != "sqlite" or not connection.scalar(select(_master.c.name).where(_made_sequences)):
        return {}
    return {row.name: row.seq for row in connection.execute(select(_sequence))}


def _keep_sequences(connection: Connection, before: dict[str, int]) -> None:
    """SQLite builds a table anew to change it and then forgets the numbers of deleted rows; none may be given twice."""
    after = _sequences(connection)
    for name, last in before.items():
        if name in after:
            connection.execute(update(_sequence).where(_sequence.c.name == name).values(seq=max(last, after[name])))
        elif inspect(connection).has_table(name):
            connection.execute(insert(_sequence).values(name=name, seq=last))


def _write_number(*, ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
    """Alembic calls this after each step."""
    ctx.connection.execute(delete(_number))
    ctx.connection.execute(insert(_number).values(version=int(step.up_revision_id)))
