"""Tables of a node"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "audit",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "change",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("oid", sa.Text(), nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("origin_node", sa.Text(), nullable=False),
        sa.Column("origin_tier", sa.Text(), nullable=False),
        sa.Column("origin_area", sa.Text(), nullable=False),
        sa.Column("origin_epoch", sa.Text(), nullable=False),
        sa.Column("origin_seq", sa.BigInteger(), nullable=False),
        sa.Column("superseded", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_oid"), ["oid"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_superseded_seq"), ["superseded", "seq"], unique=False)

    op.create_table(
        "checkpoint",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "code_list",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("set_id", "version", "list_id", name=op.f("pk_code_list")),
    )
    op.create_table(
        "harvest_log",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_harvest_log")),
    )
    op.create_table(
        "harvest_state",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_harvest_state")),
    )
    op.create_table(
        "idempotency",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_sha256", sa.Text(), nullable=False),
        sa.Column("oid", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "md_standard",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_md_standard")),
    )
    op.create_table(
        "node_state",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_node_state")),
    )
    op.create_table(
        "oid_arc",
        sa.Column("arc", sa.Text(), nullable=False),
        sa.Column("last_tail", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("arc", name=op.f("pk_oid_arc")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    op.create_table(
        "resource",
        sa.Column("oid", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("oid", name=op.f("pk_resource")),
    )
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_resource_state_updated_at"), ["state", "updated_at"], unique=False
        )

    op.create_table(
        "served_record",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("oid", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("data_format", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("security_level", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Text(), nullable=False),
        sa.Column("origin_node", sa.Text(), nullable=False),
        sa.Column("origin_tier", sa.Text(), nullable=False),
        sa.Column("origin_epoch", sa.Text(), nullable=False),
        sa.Column("origin_seq", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_epoch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_served_record")),
        sa.UniqueConstraint("oid", name=op.f("uq_served_record_oid")),
    )
    with op.batch_alter_table("served_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_served_record_area_code"), ["area_code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_served_record_published_at_id"), ["published_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_served_record_source"), ["source"], unique=False)

    op.create_table(
        "tombstone",
        sa.Column("oid", sa.Text(), nullable=False),
        sa.Column("origin_epoch", sa.Text(), nullable=False),
        sa.Column("origin_seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("oid", name=op.f("pk_tombstone")),
    )
    op.create_table(
        "code_item",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id", "version", "list_id"],
            ["code_list.set_id", "code_list.version", "code_list.list_id"],
            name=op.f("fk_code_item_set_id_version_list_id"),
        ),
        sa.PrimaryKeyConstraint("set_id", "version", "list_id", "code", name=op.f("pk_code_item")),
    )
    op.create_table(
        "managed_record",
        sa.Column("oid", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["oid"], ["resource.oid"], name=op.f("fk_managed_record_oid")),
        sa.PrimaryKeyConstraint("oid", name=op.f("pk_managed_record")),
    )
    op.create_table(
        "md_set",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("standard_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["standard_id"], ["md_standard.id"], name=op.f("fk_md_set_standard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_md_set")),
    )
    op.create_table(
        "resource_version",
        sa.Column("oid", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("set_version", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["oid"], ["resource.oid"], name=op.f("fk_resource_version_oid")),
        sa.PrimaryKeyConstraint("oid", "version", name=op.f("pk_resource_version")),
    )
    op.create_table(
        "rv_code",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["served_record.id"], name=op.f("fk_rv_code_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rv_code")),
    )
    with op.batch_alter_table("rv_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rv_code_facet_code_record_id"), ["facet", "code", "record_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rv_code_record_id"), ["record_id"], unique=False)

    op.create_table(
        "rv_text",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["served_record.id"], name=op.f("fk_rv_text_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rv_text")),
    )
    with op.batch_alter_table("rv_text", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rv_text_record_id"), ["record_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_session_token_sha256")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "transition",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("oid", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["oid"], ["resource.oid"], name=op.f("fk_transition_oid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition")),
    )
    with op.batch_alter_table("transition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transition_oid"), ["oid"], unique=False)

    op.create_table(
        "md_set_version",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["md_set.id"], name=op.f("fk_md_set_version_set_id")),
        sa.PrimaryKeyConstraint("set_id", "version", name=op.f("pk_md_set_version")),
    )
    op.create_table(
        "result_set",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("oids", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_result_set_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_set")),
    )
    with op.batch_alter_table("result_set", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_set_session_id"), ["session_id"], unique=False)

    op.create_table(
        "md_element",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id", "version"],
            ["md_set_version.set_id", "md_set_version.version"],
            name=op.f("fk_md_element_set_id_version"),
        ),
        sa.PrimaryKeyConstraint("set_id", "version", "element_id", name=op.f("pk_md_element")),
    )
    _full_text()
    _append_only("audit")


def downgrade() -> None:
    """Back."""
    op.execute("DROP TABLE served_fts")
    op.drop_table("md_element")
    with op.batch_alter_table("result_set", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_set_session_id"))

    op.drop_table("result_set")
    op.drop_table("md_set_version")
    with op.batch_alter_table("transition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transition_oid"))

    op.drop_table("transition")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_expires_at"))

    op.drop_table("session")
    with op.batch_alter_table("rv_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rv_text_record_id"))

    op.drop_table("rv_text")
    with op.batch_alter_table("rv_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rv_code_record_id"))
        batch_op.drop_index(batch_op.f("ix_rv_code_facet_code_record_id"))

    op.drop_table("rv_code")
    op.drop_table("resource_version")
    op.drop_table("md_set")
    op.drop_table("managed_record")
    op.drop_table("code_item")
    op.drop_table("tombstone")
    with op.batch_alter_table("served_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_served_record_source"))
        batch_op.drop_index(batch_op.f("ix_served_record_published_at_id"))
        batch_op.drop_index(batch_op.f("ix_served_record_area_code"))

    op.drop_table("served_record")
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resource_state_updated_at"))

    op.drop_table("resource")
    op.drop_table("person")
    op.drop_table("oid_arc")
    op.drop_table("node_state")
    op.drop_table("md_standard")
    op.drop_table("idempotency")
    op.drop_table("harvest_state")
    op.drop_table("harvest_log")
    op.drop_table("code_list")
    op.drop_table("checkpoint")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_superseded_seq"))
        batch_op.drop_index(batch_op.f("ix_change_oid"))

    op.drop_table("change")
    op.drop_table("audit")


def _full_text() -> None:
    # tokens are made by the program (catalog_client.schema.text); the database only splits at spaces
    op.execute("CREATE VIRTUAL TABLE served_fts USING fts5(title, body, tokenize='ascii')")


def _append_only(table: str) -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, "
            f"'{table} is append-only'); END"
        )
