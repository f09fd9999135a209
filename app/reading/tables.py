"""What reading keeps in the database: hanging protocols that people made, monitors and their
checks.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Float, Integer, MetaData, Table, Text

from app.storage.column_types import UtcDateTime
from app.storage.table_set import TableSet

metadata = MetaData()

#: `owner` is the id of the person whose protocol it is; empty for one of the station
hanging_protocol = Table(
    "hanging_protocol",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("protocol_id", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)

#: `monitor` is its key (`app.viewing.monitors`); `px_per_mm` holds while it shows `width` × `height` pixels
monitor_calibration = Table(
    "monitor_calibration",
    metadata,
    Column("monitor", Text, primary_key=True),
    Column("px_per_mm", Float, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)

#: `failed` are names of what was not seen, one a line; `deviation` is a share, null without a measurement
display_check = Table(
    "display_check",
    metadata,
    Column("monitor", Text, primary_key=True),
    Column("checked_at", UtcDateTime, primary_key=True),
    Column("person", Text, nullable=False),
    Column("failed", Text, nullable=False),
    Column("deviation", Float),
)

TABLES = TableSet("reading", metadata, Path(__file__).resolve().parent / "migrations", head="0003")
