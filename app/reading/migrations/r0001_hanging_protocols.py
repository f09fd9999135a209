"""Hanging protocols of persons and of the station."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.execute(
        "CREATE TABLE hanging_protocol (owner TEXT NOT NULL, protocol_id TEXT NOT NULL,"
        " document TEXT NOT NULL, saved_at TEXT NOT NULL, PRIMARY KEY (owner, protocol_id))"
    )
