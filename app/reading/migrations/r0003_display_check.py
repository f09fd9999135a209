"""Monitors whose picture was looked at."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.execute(
        "CREATE TABLE display_check (monitor TEXT NOT NULL, checked_at TEXT NOT NULL, person TEXT NOT NULL,"
        " failed TEXT NOT NULL, deviation FLOAT, PRIMARY KEY (monitor, checked_at))"
    )
