"""What annotation keeps in the database beside what features share: how marks are kept on the images."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Boolean, Column, MetaData, Table, Text

from app.storage.table_set import TableSet

metadata = MetaData()

#: one row for a mark that is not like any other
mark_state = Table(
    "mark_state",
    metadata,
    Column("study_uid", Text, primary_key=True),
    Column("tracking_uid", Text, primary_key=True),
    Column("locked", Boolean, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("follows", Text, nullable=False),
)

TABLES = TableSet("annotation", metadata, Path(__file__).resolve().parent / "migrations", head="0001")
