"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("schema_version", sa.Column("version", sa.Integer, primary_key=True))
    op.create_table(
        "chat",
        sa.Column("chat", sa.String(40), primary_key=True),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("lang", sa.String(2), nullable=True),
        sa.Column("heard", sa.String(2), nullable=True),
        sa.Column("greeted", sa.Integer, nullable=False),
        sa.Column("misses", sa.Integer, nullable=False),
        sa.Column("awaiting", sa.String(12), nullable=True),
        sa.Column("blocked", sa.Integer, nullable=False),
        sa.Column("quiet_minutes", sa.Integer, nullable=False),
        sa.Column("last_seen", sa.Float, nullable=False),
        sa.Column("cleared_at", sa.Float, nullable=True),
    )
    op.create_index("chat_last_seen", "chat", ["last_seen"])
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(24), nullable=False),
        sa.Column("update_id", sa.String(40), nullable=False),
        sa.Column("chat", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=True),
        sa.Column("key_name", sa.String(40), nullable=False),
        sa.Column("received_at", sa.Float, nullable=False),
        sa.Column("urgent", sa.Integer, nullable=False),
        sa.Column("state", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.UniqueConstraint("channel", "update_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("inbox_waiting", "inbox", ["state", sa.text("urgent DESC"), "id"])
    op.create_index("inbox_chat", "inbox", ["chat", "state", "id"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("dedupe", sa.String(64), nullable=False),
        sa.Column("chat", sa.String(40), nullable=False),
        sa.Column("lane", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("not_before", sa.Float, nullable=False),
        sa.Column("not_after", sa.Float, nullable=True),
        sa.Column("lease_until", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", sa.Integer, nullable=False),
        sa.UniqueConstraint("dedupe"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_due", "outbox", ["state", "lane", "id"])
    op.create_index("outbox_chat", "outbox", ["chat", "state", "id"])
    op.create_table(
        "sent",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("chat", sa.String(40), nullable=False),
        sa.Column("message_id", sa.LargeBinary, nullable=False),
        sa.Column("key_name", sa.String(40), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sent_chat", "sent", ["chat"])
    op.create_table(
        "bucket",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.Column("paused_until", sa.Float, nullable=False),
    )
    op.create_table(
        "invitation",
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float, nullable=True),
        sa.Column("used_by", sa.String(40), nullable=True),
        sa.Column("revoked_at", sa.Float, nullable=True),
    )
