"""Monitors whose pixels were measured."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.execute(
        "CREATE TABLE monitor_calibration (monitor TEXT NOT NULL, px_per_mm FLOAT NOT NULL,"
        " width INTEGER NOT NULL, height INTEGER NOT NULL, saved_at TEXT NOT NULL, PRIMARY KEY (monitor))"
    )
