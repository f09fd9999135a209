"""What the archive keeps beside what it holds: views of the worklist, corrected identities."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from app.storage.column_types import Json, UtcDateTime
from app.storage.table_set import TableSet

metadata = MetaData()

#: filters that a person saved, by name; without a name: the list as the person left it
worklist_view = Table(
    "worklist_view",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)

#: who the patient of a study was said to be, before and after a person corrected it
identity_change = Table(
    "identity_change",
    metadata,
    Column("change_id", Integer, primary_key=True),
    Column("study_uid", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("before", Json, nullable=False),
    Column("after", Json, nullable=False),
)
Index("ix_identity_change_study", identity_change.c.study_uid)

TABLES = TableSet("archive", metadata, Path(__file__).resolve().parent / "migrations", head="0001")
