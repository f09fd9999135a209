"""A database of an earlier version opens with what it holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from app.audit import GENESIS
from app.storage.audit_head import AuditHead
from app.storage.database import Database
from app.storage.migrations.versions import r0001_first


def test_from_the_first_version(tmp_path: Path) -> None:
    """Studies are kept, a copy is put aside, and no character set is chosen."""
    path = tmp_path / "data" / "station.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.executescript(r0001_first._TABLES)
        old.executescript(r0001_first._GUARDS)
        old.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        old.execute("INSERT INTO alembic_version VALUES ('0001')")
        old.execute(
            "INSERT INTO study (study_uid, patient_name, imported_at) VALUES ('1.2.3', '王^小东', "
            "'2026-01-02T03:04:05+00:00')"
        )
        old.commit()
    AuditHead(path.with_name("audit.head")).begin(GENESIS)
    database = Database(path)
    with database.read() as tx:
        study = tx.studies.study("1.2.3")
        assert study is not None
        assert study.patient.name == "王^小东"
        assert tx.texts.charset("1.2.3") == ""
        assert tx.texts.of_study("1.2.3") == ()
    database.close()
    assert len(list((tmp_path / "backup").glob("station-*.db"))) == 1
