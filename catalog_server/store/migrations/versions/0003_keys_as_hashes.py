"""Idempotency keys as hashes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from catalog_server.store.tables import key_digest

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_idempotency = sa.table("idempotency", sa.column("person_id", sa.Text), sa.column("key", sa.Text))


def upgrade() -> None:
    """Forward."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_idempotency)).all():
        own = sa.and_(_idempotency.c.person_id == row.person_id, _idempotency.c.key == row.key)
        connection.execute(sa.update(_idempotency).where(own).values(key=key_digest(row.key)))


def downgrade() -> None:
    """A hash does not go back."""
