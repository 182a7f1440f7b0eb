"""what records say"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_SINCE = {
    "sqlite": "UPDATE department SET ranking_since = CAST(strftime('%s', 'now') AS REAL) WHERE ranking = 1",
    "postgresql": "UPDATE department SET ranking_since = extract(epoch from now()) WHERE ranking = 1",
}
"""Where a list by officer is on already, it was said to leave single answers out: what was answered until now stays unseen."""


def upgrade() -> None:
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ranking_since", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("instructor", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.add_column(sa.Column("completion", sa.Integer(), nullable=True))
    op.execute(_SINCE[op.get_bind().dialect.name])
