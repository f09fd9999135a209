"""Bytes of texts beyond ASCII, and the character set that a person chose for a study."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add a table and a column."""
    op.execute("ALTER TABLE study ADD COLUMN charset TEXT DEFAULT '' NOT NULL")
    op.execute("""
CREATE TABLE raw_text (
    study_uid TEXT NOT NULL,
    series_uid TEXT NOT NULL,
    name TEXT NOT NULL,
    raw BLOB NOT NULL,
    declared TEXT NOT NULL,
    PRIMARY KEY (study_uid, series_uid, name),
    FOREIGN KEY(study_uid) REFERENCES study (study_uid)
)
""")
