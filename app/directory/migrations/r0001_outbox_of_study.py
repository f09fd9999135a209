"""What was registered of one study is found without reading everything ever registered."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Index the outbox by study."""
    op.execute("CREATE INDEX ix_outbox_study ON outbox (study_uid)")
