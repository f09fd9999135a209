"""What the header of each object says, kept beside its row; the UID in the files where the archive's own
differs.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add a table and columns; facts of objects that are here are read when their series is opened."""
    for table in ("study", "series", "instance"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN dicom_uid TEXT DEFAULT '' NOT NULL")
        op.execute(f"CREATE INDEX ix_{table}_dicom_uid ON {table} (dicom_uid)")
    op.execute("""
CREATE TABLE object_facts (
    sop_uid TEXT NOT NULL,
    form INTEGER NOT NULL,
    facts BLOB NOT NULL,
    source BLOB NOT NULL,
    PRIMARY KEY (sop_uid),
    FOREIGN KEY(sop_uid) REFERENCES instance (sop_uid)
)
""")
