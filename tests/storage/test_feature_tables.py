"""A feature's tables come and change by revisions of their own (app.storage.table_set)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, Text, insert, select

from app.bootstrap.features import FEATURES, tables
from app.errors import BadInput
from app.storage.database import Database
from app.storage.schema import STATION_TABLES
from app.storage.table_set import TableSet
from tests.support.earlier_versions import SIGNED_IN_FORM_1

_REVISION = """
from alembic import op

revision = "{number}"
down_revision = {before!r}


def upgrade():
    op.execute("{sql}")
"""


def _remark(folder: Path, *columns: str) -> TableSet:
    """A feature that keeps remarks: its first revision makes the table, each further one adds a column."""
    folder.mkdir(exist_ok=True)
    metadata = MetaData()
    Table(
        "remark", metadata, Column("study_uid", Text, primary_key=True), *(Column(c, Text) for c in columns)
    )
    steps = ["CREATE TABLE remark (study_uid TEXT PRIMARY KEY)"]
    steps += [f"ALTER TABLE remark ADD COLUMN {column} TEXT" for column in columns]
    before = None
    for n, sql in enumerate(steps, start=1):
        number = f"{n:04d}"
        text = _REVISION.format(number=number, before=before, sql=sql)
        (folder / f"r{number}.py").write_text(text, encoding="utf-8")
        before = number
    return TableSet("remarks", metadata, folder, head=str(before))


def test_a_feature_comes_to_a_station_and_changes(tmp_path: Path) -> None:
    """Its table is made in a database that knew nothing of it; rows live through its next revision, and a
    copy of the database is put aside each time.
    """
    path = tmp_path / "home" / "database" / "y.db"
    Database(path).close()
    first = _remark(tmp_path / "first")
    with closing(Database(path, tables=(first,))) as database, database.write() as tx:
        tx.connection.execute(insert(first.metadata.tables["remark"]).values(study_uid="1.2.3"))
    second = _remark(tmp_path / "second", "text")
    with closing(Database(path, tables=(second,))) as database, database.read() as tx:
        rows = tx.connection.execute(select(second.metadata.tables["remark"])).all()
    assert [tuple(row) for row in rows] == [("1.2.3", None)]
    assert len(list((tmp_path / "home" / "backup").iterdir())) == 2
    Database(path, tables=(second,)).close()
    assert len(list((tmp_path / "home" / "backup").iterdir())) == 2, "nothing was to be done"


def test_features_do_not_meet(tmp_path: Path) -> None:
    """Two features may use the same numbers, and one that is gone leaves the others usable."""
    path = tmp_path / "database" / "y.db"
    remarks = _remark(tmp_path / "revisions")
    Database(path, tables=(*tables(), remarks)).close()
    with closing(sqlite3.connect(path)) as plain:
        found = {
            name: plain.execute(f"SELECT version_num FROM {name}").fetchall()
            for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE name LIKE 'alembic_version%'")
        }
    assert found == {one.version_table: [(one.head,)] for one in (STATION_TABLES, *tables(), remarks)}
    Database(path).close()


def test_a_feature_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "database" / "y.db"
    Database(path, tables=(_remark(tmp_path / "newer", "text"),)).close()
    before = path.read_bytes()
    with pytest.raises(BadInput, match=r"schema remarks 0002; .* up to remarks 0001"):
        Database(path, tables=(_remark(tmp_path / "older"),))
    assert path.read_bytes() == before


def test_an_older_station_gets_what_features_bring(tmp_path: Path) -> None:
    """A station kept from the first signed form: the outbox is there, and found by study."""
    home = SIGNED_IN_FORM_1.unpack(tmp_path / "home")
    path = next((home / "database").glob("*.sqlite3"))
    with (
        closing(Database(path, tables=tables(), audit_head=home / "audit.head")) as database,
        database.read() as tx,
    ):
        plan = tx.connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM outbox WHERE study_uid = 'x'"
        ).all()
    assert "ix_outbox_study" in str(plan)


def test_owners_are_features() -> None:
    assert {one.owner for one in tables()} <= {feature.name for feature in FEATURES}
