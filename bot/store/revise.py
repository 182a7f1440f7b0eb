"""Write the next revision from what `schema.py` says: `python -m bot.store.revise "what it is for"`. For developers.

docs/how-to/change-the-database.md
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, UnaryExpression, create_engine

from bot.store import schema
from bot.store.migrate import FOLDER, Migrations, Plan, revision_id


def compare(connection: Connection, metadata: MetaData = schema.metadata) -> tuple[str, bool]:
    """(Python that brings a database to `metadata`, whether it does anything). Types and server defaults are compared too."""
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext

    def compared(item: Any, _name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        """SQLite does not tell of the order inside an index; the tests compare that in their own way."""
        return not (kind == "index" and connection.dialect.name == "sqlite" and item.name in ordered)

    ordered = {
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if any(isinstance(part, UnaryExpression) for part in index.expressions)
    }
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": True,
            "target_metadata": metadata,
            "include_object": compared,
        },
    )
    steps = produce_migrations(context, metadata).upgrade_ops
    assert steps is not None
    return render_python_code(steps, render_as_batch=True, migration_context=context), not steps.is_empty()


def revise(message: str, folder: Path = FOLDER, metadata: MetaData = schema.metadata) -> Path:
    """The new file, which somebody has to read and mend. Raises ValueError where there is nothing to write."""
    migrations = Migrations(folder)
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            migrations.run(connection, Plan(0, migrations.newest, recorded=False))
        with engine.connect() as connection:
            upgrades, differs = compare(connection, metadata)
    finally:
        engine.dispose()
    if not differs:
        raise ValueError("schema.py says nothing that the revisions do not do already: change it first")
    script = migrations.scripts.generate_revision(revision_id(migrations.newest + 1), message, upgrades=upgrades)
    assert script is not None
    return Path(script.path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m bot.store.revise "what it is for"')
    try:
        path = revise(sys.argv[1])
    except ValueError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{path}\n")
