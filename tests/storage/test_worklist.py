"""What the worklist asks of the database: who is found, in which order, and how many."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.study import Patient, Study
from app.domain.worklist import Narrowing, Stage, Urgency, WorklistColumn, WorklistQuery, WorklistReader
from app.storage import tables
from app.storage.database import Database
from app.storage.migrations.versions import r0001_first
from app.storage.search_text import name_key, search_text
from tests.support.archive_rows import a_series, a_study, instances

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
READER = WorklistReader("p-1", NOW)


def _file(database: Database, *studies: Study, imported_at: datetime = NOW, modality: str = "CT") -> None:
    with database.write() as tx:
        for study in studies:
            series = a_series(study, f"{study.study_uid}.1", modality)
            tx.studies.add(study, series, instances(series, 1), imported_at=imported_at)


def _set(database: Database, uid: str, **values: object) -> None:
    with database.write() as tx:
        tx.connection.execute(tables.study.update().where(tables.study.c.study_uid == uid).values(**values))


def _found(database: Database, reader: WorklistReader = READER, **asked: object) -> list[str]:
    with database.read() as tx:
        keys = tx.worklist.keys(WorklistQuery(**asked), reader)  # type: ignore[arg-type]
        rows = tx.studies.rows_at(keys)
        return [str(rows[key].study.study_uid) for key in keys]


def _people(database: Database) -> None:
    """1: an old one of 王, 2: one of 李 of today, 3: one that says nothing."""
    old, today = datetime(2026, 11, 20, 9, 30), datetime(2026, 11, 28, 8)  # noqa: DTZ001  as devices write
    _file(database, a_study("1", "Wang^X=王^小东", patient_id="P1", started_at=old, body_part="CHEST"))
    _file(
        database,
        a_study("2", "李^四", patient_id="P2", started_at=today, description="MR 头颅"),
        modality="MR",
    )
    nobody = Study(a_study("3").study_uid, Patient("", ""))
    _file(database, nobody, imported_at=NOW - timedelta(days=40), modality="US")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["2", "1", "3"]),
        ("小东", ["1"]),
        ("lisi", ["2"]),
        ("ls", ["2"]),
        ("p1", ["1"]),
        ("acc123 chest", ["1"]),
        ("toulu", ["2"]),
        ("20261120", ["1"]),
        ("2026-11", ["2", "1"]),
        ("us", ["3"]),
        ("王 李", []),
        ("%", []),
        ("'; DROP TABLE study", []),
    ],
)
def test_what_is_typed_finds(database: Database, typed: str, found: list[str]) -> None:
    """Two Chinese characters are enough; every word must fit; nothing is a wildcard."""
    _people(database)
    assert _found(database, text=typed) == found


def test_every_column_sorts_both_ways_and_loses_nobody(database: Database) -> None:
    """What says nothing comes last whichever way."""
    _people(database)
    for column in WorklistColumn:
        for descending in (False, True):
            assert sorted(_found(database, sort=column, descending=descending)) == ["1", "2", "3"], column
    assert _found(database, sort=WorklistColumn.PATIENT, descending=False) == ["2", "1", "3"]
    assert _found(database, sort=WorklistColumn.PATIENT) == ["1", "2", "3"]
    assert _found(database, sort=WorklistColumn.TIME, descending=False) == ["1", "2", "3"]
    assert _found(database, sort=WorklistColumn.BODY_PART) == ["1", "2", "3"]


def test_stages_and_narrowings_and_their_counts(database: Database) -> None:
    _people(database)
    _set(database, "1", report_state="signed", reader_id="p-1", urgency=Urgency.URGENT.value)
    _set(database, "3", report_state="final")
    assert _found(database, stage=Stage.TO_READ) == ["2"]
    assert _found(database, stage=Stage.TO_REVIEW) == ["1"]
    assert _found(database, narrowed=frozenset({Narrowing.MINE, Narrowing.URGENT})) == ["1"]
    assert _found(database, WorklistReader("", NOW), narrowed=frozenset({Narrowing.MINE})) == []
    assert _found(database, narrowed=frozenset({Narrowing.TODAY})) == ["2", "1"], "came today, or examined"
    assert _found(database, modality="MR") == ["2"]
    assert _found(database, modality="M") == []
    later = replace(READER, now=NOW + timedelta(hours=3))
    assert _found(database, narrowed=frozenset({Narrowing.OVERDUE})) == []
    assert _found(database, later, narrowed=frozenset({Narrowing.OVERDUE})) == ["1"], "urgent: two hours"
    _set(database, "2", deleted_at=NOW)
    assert _found(database) == ["1", "3"]
    assert _found(database, stage=Stage.DELETED) == ["2"]
    with database.read() as tx:
        counts = tx.worklist.counts(later)
    assert counts.stages == {
        Stage.ALL: 2, Stage.TO_READ: 0, Stage.TO_REVIEW: 1, Stage.DONE: 1, Stage.DELETED: 1,
    }  # fmt: skip
    assert counts.narrowed[Narrowing.OVERDUE] == counts.narrowed[Narrowing.TODAY] == 1
    assert counts.modalities == ("CT", "US")


def test_a_search_walks_the_index_alone(database: Database) -> None:
    """However wide the rows of the table are, typing reads none of them."""
    _people(database)
    asked: list[str] = []
    with database.read() as tx:
        raw = tx.connection.connection.driver_connection
        assert raw is not None
        raw.set_trace_callback(asked.append)
        tx.worklist.keys(WorklistQuery("张三", Stage.TO_READ, frozenset(Narrowing), "CT"), READER, 200)
        tx.worklist.counts(READER)
        raw.set_trace_callback(None)
        plans = [str(tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}").all()) for one in asked]
    assert len(plans) >= 3
    assert [plan for plan in plans if "USING COVERING INDEX ix_study_worklist" not in plan] == []


def test_unknown_and_huge_names_sort_and_are_found(database: Database) -> None:
    huge = a_study("9", "长" * 4000, patient_id="", started_at=None, accession_number="")
    _file(database, huge, Study(a_study("8").study_uid, Patient("", "^^^")))
    assert name_key(huge).startswith("zhang") or name_key(huge).startswith("chang")
    assert _found(database, text="长长") == ["9"]
    assert sorted(_found(database, sort=WorklistColumn.PATIENT)) == ["8", "9"]


def test_a_list_of_an_earlier_version_is_found_and_sorted(tmp_path: Path) -> None:
    """What the columns hold is made of what is there: names to sort by, report, who writes it."""
    path = tmp_path / "data" / "station.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.executescript(r0001_first._TABLES)
        old.executescript(r0001_first._GUARDS)
        old.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        old.execute("INSERT INTO alembic_version VALUES ('0001')")
        into = "INSERT INTO study (study_uid, patient_name, modalities, imported_at, started_at)"
        row = f"{into} VALUES (?, ?, ?, ?, ?)"
        came = "2026-01-02T03:04:05.000000Z"
        old.execute(row, ("1", "王^小东", "CT", came, "2026-01-02T03:04:05.000000"))
        old.execute(row, ("2", "", "MR", came, None))
        report = "INSERT INTO report VALUES (?, '1', ?, 1, 1, ?, ?)"
        old.execute(report, ("r-1", "superseded", "2026-01-01", '{"author_id": "a"}'))
        old.execute(
            report, ("r-2", "draft", "2026-01-02", '{"content": {"author_id": "b", "author_name": "乙"}}')
        )
        old.commit()
    database = Database(path)
    with database.read() as tx:
        rows = {row.study.study_uid: row for row in tx.studies.rows_at([1, 2]).values()}
        assert (rows["1"].report_state, rows["1"].reader_id, rows["1"].reader_name) == ("draft", "b", "乙")
        assert (rows["2"].report_state, rows["2"].reader_id) == ("", "")
    assert _found(database, text="wxd ct 20260102") == ["1"]
    assert _found(database, sort=WorklistColumn.PATIENT) == ["1", "2"]
    database.close()


def test_what_a_study_is_found_by_has_its_dates_and_no_more_than_once() -> None:
    study = a_study(started_at=datetime(2026, 2, 3), institution="示例县医院", referring_physician="赵^一")  # noqa: DTZ001
    lines = search_text(study).split("\n")
    assert len(lines) == len(set(lines))
    assert {"2026-02-03 20260203", "示例县医院", "赵 一", "xiongbuctpingsao"} <= set(lines)
