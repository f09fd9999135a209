"""Tombstones know their origin; who admitted itself waits for a person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_child = sa.table("child", *(sa.column(name, sa.Text) for name in ("node_id", "url", "state")))
_audit = sa.table("audit", *(sa.column(name, sa.Text) for name in ("action", "object", "outcome")))


def upgrade() -> None:
    """Forward."""
    op.add_column("tombstone", sa.Column("origin_node", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_served_record_origin_node_source", "served_record", ["origin_node", "source"])
    by_a_person = sa.exists().where(
        _audit.c.action == "child.decide",
        _audit.c.outcome == "admitted",
        _audit.c.object.in_([_child.c.node_id, _child.c.url]),
    )
    op.execute(sa.update(_child).where(~by_a_person).values(state="waiting"))


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_served_record_origin_node_source", "served_record")
    with op.batch_alter_table("tombstone") as table:
        table.drop_column("origin_node")
