"""Certificates of signing keys, and seals of audit events."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

_CERTIFICATE = """
CREATE TABLE certificate (
    fingerprint TEXT NOT NULL,
    person_id TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    der BLOB NOT NULL,
    revoked_at TEXT,
    PRIMARY KEY (fingerprint)
)
"""


def upgrade() -> None:
    """Add a column, a table and two indexes; keys that are there are certified when the station opens."""
    op.execute("ALTER TABLE audit ADD COLUMN seal TEXT DEFAULT '' NOT NULL")
    op.execute("CREATE INDEX ix_audit_subject ON audit (subject, seq)")
    op.execute(_CERTIFICATE)
    op.execute("CREATE INDEX ix_certificate_person ON certificate (person_id)")
