"""How people have their worklist, and how patients' identities were corrected."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(
        "CREATE TABLE worklist_view (owner TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,"
        " saved_at TEXT NOT NULL, PRIMARY KEY (owner, name))"
    )
    op.execute(
        "CREATE TABLE identity_change (change_id INTEGER NOT NULL PRIMARY KEY, study_uid TEXT NOT NULL,"
        " at TEXT NOT NULL, person_id TEXT NOT NULL, person_name TEXT NOT NULL, reason TEXT NOT NULL,"
        " before TEXT NOT NULL, after TEXT NOT NULL)"
    )
    op.execute("CREATE INDEX ix_identity_change_study ON identity_change (study_uid)")
