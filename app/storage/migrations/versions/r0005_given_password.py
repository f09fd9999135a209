"""Whether a password was given by somebody else, and must be changed by its owner."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add a column; passwords that are there were chosen by their owners."""
    op.execute("ALTER TABLE person ADD COLUMN password_given BOOLEAN DEFAULT 0 NOT NULL")
