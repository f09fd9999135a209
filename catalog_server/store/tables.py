"""All tables of a node.  A metadata standard is rows here: changing it changes no table (DB13/T 4.9.4)."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(name, metadata, *columns)


def _text(name: str, *, key: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False, server_default=default)


def _number(name: str, *, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=default)


def _serial(name: str) -> sa.Column[int]:
    return sa.Column(
        name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )


# --- the node itself
# ------------------------------------------------------------------------------------------------
node_state = _table("node_state", _text("name", key=True), _text("value"))

# --- metadata repository (4.3.4, 4.6)
# -------------------------------------------------------------------------------
md_standard = _table("md_standard", _text("id", key=True), _text("name_zh"), _text("name_en"))
md_set = _table(
    "md_set", _text("id", key=True), sa.Column("standard_id", sa.ForeignKey("md_standard.id"), nullable=False)
)
md_set_version = _table(
    "md_set_version",
    sa.Column("set_id", sa.ForeignKey("md_set.id"), primary_key=True),
    _text("version", key=True),
    _text("status"),
    _text("description"),  # JSON: names, basis, dimensions
    _text("loaded_at"),
)
md_element = _table(
    "md_element",
    _text("set_id", key=True),
    _text("version", key=True),
    _text("element_id", key=True),
    _text("kind"),
    sa.Column("parent", sa.Text),
    _number("position"),
    _text("attributes"),  # JSON: the eight attributes of 4.6, dimension, pattern, length, code list
    sa.ForeignKeyConstraint(["set_id", "version"], ["md_set_version.set_id", "md_set_version.version"]),
)
code_list = _table(
    "code_list",
    _text("set_id", key=True),
    _text("version", key=True),
    _text("list_id", key=True),
    _text("name_zh"),
    _text("name_en"),
)
code_item = _table(
    "code_item",
    _text("set_id", key=True),
    _text("version", key=True),
    _text("list_id", key=True),
    _text("code", key=True),
    _text("name_zh"),
    _text("name_en"),
    _number("position"),
    sa.ForeignKeyConstraint(
        ["set_id", "version", "list_id"], ["code_list.set_id", "code_list.version", "code_list.list_id"]
    ),
)

# --- identifiers (4.9.3)
# --------------------------------------------------------------------------------------------
oid_arc = _table("oid_arc", _text("arc", key=True), _number("last_tail"))

# --- catalogue content repository (4.2.3): what was catalogued here
# -------------------------------------------------
resource = _table(
    "resource",
    _text("oid", key=True),
    _text("state"),
    _number("version"),
    _text("area_code"),
    _text("created_by"),
    _text("created_at"),
    _text("updated_at"),
    sa.Index(None, "state", "updated_at"),
)
resource_version = _table(
    "resource_version",
    sa.Column("oid", sa.ForeignKey("resource.oid"), primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    _text("set_id"),
    _text("set_version"),
    _text("document"),  # canonical JSON: the truth
    _text("sha256"),
    _text("title"),
    _text("author"),
    _text("reason"),
    _text("at"),
)
transition = _table(
    "transition",
    _serial("id"),
    sa.Column("oid", sa.ForeignKey("resource.oid"), nullable=False, index=True),
    _number("version"),
    _text("from_state"),
    _text("to_state"),
    _text("actor"),
    _text("at"),
    _text("comment"),
)

# --- content management repository (4.2.4): what passed review
# ------------------------------------------------------
managed_record = _table(
    "managed_record",
    sa.Column("oid", sa.ForeignKey("resource.oid"), primary_key=True),
    _number("version"),
    _text("document"),
    _text("sha256"),
    _text("reviewed_by"),
    _text("reviewed_at"),
)

# --- content service repository (4.2.5): what is published here, own and harvested; discovery reads only this
# --------
served_record = _table(
    "served_record",
    _serial("id"),
    sa.Column("oid", sa.Text, nullable=False, unique=True),
    _number("version"),
    _text("document"),
    _text("sha256"),
    _text("title"),
    _text("abstract"),
    _text("category_code"),
    _text("data_format"),
    _text("organization"),
    _number("security_level"),
    _text("area_code"),
    _text("published_at"),
    _text("origin_node"),
    _text("origin_tier"),
    _text("origin_epoch"),
    _number("origin_seq"),
    _text("source"),  # "" own, else the child it came from
    _text("source_epoch"),
    sa.Index(None, "published_at", "id"),
    sa.Index(None, "area_code"),
    sa.Index(None, "source"),
    sa.Index(None, "origin_node", "source"),
)
rv_text = _table(
    "rv_text",
    _serial("id"),
    sa.Column("record_id", sa.ForeignKey("served_record.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("element_id"),
    _number("position"),
    _text("value"),
)
rv_code = _table(
    "rv_code",
    _serial("id"),
    sa.Column("record_id", sa.ForeignKey("served_record.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("facet"),
    _text("code"),
    sa.Index(None, "facet", "code", "record_id"),
)

# --- exchange (4.4)
# -------------------------------------------------------------------------------------------------
change = _table(
    "change",
    _serial("seq"),
    sa.Column("oid", sa.Text, nullable=False, index=True),
    _text("op"),
    _text("at"),
    _text("origin_node"),
    _text("origin_tier"),
    _text("origin_area"),
    _text("origin_epoch"),  # "" while the change is our own: it counts under the epoch in force
    _number("origin_seq"),  # 0 while the change is our own: its seq
    sa.Column("superseded", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index(None, "superseded", "seq"),
)
tombstone = _table(
    "tombstone",
    _text("oid", key=True),
    _text("origin_epoch"),
    _number("origin_seq"),
    _text("at"),
    _text("origin_node", default=""),  # "" of a tombstone of before this was kept
)
checkpoint = _table(
    "checkpoint",
    _text("source", key=True),
    _text("epoch"),
    _number("seq"),
    _number("complete"),  # 1 once the epoch was read to its end: from then on only what is new is asked
)
harvest_log = _table(
    "harvest_log",
    _serial("id"),
    _text("source"),
    _text("at"),
    _number("applied"),
    _number("withdrawn"),
    _number("skipped"),
    _number("refused"),
    _text("error"),
)
#: nodes below that announced themselves; only those `admitted` are read
child = _table(
    "child",
    _text("node_id", key=True),
    _text("url"),
    _text("tier"),
    _text("area_code"),
    _text("state"),
    _text("at"),
)
harvest_state = _table(
    "harvest_state",
    _text("url", key=True),
    _text("source"),
    _text("area_code"),
    _text("checked_at"),
    _text("error"),
)

# --- people, sessions, audit
# ----------------------------------------------------------------------------------------
person = _table(
    "person",
    _text("id", key=True),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    _text("name"),
    _text("roles"),
    _text("area_code"),
    _text("secret"),
    _number("failures"),
    _text("locked_until"),
    sa.Column("active", sa.Boolean, nullable=False),
)
session = _table(
    "session",
    _text("id", key=True),
    sa.Column("token_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("person_id", sa.ForeignKey("person.id")),
    _text("opened_at"),
    sa.Column("expires_at", sa.Text, nullable=False, index=True),
)
result_set = _table(
    "result_set",
    _text("id", key=True),
    sa.Column("session_id", sa.ForeignKey("session.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("name"),
    _text("oids"),  # JSON list in the order found
    _text("made_at"),
)
idempotency = _table(
    "idempotency",
    _text("person_id", key=True),
    _text("key", key=True),
    _text("request_sha256"),
    _text("oid"),
    _text("at"),
)


def key_digest(key: str) -> str:
    """What is kept of an idempotency key: a station may make it of a study's number."""
    return hashlib.sha256(key.encode("utf-8")).hexdigest()


audit = _table(
    "audit",
    _serial("seq"),
    _text("at"),
    _text("actor"),
    _text("action"),
    _text("object"),
    _text("outcome"),
    _text("detail"),
    _text("prev_hash"),
    _text("hash"),
)
