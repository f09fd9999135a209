"""The directory's own tables.  Revision 0001 of the station made them, before features had revisions."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Table, Text

from app.storage.column_types import Json, UtcDateTime, text_column
from app.storage.table_set import TableSet

metadata = MetaData()


outbox = Table(
    "outbox",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("study_uid", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("document", Json, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    text_column("last_error"),
    Column("last_try_at", UtcDateTime),
    Column("given_up", Boolean, nullable=False, server_default="0"),
    text_column("identifier"),
    text_column("state"),
    Column("sent_at", UtcDateTime),
)

Index("ix_outbox_study", outbox.c.study_uid)

directory_link = Table(
    "directory_link",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("study_uid", Text, nullable=False),
    Column("record_version", Integer, nullable=False),
    text_column("state"),
    Column("linked_at", UtcDateTime, nullable=False),
)
Index("ix_directory_link_study", directory_link.c.study_uid)

TABLES = TableSet("directory", metadata, Path(__file__).resolve().parent / "migrations", head="0001")
