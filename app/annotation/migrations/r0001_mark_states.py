"""How marks are kept on the images: locked, hidden, following a prior's."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.execute(
        "CREATE TABLE mark_state (study_uid TEXT NOT NULL, tracking_uid TEXT NOT NULL,"
        " locked BOOLEAN NOT NULL, hidden BOOLEAN NOT NULL, follows TEXT NOT NULL,"
        " PRIMARY KEY (study_uid, tracking_uid))"
    )
